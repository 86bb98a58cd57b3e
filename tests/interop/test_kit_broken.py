"""Applications that break the specification, each in one way: the client's test fails with the rule, and in time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from asgikit.conformance.drafts import copied
from asgikit.conformance.faults import ABSENT
from asgikit.conformance.response_faults import ANSWER_FAULTS, MESSAGE_FAULTS
from asgikit.conformance.violations import ConformanceError
from asgikit.testing import AsyncClient, Client, LifespanFailed

SECONDS = 0.2
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
