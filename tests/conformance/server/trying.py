"""Cases on a small server that breaks what it is told to break."""

import sys
from contextlib import contextmanager
from pathlib import Path

from asgikit.conformance.server.case import Context, ServerCase
from asgikit.conformance.server.launch import Options, ServerTarget, launched
from asgikit.conformance.server.run import check_now

ROOT = Path(__file__).parents[3]


def tiny(*broken):
    """The server, as it is started, with these rules broken."""
    words = [word for rule in broken for word in ("--break", rule)]
    return ServerTarget(
        name="tiny",
        command=(sys.executable, "-m", "tests.conformance.tiny", "{app}", "--port", "{port}", *words),
        root_path=("--root-path", "{root_path}"),
        environment={"PYTHONPATH": str(ROOT)},
    )


DEAF = """
import socket, sys
listener = socket.create_server(("127.0.0.1", int(sys.argv[2])))
while True:
    accepted = listener.accept()[0]
    if sys.argv[3] == "closes":
        accepted.close()
"""


def deaf(how):
    """A server that listens, and no more."""
    return ServerTarget(name="deaf", command=(sys.executable, "-c", DEAF, "{app}", "{port}", how))


def found(module, broken, *names):
    """The rules that cases of a module find broken: those with these names, or all that look for the rule."""
    cases = [case for case in module.CASES if case.name in names or (not names and broken in case.rules)]
    assert cases
    report = check_now(tiny(broken), (), (), cases, None)
    return {finding.violation.rule for finding in report.findings}


@contextmanager
def context(*broken, options=None):
    """What a case works with, on a server that runs."""
    with launched(tiny(*broken), options or Options()) as server:
        yield Context(ServerCase("trial", (), "http/1.1", lambda _: None), tiny(*broken), server)
