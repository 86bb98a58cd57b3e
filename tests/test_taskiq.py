"""Jobs that a broker of taskiq runs, here its own in memory."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from taskiq import InMemoryBroker, TaskiqEvents, TaskiqState

from asgikit import App, JobQueue, Request, Response, Supervisor
from asgikit.errors import CompositionError
from asgikit.taskiq import TaskiqQueue
from asgikit.testing import call, running

broker = InMemoryBroker()
done: list[tuple[int, str]] = []


@broker.task
async def send(count: int, to: str) -> None:
    done.append((count, to))


@pytest.fixture
def anyio_backend() -> str:
    """Taskiq runs on asyncio alone."""
    return "asyncio"


@pytest.fixture(autouse=True)
def nothing_done() -> None:
    """So far."""
    done.clear()


async def test_a_job_goes_to_the_broker() -> None:
    """With its arguments."""
    await TaskiqQueue(broker).start(send, 1, "ada")
    await broker.wait_all()
    assert done == [(1, "ada")]


async def test_a_job_goes_to_the_broker_of_the_queue() -> None:
    """In tests and in production the same function, decorated once."""
    kicked: list[str] = []

    class Noting(InMemoryBroker):
        async def kick(self, message: Any) -> None:
            kicked.append(message.task_name)

    await TaskiqQueue(Noting()).start(send, 1, "ada")
    assert (kicked, done) == (["tests.test_taskiq:send"], [])


async def test_a_function_that_workers_do_not_know_is_refused() -> None:
    """The text says what to write."""

    async def plain() -> None: ...

    with pytest.raises(CompositionError, match=r"@broker\.task"):
        await TaskiqQueue(broker).start(plain)


async def test_an_error_of_the_broker_reaches_whoever_starts_the_job() -> None:
    """Nothing is lost in silence."""

    class Broken(InMemoryBroker):
        async def kick(self, message: Any) -> None:
            raise ConnectionError("no broker")

    with pytest.raises(Exception, match="Cannot send task"):
        await TaskiqQueue(Broken()).start(send, 1, "ada")


async def test_its_block_starts_the_broker_and_shuts_it_down() -> None:
    """Also after an error, which goes on."""
    events: list[str] = []
    own = InMemoryBroker()

    @own.on_event(TaskiqEvents.CLIENT_STARTUP)
    async def started(state: TaskiqState) -> None:
        events.append("up")

    @own.on_event(TaskiqEvents.CLIENT_SHUTDOWN)
    async def stopped(state: TaskiqState) -> None:
        events.append("down")

    with pytest.raises(ValueError, match="mine"):
        async with TaskiqQueue(own):
            assert events == ["up"]
            raise ValueError("mine")
    assert events == ["up", "down"]


@pytest.mark.parametrize("elsewhere", [True, False])
async def test_handlers_need_not_know_where_a_job_runs(elsewhere: bool) -> None:
    """The same call hands it to an engine or to a supervisor."""

    @asynccontextmanager
    async def lifespan() -> AsyncGenerator[JobQueue]:
        if elsewhere:
            own = InMemoryBroker(await_inplace=True)
            own.local_task_registry[send.task_name] = send
            async with TaskiqQueue(own) as queue:
                yield queue
        else:
            async with Supervisor() as jobs:
                yield jobs

    async def handler(request: Request[JobQueue]) -> Response:
        await request.state.start(send, 2, "bob")
        return Response.text("accepted", status=202)

    app = App(handler, lifespan=lifespan)
    async with running(app) as life:
        assert (await call(app, state=life.state)).status == 202
    assert done == [(2, "bob")]


def test_without_the_package_the_extra_is_named() -> None:
    """Importing works; making a queue says what to install."""
    program = (
        "import sys; sys.modules['taskiq'] = None\n"
        "import asgikit.taskiq\n"
        "try: asgikit.taskiq.TaskiqQueue(None)\n"
        "except asgikit.errors.MissingExtra as error: print(error)\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert "typed-asgikit[taskiq]" in done.stdout
