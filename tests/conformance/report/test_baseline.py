"""Known violations."""

import json
from dataclasses import replace

import pytest

from asgikit.conformance.report import baseline
from asgikit.conformance.report.baseline import Known, known_by, read, split, update, write
from asgikit.conformance.report.verdict import exit_code
from tests.conformance.report.samples import BROKEN, CLEAN, HOSTILE, MUST, NOTE, SHOULD, case, finding

ENTRY = Known(MUST, "POST /items", "baseline")


def test_a_file_is_read_as_it_was_written():
    """Sorted, each entry once."""
    entries = (Known("b", "x", "y"), Known("a", "z\n\ud800", '"'), Known("b", "x", "y"))
    assert read(write(entries)) == (entries[1], entries[0])
    assert read(write(())) == ()


def test_a_file_has_an_entry_on_each_line():
    """So that a diff shows what was added."""
    assert write([ENTRY, Known("a", "b", "c")]).splitlines() == [
        "{",
        '  "version": 1,',
        '  "known": [',
        '    {"rule": "HTTP-RESP-013", "where": "POST /items", "case": "baseline"},',
        '    {"rule": "a", "where": "b", "case": "c"}',
        "  ]",
        "}",
    ]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "not JSON"),
        ("[" * 100_000, "not JSON"),
        ("[]", "is an object of"),
        ('{"known": []}', "is an object of"),
        ('{"version": 1, "known": [], "x": 1}', "is an object of"),
        ('{"version": 2, "known": []}', "version 2 is not 1.*--update-baseline"),
        ('{"version": true, "known": []}', "version True"),
        ('{"version": 1, "known": {}}', "is a list"),
        ('{"version": 1, "known": [{"rule": "a", "where": "b"}]}', "entry 1 is not"),
        ('{"version": 1, "known": [{"rule": "a", "where": "b", "case": 1}]}', "entry 1 is not"),
    ],
)
def test_what_is_no_baseline_is_refused(text, message):
    """With what is wrong with it."""
    with pytest.raises(ValueError, match=message):
        read(text)


def test_a_baseline_has_a_limit(monkeypatch):
    """Nobody knows of so many violations."""
    monkeypatch.setattr(baseline, "MAX_FILE", 10)
    with pytest.raises(ValueError, match="at most 10"):
        read(write([ENTRY]))


def test_a_known_finding_is_taken_out():
    """A case that found nothing else has passed, one that did has failed."""
    parted = split(BROKEN, [ENTRY, Known(SHOULD, "POST /items", "status")])
    assert [each.violation.rule for each in parted.known] == [MUST, SHOULD]
    assert [each.violation.rule for each in parted.report.findings] == [MUST, NOTE]
    assert [each.outcome for each in parted.report.cases][1:3] == ["passed", "failed"]
    assert parted.gone == ()


def test_a_run_with_known_findings_only_is_clean():
    """That is what a baseline is for; what crashed stays crashed."""
    known = [known_by(each) for each in BROKEN.findings]
    assert exit_code(split(replace(BROKEN, cases=BROKEN.cases[:4]), known).report) == 0
    assert exit_code(split(BROKEN, known).report) == 3


def test_what_was_looked_for_and_not_found_is_gone():
    """What was not looked for is neither gone nor there."""
    there, elsewhere = Known(MUST, "GET /", "head"), Known(MUST, "GET /other", "head")
    crashed = Known(MUST, "WS /chat", "cancel")
    assert split(BROKEN, [there, elsewhere, crashed]).gone == (there,)


def test_an_update_keeps_what_was_not_looked_for():
    """Notes need no entry, for they fail nothing."""
    elsewhere, gone = Known(MUST, "GET /other", "head"), Known(MUST, "GET /", "head")
    assert update(BROKEN, [elsewhere, gone]) == (
        elsewhere,
        ENTRY,
        Known(MUST, "POST /items", "status"),
        Known(SHOULD, "POST /items", "status"),
    )
    assert update(CLEAN, []) == ()


@pytest.mark.parametrize("name", ["cut-at-17", "cut-at-3", "cut-at[raise]", "cut-at[1][2]", "cut-at"])
def test_variants_of_a_case_are_one_kind(name):
    """A fingerprint does not change with a number."""
    assert known_by(finding(case=name)).case == "cut-at"


@pytest.mark.parametrize("name", ["17", "[raise]", ""])
def test_a_case_that_is_all_variant_keeps_its_name(name):
    """A kind is never empty unless the name is."""
    assert known_by(finding(case=name)).case == name


def test_a_fingerprint_tells_rule_place_and_kind():
    """And nothing that changes from run to run."""
    prints = {
        known_by(finding(*each)).fingerprint for each in [(MUST, "a", "b"), (MUST, "a", "c"), (MUST, "d", "b"), (NOTE, "a", "b")]
    }
    assert len(prints) == 4
    assert known_by(finding(MUST, "a", "b", count=7, wire="x")).fingerprint in prints


def test_hostile_names_have_fingerprints_too():
    """Also lone surrogates."""
    assert read(write(update(HOSTILE, []))) == tuple({known_by(each) for each in HOSTILE.findings})
    assert len(known_by(HOSTILE.findings[0]).fingerprint) == 16


def test_a_case_without_findings_stays_as_it_is():
    """A failed one too, for somebody said so."""
    failed = replace(CLEAN, cases=(case(outcome="failed"),))
    assert split(failed, [ENTRY]).report == failed
    assert json.loads(write(update(failed, [ENTRY]))) == {"version": 1, "known": []}
