"""Whether the robots run, as a file: what `make up` waits for and what a container's health check reads.

``var/bots/ready.json`` has the process, the time of its last beat, and for each robot whether it has a session and can
read who is who. It is written when all can, beaten while they run, and gone when they stopped cleanly. A file, and not
a port: two copies on one machine need nothing more than their data apart.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from policies.content import as_mapping

BEAT_SECONDS: Final = 10.0
ALIVE_SECONDS: Final = 60.0
"""A beat older than this comes from a process that hangs or is gone."""


class ReadyFile:
    """Writes it."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def write(self, robots: Mapping[str, bool], now: float) -> None:
        """Beat."""
        self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        fresh = self._path.with_suffix(".new")
        content = {"pid": os.getpid(), "beat": int(now), "ready": all(robots.values()), "robots": dict(robots)}
        fresh.write_text(json.dumps(content), encoding="utf-8")
        fresh.replace(self._path)

    def remove(self) -> None:
        """Say that nothing runs any more."""
        self._path.unlink(missing_ok=True)


def explain_ill_health(path: Path, now: float) -> str | None:
    """Why the robots do not run as they should; None if they do."""
    try:
        content = as_mapping(json.loads(path.read_text(encoding="utf-8")))
    except FileNotFoundError:
        return "the robots do not run"
    except (OSError, ValueError):
        return f"{path} cannot be read"
    beat = content.get("beat")
    if not isinstance(beat, int) or now - beat > ALIVE_SECONDS:
        return "the robots gave no sign of life for a minute"
    waiting = [name for name, ready in as_mapping(content.get("robots")).items() if ready is not True]
    return f"waiting to log in: {', '.join(sorted(waiting))}" if waiting else None
