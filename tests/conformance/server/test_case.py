"""One case, and what it works with."""

import pytest

from asgikit.conformance.server.case import Context, Look, ServerCase, Skipped, as_step
from asgikit.conformance.server.launch import Options, ServerTarget, launched
from asgikit.conformance.server.patience import Patience
from asgikit.conformance.server.probelog import Record
from asgikit.conformance.server.script import receive, respond
from asgikit.conformance.transcript import Step
from tests.conformance.server.trying import tiny


def context():
    return Context(ServerCase("trial", (), "http/1.1", lambda _: None), ServerTarget(name="none", command=()), None)


def test_scripts_have_tokens_of_their_own():
    """By which their records are found."""
    given = context()
    tokens = [given.script(receive()).token for _ in range(3)]
    assert tokens == ["trial-1", "trial-2", "trial-3"]


def test_a_look_with_patience_waits_with_it():
    """For bytes as for records."""
    with launched(tiny(), Options()) as server:
        look = Look(Patience(longest=0.01), 1)
        given = Context(ServerCase("trial", (), "http/1.1", lambda _: None), tiny(), server, look)
        assert given.script(receive()).token == "trial-100001"
        assert given.log.until("no such token", bool, 3600.0) == ()
        with given.connect() as wire:
            assert wire.more(3600.0) == b""


def test_a_script_is_made_of_actions_and_of_several_at_once():
    """Or of none."""
    assert context().script(receive(), respond(), ()).actions == (receive(), *respond())


def test_a_broken_rule_is_a_finding():
    """It blames the server, and keeps the exchange and the bytes."""
    given = context()
    call = Record("trial-1", "call", 1, 0.0, {"scope": {"type": "http"}})
    given.broke("HTTP-REQ-001", "no event came", wire="> b''", exchange=[call, Record("trial-1", "mark", 1, 0.0)])
    [finding] = given.findings
    assert (finding.violation.rule, finding.violation.blame, finding.case, finding.where) == (
        "HTTP-REQ-001",
        "server",
        "trial",
        "http/1.1",
    )
    assert finding.violation.exchange == (Step("call", {"type": "http"}),)
    assert finding.wire == "> b''"


@pytest.mark.parametrize(
    ("what", "values", "step"),
    [
        ("receive", {"event": {"type": "http.request"}}, Step("receive", {"type": "http.request"})),
        ("receive", {"cancelled": True}, Step("receive", {"error": "cancelled"})),
        ("send", {"message": {"type": "x"}, "error": None}, Step("send", {"type": "x"})),
        ("send", {"message": {"type": "x"}, "error": "OSError"}, Step("send", {"type": "x", "error": "OSError"})),
        ("send", {"message": None, "error": None}, Step("send", {"value": None})),
        ("end", {"how": "returned"}, Step("return", {})),
        ("end", {"how": "raised", "error": "KeyError"}, Step("raise", {"error": "KeyError"})),
        ("end", {"how": "cancelled"}, Step("raise", {"error": "cancelled"})),
    ],
)
def test_a_record_is_a_step(what, values, step):
    """As the reports show it."""
    assert as_step(Record("a", what, 1, 0.0, values)) == step


def test_a_case_that_does_not_apply_is_left():
    """With the reason."""
    with pytest.raises(Skipped, match="no such thing"):
        context().skip("no such thing")


def test_a_case_that_is_alone_has_no_shared_server():
    """It has to start its own."""
    with pytest.raises(RuntimeError, match=r"trial is alone"):
        _ = context().port


def test_a_server_of_its_own_leaves_its_records():
    """For what the checker has seen there."""
    given = Context(ServerCase("trial", (), "process", lambda _: None, alone=True), tiny(), None)
    with given.fresh() as server, given.connect(server) as wire:
        wire.send(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        assert wire.answer().status == 200
    assert "call" in {record.what for record in given.records}
