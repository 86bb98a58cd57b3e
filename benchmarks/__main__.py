"""`python -m benchmarks`: builds every application, checks its answers, times them in turns, and reports ratios."""

from __future__ import annotations

import argparse
import asyncio
import json
import logging
import sys
from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Final

from benchmarks.apps import BUILDERS, versions
from benchmarks.drive import Subject, calibrate, measure, running, verify
from benchmarks.report import BASE, FLOOR, OURS, Results, as_json, targets, text
from benchmarks.scenarios import SCENARIOS

_ROOT: Final = Path(__file__).resolve().parent.parent
_PLOT: Final = _ROOT / "docs" / "benchmarks.svg"
_ALWAYS: Final = {FLOOR, OURS, BASE}


def arguments(given: Sequence[str] | None = None) -> argparse.Namespace:
    """What the command line says."""
    keys = [scenario.key for scenario in SCENARIOS]
    parser = argparse.ArgumentParser("benchmarks", description="asgikit side by side with other ASGI frameworks, as ratios.")
    parser.add_argument("--rounds", type=_positive(int), default=30, help="how often each is timed; the best counts (default 30)")
    parser.add_argument("--seconds", type=_positive(float), default=75, help="how long to time, in all (default 75)")
    parser.add_argument(
        "--only",
        nargs="+",
        choices=[*keys, *BUILDERS],
        metavar="NAME",
        default=[],
        help=f"scenarios ({', '.join(keys)}) and frameworks ({', '.join(BUILDERS)}); {', '.join(sorted(_ALWAYS))} always run",
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the ratios")
    parser.add_argument(
        "--plot", type=Path, metavar="FILE", help="where the SVG goes, a PNG beside it (default docs/benchmarks.svg)"
    )
    parser.add_argument("--no-plot", action="store_true", help="draw nothing, which is the default with --only")
    parser.add_argument("--check", action="store_true", help="exit with 1 if a target is missed")
    return parser.parse_args(given)


def _positive(kind: type[int | float]) -> Callable[[str], float]:
    def parse(text: str) -> float:
        if not (value := kind(text)) > 0:
            raise argparse.ArgumentTypeError(f"{text} is not above zero")
        return value

    return parse


def progress(line: str) -> None:
    """Shows where the run is, on one line of a terminal."""
    if sys.stderr.isatty():
        sys.stderr.write(f"\r\x1b[K{line}")
        sys.stderr.flush()


async def run(options: argparse.Namespace) -> Results:
    """Builds, starts, checks and times everything, and stops it again."""
    chosen = set(options.only)
    scenarios = [one for one in SCENARIOS if one.key in chosen] or list(SCENARIOS)
    names = [name for name in BUILDERS if not chosen & BUILDERS.keys() or name in chosen | _ALWAYS]
    subjects: list[Subject] = []
    slice_ = options.seconds / (options.rounds * len(scenarios) * len(names))
    async with AsyncExitStack() as stack:
        for scenario in scenarios:
            for name in names:
                progress(f"building {name}: {scenario.title}")
                app = scenario.build(BUILDERS[name])
                state = await stack.enter_async_context(running(app, name))
                subjects.append(Subject(name, scenario, app, state))
        for subject in subjects:
            progress(f"checking {subject.framework}: {subject.scenario.title}")
            await verify(subject)
            await calibrate(subject, slice_)
        await measure(subjects, options.rounds, progress)
    return Results(subjects, versions())


def main() -> int:
    """One run; 1 if `--check` is given and a target is missed."""
    options = arguments()
    logging.disable(logging.INFO)
    results = asyncio.run(run(options))
    progress("")
    print(text(results))
    if options.json is not None:
        options.json.write_text(json.dumps(as_json(results), indent=2) + "\n", encoding="utf-8")
    if options.plot is not None or not (options.only or options.no_plot):
        from benchmarks.plot import draw

        svg, png = draw(results, options.plot or _PLOT)
        print(f"\nThe plot is in {svg} and {png}.")
    return 1 if options.check and not all(target.holds for target in targets(results)) else 0


if __name__ == "__main__":
    sys.exit(main())
