"""What the demo is about: notes, their authors, and files. Nothing in here knows of HTTP."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import Enum
from itertools import count
from pathlib import Path

import anyio


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
    """Notes in memory, files in a directory. A real program has a database here."""

    directory: Path
    notes: dict[int, Note] = field(default_factory=dict[int, Note])
    attachments: dict[str, Path] = field(default_factory=dict[str, Path])
    ids: Iterator[int] = field(default_factory=lambda: count(1))
    news: anyio.Event = field(default_factory=anyio.Event)

    def add(self, author: str, new: NewNote) -> Note:
        """Keeps a new note, and wakes those who wait for one."""
        note = Note(next(self.ids), author, new.text, new.mood, datetime.now(UTC))
        self.notes[note.id] = note
        self.news.set()
        self.news = anyio.Event()
        return note

    def find(self, mood: Mood | None, limit: int) -> list[Note]:
        """The newest notes first."""
        found = [note for note in reversed(self.notes.values()) if mood in {None, note.mood}]
        return found[: max(limit, 0)]

    async def next_after(self, last: int) -> Note:
        """The first note after this one; waits until there is one."""
        while True:
            news = self.news
            for note in self.notes.values():
                if note.id > last:
                    return note
            await news.wait()
