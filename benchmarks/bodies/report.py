"""What the measurements of bodies say."""

from __future__ import annotations

from benchmarks.bodies.scenarios import RANGES
from benchmarks.report import BASE, OURS, Results, Target, growths, noise, speeds, verdicts


def targets(results: Results) -> tuple[Target, ...]:
    """What asgikit promises."""
    promised = ("upload", "the fastest peer on the upload"), ("form", "the fastest peer on the form")
    few, many = RANGES[0], RANGES[-1]
    return (
        *(Target(text, 1, None, results.lead(key)) for key, text in promised),
        Target("the fastest peer, urlencoded", 1, None, results.lead("urlencoded")),
        Target(f"{many} ranges within {many // few}x of {few}", None, many / few, results.growth(OURS, *_ends())),
    )


def _ends() -> tuple[str, str]:
    return f"ranges-{RANGES[0]}", f"ranges-{RANGES[-1]}"


def text(results: Results) -> str:
    """Every table, for a terminal."""
    blocks = [speeds(results, BASE, f"times as fast as {BASE}")]
    few, *more = (f"ranges-{count}" for count in RANGES)
    if {few, *more} <= set(results.scenarios):
        blocks.append(growths(results, few, more))
    return "\n\n".join([*blocks, verdicts(targets(results)), noise(results)])
