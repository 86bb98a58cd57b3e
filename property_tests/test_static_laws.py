"""No path, however it is spelt, leaves a directory of static files."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import quote

import anyio
import pytest
from hypothesis import given
from hypothesis import strategies as st

from asgikit import App, Router, get, rest, root
from asgikit.static import StaticOptions, static_files
from asgikit.testing import call

PIECES = [
    "..",
    ".",
    "",
    "public",
    "docs",
    "a.txt",
    "secret.txt",
    "link",
    "up",
    "in",
    ".env",
    "a\0",
    "x" * 300,
    "\\..\\",
    "..;",
    "%2e%2e",
    "~",
    "C:",
]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    top = tmp_path_factory.mktemp("site")
    public = top / "public"
    (public / "docs").mkdir(parents=True)
    (public / "docs" / "a.txt").write_bytes(b"public")
    (public / "docs" / "index.html").write_bytes(b"public")
    (public / ".env").write_bytes(b"SECRET")
    (top / "secret.txt").write_bytes(b"SECRET")
    (top / "secret.txt.gz").write_bytes(b"SECRET")
    (public / "link").symlink_to(top / "secret.txt")
    (public / "link.gz").symlink_to(top / "secret.txt")
    (public / "up").symlink_to(top)
    (public / "in").symlink_to(public / "docs")
    return public


paths = st.lists(st.sampled_from(PIECES) | st.text(max_size=6), max_size=8).map("/".join)


@given(path=paths, fallback=st.booleans(), accepts=st.sampled_from(["", "gzip"]))
def test_nothing_from_outside_comes_out(site: Path, path: str, fallback: bool, accepts: str) -> None:
    """200 with what is public, a redirect, or 404; never an error, never a secret."""
    options = StaticOptions(fallback="docs/a.txt" if fallback else None)
    app = App(Router(get(root / rest("path"))(static_files(site, options=options))))
    target = "/" + quote(path.encode("utf-8", "surrogatepass"), safe="/")
    answer = anyio.run(lambda: call(app, "GET", target, headers={"accept-encoding": accepts, "accept": "text/html"}))
    assert answer.error is None
    assert answer.status in {200, 308, 404}
    assert b"SECRET" not in answer.body
    if answer.status == 308:
        assert answer.headers["location"].startswith(("./", "../"))
