"""The response to an exception with `debug=True`: a page for browsers, text for all others."""

from __future__ import annotations

import base64
import hashlib
from functools import partial
from typing import Final

import anyio
from anyio import to_thread

from asgikit.background import LOGGER
from asgikit.debugging.asked import asked_of
from asgikit.debugging.capture import capture
from asgikit.debugging.glance import kind_of
from asgikit.debugging.page import debug_page
from asgikit.debugging.report import Asked, Report, as_text
from asgikit.debugging.secrecy import Secrets
from asgikit.debugging.style import STYLE
from asgikit.errors import HTTPError
from asgikit.http.media import MediaType, negotiate
from asgikit.problems import Problem
from asgikit.reply import Extras
from asgikit.request import Request
from asgikit.response import Response

PATIENCE: Final = 5.0
"""Seconds that making the page may take: reprs of variables are anybody's code."""

# Who takes anything is no browser: those say that they like HTML better.
_FORMS: Final = (MediaType("text", "plain"), MediaType("text", "html"))


def policy() -> str:
    """What the page may do: show its own style, and nothing else."""
    style = base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()
    return f"default-src 'none'; style-src 'sha256-{style}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"


async def debug_response(request: Request[object], error: Exception, *, patience: float = PATIENCE) -> Response:
    """What a developer is told of an exception, made in a worker thread within `patience` seconds; a 500 in any case.

    Where that fails, or takes longer, the answer is the name of the exception.
    """
    as_page = negotiate(request.headers.get("accept"), _FORMS) is _FORMS[1]
    secrets = Secrets()
    made: Response | None = None
    with anyio.move_on_after(patience):
        try:
            # A limiter of its own, for a thread that does not come back keeps its place.
            made = await to_thread.run_sync(
                partial(_made, error, _asked(request, secrets), secrets, as_page=as_page),
                abandon_on_cancel=True,
                limiter=anyio.CapacityLimiter(1),
            )
        except Exception:  # noqa: BLE001  # the error itself is raised again for the log; this is only about its page
            LOGGER.exception("the debug page could not be made")
    response = made or Response.text(f"{kind_of(error)}: more is in the log of the server", status=500)
    return response.with_header("cache-control", "no-store").with_vary("Accept")


def _asked(request: Request[object], secrets: Secrets) -> Asked:
    try:
        return asked_of(request, secrets)
    except HTTPError:  # the error may be about what cannot be read of it
        return Asked(request.method)


def _made(error: Exception, asked: Asked, secrets: Secrets, *, as_page: bool) -> Response:
    report = capture(error, asked, secrets)
    if not as_page:
        return _told(report)
    headers = {"content-security-policy": policy(), "x-content-type-options": "nosniff", "referrer-policy": "no-referrer"}
    return Response.html(debug_page(report), status=500, headers=headers)


def _told(report: Report) -> Response:
    text = as_text(report).encode("utf-8", "replace").decode()
    first = report.failures[0]
    # For who asked for problem documents: one, with the traceback as lines that can be read.
    problem = Problem(status=500, detail=f"{first.kind}: {first.message}", members={"traceback": text.splitlines()})
    return Response.text(text, status=500).with_extras(Extras(problem=problem))
