"""Sessions, from the cookie that comes to the cookie that goes."""

from __future__ import annotations

import base64
from collections.abc import AsyncGenerator, Awaitable, Callable
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from asgikit import App, HTTPError, Request, Response, Router, WebSocket, catch, get, json, param, post, root, websocket
from asgikit.asgi import ASGIApp
from asgikit.config import Secret
from asgikit.errors import CompositionError, SessionError
from asgikit.http.cookies import SetCookie
from asgikit.http.headers import Headers
from asgikit.middleware.sessions import Sessions, personal, sessions
from asgikit.sealing import Sealer
from asgikit.sessions.policy import SessionPolicy
from asgikit.sessions.session import HasSession, Session, WithSession
from asgikit.signing import Signer
from asgikit.stores.memory_sessions import MemorySessions
from asgikit.testing import Answer, AsyncClient, Client, call, play, websocket_scope
from tests.sockets import CONNECT, LEFT

KEY = Secret("a-key-of-a-test-0123456789-abcdef")
DAY = 86400.0


@dataclass(frozen=True)
class Cart:
    items: tuple[str, ...] = ()

    def plus(self, item: str) -> Cart:
        return replace(self, items=(*self.items, item))


class Clock:
    now = 1_000_000.0

    def __call__(self) -> float:
        return self.now


Asked = Request[HasSession[Cart]]


@get(root / "cart")
async def show(request: Asked) -> Response:
    return Response.json((await request.state.session.get()).items)


@post(root / "cart" / param("item", str))
async def add(request: Asked, item: str) -> Response:
    request.state.session.update(lambda cart: cart.plus(item))
    return Response.json((await request.state.session.get()).items)


@get(root / "plain")
async def plain(request: Asked) -> Response:
    return Response.text("plain")


@post(root / "sign-in" / param("name", str))
async def sign_in(request: Asked, name: str) -> Response:
    request.state.session.sign_in(name)
    return Response.empty()


@get(root / "who")
async def who(request: Asked) -> Response:
    return Response.json(await request.state.session.subject())


@post(root / "sign-out")
async def sign_out(request: Asked) -> Response:
    request.state.session.clear()
    return Response.empty()


@post(root / "rotate")
async def rotate(request: Asked) -> Response:
    request.state.session.rotate()
    return Response.empty()


@post(root / "broken")
async def broken(request: Asked) -> Response:
    request.state.session.set(Cart(("lost",)))
    raise ValueError


@post(root / "refused")
async def refused(request: Asked) -> Response:
    request.state.session.set(Cart(("kept",)))
    await request.state.session.save()
    raise HTTPError(409, "no")


ROUTES = Router(show, add, plain, sign_in, who, sign_out, rotate, broken, refused)


@dataclass
class Browser:
    """Keeps cookies as a browser does."""

    app: App[None]
    cookies: dict[str, str] = field(default_factory=dict[str, str])
    seen: list[str] = field(default_factory=list[str])

    async def __call__(self, method: str, target: str) -> Answer:
        answer = await call(self.app, method, target, headers={"cookie": str("; ".join(map("=".join, self.cookies.items())))})
        self.seen = list(answer.headers.get_all("set-cookie"))
        for line in self.seen:
            name, _, value = line.partition(";")[0].partition("=")
            self.cookies[name] = value
            if "Max-Age=0" in line:
                del self.cookies[name]
        return answer


Make = Callable[[Clock], Any]
STORES: dict[str, Make] = {
    "signed": lambda clock: Signer(KEY, purpose="session", clock=clock),
    "sealed": lambda clock: Sealer(KEY, purpose="session", clock=clock),
    "memory": lambda clock: MemorySessions(clock=clock),
}
every_store = pytest.mark.parametrize("kind", STORES)


def site(kind: str, clock: Clock | None = None, **options: Any) -> Browser:
    clock = clock or Clock()
    policy = SessionPolicy(clock=clock, **options)
    return Browser(App(ROUTES.wrap(sessions(STORES[kind](clock), json(Cart), default=Cart(), policy=policy))))


