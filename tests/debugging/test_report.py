"""What there is to say of an exception, as values and as text."""

from __future__ import annotations

from asgikit.debugging.report import FIRST_CALLS, Asked, Failure, Frame, Line, Report, as_text


def frame(number: int, source: str = "") -> Frame:
    return Frame(f"/f{number}.py", f"f{number}.py", "run", number, (Line(number, source),) if source else ())


def test_the_text_is_as_python_prints_it() -> None:
    """The cause first, the latest call last."""
    failures = (
        Failure("LookupError", "no\nrate", frames=(frame(2, "    raise X"), frame(1))),
        Failure("KeyError", "", "cause", ("a note",), (frame(3),)),
    )
    assert as_text(Report(failures, Asked("GET /"))).splitlines() == [
        "Traceback (most recent call last):",
        '  File "/f3.py", line 3, in run',
        "KeyError",
        "a note",
        "",
        "The above exception was the direct cause of the following exception:",
        "",
        "Traceback (most recent call last):",
        '  File "/f1.py", line 1, in run',
        '  File "/f2.py", line 2, in run',
        "    raise X",
        "LookupError: no",
        "rate",
    ]


def test_calls_that_are_left_out_are_counted() -> None:
    """Where they were."""
    frames = tuple(frame(n) for n in range(FIRST_CALLS + 3, 0, -1))
    lines = as_text(Report((Failure("E", "", frames=frames, left_out=970),), Asked("GET /"))).splitlines()
    assert lines.index("  … 970 calls") == 1 + FIRST_CALLS
    assert lines[2 + FIRST_CALLS] == '  File "/f11.py", line 11, in run'
