"""The servers that are known by name, and how each is started with one worker."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Mapping
from dataclasses import replace
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from asgikit.conformance.server.launch import LaunchError, ServerTarget

_UVICORN = ("uvicorn", "{app}", "--host", "127.0.0.1", "--port", "{port}", "--timeout-graceful-shutdown", "3")
_UVICORN_TLS = ("--ssl-certfile", "{certfile}", "--ssl-keyfile", "{keyfile}")
_UVICORN_CA = ("--ssl-ca-certs", "{cafile}", "--ssl-cert-reqs", "1")
_HYPERCORN = ("hypercorn", "{app}", "--bind", "127.0.0.1:{port}", "--workers", "1", "--graceful-timeout", "3")
_HYPERCORN_TLS = ("--certfile", "{certfile}", "--keyfile", "{keyfile}")
_HYPERCORN_CA = ("--ca-certs", "{cafile}", "--verify-mode", "CERT_OPTIONAL")


def _uvicorn(name: str, *arguments: str) -> ServerTarget:
    return ServerTarget(
        name=name,
        command=(*_UVICORN, *arguments),
        tls=_UVICORN_TLS,
        client_ca=_UVICORN_CA,
        root_path=("--root-path", "{root_path}"),
    )


def _hypercorn(name: str, *arguments: str) -> ServerTarget:
    return ServerTarget(
        name=name,
        command=(*_HYPERCORN, *arguments),
        tls=_HYPERCORN_TLS,
        client_ca=_HYPERCORN_CA,
        root_path=("--root-path", "{root_path}"),
    )


KNOWN: Mapping[str, ServerTarget] = {
    target.name: target
    for target in (
        _uvicorn("uvicorn"),
        _uvicorn("uvicorn-httptools", "--http", "httptools", "--ws", "websockets"),
        _uvicorn("uvicorn-h11", "--http", "h11", "--ws", "wsproto"),
        _hypercorn("hypercorn"),
        _hypercorn("hypercorn-trio", "--worker-class", "trio"),
        ServerTarget(
            name="granian",
            command=(
                "granian",
                "{app}",
                "--interface",
                "asgi",
                "--host",
                "127.0.0.1",
                "--port",
                "{port}",
                "--workers",
                "1",
                "--workers-kill-timeout",
                "3",
            ),
            tls=("--ssl-certificate", "{certfile}", "--ssl-keyfile", "{keyfile}"),
            client_ca=("--ssl-ca", "{cafile}"),
            root_path=("--url-path-prefix", "{root_path}"),
        ),
        ServerTarget(
            name="daphne",
            command=("daphne", "{app}"),
            plain=("--bind", "127.0.0.1", "--port", "{port}"),
            tls=("--endpoint", "ssl:{port}:interface=127.0.0.1:privateKey={keyfile}:certKey={certfile}"),
            root_path=("--root-path", "{root_path}"),
        ),
        ServerTarget(
            name="gunicorn",
            command=(
                *("gunicorn", "{app}", "--bind", "127.0.0.1:{port}", "--worker-class", "asgi", "--workers", "1"),
                *("--graceful-timeout", "3", "--no-control-socket"),
            ),
            tls=("--certfile", "{certfile}", "--keyfile", "{keyfile}"),
            client_ca=("--ca-certs", "{cafile}", "--cert-reqs", "1"),
            root_path=("--root-path", "{root_path}"),
        ),
    )
}
"""By name. Those with a suffix are the variants of one server that read the wire with different code."""


def known_server(name: str) -> ServerTarget:
    """A known server, run by the interpreter that runs us. Raises LaunchError for a name that is unknown or not installed."""
    target = KNOWN.get(name)
    if target is None:
        raise LaunchError(f"{name!r} is no known server; known are {', '.join(KNOWN)}; others are started with --command")
    module = target.command[0]
    try:
        found = version(module)
    except PackageNotFoundError:
        raise LaunchError(f"{module} is not installed where {sys.executable} looks") from None
    return replace(target, command=(sys.executable, "-m", *target.command), version=found)


def server_from_command(command: str) -> ServerTarget:
    """Any server by its command line with `{app}` and `{port}`, started in the working directory.

    Raises LaunchError where one of them is missing.
    """
    try:
        words = tuple(shlex.split(command))
    except ValueError as error:
        raise LaunchError(f"{command!r} is no command line: {error}") from None
    for needed in ("{app}", "{port}"):
        if needed not in command:
            raise LaunchError(f"the command line {command!r} does not say {needed}")
    return ServerTarget(name=words[0].rpartition("/")[2], command=words, directory=str(Path.cwd()))
