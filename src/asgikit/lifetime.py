"""Lifetime: what lasts as long as a request or a handshake, and what happens at its end."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from asgikit.background import LOGGER
from asgikit.watching import Sent, Watcher


class Lifetime:
    """What was opened for a request, what still runs for it, and who wants to know what was sent."""

    # On the class: most requests have none of these.
    # Who is told what was sent: see watch().
    watchers: list[Watcher] | None = None
    # What middleware keeps with it: see notes.Note.
    notes: dict[object, object] | None = None
    # Whether the response depends on who asks, by what no cache can see: see middleware.cache.
    is_personal: bool = False
    _open: list[Callable[[], None]] | None = None
    _running: list[Callable[[], Awaitable[None]]] | None = None

    def close_at_end(self, close: Callable[[], None]) -> None:
        """Has this called when the response and the work after it are done."""
        if self._open is None:
            self._open = []
        self._open.append(close)

    @property
    def is_running(self) -> bool:
        """Whether something is to be waited for when the response and the work after it are done."""
        return bool(self._running)

    def finish_later(self, finish: Callable[[], Awaitable[None]]) -> None:
        """Has this awaited when the response and the work after it are done, before anything is closed."""
        if self._running is None:
            self._running = []
        self._running.append(finish)

    async def finish(self) -> None:
        """Waits for what is still running for this request, the latest first. Raises what that raises, once all have ended."""
        failures: list[Exception] = []
        while self._running:
            finish = self._running.pop()
            try:
                await finish()
            except Exception as error:  # noqa: BLE001  # the others have to end too
                failures.append(error)
        if len(failures) > 1:
            raise ExceptionGroup("several applications failed after their responses", failures)
        if failures:
            raise failures[0]

    async def end(self) -> None:
        """Waits for what is still running for this request, then closes what was opened for it."""
        try:
            if self._running:
                await self.finish()
        finally:
            self.close()

    def watch(self, watcher: Watcher) -> None:
        """Has this told what was sent, once: when the body or the session is over, or it is certain that there is none."""
        if self.watchers is None:
            self.watchers = []
        self.watchers.append(watcher)

    def report(self, sent: Sent) -> None:
        """Tells all who watch, the latest first; one that fails is logged and stops no other."""
        watchers, self.watchers = self.watchers or [], None
        while watchers:
            watcher = watchers.pop()
            try:
                watcher(sent)
            except Exception:  # noqa: BLE001  # the others have to be told too
                LOGGER.exception("%r failed on what was sent", watcher)

    def close(self) -> None:
        """Closes what was opened for this request, the latest first; one that fails is logged and stops no other."""
        if self.watchers is not None:
            self.report(Sent())
        while self._open:
            close = self._open.pop()
            try:
                close()
            except Exception:  # noqa: BLE001  # the others have to be closed too
                LOGGER.exception("%r failed at the end of a request", close)