@every_store
async def test_a_session_goes_from_request_to_request(kind: str) -> None:
    """The data of one client, and of no other."""
    browser = site(kind)
    await browser("POST", "/cart/tea")
    await browser("POST", "/cart/cup")
    assert (await browser("GET", "/cart")).text == '["tea","cup"]'
    assert (await Browser(browser.app)("GET", "/cart")).text == "[]"


@every_store
async def test_the_cookie_is_as_strict_as_can_be(kind: str) -> None:
    """For this host, not for scripts, not over plain HTTP, not with forms of other sites."""
    browser = site(kind)
    await browser("POST", "/cart/tea")
    (line,) = browser.seen
    assert line.startswith("__Host-session=")
    assert set(line.split("; ")[1:]) == {"Max-Age=1209600", "Path=/", "SameSite=Lax", "Secure", "HttpOnly"}


@every_store
async def test_what_nobody_uses_costs_nothing_and_says_nothing(kind: str) -> None:
    """No cookie, no Vary: the response is the same for all."""
    browser = site(kind)
    await browser("POST", "/cart/tea")
    answer = await browser("GET", "/plain")
    assert [name for name, _ in answer.headers] == ["content-type", "content-length"]


@every_store
async def test_reading_is_no_reason_to_write(kind: str) -> None:
    """But the response is for this client alone."""
    browser = site(kind)
    for _ in range(2):
        answer = await browser("GET", "/cart")
        assert browser.seen == []
        assert (answer.headers["vary"], answer.headers["cache-control"]) == ("Cookie", "private, no-cache")
        await browser("POST", "/cart/tea")


@every_store
async def test_a_change_that_changes_nothing_is_not_written(kind: str) -> None:
    """Nor is there a session for the default."""

    @post(root / "same")
    async def same(request: Asked) -> Response:
        request.state.session.update(lambda cart: Cart(cart.items))
        request.state.session.set(await request.state.session.get())
        return Response.empty()

    routes = Router(same, add)
    browser = Browser(App(routes.wrap(sessions(STORES[kind](Clock()), json(Cart), default=Cart()))))
    for _ in range(2):
        await browser("POST", "/same")
        assert browser.seen == []
        await browser("POST", "/cart/tea")


@every_store
async def test_sign_in_and_sign_out(kind: str) -> None:
    """Signing in keeps the cart and gives a new token, signing out leaves nothing."""
    browser = site(kind)
    await browser("POST", "/cart/tea")
    before = browser.cookies["__Host-session"]
    await browser("POST", "/sign-in/ada")
    assert browser.cookies["__Host-session"] != before
    assert [(await browser("GET", path)).text for path in ("/who", "/cart")] == ['"ada"', '["tea"]']
    assert (await browser("POST", "/sign-out")).headers["cache-control"] == "no-store"
    assert browser.cookies == {}
    assert [(await browser("GET", path)).text for path in ("/who", "/cart")] == ["null", "[]"]


async def test_a_token_from_before_is_worth_nothing() -> None:
    """Whoever knew it before sign-in, after a rotation or after signing out, is nobody."""
    browser = site("memory")
    for step in ("/sign-in/ada", "/rotate", "/sign-out"):
        await browser("POST", "/cart/tea")
        old = Browser(browser.app, dict(browser.cookies))
        await browser("POST", step)
        assert [(await old("GET", path)).text for path in ("/who", "/cart")] == ["null", "[]"]


@every_store
async def test_nobody_chooses_a_token_for_another(kind: str) -> None:
    """An unknown one is never taken over: the session gets one that nobody has seen (session fixation)."""
    browser = site(kind)
    browser.cookies["__Host-session"] = planted = "A" * 43
    await browser("POST", "/cart/tea")
    assert browser.cookies["__Host-session"] != planted
    assert (await Browser(browser.app, {"__Host-session": planted})("GET", "/cart")).text == "[]"


