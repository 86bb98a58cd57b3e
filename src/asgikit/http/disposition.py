"""Content-Disposition: names for downloads, and the parts of forms (RFC 6266, RFC 7578, RFC 8187)."""

from __future__ import annotations

import re
from typing import Final, Literal
from urllib.parse import quote

# What a quoted file name cannot say alike to every browser: they disagree on backslashes and on "%" (RFC 6266, appendix D).
_UNSAFE: Final = re.compile(r'[^\x20-\x7e]|["\\%]')
# No name of a file on any system: what a careless client would take for a directory, or not show.
_SEPARATORS: Final = re.compile(r"[/\\\x00-\x1f\x7f-\x9f\ud800-\udfff]")


def content_disposition(kind: Literal["inline", "attachment"], filename: str | None = None) -> str:
    """The value of Content-Disposition for a response, with the name in ASCII and, where that loses something, in UTF-8.

    Slashes and control characters in the name become "_".
    """
    if filename is None:
        return kind
    name = _SEPARATORS.sub("_", filename)
    plain = _UNSAFE.sub("_", name)
    value = f'{kind}; filename="{plain}"'
    # RFC 8187, 3.2.1: attr-char is what needs no encoding
    return value if plain == name else f"{value}; filename*=UTF-8''{quote(name, safe='!#$&+-.^_`|~')}"
