"""Misfits: what msgspec says of a value that does not fit, as an error with its place."""

from __future__ import annotations

import re
from typing import Final

from asgikit.errors import UnprocessableContent
from asgikit.faults import Fault, Source

# How msgspec ends its messages: " - at `$.items[0].name`"; its paths go through "[...]" where a mapping has any key.
_AT: Final = re.compile(r" - at (?:`key` in )?`\$(?P<path>.*)`$", re.DOTALL)
_STEP: Final = re.compile(r"\.([^.\[]+)|\[(\d+|\.\.\.)\]")
_MISSING: Final = re.compile(r"Object missing required field `(.*)`", re.DOTALL)


def unfit(message: str, source: Source) -> UnprocessableContent:
    """The error with its place: as far as the way there has names, and to where a missing field should be."""
    path: list[str] = []
    found = _AT.search(message)
    detail = message[: found.start()] if found else message
    for step in _STEP.finditer(found["path"] if found else ""):
        if step[2] == "...":
            break
        path.append(step[1] or step[2])
    else:
        path.extend(_MISSING.findall(detail))
    return UnprocessableContent(message, faults=(Fault(detail, source, tuple(path)),))
