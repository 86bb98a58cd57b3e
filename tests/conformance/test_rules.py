"""The catalogue of rules."""

import re
import subprocess
import sys
from dataclasses import fields
from pathlib import Path
from types import MappingProxyType

import pytest

from asgikit.conformance import rules
from asgikit.conformance.rules import GROUPS, Rule, catalogue, parse_rules, rule, section_url, select

PREFIXES = {
    "core": "CORE-",
    "version": "VER-",
    "http": "HTTP-",
    "semantics": "HTTP-SEM-",
    "websocket": "WS-",
    "lifespan": "LIFE-",
    "extensions": "EXT-",
    "tls": "EXT-TLS-",
    "cancellation": "CANCEL-",
    "wsgi": "WSGI-",
}

GOOD = """
[X-001]
binds = ["app", "server"]
level = "must"
basis = "spec"
section = "www, HTTP"
text = "It is so."
quote = "It must be so."
example = "not so"
how = "It is looked at."
checks = ["passive"]
"""

NOTES = """
CORE-MSG-008 CORE-MSG-009 CORE-EXT-006 VER-001 VER-003 VER-006 HTTP-SCOPE-008 HTTP-SCOPE-013 HTTP-SCOPE-016 HTTP-SCOPE-029
HTTP-REQ-010 HTTP-RESP-012 HTTP-RESP-024 HTTP-DISC-003 HTTP-DISC-012 HTTP-SEM-005 HTTP-SEM-011 HTTP-SEM-015 HTTP-SEM-021
WS-CONN-006 WS-CLOSE-010 WS-DISC-006 EXT-TRAIL-005 CANCEL-003
"""


def test_the_catalogue_holds_all_rules_in_order():
    """Group after group, and by number within a family, without a gap."""
    rules = list(catalogue().values())
    assert len(rules) >= 319
    assert list(dict.fromkeys(rule.group for rule in rules)) == list(GROUPS)
    families: dict[str, list[int]] = {}
    for each in rules:
        name, _, number = each.id.rpartition("-")
        families.setdefault(name, []).append(int(number))
    assert all(numbers == list(range(1, len(numbers) + 1)) for numbers in families.values()), families


@pytest.mark.parametrize("rule_id", list(catalogue()))
def test_a_rule_is_complete(rule_id):
    """It is in the group of its prefix, written in sentences, and leads to a section."""
    it = rule(rule_id)
    assert it.id == rule_id
    assert re.fullmatch(r"[A-Z]+(-[A-Z]+)?-\d{3}", rule_id)
    assert rule_id.startswith(PREFIXES[it.group])
    assert it.text.endswith(".")
    assert it.how.endswith(".")
    assert it.ambiguity == "" or it.ambiguity.endswith(".")
    assert it.since in {"", "2.0", "2.1", "2.2", "2.3", "2.4", "2.5"}
    assert (it.basis == "rfc") <= it.section.startswith("RFC")
    assert it.spec_url.startswith(("https://asgi.readthedocs.io/en/latest/", "https://www.rfc-editor.org/rfc/rfc"))


@pytest.mark.parametrize("name", [field.name for field in fields(Rule) if field.name not in {"since", "ambiguity"}])
def test_no_rule_has_an_empty_field(name):
    """Only `since` and `ambiguity` may be."""
    assert all(getattr(each, name) for each in catalogue().values())


def test_rules_of_one_group_stay_apart():
    """What HTTP itself says, and TLS, is in files of its own."""
    assert not [each.id for each in catalogue().values() if each.group == "http" and each.id.startswith("HTTP-SEM-")]
    assert not [each.id for each in catalogue().values() if each.group == "extensions" and each.id.startswith("EXT-TLS-")]


@pytest.mark.parametrize("rule_id", NOTES.split())
def test_what_is_ambiguous_is_a_note(rule_id):
    """It is reported, fails no run, and says why."""
    assert rule(rule_id).level == "note"
    assert rule(rule_id).ambiguity


