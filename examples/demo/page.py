"""The pages of the demo, as text. A real program has templates."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape

from examples.demo.notebook import Mood, Note

SIGN_IN = """<form method="post" action="/sign-in"><input type="hidden" name="back" value="{back}">
<input name="name" placeholder="your name" required><button>Sign in</button></form>"""

WRITE = """<form id="write"><input name="text" placeholder="what is on your mind, {author}?" required>
<select name="mood">{moods}</select><button>Write</button></form>
<form method="post" action="/sign-out"><button>Sign out</button></form>"""

ATTACH = """<form id="attach"><input type="file" name="file" required><button>Attach</button>
<progress value="0" hidden></progress></form>"""


def page(
    notes: Iterable[Note], files: Iterable[tuple[str, str]], newest: int, reader: tuple[str | None, Mood], rooms: str
) -> str:
    """The notes, the files with their URLs, and forms for who has signed in, or one to sign in."""
    author, mood = reader
    moods = "".join(f"<option{' selected' if each is mood else ''}>{each.value}" for each in Mood)
    items = "".join(map(_item, notes))
    links = "".join(f'<li><a href="{escape(url)}">{escape(name)}</a></li>' for name, url in files)
    form = SIGN_IN.format(back="/") if author is None else WRITE.format(author=escape(author), moods=moods)
    return _whole(
        f'<nav><a href="{escape(rooms)}">Chat rooms</a></nav>'
        f'<h1>A shared notebook</h1>{form}<ul id="notes" data-newest="{newest}">{items}</ul>'
        f'<h2>Attachments</h2>{"" if author is None else ATTACH}<ul id="files">{links}</ul>'
        '<script src="/static/notebook.js"></script>'
    )


def note_page(note: Note) -> str:
    """One note."""
    return _whole(f'<h1>Note {note.id}</h1><ul>{_item(note)}</ul><p><a href="/">all notes</a>')


def sign_in_page(back: str) -> str:
    """A name, please; then back to where one wanted to go."""
    return _whole(f"<h1>Who are you?</h1>{SIGN_IN.format(back=escape(back))}")


def chat_page(name: str, author: str, rooms: Iterable[tuple[str, str]]) -> str:
    """One chat room: a script fills it in."""
    links = "".join(
        f'<a href="{escape(url)}"{" aria-current=page" if other == name else ""}>{escape(other)}</a>' for other, url in rooms
    )
    return _whole(
        f'<link rel="stylesheet" href="/static/chat.css">'
        f'<header><h1>{escape(name)}</h1><nav>{links}<a href="/">notebook</a></nav></header>'
        f'<main id="room" data-author="{escape(author)}"><ol id="lines" aria-live="polite"></ol>'
        '<aside><h2>Here now</h2><ul id="members"></ul></aside></main>'
        f'<form id="say"><input name="text" maxlength="1000" placeholder="say something, {escape(author)}" autocomplete="off"'
        ' required autofocus><button>Say it</button></form><p id="status" role="status">connecting …</p>'
        '<script src="/static/chat.js"></script>'
    )


def _item(note: Note) -> str:
    return (
        f'<li class="{note.mood.value}"><a href="/notes/{note.id}"><time>{note.written:%H:%M}</time></a>'
        f"{escape(note.text)}<br><small>{escape(note.author)}</small></li>"
    )


def _whole(body: str) -> str:
    return (
        '<!doctype html><html lang="en"><meta charset="utf-8"><title>asgikit notebook</title>'
        f'<link rel="icon" href="data:,"><link rel="stylesheet" href="/static/notebook.css">{body}</html>'
    )
