"""Faults: what is wrong with a request, place by place."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

Source: TypeAlias = Literal["body", "form", "query", "header", "cookie"]
"""The part of a request that a value comes from."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong with what a client has sent: in which part, where in it, and what, in words for the client.

    The path leads from the whole part to the value: names of fields and indices of elements.
    """

    detail: str
    source: Source
    path: tuple[str, ...] = ()
