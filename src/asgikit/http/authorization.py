"""Credentials and challenges: the fields Authorization and WWW-Authenticate (RFC 9110, 11)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final, TypeAlias

from asgikit.http.grammar import OWS, QUOTED_STRING, TOKEN, is_token, quote, split_list, unquote

Params: TypeAlias = tuple[tuple[str, str], ...]
"""Parameters, names in lower case, each once."""

# RFC 9110, 11.2: token68 = 1*( ALPHA / DIGIT / "-" / "." / "_" / "~" / "+" / "/" ) *"="
TOKEN68: Final = re.compile(r"[A-Za-z0-9\-._~+/]+=*")
# RFC 9110, 11.2: auth-param = token BWS "=" BWS ( token / quoted-string )
_PARAM: Final = re.compile(rf"({TOKEN.pattern})[\t ]*=[\t ]*(?:({TOKEN.pattern})|{QUOTED_STRING.pattern})")
# RFC 9110, 11.4: auth-scheme, and 1*SP before what follows it
_HEAD: Final = re.compile(rf"({TOKEN.pattern})(?: +(.*))?", re.DOTALL)
# What clients of before RFC 7235 read only in quotes (RFC 9110, 11.5; RFC 6750, 3; RFC 7617, 2.1).
_QUOTED: Final = frozenset({"realm", "charset", "scope", "error", "error_description", "error_uri"})
_MAX_PARAMS: Final = 32


@dataclass(frozen=True, slots=True)
class Credentials:
    """What a client proves itself with: a scheme in lower case, and a token68 or parameters (RFC 9110, 11.4).

    Raises ValueError for what the field cannot hold. Its repr shows the scheme alone: the rest is a secret.
    """

    scheme: str
    token68: str | None = None
    params: Params = ()

    def __post_init__(self) -> None:
        """Checks and lowers the names."""
        _check(self)

    @classmethod
    def parse(cls, value: str) -> Credentials:
        """The credentials of an Authorization value. Raises ValueError for a value that is none."""
        head = _HEAD.fullmatch(value.strip(OWS))
        if head is None:
            raise ValueError("there is no authentication scheme")
        return cls(head[1], *_rest(head[2] or ""))

    def param(self, name: str) -> str | None:
        """The value of a parameter, its name in any case; None if there is none."""
        return dict(self.params).get(name.lower())

    def __str__(self) -> str:
        """The value of an Authorization field."""
        return _printed(self)

    def __repr__(self) -> str:
        """The scheme, and no more."""
        return f"Credentials({self.scheme!r})"


@dataclass(frozen=True, slots=True)
class Challenge:
    """What a server asks for: a scheme as it is written, and a token68 or parameters (RFC 9110, 11.3 and 11.6.1).

    Schemes are compared without their case. Raises ValueError for what the field cannot hold.
    """

    scheme: str
    token68: str | None = None
    params: Params = ()

    def __post_init__(self) -> None:
        """Checks and lowers the names."""
        _check(self)

    def param(self, name: str) -> str | None:
        """The value of a parameter, its name in any case; None if there is none."""
        return dict(self.params).get(name.lower())

    def with_param(self, name: str, value: str) -> Challenge:
        """With this one value for the parameter. Raises ValueError for a value that the field cannot hold."""
        kept = tuple((key, old) for key, old in self.params if key != name.lower())
        return Challenge(self.scheme, None, (*kept, (name, value)))

    def __str__(self) -> str:
        """The value of a WWW-Authenticate field."""
        return _printed(self)


def parse_challenges(value: str) -> tuple[Challenge, ...]:
    """The challenges of a WWW-Authenticate value: lists of parameters within a list (RFC 9110, 11.6.1).

    Raises ValueError for a malformed one.
    """
    found: list[tuple[str, list[str]]] = []
    for element in split_list(value):
        head = None if _PARAM.fullmatch(element) else _HEAD.fullmatch(element)
        if head is not None:
            found.append((head[1], [head[2]] if head[2] else []))
        elif found and found[-1][1]:
            found[-1][1].append(element)
        else:
            raise ValueError(f"{element!r} belongs to no challenge")
    return tuple(Challenge(scheme, *_rest(", ".join(parts))) for scheme, parts in found)


def _check(held: Credentials | Challenge) -> None:
    if not is_token(held.scheme):
        raise ValueError("an authentication scheme is a token")
    if held.token68 is not None and (held.params or TOKEN68.fullmatch(held.token68) is None):
        raise ValueError("what follows the scheme is a token68 or parameters, never both")
    if isinstance(held, Credentials):
        object.__setattr__(held, "scheme", held.scheme.lower())
    params = tuple((name.lower(), value) for name, value in held.params)
    object.__setattr__(held, "params", params)
    for name, value in params:
        if not is_token(name):
            raise ValueError("the name of a parameter is a token")
        quote(value)
    if len(dict(params)) < len(params) or len(params) > _MAX_PARAMS:
        raise ValueError("a parameter is given twice, or there are too many")


def _rest(text: str) -> tuple[str | None, Params]:
    if TOKEN68.fullmatch(text) is not None:
        return text, ()
    params: list[tuple[str, str]] = []
    for part in split_list(text):
        found = _PARAM.fullmatch(part)
        if found is None or len(params) == _MAX_PARAMS:
            raise ValueError("what follows the scheme is neither a token68 nor parameters")
        params.append((found[1], unquote(found[3]) if found[2] is None else found[2]))
    return None, tuple(params)


def _printed(held: Credentials | Challenge) -> str:
    if held.token68 is not None:
        return f"{held.scheme} {held.token68}"
    printed = [f"{name}={_value(name, value)}" for name, value in held.params]
    return f"{held.scheme} {', '.join(printed)}" if printed else held.scheme


def _value(name: str, value: str) -> str:
    quoted = quote(value)
    return f'"{quoted}"' if name in _QUOTED and not quoted.startswith('"') else quoted
