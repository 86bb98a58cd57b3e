"""Record: a session as bytes, with its times and whose it is."""

from __future__ import annotations

import base64
import re
from dataclasses import dataclass
from typing import Final, final

# Version, created, renewed, subject in base64url; then the data.
_RECORD: Final = re.compile(rb"1 ([0-9a-f]{1,12}) ([0-9a-f]{1,12}) (-|=[A-Za-z0-9_-]*)\n(.*)", re.DOTALL)


@final
@dataclass(frozen=True, slots=True)
class Record:
    """The data of a session as its codec writes it; times in whole seconds since 1970, as a cookie has no room for more."""

    data: bytes
    created: int
    renewed: int
    subject: str | None = None

    def encode(self) -> bytes:
        """The bytes to keep."""
        # An empty subject is one: "=" tells it from none.
        whose = (
            b"-"
            if self.subject is None
            else b"=" + base64.urlsafe_b64encode(self.subject.encode("utf-8", "surrogatepass")).rstrip(b"=")
        )
        return b"1 %x %x %s\n%s" % (self.created, self.renewed, whose, self.data)

    @classmethod
    def decode(cls, raw: bytes) -> Record | None:
        """The record; None for what is none, as what an earlier version of a program has written."""
        found = _RECORD.fullmatch(raw)
        if found is None:
            return None
        try:
            subject = (
                None if found[3] == b"-" else base64.urlsafe_b64decode(found[3][1:] + b"==").decode("utf-8", "surrogatepass")
            )
        except ValueError:
            return None
        return cls(found[4], int(found[1], 16), int(found[2], 16), subject)
