"""Applications that break the specification, each in one way: the client's test fails with the rule, and in time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any

import anyio
import pytest

from asgikit.conformance.drafts import copied
from asgikit.conformance.faults import ABSENT
from asgikit.conformance.response_faults import ANSWER_FAULTS, MESSAGE_FAULTS
from asgikit.conformance.violations import ConformanceError
from asgikit.testing import AsyncClient, Client, LifespanFailed, NoAnswer, exchange_of

SECONDS = 0.1
"""That a test waits for an application that does nothing."""

START = {"type": "http.response.start", "status": 200, "headers": []}
END = {"type": "http.response.body", "body": b"a"}


def sending(messages: Sequence[Mapping[str, Any]]) -> Any:
    """An application that sends these, whatever comes."""

    async def app(scope: Any, receive: Any, send: Any) -> None:
        await receive()
        for message in messages:
            await send(copied(message))

    return app


def answers() -> list[Any]:
    """Every fault that the conformance kit knows of a response, as what is sent and the rule."""
    found = [(rule, messages) for rule, messages in ANSWER_FAULTS["http"]]
    for message, fault in MESSAGE_FAULTS["http"]:
        for value in fault.values:
            broken = {**message, **fault.beside, fault.key: value}
            if value is ABSENT:
                del broken[fault.key]
            found.append((fault.rule, (broken, END) if message["type"] == START["type"] else (START, broken)))
    return [pytest.param(rule, messages, id=f"{rule}-{number}") for number, (rule, messages) in enumerate(found)]


def rules_of(error: BaseException) -> str:
    return "\n".join([str(error), *getattr(error, "__notes__", ())])


@pytest.mark.parametrize(("rule", "messages"), answers())
async def test_a_fault_of_a_response_has_its_rule(rule: str, messages: Sequence[Mapping[str, Any]]) -> None:
    """Whatever else it has for consequences."""
    async with AsyncClient(sending(messages), lifespan="off", timeout=SECONDS) as client:
        with pytest.raises(ConformanceError) as raised:
            await client.get("/")
    assert rule in rules_of(raised.value)


@pytest.mark.parametrize(("rule", "messages"), answers())
async def test_a_fault_of_a_stream_has_its_rule(rule: str, messages: Sequence[Mapping[str, Any]]) -> None:
    """At the latest when the block ends."""
    async with AsyncClient(sending(messages), lifespan="off", timeout=SECONDS) as client:
        with pytest.raises(ConformanceError) as raised:
            async with client.stream("GET", "/") as response:
                await response.aread()
    assert rule in rules_of(raised.value)


@pytest.mark.parametrize(("rule", "messages"), answers()[::7])
def test_the_synchronous_client_has_the_rule_too(rule: str, messages: Sequence[Mapping[str, Any]]) -> None:
    """Of a request and of a stream."""
    with Client(sending(messages), lifespan="off", timeout=SECONDS) as client:
        with pytest.raises(ConformanceError) as raised:
            client.get("/")
        assert rule in rules_of(raised.value)
        with pytest.raises(ConformanceError) as raised, client.stream("GET", "/") as response:
            response.read()
        assert rule in rules_of(raised.value)


def lifespans() -> list[Any]:
    found = [(rule, messages) for rule, messages in ANSWER_FAULTS["lifespan"]]
    for message, fault in MESSAGE_FAULTS["lifespan"]:
        for value in fault.values:
            broken = {**message, **fault.beside, fault.key: value}
            if value is ABSENT:
                del broken[fault.key]
            found.append((fault.rule, (broken, {"type": "lifespan.shutdown.complete"})))
    return [pytest.param(rule, messages, id=f"{rule}-{number}") for number, (rule, messages) in enumerate(found)]


def living(messages: Sequence[Mapping[str, Any]]) -> Any:
    """An application that answers each event of the lifespan with one of these, and sends what is left at the end."""

    async def app(scope: Any, receive: Any, send: Any) -> None:
        left = [copied(message) for message in messages]
        await receive()
        if left:
            await send(left.pop(0))
        if len(left) == 1 and left[0]["type"] == "lifespan.shutdown.complete":
            await receive()
        for message in left:
            await send(message)

    return app


@pytest.mark.parametrize(("rule", "messages"), lifespans())
async def test_a_fault_of_a_lifespan_fails_the_test(rule: str, messages: Sequence[Mapping[str, Any]]) -> None:
    """When it starts or when it stops, with the rule."""
    with pytest.raises(AssertionError) as raised:
        async with AsyncClient(living(messages), timeout=SECONDS):
            pass
    assert isinstance(raised.value, ConformanceError | LifespanFailed)
    assert rule in rules_of(raised.value)


async def never(scope: Any, receive: Any, send: Any) -> None:
    await anyio.sleep_forever()


async def starts(scope: Any, receive: Any, send: Any) -> None:
    await send(START)
    await anyio.sleep_forever()


async def breaks_off(scope: Any, receive: Any, send: Any) -> None:
    await send(START)
    await send({**END, "more_body": True})
    await anyio.sleep_forever()


async def stays(scope: Any, receive: Any, send: Any) -> None:
    await send(START)
    await send(END)
    await anyio.sleep_forever()


async def polls(scope: Any, receive: Any, send: Any) -> None:
    """Gives signs for ever."""
    while True:
        await receive()
        await anyio.sleep(0.001)


async def floods(scope: Any, receive: Any, send: Any) -> None:
    """Never lets anybody else have a turn, if it is not made to."""
    await send(START)
    while True:
        await send({**END, "more_body": True})


async def floods_with_nothing(scope: Any, receive: Any, send: Any) -> None:
    await send(START)
    while True:
        await send({**END, "body": b"", "more_body": True})


async def ignores_disconnects(scope: Any, receive: Any, send: Any) -> None:
    """Goes on, whatever send() raises."""
    await send(START)
    while True:
        with suppress(OSError):
            await send({**END, "more_body": True})


HANGING = [never, starts, breaks_off, stays, polls, floods, floods_with_nothing, ignores_disconnects]


@pytest.mark.parametrize("app", HANGING)
async def test_a_request_of_an_application_that_hangs_fails_in_time(app: Any) -> None:
    """Whatever it does meanwhile."""
    with anyio.fail_after(20):
        async with AsyncClient(app, lifespan="off", timeout=SECONDS) as client:
            with pytest.raises(NoAnswer):
                await client.get("/")


@pytest.mark.parametrize("app", set(HANGING) - {floods})
async def test_a_stream_of_an_application_that_hangs_fails_in_time(app: Any) -> None:
    """At the latest when the client leaves it."""
    with anyio.fail_after(20):
        async with AsyncClient(app, lifespan="off", timeout=SECONDS) as client:
            with pytest.raises(NoAnswer):
                async with client.stream("GET", "/") as response:
                    await exchange_of(response).read()
                    await exchange_of(response).read()


@pytest.mark.parametrize("app", HANGING)
def test_the_synchronous_client_does_not_hang(app: Any) -> None:
    """Nor does the end of its block."""
    with Client(app, lifespan="off", timeout=SECONDS) as client, pytest.raises(NoAnswer):
        client.get("/")


async def test_one_that_is_flooded_is_told_to_read_a_stream(monkeypatch: pytest.MonkeyPatch) -> None:
    """Before the memory is full."""
    monkeypatch.setattr("asgikit.testing.exchange._EAGER", 10_000)
    async with AsyncClient(floods, lifespan="off", timeout=SECONDS) as client:
        with pytest.raises(NoAnswer) as raised:
            await client.get("/")
    assert "client.stream" in rules_of(raised.value)


async def test_one_that_swallows_its_cancellation_hangs_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is left alone."""
    monkeypatch.setattr("asgikit.testing.task._CANCELLED", 0.1)
    release = anyio.Event()

    async def deaf(scope: Any, receive: Any, send: Any) -> None:
        with anyio.CancelScope(shield=True):
            await release.wait()

    with anyio.fail_after(10):
        async with AsyncClient(deaf, lifespan="off", timeout=SECONDS) as client:
            with pytest.raises(NoAnswer):
                await client.get("/")
    release.set()
    await anyio.wait_all_tasks_blocked()


