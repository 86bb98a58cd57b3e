"""Directories of files."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import Any

import pytest

from asgikit import App, Router, get, rest, root
from asgikit.errors import CompositionError
from asgikit.http.cache import CacheControl
from asgikit.static import StaticOptions, package_directory, static_files
from asgikit.testing import Answer, call

LONG_AGO = 1_700_000_000


def put(place: Path, content: bytes = b"x", *, age: int = 0) -> Path:
    """A file that has not just been changed: its tag is strong."""
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_bytes(content)
    os.utime(place, (LONG_AGO - age, LONG_AGO - age))
    return place


@pytest.fixture
def site(tmp_path: Path) -> Path:
    public = tmp_path / "public"
    put(public / "index.html", b"home")
    put(public / "about.html", b"about")
    put(public / "docs" / "index.html", b"docs")
    put(public / "docs" / "a.txt", b"0123456789")
    put(public / "empty" / "deep" / "b.bin", b"b")
    put(public / "name with ümläuts & more?.txt", b"odd")
    put(public / ".env", b"secret")
    put(public / ".git" / "config", b"secret")
    put(public / ".well-known" / "security.txt", b"contact")
    put(public / "app.3f2a1b9c.js", b"hashed")
    put(public / "app.js", b"not hashed")
    put(tmp_path / "outside.txt", b"outside")
    put(tmp_path / "public-private" / "x.txt", b"neighbour")
    return public


async def ask(site: Path, target: str, method: str = "GET", options: StaticOptions | None = None, **more: Any) -> Answer:
    handler = static_files(site, options=options or StaticOptions())
    answer = await call(App(Router(get(root / "s" / rest("path"))(handler))), method, "/s" + target, **more)
    assert answer.error is None
    return answer


async def status(site: Path, target: str, options: StaticOptions | None = None, **more: Any) -> int:
    return (await ask(site, target, options=options, **more)).status


async def test_a_file_comes_with_all_that_describes_it(site: Path) -> None:
    """Type, length, tag, date, and that nobody should guess another type."""
    answer = await ask(site, "/docs/a.txt")
    assert (answer.status, answer.body) == (200, b"0123456789")
    assert answer.headers["content-type"] == "text/plain; charset=utf-8"
    assert answer.headers["content-length"] == "10"
    assert answer.headers["last-modified"] == "Tue, 14 Nov 2023 22:13:20 GMT"
    assert answer.headers["etag"].startswith('"')
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "vary" not in answer.headers


async def test_conditions_and_ranges_are_answered(site: Path) -> None:
    """By every file."""
    tag = (await ask(site, "/docs/a.txt")).headers["etag"]
    assert await status(site, "/docs/a.txt", headers={"if-none-match": tag}) == 304
    assert await status(site, "/docs/a.txt", headers={"if-match": '"other"'}) == 412
    assert await status(site, "/docs/a.txt", headers={"range": "bytes=20-"}) == 416
    assert (await ask(site, "/docs/a.txt", headers={"range": "bytes=2-4"})).body == b"234"
    head = await ask(site, "/docs/a.txt", "HEAD")
    assert (head.status, head.headers["content-length"], head.body) == (200, "10", b"")


async def test_a_directory_shows_its_index(site: Path) -> None:
    """With a slash at its end; without one the client is sent there, relative, its query kept."""
    assert (await ask(site, "/")).body == b"home"
    assert (await ask(site, "/docs/")).body == b"docs"
    redirect = await ask(site, "/docs?x=%20y")
    assert (redirect.status, redirect.headers["location"]) == (308, "./docs/?x=%20y")
    assert await status(site, "/empty/") == await status(site, "/empty") == 404
    assert await status(site, "/", StaticOptions(index=None)) == 404


async def test_html_may_leave_its_ending_out(site: Path) -> None:
    """Unless told otherwise."""
    assert (await ask(site, "/about")).body == b"about"
    assert await status(site, "/about/") == 404
    assert await status(site, "/about", StaticOptions(html=False)) == 404


@pytest.mark.parametrize("target", ["/nope", "/docs/nope.txt", "/docs/a.txt/", "/docs/a.txt/b", "/about.html/"])
async def test_what_is_not_there_is_404(site: Path, target: str) -> None:
    """A file is no directory either."""
    assert await status(site, target) == 404


@pytest.mark.parametrize("path", ["../outside.txt", "..", "docs/../../outside.txt", "./index.html", "../public-private/x.txt"])
@pytest.mark.parametrize(
    "spell", [str, lambda p: p.replace("/", "%2F"), lambda p: p.replace(".", "%2e"), lambda p: p.replace("/", "%5C")]
)
async def test_no_path_leaves_the_directory(site: Path, path: str, spell: Any) -> None:
    """Whatever its encoding."""
    assert await status(site, "/" + spell(path)) == 404


async def test_the_handler_itself_lets_no_path_out(site: Path) -> None:
    """Also if it is called with what no server and no router would hand on."""
    handler = static_files(site)
    for path in [
        "../outside.txt",
        "/etc/passwd",
        "docs//a.txt",
        str(site / "index.html"),
        "..\\outside.txt",
        "\ud800",
        "a\0b",
        ".",
    ]:
        with pytest.raises(Exception, match="404"):
            await handler(None, path)  # type: ignore[arg-type]  # it does not look at the request before it has a file


@pytest.mark.parametrize(
    "target", ["/%00", "/docs/a.txt%00", "/%FF", "/" + "a" * 300, "/" + "a/" * 3000, "/%0A", "/docs%2Fa.txt"]
)
async def test_names_that_no_file_has_are_404(site: Path, target: str) -> None:
    """NUL, not UTF-8, over-long."""
    assert await status(site, target) == 404


@pytest.mark.parametrize("target", ["/.env", "/.git/config", "/.git/", "/.well-known/security.txt"])
async def test_hidden_files_are_not_there(site: Path, target: str) -> None:
    """Nor what is in hidden directories."""
    assert await status(site, target) == 404


async def test_a_dotted_name_can_be_let_through(site: Path) -> None:
    """By its name."""
    options = StaticOptions(dotted=frozenset({".well-known"}))
    assert await status(site, "/.well-known/security.txt", options) == 200
    assert await status(site, "/.env", options) == 404


async def test_links_lead_nowhere_outside(site: Path) -> None:
    """Nor to what is hidden; inside they may lead."""
    (site / "out.txt").symlink_to(site.parent / "outside.txt")
    (site / "up").symlink_to(site.parent)
    (site / "dot.txt").symlink_to(site / ".env")
    (site / "in.txt").symlink_to(site / "docs" / "a.txt")
    (site / "loop").symlink_to(site / "loop")
    assert [await status(site, t) for t in ("/out.txt", "/up/outside.txt", "/dot.txt", "/loop")] == [404] * 4
    assert (await ask(site, "/in.txt")).body == b"0123456789"
    allowed = StaticOptions(symlinks=True)
    assert (await ask(site, "/out.txt", options=allowed)).body == b"outside"
    assert await status(site, "/loop", allowed) == 404


async def test_a_directory_may_be_a_link_itself(site: Path) -> None:
    """What is served is where it leads."""
    (site.parent / "current").symlink_to(site)
    assert (await ask(site.parent / "current", "/docs/a.txt")).status == 200


async def test_what_is_no_regular_file_is_not_there(site: Path) -> None:
    """A pipe would never answer."""
    os.mkfifo(site / "pipe")
    assert await status(site, "/pipe") == 404


async def test_odd_names_are_found(site: Path) -> None:
    """By their encoded spelling."""
    assert (await ask(site, "/name%20with%20%C3%BCml%C3%A4uts%20&%20more%3F.txt")).body == b"odd"


async def test_a_hashed_name_is_kept_for_good(site: Path) -> None:
    """Any other is asked for again, with its tag."""
    assert (await ask(site, "/app.3f2a1b9c.js")).headers["cache-control"] == "max-age=31536000, immutable"
    assert (await ask(site, "/app.js")).headers["cache-control"] == "no-cache"
    options = StaticOptions(hashed=None, cache=CacheControl(max_age=60))
    assert (await ask(site, "/app.3f2a1b9c.js", options=options)).headers["cache-control"] == "max-age=60"
    refused = await ask(site, "/nope.3f2a1b9c.js")
    assert "cache-control" not in refused.headers


class TestPrecompressed:
    """Siblings of a file stand for it."""

    @pytest.fixture
    def packed(self, site: Path) -> Path:
        for suffix in ("br", "zst", "gz"):
            put(site / f"app.js.{suffix}", suffix.encode())
        return site

    @pytest.mark.parametrize(
        ("accepts", "coding", "body"),
        [
            ("gzip", "gzip", b"gz"),
            ("gzip, br", "br", b"br"),
            ("gzip;q=1, br;q=0.5", "gzip", b"gz"),
            ("zstd, br;q=0", "zstd", b"zst"),
            ("identity", None, b"not hashed"),
            ("gzip;q=0, *;q=0", None, b"not hashed"),
            ("", None, b"not hashed"),
        ],
    )
    async def test_where_the_client_takes_them(self, packed: Path, accepts: str, coding: str | None, body: bytes) -> None:
        """With the type of the file and the coding of the sibling."""
        answer = await ask(packed, "/app.js", headers={"accept-encoding": accepts})
        assert (answer.body, answer.headers.get("content-encoding")) == (body, coding)
        assert answer.headers["content-type"] == "text/javascript; charset=utf-8"
        assert answer.headers["vary"] == "Accept-Encoding"
        assert answer.headers["content-length"] == str(len(body))

    async def test_each_has_a_tag_of_its_own(self, packed: Path) -> None:
        """Made in one go they have one date, and perhaps one size."""
        put(packed / "app.js.zst", b"gz")
        tags = {
            (await ask(packed, "/app.js", headers={"accept-encoding": a})).headers["etag"] for a in ("gzip", "br", "zstd", "")
        }
        assert len(tags) == 4
        for accepts in ("gzip", "br"):
            tag = (await ask(packed, "/app.js", headers={"accept-encoding": accepts})).headers["etag"]
            again = await ask(packed, "/app.js", headers={"accept-encoding": accepts, "if-none-match": tag})
            assert (again.status, again.headers["vary"]) == (304, "Accept-Encoding")

    async def test_one_that_is_older_than_its_file_is_stale(self, packed: Path) -> None:
        """The file has been changed since."""
        put(packed / "app.js.br", b"stale", age=60)
        answer = await ask(packed, "/app.js", headers={"accept-encoding": "br"})
        assert (answer.body, answer.headers.get("content-encoding")) == (b"not hashed", None)

    async def test_they_can_be_turned_off(self, packed: Path) -> None:
        """And asked for by their own names either way."""
        off = StaticOptions(precompressed=False)
        answer = await ask(packed, "/app.js", options=off, headers={"accept-encoding": "br"})
        assert (answer.body, "vary" in answer.headers) == (b"not hashed", False)
        assert (await ask(packed, "/app.js.gz")).headers["content-type"] == "application/gzip"

    async def test_one_outside_is_not_used(self, site: Path) -> None:
        """A link is followed for a sibling no further than for a file."""
        (site / "app.js.br").symlink_to(site.parent / "outside.txt")
        assert (await ask(site, "/app.js", headers={"accept-encoding": "br"})).body == b"not hashed"


class TestFallback:
    """Applications of one page."""

    SPA = StaticOptions(fallback="index.html")

    async def test_a_page_that_is_no_file_shows_the_fallback(self, site: Path) -> None:
        """The client finds out what it is about."""
        answer = await ask(site, "/users/7", options=self.SPA, headers={"accept": "text/html,*/*;q=0.8"})
        assert (answer.status, answer.body, answer.headers["vary"]) == (200, b"home", "Accept")

    @pytest.mark.parametrize("accept", ["*/*", "application/json", "text/html;q=0", ""])
    async def test_only_where_a_page_is_wanted(self, site: Path, accept: str) -> None:
        """A script or an image that is missing is missing."""
        answer = await ask(site, "/users/7", options=self.SPA, headers={"accept": accept})
        assert (answer.status, answer.headers["vary"]) == (404, "Accept")

    async def test_files_come_first(self, site: Path) -> None:
        """And do not vary."""
        answer = await ask(site, "/about", options=self.SPA, headers={"accept": "text/html"})
        assert (answer.body, "vary" in answer.headers) == (b"about", False)

    async def test_a_hidden_file_shows_it_too(self, site: Path) -> None:
        """As if there were nothing: for there is nothing to see."""
        assert (await ask(site, "/.env", options=self.SPA, headers={"accept": "text/html"})).body == b"home"


async def test_the_first_directory_wins(site: Path, tmp_path: Path) -> None:
    """What it does not have, the next may."""
    put(tmp_path / "more" / "about.html", b"other")
    put(tmp_path / "more" / "only.txt", b"only")
    app = App(Router(get(root / rest("path"))(static_files(site, tmp_path / "more"))))
    assert (await call(app, "GET", "/about")).body == b"about"
    assert (await call(app, "GET", "/only.txt")).body == b"only"


async def test_a_directory_that_vanishes_is_404(site: Path) -> None:
    """Until it is there again."""
    handler = static_files(site)
    shutil.rmtree(site)
    assert (await call(App(Router(get(root / rest("path"))(handler))), "GET", "/")).status == 404


def test_a_directory_that_is_not_there_fails_at_once(tmp_path: Path) -> None:
    """Not with the first request."""
    put(tmp_path / "file")
    for wrong in (tmp_path / "nope", tmp_path / "file"):
        with pytest.raises(CompositionError, match="no directory"):
            static_files(wrong)


async def test_a_package_can_be_a_source(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its directory on the disk."""
    put(tmp_path / "somepackage" / "__init__.py", b"")
    put(tmp_path / "somepackage" / "static" / "a.txt", b"packed")
    monkeypatch.syspath_prepend(tmp_path)
    assert (await ask(package_directory("somepackage"), "/a.txt")).body == b"packed"
    with pytest.raises(CompositionError, match="no directory 'nope'"):
        package_directory("somepackage", "nope")
    with pytest.raises(CompositionError, match="No module named 'nosuchpackage'"):
        package_directory("nosuchpackage")


async def test_what_is_kept_for_good_can_be_said_by_directory(site: Path) -> None:
    """The whole path below the directory is what the option sees."""
    options = StaticOptions(hashed=lambda path: path.startswith("docs/"))
    assert "immutable" in (await ask(site, "/docs/a.txt", options=options)).headers["cache-control"]
    assert "immutable" not in (await ask(site, "/app.3f2a1b9c.js", options=options)).headers["cache-control"]


async def test_a_page_may_stand_beside_the_directory_of_its_name(site: Path) -> None:
    """Unless that has an index."""
    put(site / "empty.html", b"beside")
    put(site / "docs.html", b"hidden by docs/index.html")
    assert (await ask(site, "/empty")).body == b"beside"
    assert await status(site, "/empty/") == 404
    assert await status(site, "/docs") == 308


def test_a_fallback_that_is_not_there_fails_at_once(site: Path) -> None:
    """Not with the first page."""
    with pytest.raises(CompositionError, match="no directory has the fallback"):
        static_files(site, options=StaticOptions(fallback="indx.html"))