async def test_the_store_never_sees_a_token() -> None:
    """So that who can read it can be nobody (only hashes are kept)."""
    store = MemorySessions()
    browser = Browser(App(ROUTES.wrap(sessions(store, json(Cart), default=Cart()))))
    await browser("POST", "/sign-in/ada")
    token = browser.cookies["__Host-session"]
    (key,) = await store.keys("ada")
    assert token not in key
    assert (len(key), len(base64.urlsafe_b64decode(token + "="))) == (64, 32)


NONSENSE = ["", "x", "AAAA.1.AAAA", "e30.65.", "é", '"', "A" * 43, "%00", "=", "....", "A" * 5000]


@every_store
@pytest.mark.parametrize("value", NONSENSE)
async def test_nonsense_is_an_empty_session(kind: str, value: str) -> None:
    """Never an error, and the cookie is left alone: it may be another response's by now."""
    browser = site(kind)
    browser.cookies["__Host-session"] = value
    answer = await browser("GET", "/cart")
    assert (answer.status, answer.text, browser.seen) == (200, "[]", [])


@pytest.mark.parametrize(
    "data", [b"", b"{}", b"\xff", b"1 0 0 -\n{}", b"2 f f -\n{}", b"1 f f =\xff\n{}", b'1 ffffffff ffffffff -\n{"items": 3}']
)
@pytest.mark.parametrize("kind", ["signed", "sealed"])
async def test_what_an_earlier_version_has_signed_is_an_empty_session(kind: str, data: bytes) -> None:
    """Another format, another model."""
    clock = Clock()
    browser = site(kind, clock)
    store = STORES[kind](clock)
    browser.cookies["__Host-session"] = store.sign(data) if kind == "signed" else store.seal(data)
    assert (await browser("GET", "/cart")).text == "[]"
    await browser("POST", "/cart/tea")
    assert (await browser("GET", "/cart")).text == '["tea"]'


@pytest.mark.parametrize("make", [Signer, Sealer])
async def test_keys_change_and_sessions_stay(make: Any) -> None:
    """As long as the old key is there; then they are empty."""
    new = Secret("another-key-of-a-test-9876543210-")
    middlewares = [sessions(make(keys, purpose="session"), json(Cart), default=Cart()) for keys in (KEY, [new, KEY], new)]
    before, during, after = (App(ROUTES.wrap(middleware)) for middleware in middlewares)
    browser = Browser(before)
    await browser("POST", "/cart/tea")
    old = dict(browser.cookies)
    browser.app = during
    await browser("POST", "/cart/cup")
    browser.app = after
    assert (await browser("GET", "/cart")).text == '["tea","cup"]'
    assert (await Browser(after, old)("GET", "/cart")).text == "[]"


@every_store
async def test_a_session_ends_when_it_is_not_used(kind: str) -> None:
    """Two weeks after the last use, which is written down every tenth of that."""
    clock = Clock()
    browser = site(kind, clock)
    await browser("POST", "/cart/tea")
    clock.now += DAY
    await browser("GET", "/cart")
    assert browser.seen == []
    clock.now += DAY
    await browser("GET", "/cart")
    assert len(browser.seen) == 1
    clock.now += 13 * DAY
    assert (await browser("GET", "/cart")).text == '["tea"]'
    clock.now += 14 * DAY
    assert (await browser("GET", "/cart")).text == "[]"


@every_store
async def test_a_session_ends_whatever_it_is_used_for(kind: str) -> None:
    """Its lifetime goes by, and begins anew with a sign-in; the cookie says how much is left."""
    clock = Clock()
    browser = site(kind, clock, lifetime=15 * DAY)
    await browser("POST", "/cart/tea")
    clock.now += 10 * DAY
    await browser("POST", "/rotate")
    assert f"Max-Age={int(5 * DAY)};" in browser.seen[0]
    await browser("POST", "/sign-in/ada")
    clock.now += 13 * DAY
    assert (await browser("GET", "/who")).text == '"ada"'
    clock.now += 2 * DAY
    assert (await browser("GET", "/who")).text == "null"


