"""What another site makes a browser send."""

from __future__ import annotations

from typing import Any

import pytest

from asgikit import App, HTTPError, Request, Response, Route, Router, WebSocket, get, mount, param, post, put, root, websocket
from asgikit.config import Secret
from asgikit.doublesubmit import CSRFTokens, Mint
from asgikit.errors import CompositionError
from asgikit.middleware.csrf import CSRFPolicy, csrf, csrf_token, judge
from asgikit.testing import Answer, call, http_scope, play, websocket_scope

OWN = "https://example.com"
OTHER = "https://evil.com"
TOKENS = CSRFTokens(keys=Secret("k-0123456789abcdef-0123456789abcdef"))
ALWAYS = CSRFTokens(keys=Secret("k-0123456789abcdef-0123456789abcdef"), always=True)
URLENCODED = "application/x-www-form-urlencoded"
USUAL = CSRFPolicy()
SECRET = "s" * 32
TOKEN = Mint(TOKENS).token(SECRET)

hook = root / "hooks" / param("name", str)


@get(root / "x")
async def read(request: Request[object]) -> Response:
    return Response.text("read")


@post(root / "x")
async def write(request: Request[object]) -> Response:
    return Response.text("written")


@post(hook)
async def hooked(request: Request[object], name: str) -> Response:
    return Response.text("hooked")


@put(hook)
async def renamed(request: Request[object], name: str) -> Response:
    return Response.text("renamed")


@post(root / "form")
async def filled(request: Request[object]) -> Response:
    return Response.text((await request.form())["name"])


@get(root / "page")
async def page(request: Request[object]) -> Response:
    return Response.text(f"{csrf_token(request)} {csrf_token(request)}")


def app(**options: Any) -> App[None]:
    return App(Router(read, write, hooked, renamed, filled, page).wrap(csrf(**options)))


async def sent(
    of: App[None], target: str = "/x", *, method: str = "POST", scheme: str = "https", body: bytes = b"", **fields: str
) -> Answer:
    named = {"host": "example.com", **{name.replace("_", "-"): value for name, value in fields.items()}}
    return await call(of, method, target, headers=named, scheme=scheme, body=body)


def verdict(scheme: str = "https", policy: CSRFPolicy = USUAL, **fields: str) -> str:
    named = {"host": "example.com", **{name.replace("_", "-"): value for name, value in fields.items()}}
    return judge(policy, Request.of(http_scope("POST", "/", headers=named, scheme=scheme), None))


@pytest.mark.parametrize(
    ("site", "origin", "expected"),
    [
        ("same-origin", None, "own"),
        ("none", None, "own"),
        ("cross-site", None, "foreign"),
        ("same-site", None, "foreign"),
        ("unheard-of", None, "foreign"),
        ("", None, "foreign"),
        ("same-origin", OTHER, "own"),
        ("same-site", OWN, "foreign"),
        (None, None, "unknown"),
        (None, OWN, "own"),
        (None, OTHER, "foreign"),
        (None, "null", "foreign"),
        (None, "", "foreign"),
        (None, "http://example.com", "foreign"),
        (None, "https://example.com:8443", "foreign"),
        (None, "https://example.com.evil.com", "foreign"),
        (None, f"{OWN}, {OTHER}", "foreign"),
    ],
)
def test_where_a_request_comes_from(site: str | None, origin: str | None, expected: str) -> None:
    """Sec-Fetch-Site decides, without it Origin and Host do; two lines of either are none."""
    fields = {name: value for name, value in (("sec_fetch_site", site), ("origin", origin)) if value is not None}
    assert verdict(**fields) == expected


def test_two_lines_decide_nothing() -> None:
    """A browser sends one."""
    for name, value in (("sec-fetch-site", "same-origin"), ("origin", OWN)):
        scope = http_scope("POST", "/", headers=[("host", "example.com"), (name, value), (name, value)], scheme="https")
        assert judge(CSRFPolicy(), Request.of(scope, None)) == "foreign"


def test_behind_a_proxy_that_ends_tls() -> None:
    """The scheme of the page may be either, the host may not."""
    assert [verdict("http", origin=origin) for origin in (OWN, "http://example.com", OTHER)] == ["own", "own", "foreign"]


