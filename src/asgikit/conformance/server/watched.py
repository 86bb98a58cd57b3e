"""What the checker around the probe has seen: violations of the server in any exchange of any case."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import get_args

from asgikit.conformance.report.model import Case, Finding
from asgikit.conformance.rules import catalogue
from asgikit.conformance.server.case import ServerCase
from asgikit.conformance.server.encoding import is_mapping, is_sequence
from asgikit.conformance.server.probelog import Record
from asgikit.conformance.transcript import Step, StepKind
from asgikit.conformance.violations import Violation

_PREFIXES = {
    "http": ("CORE-", "VER-", "HTTP-", "EXT-", "CANCEL-"),
    "websocket": ("CORE-", "VER-", "WS-", "EXT-", "CANCEL-"),
    "lifespan": ("CORE-", "LIFE-"),
}
_NAMES: tuple[StepKind, ...] = get_args(StepKind)
_KINDS: dict[object, StepKind] = {kind: kind for kind in _NAMES}

_LEFT_TO_CASES = frozenset({"HTTP-SCOPE-003"})
"""Rules that cases provoke where the text is disputed: a method in lower case is one that "uppercased" would change."""


@dataclass(frozen=True, slots=True)
class _Broken:
    case: str
    where: str
    violation: Violation

    @property
    def size(self) -> int:
        return len(self.violation.exchange)


def watched(records: Iterable[tuple[ServerCase | None, Record]]) -> Iterator[Case]:
    """A case for each type of scope: every rule that the server broke, once, with the smallest exchange that shows it."""
    found = list(_broken(records))
    for kind, prefixes in _PREFIXES.items():
        rules = tuple(
            rule.id
            for rule in catalogue().values()
            if "server" in rule.binds and "passive" in rule.checks and rule.id.startswith(prefixes)
        )
        smallest: dict[str, _Broken] = {}
        counts: dict[str, int] = {}
        for broken in (item for item in found if item.where == kind):
            rule = broken.violation.rule
            counts[rule] = counts.get(rule, 0) + 1
            if rule not in smallest or broken.size < smallest[rule].size:
                smallest[rule] = broken
        findings = tuple(
            Finding(violation=item.violation, where=kind, case=item.case, count=counts[rule]) for rule, item in smallest.items()
        )
        failed = any(finding.violation.level != "note" for finding in findings)
        yield Case(name=f"watched-{kind}", where=kind, rules=rules, outcome="failed" if failed else "passed", findings=findings)


def _broken(records: Iterable[tuple[ServerCase | None, Record]]) -> Iterator[_Broken]:
    where: dict[tuple[str, int], str] = {}
    misbehaved: set[tuple[str, int]] = set()
    for case, record in records:
        key = (record.token, record.pid)
        if record.what == "call":
            scope = record.get("scope")
            where[key] = str(scope.get("type")) if is_mapping(scope) else ""
            misbehaved.discard(key)
        if record.what != "violation":
            continue
        if record.get("blame") != "server":
            # What a server does after an application has broken the protocol is for the cases to judge.
            misbehaved.add(key)
        elif key not in misbehaved and record.get("rule") not in _LEFT_TO_CASES:
            rule, message = str(record.get("rule")), str(record.get("message"))
            violation = Violation(rule=rule, blame="server", message=message, exchange=_steps(record.get("steps")))
            yield _Broken(case.name if case is not None else "", where.get(key, ""), violation)


def _steps(value: object) -> tuple[Step, ...]:
    found: list[Step] = []
    for item in value if is_sequence(value) else ():
        if is_sequence(item) and len(item) == 2 and item[0] in _KINDS and is_mapping(item[1]):
            found.append(Step(_KINDS[item[0]], {str(key): part for key, part in item[1].items()}))
    return tuple(found)
