"""How to see a finding again."""

from dataclasses import replace

from asgikit.conformance.replay import from_argument
from asgikit.conformance.report.again import command, replay_case
from asgikit.conformance.scenario import Scenario
from tests.conformance.report.samples import BROKEN, SCENARIO, finding


def test_a_finding_has_the_command_line_that_shows_it():
    """With the scenario in a word."""
    name, check, target, option, word = command(BROKEN, finding(scenario=SCENARIO)).split(" ")
    assert (name, check, target, option) == ("asgikit", "check", "shop.asgi:app", "--replay")
    assert from_argument(word) == SCENARIO


def test_a_target_is_quoted_for_the_shell():
    """Whatever its name."""
    report = replace(BROKEN, target="a b:c;d")
    assert command(report, finding(scenario=SCENARIO)).startswith("asgikit check 'a b:c;d' --replay ")


def test_what_names_the_application_is_there():
    """A factory, a directory; a name to be filled in where none is known."""
    report = replace(BROKEN, arguments=("--factory", "--app-dir", "../a b"))
    assert command(report, finding(scenario=SCENARIO)).startswith(
        "asgikit check shop.asgi:app --factory --app-dir '../a b' --replay "
    )
    report = replace(BROKEN, target="the application")
    assert command(report, finding(scenario=SCENARIO)).startswith("asgikit check MODULE:APP --replay ")


def test_what_cannot_be_said_in_a_word_is_not_said():
    """No scenario, one that is too long, one that is too deep."""
    deep = {}
    for _ in range(1000):
        deep = {"x": deep}
    long = {"headers": [[f"{n}-{n * n * 7919}".encode(), b"x"] for n in range(2000)]}
    for scenario in (None, Scenario(scope=long), Scenario(scope=deep)):
        assert replay_case(finding(scenario=scenario)) == ""
        assert command(BROKEN, finding(scenario=scenario)) == ""
