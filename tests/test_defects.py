"""Defects measured in the peers, one test each: what Starlette 1.10 and others answer wrongly, asgikit answers rightly."""

from __future__ import annotations

import hashlib
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import anyio
import itsdangerous
import pytest

from asgikit import App, Request, Response, Router, SetCookie, WebSocket, catch, get, json, param, post, root, websocket
from asgikit.config import Secret
from asgikit.errors import BadRequest, CompositionError, UnacceptableKind, UnknownScope
from asgikit.http.sse import ServerSentEvent
from asgikit.keys import derive
from asgikit.matching import Tree
from asgikit.messages import TEXT
from asgikit.middleware.compress import compress
from asgikit.middleware.cors import cors
from asgikit.middleware.sessions import sessions
from asgikit.sessions.session import HasSession
from asgikit.signing import Signer
from asgikit.testing import Answer, call, play, websocket_scope
from tests.sockets import conversation

PAGE = "a page of some length, " * 50


@get(root / "i" / param("n", int))
async def number(request: Request[object], n: int) -> Response:
    return Response.text(str(n))


@get(root / "f" / param("x", float))
async def fraction(request: Request[object], x: float) -> Response:
    return Response.text(str(x))


@get(root / "about")
async def about(request: Request[object]) -> Response:
    return Response.text(PAGE, headers={"etag": '"strong"'})


@post(root / "about")
async def change(request: Request[object]) -> Response:
    return Response.json(await request.json())


@get(root / "broken")
async def broken(request: Request[object]) -> Response:
    raise ValueError


def failed(request: Request[object], error: Exception) -> Response:
    return Response.text("sorry", status=500)


ROUTES = Router(number, fraction, about, change, broken)
APP = App(ROUTES)


async def status(target: str, method: str = "GET", **request: Any) -> int:
    answer = await call(APP, method, target, **request)
    assert answer.error is None
    return answer.status


async def test_d1_an_endless_integer_is_not_found() -> None:
    """Not a 500 for the digit limit of int()."""
    assert await status("/i/" + "9" * 5000) == 404


async def test_d2_a_trailing_newline_matches_nothing() -> None:
    """Neither behind a number nor behind fixed text."""
    assert [await status("/i/5%0A"), await status("/about%0A")] == [404, 404]


async def test_d3_an_endless_float_is_not_found() -> None:
    """Not infinity in the handler."""
    assert await status("/f/" + "9" * 400) == 404


async def test_d4_allow_names_every_method_of_the_path() -> None:
    """In one order, over all its routes."""
    answer = await call(APP, "PUT", "/about")
    assert (answer.status, answer.headers["allow"]) == (405, "GET, HEAD, POST")


async def test_d5_options_is_answered() -> None:
    """With Allow."""
    answer = await call(APP, "OPTIONS", "/about")
    assert (answer.status, answer.headers["allow"]) == (204, "GET, HEAD, POST")


async def test_d6_head_sends_no_body_and_runs_no_stream() -> None:
    """Two messages, whatever the length."""
    steps: list[int] = []

    async def chunks() -> AsyncIterator[bytes]:
        for step in range(1000):
            steps.append(step)
            yield b"x"

    @get(root)
    async def streaming(request: Request[object]) -> Response:
        return Response.stream(chunks())

    answer = await call(App(streaming), "HEAD")
    assert (len(answer.events), answer.body, steps) == (2, b"", [])


@pytest.mark.parametrize("accept", ["gzip;q=0", "notgzip"])
async def test_d7_a_refused_encoding_is_not_used(accept: str) -> None:
    """Nor one whose name only contains it."""
    answer = await call(App(ROUTES.wrap(compress())), target="/about", headers={"accept-encoding": accept})
    assert "content-encoding" not in answer.headers


async def test_d8_an_encoded_response_has_no_strong_etag_of_another() -> None:
    """It is weakened."""
    answer = await call(App(ROUTES.wrap(compress())), target="/about", headers={"accept-encoding": "gzip"})
    assert answer.headers["etag"] == 'W/"strong"'


