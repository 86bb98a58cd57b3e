"""A report in a terminal."""

import re

from asgikit.conformance.report.model import Finding
from asgikit.conformance.report.text import ALSO, text
from tests.conformance.report.samples import BROKEN, CLEAN, HOSTILE, SERVER, case, finding, replace_cases, violation


def test_a_finding_is_told_in_full():
    """Rule, level, blame, place, sentence, quotation, exchange, reproducer."""
    told = text(BROKEN)
    for part in [
        "HTTP-RESP-013  must, blame: app  POST /items",
        "  The body is a str: 'ok'",
        BROKEN.findings[0].violation.section,
        "python -m asgikit rules HTTP-RESP-013",
        "      3 <-- http.response.start  status=200",
        "  >   4 <-- http.response.body   body='ok'",
        "found by the case baseline, 3 times",
        "  again: asgikit check shop.asgi:app --replay r1-",
        "\nimport asyncio\n\nasyncio.run(main())\n",
    ]:
        assert part in told


def test_the_quotation_of_the_specification_is_there():
    """Word for word, wrapped."""
    told = re.sub(r"\s+\|?\s*", " ", text(BROKEN))
    assert f'"{" ".join(BROKEN.findings[0].violation.spec.split())}"' in told


def test_the_strongest_rule_comes_first_and_the_verdict_last():
    """Where one looks in a terminal."""
    told = text(BROKEN)
    assert told.index("HTTP-RESP-013") < told.index("HTTP-SEM-022  should") < told.index("Noted") < told.index("HTTP-SEM-011")
    assert told.endswith("2 rules broken: 1 must, 1 should; 1 case crashed or hung.\n")
    assert "shop.asgi:app  6 cases, 1 skipped, 1,284 exchanges, 4.2 s, seed 7\n" in told


def test_what_does_not_fail_the_run_is_one_line():
    """Also what a weaker level made so."""
    assert "\n  HTTP-SEM-022  POST /items: The body is a str: 'ok'\n" in text(BROKEN, level="must")
    assert "\n  HTTP-SEM-011  GET /: The body is a str: 'ok'\n" in text(BROKEN)


def test_a_rule_is_told_once():
    """Further places are named, so many of them."""
    named = Finding(violation=violation(message="x: y"), where="POST /b", case="x")
    assert "  also: POST /items, status[401]: The body is a str: 'ok'" in text(BROKEN)
    assert "  also: POST /b, x: y\n" in text(replace_cases(BROKEN, case(finding(), named)))
    many = replace_cases(BROKEN, case(*(finding(where=f"GET /{n}") for n in range(ALSO + 4)), outcome="failed"))
    told = text(many)
    assert told.count("  also: ") == ALSO
    assert "and 3 findings more of this rule" in told


def test_crashes_and_warnings_are_told():
    """Before the verdict."""
    told = text(BROKEN)
    assert "Crashed or hung:\n  WS /chat, cancel: the process did not end\n" in told
    long = replace_cases(BROKEN, case(outcome="crashed", detail="first\n" + "\n".join(map(str, range(100)))))
    assert "first\n    ...\n    93\n" in text(long)
    assert "    99\n" in text(long)
    assert "warning: GET /broken answers 500" in told


def test_a_clean_run_is_two_lines():
    """There is nothing to say."""
    assert text(CLEAN) == "shop:app  2 cases, 0.0 s\nNo rule broken.\n"


def test_bytes_on_the_wire_are_shown():
    """Of a server."""
    assert "    > GET / HTTP/1.1\\r\\n\n    < HTTP/1.1 400" in text(SERVER)


def test_colours_only_on_request():
    """And they change nothing but the colour."""
    plain, coloured = text(BROKEN), text(BROKEN, colour=True)
    assert "\x1b" not in plain
    assert "\x1b[1;31mHTTP-RESP-013\x1b[0m" in coloured
    assert [line[5:] for line in coloured.splitlines() if line.startswith("\x1b[31m  ")] == [
        "  >   4 <-- http.response.body   body='ok'\x1b[0m",
    ] * 2
    assert re.sub(r"\x1b\[[\d;]*m", "", coloured) == plain


def test_nothing_in_a_report_steers_the_terminal():
    """It holds what the application sent."""
    told = text(HOSTILE, colour=False)
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\ud800-\udfff\u202e]", told)


def test_no_exchange_is_no_table():
    """Nor two empty lines for it."""
    assert "\n\n\n" not in text(replace_cases(BROKEN, case(Finding(violation=violation(exchange=()), where="x", case="y"))))
