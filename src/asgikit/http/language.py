"""Language tags, and the choice among them (RFC 9110, 8.5.1 and 12.5.4; RFC 4647)."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from asgikit.http.grammar import OWS
from asgikit.http.media import Preference, parse_accept

# RFC 5646, 2.1, as far as a shape goes: subtags of one to eight letters or digits, the first of letters
_TAG: Final = re.compile(r"[A-Za-z]{1,8}(?:-[A-Za-z0-9]{1,8})*")


def is_language_tag(text: str) -> bool:
    """Whether the text has the shape of a language tag."""
    return _TAG.fullmatch(text) is not None


def negotiate_language(accept: str | None, offers: Iterable[str]) -> str | None:
    """The offer that the client likes best, the earlier one of equals; None if it likes none.

    A range stands for what is more special than it ("en" for "en-GB": RFC 4647, 3.3.1) and, where there is nothing
    better, for what is more general ("en-GB" for "en": 3.4). No Accept-Language field accepts everything.
    """
    candidates = list(offers)
    if accept is None or not accept.strip(OWS + ","):
        return candidates[0] if candidates else None
    preferences = parse_accept(accept)
    rated = [(_rating(offer.lower(), preferences), -index, offer) for index, offer in enumerate(candidates)]
    best = max(rated, default=None)
    return best[2] if best is not None and best[0][0] > 0 else None


def _rating(offer: str, preferences: list[Preference]) -> tuple[float, int]:
    """The weight that the range nearest to an offer gives it, and how near that is."""
    nearest, weight = (-1, 0), 0.0
    for preference in preferences:
        name = preference.name
        if name == offer:
            near = (3, 0)
        elif offer.startswith(name + "-"):
            near = (2, len(name))
        elif name.startswith(offer + "-") and preference.q > 0:  # what is refused says nothing of what is more general
            near = (1, -len(name))
        elif name == "*":
            near = (0, 0)
        else:
            continue
        if near > nearest:
            nearest, weight = near, preference.q
    return weight, nearest[0]
