"""Templates through Jinja: the extra `templates`. Pages are checked against their models when they are made."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import aclosing
from dataclasses import dataclass
from os import PathLike
from pathlib import Path as FilePath
from types import NoneType
from typing import TYPE_CHECKING, Any, Final, Generic, TypeAlias, TypeGuard, TypeVarTuple, final, overload

from typing_extensions import TypeVar

from asgikit.errors import CompositionError, MissingExtra
from asgikit.http.content import ContentFields, content_fields
from asgikit.http.media import MediaType
from asgikit.http.url import encode_path
from asgikit.models import Model
from asgikit.path import TailPath
from asgikit.response import Response
from asgikit.variables import Survey

if TYPE_CHECKING:
    import jinja2
else:
    try:
        import jinja2
    except ImportError:
        jinja2 = None

C = TypeVar("C")
C_contra = TypeVar("C_contra", contravariant=True)
Ts = TypeVarTuple("Ts")

Source: TypeAlias = "str | PathLike[str] | jinja2.BaseLoader"
"""Where templates are: a directory, or one of Jinja's loaders."""

HTML: Final = "text/html; charset=utf-8"
CHUNK: Final = 8 * 1024  # characters that a streamed page holds back before it sends them

_MARKUP: Final = frozenset({"text/html", "text/xml", "application/xml"})


@final
class Templates:
    """The templates of a program, from which its pages are made; they are loaded once, when a page is made.

    Every variable has to be given, and in HTML and XML it is escaped. Raises MissingExtra without Jinja,
    CompositionError for a directory that is not there.
    """

    __slots__ = ("_library", "_prefix")

    def __init__(
        self,
        *sources: Source,
        names: Mapping[str, object] | None = None,
        prefix: str = "",
        environment: jinja2.Environment | None = None,
        reload: bool = False,
    ) -> None:
        """From directories and loaders; the first that has a template gives it.

        `names` are known to every template: paths, functions. `prefix` is the root path of the program, for `url`.
        Filters, tests, extensions and delimiters are those of `environment`, and without sources so is the loader.
        With `reload` each rendering loads what has changed and checks the page again: for development.
        """
        if jinja2 is None:
            raise MissingExtra("Templates(…)", "templates")
        if prefix.strip("/") and (not prefix.startswith("/") or prefix.startswith("//")):
            raise CompositionError(f"{prefix!r} is no root path: write one like '/shop'")
        self._prefix: str = encode_path(prefix.rstrip("/"))
        base = jinja2.Environment() if environment is None else environment
        own = base.overlay(
            loader=_loader(sources, base, keep=not reload),
            undefined=jinja2.StrictUndefined,
            auto_reload=reload,
            bytecode_cache=None,  # its keys tell neither asynchronous code from other code, nor escaping code
        )
        known: dict[str, Any] = {**base.globals, "url": self.url, **(names or {})}
        own.globals = known
        self._library: _Library = _Library(own, frozenset(names or ()), reload, {})

    @overload
    def page(self, name: str, /, *, block: str | None = None, content_type: str = HTML) -> Page[None]: ...
    @overload
    def page(self, name: str, model: type[C], /, *, block: str | None = None, content_type: str = HTML) -> Page[C]: ...
    def page(self, name: str, model: type[object] = NoneType, /, *, block: str | None = None, content_type: str = HTML) -> object:
        """A page whose variables are the fields of a dataclass, NamedTuple, TypedDict, attrs class or Struct.

        With `block` it is that block alone. HTML and XML are escaped, text/plain is not. Raises CompositionError for a
        template that is missing or malformed, one that reads what the model does not have, also in what it extends,
        includes and imports by a fixed name, and for any other content type.
        """
        page = Page[object](self._library, name, Model.of(model), block, content_type)
        page.check()
        return page

    def url(self, path: TailPath[*Ts], /, *values: *Ts) -> str:
        """The path with these values, below the prefix; every template knows this function. Raises as `path.url` does."""
        text = path.url(*values)
        if not text.startswith("//"):
            return self._prefix + text
        host, _, rest = text[2:].partition("/")
        return f"//{host}{self._prefix}/{rest}"


