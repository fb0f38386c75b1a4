"""How the robots log: one line an event, as JSON for programs or in columns for people.

Never what was said or asked: not even the words of an exception, which may quote it. `where` says what went wrong.
"""

from __future__ import annotations

import logging
import sys
import traceback
from pathlib import Path
from typing import Literal

import structlog


def where(fault: BaseException) -> dict[str, str]:
    """What went wrong and in which line of which file, without any value."""
    frame = traceback.extract_tb(fault.__traceback__)[-1:]
    return {"fault": type(fault).__name__, "at": f"{Path(frame[0].filename).name}:{frame[0].lineno}" if frame else ""}


def configure_logging(log_format: Literal["json", "console"]) -> None:
    """Once, at the start."""
    last: structlog.typing.Processor = (
        structlog.processors.JSONRenderer(sort_keys=False)
        if log_format == "json"
        else structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())
    )
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            last,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )
    logging.basicConfig(level=logging.WARNING, stream=sys.stderr)
