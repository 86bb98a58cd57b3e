"""Errors as problem documents, or as a page."""

from __future__ import annotations

import json as stdlib
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from typing import Any

import pytest

from asgikit import App, HTTPError, Request, Response, Router, after, get, header, json, mount, post, query, root, websocket
from asgikit.errors import CompositionError, ServiceUnavailable
from asgikit.middleware.compress import compress
from asgikit.middleware.problem_details import ProblemPolicy, form_for, problem_details, problem_of, problem_page
from asgikit.problems import MAX_DETAIL, Problem, ProblemError
from asgikit.testing import call, play, websocket_scope

BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"


@dataclass(frozen=True)
class Item:
    name: str
    tags: list[int]


@dataclass(frozen=True, kw_only=True)
class Taken(Problem):
    by: int


@post(root / "items").takes(json(Item))
async def create(request: Request[object], item: Item) -> Response:
    return Response.json({"name": item.name})


@get(root / "items").takes(query(Item)).takes(header("x-count", int))
async def index(request: Request[object], item: Item, count: int) -> Response:
    return Response.text("found")


@get(root / "broken")
async def broken(request: Request[object]) -> Response:
    raise ValueError("a secret of ours")


@get(root / "refused")
async def refused(request: Request[object]) -> Response:
    raise HTTPError(401, "who are <you>?", log="a secret of ours", headers={"www-authenticate": "Bearer"})


@get(root / "busy")
async def busy(request: Request[object]) -> Response:
    raise ServiceUnavailable("later", retry_after=7)


@get(root / "taken")
async def taken(request: Request[object]) -> Response:
    raise ProblemError(Taken(status=409, type="/probs/taken", title="Taken", detail="by another", by=3))


@get(root / "long")
async def long(request: Request[object]) -> Response:
    return Response.text("long " * 200, status=400)


@get(root / "own")
async def own(request: Request[object]) -> Response:
    return Response.json({"message": "mine"}, status=400)


@get(root / "returned")
async def returned(request: Request[object]) -> Response:
    return Response.problem(Problem(status=409, detail="said by the handler"))


async def foreign(scope: Any, receive: Any, send: Any) -> None:
    await send({"type": "http.response.start", "status": 403, "headers": [(b"content-type", b"text/plain")]})
    await send({"type": "http.response.body", "body": b"not here"})


every_route = Router(create, index, broken, refused, busy, taken, long, own, returned, mount(root / "old", foreign))
app = App(every_route.wrap(problem_details()))


async def document(target: str, method: str = "GET", **more: Any) -> dict[str, Any]:
    """The problem, which is one in every respect."""
    answer = await call(app, method, target, **more)
    found: dict[str, Any] = stdlib.loads(answer.text)
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["vary"] == "Accept"
    assert found["status"] == answer.status
    assert Problem.parse(answer.body, status=0 + answer.status).encode() == answer.body
    return found


@pytest.mark.parametrize(
    ("method", "target", "title", "detail"),
    [
        ("GET", "/missing", "Not Found", None),
        ("DELETE", "/items", "Method Not Allowed", None),
        ("GET", "/broken", "Internal Server Error", None),
        ("GET", "/refused", "Unauthorized", "who are <you>?"),
        ("GET", "/busy", "Service Unavailable", "later"),
        ("GET", "/old/x", "Forbidden", "not here"),
        ("POST", "/items", "Unsupported Media Type", "the content-type is none; send application/json"),
    ],
)
async def test_every_error_is_a_problem(method: str, target: str, title: str, detail: str | None) -> None:
    """Of the router, of a handler, of the edge, of what is mounted."""
    found = await document(target, method)
    assert (found["type"], found["title"], found.get("detail")) == ("about:blank", title, detail)
    assert "a secret of ours" not in str(found)


async def test_what_does_not_fit_is_named() -> None:
    """With its place: of JSON a pointer, of anything else the name."""
    kind = {"content-type": "application/json"}
    found = await document("/items", "POST", body=b'{"name":"a","tags":[1,"x"]}', headers=kind)
    assert found["errors"] == [{"detail": "Expected `int`, got `str`", "in": "body", "pointer": "#/tags/1"}]
    found = await document("/items?name=a&tags=x")
    assert found["errors"] == [{"detail": "Expected `int`, got `str`", "in": "query", "name": "tags"}]
    found = await document("/items?name=a&tags=1")
    assert found["errors"] == [{"detail": "is missing", "in": "header", "name": "x-count"}]


