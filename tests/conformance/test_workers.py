"""Explores an application in processes of its own."""

import os
import time

import pytest

from asgikit.conformance import workers
from asgikit.conformance.battery import OVER
from asgikit.conformance.explore import ExploreSettings
from asgikit.conformance.report.text import text
from asgikit.conformance.report.verdict import exit_code, headline
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
    if scope["path"] == "/garbage":
        for number in range(3, 64):
            try:
                os.write(number, b"garbage")
            except OSError:
                pass
    if scope["path"] == "/late" and scope["client"] is None:
        os._exit(8)
    if scope["path"] == "/fails":
        raise KeyError("x")
    if scope["path"] == "/loud":
        print("x" * 1_000_000)
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


def test_nothing_is_left_where_it_is_run(target, tmp_path, monkeypatch):
    """The working directory is the user's."""
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    report = explore_target(target, ["GET /"], settings=SMALL)
    assert "fuzz" in {case.name for case in report.cases}
    assert list((tmp_path / "here").iterdir()) == []


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
    assert "does not tell its routes" in report.warnings[0]


def test_what_a_process_found_before_it_died_is_reported(target):
    """And what it was driven through last, so that it can be seen again."""
    report = explore_target(target, ["GET /late"], settings=SMALL)
    *done, last = report.cases
    assert (done[0].name, done[0].outcome) == ("plain", "passed")
    assert (last.name, last.outcome) == ("client-none", "crashed")
    assert last.scenario.scope["client"] is None
    assert report.examples == len(done)
    assert exit_code(report) == 3
    assert "No rule broken" not in headline(report)
    assert f"again: asgikit check workers_target:app --app-dir {os.path.relpath(target.app_dir)} --replay r1-" in text(report)


def test_a_process_that_writes_into_our_pipe_is_a_case_that_crashed(target):
    """Whatever it writes."""
    report = explore_target(target, ["GET /garbage"], settings=SMALL)
    assert [case.outcome for case in report.cases] == ["crashed"]
    assert "wrote into the pipe" in report.cases[0].detail


def test_an_application_that_fails_every_plain_request_was_not_checked(target):
    """Which is no pass."""
    report = explore_target(target, ["GET /fails", "lifespan"], settings=SMALL)
    assert exit_code(report) == 3
    assert "KeyError('x') for a plain request" in text(report)
    assert exit_code(explore_target(target, ["GET /fails", "GET /fine"], settings=SMALL)) != 3


def test_what_an_application_prints_takes_no_room(target):
    """However much it is."""
    report = explore_target(target, ["GET /loud"], settings=ExploreSettings(examples=0, grace=0.5))
    assert {case.outcome for case in report.cases} <= {"passed", "failed"}


def test_an_import_that_does_not_end_is_no_application(tmp_path, monkeypatch):
    """Said once, however many places there are to look at."""
    (tmp_path / "workers_slow.py").write_text("import time\ntime.sleep(600)\n")
    (tmp_path / "workers_ends.py").write_text("import os\nos._exit(3)\n")
    places = [f"/{number}" for number in range(20)]
    for name, seconds, words in [("workers_slow", 3.0, "no sign of life for 3 s"), ("workers_ends", 60.0, "ended with 3")]:
        monkeypatch.setattr(workers, "IMPORTING", seconds)
        began = time.monotonic()
        with pytest.raises(TargetError, match=f"importing {name}:app: .*{words}"):
            explore_target(Target(name=f"{name}:app", app_dir=str(tmp_path)), places, settings=SMALL)
        assert time.monotonic() - began < len(places) * 3.0


def test_the_seconds_are_for_all_places_and_all_that_is_done_there(target):
    """What there is no time for is skipped, and said."""
    paths = [f"GET /{number}" for number in range(40)]
    began = time.monotonic()
    report = explore_target(target, paths, settings=ExploreSettings(seconds=4.0, grace=0.5))
    assert time.monotonic() - began < 80
    assert {case.where for case in report.cases} == set(paths)
    assert {case.detail for case in report.cases if case.outcome == "skipped"} == {OVER}
    assert report.warnings[-1].startswith(f"{OVER}: ")
