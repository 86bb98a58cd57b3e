"""Authentication around handlers, routes, routers and mounts."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import pytest

from asgikit import App, Handler, Request, Response, Router, after, catch, get, mount, root, some, websocket
from asgikit.auth.api_key import APIKey
from asgikit.auth.basic import Basic, Login
from asgikit.auth.bearer import Bearer
from asgikit.auth.scheme import Authenticated, HasUser, Rejected, first_of, optional
from asgikit.errors import CompositionError, HTTPError, Unauthorized
from asgikit.http.authorization import Challenge
from asgikit.middleware.auth import authenticate, guard, keep_private, refusal
from asgikit.testing import call, play, running, websocket_scope
from tests.auth.asking import basic


async def by_token(request: Request[object], token: str) -> str | None:
    return {"t": "ada"}.get(token)


async def by_login(request: Request[object], login: Login) -> str | None:
    return login.name if login.password == "x" else None


BEARER = Bearer(by_token)
BASIC = Basic(by_login, realm="site")
ADA = {"authorization": "Bearer t"}


@get(root)
async def me(request: Request[HasUser[str]]) -> Response:
    return Response.text(request.state.user)


WAYS: list[Callable[[], Handler[object]]] = [
    lambda: me.wrap(authenticate(BEARER)),
    lambda: Router(me).wrap(authenticate(BEARER)),
    lambda: Router(Router(me).wrap(authenticate(BEARER))),
    lambda: authenticate(BEARER)(Router(me)),
]


@pytest.mark.parametrize("way", WAYS)
async def test_the_handler_sees_who_asks(way: Callable[[], Handler[object]]) -> None:
    """And nobody else comes through."""
    app = App(way())
    answer = await call(app, headers=ADA)
    assert (answer.status, answer.text) == (200, "ada")
    for headers in ({}, {"authorization": "Bearer x"}, basic("ada", "x")):
        answer = await call(app, headers=headers)
        assert (answer.status, answer.headers["www-authenticate"][:6]) == (401, "Bearer")


async def test_a_401_has_the_challenges_of_all_schemes_each_in_a_field() -> None:
    """RFC 9110, 11.6.1: not every client can tell two in one field apart."""
    app = App(me.wrap(authenticate(first_of(BEARER, BASIC))))
    answer = await call(app)
    assert answer.headers.get_all("www-authenticate") == ("Bearer", 'Basic realm="site", charset="UTF-8"')
    assert (await call(app, headers=basic("eve", "x"))).text == "eve"
    answer = await call(app, headers={"authorization": "Bearer wrong"})
    assert answer.headers.get_all("www-authenticate") == (
        'Bearer error="invalid_token"',
        'Basic realm="site", charset="UTF-8"',
    )


async def test_malformed_credentials_are_400(caplog: pytest.LogCaptureFixture) -> None:
    """With the challenge, and without the credentials in the log."""
    answer = await call(App(me.wrap(authenticate(BEARER))), headers={"authorization": "Bearer se cret"})
    assert (answer.status, answer.headers["www-authenticate"]) == (400, 'Bearer error="invalid_request"')
    assert "cret" not in caplog.text
    assert caplog.text


async def test_missing_credentials_are_nothing_to_log(caplog: pytest.LogCaptureFixture) -> None:
    """Browsers ask without them first; wrong ones are worth a line."""
    app = App(me.wrap(authenticate(BEARER)))
    await call(app)
    assert caplog.text == ""
    await call(app, headers={"authorization": "Bearer wrong"})
    assert "an unknown bearer token" in caplog.text


@dataclass(frozen=True)
class AppState:
    greeting: str


@dataclass(frozen=True)
class UserState(AppState):
    user: str


@asynccontextmanager
async def lifespan() -> Any:
    yield AppState("hello")


async def greeted(request: Request[AppState], token: str) -> str | None:
    return f"{request.state.greeting} {token}"


@get(root / "both")
async def both(request: Request[Authenticated[AppState, str]]) -> Response:
    return Response.text(f"{request.state.state.greeting} {request.state.user}")


@get(root / "flat")
async def flat(request: Request[UserState]) -> Response:
    return Response.text(f"{request.state.greeting} {request.state.user}")


async def test_the_state_outside_is_seen_by_the_scheme_and_the_handler() -> None:
    """As it is, or as a state of the application's own."""
    inside = Router(
        both.wrap(authenticate(BEARER)),
        flat.wrap(authenticate(Bearer(greeted), into=lambda state, user: UserState(state.greeting, user))),
    )
    app = App(inside, lifespan=lifespan)
    async with running(app) as life:
        assert (await call(app, target="/both", headers=ADA, state=life.state)).text == "hello ada"
        assert (await call(app, target="/flat", headers=ADA, state=life.state)).text == "hello hello t"


