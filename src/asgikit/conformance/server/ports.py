"""Ports of the loopback interface for servers that are about to start."""

from __future__ import annotations

import errno
import socket
from collections.abc import Generator
from contextlib import ExitStack, contextmanager

HOST = "127.0.0.1"

TRIES = 100
"""Numbers that are drawn, of which each but the last was somebody else's claim."""


@contextmanager
def claimed_port() -> Generator[int]:
    """A port that nobody listens on, and that no other block of this kind is given, in any process, as long as this one lasts.

    Between the draw and the moment that a server listens anybody else may draw the same number, and would take the other's
    server for their own. What marks a claim is a datagram socket of that number: it is in the way of no server, and goes with
    its process. Raises OSError when there is no free port.
    """
    with _claim() as claim:
        port: int = claim.getsockname()[1]
        yield port


def _claim() -> socket.socket:
    with ExitStack() as drawn:  # what was drawn is held meanwhile, and not drawn again
        for _ in range(TRIES):
            probe = drawn.enter_context(socket.socket())
            probe.bind((HOST, 0))
            claim = socket.socket(type=socket.SOCK_DGRAM)
            try:
                claim.bind(probe.getsockname())
            except OSError:
                claim.close()
            else:
                return claim
    raise OSError(errno.EADDRINUSE, "no port is free")


def is_taken(port: int) -> bool:
    """Whether somebody listens there, who would be taken for a server that starts there."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # for servers that come back at once
        try:
            probe.bind((HOST, port))
        except OSError:
            return True
    return False
