"""Whether a server still serves."""

import threading

import pytest

from asgikit.conformance.server import health
from asgikit.conformance.server.health import answers, is_well, serves, survives
from asgikit.conformance.server.launch import Options, launched
from tests.conformance.server.trying import deaf, tiny


def test_a_server_that_answers_is_well():
    """Until it has ended."""
    with launched(tiny(), Options()) as server:
        assert answers(server)
        assert is_well(server)
        assert survives(server)
        server.stop()
        assert not answers(server)
        assert not is_well(server)


@pytest.mark.parametrize("how", ["closes", "is silent"])
def test_a_server_that_answers_nothing_is_not(how, monkeypatch):
    """Though it lives and listens."""
    monkeypatch.setattr(health, "ANSWER", 0.5)
    with launched(deaf(how), Options()) as server:
        assert not serves(server)
        assert not answers(server)
        assert not survives(server)
        assert is_well(server)


def test_a_server_that_answers_wrongly_serves_all_the_same():
    """What is wrong with it is for cases to say."""
    with launched(tiny("CORE-APP-003"), Options()) as server:
        assert serves(server)
        assert not answers(server)


def test_a_server_that_dies_a_little_later_does_not_survive():
    """What kills it may take its time."""
    with launched(tiny(), Options()) as server:
        threading.Timer(0.2, server.kill).start()
        assert not survives(server)
