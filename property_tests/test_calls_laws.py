"""Laws of typed calls: what a handler receives is what the client was given, or the client is told that it cannot be."""

from __future__ import annotations

import string
from dataclasses import dataclass, field, make_dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any, Literal, TypeAlias
from uuid import UUID

import anyio
from hypothesis import given, settings
from hypothesis import strategies as st

from asgikit import App, Endpoint, Request, Response, cookie, form, header, host, json, param, query, rest, root
from asgikit.calls import Call, Reply
from asgikit.endpoint import endpoint
from asgikit.http.headers import Headers
from asgikit.problems import CallError, Problem
from asgikit.testing import AsyncClient, call
from asgikit.uploads import Upload
from property_tests.strategies import any_text, header_values, hostile, raw_headers, scalar_text, tokens
from property_tests.strategies_paths import VALUES, tails, typed_values

Operation: TypeAlias = Endpoint[Any, *tuple[Any, ...]]

floats = st.floats(allow_nan=False, allow_infinity=False)
SCALARS: dict[Any, st.SearchStrategy[Any]] = {
    **{kind: values for kind, values in VALUES.items() if kind not in (datetime, Literal[1, 2, True])},
    str: any_text,
    float: st.floats(),
    bytes: st.binary(max_size=9),
    time: st.times(),
    timedelta: st.timedeltas(timedelta(-(10**5)), timedelta(10**5)),
    datetime: st.datetimes(timezones=st.none() | st.timezones()),
    Decimal: st.decimals().filter(lambda number: not number.is_snan()),
    object: st.integers() | st.text(max_size=3) | st.none() | st.dates(),
}


@st.composite
def fields_(draw: st.DrawFn) -> tuple[Any, Any, Any]:
    """The type of a field, its default and a value."""
    kind = draw(st.sampled_from(list(SCALARS)))
    values = SCALARS[kind]
    match draw(st.sampled_from(["one", "one", "perhaps", "several", "pair", "set"])):
        case "perhaps":
            kind, values = kind | None, st.none() | values
        case "several":
            kind, values = list[kind], st.lists(values, max_size=3)
        case "pair":
            kind, values = tuple[kind, int], st.tuples(values, st.integers(0, 9))
        case "set":
            kind, values = frozenset[kind], st.frozensets(values, max_size=3)
        case _:
            pass
    value, other = draw(values), draw(values)
    return kind, draw(st.sampled_from([field(), field(default_factory=lambda: other)])), value


@st.composite
def models(draw: st.DrawFn) -> tuple[Any, Any]:
    """A class with fields of any types, and an instance of it."""
    names = draw(st.lists(st.text(string.ascii_lowercase, min_size=1, max_size=2).map("f_{}".format), unique=True, max_size=4))
    chosen = {name: draw(fields_()) for name in names}
    kind: Any = make_dataclass(
        "Model", [(name, given_[0], given_[1]) for name, given_ in chosen.items()], kw_only=True, frozen=True
    )
    return kind, kind(**{name: value for name, (_, _, value) in chosen.items()})


@st.composite
def texts_in(draw: st.DrawFn, make: Any) -> tuple[Any, Any]:
    """A header or a cookie of any type, with a value."""
    kind, value = draw(typed_values | st.tuples(st.just(str), header_values | hostile))
    name = draw(st.sampled_from(["a", "B", "x-y"]) | tokens)
    if draw(st.booleans()):
        default = draw(st.none() | VALUES[kind])
        return make(name, kind, default=default), draw(st.sampled_from([value, default]))
    return make(name, kind), value


def _input(make: Any) -> Any:
    return lambda model: (make(model[0]), model[1])


bodies = models().map(_input(json)) | models().map(_input(form))
inputs = st.one_of(models().map(_input(query)), texts_in(header), texts_in(cookie))
labels = st.from_regex(r"[a-z0-9]([a-z0-9-]{0,8}[a-z0-9])?", fullmatch=True) | VALUES[str]


