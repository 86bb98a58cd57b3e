"""The formats of a report by name, and where each goes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias, TypeGuard, get_args

from asgikit.conformance.report.github import github
from asgikit.conformance.report.html import html_page
from asgikit.conformance.report.json_report import json_report
from asgikit.conformance.report.junit import junit
from asgikit.conformance.report.model import Report
from asgikit.conformance.report.sarif import sarif
from asgikit.conformance.report.text import text
from asgikit.conformance.rules import Level

Format: TypeAlias = Literal["text", "json", "junit", "sarif", "github", "html"]

FORMATS: Final[tuple[Format, ...]] = get_args(Format)


@dataclass(frozen=True, slots=True)
class Output:
    """One report: its format, and its file; an empty name is the standard output."""

    format: Format
    file: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Style:
    """How a report is to be written."""

    level: Level = "should"
    """The weakest level that fails the run."""
    source: str = ""
    """The file of the target in its repository, if it is known: for annotations and code scanning."""
    colour: bool = False


def render(report: Report, form: Format, style: Style) -> str:
    """The report in this format."""
    match form:
        case "text":
            return text(report, level=style.level, colour=style.colour)
        case "json":
            return json_report(report, level=style.level)
        case "junit":
            return junit(report, level=style.level)
        case "sarif":
            return sarif(report, level=style.level, source=style.source)
        case "github":
            return github(report, level=style.level, source=style.source)
        case "html":
            return html_page(report, level=style.level)


def parse_output(words: str) -> Output:
    """An output as it is written on a command line: "json", "html:report.html". Raises ValueError for anything else."""
    name, colon, file = words.partition(":")
    if not _is_format(name):
        raise ValueError(f"{name!r} is no format: {', '.join(FORMATS)}")
    if colon and not file:
        raise ValueError(f"{words!r} names no file behind the colon")
    return Output(name, "" if file == "-" else file)


def _is_format(name: str) -> TypeGuard[Format]:
    return name in FORMATS


def complete(outputs: Sequence[Output]) -> tuple[Output, ...]:
    """The outputs, with text on the standard output where nothing else goes there.

    Raises ValueError for two that would go to one place.
    """
    places = [output.file for output in outputs]
    for place in places:
        if places.count(place) > 1:
            raise ValueError(f"two reports go to {place or 'the standard output'}")
    return tuple(outputs) if "" in places else (Output("text"), *outputs)