@pytest.mark.parametrize("body", [b"{", b"\xff", b"[" * 100_000])
async def test_d9_bad_json_is_the_clients_fault(body: bytes) -> None:
    """400, also where it is not UTF-8 or nested endlessly."""
    assert await status("/about", "POST", body=body, headers={"content-type": "application/json"}) == 400


async def test_d10_a_form_of_another_type_is_refused() -> None:
    """415 with what is read, not an empty form."""

    async def reading(request: Request[object]) -> Response:
        return Response.json(len((await request.form()).fields))

    answer = await call(App(reading), "POST", body=b'{"a": 1}', headers={"content-type": "application/json"})
    assert (answer.status, answer.headers["accept"]) == (415, "application/x-www-form-urlencoded, multipart/form-data")


async def test_d16_errors_keep_the_fields_of_cors() -> None:
    """Those that are caught and those that are not."""
    origin = {"origin": "https://example.com"}
    for app in (
        App(ROUTES.wrap(cors(["https://example.com"]))),
        App(ROUTES.wrap(catch(Exception, failed)).wrap(cors(["https://example.com"]))),
        App(ROUTES.wrap(cors(["https://example.com"])).wrap(catch(Exception, failed))),
    ):
        answer = await call(app, target="/broken", headers=origin)
        assert (answer.status, answer.headers["access-control-allow-origin"]) == (500, "https://example.com")


async def test_d17_a_slash_redirect_is_relative() -> None:
    """No scheme or host that a proxy would have to correct."""
    answer = await call(APP, target="/about/", headers={"host": "evil.com"})
    assert (answer.status, answer.headers["location"]) == (308, "../about")


async def test_d18_a_nested_router_swallows_no_route() -> None:
    """What it does not have falls through, whichever comes first."""
    app = App(Router(Router(number), get(root / "i" / "y")(about.handler)))
    assert (await call(app, target="/i/y")).text == PAGE


async def test_d19_the_answer_to_a_missing_slash_is_configurable() -> None:
    """Redirect, 404 or the resource."""
    route = get(root / "u/")(about.handler)
    policies: list[Any] = ["redirect", "strict", "match"]
    assert [(await call(App(Router(route, slash=slash)), target="/u")).status for slash in policies] == [308, 404, 200]


async def test_d22_a_message_of_the_wrong_kind_is_a_typed_error() -> None:
    """No KeyError, and no None that is called a str; left alone it closes with 1003."""
    seen: list[type[Exception]] = []

    async def texts(ws: WebSocket[str, str]) -> None:
        try:
            await ws.receive()
        except UnacceptableKind as error:
            seen.append(type(error))
            raise

    answer = await conversation(texts, {"type": "websocket.receive", "bytes": b"x"}, receives=TEXT, sends=TEXT)
    assert (answer.events[-1]["code"], seen, answer.error) == (1003, [UnacceptableKind], None)


@pytest.mark.parametrize("message", ["{", "[" * 100_000, '{"wrong": 1}', "\ud800"])
async def test_d23_malformed_json_closes(message: str) -> None:
    """With 1007, which is no error of ours."""

    async def numbers(ws: WebSocket[list[int], list[int]]) -> None:
        await ws.receive()

    codec = json(list[int])
    answer = await conversation(numbers, {"type": "websocket.receive", "text": message}, receives=codec, sends=codec)
    assert (answer.events[-1]["code"], answer.error) == (1007, None)


async def test_d24_a_handler_that_returns_leaves_no_socket_open() -> None:
    """Before the accept it is denied, whatever was returned; after it is closed."""

    async def nothing(ws: WebSocket[str | bytes, str | bytes]) -> None:
        pass

    async def forgotten(request: Request[object]) -> Response:
        untyped: Any = None
        return untyped

    connect = [{"type": "websocket.connect"}]
    denied = await play(App(websocket(root)(about.handler)), websocket_scope(), connect)
    assert [event["type"] for event in denied.events] == ["websocket.close"]
    broken = await play(App(websocket(root)(forgotten)), websocket_scope(), connect)
    assert [event["type"] for event in broken.events] == ["websocket.close"]
    accepted = await conversation(nothing)
    assert [event["type"] for event in accepted.events] == ["websocket.accept", "websocket.close"]


