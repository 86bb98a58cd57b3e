"""The application that a server runs while it is checked: it does what scripts say, and records what it sees.

Its log is named by the environment variable ASGIKIT_PROBE_LOG: one JSON object a line (see probelog.py).
"""

from __future__ import annotations

import json
import os
import threading
import time
from collections.abc import Mapping

import anyio

from asgikit.asgi import AnyReceive, AnySend
from asgikit.conformance.check import Checker
from asgikit.conformance.server.actor import Actor, described
from asgikit.conformance.server.encoding import KEPT, byte_pairs, from_text, is_mapping, is_sequence, to_json
from asgikit.conformance.server.launch import LIFESPAN_VARIABLE, LOG_VARIABLE
from asgikit.conformance.server.script import FIELD

LIFESPAN: list[object] = [
    ["receive"],
    ["send", {"type": "lifespan.startup.complete"}],
    ["receive"],
    ["send", {"type": "lifespan.shutdown.complete"}],
]
"""What it does with the lifespan unless it is told otherwise."""

PLAIN: Mapping[str, list[object]] = {"http": [["echo"]], "websocket": [["converse"]]}
"""What it does with a connection that brings no script."""


class Log:
    """Appends records to a file, each in one write, so that processes may share it."""

    def __init__(self) -> None:
        """Nothing is opened before the first record."""
        self._file: int | None = None
        self._pid = 0

    def write(self, token: str, what: str, **values: object) -> None:
        """One record; without the environment variable there is none."""
        path = os.environ.get(LOG_VARIABLE)
        if path is None:
            return
        if self._file is None or self._pid != os.getpid():
            self._file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
            self._pid = os.getpid()
            self.write("", "process")
        record = {"id": token, "what": what, "pid": self._pid, "time": time.monotonic()}
        shown = {key: to_json(value, kept=KEPT) for key, value in values.items()}
        os.write(self._file, json.dumps(record | shown, ensure_ascii=True).encode("ascii") + b"\n")


def task_of(scope: Mapping[str, object]) -> tuple[str, list[object]]:
    """The token and the actions for a connection. Raises ValueError for a script that is no JSON."""
    if scope.get("type") == "lifespan":
        given = os.environ.get(LIFESPAN_VARIABLE)
        actions = LIFESPAN if given is None else from_text(given)
        return "lifespan", list(actions) if is_sequence(actions) else []
    value = next((value for name, value in byte_pairs(scope.get("headers")) if name.lower() == FIELD), None)
    plain = PLAIN.get(str(scope.get("type")), [["fail", "RuntimeError"]])
    if value is None:
        return "?", plain
    script = from_text(value.decode("ascii"))
    if not is_mapping(script):
        raise ValueError("a script is a JSON object")
    actions = script.get("do")
    return str(script.get("id", "?")), list(actions) if is_sequence(actions) else plain


class Probe:
    """The application."""

    def __init__(self) -> None:
        """Nothing has happened yet."""
        self._log = Log()

    async def __call__(self, scope: Mapping[str, object], receive: AnyReceive, send: AnySend) -> None:
        """Performs the script of one connection under a checker, and records what that finds."""
        token, actions = task_of(scope)

        def note(what: str, **values: object) -> None:
            self._log.write(token, what, **values)

        async def perform(scope: Mapping[str, object], receive: AnyReceive, send: AnySend) -> None:
            await Actor(scope, receive, send, note).perform(actions)

        state = scope.get("state")
        note("call", scope=scope, scope_id=id(scope), state_id=None if state is None else id(state), thread=threading.get_ident())
        checker = Checker(perform, mode="collect")
        cancelled = anyio.get_cancelled_exc_class()
        how: dict[str, object] = {"how": "returned"}
        try:
            await checker(scope, receive, send)
        except cancelled as error:
            how = {"how": "cancelled", "error": described(error)}
            raise
        except BaseException as error:
            how = {"how": "raised", "error": described(error)}
            raise
        finally:
            for violation in checker.violations:
                steps = [[step.kind, step.message] for step in violation.exchange]
                rule, blame, text = violation.rule, violation.blame, violation.message
                note("violation", rule=rule, blame=blame, message=text, steps=steps)
            note("end", **how)


app: Probe = Probe()
"""What `asgikit.conformance.server.probe:app` names."""
