"""The fixture live_server, in runs of pytest of their own."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.testing.projects import run


def test_the_application_is_served_in_a_thread(tmp_path: Path) -> None:
    """The very object, which is checked; what it did is in the report of a failure, and async tests have it, too."""
    tests = """
import pytest

seen = []

async def seeing(scope, receive, send):
    import shop
    seen.append(scope["path"]) if scope["type"] == "http" else None
    await shop.app(scope, receive, send)

@pytest.mark.asgi_app(app=seeing)
def test_seen(live_server):
    with live_server.client() as client:
        assert client.get("/x").json()["name"] == "lamp"
    assert seen == ["/x"]
    assert live_server.url == f"http://127.0.0.1:{live_server.port}"

async def test_async(live_server):
    async with live_server.async_client() as client:
        assert (await client.get("/")).status_code == 200

def test_failing(live_server):
    with live_server.client() as client:
        assert client.get("/fails").status_code == 200
"""
    done = run(tmp_path, tests, "asgi_app = shop:app\nanyio_mode = auto")
    assert done.outcome == "1 failed, 3 passed"
    assert "raises ZeroDivisionError: no such number" in done.text
    assert "Exception in ASGI application" in done.text


@pytest.mark.parametrize(
    ("mark", "ini"), [("", "asgi_server = uvicorn --http h11"), ("@pytest.mark.asgi_app(server='hypercorn')", "")]
)
def test_any_server_runs_in_a_process(tmp_path: Path, mark: str, ini: str) -> None:
    """By the marker or the ini file; what it says is in the report of a failure."""
    tests = f"""
import pytest

{mark}
def test_it(live_server):
    with live_server.client() as client:
        assert client.get("/fails").status_code == 200
"""
    done = run(tmp_path, tests, f"asgi_app = shop:app\n{ini}")
    assert done.outcome == "1 failed"
    assert f"--- Output of {'uvicorn --http h11' if ini else 'hypercorn'} ---" in done.text
    assert "ZeroDivisionError: no such number" in done.text


@pytest.mark.parametrize(
    ("mark", "text"),
    [
        ("app=print, server='granian'", "granian imports the application in a process of its own: name it, app="),
        ("server=1", "asgi_server is 1: write the name of a server"),
        ("server='apache'", "'apache' is no known server; known are uvicorn"),
        ("app='shop:missing', server='uvicorn'", "missing"),
    ],
)
def test_a_mistake_says_what_to_write(tmp_path: Path, mark: str, text: str) -> None:
    """Before the test begins."""
    done = run(tmp_path, f"import pytest\n\n@pytest.mark.asgi_app({mark})\ndef test_it(live_server):\n    pass\n")
    assert done.outcome == "1 error"
    assert text in done.text


def test_without_uvicorn_the_extra_is_named(tmp_path: Path) -> None:
    """In one line."""
    (tmp_path / "uvicorn.py").write_text("raise ImportError")
    done = run(tmp_path, "def test_it(live_server):\n    pass\n")
    assert done.outcome == "1 error"
    assert "a server in a thread is uvicorn: install typed-asgikit[server]" in done.text
    assert "Traceback" not in done.text


def test_an_application_that_does_not_start_is_said_once(tmp_path: Path) -> None:
    """Why, and nothing of how the fixture came to know."""
    tests = """
import pytest

async def broken(scope, receive, send):
    await receive()
    await send({"type": "lifespan.startup.failed", "message": "no database"})

@pytest.mark.asgi_app(app=broken)
def test_it(live_server):
    pass
"""
    done = run(tmp_path, tests)
    assert done.outcome == "1 error"
    assert "\nthe application did not start: SystemExit" in done.text
    assert "no database" in done.text
    assert "exception was the direct cause" not in done.text
    assert "another exception occurred" not in done.text
