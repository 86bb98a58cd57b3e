"""Applications of other frameworks as handlers."""

from __future__ import annotations

from typing import Any
from urllib.parse import unquote

import pytest

from asgikit import App, Request, Response, Router, from_asgi, get, mount, param, root
from asgikit.errors import CompositionError
from asgikit.testing import call, http_scope, play, running, websocket_scope
from tests.peers import OPTIONAL

START = {"type": "http.response.start", "status": 200, "headers": []}


class Seeing:
    """An application that keeps the scopes it gets."""

    def __init__(self, **state: object) -> None:
        self.scopes: list[Any] = []
        self.log: list[str] = []
        self.state = state

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "lifespan":
            for kind in ("startup", "shutdown"):
                await receive()
                self.log.append(kind)
                scope["state"].update(self.state)
                await send({"type": f"lifespan.{kind}.complete"})
            return
        self.scopes.append(scope)
        if scope["type"] == "websocket":
            await send({"type": "websocket.close"})
            return
        await send(START)
        await send({"type": "http.response.body", "body": b"ok"})

    @property
    def scope(self) -> Any:
        return self.scopes[-1]


@pytest.mark.parametrize(
    ("target", "scope", "path", "root_path", "raw_path"),
    [
        ("/api/x", {}, "/api/x", "/api", b"/api/x"),
        ("/api", {}, "/api", "/api", b"/api"),
        ("/api/", {}, "/api/", "/api", b"/api/"),
        ("/api/a%2Fb//c", {}, "/api/a/b//c", "/api", b"/api/a%2Fb//c"),
        ("/api/../x", {}, "/api/../x", "/api", b"/api/../x"),
        ("/mnt/api/x", {"root_path": "/mnt"}, "/mnt/api/x", "/mnt/api", b"/mnt/api/x"),  # as uvicorn sends it
        ("/api/x", {"root_path": "/mnt"}, "/mnt/api/x", "/mnt/api", b"/mnt/api/x"),  # as hypercorn does
        ("/api/x", {"root_path": "/m%C3%A9"}, "/m%C3%A9/api/x", "/m%C3%A9/api", b"/m%25C3%25A9/api/x"),
        ("/api/x", {"root_path": "/ap"}, "/ap/api/x", "/ap/api", b"/ap/api/x"),
        ("/api/x", {"root_path": "/mnt/"}, "/mnt/api/x", "/mnt/api", b"/mnt/api/x"),
        ("http://h/api/x", {"root_path": "/mnt"}, "/mnt/api/x", "/mnt/api", b"/mnt/api/x"),
        ("/api/x", {"omit": ["raw_path"]}, "/api/x", "/api", None),
    ],
)
async def test_the_path_is_whole_and_the_root_path_grows(
    target: str, scope: dict[str, Any], path: str, root_path: str, raw_path: bytes | None
) -> None:
    """Whatever the server makes of its own root path (www, HTTP Connection Scope)."""
    app = Seeing()
    answer = await call(App(Router(mount(root / "api", app))), "GET", target, **scope)
    assert answer.body == b"ok"
    assert (app.scope["path"], app.scope["root_path"], app.scope.get("raw_path")) == (path, root_path, raw_path)


