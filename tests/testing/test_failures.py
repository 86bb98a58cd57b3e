"""What a test is told."""

from __future__ import annotations

from typing import Any

import anyio
import pytest

from asgikit.testing import AppFailure, ClientLeft, Incomplete, LifespanFailed, NoAnswer, NotRunning, UnexpectedResponse
from asgikit.testing.failures import comes_of, is_stop


@pytest.mark.parametrize("kind", [Incomplete, LifespanFailed, NoAnswer, UnexpectedResponse])
def test_what_the_application_does_wrong_is_a_failed_assertion(kind: type[Exception]) -> None:
    """Pytest shows it as one."""
    assert issubclass(kind, AppFailure)
    assert issubclass(kind, AssertionError)


def test_silence_is_a_timeout() -> None:
    """Who expects TimeoutError gets one."""
    assert issubclass(NoAnswer, TimeoutError)


def test_a_client_that_has_left_is_an_oserror() -> None:
    """As the specification has it for send()."""
    assert issubclass(ClientLeft, OSError)


def test_a_wrong_use_of_the_client_is_no_failure_of_the_application() -> None:
    """It is the test that is wrong."""
    assert not issubclass(NotRunning, AssertionError)


class Gone(Exception):
    """What a framework makes of the OSError of send()."""


def handled(kind: type[Exception], cause: Exception | None = None) -> Exception:
    """An exception that is raised while a ClientLeft is handled."""
    made = kind("x")
    made.__context__ = ClientLeft("x")
    made.__cause__ = cause
    return made


@pytest.mark.parametrize(
    ("error", "excused"),
    [
        (ClientLeft("x"), True),
        (handled(Gone), True),
        (handled(RuntimeError), True),
        (handled(ValueError, ClientLeft("x")), True),
        (handled(KeyError), False),
        (handled(AssertionError), False),
        (ExceptionGroup("x", [ClientLeft("x"), handled(Gone)]), True),
        (ExceptionGroup("x", [ClientLeft("x"), handled(KeyError)]), False),
        (Gone("x"), False),
    ],
)
def test_a_mistake_in_what_handles_a_parting_is_no_parting(error: Any, excused: bool) -> None:
    """What a framework raises in place of it is one, as is all that is raised from it; a KeyError on the way is not."""
    assert comes_of(error, lambda each: isinstance(each, ClientLeft)) is excused


def unpacked(member: Exception) -> Exception:
    """An exception that was taken out of a group and raised again, as Starlette's middleware does it."""
    try:
        try:
            raise ExceptionGroup("x", [member])
        except ExceptionGroup as group:
            raise group.exceptions[0]  # noqa: B904  # as they do it
    except Exception as error:
        return error


@pytest.mark.parametrize("error", [unpacked(Gone("x")), unpacked(unpacked(Gone("x"))), unpacked(handled(KeyError))])
def test_an_exception_and_the_group_that_it_was_in_are_a_circle_and_no_parting(error: BaseException) -> None:
    """Who looks for the beginning comes to an end."""
    assert not comes_of(error, lambda each: isinstance(each, ClientLeft))


def test_what_two_of_a_group_have_in_common_is_the_beginning_of_both() -> None:
    """It is looked at once, and counts twice."""
    common = handled(Gone)
    both = [Gone("x"), Gone("x")]
    for each in both:
        each.__context__ = common
    assert comes_of(ExceptionGroup("x", both), lambda each: isinstance(each, ClientLeft))


async def test_the_event_loop_stops_by_exceptions_of_its_own() -> None:
    """Alone or in groups; all others are the test's to see, such as that of `pytest.fail`."""
    cancelled = anyio.get_cancelled_exc_class()
    seen: list[BaseException] = []
    with anyio.CancelScope() as scope:
        scope.cancel()
        try:
            await anyio.sleep_forever()
        except cancelled as error:
            seen = [error, BaseExceptionGroup("several", [ValueError(), error])]
            raise
    assert [is_stop(error) for error in seen] == [True, True]
    assert is_stop(KeyboardInterrupt())
    assert not any(map(is_stop, (ValueError(), SystemExit(), pytest.fail.Exception())))
