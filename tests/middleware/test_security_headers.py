"""What browsers are told not to do with a response."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from typing import Any

import pytest

from asgikit import App, HTTPError, Request, Response, Router, WebSocket, get, mount, root, websocket
from asgikit.http.csp import NONCE, ContentSecurityPolicy
from asgikit.http.permissions import PermissionsPolicy
from asgikit.middleware.security_headers import HSTS, Prepared, SecurityPolicy, nonce, secure, security_headers
from asgikit.testing import Answer, call, http_scope, play, websocket_scope
from tests.observatory import grade, score

WITH_NONCE = SecurityPolicy(csp=ContentSecurityPolicy(script_src=(NONCE,), frame_ancestors=()))
USUAL = SecurityPolicy()
DEFAULT = {
    "strict-transport-security": "max-age=31536000; includeSubDomains",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "strict-origin-when-cross-origin",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "content-security-policy": "default-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
}


@get(root / "plain")
async def plain(request: Request[object]) -> Response:
    return Response.text("x")


@get(root / "page")
async def page(request: Request[object]) -> Response:
    return Response.html(f"<script nonce={nonce(request)}></script>")


def asked(scheme: str = "https") -> Request[object]:
    """A request as a value."""
    return Request.of(http_scope("GET", "/", scheme=scheme), None)


def secured(policy: SecurityPolicy, response: Response, request: Request[object] | None = None) -> Response:
    return secure(Prepared(policy), request or asked(), response)


async def answered(policy: SecurityPolicy = USUAL, target: str = "/plain", **scope: Any) -> Answer:
    app = App(Router(plain, page).wrap(security_headers(policy)))
    return await call(app, target=target, scheme="https", **scope)


def test_the_default_set() -> None:
    """Beside what the response has."""
    assert dict(secured(SecurityPolicy(), Response.text("x")).headers) == DEFAULT | {
        "content-type": "text/plain; charset=utf-8",
        "content-length": "1",
    }


@pytest.mark.parametrize("scheme", ["http", "ws", ""])
def test_hsts_is_for_https_alone(scheme: str) -> None:
    """Others would have to ignore it (RFC 6797, 7.2)."""
    given = dict(secured(SecurityPolicy(), Response.empty(), asked(scheme)).headers)
    assert given == {name: value for name, value in DEFAULT.items() if name != "strict-transport-security"}


def test_the_default_set_has_the_top_grade() -> None:
    """By the rules of HTTP Observatory; for pages with nonces and without, and with every bonus for default-src 'none'."""
    assert (score(DEFAULT), grade(DEFAULT)) == (125, "A+")
    request = asked()
    nonce(request)
    csp = ContentSecurityPolicy(default_src=("self",), script_src=(NONCE, "strict-dynamic"), object_src=(), frame_ancestors=())
    assert grade(dict(secured(SecurityPolicy(csp=csp), Response.html(""), request).headers)) == "A+"
    strict = SecurityPolicy(csp=ContentSecurityPolicy(default_src=(), script_src=("self",), frame_ancestors=()))
    assert score(dict(secured(strict, Response.html("")).headers)) == 130


@pytest.mark.parametrize(
    ("changed", "reached"),
    [
        ({"hsts": None}, 80),
        ({"hsts": HSTS(max_age=3600)}, 115),
        ({"content_type_options": None}, 120),
        ({"csp": None}, 75),
        ({"csp": None, "frame_options": None}, 55),
        ({"referrer_policy": "unsafe-url"}, 115),
        ({"resource_policy": None}, 115),
        ({"csp": ContentSecurityPolicy(default_src=("self",), script_src=("unsafe-inline",), frame_ancestors=())}, 80),
    ],
)
def test_what_is_turned_off_costs(changed: Any, reached: int) -> None:
    """So the model of the rules can tell, and everything in the set can be left out."""
    assert score(dict(secured(SecurityPolicy(**changed), Response.html("")).headers)) == reached


def test_a_field_that_the_handler_has_set_stays() -> None:
    """Each for itself, whatever its value."""
    own = {"content-security-policy": "default-src *", "referrer-policy": "origin", "X-Frame-Options": "SAMEORIGIN"}
    given = secured(SecurityPolicy(), Response.text("x", headers=own)).headers
    assert [given.get_all(name) for name in own] == [(value,) for value in own.values()]
    assert given["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize(
    ("ancestors", "options"), [((), "DENY"), (("self",), "SAMEORIGIN"), (("self", "https:"), None), (("https:",), None)]
)
def test_old_browsers_are_told_the_same_about_frames(ancestors: Any, options: str | None) -> None:
    """As far as the old field can say it."""
    policy = SecurityPolicy(csp=ContentSecurityPolicy(frame_ancestors=ancestors))
    assert secured(policy, Response.empty()).headers.get("x-frame-options") == options


def test_every_other_field() -> None:
    """As its specification writes it."""
    policy = SecurityPolicy(
        hsts=HSTS(preload=True, max_age=63072000),
        csp=ContentSecurityPolicy(default_src=(), report_to="csp"),
        csp_report_only=ContentSecurityPolicy(img_src=(), report_to="csp"),
        frame_options="SAMEORIGIN",
        embedder_policy="require-corp",
        permissions=PermissionsPolicy(usb="*"),
        reporting_endpoints=(("csp", "https://r.example/csp"), ("other", "/reports")),
    )
    given = secured(policy, Response.empty()).headers
    assert given["strict-transport-security"] == "max-age=63072000; includeSubDomains; preload"
    assert given["content-security-policy"] == "default-src 'none'; report-to csp"
    assert given["content-security-policy-report-only"] == "img-src 'none'; report-to csp"
    assert given["x-frame-options"] == "SAMEORIGIN"
    assert given["cross-origin-embedder-policy"] == "require-corp"
    assert given["permissions-policy"] == "usb=*"
    assert given["reporting-endpoints"] == 'csp="https://r.example/csp", other="/reports"'


async def test_a_nonce_is_in_the_page_and_in_the_field() -> None:
    """Another one each time, 128 bits, in characters that need no escape."""
    seen: set[str] = set()
    for _ in range(20):
        answer = await answered(WITH_NONCE, "/page")
        found = re.fullmatch("<script nonce=([A-Za-z0-9_-]{22})></script>", answer.text)
        assert found is not None
        assert answer.headers["content-security-policy"] == f"script-src 'nonce-{found[1]}'; frame-ancestors 'none'"
        seen.add(found[1])
    assert len(seen) == 20


def test_a_nonce_is_one_for_a_request() -> None:
    """However often it is asked for, and by whichever copy."""
    request = asked()
    assert nonce(request) == nonce(request.with_state(3))


async def test_a_response_without_a_nonce_allows_none() -> None:
    """None is made that nobody asks for."""
    answer = await answered(WITH_NONCE)
    assert answer.headers["content-security-policy"] == "script-src 'none'; frame-ancestors 'none'"
    assert "cache-control" not in answer.headers


def test_a_page_with_a_nonce_is_not_shared_by_caches() -> None:
    """What the handler says about caches is left alone."""
    request = asked()
    nonce(request)
    assert secured(WITH_NONCE, Response.html(""), request).headers["cache-control"] == "private, no-cache"
    own = Response.html("", headers={"cache-control": "no-store"})
    assert secured(WITH_NONCE, own, request).headers.get_all("cache-control") == ("no-store",)


def test_a_304_leaves_the_nonce_of_the_kept_page_alone() -> None:
    """Its fields replace those that are kept (RFC 9111, 4.3.4)."""
    request = asked()
    nonce(request)
    for unchanged in (secured(WITH_NONCE, Response(status=304), request), secured(WITH_NONCE, Response(status=304))):
        assert "content-security-policy" not in unchanged.headers
        assert unchanged.headers["x-content-type-options"] == "nosniff"
    assert "content-security-policy" in secured(SecurityPolicy(), Response(status=304)).headers


def test_a_nonce_that_no_policy_has_a_place_for_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    """The browser is going to refuse the script."""
    request = asked()
    nonce(request)
    secured(SecurityPolicy(csp=None), Response.html(""), request)
    assert not caplog.records
    assert secured(SecurityPolicy(), Response.html(""), request).headers["content-security-policy"]
    assert "NONCE" in caplog.text


async def test_both_policies_have_the_same_nonce() -> None:
    """The one that is enforced and the one that is tried out."""
    tried = ContentSecurityPolicy(script_src=(NONCE, "strict-dynamic"))
    answer = await answered(SecurityPolicy(csp=WITH_NONCE.csp, csp_report_only=tried), "/page")
    found = set(
        re.findall(
            "'nonce-([^']+)'",
            f"{answer.headers['content-security-policy']} {answer.headers.get('content-security-policy-report-only')}",
        )
    )
    assert len(found) == 1


async def test_errors_have_them_too() -> None:
    """404 and 405 of the router, refusals, and what nobody has caught; with the nonce that was made before."""

    @get(root / "refused")
    async def refused(request: Request[object]) -> Response:
        nonce(request)
        raise HTTPError(403, "no")

    @get(root / "broken")
    async def broken(request: Request[object]) -> Response:
        raise RuntimeError("a bug")

    app = App(Router(refused, broken).wrap(security_headers(WITH_NONCE)))
    for method, target, status in (
        ("GET", "/none", 404),
        ("POST", "/refused", 405),
        ("GET", "/refused", 403),
        ("GET", "/broken", 500),
    ):
        answer = await call(app, method, target)
        assert (answer.status, answer.headers["x-content-type-options"]) == (status, "nosniff")
        assert ("'nonce-" in answer.headers["content-security-policy"]) is (status == 403)


async def test_streams_and_mounted_applications_have_them_too() -> None:
    """Whoever made the response."""

    async def foreign(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": [(b"X-Frame-Options", b"SAMEORIGIN")]})
        await send({"type": "http.response.body", "body": b"x"})

    @get(root / "stream")
    async def stream(request: Request[object]) -> Response:
        async def chunks() -> AsyncIterator[bytes]:
            yield b"x"

        return Response.stream(chunks())

    app = App(Router(stream, mount(root / "foreign", foreign)).wrap(security_headers()))
    for target, options in (("/stream", ("DENY",)), ("/foreign", ("SAMEORIGIN",))):
        answer = await call(app, target=target)
        assert (answer.body, answer.headers.get_all("x-frame-options")) == (b"x", options)
        assert answer.headers["x-content-type-options"] == "nosniff"


async def test_a_denied_handshake_has_them_an_accepted_one_has_not() -> None:
    """On a socket there is nothing to frame or to sniff."""

    @websocket(root / "denied")
    async def denied(request: Request[object]) -> Response:
        return Response.text("no", status=403)

    @websocket(root / "open")
    async def opened(request: Request[object]) -> Response:
        async def session(ws: WebSocket[str | bytes, str | bytes]) -> None:
            nonce(request)

        return Response.upgrade(session)

    app = App(Router(denied, opened).wrap(security_headers()))
    connect = [{"type": "websocket.connect"}]
    refused = await play(app, websocket_scope("/denied", denial=True, scheme="wss"), connect)
    start = next(event for event in refused.events if event["type"] == "websocket.http.response.start")
    assert (b"x-content-type-options", b"nosniff") in start["headers"]
    assert b"strict-transport-security" in dict(start["headers"])
    accepted = await play(app, websocket_scope("/open", scheme="wss"), connect)
    assert not accepted.events[0].get("headers")


async def test_the_scheme_is_the_one_that_a_proxy_tells_of() -> None:
    """Also where what reads it is further in."""

    def behind_tls(handler: Any) -> Any:
        async def inner(request: Request[Any]) -> Response:
            scope: Any = {**request.scope, "scheme": "https"}
            answer: Response = await handler(request.with_scope(scope))
            return answer

        return inner

    for routes in (
        Router(plain).wrap(security_headers()).wrap(behind_tls),
        Router(plain).wrap(behind_tls).wrap(security_headers()),
    ):
        answer = await call(App(routes), target="/plain", scheme="http")
        assert "strict-transport-security" in answer.headers


async def test_the_innermost_policy_wins() -> None:
    """A route of its own, in an application with another."""
    own = plain.wrap(security_headers(SecurityPolicy(csp=ContentSecurityPolicy(default_src=()))))
    answer = await call(App(Router(own).wrap(security_headers())), target="/plain")
    assert answer.headers.get_all("content-security-policy") == ("default-src 'none'",)


@pytest.mark.parametrize(
    "wrong",
    [
        lambda: HSTS(max_age=-1),
        lambda: HSTS(preload=True, include_subdomains=False),
        lambda: HSTS(preload=True, max_age=3600),
        lambda: SecurityPolicy(csp=ContentSecurityPolicy(default_src=(), report_to="csp")),
        lambda: SecurityPolicy(csp_report_only=ContentSecurityPolicy(sandbox=())),
        lambda: SecurityPolicy(frame_options="SAMEORIGIN"),
        lambda: SecurityPolicy(frame_options="DENY", csp=ContentSecurityPolicy(frame_ancestors=("self",))),
        lambda: SecurityPolicy(reporting_endpoints=(("csp", "http://r.example"),)),
        lambda: SecurityPolicy(reporting_endpoints=(("csp", '/a", b="/c'),)),
        lambda: SecurityPolicy(reporting_endpoints=(("c p", "/a"),)),
    ],
)
def test_a_policy_that_cannot_be_meant_is_refused(wrong: Any) -> None:
    """When it is made."""
    with pytest.raises(ValueError):
        wrong()


def test_values_that_no_field_has_are_refused() -> None:
    """Where no type checker has seen them."""
    for wrong in (
        {"hsts": True},
        {"csp": "default-src 'self'"},
        {"permissions": HSTS()},
        {"referrer_policy": "orgin"},
        {"opener_policy": "x\r\ny"},
        {"content_type_options": True},
    ):
        given: Any = wrong
        with pytest.raises(ValueError, match="is not o"):
            SecurityPolicy(**given)


def test_that_a_page_with_a_nonce_is_fresh_does_not_open_it_to_caches() -> None:
    """They would give one nonce to everybody; one that says it is public stays so."""
    request = asked()
    nonce(request)
    fresh, public = (Response.html("", headers={"cache-control": given}) for given in ("max-age=60", "public, max-age=60"))
    assert secured(WITH_NONCE, fresh, request).headers.get_all("cache-control") == ("max-age=60, private",)
    assert secured(WITH_NONCE, public, request).headers.get_all("cache-control") == ("public, max-age=60",)
