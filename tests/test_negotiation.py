"""Inputs that choose."""

from __future__ import annotations

from typing import Any, Literal

import pytest

from asgikit import App, HTTPError, Request, Response, Router, get, root, websocket
from asgikit.errors import CompositionError
from asgikit.inputs import Input
from asgikit.negotiation import accepts, accepts_language, last_event_id, subprotocol
from asgikit.testing import Answer, call, play, websocket_scope

Kind = Literal["application/json", "text/html; charset=utf-8"]


async def taking(source: Input[Any], **headers: str) -> Answer:
    @get(root).takes(source)
    async def shown(request: Request[object], value: object) -> Response:
        if value == "de":
            raise HTTPError(410, "gone")
        return Response.text(repr(value), headers={"vary": "Origin"})

    answer = await call(App(Router(shown)), headers={name.replace("_", "-"): value for name, value in headers.items()})
    assert answer.error is None
    return answer


@pytest.mark.parametrize(
    ("accept", "chosen"),
    [
        ("text/html", "text/html; charset=utf-8"),
        ("text/*, application/json;q=0.9", "text/html; charset=utf-8"),
        ("*/*", "application/json"),
    ],
)
async def test_the_handler_gets_the_type_to_answer_with(accept: str, chosen: str) -> None:
    """As the literal it was given."""
    answer = await taking(accepts(Kind), accept=accept)
    assert (answer.status, answer.text) == (200, repr(chosen))


async def test_without_the_field_the_first_is_taken() -> None:
    """Everything is acceptable."""
    assert (await taking(accepts(Kind))).text == "'application/json'"


async def test_what_nobody_likes_is_406() -> None:
    """The text says what there is."""
    answer = await taking(accepts(Kind), accept="image/png")
    assert (answer.status, answer.headers["vary"]) == (406, "Accept")
    assert answer.text == "this resource comes as application/json or text/html; charset=utf-8"


async def test_every_response_says_what_it_varies_by() -> None:
    """Beside what it varies by otherwise; errors too, for a cache may keep them."""
    assert (await taking(accepts(Kind))).headers["vary"] == "Origin, Accept"
    assert (await taking(accepts_language(Literal["en", "de"]), accept_language="de")).headers["vary"] == "Accept-Language"


async def test_the_first_language_is_for_those_who_like_none() -> None:
    """A page in another language is better than none."""
    assert (await taking(accepts_language(Literal["en", "pt-BR"]), accept_language="pt")).text == "'pt-BR'"
    assert (await taking(accepts_language(Literal["en", "pt-BR"]), accept_language="fr")).text == "'en'"


@pytest.mark.parametrize("wrong", [str, "text/html", Literal["html"], Literal[1], Literal["a/b", 2], Literal["text/html;="]])
def test_only_literals_of_media_types_can_be_offered(wrong: Any) -> None:
    """Anything else fails when the endpoint is made."""
    with pytest.raises(CompositionError, match="accepts"):
        accepts(wrong)


@pytest.mark.parametrize("wrong", [str, Literal["en_GB"], Literal[""]])
def test_only_literals_of_language_tags_can_be_offered(wrong: Any) -> None:
    """Likewise."""
    with pytest.raises(CompositionError, match="accepts_language"):
        accepts_language(wrong)


async def test_a_reader_of_a_feed_says_where_it_goes_on() -> None:
    """In UTF-8, as browsers write it; None if it says nothing."""
    assert (await taking(last_event_id())).text == (await taking(last_event_id(int))).text == "None"
    assert (await taking(last_event_id(), last_event_id="")).text == "None"
    assert (await taking(last_event_id(), last_event_id="ü".encode().decode("latin-1"))).text == "'ü'"
    assert (await taking(last_event_id(int), last_event_id="42")).text == "42"


@pytest.mark.parametrize("text", ["x", "4.2", "ü", "\xff"])
async def test_an_id_of_another_feed_is_400(text: str) -> None:
    """Nothing can go on from there."""
    assert (await taking(last_event_id(int), last_event_id=text)).status == 400


Spoken = Literal["chat.v2", "chat.v1"]