async def test_a_lifespan_that_never_starts_fails_in_time() -> None:
    """The block is not entered."""
    with pytest.raises(NoAnswer, match="has not started"):
        async with AsyncClient(never, timeout=SECONDS):
            pytest.fail("it has started")


async def test_a_lifespan_that_never_stops_fails_in_time() -> None:
    """At the end of the block."""

    async def app(scope: Any, receive: Any, send: Any) -> None:
        await receive()
        await send({"type": "lifespan.startup.complete"})
        await anyio.sleep_forever()

    with pytest.raises(NoAnswer, match="has not shut down"):
        async with AsyncClient(app, timeout=SECONDS):
            pass


async def test_an_exception_in_the_lifespan_is_the_cause() -> None:
    """In either half."""

    async def late(scope: Any, receive: Any, send: Any) -> None:
        await receive()
        await send({"type": "lifespan.startup.complete"})
        await receive()
        raise ValueError("late")

    async def early(scope: Any, receive: Any, send: Any) -> None:
        await receive()
        raise ValueError("early")

    for app in (early, late):
        with pytest.raises(LifespanFailed, match=app.__name__) as raised:
            async with AsyncClient(app, timeout=SECONDS):
                pass
        assert isinstance(raised.value.__cause__, ValueError)


@pytest.mark.parametrize(("version", "rule"), [("2", "HTTP-SEM-014"), ("3", "HTTP-SEM-014"), ("1.1", "HTTP-SEM-024")])
async def test_fields_of_the_connection_are_the_servers(version: Any, rule: str) -> None:
    """In HTTP/2 they make a response malformed (RFC 9113, 8.2.2)."""
    app = sending([{**START, "headers": [[b"connection", b"close"]]}, END])
    async with AsyncClient(app, lifespan="off", http_version=version) as client:
        if version == "1.1":
            assert (await client.get("/")).status_code == 200  # a note
        else:
            with pytest.raises(ConformanceError, match=rule):
                await client.get("/")


