"""The checker of servers against a server that keeps every rule, and against the same server with one rule broken."""

from __future__ import annotations

import sys
from collections.abc import Collection
from pathlib import Path

import pytest

from asgikit.conformance.report.model import Report
from asgikit.conformance.server import run
from asgikit.conformance.server.case import ServerCase
from asgikit.conformance.server.cases import process_lifespan, process_signals
from asgikit.conformance.server.cases.all import CASES
from asgikit.conformance.server.launch import ServerTarget
from asgikit.conformance.server.patience import FIRST
from asgikit.conformance.server.run import check_now
from tests.conformance.tiny.habits import BREAKS, LEGAL, Habits

ROOT = Path(__file__).parents[3]

PLAIN = {
    *("http-head", "http-fields", "http-no-body", "http-truncated-body", "http-stays", "http-leaves-receiving"),
    *(
        "http-leaves-after-response",
        "http-leaves-sending",
        "ws-echo",
        "ws-client-close",
        "ws-subprotocols",
        "ws-one-none",
        "ws-repeated",
    ),
}
"""Cases whose exchanges are enough for what the checker sees by watching."""

ALONE = {"CANCEL-007", "CORE-ERR-006", "CORE-ERR-007"}
"""Rules that only cases with servers of their own can find broken, though others look for them too."""

BY_WATCHING = (
    (
        "CORE-SCOPE-004",
        "EXT-DEBUG-003",
        "EXT-TLS-001",
        "HTTP-SCOPE-004",
        "HTTP-SCOPE-023",
        "HTTP-SCOPE-024",
        "WS-RECV-001",
        "WS-SCOPE-002",
        "WS-SCOPE-003",
    ),
    (
        "CORE-EXT-003",
        "HTTP-SCOPE-010",
        "HTTP-SCOPE-026",
        "HTTP-REQ-002",
        "WS-SCOPE-005",
        "WS-RECV-002",
        "WS-DISC-004",
    ),
    ("CORE-EXT-001", "HTTP-SCOPE-019", "HTTP-REQ-003", "WS-SCOPE-010", "WS-RECV-003", "WS-DISC-002"),
    ("CORE-SCOPE-003", "HTTP-SCOPE-015", "WS-CONN-001"),
    ("HTTP-REQ-005", "HTTP-DISC-013", "WS-CONN-002", "WS-RECV-005"),
)
"""Sabotages that every exchange shows, so that one server can have several."""

BY_CASES = (
    ("HTTP-REQ-011", "WS-SEND-008", "CORE-EXT-005", "CORE-ERR-001"),
    ("WS-RECV-006", "CORE-ERR-003", "HTTP-REQ-008", "HTTP-SCOPE-011"),
    ("HTTP-SEM-017", "CORE-MSG-010", "EXT-DENY-006", "EXT-HINT-003"),
    ("EXT-TRAIL-006", "CANCEL-004", "HTTP-REQ-012", "HTTP-RESP-022"),
    ("EXT-TRAIL-007", "HTTP-SCOPE-006", "HTTP-SCOPE-028", "HTTP-SEM-012"),
    ("HTTP-SCOPE-007", "HTTP-SEM-013", "WS-ACC-008", "WS-CLOSE-007"),
    ("HTTP-SEM-019", "WS-CLOSE-007:reason", "WS-SEND-006", "EXT-DENY-007"),
    ("EXT-DENY-008", "EXT-PATH-004", "HTTP-DISC-002", "HTTP-DISC-003"),
    ("HTTP-DISC-008", "HTTP-DISC-012", "HTTP-REQ-015", "HTTP-RESP-007"),
    ("HTTP-RESP-008", "HTTP-RESP-009", "HTTP-RESP-024", "HTTP-RESP-025"),
    ("HTTP-RESP-026", "HTTP-RESP-027", "HTTP-SCOPE-002", "HTTP-SCOPE-005"),
    ("HTTP-SCOPE-009", "HTTP-SCOPE-018", "HTTP-SCOPE-031", "HTTP-SEM-018"),
    ("HTTP-SCOPE-018:merged", "HTTP-SEM-025", "HTTP-SEM-023", "VER-004"),
    ("HTTP-SCOPE-029", "VER-006", "VER-007"),
    ("WS-ACC-010", "WS-ACC-011", "WS-CLOSE-006", "WS-CLOSE-009"),
    ("WS-CLOSE-011", "WS-CONN-003", "WS-CONN-007", "WS-CONN-009"),
    ("WS-DISC-003", "WS-DISC-007", "WS-DISC-010"),
    ("WS-DISC-005", "WS-DISC-006", "WS-RECV-007", "WS-RECV-008"),
    ("WS-RECV-009", "WS-RECV-010", "WS-SCOPE-008", "WS-SEND-007", "VER-005"),
)
"""Sabotages for which different cases look, and that do not hide each other, so that one server can have several."""

AS = {"WS-ACC-008": "VER-007"}
"""Rules whose breach is one of another rule as well, under which it is reported."""

UNSEEN = {
    "EXT-ZCS-004": "the probe cannot send files yet",
}
"""Sabotages that no case finds yet."""

VARIANTS = (
    (
        *("blocks-on-second-disconnect", "deferred-start", "original-case"),
        *("small-chunks", "small-pieces", "both-keys", "unknown-keys"),
    ),
    ("old-spec", "plain-scope", "no-state", "optional-left-out", "close-each"),
    ("http-1.0", "no-lifespan", "no-extensions", "cancels"),
)
"""Legal variants: those that do not exclude or hide each other have a server together."""