def test_every_note_says_why():
    """A rule that fails no run explains itself."""
    assert [each.id for each in catalogue().values() if each.level == "note" and not each.ambiguity] == []


@pytest.mark.parametrize(
    ("rule_id", "level"),
    [("HTTP-RESP-020", "must"), ("HTTP-SEM-022", "should"), ("HTTP-RESP-005", "must"), ("CORE-APP-005", "should")],
)
def test_levels_are_those_of_the_text(rule_id, level):
    """A must is what nothing works without; a should is robust."""
    assert rule(rule_id).level == level


def test_a_rule_leads_to_the_docs_and_the_specification():
    """By an anchor each."""
    it = rule("HTTP-RESP-005")
    assert it.url == "docs/rules.md#http-resp-005"
    assert it.spec_url == "https://asgi.readthedocs.io/en/latest/specs/www.html#response-start-send-event"


@pytest.mark.parametrize(
    ("section", "url"),
    [
        ("asgi, Error Handling", "https://asgi.readthedocs.io/en/latest/specs/main.html#error-handling"),
        ("lifespan", "https://asgi.readthedocs.io/en/latest/specs/lifespan.html"),
        ("tls, TLS Connection Scope", "https://asgi.readthedocs.io/en/latest/specs/tls.html#tls-connection-scope"),
        ("extensions, HTTP/2 Server Push", "https://asgi.readthedocs.io/en/latest/extensions.html#http-2-server-push"),
        (
            "www, Disconnect - receive event (ws)",
            "https://asgi.readthedocs.io/en/latest/specs/www.html#disconnect-receive-event-ws",
        ),
        ("www, Disconnected Client - send exception (ws)", "https://asgi.readthedocs.io/en/latest/specs/www.html#id2"),
        ("RFC 9110, 8.6", "https://www.rfc-editor.org/rfc/rfc9110#section-8.6"),
        ("PEP 3333", "https://peps.python.org/pep-3333/"),
    ],
)
def test_a_section_is_found_where_it_is_published(section, url):
    """The ASGI documents by heading, RFCs by number."""
    assert section_url(section) == url


@pytest.mark.parametrize("section", ["", "http, Scope", "RFC 9110", "9110, 8.6"])
def test_an_unknown_section_is_an_error(section):
    """No link is made up."""
    with pytest.raises(ValueError, match="in no document"):
        section_url(section)


@pytest.mark.parametrize(
    ("patterns", "some", "without"),
    [
        (["WS-SEND-004"], {"WS-SEND-004"}, {"WS-SEND-003"}),
        (["HTTP-*"], {"HTTP-RESP-005", "HTTP-SEM-001"}, {"WS-SEND-004"}),
        ([" ws-send-* ", "CORE-MSG-00[12]"], {"WS-SEND-001", "CORE-MSG-002"}, {"CORE-MSG-003"}),
        (["*"], set(catalogue()), set()),
    ],
)
def test_patterns_select_rules(patterns, some, without):
    """As in a shell, in any case."""
    found = select(patterns)
    assert isinstance(found, frozenset)
    assert some <= found
    assert not without & found


def test_no_pattern_selects_nothing():
    """An empty list is no mistake."""
    assert select([]) == frozenset()


@pytest.mark.parametrize(("pattern", "near"), [("WS-SND-004", "WS-SEND-004"), ("HTTP-RES-*", "HTTP-RESP"), ("nothing", "VER-*")])
def test_a_pattern_that_matches_nothing_is_an_error(pattern, near):
    """It names what may have been meant."""
    with pytest.raises(ValueError, match=re.escape(f"no rule matches {pattern!r}")) as caught:
        select(["WS-*", pattern])
    assert near in str(caught.value)


