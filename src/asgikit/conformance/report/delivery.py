"""The end of a run: the baseline is taken out or written anew, the reports go where they are wanted, the exit code is told."""

from __future__ import annotations

import os
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TextIO

from asgikit.conformance.plain import one_line
from asgikit.conformance.report.baseline import MAX_FILE, Known, read, split, update, write
from asgikit.conformance.report.formats import Output, Style, render
from asgikit.conformance.report.model import Report
from asgikit.conformance.report.verdict import CLEAN, CRASHED, counted, exit_code


class DeliveryError(Exception):
    """A file that cannot be read or written."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """What is to become of a report."""

    outputs: tuple[Output, ...]
    style: Style = field(default_factory=Style)
    baseline: str = ""
    """The file of known violations."""
    update: bool = False
    """Write the baseline anew instead of failing."""

    def check(self) -> tuple[Known, ...]:
        """What the baseline holds, before a run that may be long. Raises DeliveryError for what cannot work afterwards."""
        for output in self.outputs:
            folder = Path(output.file).parent
            if output.file and not folder.is_dir():
                raise DeliveryError(f"{folder} is no directory: {output.format} cannot be written to {output.file}")
        if self.update and not self.baseline:
            raise DeliveryError("--update-baseline needs --baseline FILE")
        return self._known() if self.baseline else ()

    def _known(self) -> tuple[Known, ...]:
        try:
            with Path(self.baseline).open(encoding="utf-8", errors="strict") as file:
                return read(file.read(MAX_FILE + 1))
        except FileNotFoundError:
            if self.update:
                return ()
            raise DeliveryError(f"there is no {self.baseline}: --update-baseline writes one") from None
        except (OSError, ValueError) as error:
            raise DeliveryError(f"{self.baseline}: {error}") from None

    def deliver(self, report: Report, known: Collection[Known], out: TextIO, err: TextIO) -> int:
        """Writes everything and gives the exit code; what concerns the baseline is told on `err`. Raises DeliveryError."""
        if self.update:
            entries = update(report, known)
            _write_file(self.baseline, write(entries))
            err.write(f"{self.baseline}: {counted(len(entries), 'known violation')}\n")
            known = entries
        if self.baseline:
            report = _without_known(report, known, self.baseline, err)
        for output in self.outputs:
            style = self.style if not output.file else replace(self.style, colour=False)
            written = render(report, output.format, style)
            if output.file:
                _write_file(output.file, written)
            else:
                write_stream(out, written)
        code = exit_code(report, self.style.level)
        return CLEAN if self.update and code != CRASHED else code


def _without_known(report: Report, known: Collection[Known], baseline: str, err: TextIO) -> Report:
    parted = split(report, known)
    if parted.known:
        write_stream(err, f"{baseline}: {counted(len(parted.known), 'finding')} known\n")
    for entry in parted.gone:
        told = one_line(f"{entry.rule} at {entry.where} in {entry.case}")
        write_stream(err, f"{baseline}: not found any more: {told}; --update-baseline takes it out\n")
    return parted.report


def _write_file(file: str, text: str) -> None:
    try:
        Path(file).write_text(text, encoding="utf-8", errors="backslashreplace", newline="\n")
    except OSError as error:
        raise DeliveryError(f"{file} cannot be written: {error}") from None


def write_stream(stream: TextIO, text: str) -> None:
    """Writes a text to a stream of any encoding; what it does not have is escaped."""
    encoding = stream.encoding or "utf-8"
    stream.write(text.encode(encoding, "backslashreplace").decode(encoding))
    stream.flush()


def wants_colour(stream: TextIO, environment: Mapping[str, str] = os.environ) -> bool:
    """Whether a stream takes colours: it is a terminal that has them, and NO_COLOR is not set."""
    return stream.isatty() and not environment.get("NO_COLOR") and environment.get("TERM") != "dumb"