async def speaking(source: Input[Any], *offered: str) -> Any:
    """What the handler gets, or the status of the denial with its text."""
    got: list[Any] = []

    @websocket(root).takes(source)
    async def handler(request: Request[object], chosen: object) -> Response:
        got.append(chosen)
        assert request.subprotocols == offered
        return Response.empty(status=503)

    scope = websocket_scope(denial=True)
    scope["subprotocols"] = list(offered)
    answer = await play(App(Router(handler)), scope, [{"type": "websocket.connect"}])
    return got[0] if got else (answer.events[0]["status"], answer.events[1]["body"].decode())


@pytest.mark.parametrize(
    ("offered", "chosen"),
    [(("chat.v1", "chat.v2"), "chat.v2"), (("other", "chat.v1"), "chat.v1"), (("CHAT.V1", "chat.v1"), "chat.v1")],
)
async def test_the_first_subprotocol_that_is_offered_is_taken(offered: tuple[str, ...], chosen: str) -> None:
    """The server's order counts, and case does (RFC 6455, 4.2.2)."""
    assert await speaking(subprotocol(Spoken), *offered) == chosen


async def test_a_client_that_offers_none_is_told_which_there_are() -> None:
    """400, or the default."""
    status, text = await speaking(subprotocol(Spoken), "other")
    assert (status, text) == (400, "this WebSocket speaks the subprotocols chat.v2, chat.v1: offer one of them")
    assert await speaking(subprotocol(Spoken, default=None)) is None


@pytest.mark.parametrize("wrong", [str, "chat", Literal["a b"], Literal[1], Literal[""]])
def test_subprotocols_are_a_literal_of_tokens(wrong: Any) -> None:
    """At composition."""
    with pytest.raises(CompositionError, match="subprotocol"):
        subprotocol(wrong)


async def test_a_plain_request_offers_no_subprotocols() -> None:
    """So there is nothing to choose from."""
    answer = await taking(subprotocol(Spoken, default="none"))
    assert answer.text == "'none'"


WRITTEN: list[tuple[Any, object, tuple[tuple[bytes, bytes], ...]]] = [
    (accepts(Kind), "text/html; charset=utf-8", ((b"accept", b"text/html; charset=utf-8"),)),
    (accepts_language(Literal["en", "de"]), "de", ((b"accept-language", b"de"),)),
    (subprotocol(Literal["v2", "v1"]), "v1", ((b"sec-websocket-protocol", b"v1"),)),
    (subprotocol(Literal["v2", "v1"], default=None), None, ()),
    (subprotocol(Literal["v2", "v1"], default="v1"), "v1", ((b"sec-websocket-protocol", b"v1"),)),
    (last_event_id(), "é", ((b"last-event-id", "é".encode()),)),
    (last_event_id(int), 3, ((b"last-event-id", b"3"),)),
    (last_event_id(int), None, ()),
]


@pytest.mark.parametrize(("source", "value", "fields"), WRITTEN)
def test_a_client_says_what_it_wants(source: Any, value: object, fields: object) -> None:
    """And that alone, so that it gets nothing else."""
    assert get(root).takes(source).call(value).headers == fields


@pytest.mark.parametrize(
    ("source", "value"),
    [
        (accepts(Kind), "text/plain"),
        (accepts(Kind), None),
        (accepts_language(Literal["en", "de"]), "fr"),
        (accepts(Literal["text/html;level=1", "text/html"]), "text/html"),  # which stands for the other one as well
        (accepts(Literal["text/html", "text/html;level=1"]), 3),
        (subprotocol(Literal["v2", "v1"]), "v3"),
        (subprotocol(Literal["v2", "v1"], default=None), 3),
        (subprotocol(Literal["v2", "v1"]), None),
        (last_event_id(), ""),
        (last_event_id(), "a\nb"),
        (last_event_id(), " a"),
        (last_event_id(), "\ud800"),
        (last_event_id(int), "x"),
    ],
)
def test_a_client_cannot_want_what_there_is_not(source: Any, value: object) -> None:
    """A ValueError, before anything is sent."""
    with pytest.raises(ValueError, match="cannot be called like this"):
        get(root).takes(source).call(value)
