"""What a test is told."""

from __future__ import annotations

import pytest

from asgikit.testing import AppFailure, ClientLeft, Incomplete, LifespanFailed, NoAnswer, NotRunning, UnexpectedResponse


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
