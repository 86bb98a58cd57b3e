"""Small applications as people write them, right in every way: HTTP."""

from __future__ import annotations

import itertools
import json
import random
import time
from typing import Any
from urllib.parse import parse_qs

import anyio
import anyio.to_thread

from tests.conformance.corpus.battery_wrong import lower, read, whole
from tests.conformance.corpus.battery_wrong_others import only
from tests.conformance.corpus.model import App, LegalUnderBattery, body, start


def values_of(pair: Any) -> str:
    """The items of a pair in words, or nothing."""
    return "" if pair is None else " ".join(str(item) for item in pair)


def replying(view: Any) -> App:
    """An application that reads the body, and answers with a status and text made of the scope and the body."""

    async def app(scope: Any, receive: Any, send: Any) -> None:
        try:
            data = await read(receive)
        except ConnectionError:
            return
        status, text = view(scope, data)
        await whole(send, text.encode() if isinstance(text, str) else text, status)

    return only("http", app)


def json_echo(scope: Any, data: bytes) -> Any:
    """Takes JSON only."""
    try:
        return 200, json.dumps(json.loads(data))
    except ValueError:
        return 400, "not JSON"


def form(scope: Any, data: bytes) -> Any:
    """Takes forms only."""
    if lower(scope).get(b"content-type") != b"application/x-www-form-urlencoded":
        return 415, "not a form"
    return 200, repr(sorted(parse_qs(data.decode())))


def cookies(scope: Any, data: bytes) -> Any:
    """Joins cookies."""
    return 200, b"; ".join(value for name, value in scope["headers"] if name.lower() == b"cookie")


def query(scope: Any, data: bytes) -> Any:
    """Answers with the query."""
    return 200, repr(parse_qs((scope.get("query_string") or b"").decode("latin-1")))


def mounted(scope: Any, data: bytes) -> Any:
    """Routes by what is behind root_path, if it is there."""
    path = scope["path"].removeprefix(scope.get("root_path", ""))
    return (200, "items") if path == "/items" else (404, "nothing")


def url_of(scope: Any, data: bytes) -> Any:
    """Answers with its own URL."""
    host = lower(scope).get(b"host")
    server = scope.get("server") or ("localhost", None)
    where = host.decode() if host else server[0] + (f":{server[1]}" if server[1] is not None else "")
    return 200, f"{scope.get('scheme', 'http')}://{where}{scope.get('root_path', '')}{scope['path']}"


def echo_scope(scope: Any, data: bytes) -> Any:
    """Answers with all it has, as debugging pages do."""
    return 200, repr({key: value for key, value in scope.items() if key != "state"})


def needs_host(scope: Any, data: bytes) -> Any:
    """Refuses what has no host."""
    return (200, "hello") if b"host" in lower(scope) else (400, "no host")


def needs_length(scope: Any, data: bytes) -> Any:
    """Refuses bodies without a length, as it may."""
    return (200, data) if b"content-length" in lower(scope) else (411, "length required")


def random_number(scope: Any, data: bytes) -> Any:
    """Never the same twice."""
    return 200, str(random.random())  # no secret


def the_time(scope: Any, data: bytes) -> Any:
    """Never the same twice, for other reasons."""
    return 200, str(time.perf_counter_ns())


def counting() -> Any:
    """Counts its requests."""
    numbers = itertools.count()
    return lambda scope, data: (200, str(next(numbers)))


def limiting() -> Any:
    """Refuses after the third request."""
    numbers = itertools.count()
    return lambda scope, data: (200, "hello") if next(numbers) < 3 else (429, "too many")


def alternating() -> Any:
    """A health check that flaps."""
    numbers = itertools.count()
    return lambda scope, data: (503, "busy") if next(numbers) % 2 else (200, "hello")


def protected(scope: Any, data: bytes) -> Any:
    """Refuses everybody, and says how to come in."""
    return 403, "forbidden"


def only_new(scope: Any, data: bytes) -> Any:
    """HTTP/1.0 is not served."""
    return (505, "too old") if scope["http_version"] == "1.0" else (200, "hello")


def addresses(scope: Any, data: bytes) -> Any:
    """Answers with both ends, if they are known."""
    host = (scope.get("client") or ("unknown",))[0]
    return 200, f"{host} {values_of(scope.get('server'))}"


def picky(scope: Any, data: bytes) -> Any:
    """Other statuses for other bodies."""
    return (422, "empty") if not data else (201, data[::-1])


def pooled(scope: Any, data: bytes) -> Any:
    """Uses the state, where there is one."""
    return 200, str(scope.get("state", {}).get("pool", "none"))


