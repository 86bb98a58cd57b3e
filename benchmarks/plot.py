"""Plots, as SVG and PNG: the bars of a run, and memory over time."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import zip_longest
from pathlib import Path
from textwrap import fill
from typing import Any, Final

from benchmarks.memory import TARGET, Run
from benchmarks.report import BASE, FLOOR, OURS, Results, caption

_INK: Final = "#24292f"
_QUIET: Final = "#6e7781"
_COLOURS: Final = {OURS: "#0b6e4f", FLOOR: "#ffffff", BASE: "#57606a"}
_BETWEEN: Final = "routes-100"
"""Only in the tables where the plot has 10 and 1,000 routes."""
_OTHERS: Final = "#a9b4c0"
_LINES: Final = ("#0b6e4f", "#0969da", "#9a6700")
_STYLE: Final[Any] = {
    "font.family": "DejaVu Sans",
    "font.size": 10,
    "svg.hashsalt": "asgikit",
    "text.color": _INK,
    "axes.labelcolor": _QUIET,
    "xtick.color": _QUIET,
    "ytick.color": _INK,
    "figure.constrained_layout.w_pad": 0.12,
    "figure.constrained_layout.h_pad": 0.12,
    "figure.constrained_layout.hspace": 0.06,
}


def draw(results: Results, file: Path) -> tuple[Path, Path]:
    """Writes the plot as SVG, and as PNG beside it."""
    import matplotlib as mpl

    mpl.use("agg")
    from matplotlib import pyplot as plt

    panels = _panels(results)
    rows = (len(panels) + 2) // 3
    columns = min(3, len(panels))
    with mpl.rc_context(_STYLE):
        figure, grid = plt.subplots(rows, columns, figsize=(5 * columns, 3.1 * rows + 1.5), squeeze=False, layout="constrained")
        for axes, panel in zip_longest(grid.flat, panels):
            if panel is None:
                axes.axis("off")
            else:
                _panel(axes, *panel)
        figure.suptitle("asgikit beside other ASGI frameworks: speed as a ratio", fontsize=15, fontweight="bold")
        figure.supxlabel(fill(caption(results), 65 * columns), fontsize=8.5, color=_QUIET)
        return _written(figure, file)


def draw_memory(runs: Sequence[Run], file: Path) -> tuple[Path, Path]:
    """Writes the memory of every run over time, in megabytes above the idle server's, and the target."""
    import matplotlib as mpl

    mpl.use("agg")
    from matplotlib import pyplot as plt

    with mpl.rc_context(_STYLE):
        figure, axes = plt.subplots(figsize=(8, 3.6), layout="constrained")
        for run, colour, style in zip(runs, _LINES, ("-", "--", ":"), strict=True):
            seconds = run.samples[-1][0]
            times = [at / seconds for at, _ in run.samples]
            label = f"{run.title}: {run.above:.1f} MB at most"
            axes.plot(times, [size - run.idle for _, size in run.samples], style, color=colour, linewidth=2, label=label)
        axes.axhline(TARGET, color="#cf222e", linewidth=1, linestyle=(0, (4, 3)))
        axes.annotate("target", (0.997, TARGET), xytext=(0, 4), textcoords="offset points", color="#cf222e", ha="right")
        axes.set(xlim=(0, 1), ylim=(0, TARGET * 1.2), xlabel="from the first byte to the last", ylabel="MB above idle")
        axes.xaxis.set_major_formatter(lambda value, _: f"{value:.0%}")
        axes.legend(loc="center right", frameon=False)
        axes.set_title("A server while 1 GB goes through it", loc="left", fontsize=11.5, fontweight="bold")
        axes.grid(axis="y", color="#eaeef2")
        axes.spines[["top", "right"]].set_visible(False)
        axes.spines[["left", "bottom"]].set_color("#d0d7de")
        axes.tick_params(axis="both", length=0)
        return _written(figure, file)


def _written(figure: Any, file: Path) -> tuple[Path, Path]:
    from matplotlib import pyplot as plt

    file.parent.mkdir(parents=True, exist_ok=True)
    svg, png = file.with_suffix(".svg"), file.with_suffix(".png")
    figure.savefig(svg, metadata={"Date": None})
    figure.savefig(png, dpi=110)
    plt.close(figure)
    return svg, png


def _panels(results: Results) -> list[tuple[str, str, list[tuple[str, float]]]]:
    """Title, axis and bars of every panel: speed for each scenario, and at last how the routes grow."""
    found: list[tuple[str, str, list[tuple[str, float]]]] = []
    growth = [(name, ratio) for name in results.frameworks if (ratio := results.growth(name)) is not None]
    for key in results.scenarios:
        if growth and key == _BETWEEN:
            continue
        bars = [(name, results.faster(key, name, BASE) or 0) for name in results.frameworks]
        title = results.titles[key][0].upper() + results.titles[key][1:]
        found.append((title, f"times as fast as {BASE}", sorted(bars, key=lambda bar: -bar[1])))
    if growth:
        title, axis = "1,000 routes in place of 10", "times as long for one request (lower is better)"
        found.append((title, axis, sorted(growth, key=lambda bar: bar[1])))
    return found


def _panel(axes: Any, title: str, axis: str, bars: Sequence[tuple[str, float]]) -> None:
    names = [name for name, _ in bars]
    values = [value for _, value in bars]
    colours = [_COLOURS.get(name, _OTHERS) for name in names]
    drawn = axes.barh(range(len(bars)), values, color=colours, height=0.7, zorder=2)
    for bar, name in zip(drawn, names, strict=True):
        if name == FLOOR:
            bar.set(edgecolor=_QUIET, linestyle=(0, (3, 2)), linewidth=1)
    for at, value in enumerate(values):
        label = f"{value:.2f}x" if value < 10 else f"{value:.1f}x" if value < 100 else f"{value:,.0f}x"
        weight = "bold" if names[at] == OURS else "normal"
        box = {"facecolor": "white", "edgecolor": "none", "pad": 1}
        place: Any = {"xytext": (5, 0), "textcoords": "offset points", "va": "center"}
        axes.annotate(label, (value, at), fontsize=9, fontweight=weight, bbox=box, **place)
    _axes(axes, title, axis, values)
    axes.set_yticks(range(len(bars)), ["raw ASGI" if name == FLOOR else name for name in names])
    for tick, name in zip(axes.get_yticklabels(), names, strict=True):
        tick.set_fontweight("bold" if name == OURS else "normal")
    axes.invert_yaxis()


def _axes(axes: Any, title: str, axis: str, values: Sequence[float]) -> None:
    from matplotlib.ticker import FuncFormatter, MaxNLocator

    axes.set_xlim(0, max(values) * 1.17)
    axes.xaxis.set_major_locator(MaxNLocator(6, steps=[1, 2, 5, 10]))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,g}x"))
    axes.axvline(1, color=_QUIET, linewidth=0.8, linestyle=(0, (2, 2)), zorder=1)
    axes.set_title(title, loc="left", fontsize=11.5, fontweight="bold")
    axes.set_xlabel(axis, fontsize=9)
    axes.grid(axis="x", color="#eaeef2", zorder=0)
    axes.set_axisbelow(True)
    axes.tick_params(axis="both", length=0)
    axes.spines[["top", "right", "bottom"]].set_visible(False)
    axes.spines["left"].set_color("#d0d7de")