def test_a_trusted_origin() -> None:
    """Is told by Origin; Sec-Fetch-Site does not say who."""
    policy = CSRFPolicy(trusted_origins=frozenset({"https://app.example.com"}))
    assert verdict(policy=policy, sec_fetch_site="same-site", origin="https://app.example.com") == "trusted"
    assert verdict(policy=policy, origin="https://app.example.com") == "trusted"
    assert verdict(policy=policy, sec_fetch_site="cross-site", origin=OTHER) == "foreign"
    assert verdict(policy=policy, sec_fetch_site="cross-site") == "foreign"


async def test_a_page_of_another_site_may_not_change_anything() -> None:
    """403 before the handler runs, and what to do about it in the log alone."""
    answer = await sent(app(), sec_fetch_site="cross-site", origin=OTHER)
    assert (answer.status, "another site" in answer.text, "evil.com" in answer.text) == (403, True, False)
    assert (await sent(app(), sec_fetch_site="same-origin")).text == "written"
    assert (await sent(app(), origin=OWN)).text == "written"
    assert (await sent(app())).text == "written"
    assert (await sent(app(trusted_origins=[OTHER]), sec_fetch_site="cross-site", origin=OTHER)).text == "written"


async def test_the_log_says_what_to_write(caplog: pytest.LogCaptureFixture) -> None:
    """With what the browser has sent, cut off where it is long."""
    await sent(app(), origin="https://" + "e" * 5000)
    assert "trusted_origins" in caplog.text
    assert len(caplog.text) < 1000


@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS"])
async def test_safe_methods_pass(method: str) -> None:
    """From anywhere: links lead here."""
    answer = await sent(app(), method=method, sec_fetch_site="cross-site", origin=OTHER)
    assert answer.status in {200, 204}


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "QUERY", "post", "get"])
async def test_all_others_do_not(method: str) -> None:
    """Those that nobody knows neither; a method is spelled in one way (RFC 9110, 9.1)."""
    answer = await sent(app(), method=method, sec_fetch_site="cross-site")
    assert answer.status == 403


async def test_exempt_are_paths_and_routes() -> None:
    """A path for all of its methods, a route for its own; however the path of the request is written."""
    for exempt, posted, put_ in (([hook], 200, 200), ([hooked], 200, 403), ([write], 403, 403), ([root / "hooks"], 403, 403)):
        of = app(exempt=exempt)
        for target in ("/hooks/a", "/hooks/%61"):
            assert (await sent(of, target, origin=OTHER)).status == posted
            assert (await sent(of, target, method="PUT", origin=OTHER)).status == put_
    assert (
        await sent(app(exempt=[hook]), "/hooks/..%2fx", origin=OTHER)
    ).text == "hooked"  # the route that is exempt, and no other


async def test_a_route_that_only_reads_like_an_exempt_one_is_not_exempt() -> None:
    """Both are `/hooks/{name}`, but one is for numbers."""

    @post(root / "hooks" / param("name", int))
    async def numbered(request: Request[object], name: int) -> Response:
        return Response.text("numbered")

    for exempt in (numbered, root / "hooks" / param("name", int)):
        of = App(Router(numbered, hooked).wrap(csrf(exempt=[exempt])))
        assert (await sent(of, "/hooks/1", origin=OTHER)).text == "numbered"
        assert (await sent(of, "/hooks/a", origin=OTHER)).status == 403


async def test_exempt_may_be_a_predicate() -> None:
    """About anything that a request has."""
    of = app(exempt=lambda request: "x-signature" in request.headers)
    assert (await sent(of, origin=OTHER, x_signature="1")).status == 200
    assert (await sent(of, origin=OTHER)).status == 403


async def test_a_miss_is_not_exempt() -> None:
    """Nor is anything outside of a router, but by a predicate."""
    assert (await sent(app(exempt=[root / "none"]), "/none", origin=OTHER)).status == 403
    assert (await sent(App(csrf(exempt=[root / "x"])(Router(write))), origin=OTHER)).status == 403


