"""What the report of a test that fails says."""

from __future__ import annotations

import re
from pathlib import Path

from asgikit.conformance.transcript import Step
from asgikit.conformance.values import Finding
from asgikit.testing.recorded import RecordedExchange
from asgikit.testing.reporting import SHOWN, told_of
from asgikit.testing.table import RecordedStep
from tests.testing.projects import run


def exchange(kind: str = "http", *steps: Step, broken: bool = False) -> RecordedExchange:
    finding = (Finding("HTTP-RESP-005", "in upper case"),) if broken else ()
    later = (RecordedStep(number, step, 0.1) for number, step in enumerate(steps, 2))
    return RecordedExchange((RecordedStep(1, Step("call", {"type": kind}), 0.0, finding), *later))


def test_of_many_exchanges_the_last_ones_are_told() -> None:
    """And those that broke a rule, in the order in which they were."""
    broken, others = exchange(broken=True), [exchange() for _ in range(50)]
    told = told_of([others[0], broken, *others[1:]])
    assert len(told) == SHOWN
    assert told[0] is broken
    assert told[-1] is others[-1]
    many = [exchange(broken=True) for _ in range(50)]
    assert [id(each) for each in told_of(many)] == [id(each) for each in many[-SHOWN:]]


def test_a_lifespan_is_told_of_if_something_was_wrong() -> None:
    """Otherwise it says nothing."""
    begins, raises = Step("receive", {"type": "lifespan.startup"}), Step("raise", {"error": "OSError: gone"})
    failed = Step("send", {"type": "lifespan.startup.failed"})
    told = [exchange("lifespan", broken=True), exchange("lifespan", begins, raises), exchange("lifespan", begins, failed)]
    assert told_of([exchange("lifespan"), exchange("lifespan", raises), *told]) == told


def test_a_test_that_fails_shows_its_exchanges(tmp_path: Path) -> None:
    """Its own, once, without secrets; one that passes shows nothing."""
    tests = """
from asgikit.testing import Client
from asgikit.testing.recorder import record
import shop

def test_passes(sync_client):
    sync_client.get("/passed")

def test_fails(sync_client):
    sync_client.get("/first?token=tomato", headers={"authorization": "Bearer tomato"})
    sync_client.get("/second")
    assert False

def test_records_by_itself():
    with Client(record(shop.app)) as client:
        client.get("/third")
        assert False
"""
    done = run(tmp_path, tests)
    assert done.outcome == "2 failed, 1 passed"
    first, second, third = (done.text.index(path) for path in ("GET /first?token=REDACTED", "GET /second", "GET /third"))
    assert first < second < third
    assert done.text.count("--- ASGI exchanges ---") == 2
    assert "/passed" not in done.text
    assert "tomato" not in done.text.replace('"/first?token=tomato", headers={"authorization": "Bearer tomato"}', "")


def test_clients_of_its_own_are_in_the_report_of_a_test(tmp_path: Path) -> None:
    """In its body, in a fixture of its module, in a thread, and a record at the head of the module; of this test alone."""
    tests = """
import threading
import pytest
from asgikit.testing import AsyncClient, Client, record
import shop

recorder = record(shop.app)

@pytest.fixture(scope="module")
def shared():
    with Client(shop.app) as client:
        client.get("/setup")
        yield client

def test_passes(shared):
    shared.get("/passed")

def test_fails(shared):
    shared.get("/shared")
    with Client(shop.app) as own, Client(recorder) as recorded:
        thread = threading.Thread(target=own.get, args=["/own"])
        thread.start()
        thread.join()
        recorded.get("/recorded")
        assert False

async def test_async():
    async with AsyncClient(shop.app) as client:
        await client.get("/async")
        assert False
"""
    done = run(tmp_path, tests, "anyio_mode = auto")
    assert done.outcome == "3 failed, 1 passed"
    seen = re.findall(r"(?:GET (/\w+)|(- ASGI exchanges -))", done.text)
    assert [path for path, _ in seen if path] == ["/shared", "/own", "/recorded", "/async", "/async"]
    assert done.text.count("- ASGI exchanges -") == 3


def test_a_connection_that_goes_on_is_told_of_where_it_has_news(tmp_path: Path) -> None:
    """A socket of a fixture belongs to all of its tests."""
    tests = """
import pytest
from asgikit.testing import Client

async def echo(scope, receive, send):
    if scope["type"] != "websocket":
        raise ValueError
    await receive()
    await send({"type": "websocket.accept"})
    while (event := await receive())["type"] == "websocket.receive":
        await send({"type": "websocket.send", "text": event["text"]})

@pytest.fixture(scope="module")
def ws():
    with Client(echo) as client, client.websocket("/chat") as ws:
        yield ws

def test_begins(ws):
    pass

def test_silent(ws):
    assert False

def test_talks(ws):
    ws.send("hello")
    assert ws.receive() == "good bye"
"""
    done = run(tmp_path, tests)
    assert done.outcome == "2 failed, 1 passed"
    silent, talks = done.text.split("___ test_talks ___")
    assert "WebSocket /chat" not in silent
    assert "WebSocket /chat" in talks
    assert "websocket.send text hello" in talks


def test_a_fixture_may_be_the_first_to_import_the_kit(tmp_path: Path) -> None:
    """The report has what happens from then on."""
    tests = """
import pytest

@pytest.fixture
def own():
    from asgikit.testing import Client
    import shop
    with Client(shop.app) as client:
        yield client

def test_fails(own):
    own.get("/late")
    assert False
"""
    assert "GET /late" in run(tmp_path, tests).text


def test_colour_is_for_terminals_that_have_it(tmp_path: Path) -> None:
    """The rest of the report has it, too."""
    tests = "def test_it(sync_client):\n    sync_client.get('/wrong')\n"
    assert "\x1b[31m> <-- " in run(tmp_path, tests, options="--color=yes").text
    assert "\x1b" not in run(tmp_path, tests).text


def test_a_run_inside_a_run_has_its_own_exchanges(tmp_path: Path) -> None:
    """As the tests of plugins have them."""
    tests = """
pytest_plugins = ["pytester"]

INNER = '''
def test_inner(sync_client):
    sync_client.get("/inner")
    assert False
'''

def test_outer(pytester, sync_client):
    sync_client.get("/before")
    pytester.makeini("[pytest]\\nasgi_app = shop:app")
    pytester.makepyfile(INNER)
    pytester.runpytest_inprocess("-p", "pytest_asgikit").assert_outcomes(failed=1)
    from asgikit.testing import Client
    from asgikit.testing.recorder import record
    import shop
    with Client(record(shop.app)) as client:
        client.get("/after")
    assert False
"""
    done = run(tmp_path, tests)
    outer = done.text[done.text.rindex("--- ASGI exchanges ---") :]
    assert "GET /before" in outer
    assert "GET /after" in outer
    assert "GET /inner" not in outer
