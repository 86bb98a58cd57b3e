"""Objects that no specification knows, as values: what near-misses hold, and what a replay has where JSON has nothing."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Foreign:
    """An object of a type that cannot be serialised; equal to one of the same name."""

    name: str = "object"
    """The repr of the object that it stands for."""

    def __repr__(self) -> str:
        """A name that is no literal of Python."""
        return f"<{self.name}>"
