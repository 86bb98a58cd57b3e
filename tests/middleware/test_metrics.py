"""What Prometheus is told."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import anyio
import pytest
from prometheus_client import CollectorRegistry, Counter
from prometheus_client.parser import text_string_to_metric_families

from asgikit import App, HTTPError, Request, Response, Router, get, mount, param, post, root, websocket
from asgikit.middleware.metrics import MetricsPolicy, code_label, metrics, metrics_endpoint
from asgikit.testing import call, http_scope, play, talking, websocket_scope


def ticking() -> Callable[[], float]:
    """A clock that goes on by half a second with each look."""
    now = iter(range(1000))
    return lambda: next(now) / 2


@get(root / "u" / param("id", int))
async def show(request: Request[object], id: int) -> Response:
    if id == 0:
        raise RuntimeError("bug")
    if id == 1:
        raise HTTPError(403, "no")
    return Response.text("hello")


async def test_requests_are_counted_by_route_and_status() -> None:
    """Never by path; what no route answers is one."""
    registry = CollectorRegistry()
    app = App(Router(show).wrap(metrics(registry)))
    for target in ("/u/5", "/u/6", "/u/0", "/u/1", "/a", "/b"):
        await call(app, target=target)

    def count(**labels: str) -> float | None:
        return registry.get_sample_value("http_requests_total", {"method": "GET", **labels})

    assert count(route="/u/{id}", status="200") == 2
    assert (count(route="/u/{id}", status="500"), count(route="/u/{id}", status="403")) == (1, 1)
    assert count(route="unmatched", status="404") == 2


async def test_methods_that_nobody_knows_are_one() -> None:
    """A client can make up any number of them."""
    registry = CollectorRegistry()
    app = App(Router(show).wrap(metrics(registry)))
    for number in range(20):
        await call(app, f"X{number}", "/u/5")
    assert registry.get_sample_value("http_requests_total", {"method": "other", "route": "unmatched", "status": "405"}) == 20


async def test_durations_and_bytes_are_those_of_the_whole_response() -> None:
    """A stream is counted at its end; until then it is in progress."""
    registry = CollectorRegistry()
    labels = {"method": "GET", "route": "/s"}
    running: list[float | None] = []

    async def chunks() -> AsyncIterator[bytes]:
        yield b"abc"
        running.append(registry.get_sample_value("http_requests_in_progress", labels))
        yield b"de"

    @get(root / "s")
    async def stream(request: Request[object]) -> Response:
        return Response.stream(chunks())

    await call(App(stream.wrap(metrics(registry, clock=ticking(), buckets=[0.1, 0.5, 1]))), target="/s")
    read = registry.get_sample_value
    assert running == [1]
    assert read("http_requests_in_progress", labels) == 0
    assert read("http_response_body_bytes_total", labels) == 5
    assert read("http_request_duration_seconds_sum", labels) == 0.5
    assert [read("http_request_duration_seconds_bucket", {**labels, "le": le}) for le in ("0.1", "0.5", "+Inf")] == [0, 1, 1]
    assert read("http_responses_incomplete_total", labels) == 0


async def test_what_is_cut_off_or_has_no_answer() -> None:
    """Both end, and are told apart."""
    registry = CollectorRegistry()

    async def chunks() -> AsyncIterator[bytes]:
        yield b"abc"
        await anyio.sleep_forever()

    @get(root / "s")
    async def stream(request: Request[object]) -> Response:
        return Response.stream(chunks())

    @post(root / "s")
    async def reading(request: Request[object]) -> Response:
        return Response.text(str(await request.body()))

    app = App(Router(stream, reading).wrap(metrics(registry)))
    await call(app, target="/s", leaves_after=2)
    await play(app, http_scope("POST", "/s"), [{"type": "http.disconnect"}])
    read = registry.get_sample_value
    assert read("http_responses_incomplete_total", {"method": "GET", "route": "/s"}) == 1
    assert read("http_requests_total", {"method": "POST", "route": "/s", "status": "none"}) == 1
    assert [read("http_requests_in_progress", {"method": method, "route": "/s"}) for method in ("GET", "POST")] == [0, 0]


async def test_sockets() -> None:
    """How many are open, for how long, what was sent and how they were closed; no session is a slow request."""
    registry = CollectorRegistry()
    read, route = registry.get_sample_value, {"route": "/ws"}

    async def session(ws: Any) -> None:
        async for message in ws:
            await ws.send(message)

    @websocket(root / "ws")
    async def join(request: Request[object]) -> Response:
        return Response.upgrade(session)

    app = App(join.wrap(metrics(registry, clock=ticking())))
    async with talking(app, "/ws") as client:
        client.say("abc")
        await client.until(1)
        assert read("websocket_connections_open", route) == 1
        client.leave(1001)
    assert read("websocket_connections_open", route) == 0
    assert read("websocket_session_duration_seconds_sum", route) == 0.5
    assert read("websocket_closes_total", {**route, "code": "1001"}) == 1
    assert read("http_response_body_bytes_total", {"method": "GET", **route}) == 3
    assert read("http_request_duration_seconds_count", {"method": "GET", **route}) == 0
    assert read("http_requests_total", {"method": "GET", **route, "status": "101"}) == 1


async def test_a_handshake_that_is_denied_is_no_session() -> None:
    """It counts as the response that it is."""
    registry = CollectorRegistry()

    async def deny(request: Request[None]) -> Response:
        return Response.text("no", status=409)

    app = App(metrics(registry)(deny))
    await play(app, websocket_scope(denial=True), [{"type": "websocket.connect"}])
    where = {"method": "GET", "route": "unmatched"}
    assert registry.get_sample_value("http_requests_total", {**where, "status": "409"}) == 1
    assert registry.get_sample_value("websocket_connections_open", {"route": "unmatched"}) == 0
    assert registry.get_sample_value("websocket_session_duration_seconds_count", {"route": "unmatched"}) is None


@pytest.mark.parametrize(
    ("code", "label"), [(1000, "1000"), (1006, "1006"), (4999, "other"), (3000, "other"), (None, "other"), (7, "other")]
)
def test_codes_of_closes_are_few(code: int | None, label: str) -> None:
    """Clients choose from two thousand."""
    assert code_label(code) == label


async def test_a_mounted_application_is_one_route() -> None:
    """However many paths it has."""
    registry = CollectorRegistry()

    async def foreign(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"abc"})

    app = App(Router(mount(root / "f", foreign, lifespan="off")).wrap(metrics(registry)))
    for path in "abc":
        await call(app, target=f"/f/{path}")
    counts = [sample.value for family in registry.collect() for sample in family.samples if sample.name == "http_requests_total"]
    assert counts == [3]


async def test_the_endpoint_speaks_two_formats() -> None:
    """Whichever the client prefers; text for who does not say, and for who asks for anything else."""
    registry = CollectorRegistry()
    Counter("seen", "What was seen.", registry=registry).inc()
    app = App(get(root / "metrics")(metrics_endpoint(registry)))
    scraper = (
        "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.5,application/openmetrics-text;version=0.0.1;q=0.4,"
        "text/plain;version=1.0.0;escaping=allow-utf-8;q=0.3,text/plain;version=0.0.4;q=0.2,*/*;q=0.1"
    )
    for accept, kind, end in [
        (scraper, "application/openmetrics-text; version=1.0.0; charset=utf-8", "# EOF\n"),
        ("application/openmetrics-text", "application/openmetrics-text; version=1.0.0; charset=utf-8", "# EOF\n"),
        ("text/html", "text/plain; version=0.0.4; charset=utf-8", "\n"),
        ("application/openmetrics-text;version=1.0.0\x7f;x=é", "text/plain; version=0.0.4; charset=utf-8", "\n"),
        (None, "text/plain; version=0.0.4; charset=utf-8", "\n"),
    ]:
        fields = [] if accept is None else [(b"accept", accept.encode())]
        answer = await play(app, {**http_scope(target="/metrics"), "headers": fields}, [{"type": "http.request"}])
        assert (answer.status, answer.headers["content-type"]) == (200, kind)
        assert answer.text.endswith(end)
        assert "seen_total 1.0" in answer.text
        assert (answer.headers["cache-control"], answer.headers["vary"]) == ("no-store", "Accept")


async def test_the_text_is_one_that_prometheus_reads() -> None:
    """By its own parser."""
    registry = CollectorRegistry()
    app = App(Router(show, get(root / "metrics")(metrics_endpoint(registry))).wrap(metrics(registry, prefix="shop")))
    await call(app, target="/u/5")
    families = list(text_string_to_metric_families((await call(app, target="/metrics")).text))
    assert "shop_http_requests" in {family.name for family in families}


@pytest.mark.parametrize("wrong", [{"prefix": "a b"}, {"prefix": "1"}, {"buckets": []}, {"buckets": [2, 1]}, {"buckets": [0]}])
def test_what_cannot_be_meant_is_refused(wrong: Any) -> None:
    """When it is made."""
    with pytest.raises(ValueError):
        metrics(CollectorRegistry(), **wrong)


def test_a_registry_is_counted_in_once() -> None:
    """Twice would be two metrics of one name; another prefix is another one."""
    registry = CollectorRegistry()
    metrics(registry)
    metrics(registry, prefix="admin")
    with pytest.raises(ValueError, match="Duplicated"):
        metrics(registry)


def test_the_policy_is_a_value() -> None:
    """Immutable."""
    policy: Any = MetricsPolicy()
    with pytest.raises(AttributeError):
        policy.prefix = "x"


def test_without_the_library_the_error_names_the_extra() -> None:
    """When the middleware is made; importing it is no error."""
    program = (
        "import sys\n"
        "sys.modules['prometheus_client'] = None\n"
        "from asgikit.middleware.metrics import metrics\n"
        "from asgikit.errors import MissingExtra\n"
        "try: metrics(None)\n"
        "except MissingExtra as error: print(error)\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert "typed-asgikit[metrics]" in done.stdout


PROCESS = """
import os, sys, anyio
from prometheus_client import CollectorRegistry, multiprocess
from asgikit import App, Request, Response, Router, get, root
from asgikit.middleware.metrics import metrics, metrics_endpoint
from asgikit.testing import call

@get(root / "x")
async def show(request: Request[object]) -> Response:
    return Response.text("x")

seen = CollectorRegistry()
multiprocess.MultiProcessCollector(seen)
app = App(Router(show, get(root / "metrics")(metrics_endpoint(seen))).wrap(metrics(CollectorRegistry())))
for _ in range(int(sys.argv[1])):
    anyio.run(call, app, "GET", "/x")
print(anyio.run(call, app, "GET", "/metrics").text)
"""


def test_several_processes_are_one(tmp_path: Path) -> None:
    """With the directory that prometheus-client needs for it: whichever is asked answers for all."""
    environment = os.environ | {"PROMETHEUS_MULTIPROC_DIR": str(tmp_path), "PYTHONPATH": str(Path(__file__).parents[2])}

    def run(count: int) -> str:
        command = [sys.executable, "-c", PROCESS, str(count)]
        return subprocess.run(command, env=environment, capture_output=True, text=True, check=True, timeout=60).stdout

    run(2)
    shown = run(3)
    assert 'http_requests_total{method="GET",route="/x",status="200"} 5.0' in shown
    assert 'http_requests_in_progress{method="GET",route="/x"} 0.0' in shown
