"""Laws of normal paths: one spelling for each, and no way to another site."""

from __future__ import annotations

import posixpath
from typing import Any
from urllib.parse import unquote, urljoin, urlsplit

import anyio
from hypothesis import assume, example, given
from hypothesis import strategies as st

from asgikit import App, Request, Response
from asgikit.middleware.normalize_path import PathPolicy, Place, Slash, normalize_path, normalized, reference
from asgikit.testing import Answer, call

pieces = st.sampled_from(
    ["", "", ".", "..", "a", "b", "evil.com", "javascript:x", "%2e", "%2E%2e", "x%2Fy", "\\", "\\evil.com", "%5c", "..."]
)
wild = st.text("/.\\%2eEfF5cC:@?#;a\u00e9 ", max_size=12)
paths = st.lists(pieces | wild.map(lambda text: text.replace("?", "")), min_size=1, max_size=7).map(
    lambda found: "/" + "/".join(found)
)
slashes: st.SearchStrategy[Slash] = st.sampled_from(["keep", "trim", "append"])
roots = st.sampled_from(["", "/api", "/api/v1"])


async def path_of(request: Request[None]) -> Response:
    return Response.text(ascii(request.path))


async def ask(path: str, *, method: str = "GET", root: str = "", raw: bool = True, **options: Any) -> Answer:
    return await call(App(normalize_path(**options)(path_of)), method, path, root_path=root, omit=[] if raw else ["raw_path"])


def resolved(base: str, relative: str) -> str:
    """The path of a reference (RFC 3986, 5.2), empty segments and all: urljoin leaves those of the base out."""
    if relative.startswith("/"):
        return relative
    found: list[str] = []
    steps = base.split("/")[1:-1] + relative.split("/")
    for place, step in enumerate(steps):
        if step == "..":
            del found[-1:]
        elif step != ".":
            found.append(step)
        if step in {".", ".."} and place == len(steps) - 1:
            found.append("")
    return "/" + "/".join(found)


def ask_now(path: str, **options: Any) -> Answer:
    return anyio.run(lambda: ask(path, **options))


@given(paths, slashes)
def test_to_normalize_twice_is_to_normalize_once(path: str, slash: Slash) -> None:
    """And nothing that is normal has an empty segment or a dot in it."""
    policy = PathPolicy(slash=slash)
    once = normalized(policy, path.split("/")[1:])
    assert normalized(policy, once) == once
    assert not {".", ".."} & set(once)
    assert "" not in once[:-1]
    assert slash == "keep" or once == ("",) or (once[-1] == "") is (slash == "append")


@given(paths)
def test_the_path_is_that_of_a_file_system(path: str) -> None:
    """As the standard library finds it, but for the slash at the end."""
    expected = posixpath.normpath(path)
    assert "/" + "/".join(normalized(PathPolicy(slash="trim"), path.split("/")[1:])) == "/" + expected.lstrip("/")


@given(paths, slashes, roots)
@example("//evil.com", "keep", "")
@example("/\\evil.com//", "keep", "")
@example("/.//javascript:alert(1)", "keep", "")
@example("/..//evil.com", "keep", "/api")
def test_a_redirect_never_leaves_the_site(path: str, slash: Slash, root: str) -> None:
    """Whatever a browser makes of it: backslashes for slashes, white space for nothing."""
    answer = ask_now(root + path, root=root, slash=slash)
    assert answer.status in {200, 308, 400}
    if answer.status == 308:
        location = answer.headers["location"]
        parts = urlsplit(location.replace("\\", "/"))
        assert (parts.scheme, parts.netloc) == ("", "")
        assert not location.replace("\\", "/").startswith("//")
        assert urljoin("https://own.example/x/", location).startswith("https://own.example/")
        assert not set(location) & set("\\ \t\r\n\x00")


@given(
    paths.filter(lambda path: not set(path) & set("#\\ ") and path.isascii() and "\ufffd" not in unquote(path)),
    slashes,
    roots,
    st.booleans(),
)
def test_a_redirect_leads_to_the_normal_path(path: str, slash: Slash, root: str, raw: bool) -> None:
    """Which is served at once, below the same root, and the same as where it is rewritten."""
    answer = ask_now(root + path, root=root, slash=slash, raw=raw)
    rewritten = ask_now(root + path, root=root, slash=slash, action="rewrite", raw=raw)
    if answer.status != 308:
        assert (answer.status, answer.body) == (rewritten.status, rewritten.body)
        return
    there = resolved(root + path, answer.headers["location"])
    followed = ask_now(there, root=root, slash=slash, raw=raw)
    assert (followed.status, followed.body) == (rewritten.status, rewritten.body)
    assert followed.status == 200
    # Under a prefix that only a proxy knows it is the same place, unless the path has climbed out.
    if not answer.headers["location"].startswith("/"):
        assert resolved("/prefix" + root + path, answer.headers["location"]) == "/prefix" + there


@given(paths, slashes)
def test_what_is_encoded_is_left_as_it_is(path: str, slash: Slash) -> None:
    """Segments go or stay, none changes, and those that stay are in their order."""
    before = path.split("/")[1:]
    after = iter(before)
    kept = [segment for segment in normalized(PathPolicy(slash=slash), before) if segment]
    assert all(segment in after for segment in kept)


@given(paths.map(lambda path: path.replace("#", "")))
def test_what_goes_on_has_no_dots_even_when_it_is_decoded(path: str) -> None:
    """So nobody further in is led elsewhere, be it by decoding once more than we do."""
    assume(path.isascii())
    seen: list[str] = []

    async def handler(request: Request[None]) -> Response:
        seen.append(request.scope["path"])
        return Response.empty()

    async def asked() -> Answer:
        return await call(App(normalize_path(action="rewrite")(handler)), target=path)

    answer = anyio.run(asked)
    assert answer.status in {204, 400}
    for decoded in seen:
        assert not {".", ".."} & set(decoded.replace("\\", "/").split("/"))


@given(st.lists(pieces, min_size=1, max_size=5), st.lists(st.sampled_from(["a", "b", "c:d"]), max_size=3), roots)
def test_a_reference_leads_from_anywhere_to_anywhere(before: list[str], after: list[str], root: str) -> None:
    """Below the same root."""
    place = Place(tuple(root.split("/")[1:]), tuple(before))
    target = (*after, "") if not after else tuple(after)
    there = resolved(str(place), reference(place, target))
    assert unquote(there) == root + "/" + "/".join(target)
