"""An exchange for people."""

import subprocess
import sys

import pytest

from asgikit.conformance.drafts import parse_target, plain
from asgikit.conformance.foreign import Foreign
from asgikit.conformance.reproduce import LINES, WIDTH, exchange_table, reproducer
from asgikit.conformance.scenario import Cancel, Deliver, Leave, Once, Scenario, Stall
from asgikit.conformance.transcript import Step

WRONG = """
import asyncio
START = {"type": "http.response.start", "status": 200, "headers": []}
PIECE = {"type": "http.response.body", "body": b"x", "more_body": True}
BODY = {"type": "http.response.body", "body": b"x"}

async def no_body(scope, receive, send):
    await send(START)

async def body_first(scope, receive, send):
    await send(BODY)

async def text_status(scope, receive, send):
    await send({**START, "status": "200 OK"})
    await send(BODY)

async def needs_client(scope, receive, send):
    host, port = scope["client"]
    await send(START)
    await send(BODY)

async def needs_body_key(scope, receive, send):
    print((await receive())["body"])

async def trusts_disconnect(scope, receive, send):
    body = b""
    while (event := await receive()).get("more_body"):
        body += event["body"]
    print("takes", body, "for a whole body, after", event["type"])

async def converts(scope, receive, send):
    await send(START)
    try:
        while True:
            await send(PIECE)
    except OSError as error:
        raise ValueError("cannot send") from error

async def goes_on(scope, receive, send):
    await send(START)
    while True:
        try:
            await send(PIECE)
        except OSError:
            print("sends again")
            await asyncio.sleep(0.5)

async def swallows(scope, receive, send):
    while True:
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            print("goes on")

async def text_only(scope, receive, send):
    await receive()
    await send({"type": "websocket.accept"})
    await send({"type": "websocket.send", "text": (await receive())["text"].upper()})

async def early_reader(scope, receive, send):
    await receive()
    print("got", (await receive())["type"], "before an answer")

async def silent(scope, receive, send):
    if scope["type"] == "lifespan":
        print(await receive())

class Apps:
    def make(self):
        return no_body

apps = Apps()
"""

HTTP = plain(parse_target("GET /items")).finished()
WEBSOCKET = plain(parse_target("WS /chat")).finished()
LIFESPAN = plain(parse_target("lifespan")).finished()
REQUEST = Deliver({"type": "http.request"})
HALF = Deliver({"type": "http.request", "body": b"half", "more_body": True})
MESSAGE = Deliver({"type": "websocket.receive", "bytes": b"a"})


@pytest.fixture
def run(tmp_path):
    (tmp_path / "wrong.py").write_text(WRONG)

    def play(target, scenario, **options):
        program = reproducer(target, scenario, **options)
        assert len(program.splitlines()) <= LINES
        (tmp_path / "program.py").write_text(program)
        return subprocess.run([sys.executable, "program.py"], cwd=tmp_path, capture_output=True, text=True, timeout=60)

    return play


@pytest.mark.parametrize(
    ("app", "scenario", "out", "err"),
    [
        ("no_body", Scenario(scope=HTTP), "'status': 200, 'headers': []}\nreturned None", ""),
        ("body_first", Scenario(scope=HTTP), "{'type': 'http.response.body', 'body': b'x'}\nreturned None", ""),
        ("text_status", Scenario(scope=HTTP), "'status': '200 OK'", ""),
        ("needs_client", Scenario(scope={**HTTP, "client": None}), "", "TypeError: cannot unpack non-iterable NoneType"),
        ("needs_body_key", Scenario(scope=HTTP, actions=(REQUEST,)), "", "KeyError: 'body'"),
        (
            "trusts_disconnect",
            Scenario(scope=HTTP, actions=(HALF, Leave())),
            "takes b'half' for a whole body, after http.disconnect",
            "",
        ),
        ("text_only", Scenario(scope=WEBSOCKET, actions=(MESSAGE,)), "{'type': 'websocket.accept'}", "KeyError: 'text'"),
        ("silent", Scenario(scope=LIFESPAN), "{'type': 'lifespan.startup'}\nreturned None", ""),
        ("apps.make()", Scenario(scope=HTTP), "returned None", ""),
    ],
)
def test_the_program_shows_what_went_wrong(run, app, scenario, out, err):
    """By what it prints, or by the traceback of the application."""
    done = run(f"wrong:{app}", scenario)
    assert out in done.stdout
    assert err in done.stderr
    assert (done.returncode == 0) == (not err)


def test_sending_fails_behind_so_many_messages(run):
    """As the client had left by then: what the application makes of it is seen."""
    done = run("wrong:converts", Scenario(scope=HTTP, actions=(REQUEST, Leave("raise"))), sent=3)
    assert done.stdout.count("http.response") == 4
    assert "OSError: the client has left" in done.stderr
    assert "ValueError: cannot send" in done.stderr


