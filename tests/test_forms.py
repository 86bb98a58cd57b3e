"""Forms: fields and files within limits."""

from __future__ import annotations

import gc
import tracemalloc
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import anyio
import pytest

from asgikit import App, Request, Response
from asgikit.errors import BadRequest, BodyConsumed, ClientDisconnected, ContentTooLarge, HTTPError
from asgikit.forms import FormData, form_content
from asgikit.http.headers import Headers
from asgikit.http.pairs import Pairs
from asgikit.parts import FormLimits, Part
from asgikit.testing import Answer, call, exchanging, http_scope, play
from asgikit.uploads import Spool, Upload
from tests.forming import BIG, MULTIPART, URLENCODED, multipart, on_disk, part, pieces

SMALL = FormLimits(fields=2, files=1, header_size=60, field_size=5, file_size=10, total_size=300)


def handling(work: Callable[[Request[None]], Awaitable[object]]) -> App[None]:
    """An application that answers with what this returns, as Python writes it."""

    async def handler(request: Request[None]) -> Response:
        return Response.text(repr(await work(request)))

    return App(handler)


async def summary(form: FormData) -> object:
    return list(form.fields), [(file.name, file.filename, await file.read()) for file in form.files]


def whole(limits: FormLimits) -> App[None]:
    async def read(request: Request[None]) -> object:
        return await summary(await request.form(limits))

    return handling(read)


def in_parts(limits: FormLimits) -> App[None]:
    async def read(request: Request[None]) -> object:
        return [(part.name, part.filename, await part.read()) async for part in request.parts(limits)]

    return handling(read)


async def sending(app: App[Any], body: bytes, headers: Any = MULTIPART, *, size: int | None = None) -> Answer:
    return await call(app, "POST", body=pieces(body, size) if size else body, headers=headers)


FORM = multipart(part("a", "1"), part("f", b"\x00\r\n-", "x.bin"), part("a", "é"), part("none", "", ""), part("e", "", "empty"))


async def test_a_multipart_form_is_fields_and_files() -> None:
    """In their order; a file input that was left empty is no file, but an empty file is one."""
    answer = await sending(whole(FormLimits()), FORM)
    assert answer.text == repr(([("a", "1"), ("a", "é")], [("f", "x.bin", b"\x00\r\n-"), ("e", "empty", b"")]))


async def test_an_urlencoded_form_is_fields() -> None:
    """As browsers write it, and without files."""
    answer = await sending(whole(FormLimits()), b"a=1&a=%C3%A9+b&c=", URLENCODED)
    assert answer.text == repr(([("a", "1"), ("a", "é b"), ("c", "")], []))


async def test_a_file_without_a_name_is_a_file() -> None:
    """If there is something in it."""
    answer = await sending(whole(FormLimits()), multipart(part("f", "1", ""), part("f", "", "")))
    assert answer.text == repr(([], [("f", "", b"1")]))


async def test_the_parts_of_a_form_come_one_by_one() -> None:
    """What of one is not read is skipped."""

    async def read(request: Request[None]) -> object:
        seen: list[object] = []
        async for one in request.parts():
            seen.append(one.name)
            if one.filename == "x.bin":
                seen += [one.headers["content-type"], await anext(one)]
            elif one.name == "t":
                seen.append(await one.text())
        return seen

    body = multipart(part("a", "skipped"), part("f", "x" * 50, "x.bin", "text/plain"), part("t", "é"), part("g", "", "y"))
    for size in (1, 10, 1000):
        answer = await sending(handling(read), body, size=size)
        assert answer.text.startswith("['a', 'f', 'text/plain', b'x")
        assert answer.text.endswith("'t', 'é', 'g']")


async def test_a_part_gives_nothing_once_the_next_is_asked_for() -> None:
    """It is over; the next one has all of its own content."""

    async def read(request: Request[None]) -> object:
        parts = request.parts()
        first = await anext(parts)
        second = await anext(parts)
        stale = await first.read()
        return stale, await second.read(), await second.read(), [part async for part in parts], [part async for part in parts]

    answer = await sending(handling(read), multipart(part("a", "1"), part("b", "2")))
    assert answer.text == "(b'', b'2', b'', [], [])"


async def test_leaving_a_form_in_the_middle_is_no_error() -> None:
    """Nothing has to be closed, in any event loop: a warning would be an error here."""

    async def read(request: Request[None]) -> object:
        async for one in request.parts():
            async for _ in one:
                break
            break
        gc.collect()
        return "left"

    for size in (7, 1000):
        assert (await sending(handling(read), FORM, size=size)).text == "'left'"
    gc.collect()


