"""The command line."""

import re
from argparse import ArgumentParser
from pathlib import Path

import pytest

from asgikit.conformance.arguments import UsageError, add_check, add_rules, add_server, settings_of
from asgikit.conformance.report.formats import Output
from asgikit.conformance.settings import Settings

PAGE = (Path(__file__).parents[2] / "docs" / "conformance.md").read_text()


def parser():
    whole = ArgumentParser(prog="asgikit", exit_on_error=False)
    commands = whole.add_subparsers(dest="do")
    for add in (add_check, add_server, add_rules):
        add(commands)
    return whole


def settings(*words, found=None):
    return settings_of(parser().parse_args(["check", *words]), found or Settings())


def test_everything_can_be_said():
    """Repeatable options add up, patterns may have commas."""
    words = "shop:make --factory --app-dir src --path /a --path POST:/b --ws /c --examples 5 --seconds 1.5 --seed 9 --workers 2"
    more = (
        "--select HTTP-*,WS-* --rules LIFE-* --ignore HTTP-RESP-013 --level must --report json --report html:r.html --baseline b"
    )
    assert settings(*words.split(), *more.split()) == Settings(
        app="shop:make",
        factory=True,
        app_dir="src",
        paths=("/a", "POST:/b"),
        ws=("/c",),
        examples=5,
        seconds=1.5,
        seed=9,
        workers=2,
        select=("HTTP-*", "WS-*", "LIFE-*"),
        ignore=("HTTP-RESP-013",),
        level="must",
        formats=(Output("json"), Output("html", "r.html")),
        baseline="b",
    )


def test_the_command_line_goes_before_the_file():
    """What it does not say is as the file says."""
    found = Settings(app="a:b", factory=True, paths=("/x",), seed=3, select=("WS-*",), formats=(Output("json"),))
    assert settings(found=found) == found
    changed = settings("c:d", "--seed", "0", "--path", "/y", "--report", "text", found=found)
    assert changed == Settings(app="c:d", factory=True, paths=("/y",), select=("WS-*",), formats=(Output("text"),))


def test_text_is_printed_unless_something_else_is():
    """Also beside a file."""
    assert settings("a:b").formats == (Output("text"),)
    assert settings("a:b", "--report", "html:r.html").formats == (Output("text"), Output("html", "r.html"))


def test_two_reports_in_one_place_are_an_error():
    """By whichever way they were asked for."""
    with pytest.raises(UsageError, match="two reports go to the standard output"):
        settings("a:b", "--report", "json", "--report", "text")


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ("--examples 1.5", "'1.5' is not a whole number from 0"),
        ("--examples ten", "'ten' is not a whole number"),
        ("--examples " + "9" * 5000, "Exceeds the limit"),
        ("--seconds -1", "'-1'|expected one argument|positive"),
        ("--seconds nan", "positive number"),
        ("--seconds soon", "'soon' is not a positive number"),
        ("--select HTPT-*", "no rule matches"),
        ("--ignore ,", "is not a text"),
        ("--report yaml", "'yaml' is no format"),
        ("--level note", "choose from"),
        ("--workers 0", "whole number from 1 to 256"),
    ],
)
def test_a_wrong_value_is_told(words, message, capsys):
    """With what would be right, and exit code 2."""
    whole = ArgumentParser()
    check = add_check(whole.add_subparsers())
    with pytest.raises(SystemExit) as caught:
        check.parse_args(["a:b", *words.split()])
    assert caught.value.code == 2
    assert re.search(message, capsys.readouterr().err)


def test_a_server_has_the_options_of_reports():
    """And its own."""
    given = parser().parse_args(["server", "--command", "x {app} {port}", "--report", "json", "--ignore", "WS-*"])
    assert given.command == "x {app} {port}"
    assert settings_of(given, Settings()) == Settings(formats=(Output("json"),), ignore=("WS-*",))


def test_the_page_names_every_option():
    """And no option that there is not."""
    helps = {}
    for name, add in (("check", add_check), ("server", add_server), ("rules", add_rules)):
        helps[name] = add(ArgumentParser().add_subparsers()).format_help()
    options = set(re.findall(r"--[a-z][a-z-]+", " ".join(helps.values()))) - {"--help"}
    assert options == set(re.findall(r"(?<![\w-])--[a-z][a-z-]+", PAGE))
