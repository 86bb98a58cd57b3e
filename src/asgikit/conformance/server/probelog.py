"""The records of the probe: written by the application inside the server, read by the cases outside."""

from __future__ import annotations

import threading
import time
from collections import defaultdict
from collections.abc import Callable, Mapping
from copy import copy
from dataclasses import dataclass, field
from pathlib import Path

from asgikit.conformance.server.encoding import from_text, is_mapping
from asgikit.conformance.server.patience import AS_ASKED, Patience

MAX_LOG = 256 * 1024 * 1024
"""Bytes of a log that are read; no run of the cases comes near it."""


@dataclass(frozen=True, slots=True)
class Record:
    """One thing that the probe saw.

    `what` is "process", "call", "receive", "send", "body", "mark", "flood", "state", "raised", "violation" or "end";
    `values` depend on it:

    call: {"scope": ..., "thread": ..., "state": identity of scope["state"] or None, "scope_id": ...}
    receive: {"event": ...} or {"error": ...} or {"cancelled": True};  send: {"message": type, "error": {...} or None}
    body: {"length": n, "sha256": ..., "events": n, "complete": bool}
    end: {"how": "returned"|"raised"|"cancelled", "error": ...}
    An error is {"class": name, "bases": [names], "oserror": bool, "text": ...}.
    """

    token: str
    what: str
    pid: int
    time: float
    """Of time.monotonic(), which processes of one machine share; for order, never for a verdict."""
    values: Mapping[str, object] = field(default_factory=dict[str, object])

    def get(self, key: str) -> object:
        """The value, or None."""
        return self.values.get(key)


def parse_record(line: str) -> Record | None:
    """The record on one line; None for what is none."""
    try:
        data = from_text(line)
    except ValueError:
        return None
    if not is_mapping(data):
        return None
    token, what, pid, when = data.get("id"), data.get("what"), data.get("pid"), data.get("time")
    if not (isinstance(token, str) and isinstance(what, str) and isinstance(pid, int) and isinstance(when, int | float)):
        return None
    rest = {str(key): value for key, value in data.items() if key not in {"id", "what", "pid", "time"}}
    return Record(token, what, pid, float(when), rest)


class _Tail:
    """What has been read of a log so far, and where it goes on; to be used under its lock."""

    def __init__(self, path: Path, is_over: Callable[[], bool]) -> None:
        self._path = path
        self.is_over = is_over
        self._offset = 0
        self._rest = b""
        self.lock = threading.Lock()
        self.by_token: defaultdict[str, list[Record]] = defaultdict(list)
        self.all: list[Record] = []

    def read(self) -> None:
        try:
            with self._path.open("rb") as file:
                file.seek(self._offset)
                data = file.read(MAX_LOG - self._offset)
        except FileNotFoundError:
            return
        self._offset += len(data)
        *lines, self._rest = (self._rest + data).split(b"\n")
        for line in lines:
            record = parse_record(line.decode("utf-8", "replace"))
            if record is not None:
                self.by_token[record.token].append(record)
                self.all.append(record)


class ProbeLog:
    """Reads a log while it grows; threads may share one."""

    def __init__(self, path: Path, is_over: Callable[[], bool] = lambda: False) -> None:
        """The file need not exist yet. Nothing is waited for once `is_over()`: the server has ended that writes it."""
        self._tail = _Tail(path, is_over)
        self._patience = AS_ASKED

    def read_with(self, patience: Patience) -> ProbeLog:
        """The same log, of which records are waited for with this patience."""
        found = copy(self)
        found._patience = patience
        return found

    def all(self) -> tuple[Record, ...]:
        """Everything so far."""
        with self._tail.lock:
            self._tail.read()
            return tuple(self._tail.all)

    def of(self, token: str, what: str | None = None) -> tuple[Record, ...]:
        """What happened on the connection with this token so far, or what of one kind did."""
        with self._tail.lock:
            self._tail.read()
            return tuple(record for record in self._tail.by_token.get(token, ()) if what is None or record.what == what)

    def until(self, token: str, condition: Callable[[tuple[Record, ...]], bool], within: float = 5.0) -> tuple[Record, ...]:
        """The records of a connection once they fulfil the condition, or after so many seconds what there is."""
        deadline = time.monotonic() + self._patience.of(within)
        pause = 0.002
        while True:
            # Looked at before the log, so that what was written meanwhile is seen.
            late = time.monotonic() >= deadline or self._tail.is_over()
            records = self.of(token)
            if condition(records) or late:
                return records
            time.sleep(pause)
            pause = min(pause * 1.5, 0.02)

    def ended(self, token: str, within: float = 5.0) -> Record | None:
        """The record of how the application ended; None if it has not, so many seconds later."""
        records = self.until(token, lambda seen: any(record.what == "end" for record in seen), within)
        return next((record for record in records if record.what == "end"), None)

    def has_ended(self, token: str) -> bool:
        """Whether the application has, on the connection with this token."""
        return bool(self.of(token, "end"))

    def pids(self) -> tuple[int, ...]:
        """The processes that have loaded the probe, in order."""
        return tuple(dict.fromkeys(record.pid for record in self.all() if record.what == "process"))
