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

from typing_extensions import TypeIs, TypeVar

from asgikit.envfile import Source, read_envfile, read_text
from asgikit.errors import CompositionError, ConfigError, MissingExtra
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
        raise CompositionError('files is one text: write files=(".env",)')
    made, problems = _read(group, files, environ)
    if isinstance(made, model):
        return made
    raise ConfigError(*problems)


@dataclass(frozen=True, slots=True)
class _Leaf:
    """A field that is one variable."""

    variable: str
    codec: TextCodec

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
    return _Group(model, tuple(_entry(model, field, hints[field.name], prefix, (*outer, model)) for field in own))


def _entry(model: type[object], field: Field[Any], hint: object, prefix: str, outer: tuple[type[object], ...]) -> _Entry:
    variable = prefix + field.name.upper()
    if (inner := _nested(hint)) is not None:
        return _Entry(field.name, _group(inner, f"{variable}_", outer), _default(field))
    try:
        codec = TextCodec(hint, _reader)
    except MissingExtra:
        raise
    except CompositionError as error:
        raise CompositionError(f"{model.__qualname__}.{field.name} cannot be read from {variable}: {error}") from None
    return _Entry(field.name, _Leaf(variable, codec), _default(field))


def _default(field: Field[Any]) -> Callable[[], object] | None:
    if field.default is not MISSING:
        value: object = field.default
        return lambda: value
    return None if field.default_factory is MISSING else field.default_factory


def _nested(hint: object) -> type[object] | None:
    """The dataclass that a field holds, or may hold; not one that is made of one text."""
    if get_origin(hint) is Annotated:
        hint = get_args(hint)[0]
    options = get_args(hint) if get_origin(hint) in {Union, UnionType} else (hint,)
    some = [option for option in options if option is not NoneType]
    return some[0] if len(some) == 1 and _is_model(some[0]) and _reader(some[0]) is None else None


def _is_model(value: object) -> TypeIs[type[_Model]]:
    return isinstance(value, type) and is_dataclass(value)


def _reader(cls: type[object]) -> Callable[[str], object] | None:
    if cls is Secret:
        return lambda text: Secret(_filled(text))
    if issubclass(cls, PurePath):
        return lambda text: cls(_filled(text))
    parse: object = getattr(cls, "parse", None)
    return parse if inspect.ismethod(parse) else None


def _filled(text: str) -> str:
    """An empty key signs nothing, and the empty path is the directory that the program happens to be in."""
    if not text:
        raise ValueError
    return text


def _refuse_conflicts(group: _Group) -> None:
    seen: set[str] = set()
    for name in [name for leaf in group.leaves() for name in leaf.names]:
        if name in seen:
            raise CompositionError(f"two fields of {group.model.__qualname__} would be read from {name}: rename one")
        seen.add(name)


def _read(group: _Group, files: Files, environ: Mapping[str, str] | None) -> tuple[object, list[str]]:
    """The settings, if there are no problems. No frame of it is in the traceback of these, for its variables hold texts."""
    environment = Source("environment", os.environ if environ is None else environ)
    reading = _Reading([environment, *reversed([read_envfile(file) for file in files])])
    made = reading.group(group, None)
    return (None if reading.problems else made), reading.problems


class _Missing(Exception): ...


class _Reading:
    """From sources, the first of which wins, to instances; problems are collected."""

    def __init__(self, sources: Sequence[Source]) -> None:
        self._sources: Sequence[Source] = sources
        self._secrets: set[str] = set()
        self.problems: list[str] = [problem for source in sources for problem in source.problems]

    def group(self, group: _Group, base: _Model | None) -> object:
        """An instance, or `base` with what is given; None after a problem."""
        before = len(self.problems)
        given: dict[str, object] = {}
        for entry in group.entries:
            optional = base is not None or entry.default is not None
            if isinstance(entry.part, _Leaf):
                try:
                    given[entry.name] = self._leaf(entry.part)
                except _Missing as error:
                    self.problems.extend([] if optional else [str(error.args[0])])
                except ValueError as error:
                    self.problems.append(str(error))
            elif not optional or self._is_given(entry.part):
                given[entry.name] = self.group(entry.part, _base(entry, base))
        if len(self.problems) > before:
            return None
        try:
            return group.model(**given) if base is None else replace(base, **given)
        except ValueError as error:  # of its __post_init__
            self.problems.append(f"{group.model.__qualname__}: {self._without_secrets(error)}")
            return None

    def _is_given(self, group: _Group) -> bool:
        return any(name in source.texts for source in self._sources for leaf in group.leaves() for name in leaf.names)

    def _leaf(self, leaf: _Leaf) -> object:
        """The value. Raises _Missing for none, ValueError for one that does not fit; their texts are the problems."""
        for source in self._sources:
            match [name for name in leaf.names if name in source.texts]:
                case [name]:
                    try:
                        return self._value(leaf, name, source.texts[name])
                    except (LookupError, ValueError) as error:  # a `parse` may look the text up; then the message is the text
                        what = error if isinstance(error, ValueError) else f"expected {leaf.codec.expected}"
                        raise ValueError(f"{name} ({source.where(name)}): {what}") from None
                case [name, other]:
                    raise ValueError(f"{name} ({source.where(name)}): {other} ({source.where(other)}) is given, too")
                case _:
                    pass
        raise _Missing(f"{' or '.join(leaf.names)}: missing; expected {leaf.codec.expected}")

    def _value(self, leaf: _Leaf, name: str, text: str) -> object:
        if name != leaf.variable:
            text = _content(text)
        if leaf.codec.made is Secret:
            self._secrets.update([text, *(part.strip() for part in text.split(","))])
        return leaf.codec.decode(text)

    def _without_secrets(self, error: ValueError) -> str:
        text = str(error)
        if any(secret in text or repr(secret)[1:-1] in text for secret in self._secrets - {""}):
            return "a ValueError whose text holds a secret"
        return text


def _base(entry: _Entry, outer: _Model | None) -> _Model | None:
    """What the variables of a dataclass are put over: the default of its field."""
    found: object = None
    if outer is not None:
        found = getattr(outer, entry.name)
    elif entry.default is not None:
        found = entry.default()
    return found if is_dataclass(found) and not isinstance(found, type) else None


def _content(path: str) -> str:
    """The text of a secret's file without the end of its last line; errors do not repeat the path, which may be the secret."""
    if (text := read_text(path)) is None:
        raise ValueError("there is no such file")
    return text.removesuffix("\n").removesuffix("\r")