async def test_a_mounted_application_is_guarded_and_can_be_exempt() -> None:
    """As any route."""

    async def foreign(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"foreign"})

    inside: Route[object] = mount(root / "inside", foreign)
    for exempt, status in (((), 403), ([inside], 200)):
        of = App(Router(inside).wrap(csrf(exempt=exempt)))
        assert (await sent(of, "/inside/a", origin=OTHER)).status == status


async def test_on_a_route_and_on_a_handler() -> None:
    """Alike."""

    async def handler(request: Request[None]) -> Response:
        return Response.text("x")

    for of in (App(Router(write.wrap(csrf()))), App(csrf()(handler))):
        assert [(await sent(of, origin=origin)).status for origin in (OWN, OTHER)] == [200, 403]


async def test_handshakes_are_left_to_their_own_check() -> None:
    """Which knows the origins of each route."""

    @websocket(root / "socket", origins=[OTHER])
    async def socket(request: Request[object]) -> Response:
        async def session(ws: WebSocket[str | bytes, str | bytes]) -> None:
            await ws.close()

        return Response.upgrade(session)

    of = App(Router(socket).wrap(csrf(tokens=ALWAYS)))
    for origin, first in ((OTHER, "websocket.accept"), ("https://third.com", "websocket.close")):
        headers = {"host": "example.com", "origin": origin, "sec-fetch-site": "cross-site"}
        answer = await play(of, websocket_scope("/socket", headers=headers, scheme="wss"), [{"type": "websocket.connect"}])
        assert answer.events[0]["type"] == first


@pytest.mark.parametrize(
    ("options", "error"),
    [
        ({"trusted_origins": OTHER}, ValueError),
        ({"trusted_origins": ["evil.com"]}, ValueError),
        ({"trusted_origins": ["https://evil.com/"]}, ValueError),
        ({"trusted_origins": ["null"]}, ValueError),
        ({"trusted_origins": ["*"]}, ValueError),
        ({"exempt": hooked}, CompositionError),
        ({"exempt": hook}, CompositionError),
        ({"exempt": ["/hooks"]}, CompositionError),
        ({"exempt": "/hooks"}, CompositionError),
    ],
)
def test_a_policy_that_cannot_be_meant_is_refused(options: Any, error: type[Exception]) -> None:
    """A route that is no list would be a predicate that is always true, "null" is every page of nobody."""
    with pytest.raises(error):
        csrf(**options)


def test_an_asynchronous_predicate_is_refused() -> None:
    """It would be true for every request."""

    async def exempt(request: Request[object]) -> bool:
        return False

    wrong: Any = exempt
    with pytest.raises(CompositionError):
        csrf(exempt=wrong)


# Tokens


async def test_a_page_gets_tokens_and_a_cookie() -> None:
    """Two tokens differ, and both are right for the cookie; nobody else is to see them."""
    answer = await sent(app(tokens=TOKENS), "/page", method="GET")
    name, _, secret = answer.headers["set-cookie"].partition(";")[0].partition("=")
    assert name == "__Host-csrf"
    one, other = answer.text.split()
    assert one != other
    assert Mint(TOKENS).knows(one, secret)
    assert Mint(TOKENS).knows(other, secret)
    assert (answer.headers["cache-control"], answer.headers["vary"]) == ("private, no-cache", "Cookie")


async def test_a_client_keeps_its_cookie() -> None:
    """The pages that it has open go on."""
    answer = await sent(app(tokens=TOKENS), "/page", method="GET", cookie=f"__Host-csrf={SECRET}")
    assert "set-cookie" not in answer.headers
    assert Mint(TOKENS).knows(answer.text.split()[0], SECRET)


async def test_what_asks_for_no_token_gets_no_cookie() -> None:
    """And can be cached."""
    answer = await sent(app(tokens=TOKENS), method="GET")
    assert [name for name in ("set-cookie", "vary", "cache-control") if name in answer.headers] == []


async def test_over_http_the_cookie_has_no_prefix() -> None:
    """Which needs Secure."""
    answer = await sent(app(tokens=TOKENS), "/page", method="GET", scheme="http")
    assert answer.headers["set-cookie"].startswith("csrf=")