TEXT = part("a", "12345")
PAST = [
    (multipart(TEXT, TEXT, TEXT), "the form has over 2 fields"),
    (multipart(part("f", "", "x"), part("g", "", "y")), "the form has over 1 files"),
    (multipart(TEXT, part("f", "", "x"), TEXT, part("g", "", "y")), "the form has over 1 files"),
    (multipart(part("a", "123456")), "the part 'a' of the form is over 5 bytes"),
    (multipart(part("f", "12345678901", "x")), "the part 'f' of the form is over 10 bytes"),
    (multipart(part("a" * 30, "")), "the form has a part with a head over 60 bytes"),
    (multipart(TEXT) + b" " * 300, "the form is over 300 bytes"),
    (multipart(part("f", "x" * 400, "x"))[:-7], "the part 'f' of the form is over 10 bytes"),
    (b"\n" * 1025 + multipart(), "the form is over 300 bytes"),
]


@pytest.mark.parametrize("app", [whole(SMALL), in_parts(SMALL)], ids=["form", "parts"])
@pytest.mark.parametrize(("body", "text"), PAST)
async def test_past_a_limit_the_answer_names_it(app: App[None], body: bytes, text: str) -> None:
    """413, whole or in parts, wherever the body is cut."""
    for size in (1, 2, 3, 7, 50, 299, 300, 301, 10_000):
        answer = await sending(app, body, size=size)
        assert (answer.status, answer.text, answer.error) == (413, text, None)


async def test_up_to_the_limits_a_form_is_read() -> None:
    """To the byte."""
    body = multipart(TEXT, part("f", "x" * 10, "x"), TEXT)
    answer = await sending(whole(SMALL), body + b" " * (300 - len(body)))
    assert answer.text == repr(([("a", "12345")] * 2, [("f", "x", b"x" * 10)]))


async def test_an_announced_length_past_the_limit_is_refused_at_once() -> None:
    """Before anything is read."""
    answer = await sending(whole(SMALL), b"nothing of a form", MULTIPART | {"content-length": "301"})
    assert (answer.status, answer.text) == (413, "the form is over 300 bytes")
    answer = await sending(whole(SMALL), multipart(), MULTIPART | {"content-length": "300"})
    assert answer.status == 200


URLENCODED_PAST = [
    (b"a=1&b=2&c=3", "the form has over 2 fields"),
    (b"&&", "the form has over 2 fields"),
    (b"abc=123", "a field of the form is over 5 bytes"),
    (b"a=%C3%A9%C3%A9%C3%A9", "a field of the form is over 5 bytes"),
    (b"a=" + b"1" * 299, "the content is over 300 bytes"),
]


@pytest.mark.parametrize(("body", "text"), URLENCODED_PAST)
async def test_an_urlencoded_form_has_limits_too(body: bytes, text: str) -> None:
    """413 with their names."""
    for size in (1, 1000):
        answer = await sending(whole(SMALL), body, URLENCODED, size=size)
        assert (answer.status, answer.text) == (413, text)


async def test_a_form_may_be_empty() -> None:
    """Also where nothing is allowed."""
    nothing = FormLimits(fields=0, files=0)
    for body, headers in ((b"", URLENCODED), (multipart(), MULTIPART)):
        assert (await sending(whole(nothing), body, headers)).text == "([], [])"
    assert (await sending(whole(nothing), b"a", URLENCODED)).text == "the form has over 0 fields"
    assert (await sending(whole(nothing), multipart(TEXT))).text == "the form has over 0 fields"


async def test_an_urlencoded_form_is_a_kept_body_too() -> None:
    """The limit of the App holds for it."""

    async def read(request: Request[None]) -> Response:
        return Response.json(len((await request.form()).fields))

    answer = await sending(App(read, body_limit=5), b"a=1234", URLENCODED)
    assert (answer.status, answer.text) == (413, "the content is over 5 bytes")


MALFORMED = [
    (b"", "malformed form: the body ends before its last boundary"),
    (multipart(part("a", "1"))[:-4], "malformed form: the body ends before its last boundary"),
    (b"--b\r\nX: 1\r\n\r\n", "malformed form: a part has 0 Content-Disposition fields: it needs one"),
]


