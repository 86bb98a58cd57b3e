"""Violations told to a person."""

from __future__ import annotations

from collections.abc import Sequence

from asgikit.conformance.reproduce import exchange_table
from asgikit.conformance.violations import Violation


def told(violations: Sequence[Violation]) -> str:
    """Violations for a person: the rule, the sentence of the specification, the exchange, the link."""
    return "\n\n".join(
        "\n".join(
            [
                str(violation),
                f"  {violation.spec!r} ({violation.section})",
                f"  {violation.url}, or: asgikit rules {violation.rule}",
                *(f"  {line}" for line in exchange_table(violation.exchange).splitlines()),
            ]
        )
        for violation in violations
    )
