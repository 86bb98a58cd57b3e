"""What can be written behind `asgikit check`, `asgikit server` and `asgikit rules`."""

from __future__ import annotations

from argparse import ArgumentParser, ArgumentTypeError, Namespace
from collections.abc import Callable
from dataclasses import replace
from itertools import chain
from typing import Any, Final, Protocol, TypeVar

from asgikit.conformance.report.formats import FORMATS, Output, complete, parse_output
from asgikit.conformance.rules import GROUPS
from asgikit.conformance.settings import MAX_EXAMPLES, MAX_WORKERS, Settings, read_patterns, read_seconds, whole

T = TypeVar("T")


class Commands(Protocol):
    """What is used of argparse's sub-parsers."""

    def add_parser(self, name: str, *, help: str, description: str) -> ArgumentParser:  # noqa: A002  # as argparse has it
        """One more command."""
        ...


class UsageError(ValueError):
    """A command line that cannot be."""


def add_check(commands: Commands) -> ArgumentParser:
    """The command `check`; what it is not told, [tool.asgikit.check] of pyproject.toml says."""
    parser = commands.add_parser(
        "check",
        help="check an application",
        description="Drives an application through what ASGI allows and reports every rule that it breaks. Exit codes:"
        " 0 clean, 1 violations, 2 usage or import error, 3 the application crashed or hung.",
    )
    parser.add_argument("app", nargs="?", help="where it is: module:attribute")
    parser.add_argument("--factory", action="store_true", default=None, help="the attribute is a function that makes it")
    parser.add_argument("--app-dir", metavar="DIR", help="where modules are looked for first (.)")
    _many(parser, "--path PATH", "paths", '"/items" or "POST /items"; without, what the application tells of itself')
    _many(parser, "--ws PATH", "ws", "the path of a WebSocket")
    parser.add_argument(
        "--examples",
        metavar="N",
        type=_whole(0, MAX_EXAMPLES),
        help="exchanges made up for each place, beside those of the battery (200, for 45 s in all)",
    )
    parser.add_argument("--seconds", metavar="S", type=_seconds, help="look for so long instead, at all places together")
    parser.add_argument("--seed", metavar="N", type=_whole(0, 2**63 - 1), help="another one makes up others (0)")
    parser.add_argument(
        "--workers", metavar="N", type=_whole(1, MAX_WORKERS), help="processes at a time (one a processor, up to 4)"
    )
    parser.add_argument("--replay", metavar="CASE", help="drive one exchange again, as a report names it, or from a file")
    _add_reports(parser)
    return parser


def add_server(commands: Commands) -> ArgumentParser:
    """The command `server`."""
    parser = commands.add_parser(
        "server",
        help="check a server",
        description="Starts a server with an application that watches it, talks to it over sockets, and reports every rule"
        " that it breaks. Exit codes: 0 clean, 1 violations, 2 usage error or no start, 3 the server crashed or hung.",
    )
    parser.add_argument("name", nargs="?", help="uvicorn, hypercorn, granian, daphne, gunicorn or a variant of one")
    parser.add_argument("--command", help='any other: "serve {app} --port {port}"')
    _add_reports(parser)
    return parser


def add_rules(commands: Commands) -> ArgumentParser:
    """The command `rules`."""
    parser = commands.add_parser("rules", help="show the rules", description="Shows the rules of ASGI, all or some.")
    parser.add_argument("id", nargs="?", help='a rule, or a pattern of rules: "WS-*"')
    parser.add_argument("--group", choices=GROUPS, help="the rules of one group")
    parser.add_argument("--format", choices=("text", "md", "csv", "json"), default="text")
    return parser


def _add_reports(parser: ArgumentParser) -> None:
    _many(parser, "--select --rules RULE", "select", 'only these rules: "HTTP-*"', _patterns)
    _many(parser, "--ignore RULE", "ignore", "without these rules", _patterns)
    parser.add_argument("--level", choices=("must", "should"), help="the weakest level that fails the run (should)")
    forms = ", ".join(FORMATS)
    _many(parser, "--report FORMAT[:FILE]", "formats", f"{forms}; on the standard output without a file", _output)
    parser.add_argument("--baseline", metavar="FILE", help="the violations that are known, and do not fail the run")
    parser.add_argument("--update-baseline", action="store_true", help="write what is found to that file")


def _many(parser: ArgumentParser, names: str, field: str, told: str, read: Callable[[str], object] = str) -> None:
    *flags, metavar = names.split()
    parser.add_argument(*flags, dest=field, action="append", metavar=metavar, type=read, help=f"{told}; repeatable")


def _told(read: Callable[[str], T]) -> Callable[[str], T]:
    """The reader, with its message where argparse would have its own."""

    def reader(text: str) -> T:
        try:
            return read(text)
        except ValueError as error:
            raise ArgumentTypeError(str(error)) from None

    return reader


def _whole(low: int, high: int) -> Callable[[str], int]:
    check = whole(low, high)
    return _told(lambda text: check(int(text) if text.isdecimal() else text))


def _number(text: str) -> object:
    try:
        return float(text)
    except ValueError:
        return text


_seconds: Final = _told(lambda text: read_seconds(_number(text)))
_patterns: Final = _told(lambda text: read_patterns(text.split(",")))
_output: Final = _told(parse_output)

_PLAIN: Final = ("app", "factory", "app_dir", "paths", "ws", "examples", "seconds", "seed", "workers", "level", "baseline")


def settings_of(arguments: Namespace, found: Settings) -> Settings:
    """The settings that were found, with what the command line says instead. Raises UsageError."""
    changes: dict[str, Any] = {name: value for name in _PLAIN if (value := getattr(arguments, name, None)) is not None}
    for name in ("paths", "ws"):
        if name in changes:
            changes[name] = tuple(changes[name])
    for name in ("select", "ignore"):
        if (groups := getattr(arguments, name)) is not None:
            changes[name] = tuple(chain.from_iterable(groups))
    settings = replace(found, **changes)
    outputs: list[Output] | None = arguments.formats
    try:
        return replace(settings, formats=complete(settings.formats if outputs is None else outputs))
    except ValueError as error:
        raise UsageError(str(error)) from None
