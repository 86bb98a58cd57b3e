"""Typed path patterns: match a path, print a path, with the same types."""

from __future__ import annotations

import re
from typing import Final, Generic, TypeAlias, TypeVarTuple, final, overload

from typing_extensions import TypeForm, TypeVar

from asgikit.converters import Converter, Text, converter_for
from asgikit.errors import CompositionError
from asgikit.http.url import encode_segment

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)
Ts = TypeVarTuple("Ts")

_IDENTIFIER: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_LABEL: Final = re.compile(r"[a-z0-9_](?:[a-z0-9_-]*[a-z0-9_])?")
_LABELS: Final = re.compile(rf"{_LABEL.pattern}(?:\.{_LABEL.pattern})*|\[[0-9a-f:.]+\]")


@final
class Param(Generic[T_co]):
    """A named, typed segment of a path, or label of a host."""

    __slots__ = ("_converter", "_name")

    def __init__(self, name: str, converter: object) -> None:
        """Use `param(name, type)`."""
        if _IDENTIFIER.fullmatch(name) is None:
            raise CompositionError(f"{name!r} is not a name for a path parameter: write an identifier")
        for method in ("parse", "print"):
            if not callable(getattr(converter, method, None)):
                raise CompositionError(f"{converter!r} is no converter: it has no {method}() method")
        self._name: str = name
        self._converter: object = converter

    @property
    def name(self) -> str:
        """Its name, for OpenAPI and error texts."""
        return self._name

    @property
    def converter(self) -> Converter[T_co]:
        """How its text is read and printed."""
        return self._converter  # type: ignore[return-value]  # checked when it was made, erased for covariance

    def __eq__(self, other: object) -> bool:
        """The same name and an equal converter."""
        return isinstance(other, Param) and (self._name, self._converter) == (other._name, other._converter)

    def __hash__(self) -> int:
        """By the name."""
        return hash(self._name)

    def __repr__(self) -> str:
        """As it is written in a pattern."""
        return f"{{{self._name}}}"


@final
class Rest:
    """The tail of a path, slashes included: text of segments that are neither empty nor dots, the last may be empty."""

    __slots__ = ("_name",)

    def __init__(self, name: str) -> None:
        """Use `rest(name)`."""
        if _IDENTIFIER.fullmatch(name) is None:
            raise CompositionError(f"{name!r} is not a name for a path parameter: write an identifier")
        self._name: str = name

    @property
    def name(self) -> str:
        """Its name, for OpenAPI and error texts."""
        return self._name

    def parse(self, segments: list[str]) -> str:
        """The tail as text. Raises ValueError for segments that would not print back, or lead elsewhere."""
        for segment in segments[:-1] or segments:
            if segment or len(segments) > 1:
                Text().parse(segment)
        if segments[-1] in {".", ".."} or any("/" in segment for segment in segments):
            raise ValueError("a tail cannot hold dots or encoded slashes")
        segments[-1].encode()
        return "/".join(segments)

    def print(self, value: str) -> list[str]:
        """The segments of the tail. Raises ValueError for a tail that would not match."""
        segments = value.split("/")
        self.parse(segments)
        return segments

    def __eq__(self, other: object) -> bool:
        """The same name."""
        return isinstance(other, Rest) and self._name == other._name

    def __hash__(self) -> int:
        """By the name."""
        return hash(self._name)

    def __repr__(self) -> str:
        """As it is written in a pattern."""
        return f"{{{self._name}...}}"


Part: TypeAlias = str | Param[object] | Rest


