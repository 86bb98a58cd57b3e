"""Laws of mounted applications: an App inside an App answers as it does alone; a mount takes what no route answers."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from typing import Any

import anyio
import anyio.lowlevel
from hypothesis import given
from hypothesis import strategies as st

from asgikit import App, HTTPError, Request, Response, Router, from_asgi, get, mount, root
from asgikit.matching import ANY, Tree
from asgikit.testing import Answer, call
from property_tests.strategies import header_pairs

FRAMING = {"content-length", "transfer-encoding"}
BACKENDS = st.sampled_from(["asyncio", "trio"])

chunks = st.lists(st.binary(max_size=20), max_size=4)
bodies = st.one_of(st.binary(max_size=40), chunks)
statuses = st.integers(200, 599)
headers = header_pairs.map(lambda pairs: [(name, value) for name, value in pairs if name.lower() not in FRAMING])


async def yielding(parts: Sequence[bytes]) -> AsyncIterator[bytes]:
    for part in parts:
        await anyio.lowlevel.checkpoint()
        yield part


def answering(status: int, fields: Any, body: bytes | Sequence[bytes], error: Exception | None) -> Any:
    async def handler(request: Request[None]) -> Response:
        await request.body()
        if error is not None:
            raise error
        if isinstance(body, bytes):
            return Response(body, status=status, headers=fields)
        return Response.stream(yielding(body), status=status, headers=fields)

    return handler


def told(answer: Answer) -> tuple[object, ...]:
    """What a client can tell: where a body is cut it cannot, nor whether it is announced to be empty."""
    fields = [(name, value) for name, value in answer.headers if name not in FRAMING]
    return answer.status, fields, answer.body, type(answer.error)


@given(
    statuses,
    headers,
    bodies,
    st.sampled_from([None, ValueError("x"), HTTPError(418, "tea")]),
    st.sampled_from(["GET", "HEAD", "POST"]),
    chunks,
    BACKENDS,
)
def test_an_app_inside_an_app_answers_as_it_does_alone(status, fields, body, error, method, sent, backend):
    """Whatever the handler does: `from_asgi` takes back what `App` makes of it."""

    async def both() -> tuple[Answer, Answer, Answer]:
        alone = App(answering(status, fields, body, error))
        apps = alone, App(from_asgi(alone)), App(Router(mount(root, App(from_asgi(alone)))))
        return tuple([await call(app, method, "/x", body=sent or b"") for app in apps])

    answers = anyio.run(both, backend=backend)
    assert told(answers[0]) == told(answers[1]) == told(answers[2])


segments = st.lists(st.sampled_from(["a", "b", "c", ""]), min_size=1, max_size=4)


def path_of(parts: Sequence[str]) -> Any:
    path: Any = root
    for part in parts:
        path = path / part
    return path


@given(
    st.lists(st.lists(st.sampled_from(["a", "b"]), max_size=3), max_size=4, unique_by=tuple),
    st.lists(st.lists(st.sampled_from(["a", "b"]), min_size=1, max_size=3), max_size=4, unique_by=tuple),
    segments,
)
def test_routes_come_first_then_the_deepest_mount(mounts, routes, target):
    """As a naive model says, whatever the order they are given in."""
    given_routes = [*((ANY, path_of(at)) for at in mounts), *(("GET", path_of(at)) for at in routes)]
    found = Tree(given_routes).find("GET", target, None)
    if target in routes:
        assert found == (len(mounts) + routes.index(target), ())
        return
    around = [at for at in mounts if target[: len(at)] == at]
    if not around:
        assert found is None
        return
    deepest = max(around, key=len)
    assert found == (mounts.index(deepest), (len(target) - len(deepest),))


@given(
    st.lists(st.sampled_from(["a", "é", "%2F", "x y", ""]), max_size=4),
    st.sampled_from(["", "/mnt", "/mnt/"]),
    st.booleans(),
    BACKENDS,
)
def test_the_root_path_and_the_rest_are_the_path(parts, before, included, backend):
    """Whatever the server does with its own root path."""
    scopes: list[Any] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "http":
            scopes.append(scope)
            await send({"type": "http.response.start", "status": 200, "headers": []})
            await send({"type": "http.response.body"})

    @get(root / "own")
    async def own(request: Request[None]) -> Response:
        return Response.empty()

    below = "".join("/" + part.replace("%2F", "/") for part in parts)
    root_path = before.rstrip("/")
    target = "/api" + "".join("/" + {"é": "%C3%A9", "x y": "x%20y"}.get(part, part) for part in parts)
    sent_as = (root_path if included else "") + target
    anyio.run(lambda: call(App(Router(mount(root / "api", app), own)), "GET", sent_as, root_path=before), backend=backend)
    assert (scopes[0]["root_path"], scopes[0]["path"]) == (f"{root_path}/api", f"{root_path}/api{below}")
