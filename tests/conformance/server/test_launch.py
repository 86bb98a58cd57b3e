"""Servers as processes."""

import signal
import socket
import sys
import tempfile
import threading
import time
from pathlib import Path

import pytest

from asgikit.conformance.server.launch import (
    MAX_OUTPUT,
    PROBE,
    Fleet,
    LaunchError,
    Options,
    Running,
    ServerTarget,
    command_line,
    launched,
)
from asgikit.conformance.server.patience import Patience
from asgikit.conformance.server.ports import claimed_port
from tests.conformance.server.trying import tiny


def python(code, **more):
    return ServerTarget(name="odd", command=(sys.executable, "-c", code, "{app}", "{port}"), **more)


def test_a_server_runs_and_is_stopped(tmp_path, monkeypatch):
    """It listens on its port, and is gone afterwards with its files."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    with launched(tiny(), Options()) as server:
        assert server.is_alive
        socket.create_connection(("127.0.0.1", server.port), timeout=5).close()
        assert list(tmp_path.iterdir())
    assert not server.is_alive
    assert not list(tmp_path.iterdir())


def test_the_command_line_is_filled_in():
    """Further words only for what is wanted."""
    target = ServerTarget(
        name="x",
        command=("serve", "{app}"),
        plain=("--port={port}",),
        tls=("--tls", "{port}:{certfile}:{keyfile}"),
        client_ca=("--ca", "{cafile}"),
        root_path=("--root", "{root_path}"),
    )
    assert command_line(target, Options(), 8000) == ["serve", PROBE, "--port=8000"]
    secure = Options(certfile="c", keyfile="k", cafile="a", root_path="/r")
    assert command_line(target, secure, 1) == ["serve", PROBE, "--tls", "1:c:k", "--ca", "a", "--root", "/r"]


def test_the_application_and_the_port_can_be_chosen():
    """For who has one of their own; a port that somebody has is an error, as they would be taken for the server."""
    assert command_line(python(""), Options(app="shop:app"), 8000)[-2:] == ["shop:app", "8000"]
    with claimed_port() as port, launched(tiny(), Options(port=port)) as server:
        assert server.port == port
        with pytest.raises(LaunchError, match=f"port {port} is taken"), launched(tiny(), Options(port=port)):
            pass


@pytest.mark.parametrize("options", [Options(certfile="c"), Options(cafile="c"), Options(root_path="/r")])
def test_what_a_target_cannot_do_is_an_error(options):
    """Rather than a server that does not do it."""
    with pytest.raises(LaunchError, match="no arguments are known that give odd"):
        command_line(python(""), options, 1)


def test_a_server_that_exits_is_an_error_with_its_output():
    """At once, not when the time is over."""
    with (
        pytest.raises(LaunchError, match=r"(?s)exit code 3.*no such thing"),
        launched(python("print('no such thing'); exit(3)"), Options()),
    ):
        pass


def test_a_server_that_never_listens_is_an_error(monkeypatch):
    """That does not tell of how we have ended it."""
    monkeypatch.setattr(Running.listens, "__defaults__", (0.3,))
    silent = python("import time; print('thinking', flush=True); time.sleep(600)")
    with pytest.raises(LaunchError, match="does not listen, not in time:\nthinking"), launched(silent, Options()):
        pass


def test_a_server_starts_where_it_is_told_to(tmp_path):
    """Its command line may be relative."""
    (tmp_path / "serve.py").write_text("print('here'); exit(3)")
    target = ServerTarget(name="x", command=(sys.executable, "serve.py", "{app}", "{port}"), directory=str(tmp_path))
    with pytest.raises(LaunchError, match="here"), launched(target, Options()):
        pass


def test_what_a_server_says_takes_no_room(monkeypatch):
    """The last of it is kept."""
    with launched(python(f"print('x' * {3 * MAX_OUTPUT} + 'the end', flush=True)\n" + LISTENING), Options()) as server:
        deadline = time.monotonic() + 10
        while not server.output().endswith("the end") and time.monotonic() < deadline:
            time.sleep(0.02)
        assert len(server.output()) == MAX_OUTPUT - 1  # the end of the line
        assert server.output().endswith("xthe end")


def test_a_fleet_is_ended_at_once():
    """By another thread; no server starts after that."""
    fleet = Fleet()
    with launched(python(STUBBORN), Options(), fleet=fleet) as server:
        threading.Thread(target=fleet.end).start()
        assert server.exit(10.0) is not None
    with pytest.raises(LaunchError, match="the run is over"), launched(python(STUBBORN), Options(), fleet=fleet):
        pass


def test_a_program_that_is_not_there_is_an_error():
    """And no traceback of the system's."""
    target = ServerTarget(name="none", command=("/nonexistent/server",))
    with pytest.raises(LaunchError, match="cannot be started"), launched(target, Options()):
        pass


LISTENING = """
import socket, sys, time
listener = socket.create_server(("127.0.0.1", int(sys.argv[2])))
time.sleep(60)
"""

STUBBORN = """
import os, signal, socket, sys, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
if os.fork() == 0:
    print("child", os.getpid(), flush=True)
    time.sleep(60)
listener = socket.create_server(("127.0.0.1", int(sys.argv[2])))
time.sleep(60)
"""


def test_a_server_that_does_not_end_is_killed_with_its_children():
    """Nothing is left of it."""
    with launched(python(STUBBORN), Options()) as server:
        assert server.exit(0.05) is None
        ended = server.stop(within=0.3)
        assert ended.killed
        assert ended.code == -signal.SIGKILL
        child = int(server.output().split("child ")[1].split()[0])
        deadline = time.monotonic() + 10
        while Path(f"/proc/{child}").exists() and time.monotonic() < deadline:
            time.sleep(0.02)  # until the system has buried it
        assert not Path(f"/proc/{child}").exists() or "Z" in Path(f"/proc/{child}/stat").read_text().split()[2]


def test_a_signal_reaches_the_server():
    """And the way it ended is told."""
    with launched(tiny(), Options()) as server:
        server.signal()
        ended = server.exit(15.0)
        assert ended is not None
        assert not ended.killed
        server.signal()  # a server that has ended is left alone


def test_a_server_can_be_watched_with_more_or_less_patience():
    """It is the same server, and the same log."""
    with launched(tiny(), Options()) as server:
        brief = server.watched_with(Patience(longest=0.01))
        assert (brief.port, brief.pid, brief.is_alive) == (server.port, server.pid, True)
        assert brief.log.until("no such token", bool, 3600.0) == ()
