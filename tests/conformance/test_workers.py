"""Explores an application in processes of its own."""

import pytest

from asgikit.conformance import workers
from asgikit.conformance.explore import ExploreSettings
from asgikit.conformance.targets import Target, TargetError
from asgikit.conformance.workers import explore_target

MODULE = """
import os, sys

async def app(scope, receive, send):
    if scope["type"] != "http":
        raise ValueError(scope["type"])
    print("noise on the standard output")
    if scope["path"] == "/ends":
        print("the last words", file=sys.stderr, flush=True)
        os._exit(7)
    while scope["path"] == "/hangs":
        pass
    await receive()
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": str(scope["client"]).encode()})
"""

SMALL = ExploreSettings(examples=2, grace=0.5)


@pytest.fixture
def target(tmp_path):
    (tmp_path / "workers_target.py").write_text(MODULE)
    return Target(name="workers_target:app", app_dir=str(tmp_path))


def test_what_is_found_in_a_process_is_reported(target):
    """In one report, with progress on the way; what the application prints does no harm."""
    told = []
    settings = ExploreSettings(examples=2, grace=0.5, workers=2)
    report = explore_target(target, ["GET /", "lifespan"], settings=settings, progress=lambda *each: told.append(each))
    assert ("GET /", "CORE-SCOPE-009") in {(finding.where, finding.violation.rule) for finding in report.findings}
    assert [case.where for case in report.cases if case.name == "plain"] == ["GET /", "lifespan"]
    assert report.target == "workers_target:app"
    assert report.versions["python"]
    assert told[-1][1] == 200


def test_a_process_that_dies_is_a_case_that_crashed(target):
    """With its last words; the other places are not lost."""
    report = explore_target(target, ["GET /ends", "lifespan"], settings=SMALL)
    crashed = [case for case in report.cases if case.outcome == "crashed"]
    assert [case.where for case in crashed] == ["GET /ends"]
    assert "ended with 7: " in crashed[0].detail
    assert "the last words" in crashed[0].detail
    assert "lifespan" in {case.where for case in report.cases}


def test_a_process_that_hangs_is_killed(target, monkeypatch):
    """What blocks the event loop for good cannot be cancelled."""
    monkeypatch.setattr(workers, "SILENCE", 5.0)
    report = explore_target(target, ["GET /hangs"], settings=ExploreSettings(examples=1, grace=0.1))
    (case,) = report.cases
    assert (case.outcome, case.where) == ("crashed", "GET /hangs")
    assert "no sign of life" in case.detail


def test_an_application_that_cannot_be_loaded_is_said(target):
    """At once, and not as a finding."""
    with pytest.raises(TargetError, match="no attribute 'nothing'"):
        explore_target(Target(name="workers_target:nothing", app_dir=target.app_dir), settings=SMALL)
    with pytest.raises(ValueError, match="is no place"):
        explore_target(target, ["nowhere"], settings=SMALL)


def test_places_are_found(target):
    """Without any given: what the application tells, or its root."""
    report = explore_target(target, settings=ExploreSettings(examples=0, grace=0.5))
    assert {case.where for case in report.cases} == {"lifespan", "GET /"}
