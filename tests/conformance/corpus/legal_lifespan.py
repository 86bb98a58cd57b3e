"""Applications that are unusual but legal: lifespans, and how an application is called."""

from __future__ import annotations

import functools
from typing import Any

import anyio

from asgikit.conformance.scenario import Deliver, Scenario
from tests.conformance.corpus.model import (
    ABSENT,
    COMPLETE,
    DONE,
    FAILED,
    LIFE,
    PLAIN,
    RECEIVE,
    SOCKET,
    App,
    Legal,
    body,
    event,
    exchange,
    lifespan,
    script,
    start,
)


def case(name: str, *steps: Any, scenario: Scenario = LIFE) -> Legal:
    """An application that follows a script."""
    return Legal(f"lifespan: {name}", script(*steps), scenario)


async def loops(scope: Any, receive: Any, send: Any) -> None:
    """As the specification shows it."""
    while True:
        message = await receive()
        if message["type"] == "lifespan.startup":
            await send(COMPLETE)
        elif message["type"] == "lifespan.shutdown":
            await send(DONE)
            return


async def fills(scope: Any, receive: Any, send: Any) -> None:
    """Puts whatever it likes into the state."""
    await receive()
    scope["state"].update(pool=object(), numbers={1, 2})
    await send(COMPLETE)
    await receive()
    scope["state"].clear()
    await send(DONE)


async def takes_time(scope: Any, receive: Any, send: Any) -> None:
    """Does not start at once, nor stop."""
    await receive()
    await anyio.sleep(0.05)
    await send(COMPLETE)
    await receive()
    await anyio.sleep(0.05)
    await send(DONE)


async def works_inside(scope: Any, receive: Any, send: Any) -> None:
    """Has a task of its own from startup to shutdown."""
    await receive()
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(anyio.sleep_forever)
        await send(COMPLETE)
        await receive()
        tasks.cancel_scope.cancel()
    await send(DONE)


async def answers_in_a_task(scope: Any, receive: Any, send: Any) -> None:
    """Another task says that all is well."""
    await receive()
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(send, COMPLETE)
    await receive()
    await send(DONE)


async def waits_for_shutdown_when_failed(scope: Any, receive: Any, send: Any) -> None:
    """Waits in vain, until it is cancelled."""
    await receive()
    await send(FAILED)
    await receive()


LIFESPANS = [
    case("plain", RECEIVE, COMPLETE, RECEIVE, DONE),
    case("failed", RECEIVE, FAILED),
    case("failed with a message", RECEIVE, event("lifespan.startup.failed", message="no database")),
    case("failed with an empty message", RECEIVE, event("lifespan.startup.failed", message="")),
    case("failed with a long message", RECEIVE, event("lifespan.startup.failed", message="Traceback\n" * 1000)),
    case("failed, then raises", RECEIVE, FAILED, ValueError("no database")),
    case("shutdown failed", RECEIVE, COMPLETE, RECEIVE, event("lifespan.shutdown.failed")),
    case("shutdown failed with a message", RECEIVE, COMPLETE, RECEIVE, event("lifespan.shutdown.failed", message="busy")),
    case("shutdown failed, then raises", RECEIVE, COMPLETE, RECEIVE, event("lifespan.shutdown.failed"), ValueError("busy")),
    case("raises at once", ValueError("no lifespan")),
    case("raises at startup", RECEIVE, ValueError("no lifespan")),
    case("raises after shutdown", RECEIVE, COMPLETE, RECEIVE, DONE, ValueError("bug")),
    case("without spec_version", RECEIVE, COMPLETE, RECEIVE, DONE, scenario=exchange(lifespan(spec=ABSENT))),
    case("of version 1.0", RECEIVE, COMPLETE, RECEIVE, DONE, scenario=exchange(lifespan(spec="1.0"))),
    case("without state", RECEIVE, COMPLETE, RECEIVE, DONE, scenario=exchange(lifespan(state=ABSENT))),
    case(
        "unknown keys",
        RECEIVE,
        event("lifespan.startup.complete", corpus=[1]),
        RECEIVE,
        event("lifespan.shutdown.complete", corpus=None),
    ),
    case("a message where none is needed", RECEIVE, event("lifespan.startup.complete", message="ready"), RECEIVE, DONE),
    Legal("lifespan: loops", loops, LIFE),
    Legal(
        "lifespan: loops, both events at hand",
        loops,
        exchange(lifespan(), Deliver({"type": "lifespan.startup"}), Deliver({"type": "lifespan.shutdown"})),
    ),
    Legal("lifespan: fills the state", fills, LIFE),
    Legal("lifespan: takes time", takes_time, LIFE),
    Legal("lifespan: works inside", works_inside, LIFE),
    Legal("lifespan: answers in a task", answers_in_a_task, LIFE),
    Legal("lifespan: waits when failed", waits_for_shutdown_when_failed, LIFE),
]

