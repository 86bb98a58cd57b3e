"""Explores an application."""

import time

import pytest

from asgikit.conformance import battery, fuzz, fuzzing
from asgikit.conformance import explore as explore_module
from asgikit.conformance.battery import OVER
from asgikit.conformance.explore import UNITS, ExploreSettings, explore, report_of
from tests.conformance.sample_apps import right

SMALL = ExploreSettings(examples=10, grace=0.5)


async def test_a_right_application_passes():
    """At all its places, in the battery and in the fuzz."""
    report = await explore(right, ["lifespan", "GET /", "POST /echo", "WS /"], settings=SMALL, target="sample:right")
    assert [case for case in report.cases if case.outcome != "passed"] == []
    assert {case.where for case in report.cases} == {"lifespan", "GET /", "POST /echo", "WS /"}
    assert sum(case.name == "fuzz" for case in report.cases) == 4
    assert report.findings == ()
    assert (report.kind, report.target, report.seed) == ("application", "sample:right", 0)
    assert report.examples > 200
    assert report.versions["asgikit"]


async def test_findings_are_those_of_every_place():
    """Each rule once at each."""

    async def wrong(scope, receive, send):
        if scope["type"] == "http":
            scope["client"][0]
        await right(scope, receive, send)

    report = await explore(wrong, ["GET /a", "GET /b"], settings=SMALL)
    found = [(finding.where, finding.violation.rule) for finding in report.findings if finding.case == "no-client"]
    assert found == [("GET /a", "CORE-SCOPE-009"), ("GET /b", "CORE-SCOPE-009")]


async def test_the_lifespan_runs_around_requests():
    """And its state is theirs."""

    async def app(scope, receive, send):
        if scope["type"] == "http" and scope.get("state", {"ready": "yes"}) != {"ready": "yes"}:
            raise KeyError("not started")
        await right(scope, receive, send)

    report = await explore(app, ["GET /"], settings=ExploreSettings(examples=0))
    assert report.findings == report.warnings == ()


async def test_no_examples_is_the_battery_alone():
    """Nothing is made up."""
    report = await explore(right, ["GET /"], settings=ExploreSettings(examples=0))
    assert "fuzz" not in {case.name for case in report.cases}


async def test_seconds_end_a_run():
    """However many scenarios there could be."""
    began = time.monotonic()
    report = await explore(right, ["GET /", "lifespan"], settings=ExploreSettings(seconds=1.0))
    assert time.monotonic() - began < 60
    assert report.findings == ()


async def test_a_limit_ends_a_run_that_has_examples_left(monkeypatch):
    """And leaves alone one that is done before; both say so."""
    now = 0.0

    async def slowly(scope, receive, send):
        nonlocal now
        now += 0.1  # so that the limit is time for some exchanges, and never for all of them
        await right(scope, receive, send)

    for module in (explore_module, battery, fuzz, fuzzing):
        monkeypatch.setattr(module, "monotonic", lambda: now)

    report = await explore(slowly, ["GET /", "lifespan"], settings=ExploreSettings(examples=10, grace=0.5, limit=1.5))
    assert {case.outcome for case in report.cases} == {"passed", "skipped"}
    assert report.warnings[-1].startswith(f"{OVER}: ")
    report = await explore(right, ["lifespan"], settings=ExploreSettings(examples=10, grace=0.5, limit=100.0))
    assert {case.outcome for case in report.cases} == {"passed"}
    assert "fuzz" in {case.name for case in report.cases}


async def test_an_application_that_fails_every_plain_request_was_not_checked():
    """Its cases have crashed; where one place works, they have not."""

    async def fails(scope, receive, send):
        if scope.get("path") != "/works":
            raise KeyError("db")
        await right(scope, receive, send)

    settings = ExploreSettings(examples=0, grace=0.5)
    report = await explore(fails, ["lifespan", "GET /a", "GET /b"], settings=settings)
    assert [case.where for case in report.cases if case.outcome == "crashed"] == ["GET /a", "GET /b"]
    report = await explore(fails, ["GET /a", "GET /works"], settings=settings)
    assert "crashed" not in {case.outcome for case in report.cases}


async def test_progress_goes_up_to_the_end():
    """A hundred steps a place."""
    told = []
    await explore(right, ["GET /", "lifespan"], settings=SMALL, progress=lambda done, of, name: told.append((done, of)))
    assert told == sorted(told)
    assert {of for _, of in told} == {2 * UNITS}
    assert told[-1][0] > UNITS


@pytest.mark.parametrize(
    ("settings", "places", "words"),
    [
        (SMALL, ["nowhere"], "is no place"),
        (ExploreSettings(select=("NO-SUCH",)), ["GET /"], "no rule matches"),
        (ExploreSettings(ignore=("NO-SUCH",)), ["GET /"], "no rule matches"),
    ],
)
async def test_what_cannot_be_is_refused(settings, places, words):
    """Before anything is driven."""
    with pytest.raises(ValueError, match=words):
        await explore(right, places, settings=settings)


def test_settings_choose_rules():
    """By pattern and level."""
    options = ExploreSettings(select=("HTTP-*",), ignore=("HTTP-SEM-*",), level="must").options()
    assert options.counts("HTTP-RESP-001")
    assert not options.counts("HTTP-SEM-001")
    assert not options.counts("WS-ACC-001")
    assert not options.counts("HTTP-DISC-007")
    assert ExploreSettings().options().counts("CORE-MSG-008")


def test_an_empty_report_is_one():
    """Nothing was found, for nothing was looked at."""
    report = report_of([], "x", SMALL, 0.0)
    assert (report.cases, report.examples) == ((), 0)
