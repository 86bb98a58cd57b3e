"""The command that checks an application."""

from __future__ import annotations

import os
import sys
from argparse import Namespace
from dataclasses import replace
from pathlib import Path
from typing import Final

import anyio

from asgikit.asgi import ForeignApp
from asgikit.conformance.arguments import UsageError, settings_of
from asgikit.conformance.commands import delivery_of
from asgikit.conformance.driver import Drive, drive
from asgikit.conformance.explore import ExploreSettings
from asgikit.conformance.judging import failure
from asgikit.conformance.place import Place
from asgikit.conformance.progress import progress_bar
from asgikit.conformance.replay import from_argument
from asgikit.conformance.report.delivery import write_stream
from asgikit.conformance.report.formats import Output
from asgikit.conformance.report.model import Case, Finding, Report
from asgikit.conformance.reproduce import exchange_table, reproducer
from asgikit.conformance.rules import catalogue, select
from asgikit.conformance.scenario import Scenario
from asgikit.conformance.served import served
from asgikit.conformance.settings import Settings, find_settings
from asgikit.conformance.targets import Target
from asgikit.conformance.violations import Violation
from asgikit.conformance.workers import explore_target

EXAMPLES: Final = 200
LIMIT: Final = 45.0
"""Scenarios of each place and seconds of the whole run where neither is said: a first report is there within a minute."""

WORKERS: Final = 4
"""Processes at a time at most, where it is not said."""


def check(arguments: Namespace) -> int:
    """Checks an application and gives the exit code. Raises UsageError, SettingsError, DeliveryError, TargetError."""
    settings = settings_of(arguments, find_settings(Path.cwd()))
    if not settings.app:
        raise UsageError('name the application, "module:attribute", or write app = ... into [tool.asgikit.check]')
    target = Target(name=settings.app, factory=settings.factory, app_dir=settings.app_dir)
    delivery = delivery_of(arguments, settings, source_of(target))
    known = delivery.check()
    report = _explored(target, settings) if arguments.replay is None else _replayed(target, settings, arguments.replay)
    return delivery.deliver(report, known, sys.stdout, sys.stderr)


def _explored(target: Target, settings: Settings) -> Report:
    chosen = ExploreSettings(
        examples=EXAMPLES if settings.examples is None else settings.examples,
        seconds=settings.seconds,
        limit=LIMIT if settings.examples is None and settings.seconds is None else None,
        seed=settings.seed,
        ignore=settings.ignore,
        select=settings.select,
        workers=settings.workers or min(os.cpu_count() or 1, WORKERS),
    )
    with progress_bar(sys.stderr) as progress:
        report = explore_target(target, places_of(settings), settings=chosen, progress=progress)
    return with_reproducers(report, target)


def with_reproducers(report: Report, target: Target) -> Report:
    """The report, each finding with a program that shows it, where one can."""
    name = f"{target.name}()" if target.factory else target.name

    def shown(finding: Finding) -> Finding:
        if finding.scenario is None or finding.reproducer:
            return finding
        return replace(finding, reproducer=reproducer(name, finding.scenario, sent=sent_before_leaving(finding)))

    cases = (replace(case, findings=tuple(shown(finding) for finding in case.findings)) for case in report.cases)
    return replace(report, cases=tuple(cases))


def sent_before_leaving(finding: Finding) -> int | None:
    """The messages that the application had sent when the client left; None if that cannot be told."""
    count = 0
    for step in finding.violation.exchange:
        if step.kind == "skipped":
            return None
        if step.kind == "send":
            if "type" not in step.message:
                return count
            count += 1
    return None


def _replayed(target: Target, settings: Settings, argument: str) -> Report:
    try:
        scenario = from_argument(argument)
    except ValueError as error:
        raise UsageError(str(error)) from None
    done = anyio.run(_again, target.load(), scenario)
    if Output("text") in settings.formats:
        write_stream(sys.stdout, exchange_table(done.steps) + "\n\n")
    return replay_report(target.name, scenario, done, settings)


async def _again(app: ForeignApp, scenario: Scenario) -> Drive:
    if scenario.scope.get("type") == "lifespan":
        return await drive(app, scenario)
    async with served(app) as state:
        return await drive(app, scenario, state=state)


def replay_report(target: str, scenario: Scenario, done: Drive, settings: Settings) -> Report:
    """One exchange as a report: what broke a rule in it, and whether it failed altogether.

    A failure is blamed on the rule whose unusual case the scenario holds, if it is one; else it is a warning.
    """
    chosen = select(settings.select) if settings.select else frozenset(catalogue())
    counted = chosen - select(settings.ignore)
    violations = [each for each in done.violations if each.rule in counted and each.blame != "server"]
    failed = failure(done)
    if failed is not None and len(scenario.marks) == 1 and scenario.marks[0] in counted:
        message = f"the application {failed} for a legal exchange"
        violations.append(Violation(rule=scenario.marks[0], blame="app", message=message, exchange=done.steps))
    where = place_of(scenario)
    findings = tuple(Finding(violation=each, where=where, case="replay", scenario=scenario) for each in violations)
    broken = any(each.level != "note" for each in violations)
    case = Case(name="replay", where=where, rules=(), outcome="failed" if broken else "passed", findings=findings)
    warnings = [f"the application {failed}"] if failed is not None else []
    if unseen := sorted(set(scenario.marks) & counted - {each.rule for each in violations}):
        warnings.append(f"{', '.join(unseen)} not found broken here: what shows beside a plain request only, a whole check tells")
    return Report(target=target, kind="application", cases=(case,), examples=1, seconds=done.seconds, warnings=tuple(warnings))


def place_of(scenario: Scenario) -> str:
    """Where an exchange was: "GET /items", "WS /chat", "lifespan"."""
    kind, path = scenario.scope.get("type"), scenario.scope.get("path")
    methods = {"http": scenario.scope.get("method"), "websocket": "WS"}
    return f"{methods[kind]} {path}" if isinstance(kind, str) and kind in methods else str(kind)


def places_of(settings: Settings) -> tuple[Place, ...]:
    """The places that the settings name, and the lifespan; none where they name none: what can be found is meant.

    Raises UsageError for what is no place.
    """
    named = [*settings.paths, *(f"WS {path}" for path in settings.ws)]
    try:
        places = [Place.parse(each) for each in named]
    except ValueError as error:
        raise UsageError(str(error)) from None
    return tuple(dict.fromkeys([*places, Place(type="lifespan")])) if places else ()


def source_of(target: Target) -> str:
    """The file of an application, relative to the working directory; empty if it lies elsewhere or is not to be found."""
    module = target.name.partition(":")[0]
    here = Path.cwd()
    for folder in (Path(target.app_dir or "."), here):
        for file in (folder / f"{module.replace('.', '/')}.py", folder / module.replace(".", "/") / "__init__.py"):
            if file.is_file() and file.resolve().is_relative_to(here):
                return file.resolve().relative_to(here).as_posix()
    return ""