hello = script(start(200, []), body(b"hello"))


class Service:
    """An application that is an object, and one by its method."""

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Serves."""
        await hello(scope, receive, send)

    async def serve(self, scope: Any, receive: Any, send: Any) -> None:
        """Serves too."""
        await hello(scope, receive, send)

    @classmethod
    async def by_class(cls, scope: Any, receive: Any, send: Any) -> None:
        """Serves without an object."""
        await hello(scope, receive, send)


class Endpoint:
    """A class whose instances are awaited: each is one exchange."""

    def __init__(self, scope: Any, receive: Any, send: Any) -> None:
        """Takes what an application takes."""
        self.exchange = scope, receive, send

    def __await__(self) -> Any:
        """The exchange."""
        return hello(*self.exchange).__await__()


def hands_on(scope: Any, receive: Any, send: Any) -> Any:
    """A function that gives the coroutine of another."""
    return hello(scope, receive, send)


async def by_other_names(environ: Any, source: Any, sink: Any, /, *, debug: bool = False) -> None:
    """Arguments by position only, one more by name."""
    await hello(environ, source, sink)


async def takes_anything(*args: Any, **kwargs: Any) -> None:
    """As decorators leave it."""
    await hello(*args, **kwargs)


async def gives_a_value(scope: Any, receive: Any, send: Any) -> str:
    """What it returns means nothing."""
    await hello(scope, receive, send)
    return "done"


def configured(greeting: str) -> App:
    """An application with a setting, as a partial of a function of four."""

    async def app(greeting: str, scope: Any, receive: Any, send: Any) -> None:
        await send(start())
        await send(body(greeting.encode()))

    return functools.partial(app, greeting)


async def refuses(scope: Any, receive: Any, send: Any) -> None:
    """Knows nothing but HTTP."""
    if scope["type"] != "http":
        raise RuntimeError("only HTTP is served")
    await hello(scope, receive, send)


UNKNOWN = exchange({"type": "corpus.nothing", "asgi": {"version": "3.0"}})
APPS: dict[str, App] = {
    "an object": Service(),
    "a method": Service().serve,
    "a class method": Service.by_class,
    "a class that is awaited": Endpoint,
    "a function of a coroutine": hands_on,
    "by other names": by_other_names,
    "with anything": takes_anything,
    "a value is returned": gives_a_value,
    "a partial": configured("hello"),
    "a partial of a partial": functools.partial(functools.partial(hello)),
    "a lambda": lambda scope, receive, send: hello(scope, receive, send),  # noqa: PLW0108  # what is tried
    "one that refuses all else": refuses,
}
CALLED = [Legal(f"called: {name}", app, PLAIN) for name, app in APPS.items()]
CALLED += [
    Legal("called: refuses a WebSocket", refuses, SOCKET),
    Legal("called: refuses a lifespan", refuses, LIFE),
    Legal("called: refuses the unknown", refuses, UNKNOWN),
    Legal("called: refuses the unknown, a KeyError", script(KeyError("method")), UNKNOWN),
]

CASES = [*LIFESPANS, *CALLED]
