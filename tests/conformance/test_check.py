"""The checker."""

from __future__ import annotations

import contextvars
import functools
import logging
from typing import Any

import pytest

from asgikit.conformance.check import KEPT, Checker, checked, checked_server
from asgikit.conformance.violations import ConformanceError

START: dict[str, Any] = {"type": "http.response.start", "status": 200, "headers": []}
BODY: dict[str, Any] = {"type": "http.response.body", "body": b"x"}


def scope(**more: Any) -> dict[str, Any]:
    base = {"type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": "GET", "path": "/", "query_string": b""}
    return {**base, "headers": [], **more}


async def receive() -> dict[str, Any]:
    return {"type": "http.request"}


async def send(message: Any) -> None:
    assert message


async def right(scope: Any, receive: Any, send: Any) -> None:
    await receive()
    await send(START)
    await send(BODY)


async def twice(scope: Any, receive: Any, send: Any) -> None:
    await send(START)
    await send(START)
    await send(BODY)


async def silent(scope: Any, receive: Any, send: Any) -> None:
    await receive()


def rules(checker: Checker) -> list[str]:
    return [violation.rule for violation in checker.violations]


async def test_a_right_exchange_has_no_violation() -> None:
    """The application is called with what the server gave."""
    checker = checked(right)
    await checker(scope(), receive, send)
    assert checker.violations == []


async def test_a_violation_is_raised_where_the_rule_is_broken() -> None:
    """Before the message goes out."""
    sent: list[Any] = []

    async def kept(message: Any) -> None:
        sent.append(message)

    with pytest.raises(ConformanceError, match="HTTP-RESP-002"):
        await checked(twice)(scope(), receive, kept)
    assert sent == [START]


async def test_what_is_missing_at_the_end_is_raised_at_the_end() -> None:
    """By the call itself."""
    with pytest.raises(ConformanceError, match="HTTP-RESP-020"):
        await checked(silent)(scope(), receive, send)


async def test_a_collecting_checker_changes_nothing() -> None:
    """The exchange so far is kept with the violation."""
    sent: list[Any] = []

    async def kept(message: Any) -> None:
        sent.append(message)

    checker = Checker(twice, mode="collect")
    await checker(scope(), receive, kept)
    assert sent == [START, START, BODY]
    assert rules(checker) == ["HTTP-RESP-002"]
    assert [step.kind for step in checker.violations[0].exchange] == ["call", "send", "send"]
    assert checker.violations[0].blame == "app"


async def test_a_warning_checker_logs(caplog: pytest.LogCaptureFixture) -> None:
    """With the sentence of the specification."""
    with caplog.at_level(logging.WARNING, "asgikit.conformance"):
        await Checker(silent, mode="warn")(scope(), receive, send)
    assert "HTTP-RESP-020" in caplog.text


async def test_a_note_is_kept_once_and_never_raised() -> None:
    """It fails no run."""
    checker = Checker(right)
    for _ in range(3):
        await checker(scope(headers=[(b"Host", b"x")]), receive, send)
    assert rules(checker) == ["HTTP-SCOPE-016"]
    assert checker.violations[0].level == "note"


async def test_ignored_rules_are_not_found() -> None:
    """An id that does not exist is a mistake."""
    checker = Checker(silent, ignore={"HTTP-RESP-020"})
    await checker(scope(), receive, send)
    assert checker.violations == []
    with pytest.raises(ValueError, match="HTTP-RESP-20"):
        Checker(silent, ignore={"HTTP-RESP-20"})


async def test_the_server_is_blamed_for_what_it_gives() -> None:
    """`checked_server` hears of nothing else."""

    async def bad() -> dict[str, Any]:
        return {"type": "http.request", "body": "text"}

    checker = Checker(silent, mode="collect")
    await checker(scope(), bad, send)
    assert [(violation.rule, violation.blame) for violation in checker.violations] == [
        ("HTTP-REQ-002", "server"),
        ("HTTP-RESP-020", "app"),
    ]
    with pytest.raises(ConformanceError, match="HTTP-REQ-002"):
        await checked_server(silent)(scope(), bad, send)
    await checked_server(silent)(scope(), receive, send)


async def test_an_exception_of_the_application_comes_out() -> None:
    """And excuses it from completing the response."""

    async def fails(scope: Any, receive: Any, send: Any) -> None:
        await send(START)
        raise LookupError

    checker = checked(fails)
    with pytest.raises(LookupError):
        await checker(scope(), receive, send)
    assert checker.violations == []


async def test_a_send_that_raises_excuses_from_the_rest() -> None:
    """The client has left."""

    async def gone(message: Any) -> None:
        raise OSError

    async def gives_up(scope: Any, receive: Any, send: Any) -> None:
        try:
            await send(START)
        except OSError:
            return

    checker = checked(gives_up)
    await checker(scope(), receive, gone)
    assert checker.violations == []


class Legacy:
    def __init__(self, scope: Any) -> None:
        pass


@pytest.mark.parametrize("app", [Legacy, lambda scope, receive, send: None, 5])
async def test_an_application_of_another_shape_breaks_the_first_rule(app: Any) -> None:
    """Two callables, one that gives nothing to await, none at all."""
    checker = Checker(app, mode="collect")
    with pytest.raises(TypeError):
        await checker(scope(), receive, send)
    assert rules(checker) == ["CORE-APP-001"]


@pytest.mark.parametrize(
    ("app", "hint"),
    [
        (lambda: None, "; if it is a factory, give what it returns"),
        (Legacy, "; an application of ASGI 2 takes the scope alone, and needs an adapter"),
        (lambda a, b: None, "but 3 were given"),
        (max, "not supported between instances"),
    ],
)
async def test_what_it_may_be_instead_is_said(app: Any, hint: str) -> None:
    """By what it takes, where Python knows that."""
    checker = Checker(app, mode="collect")
    with pytest.raises(TypeError):
        await checker(scope(), receive, send)
    assert hint in checker.violations[0].message