async def test_a_problem_that_is_raised_is_the_document() -> None:
    """With the members of its class; one that a handler returns as well."""
    assert await document("/taken") == {"type": "/probs/taken", "title": "Taken", "status": 409, "detail": "by another", "by": 3}
    assert (await document("/returned"))["detail"] == "said by the handler"


async def test_the_fields_of_an_error_stay() -> None:
    """A challenge, a time to come back, the methods that there are."""
    assert (await call(app, target="/refused")).headers["www-authenticate"] == "Bearer"
    assert (await call(app, target="/busy")).headers["retry-after"] == "7"
    assert (await call(app, "DELETE", "/items")).headers["allow"] == "GET, HEAD, POST"


async def test_a_browser_sees_a_page() -> None:
    """Without markup from the error; who likes plain text best gets that."""
    answer = await call(app, target="/refused", headers={"accept": BROWSER})
    assert (answer.status, answer.headers["content-type"]) == (401, "text/html; charset=utf-8")
    assert "<h1>401 Unauthorized</h1><p>who are &#60;you&#62;?</p>" in answer.text
    assert (answer.headers["vary"], answer.headers["www-authenticate"]) == ("Accept", "Bearer")
    answer = await call(app, target="/returned", headers={"accept": "text/plain"})
    assert (answer.text, answer.headers["content-type"]) == ("said by the handler", "text/plain; charset=utf-8")


async def test_errors_with_a_format_of_their_own_are_left_alone() -> None:
    """And so is what is no error."""
    assert (await call(app, target="/own")).text == '{"message":"mine"}'
    answer = await call(app, target="/items?name=a&tags=1", headers={"x-count": "1"})
    assert (answer.text, "vary" in answer.headers) == ("found", False)


async def test_an_error_that_was_compressed_is_left_alone() -> None:
    """So compression goes around the documents."""
    gzip = {"accept-encoding": "gzip"}
    inside = App(every_route.wrap(compress(minimum_size=1)).wrap(problem_details()))
    around = App(every_route.wrap(problem_details()).wrap(compress(minimum_size=1)))
    kinds = [(await call(each, target="/long", headers=gzip)).headers["content-type"] for each in (inside, around)]
    assert kinds == ["text/plain; charset=utf-8", "application/problem+json"]


async def test_a_head_has_the_fields_of_the_document() -> None:
    """And no content."""
    answer = await call(app, "HEAD", "/missing")
    assert (answer.status, answer.body, answer.headers["content-type"]) == (404, b"", "application/problem+json")


async def test_a_denied_handshake_is_a_problem() -> None:
    """Where the server can send one."""

    @websocket(root)
    async def socket(request: Request[object]) -> Response:
        raise HTTPError(403, "members only")

    routes = Router(socket).wrap(problem_details())
    answer = await play(App(routes), websocket_scope(denial=True), [{"type": "websocket.connect"}])
    assert stdlib.loads(answer.events[1]["body"])["detail"] == "members only"


async def test_fields_of_other_middleware_are_on_documents() -> None:
    """Inside or outside, of the 500 too (D16)."""
    stamped = after(lambda request, response: response.with_added_header("x-stamp", "1"))
    for routes in (every_route.wrap(stamped).wrap(problem_details()), every_route.wrap(problem_details()).wrap(stamped)):
        answer = await call(App(routes), target="/broken")
        assert (answer.headers.get_all("x-stamp"), answer.headers["content-type"]) == (("1",), "application/problem+json")