async def test_an_error_brings_the_cookie_of_its_token_too() -> None:
    """A form that is shown again because it was wrong."""

    @get(root / "wrong")
    async def wrong(request: Request[object]) -> Response:
        raise HTTPError(422, csrf_token(request))

    answer = await sent(App(Router(wrong).wrap(csrf(tokens=TOKENS))), "/wrong", method="GET")
    assert (answer.status, answer.headers["set-cookie"].startswith("__Host-csrf=")) == (422, True)


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({"sec_fetch_site": "same-origin"}, 200),
        ({"origin": OWN}, 200),
        ({}, 403),
        ({"cookie": f"__Host-csrf={SECRET}"}, 403),
        ({"x_csrf_token": TOKEN}, 403),
        ({"x_csrf_token": TOKEN, "cookie": f"__Host-csrf={SECRET}"}, 200),
        ({"x_csrf_token": TOKEN, "cookie": f"csrf={SECRET}"}, 403),
        ({"x_csrf_token": TOKEN, "cookie": f"__Host-csrf={'t' * 32}"}, 403),
        ({"x_csrf_token": TOKEN, "cookie": f"__Host-csrf={SECRET}", "sec_fetch_site": "cross-site"}, 403),
        ({"x_csrf_token": TOKEN[:-1], "cookie": f"__Host-csrf={SECRET}"}, 403),
        ({"x_csrf_token": f"{TOKEN}, {TOKEN}", "cookie": f"__Host-csrf={SECRET}"}, 403),
    ],
)
async def test_tokens_are_for_browsers_that_say_nothing(fields: dict[str, str], status: int) -> None:
    """Where they do say where they come from, that decides."""
    assert (await sent(app(tokens=TOKENS), **fields)).status == status


async def test_always_asks_every_page_of_this_site() -> None:
    """Besides where it says it comes from; those that are trusted cannot have a token."""
    of = app(tokens=ALWAYS, trusted_origins=[OTHER])
    cookie = f"__Host-csrf={SECRET}"
    assert (await sent(of, sec_fetch_site="same-origin", cookie=cookie)).status == 403
    assert (await sent(of, sec_fetch_site="same-origin", cookie=cookie, x_csrf_token=TOKEN)).status == 200
    assert (await sent(of, sec_fetch_site="cross-site", origin=OTHER)).status == 200
    assert (await sent(app(tokens=ALWAYS, exempt=[hook]), "/hooks/a")).status == 200


@pytest.mark.parametrize("kind", [URLENCODED, "multipart/form-data; boundary=b"])
async def test_a_form_brings_its_token_as_a_field(kind: str) -> None:
    """It is read once, and the handler has it too."""

    def body(token: str) -> bytes:
        if kind == URLENCODED:
            return f"name=Ada&csrf_token={token}".encode()
        parts = [
            f'--b\r\ncontent-disposition: form-data; name="{n}"\r\n\r\n{v}\r\n'
            for n, v in (("name", "Ada"), ("csrf_token", token))
        ]
        return ("".join(parts) + "--b--\r\n").encode()

    fields = {"cookie": f"__Host-csrf={SECRET}", "content_type": kind}
    good = await sent(app(tokens=TOKENS), "/form", body=body(TOKEN), **fields)
    assert (good.status, good.text) == (200, "Ada")
    bad = await sent(app(tokens=TOKENS), "/form", body=body(TOKEN[::-1]), **fields)
    assert (bad.status, "load the page anew" in bad.text) == (403, True)


async def test_a_form_can_be_streamed_behind_it() -> None:
    """By a handler and by a mounted application; one that is too large to be kept, or does not say how large it is, cannot."""

    @post(root / "stream")
    async def stream(request: Request[object]) -> Response:
        return Response(b"".join([chunk async for chunk in request.stream()]))

    async def foreign(scope: Any, receive: Any, send: Any) -> None:
        body = (await receive())["body"]
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": body})

    of = App(Router(stream, mount(root / "foreign", foreign, lifespan="off")).wrap(csrf(tokens=TOKENS)), body_limit=1000)
    part = f'--b\r\ncontent-disposition: form-data; name="csrf_token"\r\n\r\n{TOKEN}\r\n--b--\r\n'.encode()
    fields = {"cookie": f"__Host-csrf={SECRET}", "content_type": "multipart/form-data; boundary=b"}
    for target in ("/stream", "/foreign"):
        answer = await sent(of, target, body=part, content_length=str(len(part)), **fields)
        assert (answer.status, answer.body) == (200, part)
    large = part + b" " * 1000
    for target in ("/stream", "/foreign"):
        assert (await sent(of, target, body=large, content_length=str(len(large)), **fields)).status == 400
        assert (await sent(of, target, body=part, **fields)).status == 400


