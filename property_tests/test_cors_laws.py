"""Laws of CORS: what a browser makes of our answers is what the policy says (Fetch standard, 3.2 and 4.8 to 4.10)."""

import re
from dataclasses import dataclass

import anyio
import pytest
from hypothesis import given
from hypothesis import strategies as st

from asgikit import App, Response, Router, endpoint, root
from asgikit.http.grammar import is_token
from asgikit.http.headers import Headers
from asgikit.middleware.cors import CORSPolicy, cors
from asgikit.testing import call, http_scope, play
from property_tests.strategies import hostile, tokens

ORIGINS = [
    "https://a.example",
    "https://b.example",
    "https://a.example.evil",
    "http://a.example",
    "https://a.example:8443",
    "null",
]
PATTERN = re.compile(r"https://[ab]\.example")
METHODS = ["GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "patch", "PURGE"]
ROUTED = ["GET", "POST", "PUT", "PATCH"]
FIELDS = ["x-a", "X-B", "content-type", "authorization", "accept"]


@dataclass(frozen=True)
class Asking:
    """What a page wants to fetch."""

    origin: str
    method: str
    fields: frozenset[str]
    credentials: bool


# The browser, as the standard says it, step by step.


def listed(headers, name):
    """Extract header list values: names and methods are tokens."""
    return [part.strip(" \t") for part in (headers.get(name) or "").split(",") if part.strip(" \t")]


def cors_check(asking, headers):
    """4.10, CORS check."""
    origins = headers.get_all("access-control-allow-origin")
    if not origins:
        return False
    origin = ", ".join(origins)
    if not asking.credentials and origin == "*":
        return True
    if origin != asking.origin:
        return False
    return not asking.credentials or headers.get("access-control-allow-credentials") == "true"


def normalized(method):
    """Normalize a method: of these six alone the case is corrected."""
    return method.upper() if method.upper() in {"DELETE", "GET", "HEAD", "OPTIONS", "POST", "PUT"} else method


def unsafe(asking):
    """CORS-unsafe request-header names; the content-type here is that of JSON."""
    return sorted(name.lower() for name in asking.fields if name.lower() != "accept")


def needs_preflight(asking):
    """4.4, HTTP fetch: the method is not safelisted, or a field is unsafe."""
    return normalized(asking.method) not in {"GET", "HEAD", "POST"} or bool(unsafe(asking))


def preflight_fields(asking):
    """4.8, CORS-preflight fetch, steps 1 to 5."""
    fields = {"origin": asking.origin, "access-control-request-method": normalized(asking.method)}
    return fields | ({"access-control-request-headers": ",".join(unsafe(asking))} if unsafe(asking) else {})


def preflight_passes(asking, status, headers):
    """4.8, step 7."""
    if not cors_check(asking, headers) or not 200 <= status <= 299:
        return False
    methods, names = (listed(headers, f"access-control-allow-{what}") for what in ("methods", "headers"))
    method = normalized(asking.method)
    stars = not asking.credentials
    if method not in methods and method not in {"GET", "HEAD", "POST"} and not (stars and "*" in methods):
        return False
    lowered = [name.lower() for name in names]
    if any(name == "authorization" and name not in lowered for name in unsafe(asking)):
        return False
    return all(name in lowered or (stars and "*" in names) for name in unsafe(asking))


def fetched(asking, app):
    """Whether a page can read the response, and whether the server saw the request itself."""

    async def run():
        if needs_preflight(asking):
            answer = await call(app, "OPTIONS", "/x", headers=preflight_fields(asking))
            if "access-control-allow-origin" in answer.headers:
                assert "Access-Control-Request-Method" in answer.headers["vary"]
            if not preflight_passes(asking, answer.status, answer.headers):
                return False, False
        answer = await call(app, normalized(asking.method), "/x", headers={"origin": asking.origin})
        return cors_check(asking, answer.headers), True

    return anyio.run(run)


# What the policy says, in a sentence.


def may(policy, asking):
    if policy.origins == "*":
        allowed = True
    else:
        by_pattern = any(isinstance(o, re.Pattern) and o.fullmatch(asking.origin) for o in policy.origins)
        allowed = asking.origin in policy.origins or (by_pattern and asking.origin != "null")
    return allowed and (policy.credentials or not asking.credentials)


def granted(policy, asking):
    """Whether the request may be sent, if it is one that a browser asks about first."""
    names = {name.lower() for name in policy.headers}
    has = normalized(asking.method) in {*ROUTED, "HEAD"}
    simple = normalized(asking.method) in {"GET", "HEAD", "POST"}
    return may(policy, asking) and (has or simple) and all(name in names for name in unsafe(asking))


@st.composite
def policies(draw):
    """Any policy that can be meant."""
    origins = draw(st.just("*") | st.frozensets(st.sampled_from([*ORIGINS, PATTERN]), max_size=3))
    return CORSPolicy(
        origins=origins,
        headers=draw(st.frozensets(st.sampled_from(FIELDS))),
        credentials=origins != "*" and draw(st.booleans()),
        expose=draw(st.sampled_from([(), ("x-total",)])),
        max_age=draw(st.integers(0, 86400)),
    )


askings = st.builds(
    Asking, st.sampled_from(ORIGINS), st.sampled_from(METHODS), st.frozensets(st.sampled_from(FIELDS)), st.booleans()
)


async def answering(request):
    return Response.text("x")


def guarded(policy, *, around_routes=False):
    """An application behind a policy, around its router or each of its routes."""
    middleware = cors(
        policy.origins,
        headers=policy.headers,
        credentials=policy.credentials,
        expose=policy.expose,
        max_age=policy.max_age,
    )
    routes = [endpoint(method, root / "x")(answering) for method in ROUTED]
    if around_routes:
        return App(Router(*(route.wrap(middleware) for route in routes)))
    return App(Router(*routes).wrap(middleware))


@given(policies(), askings, st.booleans())
def test_a_page_reads_what_the_policy_lets_it_read(policy, asking, around_routes):
    """No more and no less; and what needs to be asked about is not sent before it is granted."""
    readable, was_sent = fetched(asking, guarded(policy, around_routes=around_routes))
    if needs_preflight(asking):
        assert was_sent == granted(policy, asking)
        assert readable == was_sent
    else:
        assert (readable, was_sent) == (may(policy, asking), True)


@given(policies(), st.sampled_from(ORIGINS), st.sampled_from(["GET", "POST", "DELETE"]))
def test_a_cache_that_heeds_vary_harms_nobody(policy, origin, method):
    """What one origin was answered is what another is, or Vary says that it may differ."""

    async def run():
        app = guarded(policy)
        own = await call(app, method, "/x")
        other = await call(app, method, "/x", headers={"origin": origin})
        grants = [[field for field in answer.headers if field[0].startswith("access-control")] for answer in (own, other)]
        assert grants[0] == grants[1] or ("Origin" in own.headers["vary"] and "Origin" in other.headers["vary"])

    anyio.run(run)


@given(hostile | st.sampled_from(ORIGINS).flatmap(lambda origin: hostile.map(lambda more: origin + more)))
def test_no_text_is_taken_for_an_origin(text):
    """Not one that only begins like one that is allowed, whatever follows; and what is granted can be sent."""
    for policy in (
        CORSPolicy(origins=frozenset(["https://a.example"])),
        CORSPolicy(origins=frozenset([PATTERN])),
        CORSPolicy(origins=lambda origin: origin.startswith("https://a.example")),
    ):
        if policy.allows(text):
            assert text.startswith(("https://a.example", "https://b.example"))
            assert Headers({"access-control-allow-origin": text})["access-control-allow-origin"] == text
            assert not set(text) & set(" ,;/\\\r\n\t\0") - {"/"}
            assert text.count("/") == 2


@given(st.lists(tokens | hostile, max_size=4), st.frozensets(tokens, max_size=3))
def test_only_fields_that_are_named_are_granted(asked, named):
    """Whatever is asked for, and it is asked for in whatever way."""
    value = ",".join(asked).encode("utf-8", "surrogatepass")
    fields = [(b"origin", b"https://a.example"), (b"access-control-request-method", b"GET")]
    fields.append((b"access-control-request-headers", value))
    app = guarded(CORSPolicy(origins=frozenset(["https://a.example"]), headers=named))

    async def run():
        answer = await play(app, {**http_scope("OPTIONS", "/x"), "headers": fields})
        assert (answer.status, answer.error) == (204, None)
        names = listed(answer.headers, "access-control-allow-headers")
        assert {name.lower() for name in names} <= {name.lower() for name in named}
        assert all(map(is_token, names))

    anyio.run(run)


@pytest.mark.parametrize("credentials", [True, False])
def test_the_model_can_tell(credentials):
    """A browser refuses a star to who sends credentials, and grants it to others."""
    asking = Asking("https://a.example", "GET", frozenset(), credentials)
    assert cors_check(asking, Headers({"access-control-allow-origin": "*"})) is not credentials
