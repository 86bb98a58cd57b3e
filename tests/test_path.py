"""Typed path patterns."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest

from asgikit import host, param, rest, root
from asgikit.errors import CompositionError
from asgikit.path import Path


def test_a_path_prints_its_values() -> None:
    """url() takes the values in order, and percent-encodes them."""
    path = root / "users" / param("id", int) / "files" / param("name", str)
    assert path.url(3, "a/b c?é") == "/users/3/files/a%2Fb%20c%3F%C3%A9"
    assert str(path) == "/users/{id}/files/{name}"


def test_the_root_is_a_slash() -> None:
    """The empty pattern prints as the root."""
    assert root.url() == "/"
    assert str(root) == "/"


def test_fixed_text_can_hold_several_segments() -> None:
    """Slashes in fixed text separate segments, a last one is a trailing slash."""
    assert (root / "api/v1" / "users/").url() == "/api/v1/users/"
    assert (root / "/api").url() == "/api"


def test_a_tail_keeps_its_slashes() -> None:
    """A tail prints its segments, each percent-encoded; it may be empty."""
    files = root / "files" / rest("path")
    assert files.url("a b/c.txt") == "/files/a%20b/c.txt"
    assert files.url("") == "/files/"
    assert files.url("dir/") == "/files/dir/"


@pytest.mark.parametrize("tail", ["/etc/passwd", "a//b", "../x", "a/..", "./a", ".", "a/\udcff"])
def test_a_tail_that_leads_elsewhere_is_refused(tail: str) -> None:
    """Empty and dot segments never reach a handler, nor are they printed."""
    with pytest.raises(ValueError):
        (root / rest("path")).url(tail)


@pytest.mark.parametrize("value", ["", ".", "..", "\ud800"])
def test_a_text_that_a_path_cannot_hold_is_refused(value: str) -> None:
    """Clients would drop or rewrite such a segment."""
    with pytest.raises(ValueError):
        (root / param("name", str)).url(value)


def test_the_wrong_number_of_values_is_a_type_error() -> None:
    """Programs without a type checker learn of it too."""
    untyped: Any = root / param("id", int)
    with pytest.raises(TypeError, match="takes 1 values, not 2"):
        untyped.url(1, 2)
    with pytest.raises(TypeError, match="takes text"):
        untyped = root / rest("path")
        untyped.url(3)


def test_a_custom_converter_reads_and_prints() -> None:
    """Any object with parse and print is one."""

    class Hex:
        def parse(self, text: str, /) -> int:
            return int(text, 16)

        def print(self, value: int, /) -> str:
            return f"{value:x}"

    assert (root / param("color", Hex())).url(255) == "/ff"


def test_a_custom_converter_cannot_print_what_a_segment_cannot_hold() -> None:
    """Whatever a converter prints is checked."""

    class Nothing:
        def parse(self, text: str, /) -> int:
            raise ValueError

        def print(self, value: int, /) -> str:
            return ""

    with pytest.raises(ValueError, match="empty"):
        (root / param("x", Nothing())).url(1)


@pytest.mark.parametrize("part", ["", "a//b", ".", "..", "a/../b", "//"])
def test_fixed_text_has_no_empty_or_dot_segments(part: str) -> None:
    """They could never match what clients send."""
    with pytest.raises(CompositionError):
        root / part


def test_mistakes_in_patterns_are_refused_at_composition() -> None:
    """Twice the same name, something behind a trailing slash, a name that is none, an unknown type."""
    with pytest.raises(CompositionError, match="already"):
        root / param("id", int) / param("id", str)
    with pytest.raises(CompositionError, match="trailing slash"):
        root / "users/" / "x"
    with pytest.raises(CompositionError, match="identifier"):
        param("not a name", int)
    with pytest.raises(CompositionError, match="identifier"):
        rest("not a name")
    with pytest.raises(CompositionError, match="no converter"):
        param("x", bytes)


def test_paths_are_values() -> None:
    """Equal parts make equal paths; nothing can be assigned."""
    one, two = root / param("id", UUID), root / param("id", UUID)
    assert one == two
    assert hash(one) == hash(two)
    assert one != root / param("id", int)
    assert root / rest("a") != root / rest("b")
    untyped: Any = one
    with pytest.raises(AttributeError):
        untyped.parts = ()


def test_a_host_begins_a_path() -> None:
    """Its parameter comes first, and the URL names the host."""
    tenant = host(param("tenant", str), "Example.com") / "users" / param("id", int)
    assert tenant.url("acme", 3) == "//acme.example.com/users/3"
    assert (host("api.example.com") / "x").url() == "//api.example.com/x"
    assert str(tenant) == "//{tenant}.example.com/users/{id}"


@pytest.mark.parametrize("label", ["evil.com/x", "evil.com:80", "a.b", "user@evil", "A", "a b", "-a", "a-", "é", "a" * 64])
def test_what_is_no_label_of_a_host_is_not_printed(label: str) -> None:
    """A URL with it would lead to another host, or to none."""
    with pytest.raises(ValueError, match="label"):
        host(param("tenant", str), "example.com").url(label)


@pytest.mark.parametrize("name", ["", "exa mple.com", "https://example.com", "example.com:80", "münchen.de", ".com"])
def test_what_is_no_host_name_is_refused(name: str) -> None:
    """A scheme, a port, spaces or letters outside ASCII are not part of a host."""
    with pytest.raises(CompositionError):
        host(name)


def test_path_repr_shows_the_pattern() -> None:
    """For people who print it."""
    assert repr(Path[()]() / "a") == "Path('/a')"
