"""A variant of a plain request."""

from asgikit.conformance.driver import drive
from asgikit.conformance.place import Place
from asgikit.conformance.rules import catalogue
from asgikit.conformance.variant import Maker, scope_variants, version_variants
from tests.conformance.sample_apps import piece, right


def test_the_plain_scope_is_the_starting_point():
    """A variant is otherwise in the keys that it names."""
    make = Maker(Place.parse("GET /"), (piece(),))
    assert "client" not in make.without("x", "CORE-SCOPE-009", "client").scenario.scope
    assert make.variant("x", "CORE-SCOPE-010", client=None).scenario.scope["client"] is None
    assert make.acting("x", "CORE-MSG-010", "nothing").scenario.actions == ()
    assert make.plain().scope == Place.parse("GET /").scope()


def test_each_optional_key_is_absent_once():
    """And so are all of them together."""
    for where in ("GET /", "WS /"):
        make = Maker(Place.parse(where), ())
        variants = {variant.name: variant for variant in scope_variants(make)}
        for key in ("raw_path", "root_path", "client", "server", "extensions", "state", "scheme"):
            assert key not in variants[f"no-{key.replace('_', '-')}"].scenario.scope
            assert key not in variants["only-mandatory-keys"].scenario.scope
        assert len(variants) == len(list(scope_variants(make)))


def test_variants_name_rules_that_there_are():
    """Their marks too."""
    for where in ("GET /", "WS /"):
        for variant in scope_variants(Maker(Place.parse(where), ())):
            assert variant.rule in catalogue()
            assert variant.scenario.marks == (variant.rule,)
            assert variant.scenario.name == variant.name


def test_a_lifespan_has_versions_of_its_own():
    """1.0 and 2.0 (lifespan, Scope)."""
    versions = [
        variant.scenario.scope["asgi"].get("spec_version") for variant in version_variants(Maker(Place.parse("lifespan"), ()))
    ]
    assert set(versions) == {None, "1.0", "2.0"}


async def test_scopes_are_legal_but_for_the_ones_that_lack_a_version():
    """What is tried is what a server may do."""
    for where in ("GET /", "WS /"):
        for variant in scope_variants(Maker(Place.parse(where), ())):
            result = await drive(right, variant.scenario, patience=0.05)
            wrong = [each for each in result.violations if each.blame == "server" and each.level != "note"]
            assert not wrong or variant.name == "no-asgi-version", (variant.name, wrong)
