"""Cache-Control (RFC 9111, 5.2; RFC 8246; RFC 5861)."""

from dataclasses import replace

import pytest

from asgikit.http.cache import MAX_SECONDS, YEAR, CacheControl


@pytest.mark.parametrize(
    ("policy", "text"),
    [
        (CacheControl(), ""),
        (CacheControl.hashed(), "public, max-age=31536000, immutable"),
        (CacheControl.revalidate(), "no-cache"),
        (CacheControl.never(), "no-store"),
        (CacheControl(max_age=0, private=True), "private, max-age=0"),
        (CacheControl(private=frozenset({"X", "Set-Cookie"})), 'private="set-cookie, x"'),
        (CacheControl(no_cache=frozenset({"Set-Cookie"}), max_age=5), 'no-cache="set-cookie", max-age=5'),
        (
            CacheControl(max_age=1, s_maxage=2, stale_while_revalidate=3, stale_if_error=4, no_transform=True),
            "no-transform, max-age=1, s-maxage=2, stale-while-revalidate=3, stale-if-error=4",
        ),
        (CacheControl(must_revalidate=True, proxy_revalidate=True), "must-revalidate, proxy-revalidate"),
        (CacheControl(no_store=True, must_understand=True, max_age=9), "no-store, must-understand, max-age=9"),
        (CacheControl(only_if_cached=True, max_stale=1, min_fresh=2), "only-if-cached, max-stale=1, min-fresh=2"),
        (CacheControl(extensions=(("A", None), ("b", "c"), ("d", "e f"), ("g", ""))), 'a, b=c, d="e f", g=""'),
    ],
)
def test_a_policy_is_printed_and_parsed_back(policy, text):
    """In one order, names in lower case, names of fields in quotes."""
    assert str(policy) == text
    assert CacheControl.parse(text) == policy


@pytest.mark.parametrize(
    ("strict", "loose"),
    [
        ({"private": True}, {"public": True}),
        ({"private": True}, {"s_maxage": 1}),
        ({"no_store": True}, {"public": True}),
        ({"no_store": True}, {"max_age": 1}),
        ({"no_store": True}, {"s_maxage": 1}),
        ({"no_store": True}, {"immutable": True}),
        ({"no_store": True}, {"stale_while_revalidate": 1}),
        ({"no_store": True}, {"stale_if_error": 1}),
        ({"no_cache": True}, {"max_age": 1}),
        ({"no_cache": True}, {"s_maxage": 1}),
        ({"no_cache": True}, {"immutable": True}),
        ({"no_cache": True}, {"stale_while_revalidate": 1}),
        ({"no_cache": True}, {"stale_if_error": 1}),
        ({"must_revalidate": True}, {"stale_while_revalidate": 1}),
        ({"must_revalidate": True}, {"stale_if_error": 1}),
        ({"public": True}, {"only_if_cached": True}),
        ({"must_revalidate": True}, {"max_stale": 0}),
        ({"s_maxage": 0}, {"min_fresh": 0}),
        ({"immutable": True}, {"min_fresh": 0}),
    ],
)
def test_directives_that_contradict_each_other_do_not_go_together(strict, loose):
    """The program learns of it; from the network the stricter one stays (RFC 9111, 4.2.1)."""
    ((first, _),), ((second, _),) = strict.items(), loose.items()
    with pytest.raises(ValueError, match=f"^{first} rules {second} out: leave out one of them"):
        CacheControl(**strict, **loose)
    both = f"{CacheControl(**loose)}, {CacheControl(**strict)}"
    assert CacheControl.parse(both) == CacheControl(**strict)


@pytest.mark.parametrize(
    "fields",
    [
        {"private": True, "no_store": True, "no_cache": True, "must_revalidate": True, "max_age": 0, "s_maxage": 0},
        {"private": frozenset({"a"}), "public": True, "s_maxage": 1},
        {"no_cache": frozenset({"a"}), "max_age": 1, "immutable": True},
        {"no_store": True, "must_understand": True, "public": True, "max_age": 1},
        {"must_revalidate": True, "max_age": 1, "stale_if_error": 0},
        {"proxy_revalidate": True, "stale_if_error": 1},
        {"no_store": True, "no_cache": True, "max_age": 0, "max_stale": 0},
        {"max_age": MAX_SECONDS},
    ],
)
def test_what_goes_together_is_taken(fields):
    """An age of 0 contradicts nothing, nor does what is about some header fields only."""
    policy = CacheControl(**fields)
    assert CacheControl.parse(str(policy)) == policy


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"max_age": -1}, "max_age lies from 0 to 2147483648 seconds, not -1"),
        ({"s_maxage": MAX_SECONDS + 1}, "s_maxage lies"),
        ({"stale_while_revalidate": -1}, "stale_while_revalidate lies"),
        ({"stale_if_error": -1}, "stale_if_error lies"),
        ({"max_stale": -1}, "max_stale lies"),
        ({"min_fresh": -1}, "min_fresh lies"),
        ({"private": frozenset()}, "private is True, or the names of header fields"),
        ({"no_cache": frozenset({"a b"})}, "no_cache is True, or the names of header fields"),
        ({"private": frozenset({'"'})}, "private is True"),
        ({"extensions": (("a b", None),)}, "not the name of a directive"),
        ({"extensions": (("", "x"),)}, "not the name of a directive"),
        ({"extensions": (("Max-Age", "1"),)}, "a parameter of its own"),
        ({"extensions": (("max_age", "1"),)}, "a parameter of its own"),
        ({"extensions": (("a", "b\r\n"),)}, "cannot hold"),
    ],
)
def test_what_no_field_can_say_is_refused(fields, reason):
    """When the policy is made."""
    with pytest.raises(ValueError, match=reason):
        CacheControl(**fields)


