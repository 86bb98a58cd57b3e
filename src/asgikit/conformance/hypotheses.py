"""Hypothesis, of the extra `conformance`: imported here alone, so that its absence is one clear error."""

from __future__ import annotations

try:
    from hypothesis import HealthCheck, Phase, find, given, settings
    from hypothesis import strategies as st
    from hypothesis.errors import Flaky, NoSuchExample
    from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
    from hypothesis.strategies import DrawFn, SearchStrategy
except ImportError as _error:
    raise ImportError("this needs Hypothesis, of the extra 'conformance': install typed-asgikit[conformance]") from _error

__all__ = [
    "DrawFn",
    "Flaky",
    "HealthCheck",
    "NoSuchExample",
    "Phase",
    "RuleBasedStateMachine",
    "SearchStrategy",
    "find",
    "given",
    "initialize",
    "invariant",
    "precondition",
    "rule",
    "settings",
    "st",
]
