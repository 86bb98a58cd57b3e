"""Steps without what is secret in them."""

from __future__ import annotations

from typing import Any

import pytest

from asgikit.conformance.transcript import Step
from asgikit.testing import AsyncClient
from asgikit.testing.failures import NoAnswer
from asgikit.testing.masking import masked, masked_value

pytestmark = pytest.mark.virtual_time


@pytest.mark.parametrize(
    ("name", "value", "shown"),
    [
        ("Authorization", "Bearer tomato", "Bearer REDACTED"),
        ("authorization", "tomato", "REDACTED"),
        ("cookie", "a=tomato; b=tomato;tomato", "a=REDACTED; b=REDACTED; REDACTED"),
        ("set-cookie", "a=tomato; Path=/; tomato; c=tomato", "a=REDACTED; Path=/"),
        ("referer", "https://x/?q=1&token=tomato", "https://x/?q=1&token=REDACTED"),
        ("accept", "text/html", "text/html"),
    ],
)
def test_a_field_tells_what_is_no_secret(name: str, value: str, shown: str) -> None:
    """The names of cookies, the scheme of credentials, the rest of a URL."""
    assert masked_value(name, value) == shown


def test_fields_that_are_no_bytes_are_masked_too() -> None:
    """They are wrong, and no less secret."""
    step = Step("send", {"headers": [("set-cookie", "a=tomato"), (b"set-cookie", "a=tomato"), ["x-token", b"tomato"]]})
    shown = [("set-cookie", "a=REDACTED"), (b"set-cookie", "a=REDACTED"), ["x-token", b"REDACTED"]]
    assert masked((step,)) == (Step("send", {"headers": shown}),)
    step = Step("send", {"headers": [("x-token", ["tomato"]), (b"set-cookie", b"a=tomato", b"tomato"), (b"age", 1)]})
    shown = [("x-token", "REDACTED"), (b"set-cookie", b"a=REDACTED", b"REDACTED"), (b"age", 1)]
    assert masked((step,)) == (Step("send", {"headers": shown}),)


def test_steps_keep_their_shape() -> None:
    """Also those that are broken."""
    pairs = [(b"cookie", b"a=tomato"), [b"x-token", b"tomato"], [b"x"], "odd", [b"x", 1]]
    steps = (
        Step("call", {"query_string": b"token=tomato&a=b", "headers": pairs}),
        Step("receive", {"headers": "none"}),
        Step("return", {}),
    )
    assert masked(steps) == (
        Step(
            "call",
            {
                "query_string": b"token=REDACTED&a=b",
                "headers": [(b"cookie", b"a=REDACTED"), [b"x-token", b"REDACTED"], *pairs[2:]],
            },
        ),
        *steps[1:],
    )


async def test_failures_of_clients_tell_no_secrets() -> None:
    """A broken rule, and an application that does nothing."""

    def wrong(*fields: list[object]) -> Any:
        async def app(scope: dict[str, object], receive: object, send: object) -> None:
            await send({"type": "http.response.start", "status": 200, "headers": fields})  # type: ignore[operator]
            await send({"type": "http.response.body", "body": b""})  # type: ignore[operator]

        return app

    async def silent(scope: dict[str, object], receive: object, send: object) -> None:
        while True:
            await receive()  # type: ignore[operator]

    named, broken, text = [b"X", b"y"], [b"set-cookie", b"a=tomato\r\n"], [b"set-cookie", "a=tomato"]
    for app in (wrong(named), wrong(broken), wrong(text), silent):
        async with AsyncClient(app, lifespan="off", timeout=0.05) as client:
            with pytest.raises((AssertionError, NoAnswer)) as raised:
                await client.get("/?token=tomato", headers={"authorization": "Bearer tomato"})
        told = "".join([str(raised.value), *getattr(raised.value, "__notes__", [])])
        assert "REDACTED" in told
        assert "tomato" not in told
