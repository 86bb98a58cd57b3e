"""What middleware keeps with a request."""

from __future__ import annotations

from asgikit import App, Request, Response
from asgikit.notes import Note
from asgikit.testing import call

NUMBER = Note[int]("number")
OTHER = Note[int]("number")


async def test_every_copy_of_a_request_sees_a_note() -> None:
    """Whoever made the copy."""

    async def handler(request: Request[None]) -> Response:
        assert NUMBER.get(request.connection) is None
        NUMBER.set(request.with_state("other").connection, 3)
        NUMBER.set(request.connection, 4)
        return Response.text(f"{NUMBER.get(request.connection)} {OTHER.get(request.connection)}")

    assert (await call(App(handler))).text == "4 None"


def test_a_note_says_its_name() -> None:
    """For people."""
    assert repr(NUMBER) == "<Note number>"
