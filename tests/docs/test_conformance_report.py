"""The page of what the kit finds in other projects: it says nothing that was not verified, and nothing that is withheld."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from asgikit.conformance.rules import catalogue
from benchmarks.conformance.projects import FRAMEWORKS, SERVERS
from benchmarks.conformance.verdicts import Verdict, read_verdicts, verdict_files

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "conformance-report.md").read_text()
VERDICTS = read_verdicts(*verdict_files())
PROGRAMS = [verdict for verdict in VERDICTS if verdict.verdict == "real"]


def test_every_rule_on_the_page_exists() -> None:
    """In the catalogue, under the anchor that is linked."""
    named = set(re.findall(r"rules\.md#([a-z0-9-]+)", PAGE))
    assert named
    assert named <= {rule.lower() for rule in catalogue()}


def test_every_link_within_the_page_leads_to_a_finding() -> None:
    """And every finding has a verdict that may be shown."""
    shown = {verdict.name for verdict in VERDICTS if verdict.verdict in {"real", "ambiguous"}}
    anchors = set(re.findall(r'<a id="([^"]+)">', PAGE))
    assert set(re.findall(r"\]\(#([^)]+)\)", PAGE)) <= anchors
    assert anchors <= shown


def test_nothing_that_is_withheld_is_in_the_repository() -> None:
    """Nor is a name of it."""
    assert not [verdict.name for verdict in VERDICTS if verdict.verdict == "withheld"]


def test_every_verdict_speaks_of_projects_that_are_run() -> None:
    """Under the names that the runs use."""
    known = {project.key for project in (*FRAMEWORKS, *SERVERS)}
    assert all(set(verdict.projects) <= known for verdict in VERDICTS)


@pytest.mark.parametrize("verdict", PROGRAMS, ids=lambda verdict: verdict.name)
def test_what_is_called_real_has_a_program(verdict: Verdict) -> None:
    """That parses, and a text that it prints or lacks."""
    assert compile(verdict.app or verdict.reproducer, verdict.name, "exec")
    assert verdict.prints or verdict.lacks


def test_the_control_and_asgikit_break_no_rule() -> None:
    """Notes apart, of which the control has none."""
    tables = [line.split("|")[1:-1] for line in PAGE.splitlines() if line.startswith("| [")]
    rows = [row for row in tables if len(row) == 1 + len(FRAMEWORKS)]
    assert rows
    assert not any(row[1].strip() for row in rows)
    assert not [row[0] for row in rows if "●" in row[2] or "◐" in row[2]]


def test_the_page_is_of_a_length_that_people_read() -> None:
    """Well under 1,500 lines."""
    assert PAGE.count("\n") < 1_450
