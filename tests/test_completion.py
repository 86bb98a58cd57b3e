"""Instances that a decoder has left incomplete."""

from __future__ import annotations

from dataclasses import dataclass, field

from asgikit.completion import complete, is_collection


@dataclass
class Inner:
    x: int = 1


@dataclass
class Outer:
    name: str = "a"
    inners: list[Inner] = field(default_factory=list[Inner])


def test_every_instance_gets_its_defaults() -> None:
    """However deep in collections and mappings; what it has stays."""
    inner, other, outer = object.__new__(Inner), Inner(5), object.__new__(Outer)
    outer.inners = [inner, other]
    deep: object = {"a": (outer, {1: None})}
    for _ in range(5000):
        deep = [deep]
    complete(deep)
    assert (vars(inner), vars(other), vars(outer)["name"]) == ({"x": 1}, {"x": 5}, "a")


def test_a_collection_is_what_models_have() -> None:
    """No text, and no mapping."""
    assert all(map(is_collection, ([], (), set(), frozenset())))
    assert not any(map(is_collection, ("", b"", {}, iter(()), 3)))
