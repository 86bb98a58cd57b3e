"""Redaction: what of a request never gets into a log or a trace."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from typing import Final
from urllib.parse import unquote_plus

from asgikit.http.listing import listed

REDACTED: Final = "REDACTED"
"""What stands in place of a secret."""

CREDENTIALS: Final = frozenset({"authorization", "cookie", "proxy-authorization", "set-cookie"})
"""Header fields that are never shown, whoever asks (RFC 9110, 11; RFC 6265, 5)."""

# Of names without anything but letters and digits. Rather one too many: a value that is missed is in every copy of a log.
_SECRET: Final = re.compile(
    r"auth(?!or(?!i))|token|secret|passw|passphrase|pwd|credential|session|signature|apikey|accesskey|privatekey|jwt|csrf|xsrf|assertion|saml"
    r"|^(?:code|key|otp|pass|pin|sid|sig|ticket|state)$"
)
_NEITHER: Final = re.compile(r"[^a-z0-9]+")
# As WHATWG's parser cuts, and as those do that take semicolons too: whoever reads the query, its secrets are found.
_PAIR: Final = re.compile(r"[^&;]+")
_URL: Final = re.compile(r"(?P<before>[^?#]*)(?:\?(?P<query>[^#]*))?(?:#.*)?", re.DOTALL)
_BARE: Final = re.compile(r"[^?#@]*")
_USER: Final = re.compile(r"//[^/]*@")  # up to the last, for a password may have one (WHATWG URL, 4.4)
# What is neither of RFC 3986, 3.3 and 3.4, nor of a percent-encoded triplet
_UNSAFE: Final = re.compile(rb"[^A-Za-z0-9\-._~!$&'()*+,;=:@/?%]")
_PRINTABLE: Final = re.compile(r"[ -\[\]-~]*")


def is_secret(name: str) -> bool:
    """Whether what has this name, a parameter or a header field, is likely a secret."""
    plain = _NEITHER.sub("", name.lower())
    return _SECRET.search(plain) is not None


def name_set(names: Iterable[str], what: str) -> frozenset[str]:
    """Names as an option is given them, in lower case. Raises ValueError for a text, which would be its letters."""
    return frozenset(name.lower() for name in listed(names, what))


def redacted_query(query: str, more: Collection[str] = ()) -> str:
    """A query as it came, with the values of all names that look like secrets replaced, and of `more`, in lower case."""

    def shown(pair: re.Match[str]) -> str:
        name, equals, value = pair[0].partition("=")
        decoded = unquote_plus(name)
        return f"{name}={REDACTED}" if equals and value and (is_secret(decoded) or decoded.lower() in more) else pair[0]

    return _PAIR.sub(shown, query)


def redacted_url(url: str, more: Collection[str] = ()) -> str:
    """A URL as others send it, in Referer say: without user, password and fragment, its query redacted."""
    if _BARE.fullmatch(url):
        return url
    match = _URL.match(url)
    before, query = ("", None) if match is None else match.group("before", "query")
    before = _USER.sub("//", before or "", count=1)
    return before if query is None else f"{before}?{redacted_query(query, more)}"


def escaped(text: str) -> str:
    r"""Text as printable ASCII on one line: a line break is "\n", an escape "\x1b", a backslash "\\"."""
    return text if _PRINTABLE.fullmatch(text) else text.encode("unicode_escape", "surrogatepass").decode("ascii")


def encoded(target: bytes) -> str:
    """A raw path or query with everything percent-encoded that a client should have encoded; a percent sign stays."""
    return _UNSAFE.sub(_percent, target).decode("ascii")


def _percent(byte: re.Match[bytes]) -> bytes:
    return b"%%%02X" % byte[0][0]