def test_d26_a_header_cannot_hold_a_line_break() -> None:
    """Wherever it comes in."""
    with pytest.raises(ValueError, match="control characters"):
        Response.text("").with_header("x", "a\r\nset-cookie: b=c")


def test_d27_a_cookie_cannot_be_malformed() -> None:
    """No attribute is smuggled in, SameSite=None is secure, and Partitioned works on every Python."""
    for wrong in ({"path": "/; httponly=evil"}, {"samesite": "none", "secure": False}, {"domain": "a; secure"}):
        untyped: Any = wrong
        with pytest.raises(ValueError, match="cookie 'a'"):
            SetCookie("a", "b", **untyped)
    assert str(SetCookie("a", "b", partitioned=True)).endswith("; Partitioned")


def test_d28_a_redirect_stays_on_the_site() -> None:
    """Unless it is asked to leave."""
    with pytest.raises(BadRequest):
        Response.redirect("//evil.com")
    assert Response.redirect("//example.com", external=True).status == 303


async def test_d29_an_unknown_scope_is_a_typed_error() -> None:
    """No assert, so that it stays with python -O."""
    assert isinstance((await play(APP, {"type": "unknown"})).error, UnknownScope)


def test_d30_a_handler_that_does_not_fit_is_refused() -> None:
    """By the type checkers (tests/typing), and at composition without one."""

    async def wrong(a: int, b: int, c: int) -> str:
        return ""

    untyped: Any = wrong
    with pytest.raises(CompositionError):
        get(root / param("id", int))(untyped)


def test_d31_the_last_of_a_thousand_routes_costs_no_more_than_the_first() -> None:
    """Counted in bytecode steps, not in time: noise plays no part."""
    tree = Tree([("GET", root / f"r{n}" / param("id", int) / "x") for n in range(1000)])

    def steps(name: str) -> int:
        count = 0

        def trace(frame: Any, event: str, arg: object) -> Any:
            nonlocal count
            count += 1
            return trace

        sys.settrace(trace)
        try:
            found = tree.find("GET", [name, "1", "x"], None)
        finally:
            sys.settrace(None)
        assert found is not None
        return count

    assert steps("r999") == steps("r0")


def test_assertions_play_no_part_in_the_source() -> None:
    """With python -O the same program runs."""
    source = Path(__file__).parents[1] / "src" / "asgikit"
    assert not [file for file in source.rglob("*.py") if "\n    assert " in file.read_text() or "\nassert " in file.read_text()]
    done = subprocess.run([sys.executable, "-O", "-c", "import asgikit"], capture_output=True, check=True)
    assert done.stderr == b""


@pytest.mark.parametrize("spec_version", [None, "2.0", "2.1", "2.2", "2.3", "2.4", "2.5"])
@pytest.mark.parametrize("feed", [True, False])
async def test_d20_an_idle_stream_stops_at_every_spec_level(spec_version: str | None, feed: bool) -> None:
    """Waiting for something that never comes: it is cancelled there, at 2.4 as at 2.3, and nothing follows."""
    ends: list[str] = []

    async def idle() -> AsyncIterator[bytes]:
        try:
            yield b": x\n\n"
            await anyio.sleep_forever()
        except anyio.get_cancelled_exc_class():
            ends.append("cancelled")
            raise

    async def events() -> AsyncIterator[ServerSentEvent]:
        async for _ in idle():
            yield ServerSentEvent("x")

    @get(root)
    async def streaming(request: Request[object]) -> Response:
        return Response.sse(events()) if feed else Response.stream(idle())

    answer = await call(App(streaming), spec_version=spec_version, leaves_after=2)
    assert (answer.error, len(answer.events), ends) == (None, 2, ["cancelled"])


