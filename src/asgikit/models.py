"""Model: a type with named fields, taken apart by them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, is_dataclass
from types import NoneType
from typing import NotRequired, Required, get_origin, get_type_hints

from typing_extensions import is_typeddict

from asgikit.codec import is_mapping
from asgikit.errors import CompositionError


@dataclass(frozen=True, slots=True)
class Model:
    """A type with named fields, each of them required or not: what a page is given."""

    kind: type[object]
    fields: Mapping[str, bool]

    @classmethod
    def of(cls, model: type[object]) -> Model:
        """Of a dataclass, NamedTuple, TypedDict, attrs class or Struct; None has none. Raises CompositionError for others."""
        kind: type[object] = get_origin(model) or model
        if is_typeddict(kind):
            return cls(kind, _keys(kind))
        if kind is NoneType:
            return cls(kind, {})
        if is_dataclass(kind):
            return cls(kind, {field.name: True for field in fields(kind)})
        names: tuple[str, ...] | None = getattr(kind, "_fields", getattr(kind, "__struct_fields__", None))
        attributes: tuple[object, ...] | None = getattr(kind, "__attrs_attrs__", None)
        if attributes is not None:
            names = tuple(str(getattr(attribute, "name", "")) for attribute in attributes)
        if names is None:
            raise CompositionError(f"{model!r} has no named fields: use a dataclass, a NamedTuple or a TypedDict")
        return cls(kind, dict.fromkeys(names, True))

    def variables(self, context: object) -> dict[str, object]:
        """The values of the fields by name. Raises TypeError for what is not of this type."""
        if is_typeddict(self.kind):
            if not is_mapping(context):
                raise TypeError(f"the page takes a {self.kind.__qualname__}, not {context!r}")
            return {name: context[name] for name in self.fields if name in context}
        if not isinstance(context, self.kind):
            raise TypeError(f"the page takes a {self.kind.__qualname__}, not {context!r}")
        return {name: getattr(context, name) for name in self.fields}

    def __str__(self) -> str:
        """The names, for error texts."""
        return f"The fields of {self.kind.__qualname__}: {', '.join(self.fields) or 'none'}"


def _keys(kind: type[object]) -> dict[str, bool]:
    """The keys of a TypedDict. Where annotations are text it does not know itself what is required in them."""
    required: frozenset[str] = getattr(kind, "__required_keys__", frozenset())
    try:
        hints = get_type_hints(kind, include_extras=True)
    except NameError:  # of a type that only a function knows
        hints = {}
    said = {name: get_origin(hint) for name, hint in hints.items()}
    return {
        name: said.get(name) is Required or (name in required and said.get(name) is not NotRequired)
        for name in kind.__annotations__
    }