async def both(one: Any, other: Any) -> None:
    async with anyio.create_task_group() as group:
        group.start_soon(one)
        group.start_soon(other)


async def test_two_receives_at_once_are_a_fault() -> None:
    """They race for the body: worth a note, and who asks for notes has it."""

    async def app(scope: Any, receive: Any, send: Any) -> None:
        await receive()
        with anyio.move_on_after(0.05):
            await both(receive, receive)
        await send(START)
        await send(END)

    async with AsyncClient(app, lifespan="off", timeout=SECONDS, check="note", ignore=["CORE-MSG-*"]) as client:
        with pytest.raises(ConformanceError, match="CANCEL-005"):
            await client.get("/")


async def test_an_application_of_another_shape_is_named() -> None:
    """In place of the TypeError that comes of it."""

    async def old(scope: Any) -> None: ...

    async with AsyncClient(old, lifespan="off", timeout=SECONDS) as client:
        with pytest.raises(ConformanceError) as raised:
            await client.get("/")
    assert "CORE-APP-001" in rules_of(raised.value)


@pytest.mark.parametrize("level", ["2.0", "2.3", "2.4", "2.5"])
async def test_what_is_sent_behind_a_client_that_has_left_is_no_fault(level: Any) -> None:
    """Before 2.4 nothing comes of it, since then an OSError (www, Disconnected Client)."""
    raised: list[bool] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        await receive()
        await send(START)
        await send({**END, "more_body": True})
        await receive()
        try:
            await send(END)
        except OSError:
            raised.append(True)

    async with AsyncClient(app, lifespan="off", spec_version=level) as client, client.stream("GET", "/"):
        pass
    assert raised == [True] * (level >= "2.4")
