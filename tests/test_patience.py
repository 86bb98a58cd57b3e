"""How long we wait for what a client sends."""

from __future__ import annotations

from typing import Any

import anyio
import pytest

from asgikit.errors import RequestTimeout
from asgikit.patience import Patience

pytestmark = pytest.mark.virtual_time


async def at_once() -> bytes:
    return b"x"


@pytest.mark.parametrize("limits", [(0.01, None), (None, 0.01), (0.01, 1000), (1000, 0.01)])
async def test_what_does_not_come_is_not_waited_for(limits: Any) -> None:
    """408, and nothing more on this connection."""
    patience = Patience(*limits)
    assert await patience.wait(at_once) == b"x"
    with anyio.fail_after(5), pytest.raises(RequestTimeout) as caught:
        await patience.wait(anyio.sleep_forever)
    assert caught.value.headers["connection"] == "close"
    assert ("stopped" in caught.value.public) == (limits[0] == 0.01)


async def test_a_chunk_that_fails_is_no_timeout() -> None:
    """It fails as it is."""

    async def fails() -> None:
        raise ValueError("mine")

    with pytest.raises(ValueError, match="mine"):
        await Patience(1, 1).wait(fails)


async def test_our_own_cancellation_is_no_timeout() -> None:
    """It goes on to whoever cancels."""
    with anyio.move_on_after(0.01) as scope:
        await Patience(60, 60).wait(anyio.sleep_forever)
    assert scope.cancelled_caught


@pytest.mark.parametrize("limits", [(0, None), (None, -1), (float("nan"), None)])
def test_a_time_is_above_0(limits: Any) -> None:
    """Or nobody could send anything."""
    with pytest.raises(ValueError, match="above 0"):
        Patience(*limits)
