"""The pytest plugin, in runs of pytest of its own."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

APPS = """
async def right(scope, receive, send):
    await receive()
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"x"})


async def wrong(scope, receive, send):
    await send({"type": "http.response.start", "status": 200, "headers": [(b"X-Upper", b"")]})
    await send({"type": "http.response.body", "body": b"x"})
"""

TEST = """
import anyio, pytest

SCOPE = {"type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": "GET", "path": "/", "query_string": b"", "headers": []}


async def receive():
    return {"type": "http.request"}


async def send(message):
    pass

MARK
def test_it(asgi_app):
    anyio.run(asgi_app, SCOPE, receive, send)
"""


def run(directory: Path, mark: str = "", ini: str = "") -> subprocess.CompletedProcess[str]:
    (directory / "site_apps.py").write_text(APPS)
    (directory / "test_site.py").write_text(TEST.replace("MARK", mark))
    (directory / "pytest.ini").write_text(f"[pytest]\n{ini}\n")
    # The plugin is named, as an installation of the tests' own environment need not have its entry point.
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "-p",
        "no:cacheprovider",
        "-p",
        "pytest_asgikit",
        "--strict-markers",
    ]
    quiet = {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "PATH": "", "PYTHONPATH": str(directory)}
    return subprocess.run(command, cwd=directory, capture_output=True, text=True, timeout=60, env=quiet)


def test_a_right_application_passes(tmp_path: Path) -> None:
    """Named by the ini option."""
    done = run(tmp_path, ini="asgi_app = site_apps:right")
    assert done.returncode == 0, done.stdout


def test_a_wrong_one_fails_its_test_at_the_end(tmp_path: Path) -> None:
    """With the rule, the sentence of the specification, the exchange and the link."""
    done = run(tmp_path, ini="asgi_app = site_apps:wrong")
    assert done.returncode == 1
    for part in ("HTTP-RESP-005 (must, app)", "lowercased", "python -m asgikit rules HTTP-RESP-005", "http.response.start"):
        assert part in done.stdout


@pytest.mark.parametrize(
    "mark",
    ["import site_apps\n\n\n@pytest.mark.asgi_app(app=site_apps.wrong)", "@pytest.mark.asgi_app(app='site_apps:wrong')"],
)
def test_the_marker_goes_before_the_option(tmp_path: Path, mark: str) -> None:
    """It takes an application, or its name."""
    done = run(tmp_path, mark=mark, ini="asgi_app = site_apps:right")
    assert "HTTP-RESP-005" in done.stdout


def test_the_marker_takes_keywords(tmp_path: Path) -> None:
    """An argument would be taken for the function to decorate, or not, by its kind."""
    done = run(tmp_path, mark="@pytest.mark.asgi_app('site_apps:wrong')")
    assert "asgi_app(app=app)" in done.stdout


def test_rules_are_ignored_by_pattern(tmp_path: Path) -> None:
    """In the file or in the marker."""
    done = run(tmp_path, ini="asgi_app = site_apps:wrong\nasgi_ignore = HTTP-RESP-*")
    assert done.returncode == 0, done.stdout
    done = run(tmp_path, mark="@pytest.mark.asgi_app(app='site_apps:wrong', ignore=['HTTP-RESP-005'])")
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize(
    ("ini", "text"),
    [
        ("", "asgi_app has no application"),
        ("asgi_app = nowhere:app", "no module"),
        ("asgi_app = site_apps:missing", "missing"),
        ("asgi_app = site_apps:right\nasgi_level = all", "must"),
        ("asgi_app = site_apps:right\nasgi_ignore = HTTP-RSP-001", "HTTP-RSP-001"),
    ],
)
def test_a_mistake_says_what_to_write(tmp_path: Path, ini: str, text: str) -> None:
    """It is no failure of the application."""
    done = run(tmp_path, ini=ini)
    assert done.returncode == 1
    assert text in done.stdout
    assert "ERROR" in done.stdout
    assert "traceback" not in done.stdout.lower()