class TailPath(Generic[*Ts]):
    """A path pattern whose values have the types `Ts`; nothing can follow it."""

    __slots__ = ("_host", "_parts")

    def __init__(self, host: tuple[Part, ...] = (), parts: tuple[Part, ...] = ()) -> None:
        """Use `root`, `host(…)` and `/`."""
        self._host: tuple[Part, ...] = host
        self._parts: tuple[Part, ...] = parts

    @property
    def parts(self) -> tuple[Part, ...]:
        """Literal segments as text, parameters as values; a trailing "" is a trailing slash."""
        return self._parts

    @property
    def host(self) -> tuple[Part, ...]:
        """The host it is bound to: perhaps a parameter, then the fixed labels; empty for any host."""
        return self._host

    @property
    def pattern(self) -> Pattern:
        """The same pattern, the types of its values forgotten."""
        return TailPath(self._host, self._parts)

    @property
    def params(self) -> tuple[Param[object] | Rest, ...]:
        """The parameters, those of the host first."""
        return tuple(part for part in (*self._host, *self._parts) if not isinstance(part, str))

    def url(self, *values: *Ts) -> str:
        """The path with these values, percent-encoded; `//host/path` if it is bound to a host.

        Raises ValueError for a value that a path cannot hold, TypeError for the wrong number of values.
        """
        params, given = self.params, list[object](values)
        if len(given) != len(params):
            raise TypeError(f"{self!r} takes {len(params)} values, not {len(given)}")
        texts = iter([self._print(part, value) for part, value in zip(params, given, strict=True)])
        host = [part if isinstance(part, str) else _label(next(texts)[0]) for part in self._host]
        path = "".join(
            f"/{encode_segment(s)}" for part in self._parts for s in ([part] if isinstance(part, str) else next(texts))
        )
        return ("//" + ".".join(host) if host else "") + (path or "/")

    @staticmethod
    def _print(part: Param[object] | Rest, value: object) -> list[str]:
        if isinstance(part, Rest):
            if not isinstance(value, str):
                raise TypeError(f"{part!r} takes text, not {value!r}")
            return part.print(value)
        text = part.converter.print(value)
        Text().parse(text)
        return [text]

    def __eq__(self, other: object) -> bool:
        """The same parts on the same host."""
        return isinstance(other, TailPath) and (self._host, self._parts) == (other._host, other._parts)

    def __hash__(self) -> int:
        """By the parts."""
        return hash((self._host, self._parts))

    def __str__(self) -> str:
        """The pattern, parameters in braces: `/users/{id}`."""
        host = "//" + ".".join(str(part) for part in self._host) if self._host else ""
        return host + ("".join(f"/{part}" for part in self._parts) or "/")

    def __repr__(self) -> str:
        """The pattern."""
        return f"Path({str(self)!r})"


Pattern: TypeAlias = TailPath[*tuple[object, ...]]
"""A path whose values may be anything: what a router needs of it."""


@final
class Path(TailPath[*Ts]):
    """An immutable path pattern whose values have the types `Ts`; extended with `/`."""

    __slots__ = ()

    @overload
    def __truediv__(self, part: str, /) -> Path[*Ts]: ...
    @overload
    def __truediv__(self, part: Param[T], /) -> Path[*Ts, T]: ...
    @overload
    def __truediv__(self, part: Rest, /) -> TailPath[*Ts, str]: ...
    def __truediv__(self, part: Part, /) -> object:
        """With one more part: fixed text (its slashes separate segments), a parameter, or the tail.

        Raises CompositionError for empty or dot segments, a name given twice, or a part behind a trailing slash.
        """
        if self._parts and self._parts[-1] == "":
            raise CompositionError(f"nothing can follow the trailing slash of {self!r}")
        added: tuple[Part, ...] = tuple(_literal(part)) if isinstance(part, str) else (part,)
        if not isinstance(part, str) and part.name in {known.name for known in self.params}:
            raise CompositionError(f"{self!r} has a parameter {part.name!r} already")
        if isinstance(part, Rest):
            return TailPath[*tuple[object, ...]](self._host, self._parts + added)
        return Path[*tuple[object, ...]](self._host, self._parts + added)


def _label(text: str) -> str:
    # Not encoded, as segments are: whatever else stood here would be a port, a path, or another host.
    if len(text) > 63 or _LABEL.fullmatch(text) is None:
        raise ValueError(f"a host cannot have {text!r} for a label: lower-case letters, digits and hyphens between them")
    return text


def _literal(text: str) -> list[str]:
    segments = text.removeprefix("/").split("/")
    # Only the last of several may be empty: a trailing slash.
    for segment in segments[:-1] if segments[-1] == "" and len(segments) > 1 else segments:
        try:
            Text().parse(segment)
        except ValueError as error:
            raise CompositionError(f"{text!r} cannot be part of a path: {error}") from None
    return segments


root: Final[Path[()]] = Path()
"""The path `/`, from which every other is made."""


@overload
def param(name: str, kind: Converter[T], /) -> Param[T]: ...
@overload
def param(name: str, kind: TypeForm[T], /) -> Param[T]: ...
def param(name: str, kind: object, /) -> object:
    """A segment that is a str, int, float, bool, UUID, date, datetime, Decimal, Enum, Literal, or what a Converter reads."""
    return Param[object](name, converter_for(kind))


def rest(name: str, /) -> Rest:
    """The tail of a path as text, possibly empty; nothing can follow it."""
    return Rest(name)


@overload
def host(name: str, /) -> Path[()]: ...
@overload
def host(subdomain: Param[T], name: str, /) -> Path[T]: ...
def host(*parts: Part) -> object:
    """The root of the paths of one host, or of every host with one label more: `host(param("team", str), "example.com")`.

    The port of a request plays no part, nor does the case. Raises CompositionError for what is no host name.
    """
    *_, name = parts
    if not isinstance(name, str) or _LABELS.fullmatch(name.lower()) is None:
        raise CompositionError(f"{name!r} is not a host name; write an international one in its xn-- form")
    return Path[*tuple[object, ...]]((*parts[:-1], name.lower()))