async def test_d25_work_after_a_failure_is_done() -> None:
    """And the failure is no error of the response, which has been sent."""
    done: list[str] = []

    async def fails() -> None:
        raise ValueError

    async def works() -> None:
        done.append("works")

    @get(root)
    async def handler(request: Request[object]) -> Response:
        return Response.text("x").then(fails).then(works)

    answer = await call(App(handler))
    assert (answer.text, answer.error, done) == ("x", None, ["works"])


@pytest.fixture
def page_file(tmp_path: Path) -> Path:
    """The page as a file."""
    path = tmp_path / "page.txt"
    path.write_text(PAGE)
    return path


async def file_asked(path: Path, **fields: str) -> Answer:
    """What a client gets that asks for it so."""

    @get(root)
    async def page(request: Request[object]) -> Response:
        return await Response.file(path)

    answer = await call(App(page), headers={name.replace("_", "-"): value for name, value in fields.items()})
    assert answer.error is None
    return answer


async def test_d8_a_tag_of_the_content_is_one_encodings() -> None:
    """Made from the plain bytes it is weak on the encoded ones."""

    @get(root)
    async def tagged(request: Request[object]) -> Response:
        return Response.text(PAGE).with_etag()

    tags = [
        (await call(App(Router(tagged).wrap(compress())), headers={"accept-encoding": a})).headers["etag"]
        for a in ("gzip", "identity")
    ]
    assert tags[0] == f"W/{tags[1]}"


@pytest.mark.parametrize("value", ["items=0-1", "bytes=abc", "bytes=5-1", "bytes", "bytes=0-1,x"])
async def test_d11_a_range_that_is_not_understood_is_ignored(page_file: Path, value: str) -> None:
    """200, not 400 (RFC 9110, 14.2)."""
    answer = await file_asked(page_file, range=value)
    assert (answer.status, answer.text) == (200, PAGE)


async def test_d12_the_part_of_a_range_that_is_there_is_sent(page_file: Path) -> None:
    """206, not 416."""
    answer = await file_asked(page_file, range="bytes=0-1,999999-")
    assert (answer.status, answer.text, answer.headers["content-range"]) == (206, PAGE[:2], f"bytes 0-1/{len(PAGE)}")


async def test_d13_a_file_that_the_client_has_is_not_sent_again(page_file: Path) -> None:
    """Any file, not only those of a directory."""
    etag = (await file_asked(page_file)).headers["etag"]
    assert (await file_asked(page_file, if_none_match=etag)).status == 304


async def test_d14_a_file_that_the_client_does_not_expect_is_412(page_file: Path) -> None:
    """If-Match is looked at."""
    assert (await file_asked(page_file, if_match='"another"')).status == 412


async def test_d15_a_missing_file_is_404(page_file: Path) -> None:
    """Before anything is sent, and nothing for the server to handle."""
    assert (await file_asked(page_file.with_name("missing"))).status == 404


@pytest.mark.parametrize("payload", [b"not base64: %", b"\xff\xfe", b"{}", b"W10=", b""])
async def test_d32_a_session_of_another_format_is_an_empty_one(payload: bytes) -> None:
    """Though its signature is right: the keys have changed, or the program has."""

    @get(root)
    async def show(request: Request[HasSession[list[str]]]) -> Response:
        return Response.json(await request.state.session.get())

    key = Secret("a-key-of-a-test-0123456789-abcdef")
    signer = Signer(key, purpose="session")
    starlettes = itsdangerous.TimestampSigner(key.reveal()).sign(payload).decode("latin-1")
    ours_in_their_format = itsdangerous.Signer(
        derive(key, "session", "signing")[0], key_derivation="none", digest_method=hashlib.sha256
    ).sign(payload + b".1")
    app = App(Router(show).wrap(sessions(signer, json(list[str]), default=[])))
    for value in (starlettes, signer.sign(payload), ours_in_their_format.decode("latin-1")):
        answer = await call(app, headers=[("cookie", f"__Host-session={value}")])
        assert (answer.status, answer.text) == (200, "[]")
