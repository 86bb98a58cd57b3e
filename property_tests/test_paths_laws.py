"""Laws of paths: what matches prints back to itself, and what is printed matches."""

from __future__ import annotations

from typing import Any, Literal
from urllib.parse import quote, unquote, unquote_to_bytes

from hypothesis import example, given
from hypothesis import strategies as st

from asgikit import param, rest, root
from asgikit.converters import converter_for, integer
from asgikit.matching import Tree
from asgikit.target import decoded_path, has_root, split_target
from property_tests.strategies_paths import VALUES, tails, typed_values, wild_texts


@given(typed_values)
def test_what_is_printed_matches_with_the_same_value(typed: tuple[Any, Any]) -> None:
    """For every type: parse(print(x)) == x, with its type."""
    form, value = typed
    converter: Any = converter_for(form)
    parsed = converter.parse(converter.print(value))
    assert parsed == value
    assert type(parsed) is type(value)


@given(st.sampled_from(list(VALUES)), wild_texts)
@example(int, "9" * 5000)
@example(float, "9" * 400)
@example(int, "5\n")
def test_what_matches_prints_back_to_itself(form: Any, text: str) -> None:
    """For any text at all: it is no value (a ValueError, nothing else), or its value prints as this text."""
    converter: Any = converter_for(form)
    try:
        value = converter.parse(text)
    except ValueError:
        return
    assert converter.print(value) == text


@given(st.integers(), st.integers(), st.integers())
def test_bounds_admit_exactly_what_lies_between(a: int, b: int, n: int) -> None:
    """Reading and printing agree on it."""
    low, high = min(a, b), max(a, b)
    converter = integer(low, high)
    admitted = []
    for attempt in (lambda: converter.parse(str(n)), lambda: converter.print(n)):
        try:
            attempt()
        except ValueError:
            admitted.append(False)
        else:
            admitted.append(True)
    assert admitted == [low <= n <= high] * 2


@given(typed_values, typed_values)
def test_match_inverts_url(first: tuple[Any, Any], second: tuple[Any, Any]) -> None:
    """match(url(x)) == x, through percent-encoding, with and without a raw path."""
    path: Any = root / "a" / param("x", first[0]) / "b" / param("y", second[0])
    url: str = path.url(first[1], second[1])
    assert url.isascii()
    tree = Tree([("GET", path.pattern)])
    segments = split_target(unquote(url), url.encode(), "")
    assert segments is not None
    assert tree.find("GET", segments, None) == (0, (first[1], second[1]))


@given(tails)
def test_a_tail_inverts_too(tail: str) -> None:
    """Its slashes stay."""
    path = root / "files" / rest("tail")
    url = path.url(tail)
    segments = split_target(unquote(url), url.encode(), "")
    assert segments is not None
    assert Tree([("GET", path.pattern)]).find("GET", segments, None) == (0, (tail,))


@given(st.text(max_size=30), st.booleans())
def test_no_target_fails(text: str, raw: bool) -> None:
    """Any path splits into segments, or into none for what is not UTF-8."""
    encoded = quote(text, safe="/%", errors="surrogatepass")
    segments = split_target(text, encoded.encode() if raw else None, "")
    assert segments is None or all(isinstance(segment, str) for segment in segments)


@given(st.lists(st.sampled_from(["a", "b"]), min_size=1, max_size=4), st.lists(st.sampled_from(["a", "b"]), max_size=2))
def test_the_root_path_is_taken_off_once(below: list[str], mount: list[str]) -> None:
    """Under a root path, the full path leads to what is below it."""
    prefix = "".join(f"/{part}" for part in mount)
    full = prefix + "".join(f"/{part}" for part in below)
    assert split_target(full, full.encode(), prefix) == below


targets = st.lists(
    st.sampled_from(
        ["/", "//", "a", "mnt", "%2F", "%2f", "%61", "..", "%2e", "%FF", "%C3%A9", "\\", "http:", "//h", "%3A", "%25", "*"]
    ),
    min_size=1,
).map("".join)


@given(targets, st.sampled_from(["", "/", "/mnt", "/mnt/", "/a/mnt"]), st.booleans())
@example("%2Fadmin", "", True)
@example("http://h%2Fadmin", "", True)
@example("/mnt%2Fadmin", "/mnt", True)
def test_routes_and_mounted_applications_read_the_same_path(target: str, root_path: str, raw: bool) -> None:
    """However it is spelled, the segments that routes see are the decoded path that others see, below the same root path."""
    path, given_raw = unquote_to_bytes(target).decode(errors="replace"), target.encode() if raw else None
    segments = split_target(path, given_raw, root_path)
    whole = decoded_path(path, given_raw)
    if has_root(path, given_raw, root_path):
        whole = whole.removeprefix(root_path.rstrip("/"))
    assert segments is None or (whole or "/") == "/" + "/".join(segments)


@given(st.sampled_from(["a", "b"]))
def test_choices_are_themselves(value: Literal["a", "b"]) -> None:
    """A Literal prints as its text."""
    assert (root / param("x", Literal["a", "b"])).url(value) == f"/{value}"
