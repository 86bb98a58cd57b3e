"""A report as SARIF: what the schema of 2.1.0 asks, checked by hand."""

import json
import re
from dataclasses import replace

import pytest

from asgikit.conformance.report.sarif import file_of, sarif
from asgikit.conformance.rules import rule
from tests.conformance.report.samples import BROKEN, CLEAN, HOSTILE, MUST, SERVER, case, finding, replace_cases


def run(report, **options):
    return json.loads(sarif(report, **options))["runs"][0]


@pytest.mark.parametrize("report", [BROKEN, CLEAN, SERVER, HOSTILE])
def test_the_log_is_what_the_schema_asks_for(report):
    """The required properties (3.13, 3.14, 3.19, 3.27), their types and their enumerations."""
    log = json.loads(sarif(report))
    assert set(log) == {"$schema", "version", "runs"}
    assert log["version"] == "2.1.0"
    (only,) = log["runs"]
    driver = only["tool"]["driver"]
    assert isinstance(driver["name"], str)
    assert len({each["id"] for each in driver["rules"]}) == len(driver["rules"])
    for result in only["results"]:
        assert result["message"]["text"]
        assert result["level"] in {"none", "note", "warning", "error"}
        assert driver["rules"][result["ruleIndex"]]["id"] == result["ruleId"]
        assert result["occurrenceCount"] >= 1
        assert all(isinstance(value, str) for value in result["partialFingerprints"].values())
        for location in result["locations"]:
            assert re.fullmatch(r"[\w./%-]+", location["physicalLocation"]["artifactLocation"]["uri"])
            assert location["physicalLocation"]["region"]["startLine"] >= 1


def test_a_rule_is_described():
    """In plain words, with the quotation, and a link to the section."""
    described = {each["id"]: each for each in run(BROKEN)["tool"]["driver"]["rules"]}[MUST]
    assert described["shortDescription"]["text"] == rule(MUST).text
    assert rule(MUST).quote in described["fullDescription"]["text"]
    assert described["helpUri"] == rule(MUST).spec_url
    assert described["helpUri"].startswith("https://")
    assert described["defaultConfiguration"] == {"level": "error"}


def test_levels_are_those_of_sarif():
    """Must is an error, should a warning, a note a note."""
    assert [result["level"] for result in run(BROKEN)["results"]] == ["error", "warning", "error", "note"]


def test_a_fingerprint_stays_over_other_values():
    """Of the same rule, place and kind of case; another place has another."""
    reports = [replace_cases(CLEAN, case(each)) for each in (finding(), finding(count=9, wire="x"), finding(where="GET /"))]
    first, second, third = (run(each)["results"][0]["partialFingerprints"]["asgikit/v1"] for each in reports)
    assert first == second != third


def test_a_finding_is_where_the_application_is():
    """The file that is given, else the one that the name says; the place is a logical location."""
    location = run(BROKEN, source="src/shop/asgi.py")["results"][0]["locations"][0]
    assert location["physicalLocation"]["artifactLocation"]["uri"] == "src/shop/asgi.py"
    assert location["logicalLocations"][0]["fullyQualifiedName"] == "shop.asgi:app POST /items"


@pytest.mark.parametrize(
    ("report", "file"),
    [(BROKEN, "shop/asgi.py"), (CLEAN, "shop.py"), (SERVER, "uvicorn"), (replace(CLEAN, target="é b:c"), "%C3%A9%20b.py")],
)
def test_a_name_says_a_file(report, file):
    """As a relative URI."""
    assert file_of(report) == file


def test_a_run_that_crashed_was_not_successful():
    """With what went wrong as notifications."""
    (invocation,) = run(BROKEN)["invocations"]
    assert (invocation["executionSuccessful"], invocation["exitCode"]) == (False, 3)
    assert [each["level"] for each in invocation["toolExecutionNotifications"]] == ["error", "warning"]
    assert run(CLEAN)["invocations"][0] == {"executionSuccessful": True, "exitCode": 0, "toolExecutionNotifications": []}


def test_the_version_is_that_of_asgikit():
    """Where the report knows it."""
    assert run(BROKEN)["tool"]["driver"]["version"] == "0.1.0"
    assert "version" not in run(CLEAN)["tool"]["driver"]
