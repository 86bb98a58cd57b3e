"""How to see a finding again: the command line that replays its exchange."""

from __future__ import annotations

import shlex

from asgikit.conformance.replay import to_word
from asgikit.conformance.report.model import Case, Finding, Report

UNNAMED = "MODULE:APP"
"""What stands for the name of an application that was checked without one, in a test."""


def replay_case(found: Finding | Case) -> str:
    """What `--replay` takes: the scenario in a word; empty where there is none, or none short enough for a command line."""
    if found.scenario is None:
        return ""
    try:
        return to_word(found.scenario)
    except ValueError:
        return ""


def command(report: Report, found: Finding | Case) -> str:
    """The command line that shows it again; empty where there is none."""
    case = replay_case(found)
    named = (shlex.quote(report.target), *map(shlex.quote, report.arguments)) if ":" in report.target else (UNNAMED,)
    return f"asgikit check {' '.join(named)} --replay {case}" if case else ""
