"""Runs of pytest of their own, in projects that have the plugin."""

from __future__ import annotations

import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

SHOP = """
async def app(scope, receive, send):
    if scope["type"] == "lifespan":
        while True:
            event = await receive()
            scope["state"]["runs"] = event["type"] == "lifespan.startup"
            await send({"type": event["type"] + ".complete"})
            if event["type"] == "lifespan.shutdown":
                print("the shop is closed", flush=True)
                return
    if scope["type"] != "http":
        raise ValueError
    while (event := await receive())["type"] == "http.request" and event.get("more_body"):
        pass
    if event["type"] == "http.disconnect":
        return
    if scope["path"] == "/fails":
        raise ZeroDivisionError("no such number")
    name = b"X-Wrong" if scope["path"] == "/wrong" else b"set-cookie"
    headers = [[b"content-type", b"application/json"], [name, b"sid=tomato; Path=/"]]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    level = scope["asgi"]["spec_version"].encode()
    await send({"type": "http.response.body", "body": b'{"id": 1, "name": "lamp", "level": "%s"}' % level})
"""


@dataclass(frozen=True)
class Run:
    """How it ended."""

    printed: str

    @property
    def text(self) -> str:
        """What was printed, without columns."""
        return re.sub(r"(?<=\S) {2,}", " ", self.printed)

    @property
    def outcome(self) -> str:
        """The last line: "1 failed, 2 passed"."""
        found = re.findall(r"^(?:=+ )?((?:\d+ \w+(?:, )?)+) in [\d.]+s", self.text, re.MULTILINE)
        assert found, self.text
        return str(found[-1])


def run(directory: Path, tests: str, ini: str = "asgi_app = shop:app", *, plugins: str = "anyio", options: str = "") -> Run:
    """Pytest with these plugins beside ours, which are named as an environment need not have their entry points."""
    (directory / "shop.py").write_text(SHOP)
    (directory / "test_shop.py").write_text(tests)
    (directory / "pytest.ini").write_text(f"[pytest]\nfilterwarnings = error\n{ini}\n")
    words = [word for plugin in (*plugins.split(), "no:cacheprovider", "pytest_asgikit") for word in ("-p", plugin)]
    command = [sys.executable, "-m", "pytest", "-q", "--strict-markers", "--strict-config", *words, *options.split()]
    quiet = {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "PATH": "", "PYTHONPATH": str(directory)}
    done = subprocess.run(command, cwd=directory, capture_output=True, text=True, timeout=60, env=quiet)
    return Run(done.stdout + done.stderr)
