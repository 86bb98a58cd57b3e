"""The process in which one place is explored."""

import io
import pickle
import sys

import pytest

from asgikit.conformance.explore import ExploreSettings
from asgikit.conformance.jobs import Discovered, Failed, Finished, Found, Job, Loaded, Progressed, Trying
from asgikit.conformance.place import Place
from asgikit.conformance.targets import Target
from asgikit.conformance.worker import work


@pytest.fixture
def folder(tmp_path, monkeypatch):
    (tmp_path / "worker_target.py").write_text("from tests.conformance.sample_apps import right as app")
    monkeypatch.setattr(sys, "path", list(sys.path))
    yield str(tmp_path)
    sys.modules.pop("worker_target", None)


def frames(folder, name="worker_target:app", place=None):
    out = io.BytesIO()
    settings = ExploreSettings(examples=3, grace=0.5)
    work(Job(target=Target(name=name, app_dir=folder), place=place, settings=settings), out)
    out.seek(0)
    found = []
    while out.tell() < len(out.getvalue()):
        found.append(pickle.load(out))
    return found


def test_a_place_is_explored(folder):
    """With signs of life, and what was found in the end."""
    first, *told, last = frames(folder, place=Place(type="lifespan"))
    assert first == Loaded()
    assert {type(frame) for frame in told} == {Progressed, Trying, Found}
    cases = [frame.case for frame in told if isinstance(frame, Found)]
    assert [case.name for case in cases][:1] == ["plain"]
    assert {case.outcome for case in cases} == {"passed"}
    assert isinstance(last, Finished)
    assert last.exchanges > 5
    assert "python" in last.versions


def test_places_are_discovered(folder):
    """Where none is given; none, if the application does not tell them."""
    assert frames(folder) == [Loaded(), Discovered(())]


def test_what_cannot_be_loaded_is_said(folder):
    """As the last frame."""
    (last,) = frames(folder, "worker_target:nothing")
    assert isinstance(last, Failed)
    assert "no attribute 'nothing'" in last.reason
