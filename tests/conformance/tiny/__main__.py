"""python -m tests.conformance.tiny module:app --port N [--break RULE]... [--legal NAME]..."""

from __future__ import annotations

import argparse
import os
import sys

import anyio

from tests.conformance.tiny.habits import Habits
from tests.conformance.tiny.server import Server, load


def main() -> None:
    """Serves until it is told to stop."""
    parser = argparse.ArgumentParser(prog="tiny")
    parser.add_argument("app")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--root-path", default="")
    parser.add_argument("--break", dest="broken", action="append", default=[])
    parser.add_argument("--legal", action="append", default=[])
    given = parser.parse_args()
    server = Server(load(given.app), Habits.of(given.broken, given.legal), given.root_path)
    code = anyio.run(server.serve, given.port)
    sys.stdout.flush()
    os._exit(code)  # threads of a sabotaged server may still run


main()
