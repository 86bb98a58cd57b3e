"""Starts the demo under uvicorn, and says what to try."""

from __future__ import annotations

import logging
import os

import uvicorn

from examples.demo.api import by_mood, notes
from examples.demo.app import app, attachment, attachments, greeting, note
from examples.demo.chat import lobby
from examples.demo.notebook import Mood


def main() -> None:
    """Serves on http://127.0.0.1:8000; PORT chooses another."""
    port = int(os.environ.get("PORT", "8000"))
    base = f"http://127.0.0.1:{port}"
    print(  # a demo talks
        f"""
The notebook is at {base}/ — open it in a browser.
The chat rooms are at {base}{lobby.url()} — open them in two. Or try:

  curl -i {base}{notes.url()}
  curl -i '{base}{notes.url()}?limit=many'
  curl -i {base}{note.url(1)}
  curl -i -H 'accept: text/html' {base}{note.url(1)}
  curl -i {base}{note.url(99)}
  curl -i -H 'accept: text/html' {base}{note.url(99)}
  curl -i -H 'host: elsewhere.example' {base}{notes.url()}
  curl -i {base}{by_mood.url(Mood.GRUMPY)}
  curl -i {base}{greeting.url("latin", "Ada")}
  curl -N {base}/clock
  curl -N {base}/feed
  curl -i -H 'range: bytes=0-99' {base}/static/notebook.css
  curl -i -X OPTIONS {base}{note.url(1)}
  curl -i -H 'sec-fetch-site: cross-site' -d name=eve {base}/sign-in
  curl -i -c jar -d name=ada {base}/sign-in
  curl -i -b jar --json '{{"text": "works", "mood": "grumpy"}}' {base}{notes.url()}
  curl -i -b jar -F file=@README.md {base}{attachments.url()}
  curl -i -C 100 {base}{attachment.url("README.md")}
""",
        flush=True,
    )
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    uvicorn.run(app, host="127.0.0.1", port=port, log_level="warning", access_log=False)


if __name__ == "__main__":
    main()
