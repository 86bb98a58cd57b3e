"""Typed inputs and outputs."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Any, Literal, TypedDict

import pytest

from asgikit import App, Request, Response, cookie, form, get, header, json, post, query, root
from asgikit.errors import CompositionError, UnacceptableKind, UndecodableMessage
from asgikit.inputs import Input
from asgikit.parts import FormLimits
from asgikit.testing import Answer, AsyncClient, call
from asgikit.uploads import Upload
from tests.forming import MULTIPART, multipart, part

JSON = {"content-type": "application/json"}
FORM = {"content-type": "application/x-www-form-urlencoded"}


@dataclass(frozen=True)
class Item:
    name: str
    price: int = 0


@dataclass(frozen=True)
class Search:
    q: str
    limit: int = 10
    exact: bool = False
    tag: list[str] = field(default_factory=list[str])
    sort: Literal["asc", "desc"] | None = None


async def taking(source: Input[Any], **request: Any) -> Answer:
    @post(root).takes(source)
    async def handler(request: Request[object], value: object) -> Response:
        return Response.text(repr(value))

    return await call(App(handler), "POST", **request)


async def test_json_becomes_a_model() -> None:
    """With its defaults."""
    answer = await taking(json(Item), body=b'{"name": "pen"}', headers=JSON)
    assert answer.text == "Item(name='pen', price=0)"
    typed = {"content-type": "application/problem+json; charset=utf-8"}
    assert (await taking(json(Item), body=b'{"name": "pen"}', headers=typed)).status == 200


BAD_JSON = [
    (b"", 400),
    (b"{", 400),
    (b'{"name": "x"} x', 400),
    (b"[" * 100_000, 400),
    (b'{"name": "' + b"\xff" + b'"}', 400),
    (b"\xff\xfe", 400),
    (b"[]", 422),
    (b'{"name": 3}', 422),
    (b"{}", 422),
    (b'{"name": "x", "price": "3"}', 422),
    (b'{"name": "x", "price": 1e400}', 422),
]


@pytest.mark.parametrize(("body", "status"), BAD_JSON)
async def test_bad_json_is_the_clients_fault(body: bytes, status: int) -> None:
    """D9: malformed is 400, what does not fit 422, each with a text; nothing is a 500."""
    nested: Any = json(list[Any]) if body.startswith(b"[[") else json(Item)
    answer = await taking(nested, body=body, headers=JSON)
    assert answer.error is None
    assert answer.status == status
    assert answer.text


@pytest.mark.parametrize("kind", [None, "text/plain", "application/x-www-form-urlencoded", "application/jsonp"])
async def test_json_has_to_be_declared(kind: str | None) -> None:
    """415 otherwise, naming what to send: a form on another site cannot post JSON unasked."""
    answer = await taking(json(Item), body=b'{"name": "pen"}', headers={"content-type": kind} if kind else {})
    assert (answer.status, answer.headers["accept"]) == (415, "application/json")
    assert (await taking(json(Item), headers={"content-type": "nonsense"})).status == 400


async def test_a_query_becomes_a_model() -> None:
    """Text becomes numbers and booleans, repeated names lists; unknown names are ignored."""
    answer = await taking(query(Search), target="/?q=a+b&limit=3&exact=true&tag=x&tag=y&sort=desc&other=1")
    assert answer.text == "Search(q='a b', limit=3, exact=True, tag=['x', 'y'], sort='desc')"
    assert (
        await taking(query(Search), target="/?q=1&tag=x")
    ).text == "Search(q='1', limit=10, exact=False, tag=['x'], sort=None)"


@pytest.mark.parametrize("target", ["/", "/?q=a&limit=x", "/?q=a&q=b", "/?q=a&sort=up", "/?q=a&limit=" + "9" * 5000])
async def test_a_query_that_does_not_fit_is_422(target: str) -> None:
    """Missing, wrong, twice, unknown choice, endless number."""
    answer = await taking(query(Search), target=target)
    assert (answer.status, answer.error) == (422, None)
    assert answer.text


async def test_a_form_becomes_a_model() -> None:
    """As a query does."""
    answer = await taking(form(Search), body=b"q=a%20b&tag=x", headers=FORM)
    assert answer.text == "Search(q='a b', limit=10, exact=False, tag=['x'], sort=None)"
    refused = await taking(form(Search), body=b"{}", headers=JSON)
    assert (refused.status, refused.headers["accept"]) == (415, "application/x-www-form-urlencoded, multipart/form-data")
    assert (await taking(form(Search), body=b"limit=3", headers=FORM)).status == 422


async def test_a_form_has_a_limit_of_fields() -> None:
    """413 past it: each costs many times its bytes."""
    assert (await taking(form(Search), body=b"q=a&" + b"x=1&" * 998 + b"x=1", headers=FORM)).status == 200
    assert (await taking(form(Search), body=b"&" * 1001, headers=FORM)).status == 413


@dataclass(frozen=True)
class Profile:
    name: str
    avatar: Upload
    docs: list[Upload] = field(default_factory=list[Upload])
    cover: Upload | None = None
    age: int = 0


async def test_a_form_with_files_becomes_a_model() -> None:
    """One file, any number, perhaps one; text becomes numbers as ever."""
    parts = [part("name", "ada"), part("avatar", "1", "a.png"), part("docs", "2", "b"), part("docs", "3", "c"), part("age", "36")]
    answer = await taking(form(Profile), body=multipart(*parts, part("cover", "", ""), part("x", "", "x")), headers=MULTIPART)
    one, two, three = "<Upload 'avatar' 'a.png', 1 bytes>", "<Upload 'docs' 'b', 1 bytes>", "<Upload 'docs' 'c', 1 bytes>"
    assert answer.text == f"Profile(name='ada', avatar={one}, docs=[{two}, {three}], cover=None, age=36)"
    answer = await taking(form(Profile), body=multipart(*parts[:2], part("cover", "", "d")), headers=MULTIPART)
    assert answer.text == f"Profile(name='ada', avatar={one}, docs=[], cover=<Upload 'cover' 'd', 0 bytes>, age=0)"


NAME, AVATAR = part("name", "ada"), part("avatar", "1", "a.png")
MISFITS = [
    ([NAME], "Object missing required field `avatar`"),
    ([NAME, part("avatar", "", "")], "Object missing required field `avatar`"),
    ([NAME, part("avatar", "text")], "Expected `Upload`, got `str` - at `$.avatar`"),
    ([NAME, AVATAR, AVATAR], "'avatar' is given 2 times"),
    ([NAME, AVATAR, part("avatar", "text")], "'avatar' is given 2 times"),
    ([NAME, AVATAR, part("docs", "1", "x"), part("docs", "text")], "Expected `Upload`, got `str` - at `$.docs[0]`"),
    ([NAME, AVATAR, part("cover", "")], "Expected `Upload`, got `str` - at `$.cover`"),
    ([part("name", "ada", "x"), AVATAR], "Expected `str`, got `Upload` - at `$.name`"),
    ([NAME, AVATAR, part("age", "36", "x")], "Expected `int`, got `Upload` - at `$.age`"),
]


@pytest.mark.parametrize(("parts", "text"), MISFITS)
async def test_a_file_is_no_text_and_text_no_file(parts: list[bytes], text: str) -> None:
    """422 for one where the other is expected, one that is missing, or two where one is expected."""
    answer = await taking(form(Profile), body=multipart(*parts), headers=MULTIPART)
    assert (answer.status, answer.text, answer.error) == (422, text, None)


async def test_a_form_has_the_limits_that_its_input_says() -> None:
    """413 past them, whatever the model has room for."""
    body = multipart(NAME, AVATAR)
    for limits, status in ((FormLimits(files=1, file_size=1), 200), (FormLimits(files=0), 413), (FormLimits(total_size=9), 413)):
        assert (await taking(form(Profile, limits=limits), body=body, headers=MULTIPART)).status == status
    urlencoded = form(Search, limits=FormLimits(field_size=4))
    assert [(await taking(urlencoded, body=b"q=" + b"x" * n, headers=FORM)).status for n in (3, 4)] == [200, 413]


def test_a_field_that_is_a_file_or_a_text_is_refused_at_composition() -> None:
    """Nobody could say which one is meant."""

    @dataclass
    class Either:
        avatar: Upload | str

    with pytest.raises(CompositionError, match="Upload"):
        form(Either)


async def test_any_header_can_be_taken() -> None:
    """Also one whose lines cannot be joined elsewhere."""
    answer = await taking(header("set-cookie", str), headers=[("set-cookie", "a"), ("set-cookie", "b")])
    assert (answer.text, answer.error) == ("'a, b'", None)


class Filter(TypedDict, total=False):
    tag: list[str]
    page: int


async def test_typed_dicts_are_models() -> None:
    """Their optional keys are absent."""
    assert (await taking(query(Filter), target="/?page=2")).text == "{'page': 2}"


async def test_header_and_cookie_are_typed_values() -> None:
    """With a type, a default, or text as it is."""
    fields = {"x-count": "3", "cookie": "flag=true; name=x y"}
    assert (await taking(header("X-Count", int), headers=fields)).text == "3"
    assert (await taking(header("x-count", str), headers=fields)).text == "'3'"
    assert (await taking(header("x-none", int, default=None), headers=fields)).text == "None"
    assert (await taking(cookie("flag", bool), headers=fields)).text == "True"
    assert (await taking(cookie("name", str), headers=fields)).text == "'x y'"
    assert (await taking(cookie("none", str, default="d"), headers=fields)).text == "'d'"


async def test_a_custom_converter_reads_a_header() -> None:
    """Any object with parse and print."""

    class Upper:
        def parse(self, text: str, /) -> str:
            return text.upper()

        def print(self, value: str, /) -> str:
            return value

    assert (await taking(header("x", Upper()), headers={"x": "abc"})).text == "'ABC'"


async def test_a_missing_or_malformed_header_is_400() -> None:
    """The text names it, and does not repeat its value."""
    missing = await taking(header("x-count", int))
    malformed = await taking(header("x-count", int), headers={"x-count": "secret"})
    assert (missing.status, missing.text) == (400, "the header 'x-count' is missing")
    assert (malformed.status, malformed.text) == (400, "the header 'x-count' is malformed")


def test_mistakes_in_inputs_are_refused_at_composition() -> None:
    """Names that are none, types without fields, types that JSON cannot hold."""
    with pytest.raises(CompositionError, match="not the name of a header"):
        header("not a name", str)
    with pytest.raises(CompositionError, match="no converter"):
        cookie("x", bytes)
    with pytest.raises(CompositionError, match="no named fields"):
        query(int)
    with pytest.raises(CompositionError):
        json(dict[int, int] | dict[str, str] | Item)


def test_messages_are_the_models_too() -> None:
    """For WebSockets, as text: a binary message is of the wrong kind, whatever it holds."""
    codec = json(Item)
    assert codec.decode_message('{"name":"x"}') == Item("x")
    with pytest.raises(UnacceptableKind):
        codec.decode_message(b'{"name":"x"}')
    assert codec.encode_message(Item("x")) == '{"name":"x","price":0}'
    assert codec.decode(codec.encode(Item("x"))) == Item("x")
    assert codec.media_type == "application/json"
    for wrong in ("{", "[]", b"\xff", "\ud800"):
        with pytest.raises(UndecodableMessage):
            codec.decode_message(wrong)


async def test_a_get_has_no_body_to_take() -> None:
    """An empty body is malformed JSON, not a failure."""

    @get(root).takes(json(Item))
    async def handler(request: Request[object], item: Item) -> Response:
        return Response.empty()

    assert (await call(App(handler), headers=JSON)).status == 400


async def arrived(source: Input[Any], value: object) -> object:
    """What a handler gets when a client is given this."""
    operation: Any = post(root).takes(source)
    found: list[object] = []

    @operation
    async def handler(request: Request[object], value: object) -> Response:
        found.append([await value.read(), value.name, value.filename, value.headers] if isinstance(value, Upload) else value)
        if isinstance(value, Profile):
            files = [value.avatar, *value.docs, *([value.cover] if value.cover else [])]
            found[-1] = [value.name, value.age, *[(file.name, file.filename, await file.read()) for file in files]]
        return Response.empty()

    async with AsyncClient(App(handler)) as client:
        assert (await client(operation, value)).status == 204
    return found.pop()


NAN = float("nan")
ARRIVING: list[tuple[Any, object]] = [
    (json(Item), Item("é\ud7ff", -(2**63))),
    (json(list[Item] | None), None),
    (json(dict[str, float]), {"": 1e-7}),
    (query(Search), Search("a&b=c", 3, True, ["", "x y"], "desc")),
    (query(Search), Search("")),
    (query(Filter), {"tag": ["+"]}),
    (query(Filter), {}),
    (form(Search), Search("%41\r\n", 0)),
    (header("x", str), "a, é"),
    (header("x", str), ""),
    (header("x", int, default=None), None),
    (header("x", int, default=5), 5),
    (header("x", int, default=5), 6),
    (header("x", float, default=NAN), NAN),
    (cookie("x", str), "a b=c"),
    (cookie("x", str, default=""), ""),
    (cookie("x", Literal["a", "b"]), "b"),
]


@pytest.mark.parametrize(("source", "value"), ARRIVING)
async def test_what_a_client_is_given_arrives(source: Input[Any], value: object) -> None:
    """The same, through the wire."""
    got = await arrived(source, value)
    assert got is value or got == value


async def test_files_arrive() -> None:
    """With their names and contents; a form with files is multipart even if it has none now."""
    files = [Upload.of('"é".png', b"\r\n--", "image/png"), Upload.of("", b"x"), Upload.of("a/../b", b"")]
    assert await arrived(form(Profile), Profile("ada", files[0], files[1:], age=36)) == [
        *("ada", 36, ("avatar", '"é".png', b"\r\n--")),
        *(("docs", "", b"x"), ("docs", "a/../b", b"")),
    ]

    @dataclass(frozen=True)
    class Perhaps:
        text: str = ""
        file: Upload | None = None

    assert await arrived(form(Perhaps), Perhaps("x")) == Perhaps("x")


REFUSED: list[tuple[Any, object, str]] = [
    (json(Item), Item("x", 1.5), "the JSON body: Expected `int`, got `float`"),  # type: ignore[arg-type]  # what it is about
    (json(Item), object(), "the JSON body: Encoding objects of type object"),
    (json(Item), Item("\ud800"), "the JSON body: .*surrogate"),
    (json(dict[str, float | None]), {"a": float("nan")}, "read as something else"),
    (json(dict[str, object]), {"a": date(2026, 1, 1)}, "read as something else"),
    (query(Search), Search("a", sort="up"), "the query: Invalid enum value"),  # type: ignore[arg-type]  # what it is about
    (query(Search), Search("\ud800"), "'q' of the query"),
    (query(Search), None, "the query: no such model"),
    (form(Search), Search("\ud800"), "the form: 'q' holds a lone surrogate"),
    (form(Profile), Profile("x", None), "the form: .*missing required"),  # type: ignore[arg-type]  # what it is about
    (header("x", str), "a\r\nb: c", "the header 'x' cannot hold what was given"),
    (header("x", int), "3", "the header 'x' cannot hold a str"),
    (header("x", int), None, "the header 'x' cannot hold a NoneType"),
    (header("x", bool, default=None), 1, "the header 'x' cannot hold a int"),
    (cookie("x", str), "a; b=c", "the cookie 'x' cannot hold what was given"),
    (cookie("x", str), 3, "the cookie 'x' cannot hold a int"),
]


@pytest.mark.parametrize(("source", "value", "text"), REFUSED)
def test_what_would_not_arrive_is_refused(source: Input[Any], value: object, text: str) -> None:
    """Before it is sent, with what is wrong."""
    operation: Any = post(root).takes(source)
    with pytest.raises(ValueError, match=text):
        operation.call(value)


async def test_an_instance_of_a_subclass_arrives_as_its_base() -> None:
    """As type checkers have it; what the base does not have stays behind."""

    @dataclass(frozen=True)
    class Offer(Item):
        until: str = "today"

    assert await arrived(json(Item), Offer("x", 1)) == Item("x", 1)
    assert await arrived(query(Item), Offer("x", 1)) == Item("x", 1)
