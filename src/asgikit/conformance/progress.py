"""How far a run is, as a bar on the terminal: through tqdm, of the extra `conformance`, imported in this file alone."""

from __future__ import annotations

import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager
from importlib import import_module
from typing import Protocol, TextIO, TypeAlias

from asgikit.conformance.plain import one_line

Progress: TypeAlias = Callable[[int, int, str], None]
"""Called with what is done, of how many, and the name of the last; from any thread."""


class Bar(Protocol):
    """What is used of a tqdm."""

    n: float
    total: float | None

    def set_description_str(self, s: str, refresh: bool = True) -> None:  # as tqdm has it
        """The words beside the bar."""
        ...

    def refresh(self) -> object:
        """Draws it."""
        ...

    def close(self) -> None:
        """Ends it."""
        ...


def _bar(stream: TextIO) -> Bar | None:
    try:
        tqdm = import_module("tqdm").tqdm
    except ImportError:
        return None
    form = "{percentage:3.0f}% {bar} {desc} {elapsed}"
    bar: Bar = tqdm(total=0, file=stream, leave=False, dynamic_ncols=True, bar_format=form)
    return bar


@contextmanager
def progress_bar(stream: TextIO) -> Generator[Progress]:
    """Shows progress while it is open; nothing where the stream is no terminal or tqdm is not installed."""
    bar = _bar(stream) if stream.isatty() else None
    lock = threading.Lock()

    def show(done: int, total: int, name: str) -> None:
        if bar is not None:
            with lock:
                bar.n, bar.total = done, total
                bar.set_description_str(f"{one_line(name, 40):<40}", refresh=False)
                bar.refresh()

    try:
        yield show
    finally:
        if bar is not None:
            with lock:
                bar.close()
