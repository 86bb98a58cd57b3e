"""The servers that are known by name."""

import sys
from importlib.metadata import PackageNotFoundError

import pytest

from asgikit.conformance.server.launch import LaunchError, Options, command_line
from asgikit.conformance.server.servers import KNOWN, known_server, server_from_command


@pytest.mark.parametrize("name", ["uvicorn-httptools", "uvicorn-h11", "hypercorn", "hypercorn-trio", "granian"])
def test_an_installed_server_is_run_by_our_interpreter(name):
    """With its version."""
    target = known_server(name)
    assert target.command[:2] == (sys.executable, "-m")
    assert target.version[0].isdigit()


@pytest.mark.parametrize("name", KNOWN)
def test_every_command_line_is_complete(name):
    """With and without TLS: application and port, and nothing left open."""
    target = KNOWN[name]
    for options in (Options(), Options(certfile="c.pem", keyfile="k.pem")):
        words = command_line(target, options, 8123)
        assert any("8123" in word for word in words)
        assert any(word.endswith("probe:app") for word in words)
        assert not any("{" in word for word in words)


def test_an_unknown_server_is_an_error_that_names_the_known():
    """And says what to do with others."""
    with pytest.raises(LaunchError, match=r"known are uvicorn.*--command"):
        known_server("apache")


def test_a_server_that_is_not_installed_is_an_error(monkeypatch):
    """Which says where it was looked for."""

    def absent(name):
        raise PackageNotFoundError(name)

    monkeypatch.setattr("asgikit.conformance.server.servers.version", absent)
    with pytest.raises(LaunchError, match="uvicorn is not installed"):
        known_server("uvicorn")


def test_any_server_can_be_given_by_its_command():
    """It is called by the name of its program."""
    target = server_from_command("/opt/my/serve '{app}' --bind localhost:{port}")
    assert (target.name, target.command) == ("serve", ("/opt/my/serve", "{app}", "--bind", "localhost:{port}"))


@pytest.mark.parametrize("command", ["", "serve", "serve {app}", "serve {port}", "serve '{app} {port}"])
def test_a_command_that_says_too_little_is_refused(command):
    """Without application or port nothing could be checked."""
    with pytest.raises(LaunchError, match=r"does not say|no command line"):
        server_from_command(command)
