"""Figures for whoever keeps the robots running, served on a port of their own (`bots.metrics_port`).

Labelled by robot and by outcome only: neither people nor rooms, nor anything that was asked.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, start_http_server

SECONDS: Final = (0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60)


class Metrics:
    """What is counted, in one registry."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._questions = Counter(
            "chaperone_robot_questions",
            "Questions by what became of them",
            ("robot", "outcome"),
            registry=self.registry,
        )
        self._seconds = Histogram(
            "chaperone_robot_answer_seconds",
            "From taking a question up to its end",
            ("robot",),
            buckets=SECONDS,
            registry=self.registry,
        )
        self._under_way = Gauge(
            "chaperone_robot_answers_under_way", "Being worked on now", ("robot",), registry=self.registry
        )
        self._edits = Counter("chaperone_robot_edits", "Progress and words shown", ("robot",), registry=self.registry)

    def count(self, robot: str, outcome: str) -> None:
        """A question that came to its end: ``done``, or the code of why not."""
        self._questions.labels(robot, outcome).inc()

    def count_edit(self, robot: str) -> None:
        """Something that was shown before the end."""
        self._edits.labels(robot).inc()

    @contextmanager
    def working(self, robot: str) -> Iterator[None]:
        """An answer under way."""
        with self._under_way.labels(robot).track_inprogress(), self._seconds.labels(robot).time():
            yield

    def serve(self, port: int, bind: str) -> Callable[[], None]:
        """Answer whoever asks; what is answered here ends that."""
        server, thread = start_http_server(port, bind, self.registry)

        def stop() -> None:
            server.shutdown()
            server.server_close()
            thread.join()

        return stop
