"""So many requests at once."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from typing import Any

import anyio
import pytest

from asgikit import App, Handler, Request, Response, Router, after, from_asgi, get, mount, root, websocket
from asgikit.asgi import AnyReceive, AnySend
from asgikit.conformance import checked
from asgikit.middleware.concurrency_limit import ConcurrencyPolicy, Crowd, concurrency_limit
from asgikit.middleware.timeouts import timeouts
from asgikit.partitions import by_header
from asgikit.testing import Answer, call, http_scope, play, talking, websocket_scope

pytestmark = pytest.mark.virtual_time


class Door:
    """A handler that lets nobody go until it is opened."""

    def __init__(self) -> None:
        self.inside = 0
        self.most = 0
        self.opened = anyio.Event()

    async def handle(self, request: Request[object]) -> Response:
        await self.wait()
        return Response.text("x")

    async def wait(self) -> None:
        self.inside += 1
        self.most = max(self.most, self.inside)
        try:
            await self.opened.wait()
        finally:
            self.inside -= 1

    async def stream(self, request: Request[object]) -> Response:
        async def chunks() -> AsyncIterator[str]:
            yield "a"
            await self.wait()
            yield "b"

        return Response.stream(chunks(), content_type="text/plain")

    async def foreign(self, scope: Any, receive: AnyReceive, send: AnySend) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await self.wait()
        await send({"type": "http.response.body", "body": b"x"})


async def crowd(app: Any, count: int, door: Door, **scope: Any) -> list[int]:
    """The statuses that so many get who come one after the other, while the door is shut; then it is opened."""
    answers: dict[int, Answer] = {}

    async def come(number: int) -> None:
        answers[number] = await call(app, **scope)

    async with anyio.create_task_group() as group:
        for number in range(count):
            group.start_soon(come, number)
            await anyio.wait_all_tasks_blocked()
        door.opened.set()
    return [answers[number].status for number in range(count)]


WAYS: list[Callable[[Door], Handler[object]]] = [
    lambda door: concurrency_limit(2)(door.handle),
    lambda door: get(root)(door.handle).wrap(concurrency_limit(2)),
    lambda door: Router(get(root)(door.handle)).wrap(concurrency_limit(2)),
    lambda door: concurrency_limit(2)(Router(get(root)(door.handle))),
    lambda door: concurrency_limit(2)(door.stream),
    lambda door: Router(mount(root, door.foreign, lifespan="off")).wrap(concurrency_limit(2)),
]


@pytest.mark.parametrize("way", WAYS)
async def test_too_many_at_once_are_503(way: Callable[[Door], Handler[object]]) -> None:
    """Until what is streamed is over; then there is room for as many again."""
    door = Door()
    app = checked(App(way(door)))
    assert await crowd(app, 4, door) == [200, 200, 503, 503]
    assert (await crowd(app, 2, door), door.most) == ([200, 200], 2)


async def test_a_refusal_says_when_to_come_back() -> None:
    """And the log why."""
    door = Door()
    app = App(concurrency_limit(1)(door.handle))
    async with anyio.create_task_group() as group:
        group.start_soon(call, app)
        await anyio.wait_all_tasks_blocked()
        answer = await call(app)
        door.opened.set()
    assert (answer.status, answer.headers["retry-after"], answer.error) == (503, "1", None)


async def test_those_in_the_queue_come_in_when_others_leave() -> None:
    """Never more at once than the limit."""
    door = Door()
    app = App(concurrency_limit(2, queue=3, wait=1000)(door.handle))
    assert (await crowd(app, 6, door), door.most) == ([200] * 5 + [503], 2)


async def test_waiting_in_the_queue_has_an_end() -> None:
    """With 503."""
    door = Door()
    app = App(concurrency_limit(1, queue=1, wait=0.001)(door.handle))
    async with anyio.create_task_group() as group:
        group.start_soon(call, app)
        await anyio.wait_all_tasks_blocked()
        assert (await call(app)).status == 503
        door.opened.set()


async def test_each_key_has_a_limit_of_its_own() -> None:
    """And is forgotten with its last request."""
    door = Door()
    limit = concurrency_limit(1, key=by_header("x-key"))
    app = App(limit(door.handle))
    statuses: list[int] = []

    async def come(name: str) -> None:
        statuses.append((await call(app, headers={"x-key": name})).status)

    async with anyio.create_task_group() as group:
        for name in ("a", "b", "a"):
            group.start_soon(come, name)
            await anyio.wait_all_tasks_blocked()
        assert statuses == [503]
        door.opened.set()
    assert sorted(statuses) == [200, 200, 503]


@pytest.mark.parametrize("cancels", [False, True])
async def test_a_key_is_forgotten_with_its_last_request(cancels: bool) -> None:
    """Or clients could fill the memory with them; also if the last one was cancelled just when its turn came."""
    group = Crowd(ConcurrencyPolicy(limit=1, queue=1, wait=1000))
    leave, scope = await group.enter("a"), anyio.CancelScope()

    async def wait() -> None:
        with scope:
            (await group.enter("a"))()

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(wait)
        await anyio.wait_all_tasks_blocked()
        if cancels:
            scope.cancel()
        leave()
        leave()
    assert len(group) == 0


async def test_work_behind_a_response_is_not_counted() -> None:
    """It takes nobody's place."""
    door = Door()

    async def handler(request: Request[object]) -> Response:
        return Response.text("x").then(door.wait)

    async def foreign(scope: Any, receive: AnyReceive, send: AnySend) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"x"})
        await door.wait()

    for work in (handler, from_asgi(foreign, lifespan="off")):
        door.opened = anyio.Event()
        assert await crowd(App(concurrency_limit(1)(work)), 3, door) == [200, 200, 200]


