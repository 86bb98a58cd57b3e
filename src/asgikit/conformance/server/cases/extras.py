"""The cases that need an extra: TLS and HTTP/2. Where it is not installed, one case in their place says so."""

from __future__ import annotations

from functools import partial
from importlib import import_module

from asgikit.conformance.server.case import Context, ServerCase, Transport


def absent(reason: str, context: Context) -> None:
    """Raises Skipped."""
    context.skip(reason)


def _cases(transport: Transport, module: str) -> tuple[ServerCase, ...]:
    """The cases of a module that may not be importable; by its name, as an import in a `try` hides from the layers' check."""
    try:
        cases: tuple[ServerCase, ...] = import_module(f"asgikit.conformance.server.cases.{module}").CASES
    except ImportError as error:
        return (ServerCase(transport, (), transport, partial(absent, str(error)), alone=True),)
    return cases


CASES: tuple[ServerCase, ...] = (*_cases("tls", "tls_scope"), *_cases("h2", "h2_transports"))
"""All that there are."""
