"""Errors as problem documents (RFC 9457), or as a page, as the client likes it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from types import MappingProxyType
from typing import Final, Literal, TypeAlias

from asgikit.codec import is_mapping
from asgikit.functions import require_sync
from asgikit.handler import Middleware, after
from asgikit.http.content import content_fields
from asgikit.http.markup import escape
from asgikit.http.media import MediaType, negotiate
from asgikit.problems import PROBLEM_TYPE, Problem, is_reference, said_in_text, told_in_text
from asgikit.replacement import replaced
from asgikit.request import Request
from asgikit.response import Response

_HTML: Final = MediaType("text", "html")
_TEXT: Final = MediaType("text", "plain")
_OURS: Final = b"text/plain; charset=utf-8"
_FIELDS: Final = content_fields(PROBLEM_TYPE)
# Who likes JSON likes this kind of it: an error in a type that nobody asked for by name is better than none.
_JSON: Final = (MediaType("application", "problem+json"), MediaType("application", "json"))

Form: TypeAlias = Literal["json", "html", "text"]


def problem_page(problem: Problem) -> str:
    """A problem as a small page: its title, its detail, and what is wrong where."""
    title = escape(f"{problem.status} {problem.title}")
    detail = f"<p>{escape(problem.detail)}</p>" if problem.detail else ""
    errors = problem.members.get("errors")
    items = "".join(f"<li>{_line(error)}</li>" for error in errors) if isinstance(errors, list | tuple) else ""
    body = f"<h1>{title}</h1>{detail}" + (f"<ul>{items}</ul>" if items else "")
    head = (
        '<meta charset="utf-8"><meta name="viewport" content="width=device-width"><meta name="color-scheme" content="light dark">'
    )
    return f'<!doctype html><html lang="en"><head>{head}<title>{title}</title></head><body><main>{body}</main></body></html>'


def _line(error: object) -> str:
    if not is_mapping(error):
        return escape(str(error))
    return escape(f"{error.get('name') or error.get('pointer') or ''}: {error.get('detail')}".removeprefix(": "))


@dataclass(frozen=True, kw_only=True, slots=True)
class ProblemPolicy:
    """How errors are told: `types` are the URI references of statuses that have no other, `instance` that of a request.

    `page` makes the HTML for who prefers that, None for nobody. Raises ValueError for types of what is no error, and
    for what is no URI reference.
    """

    types: Mapping[int, str] = field(default_factory=dict[int, str])
    instance: Callable[[Request[object]], str] | None = None
    page: Callable[[Problem], str] | None = problem_page

    def __post_init__(self) -> None:
        """Checks the types."""
        for status, reference in self.types.items():
            if not 400 <= status <= 599:
                raise ValueError(f"{status} is not the status of an error")
            if not is_reference(reference):
                raise ValueError(f"{reference!r} is not a URI reference")
        for made, name in ((self.instance, "instance"), (self.page, "page")):
            if made is not None:
                require_sync(made, f"problem_details({name}=)")
        object.__setattr__(self, "types", MappingProxyType(dict(self.types)))


def problem_of(response: Response) -> Problem | None:
    """What an error response says: of itself, or in plain text, or by its status alone; None if it has a format of its own.

    So JSON and HTML stay as they are, and what is encoded, long, a stream or a file.
    """
    body, kind = response.body, None
    if not isinstance(body, bytes):
        return None
    for name, value in response.raw_headers:
        if name == b"content-encoding":
            return None
        if name == b"content-type":
            kind = value
    known = response.extras.problem
    if kind == _OURS:
        return known or said_in_text(response.status, body, "utf-8")
    if kind is None:
        return None if body else Problem(status=response.status)
    return known if known is not None and kind == PROBLEM_TYPE.encode() else told_in_text(response.status, body, kind)


def form_for(accept: str | None, *, page: bool) -> Form:
    """How a client wants to be told; JSON if it likes nothing that there is, for an error is no reason for another one."""
    if accept is None or accept == "*/*":  # what most programs send, without the long way
        return "json"
    kind = negotiate(accept, (*_JSON, _HTML, _TEXT) if page else (*_JSON, _TEXT))
    return "html" if kind is _HTML else "text" if kind is _TEXT else "json"


def tell(policy: ProblemPolicy, request: Request[object], response: Response) -> Response:
    """The response, which is a problem document or a page if it is an error in plain text."""
    if response.status < 400 or (problem := problem_of(response)) is None:
        return response
    if problem.type == "about:blank" and response.status in policy.types:
        problem = replace(problem, type=policy.types[response.status])
    if problem.instance is None and policy.instance is not None:
        problem = replace(problem, instance=policy.instance(request))
    told = _told(policy, problem, form_for(request.headers.get("accept"), page=policy.page is not None))
    return replaced(response, told.with_added_header("vary", "Accept"))


def _told(policy: ProblemPolicy, problem: Problem, form: Form) -> Response:
    if form == "html" and policy.page is not None:
        return Response.html(policy.page(problem), status=problem.status)
    if form == "text":
        return Response.text(problem.detail or problem.title, status=problem.status)
    return Response.encoded(problem.encode(), _FIELDS, problem.status)


def problem_details(
    *,
    types: Mapping[int, str] = MappingProxyType({}),
    instance: Callable[[Request[object]], str] | None = None,
    page: Callable[[Problem], str] | None = problem_page,
) -> Middleware:
    """Tells every error in a problem document, those of the router and of the edge included; people see a `page`.

    What an HTTPError says is the detail, what a ProblemError carries is the document, values that do not fit are `errors`
    with their places. Responses in plain text are told like that too; those in JSON or HTML are left alone. `types` are
    the URI references of statuses, `instance` makes that of a request. Raises ValueError for a policy that cannot be meant.
    """
    return after(partial(tell, ProblemPolicy(types=types, instance=instance, page=page)))
