"""Applications that are wrong in their lifespan."""

from __future__ import annotations

from typing import Any

import anyio

from asgikit.conformance.scenario import Deliver, Scenario
from tests.conformance.corpus.model import COMPLETE, DONE, FAILED, LIFE, RECEIVE, Wrong, event, exchange, ids, lifespan, script

OLD = exchange(lifespan(asgi={"version": "3.0"}))
BOTH = exchange(lifespan(), Deliver({"type": "lifespan.startup"}), Deliver({"type": "lifespan.shutdown"}))
BROKEN = event("lifespan.shutdown.failed")


def case(name: str, rule: str, *steps: Any, also: str = "", scenario: Scenario = LIFE) -> Wrong:
    """An application that follows a script."""
    return Wrong(f"lifespan: {name}", rule, script(*steps), scenario, also=ids(also))


async def deaf(scope: Any, receive: Any, send: Any) -> None:
    """Reads events and says nothing."""
    while True:
        await receive()


async def runs_inside(scope: Any, receive: Any, send: Any) -> None:
    """Starts what it serves within the lifespan, before it says that it is ready."""
    await receive()
    await anyio.sleep_forever()


async def leaves_shutdown(scope: Any, receive: Any, send: Any) -> None:
    """Is ready, and never hears of its end."""
    await receive()
    await send(COMPLETE)
    await anyio.sleep_forever()


async def stays(scope: Any, receive: Any, send: Any) -> None:
    """Does not end when all is said."""
    await receive()
    await send(COMPLETE)
    await receive()
    await send(DONE)
    await anyio.sleep_forever()


async def http_only(scope: Any, receive: Any, send: Any) -> None:
    """Leaves without a word."""
    if scope["type"] != "http":
        return


CASES = [
    case("complete twice", "LIFE-ORD-002", RECEIVE, COMPLETE, COMPLETE, RECEIVE, DONE),
    case("complete and failed", "LIFE-ORD-002", RECEIVE, COMPLETE, FAILED),
    case("failed and complete", "LIFE-ORD-002", RECEIVE, FAILED, COMPLETE, also="LIFE-ORD-005"),
    case("failed twice", "LIFE-ORD-002", RECEIVE, FAILED, FAILED),
    case("complete again at shutdown", "LIFE-ORD-002", RECEIVE, COMPLETE, RECEIVE, COMPLETE, DONE),
    case("failed at shutdown", "LIFE-ORD-002", RECEIVE, COMPLETE, RECEIVE, FAILED, DONE),
    Wrong("lifespan: deaf", "LIFE-ORD-002", deaf, LIFE, hangs=True),
    Wrong("lifespan: never ready", "LIFE-ORD-002", runs_inside, LIFE, hangs=True),
    case("shutdown answered with startup", "LIFE-ORD-003", RECEIVE, DONE, COMPLETE, RECEIVE, DONE),
    case("shutdown answered before it came", "LIFE-ORD-003", RECEIVE, COMPLETE, DONE, RECEIVE),
    case("shutdown failed before it came", "LIFE-ORD-003", RECEIVE, COMPLETE, BROKEN, also="LIFE-ORD-005"),
    case("shutdown not answered", "LIFE-ORD-003", RECEIVE, COMPLETE, RECEIVE),
    case("shutdown not answered, both events at hand", "LIFE-ORD-003", RECEIVE, COMPLETE, RECEIVE, scenario=BOTH),
    case("shutdown answered twice", "LIFE-ORD-003", RECEIVE, COMPLETE, RECEIVE, DONE, DONE),
    case("shutdown answered both ways", "LIFE-ORD-003", RECEIVE, COMPLETE, RECEIVE, DONE, BROKEN),
    case("shutdown answered both ways, failed first", "LIFE-ORD-003", RECEIVE, COMPLETE, RECEIVE, BROKEN, DONE),
    case("shutdown answered after startup failed", "LIFE-ORD-003", RECEIVE, FAILED, DONE),
    Wrong("lifespan: shutdown not heard", "LIFE-ORD-003", leaves_shutdown, LIFE, hangs=True),
    case("complete before startup", "LIFE-ORD-004", COMPLETE, RECEIVE, RECEIVE, DONE),
    case("failed before startup", "LIFE-ORD-004", FAILED),
    case("complete before startup, without spec_version", "LIFE-ORD-004", COMPLETE, RECEIVE, RECEIVE, DONE, scenario=OLD),
    case("returns when ready", "LIFE-ORD-005", RECEIVE, COMPLETE),
    case("returns when ready, without spec_version", "LIFE-ORD-005", RECEIVE, COMPLETE, scenario=OLD),
    case("returns at once", "LIFE-ORD-006"),
    case("returns after startup", "LIFE-ORD-006", RECEIVE),
    Wrong("lifespan: returns for http only", "LIFE-ORD-006", http_only, LIFE),
    *(
        case(f"message {value!r}", "LIFE-MSG-001", RECEIVE, event("lifespan.startup.failed", message=value), also=also)
        for value, also in ((b"no", ""), (None, ""), (1, ""), (["no"], ""), (OSError("no"), "CORE-MSG-004"))
    ),
    case("message of shutdown", "LIFE-MSG-001", RECEIVE, COMPLETE, RECEIVE, event("lifespan.shutdown.failed", message=b"no")),
    Wrong("lifespan: does not end", "CORE-APP-007", stays, LIFE, hangs=True),
]
