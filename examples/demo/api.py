"""What can be asked of the notebook: the handlers take their types from here, and so do programs that call them, and tests."""

from __future__ import annotations

from dataclasses import dataclass

from asgikit import get, json, param, post, query, root
from examples.demo.notebook import Mood, NewNote, Note

notes = root / "notes"
by_mood = notes / param("mood", Mood)
note_json = json(Note)


@dataclass(frozen=True)
class Listing:
    """How many notes to list."""

    limit: int = 20


list_notes = get(notes).takes(query(Listing)).returns(json(list[Note]))
list_by_mood = get(by_mood).takes(query(Listing)).returns(json(list[Note]))
write_note = post(notes).takes(json(NewNote)).returns(json(Note, status=201))
