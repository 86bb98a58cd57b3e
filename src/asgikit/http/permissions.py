"""Permissions-Policy as a value: which features of a browser a page, and the frames in it, may use (W3C Permissions Policy)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Final, Literal, TypeAlias, final

from asgikit.http.origin import check_origin

Allowlist: TypeAlias = Literal["*"] | tuple[str, ...]
"""Everybody, or those named: "self" and origins, in which `*.` stands for any subdomain; nobody if it is empty."""

# A key of a structured dictionary (RFC 9651, 3.1.2), which names of features are.
_KEY: Final = re.compile(r"[a-z*][a-z0-9_\-.*]*")


@final
@dataclass(frozen=True, kw_only=True, slots=True)
class PermissionsPolicy:
    """Who may use each feature: None says nothing, an empty tuple nobody; `others` are features that have no field here.

    Raises ValueError for an origin that browsers never send, and for what is no name of a feature.
    """

    accelerometer: Allowlist | None = None
    ambient_light_sensor: Allowlist | None = None
    attribution_reporting: Allowlist | None = None
    autoplay: Allowlist | None = None
    bluetooth: Allowlist | None = None
    browsing_topics: Allowlist | None = None
    camera: Allowlist | None = None
    clipboard_read: Allowlist | None = None
    clipboard_write: Allowlist | None = None
    compute_pressure: Allowlist | None = None
    cross_origin_isolated: Allowlist | None = None
    display_capture: Allowlist | None = None
    encrypted_media: Allowlist | None = None
    fullscreen: Allowlist | None = None
    gamepad: Allowlist | None = None
    geolocation: Allowlist | None = None
    gyroscope: Allowlist | None = None
    hid: Allowlist | None = None
    identity_credentials_get: Allowlist | None = None
    idle_detection: Allowlist | None = None
    keyboard_map: Allowlist | None = None
    local_fonts: Allowlist | None = None
    magnetometer: Allowlist | None = None
    microphone: Allowlist | None = None
    midi: Allowlist | None = None
    otp_credentials: Allowlist | None = None
    payment: Allowlist | None = None
    picture_in_picture: Allowlist | None = None
    publickey_credentials_create: Allowlist | None = None
    publickey_credentials_get: Allowlist | None = None
    screen_wake_lock: Allowlist | None = None
    serial: Allowlist | None = None
    storage_access: Allowlist | None = None
    usb: Allowlist | None = None
    web_share: Allowlist | None = None
    window_management: Allowlist | None = None
    xr_spatial_tracking: Allowlist | None = None
    others: tuple[tuple[str, Allowlist], ...] = ()

    def __post_init__(self) -> None:
        """Checks every list, and the names of the others."""
        lists = self._lists()
        for name, allowed in lists:
            if _KEY.fullmatch(name) is None:
                raise ValueError(f"{name!r} is not the name of a feature")
            _check_allowlist(name, allowed)
        if len({name for name, _ in lists}) < len(lists):
            raise ValueError("a feature is named twice: leave it out of `others` if it has a field")
        if not lists:
            raise ValueError("a policy without features says nothing: write None in its place")

    def _lists(self) -> list[tuple[str, Allowlist]]:
        own = ((field.name.replace("_", "-"), getattr(self, field.name)) for field in fields(self) if field.name != "others")
        return [*((name, allowed) for name, allowed in own if allowed is not None), *self.others]

    def __str__(self) -> str:
        """The value of the field, a structured dictionary."""
        return ", ".join(f"{name}={_printed(allowed)}" for name, allowed in self._lists())


def _check_allowlist(name: str, allowed: Sequence[object]) -> None:
    if allowed == "*":
        return
    if not isinstance(allowed, tuple):
        raise ValueError(f"{name} is '*' or a tuple, not {allowed!r}: write ({allowed!r},)")  # noqa: TRY004  # as any bad policy
    for origin in allowed:
        if origin != "self":
            exact = str(origin).replace("://*.", "://any.", 1)
            check_origin(exact)
            if not exact.isascii() or not {'"', "*", "\\"}.isdisjoint(exact):
                raise ValueError(f"{name}: {origin!r} is no origin")


def _printed(allowed: Allowlist) -> str:
    if allowed == "*":
        return "*"
    words = [origin if origin == "self" else f'"{origin}"' for origin in allowed]
    return f"({' '.join(words)})"
