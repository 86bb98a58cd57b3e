"""What all applications answer with, so that they are equivalent."""

from __future__ import annotations

from pathlib import Path

HELLO = "Hello, world!"
CHUNKS = 10
CHUNK = "one line of a streamed response\n"
PAUSE = 0.005
"""Seconds between chunks: slow enough to be left in the middle."""
TICKS = 1000
"""Events of a feed: more than any client of ours waits for."""
TICK = 0.01
FILE = Path(__file__).parent / "static" / "page.txt"
ORIGIN = "https://example.org"
