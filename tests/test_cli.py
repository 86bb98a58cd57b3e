"""The command asgikit."""

import os
import subprocess
import sys
import time
from importlib.metadata import version
from pathlib import Path

import pytest

from asgikit import cli
from asgikit.conformance.arguments import UsageError
from asgikit.conformance.report.delivery import DeliveryError
from asgikit.conformance.server.launch import LaunchError
from asgikit.conformance.settings import SettingsError
from asgikit.conformance.targets import TargetError


@pytest.mark.parametrize("command", ["check", "server", "rules"])
def test_each_command_is_run_with_its_arguments(command, monkeypatch):
    """And its exit code is that of the program."""
    given = []
    monkeypatch.setattr(cli, command, lambda arguments: given.append(arguments) or 3)
    assert cli.main([command, "x"]) == 3
    assert given[0].do == command


@pytest.mark.parametrize("error", [UsageError, DeliveryError, LaunchError, SettingsError, TargetError])
def test_what_cannot_be_done_is_told(error, monkeypatch, capsys):
    """On the standard error, without a traceback, with exit code 2."""

    def fail(arguments):
        raise error("no \x1b such thing")

    monkeypatch.setattr(cli, "check", fail)
    assert cli.main(["check", "x"]) == 2
    assert capsys.readouterr() == ("", "asgikit check: no \\x1b such thing\n")


def test_a_missing_extra_is_named(monkeypatch, capsys):
    """For one command; the others need none."""
    monkeypatch.setitem(sys.modules, "hypothesis", None)
    for name in [name for name in sys.modules if name.startswith("asgikit.conformance.")]:
        monkeypatch.delitem(sys.modules, name)
    assert cli.main(["check", "x:y"]) == 2
    assert "install typed-asgikit[conformance]" in capsys.readouterr().err
    assert cli.main(["rules", "HTTP-RESP-013"]) == 0


def test_a_bug_of_ours_is_not_hidden(monkeypatch, capsys):
    """It is neither a usage error nor a broken rule."""

    def fail(arguments):
        raise ZeroDivisionError

    monkeypatch.setattr(cli, "rules", fail)
    assert cli.main(["rules"]) == 70
    told = capsys.readouterr().err
    assert "ZeroDivisionError" in told
    assert "please report it" in told


@pytest.mark.parametrize(("error", "code"), [(KeyboardInterrupt, 130), (BrokenPipeError, 2)])
def test_an_interrupted_run_says_so_by_its_code(error, code, monkeypatch, capsys):
    """As shells expect it."""

    def fail(arguments):
        raise error

    monkeypatch.setattr(cli, "check", fail)
    assert cli.main(["check"]) == code


@pytest.mark.parametrize("words", [[], ["no-such-command"], ["check", "--no-such-option"], ["rules", "--format", "yaml"]])
def test_a_wrong_command_line_is_a_usage_error(words, capsys):
    """With the usage."""
    assert cli.main(words) == 2
    assert "usage: asgikit" in capsys.readouterr().err


def test_help_and_version_are_told(capsys):
    """And nothing is run."""
    assert cli.main(["--help"]) == 0
    assert "check an application" in capsys.readouterr().out
    assert cli.main(["--version"]) == 0
    assert capsys.readouterr().out == f"asgikit {version('typed-asgikit')}\n"


def test_an_unknown_rule_is_told(capsys):
    """With one that is like it."""
    assert cli.main(["rules", "HTTP-RESP-O13"]) == 2
    assert "did you mean" in capsys.readouterr().err


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no full device here")
def test_an_output_that_takes_nothing_is_told():
    """In one line, also when the program ends."""
    with Path("/dev/full").open("wb") as full:
        ended = subprocess.run([sys.executable, "-m", "asgikit", "rules"], stdout=full, stderr=subprocess.PIPE, check=False)
    assert (ended.returncode, ended.stderr.count(b"\n")) == (2, 1)
    assert b"No space left" in ended.stderr


@pytest.mark.skipif(sys.platform == "win32", reason="there are no such signals")
def test_a_terminated_run_ends_what_it_has_started(tmp_path):
    """And says so by its code."""
    (tmp_path / "hanging.py").write_text(
        "import os, pathlib, time\npathlib.Path(f'{os.getpid()}.pid').touch()\ntime.sleep(600)\n"
    )
    command = [sys.executable, "-m", "asgikit", "check", "hanging:app", "--path", "/"]
    with subprocess.Popen(command, cwd=tmp_path, stderr=subprocess.PIPE) as process:
        while not (started := [int(file.stem) for file in tmp_path.glob("*.pid")]):
            time.sleep(0.05)
        process.terminate()
        assert process.wait(30) == 143
        assert process.stderr.read() == b"asgikit: interrupted\n"
    with pytest.raises(ProcessLookupError):
        os.kill(started[0], 0)