def test_an_unknown_id_is_an_error():
    """It names what may have been meant."""
    with pytest.raises(KeyError, match=r"there is no rule .HTTP-RSP-005..*HTTP-RESP-005"):
        rule("HTTP-RSP-005")
    with pytest.raises(KeyError, match="did you mean HTTP-RESP-005"):
        rule("http-resp-005")


def test_a_huge_pattern_costs_nothing():
    """What an error repeats, and the search for what was meant, is bounded."""
    with pytest.raises(ValueError, match="no rule matches 'WS-WS-") as caught:
        select(["WS-" * 100_000])
    assert len(str(caught.value)) < 1000


def test_the_catalogue_is_read_once_and_cannot_be_changed():
    """All who ask share it."""
    assert catalogue() is catalogue()
    assert isinstance(catalogue(), MappingProxyType)
    with pytest.raises(AttributeError):
        rule("VER-001").level = "must"


def test_nothing_is_read_at_import():
    """The files are opened at the first question."""
    program = """
import sys
opened = []
sys.addaudithook(lambda event, args: event == "open" and str(args[0]).endswith(".toml") and opened.append(args[0]))
from asgikit.conformance.rules import catalogue
assert not opened, opened
catalogue()
catalogue()
assert len(opened) == 10, opened
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr


def test_a_file_of_rules_is_read():
    """Lists become tuples; what may be absent is empty."""
    it = parse_rules("core", GOOD)["X-001"]
    assert (it.id, it.group, it.binds, it.checks) == ("X-001", "core", ("app", "server"), ("passive",))
    assert (it.since, it.ambiguity) == ("", "")


@pytest.mark.parametrize(
    ("old", "new", "error"),
    [
        ('level = "must"', 'level = "Must"', "'level' of X-001 is 'Must': write must or should or note"),
        ('level = "must"', "", "X-001 lacks the key 'level'"),
        ('level = "must"', "level = 1", "'level' of X-001 is 1: write a text"),
        ('basis = "spec"', 'basis = "law"', "'basis' of X-001 is 'law': write spec or implied or rfc"),
        ('binds = ["app", "server"]', "binds = []", "'binds' of X-001 is .*: write a list of app, server, middleware"),
        ('binds = ["app", "server"]', 'binds = "app"', "'binds' of X-001 is 'app': write a list"),
        ('binds = ["app", "server"]', 'binds = ["client"]', "'binds' of X-001 is .*: write a list"),
        ('checks = ["passive"]', 'checks = ["passive", 1]', "'checks' of X-001 is .*: write a list of passive, driven"),
        ('how = "It is looked at."', 'how = " "', "'how' of X-001 is ' ': write a text"),
        ('how = "It is looked at."', 'why = "Because."', "X-001 has the key 'why': a rule has binds, level"),
        ('section = "www, HTTP"', 'section = "web, HTTP"', "the section 'web, HTTP' is in no document"),
        ("[X-001]", 'X-002 = "a"\n[X-001]', "X-002 is a value, not a table"),
        ("[X-001]", "[X-001]\n[X-001]", "Cannot declare"),
        ("[X-001]", "[X-001", "line"),
    ],
)
def test_a_mistake_in_a_file_is_an_error(old, new, error):
    """It names the rule and the key."""
    with pytest.raises(ValueError, match=error):
        parse_rules("core", GOOD.replace(old, new))


ELSEWHERE = {
    "CORE-APP-008": "the rule of order is reported",
    "CORE-MW-003": "the rule that is broken in between is reported",
}


@pytest.mark.parametrize(("way", "folder"), [("passive", "*.py"), ("driven", "*.py"), ("server", "server/**/*.py")])
def test_what_is_checked_is_in_the_source(way: str, folder: str) -> None:
    """A rule that the catalogue calls checked has a place where it is reported."""
    source = "".join(file.read_text() for file in Path(rules.__file__).parent.glob(folder))
    unseen = [rule.id for rule in catalogue().values() if way in rule.checks and f'"{rule.id}"' not in source]
    assert set(unseen) <= set(ELSEWHERE)
