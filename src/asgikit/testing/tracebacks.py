"""Which frames a failing test shows: those of the test and of the application, not what is in between."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from traceback import walk_tb
from types import FrameType
from typing import Final, TypeGuard

_KIT: Final = ("asgikit.testing.", "asgikit.conformance.")
_PLUGIN: Final = "pytest_asgikit"
_FIXTURES: Final = frozenset({"asgikit.testing.plugin", "asgikit.testing.live_plugin", "asgikit.testing.asyncio_plugin"})

_BETWEEN: Final = frozenset(
    {"anyio", "asyncio", "concurrent", "contextlib", "httpcore", "httpx", "httpx2", "importlib", "outcome", "trio"}
)
"""Packages that the kit calls, and that call it."""

_PYTEST: Final = frozenset({"_pytest", "pluggy"})


def hide(error: BaseException) -> None:
    """Marks the frames that pytest is not to show, in the variable that it looks for, unless it shows all of them.

    Also those of what the error comes from, and of the errors in a group.
    """
    frames = dict[FrameType, bool]()
    for each in _chain(error):
        found = [frame for frame, _ in walk_tb(each.__traceback__)]
        shows = shown([str(frame.f_globals.get("__name__")) for frame in found], each)
        frames |= {frame: is_shown or frames.get(frame, False) for frame, is_shown in zip(found, shows, strict=True)}
    for frame, is_shown in frames.items():
        if not is_shown and frame.f_code.co_name != "<module>":  # whose variables would be those of the module
            frame.f_locals["__tracebackhide__"] = True


def _chain(error: BaseException) -> Iterator[BaseException]:
    waiting, seen = [error], set[int]()
    while waiting:
        each = waiting.pop()
        if id(each) in seen:
            continue
        seen.add(id(each))
        yield each
        context = None if each.__suppress_context__ else each.__context__
        waiting += [cause for cause in (each.__cause__, context) if cause is not None]
        if _is_group(each):
            waiting += each.exceptions


def _is_group(error: BaseException) -> TypeGuard[BaseExceptionGroup[BaseException]]:
    return isinstance(error, BaseExceptionGroup)


def shown(modules: Sequence[str], error: BaseException) -> list[bool]:
    """For the module of each frame, the outermost first, whether the frame is shown.

    Frames of the kit are not, nor those of libraries beside them. The last one is, where the error comes from the kit and tells
    of no mistake of others; and one is in any case: that of a fixture, or else the last.
    """
    shows = [not _is_kit(name) for name in modules]
    for numbers in (range(len(modules)), range(len(modules) - 1, -1, -1)):
        is_beside = False
        for number in numbers:
            if _package(modules[number]) in _BETWEEN:
                shows[number] = shows[number] and not is_beside
            else:
                is_beside = not shows[number]
    if modules and _is_kit(modules[-1]) and not _tells(error):
        shows[-1] = True
    if modules and not any(is_shown for name, is_shown in zip(modules, shows, strict=True) if _package(name) not in _PYTEST):
        fixtures = [number for number, name in enumerate(modules) if name in _FIXTURES]
        shows[fixtures[-1] if fixtures else -1] = True
    return shows


def _is_kit(name: str) -> bool:
    return name == _PLUGIN or name.startswith(_KIT)


def _package(name: str) -> str:
    return name.partition(".")[0]


def _tells(error: BaseException) -> bool:
    """Whether its text is for the author of the test: an error of the kit and its libraries, or of what they were given."""
    home = type(error).__module__
    return isinstance(error, TypeError | ValueError) or home.startswith(_KIT) or _package(home) in _BETWEEN
