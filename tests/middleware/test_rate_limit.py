"""So many requests in so much time."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import pytest

from asgikit import App, Handler, Request, Response, Router, catch, get, mount, post, root, websocket
from asgikit.asgi import AnyReceive, AnySend
from asgikit.conformance import checked
from asgikit.errors import TooManyRequests
from asgikit.middleware.rate_limit import RatePolicy, limited, rate_limit, refusal
from asgikit.partitions import by_header, by_route
from asgikit.rates import SECOND, Quota, Rate, per_hour, per_minute, per_second
from asgikit.stores.memory_rates import MemoryRates
from asgikit.structured import Item, parse_list
from asgikit.testing import Answer, call, play, websocket_scope


@get(root)
async def read(request: Request[object]) -> Response:
    return Response.text("x")


@post(root)
async def write(request: Request[object]) -> Response:
    raise LookupError("mine")


async def foreign(scope: Any, receive: AnyReceive, send: AnySend) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"x"})


class Clock:
    def __init__(self) -> None:
        self.now = 0

    def __call__(self) -> int:
        return self.now


def test_what_is_left_is_told_as_a_structured_field() -> None:
    """Seconds are never too few, and the fields that are there stay."""
    policy = RatePolicy(rates=(per_second(10, burst=25), per_hour(1000, name="hourly")))
    response = limited(policy, [Quota(24, 0, 1), Quota(0, 5, 3599 * SECOND + 1)], Response.text("x", headers={"x-a": "b"}))
    assert response.headers["ratelimit-policy"] == '"10/1s+25";q=25;w=3, "hourly";q=1000;w=3600'
    assert response.headers["ratelimit"] == '"10/1s+25";r=24;t=1, "hourly";r=0;t=3600'
    assert (response.headers["x-a"], response.headers["content-length"]) == ("b", "1")


def test_the_fields_are_structured_fields() -> None:
    """As the draft has them: a list of names with parameters."""
    policy = RatePolicy(rates=(per_second(10, name="a b;c,d=e"), per_hour(1000)))
    response = limited(policy, [Quota(9, 0, 1), Quota(0, 5, SECOND)], Response.text("x"))
    assert parse_list(response.headers["ratelimit-policy"]) == (
        Item("a b;c,d=e", (("q", 10), ("w", 1))),
        Item("1000/3600s", (("q", 1000), ("w", 3600))),
    )
    told = parse_list(response.headers["ratelimit"])
    assert told == (Item("a b;c,d=e", (("r", 9), ("t", 1))), Item("1000/3600s", (("r", 0), ("t", 1))))


def test_a_refusal_says_when_to_come_back() -> None:
    """When the last of the rates has room, in whole seconds from 1."""
    refused = refusal([Quota(0, 1, 1), Quota(0, 2 * SECOND + 1, 1), Quota(5, 0, 1)])
    assert refused is not None
    assert (refused.status, refused.headers["retry-after"]) == (429, "3")
    assert refusal([Quota(0, 0, 1)]) is None


@pytest.mark.parametrize(("rates", "text"), [((), "one rate at least"), ((per_second(1), per_second(1)), "one name")])
def test_rates_that_cannot_be_meant_are_refused(rates: Sequence[Rate], text: str) -> None:
    """When the middleware is made."""
    with pytest.raises(ValueError, match=text):
        rate_limit(*rates)


def hourly(limit: int, **options: Any) -> Any:
    """So many in an hour that has just begun, and does not pass."""
    return rate_limit(per_hour(limit), store=MemoryRates(clock=Clock()), **options)


WAYS: list[Callable[[], Handler[object]]] = [
    lambda: hourly(1)(read.handler),
    lambda: read.wrap(hourly(1)),
    lambda: Router(read).wrap(hourly(1)),
    lambda: hourly(1)(Router(read)),
    lambda: Router(Router(read).wrap(hourly(1)), write),
    lambda: Router(mount(root, foreign, lifespan="off")).wrap(hourly(1)),
]


@pytest.mark.parametrize("way", WAYS)
async def test_what_comes_too_fast_is_429(way: Callable[[], Handler[object]]) -> None:
    """Around a handler, a route, a router, an application of another framework; the fields are on both answers."""
    app = checked(App(way()))
    first, second = [await call(app) for _ in range(2)]
    assert (first.status, first.headers["ratelimit"]) == (200, '"1/3600s";r=0;t=3825')
    assert (second.status, second.headers["retry-after"], second.error) == (429, "3825", None)
    assert second.headers["ratelimit-policy"] == '"1/3600s";q=1;w=3600'


async def test_errors_and_misses_are_counted_and_told() -> None:
    """A 500, a 404 and a 405 cost as much as anything."""
    app = App(Router(read, write).wrap(hourly(3)))
    answers = [await call(app, method, target) for method, target in (("POST", "/"), ("GET", "/no"), ("PUT", "/"), ("GET", "/"))]
    assert [answer.status for answer in answers] == [500, 404, 405, 429]
    assert [answer.headers["ratelimit"].split(";")[1] for answer in answers] == ["r=2", "r=1", "r=0", "r=0"]


async def test_a_refusal_can_be_caught() -> None:
    """It is an HTTPError like any other; the fields come with what it becomes."""
    caught = catch(TooManyRequests, lambda request, error: Response.json({"slow": "down"}, status=error.status))
    answer = await call(App(Router(read).wrap(rate_limit(per_second(1), cost=lambda request: 2)).wrap(caught)))
    assert (answer.status, answer.text, "ratelimit" in answer.headers) == (429, '{"slow":"down"}', True)


async def test_a_limit_ends_when_its_window_has_passed() -> None:
    """And no sooner."""
    clock = Clock()
    app = App(read.wrap(rate_limit(per_minute(1), store=MemoryRates(clock=clock))))
    statuses: list[int] = []
    for now in (0, 60, 63, 64):
        clock.now = now * SECOND
        statuses.append((await call(app)).status)
    assert statuses == [200, 429, 429, 200]


async def test_clients_are_counted_apart() -> None:
    """By their address, unless told otherwise."""
    app = App(read.wrap(hourly(1)))
    assert [(await call(app, client=[f"192.0.2.{host}", 1])).status for host in (1, 2, 1)] == [200, 200, 429]


async def test_what_has_no_key_is_not_limited() -> None:
    """Nor told anything."""
    app = App(read.wrap(hourly(1, key=lambda request: request.headers.get("x-key"))))
    answers = [await call(app), await call(app)]
    assert [(answer.status, "ratelimit" in answer.headers) for answer in answers] == [(200, False)] * 2


async def test_the_fields_can_be_left_out() -> None:
    """For those who would rather not tell; Retry-After stays."""
    app = App(read.wrap(hourly(1, fields=False)))
    answers = [await call(app), await call(app)]
    assert ["ratelimit" in answer.headers for answer in answers] == [False, False]
    assert "retry-after" in answers[1].headers


async def test_one_store_counts_together_what_has_the_same_scope() -> None:
    """And apart what has not, or other rates."""
    store = MemoryRates()

    def app(scope: str, *rates: Rate) -> App[None]:
        return App(read.wrap(rate_limit(*rates, store=store, scope=scope)))

    assert (await call(app("a", per_hour(1)))).status == 200
    others = [app("a", per_hour(1)), app("b", per_hour(1)), app("a", per_hour(2))]
    assert [(await call(other)).status for other in others] == [429, 200, 200]


async def test_no_key_of_one_limit_reads_like_one_of_another() -> None:
    """Whatever clients write."""
    store = MemoryRates()
    one, two = per_hour(1, name="a"), per_hour(1, name="b")
    single = App(read.wrap(rate_limit(one, key=by_header("x-key"), store=store)))
    double = App(read.wrap(rate_limit(one, two, key=by_header("x-key"), store=store)))
    assert (await call(double, headers=[("x-key", "x")])).status == 200
    assert (await call(single, headers=[("x-key", "b"), ("x-key", "x")])).status == 200
    other = App(read.wrap(rate_limit(per_hour(2, name="a"), key=by_header("x-key"), store=store)))
    assert [(await call(other, headers=[("x-key", "b"), ("x-key", "x")])).status for _ in range(3)] == [200, 200, 429]


async def test_a_key_reads_the_state_of_its_handler() -> None:
    """A user, whom a middleware further out has found."""

    def user(request: Request[str]) -> str:
        return request.state

    @get(root)
    async def me(request: Request[str]) -> Response:
        return Response.text(request.state)

    def signed_in(handler: Handler[str]) -> Handler[object]:
        async def inner(request: Request[object]) -> Response:
            return await handler(request.with_state(request.headers["x-user"]))

        return inner

    app = App(Router(me).wrap(hourly(1, key=user)).wrap(signed_in))
    answers = [await call(app, headers={"x-user": name}) for name in ("ada", "bob", "ada")]
    assert [(answer.status, answer.text[:3]) for answer in answers] == [(200, "ada"), (200, "bob"), (429, "too")]


async def test_limits_in_each_other_tell_both() -> None:
    """Each in a line of its own."""
    app = App(Router(read.wrap(hourly(5, key=by_route()))).wrap(hourly(9)))
    answer = await call(app)
    assert answer.headers["ratelimit-policy"] == '"5/3600s";q=5;w=3600, "9/3600s";q=9;w=3600'


async def test_handshakes_are_limited() -> None:
    """The accept has the fields, one too many is denied."""

    @websocket(root)
    async def join(request: Request[object]) -> Response:
        async def session(ws: Any) -> None:
            pass

        return Response.upgrade(session)

    app = App(join.wrap(hourly(1)))
    connect = [{"type": "websocket.connect"}]
    first, second = [await play(app, websocket_scope(denial=True), connect) for _ in range(2)]
    assert (b"ratelimit", b'"1/3600s";r=0;t=3825') in first.events[0]["headers"]
    assert (second.events[0]["type"], second.events[0]["status"]) == ("websocket.http.response.start", 429)


async def test_a_request_costs_what_it_says() -> None:
    """Nothing, for what is free."""
    limit = rate_limit(per_hour(10), cost=lambda request: int(request.headers["x-cost"]), key=by_header("x-key"))
    app = App(read.wrap(limit))

    async def asked(cost: int) -> Answer:
        return await call(app, headers={"x-cost": str(cost)})

    statuses = [(await asked(cost)).status for cost in (7, 4, 0, 3, 0, 1)]
    assert statuses == [200, 429, 200, 200, 200, 429]
