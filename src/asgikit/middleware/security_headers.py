"""The fields that tell a browser what not to do with a response: transport, framing, sources, referrers, features."""

# pyright: reportPrivateUsage=false
# Every response passes here: fields and scope are read, and the new response is made, without their methods.

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from secrets import token_urlsafe
from typing import Final, Literal, TypeAlias, final, get_args

from asgikit.background import LOGGER
from asgikit.body import Upgrade
from asgikit.handler import Middleware, after
from asgikit.http.cache import YEAR
from asgikit.http.csp import ContentSecurityPolicy
from asgikit.http.grammar import is_token
from asgikit.http.headers import Fields, encode_field
from asgikit.http.permissions import PermissionsPolicy
from asgikit.http.url import URL
from asgikit.notes import Note
from asgikit.privacy import closed
from asgikit.request import Request
from asgikit.response import Response

ReferrerPolicy: TypeAlias = Literal[
    "no-referrer",
    "no-referrer-when-downgrade",
    "origin",
    "origin-when-cross-origin",
    "same-origin",
    "strict-origin",
    "strict-origin-when-cross-origin",
    "unsafe-url",
]
FrameOptions: TypeAlias = Literal["auto", "DENY", "SAMEORIGIN"]
OpenerPolicy: TypeAlias = Literal["same-origin", "same-origin-allow-popups", "noopener-allow-popups", "unsafe-none"]
EmbedderPolicy: TypeAlias = Literal["require-corp", "credentialless", "unsafe-none"]
ResourcePolicy: TypeAlias = Literal["same-origin", "same-site", "cross-origin"]


@final
@dataclass(frozen=True, kw_only=True, slots=True)
class HSTS:
    """How long browsers shall know this host by https alone, in seconds, and whether its subdomains too (RFC 6797).

    `preload` asks to be built into browsers, which takes months to undo. Raises ValueError for a negative time, and for
    `preload` without subdomains or for less than a year, which the list refuses.
    """

    max_age: int = YEAR
    include_subdomains: bool = True
    preload: bool = False

    def __post_init__(self) -> None:
        """Checks the time, and what preloading needs."""
        if self.max_age < 0:
            raise ValueError(f"max_age is a number of seconds, not {self.max_age}")
        if self.preload and not (self.include_subdomains and self.max_age >= YEAR):
            raise ValueError("the preload list takes only hosts with include_subdomains and a max_age of a year at least")

    def __str__(self) -> str:
        """The value of the field."""
        subdomains = "; includeSubDomains" if self.include_subdomains else ""
        return f"max-age={self.max_age}{subdomains}{'; preload' if self.preload else ''}"


DEFAULT_CSP: Final = ContentSecurityPolicy(
    default_src=("self",), base_uri=(), object_src=(), form_action=("self",), frame_ancestors=()
)
"""Everything from this origin alone, nothing inline, no plugins, no frame around it, forms only to this origin."""

DEFAULT_PERMISSIONS: Final = PermissionsPolicy(camera=(), geolocation=(), microphone=(), payment=(), usb=())
"""None of the features that people would mind most."""