@get(root)
async def perhaps(request: Request[HasUser[str | None]]) -> Response:
    return Response.text(request.state.user or "anonymous")


async def test_anonymous_users_come_through_where_that_is_said() -> None:
    """Wrong credentials never do."""
    app = App(perhaps.wrap(authenticate(optional(BEARER))))
    assert [(await call(app, headers=headers)).text for headers in ({}, ADA)] == ["anonymous", "ada"]
    assert (await call(app, headers={"authorization": "Bearer x"})).status == 401


async def foreign(scope: Any, receive: Any, send: Any) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"foreign"})


@pytest.mark.parametrize("around", [authenticate(BEARER), guard(BEARER)])
async def test_a_mounted_application_is_behind_it_too(around: Any) -> None:
    """It knows nothing of users."""
    app = App(Router(mount(root / "app", foreign).wrap(around)))
    assert (await call(app, target="/app/x")).status == 401
    answer = await call(app, target="/app/x", headers=ADA)
    assert (answer.text, answer.headers["cache-control"]) == ("foreign", "private")


@websocket(root / "ws")
async def socket(request: Request[HasUser[str]]) -> Response:
    name = request.state.user

    async def session(ws: Any) -> None:
        await ws.send(name)

    return Response.upgrade(session)


async def test_a_handshake_is_denied_with_the_challenge() -> None:
    """And accepted for those who may."""
    app = App(Router(socket).wrap(authenticate(first_of(APIKey(by_token, query="key"), BEARER))))
    connect = [{"type": "websocket.connect"}]
    denied = await play(app, websocket_scope("/ws", denial=True), connect)
    start = denied.events[0]
    assert (start["type"], start["status"]) == ("websocket.http.response.start", 401)
    assert (b"www-authenticate", b"Bearer") in start["headers"]
    for scope in (websocket_scope("/ws?key=t"), websocket_scope("/ws", headers=ADA)):
        accepted = await play(app, scope, connect)
        assert [event["type"] for event in accepted.events[:2]] == ["websocket.accept", "websocket.send"]
        assert accepted.events[1]["text"] == "ada"
        assert "headers" not in accepted.events[0]


@get(root)
async def anyone(request: Request[object]) -> Response:
    return Response.text("in")


async def test_one_of_several_guards_is_enough() -> None:
    """The last one says what is missing; an error of the handler is no refusal."""
    app = App(anyone.wrap(some(guard(BASIC), guard(BEARER))))
    assert [(await call(app, headers=headers)).status for headers in (ADA, basic("ada", "x"))] == [200, 200]
    answer = await call(app)
    assert (answer.status, answer.headers["www-authenticate"]) == (401, "Bearer")


async def test_shared_caches_do_not_keep_what_is_for_one_user() -> None:
    """Unless the handler says so; errors too."""

    @get(root / "public")
    async def public(request: Request[object]) -> Response:
        return Response.text("x", headers={"cache-control": "public"})

    @get(root / "gone")
    async def gone(request: Request[object]) -> Response:
        raise HTTPError(410, "gone")

    app = App(Router(anyone, public, gone).wrap(authenticate(APIKey(by_token, header="x-key"))))
    found = [(await call(app, target=target, headers={"x-key": "t"})) for target in ("/", "/public", "/gone")]
    assert [answer.headers["cache-control"] for answer in found] == ["private", "public", "private"]


