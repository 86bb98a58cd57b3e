"""One case that a server is put through, and what the case works with."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from asgikit.conformance.report.model import Finding
from asgikit.conformance.server.encoding import is_mapping, is_sequence
from asgikit.conformance.server.launch import Fleet, Options, Running, ServerTarget, launched
from asgikit.conformance.server.patience import AS_ASKED, Patience
from asgikit.conformance.server.probelog import ProbeLog, Record
from asgikit.conformance.server.script import Action, Script
from asgikit.conformance.server.wire import Wire, connected
from asgikit.conformance.transcript import Step
from asgikit.conformance.violations import Violation

Transport: TypeAlias = Literal["http/1.1", "websocket", "lifespan", "process", "h2", "tls"]


PASSED_BY = 1.0
"""Seconds that a server has to end whose end is not looked at: it may wait for clients that are gone."""


@dataclass(frozen=True, slots=True)
class Look:
    """One of the looks that are taken at a server before a finding stands."""

    patience: Patience = AS_ASKED
    number: int = 0
    fleet: Fleet = field(default_factory=Fleet)
    """Where the servers belong that the case starts."""


class Skipped(Exception):
    """The case does not apply to this server; the text says why."""


class Context:
    """What one case works with: the server that runs, its probe's log, and where findings go. One for each run of a case."""

    def __init__(self, case: ServerCase, target: ServerTarget, running: Running | None, look: Look | None = None) -> None:
        """A case that is `alone` gets no running server: it starts its own with fresh()."""
        look = look or Look()
        self._case = case
        self._numbers = itertools.count(1 + 100_000 * look.number)
        self.patience: Patience = look.patience
        self._fleet = look.fleet
        self._running = running if running is None or look.patience is AS_ASKED else running.watched_with(look.patience)
        self.target = target
        self.findings: list[Finding] = []
        self.records: list[Record] = []
        """What the probes of the servers have seen that this case has started, once they are stopped."""

    @property
    def server(self) -> Running:
        """The server that cases share. Raises RuntimeError in a case that is alone."""
        if self._running is None:
            raise RuntimeError(f"the case {self._case.name} is alone: it has to start a server with fresh()")
        return self._running

    @property
    def port(self) -> int:
        """The port of the shared server, at 127.0.0.1."""
        return self.server.port

    @property
    def log(self) -> ProbeLog:
        """The records of the shared server's probe."""
        return self.server.log

    def script(self, *actions: Action | Sequence[Action]) -> Script:
        """A script under a token of its own; sequences of actions are taken apart: `script(receive(), respond(b"x"))`."""
        flat: list[Action] = []
        for action in actions:
            if action and isinstance(action[0], str):
                flat.append(tuple(action))
            else:
                flat.extend(tuple(item) for item in action if is_sequence(item))
        return Script(f"{self._case.name}-{next(self._numbers)}", tuple(flat))

    def connect(self, server: Running | None = None, *, receive_buffer: int | None = None) -> Wire:
        """A new connection to the shared server, or to this one; close it with `with`. Raises OSError.

        A small receive buffer, in bytes, makes the server feel early that we do not read.
        """
        return connected((server or self.server).port, receive_buffer=receive_buffer, patience=self.patience)

    @contextmanager
    def fresh(self, options: Options | None = None) -> Generator[Running]:
        """Another server for this case alone, stopped at the end of the `with`. Raises LaunchError if it does not start."""
        with launched(self.target, options or Options(), grace=PASSED_BY, fleet=self._fleet) as server:
            try:
                yield server if self.patience is AS_ASKED else server.watched_with(self.patience)
            finally:
                self.records += server.log.all()

    def broke(self, rule: str, message: str, *, wire: str = "", exchange: Sequence[Step | Record] = ()) -> None:
        """The server broke a rule: what happened in one sentence, the bytes as text (Wire.text()), and the probe's records."""
        steps = tuple(as_step(item) for item in exchange if isinstance(item, Step) or item.what in STEPS)
        violation = Violation(rule=rule, blame="server", message=message, exchange=steps)
        self.findings.append(Finding(violation=violation, where=self._case.transport, case=self._case.name, wire=wire))

    def skip(self, reason: str) -> None:
        """Leaves the case: it does not apply. Raises Skipped."""
        raise Skipped(reason)


@dataclass(frozen=True, slots=True)
class ServerCase:
    """One case: its name (unique, "http-cut-everywhere"), the rules that it can find broken, and the function that runs it.

    `run` is called in a thread of its own, beside other cases on the same server. It uses blocking sockets with time-outs.
    What it raises of OSError is taken as: the server could not be driven; other exceptions are defects of the case.
    """

    name: str
    rules: tuple[str, ...]
    transport: Transport
    run: Callable[[Context], None]
    alone: bool = False
    """Needs servers of its own (`Context.fresh`): other options, signals, or something that may take the server down."""


STEPS: dict[str, Literal["call", "receive", "send", "return", "raise"]] = {
    "call": "call",
    "receive": "receive",
    "send": "send",
    "end": "return",
}
"""The records that are steps of an exchange."""


def as_step(item: Step | Record) -> Step:
    """A record as a step of an exchange."""
    if isinstance(item, Step):
        return item
    kind = STEPS[item.what]
    if item.what == "call":
        return Step(kind, _mapping(item.get("scope")))
    if item.what == "receive":
        return Step(kind, _mapping(item.get("event") or {"error": item.get("error") or "cancelled"}))
    if item.what == "send":
        message = dict(_mapping(item.get("message")))
        return Step(kind, message | {"error": item.get("error")} if item.get("error") else message)
    if item.get("how") == "returned":
        return Step("return", {})
    return Step("raise", {"error": item.get("error") or item.get("how")})


def _mapping(value: object) -> dict[str, object]:
    return {str(key): item for key, item in value.items()} if is_mapping(value) else {"value": value}
