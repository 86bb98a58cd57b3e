"""Jobs handed to taskiq, which runs them in other processes: the extra `taskiq`, imported in this file alone."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from types import TracebackType
from typing import TYPE_CHECKING, Protocol, Self, TypeGuard, TypeVarTuple, final

from asgikit.errors import CompositionError, MissingExtra

if TYPE_CHECKING:
    import taskiq
else:
    try:
        import taskiq
    except ImportError:
        taskiq = None

Ts = TypeVarTuple("Ts")


class _Kicker(Protocol):
    def with_broker(self, broker: taskiq.AsyncBroker) -> _Kicker: ...
    async def kiq(self, *args: object) -> object: ...


class _Decorated(Protocol):
    def kicker(self) -> _Kicker: ...


@final
class TaskiqQueue:
    """A broker of taskiq as a JobQueue: jobs are functions decorated with `@broker.task`; runs on asyncio, as taskiq does.

    Its `async with` block starts the broker and shuts it down: a resource for a lifespan. Raises MissingExtra without
    taskiq.
    """

    __slots__ = ("_broker",)

    def __init__(self, broker: taskiq.AsyncBroker) -> None:
        """The jobs go to this broker, whichever they were decorated with."""
        if taskiq is None:
            raise MissingExtra("TaskiqQueue", "taskiq")
        self._broker: taskiq.AsyncBroker = broker

    async def start(self, function: Callable[[*Ts], Awaitable[object]], /, *args: *Ts) -> None:
        """Returns when the broker has the job; its arguments have to be what the broker's serializer writes.

        Raises CompositionError for a function that workers could not know, and what the broker raises.
        """
        if not _is_decorated(function):
            raise CompositionError(f"{function!r} is no task of taskiq: write @broker.task above it, where workers import it")
        await function.kicker().with_broker(self._broker).kiq(*args)

    async def __aenter__(self) -> Self:
        """Itself, with its broker started."""
        await self._broker.startup()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Shuts the broker down."""
        await self._broker.shutdown()


def _is_decorated(function: object) -> TypeGuard[_Decorated]:
    return isinstance(function, taskiq.AsyncTaskiqDecoratedTask)
