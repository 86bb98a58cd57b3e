"""The fixtures of the pytest plugin, in runs of pytest of their own."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from tests.testing.projects import run

AUTO = "asgi_app = shop:app\nanyio_mode = auto"


def test_clients_of_every_kind_have_the_application(tmp_path: Path) -> None:
    """On asyncio and on trio, with its lifespan."""
    tests = """
async def test_async(client):
    assert (await client.get("/")).json()["name"] == "lamp"
    assert client.state["runs"]

def test_sync(sync_client):
    assert sync_client.get("/").json()["name"] == "lamp"
    assert sync_client.state["runs"]
"""
    done = run(tmp_path, tests, AUTO)
    assert done.outcome == "3 passed"


def test_the_marker_says_what_clients_are_like(tmp_path: Path) -> None:
    """Before the ini file, which has some of it."""
    tests = """
import pytest
import shop

def test_ini(sync_client):
    assert sync_client.get("/").json()["level"] == "2.1"

async def other(scope, receive, send):
    await receive()
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": repr((scope["root_path"], sorted(scope["extensions"]))).encode()})

@pytest.mark.asgi_app(app=other, root_path="/api", extensions=["http.response.debug"], lifespan="off", backend="trio")
def test_marker(sync_client):
    assert sync_client.get("/").text == "('/api', ['http.response.debug'])"

@pytest.mark.asgi_app(app="shop:app", spec_version="2.4")
class TestShop:
    def test_class(self, sync_client):
        assert sync_client.get("/").json()["level"] == "2.4"
"""
    done = run(tmp_path, tests, "asgi_app = shop:app\nasgi_spec_version = 2.1")
    assert done.outcome == "3 passed"


def test_of_several_markers_the_nearest_counts_for_each_keyword(tmp_path: Path) -> None:
    """Of the module, the class and the test; what a nearer one leaves open, the others say."""
    tests = """
import pytest

pytestmark = pytest.mark.asgi_app(app="other:app", root_path="/module", spec_version="2.0", headers={"x-of": "module"})

@pytest.mark.asgi_app(spec_version="2.1", root_path="/class")
class TestOther:
    @pytest.mark.asgi_app(spec_version="2.2")
    def test_all(self, sync_client):
        assert sync_client.get("/").text == "/class 2.2 module"

    def test_two(self, sync_client):
        assert sync_client.get("/").text == "/class 2.1 module"

    @pytest.mark.asgi_app(headers={"x-of": "test"})
    @pytest.mark.asgi_app(spec_version="2.2", headers={"x-of": "below"})
    def test_two_of_one(self, sync_client):
        assert sync_client.get("/").text == "/class 2.2 below"

    @pytest.mark.asgi_app(unknown=1)
    def test_unknown(self, sync_client):
        pass
"""
    (tmp_path / "other.py").write_text("""
async def app(scope, receive, send):
    if scope["type"] != "http":
        raise ValueError
    await send({"type": "http.response.start", "status": 200, "headers": []})
    text = f"{scope['root_path']} {scope['asgi']['spec_version']} {dict(scope['headers'])[b'x-of'].decode()}"
    await send({"type": "http.response.body", "body": text.encode()})
""")
    done = run(tmp_path, tests)
    assert done.outcome == "3 passed, 1 error"


@pytest.mark.parametrize(
    ("mark", "outcome"),
    [
        ("check=None", "2 passed"),
        ("check='must'", "1 failed, 1 passed, 1 error"),
        ("ignore=['HTTP-RESP-*']", "2 passed"),
        ("level='must', check=None", "2 passed, 2 errors"),
        ("level=None", "2 passed"),
    ],
)
def test_what_is_checked_is_an_option_as_of_a_client(tmp_path: Path, mark: str, outcome: str) -> None:
    """For the clients of the fixtures and for the end of the test; the two can differ."""
    tests = f"""
import pytest
from asgikit.testing import Client

pytestmark = pytest.mark.asgi_app({mark})

def test_client(sync_client):
    sync_client.get("/wrong")

def test_other(asgi_app):
    with Client(asgi_app, check=None) as client:
        client.get("/wrong")
"""
    assert run(tmp_path, tests).outcome == outcome


def test_the_backend_of_an_async_test_is_not_an_option(tmp_path: Path) -> None:
    """It is told where that is said."""
    tests = """
import pytest

@pytest.mark.asgi_app(backend="trio")
async def test_it(client):
    pass
