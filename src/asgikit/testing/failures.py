"""What a test is told when the application does not do its part."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, TypeGuard

import anyio


class AppFailure(AssertionError):
    """The application did not do what every application has to."""


class NoAnswer(AppFailure, TimeoutError):
    """The application has done nothing for as long as the client waits; the text has what happened until then."""


class Incomplete(AppFailure):
    """The application ended before its response was complete."""


class LifespanFailed(AppFailure):
    """The application did not start, or not stop, as the lifespan protocol has it."""


class NotRunning(RuntimeError):
    """The client is used outside of its block, where the application does not run."""


class ClientLeft(OSError):
    """What `send()` raises behind the back of a client that has left (www, Disconnected Client)."""


class Refused(TypeError):
    """What `send()` raises for a message that no server can read: the rule that it breaks is what fails the test."""


class WebSocketClosed(Exception):
    """There is no message any more: the WebSocket is closed, with this code and reason (RFC 6455, 7.4)."""

    def __init__(self, code: int, reason: str = "") -> None:
        """Closed by either side."""
        super().__init__(f"the WebSocket is closed with {code}" + (f", {reason!r}" if reason else ""))
        self.code: int = code
        self.reason: str = reason


def comes_of(error: BaseException | None, is_cause: Callable[[BaseException], bool]) -> bool:
    """Whether an exception is such a one, or was raised because of one; a group, whether all in it are.

    One of Python's own that only happened while such a one was handled is a mistake in what handled it.
    """
    return _comes_of(error, is_cause, {})


def _comes_of(error: BaseException | None, is_cause: Callable[[BaseException], bool], known: dict[int, bool]) -> bool:
    passed: list[int] = []
    answer = False
    while error is not None:
        if id(error) in known:
            answer = known[id(error)]
            break
        known[id(error)] = False  # who takes an error out of its group and raises it makes a circle of the two
        passed.append(id(error))
        if is_cause(error):
            answer = True
            break
        if _is_group(error):
            answer = all(_comes_of(each, is_cause, known) for each in error.exceptions)
            break
        error = error.__cause__ or (None if type(error) in _MISTAKES else error.__context__)
    known.update(dict.fromkeys(passed, answer))
    return answer


_MISTAKES: Final = frozenset(
    {
        *(AssertionError, AttributeError, ImportError, IndexError, KeyError, ModuleNotFoundError, NameError),
        *(OverflowError, RecursionError, TypeError, UnboundLocalError, UnicodeDecodeError, UnicodeEncodeError, ValueError),
        ZeroDivisionError,
    }
)
"""What Python raises itself, or a program without a class of its own; RuntimeError and OSError tell of closed connections."""


def is_stop(error: BaseException) -> bool:
    """Whether an exception is the event loop's, or has one of it: a cancellation, KeyboardInterrupt.

    Others that are no Exception are not: `pytest.fail` raises such a one.
    """
    if _is_group(error):
        return any(map(is_stop, error.exceptions))
    return isinstance(error, (KeyboardInterrupt, anyio.get_cancelled_exc_class()))


def is_cancellation(error: BaseException) -> bool:
    """Whether it is the event loop's cancellation and nothing else, in whose place an error may be raised."""
    return isinstance(error, anyio.get_cancelled_exc_class())


def _is_group(error: BaseException) -> TypeGuard[BaseExceptionGroup[BaseException]]:
    return isinstance(error, BaseExceptionGroup)
