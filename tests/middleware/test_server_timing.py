"""How long things took, for the tools of a browser."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import anyio
import pytest

from asgikit import App, Handler, HTTPError, Request, Response, catch
from asgikit.middleware.server_timing import PARTS, Timings, check_part, metric, metrics_of, server_timing, timing
from asgikit.testing import call, play, websocket_scope


def ticking() -> Callable[[], float]:
    """A clock that goes on by a second with each look."""
    now = iter(range(1000))
    return lambda: next(now)


def timed(handler: Any, audience: Any = "all", **options: Any) -> App[None]:
    return App(server_timing(audience, clock=ticking(), **options)(handler))


async def answer(request: Request[None]) -> Response:
    with timing(request, "db", 'look "up"'):
        pass
    async with timing(request, "tpl"), timing(request, "db", 'look "up"'):
        pass
    return Response.text("x", headers={"server-timing": "inner"})


async def test_the_total_and_the_parts() -> None:
    """In milliseconds; those of one name are added up; what was there stays."""
    got = await call(timed(answer))
    assert got.headers.get_all("server-timing") == (
        "inner",
        'total;dur=7000.0, db;dur=2000.0;desc="look \\"up\\"", tpl;dur=3000.0',
    )
    assert "timing-allow-origin" not in got.headers


@pytest.mark.parametrize("error", [HTTPError(403, "no"), RuntimeError("bug"), LookupError()])
async def test_errors_have_it(error: Exception) -> None:
    """With the part that failed."""

    async def fail(request: Request[None]) -> Response:
        with timing(request, "db"):
            raise error

    app = App(catch(LookupError, lambda request, error: Response.empty(status=404))(server_timing("all", clock=ticking())(fail)))
    assert (await call(app)).headers["server-timing"] == "total;dur=3000.0, db;dur=1000.0"


async def test_only_the_audience_is_told() -> None:
    """How long something took says what was found."""
    app = timed(answer, lambda request: "x-staff" in request.headers)
    assert (await call(app)).headers.get_all("server-timing") == ("inner",)
    assert len((await call(app, headers={"x-staff": "1"})).headers.get_all("server-timing")) == 2


async def test_without_the_middleware_nothing_is_measured() -> None:
    """Handlers need not know."""
    assert (await call(App(answer))).headers["server-timing"] == "inner"


async def test_parts_may_run_at_once() -> None:
    """Each of them counts."""

    async def handler(request: Request[None]) -> Response:
        async def part(name: str) -> None:
            async with timing(request, name):
                await anyio.lowlevel.checkpoint()

        async with anyio.create_task_group() as group:
            group.start_soon(part, "a")
            group.start_soon(part, "b")
        return Response.text("x")

    field = (await call(timed(handler))).headers["server-timing"]
    assert {part.split(";")[0] for part in field.split(", ")} == {"total", "a", "b"}


async def test_pages_of_other_origins() -> None:
    """Those that are named can read it."""
    for origins, expected in ((["https://a.org", "https://b.org"], "https://a.org, https://b.org"), ("*", "*")):
        assert (await call(timed(answer, origins=origins))).headers["timing-allow-origin"] == expected


def test_names_are_of_limited_number() -> None:
    """One in a loop with a number in it does not make a field of any length."""
    timings = Timings(lambda: 0.0, 0.0)
    for number in range(2 * PARTS):
        timings.add(f"row-{number}", 1.0, "")
    timings.add("row-0", 1.0, "")
    assert metrics_of(timings, "total", 0.0).count(";dur=") == PARTS + 1
    assert "row-0;dur=2000.0" in metrics_of(timings, "total", 0.0)


def test_a_metric_as_text() -> None:
    """A backslash and a quote are escaped."""
    assert metric("a", 0.00123, 'b\\"c') == 'a;dur=1.2;desc="b\\\\\\"c"'


@pytest.mark.parametrize(("name", "description"), [("a b", ""), ("", ""), ("a;b", ""), ("a\r\nb", ""), ("a", "é"), ("a", "x\ny")])
def test_what_would_break_the_field_is_refused(name: str, description: str) -> None:
    """When it is written."""
    with pytest.raises(ValueError, match="part"):
        check_part(name, description)


async def test_a_part_is_checked_where_nothing_is_measured_too() -> None:
    """A mistake shows in tests."""

    async def handler(request: Request[None]) -> Response:
        with pytest.raises(ValueError):
            timing(request, "no name")
        return Response.text("x")

    assert (await call(App(handler))).status == 200


@pytest.mark.parametrize(
    ("audience", "options"),
    [
        ("everybody", {}),
        (None, {}),
        ("all", {"total": "a b"}),
        ("all", {"origins": "https://a.org"}),
        ("all", {"origins": ["a.org"]}),
    ],
)
def test_what_cannot_be_meant_is_refused(audience: Any, options: Any) -> None:
    """When it is made."""
    with pytest.raises(ValueError):
        server_timing(audience, **options)


async def test_a_handshake_has_it() -> None:
    """On its denial, say."""

    async def deny(request: Request[None]) -> Response:
        return Response.text("no", status=403)

    handler: Handler[None] = deny
    got = await play(timed(handler), websocket_scope(denial=True), [{"type": "websocket.connect"}])
    assert (b"server-timing", b"total;dur=1000.0") in got.events[0]["headers"]
