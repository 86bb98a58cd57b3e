"""Reports that the tests of the formats share: one of an application with something of everything, one of a server, a clean one."""

from dataclasses import replace

from asgikit.conformance.report.model import Case, Finding, Report
from asgikit.conformance.scenario import Deliver, Scenario
from asgikit.conformance.transcript import Step
from asgikit.conformance.violations import Violation

NASTY = "</pre><script>alert(1)</script> \x1b[31m \x00 \ud800 \u202e & ]]> ::error::x"
"""What a report may hold and no format may be broken by."""

SCOPE = {
    "type": "http",
    "asgi": {"version": "3.0", "spec_version": "2.5"},
    "http_version": "1.1",
    "method": "POST",
    "path": "/items",
    "query_string": b"",
    "headers": [(b"host", b"example.org")],
}
CALL = Step("call", SCOPE)
REQUEST = Step("receive", {"type": "http.request", "body": b'{"a": 1}', "more_body": False})
START = Step("send", {"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"2")]})
BODY = Step("send", {"type": "http.response.body", "body": "ok"})
EXCHANGE = (CALL, REQUEST, START, BODY)


def violation(rule="HTTP-RESP-013", message="The body is a str: 'ok'", exchange=EXCHANGE, blame="app"):
    return Violation(rule=rule, blame=blame, message=message, exchange=exchange)


def finding(rule="HTTP-RESP-013", where="POST /items", case="baseline", **fields):
    return Finding(violation=violation(rule), where=where, case=case, **fields)


def case(*findings, name="baseline", where="POST /items", outcome="passed", **fields):
    return Case(name=name, where=where, rules=("HTTP-RESP-013",), outcome=outcome, findings=findings, **fields)


MUST, SHOULD, NOTE = "HTTP-RESP-013", "HTTP-SEM-022", "HTTP-SEM-011"
"""A rule of each level."""

REPRODUCER = "import asyncio\n\nasyncio.run(main())"
SCENARIO = Scenario(scope=SCOPE, actions=(Deliver({"type": "http.request", "body": b"x"}),))

BROKEN = Report(
    target="shop.asgi:app",
    kind="application",
    seed=7,
    examples=1284,
    seconds=4.25,
    versions={"asgikit": "0.1.0", "Python": "3.11.7"},
    warnings=("GET /broken answers 500: its variants were not judged.",),
    cases=(
        case(name="baseline", where="GET /"),
        case(finding(count=3, reproducer=REPRODUCER, scenario=SCENARIO), outcome="failed", seconds=0.5),
        case(
            finding(SHOULD, case="status[401]"),
            finding(MUST, case="status[401]"),
            name="status[401]",
            outcome="failed",
        ),
        case(finding(NOTE, "GET /", "head"), name="head", where="GET /"),
        case(name="cancel", where="WS /chat", outcome="crashed", detail="the process did not end"),
        case(name="lifespan", where="lifespan", outcome="skipped", detail="the application refuses it"),
    ),
)

CLEAN = Report(target="shop:app", kind="application", cases=(case(), case(name="head", where="GET /")))

SERVER = Report(
    target="uvicorn 0.54.0 (h11)",
    kind="server",
    cases=(
        case(
            Finding(
                violation=violation("HTTP-REQ-002", exchange=(), blame="server"),
                where="http/1.1",
                case="cut-at-17",
                wire="> GET / HTTP/1.1\\r\\n\n< HTTP/1.1 400 Bad Request\\r\\n",
            ),
            name="cut-at-17",
            where="http/1.1",
            outcome="failed",
        ),
    ),
)

HOSTILE = Report(
    target=NASTY,
    kind="application",
    versions={NASTY: NASTY},
    warnings=(NASTY,),
    cases=(
        case(
            Finding(
                violation=violation(
                    message=NASTY,
                    exchange=(CALL, Step("send", {"type": NASTY, NASTY: NASTY, "x": b"\xff"}), Step("raise", {"error": NASTY})),
                ),
                where=NASTY,
                case=NASTY,
                reproducer=NASTY,
                wire=NASTY,
            ),
            name=NASTY,
            where=NASTY,
            outcome="failed",
            detail=NASTY,
        ),
        case(name=NASTY + "2", where=NASTY, outcome="crashed", detail=NASTY),
        case(name=NASTY + "3", where=NASTY, outcome="skipped", detail=NASTY),
    ),
)


def replace_cases(report, *cases):
    return replace(report, cases=cases)
