"""Conditional and range requests for any response."""

from __future__ import annotations

from typing import Any

import pytest

from asgikit import App, Request, Response, catch, get, post, root
from asgikit.http.conditional import ETag, Validators
from asgikit.middleware.compress import compress
from asgikit.middleware.conditional import conditional
from asgikit.routing import Router
from asgikit.testing import Answer, call

TEXT = "0123456789" * 100
TAG = str(ETag.of(TEXT.encode()))


@get(root)
async def page(request: Request[object]) -> Response:
    return Response.text(TEXT).with_etag()


@post(root)
async def change(request: Request[object]) -> Response:
    return Response.text("changed").with_etag()


@get(root / "broken")
async def broken(request: Request[object]) -> Response:
    raise LookupError


APP = App(Router(page, change, broken).wrap(conditional()))


async def asked(method: str = "GET", target: str = "/", app: Any = APP, **fields: str) -> Answer:
    return await call(app, method, target, headers={name.replace("_", "-"): value for name, value in fields.items()})


async def test_a_page_that_the_client_has_is_not_sent_again() -> None:
    """304 by its tag; HEAD too."""
    for method in ("GET", "HEAD"):
        answer = await asked(method, if_none_match=TAG)
        assert (answer.status, answer.body, answer.headers["etag"]) == (304, b"", TAG)
        assert "content-type" not in answer.headers


async def test_another_one_is() -> None:
    """With the tag for the next time."""
    answer = await asked(if_none_match='"another"')
    assert (answer.status, answer.text, answer.headers["etag"], answer.headers["accept-ranges"]) == (200, TEXT, TAG, "bytes")


@pytest.mark.parametrize(
    ("fields", "status", "body"),
    [
        ({"range": "bytes=2-4"}, 206, "234"),
        ({"range": "bytes=2-4", "if_range": TAG}, 206, "234"),
        ({"range": "bytes=2-4", "if_range": '"another"'}, 200, TEXT),
        ({"range": "bytes=5000-"}, 416, "the resource has 1000 bytes, none of which are in these ranges"),
        ({"if_match": '"another"'}, 412, "the resource is not as the request expects it to be"),
        ({"if_match": TAG}, 200, TEXT),
    ],
)
async def test_parts_and_refusals(fields: dict[str, str], status: int, body: str) -> None:
    """As for files."""
    answer = await asked(**fields)
    assert (answer.status, answer.text, answer.error) == (status, body, None)
    assert answer.headers["content-length"] == str(len(body))


async def test_what_changes_something_is_left_alone() -> None:
    """The handler has to ask before it acts."""
    assert (await asked("POST", if_none_match="*", if_match='"x"', range="bytes=0-0")).text == "changed"


async def test_errors_are_left_alone() -> None:
    """They have no validators, and are no resource."""
    app = App(
        Router(broken).wrap(conditional()).wrap(catch(LookupError, lambda request, error: Response.text("sorry", status=500)))
    )
    assert (await asked(target="/broken", app=app, if_match="*", range="bytes=0-0")).text == "sorry"
    assert (await asked(target="/nowhere", if_none_match="*")).status == 404


async def test_around_compression_it_knows_what_the_client_got() -> None:
    """The weak tag of the encoded page, and that it varies."""
    app = App(Router(page).wrap(compress()).wrap(conditional()))
    first = await asked(app=app, accept_encoding="gzip")
    assert first.headers["etag"] == f"W/{TAG}"
    again = await asked(app=app, accept_encoding="gzip", if_none_match=first.headers["etag"])
    assert (again.status, again.headers["etag"], again.headers["vary"]) == (304, f"W/{TAG}", "Accept-Encoding")


@pytest.mark.parametrize("asks", [True, False])
async def test_a_condition_that_nobody_looks_at_is_logged(asks: bool, caplog: pytest.LogCaptureFixture) -> None:
    """What was changed without regard to If-Match was perhaps not meant to be."""

    async def change(request: Request[None]) -> Response:
        if asks:
            request.check_preconditions(Validators(ETag("1")))
        return Response.empty()

    answer = await call(App(conditional()(change)), "PUT", headers={"if-match": '"1"'})
    assert answer.status == 204
    assert ("without regard to If-Match" in caplog.text) is not asks
