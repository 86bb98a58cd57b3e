"""A run over all cases of a server."""

import os
import signal
import subprocess
import sys
import threading
import time
from contextlib import suppress
from pathlib import Path

import pytest

from asgikit.conformance.server import health
from asgikit.conformance.server.case import ServerCase
from asgikit.conformance.server.exchange import ask, request
from asgikit.conformance.server.launch import LaunchError, ServerTarget
from asgikit.conformance.server.run import DEADLY, check_now, check_server, counted
from asgikit.conformance.server.script import receive_body, respond
from tests.conformance.server.trying import deaf, tiny


def fine(context):
    ask(context, context.script(receive_body(), respond()))


def wrong(context):
    for number in range(3):
        context.broke("HTTP-RESP-016", f"number {number}")
    context.broke("HTTP-DISC-012", "a note")


def deadly(context):
    script = context.script(receive_body(), respond())
    with context.connect() as wire:
        wire.send(request(script))
        wire.answer()
    os.kill(context.log.pids()[0], signal.SIGKILL)
    context.server.exit(5.0)


def lingering(context):
    fine(context)
    threading.Timer(0.4, os.kill, (context.log.pids()[0], signal.SIGKILL)).start()


def noting(context):
    context.broke("HTTP-DISC-012", "a note")


class Sometimes:
    """Finds something at the looks that it is told, or cannot drive the server there."""

    def __init__(self, *looks):
        self.looks, self.waits = list(looks), []

    def __call__(self, context):
        self.waits.append(context.patience.of(1.0))
        for rule in self.looks.pop(0):
            if rule == "OSError":
                raise OSError("it cannot be driven")
            context.broke(rule, "so it seems")


def case(run, *rules, name=None, alone=False):
    return ServerCase(name or run.__name__, rules, "http/1.1", run, alone=alone)


def outcomes(report):
    return {case.name: case.outcome for case in report.cases if not case.name.startswith("watched")}


async def test_a_report_tells_how_every_case_ended(anyio_backend_name):
    """In their order; a note alone fails none; each rule is one finding with its count."""
    if anyio_backend_name == "trio":
        pytest.skip("one event loop is enough for a second of processes")
    told = []
    cases = [case(fine), case(wrong), case(noting)]
    report = await check_server(tiny(), cases=cases, progress=lambda done, of, name: told.append((done, of, name)))
    assert outcomes(report) == {"fine": "passed", "wrong": "failed", "noting": "passed"}
    assert [(finding.violation.rule, finding.count) for finding in report.cases[1].findings] == [
        ("HTTP-RESP-016", 3),
        ("HTTP-DISC-012", 1),
    ]
    assert (report.kind, report.target, report.examples >= 2) == ("server", "tiny", True)
    assert [(done, of) for done, of, _ in told] == [(1, 3), (2, 3), (3, 3)]


def test_only_selected_rules_are_looked_for():
    """And of their cases, only their findings are kept; ignored ones are not."""
    cases = [case(fine, "HTTP-REQ-001"), case(wrong, "HTTP-RESP-016", "HTTP-DISC-012")]
    report = check_now(tiny(), {"HTTP-DISC-012"}, (), cases, None)
    assert outcomes(report) == {"wrong": "passed"}
    assert [finding.violation.rule for finding in report.findings] == ["HTTP-DISC-012"]
    report = check_now(tiny(), (), {"HTTP-RESP-016"}, cases, None)
    assert outcomes(report) == {"fine": "passed", "wrong": "passed"}


def test_a_server_that_dies_is_started_again():
    """The case that killed it is named, and the others have run."""
    cases = [case(fine, name=f"fine-{number}") for number in range(4)]
    report = check_now(tiny(), (), (), [*cases[:2], case(deadly), *cases[2:]], None)
    assert outcomes(report) == {"deadly": "crashed"} | {f"fine-{number}": "passed" for number in range(4)}
    [dead] = [one for one in report.cases if one.name == "deadly"]
    assert dead.detail.startswith("the server has died")