@final
@dataclass(frozen=True, kw_only=True, slots=True)
class SecurityPolicy:
    """What browsers are told about every response; None leaves a field out.

    `frame_options` "auto" says to old browsers what `frame_ancestors` of the CSP says to others. `reporting_endpoints`
    are names with the URLs that reports go to. Raises ValueError for a `report_to` that is none of them, and for
    frame options that contradict the CSP.
    """

    hsts: HSTS | None = HSTS()
    csp: ContentSecurityPolicy | None = DEFAULT_CSP
    csp_report_only: ContentSecurityPolicy | None = None
    content_type_options: Literal["nosniff"] | None = "nosniff"
    frame_options: FrameOptions | None = "auto"
    referrer_policy: ReferrerPolicy | None = "strict-origin-when-cross-origin"
    opener_policy: OpenerPolicy | None = "same-origin"
    embedder_policy: EmbedderPolicy | None = None
    resource_policy: ResourcePolicy | None = "same-origin"
    permissions: PermissionsPolicy | None = DEFAULT_PERMISSIONS
    reporting_endpoints: tuple[tuple[str, str], ...] = ()

    def __post_init__(self) -> None:
        """Checks the values, the endpoints, and the fields together."""
        for value, known in (
            (self.content_type_options, ("nosniff",)),
            (self.frame_options, get_args(FrameOptions)),
            (self.referrer_policy, get_args(ReferrerPolicy)),
            (self.opener_policy, get_args(OpenerPolicy)),
            (self.embedder_policy, get_args(EmbedderPolicy)),
            (self.resource_policy, get_args(ResourcePolicy)),
        ):
            if value is not None and value not in known:
                raise ValueError(f"{value!r} is not one of {', '.join(known)}")
        for given, kind in (
            (self.hsts, HSTS),
            (self.csp, ContentSecurityPolicy),
            (self.csp_report_only, ContentSecurityPolicy),
            (self.permissions, PermissionsPolicy),
        ):
            if given is not None and given.__class__ is not kind:
                raise ValueError(f"{given!r} is not of the type {kind.__name__}")
        self._check_together()

    def _check_together(self) -> None:
        names = {name for name, _ in self.reporting_endpoints}
        for name, url in self.reporting_endpoints:
            if not is_token(name) or '"' in url or not (URL.parse(url).scheme == "https" or url.startswith("/")):
                raise ValueError(f"reporting_endpoints: {name!r}, {url!r} is not a name with an https URL or a path")
        for policy in (self.csp, self.csp_report_only):
            if policy is not None and policy.report_to is not None and policy.report_to not in names:
                raise ValueError(f"report_to names {policy.report_to!r}, which reporting_endpoints does not have")
        if self.csp_report_only is not None and self.csp_report_only.sandbox is not None:
            raise ValueError("csp_report_only: a browser ignores sandbox there")
        implied = self._implied_frame_options()
        if self.frame_options not in {"auto", None, implied} and self._ancestors() is not None:
            raise ValueError(f"frame_options={self.frame_options!r} contradicts frame_ancestors of the csp: leave it at 'auto'")

    def _ancestors(self) -> tuple[object, ...] | None:
        return None if self.csp is None else self.csp.frame_ancestors

    def _implied_frame_options(self) -> str | None:
        ancestors = self._ancestors()
        if ancestors is None or ancestors == ():
            return "DENY"
        return "SAMEORIGIN" if ancestors == ("self",) else None  # it cannot name anybody else

    def fields(self) -> Fields:
        """What every response gets, but for HSTS and the two policies with nonces."""
        pairs = (
            ("x-content-type-options", self.content_type_options),
            ("x-frame-options", self._implied_frame_options() if self.frame_options == "auto" else self.frame_options),
            ("referrer-policy", self.referrer_policy),
            ("cross-origin-opener-policy", self.opener_policy),
            ("cross-origin-embedder-policy", self.embedder_policy),
            ("cross-origin-resource-policy", self.resource_policy),
            ("permissions-policy", self.permissions),
            ("reporting-endpoints", ", ".join(f'{name}="{url}"' for name, url in self.reporting_endpoints) or None),
        )
        return tuple(encode_field(name, str(value)) for name, value in pairs if value is not None)


_DEFAULT: Final = SecurityPolicy()
_nonce: Final = Note[str]("csp nonce")


def nonce(request: Request[object], /) -> str:
    """The nonce of this request, made when it is first asked for, 128 random bits in base64url: for `nonce=` in a page.

    It counts where a `security_headers` around the handler has NONCE in its policy.
    """
    made = _nonce.get(request.connection)
    if made is None:
        request.connection.is_personal = True
        made = token_urlsafe(16)  # CSP3, 7.1: at least 128 bits
        _nonce.set(request.connection, made)
    return made


