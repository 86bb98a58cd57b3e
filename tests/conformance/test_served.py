"""The lifespan of an application around what is done with it."""

import anyio
import pytest

from asgikit.conformance.served import served
from tests.conformance.sample_apps import right

pytestmark = pytest.mark.virtual_time


async def test_the_state_is_what_the_lifespan_has_filled():
    """It is started and shut down."""
    seen = []

    async def app(scope, receive, send):
        await right(scope, receive, send)
        seen.append("down")

    async with served(app) as state:
        assert state == {"ready": "yes"}
        assert seen == []
    assert seen == ["down"]


async def fails(scope, receive, send):
    await receive()
    await send({"type": "lifespan.startup.failed", "message": "no"})


async def raises(scope, receive, send):
    raise ValueError


async def returns(scope, receive, send):
    return


@pytest.mark.parametrize("app", [fails, raises, returns])
async def test_without_a_lifespan_there_is_no_state(app):
    """What is wrong with that is not said here."""
    async with served(app) as state:
        assert state is None


async def test_a_lifespan_that_does_not_start_is_not_waited_for():
    """Longer than said."""

    async def never(scope, receive, send):
        await anyio.sleep(60)

    with anyio.fail_after(10):
        async with served(never, 0.2) as state:
            assert state is None


async def test_an_error_in_the_block_comes_out():
    """Behind the shutdown."""
    with pytest.raises(ExceptionGroup) as caught:
        async with served(right):
            raise KeyError("mine")
    assert isinstance(caught.value.exceptions[0], KeyError)
