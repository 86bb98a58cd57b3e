"""Media types, and the choice among them (RFC 9110, 8.3 and 12.5)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from asgikit.http.grammar import OWS, QUOTED_STRING, QVALUE, TOKEN, is_token, quote, split_list, unquote

MAX_PREFERENCES: Final = 100  # elements of an Accept field that are looked at; more than any client sends

# RFC 9110, 12.5.1: media-range, whose "*" is a tchar; 12.5.3 and 12.5.4: codings and language ranges are tokens
_RANGE: Final = re.compile(rf"{TOKEN.pattern}(?:/{TOKEN.pattern})?")


@dataclass(frozen=True, slots=True)
class MediaType:
    """A media type with its parameters; type, subtype and parameter names in lower case (RFC 9110, 8.3.1).

    Raises ValueError for a type, subtype or parameter name that is no token, or a value that cannot be printed.
    """

    type: str
    subtype: str
    params: tuple[tuple[str, str], ...] = ()

    def __post_init__(self) -> None:
        """Checks and lowers the names."""
        for text in (self.type, self.subtype, *(name for name, _ in self.params)):
            if not is_token(text):
                raise ValueError(f"{text!r} is not a token of a media type")
        for _, value in self.params:
            quote(value)
        object.__setattr__(self, "type", self.type.lower())
        object.__setattr__(self, "subtype", self.subtype.lower())
        object.__setattr__(self, "params", tuple((name.lower(), value) for name, value in self.params))

    @classmethod
    def parse(cls, text: str) -> MediaType:
        """A media type from a Content-Type value. Raises ValueError for what is none."""
        essence, rest = _parts(text)
        type_, slash, subtype = essence.partition("/")
        if not slash:
            raise ValueError(f"{text!r} is not a media type")
        return cls(type_, subtype, tuple(_param(part) for part in rest))

    @property
    def essence(self) -> str:
        """Type and subtype without parameters."""
        return f"{self.type}/{self.subtype}"

    @property
    def charset(self) -> str | None:
        """The charset parameter in lower case, if any."""
        value = self.param("charset")
        return None if value is None else value.lower()

    @property
    def is_json(self) -> bool:
        """Whether its syntax is JSON: application/json, text/json, or the suffix +json (RFC 6839, 3.1)."""
        return self.essence in {"application/json", "text/json"} or self.subtype.endswith("+json")

    def param(self, name: str) -> str | None:
        """The first value of a parameter, its name in any case; None if there is none."""
        return next((value for key, value in self.params if key == name.lower()), None)

    def __str__(self) -> str:
        """The value of a Content-Type field."""
        return self.essence + "".join(f"; {name}={quote(value)}" for name, value in self.params)


def _parts(text: str) -> tuple[str, list[str]]:
    head, _, rest = text.partition(";")  # no quotes before the first semicolon: what is there are tokens
    return head.strip(OWS), split_list(rest, ";")


def _param(part: str) -> tuple[str, str]:
    name, equals, value = part.partition("=")
    if not equals or not is_token(name):
        raise ValueError(f"{part!r} is not a parameter of a media type")
    if (quoted := QUOTED_STRING.fullmatch(value)) is not None:
        return name, unquote(quoted[1])
    if not is_token(value):
        raise ValueError(f"{part!r} is not a parameter of a media type")
    return name, value


@dataclass(frozen=True, slots=True)
class Preference:
    """One element of an Accept field: a range or a coding, its parameters, and its weight from 0 to 1."""

    name: str
    params: tuple[tuple[str, str], ...]
    q: float


def parse_accept(value: str) -> list[Preference]:
    """The elements of an Accept, Accept-Encoding or Accept-Language value; malformed ones are left out."""
    found: list[Preference] = []
    for element in split_list(value)[:MAX_PREFERENCES]:
        name, rest = _parts(element)
        try:
            params = [_param(part) for part in rest]
        except ValueError:
            continue
        q, kept = 1.0, params
        for index, (key, weight) in enumerate(params):
            if key.lower() == "q":
                if QVALUE.fullmatch(weight) is None:
                    q = -1.0
                else:
                    q, kept = float(weight), params[:index]
                break
        if q >= 0 and _RANGE.fullmatch(name) is not None:
            found.append(Preference(name.lower(), tuple((k.lower(), v) for k, v in kept), q))
    return found


def _folded(params: Iterable[tuple[str, str]]) -> set[tuple[str, str]]:
    # RFC 9110, 8.3.2: charset names are compared without their case; what others mean is not ours to know
    return {(name, value.lower() if name == "charset" else value) for name, value in params}


def _quality(offer: MediaType, preferences: Sequence[Preference]) -> float:
    best, quality = -1, 0.0
    for preference in preferences:
        if preference.name == offer.essence:
            specificity = 2
        elif preference.name == f"{offer.type}/*":
            specificity = 1
        elif preference.name == "*/*":
            specificity = 0
        else:
            continue
        if not preference.params or _folded(preference.params) <= _folded(offer.params):
            specificity += 3 * len(preference.params)
            if specificity > best:
                best, quality = specificity, preference.q
    return quality


def negotiate(accept: str | None, offers: Iterable[MediaType]) -> MediaType | None:
    """The offer that the client likes best, the earlier one of equals; None if it likes none (RFC 9110, 12.5.1).

    No Accept field, or an empty one, accepts everything.
    """
    candidates = list(offers)
    if accept is None or not accept.strip(OWS + ","):
        return candidates[0] if candidates else None
    preferences = parse_accept(accept)
    rated = [(_quality(offer, preferences), -index, offer) for index, offer in enumerate(candidates)]
    best = max(rated, key=lambda entry: entry[:2], default=None)
    return best[2] if best is not None and best[0] > 0 else None


def negotiate_encoding(accept: str | None, offers: Iterable[str]) -> str | None:
    """The content coding to use among the offers, "identity" for none; None if even that is refused (RFC 9110, 12.5.3).

    Without the field nothing is encoded. Of equal weights the earlier offer wins, and identity comes last.
    """
    if accept is None:
        return "identity"
    weights = {preference.name: preference.q for preference in reversed(parse_accept(accept))}
    if "x-gzip" in weights:
        weights.setdefault("gzip", weights["x-gzip"])
    rest = weights.get("*")
    best, quality = None, 0.0
    for offer in offers:
        weight = weights.get(offer, rest or 0.0)
        if weight > quality:
            best, quality = offer, weight
    # Identity is acceptable unless excluded, by name or by "*;q=0" (RFC 9110, 12.5.3).
    identity = weights.get("identity")
    if identity is not None and identity > quality:
        return "identity"
    if best is not None:
        return best
    refused = identity == 0 or (identity is None and rest == 0)
    return None if refused else "identity"
