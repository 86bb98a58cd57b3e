"""Files of named texts, as `.env` is, through python-dotenv: the extra `config`, imported in this file alone."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING, Final

from asgikit.errors import MissingExtra

if TYPE_CHECKING:
    from dotenv.parser import Binding, parse_stream
else:
    try:
        from dotenv.parser import Binding, parse_stream
    except ImportError:
        Binding = parse_stream = None

MAX_FILE: Final = 2**20
"""Bytes of a file that are read; nobody writes settings of a megabyte, and /dev/zero never ends."""

_BLANK: Final = re.compile(r"\s*")


def _no_lines() -> dict[str, int]:
    return {}


@dataclass(frozen=True, slots=True)
class Source:
    """Named texts from one place, and what is wrong there. The texts are not printed, for some are secrets."""

    place: str
    texts: Mapping[str, str] = field(repr=False)
    lines: Mapping[str, int] = field(default_factory=_no_lines, repr=False)
    problems: tuple[str, ...] = ()

    def where(self, name: str) -> str:
        """The place of a name, with its line if there is one."""
        line = self.lines.get(name)
        return self.place if line is None else f"{self.place}:{line}"


def read_text(path: str | os.PathLike[str]) -> str | None:
    """The UTF-8 text of a file, without a byte order mark; None where there is no file.

    Raises ValueError, whose text repeats neither the path nor what is in it, for a file that cannot be read, is no UTF-8
    or has more than MAX_FILE bytes.
    """
    try:
        with Path(path).open("rb") as file:
            data = file.read(MAX_FILE + 1)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise ValueError(f"the file cannot be read: {error.strerror}") from None
    if len(data) > MAX_FILE:
        raise ValueError(f"the file has more than {MAX_FILE} bytes")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        # The error holds all of the data.
        problem = "the file is not UTF-8"
    raise ValueError(problem)


def read_envfile(path: str | os.PathLike[str]) -> Source:
    """The lines NAME=value of a file, values in quotes or not, `export` before them or not; the last of a name counts.

    Nothing is interpolated. What is malformed is in `problems`; a file that does not exist is empty. Raises
    MissingExtra without python-dotenv.
    """
    if parse_stream is None:
        raise MissingExtra("load(Settings, files=…)", "config")
    place = os.fspath(path)
    try:
        text = read_text(path) or ""
    except ValueError as error:
        return Source(place, {}, problems=(f"{place}: {error}",))
    texts: dict[str, str] = {}
    lines: dict[str, int] = {}
    problems: list[str] = []
    for binding in parse_stream(StringIO(text, newline=None)):  # any end of line becomes \n, as in a file opened as text
        line = _line(binding)
        if binding.error or (binding.key is not None and binding.value is None):
            problems.append(f"{place}:{line}: expected NAME=value")
        elif binding.key is not None and binding.value is not None:
            texts[binding.key], lines[binding.key] = binding.value, line
    return Source(place, texts, lines, tuple(problems))


def _line(binding: Binding) -> int:
    """Where the name stands: python-dotenv counts from the empty lines above it."""
    text, first = binding.original
    blank = _BLANK.match(text)
    return first + (0 if blank is None else blank[0].count("\n"))
