"""Servers that are told to end while a request runs."""

from asgikit.conformance.server.case import Context, ServerCase
from asgikit.conformance.server.cases import process_signals
from tests.conformance.server.trying import tiny


def signalled(run, *broken):
    context = Context(ServerCase("trial", (), "process", run, alone=True), tiny(*broken), None)
    run(context)
    return {finding.violation.rule for finding in context.findings}


def test_a_server_that_ends_in_time_is_left_alone():
    """By SIGTERM and by SIGINT."""
    assert signalled(process_signals.finishing) == set()
    assert signalled(process_signals.interrupted) == set()


def test_a_server_that_never_ends_is_found(monkeypatch):
    """It waits for an application that has no end."""
    monkeypatch.setattr(process_signals, "END", 3.0)

    def endless(context):
        process_signals._stopped(context, "it waits", process_signals.signal.SIGTERM, process_signals.until_gone(60.0))

    assert signalled(endless, "CANCEL-007") == {"CANCEL-007"}
