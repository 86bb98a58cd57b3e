"""What is unusual but legal in a scope."""

import pytest
from hypothesis import find, settings

from asgikit.conformance.drafts import parse_target, plain
from asgikit.conformance.drawing import drawn
from asgikit.conformance.machine import opened
from asgikit.conformance.rules import catalogue
from asgikit.conformance.scope_strategies import QUIRKS, draft_scope
from tests.conformance.sampling import samples

EACH = [
    (where, quirk)
    for where, type_ in (("GET /items", "http"), ("WS /lobby", "websocket"), ("lifespan", "lifespan"))
    for quirk in QUIRKS[type_]
]


@pytest.mark.parametrize(("where", "quirk"), EACH)
def test_a_quirk_alone_is_legal_and_does_something(where, quirk):
    """It changes the plain scope, breaks no rule but notes, and its marks bind applications."""
    target = parse_target(where)

    def build(choose):
        draft = plain(target)
        return quirk.change(draft, choose), draft.finished()

    normal = plain(target).finished()
    changed = [scope for fits, scope in samples(drawn(build), 30) if fits]
    assert any(scope != normal for scope in changed)
    for scope in changed:
        assert not [finding for finding in opened(scope)[1] if catalogue()[finding.rule].level != "note"]
    assert all("app" in catalogue()[mark].binds for mark in quirk.marks)


@pytest.mark.parametrize(("where", "quirk"), [each for each in EACH if each[0] != "lifespan"])
@pytest.mark.parametrize("level", ["", "2.0", "2.1", "2.2"])
def test_a_quirk_is_legal_on_older_servers(where, quirk, level):
    """What came with a later version is not done there."""
    target = parse_target(where)

    def build(choose):
        draft = plain(target)
        draft.level = level
        quirk.change(draft, choose)
        return draft.finished()

    for scope in samples(drawn(build), 5):
        assert not [finding for finding in opened(scope)[1] if catalogue()[finding.rule].level != "note"]


def test_a_mounted_application_has_the_whole_path():
    """The path begins with the root path, and goes on with what was asked for."""
    target = parse_target("GET /items")
    drafts = samples(drawn(lambda choose: draft_scope(choose, target)), 400)
    mounted = [draft.scope for draft in drafts if "HTTP-SCOPE-014" in draft.marks]
    assert mounted
    for scope in mounted:
        assert scope["root_path"]
        assert scope["path"].startswith(scope["root_path"] + "/items")


@pytest.mark.parametrize("where", ["GET /", "WS /", "lifespan"])
def test_scopes_shrink_to_the_plain_one(where):
    """Without a reason nothing is unusual."""
    target = parse_target(where)
    draft = find(drawn(lambda choose: draft_scope(choose, target)), lambda _: True, settings=settings(database=None))
    assert draft.finished() == plain(target).finished()
    assert not draft.marks


@pytest.mark.parametrize("key", ["client", "server", "root_path", "state", "extensions"])
def test_optional_keys_are_sometimes_absent(key):
    """And sometimes there."""
    target = parse_target("GET /")
    found = {key in draft.scope for draft in samples(drawn(lambda choose: draft_scope(choose, target)), 300)}
    assert found == {True, False}


@pytest.mark.parametrize(
    "mark",
    [
        "CORE-SCOPE-009",
        "HTTP-SCOPE-032",
        "HTTP-SCOPE-025",
        "HTTP-SCOPE-017",
        "HTTP-SCOPE-021",
        "HTTP-SCOPE-022",
        "CORE-SCOPE-007",
    ],
)
def test_the_unusual_is_marked_with_its_rule(mark):
    """And only then: without the mark the scope has nothing of the kind."""
    target = parse_target("GET /")
    drafts = samples(drawn(lambda choose: draft_scope(choose, target)), 600)
    kinds = {
        "CORE-SCOPE-009": lambda scope: {"raw_path", "root_path"} <= scope.keys(),
        "HTTP-SCOPE-032": lambda scope: "scheme" in scope,
        "HTTP-SCOPE-025": lambda scope: (
            scope.get("client")
            and scope.get("server")
            and scope["server"][1]
            and any(name.lower() == b"host" for name, _ in scope["headers"])
        ),
        "HTTP-SCOPE-017": lambda scope: all(name == name.lower() for name, _ in scope["headers"]),
        "HTTP-SCOPE-021": lambda scope: (
            sum(name.lower() == b"cookie" and value != b"" and b";" not in value for name, value in scope["headers"]) < 2
        ),
        "HTTP-SCOPE-022": lambda scope: type(scope["headers"]) is list and all(type(pair) is list for pair in scope["headers"]),
        "CORE-SCOPE-007": lambda scope: "spec_version" in scope["asgi"],
    }
    assert any(mark in draft.marks for draft in drafts)
    assert all(kinds[mark](draft.finished()) for draft in drafts if mark not in draft.marks)
