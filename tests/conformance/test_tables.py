"""The tables."""

from __future__ import annotations

import pytest

from asgikit.conformance.rules import rule
from asgikit.conformance.tables import (
    BROKEN,
    HTTP_APP,
    HTTP_SERVER,
    LIFESPAN_APP,
    LIFESPAN_SERVER,
    WEBSOCKET_APP,
    WEBSOCKET_SERVER,
    Table,
)

TABLES = {
    "http app": HTTP_APP,
    "http server": HTTP_SERVER,
    "websocket app": WEBSOCKET_APP,
    "websocket server": WEBSOCKET_SERVER,
    "lifespan app": LIFESPAN_APP,
    "lifespan server": LIFESPAN_SERVER,
}


@pytest.mark.parametrize("name", ["http app", "http server", "websocket app", "websocket server"])
def test_a_table_is_total(name: str) -> None:
    """Each phase says what each symbol does."""
    table = TABLES[name]
    phases = {phase for phase, _ in table} | {move.to for move in table.values()} - {BROKEN}
    symbols = {symbol for _, symbol in table}
    assert {(phase, symbol) for phase in phases for symbol in symbols} == set(table)


def test_the_tables_of_a_lifespan_are_total_together() -> None:
    """They share their phases."""
    phases = {move.to for table in (LIFESPAN_APP, LIFESPAN_SERVER) for move in table.values()} - {BROKEN} | {"before"}
    for table in (LIFESPAN_APP, LIFESPAN_SERVER):
        symbols = {symbol for _, symbol in table}
        assert {(phase, symbol) for phase in phases for symbol in symbols} == set(table)


@pytest.mark.parametrize("table", TABLES.values(), ids=TABLES)
def test_what_is_wrong_has_a_rule_and_a_reason(table: Table) -> None:
    """And the rule is in the catalogue."""
    for move in table.values():
        assert bool(move.rule) == bool(move.reason)
        assert not move.rule or rule(move.rule)


@pytest.mark.parametrize("table", TABLES.values(), ids=TABLES)
def test_only_a_broken_order_leads_nowhere(table: Table) -> None:
    """What is right never ends the judging."""
    assert all(move.rule for move in table.values() if move.to == BROKEN)