@every_store
async def test_on_an_error_nothing_is_written(kind: str) -> None:
    """But what was saved by then; that the session was used is on the error response, too."""
    browser = site(kind)
    answer = await browser("POST", "/broken")
    assert (answer.status, browser.seen, answer.headers["vary"]) == (500, [], "Cookie")
    assert (await browser("GET", "/cart")).text == "[]"
    answer = await browser("POST", "/refused")
    assert (answer.status, len(browser.seen)) == (409, 1)
    assert (await browser("GET", "/cart")).text == '["kept"]'


async def test_the_error_response_of_an_inner_catch_is_a_response() -> None:
    """What is turned into one further in is written, as any."""

    def sorry(request: Request[object], error: ValueError) -> Response:
        return Response.text("sorry", status=500)

    routes = Router(broken, show).wrap(catch(ValueError, sorry))
    browser = Browser(App(routes.wrap(sessions(MemorySessions(), json(Cart), default=Cart()))))
    await browser("POST", "/broken")
    assert (await browser("GET", "/cart")).text == '["lost"]'


@pytest.mark.parametrize("kind", ["signed", "sealed"])
async def test_a_cookie_has_a_size(kind: str) -> None:
    """The program is told what to do about it; the client is told nothing."""
    browser = site(kind)
    answer = await browser("POST", "/cart/" + "x" * 4000)
    assert (answer.status, browser.seen) == (500, [])
    assert isinstance(answer.error, SessionError)
    assert "store" in str(answer.error)


async def test_a_session_for_development_over_http() -> None:
    """On request: another name, without Secure."""
    browser = site("memory", secure=False)
    await browser("POST", "/cart/tea")
    assert browser.seen[0].startswith("session=")
    assert "Secure" not in browser.seen[0]


async def test_a_session_that_ends_with_the_browser() -> None:
    """Its cookie has no Max-Age."""
    browser = site("memory", persistent=False)
    await browser("POST", "/cart/tea")
    assert "Max-Age" not in browser.seen[0]


def shared() -> tuple[Browser, Sessions[Cart]]:
    """A browser, and the middleware for another application with the same store."""
    wrap = sessions(MemorySessions(), json(Cart), default=Cart())
    return Browser(App(ROUTES.wrap(wrap))), wrap


async def overtaken(
    browser: Browser,
    wrap: Sessions[Cart],
    change: Callable[[Session[Cart]], object],
    meanwhile: Callable[[], Awaitable[object]],
) -> None:
    """A request that has read its session when another one comes between, before it changes anything."""

    async def handler(request: Asked) -> Response:
        await request.state.session.get()
        await meanwhile()
        change(request.state.session)
        return Response.empty()

    await Browser(App(wrap(handler)), browser.cookies)("POST", "/slow")


async def test_no_update_is_lost() -> None:
    """Of two requests that read the same cart, both add to it."""
    browser, wrap = shared()
    await browser("POST", "/cart/tea")

    def add_cup(session: Session[Cart]) -> None:
        session.update(lambda cart: cart.plus("cup"))

    await overtaken(browser, wrap, add_cup, lambda: browser("POST", "/cart/pot"))
    assert (await browser("GET", "/cart")).text == '["tea","pot","cup"]'


@pytest.mark.parametrize(
    "change", [lambda s: s.set(Cart(("x",))), lambda s: s.rotate(), lambda s: s.update(lambda cart: cart.plus("x"))]
)
async def test_what_has_ended_does_not_come_back(change: Callable[[Session[Cart]], object]) -> None:
    """A request that is still running when its client signs out writes nothing, whatever it does but to sign in."""
    browser, wrap = shared()
    await browser("POST", "/sign-in/ada")
    before = dict(browser.cookies)
    await overtaken(browser, wrap, change, lambda: Browser(browser.app, dict(before))("POST", "/sign-out"))
    assert (await browser("GET", "/who")).text == "null"
    assert browser.cookies == before


async def test_who_signs_in_twice_at_once_is_signed_in() -> None:
    """With the cart of before."""
    browser, wrap = shared()
    await browser("POST", "/cart/tea")
    first = Browser(browser.app, dict(browser.cookies))
    await overtaken(browser, wrap, lambda session: session.sign_in("ada"), lambda: first("POST", "/sign-in/ada"))
    for signed_in in (browser, first):
        assert [(await signed_in("GET", path)).text for path in ("/who", "/cart")] == ['"ada"', '["tea"]']


