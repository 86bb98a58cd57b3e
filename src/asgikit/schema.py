"""Typed models through msgspec: the extra `schema`, imported in this file alone."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Final, Generic, final
from uuid import UUID

from typing_extensions import TypeForm, TypeVar

from asgikit.codec import is_mapping
from asgikit.completion import complete, is_collection
from asgikit.errors import BadRequest, CompositionError, HTTPError, MissingExtra, UnprocessableContent
from asgikit.faults import Fault, Source
from asgikit.misfits import unfit
from asgikit.modelfields import ModelField

if TYPE_CHECKING:
    import msgspec
else:
    try:
        import msgspec
    except ImportError:
        msgspec = None

T = TypeVar("T")

_COMPARED: Final = (bytes, bytearray, date, datetime, time, timedelta, Decimal, UUID)
_INFINITE: Final = frozenset({"nan", "inf", "infinity"})


def _require(feature: str) -> None:
    if msgspec is None:
        raise MissingExtra(feature, "schema")


@final
class JSONCodec(Generic[T]):
    """A model as JSON: dataclasses, TypedDicts, attrs classes, Structs, unions, Literals, containers.

    Raises MissingExtra without msgspec, CompositionError for a type that JSON cannot hold.
    """

    __slots__ = ("_decoder", "_encoder", "_incomplete")

    def __init__(self, form: TypeForm[T]) -> None:
        """The codec of this type."""
        _require("json(Model)")
        try:
            self._decoder: msgspec.json.Decoder[T] = msgspec.json.Decoder(form)
        except TypeError as error:
            hint = ": several models need msgspec.Struct with a tag, to be told apart" if "more than one" in str(error) else ""
            raise CompositionError(f"json({form!r}): {error}{hint}") from None
        self._encoder: msgspec.json.Encoder = msgspec.json.Encoder()
        self._incomplete: bool = _leaves_defaults_out(form)

    @property
    def media_type(self) -> str:
        """application/json."""
        return "application/json"

    @property
    def encoder(self) -> Callable[[T], bytes]:
        """The function behind `encode`, for who calls it often."""
        return self._encoder.encode

    def encode(self, value: T, /) -> bytes:
        """The JSON of the model. Raises TypeError for a value that JSON does not have."""
        return self._encoder.encode(value)

    def encode_kept(self, value: T, /) -> bytes:
        """The JSON of a model that is read back as the same. Raises ValueError for any other: NaN is null in JSON."""
        try:
            data = self._encoder.encode(value)
            back = self.decode(data)
            # Of an instance of a subclass that is what its base has.
            kept = back == value or _is_kept(_builtins(value), _builtins(back))
        except HTTPError as error:
            raise ValueError(error.public) from None
        except (ArithmeticError, RecursionError, TypeError, ValueError) as error:
            raise ValueError(str(error)) from None
        if not kept:
            raise ValueError("it would be read as something else")
        return data

    def decode(self, data: bytes, /) -> T:
        """The model. Raises BadRequest for malformed JSON, UnprocessableContent for JSON that does not fit."""
        try:
            model = self._decoder.decode(data)
        except msgspec.ValidationError as error:
            raise unfit(str(error), "body") from None
        except RecursionError:
            raise BadRequest("the JSON is nested too deeply") from None
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise BadRequest(f"malformed JSON: {error}") from None
        except (ValueError, OverflowError, TypeError):
            # Dates out of range, lists where a set needs something hashable.
            raise UnprocessableContent("a value cannot be what it should be") from None
        if self._incomplete:
            complete(model)
        return model


def _builtins(value: object) -> object:
    """A value as dicts, lists and scalars; of those, what JSON has only as text is left as it is, to be compared."""
    made: object = msgspec.to_builtins(value, builtin_types=_COMPARED, str_keys=True, order="deterministic")
    return made


def plain_of(value: object) -> object:
    """A value as JSON has it; itself, if JSON has no such thing."""
    try:
        made: object = msgspec.to_builtins(value)
    except TypeError:
        return value
    return made


def is_unset(value: object) -> bool:
    """Whether it is what msgspec has for a field that was left out."""
    return value is msgspec.UNSET


def _is_kept(given: object, got: object) -> bool:
    if is_mapping(given) and is_mapping(got):
        return all(key in given and _is_kept(given[key], value) for key, value in got.items())
    if is_collection(given) and is_collection(got):
        return len(given) == len(got) and all(map(_is_kept, given, got))
    return given == got


@final
class FieldsCodec(Generic[T]):
    """A model from named texts: the query, a form. Text becomes what each field says: "3" an int, "true" and "on" a bool.

    Empty text is None where that may be and text may not: what a browser sends for a field that was left empty.

    Raises MissingExtra without msgspec, CompositionError for a type without named fields.
    """

    __slots__ = ("_empty", "_flags", "_floats", "_form", "_incomplete", "_names", "_repeated", "_source", "entries")

    def __init__(self, form: TypeForm[T], source: Source = "query") -> None:
        """The codec of this type, for values from this part of a request."""
        _require("query(Model) and form(Model)")
        self._source: Source = source
        self._form: TypeForm[T] = form
        self.entries: tuple[ModelField, ...] = _fields(form)
        self._names: frozenset[str] = frozenset(entry.name for entry in self.entries)
        self._repeated: frozenset[str] = frozenset(entry.name for entry in self.entries if entry.is_repeated)
        self._floats: frozenset[str] = self._named("FloatType")
        # What browsers send for a checkbox that is ticked, and for a field that was left empty.
        texts = {entry.name for entry in self.entries if entry.is_text}
        self._flags: frozenset[str] = self._named("BoolType") - texts
        self._empty: frozenset[str] = self._named("NoneType") - texts
        self._incomplete: bool = _leaves_defaults_out(form)

    def _named(self, kind: str) -> frozenset[str]:
        return frozenset(entry.name for entry in self.entries if kind in entry.kinds)

    def value_of(self, model: T, entry: ModelField) -> object:
        """What a model has for a field, msgspec.UNSET where it has nothing."""
        if is_mapping(model):
            return model.get(entry.attribute, msgspec.UNSET)
        value: object = getattr(model, entry.attribute)
        return value

    def convert(self, fields: Mapping[str, Sequence[object]]) -> T:
        """The model. Raises UnprocessableContent for values that do not fit, or a single value given twice."""
        found: dict[str, object] = {}
        for name in self._names & fields.keys():
            values = fields[name]
            if name in self._flags:
                values = ["true" if value == "on" else value for value in values]
            if name in self._empty:
                values = [None if value == "" else value for value in values]  # not 0, nor an Upload
            if name in self._floats and not _INFINITE.isdisjoint(str(value).strip("+- ").lower() for value in values):
                raise self._refused(name, "is not a finite number")  # JSON has none either
            if name in self._repeated:
                found[name] = list(values)
            elif len(values) == 1:
                found[name] = values[0]
            else:
                raise self._refused(name, f"is given {len(values)} times")
        try:
            model: T = msgspec.convert(found, type=self._form, strict=False, dec_hook=_as_it_is)
        except msgspec.ValidationError as error:
            raise unfit(str(error), self._source) from None
        except (ValueError, OverflowError, TypeError):
            raise UnprocessableContent("a value cannot be what it should be") from None
        if self._incomplete:
            complete(model)
        return model

    def _refused(self, name: str, what: str) -> UnprocessableContent:
        return UnprocessableContent(f"{name!r} {what}", faults=(Fault(what, self._source, (name,)),))


def _as_it_is(kind: type[object], value: object) -> object:
    """What msgspec does not know, an Upload say, is never made of anything else: it checks for itself that it is one."""
    return value


def _leaves_defaults_out(form: object) -> bool:
    """Whether msgspec makes incomplete instances of a dataclass that the type holds.

    Of a dataclass without slots it leaves plain defaults to the class: the instance compares and prints as it should,
    but msgspec itself, `vars` and copies of it miss those fields.
    """
    seen: set[int] = set()
    todo: list[object] = [msgspec.inspect.type_info(form)]
    while todo:
        info = todo.pop()
        if id(info) in seen:
            continue
        seen.add(id(info))
        if isinstance(info, msgspec.inspect.DataclassType):
            plain = any(field.default is not msgspec.NODEFAULT for field in info.fields)
            if plain and "__slots__" not in vars(info.cls):
                return True
        # Types hold types in attributes of many names: fields, item_type, key_type, types …
        for part in [getattr(info, name, None) for name in getattr(info, "__struct_fields__", ())]:
            if is_collection(part):
                todo.extend(part)
            elif isinstance(part, msgspec.Struct):
                todo.append(part)
    return False


def _fields(form: object) -> tuple[ModelField, ...]:
    """The fields of a type that has some, in their order."""
    try:
        info = msgspec.inspect.type_info(form)
    except TypeError as error:
        raise CompositionError(f"{form!r}: {error}") from None
    known = getattr(info, "fields", None)
    if known is None:
        raise CompositionError(f"{form!r} has no named fields: use a dataclass, a TypedDict, an attrs class or a Struct")
    return tuple(
        ModelField(field.encode_name, field.name, frozenset(_kinds(field.type)), not field.required and field.default is None)
        for field in known
    )


def _kinds(kind: object) -> Iterator[str]:
    while isinstance(kind, msgspec.inspect.Metadata):
        kind = kind.type
    for option in getattr(kind, "types", (kind,)):
        yield type(option).__name__
        items = getattr(option, "item_type", None)
        for item in getattr(option, "item_types", () if items is None else (items,)):
            yield from _kinds(item)


@final
class LenientCodec:
    """A type made of plain values: text becomes numbers, dates, members of an Enum; lists become tuples and sets.

    Raises MissingExtra without msgspec, CompositionError for a type that msgspec does not know.
    """

    __slots__ = ("_form", "_info")

    def __init__(self, form: object, feature: str) -> None:
        """The codec of this type; `feature` is what needs it."""
        _require(feature)
        self._form: object = form
        try:
            self._info: object = msgspec.inspect.type_info(form)
        except TypeError as error:
            raise CompositionError(f"{form!r}: {error}") from None

    @property
    def info(self) -> object:
        """The type as msgspec.inspect describes it."""
        return self._info

    def convert(self, value: object, /) -> object:
        """A value of the type. Raises ValueError, whose text may repeat what was given."""
        made: object = msgspec.convert(value, type=self._form, strict=False)
        return made
