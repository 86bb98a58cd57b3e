"""One connection under a checker: the `receive` and `send` that the application gets."""

from __future__ import annotations

import os
from collections.abc import Awaitable, Collection, Mapping
from typing import Any, Protocol

from asgikit.asgi import AnyReceive, AnySend
from asgikit.conformance.copies import kept
from asgikit.conformance.fields import has_descriptor
from asgikit.conformance.machine import Findings, ended, step
from asgikit.conformance.quick import plain_body, plain_start
from asgikit.conformance.replaying import anew, listed
from asgikit.conformance.state import State, plain_step
from asgikit.conformance.tables import BROKEN
from asgikit.conformance.transcript import Message, StepKind, Transcript, shortened
from asgikit.conformance.values import Finding, is_event, shown, told
from asgikit.conformance.violations import Blame


class Owner(Protocol):
    """What takes the findings of an exchange."""

    @property
    def quiet(self) -> Collection[str]:
        """Rules that nobody wants to hear of."""
        ...

    def record(self, exchange: Exchange, finding: Finding, blame: Blame) -> None:
        """Takes one finding; it may raise."""
        ...


def _copied(message: Mapping[str, object], room: int) -> Message:
    """A copy of a plain message to keep: what is done to its body or its list of headers later is not seen."""
    if "headers" in message:
        headers: Any = message["headers"]
        return {**message, "headers": [*headers]}
    body: Any = message.get("body")
    if type(body) is bytes and len(body) <= room:
        return {**message}
    return {key: shortened(value, room) for key, value in message.items()}