@final
class Prepared:
    """A policy with everything encoded that is the same for every response."""

    __slots__ = ("_common", "_policies", "names", "plain", "secure")

    def __init__(self, policy: SecurityPolicy) -> None:
        """Encodes it."""
        given = (("content-security-policy", policy.csp), ("content-security-policy-report-only", policy.csp_report_only))
        self._common: Fields = policy.fields()
        self._policies: tuple[tuple[bytes, Callable[[str | None], bytes], bool], ...] = tuple(
            (name.encode(), csp.renderer(), csp.uses_nonce) for name, csp in given if csp is not None
        )
        hsts: Fields = () if policy.hsts is None else (encode_field("strict-transport-security", str(policy.hsts)),)
        # By whether the request came by TLS: HSTS is ignored elsewhere, and must not be sent there (RFC 6797, 7.2).
        self.plain: Fields = self._common + tuple((name, render(None)) for name, render, _ in self._policies)
        self.secure: Fields = hsts + self.plain
        self.names: frozenset[bytes] = frozenset(name for name, _ in self.secure)

    @property
    def has_policy(self) -> bool:
        """Whether it has a Content Security Policy that is enforced."""
        return any(name == b"content-security-policy" for name, _, _ in self._policies)

    @property
    def uses_nonce(self) -> bool:
        """Whether one of its policies has a place for a nonce."""
        return any(uses for _, _, uses in self._policies)

    def with_nonce(self, fields: Fields, nonce: str) -> Fields:
        """These fields, with this nonce in the policies."""
        made = {name: render(nonce) for name, render, _ in self._policies}
        return tuple((name, made.get(name, value)) for name, value in fields)

    def without_nonces(self, fields: Fields) -> Fields:
        """These fields, without the policies that have a place for a nonce."""
        left_out = {name for name, _, uses in self._policies if uses}
        return tuple(field for field in fields if field[0] not in left_out)


_TLS: Final = frozenset({"https", "wss"})


def secure(prepared: Prepared, request: Request[object], response: Response) -> Response:
    """The response with the fields that it has not yet; a handshake that is accepted as it is.

    One with a nonce is not for caches to share, unless it says that it is for everybody. A 304 has no policy with a nonce: it
    would replace that of the kept page, whose nonce is another (RFC 9111, 4.3.4).
    """
    if response._body.__class__ is Upgrade:
        return response
    shared = request._shared
    scope = request._scope if shared is None else shared.scope
    fields = prepared.secure if scope.get("scheme") in _TLS else prepared.plain
    if shared is not None and (made := _nonce.get(shared)) is not None:
        fields, response = _of_page(prepared, fields, made, request, response)
    if response._status == 304 and prepared.uses_nonce:
        fields = prepared.without_nonces(fields)
    raw = response._raw
    for name, _ in raw:
        if name in prepared.names:
            own = {name for name, _ in raw}
            fields = tuple(field for field in fields if field[0] not in own)
            break
    return response._of(response._status, raw + fields, response._body, response._extras)


def _of_page(
    prepared: Prepared, fields: Fields, made: str, request: Request[object], response: Response
) -> tuple[Fields, Response]:
    """The fields of a response that a nonce was made for, and the response, which is not for caches to share."""
    if prepared.uses_nonce:
        return prepared.with_nonce(fields, made), closed(response, "private, no-cache")
    if prepared.has_policy:
        LOGGER.warning("%s: a nonce was asked for, but the policy around it has no place for it: NONCE", request.connection)
    return fields, response


def security_headers(policy: SecurityPolicy = _DEFAULT, /) -> Middleware:
    """Adds the fields of the policy to every response, those to errors and denied handshakes included.

    A field that the response has already stays as it is: a handler knows better. HSTS goes out over https alone: behind a
    proxy that ends TLS, where the scheme is taken from it.
    """
    return after(partial(secure, Prepared(policy)))
