"""`python -m benchmarks`: builds every application, checks its answers, times them in turns, and reports ratios."""

from __future__ import annotations

import argparse
import asyncio
import json
import logging
import platform
import sys
from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from benchmarks.apps import BUILDERS, versions
from benchmarks.bodies.payloads import write_file
from benchmarks.drive import Subject, calibrate, measure, running, verify
from benchmarks.families import Family, families
from benchmarks.report import BASE, FLOOR, OURS, Results, as_json

_ROOT: Final = Path(__file__).resolve().parent.parent
_PLOT: Final = _ROOT / "docs" / "benchmarks.svg"
_ALWAYS: Final = {FLOOR, OURS, BASE}


def arguments(given: Sequence[str] | None = None) -> argparse.Namespace:
    """What the command line says."""
    keys = [name for family in families(Path()) for name in (family.name, *(each.key for each in family.scenarios))]
    parser = argparse.ArgumentParser("benchmarks", description="asgikit side by side with other ASGI frameworks, as ratios.")
    parser.add_argument("--rounds", type=_positive(int), default=30, help="how often each is timed; the best counts (default 30)")
    parser.add_argument("--seconds", type=_positive(float), default=75, help="how long to time each family (default 75)")
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


async def run(family: Family, options: argparse.Namespace) -> Results | None:
    """Builds, starts, checks and times all of a family, and stops it again; None if nothing of it is chosen."""
    chosen = set(options.only)
    scenarios = [one for one in family.scenarios if {one.key, family.name} & chosen or not chosen - BUILDERS.keys()]
    names = [name for name in family.builders if not chosen & BUILDERS.keys() or name in chosen | _ALWAYS]
    subjects: list[Subject] = []
    async with AsyncExitStack() as stack:
        for scenario in scenarios:
            for name in names:
                progress(f"building {name}: {scenario.title}")
                app = scenario.build(family.builders[name])
                if app is not None:
                    state = await stack.enter_async_context(running(app, name))
                    subjects.append(Subject(name, scenario, app, state, scenario.call))
        rounds = max(1, round(options.rounds * family.rounds))
        for subject in subjects:
            progress(f"checking {subject.name}")
            await verify(subject)
            await calibrate(subject, options.seconds * family.time / (rounds * len(subjects)))
        await measure(subjects, rounds, progress)
    return Results(subjects, versions()) if subjects else None


def main() -> int:
    """One run; 1 if `--check` is given and a target is missed."""
    options = arguments()
    logging.disable(logging.INFO)
    written: dict[str, object] = {"python": platform.python_version(), "versions": versions()}
    kept = True
    with TemporaryDirectory() as directory:
        write_file(Path(directory))
        for family in families(Path(directory)):
            results = asyncio.run(run(family, options))
            progress("")
            if results is None:
                continue
            print(family.text(results), end="\n\n")
            promised = family.targets(results)
            written[family.name] = as_json(results, promised)
            kept = kept and all(target.holds for target in promised)
            if family.name == "requests" and (options.plot is not None or not (options.only or options.no_plot)):
                from benchmarks.plot import draw

                svg, png = draw(results, options.plot or _PLOT)
                print(f"The plot is in {svg} and {png}.\n")
    if options.json is not None:
        options.json.write_text(json.dumps(written, indent=2) + "\n", encoding="utf-8")
    return 1 if options.check and not kept else 0


if __name__ == "__main__":
    sys.exit(main())
