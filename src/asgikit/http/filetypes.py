"""Content types by file name: the same on every machine for what the web is made of."""

from __future__ import annotations

import mimetypes
import re
from typing import Final

_TEXT: Final = "; charset=utf-8"

# Ahead of the machine's own tables, which differ and are wrong about some of these.
_KNOWN: Final = {
    "avif": "image/avif",
    "bz2": "application/x-bzip2",
    "css": "text/css" + _TEXT,
    "csv": "text/csv" + _TEXT,
    "gif": "image/gif",
    "gz": "application/gzip",
    "htm": "text/html" + _TEXT,
    "html": "text/html" + _TEXT,
    "ico": "image/vnd.microsoft.icon",
    "ics": "text/calendar" + _TEXT,
    "jpeg": "image/jpeg",
    "jpg": "image/jpeg",
    "js": "text/javascript" + _TEXT,
    "json": "application/json",
    "jsonl": "application/jsonl",
    "jsonld": "application/ld+json",
    "jxl": "image/jxl",
    "map": "application/json",
    "md": "text/markdown" + _TEXT,
    "mjs": "text/javascript" + _TEXT,
    "mp3": "audio/mpeg",
    "mp4": "video/mp4",
    "otf": "font/otf",
    "pdf": "application/pdf",
    "png": "image/png",
    "svg": "image/svg+xml",
    "tar": "application/x-tar",
    "ttf": "font/ttf",
    "txt": "text/plain" + _TEXT,
    "wasm": "application/wasm",
    "wav": "audio/wav",
    "webm": "video/webm",
    "webmanifest": "application/manifest+json",
    "webp": "image/webp",
    "woff": "font/woff",
    "woff2": "font/woff2",
    "xhtml": "application/xhtml+xml",
    "xml": "application/xml",
    "xz": "application/x-xz",
    "yaml": "application/yaml",
    "yml": "application/yaml",
    "zip": "application/zip",
    "zst": "application/zstd",
}


# What build tools put between the name and its extension: eight or more hexadecimal digits, letters and figures mixed.
_HASH: Final = re.compile(r"(?<![0-9a-f]-[0-9a-f]{4})[.\-_](?=[a-f]*[0-9])(?=[0-9]*[a-f])[0-9a-f]{8,64}(?=\.)")


def looks_hashed(path: str) -> bool:
    """Whether a file has a hash of its content in its name: `app.3f2a1b9c.js`; a date, a word or a UUID is none."""
    return _HASH.search(path.rpartition("/")[2]) is not None


def content_type_of(name: str) -> str:
    """The content type for a file of this name, text in UTF-8; application/octet-stream if nothing is known of it."""
    _, dot, extension = name.rpartition(".")
    known = _KNOWN.get(extension.lower()) if dot else None
    if known is not None:
        return known
    # By the extension alone: the whole name would be taken for a URL, and "data:text/html,x" for a page.
    guessed, encoding = mimetypes.guess_type(f"x.{extension}") if dot else (None, None)
    if guessed is None or encoding is not None:  # packed content is sent as the file that it is, not as an encoding
        return "application/octet-stream"
    return guessed + _TEXT if guessed.startswith("text/") else guessed
