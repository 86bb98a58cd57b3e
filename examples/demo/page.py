"""The page of the demo, as text. A real program has templates."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape

from examples.demo.notebook import Note

STYLE = """
body { font: 1.05rem/1.6 system-ui, sans-serif; max-width: 38rem; margin: 3rem auto; padding: 0 1rem; color: #222 }
h1 { font-weight: 600 } ul { list-style: none; padding: 0 }
li { border-left: .3rem solid #2a7; padding: .4rem .8rem; margin: .6rem 0; background: #f6f8f7 }
li.grumpy { border-color: #c54 } small { color: #777 } time { float: right; color: #999; font-size: .85rem }
input, select, button { font: inherit; padding: .3rem .6rem; margin-right: .3rem } #clock { color: #999 }
"""

SCRIPT = """
const write = document.getElementById("write");
if (write) write.onsubmit = async event => {
  event.preventDefault();
  const body = JSON.stringify(Object.fromEntries(new FormData(write)));
  const answer = await fetch("/notes", {method: "POST", headers: {"content-type": "application/json"}, body});
  if (answer.ok) location.reload(); else alert(await answer.text());
};
fetch("/clock").then(async answer => {
  const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
  for (let part = await reader.read(); !part.done; part = await reader.read())
    document.getElementById("clock").textContent = "streamed from the server: " + part.value.trim().split("\\n").pop();
});
"""

SIGN_IN = """<form method="post" action="/sign-in">
<input name="name" placeholder="your name" required><button>Sign in</button></form>"""

WRITE = """<form id="write"><input name="text" placeholder="what is on your mind, {author}?" size="28" required>
<select name="mood"><option>happy<option>grumpy</select><button>Write</button></form>"""


def page(notes: Iterable[Note], author: str | None) -> str:
    """The notes, and a form for who has signed in, or to sign in."""
    items = "".join(
        f'<li class="{note.mood.value}"><time>{note.written:%H:%M}</time>'
        f"{escape(note.text)}<br><small>{escape(note.author)}</small></li>"
        for note in notes
    )
    form = SIGN_IN if author is None else WRITE.format(author=escape(author))
    return (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>asgikit notebook</title><style>{STYLE}</style>'
        f'<h1>A shared notebook</h1>{form}<ul>{items}</ul><p id="clock"></p><script>{SCRIPT}</script>'
    )