@final
class Page(Generic[C_contra]):
    """A template that is rendered with a model: a function to a Response, and an output for `returns(…)`.

    A test client that offers the extension http.response.debug sees the template and its variables.
    """

    __slots__ = ("_block", "_content", "_content_type", "_escaped", "_kept", "_library", "_model", "_name")

    def __init__(self, library: _Library, name: str, model: Model, block: str | None, content_type: str) -> None:
        """Use `templates.page(…)`."""
        self._library: _Library = library
        self._name: str = name
        self._model: Model = model
        self._block: str | None = block
        self._escaped, self._content_type = _checked_type(content_type)
        self._content: ContentFields = content_fields(self._content_type)
        self._kept: dict[bool, jinja2.Template] = {}

    @property
    def name(self) -> str:
        """The name of the template."""
        return self._name

    def __call__(self, context: C_contra, /) -> Response:
        """The page as a response, rendered here and now. Raises TypeError for another model, and what the template does."""
        template, variables = self._template(asynchronous=False), self._model.variables(context)
        return self._response(_rendered(template, self._block, variables), _debug(template, variables))

    def write(self, value: C_contra, /) -> Response:
        """The same, as the output of an endpoint."""
        return self(value)

    def text(self, context: C_contra, /) -> str:
        """The text of the page, for an e-mail or a test."""
        return _rendered(self._template(asynchronous=False), self._block, self._model.variables(context))

    async def render(self, context: C_contra, /) -> Response:
        """The page as a response; the template may call asynchronous functions and iterate asynchronously."""
        template, variables = self._template(asynchronous=True), self._model.variables(context)
        pieces = _pieces(template, self._block, variables)
        return self._response("".join([piece async for piece in pieces]), _debug(template, variables))

    def stream(self, context: C_contra, /) -> Response:
        """The page in chunks of some KiB, sent while it is rendered, as `render` does it; an error cuts the response off."""
        template, variables = self._template(asynchronous=True), self._model.variables(context)
        chunks = _chunks(_pieces(template, self._block, variables))
        return Response.stream(chunks, content_type=self._content_type).with_debug(_debug(template, variables))

    def check(self) -> None:
        """Compares the template with the model again. Raises CompositionError as `templates.page` does."""
        survey = Survey(self._library.environment(self._escaped, asynchronous=False))
        hidden = self._library.names & self._model.fields.keys()
        if hidden:
            raise CompositionError(f"{self!r}: the fields {sorted(hidden)} hide names that all templates have: rename them")
        given = frozenset(name for name, required in self._model.fields.items() if required)
        if self._block is None:
            survey.page(self._name, given)
        else:
            survey.block(self._name, self._block, given)
        if survey.faults:
            raise CompositionError(f"{self!r}: {'; '.join(survey.faults)}. {self._model}")

    def _template(self, *, asynchronous: bool) -> jinja2.Template:
        kept = self._kept.get(asynchronous)
        if kept is not None:
            return kept
        if self._library.reload:
            self.check()
        template = self._library.environment(self._escaped, asynchronous=asynchronous).get_template(self._name)
        if not self._library.reload:
            self._kept[asynchronous] = template
        return template

    def _response(self, text: str, debug: Mapping[str, object]) -> Response:
        return Response.encoded(text.encode(), self._content).with_debug(debug)

    def __repr__(self) -> str:
        """The template, its block and the model."""
        block = "" if self._block is None else f", block={self._block!r}"
        return f"page({self._name!r}, {self._model.kind.__qualname__}{block})"


