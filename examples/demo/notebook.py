"""What the demo is about: notes, their authors, and who is signed in. Nothing in here knows of HTTP."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import Enum


class Mood(Enum):
    """How a note was meant."""

    HAPPY = "happy"
    GRUMPY = "grumpy"


@dataclass(frozen=True)
class NewNote:
    """What an author writes."""

    text: str
    mood: Mood = Mood.HAPPY


@dataclass(frozen=True)
class Note:
    """What the notebook keeps."""

    id: int
    author: str
    text: str
    mood: Mood
    written: datetime


@dataclass
class Notebook:
    """Notes in memory. A real program has a database here."""

    notes: dict[int, Note] = field(default_factory=dict[int, Note])
    sessions: dict[str, str] = field(default_factory=dict[str, str])

    def add(self, author: str, new: NewNote) -> Note:
        """Keeps a new note."""
        note = Note(max(self.notes, default=0) + 1, author, new.text, new.mood, datetime.now(UTC))
        self.notes[note.id] = note
        return note

    def find(self, mood: Mood | None, limit: int) -> list[Note]:
        """The newest notes first."""
        found = [note for note in reversed(self.notes.values()) if mood in {None, note.mood}]
        return found[: max(limit, 0)]

    def sign_in(self, name: str) -> str:
        """A token for somebody; a real program asks for a password first."""
        token = secrets.token_urlsafe(16)
        self.sessions[token] = name
        return token
