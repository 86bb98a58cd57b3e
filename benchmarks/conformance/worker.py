"""Runs the kit over one place of one application, or over one server, and writes what was found as JSON.

python -m benchmarks.conformance.worker app APPLICATION PLACE EXAMPLES OUT
python -m benchmarks.conformance.worker server NAME OUT
"""

from __future__ import annotations

import importlib
import json
import os
import sys
from collections.abc import Sequence
from functools import partial
from pathlib import Path

import anyio

from asgikit.asgi import ForeignApp
from asgikit.conformance.explore import ExploreSettings, explore_place
from asgikit.conformance.report.model import Finding
from asgikit.conformance.reproduce import exchange_table
from asgikit.conformance.server.run import check_server
from asgikit.conformance.server.servers import known_server
from benchmarks.conformance.places import stops

WIDTH = 120
"""Columns of an exchange."""

GRACE = 3.0
"""Seconds that an application has to end: more than the default, for a machine that is busy."""


def application(name: str, place: str, examples: str) -> dict[str, object]:
    """Explores one place."""
    stop = next(stop for stop in stops(name.partition("/")[0]) if stop.name == place)
    settings = ExploreSettings(examples=int(examples), grace=GRACE)
    explored = anyio.run(explore_place, load(name), stop.place, settings)
    return {
        "findings": [as_json(finding) for finding in explored.findings],
        "exchanges": explored.exchanges,
        "warnings": list(explored.warnings),
    }


def load(name: str) -> ForeignApp:
    """An application by the name of its module, "blacksheep", or of an attribute in it, "blacksheep/with_tuples"."""
    module, _, attribute = name.partition("/")
    return getattr(importlib.import_module(f"benchmarks.conformance.apps.{module}_app"), attribute or "app")


def server(name: str) -> dict[str, object]:
    """Checks one server."""
    report = anyio.run(partial(check_server, known_server(name)))
    crashed = [
        f"{case.name} ({case.where}): {case.detail}" for case in report.cases if case.outcome == "crashed" and not case.findings
    ]
    return {
        "findings": [{**as_json(finding), "place": finding.where} for finding in report.findings],
        "exchanges": report.examples,
        "warnings": [*report.warnings, *crashed],
    }


def as_json(finding: Finding) -> dict[str, object]:
    """What the page says of a finding."""
    violation = finding.violation
    return {
        "rule": violation.rule,
        "blame": violation.blame,
        "message": violation.message,
        "case": finding.case,
        "steps": len(violation.exchange),
        "exchange": exchange_table(violation.exchange, width=WIDTH),
        "wire": finding.wire,
    }


def main(arguments: Sequence[str]) -> None:
    kind, *rest, out = arguments
    found = {"app": application, "server": server}[kind](*rest)
    Path(out).write_text(json.dumps(found))


if __name__ == "__main__":
    main(sys.argv[1:])
    sys.stdout.flush()
    os._exit(0)  # some frameworks leave threads behind
