"""A report as annotations."""

import re
from dataclasses import replace

from asgikit.conformance.report.github import MESSAGE, github
from asgikit.conformance.report.model import Finding
from tests.conformance.report.samples import BROKEN, CLEAN, HOSTILE, case, replace_cases, violation


def commands(report, **options):
    return [line for line in github(report, **options).splitlines() if line.startswith("::")]


def test_a_rule_is_an_annotation_of_its_level():
    """The strongest first; of a rule that is broken in many places, one."""
    told = commands(BROKEN)
    assert [line.split(" ", 1)[0] for line in told] == ["::error", "::warning", "::notice", "::error", "::warning"]
    assert told[0].startswith(
        "::error title=HTTP-RESP-013 (must%2C app) shop.asgi%3Aapp::The body is a str: 'ok'%0APOST /items%0A"
    )
    assert BROKEN.findings[0].violation.spec in told[0]


def test_what_does_not_fail_the_run_is_a_notice():
    """By the level that was asked for."""
    assert commands(BROKEN, level="must")[1].startswith("::notice title=HTTP-SEM-022")


def test_a_file_is_named_where_it_is_known():
    """So that the annotation stands there."""
    assert commands(BROKEN, source="src/a,b:c.py")[0].startswith("::error file=src/a%2Cb%3Ac.py,line=1,title=")
    assert "file=" not in commands(BROKEN)[0]


def test_the_verdict_is_a_plain_line():
    """The last one."""
    assert github(BROKEN).splitlines()[-1].startswith("asgikit: shop.asgi:app: 2 rules broken: 1 must, 1 should; 1 case")
    assert github(CLEAN) == "asgikit: shop:app: No rule broken. (2 cases, 0.0 s)\n"


def test_a_line_is_one_command():
    """Whatever the application sent: no line breaks, and no command but ours at the beginning of a line."""
    told = github(replace(HOSTILE, warnings=("a\n::error::b\r\n::set-output name=x::y",))).splitlines()
    assert len(told) == 1 + 1 + 1 + 1
    assert all(re.match(r"::(error|warning|notice) (file=[^:,]*,line=1,)?title=[^:,]*::|asgikit: ", line) for line in told)


def test_per_cent_signs_are_escaped():
    """Or they would be read as escapes."""
    assert "100%25 of it%250A" in commands(replace(CLEAN, warnings=("100% of it%0A",)))[0]


def test_an_annotation_has_a_limit():
    """GitHub has one too."""
    long = Finding(violation=violation(message="x" * 10 * MESSAGE), where="GET /", case="x")
    crashed = replace_cases(CLEAN, case(long, outcome="crashed", detail="x" * 10 * MESSAGE))
    assert [len(line) < MESSAGE + 200 for line in commands(crashed)] == [True, True]
