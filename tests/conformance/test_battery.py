"""A battery of named exchanges with one place of an application."""

import itertools
import json
from time import monotonic

import pytest

from asgikit.conformance.battery import OVER, Options, run_battery
from asgikit.conformance.place import Place
from tests.conformance.sample_apps import END, PIECE, START, deaf, named, read, right

QUICK = Options(grace=0.4)


async def found(app, where, options=QUICK):
    battery = await run_battery(app, where, options)
    return {finding.violation.rule for finding in battery.findings if finding.violation.level != "note"}


def answering(look):
    """An application that conforms but for what `look` does with the scope and the body."""

    async def app(scope, receive, send):
        if scope["type"] != "http":
            await right(scope, receive, send)
            return
        body = await read(receive)
        if body is None:
            return
        answer = look(scope, body)
        await send({**START, "status": 200 if answer is not None else 400})
        await send({"type": "http.response.body", "body": answer or b""})

    return app


@pytest.mark.parametrize("where", ["GET /", "POST /echo", "WS /", "lifespan"])
async def test_a_right_application_passes(where):
    """In every case."""
    battery = await run_battery(right, where, QUICK)
    assert {case.outcome for case in battery.cases} == {"passed"}
    assert battery.findings == battery.warnings == ()
    assert len(battery.cases) > (5 if where == "lifespan" else 40)
    assert battery.exchanges >= len(battery.cases)


@pytest.mark.parametrize(
    ("where", "look", "rule"),
    [
        ("GET /", lambda scope, _: str(scope["client"][0]).encode(), "CORE-SCOPE-009"),
        ("GET /", lambda scope, _: str(scope.get("client", ("x",))[0]).encode(), "HTTP-SCOPE-025"),
        ("GET /", lambda scope, _: b"x" * ((scope.get("server") or ("h", 80))[1] > 0), "HTTP-SCOPE-025"),
        ("GET /", lambda scope, _: scope.get("root_path", None).encode() or b"x", "CORE-SCOPE-009"),
        ("GET /", lambda scope, _: dict(scope["headers"] and map(tuple, scope["headers"]))[b"accept"], "HTTP-SCOPE-017"),
        ("GET /", lambda scope, _: b"x" * len(scope["headers"] + []), "HTTP-SCOPE-022"),
        ("GET /", lambda scope, _: named(scope, b"host").upper(), "HTTP-SCOPE-025"),
        ("GET /", lambda scope, _: named(scope, b"cookie") or b"none", "HTTP-SCOPE-021"),
        ("GET /", lambda scope, _: b"x" if set(scope["extensions"]) <= {"tls"} else b"y", "CORE-EXT-007"),
        ("GET /", lambda scope, _: b"x" if float(scope["asgi"]["spec_version"]) else b"y", "CORE-SCOPE-007"),
        ("GET /", lambda scope, _: None if len(scope) > 14 else b"x", "CORE-SCOPE-006"),
        ("POST /", lambda scope, body: body[: int(named(scope, b"content-length") or 0)], "HTTP-REQ-009"),
    ],
)
async def test_what_an_application_cannot_take_is_found(where, look, rule):
    """With the rule that it breaks."""
    assert rule in await found(answering(look), where)


@pytest.mark.parametrize(
    ("where", "reads", "rule"),
    [
        ("POST /", lambda events: events[0].get("body", b""), "HTTP-REQ-006"),
        (
            "POST /",
            lambda events: b"".join(itertools.takewhile(bool, (each.get("body", b"") for each in events))),
            "HTTP-REQ-007",
        ),
        ("POST /", lambda events: b"".join(each["body"] for each in events), "HTTP-REQ-004"),
        ("GET /", lambda events: b"%d" % sum(each["more_body"] for each in events), "HTTP-REQ-004"),
        ("GET /", lambda events: b"x" if all(len(each) <= 3 for each in events) else 1 / 0, "CORE-MSG-010"),
    ],
)
async def test_what_an_application_does_wrong_with_a_body_is_found(where, reads, rule):
    """However it is cut."""

    async def app(scope, receive, send):
        if scope["type"] != "http":
            raise ValueError
        events = []
        while not events or events[-1].get("more_body", False):
            events.append(await receive())
            if events[-1]["type"] == "http.disconnect":
                return
        body = reads(events)
        await send(START)
        await send({"type": "http.response.body", "body": body})

    assert rule in await found(app, where)


