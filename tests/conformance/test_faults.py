"""Near-misses: one fault at a time."""

from asgikit.conformance.drawing import drawn
from asgikit.conformance.faults import ABSENT, Fault, no_values
from asgikit.conformance.values import value_findings
from tests.conformance.sampling import samples

MESSAGE = {"type": "a", "key": [1], "other": [2]}


def test_a_fault_changes_one_key_of_a_copy():
    """To each of its values some time; ABSENT takes the key away."""
    fault = Fault("X", "key", (None, ABSENT, [3]), {"beside": 4})
    found = samples(drawn(lambda choose: fault.in_(choose, MESSAGE)), 50)
    rest = {"type": "a", "other": [2], "beside": 4}
    assert all(message in [{**rest, "key": None}, rest, {**rest, "key": [3]}] for message in found)
    assert rest in found
    found[0]["other"].append(9)
    assert MESSAGE == {"type": "a", "key": [1], "other": [2]}


def test_each_forbidden_value_breaks_its_rule():
    """Wherever the value checks look."""
    for fault in no_values("http.request"):
        for value in fault.values:
            assert fault.rule in {finding.rule for finding in value_findings(value, "x")}, value


def test_forbidden_values_are_in_events_of_a_known_type():
    """So that nothing else is wrong with them."""
    assert {fault.beside["type"] for fault in no_values("http.request")} == {"http.request"}
