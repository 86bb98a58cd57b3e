"""Laws of media types, and of the choice among them (RFC 9110, 8.3 and 12.5)."""

from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from asgikit.http.grammar import is_token
from asgikit.http.headers import Headers
from asgikit.http.media import MAX_PREFERENCES, MediaType, negotiate, negotiate_encoding, parse_accept
from property_tests.strategies import hostile, markup, media_types, weights, work

OFFERS = [MediaType.parse(text) for text in ("text/html", "text/html;v=1", "text/plain", "application/json", "text/html;v=1;w=2")]
RANGES = [
    "*/*",
    "text/*",
    "application/*",
    "image/*",
    "text/html",
    "text/html;v=1",
    "text/html;v=1;w=2",
    "text/plain",
    "application/json",
]
CODINGS = ["gzip", "br", "identity", "*", "deflate"]

some_offers = st.lists(st.sampled_from(OFFERS), max_size=4, unique=True)
weighted_ranges = st.dictionaries(st.sampled_from(RANGES), weights, min_size=1, max_size=6)
weighted_codings = st.dictionaries(st.sampled_from(CODINGS), weights, max_size=5)


def field(weighted: dict[str, str]) -> str:
    """An Accept field, or an Accept-Encoding one."""
    return ", ".join(f"{name};q={weight}" for name, weight in weighted.items())


def weight_of(offer: MediaType, weighted: dict[str, str]) -> Fraction:
    """The weight of the most specific range that has the offer: the order of RFC 9110, 12.5.1, read aloud."""
    name = f"{offer.type}/{offer.subtype}"
    both, version = [f"{name};v=1;w=2"], [f"{name};v=1"]
    has = [key for key, _ in offer.params]
    by_precedence = (both if "w" in has else []) + (version if "v" in has else []) + [name, f"{offer.type}/*", "*/*"]
    return next((Fraction(weighted[key]) for key in by_precedence if key in weighted), Fraction(0))


def coding_weight(coding: str, weighted: dict[str, str]) -> Fraction:
    """The weight of a coding: its own, or that of "*"; identity needs no mention (RFC 9110, 12.5.3)."""
    mentioned = weighted.get(coding, weighted.get("*"))
    return Fraction(mentioned if mentioned is not None else coding == "identity")


@given(media_types)
def test_a_printed_media_type_is_parsed_back(media):
    """Parameters come back in order, whatever is in their values."""
    assert MediaType.parse(str(media)) == media


@given(media_types)
def test_a_printed_media_type_fits_in_a_header(media):
    """What was checked as a media type needs no second check."""
    assert Headers({"content-type": str(media)})["content-type"] == str(media)


@given(hostile | hostile.map(lambda text: f"text/html;{text}") | hostile.map(lambda text: f'text/html;a="{text}"'))
def test_parsing_raises_value_error_or_nothing(text):
    """Any text is refused, or is a media type that prints to its like."""
    try:
        media = MediaType.parse(text)
    except ValueError:
        return
    assert MediaType.parse(str(media)) == media
    assert all(map(is_token, (media.type, media.subtype, *(name for name, _ in media.params))))


@given(hostile | hostile.map(lambda text: f"text/html;q={text}"))
def test_reading_preferences_never_fails(text):
    """Whatever a client sends, each preference is a range in lower case with a weight from 0 to 1."""
    preferences = parse_accept(text)
    assert len(preferences) <= MAX_PREFERENCES
    for preference in preferences:
        assert all(is_token(part) for part in preference.name.split("/"))
        assert preference.name == preference.name.lower()
        assert 0 <= preference.q <= 1


@given(hostile, some_offers)
def test_the_choice_is_an_offer_or_nothing(accept, offers):
    """Any field chooses among what is offered, and never fails."""
    assert negotiate(accept, offers) in [*offers, None]
    assert negotiate_encoding(accept, ["br", "gzip"]) in {"br", "gzip", "identity", None}


@given(weighted_ranges, some_offers)
def test_the_choice_is_the_one_of_the_standard(weighted, offers):
    """The heaviest offer, the earlier one of equals, none of weight 0 (RFC 9110, 12.5.1)."""
    best = max(offers, key=lambda offer: weight_of(offer, weighted), default=None)
    expected = best if best is not None and weight_of(best, weighted) > 0 else None
    assert negotiate(field(weighted), offers) == expected


@given(weighted_ranges, some_offers, st.randoms(use_true_random=False))
def test_the_order_of_ranges_says_nothing(weighted, offers, random):
    """Weights decide, not places in the field."""
    names = list(weighted)
    random.shuffle(names)
    assert negotiate(field(weighted), offers) == negotiate(field({name: weighted[name] for name in names}), offers)


@given(some_offers)
def test_who_accepts_everything_gets_the_first_offer(offers):
    """No field, an empty one and "*/*" are the same."""
    first = offers[0] if offers else None
    assert all(negotiate(accept, offers) == first for accept in (None, "", ",", "*/*"))


@given(weighted_codings, st.sampled_from([["gzip"], ["br", "gzip"], ["gzip", "br"], []]))
def test_a_coding_is_used_only_if_it_is_acceptable(weighted, offers):
    """The choice has a weight, and where it is identity no offer has more (RFC 9110, 12.5.3)."""
    chosen = negotiate_encoding(field(weighted), offers)
    possible = [coding for coding in [*offers, "identity"] if coding_weight(coding, weighted) > 0]
    assert chosen in possible or (chosen is None and not possible)
    if chosen == "identity":
        assert all(coding_weight(offer, weighted) <= coding_weight("identity", weighted) for offer in offers)


@given(weighted_codings)
def test_an_offer_beats_one_that_weighs_less(weighted):
    """Of two codings that are offered the chosen one weighs no less."""
    chosen = negotiate_encoding(field(weighted), ["br", "gzip"])
    if chosen in {"br", "gzip"}:
        other = {"br": "gzip", "gzip": "br"}[chosen]
        assert coding_weight(chosen, weighted) >= coding_weight(other, weighted)


@given(markup)
def test_parsing_is_linear(text):
    """Ten times the text is about ten times the work."""
    for parse in (parse_accept, lambda value: MediaType.parse(f"a/b;{value}")):
        assert work(parse, text * 200) <= 11 * work(parse, text * 20) + 100