async def test_what_has_no_key_is_not_limited() -> None:
    """However many there are."""
    door = Door()
    app = App(concurrency_limit(1, key=lambda request: None)(door.handle))
    assert await crowd(app, 3, door) == [200, 200, 200]


async def fails(request: Request[object]) -> Response:
    raise ValueError("mine")


async def left(request: Request[object]) -> Response:
    return Response.text(str(await request.body()))


async def test_every_end_gives_the_place_back() -> None:
    """An error, a client that leaves, a response that is replaced, a time-out, a cancellation, a stream cut off."""
    door = Door()
    limit = concurrency_limit(1)
    replaced = after(lambda request, response: Response.text("other"))
    assert (await call(App(limit(fails)))).status == 500
    assert (await play(App(limit(left)), http_scope("POST"), [{"type": "http.disconnect"}])).events == []
    assert (await call(App(replaced(limit(door.stream))))).text == "other"
    assert (await call(App(timeouts(response=0.001)(limit(door.handle))))).status == 503
    with anyio.move_on_after(0.001):
        await call(App(limit(door.handle)))
    assert (await call(App(limit(door.stream)), leaves_after=2)).text == "a"
    door.opened.set()
    assert (await call(App(limit(door.handle)))).status == 200


async def test_a_socket_counts_until_it_is_closed() -> None:
    """And one too many is denied."""

    @websocket(root)
    async def join(request: Request[object]) -> Response:
        async def session(ws: Any) -> None:
            async for _ in ws:
                pass

        return Response.upgrade(session)

    app = App(join.wrap(concurrency_limit(1)))
    connect = [{"type": "websocket.connect"}]
    async with talking(app) as client:
        assert await client.answered() is None
        assert (await play(app, websocket_scope(), connect)).events == [{"type": "websocket.close", "code": 1000}]
    async with talking(app) as client:
        assert await client.answered() is None


@pytest.mark.parametrize("options", [{"limit": 0}, {"queue": -1}, {"wait": 0}, {"wait": float("inf")}, {"wait": float("nan")}])
def test_a_policy_that_cannot_be_meant_is_refused(options: dict[str, Any]) -> None:
    """When it is made."""
    with pytest.raises(ValueError, match=r"limit is|wait is"):
        ConcurrencyPolicy(**{"limit": 1, **options})
