"""The commands that check a server and show rules."""

import json
from pathlib import Path

import pytest

from asgikit.conformance import commands
from asgikit.conformance.arguments import UsageError
from asgikit.conformance.rulebook import rulebook
from asgikit.conformance.rules import catalogue
from asgikit.conformance.server.launch import LaunchError
from tests.conformance.report.samples import SERVER
from tests.conformance.test_arguments import parser


def run(*words):
    arguments = parser().parse_args([*words])
    return getattr(commands, arguments.do)(arguments)


def test_a_rule_is_shown_in_full(capsys):
    """With its quotation."""
    assert run("rules", "HTTP-RESP-013") == 0
    out = capsys.readouterr().out
    assert out.startswith("HTTP-RESP-013  must, binds app\n")
    assert catalogue()["HTTP-RESP-013"].spec_url in out


def test_many_rules_are_listed(capsys):
    """A line each."""
    run("rules", "--group", "tls")
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines] == [each.id for each in catalogue().values() if each.group == "tls"]
    run("rules")
    assert len(capsys.readouterr().out.splitlines()) == len(catalogue())


def test_rules_have_other_forms(capsys):
    """Those that were chosen; all as a page are the page."""
    run("rules", "EXT-TLS-*", "--format", "json")
    assert {each["group"] for each in json.loads(capsys.readouterr().out)["rules"]} == {"tls"}
    run("rules", "EXT-TLS-001", "--format", "csv")
    assert capsys.readouterr().out.splitlines()[1].startswith("EXT-TLS-001,tls,server,must")
    run("rules", "EXT-TLS-001", "--format", "md")
    assert capsys.readouterr().out.startswith('<a id="ext-tls-001"></a>')
    run("rules", "--format", "md")
    assert capsys.readouterr().out == rulebook()


@pytest.mark.parametrize(
    ("words", "message"), [(["HTPT-RESP-013"], "did you mean"), (["EXT-*", "--group", "http"], "no rule of the group http")]
)
def test_a_rule_that_there_is_not_is_an_error(words, message):
    """With one that there is."""
    with pytest.raises(UsageError, match=message):
        run("rules", *words)


@pytest.fixture
def checked(monkeypatch):
    """What check_now was called with."""
    calls = []

    def check_now(target, select, ignore, cases, progress):
        calls.append((target, select, ignore))
        progress(1, len(cases), "x")
        return SERVER

    monkeypatch.setattr(commands, "check_now", check_now)
    return calls


def test_a_server_is_checked(checked, capsys):
    """By the rules that were chosen, as ids; the exit code is that of the report."""
    assert run("server", "--command", "serve {app} {port}", "--select", "EXT-TLS-*", "--ignore", "EXT-TLS-001") == 1
    ((target, select, ignore),) = checked
    assert target.command == ("serve", "{app}", "{port}")
    assert target.directory == str(Path.cwd())
    assert select == {f"EXT-TLS-00{n}" for n in range(1, 8)}
    assert ignore == {"EXT-TLS-001"}
    out, err = capsys.readouterr()
    assert out.endswith("1 rule broken: 1 must.\n")
    assert err == ""


def test_a_known_server_has_a_name(checked):
    """It has to be installed."""
    run("server", "uvicorn-h11")
    assert checked[0][0].name == "uvicorn-h11"
    with pytest.raises(LaunchError, match="no known server"):
        run("server", "nosuch")


@pytest.mark.parametrize("words", [[], ["uvicorn", "--command", "x {app} {port}"]])
def test_a_server_is_named_or_told(words):
    """One of both."""
    with pytest.raises(UsageError, match="name a server, or say"):
        run("server", *words)


def test_reports_of_a_server_go_to_files(checked, tmp_path, capsys):
    """And its baseline works as that of an application."""
    file, known = tmp_path / "r.json", tmp_path / "known.json"
    server = ["server", "--command", "x {app} {port}", "--report", f"json:{file}", "--baseline", str(known)]
    assert run(*server, "--update-baseline") == 0
    assert run(*server) == 0
    assert json.loads(file.read_text())["verdict"] == "clean"
    assert "1 finding known" in capsys.readouterr().err