@pytest.mark.parametrize(
    ("event", "rule"),
    [
        (lambda event: event["text"].encode() if "text" in event else event["bytes"], "WS-RECV-004"),
        (lambda event: (event.get("text") or event["bytes"]) and b"x", "WS-RECV-004"),
        (lambda event: b"x", "CORE-ERR-002"),
    ],
)
async def test_what_an_application_does_wrong_with_messages_is_found(event, rule):
    """None and empty data are where the defects are."""

    async def app(scope, receive, send):
        if scope["type"] != "websocket":
            raise ValueError
        await receive()
        await send({"type": "websocket.accept"})
        while (message := await receive())["type"] != "websocket.disconnect":
            await send({"type": "websocket.send", "bytes": event(message)})

    assert rule in await found(app, "WS /")


async def test_an_application_that_reads_the_reason_is_found():
    """It may be absent or None (www, Disconnect)."""

    async def app(scope, receive, send):
        await receive()
        await send({"type": "websocket.accept"})
        while (message := await receive())["type"] != "websocket.disconnect":
            continue
        message["reason"].upper()

    assert "WS-DISC-008" in await found(app, "WS /")


async def test_a_lifespan_that_needs_state_is_found():
    """It works without, or says so (lifespan, Lifespan State)."""

    async def app(scope, receive, send):
        await receive()
        scope["state"]["x"] = 1
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await send({"type": "lifespan.shutdown.complete"})

    assert "LIFE-STATE-006" in await found(app, "lifespan")


async def test_a_body_that_broke_off_and_was_taken_is_found():
    """The client left in the middle of it."""

    async def app(scope, receive, send):
        while (await receive()).get("more_body", False):
            continue
        await send(START)
        await send(END)

    assert "HTTP-REQ-013" in await found(app, "POST /")


async def test_an_application_that_refuses_old_versions_is_not_blamed():
    """Without a version it is 2.0, which need not be supported (asgi, Connection Scope)."""

    async def new(scope, receive, send):
        if scope["asgi"].get("version", "2.0") != "3.0":
            raise RuntimeError
        await right(scope, receive, send)

    async def unable(scope, receive, send):
        assert scope["asgi"]["version"]
        await right(scope, receive, send)

    assert await found(new, "GET /") == set()
    assert await found(unable, "GET /") == {"CORE-SCOPE-007"}


async def test_one_defect_is_one_finding():
    """What lacks everything is not judged where what lacks one thing has failed; the order of variants is by that."""
    app = answering(lambda scope, _: scope["asgi"]["spec_version"].encode())
    assert await found(app, "GET /") == {"CORE-SCOPE-007"}


async def test_an_application_that_counts_is_not_blamed():
    """Answers that differ by themselves are not compared."""
    count = itertools.count()

    assert await found(answering(lambda scope, _: b"%d" % next(count)), "GET /") == set()


async def test_an_application_that_refuses_after_a_while_is_not_blamed():
    """A limit on requests has nothing to do with the variant that met it."""
    count = itertools.count()
    assert await found(answering(lambda scope, _: b"x" if next(count) < 20 else None), "GET /") == set()


async def test_an_application_that_shows_its_fields_is_not_blamed():
    """What it got is in its answer, and is another thing each time."""

    def look(scope, body):
        return json.dumps([[name.decode(), value.decode()] for name, value in scope["headers"]]).encode()

    assert await found(answering(look), "GET /") == set()


async def test_an_application_that_refuses_everything_is_not_blamed():
    """4xx is an answer."""
    assert await found(answering(lambda scope, body: None), "POST /") == set()


async def test_a_failing_application_is_warned_of_once():
    """What fails always says nothing of a variant."""

    async def app(scope, receive, send):
        if scope["type"] == "http":
            await send({**START, "status": 500})
            await send(END)
        raise ValueError

    battery = await run_battery(app, "GET /", QUICK)
    assert battery.findings == ()
    assert len(battery.warnings) == 1
    assert "GET /" in battery.warnings[0]


