"""Notes: what middleware keeps with a request, each under a key that knows its type."""

from __future__ import annotations

from typing import Any, Generic, final

from typing_extensions import TypeVar

from asgikit.lifetime import Lifetime

T = TypeVar("T")


@final
class Note(Generic[T]):
    """A key for a value that every copy of a request shares: what one middleware has found, others and handlers ask for.

    No two notes are the same, whatever their names. What a handler cannot do without belongs into the state, whose type
    says so.
    """

    __slots__ = ("_name",)

    def __init__(self, name: str) -> None:
        """The name is for people."""
        self._name: str = name

    def get(self, connection: Lifetime, /) -> T | None:
        """The value for this connection, None if there is none."""
        notes: dict[object, Any] | None = connection.notes
        return None if notes is None else notes.get(self)

    def set(self, connection: Lifetime, value: T, /) -> None:
        """Keeps a value, in place of an earlier one."""
        if connection.notes is None:
            connection.notes = {}
        connection.notes[self] = value

    def __repr__(self) -> str:
        """The name."""
        return f"<Note {self._name}>"
