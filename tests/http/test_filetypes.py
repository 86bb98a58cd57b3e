"""Content types by file name."""

import mimetypes
from uuid import uuid4

import pytest

from asgikit.http.filetypes import content_type_of, looks_hashed
from asgikit.http.media import MediaType

UNKNOWN = "application/octet-stream"


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("index.html", "text/html; charset=utf-8"),
        ("INDEX.HTML", "text/html; charset=utf-8"),
        ("app.min.js", "text/javascript; charset=utf-8"),
        ("module.mjs", "text/javascript; charset=utf-8"),
        ("style.css", "text/css; charset=utf-8"),
        ("data.json", "application/json"),
        ("logo.svg", "image/svg+xml"),
        ("font.woff2", "font/woff2"),
        ("code.wasm", "application/wasm"),
        ("favicon.ico", "image/vnd.microsoft.icon"),
        ("archive.tar", "application/x-tar"),
        ("notes.md", "text/markdown; charset=utf-8"),
    ],
)
def test_what_the_web_is_made_of_has_its_type(name, kind):
    """By the extension, in any case."""
    assert content_type_of(name) == kind


@pytest.mark.parametrize("name", ["archive.tar.gz", "page.html.gz", "page.svgz", "page.txt.Z", "page.txt.br"])
def test_packed_content_is_the_file_that_it_is(name):
    """Not the content inside of it, which would need a content-encoding."""
    kind = content_type_of(name)
    assert kind in {"application/gzip", UNKNOWN}


@pytest.mark.parametrize(
    "name", ["", "README", "html", ".", "x.", "x.nonsense", "x.html ", "a.html/b", "x.\x00", "x.\ud800", "//[.x"]
)
def test_what_is_not_known_is_bytes(name):
    """A name without an extension too."""
    assert content_type_of(name) == UNKNOWN


@pytest.mark.parametrize(
    "name", ["data:text/html,x", "data:text/html,x.nonsense", "data:text/html;base64,x", "http://x/a.html?.nonsense"]
)
def test_a_name_is_no_url(name):
    """Who uploads a file of that name cannot choose its type."""
    assert content_type_of(name) == UNKNOWN


def test_the_machine_knows_others(monkeypatch):
    """Its text is in UTF-8 as all text is; but of the web it has nothing to say."""
    monkeypatch.setattr(mimetypes, "guess_type", lambda name: ("text/x-own", None))
    assert content_type_of("x.own") == "text/x-own; charset=utf-8"
    assert content_type_of("x.js") == "text/javascript; charset=utf-8"
    monkeypatch.setattr(mimetypes, "guess_type", lambda name: ("model/own", None))
    assert content_type_of("x.own") == "model/own"


@pytest.mark.parametrize("name", ["a.html", "a.csv", "a.py", "a.nonsense", "a.gz"])
def test_every_type_is_one(name):
    """In the grammar of HTTP."""
    assert MediaType.parse(content_type_of(name)).type in {"text", "application"}


def test_a_uuid_is_no_hash() -> None:
    """It names the thing, not its content."""
    assert not any(looks_hashed(f"{uuid4()}.png") or looks_hashed(f"avatars/{uuid4()}.png") for _ in range(200))


def test_a_hash_is_looked_for_in_the_name_alone() -> None:
    """Not in the directories before it."""
    assert looks_hashed("assets/app.3f2a1b9c.js")
    assert not looks_hashed("assets.3f2a1b9c.d/app.js")
