"""Permissions-Policy."""

from typing import Any

import pytest

from asgikit.http.permissions import PermissionsPolicy


def test_a_policy_is_printed() -> None:
    """As a structured dictionary: nobody, everybody, this page and others."""
    policy = PermissionsPolicy(
        camera=(), fullscreen="*", geolocation=("self", "https://maps.example", "https://*.a.example:8443"), others=(("new", ()),)
    )
    assert str(policy) == 'camera=(), fullscreen=*, geolocation=(self "https://maps.example" "https://*.a.example:8443"), new=()'


@pytest.mark.parametrize(
    "lists",
    [
        {},
        {"camera": "self"},
        {"camera": ["self"]},
        {"camera": ("maps.example",)},
        {"camera": ("https://maps.example/",)},
        {"camera": ('https://a.example" *',)},
        {"camera": ("https://a.*.example",)},
        {"camera": ('https://a"b',)},
        {"camera": ("https://a\\b",)},
        {"others": (("a b", ()),)},
        {"others": (("new", ("x",)),)},
        {"camera": (), "others": (("camera", "*"),)},
    ],
)
def test_a_policy_that_cannot_be_meant_is_refused(lists: Any) -> None:
    """No origin, no name, the same name twice, nothing at all."""
    with pytest.raises(ValueError):
        PermissionsPolicy(**lists)


def test_it_is_a_structured_field() -> None:
    """As a parser of those reads it (RFC 9651)."""
    http_sf = pytest.importorskip("http_sf")
    read = http_sf.parse(str(PermissionsPolicy(camera=(), usb=("self", "https://a.example"))).encode(), tltype="dictionary")
    assert read["camera"][0] == []
    assert [str(member) for member, _ in read["usb"][0]] == ["self", "https://a.example"]
