"""Judging a form in a process of its own, which has only so much time and memory, and nothing else to lose.

    job ─ one line of JSON, then bytes ─▶ `python -m bots.diagnostics.confined` ─ one line of JSON ─▶ parts
                                            └─ too long, too large, gone ─▶ TooHard: said, and nothing else suffers

What comes back is data and not code: a process that read a hostile form is not believed more than the form itself.
"""

from __future__ import annotations

import asyncio
import json
import resource
import sys
from base64 import b64decode, b64encode
from collections.abc import Mapping
from contextlib import suppress
from typing import Any, Final

from bots.answer import Chat, Declined, File, Graph, Part
from bots.diagnostics.answering import Job, Outcome, answer_job
from bots.errors import BotsError

SECONDS: Final = 25
"""Of processor time, and of waiting: a form of 2,000 fields takes one."""
MEMORY: Final = 2 * 1024**3
"""Bytes of address space. The largest file that is read takes less than half of it."""
LARGEST_ANSWER: Final = 64 * 1024 * 1024
_AT_ONCE: Final = 2


class TooHard(BotsError):
    """A form that cannot be judged within the limits."""


class Confinement:
    """Runs jobs, a few at a time, so that many questions at once do not take the machine's memory together."""

    def __init__(self, seconds: float = SECONDS, memory: int = MEMORY) -> None:
        self._seconds = seconds
        self._memory = memory
        self._turns = asyncio.Semaphore(_AT_ONCE)

    async def run(self, job: Job) -> Outcome:
        """The outcome.

        :raises TooHard: if the process did not come to an end as it should.
        """
        async with self._turns:
            process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", __name__, str(int(self._seconds) + 1), str(self._memory)),
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.DEVNULL,
                limit=LARGEST_ANSWER,
            )
            try:
                async with asyncio.timeout(self._seconds):
                    answer, _ = await process.communicate(_write_job(job))
            except TimeoutError:
                raise TooHard(f"more than {self._seconds:g} seconds") from None
            finally:
                if process.returncode is None:
                    with suppress(ProcessLookupError):
                        process.kill()
                    await process.wait()
        if process.returncode != 0 or len(answer) > LARGEST_ANSWER:
            raise TooHard("it took more memory or time than there is for it")
        return _read_outcome(answer)


class InProcess:
    """The same without limits, for tests and for whoever has one form to judge."""

    async def run(self, job: Job) -> Outcome:
        """The outcome."""
        return answer_job(job)


def _write_job(job: Job) -> bytes:
    header = {"source": job.source, "words": job.words, "form": len(job.data), "brief": job.findings_only}
    return json.dumps(header).encode() + b"\n" + job.data + job.submission


def _read_job(given: bytes) -> Job:
    header, _, rest = given.partition(b"\n")
    said = json.loads(header)
    length = said["form"]
    return Job(said["source"], said["words"], rest[:length], rest[length:], findings_only=said["brief"])


def _write_outcome(outcome: Outcome) -> bytes:
    parts = [_write_part(part) for part in outcome.parts]
    said = {"parts": parts, "findings": list(map(dict, outcome.findings)), "is_form": outcome.is_form}
    return json.dumps(said).encode()


def _read_outcome(written: bytes) -> Outcome:
    try:
        said = json.loads(written)
        parts = tuple(map(_read_part, said["parts"]))
        return Outcome(parts, tuple(said["findings"]), is_form=said["is_form"])
    except (ValueError, KeyError, TypeError) as fault:
        raise TooHard("its answer cannot be read") from fault


def _write_part(part: Part) -> dict[str, Any]:
    match part:
        case Chat():
            return {"kind": "chat", "text": part.text, "html": part.html}
        case Declined():
            return {"kind": "declined", "code": part.code, "text": part.text}
        case File():
            return {
                "kind": "file",
                "name": part.name,
                "data": b64encode(part.data).decode(),
                "mimetype": part.mimetype,
                "caption": part.caption,
            }
        case Graph():
            return {
                "kind": "graph",
                "name": part.name,
                "png": b64encode(part.png).decode(),
                "caption": part.caption,
                "nodes": list(map(dict, part.nodes)),
                "edges": list(map(list, part.edges)),
            }
        case _:
            raise TypeError(type(part).__name__)


def _read_part(said: Mapping[str, Any]) -> Part:
    match said["kind"]:
        case "chat":
            return Chat(said["text"], said["html"])
        case "declined":
            return Declined(said["code"], said["text"])
        case "file":
            return File(said["name"], b64decode(said["data"]), said["mimetype"], said["caption"])
        case "graph":
            edges = tuple(map(tuple, said["edges"]))
            return Graph(said["name"], b64decode(said["png"]), said["caption"], tuple(said["nodes"]), edges)
        case other:
            raise ValueError(other)


def main(seconds: int, memory: int) -> None:
    """The process: limits first, then the job."""
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
    with suppress(ValueError, OSError):  # some systems know no such limit
        resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    outcome = answer_job(_read_job(sys.stdin.buffer.read()))
    sys.stdout.buffer.write(_write_outcome(outcome))


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
