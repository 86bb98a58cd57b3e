"""Content Security Policies (W3C CSP3)."""

from dataclasses import FrozenInstanceError
from typing import Any

import pytest

from asgikit.http.csp import NONCE, ContentSecurityPolicy, HashSource, HostSource

EMPTY_HASH = "'sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU='"


@pytest.mark.parametrize(
    ("policy", "text"),
    [
        (ContentSecurityPolicy(default_src=()), "default-src 'none'"),
        (ContentSecurityPolicy(default_src=("self",), img_src=("*", "data:")), "default-src 'self'; img-src * data:"),
        (ContentSecurityPolicy(script_src=(HostSource("https://*.a.com:*/js/"),)), "script-src https://*.a.com:*/js/"),
        (ContentSecurityPolicy(style_src=(HashSource.of(""),)), f"style-src {EMPTY_HASH}"),
        (
            ContentSecurityPolicy(script_src_attr=("unsafe-hashes", HashSource.of(""))),
            f"script-src-attr 'unsafe-hashes' {EMPTY_HASH}",
        ),
        (ContentSecurityPolicy(script_src=("wasm-unsafe-eval",), base_uri=()), "script-src 'wasm-unsafe-eval'; base-uri 'none'"),
        (ContentSecurityPolicy(sandbox=()), "sandbox"),
        (ContentSecurityPolicy(sandbox=("allow-forms", "allow-scripts")), "sandbox allow-forms allow-scripts"),
        (ContentSecurityPolicy(upgrade_insecure_requests=True), "upgrade-insecure-requests"),
        (
            ContentSecurityPolicy(require_trusted_types_for_script=True, trusted_types=("a", "'allow-duplicates'")),
            "trusted-types a 'allow-duplicates'; require-trusted-types-for 'script'",
        ),
        (ContentSecurityPolicy(trusted_types=()), "trusted-types 'none'"),
        (
            ContentSecurityPolicy(frame_ancestors=("self",), report_to="csp", report_uri=("/csp", "https://r.example/x?y=1")),
            "frame-ancestors 'self'; report-to csp; report-uri /csp https://r.example/x?y=1",
        ),
    ],
)
def test_a_policy_is_printed(policy: ContentSecurityPolicy, text: str) -> None:
    """Keywords in quotes, an empty list as 'none', in one order."""
    assert str(policy) == text
    assert policy.renderer()(None) == text.encode()


def test_a_nonce_is_put_in_its_places() -> None:
    """Where there is none, NONCE allows nothing."""
    policy = ContentSecurityPolicy(script_src=("self", NONCE), style_src=(NONCE,), img_src=())
    assert policy.uses_nonce
    assert policy.render() == "script-src 'self'; style-src 'none'; img-src 'none'"
    assert policy.render("QUJD") == "script-src 'self' 'nonce-QUJD'; style-src 'nonce-QUJD'; img-src 'none'"
    assert policy.renderer()("QUJD") == policy.render("QUJD").encode()
    assert not ContentSecurityPolicy(script_src=("self",)).uses_nonce


def test_strict_dynamic_without_what_vouches_is_none() -> None:
    """Browsers that do not know it would go by the hosts beside it."""
    policy = ContentSecurityPolicy(script_src=("strict-dynamic", NONCE, "https:"))
    assert policy.render() == "script-src 'none'"
    assert policy.render("QUJD") == "script-src 'strict-dynamic' 'nonce-QUJD' https:"
    kept = ContentSecurityPolicy(script_src=("strict-dynamic", NONCE, HashSource.of("")))
    assert kept.render() == f"script-src 'strict-dynamic' {EMPTY_HASH}"


@pytest.mark.parametrize("nonce", ["", "a b", "a'", "a;", "a\r\n", "é"])
def test_what_is_no_nonce_is_refused(nonce: str) -> None:
    """It would be a directive of its own."""
    with pytest.raises(ValueError, match="base64"):
        ContentSecurityPolicy(script_src=(NONCE,)).render(nonce)


@pytest.mark.parametrize(
    "text",
    [
        *("", "self", "'self'", "none", "unsafe-inline", "nonce-abc", "sha256-x", "https", "data", "a b", "a.com?q", "a.com:x"),
        *("a.com; script-src *", "a.com,b.com", "a.com\r\nx: y", "a.*.com", "*a.com", "https://", "//a.com"),
        *("a.com/'x'", "a.com/;", "a.com/é"),
    ],
)
def test_what_is_no_host_is_refused(text: str) -> None:
    """Keywords, lists, other directives, wild cards in the middle."""
    with pytest.raises(ValueError, match="is not a host"):
        HostSource(text)


@pytest.mark.parametrize(
    "text", ["a", "a.com", "*.a.com", "https://a.com", "wss://a.com:8443", "localhost:8000", "a.com/b/c%20d", "1.2.3.4:*"]
)
def test_hosts(text: str) -> None:
    """With scheme, port and path as far as they are given."""
    assert str(HostSource(text)) == text


@pytest.mark.parametrize(
    ("algorithm", "digest"),
    [
        ("md5", "AAAA"),
        ("sha256", "AAAA"),
        ("sha256", EMPTY_HASH),
        ("sha384", "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="),
        ("sha256", "x"),
    ],
)
def test_what_is_no_hash_is_refused(algorithm: Any, digest: str) -> None:
    """Another algorithm, another length, the quotes that are added."""
    with pytest.raises(ValueError, match=r"base64|sha256, sha384"):
        HashSource(algorithm, digest)


def test_hashes_in_base64url_are_hashes() -> None:
    """Browsers read both alphabets."""
    assert str(HashSource("sha256", "47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU=")).startswith("'sha256-47DE")


@pytest.mark.parametrize(
    "directives",
    [
        {},
        {"default_src": ("'self'",)},
        {"default_src": ("none",)},
        {"default_src": ("example.com",)},
        {"default_src": ("self; script-src *",)},
        {"default_src": "self"},
        {"default_src": ["self"]},
        {"default_src": ("self", "self")},
        {"default_src": (None,)},
        {"img_src": ("unsafe-inline",)},
        {"img_src": (NONCE,)},
        {"connect_src": ("strict-dynamic",)},
        {"style_src": ("unsafe-eval",)},
        {"script_src": ("strict-dynamic", "https:")},
        {"script_src_attr": (NONCE,)},
        {"script_src_attr": ("self",)},
        {"style_src_attr": (HostSource("a.com"),)},
        {"frame_ancestors": (HashSource.of(""),)},
        {"sandbox": ("allow-everything",)},
        {"report_to": "a b"},
        {"report_uri": ("a.com",)},
        {"report_uri": ("/a;b",)},
        {"report_uri": ("/a, /b",)},
        {"trusted_types": ("a;b",)},
    ],
)
def test_a_policy_that_cannot_be_meant_is_refused(directives: Any) -> None:
    """No source, a source that means nothing there, another directive within, a list that is none."""
    with pytest.raises(ValueError):
        ContentSecurityPolicy(**directives)


def test_a_policy_is_a_value() -> None:
    """Equal by what it says, usable as a key, immutable."""
    policy: Any = ContentSecurityPolicy(default_src=("self",), script_src=(NONCE,))
    assert {policy, ContentSecurityPolicy(default_src=("self",), script_src=(NONCE,))} == {policy}
    with pytest.raises(FrozenInstanceError):
        policy.default_src = ()
    assert repr(NONCE) == "NONCE"
