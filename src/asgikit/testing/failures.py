"""What a test is told when the application does not do its part."""

from __future__ import annotations


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