def versions(scope: Any, data: bytes) -> Any:
    """Answers with what the server says of itself, by the defaults of the specification."""
    asgi = scope.get("asgi", {})
    return 200, f"{asgi.get('version', '2.0')} {asgi.get('spec_version', '2.0')}"


async def deaf(scope: Any, receive: Any, send: Any) -> None:
    """Never receives: nothing in the request matters."""
    await whole(send, b"hello")


async def head_first(scope: Any, receive: Any, send: Any) -> None:
    """Begins to answer before it reads, and sends back piece by piece."""
    await send(start())
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            return
        if message["type"] != "http.request":
            raise ValueError(f"unknown event {message['type']}")
        await send(body(b"" + message.get("body", b""), True))
        if not message.get("more_body"):
            await send(body())
            return


async def says_incomplete(scope: Any, receive: Any, send: Any) -> None:
    """Answers 400 to a body that broke off, though nobody reads it."""
    try:
        data = await read(receive)
    except ConnectionError:
        await whole(send, b"incomplete", 400)
        return
    await whole(send, data)


async def event_stream(scope: Any, receive: Any, send: Any) -> None:
    """Streams events, while another task waits for the disconnect."""
    await send(start(200, [[b"content-type", b"text/event-stream"]]))

    async def listen() -> None:
        while (message := await receive())["type"] != "http.disconnect":
            if message["type"] != "http.request":
                raise ValueError(f"unknown event {message['type']}")
            b"".join([message.get("body", b"")])
        tasks.cancel_scope.cancel()

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(listen)
        try:
            for number in range(20):
                await send(body(b"data: %d\n\n" % number, True))
                await anyio.sleep(0.001)
            await send(body())
        except OSError:
            pass
        tasks.cancel_scope.cancel()


async def long_poll(scope: Any, receive: Any, send: Any) -> None:
    """Waits for news a little, or for the disconnect."""
    await read(receive)
    with anyio.move_on_after(0.02):
        while (await receive())["type"] != "http.disconnect":
            pass
        return
    await whole(send, b"no news", 200)


async def in_a_thread(scope: Any, receive: Any, send: Any) -> None:
    """Works in a thread."""
    data = await read(receive)
    await whole(send, await anyio.to_thread.run_sync(data.upper))


async def file_like(scope: Any, receive: Any, send: Any) -> None:
    """Sends many pieces, and HEAD none."""
    await read(receive)
    await send(start(200, [[b"content-length", b"65536"]]))
    if scope["method"] == "HEAD":
        await send(body())
        return
    for number in range(16):
        await send(body(b"x" * 4096, number < 15))


async def raising(scope: Any, receive: Any, send: Any) -> None:
    """Fails, always: that says nothing of how it takes variants."""
    await read(receive)
    raise ZeroDivisionError("bug")


async def cleaning(scope: Any, receive: Any, send: Any) -> None:
    """Cleans up whatever happens, and lets everything out."""
    try:
        await whole(send, await read(receive))
    finally:
        with anyio.CancelScope(shield=True):
            await anyio.sleep(0.01)


def at(where: str, **apps: App) -> list[LegalUnderBattery]:
    """These applications at this place."""
    return [LegalUnderBattery(f"{where}: {name}", app, where) for name, app in apps.items()]


GET: dict[str, Any] = {
    "query": query,
    "cookies": cookies,
    "url": url_of,
    "scope": echo_scope,
    "host": needs_host,
    "random": random_number,
    "time": the_time,
    "count": counting(),
    "limit": limiting(),
    "flaps": alternating(),
    "protected": protected,
    "only_new": only_new,
    "addresses": addresses,
    "pooled": pooled,
    "versions": versions,
}
POST: dict[str, Any] = {
    "json": json_echo,
    "form": form,
    "length": needs_length,
    "picky": picky,
    "echo": lambda scope, data: (200, data),
}

CASES = [
    *at("GET /?a=1&b=%20", **{name: replying(view) for name, view in GET.items()}),
    *at("POST /echo", **{name: replying(view) for name, view in POST.items()}),
    *at("GET /items", mounted=replying(mounted)),
    *at("GET /", stream=only("http", event_stream), poll=only("http", long_poll), raises=only("http", raising)),
    *at("GET /large", pieces=only("http", file_like)),
    *at("HEAD /large", pieces=only("http", file_like)),
    *at("POST /in", head_first=only("http", head_first), incomplete=only("http", says_incomplete)),
    *at("GET /deaf", deaf=only("http", deaf)),
    *at("POST /deaf", deaf=only("http", deaf)),
    *at("POST /", thread=only("http", in_a_thread), cleaning=only("http", cleaning)),
]
