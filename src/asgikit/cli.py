"""The command `asgikit`."""

from __future__ import annotations

import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Callable, Sequence
from importlib import import_module
from importlib.metadata import PackageNotFoundError, version

from asgikit.conformance.arguments import UsageError, add_check, add_rules, add_server
from asgikit.conformance.commands import rules, server
from asgikit.conformance.plain import printable
from asgikit.conformance.report.delivery import DeliveryError
from asgikit.conformance.report.verdict import USAGE
from asgikit.conformance.server.launch import LaunchError
from asgikit.conformance.settings import SettingsError
from asgikit.conformance.targets import TargetError

INTERRUPTED = 130
"""As shells count it."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the command line, by default that of the process, and gives its exit code.

    0 clean, 1 violations, 2 usage or import error, 3 what was checked crashed or hung.
    """
    parser = _parser()
    try:
        given = parser.parse_args(arguments)
    except SystemExit as error:
        return error.code if isinstance(error.code, int) else USAGE
    try:
        return {"check": check, "server": server, "rules": rules}[given.do](given)
    except (UsageError, SettingsError, DeliveryError, LaunchError, TargetError) as error:
        sys.stderr.write(f"asgikit {given.do}: {printable(str(error))}\n")
        return USAGE
    except KeyboardInterrupt:
        sys.stderr.write("asgikit: interrupted\n")
        return INTERRUPTED
    except BrokenPipeError:
        return USAGE


def check(arguments: Namespace) -> int:
    """Checks an application; raises UsageError where the extra is missing that this needs, as no other command does."""
    try:
        module = import_module("asgikit.conformance.checking")
    except ImportError as error:
        if "typed-asgikit[conformance]" not in str(error):
            raise
        raise UsageError(str(error)) from None
    checking: Callable[[Namespace], int] = module.check
    return checking(arguments)


def _parser() -> ArgumentParser:
    parser = ArgumentParser(prog="asgikit", description="Finds the bugs of ASGI applications, middleware and servers.")
    try:
        number = version("typed-asgikit")
    except PackageNotFoundError:
        number = "(not installed)"
    parser.add_argument("--version", action="version", version=f"asgikit {number}")
    commands = parser.add_subparsers(dest="do", required=True, metavar="COMMAND")
    add_check(commands)
    add_server(commands)
    add_rules(commands)
    return parser