@pytest.mark.parametrize(
    ("kind", "body", "status"),
    [
        ("application/json", b'{"csrf_token": "x"}', 403),
        (URLENCODED, b"a=" + b"x" * 3_000_000, 413),
        ("multipart/form-data; boundary=b", b"--b\r\nbroken", 400),
        ("multipart/form-data", b"", 400),
        ("no type", b"", 400),
    ],
)
async def test_a_body_without_a_token(kind: str, body: bytes, status: int) -> None:
    """What is too large or malformed is told so, and nothing is read that is no form."""
    answer = await sent(app(tokens=TOKENS), "/form", body=body, cookie=f"__Host-csrf={SECRET}", content_type=kind)
    assert (answer.status, answer.error) == (status, None)


async def test_an_upload_too_large_to_keep_brings_its_token_in_the_header() -> None:
    """A field was read for it, and nothing is left to stream: the client is told, and it is no error of ours."""

    @post(root / "upload")
    async def upload(request: Request[object]) -> Response:
        return Response.text(str(sum([len(chunk) async for chunk in request.stream()])))

    small = App(Router(upload).wrap(csrf(tokens=ALWAYS)), body_limit=100)
    kind = "multipart/form-data; boundary=b"
    body = f'--b\r\ncontent-disposition: form-data; name="csrf_token"\r\n\r\n{TOKEN}\r\n--b--\r\n'.encode()
    fields = {"host": "example.com", "content-type": kind, "content-length": str(len(body)), "cookie": f"csrf={SECRET}"}
    fields["sec-fetch-site"] = "same-origin"
    answer = await call(small, "POST", "/upload", headers=fields, body=body)
    assert (answer.status, answer.error) == (400, None)
    assert "x-csrf-token" in answer.text
    answer = await call(small, "POST", "/upload", headers={**fields, "x-csrf-token": TOKEN}, body=body)
    assert (answer.status, answer.text) == (200, str(len(body)))


async def test_without_a_cookie_no_body_is_read() -> None:
    """Nothing in it could help."""
    answer = await sent(app(tokens=TOKENS), "/form", body=b"a=" + b"x" * 3_000_000, content_type=URLENCODED)
    assert answer.status == 403


async def test_a_token_needs_the_middleware() -> None:
    """With tokens."""
    for of in (App(Router(page)), app()):
        answer = await sent(of, "/page", method="GET")
        assert isinstance(answer.error, CompositionError)


async def test_the_innermost_issues_the_tokens() -> None:
    """One cookie, though two are around the handler."""
    inner = CSRFTokens(keys=Secret("i-0123456789abcdef-0123456789abcdef"))
    of = App(Router(page, write).wrap(csrf(tokens=inner)).wrap(csrf(tokens=TOKENS)))
    answer = await sent(of, "/page", method="GET")
    (cookie,) = answer.headers.get_all("set-cookie")
    assert Mint(inner).knows(answer.text.split()[0], cookie.partition(";")[0].partition("=")[2])


@pytest.mark.parametrize(
    ("given", "first", "later"),
    [
        ("max-age=60", "private, no-cache", "max-age=60, private"),
        ("public, max-age=60", "private, no-cache", "public, max-age=60"),
        ("no-store", "no-store", "no-store"),
    ],
)
async def test_a_new_cookie_is_for_one_client(given: str, first: str, later: str) -> None:
    """Whatever the handler says of caches: they would give its secret to everybody without a cookie."""

    @get(root)
    async def page(request: Request[object]) -> Response:
        return Response.text(csrf_token(request), headers={"cache-control": given})

    made = App(Router(page).wrap(csrf(tokens=TOKENS)))
    assert (await sent(made, "/", method="GET")).headers["cache-control"] == first
    again = await sent(made, "/", method="GET", cookie=f"__Host-csrf={SECRET}")
    assert again.headers["cache-control"] == later
