"""Scenarios as text."""

import base64
import json
import zlib

import pytest

from asgikit.conformance.foreign import Foreign
from asgikit.conformance.replay import WORD, from_argument, from_json, to_argument, to_json, to_word
from asgikit.conformance.scenario import Cancel, Deliver, Leave, Once, Resume, Scenario, Stall

ACTIONS = (Deliver({"type": "http.request", "body": b"a"}), Stall(), Resume(), Leave("ignore", 4000), Leave(), Cancel())
VALUES = [
    None,
    True,
    0,
    -(10**30),
    1.5,
    "",
    "é\ud800\x00",
    b"",
    b"abc\n\x00",
    bytes(range(256)),
    [],
    [1, [2]],
    (),
    (1, (b"a", None)),
    {},
    {"a": {"b": [(1,)]}},
    {1: 2, b"a": "b", None: (1,)},
    {"$bytes": "a"},
    {"$bytes": "a", "b": 1},
    {"": {"$": 1}},
    Once(()),
    Once(((b"a", b"b"), [1])),
    Foreign("thing"),
]


@pytest.mark.parametrize("value", VALUES)
def test_a_value_survives(value):
    """With its type, whatever JSON has for it."""
    scenario = Scenario(scope={"type": "x", "value": value}, actions=(Deliver({"type": "x", "value": [value]}),))
    again = from_json(to_json(scenario))
    assert again == scenario
    assert repr(again) == repr(scenario)


@pytest.mark.parametrize("value", [float("nan"), float("inf"), float("-inf")])
def test_numbers_that_json_lacks_survive(value):
    """And the text is JSON for everybody."""
    text = to_json(Scenario(scope={"value": value}))
    json.loads(text, parse_constant=pytest.fail)
    assert repr(from_json(text).scope) == repr({"value": value})


def test_actions_marks_and_name_survive():
    """All of them, in their order."""
    scenario = Scenario(scope={"type": "http"}, actions=ACTIONS, marks=("A", "B"), name="GET /")
    assert from_json(to_json(scenario)) == scenario


def test_a_strange_object_becomes_a_foreign_one():
    """By its repr, also where that fails."""

    class Rude:
        def __repr__(self):
            raise ValueError

    scope = from_json(to_json(Scenario(scope={"a": {1}, "b": Rude()}))).scope
    assert scope == {"a": Foreign("{1}"), "b": Foreign("Rude")}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "is no JSON"),
        ("[" * 100_000, "nested too deeply|no JSON"),
        ("[]", "is no JSON object"),
        ('{"version": 2, "scope": {}}', "has version 2; this asgikit reads 1"),
        ('{"scope": {}}', "has version None"),
        ('{"version": 1}', "the scope of the scenario is no object"),
        ('{"version": 1, "scope": []}', "the scope of the scenario is no object"),
        ('{"version": 1, "scope": {}, "marks": 1}', "are no list"),
        ('{"version": 1, "scope": {}, "actions": {}}', "are no list"),
        ('{"version": 1, "scope": {}, "name": 1}', "name is no text"),
        ('{"version": 1, "scope": {}, "actions": [1]}', "1 is no action"),
        ('{"version": 1, "scope": {}, "actions": [{"do": "dance"}]}', "is no action"),
        ('{"version": 1, "scope": {}, "actions": [{"do": ["stall"]}]}', "is no action"),
        ('{"version": 1, "scope": {}, "actions": [{"do": "leave", "sends": "maybe", "code": 1}]}', "is no action"),
        ('{"version": 1, "scope": {}, "actions": [{"do": "leave", "sends": "raise", "code": "1"}]}', "is no action"),
        ('{"version": 1, "scope": {}, "actions": [{"do": "deliver"}]}', "the event of the scenario is no object"),
        ('{"version": 1, "scope": {"a": {"$what": 1}}}', r"\$what is not known"),
        ('{"version": 1, "scope": {"a": {"$what": "a"}}}', r"\$what is not known"),
        ('{"version": 1, "scope": {"a": {"$bytes": 1}}}', r"\$bytes is not known, or holds another kind"),
        ('{"version": 1, "scope": {"a": {"$base64": "*"}}}', "does not hold base64"),
        ('{"version": 1, "scope": {"a": {"$float": "x"}}}', "could not convert"),
        ('{"version": 1, "scope": {"a": {"$dict": [[1]]}}}', "no pair of key and value"),
        ('{"version": 1, "scope": {"a": {"$dict": [[[1], 2]]}}}', "cannot be one"),
        ('{"version": 1, "scope": {"a": ' + "[" * 200 + "]" * 200 + "}}", "nested deeper than 100"),
    ],
)
def test_what_is_no_scenario_is_refused(text, message):
    """With ValueError that says why, and no other."""
    with pytest.raises(ValueError, match=message):
        from_json(text)


def test_what_is_too_deep_is_not_written():
    """A cycle too."""
    scope = {"type": "http"}
    scope["self"] = scope
    with pytest.raises(ValueError, match="nested deeper than 100"):
        to_json(Scenario(scope=scope))


def test_a_word_is_short_and_plain():
    """No shell changes it, and no longer one is made."""
    scenario = Scenario(scope={"type": "http", "path": "/é"}, actions=ACTIONS)
    word = to_word(scenario)
    assert word.replace("-", "").replace("_", "").isalnum()
    assert len(word) < 400
    assert from_argument(word) == scenario
    assert to_argument(scenario, None) == word


def test_what_makes_no_word_goes_to_a_file(tmp_path):
    """Whose path replays the same scenario; the same file for the same one."""
    scenario = Scenario(scope={"value": bytes(index * index * 7919 % 251 for index in range(4 * WORD))})
    assert to_word(scenario) == ""
    path = to_argument(scenario, tmp_path / "new")
    assert path == to_argument(scenario, tmp_path / "new")
    assert from_argument(path) == scenario


def test_an_argument_that_is_neither_is_refused(tmp_path):
    """A broken word, a missing file, a folder, a file of something else, and one that unpacks to no end."""
    bomb = base64.urlsafe_b64encode(zlib.compress(bytes(40 * 1024 * 1024), 9)).decode()
    (tmp_path / "other").write_bytes(b"\xff\xfe")
    whole = to_word(Scenario(scope={"type": "http"}))
    for argument in (
        "r1-",
        "r1-a",
        "r1-abcd",
        "r1-é",
        f"r1-{bomb}",
        whole[:-8],
        "",
        str(tmp_path),
        str(tmp_path / "none"),
        str(tmp_path / "other"),
    ):
        with pytest.raises(ValueError, match="scenario"):
            from_argument(argument)


def test_a_word_that_is_cut_off_is_told_as_that():
    """Rather than by what its beginning unpacks to."""
    whole = to_word(Scenario(scope={"type": "http", "path": "/items"}))
    with pytest.raises(ValueError, match="is no whole scenario"):
        from_argument(whole[:-8])
