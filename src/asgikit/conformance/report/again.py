"""How to see a finding again: the command line that replays its exchange."""

from __future__ import annotations

import shlex

from asgikit.conformance.replay import to_word
from asgikit.conformance.report.model import Finding, Report


def replay_case(finding: Finding) -> str:
    """What `--replay` takes: the scenario in a word; empty where there is none, or none short enough for a command line."""
    if finding.scenario is None:
        return ""
    try:
        return to_word(finding.scenario)
    except ValueError:
        return ""


def command(report: Report, finding: Finding) -> str:
    """The command line that shows the finding again; empty where there is none."""
    case = replay_case(finding)
    return f"asgikit check {shlex.quote(report.target)} --replay {case}" if case else ""
