"""The grammar of HTTP fields, once, each piece under the section it comes from."""

from __future__ import annotations

import re
from typing import Final

# RFC 9110, 5.6.2: token = 1*tchar
TOKEN: Final = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")

# The same for field names as bytes (RFC 9110, 5.1: field-name = token).
TOKEN_BYTES: Final = re.compile(rb"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")

# RFC 9110, 5.5: field-content is VCHAR, obs-text, SP and HTAB. We refuse every control character but HTAB,
# not only CR, LF and NUL, as the text allows; leading and trailing white space is not part of a value.
FIELD_VALUE: Final = re.compile(rb"(?:[\x21-\x7e\x80-\xff](?:[\t\x20-\x7e\x80-\xff]*[\x21-\x7e\x80-\xff])?)?")

# RFC 9110, 5.6.4: quoted-string, with its quoted-pair
QUOTED_STRING: Final = re.compile(r'"((?:[\t \x21\x23-\x5b\x5d-\x7e\x80-\xff]|\\[\t \x21-\x7e\x80-\xff])*)"')
# The same up to where it ends or breaks off; group 1 is its closing quote, if it has one.
_QUOTED_RUN: Final = re.compile(r'"(?:[\t \x21\x23-\x5b\x5d-\x7e\x80-\xff]|\\[\t \x21-\x7e\x80-\xff])*+("?)')
_QUOTED_PAIR: Final = re.compile(r"\\(.)", re.DOTALL)

# RFC 9110, 5.6.3: OWS = *( SP / HTAB )
OWS: Final = " \t"

# RFC 9110, 12.4.2: qvalue = ( "0" [ "." 0*3DIGIT ] ) / ( "1" [ "." 0*3("0") ] )
QVALUE: Final = re.compile(r"0(?:\.[0-9]{0,3})?|1(?:\.0{0,3})?")


def is_token(text: str) -> bool:
    """Whether the text is a token (RFC 9110, 5.6.2)."""
    return TOKEN.fullmatch(text) is not None


def unquote(inside: str) -> str:
    """The text between the quotes of a quoted-string, its quoted-pairs resolved (RFC 9110, 5.6.4)."""
    return _QUOTED_PAIR.sub(r"\1", inside) if "\\" in inside else inside


def quote(text: str) -> str:
    """The text as a token if it is one, as a quoted-string otherwise (RFC 9110, 5.6.4).

    Raises ValueError for a character that a quoted-string cannot hold.
    """
    if is_token(text):
        return text
    quoted = '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
    if QUOTED_STRING.fullmatch(quoted) is None:
        raise ValueError(f"a parameter cannot hold {text!r}")
    return quoted


def split_list(value: str, separator: str = ",") -> list[str]:
    """The elements of a list, empty ones dropped, separators inside quotes respected (RFC 9110, 5.6.1)."""
    parts = _split_quoted(value, separator) if '"' in value else value.split(separator)
    return [part for part in (p.strip(OWS) for p in parts) if part]


def _split_quoted(value: str, separator: str) -> list[str]:
    parts: list[str] = []
    start = at = unclosed = 0  # a quote that nothing closes is read once: the escaped ones behind it are not closed either
    while at < len(value):
        if value[at] == '"' and at >= unclosed and (run := _QUOTED_RUN.match(value, at)) is not None:
            if run[1]:
                at = run.end()
                continue
            unclosed = run.end()
        if value[at] == separator:
            parts.append(value[start:at])
            start = at + 1
        at += 1
    parts.append(value[start:])
    return parts
