"""Laws of credentials, challenges and tokens (RFC 9110, 11; RFC 7515)."""

import base64
import functools
import json

import anyio
import pytest
from hypothesis import given
from hypothesis import strategies as st
from joserfc.jwk import ECKey, OKPKey, RSAKey
from joserfc.jws import JWSRegistry

from asgikit import Request, Response
from asgikit.auth.api_key import APIKey
from asgikit.auth.basic import Basic, parse_login
from asgikit.auth.bearer import Bearer
from asgikit.auth.code_flow import Departure
from asgikit.auth.jose import KeySet, Wrong
from asgikit.auth.return_path import return_path
from asgikit.auth.scheme import Rejected, Verified, first_of, optional
from asgikit.errors import HTTPError
from asgikit.http.authorization import TOKEN68, Challenge, Credentials, parse_challenges
from asgikit.http.url import URL
from asgikit.middleware.auth import authenticate, refusal
from asgikit.middleware.permissions import all_of, any_of, none_of
from asgikit.testing import http_scope
from property_tests.strategies import any_text, hostile, tokens

token68 = st.from_regex(TOKEN68, fullmatch=True)
quotable = st.text(st.characters(min_codepoint=32, max_codepoint=255, exclude_categories=["Cc"]), max_size=12)
params = st.lists(st.tuples(tokens.map(str.lower), quotable), max_size=4, unique_by=lambda pair: pair[0]).map(tuple)
challenges = st.builds(Challenge, tokens, token68) | st.builds(Challenge, tokens, st.none(), params)
credentials = st.builds(Credentials, tokens, token68) | st.builds(Credentials, tokens, st.none(), params)
fields = st.text(st.characters(max_codepoint=255), max_size=40) | st.builds(
    "{} {}".format, st.sampled_from(["Basic", "Bearer"]), st.text('aA=+/-._~, \t"\\:\xe9', max_size=20)
)


def is_read_alone(held):
    """Whether the one parameter of it could not be a token68, too: `a=` is both."""
    return TOKEN68.fullmatch(str(held).partition(" ")[2]) is None or held.token68 is not None


@given(credentials.filter(is_read_alone))
def test_printed_credentials_are_parsed_back(held):
    """The scheme, and what follows it."""
    assert Credentials.parse(str(held)) == held


@given(st.lists(challenges.filter(is_read_alone), min_size=1, max_size=4))
def test_printed_challenges_are_parsed_back(several):
    """As many as there are in one field."""
    assert parse_challenges(", ".join(str(challenge) for challenge in several)) == tuple(several)


@given(hostile)
def test_parsing_credentials_gives_credentials_or_a_value_error(text):
    """What is parsed can be printed, and parsed again to the same."""
    for parse in (Credentials.parse, parse_challenges):
        try:
            found = parse(text)
        except ValueError:
            continue
        if isinstance(found, Credentials) and is_read_alone(found):
            assert Credentials.parse(str(found)) == found


@given(hostile)
def test_a_login_is_parsed_or_a_value_error(text):
    """Of whatever is in Base64."""
    try:
        login = parse_login(base64.b64encode(text.encode("utf-8", "surrogatepass")).decode())
    except ValueError:
        return
    assert f"{login.name}:{login.password}" == text
    assert ":" not in login.name


async def nobody(request, given):
    """Knows nobody."""
    return


async def everybody(request, given):
    """Knows everybody."""
    return "user"


def asking(lines, query=b""):
    scope = http_scope(query_string=query)
    return Request.of({**scope, "headers": [(name, line.encode("latin-1")) for name, line in lines]}, None)


names = st.sampled_from([b"authorization", b"x-api-key", b"cookie"])


def schemes(verify):
    return first_of(Basic(verify, realm="r"), Bearer(verify), APIKey(verify, header="x-api-key"), APIKey(verify, cookie="key"))


