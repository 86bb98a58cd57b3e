"""The commands that check a server and show rules."""

from __future__ import annotations

import sys
from argparse import Namespace
from typing import Final

from asgikit.conformance.arguments import UsageError, settings_of
from asgikit.conformance.progress import progress_bar
from asgikit.conformance.report.delivery import Delivery, wants_colour, write_stream
from asgikit.conformance.report.formats import Style
from asgikit.conformance.report.verdict import CLEAN
from asgikit.conformance.rulebook import rule_markdown, rule_text, rulebook, rulebook_csv, rulebook_json
from asgikit.conformance.rules import Rule, catalogue, select
from asgikit.conformance.server.cases.all import CASES
from asgikit.conformance.server.launch import ServerTarget
from asgikit.conformance.server.run import check_now
from asgikit.conformance.server.servers import known_server, server_from_command
from asgikit.conformance.settings import Settings

IN_FULL: Final = 3
"""So many rules are shown in full; more are listed, a line each."""


def server(arguments: Namespace) -> int:
    """Checks a server and gives the exit code. Raises UsageError, DeliveryError, LaunchError."""
    settings = settings_of(arguments, Settings())
    delivery = delivery_of(arguments, settings)
    known = delivery.check()
    target = _server_target(arguments)
    with progress_bar(sys.stderr) as progress:  # in this very thread, so that an interruption ends the servers too
        report = check_now(target, select(settings.select), select(settings.ignore), CASES, progress)
    return delivery.deliver(report, known, sys.stdout, sys.stderr)


def _server_target(arguments: Namespace) -> ServerTarget:
    if (arguments.name is None) == (arguments.command is None):
        raise UsageError("name a server, or say how to start it with --command")
    if arguments.command is not None:
        return server_from_command(arguments.command)
    return known_server(arguments.name)


def delivery_of(arguments: Namespace, settings: Settings, source: str = "") -> Delivery:
    """What is to become of the report, by the settings and the terminal."""
    return Delivery(
        outputs=settings.formats,
        style=Style(level=settings.level, source=source, colour=wants_colour(sys.stdout)),
        baseline=settings.baseline,
        update=arguments.update_baseline,
    )


def rules(arguments: Namespace) -> int:
    """Prints rules. Raises UsageError for an id that there is not."""
    chosen = _chosen(arguments.id, arguments.group)
    write_stream(sys.stdout, _written(chosen, arguments.format, everything=arguments.id is None and arguments.group is None))
    return CLEAN


def _chosen(pattern: str | None, group: str | None) -> tuple[Rule, ...]:
    try:
        wanted = select([pattern]) if pattern is not None else frozenset(catalogue())
    except ValueError as error:
        raise UsageError(str(error)) from None
    found = tuple(each for each in catalogue().values() if each.id in wanted and group in {None, each.group})
    if not found:
        raise UsageError(f"no rule of the group {group} matches {pattern}")
    return found


def _written(chosen: tuple[Rule, ...], form: str, *, everything: bool) -> str:
    match form:
        case "json":
            return rulebook_json(chosen)
        case "csv":
            return rulebook_csv(chosen)
        case "md":
            return rulebook() if everything else "\n".join(rule_markdown(each) for each in chosen)
        case _:
            return "\n".join(rule_text(each) for each in chosen) if len(chosen) <= IN_FULL else "".join(map(_line, chosen))


def _line(found: Rule) -> str:
    return f"{found.id:<16}{found.level:<8}{' and '.join(found.binds):<18}{found.text}\n"
