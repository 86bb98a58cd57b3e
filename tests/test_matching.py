"""Finding routes: the greedy way agrees with the whole way."""

from __future__ import annotations

import pytest

from asgikit import param, rest, root
from asgikit.converters import integer
from asgikit.errors import RouteConflict
from asgikit.matching import ANY, WEBSOCKET, Leaf, Tree

PATHS = [root / "a" / param("n", int), root / "a" / "b", root / param("x", str) / "c", root / "t" / rest("tail"), root]


def test_the_short_way_gives_what_the_long_way_gives() -> None:
    """Wherever it gives anything."""
    tree = Tree([("GET", path) for path in PATHS])
    for target in ("/", "/a/b", "/a/1", "/x/c", "/a/c", "/t/a/b", "/t/", "/none", "/a/b/", "//a/b"):
        segments = target.split("/")
        short = tree.greedy("GET", segments)
        if short is not None:
            assert short == tree.find("GET", segments[1:], None)
    assert tree.greedy("GET", ["", "a", "1"]) == (0, (1,))
    assert tree.greedy("GET", ["http:", "", "a", "1"]) is None


def test_matching_costs_the_path_not_the_routes() -> None:
    """A thousand routes more add no step: each segment is one look-up."""
    looked: list[str] = []

    class Counting:
        def parse(self, text: str, /) -> str:
            looked.append(text)
            return text

        def print(self, value: str, /) -> str:
            return value

    converter = Counting()
    tree = Tree([("GET", root / f"r{n}" / param("x", converter)) for n in range(1000)])
    assert tree.find("GET", ["r999", "value"], None) == (999, ("value",))
    assert looked == ["value"]


def test_methods_come_in_one_order() -> None:
    """The usual ones first, others by their names."""
    tree = Tree([(method, root) for method in ("ZAP", "DELETE", "ABC", "GET", "QUERY")])
    assert tree.methods([""], None) == ["GET", "HEAD", "DELETE", "QUERY", "ABC", "ZAP"]


def test_a_leaf_has_head_wherever_it_has_get() -> None:
    """A HEAD of its own wins, in whichever order they come."""
    leaf = Leaf()
    assert [leaf.add("GET", 1), leaf.methods["HEAD"], leaf.add("HEAD", 2), leaf.methods["HEAD"]] == [1, 1, 2, 2]
    assert leaf.add("GET", 3) == 1


def test_a_conflict_names_both_routes() -> None:
    """So that people find them."""
    with pytest.raises(RouteConflict, match=r"GET /u/\{name\} and GET /u/\{id\} answer"):
        Tree([("GET", root / "u" / param("id", str)), ("GET", root / "u" / param("name", str))])


def test_many_choices_are_taken_on_trust() -> None:
    """Checking that a route can be reached has a bound; beyond it nothing is refused."""
    wide = root / param("a", integer(0, 63)) / param("b", integer(0, 63)) / param("c", integer(0, 63))
    assert Tree([("GET", wide)]).find("GET", ["1", "2", "3"], None) == (0, (1, 2, 3))


def test_what_is_mounted_comes_last_and_takes_everything() -> None:
    """Any method, at its path or below it; the last value is how much is below."""
    tree = Tree([(ANY, root / "a"), ("GET", root / "a" / param("x", str)), (ANY, root / param("y", str) / "b"), (ANY, root)])
    assert tree.find("GET", ["a", "1"], None) == (1, ("1",))
    assert tree.find("POST", ["a", "1"], None) == (0, (1,))
    assert tree.find(WEBSOCKET, ["a"], None) == (0, (0,))
    assert tree.find("GET", ["a", "", "..", "x/y"], None) == (0, (3,))
    assert tree.find("GET", ["c", "b", ""], None) == (2, ("c", 1))
    assert tree.find("GET", [""], None) == (3, (1,))
    assert tree.methods(["a", "1"], None) == ["GET", "HEAD"]
    assert "/a" not in tree.fixed


def test_two_mounts_at_one_path_conflict() -> None:
    """Nobody could tell them apart."""
    with pytest.raises(RouteConflict, match="answer the same requests"):
        Tree([(ANY, root / "a"), (ANY, root / "a")])