async def test_all_sessions_of_somebody_can_be_ended_or_one() -> None:
    """The store knows them by keys, which open nothing."""
    store = MemorySessions()
    app = App(ROUTES.wrap(sessions(store, json(Cart), default=Cart())))
    ada, at_work, bob = Browser(app), Browser(app), Browser(app)
    for browser, name in ((ada, "ada"), (at_work, "ada"), (bob, "bob")):
        await browser("POST", f"/sign-in/{name}")

    @get(root / "end")
    async def end(request: Asked) -> Response:
        key = await request.state.session.key()
        assert key in await store.keys("ada")
        await store.delete(key or "")
        return Response.empty()

    await Browser(App(Router(end).wrap(sessions(store, json(Cart), default=Cart()))), at_work.cookies)("GET", "/end")
    assert [(await browser("GET", "/who")).text for browser in (ada, at_work, bob)] == ['"ada"', "null", '"bob"']
    await store.delete_all("ada")
    assert [(await browser("GET", "/who")).text for browser in (ada, at_work, bob)] == ["null", "null", '"bob"']


@dataclass(frozen=True)
class AppState:
    db: str


@dataclass(frozen=True)
class MyState:
    app: AppState
    session: Session[Cart]


async def test_a_state_of_ones_own() -> None:
    """Made of the state and the session by any function, or a class."""

    async def handler(request: Request[MyState]) -> Response:
        return Response.json([request.state.app.db, *(await request.state.session.get()).items])

    wrapped = sessions(MemorySessions(), json(Cart), default=Cart(("tea",)), into=MyState)(handler)

    async def outer(request: Request[None]) -> Response:
        return await wrapped(request.with_state(AppState("db")))

    assert (await call(App(outer))).text == '["db","tea"]'


@every_store
async def test_somebody_is_signed_in_without_the_form(kind: str) -> None:
    """With a session that the middleware itself issues; what the application makes of it can be read."""
    wrap = sessions(STORES[kind](Clock()), json(Cart), default=Cart(), policy=SessionPolicy(clock=Clock()))
    cookie = await wrap.issue(Cart(("tea",)), subject="ada")
    browser = Browser(App(ROUTES.wrap(wrap)), {cookie.name: cookie.value})
    assert (await browser("GET", "/who")).text == '"ada"'
    await browser("POST", "/cart/cup")
    found = await wrap.read(browser.cookies)
    assert (found.value, found.subject) == (Cart(("tea", "cup")), "ada")
    await browser("POST", "/sign-out")
    assert (await wrap.read(browser.cookies)).is_new


def kept(kind: str) -> Sessions[Cart]:
    return sessions(STORES[kind](Clock()), json(Cart), default=Cart(), policy=SessionPolicy(clock=Clock()))


@every_store
async def test_a_client_is_signed_in_without_the_form(kind: str) -> None:
    """What the test gives is replaced by what responses set: there is one cookie, and it is the one that counts."""
    carts = kept(kind)
    async with AsyncClient(App(ROUTES.wrap(carts)), base_url="https://testserver") as client:
        client.set_cookie(await carts.issue(Cart(("tea",)), subject="ada"))
        await client.post("/cart/cup")
        await client.post("/rotate")
        found = await carts.read(client.cookies)
        assert (found.value, found.subject) == (Cart(("tea", "cup")), "ada")
        client.set_cookie(await carts.issue(Cart(), subject="bob"))
        assert (await client.get("/who")).json() == "bob"
        await client.post("/sign-out")
        assert (await carts.read(client.cookies)).is_new


@every_store
def test_a_synchronous_client_is_signed_in_without_the_form(kind: str) -> None:
    """In the event loop of the application, as stores may need it."""
    carts = kept(kind)
    with Client(App(ROUTES.wrap(carts)), base_url="https://testserver") as client:
        client.set_cookie(client.call(carts.issue, Cart(("tea",)), subject="ada"))
        assert client.get("/who").json() == "ada"
        assert client.call(carts.read, client.cookies).value == Cart(("tea",))


