"""One connection of an application, told by what comes of it: the smallest of tests."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import anyio

from asgikit.asgi import ASGIApp, ForeignApp
from asgikit.http.headers import Headers
from asgikit.testing.failures import AppFailure, Incomplete
from asgikit.testing.profile import Profile
from asgikit.testing.scopes import Fields, http_scope
from asgikit.testing.task import Watch

Event: TypeAlias = Mapping[str, object]

PLAIN = Profile()


@dataclass(slots=True)
class Answer:
    """What an application sent, and the exception that came out of it."""

    events: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    """Everything that it sent, as it was sent."""
    error: BaseException | None = None

    @property
    def started(self) -> Mapping[str, object]:
        """The event that started the response. Raises Incomplete where there is none, or more than one."""
        starts = [event for event in self.events if event["type"] == "http.response.start"]
        if len(starts) != 1:
            raise Incomplete(f"the application started {len(starts)} responses: {self!r}")
        return starts[0]

    @property
    def status(self) -> int:
        """Of the response."""
        status = self.started["status"]
        if not isinstance(status, int):
            raise AppFailure(f"the status is {status!r}")
        return status

    @property
    def headers(self) -> Headers:
        """Of the response."""
        raw: Any = self.started.get("headers", ())
        return Headers.from_raw(raw)

    @property
    def body(self) -> bytes:
        """What has come of it."""
        return b"".join(event.get("body", b"") for event in self.events if event["type"] == "http.response.body")

    @property
    def text(self) -> str:
        """The body as UTF-8."""
        return self.body.decode()

    def json(self) -> object:
        """The body as JSON."""
        return json.loads(self.body)


async def play(
    app: ASGIApp | ForeignApp,
    scope: Mapping[str, object],
    events: Sequence[Event] = (),
    *,
    leaves_after: int | None = None,
    profile: Profile = PLAIN,
) -> Answer:
    """Calls an application once with any scope, and any events: the client is silent behind them.

    It leaves when the application has sent `leaves_after` events. Raises ConformanceError where the application breaks a
    rule, TimeoutError where it does not end in time; what it raises is in the answer.
    """
    answer = Answer()
    waiting = [*events]
    left = anyio.Event()
    watch = Watch(app, profile)

    async def receive() -> Event:
        if waiting:
            return waiting.pop(0)
        await left.wait()
        return {"type": f"{scope['type']}.disconnect"}

    async def send(event: dict[str, Any]) -> None:
        answer.events.append(event)
        if leaves_after is not None and len(answer.events) >= leaves_after:
            left.set()

    with anyio.fail_after(profile.timeout):
        try:
            await watch(scope, receive, send)
        except Exception as error:  # noqa: BLE001  # it is in the answer
            answer.error = error
    watch.judge()
    return answer


async def call(  # noqa: PLR0913  # all but three by name, with defaults
    app: ASGIApp | ForeignApp,
    method: str = "GET",
    target: str = "/",
    *,
    body: bytes | Sequence[bytes] = b"",
    headers: Fields = (),
    leaves_after: int | None = None,
    profile: Profile = PLAIN,
    **scope: object,
) -> Answer:
    """One HTTP request, without a client: a body in several pieces if it is a sequence; more keywords are keys of the scope."""
    pieces = [body] if isinstance(body, bytes) else [*body]
    last = len(pieces) - 1
    events: list[Event] = [
        {"type": "http.request", "body": piece, "more_body": number < last} for number, piece in enumerate(pieces)
    ]
    keys = {"spec_version": profile.spec_version, "http_version": profile.http_version, **scope}
    whole: Any = http_scope
    return await play(app, whole(method, target, headers=headers, **keys), events, leaves_after=leaves_after, profile=profile)