@st.composite
def operations(draw: st.DrawFn) -> tuple[Operation, list[Any]]:
    """An endpoint of anything that there is, and arguments for it."""
    path: Any = root
    values: list[Any] = []
    if draw(st.booleans()):
        path = host(param("label", str), "example.com")
        values.append(draw(labels))
    for number, (kind, value) in enumerate(draw(st.lists(typed_values, max_size=2))):
        path = path / "x" / param(f"p{number}", kind)
        values.append(value)
    if draw(st.booleans()):
        path = path / rest("tail")
        values.append(draw(tails))
    operation: Any = endpoint(draw(st.sampled_from(["GET", "POST", "DELETE", "QUERY"])), path)
    chosen = draw(st.lists(inputs, max_size=3)) + draw(st.lists(bodies, max_size=1))
    for source, value in chosen:
        operation = operation.takes(source)
        values.append(value)
    return operation, values


async def arriving(operation: Operation, sent: Call) -> list[Any]:
    """What the handler receives of a request that no client has written anew."""
    found: list[list[Any]] = []

    @operation
    async def handler(request: Request[object], *args: Any) -> Response:
        found.append(list(args))
        return Response.empty()

    authority, slash, rest_of_it = sent.url[2:].partition("/") if sent.url.startswith("//") else ("", "", sent.url)
    fields = [(name.decode(), value.decode("latin-1")) for name, value in sent.headers]
    fields += [("host", authority)] * bool(authority)
    answer = await call(App(handler), sent.method, slash + rest_of_it, body=sent.content, headers=fields)
    assert (answer.status, answer.error) == (204, None)
    return found.pop()


@given(operations())
def test_what_is_given_arrives(given_: tuple[Operation, list[Any]]) -> None:
    """Or is refused before it is sent, with a ValueError: it never arrives as something else, nor is it refused on the way."""
    operation, values = given_
    try:
        sent = operation.call(*values)
    except ValueError:
        return
    assert anyio.run(arriving, operation, sent) == values


@dataclass(frozen=True)
class Plain:
    text: str
    number: int
    ratio: float
    flag: bool
    day: date
    id: UUID
    amount: Decimal
    texts: list[str] = field(default_factory=list[str])
    perhaps: int | None = None
    name: str | None = None


plain = st.builds(
    Plain,
    text=scalar_text,
    number=st.integers(-(2**63), 2**63 - 1),
    ratio=floats,
    flag=st.booleans(),
    day=st.dates(),
    id=st.uuids(),
    amount=VALUES[Decimal],
    texts=st.lists(scalar_text, max_size=3),
    perhaps=st.none() | st.integers(0, 9),
    name=st.none() | scalar_text,
)
all_of_them: Any = (
    endpoint("POST", root / param("p", int))
    .takes(query(Plain))
    .takes(form(Plain))
    .takes(header("x-a", str, default=None))
    .takes(cookie("c", date, default=None))
    .returns(json(Plain))
)


@given(st.integers(-(2**63), 2**63 - 1), plain, plain, st.none() | header_values, st.none() | st.dates())
def test_what_everybody_sends_is_not_refused(number: int, one: Plain, two: Plain, text: str | None, day: date | None) -> None:
    """Texts, numbers, dates, lists, what is left out: it all arrives, and the result comes back."""
    found: list[Any] = []

    @all_of_them
    async def handler(request: Request[object], *args: Any) -> Plain:
        found.extend(args)
        return two

    async def asked() -> Any:
        async with AsyncClient(App(handler)) as client:
            return await client(all_of_them, number, one, two, text, day)

    assert (anyio.run(asked), found) == (two, [number, one, two, text, day])


@dataclass(frozen=True)
class Files:
    note: str
    one: Upload
    more: list[Upload] = field(default_factory=list[Upload])


media = st.sampled_from(["text/plain", "image/png", 'a/b; c="d;e"'])
uploads = st.builds(Upload.of, hostile | any_text, st.binary(max_size=40) | st.just(b"\r\n--x"), media)
sent_files = st.builds(Files, note=any_text, one=uploads, more=st.lists(uploads, max_size=2))
upload_all = endpoint("POST", root).takes(form(Files))