"""
    done = run(tmp_path, tests, AUTO)
    assert done.outcome == "2 errors"
    assert "an async test chooses where it runs itself: pytest.mark.parametrize('anyio_backend', ['trio'])" in done.text


def test_a_rule_that_is_broken_behind_the_test_is_told_once(tmp_path: Path) -> None:
    """By the client, which ends first."""
    tests = """
import pytest

async def app(scope, receive, send):
    if scope["type"] != "lifespan":
        raise ValueError
    await receive()
    await send({"type": "lifespan.startup.complete"})
    await receive()
    await send({"type": "lifespan.shutdown.complete"})
    await send({"type": "lifespan.shutdown.complete"})

@pytest.mark.asgi_app(app=app)
def test_sync(sync_client):
    pass

@pytest.mark.asgi_app(app=app)
async def test_async(client):
    pass
"""
    done = run(tmp_path, tests, AUTO)
    assert done.outcome == "3 passed, 3 errors"
    assert done.text.count("lifespan.shutdown.complete answers lifespan.shutdown a second time") == 3
    assert "base_events.py" not in done.text
    assert re.search(r"> async with asgikit_idle_client as client:\n( *\^+\n)?E ", done.text)  # 3.13 points at the client


def test_a_broken_rule_fails_where_it_was_broken(tmp_path: Path) -> None:
    """Once, and with the exchange; what is ignored fails nothing."""
    tests = """
import pytest

def test_it(sync_client):
    sync_client.get("/wrong")

@pytest.mark.asgi_app(ignore=["HTTP-RESP-005"])
def test_ignored(sync_client):
    sync_client.get("/wrong")

@pytest.mark.asgi_app(app="shop:app")
def test_at_the_end(sync_client):
    with pytest.raises(AssertionError):
        sync_client.get("/wrong")
"""
    done = run(tmp_path, tests)
    assert done.outcome == "1 failed, 2 passed, 1 error"
    rows = re.findall(r"> <-- \S+ ms http.response.start 200 \| .* HTTP-RESP-005", done.text)
    assert len(rows) == 2


def test_an_application_of_the_project_itself_is_taken(tmp_path: Path) -> None:
    """A fixture of this name in a conftest goes before ours; an async one, too."""
    (tmp_path / "conftest.py").write_text("""
import pytest, shop

@pytest.fixture
async def asgi_app():
    async def app(scope, receive, send):
        await shop.app({**scope, "path": "/fails"} if scope["type"] == "http" else scope, receive, send)
    return app
""")
    tests = """
import pytest

async def test_async(client):
    with pytest.raises(ZeroDivisionError):
        await client.get("/")
    assert False
"""
    done = run(tmp_path, tests, "anyio_mode = auto")
    assert done.outcome == "2 failed"
    assert done.text.count("raises ZeroDivisionError: no such number") == 2


def test_fixtures_of_other_plugins_go_before_ours(tmp_path: Path) -> None:
    """A project with pytest-django has a client already, wherever that stands among the plugins."""
    (tmp_path / "rival.py").write_text("""
import pytest

@pytest.fixture
def client():
    return "the rival's"
""")
    tests = 'def test_it(client):\n    assert client == "the rival\'s"\n'
    assert run(tmp_path, tests, plugins="rival").outcome == "1 passed"
    assert run(tmp_path, tests, plugins="", options="-p rival").outcome == "1 passed"


@pytest.mark.parametrize(
    ("mark", "text"),
    [
        ("app='shop:app', spec='2.3'", "the marker asgi_app has no spec: it takes app, check, ignore, level"),
        ("spec_version='2.9'", "spec_version is '2.9': write '2.0' to '2.5'"),
        ("extensions='http.response.debug'", "extensions is a list: write ['http.response.debug']"),
        ("check='all'", "check of the marker asgi_app is 'all': write 'must', 'should' or 'note', in the marker also None"),
        ("level='all'", "level of the marker asgi_app is 'all': write"),
        ("ignore='HTTP-RESP-005'", "ignore of the marker asgi_app is 'HTTP-RESP-005': write a list of rules"),
        ("blame=['me']", "blame of the marker asgi_app is ['me']: write some of app, server, middleware"),
        ("ignore=['HTTP-RSP-005']", "ignore of the marker asgi_app: no rule matches"),
        ("backend='curio'", "backend is 'curio': write 'asyncio' or 'trio'"),
        ("app=None", "mark the test with asgi_app(app=app)"),
    ],
)
def test_a_mistake_says_what_to_write(tmp_path: Path, mark: str, text: str) -> None:
    """In one line, without the way through the plugin."""
    done = run(tmp_path, f"import pytest\n\n@pytest.mark.asgi_app({mark})\ndef test_it(sync_client):\n    pass\n")
    assert done.outcome == "1 error"
    assert text in done.text
    assert "plugin.py" not in done.text
    assert "traceback" not in done.text.lower()


def test_the_client_stands_on_another_library(tmp_path: Path) -> None:
    """As the marker says, also where there is no httpx."""
    (tmp_path / "httpx.py").write_text("raise ImportError")
    tests = """