async def test_types_instances_and_pages_can_be_ours() -> None:
    """A problem that has a type of its own keeps it."""
    told = problem_details(
        types={404: "https://example.com/probs/missing", 409: "/probs/never"},
        instance=lambda request: f"urn:request:{request.id}",
        page=lambda problem: f"<i>{problem.title}",
    )
    ours = App(every_route.wrap(told))
    missing = stdlib.loads((await call(ours, target="/x", headers={"x-request-id": "r1"})).text)
    assert (missing["type"], missing["instance"]) == ("https://example.com/probs/missing", "urn:request:r1")
    assert stdlib.loads((await call(ours, target="/taken")).text)["type"] == "/probs/taken"
    assert (await call(ours, target="/x", headers={"accept": BROWSER})).text == "<i>Not Found"
    plain = App(every_route.wrap(problem_details(page=None)))
    assert (await call(plain, target="/x", headers={"accept": BROWSER})).headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize(
    ("accept", "form"),
    [
        (None, "json"),
        ("", "json"),
        ("*/*", "json"),
        ("application/json", "json"),
        ("application/problem+json, text/html;q=0.9", "json"),
        ("application/json, text/plain, */*", "json"),
        (BROWSER, "html"),
        ("text/html;q=0.5, application/json;q=0.4", "html"),
        ("text/*", "html"),
        ("text/plain", "text"),
        ("image/png", "json"),
        ("application/json;q=0, */*;q=0", "json"),
        (";;,,q=", "json"),
    ],
)
def test_the_form_is_the_one_that_the_client_likes_best(accept: str | None, form: str) -> None:
    """JSON where it likes nothing that there is."""
    assert form_for(accept, page=True) == form


async def never() -> AsyncIterator[bytes]:
    yield b"never"


PLAIN = {"content-type": "text/plain"}


@pytest.mark.parametrize(
    ("response", "problem"),
    [
        (Response.text("who?", status=401), Problem(status=401, detail="who?")),
        (Response.text("Not Found\n", status=404), Problem(status=404)),
        (Response.empty(status=404), Problem(status=404)),
        (Response(b"\xff", status=400, headers=PLAIN), Problem(status=400, detail="\ufffd")),
        (
            Response(b"\xe9", status=400, headers={"content-type": "text/plain; charset=ISO-8859-1"}),
            Problem(status=400, detail="é"),
        ),
        (Response(b"x", status=400, headers={"content-type": "text/plain; charset=utf-7"}), None),
        (Response(b"x", status=400, headers={"content-type": "nonsense"}), None),
        (Response(b"x", status=400), None),
        (Response(b"x", status=400, headers={**PLAIN, "content-encoding": "br"}), None),
        (Response.text("x" * (MAX_DETAIL + 1), status=400), None),
        (Response.html("x", status=400), None),
        (Response.json("x", status=400), None),
        (Response.stream(never(), content_type="text/plain", status=400), None),
    ],
)
def test_what_an_error_says(response: Response, problem: Problem | None) -> None:
    """In plain text, or by its status alone."""
    assert problem_of(response) == problem


def test_a_page_shows_what_is_wrong_where() -> None:
    """Whatever the members are, none of it is markup."""
    errors = [{"detail": "<b>", "in": "query", "name": "<i>"}, {"detail": "d", "pointer": "#/a"}, "<u>", {"detail": "alone"}]
    page = problem_page(Problem(status=400, title="<t>", members={"errors": errors}))
    assert "<ul><li>&#60;i&#62;: &#60;b&#62;</li><li>#/a: d</li><li>&#60;u&#62;</li><li>alone</li></ul>" in page
    assert "<ul>" not in problem_page(Problem(status=400, members={"errors": 3}))
    assert not {"<t>", "<b>", "<i>", "<u>"} & set(page.split())


def test_what_cannot_be_meant_is_refused() -> None:
    """When it is made."""
    untyped: Any = "no function"
    wrong: list[tuple[Callable[[], object], type[Exception], str]] = [
        (lambda: problem_details(types={200: "/ok"}), ValueError, "200 is not the status of an error"),
        (lambda: problem_details(types={404: "a b"}), ValueError, "not a URI reference"),
        (lambda: ProblemPolicy(page=untyped), CompositionError, "page"),
        (lambda: ProblemPolicy(instance=untyped), CompositionError, "instance"),
    ]
    for make, kind, text in wrong:
        with pytest.raises(kind, match=text):
            make()
