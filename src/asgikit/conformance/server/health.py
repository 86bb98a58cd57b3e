"""Whether a server still serves."""

from __future__ import annotations

import time

from asgikit.conformance.server.exchange import request
from asgikit.conformance.server.launch import Running
from asgikit.conformance.server.script import Script, respond
from asgikit.conformance.server.wire import connected

LINGERING = 1.0
"""Seconds that a server may take to die of what a case has done to it."""

ANSWER = 10.0
"""Seconds that a plain request may take."""


def is_well(server: Running) -> bool:
    """Whether its process lives, and no worker has had to be replaced."""
    return server.is_alive and len(server.log.pids()) <= 1


def survives(server: Running) -> bool:
    """Whether it is well and answers, and still does when it has had the time to end."""
    if not answers(server):
        return False
    time.sleep(LINGERING)
    return is_well(server) and answers(server)


def serves(server: Running) -> bool:
    """Whether it answers anything at all to a plain request: what is wrong with that, cases tell."""
    return any(_answer(server).startswith(b"HTTP/1.") for _ in range(2))


def answers(server: Running) -> bool:
    """Whether it answers a plain request on a new connection, in time, or at the second attempt."""
    return any(_answer(server).startswith((b"HTTP/1.1 200", b"HTTP/1.0 200")) for _ in range(2))


def _answer(server: Running) -> bytes:
    try:
        with connected(server.port) as wire:
            return wire.more(ANSWER) if wire.send(request(Script("", respond()))) else b""
    except OSError:
        return b""
