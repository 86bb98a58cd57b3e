"""The checker under servers that are wrong, each in one way, and under servers that are only unusual."""

from __future__ import annotations

from typing import Any

import anyio
import pytest

from asgikit.conformance.check import Checker
from asgikit.conformance.rules import catalogue
from asgikit.conformance.violations import Violation
from tests.conformance.corpus_servers import (
    legal_connections,
    legal_http,
    legal_others,
    wrong_core,
    wrong_http,
    wrong_lifespan_tls,
    wrong_websocket,
)
from tests.conformance.corpus_servers.model import LegalServer, WrongServer

WRONG = [*wrong_core.SERVERS, *wrong_http.SERVERS, *wrong_websocket.SERVERS, *wrong_lifespan_tls.SERVERS]
LEGAL = [*legal_connections.SERVERS, *legal_http.SERVERS, *legal_others.SERVERS]

CANNOT_BE_SEEN = {
    "HTTP-SCOPE-001": "a scope of another type is one of another protocol",
    "WS-SCOPE-001": "a scope of another type is one of another protocol",
    "HTTP-REQ-001": "a client that leaves early is a reason to deliver no request; only a real client knows that it stayed",
    "HTTP-DISC-005": "keys that nobody knows may be added to every event",
}
"""Rules that bind servers and are marked as passively checkable, of which no wrong server can be made in process."""


async def run(server: WrongServer | LegalServer, app: Any) -> list[Any] | Exception:
    """What the server got from the application, or the exception that ended the call; servers here end at once."""
    try:
        with anyio.fail_after(10):
            return await server.serve(app)
    except TimeoutError:
        raise
    except Exception as error:
        return error


def serious(violations: list[Violation]) -> list[Violation]:
    """Those that fail a run."""
    return [violation for violation in violations if violation.level != "note"]


@pytest.mark.parametrize("server", WRONG, ids=lambda server: server.name)
async def test_a_wrong_server_is_caught(server: WrongServer) -> None:
    """With the rule that it breaks and the blame on it; nothing else is said, and nothing of the application."""
    checker = Checker(server.app, mode="collect")
    await run(server, checker)
    assert (server.rule, "server") in {(violation.rule, violation.blame) for violation in checker.violations}
    beside = [v for v in serious(checker.violations) if v.blame != "server" or v.rule not in {server.rule} | server.also]
    assert beside == []


@pytest.mark.parametrize("server", LEGAL, ids=lambda server: server.name)
async def test_a_legal_server_is_left_alone(server: LegalServer) -> None:
    """Nothing is reported but notes, and the application sees the server, and the server the application, as ever."""
    checker = Checker(server.app, mode="collect")
    with_checker = await run(server, checker)
    assert [str(violation) for violation in serious(checker.violations)] == []
    assert with_checker == await run(server, server.app)
    assert not isinstance(with_checker, Exception)


@pytest.mark.parametrize("server", WRONG, ids=lambda server: server.name)
async def test_a_wrong_server_and_its_application_see_no_checker(server: WrongServer) -> None:
    """What comes of the exchange, an exception included, is what comes of it without the checker."""
    with_checker, without = await run(server, Checker(server.app, mode="collect")), await run(server, server.app)
    assert type(with_checker) is type(without)
    if isinstance(without, list):
        assert with_checker == without


def test_the_corpus_is_large_enough_and_named_once() -> None:
    """As many servers as were promised, and each can be found by its name."""
    assert len(WRONG) >= 100
    assert len(LEGAL) >= 100
    assert len({server.name for server in WRONG}) == len(WRONG)
    assert len({server.name for server in LEGAL}) == len(LEGAL)


def test_every_rule_that_a_server_can_break_in_process_is_broken() -> None:
    """By at least one server, but for the few that cannot be seen there."""
    passive = {rule.id for rule in catalogue().values() if "server" in rule.binds and "passive" in rule.checks}
    assert passive - {server.rule for server in WRONG} == set(CANNOT_BE_SEEN) & passive
