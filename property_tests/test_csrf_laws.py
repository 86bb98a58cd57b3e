"""Laws of what other sites make a browser send, against a naive model of browsers (Fetch standard; W3C Fetch Metadata)."""

import base64
from dataclasses import dataclass

from hypothesis import assume, given
from hypothesis import strategies as st

from asgikit import Request
from asgikit.config import Secret
from asgikit.doublesubmit import CSRFTokens, Mint, mask, unmask
from asgikit.http.cookies import Cookies
from asgikit.middleware.csrf import CSRFPolicy, judge
from asgikit.testing import http_scope
from property_tests.strategies import any_text

DEFAULTS = {"http": 80, "https": 443}


@dataclass(frozen=True)
class Origin:
    scheme: str
    host: str
    port: int

    @property
    def authority(self) -> str:
        return self.host if self.port == DEFAULTS[self.scheme] else f"{self.host}:{self.port}"

    def __str__(self) -> str:
        """As browsers send it."""
        return f"{self.scheme}://{self.authority}"

    @property
    def site(self) -> tuple[str, str]:
        """The scheme and the registrable domain, which has two labels here."""
        return self.scheme, ".".join(self.host.split(".")[-2:])


hosts = st.sampled_from(["example.com", "www.example.com", "evil.com", "example.com.evil.com", "notexample.com", "localhost"])
origins = st.builds(Origin, st.sampled_from(["http", "https"]), hosts, st.sampled_from([80, 443, 8000, 8443]))
pairs = st.one_of(st.tuples(origins, origins), origins.map(lambda origin: (origin, origin)))


@dataclass(frozen=True)
class Browser:
    """What it sends by itself, and what of the page makes it tell nothing."""

    tells_site: bool
    tells_origin: bool
    sandboxed: bool
    referrer: bool

    def fields(self, page: Origin, target: Origin) -> list[tuple[str, str]]:
        """Those of a request that changes something."""
        fields = [("host", target.authority)]
        trustworthy = target.scheme == "https" or target.host == "localhost"
        if self.tells_site and trustworthy:
            if page == target and not self.sandboxed:
                site = "same-origin"
            else:
                site = "same-site" if page.site == target.site and not self.sandboxed else "cross-site"
            fields.append(("sec-fetch-site", site))
        if self.tells_origin:
            fields.append(("origin", str(page) if self.referrer and not self.sandboxed else "null"))
        return fields


browsers = st.builds(Browser, st.booleans(), st.booleans(), st.booleans(), st.booleans())


def request(target: Origin, fields: list[tuple[str, str]]) -> Request[None]:
    headers = [(name.encode(), value.encode()) for name, value in fields]  # whatever they are: http_scope() takes no such text
    return Request.of({**http_scope("POST", scheme=target.scheme), "headers": headers}, None)


@given(browsers, pairs)
def test_no_page_of_another_site_passes(browser, pair):
    """Whatever browser it is that says anything: over TLS only the same origin passes, without it only the same host and port."""
    page, target = pair
    assume(page != target or browser.sandboxed)
    verdict = judge(CSRFPolicy(), request(target, browser.fields(page, target)))
    # The same port, or the default one of either scheme: TLS may end at a proxy.
    same_port = page.port == target.port or page.authority == target.authority
    if target.scheme == "https" or page.host != target.host or not same_port or browser.sandboxed:
        says_nothing = not browser.tells_origin and not (
            browser.tells_site and (target.scheme == "https" or target.host == "localhost")
        )
        assert verdict == ("unknown" if says_nothing else "foreign")


@given(browsers, origins)
def test_every_own_page_passes(browser, page):
    """But where it has told the browser to say nothing, and that knows no Sec-Fetch-Site."""
    assume(not browser.sandboxed and browser.referrer)
    assert judge(CSRFPolicy(), request(page, browser.fields(page, page))) in {"own", "unknown"}


@given(browsers, pairs, origins)
def test_trust_is_for_the_origins_that_are_named(browser, pair, trusted):
    """It changes the verdict on no other."""
    page, target = pair
    fields = browser.fields(page, target)
    policy = CSRFPolicy(trusted_origins=frozenset({str(trusted)}))
    before, now = judge(CSRFPolicy(), request(target, fields)), judge(policy, request(target, fields))
    assert now == before or (now == "trusted" and ("origin", str(trusted)) in fields)


@given(any_text, any_text)
def test_no_field_whatever_is_an_error(site, origin):
    """Nor a way in: what passes is spelled in one way."""
    sent = [("host", "example.com"), ("sec-fetch-site", site), ("origin", origin)]
    fields = [(name, value.encode("latin-1", "replace").decode("latin-1")) for name, value in sent]
    assert judge(CSRFPolicy(), request(Origin("https", "example.com", 443), fields)) == (
        "own" if site in {"same-origin", "none"} else "foreign"
    )


secrets = st.binary(min_size=24, max_size=24).map(lambda data: base64.urlsafe_b64encode(data).decode())
keys = st.text("abcdef", max_size=8).map(lambda text: Secret(f"0123456789abcdef0123456789abcdef{text}"))
values = st.binary(min_size=24, max_size=24)


def mint(*given: Secret) -> Mint:
    return Mint(CSRFTokens(keys=given))


@given(keys, secrets, st.integers(0, 48 * 8 - 1))
def test_a_token_with_one_other_bit_is_none(key, secret, bit):
    """Of the mask or of what is under it."""
    data = int.from_bytes(base64.urlsafe_b64decode(mint(key).token(secret)), "big") ^ (1 << bit)
    assert not mint(key).knows(base64.urlsafe_b64encode(data.to_bytes(48, "big")).decode(), secret)


@given(keys, secrets, st.integers(0, 63), st.characters())
def test_a_token_with_one_other_character_is_none(key, secret, at, character):
    """Base64 has no second spelling of it."""
    token = mint(key).token(secret)
    assume(token[at] != character)
    assert not mint(key).knows(token[:at] + character + token[at + 1 :], secret)


@given(keys, secrets, any_text)
def test_no_text_is_a_token(key, secret, text):
    """Nor an error."""
    assert not mint(key).knows(text, secret)


@given(st.lists(keys, min_size=1, max_size=3, unique_by=Secret.reveal), keys, secrets, secrets)
def test_a_token_is_of_its_keys_and_its_cookie(some, other, secret, another):
    """Each of the keys knows what it has made; no other key does, for no other cookie."""
    assume(other not in some and secret != another)
    for key in some:
        token = mint(key).token(secret)
        assert mint(*some).knows(token, secret)
        assert not mint(*some).knows(token, another)
        assert not mint(other).knows(token, secret)


@given(values, values, values)
def test_masks_come_off_and_hide(value, pad, other):
    """Each gives another text, and the same value."""
    assert unmask(mask(value, pad)) == value
    assert (mask(value, pad) == mask(value, other)) == (pad == other)
    assert len(mask(value, pad)) == 64


@given(st.lists(st.tuples(st.sampled_from(["csrf", "__Host-csrf", "x"]), any_text | secrets), max_size=4), st.booleans())
def test_a_cookie_is_one_that_was_set_here(pairs, secure):
    """What else there is under its name is no secret, and no error."""
    found = mint(Secret("0123456789abcdef" * 2)).secret_in(Cookies(pairs), secure=secure)
    name = "__Host-csrf" if secure else "csrf"
    assert found is None or (name, found) in pairs
