"""The command `asgikit`."""

from __future__ import annotations

import os
import signal
import sys
import threading
import traceback
from argparse import ArgumentParser, Namespace
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager, suppress
from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from types import FrameType

from asgikit.conformance.arguments import UsageError, add_check, add_rules, add_server
from asgikit.conformance.commands import rules, server
from asgikit.conformance.plain import printable
from asgikit.conformance.report.delivery import DeliveryError
from asgikit.conformance.report.verdict import USAGE
from asgikit.conformance.server.launch import LaunchError
from asgikit.conformance.settings import SettingsError
from asgikit.conformance.targets import TargetError

INTERRUPTED = 130
TERMINATED = 143
"""As shells count them."""

DEFECT = 70
"""Of asgikit itself (EX_SOFTWARE)."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the command line, by default that of the process, and gives its exit code.

    0 clean, 1 violations, 2 usage or import error, 3 what was checked crashed or hung, 70 a defect of asgikit itself.
    """
    parser = _parser()
    try:
        given = parser.parse_args(arguments)
    except SystemExit as error:
        return error.code if isinstance(error.code, int) else USAGE
    try:
        with _terminable():
            return {"check": check, "server": server, "rules": rules}[given.do](given)
    except (UsageError, SettingsError, DeliveryError, LaunchError, TargetError) as error:
        sys.stderr.write(f"asgikit {given.do}: {printable(str(error))}\n")
        return USAGE
    except KeyboardInterrupt as signalled:
        sys.stderr.write("asgikit: interrupted\n")
        return TERMINATED if isinstance(signalled, _Terminated) else INTERRUPTED
    except OSError as error:
        if not isinstance(error, BrokenPipeError):
            sys.stderr.write(f"asgikit {given.do}: {printable(str(error))}\n")
        _drop_output()
        return USAGE
    except Exception:  # noqa: BLE001  # told, and not by the code that says that rules were broken
        traceback.print_exc()
        sys.stderr.write("asgikit: this is a defect of asgikit, not of what was checked: please report it\n")
        return DEFECT


class _Terminated(KeyboardInterrupt):
    """SIGTERM: what we have started has to end first, as it does when a user interrupts."""


@contextmanager
def _terminable() -> Generator[None]:
    """SIGTERM ends the block in good order; only in the main thread, where Python handles signals."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def end(number: int, _: FrameType | None) -> None:
        raise _Terminated(number)

    earlier = signal.signal(signal.SIGTERM, end)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, earlier)


def _drop_output() -> None:
    """What is left in the buffer of a standard output that takes no more would be an error again when the program ends."""
    with suppress(OSError, ValueError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, sys.stdout.fileno())
        os.close(nowhere)


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
