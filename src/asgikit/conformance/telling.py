"""Violations told to a person."""

from __future__ import annotations

from collections.abc import Sequence

from asgikit.conformance.reproduce import exchange_table
from asgikit.conformance.violations import Violation


def told(violations: Sequence[Violation], *, exchanges: bool = True) -> str:
    """Violations for a person: the rule, the sentence of the specification, the link; and, where it is wanted, the exchange."""
    return "\n\n".join(
        "\n".join(
            [
                str(violation),
                f"  {violation.spec!r} ({violation.section})",
                f"  {violation.where}",
                *(f"  {line}" for line in exchange_table(violation.exchange).splitlines() if exchanges),
            ]
        )
        for violation in violations
    )