def test_an_application_that_does_not_end_is_given_up(run):
    """After some seconds, with TimeoutError."""
    done = run("wrong:goes_on", Scenario(scope=HTTP, actions=(REQUEST, Leave("raise"))), sent=1)
    assert done.stdout.count("sends again") > 2
    assert "TimeoutError" in done.stderr


def test_a_cancelled_application_is_shown_as_it_is_then(run):
    """Among those that are not done, where it went on."""
    done = run("wrong:swallows", Scenario(scope=HTTP, actions=(REQUEST, Cancel())))
    assert "goes on\n(set(), {<Task " in done.stdout


def test_messages_wait_for_the_answer_to_the_handshake(run):
    """The program is a legal server: nothing but the connect event comes before accept."""
    done = run("wrong:early_reader", Scenario(scope=WEBSOCKET, actions=(MESSAGE, Leave("ignore"))))
    assert "before an answer" not in done.stdout
    assert "TimeoutError" in done.stderr


@pytest.mark.parametrize(
    ("target", "loaded", "call"),
    [
        ("shop:app", "from shop import app\n", "(app(scope"),
        ("shop.web:application", "from shop.web import application as app\n", "(app(scope"),
        ("shop:create()", "from shop import create as app\n", "(app()(scope"),
        ("shop:web.app", "from shop import web as app\n", "(app.app(scope"),
        ("shop:web.create()", "from shop import web as app\n", "(app.create()(scope"),
    ],
)
def test_the_application_is_imported_from_its_path(target, loaded, call):
    """Attributes and factories too."""
    program = reproducer(target, Scenario(scope=HTTP))
    assert loaded in program
    assert call in program


@pytest.mark.parametrize(
    "target", ["", "shop", "shop:", ":app", "a b:c", "shop:a b", "shop:class", "../x:app", "shop:app;x", "s.:app"]
)
def test_what_is_no_import_path_has_no_program(target):
    """Nothing that is not a name gets into one."""
    assert reproducer(target, Scenario(scope=HTTP)) == ""


def test_a_program_fits_a_screen():
    """A plain exchange has no line that is too long, and its imports are sorted as linters want them."""
    program = reproducer("shop:app", Scenario(scope=HTTP))
    assert max(map(len, program.splitlines())) <= WIDTH
    assert program.startswith("import asyncio\n\nfrom shop import app\n\nscope = {")


def test_values_are_written_as_python_reads_them():
    """Iterators made anew, numbers that have no literal, quotes, long runs, and objects of no known type."""
    values = {
        "a": Once((1, 2)),
        "b": float("inf"),
        "c": "it's",
        "d": b"x" * 99,
        "e": (1,),
        "f": Foreign(),
        "g": {1: {}},
        "h": "\u2028",
    }
    program = reproducer("shop:app", Scenario(scope={**HTTP, "values": values}))
    line = program[program.index("scope = ") : program.index("events = ")]
    namespace = {}
    exec(line, namespace)
    read = namespace["scope"]["values"]
    assert list(read.pop("a")) == [1, 2]
    assert type(read.pop("f")) is object
    assert read == {"b": float("inf"), "c": "it's", "d": b"x" * 99, "e": (1,), "g": {1: {}}, "h": "\u2028"}


@pytest.mark.parametrize(
    "actions",
    [(MESSAGE, Stall(), Leave("raise")), (MESSAGE, Leave("raise"), Cancel()), (Stall(), MESSAGE, Leave("raise"), Cancel())],
)
def test_the_program_stays_short_whatever_it_plays(actions):
    """Something is left out where 15 lines are too few."""
    program = reproducer("shop:app", Scenario(scope=WEBSOCKET, actions=actions))
    assert len(program.splitlines()) <= LINES
    compile(program, "program", "exec")


def test_what_is_least_missed_is_left_out_first():
    """A client that leaves still makes sends fail, and messages wait a second for the answer to the handshake."""
    program = reproducer("shop:app", Scenario(scope=WEBSOCKET, actions=(MESSAGE, Leave("raise"))))
    assert 'raise OSError("the client has left")' in program
    assert "0.1 if sent or len(events) > 2 else 1" in program


STEPS = (
    Step("call", HTTP),
    Step("receive", {"type": "http.request", "body": b"", "more_body": False}),
    Step("skipped", {"steps": 40}),
    Step("send", {"type": "http.response.body", "body": b"x" * 300}),
)


def test_an_exchange_is_a_table():
    """A row for each step with its number, its way and its values; the last is marked."""
    rows = exchange_table(STEPS).splitlines()
    assert [row[:2] for row in rows] == ["  ", "  ", "  ", "> "]
    assert rows[1].split()[:3] == ["2", "-->", "http.request"]
    assert rows[3].split()[1:4] == ["43", "<--", "http.response.body"]
    assert "GET /items" in rows[0]


def test_a_table_is_as_wide_as_it_may_be():
    """Values are cut; and without steps there is no table."""
    assert all(len(row) <= 60 for row in exchange_table(STEPS, width=60).splitlines())
    assert exchange_table(()) == ""