async def test_an_application_that_hangs_is_tried_once():
    """The rest is skipped."""
    battery = await run_battery(deaf, "GET /", QUICK)
    assert battery.is_stuck
    assert {case.outcome for case in battery.cases[1:]} == {"skipped"}
    assert "CORE-APP-007" in {finding.violation.rule for finding in battery.findings}
    assert battery.exchanges == 1


async def test_one_finding_of_a_rule_is_enough():
    """That of the first case."""

    async def app(scope, receive, send):
        await send({**START, "headers": [(b"Upper", b"x")]})
        await send(END)

    findings = [each for each in (await run_battery(app, "GET /", QUICK)).findings if each.violation.rule == "HTTP-RESP-005"]
    assert [finding.case for finding in findings] == ["plain"]
    assert findings[0].scenario is not None


async def test_rules_are_selected_and_ignored():
    """What does not count is not reported."""
    app = answering(lambda scope, _: str(scope["client"][0]).encode())
    assert "CORE-SCOPE-009" not in await found(app, "GET /", Options(grace=0.4, ignore=frozenset({"CORE-SCOPE-009"})))
    assert await found(app, "GET /", Options(grace=0.4, select=frozenset({"CORE-SCOPE-009"}))) == {"CORE-SCOPE-009"}


async def test_a_body_that_is_taken_is_looked_for():
    """Among some; a place can name its own."""
    app = answering(lambda scope, body: body if body == b"name=x" else None)
    assert (await run_battery(app, "POST /", QUICK)).place.body == b"name=x"
    place = Place(type="http", method="POST", body=b"own")
    assert (await run_battery(app, place, QUICK)).place == place


async def test_what_there_is_no_time_for_is_skipped():
    """But for the plain request, with which each place begins."""
    battery = await run_battery(right, "GET /", Options(grace=0.4, ends=monotonic()))
    assert battery.cases[0].outcome == "passed"
    assert {(case.outcome, case.detail) for case in battery.cases[1:]} == {("skipped", OVER)}


async def test_a_plain_request_that_fails_is_told():
    """In a warning, and in its case; that a lifespan raises is no failure."""
    battery = await run_battery(answering(lambda *_: 1 // 0), "GET /", QUICK)
    assert "ZeroDivisionError" in battery.cases[0].detail
    assert battery.warnings == (f"GET /: {battery.cases[0].detail}",)

    async def no_lifespan(scope, receive, send):
        raise NotImplementedError

    battery = await run_battery(no_lifespan, "lifespan", QUICK)
    assert (battery.cases[0].detail, battery.warnings, battery.findings) == ("", (), ())


async def test_state_of_the_lifespan_is_there():
    """As the server hands it on."""
    app = answering(lambda scope, _: scope.get("state", {"db": "x"})["db"].encode())
    battery = await run_battery(app, "GET /", Options(grace=0.4, state={"db": "x"}))
    assert battery.warnings == ()


async def test_a_place_that_is_none_is_refused():
    """Before anything is driven."""
    with pytest.raises(ValueError, match="is no place"):
        await run_battery(right, "nowhere")


@pytest.mark.parametrize("anyio_backend", ["asyncio"])
async def test_an_endless_response_is_no_fault():
    """The client leaves when it has seen enough; only not to look at that is one."""

    async def app(scope, receive, send):
        if scope["type"] != "http":
            raise ValueError
        await receive()
        await send(START)
        while True:
            await send(PIECE)

    assert await found(app, "GET /", Options(grace=0.1)) == {"HTTP-DISC-007"}


async def test_an_application_that_fails_lists_is_found_and_tried_with_tuples():
    """Pairs are two-item iterables; what else it does wrong is found, too."""

    async def app(scope, receive, send):
        if scope["type"] != "http":
            raise ValueError
        assert all(type(pair) is tuple for pair in scope["headers"])
        await receive()
        scope["client"][0].encode()
        await send(START)
        await send({"type": "http.response.body"})

    rules = await found(app, "GET /")
    assert "HTTP-SCOPE-022" in rules
    assert "HTTP-SCOPE-025" in rules
