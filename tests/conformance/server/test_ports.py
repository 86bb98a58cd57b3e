"""Ports for servers that are about to start."""

import errno
import socket

import pytest

from asgikit.conformance.server import ports
from asgikit.conformance.server.ports import HOST, claimed_port, is_taken


def drawn(monkeypatch, *numbers):
    """The system draws these ports next (0: any); gives what is left of them."""
    left = list(numbers)

    class Drawing(socket.socket):
        def bind(self, address):
            super().bind((address[0], address[1] or left.pop(0)))

    monkeypatch.setattr(ports.socket, "socket", Drawing)
    return left


def test_a_claimed_port_is_listened_on():
    """By whoever has claimed it, and at once by the next one that comes there."""
    with claimed_port() as port:
        assert not is_taken(port)
        for _ in range(2):
            with socket.create_server((HOST, port)):
                assert is_taken(port)


def test_nobody_is_given_what_another_has_claimed(monkeypatch):
    """Though nobody listens there yet, and the system draws it again."""
    with claimed_port() as port:
        left = drawn(monkeypatch, port, 0)
        with claimed_port() as other:
            assert other != port
        assert left == []


def test_there_may_be_no_port(monkeypatch):
    """Which is said, not tried for ever."""
    with claimed_port() as port:
        monkeypatch.setattr(ports, "TRIES", 1)
        drawn(monkeypatch, port)
        with pytest.raises(OSError, match="no port is free") as caught, claimed_port():
            pass
    assert caught.value.errno == errno.EADDRINUSE
