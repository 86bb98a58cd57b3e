"""From an exception to a report of it."""

from __future__ import annotations

import linecache
import os
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from asgikit.config import Secret
from asgikit.debugging.capture import LATEST_CALLS, MAX_FAILURES, MAX_VARIABLES, calls_of, capture, is_own, place_of, variables_of
from asgikit.debugging.report import FIRST_CALLS, Asked, Failure, Report
from asgikit.debugging.secrecy import HIDDEN, Secrets


def raised(function: Callable[[], object]) -> Exception:
    try:
        function()
    except Exception as error:
        return error
    raise AssertionError("nothing was raised")


def reported(error: BaseException, *known: str) -> Report:
    return capture(error, Asked("GET /"), Secrets(known))


def told(function: Callable[[], object]) -> Failure:
    return reported(raised(function)).failures[0]


def divide(number: int) -> float:
    password = "a-long-password"
    return len(password + "é") + 1 / (number - number)


def test_a_call_has_its_source_and_its_variables() -> None:
    """The part of the line that was running, in characters, and no secret."""
    failure = told(lambda: divide(3))
    frame = failure.frames[0]
    assert (failure.kind, failure.message, failure.relation) == ("ZeroDivisionError", "division by zero", "first")
    assert (frame.function, frame.file, frame.is_own) == ("divide", __file__, True)
    assert frame.variables == (("number", "3"), ("password", HIDDEN))
    line = next(line for line in frame.source if line.number == frame.line)
    assert line.running is not None
    assert line.text[slice(*line.running)] == "1 / (number - number)"
    assert any(HIDDEN in line.text for line in frame.source)
    assert "a-long-password" not in str(failure)


def test_the_latest_call_comes_first() -> None:
    """And the one where it was caught last."""
    assert [frame.function.rpartition(".")[2] for frame in told(lambda: divide(3)).frames] == ["divide", "<lambda>", "raised"]


def test_causes_contexts_and_members_are_told() -> None:
    """Each once, whatever circles they make."""

    def nested() -> None:
        try:
            divide(0)
        except ZeroDivisionError as error:
            try:
                raise KeyError("k")
            except KeyError:
                raise ExceptionGroup("several", [ValueError("v"), TypeError("t")]) from error

    error = raised(nested)
    found = [(failure.kind, failure.relation) for failure in reported(error).failures]
    assert found == [
        ("ExceptionGroup", "first"),
        ("ValueError", "member"),
        ("TypeError", "member"),
        ("ZeroDivisionError", "cause"),
    ]
    error.__cause__ = error
    assert len(reported(error).failures) == 3

    def while_handling() -> None:
        try:
            divide(0)
        except ZeroDivisionError:
            raise LookupError  # noqa: B904  # that is what is looked at

    assert [failure.relation for failure in reported(raised(while_handling)).failures] == ["first", "context"]


def test_a_context_that_is_suppressed_is_not_told() -> None:
    """As Python does it."""

    def from_none() -> None:
        try:
            divide(0)
        except ZeroDivisionError:
            raise LookupError from None

    assert [failure.kind for failure in reported(raised(from_none)).failures] == ["LookupError"]


def test_there_is_an_end_to_exceptions_calls_and_variables() -> None:
    """A recursion, a chain, a wide group, many variables: a bounded report of each."""

    def deep(n: int) -> int:
        return deep(n + 1)

    failure = told(lambda: deep(0))
    assert (failure.kind, len(failure.frames)) == ("RecursionError", FIRST_CALLS + LATEST_CALLS)
    assert failure.left_out > 0
    chain: BaseException = ValueError("first")
    for _ in range(5_000):
        chain, before = ValueError("next"), chain
        chain.__cause__ = before
    assert len(reported(chain).failures) == MAX_FAILURES
    assert len(reported(ExceptionGroup("g", [ValueError()] * 1_000)).failures) <= MAX_FAILURES
    assert len(reported(ExceptionGroup("g", [ValueError(n) for n in range(1_000)])).failures) == MAX_FAILURES
    assert len(variables_of(frame_with({f"v{n}": n for n in range(500)}))) == MAX_VARIABLES


def frame_with(variables: dict[str, Any], body: str = "raise ValueError") -> Any:
    error = raised(lambda: exec(compile(body, "<made up>", "exec"), variables))
    return calls_of(error.__traceback__)[0][0][0]


