"""The bar."""

import io
import sys
from types import SimpleNamespace
from typing import ClassVar

import pytest

from asgikit.conformance.progress import progress_bar


class Terminal(io.StringIO):
    def isatty(self):
        return True


class FakeBar:
    made: ClassVar[list] = []

    def __init__(self, **options):
        self.options, self.log, self.n, self.total = options, [], 0, 0
        FakeBar.made.append(self)

    def set_description_str(self, s, refresh=True):
        self.words = s

    def refresh(self):
        self.log.append((self.n, self.total, self.words))

    def close(self):
        self.log.append("closed")


@pytest.fixture
def bars(monkeypatch):
    monkeypatch.setattr(FakeBar, "made", [])
    monkeypatch.setitem(sys.modules, "tqdm", SimpleNamespace(tqdm=FakeBar))
    return FakeBar.made


def test_a_terminal_shows_how_far_it_is(bars):
    """And ends clean, also after an error."""
    with pytest.raises(ZeroDivisionError), progress_bar(Terminal()) as show:
        show(1, 3, "GET /\n\x1b")
        raise ZeroDivisionError
    assert bars[0].log == [(1, 3, "GET / \\x1b".ljust(40)), "closed"]
    assert bars[0].options["leave"] is False


def test_what_is_no_terminal_stays_silent(bars):
    """A log is no place for a bar."""
    stream = io.StringIO()
    with progress_bar(stream) as show:
        show(1, 3, "x")
    assert bars == []
    assert stream.getvalue() == ""


def test_without_tqdm_there_is_no_bar(monkeypatch):
    """The run does not need it."""
    monkeypatch.setitem(sys.modules, "tqdm", None)
    terminal = Terminal()
    with progress_bar(terminal) as show:
        show(1, 3, "x")
    assert terminal.getvalue() == ""
