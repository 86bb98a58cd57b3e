"""The fields of a model, as far as named texts can fill them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

_REPEATED: Final = frozenset({"ListType", "SetType", "FrozenSetType", "VarTupleType", "TupleType"})
_TEXTS: Final = frozenset({"StrType", "CustomType"})


@dataclass(frozen=True, slots=True)
class ModelField:
    """A field of a model: what requests call it, where the model has it, which types it and its items may have."""

    name: str
    attribute: str
    kinds: frozenset[str]
    none_by_default: bool

    @property
    def is_repeated(self) -> bool:
        """Whether it holds any number of values."""
        return bool(self.kinds & _REPEATED)

    @property
    def is_text(self) -> bool:
        """Whether it may hold any text, the empty one included."""
        return bool(self.kinds & _TEXTS)

    @property
    def is_custom(self) -> bool:
        """Whether it holds what only a form can, an Upload."""
        return "CustomType" in self.kinds