@pytest.mark.parametrize("app", [whole(FormLimits()), in_parts(FormLimits())], ids=["form", "parts"])
@pytest.mark.parametrize(("body", "text"), MALFORMED)
async def test_a_malformed_form_is_a_bad_request(app: App[None], body: bytes, text: str) -> None:
    """400 with what is wrong."""
    for size in (1, 1000):
        answer = await sending(app, body, size=size)
        assert (answer.status, answer.text, answer.error) == (400, text, None)


async def test_a_field_is_utf_8() -> None:
    """400 for one that is not; a file may hold anything."""
    answer = await sending(whole(FormLimits()), multipart(part("a", b"\xe9")))
    assert (answer.status, answer.text) == (400, "the field 'a' of the form is not UTF-8")
    assert (await sending(whole(FormLimits()), multipart(part("a", b"\xe9", "x")))).status == 200


@pytest.mark.parametrize(
    ("kind", "status"),
    [
        (None, 415),
        ("application/json", 415),
        ("multipart/mixed; boundary=b", 415),
        ("text/plain", 415),
        ("nonsense", 400),
        ("multipart/form-data", 400),
        ("multipart/form-data; boundary=", 400),
        ('multipart/form-data; boundary=" "', 400),
    ],
)
async def test_another_content_type_is_refused(kind: str | None, status: int) -> None:
    """415 with what there is; a type that cannot be read, or has no boundary, is 400."""
    headers = {} if kind is None else {"content-type": kind}
    for app, accepted in (
        (whole(FormLimits()), "application/x-www-form-urlencoded, multipart/form-data"),
        (in_parts(FormLimits()), "multipart/form-data"),
    ):
        answer = await sending(app, multipart(), headers)
        assert (answer.status, answer.error) == (status, None)
        assert status == 400 or answer.headers["accept"] == accepted


async def test_a_form_that_fails_once_fails_for_good() -> None:
    """Nobody takes what is left of it for all of it: neither its parts nor the whole of it."""

    async def read(request: Request[None]) -> object:
        said: list[str] = []
        parts = request.parts(SMALL)
        for _ in range(3):
            try:
                said += [part.name async for part in parts]
            except HTTPError as error:
                said.append(error.public)
        return said

    for body, size in ((multipart(TEXT, TEXT, TEXT, TEXT), 1000), (b"--b\r\nx\r\n\r\n" + multipart(TEXT), 10)):
        text = (await sending(handling(read), body, size=size)).text
        assert text == repr([text.split("'")[1]] * 3) or text.count("over 2 fields") == 3

    async def again(request: Request[None]) -> object:
        with pytest.raises(ContentTooLarge):
            await request.form(SMALL)
        return await request.form()

    answer = await sending(handling(again), multipart(TEXT, TEXT, TEXT))
    assert (answer.status, answer.text) == (413, "the form has over 2 fields")


async def test_a_client_that_leaves_half_way_leaves_no_file() -> None:
    """Nor an error: it is not there to be told."""
    before = on_disk()
    started = {"type": "http.request", "body": part("f", "x" * BIG, "x"), "more_body": True}
    held: list[int] = []

    async def read(request: Request[None]) -> object:
        try:
            return await request.form()
        except ClientDisconnected:
            held.append(on_disk() - before)
            raise

    answer = await play(handling(read), http_scope("POST", headers=MULTIPART), [started, {"type": "http.disconnect"}])
    assert (answer.events, answer.error, held) == ([], None, [1])
    assert on_disk() == before


FILE = part("f", "x" * BIG, "x")
FAILING = [
    (multipart(FILE)[:-5], 400),
    (multipart(FILE, part("a", b"\xff")), 400),
    (multipart(FILE, part("a", "1"), part("a", "2"), part("a", "3")), 413),
    (multipart(FILE, part("g", "y" * 2 * BIG, "y")), 413),
    (multipart(FILE, FILE), 422),
    (multipart(FILE), 500),
]


@pytest.mark.parametrize(("body", "status"), FAILING)
async def test_no_file_outlives_its_request(body: bytes, status: int) -> None:
    """Malformed, past a limit, or refused or broken by the handler while a file is on disk."""
    before = on_disk()

    async def read(request: Request[None]) -> object:
        form = await request.form(FormLimits(fields=2, file_size=BIG))
        assert on_disk() - before == len(form.files)
        if len(form.files) == 2:
            raise HTTPError(422, "two")
        raise ZeroDivisionError

    answer = await sending(handling(read), body, size=65_536)
    assert (answer.status, isinstance(answer.error, ZeroDivisionError)) == (status, status == 500)
    assert on_disk() == before


