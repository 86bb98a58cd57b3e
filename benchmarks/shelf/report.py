"""What the measurements of middleware say."""

from __future__ import annotations

from typing import Final

from benchmarks.report import BASE, OURS, Results, Target, noise, speeds, table, verdicts

IDLE: Final = ("compress-idle", "body-limit", "csrf", "session-idle")
"""Those that have nothing to do, nor to say."""
SHARE: Final = 0.33
"""Of the time of a request, that one of these may take besides: half a microsecond, where that takes one and a half."""


def added(results: Results, scenario: str, framework: str = OURS) -> float | None:
    """What a middleware adds to a request, as a share of the time without it."""
    ratio = results.growth(framework, "bare", scenario)
    return None if ratio is None else ratio - 1


def targets(results: Results) -> tuple[Target, ...]:
    """What asgikit promises."""
    idle = [share for share in (added(results, key) for key in IDLE) if share is not None]
    return (
        Target("4x Starlette with a stack of five", 4, None, results.faster("stack", OURS, BASE)),
        Target("an idle middleware adds at most a third", None, SHARE, max(idle, default=None)),
    )


def text(results: Results) -> str:
    """Every table, for a terminal."""
    blocks = [speeds(results, BASE, f"times as fast as {BASE}")]
    if "bare" in results.scenarios:
        rows = [
            [results.titles[key], *(f"{added(results, key, name) or 0:.2f}" for name in results.frameworks)]
            for key in results.scenarios
            if key != "bare"
        ]
        blocks.append(table(["added to a bare request, in times of it", *results.frameworks], rows))
    return "\n\n".join([*blocks, verdicts(targets(results)), noise(results)])