@pytest.mark.parametrize(
    ("text", "policy"),
    [
        ("", CacheControl()),
        (" , ,", CacheControl()),
        ("NO-Store", CacheControl.never()),
        ("max-age=60,private", CacheControl(max_age=60, private=True)),
        ('max-age="60"', CacheControl(max_age=60)),
        ("max-age=0060", CacheControl(max_age=60)),
        ("max-age=2147483649", CacheControl(max_age=MAX_SECONDS)),
        ("max-age=" + "9" * 10_000, CacheControl(max_age=MAX_SECONDS)),
        ("max-age=" + "0" * 10_000 + "7", CacheControl(max_age=7)),
        ("max-age=60, max-age=60", CacheControl(max_age=60)),
        ("max-age=60, Max-Age=30", CacheControl(max_age=0)),
        ("min-fresh=60, min-fresh=30", CacheControl(min_fresh=MAX_SECONDS)),
        ("min-fresh=x", CacheControl(min_fresh=MAX_SECONDS)),
        ("max-stale", CacheControl(max_stale=MAX_SECONDS)),
        ("max-stale=", CacheControl(max_stale=0)),
        ("max-stale=x", CacheControl(max_stale=0)),
        ("stale-if-error", CacheControl(stale_if_error=0)),
        ("stale-while-revalidate=x, s-maxage=x", CacheControl(stale_while_revalidate=0, s_maxage=0)),
        ("no-store=1, must-revalidate=x, no-transform=, proxy-revalidate=0, only-if-cached=1, public=1, immutable=1, must-understand=0",
         CacheControl(no_store=True, must_revalidate=True, no_transform=True, proxy_revalidate=True)),
        ("only-if-cached=?", CacheControl(only_if_cached=True)),
        ('private="A, b", private=C', CacheControl(private=frozenset("abc"))),
        ('private="a", private', CacheControl(private=True)),
        ('no-cache, no-cache="a"', CacheControl(no_cache=True)),
        ('private=""', CacheControl(private=True)),
        ('private="a b"', CacheControl(private=True)),
        ('private="a', CacheControl(private=True)),
        ('no-cache="a", max-age=1', CacheControl(no_cache=frozenset("a"), max_age=1)),
        ('x="a, no-store"', CacheControl(extensions=(("x", "a, no-store"),))),
        ("a b, =x, x=a b, y=\"z, é", CacheControl()),
        ("\u212aey=1, ma\u017f-age=1", CacheControl()),
        ("Foo=Bar, foo", CacheControl(extensions=(("foo", "Bar"), ("foo", None)))),
    ],
)  # fmt: skip
def test_what_is_malformed_errs_on_the_side_of_stale(text, policy):
    """Permissions that are not well-formed are none, restrictions are the strictest (RFC 9111, 4.2.1 and 1.2.2)."""
    assert CacheControl.parse(text) == policy


@pytest.mark.parametrize("value", ["-1", "1.5", "1e3", "", " 1", "x", "٣", '""', '"1', "0x1", "+1"])
def test_a_time_is_ascii_digits(value):
    """Invalid freshness is none (RFC 9111, 4.2.1)."""
    assert CacheControl.parse(f"max-age={value}").max_age == 0


def test_a_blank_before_the_equals_sign_hides_no_directive():
    """What is not quite the grammar is not taken for an extension."""
    assert CacheControl.parse("no-store =x") == CacheControl.never()
    assert CacheControl.parse("max-age = 60") == CacheControl(max_age=0)


def test_a_policy_is_a_frozen_value():
    """A changed one is checked anew; no one else holds a piece of it."""
    names, extensions = {"A"}, [("B", None)]
    policy = CacheControl(private=names, extensions=extensions)
    names.clear()
    extensions.clear()
    assert policy == CacheControl(private=frozenset({"a"}), extensions=(("b", None),))
    assert len({policy, CacheControl.never()}) == 2
    with pytest.raises(ValueError, match="no_store rules max_age out"):
        replace(CacheControl(max_age=YEAR), no_store=True)
    with pytest.raises(AttributeError):
        policy.public = True
