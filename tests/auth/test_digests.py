"""Secrets compared and kept."""

from __future__ import annotations

from asgikit.auth.digests import digest, same


def test_equal_texts_are_the_same() -> None:
    """And no others, of any length or script, nor what is no Unicode at all."""
    assert same("", "")
    assert same("pä\ud800", "pä\ud800")
    assert not same("a", "b")
    assert not same("a", "ab")
    assert not same("\ud800", "\ud801")


def test_a_digest_is_sha256() -> None:
    """So that a database made elsewhere can hold it."""
    assert digest("abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