def test_a_case_that_looks_for_deadly_output_finds_it():
    """With the exchange that did it."""
    report = check_now(tiny(), (), (), [case(deadly, DEADLY), case(fine)], None)
    [finding] = [finding for finding in report.findings if finding.case == "deadly"]
    assert (finding.violation.rule, finding.violation.exchange[0].kind) == (DEADLY, "call")


def test_a_server_that_dies_a_little_later_is_found():
    """By a case that looks for it, which waits."""
    report = check_now(tiny(), (), (), [case(lingering, DEADLY), case(fine)], None)
    assert outcomes(report) == {"lingering": "crashed", "fine": "passed"}


def test_a_server_that_does_not_start_is_an_error():
    """There is nothing to report on."""
    with pytest.raises(LaunchError):
        check_now(ServerTarget(name="none", command=("/nonexistent/server",)), (), (), [case(fine)], None)


@pytest.mark.parametrize("alone", [False, True])
def test_a_finding_is_what_two_looks_have_seen(alone):
    """The second waits longer; nothing that was found is no reason to look again."""
    once, twice, never = Sometimes(["HTTP-RESP-016"], []), Sometimes(["HTTP-RESP-016"], ["HTTP-RESP-016"]), Sometimes([])
    other, late = Sometimes(["HTTP-RESP-016"], ["HTTP-REQ-001"]), Sometimes(["OSError"], ["HTTP-REQ-001"])
    names = {"once": once, "twice": twice, "never": never, "other": other, "late": late}
    report = check_now(tiny(), (), (), [case(run, name=name, alone=alone) for name, run in names.items()], None)
    assert outcomes(report) == {"once": "passed", "twice": "failed", "never": "passed", "other": "passed", "late": "failed"}
    assert [finding.case for finding in report.findings] == ["twice", "late"]
    assert [len(run.waits) for run in names.values()] == [2, 2, 1, 2, 2]
    assert twice.waits[0] < twice.waits[1]


def test_a_case_that_cannot_be_driven_twice_has_crashed():
    """Whatever the first look has found."""
    report = check_now(tiny(), (), (), [case(Sometimes(["HTTP-RESP-016"], ["OSError"]), name="odd", alone=True)], None)
    assert outcomes(report) == {"odd": "crashed"}


def scripted(context):
    for _ in range(2):
        ask(context, context.script(receive_body(), respond()))
    context.broke("HTTP-RESP-016", f"{len(context.log.of('scripted-1'))} {len(context.log.of('scripted-100001'))}")


def test_each_look_has_records_of_its_own():
    """What the first has seen is not taken for what the second has."""
    report = check_now(tiny(), (), (), [case(scripted)], None)
    [finding] = [finding for finding in report.findings if finding.case == "scripted"]
    first, second = finding.violation.message.split()
    assert first == second != "0"


def test_findings_of_nothing_are_none():
    """An empty run has no finding."""
    assert counted([]) == ()


@pytest.mark.parametrize("how", ["closes", "is silent"])
def test_a_server_that_serves_nothing_is_said(how, monkeypatch):
    """Once, before any case."""
    monkeypatch.setattr(health, "ANSWER", 0.5)
    with pytest.raises(LaunchError, match="deaf listens, and does not answer a plain request"):
        check_now(deaf(how), (), (), [case(fine)], None)


TINY = f"{sys.executable} -m tests.conformance.tiny {{app}} --port {{port}}"


def servers_of(pid):
    """The processes that another has started (proc(5)), of which there may be no more."""
    with suppress(OSError):
        tasks = Path(f"/proc/{pid}/task").iterdir()
        return {int(child) for task in tasks for child in (task / "children").read_text().split()}
    return set()


@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="nothing tells here who has started what")
def test_an_interrupted_run_leaves_no_server():
    """Though cases wait for what does not come."""
    code = f"import sys; from asgikit.cli import main; sys.exit(main(['server', '--command', {TINY!r}]))"
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE) as process:
        while len(servers := servers_of(process.pid)) < 3:
            time.sleep(0.05)
        process.terminate()
        assert process.wait(30) == 143
        assert b"interrupted" in process.stderr.read()
    assert not [pid for pid in servers if Path(f"/proc/{pid}").exists()]
