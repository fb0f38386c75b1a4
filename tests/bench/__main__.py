"""`make bench`: every benchmark, each as ratios measured side by side in one run.

A name runs that one alone: `python -m tests.bench latency`.
"""

from __future__ import annotations

import asyncio
import sys
from importlib import import_module
from pathlib import Path


def main() -> None:
    """Run those that are named, or all there are."""
    known = sorted(path.stem for path in Path(__file__).parent.glob("*.py") if not path.stem.startswith("_"))
    for name in sys.argv[1:] or known:
        if name not in known:
            raise SystemExit(f"There is no benchmark {name}; there are {', '.join(known)}.")
        print(f"== {name}", flush=True)  # noqa: T201  # what a benchmark is for
        asyncio.run(import_module(f"tests.bench.{name}").main())


main()