ENOUGH = {
    "CORE-APP-003": ("http-head",),
    "CORE-APP-004": ("http-response-flushed", "http-response-both-ways"),
    "CORE-ERR-006": ("process-leaves-quietly",),
    "CORE-SCOPE-003": ("http-no-body", "ws-echo"),
    "HTTP-SCOPE-015": ("http-no-body", "ws-echo"),
    "WS-CONN-001": ("http-no-body", "ws-echo"),
    "CORE-ERR-007": ("process-strange-exits",),
    "HTTP-DISC-002": ("http-leaves-receiving",),
    "HTTP-REQ-001": ("http-no-body",),
    "HTTP-RESP-023": ("http-wrong-no-response",),
    "HTTP-REQ-015": ("http-slow-application",),
    "HTTP-RESP-026": ("http-slow-reader",),
    "LIFE-SRV-008": ("lifespan-ends-early",),
    "WS-DISC-001": ("ws-lost",),
}
"""Cases that are enough for a rule for which others look as well, and wait where it is broken."""


def tiny(broken: Collection[str] = (), legal: Collection[str] = ()) -> ServerTarget:
    """The server, as it is started."""
    habits = [word for name in broken for word in ("--break", name)] + [word for name in legal for word in ("--legal", name)]
    return ServerTarget(
        name="tiny",
        command=(sys.executable, "-m", "tests.conformance.tiny", "{app}", "--port", "{port}", *habits),
        root_path=("--root-path", "{root_path}"),
        environment={"PYTHONPATH": str(ROOT)},
        version="1",
    )


def rule_of(name: str) -> str:
    """The rule that a sabotage breaks."""
    return name.partition(":")[0]


def cases_for(rules: Collection[str]) -> list[ServerCase]:
    """The cases that look for these rules, without those that need servers of their own where others do; or the plain ones."""
    chosen: dict[str, ServerCase] = {}
    for rule in rules:
        looking = [case for case in CASES if case.name in ENOUGH.get(rule, (case.name,)) and rule in case.rules]
        shared = [case for case in looking if not case.alone]
        plain = [case for case in CASES if case.name in PLAIN]
        lifespan = [case for case in CASES if case.name == "lifespan-whole"]
        watching = [case for case in plain if case.name in ENOUGH.get(rule, PLAIN)]
        for case in (shared if rule not in ALONE else looking) or looking or (lifespan if rule.startswith("LIFE-") else watching):
            chosen[case.name] = case
    return list(chosen.values())


def serious(report: Report) -> list[str]:
    """What fails a run."""
    return [f"{finding.case}: {finding.violation}" for finding in report.findings if finding.violation.level != "note"]


def groups() -> list[tuple[str, ...]]:
    """Every sabotage that can be found, alone or with others that do not hide it."""
    together = {name for group in (*BY_WATCHING, *BY_CASES) for name in group}
    return [*BY_WATCHING, *BY_CASES, *((name,) for name in BREAKS if name not in together and name not in UNSEEN)]


def test_a_server_that_keeps_every_rule_is_left_alone() -> None:
    """No case finds anything, or fails to drive it."""
    report = check_now(tiny(), (), (), CASES, None)
    assert serious(report) == []
    assert [case.name for case in report.cases if case.outcome == "crashed"] == []


@pytest.mark.parametrize("variant", VARIANTS, ids=lambda variant: variant[0])
def test_a_legal_variant_is_left_alone(variant: tuple[str, ...]) -> None:
    """What servers may do differently is not reported; every case that shares its server runs."""
    cases = [case for case in CASES if not case.alone or case.name in {"lifespan-whole", "lifespan-state"}]
    report = check_now(tiny(legal=variant), (), (), cases, None)
    assert serious(report) == []
    assert [case.name for case in report.cases if case.outcome == "crashed"] == []


@pytest.mark.parametrize("broken", groups(), ids=lambda broken: broken[0])
def test_a_broken_rule_is_found(broken: tuple[str, ...], monkeypatch: pytest.MonkeyPatch) -> None:
    """By its id, and with the blame on the server."""
    monkeypatch.setattr(run, "LOOKS", (FIRST,))  # a second look is for what is right
    for module in (process_lifespan, process_signals):
        monkeypatch.setattr(module, "END", 2.0)
    rules = {rule_of(name) for name in broken}
    report = check_now(tiny(broken), (), (), cases_for(rules), None)
    found = {finding.violation.rule for finding in report.findings}
    assert {AS.get(rule, rule) for rule in rules} - found == set()
    assert {finding.violation.blame for finding in report.findings} == {"server"}


def test_every_sabotage_and_variant_is_tried() -> None:
    """But for those that no case finds, which are listed with the reason."""
    tried = [name for group in groups() for name in group]
    assert sorted([*tried, *UNSEEN]) == sorted(BREAKS)
    assert sorted(name for variant in VARIANTS for name in variant) == sorted(LEGAL)


def test_an_unknown_sabotage_is_refused() -> None:
    """A slip of the pen would make a server that keeps every rule."""
    with pytest.raises(ValueError, match="unknown: HTTP-SEM-999"):
        Habits.of(["http-sem-012", "http-sem-999"])
    assert Habits.of(["http-sem-012"]).breaks("HTTP-SEM-012")
