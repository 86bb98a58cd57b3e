"""The target of a request: one reading of its path, for routes, guards, and applications that are mounted."""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import unquote_to_bytes

_AUTHORITY: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.\-]*://[^/]*")


def split_target(path: str, raw_path: bytes | None, root_path: str) -> list[str] | None:
    """The decoded segments of a request's path below the root path; None for bytes that are not UTF-8.

    An encoded slash stays inside its segment where the server gives the raw path. An absolute-form target loses
    its scheme and authority (RFC 9112, 3.2.2). A path without the root path is taken as already below it, for
    servers do not agree on which of the two they send.
    """
    segments = _segments(path, raw_path)
    if segments is not None and root_path and root_path != "/":
        prefix = root_path.strip("/").split("/")
        if segments[: len(prefix)] == prefix:
            return segments[len(prefix) :] or [""]
    return segments


def has_root(path: str, raw_path: bytes | None, root_path: str) -> bool:
    """Whether the root path is in front of a path: not if it is spelled with an encoded slash, whatever that decodes to."""
    segments = _segments(path, raw_path) or decoded_path(path, raw_path).split("/")[1:]
    prefix = root_path.strip("/").split("/")
    return prefix == [""] or segments[: len(prefix)] == prefix


def decoded_path(path: str, raw_path: bytes | None) -> str:
    """The whole path decoded, without scheme and authority. Raises nothing: what is not UTF-8 is replaced.

    Where these end says the raw path: decoded, the slash of `%2Fadmin` or of `http://host%2Fadmin` would begin the path.
    """
    if raw_path is None or raw_path.startswith(b"/"):
        return origin_form(path)
    raw = origin_form(raw_path.partition(b"?")[0].decode("latin-1"))
    return unquote_to_bytes(raw.encode("latin-1")).decode(errors="replace")


def origin_form(target: str) -> str:
    """A request target without scheme and authority (RFC 9112, 3.2)."""
    if target.startswith("/"):
        return target
    authority = _AUTHORITY.match(target)
    return "/" + target[authority.end() :].removeprefix("/") if authority else "/" + target


def _segments(path: str, raw_path: bytes | None) -> list[str] | None:
    if raw_path is None or b"%" not in raw_path:
        return origin_form(path).split("/")[1:]
    try:
        return [_decoded(s) for s in origin_form(raw_path.partition(b"?")[0].decode("latin-1")).split("/")[1:]]
    except UnicodeDecodeError:
        return None


def _decoded(segment: str) -> str:
    return unquote_to_bytes(segment.encode("latin-1")).decode()
