"""Typed models through msgspec: the extra `schema`, imported in this file alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Final, Generic, final

from typing_extensions import TypeForm, TypeVar

from asgikit.errors import BadRequest, CompositionError, MissingExtra, UnprocessableContent

if TYPE_CHECKING:
    import msgspec
else:
    try:
        import msgspec
    except ImportError:
        msgspec = None

T = TypeVar("T")

_REPEATED: Final = ("ListType", "SetType", "FrozenSetType", "VarTupleType", "TupleType")


def _require(feature: str) -> None:
    if msgspec is None:
        raise MissingExtra(feature, "schema")


@final
class JSONCodec(Generic[T]):
    """A model as JSON: dataclasses, TypedDicts, attrs classes, Structs, unions, Literals, containers.

    Raises MissingExtra without msgspec, CompositionError for a type that JSON cannot hold.
    """

    __slots__ = ("_decoder", "_encoder")

    def __init__(self, form: TypeForm[T]) -> None:
        """The codec of this type."""
        _require("json(Model)")
        try:
            self._decoder: msgspec.json.Decoder[T] = msgspec.json.Decoder(form)
        except TypeError as error:
            raise CompositionError(f"json({form!r}): {error}") from None
        self._encoder: msgspec.json.Encoder = msgspec.json.Encoder()

    @property
    def media_type(self) -> str:
        """application/json."""
        return "application/json"

    def encode(self, value: T, /) -> bytes:
        """The JSON of the model. Raises TypeError for a value that is not of the type."""
        return self._encoder.encode(value)

    def decode(self, data: bytes, /) -> T:
        """The model. Raises BadRequest for malformed JSON, UnprocessableContent for JSON that does not fit."""
        try:
            return self._decoder.decode(data)
        except msgspec.ValidationError as error:
            raise UnprocessableContent(str(error)) from None
        except RecursionError:
            raise BadRequest("the JSON is nested too deeply") from None
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise BadRequest(f"malformed JSON: {error}") from None


@final
class FieldsCodec(Generic[T]):
    """A model from named texts: the query, a form. Text becomes what each field says: "3" an int, "true" a bool.

    Raises MissingExtra without msgspec, CompositionError for a type without named fields.
    """

    __slots__ = ("_form", "_names", "_repeated")

    def __init__(self, form: TypeForm[T]) -> None:
        """The codec of this type."""
        _require("query(Model) and form(Model)")
        self._form: TypeForm[T] = form
        self._names, self._repeated = _fields(form)

    def convert(self, fields: Mapping[str, Sequence[str]]) -> T:
        """The model. Raises UnprocessableContent for values that do not fit, or a single value given twice."""
        found: dict[str, object] = {}
        for name in self._names & fields.keys():
            values = fields[name]
            if name in self._repeated:
                found[name] = list(values)
            elif len(values) == 1:
                found[name] = values[0]
            else:
                raise UnprocessableContent(f"{name!r} is given {len(values)} times")
        try:
            model: T = msgspec.convert(found, type=self._form, strict=False)
        except msgspec.ValidationError as error:
            raise UnprocessableContent(str(error)) from None
        return model


def _fields(form: object) -> tuple[frozenset[str], frozenset[str]]:
    try:
        info = msgspec.inspect.type_info(form)
    except TypeError as error:
        raise CompositionError(f"{form!r}: {error}") from None
    fields = getattr(info, "fields", None)
    if fields is None:
        raise CompositionError(f"{form!r} has no named fields: use a dataclass, a TypedDict, an attrs class or a Struct")
    repeated = [field.encode_name for field in fields if _is_repeated(field.type)]
    return frozenset(field.encode_name for field in fields), frozenset(repeated)


def _is_repeated(kind: object) -> bool:
    options = getattr(kind, "types", (kind,))
    return any(type(option).__name__ in _REPEATED for option in options)