async def test_a_session_over_http_is_an_error_of_the_test() -> None:
    """Which no client would send: it says what to write."""
    carts = kept("memory")
    async with AsyncClient(App(ROUTES.wrap(carts))) as client:
        with pytest.raises(ValueError, match="write base_url='https://testserver'"):
            client.set_cookie(await carts.issue(Cart()))


async def test_sessions_for_states_of_ones_own_can_be_issued_too() -> None:
    """And an asynchronous function makes none."""

    async def handler(request: Request[MyState]) -> Response:
        return Response.json((await request.state.session.get()).items)

    def into(state: None, session: Session[Cart]) -> MyState:
        return MyState(AppState("db"), session)

    wrap = sessions(MemorySessions(), json(Cart), default=Cart(), into=into)
    cookie = await wrap.issue(Cart(("tea",)))
    assert (await Browser(App(wrap(handler)), {cookie.name: cookie.value})("GET", "/")).text == '["tea"]'
    assert (await wrap.read({cookie.name: cookie.value})).value == Cart(("tea",))


async def test_the_state_of_before_is_beside_the_session() -> None:
    """Under `state`."""

    async def handler(request: Request[WithSession[None, Cart]]) -> Response:
        return Response.json(request.state.state)

    assert (await call(App(sessions(MemorySessions(), json(Cart), default=Cart())(handler)))).text == "null"


def test_what_is_no_store_is_refused() -> None:
    """When the middleware is made, with what to write."""
    nothing: Any = object()
    with pytest.raises(CompositionError, match="MemorySessions"):
        sessions(nothing, json(Cart), default=Cart())
    wrong: Any = json(list[int])
    with pytest.raises(CompositionError, match="default"):
        sessions(MemorySessions(), wrong, default=Cart())


TEA = SetCookie("a", "b")


@pytest.mark.parametrize(
    ("given", "cookie", "made"),
    [
        (None, None, "private, no-cache"),
        (None, TEA, "no-store"),
        ("max-age=60", None, "max-age=60"),
        ("public, max-age=60", TEA, "no-store"),
        ("max-age=60", TEA, "no-store"),
        ("private, max-age=60", TEA, "private, max-age=60"),
        ('private="x"', TEA, "no-store"),
        ("no-store", TEA, "no-store"),
    ],
)
def test_a_cookie_is_for_one_client(given: str | None, cookie: SetCookie | None, made: str) -> None:
    """Whatever the handler says of caches; without one it is believed."""
    response = Response.text("x", headers={"vary": "Accept", **({"cache-control": given} if given else {})})
    changed = personal(response, cookie)
    assert (changed.headers["cache-control"], changed.headers["vary"]) == (made, "Accept, Cookie")
    assert changed.headers.get("set-cookie") == (None if cookie is None else str(cookie))


Talk = Callable[[WebSocket[str | bytes, str | bytes], Session[Cart]], Awaitable[None]]


def talking(kind: str, talk: Talk, *, before: Callable[[Session[Cart]], object] = lambda _: None) -> App[None]:
    """A site with a WebSocket whose session is given the browser's."""

    @websocket(root / "talk")
    async def upgrade(request: Asked) -> Response:
        before(request.state.session)

        async def inside(socket: WebSocket[str | bytes, str | bytes]) -> None:
            await talk(socket, request.state.session)

        return Response.upgrade(inside)

    return App(Router(ROUTES, upgrade).wrap(sessions(STORES[kind](Clock()), json(Cart), default=Cart())))


async def shake(app: ASGIApp, browser: Browser) -> Answer:
    """A handshake with the cookies of a browser, which then leaves."""
    cookie = "; ".join(map("=".join, browser.cookies.items()))
    return await play(app, websocket_scope("/talk", headers={"cookie": cookie}), [CONNECT, LEFT])