async def test_a_cancelled_request_leaves_no_file() -> None:
    """While it waits for more, with a file on disk."""
    before = on_disk()
    stored = anyio.Event()

    async def content() -> AsyncIterator[bytes]:
        yield FILE[:-1]
        yield FILE[-1:]  # it is asked for when the first piece is on disk
        stored.set()
        await anyio.sleep_forever()

    async with exchanging(whole(FormLimits()), "POST", headers=MULTIPART, content=content()) as exchange:
        with anyio.fail_after(5):
            await stored.wait()
        assert on_disk() - before == 1
        await exchange.cancel()
        assert (exchange.has_ended, exchange.message) == (True, None)
        assert on_disk() == before


async def test_work_after_the_response_can_read_the_files() -> None:
    """They are closed behind it."""
    before = on_disk()
    read: list[object] = []

    async def keep(file: Upload) -> None:
        read.append((len(await file.read()), on_disk() - before))

    async def handler(request: Request[None]) -> Response:
        file = (await request.form()).files[0]
        read.append(file)
        return Response.text("").then(keep, file)

    assert (await sending(App(handler), multipart(FILE))).status == 200
    file, in_work = read
    assert in_work == (BIG, 1)
    assert on_disk() == before
    assert isinstance(file, Upload)
    with pytest.raises(ValueError, match="closed file"):
        await file.read()


