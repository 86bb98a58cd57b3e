"""Cross-site request forgery: refuses what another site makes a browser send, by what the browser says of it, or by a token."""

# pyright: reportPrivateUsage=false
# Nearly every request is safe and passes with one look at its scope, which is read without the property.

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass
from typing import Final, Literal, Protocol, TypeAlias, final

from typing_extensions import TypeVar

from asgikit.doublesubmit import CSRFTokens, Mint
from asgikit.errors import BadRequest, BodyConsumed, CompositionError, HTTPError
from asgikit.forms import URLENCODED
from asgikit.functions import require_sync
from asgikit.handler import Handler, Middleware, after
from asgikit.http.headers import lines_of
from asgikit.http.listing import listed
from asgikit.http.methods import SAFE
from asgikit.http.origin import check_origin, is_own_origin
from asgikit.notes import Note
from asgikit.parts import MULTIPART
from asgikit.privacy import closed
from asgikit.request import Request
from asgikit.response import Response
from asgikit.route import Route

S = TypeVar("S")

Verdict: TypeAlias = Literal["own", "trusted", "foreign", "unknown"]
"""Where a request comes from: a page of this site, of a trusted one, of any other; or nobody says."""

_SAME_ORIGIN: Final = [b"same-origin"]


class Patterned(Protocol):
    """A path or a route."""

    @property
    def pattern(self) -> object:
        """What says which paths it is for."""
        ...


def _path(exempt: Patterned) -> object:
    # Not its text, which says nothing of the types of parameters: another route may have the same.
    return exempt.line.path if isinstance(exempt, Route) else exempt.pattern


Exempt: TypeAlias = Collection[Patterned] | Callable[[Request[object]], bool]
"""Paths, for every method of theirs, and routes, each for its own; or a predicate."""


@final
@dataclass(frozen=True, kw_only=True, slots=True)
class CSRFPolicy:
    """Whose pages may send what changes something, beside those of the host itself, and what is not looked at.

    Raises ValueError for an origin that browsers never send, CompositionError for an exemption that is none.
    """

    trusted_origins: frozenset[str] = frozenset()
    exempt: Exempt = ()
    tokens: CSRFTokens | None = None

    def __post_init__(self) -> None:
        """Checks the origins and the exemptions."""
        for origin in self.trusted_origins:
            check_origin(origin)
        exempt = self.exempt
        if hasattr(exempt, "pattern") or not (callable(exempt) or all(hasattr(each, "pattern") for each in exempt)):
            raise CompositionError(f"exempt is a list of paths and routes, or a predicate, not {exempt!r}")
        if callable(exempt):
            require_sync(exempt, "csrf(exempt=)")
        else:
            object.__setattr__(self, "exempt", tuple(exempt))

    def exempts(self, request: Request[object]) -> bool:
        """Whether this request is not to be looked at. What counts is the route that it goes to, not how its path is written."""
        if callable(self.exempt):
            return self.exempt(request) is True
        matched = request.route
        if matched is None:
            return False
        methods = {each.method if isinstance(each, Route) else "*" for each in self.exempt if _path(each) == matched.path}
        return not methods.isdisjoint({"*", request.method})


def judge(policy: CSRFPolicy, request: Request[object]) -> Verdict:
    """Where a request comes from, by Sec-Fetch-Site, else by Origin against Host: as Go's CrossOriginProtection has it.

    Browsers send both by themselves and let no page set them, the first since 2023, to hosts of https and of this machine.
    """
    headers = request.headers
    site, origin = headers.get("sec-fetch-site"), headers.get("origin")
    if site in {"same-origin", "none"}:
        return "own"
    if origin is not None and origin in policy.trusted_origins:
        return "trusted"
    if site is not None:
        return "foreign"
    if origin is None:
        return "unknown"
    return "own" if is_own_origin(origin, headers.get("host") or "", secure=_is_secure(request)) else "foreign"


def _is_secure(request: Request[object]) -> bool:
    return request.scope.get("scheme") == "https"


async def _problem(tokens: CSRFTokens, mint: Mint, request: Request[object]) -> str | None:
    """What is wrong with the token of a request; a form is read for it, and kept."""
    secret = mint.secret_in(request.cookies, secure=_is_secure(request))
    if secret is None:
        return "it has no cookie for tokens"
    token = request.headers.get(tokens.header)
    if token is None:
        token = await _in_form(tokens.field, request)
    if token is None:
        return f"it has no token in {tokens.header}, nor in the field {tokens.field!r} of a form"
    return None if mint.knows(token, secret) else "its token does not belong to its cookie"