@given(sent_files)
def test_files_arrive(files: Files) -> None:
    """With name, type and content, or are refused."""
    found: list[Any] = []

    async def told(sent: Files) -> list[Any]:
        all_files = [sent.one, *sent.more]
        return [sent.note, *[(file.filename, str(file.content_type), await file.read()) for file in all_files]]

    @upload_all
    async def handler(request: Request[object], sent: Files) -> Response:
        found.extend(await told(sent))
        return Response.empty()

    async def sending() -> None:
        async with AsyncClient(App(handler)) as client:
            try:
                upload_all.call(files)
            except ValueError:
                return
            assert (await client(upload_all, files)).status == 204
        assert found == await told(files)

    anyio.run(sending)


@dataclass(frozen=True)
class Word:
    word: str


class _Last:
    """A query of one word, given as the word."""

    async def read(self, request: Request[object], /) -> str:
        return request.query["word"]

    def write_to(self, draft: Any, value: str, /) -> Any:
        return query(Word).write_to(draft, Word(value))


last_word = _Last()


@given(hostile, hostile, hostile, hostile)
def test_no_text_makes_another_field(one: str, two: str, three: str, four: str) -> None:
    """A request has the fields that its inputs have, one line, one value, one path each."""
    operation = endpoint("GET", root / param("p", str)).takes(header("x-a", str)).takes(cookie("c", str)).takes(last_word)
    try:
        call = operation.call(one, two, three, four)
    except ValueError:
        return
    assert sorted(name for name, _ in call.headers) == [b"cookie", b"x-a"]
    assert not any(byte in value for _, value in call.headers for byte in b"\r\n\0")
    assert call.url.isascii()
    assert call.url.isprintable()
    assert call.url.count("/") == 1
    assert call.url.count("?") == 1


replies = st.builds(
    Reply,
    status=st.integers(0, 1000) | st.sampled_from([200, 201, 404]),
    headers=raw_headers
    | st.sampled_from(["application/json", "application/problem+json", "text/plain", "x", "a/b; c"]).map(
        lambda kind: Headers({"content-type": kind})
    ),
    content=st.binary(max_size=40) | st.sampled_from([b"{}", b'{"text":1}', b"[", b'"\xff"']),
)


@given(replies, st.sampled_from(["GET", "HEAD"]), st.booleans())
def test_whatever_comes_back_there_is_one_error(reply: Reply, method: str, typed: bool) -> None:
    """A CallError, which has a text and a problem."""
    operation: Any = endpoint(method, root)
    error: CallError | None = None
    try:
        result = (operation.returns(json(Plain)) if typed else operation).result(reply)
        assert not typed
        assert result.status == reply.status
    except CallError as caught:
        error = caught
    if error is not None:
        assert str(error).isprintable()
        assert isinstance(error.problem, Problem)
        assert (error.status, error.content) == (reply.status, reply.content)


@settings(max_examples=40)
@given(operations())
def test_the_client_of_the_testing_kit_carries_everything(given_: tuple[Operation, list[Any]]) -> None:
    """And no exchange breaks a rule of the specification."""
    operation, values = given_
    found: list[list[Any]] = []

    @operation
    async def handler(request: Request[object], *args: Any) -> Response:
        found.append(list(args))
        return Response.empty()

    async def asked() -> None:
        async with AsyncClient(App(handler)) as client:
            try:
                operation.call(*values)
            except ValueError:
                return
            assert (await client(operation, *values)).status == 204
            assert found == [values]

    anyio.run(asked)


anything = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    hostile,
    st.binary(max_size=4),
    st.decimals(),
    st.dates(),
    st.lists(st.none() | st.integers(), max_size=2),
    st.dictionaries(st.text(max_size=3), st.integers(), max_size=2),
    st.builds(object),
    st.builds(Upload.of, hostile, st.binary(max_size=3)),
    st.builds(Word, st.integers()),
    st.just(Word),
)


@given(operations(), st.data())
def test_whatever_is_given_there_is_one_error(given_: tuple[Operation, list[Any]], data: st.DataObject) -> None:
    """A ValueError, for values of any type, in place of a request that is refused or fails."""
    operation, values = given_
    wrong = [data.draw(anything | st.just(value)) for value in values]
    try:
        sent = operation.call(*wrong)
    except ValueError:
        return
    anyio.run(arriving, operation, sent)