async def test_a_type_error_inside_an_application_is_its_own() -> None:
    """Only the call itself is judged."""

    def wrong(scope: Any, receive: Any, send: Any) -> Any:
        return len(5)  # type: ignore[arg-type]  # the mistake

    checker = Checker(wrong, mode="collect")
    with pytest.raises(TypeError):
        await checker(scope(), receive, send)
    assert checker.violations == []


class Instance:
    def __call__(self, scope: Any, receive: Any, send: Any) -> Any:
        return right(scope, receive, send)


@pytest.mark.parametrize("app", [Instance(), functools.partial(right)])
async def test_any_callable_with_an_awaitable_result_is_an_application(app: Any) -> None:
    """It need not be a coroutine function."""
    checker = checked(app)
    await checker(scope(), receive, send)
    assert checker.violations == []


async def test_the_state_of_the_lifespan_is_copied_for_each_request() -> None:
    """Its own dict, or none at all, are wrong."""

    async def any_app(scope: Any, receive: Any, send: Any) -> None:
        raise LookupError

    checker = Checker(any_app, mode="collect")
    namespace: dict[str, Any] = {}
    for one in (
        {"type": "lifespan", "asgi": {"version": "3.0"}, "state": namespace},
        scope(state={}),
        scope(state=namespace),
        scope(),
    ):
        with pytest.raises(LookupError):
            await checker(one, receive, send)
    assert rules(checker) == ["LIFE-STATE-002", "LIFE-STATE-004"]


async def test_two_open_connections_do_not_share_a_scope() -> None:
    """One after the other they may."""
    shared = scope()
    once = Checker(right, mode="collect")
    await once(shared, receive, send)
    await once(shared, receive, send)
    assert once.violations == []

    async def calls_again(inner: Any, receive: Any, send: Any) -> None:
        if not checker.violations:
            await checker(inner, receive, send)
        await right(inner, receive, send)

    checker = Checker(calls_again, mode="collect")
    await checker(shared, receive, send)
    await checker(shared, receive, send)
    assert rules(checker)[:1] == ["CORE-SCOPE-008"]


async def test_the_number_of_violations_is_bounded() -> None:
    """The rest is counted."""
    checker = Checker(silent, mode="collect")
    for _ in range(KEPT + 5):
        await checker(scope(), receive, send)
    assert len(checker.violations) == KEPT
    assert checker.dropped == 5


@pytest.mark.parametrize("bad", [None, 5, []])
async def test_a_scope_that_is_no_dict_reaches_the_application(bad: Any) -> None:
    """The checker is no second server."""
    seen: list[Any] = []

    async def keeps(scope: Any, receive: Any, send: Any) -> None:
        seen.append(scope)

    checker = Checker(keeps, mode="collect")
    await checker(bad, receive, send)
    assert rules(checker) == ["CORE-SCOPE-001"]
    assert seen == [bad]


@pytest.mark.parametrize("mistake", [{"mode": "rais"}, {"blame": ("nobody",)}, {"ignore": ("HTTP-RSP-*",)}])
def test_a_mistake_in_the_settings_is_told_at_once(mistake: Any) -> None:
    """A mode, a party or a pattern that there is not."""
    with pytest.raises(ValueError, match=r"mode|rule"):
        Checker(right, **mistake)


async def test_checked_overlooks_what_a_test_client_leaves_out() -> None:
    """The full checker does not."""
    poor = {key: value for key, value in scope().items() if key != "asgi"}
    checker = checked(right)
    await checker(poor, receive, send)
    assert checker.violations == []
    with pytest.raises(ConformanceError, match="CORE-SCOPE-003"):
        await Checker(right)(poor, receive, send)


@pytest.mark.parametrize(
    "odd",
    [
        {"type": []},
        scope(asgi={"version": []}),
        scope(asgi={"version": "3.0", "spec_version": []}, server=("x", None)),
        scope(asgi={"version": {}, "spec_version": {}}),
        scope(method=[], scheme=[], headers=[[[], []]], http_version={}),
        scope(extensions={"tls": {"tls_version": [], "server_cert": []}}),
    ],
)
async def test_the_checker_raises_nothing_of_its_own(odd: Any) -> None:
    """However odd a scope is, the application is called with it."""
    called: list[Any] = []

    async def keeps(scope: Any, receive: Any, send: Any) -> None:
        called.append(scope)

    checker = Checker(keeps, mode="collect")
    await checker(odd, receive, send)
    assert called == [odd]
    assert checker.violations != []


async def test_a_call_may_end_in_another_context_than_it_began_in() -> None:
    """As one that is closed when it is thrown away."""

    async def waits(scope: Any, receive: Any, send: Any) -> None:
        await receive()

    class Pending:
        def __await__(self) -> Any:
            yield

    call = Checker(waits, mode="collect")(scope(), Pending, send)  # type: ignore[arg-type]  # it is awaited once, and never gives
    contextvars.copy_context().run(call.send, None)
    call.close()


async def test_evidence_is_no_live_object() -> None:
    """What the application does to its state and headers later is not seen, and nothing is kept alive."""
    resource = object()
    headers = [[b"x-a", b"b"]]

    async def app(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        headers.clear()

    checker = Checker(app, mode="collect")
    await checker(scope(state={"db": resource}), receive, send)
    called, started, _ = checker.violations[0].exchange
    assert started.message["headers"] == [[b"x-a", b"b"]]
    assert "object at" in str(called.message["state"])
    assert called.message["state"] != {"db": resource}