async def _in_form(field: str, request: Request[object]) -> str | None:
    kind, connection = request.content_type, request.connection
    if kind is None or kind.essence not in {URLENCODED, MULTIPART}:
        return None
    length = connection.content_length
    if length is not None and length <= connection.limit and not connection.is_decoded:
        await request.body()  # kept as it came: whoever streams it further in, a mounted application too, has it still
    return (await request.form()).get(field)


@dataclass(slots=True)
class _Issue:
    """The secret that the tokens of a response belong to, if it has any; one that is new has to go with it as a cookie."""

    mint: Mint
    secret: str | None = None
    is_new: bool = False


_issue: Final = Note[_Issue]("csrf tokens")


def csrf_token(request: Request[object], /) -> str:
    """A token for the forms and the scripts of this page, another one each time; the cookie it belongs to goes with the response.

    Raises CompositionError where no `csrf(tokens=…)` is around the handler.
    """
    issue = _issue.get(request.connection)
    if issue is None:
        raise CompositionError("csrf_token() needs csrf(tokens=CSRFTokens(…)) around the handler")
    request.connection.is_personal = True
    if issue.secret is None:
        issue.secret = issue.mint.secret_in(request.cookies, secure=_is_secure(request))
        if issue.secret is None:
            issue.secret, issue.is_new = issue.mint.new_secret(), True
    return issue.mint.token(issue.secret)


def place_cookie(request: Request[object], response: Response) -> Response:
    """The response with the cookie that its tokens belong to; one with tokens is for one client, unless it says otherwise.

    What it says does not count where the cookie is new: a cache would give it to everybody.
    """
    issue = None if request._shared is None else _issue.get(request._shared)
    if issue is None or issue.secret is None:
        return response
    response = closed(response, "private, no-cache", to_all=issue.is_new).with_vary("Cookie")
    if not issue.is_new:
        return response
    issue.is_new = False
    return response.with_cookie(issue.mint.cookie(issue.secret, secure=_is_secure(request)))


def csrf(*, trusted_origins: Collection[str] = (), exempt: Exempt = (), tokens: CSRFTokens | None = None) -> Middleware:
    """Refuses requests that change something and come from a page of another site, with 403; safe methods pass.

    `trusted_origins` may send them all the same. A request that says nothing of its origin is of no browser of this decade,
    and passes unless there are `tokens`. Handshakes of WebSockets have a check of their own, at their route. Raises
    ValueError for an origin that browsers never send, CompositionError for an exemption that is none.
    """
    policy = CSRFPolicy(trusted_origins=frozenset(listed(trusted_origins, "trusted_origins")), exempt=exempt, tokens=tokens)
    mint = None if tokens is None else Mint(tokens)
    always = tokens is not None and tokens.always

    def middleware(handler: Handler[S], /) -> Handler[S]:
        onward = handler if mint is None else _issuing(mint, handler)

        def checked(request: Request[S]) -> Awaitable[Response]:
            scope = request._scope if request._shared is None else request._shared.scope
            if scope["type"] != "http" or scope["method"] in SAFE:
                return onward(request)
            if not always and lines_of(request.raw_headers, b"sec-fetch-site") == _SAME_ORIGIN:
                return onward(request)  # what judge() says, too: nearly always, and without an index of all fields
            return _guarded(policy, mint, onward, request)

        return checked

    return middleware


async def _guarded(policy: CSRFPolicy, mint: Mint | None, onward: Handler[S], request: Request[S]) -> Response:
    verdict, tokens = judge(policy, request), policy.tokens
    if verdict == "foreign" and not policy.exempts(request):
        seen = {name: request.headers.get(name) for name in ("sec-fetch-site", "origin", "host")}
        raise HTTPError(
            403,
            "this was sent by a page of another site, or by an old browser: send it from this site (CSRF)",
            log=f"{seen!r:.300}: csrf(trusted_origins=[…]) admits a site, csrf(exempt=[…]) a route",
        )
    needed = tokens is not None and (verdict == "unknown" or (verdict == "own" and tokens.always))
    if needed and tokens is not None and mint is not None and not policy.exempts(request):
        problem = await _problem(tokens, mint, request)
        if problem is not None:
            raise HTTPError(403, "this form has expired: load the page anew, and send it again (CSRF)", log=problem)
        try:
            return await onward(request)
        except BodyConsumed:
            # Too large to keep, read for its token, and now to be streamed.
            raise BadRequest(f"an upload this large needs its CSRF token in the field {tokens.header} of the request") from None
    return await onward(request)


def _issuing(mint: Mint, handler: Handler[S]) -> Handler[S]:
    placed = after(place_cookie)(handler)

    def issuing(request: Request[S]) -> Awaitable[Response]:
        _issue.set(request.connection, _Issue(mint))
        return placed(request)

    return issuing