import httpx2
import pytest

pytestmark = pytest.mark.asgi_app(library=httpx2)

async def test_async(client):
    assert isinstance(await client.get("/"), httpx2.Response)

def test_sync(sync_client):
    assert isinstance(sync_client.get("/"), httpx2.Response)
"""
    assert run(tmp_path, tests, AUTO).outcome == "3 passed"


@pytest.mark.parametrize("test", ["async def test_it(client): pass", "def test_it(sync_client): pass"])
def test_a_missing_extra_is_named(tmp_path: Path, test: str) -> None:
    """In one line, without a way through the plugin."""
    (tmp_path / "httpx.py").write_text("raise ImportError")
    done = run(tmp_path, test, AUTO)
    assert "asgi_app: the client needs httpx: install the extra typed-asgikit[testing], or give" in done.text
    assert "Traceback" not in done.text
    assert "plugin.py" not in done.text


def test_a_name_that_leads_nowhere_is_said_in_one_line(tmp_path: Path) -> None:
    """Unless its module has raised: that is shown."""
    test = "def test_it(sync_client): pass"
    done = run(tmp_path, test, "asgi_app = shop:missing")
    assert "has no attribute 'missing'" in done.text
    assert "targets.py" not in done.text
    (tmp_path / "broken.py").write_text("raise ValueError('in the module')")
    done = run(tmp_path, test, "asgi_app = broken:app")
    assert "\nbroken.py:1: ValueError\n" in done.text
    assert "E ValueError: in the module\nE asgi_app: importing broken raised ValueError" in done.text
    assert "targets.py" not in done.text
    assert "importlib" not in done.text


def test_a_synchronous_test_cannot_have_the_async_client(tmp_path: Path) -> None:
    """It is told which one it can have."""
    done = run(tmp_path, "def test_it(client):\n    pass\n")
    assert "the fixture client is for async tests" in done.text
    assert "sync_client" in done.text


def test_the_options_are_documented(tmp_path: Path) -> None:
    """Where pytest shows them."""
    assert "@pytest.mark.asgi_app(*, app, check," in run(tmp_path, "", options="--markers").text
    shown = run(tmp_path, "", options="--help").text
    for name in ("asgi_app", "asgi_level", "asgi_blame", "asgi_ignore", "asgi_spec_version", "asgi_extensions", "asgi_server"):
        assert f" {name} (" in shown
    shown = run(tmp_path, "", options="--fixtures").text
    for name in ("asgi_app", "client", "sync_client", "live_server"):
        assert f"\n{name} -- " in shown


@pytest.mark.parametrize(("name", "is_there"), [("asgikit", False), ("pytest_asgikit", False), ("other", True)])
def test_the_plugin_can_be_left_out(tmp_path: Path, name: str, is_there: bool) -> None:
    """By its name, with which an installation has it, or without the prefix of plugins."""
    project = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text())
    names = "".join(f"{key} = {value}\n" for key, value in project["project"]["entry-points"]["pytest11"].items())
    installed = tmp_path / "kit-1.dist-info"
    installed.mkdir()
    (installed / "METADATA").write_text("Metadata-Version: 2.1\nName: kit\nVersion: 1\n")
    (installed / "entry_points.txt").write_text(f"[pytest11]\n{names}")
    command = [sys.executable, "-m", "pytest", "--markers", "-p", f"no:{name}", "-p", "no:cacheprovider"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True, env={"PYTHONPATH": str(tmp_path)})
    assert ("@pytest.mark.asgi_app(" in done.stdout) is is_there


def test_pytest_without_our_fixtures_imports_nothing_of_asgikit(tmp_path: Path) -> None:
    """The plugin is loaded in every environment that asgikit is in."""
    tests = """
import sys

def test_it():
    assert not [name for name in sys.modules if name.partition(".")[0] in {"asgikit", "httpx", "uvicorn", "anyio"}]
"""
    assert run(tmp_path, tests, plugins="").outcome == "1 passed"
    program = "import sys, pytest; before = set(sys.modules); import pytest_asgikit; print(set(sys.modules) - before)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout == "{'pytest_asgikit'}\n"