@pytest.mark.parametrize(
    ("target", "root_path", "below"),
    [
        ("/mnt/admin", "/mnt", "/admin"),
        ("/%6Dnt/admin", "/mnt", "/admin"),
        ("/mnt%2Fadmin", "/mnt", "/mnt/admin"),
        ("/a%2Fb/admin", "/a/b", "/a/b/admin"),
        ("/a/b%2Fadmin", "/a/b", "/a/b/admin"),
        ("/mnt/admin/%FF", "/mnt", "/admin/\udcff"),
        ("/mnt%2Fadmin/%FF", "/mnt", "/admin/\udcff"),
        ("/admin/%FF", "", "/admin/\udcff"),
        ("/admin/%FF", "/", "/admin/\udcff"),
        ("%2Fadmin", "", "//admin"),
        ("http://h%2Fadmin", "", "/"),
        ("http://h%2Fadmin", "/mnt", "/"),
        ("http:%2F%2Fh/admin", "", "/http://h/admin"),
        ("http://h/admin/%FF", "", "/admin/\ufffd"),
    ],
)
async def test_what_guards_see_of_a_path_is_what_the_application_sees(target: str, root_path: str, below: str) -> None:
    """A root path that is spelled in another way hides no path from who looks at the beginning of it."""
    app, seen = Seeing(), list[str]()
    foreign = from_asgi(app, lifespan="off")

    async def looking(request: Request[object]) -> Response:
        seen.append(request.path)
        return await foreign(request)

    kept = unquote(target, errors="surrogateescape")  # by a server that shows bytes that are not UTF-8 as they are
    await call(App(looking), target=target, path=kept, root_path=root_path)
    assert app.scope["path"].removeprefix(app.scope["root_path"]) == below
    assert seen[0].replace("%2F", "/") == below


async def test_parameters_are_part_of_the_root_path() -> None:
    """As the client wrote them."""
    app = Seeing()
    await call(App(Router(mount(root / "tenants" / param("tenant", str), app))), "GET", "/tenants/ad%C3%A9/x")
    assert (app.scope["path"], app.scope["root_path"]) == ("/tenants/adé/x", "/tenants/adé")


async def test_a_plain_handler_leaves_the_path_alone() -> None:
    """For a route, or for whatever has none."""
    app = Seeing()
    await call(App(Router(get(root / "old")(from_asgi(app)))), "GET", "/old")
    assert (app.scope["path"], app.scope["root_path"]) == ("/old", "")
    await call(App(Router(slash="strict").otherwise(from_asgi(app))), "GET", "/any/where")
    assert (app.scope["path"], app.scope["root_path"]) == ("/any/where", "")


async def test_the_scope_is_the_applications_own() -> None:
    """What it writes into it, nobody else reads; what others have put there, it sees."""
    app = Seeing()
    scope: dict[str, Any] = {**http_scope(), "extra": {"a": 1}}
    await play(App(from_asgi(app)), scope, [{"type": "http.request"}])
    app.scope["headers"].append("mine")
    app.scope["path_params"] = {}
    assert scope["headers"] == []
    assert "path_params" not in scope
    assert app.scope["extra"] == {"a": 1}


async def test_defaults_are_filled_in() -> None:
    """For there are applications that read optional keys."""
    app = Seeing()
    minimal = websocket_scope(omit=OPTIONAL, spec_version=None)
    await play(App(from_asgi(app)), minimal, [{"type": "websocket.connect"}])
    assert (app.scope["scheme"], app.scope["query_string"], app.scope["root_path"]) == ("ws", b"", "")


async def test_a_websocket_is_offered_the_denial_response() -> None:
    """The edge makes a close of it where the server has none."""
    app = Seeing()
    await play(App(from_asgi(app)), websocket_scope(), [{"type": "websocket.connect"}])
    assert app.scope["extensions"] == {"websocket.http.response": {}}


@pytest.mark.parametrize("namespace", [True, False])
async def test_each_application_has_a_state_of_its_own(namespace: bool) -> None:
    """What its lifespan gave, copied for each request (lifespan, Lifespan State); whether the server has such a thing or not."""
    one, two = Seeing(db="one"), Seeing(db="two")
    app = App(Router(mount(root / "one", one), mount(root / "two", two)))
    async with running(app, keeps_state=namespace) as life:
        life.state["theirs"] = 1
        for name in ("one", "two", "one"):
            more: dict[str, Any] = {"state": life.state} if namespace else {}
            await call(app, "GET", f"/{name}", **more)
            one.scope["state"]["dirty"] = True
    assert [scope["state"] for scope in two.scopes] == [{"db": "two"}]
    assert one.scopes[1]["state"] == {"db": "one", "dirty": True}
    await call(app, "GET", "/one")
    assert "state" not in one.scope  # its lifespan is over


