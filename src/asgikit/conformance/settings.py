"""What a project writes about its checks: `[tool.asgikit.check]` in its pyproject.toml."""

from __future__ import annotations

import math
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from difflib import get_close_matches
from pathlib import Path
from typing import Final, TypeGuard

from asgikit.conformance.report.formats import Output, complete, parse_output
from asgikit.conformance.rules import Level, select

FILE: Final = "pyproject.toml"

CHECK: Final = "check"
TABLE: Final = f"tool.asgikit.{CHECK}"

MAX_FILE: Final = 2**22
"""Bytes of a pyproject.toml that are read."""

MAX_EXAMPLES: Final = 10_000_000
MAX_WORKERS: Final = 256


class SettingsError(ValueError):
    """A setting that cannot be: unknown, of the wrong type, or out of range."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What to check, how long, and what to do with the findings. The command line goes before the file."""

    app: str = ""
    """"module:attribute"."""
    factory: bool = False
    """Whether the attribute is a function that makes the application."""
    app_dir: str = ""
    """Where modules are looked for first; empty: the working directory."""
    paths: tuple[str, ...] = ()
    """"GET /items", "/items" or "POST /items"; none: what can be found."""
    ws: tuple[str, ...] = ()
    """The paths of WebSockets."""
    examples: int | None = None
    """Exchanges that are made up for each place, beside the battery of those that are always driven."""
    seconds: float | None = None
    """Instead of examples: how long to look, for all places together.

    Where neither is said, there are 200 examples, and the run ends in about three quarters of a minute.
    """
    seed: int = 0
    level: Level = "should"
    """The weakest level that fails the run."""
    select: tuple[str, ...] = ()
    """Patterns of rules; none: all."""
    ignore: tuple[str, ...] = ()
    baseline: str = ""
    """The file of known violations."""
    formats: tuple[Output, ...] = ()
    workers: int | None = None
    """Processes at a time; where it is not said, as many as there are processors, and 4 at most."""


def find_settings(folder: Path) -> Settings:
    """The settings in the nearest pyproject.toml from this folder upward; the defaults where there is none.

    Files that they name are relative to that one. Raises SettingsError.
    """
    for place in (folder, *folder.parents):
        file = place / FILE
        if file.is_file():
            try:
                return parse_settings(_text(file), place)
            except SettingsError as error:
                raise SettingsError(f"{file}: {error}") from None
    return Settings()


def _text(file: Path) -> str:
    try:
        with file.open("rb") as opened:
            data = opened.read(MAX_FILE + 1)
        if len(data) > MAX_FILE:
            raise SettingsError(f"longer than {MAX_FILE:,} bytes")
        return data.decode()
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(str(error)) from None


def parse_settings(text: str, folder: Path) -> Settings:
    """The settings in the text of a pyproject.toml in this folder. Raises SettingsError."""
    try:
        found: object = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise SettingsError(f"not TOML: {error}") from None
    for name in TABLE.split("."):
        if not _is_table(found):
            raise SettingsError(f"[{TABLE}] is not a table")
        if name == CHECK and (other := next((key for key in found if key != CHECK), None)) is not None:
            raise SettingsError(f"[{TABLE.removesuffix(CHECK)}{other}] is not known: checks are set in [{TABLE}]")
        found = found.get(name, {})
    if not _is_table(found):
        raise SettingsError(f"[{TABLE}] is not a table")
    return _settings(found, folder)


def _settings(table: Mapping[str, object], folder: Path) -> Settings:
    for key in table:
        if key not in _READERS:
            near = get_close_matches(key[:40], _READERS, n=1)
            advice = f": did you mean {near[0]!r}?" if near else ""
            raise SettingsError(f"[{TABLE}] has the key {key!r}{advice} It may have {', '.join(sorted(_READERS))}")
    values: dict[str, object] = {}
    for key, value in table.items():
        try:
            values[key.replace("-", "_")] = _READERS[key](value)
        except ValueError as error:
            raise SettingsError(f"{key!r} in [{TABLE}]: {error}") from None
    return _resolved(Settings(**values), folder)  # type: ignore[arg-type]  # each reader gives what its field holds


def _resolved(settings: Settings, folder: Path) -> Settings:
    outputs = tuple(Output(each.format, each.file and str(folder / each.file)) for each in settings.formats)
    app_dir = str(folder / settings.app_dir)
    return replace(settings, app_dir=app_dir, baseline=settings.baseline and str(folder / settings.baseline), formats=outputs)


def _is_table(value: object) -> TypeGuard[dict[str, object]]:
    return isinstance(value, dict)


def _is_list(value: object) -> TypeGuard[list[object]]:
    return isinstance(value, list)


def _is_number(value: object) -> TypeGuard[int | float]:
    return isinstance(value, int | float) and not isinstance(value, bool)


def read_text(value: object) -> str:
    """A text that is not empty."""
    if not isinstance(value, str) or not value.strip():
        raise ValueError(f"{value!r} is not a text")
    return value


def read_texts(value: object) -> tuple[str, ...]:
    """A list of texts."""
    if not _is_list(value):
        raise ValueError(f"{value!r} is not a list of texts")
    return tuple(read_text(item) for item in value)


def read_flag(value: object) -> bool:
    """True or false."""
    if not isinstance(value, bool):
        raise ValueError(f"{value!r} is neither true nor false")  # noqa: TRY004  # all readers raise the same
    return value


def whole(low: int, high: int) -> Callable[[object], int]:
    """A reader of whole numbers in a range, both ends included."""

    def read(value: object) -> int:
        if not _is_number(value) or isinstance(value, float) or not low <= value <= high:
            raise ValueError(f"{value!r} is not a whole number from {low:,} to {high:,}")
        return value

    return read


def read_seconds(value: object) -> float:
    """A positive, finite number of seconds."""
    if not _is_number(value) or not 0 < value < math.inf:
        raise ValueError(f"{value!r} is not a positive number of seconds")
    return float(value)


def read_level(value: object) -> Level:
    """The level "must" or "should"; a note fails no run."""
    if value == "must":
        return "must"
    if value == "should":
        return "should"
    raise ValueError(f"{value!r} is neither 'must' nor 'should'")


def read_patterns(value: object) -> tuple[str, ...]:
    """A list of rules or patterns of rules, each of which matches one."""
    patterns = read_texts(value)
    select(patterns)
    return patterns


def read_formats(value: object) -> tuple[Output, ...]:
    """A list of reports, "html:report.html"."""
    outputs = tuple(parse_output(item) for item in read_texts(value))
    complete(outputs)
    return outputs


_READERS: Final[Mapping[str, Callable[[object], object]]] = {
    "app": read_text,
    "factory": read_flag,
    "app-dir": read_text,
    "paths": read_texts,
    "ws": read_texts,
    "examples": whole(0, MAX_EXAMPLES),
    "seconds": read_seconds,
    "seed": whole(0, 2**63 - 1),
    "level": read_level,
    "select": read_patterns,
    "ignore": read_patterns,
    "baseline": read_text,
    "formats": read_formats,
    "workers": whole(1, MAX_WORKERS),
}