@every_store
async def test_a_handshake_has_a_session(kind: str) -> None:
    """Readable inside; its cookie goes out with the accept, which has nothing to do with caches."""

    async def talk(socket: WebSocket[str | bytes, str | bytes], session: Session[Cart]) -> None:
        await socket.send((await session.get()).items[0])

    app = talking(kind, talk, before=lambda session: session.set(Cart(("tea",))))
    answer = await shake(app, Browser(app))
    accept, said = answer.events[:2]
    assert (accept["type"], said["text"]) == ("websocket.accept", "tea")
    ((name, value),) = accept["headers"]
    assert (name, value.partition(b"=")[0]) == (b"set-cookie", b"__Host-session")


async def test_a_denied_handshake_sets_its_cookie_too() -> None:
    """As any response."""

    @websocket(root / "talk")
    async def deny(request: Asked) -> Response:
        request.state.session.set(Cart(("tea",)))
        return Response.text("no", status=403)

    app = App(Router(deny).wrap(sessions(MemorySessions(), json(Cart), default=Cart())))
    answer = await play(app, websocket_scope("/talk", denial=True), [CONNECT])
    assert "__Host-session=" in (Headers.from_raw(answer.events[0]["headers"]).get("set-cookie") or "")


async def test_an_open_socket_saves_and_reloads_what_is_in_a_store() -> None:
    """What others have written is read when it is asked for anew."""
    seen: list[Cart] = []
    browser = site("memory")

    async def talk(socket: WebSocket[str | bytes, str | bytes], session: Session[Cart]) -> None:
        session.update(lambda cart: cart.plus("cup"))
        await session.save()
        await browser("POST", "/cart/pot")
        seen.append(await session.get())
        session.reload()
        seen.append(await session.get())

    browser.app = app = talking("memory", talk)
    await browser("POST", "/cart/tea")
    await shake(app, browser)
    assert seen == [Cart(("tea", "cup")), Cart(("tea", "cup", "pot"))]
    assert (await browser("GET", "/cart")).text == '["tea","cup","pot"]'


async def test_nobody_signs_in_when_the_response_has_gone() -> None:
    """A new token has no way to the client; a session in its cookie has none for anything."""

    async def talk(socket: WebSocket[str | bytes, str | bytes], session: Session[Cart]) -> None:
        for change in (session.rotate, lambda: session.sign_in("ada")):
            with pytest.raises(SessionError):
                change()
        session.set(Cart(("tea",)))
        with pytest.raises(SessionError):
            await session.save()

    async def in_cookie(socket: WebSocket[str | bytes, str | bytes], session: Session[Cart]) -> None:
        for change in (lambda: session.set(Cart()), session.clear, lambda: session.update(lambda cart: cart)):
            with pytest.raises(SessionError):
                change()
        assert await session.get() == Cart()

    for app in (talking("memory", talk), talking("signed", in_cookie)):
        assert (await shake(app, Browser(app))).error is None


async def test_a_session_that_is_asked_for_too_late_can_be_read() -> None:
    """First of all in the stream that is the response."""
    failures: list[Exception] = []

    @get(root / "stream")
    async def stream(request: Request[WithSession[object, Cart]]) -> Response:
        async def chunks() -> AsyncGenerator[bytes]:
            yield str(len((await request.state.session.get()).items)).encode()
            try:
                request.state.session.sign_in("ada")
            except SessionError as error:
                failures.append(error)

        return Response.stream(chunks())

    browser = Browser(App(Router(add, stream).wrap(sessions(MemorySessions(), json(Cart), default=Cart()))))
    await browser("POST", "/cart/tea")
    assert (await browser("GET", "/stream")).text == "1"
    assert len(failures) == 1


async def test_an_open_socket_can_end_a_session() -> None:
    """In a store: the cookie that stays opens nothing."""

    async def talk(socket: WebSocket[str | bytes, str | bytes], session: Session[Cart]) -> None:
        session.clear()
        await session.save()

    app = talking("memory", talk)
    browser = Browser(app)
    await browser("POST", "/cart/tea")
    await shake(app, browser)
    assert (await browser("GET", "/cart")).text == "[]"
