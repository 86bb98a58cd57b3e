"""The target of a request."""

from __future__ import annotations

import pytest

from asgikit.target import decoded_path, has_root, split_target


@pytest.mark.parametrize(
    ("path", "raw", "mounted", "segments"),
    [
        ("/", None, "", [""]),
        ("/a/b", None, "", ["a", "b"]),
        ("/a/b/", b"/a/b/", "", ["a", "b", ""]),
        ("/a/b", b"/a%2Fb", "", ["a/b"]),
        ("/é", b"/%C3%A9", "", ["é"]),
        ("/?", b"/%FF", "", None),
        ("/mnt/x", b"/mnt/x", "/mnt", ["x"]),
        ("/x", b"/x", "/mnt", ["x"]),
        ("/mnt", b"/mnt", "/mnt", [""]),
        ("/mntx", b"/mntx", "/mnt", ["mntx"]),
        ("http://h/x", b"http://h/x", "", ["x"]),
        ("http://h", b"http://h", "", [""]),
        ("*", b"*", "", ["*"]),
        ("", b"", "", [""]),
        ("/a%41", b"/a%2541?q=1", "", ["a%41"]),
        ("/café ", b"/caf\xc3\xa9%20", "", ["café "]),
        ("/?", b"/caf\xe9%20", "", None),
    ],
)
def test_the_target_is_split_below_the_root_path(path: str, raw: bytes | None, mounted: str, segments: list[str] | None) -> None:
    """Encoded slashes stay inside their segment; absolute-form and root path are taken off."""
    assert split_target(path, raw, mounted) == segments


@pytest.mark.parametrize(
    ("path", "raw", "decoded"),
    [
        ("/a/b", b"/a%2Fb", "/a/b"),
        ("/admin", b"%2Fadmin", "//admin"),
        ("http://h/admin", b"http://h%2Fadmin", "/"),
        ("http://h/admin", b"http:%2F%2Fh/admin", "/http://h/admin"),
        ("http://h/a%", b"http://h/a%25?q", "/a%"),
        ("http://h/x", None, "/x"),
        ("http://h/\ufffd", b"http://h/%FF", "/\ufffd"),
    ],
)
def test_the_raw_path_says_where_the_path_begins(path: str, raw: bytes | None, decoded: str) -> None:
    """A slash that is encoded ends no authority, and begins no path."""
    assert decoded_path(path, raw) == decoded


@pytest.mark.parametrize(
    ("path", "raw", "root_path", "found"),
    [
        ("/mnt/x", b"/mnt/x", "/mnt", True),
        ("/mnt/x", b"/mnt%2Fx", "/mnt", False),
        ("/mnt", None, "/mnt/", True),
        ("/mntx", None, "/mnt", False),
        ("/x", b"/x", "", True),
        ("/mnt/?", b"/mnt/%FF", "/mnt", True),
    ],
)
def test_the_root_path_is_looked_for_segment_by_segment(path: str, raw: bytes | None, root_path: str, found: bool) -> None:
    """As routes do."""
    assert has_root(path, raw, root_path) is found