def test_modules_and_names_of_python_are_no_variables() -> None:
    """They are in every module."""
    assert variables_of(frame_with({"a": 1, "sys": sys, "__doc__": "", "m": ModuleType("m")})) == [("a", 1)]


class Worst(Exception):
    """An exception that does its worst when it is looked at."""

    def __init__(self, text: Any) -> None:
        self.text = text
        self.__notes__: Any = "no list"

    def __str__(self) -> str:
        """Whatever the test says."""
        if isinstance(self.text, BaseException):
            raise self.text
        text: str = self.text
        return text


@pytest.mark.parametrize("text", [ValueError("<b>"), SystemExit(), RecursionError(), 3, "x" * 10_000_000, "\ud800\x00"])
def test_an_exception_may_do_its_worst(text: Any) -> None:
    """Its text raises, is none, is without end."""
    failure = reported(Worst(text)).failures[0]
    assert failure.kind.endswith(".Worst")
    assert len(failure.message) < 3_000


def test_notes_are_told() -> None:
    """Without secrets, so many and no more."""
    error = ValueError("password=abc and known-secret")
    for n in range(50):
        error.add_note(f"note {n} known-secret")
    failure = reported(error, "known-secret").failures[0]
    assert (failure.message, failure.notes[0]) == (f"password={HIDDEN} and {HIDDEN}", f"note 0 {HIDDEN}")
    assert len(failure.notes) == 10


def test_a_secret_is_found_in_every_call() -> None:
    """One that is met further out is masked further in."""

    def inner(text: str) -> None:
        raise ValueError(f"cannot use {text}")

    def outer() -> None:
        settings = {"signing": Secret("revealed-secret")}
        inner(settings["signing"].reveal())

    report = reported(raised(outer))
    shown = [*(failure.message for failure in report.failures), *(str(frame.variables) for frame in report.failures[0].frames)]
    assert "revealed-secret" not in str(shown)
    assert report.failures[0].message == f"cannot use {HIDDEN}"


def test_code_without_source_has_none() -> None:
    """Made up, gone, or from a loader that fails."""

    class Loader:
        def get_source(self, name: str) -> str:
            raise RuntimeError("no source")

    variables = {"__name__": "made_up", "__loader__": Loader()}
    error = raised(lambda: exec(compile("raise ValueError", "/no/such/file.py", "exec"), variables))
    linecache.clearcache()
    frame = reported(error).failures[0].frames[0]
    assert (frame.source, frame.line, frame.function) == ((), 1, "<module>")


def test_long_lines_are_cut(tmp_path: Path) -> None:
    """Minified code, say; wherever the error is in them."""
    file = tmp_path / "wide.py"
    file.write_text(f"x = [{'1,' * 5_000}]; y = 1 / 0\n")
    error = raised(lambda: exec(compile(file.read_text(), str(file), "exec"), {}))
    (line,) = reported(error).failures[0].frames[0].source
    assert len(line.text) == 300


def test_places_are_named_as_people_call_them() -> None:
    """From the directory of the program, of installed packages, of ours, of Python's."""
    assert place_of("/app/shop/views.py", "/app") == "shop/views.py"
    assert place_of("/app/.venv/lib/python3.11/site-packages/httpx/_api.py", "/app") == "httpx/_api.py"
    assert place_of("/usr/lib/python3/dist-packages/yaml/x.py", "/app") == "yaml/x.py"
    assert place_of(capture.__code__.co_filename, "/app") == str(Path("asgikit", "debugging", "capture.py"))
    assert place_of(os.path.__file__, "/app") == "posixpath.py"
    assert place_of("/other/x.py", "/") == "other/x.py"


def test_what_is_own_is_neither_installed_nor_made_up() -> None:
    """Nor a part of Python, nor ours."""
    assert is_own("/app/views.py")
    others = ["/v/lib/site-packages/a.py", "/l/dist-packages/a.py", os.__file__, capture.__code__.co_filename, "<string>"]
    assert not any(map(is_own, others))


def test_a_directory_that_is_gone_is_no_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Places are whole paths then."""
    gone = tmp_path / "gone"
    gone.mkdir()
    monkeypatch.chdir(gone)
    gone.rmdir()
    assert told(lambda: divide(1)).frames[0].file == __file__