async def test_a_large_upload_takes_little_memory() -> None:
    """Streamed by parts, or spooled: far less than its size at any moment."""
    size, chunk = 20_000_000, b"x" * 50_000
    limits = FormLimits(file_size=size, total_size=2 * size)

    async def streamed(request: Request[None]) -> object:
        return [sum([len(piece) async for piece in part]) async for part in request.parts(limits)]

    async def spooled(request: Request[None]) -> object:
        return [file.size for file in (await request.form(limits)).files]

    async def content() -> AsyncIterator[bytes]:
        yield part("f", b"", "x")[:-2]
        for _ in range(size // len(chunk)):
            yield bytes(bytearray(chunk))
        yield b"\r\n" + multipart()

    for work in (streamed, spooled):
        tracemalloc.start()
        async with exchanging(handling(work), "POST", headers=MULTIPART, content=content()) as exchange:
            answer = await exchange.read()
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert answer == b"[%d]" % size
        assert peak < 3_000_000


def upload(name: str) -> Upload:
    return Upload(name, f"{name}.txt", Headers(), Spool(0))


def test_form_data_is_a_value() -> None:
    """Of fields and files by name."""
    one, two, three = upload("f"), upload("g"), upload("f")
    form = FormData(Pairs([("a", "1"), ("b", ""), ("a", "2"), ("f", "text")]), [one, two, three])
    assert (form["a"], form.get("b"), form.get("z"), form.get("g")) == ("1", "", None, None)
    assert ("a" in form, "z" in form, "g" in form, 1 in form) == (True, False, False, False)
    assert form.fields.get_all("a") == ("1", "2")
    assert form.files == (one, two, three)
    assert (form.file("f"), form.file("z"), form.files_of("f"), form.files_of("z")) == (one, None, (one, three), ())
    assert form.grouped() == {"a": ("1", "2"), "b": ("",), "f": ("text", one, three), "g": (two,)}
    with pytest.raises(KeyError):
        form["g"]
    assert (FormData().files, len(FormData().fields), FormData().grouped()) == ((), 0, {})


def test_form_data_shows_names_only() -> None:
    """Values are private."""
    assert repr(FormData(Pairs([("password", "secret")]), [upload("f")])) == "<FormData ['password'], files ['f']>"


@pytest.mark.parametrize("name", ["fields", "files", "header_size", "field_size", "file_size", "total_size", "spool_size"])
def test_a_limit_is_not_negative(name: str) -> None:
    """0 allows nothing."""
    with pytest.raises(ValueError, match="at least 0"):
        FormLimits(**{name: -1})
    FormLimits(**{name: 0})


async def test_a_part_is_read_by_who_holds_the_form() -> None:
    """A form that was read whole is not there in parts, and the other way round."""

    async def both(request: Request[None]) -> object:
        async for _ in request.parts():
            break
        return await request.form()

    async def reverse(request: Request[None]) -> object:
        await request.form()
        return [part async for part in request.parts()]

    for work in (both, reverse):
        assert isinstance((await sending(handling(work), FORM)).error, BodyConsumed)


async def test_a_kept_body_has_its_parts_as_often_as_asked() -> None:
    """Who reads it first can give it to others."""

    async def read(request: Request[None]) -> object:
        await request.body()
        names = [[part.name async for part in request.parts()] for _ in range(2)]
        return names, [file.name for file in (await request.form()).files], len(await request.body())

    answer = await sending(handling(read), FORM)
    assert answer.text == repr(([["a", "f", "a", "none", "e"]] * 2, ["f", "e"], len(FORM)))


async def test_text_of_a_part_that_is_none_is_a_bad_request() -> None:
    """Also of a file that is read as text."""

    async def read(request: Request[None]) -> object:
        part: Part = await anext(request.parts())
        with pytest.raises(BadRequest, match="not UTF-8"):
            await part.text()
        return await part.text()

    assert (await sending(handling(read), multipart(part("f", b"\xff", "x")))).text == "''"


async def test_a_field_that_is_missing_tells_the_client() -> None:
    """As a KeyError that is a 422; a file is no text."""
    answer = await call(handling(lambda request: request.form()), "POST", body=b"x=1", headers=URLENCODED)
    assert answer.status == 200

    async def read(request: Request[None]) -> object:
        return (await request.form())["title"]

    answer = await call(handling(read), "POST", body=b"x=1", headers=URLENCODED)
    assert (answer.status, answer.text, answer.error) == (422, "the field 'title' is missing", None)
    answer = await call(handling(read), "POST", body=multipart(part("title", "x", "x.txt")), headers=MULTIPART)
    assert (answer.status, answer.text) == (422, "the field 'title' is a file, not text")
    with pytest.raises(KeyError):
        FormData()["title"]


@pytest.mark.parametrize(
    "limits",
    [FormLimits(fields=1), FormLimits(files=0), FormLimits(field_size=2), FormLimits(file_size=4), FormLimits(total_size=8)],
)
async def test_later_limits_hold_for_a_form_that_was_read_before(limits: FormLimits) -> None:
    """By middleware, say, with wider ones."""

    async def twice(request: Request[None]) -> object:
        await request.form()
        return await request.form(limits)

    body = multipart(part("a", "1"), part("b", "123"), part("f", "12345", "x"))
    answer = await call(handling(twice), "POST", body=body, headers=MULTIPART)
    assert (answer.status, answer.error) == (413, None)
    assert (await call(handling(lambda r: r.form()), "POST", body=body, headers=MULTIPART)).status == 200


@pytest.mark.parametrize("headers", [URLENCODED, MULTIPART])
async def test_a_client_that_stops_sending_is_told(headers: dict[str, str]) -> None:
    """After the time that the limits give it."""
    answer = await play(
        handling(lambda r: r.form(FormLimits(idle=0.01))),
        http_scope("POST", headers=headers),
        [{"type": "http.request", "body": b"--b", "more_body": True}],
    )
    assert (answer.status, answer.error) == (408, None)


async def test_a_full_disk_is_no_error_of_the_client(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nor one without an answer."""

    def full(**options: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("asgikit.uploads.TemporaryFile", full)
    body = multipart(part("f", "x" * BIG, "x"))
    answer = await call(handling(lambda r: r.form()), "POST", body=body, headers=MULTIPART)
    assert (answer.status, answer.text, answer.error) == (503, "the file cannot be kept now", None)


def test_times_are_above_zero() -> None:
    """Like all of asgikit's."""
    for wrong in ({"idle": 0}, {"total": -1}):
        with pytest.raises(ValueError, match="a time above it"):
            FormLimits(**wrong)  # type: ignore[arg-type]  # which of them it is plays no part


def test_a_form_is_written_as_it_is_read() -> None:
    """Urlencoded, or multipart with files; what is neither text nor a file is refused."""
    assert form_content([("a", "1 é"), ("b", "&")], multipart=False) == (b"a=1+%C3%A9&b=%26", URLENCODED["content-type"])
    content, kind = form_content([("a", "1"), ("f", Upload.of("x", b"2"))], multipart=True)
    assert kind.startswith("multipart/form-data; boundary=")
    assert content.count(b"content-disposition: form-data; name=") == 2
    file = Upload.of("x", b"")
    for pair, in_parts in ((("f", file), False), (("f", 3), True), (("f", "\ud800"), False), (("f", "\ud800"), True)):
        with pytest.raises(ValueError, match=r"'f'.* text|'f' holds a lone surrogate"):
            form_content([pair], multipart=in_parts)
    with pytest.raises(ValueError, match="stands for none"):
        form_content([("f", Upload.of("", b""))], multipart=True)
