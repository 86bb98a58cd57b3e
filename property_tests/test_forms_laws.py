"""Laws of forms: whatever a client sends as one, the answer says what is wrong with it, and no file is left open."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import PurePosixPath, PureWindowsPath
from typing import Any

import anyio
from hypothesis import given
from hypothesis import strategies as st

from asgikit import App, Request, Response, Router, form, post, root
from asgikit.http.headers import Headers
from asgikit.parts import FormLimits
from asgikit.testing import Answer, http_scope, play
from asgikit.uploads import Spool, Upload
from property_tests.test_multipart_laws import bodies, chunks, contents, cuts
from tests.forming import on_disk

numbers = st.integers(0, 3)
limits = st.one_of(
    st.just(FormLimits(spool_size=0)),
    st.builds(
        FormLimits,
        fields=numbers,
        files=numbers,
        header_size=st.integers(30, 90),
        field_size=st.integers(0, 20),
        file_size=st.integers(0, 20),
        total_size=st.integers(0, 300),
        spool_size=st.integers(0, 5),
    ),
)
kinds = st.one_of(
    st.just("multipart/form-data; boundary=b"),
    st.sampled_from(["application/x-www-form-urlencoded", "multipart/form-data", "application/json", "", 'a/b; c="']),
)
pairs = st.lists(st.sampled_from([b"a=1", b"f=x", b"&", b"%", b"%ff", b"=", b"+", b"\xff"])).map(b"&".join)


@dataclass
class Model:
    a: str
    f: Upload
    more: list[Upload] = field(default_factory=list[Upload])


def applications(limits: FormLimits) -> App[None]:
    @post(root / "whole")
    async def whole(request: Request[object]) -> Response:
        read = await request.form(limits)
        return Response.text(repr((list(read.fields), [(file, await file.read()) for file in read.files])))

    @post(root / "parts")
    async def in_parts(request: Request[object]) -> Response:
        return Response.text(repr([(part.name, await part.read()) async for part in request.parts(limits)]))

    @post(root / "names")
    async def names(request: Request[object]) -> Response:
        return Response.text(repr([part.name async for part in request.parts(limits)]))

    @post(root / "typed").takes(form(Model, limits=limits))
    async def typed(request: Request[object], model: Model) -> Response:
        return Response.text(repr(model))

    return App(Router(whole, in_parts, names, typed))


async def ask(limits: FormLimits, target: str, kind: str, pieces: list[bytes], leaves: bool = False) -> Answer:
    more: list[dict[str, Any]] = [{"type": "http.request", "body": piece, "more_body": True} for piece in pieces]
    more.append({"type": "http.disconnect"} if leaves else {"type": "http.request"})
    return await play(applications(limits), http_scope("POST", target, headers={"content-type": kind}), more)


targets = st.sampled_from(["/whole", "/parts", "/names", "/typed"])


@given(bodies | contents | pairs, cuts, limits, kinds, targets, st.sampled_from(["asyncio", "trio"]))
def test_any_bytes_as_a_form_have_one_answer(
    body: bytes, places: list[int], allowed: FormLimits, kind: str, target: str, backend: str
) -> None:
    """Never a 500, the same wherever the body is cut, and every file is closed."""
    before = on_disk()
    answers = [anyio.run(ask, allowed, target, kind, pieces, backend=backend) for pieces in (chunks(body, places), [body])]
    for answer in answers:
        assert answer.error is None
        assert answer.status in {200, 400, 413, 415, 422}
        assert answer.status < 400 or answer.text
    assert (answers[0].status, answers[0].body) == (answers[1].status, answers[1].body)
    assert on_disk() == before


@given(bodies, cuts, targets, st.sampled_from(["asyncio", "trio"]))
def test_a_client_may_leave_in_the_middle_of_a_form(body: bytes, places: list[int], target: str, backend: str) -> None:
    """It is told what was wrong until then, or nothing; every file is closed."""
    before = on_disk()
    kind = "multipart/form-data; boundary=b"
    answer = anyio.run(ask, FormLimits(spool_size=0), target, kind, chunks(body, places), True, backend=backend)
    assert answer.error is None
    assert not answer.events or answer.status in {400, 413}
    assert on_disk() == before


pieces_of_names = st.one_of(
    st.text(max_size=5),
    st.sampled_from([".", "..", "/", "\\", ":", "con", "NUL", "com1", "\0", " ", "é", "e\u0301", "x" * 99, "名" * 40]),
)


@given(st.lists(pieces_of_names, max_size=8).map("".join))
def test_a_safe_name_is_a_name_everywhere(filename: str) -> None:
    """For any name a client may send: one segment, not hidden, no device, short enough; and safe already."""
    safe = Upload("f", filename, Headers(), Spool(0)).safe_filename
    assert PurePosixPath(safe).name == PureWindowsPath(safe).name == safe
    assert not set(safe) & set('<>:"|?*/\\\0\n\r')
    assert safe.isprintable()
    assert 0 < len(safe.encode()) <= 201
    assert safe == safe.strip(". ")
    assert safe.split(".")[0].rstrip().lower() not in {"con", "prn", "aux", "nul", "com1", "lpt9"}
    assert Upload("f", safe[:200], Headers(), Spool(0)).safe_filename == safe[:200].rstrip(". ")
