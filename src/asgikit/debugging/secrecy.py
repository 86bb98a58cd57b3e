"""What is not shown, not even to developers: a page may be on a projector, and a screenshot in a ticket."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final, final

HIDDEN: Final = "**********"
"""What stands for a secret, however long that is."""

MIN_TAINT: Final = 8
"""Characters from which a secret is looked for in other texts too; shorter ones are words."""

_WORDS: Final = frozenset(
    {"auth", "bearer", "cookies", "credential", "csrf", "cvv", "dsn", "jwt", "key", "keys", "otp", "pin", "pwd", "salt", "ssn"}
)
_SURE: Final = r"passw(?:or)?d|passphrase|secret|token|api[_-]?key|private[_-]?key|access[_-]?key|credential|authorization"
_PARTS: Final = re.compile(rf"{_SURE}|cookie|session|csrf|xsrf", re.IGNORECASE)
_IS_SURE: Final = re.compile(_SURE, re.IGNORECASE)
_WORD: Final = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])")

# password=…, 'password': '…', also as bytes: in a query, in the repr of an object, in a text. Quoted up to its quote.
_NAMED: Final = re.compile(
    rf"((?:{_SURE}|session_?id|csrf)[\w-]{{0,30}}+(?:['\"]\s{{0,5}}[:,]|\s{{0,5}}=)\s{{0,5}}b?)('[^']*+'?|\"[^\"]*+\"?|[^\s&;,'\")}}\]]++)",
    re.IGNORECASE,
)
# The password of a URL, and what comes behind the name of an authentication scheme (RFC 9110, 11.4).
_USERINFO: Final = re.compile(r"(://[^\s/@:'\"]{0,200}:)[^\s/@'\"]{1,1000}(?=@)")
_SCHEME: Final = re.compile(r"\b(Bearer|Basic|Digest)(\s{1,5})[A-Za-z0-9._~+/=-]{4,}+", re.IGNORECASE)


def is_secret(name: str) -> bool:
    """Whether what has this name is not to be shown: a variable, a field, a key, a header field."""
    name = name[:200]
    return _PARTS.search(name) is not None or not _WORDS.isdisjoint(word.lower() for word in _WORD.findall(name))


def is_surely_secret(name: str) -> bool:
    """Whether its value is not to be shown under another name either: a `key` may be any word, a password is none."""
    return _IS_SURE.search(name[:200]) is not None


@final
class Secrets:
    """The secrets that have been met, to be found again wherever they turn up."""

    __slots__ = ("_known", "_ordered")

    def __init__(self, known: Iterable[str] = ()) -> None:
        """Those that are known from the beginning."""
        self._known: set[str] = set()
        self._ordered: tuple[str, ...] | None = ()
        for text in known:
            self.add(text)

    def add(self, text: str) -> None:
        """One more, if it is long enough to be told from a word."""
        if len(text) >= MIN_TAINT and text not in self._known:
            self._ordered = None
            self._known.add(text)
            # As it is in the repr of what holds it: between quotes of either kind, or beside both.
            self._known.update([repr(text)[1:-1], repr(text + "'\"")[1:-4]])

    def mask(self, text: str) -> str:
        """The text without the secrets that are known, and without credentials that show what they are: for source."""
        if self._ordered is None:  # the longest first, for one may begin as another does
            self._ordered = tuple(sorted(self._known, key=len, reverse=True))
        for secret in self._ordered:
            text = text.replace(secret, HIDDEN)
        return _SCHEME.sub(rf"\1\2{HIDDEN}", _USERINFO.sub(rf"\1{HIDDEN}", text))

    def mask_named(self, text: str) -> str:
        """The text without those, and without what stands behind the name of a secret: for the texts of values."""
        return _NAMED.sub(rf"\1{HIDDEN}", self.mask(text))
