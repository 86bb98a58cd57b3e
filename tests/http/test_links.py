"""Links in header fields (RFC 8288)."""

from dataclasses import replace

import pytest

from asgikit.http.links import Link, parse_links


@pytest.mark.parametrize(
    ("link", "text"),
    [
        (Link("/style.css", rel="preload", as_="style"), "</style.css>; rel=preload; as=style"),
        (
            Link(
                "https://cdn.example/f.woff2",
                rel="preload",
                as_="font",
                type="font/woff2",
                media="(min-width: 1px)",
                crossorigin="anonymous",
                fetchpriority="high",
                anchor="#x",
                title="A font",
                params=(("NoPush", None), ("integrity", "sha384-x")),
            ),
            (
                '<https://cdn.example/f.woff2>; rel=preload; as=font; type="font/woff2"; media="(min-width: 1px)"; '
                'crossorigin=anonymous; fetchpriority=high; anchor=#x; title="A font"; nopush; integrity=sha384-x'
            ),
        ),
        (Link("", rel="next last"), '<>; rel="next last"'),
        (Link("/é b>", rel="x"), "</%C3%A9%20b%3E>; rel=x"),
        (Link("?page=2&a=%20", rel="next"), "<?page=2&a=%20>; rel=next"),
        (Link("/a\r\nset-cookie: b", rel="x"), "</a%0D%0Aset-cookie:%20b>; rel=x"),
        (Link("/", rel="x", title="é €"), "</>; rel=x; title*=UTF-8''%C3%A9%20%E2%82%AC"),
        (Link("/", rel="x", title='"\\'), '</>; rel=x; title="\\"\\\\"'),
        (Link("/", rel="x", title=""), '</>; rel=x; title=""'),
        (Link("/", rel="x", params=(("a", "é'%*"),)), "</>; rel=x; a*=UTF-8''%C3%A9%27%25%2A"),
    ],
)
def test_a_link_is_printed_and_parsed_back(link, text):
    """Targets percent-encoded, values quoted where need be, beyond ASCII in UTF-8 (RFC 8187)."""
    assert str(link) == text
    assert parse_links(text) == [link]


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"rel": ""}, "needs a relation"),
        ({"rel": " \t"}, "needs a relation"),
        ({"rel": "é"}, "the rel of a link cannot be"),
        ({"rel": "a\r\nb"}, "the rel of a link cannot hold"),
        ({"as_": "a b"}, "the as of a link cannot be"),
        ({"as_": ""}, "the as of a link cannot be"),
        ({"type": "css"}, "the type of a link cannot be"),
        ({"type": 'a/b;c="é"'}, "the type of a link cannot be"),
        ({"media": "é"}, "the media of a link cannot be"),
        ({"media": "\n"}, "the media of a link cannot hold"),
        ({"crossorigin": "yes"}, "the crossorigin of a link cannot be"),
        ({"fetchpriority": ""}, "the fetchpriority of a link cannot be"),
        ({"title": "a\0"}, "the title of a link cannot hold"),
        ({"title": "é\n"}, "the title of a link cannot hold"),
        ({"title": "\ud800"}, "surrogates"),
        ({"target": "\ud800"}, "surrogates"),
        ({"target": "//user@host/"}, "credentials"),
        ({"target": "http://[x"}, "IPv6"),
        ({"anchor": "//user@host/"}, "credentials"),
        ({"params": (("Rel", "x"),)}, "a parameter of Link itself"),
        ({"params": (("title*", "x"),)}, "not the name of a link's parameter"),
        ({"params": (("\u212aey", None),)}, "not the name of a link's parameter"),
        ({"params": (("a b", None),)}, "not the name of a link's parameter"),
        ({"params": (("a", "\x7f"),)}, "the a of a link cannot hold"),
    ],
)
def test_what_no_link_can_be_is_refused(fields, reason):
    """When it is made."""
    with pytest.raises(ValueError, match=reason):
        Link(**{"target": "/", "rel": "x", **fields})


