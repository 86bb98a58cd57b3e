"""From an exception to a report of it: synchronous, for a worker thread, as it reads source files and calls reprs."""

from __future__ import annotations

import linecache
import os
from collections import deque
from collections.abc import Iterator
from itertools import islice
from types import CodeType, FrameType, ModuleType, TracebackType
from typing import Final, TypeAlias

from asgikit.debugging.glance import MAX_VALUE, Glances, kind_of
from asgikit.debugging.report import FIRST_CALLS, Asked, Failure, Frame, Line, Relation, Report
from asgikit.debugging.secrecy import Secrets
from asgikit.groups import is_base_group

MAX_FAILURES: Final = 12
"""Exceptions of a report: those of the chain, and of groups."""

LATEST_CALLS: Final = 30
"""Calls of an exception that are shown, beside the earliest."""

MAX_VARIABLES: Final = 40
"""Variables of a call."""

_AROUND: Final = 4  # lines of source on either side
_WIDE: Final = 300  # characters of a line
_NOTES: Final = 10
_OURS: Final = os.path.dirname(os.path.dirname(__file__)) + os.sep  # noqa: PTH120  # as texts, to compare the names of files
_PYTHON: Final = os.path.dirname(os.__file__) + os.sep  # noqa: PTH120  # the same

_INSTALLED: Final = f"{os.sep}site-packages{os.sep}"
_DISTRIBUTED: Final = f"{os.sep}dist-packages{os.sep}"

Call: TypeAlias = tuple[FrameType, int, int]
"""A frame, the line in it, and the instruction."""


def capture(error: BaseException, asked: Asked, secrets: Secrets) -> Report:
    """All that is shown of an exception; nothing that its objects do when they are looked at keeps it from that."""
    glances = Glances(secrets)
    related = list(islice(_related(error), MAX_FAILURES))
    calls = [calls_of(failure.__traceback__) for failure, _ in related]
    for frame in {id(frame): frame for frames, _ in calls for frame, _, _ in frames}.values():
        for name, value in variables_of(frame):
            glances.learn(name, value)
    failures: list[Failure] = []
    for (failure, relation), (frames, left_out) in zip(related, calls, strict=True):
        shown = tuple(_frame(call, glances, secrets) for call in frames)
        notes = tuple(_words(note, secrets) for note in _notes(failure))
        failures.append(Failure(kind_of(failure), _words(failure, secrets), relation, notes, shown, left_out))
    return Report(tuple(failures), asked)


def _related(error: BaseException) -> Iterator[tuple[BaseException, Relation]]:
    """The exception, the members of a group, and what was before, each once."""
    seen: set[int] = set()
    todo: list[tuple[BaseException, Relation]] = [(error, "first")]
    while todo:
        found, relation = todo.pop()
        if id(found) in seen:
            continue
        seen.add(id(found))
        yield found, relation
        if found.__cause__ is not None:
            todo.append((found.__cause__, "cause"))
        elif found.__context__ is not None and not found.__suppress_context__:
            todo.append((found.__context__, "context"))
        if is_base_group(found):
            todo.extend((member, "member") for member in reversed(found.exceptions[:MAX_FAILURES]))


def calls_of(traceback: TracebackType | None) -> tuple[list[Call], int]:
    """The calls, the latest first, and how many are left out between the earliest and those."""
    earliest: list[Call] = []
    latest: deque[Call] = deque(maxlen=LATEST_CALLS)
    number = 0
    while traceback is not None:
        call = (traceback.tb_frame, traceback.tb_lineno, traceback.tb_lasti)
        (earliest if number < FIRST_CALLS else latest).append(call)
        number += 1
        traceback = traceback.tb_next
    calls = [*earliest, *latest]
    return calls[::-1], number - len(calls)


def variables_of(frame: FrameType) -> list[tuple[str, object]]:
    """The variables of a call, but for modules and the names that are Python's own."""
    found = [(name, value) for name, value in list(frame.f_locals.items()) if type(value) is not ModuleType]
    return [(name, value) for name, value in found if not name.startswith("__")][:MAX_VARIABLES]


def _frame(call: Call, glances: Glances, secrets: Secrets) -> Frame:
    frame, line, instruction = call
    code = frame.f_code
    return Frame(
        file=code.co_filename,
        place=place_of(code.co_filename, _directory()),
        function=code.co_qualname,
        line=line,
        source=tuple(_source(frame, line, instruction, secrets)),
        variables=tuple((name, glances.show(name, value)) for name, value in variables_of(frame)),
        is_own=is_own(code.co_filename),
    )


def _directory() -> str:
    try:
        return os.getcwd()  # noqa: PTH109  # as a text, to compare the names of files
    except OSError:  # it is gone
        return os.sep


def place_of(file: str, directory: str) -> str:
    """The file from this directory, or from that of installed packages, of ours, or of Python's."""
    for between in (_INSTALLED, _DISTRIBUTED):
        if between in file:
            return file.partition(between)[2]
    if file.startswith(_OURS):
        return f"asgikit{os.sep}{file.removeprefix(_OURS)}"
    return file.removeprefix(directory.rstrip(os.sep) + os.sep).removeprefix(_PYTHON)


def is_own(file: str) -> bool:
    """Whether a file is neither Python's, nor that of an installed package, nor ours, nor made up."""
    return not (_INSTALLED in file or _DISTRIBUTED in file or file.startswith((_OURS, _PYTHON, "<")))


def _source(frame: FrameType, line: int, instruction: int, secrets: Secrets) -> Iterator[Line]:
    file = frame.f_code.co_filename
    try:
        linecache.checkcache(file)  # it may have been edited since
        lines = linecache.getlines(file, frame.f_globals)
    except Exception:  # noqa: BLE001  # what loads modules may be anything, and there is a page without source
        return
    first = max(1, line - _AROUND)
    for number, text in enumerate(lines[first - 1 : line + _AROUND], first):
        plain = text.rstrip("\r\n")[: 10 * MAX_VALUE]
        masked = secrets.mask(plain)
        running = running_part(frame.f_code, instruction, line, plain) if number == line and masked == plain else None
        yield Line(number, masked[:_WIDE], running)


def running_part(code: CodeType, instruction: int, line: int, text: str) -> tuple[int, int] | None:
    """The characters of a line that were running; None where Python does not know (-X no_debug_ranges)."""
    positions = next(islice(code.co_positions(), instruction // 2, None), None) if instruction >= 0 else None
    if positions is None or positions[0] != line or positions[2] is None or positions[3] is None:
        return None
    data = text.encode("utf-8", "surrogatepass")  # columns are counted in bytes
    first = len(data[: positions[2]].decode("utf-8", "replace"))
    last = len(data[: positions[3]].decode("utf-8", "replace")) if positions[1] == line else len(text)
    return (first, last) if first < last else None


def _notes(error: BaseException) -> list[object]:
    notes: list[object] | None = getattr(error, "__notes__", None)
    return notes[:_NOTES] if type(notes) is list else []  # anything can be assigned to it


def _words(value: object, secrets: Secrets) -> str:
    """The text of an exception or of a note, whatever its __str__ does."""
    try:
        text = str.__getitem__(str(value), slice(0, 10 * MAX_VALUE))
    except BaseException as raised:  # noqa: BLE001  # it may raise anything, and stops nothing here
        return f"<its text raises {kind_of(raised)}>"
    text = secrets.mask_named(text)
    return text if len(text) <= 2 * MAX_VALUE else text[: 2 * MAX_VALUE] + "…"
