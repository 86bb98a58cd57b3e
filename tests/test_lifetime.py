"""What happens at the end of a request."""

from __future__ import annotations

from asgikit.lifetime import Lifetime
from asgikit.watching import Sent


async def test_the_latest_is_closed_first() -> None:
    """What runs is waited for before, and who watches is told first."""
    order: list[str] = []
    lifetime = Lifetime()

    async def running() -> None:
        order.append("run")

    lifetime.close_at_end(lambda: order.append("first"))
    lifetime.close_at_end(lambda: order.append("second"))
    lifetime.finish_later(running)
    lifetime.watch(lambda sent: order.append("told"))
    await lifetime.end()
    assert order == ["run", "told", "second", "first"]


def test_who_watches_is_told_once() -> None:
    """At the end of the response, not again at the end of the request."""
    told: list[Sent] = []
    lifetime = Lifetime()
    lifetime.watch(told.append)
    lifetime.report(Sent(status=200))
    lifetime.close()
    assert told == [Sent(status=200)]