@pytest.mark.parametrize(
    ("value", "links"),
    [
        ("", []),
        (" , ,\t", []),
        ("</a>;rel=x , </b> ; REL = X ;;", [Link("/a", rel="x"), Link("/b", rel="X")]),
        ('</a,b;c">; rel=x, </b>; rel="y"', [Link('/a,b;c"', rel="x"), Link("/b", rel="y")]),
        ('</a>; title="</b>; rel=y, </c>; rel=z"; rel=x', [Link("/a", rel="x", title="</b>; rel=y, </c>; rel=z")]),
        ("</a>; rel=x; type=text/css", [Link("/a", rel="x", type="text/css")]),
        ("</a>; rel=x; rel=y; title=1; title=2; as=a; as=b", [Link("/a", rel="x", title="1", as_="a")]),
        ("</a>; rel=x; title*=UTF-8''%C3%A9; title=e", [Link("/a", rel="x", title="é")]),
        ("</a>; rel=x; title=e; Title*=utf-8'fr-CA'%c3%a9", [Link("/a", rel="x", title="é")]),
        ("</a>; rel=x; title*=UTF-8''%ff; title=e", [Link("/a", rel="x", title="e")]),
        ("</a>; rel=x; title*=latin-1''%E9; title*=\u00e9; a*=UTF-8''%", [Link("/a", rel="x")]),
        ("</a>; rel=x; title*=UTF-8''%0A", [Link("/a", rel="x")]),
        ('</a>; rel=x; title="\xe9"', [Link("/a", rel="x", title="é")]),
        ("</a>; rel=x; crossorigin", [Link("/a", rel="x", crossorigin="anonymous")]),
        ("</a>; rel=x; crossorigin=Use-Credentials", [Link("/a", rel="x", crossorigin="use-credentials")]),
        ("</a>; rel=x; crossorigin=other; fetchpriority=other", [Link("/a", rel="x", crossorigin="anonymous")]),
        ("</a>; rel=x; fetchpriority=LOW", [Link("/a", rel="x", fetchpriority="low")]),
        ("</a>; rel=x; as=a b; type=css; media=é; é=1; \u212aey=1; =2; a=b\"c\"", [Link("/a", rel="x")]),
        ("</a>; rel=x; hreflang=de; hreflang=en; nopush", [Link("/a", rel="x", params=(("hreflang", "de"), ("hreflang", "en"), ("nopush", None)))]),
        ('</a>; rel=x; a=""; b=', [Link("/a", rel="x", params=(("a", ""), ("b", "")))]),
        ("</a b>; rel=x", [Link("/a%20b", rel="x")]),
    ],
)  # fmt: skip
def test_a_field_is_a_list_of_links(value, links):
    """Commas and semicolons in targets and quotes separate nothing; malformed parameters are left out (RFC 8288, B)."""
    assert parse_links(value) == links


@pytest.mark.parametrize(
    "element",
    [
        "x",
        "/b; rel=y",
        "</b>",
        "</b>; rel",
        '</b>; rel=""',
        "</b>; rel=é",
        "</b> x; rel=y",
        "</b>rel=y",
        "<//u@h>; rel=y",
        "<http://[>; rel=y",
        "</b>; rel=y; anchor=//u@h",
        '"quoted, </c>; rel=z"',
        'x"</c>; rel=z, "',
        '</b>; t="\x00; rel=y; u"',
    ],
)
def test_a_malformed_element_is_left_out(element):
    """What is before it and behind it counts, what is in its quotes does not."""
    a, z = Link("/a", rel="x"), Link("/z", rel="x")
    assert parse_links(f"{a}, {element}, {z}") == [a, z]


@pytest.mark.parametrize("element", ["<", "</b", "</b; rel=y, ", '</b>; rel=y; t="a, </c>; rel=z', '"', '</b>; rel=y; t="\\'])
def test_what_does_not_end_ends_the_field(element):
    """Nothing behind it can be told from it, be it a target or a quoted text."""
    assert parse_links(f"</a>; rel=x, {element}") == [Link("/a", rel="x")]


def test_relation_types_are_compared_without_their_case():
    """One link may have several (RFC 8288, 3.3)."""
    assert Link("/", rel="Next  https://Example.com/Rel").rels == ("next", "https://example.com/rel")


def test_a_link_is_a_frozen_value():
    """A changed one is checked anew; no one else holds a piece of it."""
    params = [("A", "b")]
    link = Link("/", rel="x", params=params)
    params.clear()
    assert link.params == (("a", "b"),)
    assert len({link, replace(link, rel="y")}) == 2
    with pytest.raises(ValueError, match="relation"):
        replace(link, rel="")
    with pytest.raises(AttributeError):
        link.rel = "y"
