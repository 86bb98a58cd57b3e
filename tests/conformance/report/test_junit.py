"""A report as JUnit XML."""

from dataclasses import replace
from xml.etree import ElementTree as ET

import pytest

from asgikit.conformance.report.junit import junit
from tests.conformance.report.samples import BROKEN, CLEAN, HOSTILE, NASTY, SERVER, case, finding, replace_cases


def suite(report, **options):
    return ET.fromstring(junit(report, **options).encode())[0]


def test_every_case_at_a_place_is_one_test():
    """The place is its class, so that a CI shows n of m for each."""
    cases = [(each.get("classname"), each.get("name")) for each in suite(BROKEN).iter("testcase")]
    assert cases == [(each.where, each.name) for each in BROKEN.cases]


def test_the_counts_are_those_of_the_tests():
    """In both elements that have them."""
    document = ET.fromstring(junit(BROKEN).encode())
    for element in (document, document[0]):
        assert {name: element.get(name) for name in ("tests", "failures", "errors", "skipped", "time")} == {
            "tests": "6",
            "failures": "2",
            "errors": "1",
            "skipped": "1",
            "time": "4.250",
        }


def test_a_failure_tells_rule_and_exchange():
    """And the sentence of the specification."""
    failure = suite(BROKEN).find("testcase/failure")
    assert failure.get("type") == "HTTP-RESP-013"
    assert failure.get("message") == "HTTP-RESP-013 (must, app): The body is a str: 'ok'"
    for part in (BROKEN.findings[0].violation.spec, ">   4 <-- http.response.body", "asyncio.run(main())"):
        assert part in failure.text


def test_the_strongest_finding_is_not_lost_behind_a_weak_one():
    """All that fail are in the text, those that do not are output."""
    element = suite(BROKEN, level="must")[3]
    assert element.find("failure").get("type") == "HTTP-RESP-013"
    assert "HTTP-SEM-022" in element.findtext("system-out")
    assert "HTTP-SEM-022" in suite(BROKEN)[3].findtext("failure")


def test_a_note_fails_no_test():
    """It is output of the test."""
    element = suite(BROKEN)[4]
    assert element.get("name") == "head"
    assert [child.tag for child in element] == ["system-out"]


def test_a_crash_is_an_error_and_a_skipped_case_is_skipped():
    """With their reasons."""
    error, skipped = suite(BROKEN).find("testcase/error"), suite(BROKEN).find("testcase/skipped")
    assert (error.get("type"), error.get("message")) == ("crashed", "the process did not end")
    assert skipped.get("message") == "the application refuses it"


def test_two_cases_of_one_name_and_place_are_one_test():
    """A CI would show the last only."""
    twice = replace_cases(CLEAN, case(seconds=0.5), case(finding(), outcome="failed", seconds=0.25), case(name="other"))
    cases = suite(twice).findall("testcase")
    assert [(each.get("name"), each.get("time")) for each in cases] == [("baseline", "0.750"), ("other", "0.000")]
    assert cases[0].find("failure") is not None


@pytest.mark.parametrize(
    ("outcomes", "tags"),
    [
        (("passed", "crashed"), ["error"]),
        (("skipped", "crashed"), ["error"]),
        (("skipped", "passed"), []),
        (("skipped", "skipped"), ["skipped"]),
    ],
)
def test_the_worst_outcome_of_a_name_counts(outcomes, tags):
    """And a test that ran was not skipped."""
    (element,) = suite(replace_cases(CLEAN, *(case(outcome=each, detail="x") for each in outcomes))).findall("testcase")
    assert [child.tag for child in element] == tags


def test_how_it_was_run_is_in_the_properties():
    """The seed where there is one."""
    properties = {each.get("name"): each.get("value") for each in suite(BROKEN).iter("property")}
    assert properties == {"kind": "application", "examples": "1284", "seed": "7", "asgikit": "0.1.0", "Python": "3.11.7"}
    assert "seed" not in {each.get("name") for each in suite(SERVER).iter("property")}


@pytest.mark.parametrize("report", [HOSTILE, replace_cases(CLEAN), SERVER, replace(CLEAN, warnings=("a", "b"))])
def test_any_report_is_well_formed(report):
    """XML has characters that cannot be written."""
    assert suite(report).tag == "testsuite"


def test_nothing_of_the_application_becomes_markup():
    """Names and texts are texts."""
    element = suite(HOSTILE).find("testcase")
    assert "<script>alert(1)</script>" in element.get("name")
    assert "<script>" not in junit(HOSTILE)
    assert NASTY not in junit(HOSTILE)
