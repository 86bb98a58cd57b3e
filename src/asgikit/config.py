"""Settings: the environment and `.env` files become a frozen dataclass, whose secrets do not print."""

from __future__ import annotations

import hmac
import inspect
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import MISSING, Field, dataclass, fields, is_dataclass, replace
from os import PathLike
from pathlib import PurePath
from types import NoneType, UnionType
from typing import Annotated, Any, ClassVar, Final, Protocol, TypeAlias, Union, final, get_args, get_origin, get_type_hints

from typing_extensions import TypeVar

from asgikit.envfile import Source, read_envfile, read_text
from asgikit.errors import CompositionError, ConfigError
from asgikit.texts import TextCodec

_HIDDEN: Final = "**********"


@final
class Secret:
    """A text that is never shown: not by repr, str, format or logging, nor by JSON, which refuses it. Equal in constant time.

    Copies and pickles hold the text.
    """

    __slots__ = ("_text",)

    def __init__(self, text: str, /) -> None:
        """The secret with this text."""
        self._text: str = text

    def reveal(self) -> str:
        """The text. Every place that calls this is a place to look at."""
        return self._text

    def __eq__(self, other: object) -> bool:
        """Whether the other is a secret with the same text; how long that takes tells nothing but lengths."""
        if not isinstance(other, Secret):
            return NotImplemented
        return hmac.compare_digest(self._bytes(), other._bytes())

    def __hash__(self) -> int:
        """By the text."""
        return hash((Secret, self._text))

    def __repr__(self) -> str:
        """The same for every secret."""
        return f"Secret({_HIDDEN!r})"

    def __str__(self) -> str:
        """The same for every secret."""
        return _HIDDEN

    def __format__(self, spec: str, /) -> str:
        """The same for every secret, as wide as asked."""
        return format(_HIDDEN, spec)

    def _bytes(self) -> bytes:
        return self._text.encode("utf-8", "surrogatepass")  # what is no UTF-8 in an environment is surrogates here


class _Model(Protocol):
    """What a type checker takes for a dataclass."""

    __dataclass_fields__: ClassVar[dict[str, Field[Any]]]


T = TypeVar("T", bound=_Model)
Files: TypeAlias = Sequence[str | PathLike[str]]


def load(model: type[T], /, *, prefix: str = "", files: Files = (), environ: Mapping[str, str] | None = None) -> T:
    """The settings: each field is read from the variable that is `prefix` and its name in upper case, as PORT of `port`.

    The environment wins over the files, later files over earlier ones; files that do not exist are passed over. `environ`
    stands in for `os.environ`, which is only read. Fields that are dataclasses have variables for their fields, as
    MAIL_HOST. Secrets may be in files, which variables as KEY_FILE name. Raises ConfigError with all that is missing or
    does not fit, CompositionError for a class that is no frozen dataclass or a field that text cannot become, MissingExtra
    without msgspec, or without python-dotenv where there are files.
    """
    group = _group(model, prefix, ())
    _refuse_conflicts(group)
    if isinstance(files, str | bytes):
        raise CompositionError("files is one text: write files=(\".env\",)")
    made, problems = _read(group, files, environ)
    if isinstance(made, model):
        return made
    raise ConfigError(*problems)


@dataclass(frozen=True, slots=True)
class _Leaf:
    """A field that is one variable."""

    variable: str
    codec: TextCodec[object]

    @property
    def names(self) -> tuple[str, ...]:
        """The variable, and for a secret the one that names a file."""
        return (self.variable, f"{self.variable}_FILE") if self.codec.made is Secret else (self.variable,)


@dataclass(frozen=True, slots=True)
class _Entry:
    """A field of a dataclass, and how its default is made, if it has one."""

    name: str
    part: _Leaf | _Group
    default: Callable[[], object] | None


@dataclass(frozen=True, slots=True)
class _Group:
    """A dataclass."""

    model: type[_Model]
    entries: tuple[_Entry, ...]

    def leaves(self) -> Iterator[_Leaf]:
        """Every variable of it."""
        for entry in self.entries:
            if isinstance(entry.part, _Leaf):
                yield entry.part
            else:
                yield from entry.part.leaves()


def _group(model: type[object], prefix: str, outer: tuple[type[object], ...]) -> _Group:
    if not _is_model(model):
        raise CompositionError(f"load({model!r}): it is no dataclass; write a class under @dataclass(frozen=True)")
    name = model.__qualname__
    if not getattr(getattr(model, "__dataclass_params__", None), "frozen", False):
        raise CompositionError(f"{name} can be assigned to; write @dataclass(frozen=True), for settings are values")
    if model in outer:
        raise CompositionError(f"{name} holds itself: its variables have no end")
    try:
        hints = get_type_hints(model, include_extras=True)
    except (NameError, TypeError) as error:
        raise CompositionError(f"the annotations of {name} have no meaning outside of it: {error}") from None
    own = [field for field in fields(model) if field.init]
    for parameter in inspect.signature(model).parameters.values():
        if parameter.default is parameter.empty and parameter.name not in {field.name for field in own}:
            raise CompositionError(f"{name} needs {parameter.name!r}, which is no field; load() gives only fields")
    entries: list[_Entry] = []
    for field in own:
        variable = prefix + field.name.upper()
        inner = _nested(hints[field.name])
        try:
            part = _leaf(variable, hints[field.name]) if inner is None else _group(inner, f"{variable}_", (*outer, model))
        except CompositionError as error:
            ...
        entries.append(_Entry(field.name, part, _default(field)))
    return _Group(model, tuple(entries))
