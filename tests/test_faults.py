"""What is wrong with a request, place by place."""

from __future__ import annotations

from asgikit.errors import UnprocessableContent
from asgikit.faults import Fault


def test_an_error_carries_its_faults() -> None:
    """As they were given; most errors have none."""
    fault = Fault("is not a number", "query", ("limit",))
    assert UnprocessableContent("limit is not a number", faults=(fault,)).faults == (fault,)
    assert UnprocessableContent("no").faults == ()
    assert Fault("is missing", "body").path == ()