async def test_a_401_passes_those_who_change_responses() -> None:
    """It is an error like any other: its response can be another one, and has the fields of CORS."""

    def to_sign_in(request: Request[object], error: Unauthorized) -> Response:
        return Response.redirect("/sign-in")

    marked = after(lambda request, response: response.with_header("x-mark", "1"))
    app = App(me.wrap(authenticate(BEARER)).wrap(marked).wrap(catch(Unauthorized, to_sign_in)))
    answer = await call(app)
    assert (answer.status, answer.headers["location"], answer.headers["x-mark"]) == (303, "/sign-in", "1")


class Broken:
    """A scheme whose database is down."""

    challenges: tuple[Challenge, ...] = ()

    async def authenticate(self, request: Request[object], /) -> Rejected | None:
        raise OSError("the database at 10.0.0.1 is down")


async def test_a_scheme_that_fails_lets_nobody_through() -> None:
    """500, and nothing of why."""
    answer = await call(App(me.wrap(authenticate(Broken()))), headers=ADA)
    assert (answer.status, answer.text) == (500, "Internal Server Error")
    assert isinstance(answer.error, OSError)


@pytest.mark.parametrize("wrong", [None, Bearer, by_token, lambda handler: handler])
def test_what_is_no_scheme_is_refused_when_it_is_given(wrong: Any) -> None:
    """So is a function that makes no state at once."""
    with pytest.raises(CompositionError):
        authenticate(wrong)
    with pytest.raises(CompositionError):
        guard(wrong)

    async def into(state: object, user: str) -> object:
        return None

    with pytest.raises(CompositionError):
        authenticate(BEARER, into=into)


def fields(error: HTTPError) -> tuple[str, ...]:
    return error.headers.get_all("www-authenticate")


def test_a_refusal_is_pure() -> None:
    """The challenge of the scheme that refuses stands where its general one did."""
    challenges = (Challenge("Basic", None, (("realm", "x"),)), Challenge("Bearer"))
    assert fields(refusal(challenges, None)) == ('Basic realm="x"', "Bearer")
    own = Rejected("p", "l", 401, Challenge("bearer", None, (("error", "invalid_token"),)))
    refused = refusal(challenges, own)
    assert fields(refused) == ('Basic realm="x"', 'bearer error="invalid_token"')
    assert (refused.status, refused.public, refused.log) == (401, "p", "l")
    assert refusal(challenges, Rejected("p", "l", 400)).status == 400


def test_an_upgrade_is_left_alone(request: pytest.FixtureRequest) -> None:
    """No cache keeps it."""

    async def session(ws: Any) -> None: ...

    upgrade = Response.upgrade(session)
    unused: Any = request
    assert keep_private(unused, upgrade) is upgrade


async def test_head_and_options_are_no_way_around() -> None:
    """Every method has to prove who it is."""
    app = App(Router(me).wrap(authenticate(BEARER)))
    assert [(await call(app, method)).status for method in ("HEAD", "OPTIONS", "POST")] == [401, 401, 401]


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("max-age=60", False),
        ("must-revalidate, max-age=60", False),
        ("", False),
        ("public, max-age=60", True),
        ("s-maxage=60", True),
        ("private", True),
        ("no-store", True),
    ],
)
async def test_how_long_a_response_is_fresh_opens_it_to_nobody_else(given: str, kept: bool) -> None:
    """A cache in front knows nothing of keys in fields of their own."""

    async def own(request: Request[object]) -> Response:
        return Response.text("own", headers={"cache-control": given})

    answer = await call(App(guard(APIKey(by_token, header="x-key"))(own)), headers={"x-key": "t"})
    assert answer.headers.get_all("cache-control") == (given if kept else f"{given}, private".lstrip(", "),)
