"""What the measurements say: ratios, targets, and tables of them."""

from __future__ import annotations

import platform
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Final

from benchmarks.drive import Subject

OURS: Final = "asgikit"
BASE: Final = "Starlette"
FLOOR: Final = "raw"
_FEW, _MANY = "routes-10", "routes-1000"


@dataclass(frozen=True)
class Target:
    """A promise about one ratio, and what was measured: None where this run did not."""

    text: str
    least: float | None
    most: float | None
    measured: float | None

    @property
    def holds(self) -> bool:
        """Whether the measured ratio keeps it; what is not measured does not break it."""
        if self.measured is None:
            return True
        return (self.least is None or self.measured >= self.least) and (self.most is None or self.measured <= self.most)


class Results:
    """The best round of every subject, readable only as ratios."""

    def __init__(self, subjects: Iterable[Subject], versions: Mapping[str, str]) -> None:
        """Of subjects that were measured."""
        self.versions = dict(versions)
        self.titles: dict[str, str] = {}
        self._best: dict[str, dict[str, float]] = {}
        self._spread: list[float] = []
        for subject in subjects:
            self.titles[subject.scenario.key] = subject.scenario.title
            self._best.setdefault(subject.scenario.key, {})[subject.framework] = min(subject.seconds)
            self._spread.append(median(subject.seconds) / min(subject.seconds))

    @property
    def scenarios(self) -> tuple[str, ...]:
        """The keys of what was measured."""
        return tuple(self._best)

    @property
    def frameworks(self) -> tuple[str, ...]:
        """The names of what was measured, the floor first."""
        measured = {name for best in self._best.values() for name in best}
        return tuple(name for name in (FLOOR, *self.versions) if name in measured)

    @property
    def spread(self) -> float:
        """How far the median round lies over the best one, for the subject in the middle: the noise of the machine."""
        return median(self._spread)

    def faster(self, scenario: str, framework: str, than: str) -> float | None:
        """How many times as fast as another framework."""
        best = self._best.get(scenario, {})
        return best[than] / best[framework] if framework in best and than in best else None

    def lead(self, scenario: str) -> float | None:
        """How many times as fast asgikit is as the fastest of the others, the floor apart."""
        best = self._best.get(scenario, {})
        others = [seconds for name, seconds in best.items() if name not in {OURS, FLOOR}]
        return min(others) / best[OURS] if OURS in best and others else None

    def growth(self, framework: str, few: str = _FEW, many: str = _MANY) -> float | None:
        """How many times as long one scenario takes as another: by default the last of 1,000 routes as the last of 10."""
        one, other = (self._best.get(key, {}).get(framework) for key in (few, many))
        return other / one if one is not None and other is not None else None


def targets(results: Results) -> tuple[Target, ...]:
    """What asgikit promises."""
    return (
        Target("4x Starlette on plain text", 4, None, results.faster("plain", OURS, BASE)),
        Target("1.5x BlackSheep on plain text", 1.5, None, results.faster("plain", OURS, "BlackSheep")),
        Target("3x Starlette on the typed parameter", 3, None, results.faster("user", OURS, BASE)),
        Target("1,000 routes within 1.1x of 10", None, 1.1, results.growth(OURS)),
    )


def caption(results: Results) -> str:
    """What was compared, for tables and plots."""
    names = ", ".join(f"{name} {results.versions[name]}" for name in results.frameworks if name in results.versions)
    return f"{names}; {platform.python_implementation()} {platform.python_version()}, asyncio, in process"


def text(results: Results) -> str:
    """Every table, for a terminal."""
    blocks = [caption(results), speeds(results, BASE, f"times as fast as {BASE}")]
    blocks.append(speeds(results, FLOOR, "times as fast as a raw ASGI callable"))
    growth = [results.growth(name) for name in results.frameworks]
    if any(ratio is not None for ratio in growth):
        rows = [["1,000 routes : 10 routes", *(_ratio(ratio) for ratio in growth)]]
        blocks.append(table(["time as the routes grow (lower is better)", *results.frameworks], rows))
    return "\n\n".join([*blocks, verdicts(targets(results)), noise(results)])


def speeds(results: Results, than: str, title: str) -> str:
    """How many times as fast as another each is in every scenario."""
    rows = [
        [results.titles[key], *(_ratio(results.faster(key, name, than)) for name in results.frameworks)]
        for key in results.scenarios
    ]
    return table([title, *results.frameworks], rows)


def growths(results: Results, few: str, many: Sequence[str]) -> str:
    """How many times as long other scenarios take as one of them."""
    first, *_ = results.titles[few].split()
    rows = [
        [f"{results.titles[key]} : {first}", *(_ratio(results.growth(name, few, key)) for name in results.frameworks)]
        for key in many
    ]
    return table(["time as they grow (lower is better)", *results.frameworks], rows)


def verdicts(promised: Sequence[Target]) -> str:
    """The targets, and whether they hold."""
    lines = [f"{'targets':<40} {'':>8}"]
    for target in promised:
        verdict = "not measured" if target.measured is None else "holds" if target.holds else "MISSED"
        lines.append(f"  {target.text:<38} {_ratio(target.measured):>8}  {verdict}")
    return "\n".join(lines)


def noise(results: Results) -> str:
    """What the machine was doing besides."""
    return f"Best of the rounds each; a median round took {results.spread:.2f} times as long as the best one."


def _ratio(value: float | None) -> str:
    if value is None:
        return "-"
    return f"{value:.3f}" if value < 0.1 else f"{value:.2f}" if value < 100 else f"{value:.0f}"


def table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Columns, the first to the left."""
    width = max(len(row[0]) for row in (header, *rows)) + 1
    columns = [max(len(row[at]) for row in (header, *rows)) + 2 for at in range(1, len(header))]
    lines = [
        row[0].ljust(width) + "".join(cell.rjust(column) for cell, column in zip(row[1:], columns, strict=True))
        for row in (header, *rows)
    ]
    return "\n".join([lines[0], "-" * len(lines[0]), *lines[1:]])


def as_json(results: Results, promised: Sequence[Target]) -> dict[str, object]:
    """Every ratio, for a file."""
    by_scenario = {
        key: {
            name: {
                "times_as_fast_as_starlette": results.faster(key, name, BASE),
                "times_as_fast_as_raw": results.faster(key, name, FLOOR),
            }
            for name in results.frameworks
        }
        for key in results.scenarios
    }
    return {
        "scenarios": by_scenario,
        "targets": [{"target": each.text, "measured": each.measured, "holds": each.holds} for each in promised],
        "median_round_to_best": results.spread,
    }
