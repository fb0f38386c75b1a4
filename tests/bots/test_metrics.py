from __future__ import annotations

from urllib.request import urlopen

from prometheus_client import generate_latest

from bots.metrics import Metrics
from tests.synapse import free_port


def test_what_became_of_questions_is_counted_by_robot_and_by_nothing_else() -> None:
    metrics = Metrics()
    with metrics.working("@robot:localhost"):
        assert 'answers_under_way{robot="@robot:localhost"} 1.0' in generate_latest(metrics.registry).decode()
    metrics.count("@robot:localhost", "done")
    metrics.count("@robot:localhost", "DEADLINE")
    metrics.count_edit("@robot:localhost")
    shown = generate_latest(metrics.registry).decode()
    assert 'chaperone_robot_questions_total{outcome="done",robot="@robot:localhost"} 1.0' in shown
    assert 'chaperone_robot_answer_seconds_count{robot="@robot:localhost"} 1.0' in shown
    assert 'chaperone_robot_edits_total{robot="@robot:localhost"} 1.0' in shown


def test_figures_are_served_until_they_are_not() -> None:
    metrics, port = Metrics(), free_port()
    metrics.count("@robot:localhost", "done")
    stop = metrics.serve(port, "127.0.0.1")
    with urlopen(f"http://127.0.0.1:{port}/metrics") as response:
        assert b"chaperone_robot_questions_total" in response.read()
    stop()
