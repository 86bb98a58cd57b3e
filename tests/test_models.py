"""Models: types with named fields."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, ClassVar, Generic, NamedTuple, NotRequired, Required, TypedDict, TypeVar

import attrs
import msgspec
import pytest

from asgikit.errors import CompositionError
from asgikit.models import Model

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Slotted:
    a: int
    b: str = "x"
    c: str = field(default="y", init=False)
    shared: ClassVar[int] = 1

    @property
    def computed(self) -> int:
        return self.a


@dataclass
class Boxed(Generic[T]):
    a: T


class Tupled(NamedTuple):
    a: int


class Nothing(NamedTuple):
    pass


class Typed(TypedDict):
    a: int
    b: NotRequired[str]


@attrs.frozen
class Attrs:
    a: int


class Struct(msgspec.Struct):
    a: int


@pytest.mark.parametrize(
    ("model", "value", "variables"),
    [
        (Slotted, Slotted(1), {"a": 1, "b": "x", "c": "y"}),
        (Boxed, Boxed(1), {"a": 1}),
        (Boxed[int], Boxed(1), {"a": 1}),
        (Tupled, Tupled(1), {"a": 1}),
        (Nothing, Nothing(), {}),
        (Typed, {"a": 1}, {"a": 1}),
        (Typed, {"a": 1, "b": "x", "url": "evil"}, {"a": 1, "b": "x"}),
        (Attrs, Attrs(1), {"a": 1}),
        (Struct, Struct(1), {"a": 1}),
        (type(None), None, {}),
    ],
)
def test_the_variables_are_the_fields(model: Any, value: object, variables: dict[str, object]) -> None:
    """And nothing else: no properties, class variables or surplus keys."""
    assert Model.of(model).variables(value) == variables


class Partial(TypedDict, total=False):
    a: int
    b: Required[int]


class Inherited(Partial):
    c: int


def test_keys_that_may_be_missing_are_known() -> None:
    """Though annotations are text here, and wherever they were written."""
    assert Model.of(Typed).fields == {"a": True, "b": False}
    assert Model.of(Inherited).fields == {"a": False, "b": True, "c": True}

    class Unknown: ...

    class Local(TypedDict):
        a: Unknown

    assert Model.of(Local).fields == {"a": True}


def test_values_stay_as_they_are() -> None:
    """A model in a model is not taken apart."""
    inner = Boxed(1)
    assert Model.of(Boxed).variables(Boxed(inner))["a"] is inner


@pytest.mark.parametrize("model", [int, dict, object, list[int]])
def test_a_type_without_fields_is_no_model(model: Any) -> None:
    """It says what is one."""
    with pytest.raises(CompositionError, match="no named fields: use a dataclass"):
        Model.of(model)


@pytest.mark.parametrize(
    ("model", "value"), [(Slotted, Boxed(1)), (Slotted, None), (Typed, Slotted(1)), (type(None), Slotted(1))]
)
def test_another_model_is_refused(model: Any, value: object) -> None:
    """Also where it would have the fields by chance."""
    with pytest.raises(TypeError, match="the page takes a"):
        Model.of(model).variables(value)
