"""Laws of Content Security Policies (W3C CSP3, 2.2 and 2.3)."""

import re

from hypothesis import given
from hypothesis import strategies as st

from asgikit.http.csp import NONCE, ContentSecurityPolicy, HashSource, HostSource
from asgikit.http.headers import encode_field
from asgikit.http.permissions import PermissionsPolicy
from property_tests.strategies import hostile, scalar_text

hosts = st.sampled_from(["a.example", "https://*.a.example:8443/x/", "localhost:8000", "wss://a.example", "*.b.example"]).map(
    HostSource
)
plain = st.sampled_from(["self", "*", "https:", "data:"]) | hosts
hashes = scalar_text.map(HashSource.of)
styles = plain | hashes | st.just(NONCE) | st.sampled_from(["unsafe-inline", "report-sample", "unsafe-hashes"])
scripts = styles | st.sampled_from(["unsafe-eval", "wasm-unsafe-eval"])


def lists(sources):
    return st.none() | st.lists(sources, max_size=4, unique=True).map(tuple)


policies = st.builds(
    ContentSecurityPolicy,
    default_src=st.lists(scripts, max_size=3, unique=True).map(tuple),
    script_src=lists(scripts),
    style_src=lists(styles),
    img_src=lists(plain),
    frame_ancestors=lists(plain),
    sandbox=st.none() | st.lists(st.sampled_from(["allow-forms", "allow-scripts"]), unique=True).map(tuple),
    upgrade_insecure_requests=st.booleans(),
    report_uri=st.lists(st.sampled_from(["/r", "https://r.example/?a=b&c"]), max_size=2).map(tuple),
)
nonces = st.from_regex(r"[A-Za-z0-9_-]{22}", fullmatch=True)


def parsed(text):
    """As a browser does it: directives, each with its words; the first of a name counts (CSP3, 2.2.1)."""
    assert "," not in text  # another policy
    found = {}
    for part in text.split(";"):
        name, *words = part.split()
        assert name not in found
        found[name] = words
    return found


def words(sources, nonce):
    """What a list of sources says, one word each."""
    texts = []
    for source in sources:
        if source is NONCE:
            texts += [f"'nonce-{nonce}'"] if nonce else []
        elif isinstance(source, str):
            texts.append(source if source == "*" or source.endswith(":") else f"'{source}'")
        else:
            texts.append(str(source))
    return texts or ["'none'"]


@given(policies, st.none() | nonces)
def test_a_browser_reads_what_was_meant(policy, nonce):
    """Each directive once, each source a word, and nothing besides; the renderer says the same."""
    text = policy.render(nonce)
    found = parsed(text)
    for name in ("default_src", "script_src", "style_src", "img_src", "frame_ancestors"):
        sources = getattr(policy, name)
        assert found.pop(name.replace("_", "-"), None) == (None if sources is None else words(sources, nonce))
    assert found.pop("sandbox", None) == (None if policy.sandbox is None else list(policy.sandbox))
    assert found.pop("report-uri", []) == list(policy.report_uri)
    assert ("upgrade-insecure-requests" in found) == policy.upgrade_insecure_requests
    assert found.keys() <= {"upgrade-insecure-requests"}
    assert policy.renderer()(nonce) == text.encode()
    assert encode_field("content-security-policy", text)


@given(policies, nonces)
def test_a_nonce_is_where_it_was_asked_for(policy, nonce):
    """And nowhere else."""
    assert (f"'nonce-{nonce}'" in policy.render(nonce)) == policy.uses_nonce
    assert "nonce" not in policy.render()


@given(hostile)
def test_a_host_is_one_word(text):
    """Whatever else is given is refused, before it is in a policy."""
    try:
        source = HostSource(text)
    except ValueError:
        return
    assert re.fullmatch(r"[A-Za-z0-9\-._~!$&()*+=:@/%]+", str(source))
    assert parsed(ContentSecurityPolicy(img_src=(source,)).render()) == {"img-src": [text]}


@given(hostile)
def test_no_nonce_is_a_directive(text):
    """What is not base64 is refused."""
    policy = ContentSecurityPolicy(script_src=(NONCE,))
    try:
        rendered = policy.render(text)
    except ValueError:
        return
    assert parsed(rendered) == {"script-src": [f"'nonce-{text}'"]}


@given(hostile, hostile, hostile)
def test_reports_and_permissions_hold_what_they_may(name, uri, origin):
    """A field each, or a ValueError."""
    for made in (
        lambda: ContentSecurityPolicy(default_src=(), report_to=name).render(),
        lambda: ContentSecurityPolicy(default_src=(), report_uri=(uri,)).render(),
        lambda: str(PermissionsPolicy(camera=(origin,))),
        lambda: str(PermissionsPolicy(others=((name, ("self",)),))),
    ):
        try:
            text = made()
        except ValueError:
            continue
        assert encode_field("x", text)[1].decode() == text
        assert len(text.split(";")) <= 2
        assert text.count('"') in {0, 2}