@given(st.lists(st.tuples(names, fields), max_size=3), st.binary(max_size=20))
def test_garbage_is_no_user_and_no_500(lines, query):
    """Every outcome is one of the three, and a refusal is a 4xx that can be sent."""
    request = asking(lines, query)
    for scheme in (schemes(nobody), schemes(everybody), optional(schemes(nobody))):
        outcome = anyio.run(scheme.authenticate, request)
        if isinstance(outcome, Verified):
            assert outcome.user in {"user", None}
            continue
        error = refusal(scheme.challenges, outcome)
        assert error.status == (401 if outcome is None or outcome.status == 401 else 400)
        assert Response.error(error).headers.get_all("www-authenticate")
        assert isinstance(outcome, Rejected) or outcome is None


@given(st.lists(st.tuples(names, fields), max_size=3))
def test_who_is_not_verified_does_not_reach_the_handler(lines):
    """Whatever they send."""
    reached = []

    async def handler(request):
        reached.append(request)
        return Response.empty()

    with pytest.raises(HTTPError) as error:
        anyio.run(authenticate(schemes(nobody))(handler), asking(lines))
    assert error.value.status in {400, 401}
    assert reached == []


@functools.cache
def keys():
    """A key of each kind, and what is known of them."""
    made = [
        ("RS256", RSAKey.generate_key(2048, {"kid": "rsa"})),
        ("ES256", ECKey.generate_key("P-256", {"kid": "ec"})),
        ("Ed25519", OKPKey.generate_key("Ed25519", {"kid": "ed"})),
    ]
    known = json.dumps({"keys": [key.as_dict(private=False) for _, key in made]}).encode()
    return made, KeySet.from_jwks(known)


def signed(alg, key, payload):
    head = json.dumps({"alg": alg, "kid": key.kid}).encode()
    text = b".".join(base64.urlsafe_b64encode(part).rstrip(b"=") for part in (head, payload))
    return (text + b"." + base64.urlsafe_b64encode(JWSRegistry.algorithms[alg].sign(text, key)).rstrip(b"=")).decode()


ALL = ["RS256", "ES256", "Ed25519"]


@given(st.sampled_from(range(3)), st.binary(max_size=40), st.integers(0), st.integers(0, 7))
def test_a_token_with_one_bit_altered_is_refused(which, payload, at, bit):
    """And the same token as it was is not."""
    made, known = keys()
    alg, key = made[which]
    token = signed(alg, key, payload)
    assert known.payload(token, ALL) == payload
    at %= len(token)
    altered = token[:at] + chr(ord(token[at]) ^ (1 << bit)) + token[at + 1 :]
    assert isinstance(known.payload(altered, ALL), Wrong)


@given(any_text | st.text("abcAB019_-.=", max_size=60))
def test_what_is_no_token_is_refused(text):
    """Without an exception."""
    assert isinstance(keys()[1].payload(text, ALL), Wrong)


@given(hostile)
def test_a_return_path_is_on_this_site(text):
    """A browser that resolves it against ours stays here, and a field can hold it."""
    for given_ in (text, "/" + text):
        path = return_path(given_)
        url = URL.parse(path)
        assert (url.scheme, url.host) == ("", None)
        assert path.startswith("/")
        assert not path.startswith(("//", "/\\"))
        assert Response.redirect(path).headers["location"] == path


@given(any_text, any_text)
def test_a_departure_is_known_by_its_state_alone(state, text):
    """Whatever was signed for something else."""
    departure = Departure.new(text)
    assert Departure.decode(departure.encode(), departure.state) == departure
    assert state == departure.state or Departure.decode(departure.encode(), state) is None
    assert Departure.decode(text.encode("utf-8", "surrogatepass"), state) is None


permissions = st.lists(st.booleans(), min_size=1, max_size=5)


@given(permissions, permissions)
def test_permissions_are_a_boolean_algebra(a, b):
    """De Morgan's laws, and what is nested is flat."""
    left, right = [[(lambda user, value=value: value) for value in values] for values in (a, b)]
    assert none_of(*left)(None) == (not any_of(*left)(None))
    assert none_of(none_of(*left))(None) == any_of(*left)(None)
    assert all_of(all_of(*left), all_of(*right))(None) == all_of(*left, *right)(None) == (all(a) and all(b))
    assert any_of(any_of(*left), any_of(*right))(None) == any_of(*left, *right)(None) == (any(a) or any(b))
