"""Cache-Control: what caches may do, as a value (RFC 9111, 5.2; RFC 8246; RFC 5861)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from asgikit.http.grammar import OWS, QUOTED_STRING, is_token, quote, split_list, unquote

MAX_SECONDS: Final = 2**31
"""What a cache takes any longer time for (RFC 9111, 1.2.2): 68 years."""

YEAR: Final = 365 * 24 * 60 * 60
"""A year in seconds: "for good", to caches."""

# Attributes by what their directives have behind the name. Times come with the one that is right when the field is
# not: RFC 9111, 4.2.1 has caches take what is invalid, or given twice, for stale.
_TIMES: Final = {
    "max_age": 0,
    "s_maxage": 0,
    "stale_while_revalidate": 0,
    "stale_if_error": 0,
    "max_stale": 0,
    "min_fresh": MAX_SECONDS,
}
_NAMED: Final = ("private", "no_cache")
# Those that allow something; with an argument, which they do not have, they allow nothing.
_PERMISSIONS: Final = ("public", "must_understand", "immutable")
_ORDER: Final = (
    *("public", "private", "no_cache", "no_store", "no_transform", "must_revalidate", "proxy_revalidate", "must_understand"),
    *("only_if_cached", "max_age", "s_maxage", "stale_while_revalidate", "stale_if_error", "immutable", "max_stale", "min_fresh"),
)
_DIRECTIVES: Final = {name.replace("_", "-"): name for name in _ORDER}

# What rules what out; where a field has both, the stricter counts (RFC 9111, 4.2.1).
_FRESH: Final = ("max_age", "s_maxage", "immutable", "stale_while_revalidate", "stale_if_error")
_RULES_OUT: Final = {
    "private": ("public", "s_maxage"),
    "no_cache": _FRESH,
    "no_store": ("public", *_FRESH),
    "must_revalidate": ("stale_while_revalidate", "stale_if_error"),
}
_OF_REQUESTS: Final = ("only_if_cached", "max_stale", "min_fresh")
_OF_RESPONSES: Final = (
    *("public", "private", "must_revalidate", "proxy_revalidate", "must_understand"),
    *("s_maxage", "stale_while_revalidate", "immutable"),
)

_DIGITS: Final = re.compile(r"0*([0-9]+)")


@dataclass(frozen=True, slots=True, kw_only=True)
class CacheControl:
    """The directives of a response, or of a request; times in whole seconds, up to MAX_SECONDS (RFC 9111, 5.2).

    `private` and `no_cache` are about the whole response, or about the header fields they name. Only requests have
    `max_stale`, MAX_SECONDS for any staleness, `min_fresh` and `only_if_cached`. Extensions are names with their
    values, None for one without. Raises ValueError for directives that contradict each other, for times out of range,
    and for names that are no tokens.
    """

    max_age: int | None = None
    s_maxage: int | None = None
    public: bool = False
    private: bool | frozenset[str] = False
    no_cache: bool | frozenset[str] = False
    no_store: bool = False
    no_transform: bool = False
    must_revalidate: bool = False
    proxy_revalidate: bool = False
    must_understand: bool = False
    immutable: bool = False
    stale_while_revalidate: int | None = None
    stale_if_error: int | None = None
    max_stale: int | None = None
    min_fresh: int | None = None
    only_if_cached: bool = False
    extensions: tuple[tuple[str, str | None], ...] = ()

    def __post_init__(self) -> None:
        """Checks each directive, and the directives together."""
        for name in _TIMES:
            seconds = getattr(self, name)
            if seconds is not None and not 0 <= seconds <= MAX_SECONDS:
                raise ValueError(f"{name} lies from 0 to {MAX_SECONDS} seconds, not {seconds}")
        for name, fields in (("private", self.private), ("no_cache", self.no_cache)):
            if not isinstance(fields, bool):
                object.__setattr__(self, name, _field_names(name, fields))
        for extension, value in self.extensions:
            if extension.lower().replace("-", "_") in _ORDER:
                raise ValueError(f"{extension!r} is no extension: it has a parameter of its own")
            if not is_token(extension):
                raise ValueError(f"{extension!r} is not the name of a directive")
            quote(value or "")
        object.__setattr__(self, "extensions", tuple((name.lower(), value) for name, value in self.extensions))
        for strict, loose in _contradictions(self):
            raise ValueError(f"{strict} rules {loose} out: leave out one of them")

    @classmethod
    def hashed(cls) -> CacheControl:
        """For what never changes under its URL, as files with a hash in their name."""
        return cls(public=True, max_age=YEAR, immutable=True)

    @classmethod
    def revalidate(cls) -> CacheControl:
        """Kept, but never used without asking whether it still holds: a 304 for what has an ETag."""
        return cls(no_cache=True)

    @classmethod
    def never(cls) -> CacheControl:
        """Not kept anywhere."""
        return cls(no_store=True)

    @classmethod
    def parse(cls, text: str) -> CacheControl:
        """The directives of a field; never fails, and errs on the side of stale (RFC 9111, 4.2.1).

        A malformed or contradictory time is none at all, a longer one than MAX_SECONDS is that. Of directives that
        contradict each other the stricter stays.
        """
        flags: dict[str, bool] = {}
        times: dict[str, int] = {}
        names: dict[str, set[str]] = {}
        extensions: list[tuple[str, str | None]] = []
        for element in split_list(text):
            name, equals, given = element.partition("=")
            if not is_token(name := name.rstrip(OWS)):
                continue
            argument = _argument(given) if equals else None
            attribute = _DIRECTIVES.get(name.lower())
            if attribute is None:
                if not equals or argument is not None:
                    extensions.append((name.lower(), argument))
            elif attribute in _TIMES:
                seconds = _seconds(attribute, argument, bare=not equals)
                same = times.setdefault(attribute, seconds) == seconds
                times[attribute] = seconds if same else _TIMES[attribute]
            elif attribute in _NAMED and (fields := split_list(argument or "")) and all(map(is_token, fields)):
                names.setdefault(attribute, set()).update(map(str.lower, fields))
            elif not equals or attribute not in _PERMISSIONS:
                flags[attribute] = True
        return _consistent(cls(), {**{key: frozenset(of) for key, of in names.items()}, **times, **flags}, extensions)

    def __str__(self) -> str:
        """The value of a Cache-Control field, its directives always in one order."""
        parts: list[str] = []
        for directive, name in _DIRECTIVES.items():
            value = getattr(self, name)
            if name in _TIMES:
                parts += [] if value is None else [f"{directive}={value:d}"]
            elif name in _NAMED and not isinstance(value, bool):
                parts.append(f'{directive}="{", ".join(sorted(value))}"')  # RFC 9111, 5.2.2.4: in quotes, one name too
            elif value:
                parts.append(directive)
        parts += (name if value is None else f"{name}={quote(value)}" for name, value in self.extensions)
        return ", ".join(parts)


def _field_names(name: str, fields: frozenset[str]) -> frozenset[str]:
    if not fields or not all(map(is_token, fields)):
        raise ValueError(f"{name} is True, or the names of header fields, not {set(fields)!r}")
    return frozenset(map(str.lower, fields))


def _contradictions(directives: CacheControl) -> Iterator[tuple[str, str]]:
    """The pairs of attributes that no field should have both of, the stricter one first."""
    for strict, loose in _RULES_OUT.items():
        # With must-understand, no-store is for caches that do not know that directive (RFC 9111, 5.2.2.3).
        if getattr(directives, strict) is True and not (strict == "no_store" and directives.must_understand):
            yield from ((strict, name) for name in loose if getattr(directives, name))
    of_request = [name for name in _OF_REQUESTS if _is_given(getattr(directives, name))]
    for name in _OF_RESPONSES:
        if of_request and _is_given(getattr(directives, name)):
            yield from ((name, other) for other in of_request)


def _is_given(value: object) -> bool:
    return value is not None and value is not False  # an age of 0 is


def _argument(text: str) -> str | None:
    """The argument of a directive, a token or quoted; None for what is neither."""
    if (quoted := QUOTED_STRING.fullmatch(text)) is not None:
        return unquote(quoted[1])
    return text if is_token(text) else None


def _seconds(attribute: str, argument: str | None, *, bare: bool) -> int:
    if bare and attribute == "max_stale":
        return MAX_SECONDS  # RFC 9111, 5.2.1.2: "of any age"
    digits = _DIGITS.fullmatch(argument or "")
    return _TIMES[attribute] if digits is None else min(int(digits[1][:11]), MAX_SECONDS)


def _consistent(made: CacheControl, found: dict[str, object], extensions: list[tuple[str, str | None]]) -> CacheControl:
    """Fills a new value, which nobody else has yet, with what a field says but for what something stricter rules out."""
    for name, value in found.items():
        object.__setattr__(made, name, value)
    object.__setattr__(made, "extensions", tuple(extensions))
    for _, loose in list(_contradictions(made)):
        object.__setattr__(made, loose, None if loose in _TIMES else False)
    return made