@dataclass(frozen=True, slots=True)
class _Library:
    """What the pages of some Templates share."""

    base: jinja2.Environment
    names: frozenset[str]
    reload: bool
    variants: dict[tuple[bool, bool], jinja2.Environment]

    def environment(self, escaped: bool, *, asynchronous: bool) -> jinja2.Environment:
        """Jinja compiles a template for one way to render it, so each way has an environment; made when first needed."""
        key = escaped, asynchronous
        if key not in self.variants:
            # A cache without bounds: what is loaded once is never loaded again.
            self.variants[key] = self.base.overlay(autoescape=escaped, enable_async=asynchronous, cache_size=-1)
        return self.variants[key]


def _loader(sources: tuple[Source, ...], base: jinja2.Environment, *, keep: bool) -> jinja2.BaseLoader:
    loaders: list[jinja2.BaseLoader] = []
    for source in sources:
        if isinstance(source, jinja2.BaseLoader):
            loaders.append(source)
        elif FilePath(source).is_dir():
            loaders.append(jinja2.FileSystemLoader(source))
        else:
            raise CompositionError(f"there is no directory {str(source)!r} for templates")
    if base.loader is not None and not loaders:
        loaders.append(base.loader)
    if not loaders:
        raise CompositionError("Templates needs a directory, or one of Jinja's loaders")
    loader = loaders[0] if len(loaders) == 1 else jinja2.ChoiceLoader(loaders)
    if not keep:
        return loader
    sourcecode: dict[str, tuple[str, str | None, Callable[[], bool] | None]] = {}

    def load(name: str) -> tuple[str, str | None, Callable[[], bool] | None]:
        if name not in sourcecode:
            sourcecode[name] = loader.get_source(base, name)
        return sourcecode[name]

    return jinja2.FunctionLoader(load)


def _checked_type(content_type: str) -> tuple[bool, str]:
    """Whether it is escaped, and the type with its charset."""
    try:
        media = MediaType.parse(content_type)
    except ValueError as error:
        raise CompositionError(str(error)) from None
    markup = media.essence in _MARKUP or media.subtype.endswith("+xml")
    if not markup and media.essence != "text/plain":
        raise CompositionError(f"no template is safe as {media.essence}: pages are HTML, XML or text/plain")
    if media.charset not in {None, "utf-8"}:
        raise CompositionError(f"pages are UTF-8, not {media.charset}")
    return markup, str(media) if media.charset else f"{media}; charset=utf-8"


def _debug(template: jinja2.Template, variables: dict[str, object]) -> Mapping[str, object]:
    return {"template": template, "context": variables}  # under the keys that test clients know


def _rendered(template: jinja2.Template, block: str | None, variables: dict[str, object]) -> str:
    if block is None:
        return template.render(variables)
    try:
        return "".join(template.blocks[block](template.new_context(variables)))
    except Exception:  # noqa: BLE001  # raised again, with the lines of the template
        template.environment.handle_exception()


async def _pieces(template: jinja2.Template, block: str | None, variables: dict[str, object]) -> AsyncGenerator[str]:
    render = template.root_render_func if block is None else template.blocks[block]
    pieces: object = render(template.new_context(variables))
    try:
        if _is_asynchronous(pieces):  # it always is: Jinja's own types do not say so
            async with aclosing(pieces):
                async for piece in pieces:
                    yield piece
    except Exception:  # noqa: BLE001  # raised again, with the lines of the template
        template.environment.handle_exception()


def _is_asynchronous(pieces: object) -> TypeGuard[AsyncGenerator[str]]:
    return isinstance(pieces, AsyncGenerator)


async def _chunks(pieces: AsyncGenerator[str]) -> AsyncGenerator[bytes]:
    held: list[str] = []
    size = 0
    async with aclosing(pieces):
        async for piece in pieces:
            held.append(piece)
            size += len(piece)
            if size >= CHUNK:
                yield "".join(held).encode()
                held, size = [], 0
    if size:
        yield "".join(held).encode()