class Exchange:
    """The state, the transcript and the two callables of one connection."""

    __slots__ = (
        "_files",
        "_gone",
        "_receive",
        "_receiving",
        "_send",
        "_sending",
        "blamed",
        "excused",
        "log",
        "look",
        "outer",
        "owner",
        "scope",
        "state",
    )

    state: State

    def __init__(self, owner: Owner, outer: Exchange | None, receive: AnyReceive, send: AnySend) -> None:
        """Watches these two; `outer` is the exchange that this one is a part of; `state` is set by the checker."""
        self.owner: Owner = owner
        self.outer: Exchange | None = outer
        self._receive = receive
        self._send = send
        self._receiving = False
        self._sending = False
        self._gone = False
        self._files: list[object] = []
        self.log: Transcript = Transcript()
        self.scope: Mapping[str, object] = {}
        """The object that the server gave."""
        self.look: Mapping[str, object] | None = None
        """How that looked at first, for who compares."""
        self.excused: set[str] = set()
        """The rules that an application further inside has broken, so that they are its fault out here, too."""
        self.blamed: dict[Blame, set[str]] = {}
        """The rules broken so far, by whom."""

    def found(self, finding: Finding, blame: Blame) -> None:
        """One finding more."""
        self.blamed.setdefault(blame, set()).add(finding.rule)
        self.owner.record(self, finding, blame)

    def _all(self, findings: Findings, blame: Blame) -> None:
        for finding in findings:
            self.found(finding, blame)

    async def receive(self) -> Mapping[str, object]:
        """What the server's `receive` gives, checked."""
        if self._receiving:
            self.found(Finding("CANCEL-005", "receive() is called while another call of it waits"), "app")
        self._receiving = True
        waiting: object = None
        try:
            waiting = self._receive()
            message = await waiting
        except BaseException as error:
            self.log.add("receive", {"error": told(error)})
            self._unusable("receive", error, waiting)
            raise
        finally:
            self._receiving = False
        kind: object = type(message)
        if kind is not dict:
            return self._odd(message)
        if message.get("type") == "http.request" and plain_body(message) and self._plainly("receive", message):
            return message
        changed = listed(message)
        seen = message if changed is None else changed
        self.log.add("receive", kept(seen))
        self.state, findings = step(self.state, "receive", seen)
        self._all(findings, "server")
        return message if changed is None else anew(message, changed)

    def _unusable(self, name: str, error: BaseException, waiting: object) -> None:
        """A TypeError of the call itself, not from inside: the server's callable is of another shape."""
        if not isinstance(error, TypeError) or error.__traceback__ is None or error.__traceback__.tb_next is not None:
            return
        if waiting is None or not isinstance(waiting, Awaitable):
            self.found(
                Finding("CORE-APP-003", f"{name} is no awaitable callable as the specification has it: {told(error)}"), "server"
            )

    def _odd(self, message: Mapping[str, object]) -> Mapping[str, object]:
        """Something received that is no plain dict: judged, and handed on as it is."""
        self.log.add("receive", kept(message) if is_event(message) else {"error": f"not a dict: {shown(message)}"})
        self.state, findings = step(self.state, "receive", message)
        self._all(findings, "server")
        return message

    async def send(self, message: Mapping[str, object]) -> None:
        """Checks what the application sends, and hands it to the server's `send`."""
        if self._sending:
            self.found(Finding("CANCEL-006", "send() is called while another call of it waits"), "app")
        kind: object = type(message)
        before = self.state
        if not (kind is dict and self._is_plain(message) and self._plainly("send", message)):
            message = self._looked_at(message)
        self._sending = True
        waiting: object = None
        try:
            waiting = self._send(message)
            await waiting
        except BaseException as error:
            # What the server refused moves nothing; what was cancelled, or met a client that had left, leaves nothing to judge.
            refused = isinstance(error, Exception) and not isinstance(error, OSError)
            self.state = before if refused else before._replace(app=BROKEN)
            self._gone = True
            self.log.add("send", {"error": told(error)})
            self._unusable("send", error, waiting)
            raise
        finally:
            self._sending = False

    def _is_plain(self, message: Mapping[str, object]) -> bool:
        """Whether the keys of a message need no look."""
        kind = message.get("type")
        if kind == "http.response.body":
            return plain_body(message)
        return kind == "http.response.start" and plain_start(message, tuples="CORE-MSG-008" in self.owner.quiet)

    def _plainly(self, kind: StepKind, message: Mapping[str, object]) -> bool:
        """The short way: False, and nothing done, where the message may break something."""
        state = plain_step(self.state, message)
        if state is None:
            return False
        self.state = state
        self.log.add(kind, _copied(message, self.log.room))
        return True

    def _looked_at(self, message: Mapping[str, object]) -> Mapping[str, object]:
        """The long way: the message to hand on, which is the given one unless that has one-shot iterables."""
        changed = listed(message) if is_event(message) else None
        seen = message if changed is None else changed
        self.log.add("send", kept(seen, self.log.room) if is_event(seen) else {"error": f"not a dict: {shown(seen)}"})
        self.state, findings = step(self.state, "send", seen, _size(seen))
        self._all(findings, "app")
        if is_event(seen) and len(self._files) < _FILES_KEPT and has_descriptor(seen.get("file")):
            self._files.append(seen["file"])
        return message if changed is None else anew(message, changed)

    def finish(self, error: BaseException | None) -> None:
        """The application has returned or raised: what is missing is found now."""
        self.log.add("return" if error is None else "raise", {} if error is None else {"error": told(error)})
        if error is None and any(getattr(file, "closed", True) is False for file in self._files):
            self.found(Finding("EXT-ZCS-003", "a file that was sent is not closed when the application returns"), "app")
        self._all(ended(self.state, raised=error is not None, gone=self._gone), "app")


def _size(message: Mapping[str, object]) -> int | None:
    """The bytes of a file that a message names; None where it names none, or they are unknown."""
    kind = message.get("type") if is_event(message) else None
    if not isinstance(kind, str) or kind not in _FILES:
        return None
    try:
        path, count = message.get("path"), message.get("count")
        if type(count) is int:
            return count
        return os.stat(path).st_size if isinstance(path, str) else None  # noqa: PTH116  # one call: this is on the path of a response
    except (OSError, ValueError):  # ValueError: no path of any file, as with a NUL in it
        return None


_FILES_KEPT = 100
_FILES = frozenset({"http.response.pathsend", "http.response.zerocopysend"})