async def test_the_namespace_of_the_server_is_not_theirs() -> None:
    """It is ours: an application without a lifespan of its own finds none."""
    app = Seeing()
    await call(App(from_asgi(app)), state={"ours": 1})
    assert "state" not in app.scope


async def test_two_lifespans_at_once_keep_their_states() -> None:
    """Two servers in one process: each gives back what it was given."""
    seeing = Seeing()
    app = App(Router(mount(root, seeing)))
    seeing.state = {"n": 1}
    async with running(app) as first:
        seeing.state = {"n": 2}
        async with running(app) as second:
            await call(app, state=first.state)
            await call(app, state=second.state)
            await call(app)
    assert [scope["state"] for scope in seeing.scopes] == [{"n": 1}, {"n": 2}, {"n": 2}]


async def test_an_application_that_is_mounted_twice_starts_once() -> None:
    """And has one state at both places."""
    app = Seeing(db=1)
    whole = App(Router(mount(root / "a", app), mount(root / "b", app)).otherwise(from_asgi(app)))
    async with running(whole, keeps_state=False):
        for target in ("/a", "/b", "/c"):
            await call(whole, "GET", target)
    assert app.log == ["startup", "shutdown"]
    assert [scope["state"] for scope in app.scopes] == [{"db": 1}] * 3


async def test_an_app_is_a_foreign_application_too() -> None:
    """From a handler to an application and back, and again."""

    async def handler(request: Request[None]) -> Response:
        return Response.text(request.path, headers={"x-a": "1"}, status=201)

    once = App(handler)
    twice = App(from_asgi(App(from_asgi(once))))
    one, two = await call(once, "GET", "/x"), await call(twice, "GET", "/x")
    assert (one.status, one.headers, one.body) == (two.status, two.headers, two.body)


def not_asgi(scope: Any) -> Any:
    return None


@pytest.mark.parametrize("wrong", [5, not_asgi, lambda environ, start_response: [b""]])
def test_what_is_no_application_is_refused(wrong: Any) -> None:
    """When it is mounted, not at the first request; the text names what there is for it."""
    with pytest.raises(CompositionError, match="ASGI application"):
        from_asgi(wrong)


def test_a_lifespan_has_three_modes_and_a_time() -> None:
    """Said wrongly is said at once."""
    wrong: Any = "never"
    with pytest.raises(CompositionError, match="'auto', 'on' or 'off'"):
        from_asgi(Seeing(), lifespan=wrong)
    with pytest.raises(CompositionError, match="a time in seconds"):
        from_asgi(Seeing(), stop=0)


def test_its_name_is_for_people() -> None:
    """That of its class, or the one it was given."""
    assert repr(from_asgi(Seeing())) == "<Foreign Seeing>"
    assert repr(from_asgi(Seeing(), name="shop")) == "<Foreign shop>"


async def test_a_lifespan_that_an_app_cannot_see_is_missed(caplog: pytest.LogCaptureFixture) -> None:
    """In the log, once; not where it runs, where none runs, and where none is needed."""

    async def app(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 204, "headers": []})
        await send({"type": "http.response.body"})

    def hidden(router: Router[None]) -> App[None]:
        async def handler(request: Request[None]) -> Response:
            return await router(request)

        return App(handler)

    lacking = hidden(Router(mount(root, app, lifespan="off")))
    seen, missed = App(Router(mount(root, app, name="seen"))), hidden(Router(mount(root, app, name="missed")))
    assert (await call(missed, "GET", "/")).status == 204  # as a client does that runs no lifespan
    for each in (lacking, seen, missed):
        async with running(each) as life:
            for _ in range(2):
                await call(each, "GET", "/", state=life.state)
    warnings = [record.getMessage() for record in caplog.records if "does not run" in record.getMessage()]
    assert len(warnings) == 1
    assert warnings[0].startswith("the lifespan of missed does not run")
