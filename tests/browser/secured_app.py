"""A site behind security headers and CSRF checks, for the browser to be stopped by."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from asgikit import App, Request, Response, Router, get, post, root
from asgikit.config import Secret
from asgikit.doublesubmit import CSRFTokens
from asgikit.http.csp import NONCE, ContentSecurityPolicy
from asgikit.middleware.csrf import csrf, csrf_token
from asgikit.middleware.security_headers import SecurityPolicy, nonce, security_headers

SCRIPTS = """<!doctype html><title></title><body>
<script nonce="{nonce}">
  window.seen = []; window.violations = []
  document.addEventListener("securitypolicyviolation", e => violations.push([e.disposition, e.effectiveDirective]))
  seen.push("with its nonce")
</script>
<script>seen.push("without a nonce")</script>
<script nonce="{other}">seen.push("with another nonce")</script>
<img src="data:image/gif;base64,R0lGODlhAQABAAAAACw=" onload="seen.push('an attribute')">
"""
FORM = """<!doctype html><form method="post" action="{action}">{token}<button>send</button></form>"""


@dataclass
class Changes:
    """How often something was changed."""

    count: int = 0


@asynccontextmanager
async def lifespan() -> AsyncGenerator[Changes]:
    """None so far."""
    yield Changes()


@get(root / "changes")
async def changes(request: Request[Changes]) -> Response:
    """The number of them."""
    return Response.json(request.state.count)


@get(root / "scripts")
async def scripts(request: Request[object]) -> Response:
    """One that may run, and others that somebody might have put there."""
    return Response.html(SCRIPTS.format(nonce=nonce(request), other="A" * 22))


@get(root / "plain")
async def plain(request: Request[object]) -> Response:
    """A page with the default set."""
    return Response.html("<!doctype html><p>here</p><script>document.title = 'ran'</script>")


@get(root / "form")
async def form(request: Request[object]) -> Response:
    """A form of this site."""
    return Response.html(FORM.format(action="/write", token=""))


@post(root / "write")
async def write(request: Request[Changes]) -> Response:
    """What no other site may do."""
    request.state.count += 1
    return Response.text("written")


@get(root / "tokens" / "form")
async def token_form(request: Request[object]) -> Response:
    """A form with its token."""
    field = f'<input type="hidden" name="csrf_token" value="{csrf_token(request)}">'
    return Response.html(FORM.format(action="/tokens/write", token=field))


@get(root / "tokens" / "bare")
async def bare_form(request: Request[object]) -> Response:
    """A form without one."""
    return Response.html(FORM.format(action="/tokens/write", token=""))


@post(root / "tokens" / "write")
async def token_write(request: Request[Changes]) -> Response:
    """What needs a token."""
    request.state.count += 1
    return Response.text("written")


strict = SecurityPolicy(
    csp=ContentSecurityPolicy(default_src=("self",), script_src=(NONCE,), img_src=("data:",), frame_ancestors=()),
    csp_report_only=ContentSecurityPolicy(img_src=()),
)
tokens = CSRFTokens(keys=Secret("0123456789abcdef" * 2), always=True)
app = App(
    Router(
        Router(scripts).wrap(security_headers(strict)),
        Router(form, write).wrap(csrf()),
        Router(token_form, bare_form, token_write).wrap(csrf(tokens=tokens)),
        plain,
        changes,
    ).wrap(security_headers()),
    lifespan=lifespan,
)
