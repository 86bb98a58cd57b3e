"""A directory of files as a handler for a path with a `rest`."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from importlib.resources import files as resources_of
from pathlib import Path, PurePath
from stat import S_ISDIR, S_ISLNK
from typing import Final, NamedTuple, final

from anyio import to_thread

from asgikit.body import File
from asgikit.connection import requoted
from asgikit.errors import CompositionError, NotFound
from asgikit.files import file_of
from asgikit.http.cache import YEAR, CacheControl
from asgikit.http.conditional import ETag
from asgikit.http.filetypes import content_type_of, looks_hashed
from asgikit.http.media import negotiate_encoding, parse_accept
from asgikit.http.url import encode_path
from asgikit.request import Request
from asgikit.response import Response

_SUFFIXES: Final = {"br": ".br", "zstd": ".zst", "gzip": ".gz"}
_STALE: Final = 2_000_000_000  # nanoseconds: siblings are written with their file, not long before it

# Names that Windows takes for something else than a file in this directory.
_FOREIGN: Final = frozenset(':\\<>"|?*') if os.name == "nt" else frozenset[str]()


@dataclass(frozen=True, slots=True, kw_only=True)
class StaticOptions:
    """How a directory is served.

    `index` is what a directory shows; with `html`, `about` shows `about.html`; `fallback` is a file for every page that
    there is none for, as applications of one page need it, and only where the client wants HTML. With `precompressed`,
    `app.js.br`, `.zst` and `.gz` stand for `app.js` where the client takes them. `cache` is for every file but those
    whose path, as `hashed` says, names their content: they are kept for good. Names that begin with a dot
    are not there, but for those in `dotted`; nor is what a symbolic link leads out to, unless `symlinks`.
    """

    index: str | None = "index.html"
    html: bool = True
    fallback: str | None = None
    precompressed: bool = True
    cache: CacheControl = field(default_factory=CacheControl.revalidate)
    hashed: Callable[[str], bool] | None = looks_hashed
    dotted: frozenset[str] = frozenset()
    symlinks: bool = False


DEFAULT: Final = StaticOptions()
# Not "public": who may have it is decided around us, and a shared cache would give what it has to anybody.
_FOR_GOOD: Final = str(CacheControl(max_age=YEAR, immutable=True))


@dataclass(frozen=True, slots=True)
class _Found:
    """A file to send: itself or a sibling of it in a coding."""

    path: str
    file: File
    codings: dict[str, File]
    is_fallback: bool = False


class _Seen(NamedTuple):
    real: str
    status: os.stat_result


class _Directory:
    """What a request for a directory without a slash at its end meets."""


_DIRECTORY: Final = _Directory()


@final
class StaticFiles:
    """A handler that serves the files of some directories; the first that has one wins."""

    __slots__ = ("_cache", "_options", "_roots")

    def __init__(self, roots: Sequence[str], options: StaticOptions) -> None:
        """Use `static_files(directory)`."""
        self._roots: tuple[str, ...] = tuple(roots)
        self._options: StaticOptions = options
        self._cache: str = str(options.cache)

    async def __call__(self, request: Request[object], path: str) -> Response:
        """The file at a path below the directories, decoded. Raises NotFound if there is none."""
        wants_page = self._options.fallback is not None and _wants_html(request)
        found = await to_thread.run_sync(self._find, path, wants_page)
        if isinstance(found, _Directory):
            return _with_slash(request, path)
        return self._response(request, found)

    def _response(self, request: Request[object], found: _Found) -> Response:
        hashed = self._options.hashed is not None and self._options.hashed(found.path)
        fields = (("cache-control", _FOR_GOOD if hashed else self._cache), ("x-content-type-options", "nosniff"))
        coding = None
        if found.codings:
            coding = negotiate_encoding(request.headers.get("accept-encoding"), found.codings)
        file = found.codings.get(coding or "identity", found.file)
        response = Response.of_file(file, content_type=content_type_of(found.path.rpartition("/")[2]), headers=fields)
        if found.codings:
            response = response.with_vary("Accept-Encoding")
        if file is not found.file and coding is not None:
            # Made in one go with the others, it may have the same size and date as one of them.
            tag = ETag.parse(response.headers["etag"])
            response = response.with_header("content-encoding", coding).with_etag(ETag(f"{tag.value}-{coding}", tag.weak))
        return response.with_vary("Accept") if found.is_fallback else response

    def _find(self, path: str, wants_page: bool) -> _Found | _Directory:
        """Waits for the disk."""
        if not self._is_hidden(path.split("/")):
            for root in self._roots:
                if (found := self._find_in(root, path)) is not None:
                    return found
        if (fallback := self._options.fallback) is None:
            raise NotFound("there is no such file")
        for root in self._roots if wants_page else ():
            if (page := self._file(root, fallback)) is not None:
                return replace(page, is_fallback=True)
        raise NotFound("there is no such file", headers=(("vary", "Accept"),))

    def _is_hidden(self, segments: list[str]) -> bool:
        """Whether a name is hidden, empty before the last, leads out of the directory, or is no name."""
        for index, segment in enumerate(segments):
            if not segment and index < len(segments) - 1:
                return True
            if segment.startswith(".") and segment not in self._options.dotted:
                return True
            if segment in {".", ".."} or "\0" in segment or not _FOREIGN.isdisjoint(segment):
                return True
        return False

    def _find_in(self, root: str, path: str) -> _Found | _Directory | None:
        place = path.rstrip("/")
        seen = self._look(root, place)
        if seen is not None and S_ISDIR(seen.status.st_mode):
            index = self._options.index and self._file(root, f"{place}/{self._options.index}".lstrip("/"))
            if index:
                return _DIRECTORY if place and place == path else index
            seen = None  # `docs.html` may stand beside `docs/`
        if place != path or not path:
            return None
        if seen is not None:
            return self._sendable(root, path, seen)
        return self._file(root, path + ".html") if self._options.html else None

    def _look(self, root: str, path: str) -> _Seen | None:
        """What is there; None for nothing, for what a link leads out to, and for what is hidden where it leads to."""
        joined = f"{root.rstrip(os.sep)}{os.sep}{path}" if path else root
        try:
            status = os.stat(joined)  # noqa: PTH116  # most often the answer: nothing
            if not _has_links(root, path):
                return _Seen(joined, status)
            real = os.path.realpath(joined)
        except (OSError, ValueError):  # also loops of links, names that are too long or cannot be encoded
            return None
        if not self._options.symlinks and real != root:
            if not real.startswith(root.rstrip(os.sep) + os.sep):
                return None
            if self._is_hidden([*PurePath(real).relative_to(root).parts]):
                return None
        return _Seen(real, status)

    def _file(self, root: str, path: str) -> _Found | None:
        seen = self._look(root, path)
        return None if seen is None else self._sendable(root, path, seen)

    def _sendable(self, root: str, path: str, seen: _Seen) -> _Found | None:
        file = file_of(seen.real, seen.status)
        if file is None:
            return None
        codings: dict[str, File] = {}
        for coding, suffix in _SUFFIXES.items() if self._options.precompressed else ():
            other = self._look(root, path + suffix)
            sibling = None if other is None else file_of(other.real, other.status)
            if sibling is not None and sibling.modified >= file.modified - _STALE:
                codings[coding] = sibling
        return _Found(path, file, codings)


def _has_links(root: str, path: str) -> bool:
    """Whether a link is on the way from a root, which is no link itself: without one, a name is where it says."""
    place = root.rstrip(os.sep)
    for segment in path.split("/") if path else ():
        place = f"{place}{os.sep}{segment}"
        if S_ISLNK(os.lstat(place).st_mode):
            return True
    return False


def _wants_html(request: Request[object]) -> bool:
    accepted = parse_accept(request.headers.get("accept") or "")
    return any(preference.name in {"text/html", "application/xhtml+xml"} and preference.q > 0 for preference in accepted)


def _with_slash(request: Request[object], path: str) -> Response:
    """To the directory itself, relative, so that no proxy's prefix is lost; what is in it is relative to it."""
    query = requoted((request.scope.get("query_string") or b"").decode("latin-1"), "?")
    target = f"./{encode_path(path.rpartition('/')[2])}/"
    return Response.redirect(target + (f"?{query}" if query else ""), status=308)


def package_directory(package: str, directory: str = "static") -> Path:
    """The directory of an installed package. Raises CompositionError if it has none on the disk."""
    try:
        place = resources_of(package).joinpath(directory)
    except ModuleNotFoundError as error:
        raise CompositionError(f"static files of a package: {error}") from None
    if not isinstance(place, Path) or not place.is_dir():
        raise CompositionError(f"the package {package!r} has no directory {directory!r} on the disk")
    return place


def static_files(
    directory: str | os.PathLike[str], *others: str | os.PathLike[str], options: StaticOptions = DEFAULT
) -> StaticFiles:
    """A handler for `get(root / "static" / rest("path"))` that serves the files below a directory, or several.

    Raises CompositionError for one that is not there, and for a fallback that none of them has.
    """
    roots = [os.path.realpath(place) for place in (directory, *others)]
    for root in roots:
        if not Path(root).is_dir():
            raise CompositionError(f"{root!r} is no directory: create it, or say package_directory(…) for one in a package")
    if options.fallback is not None and not any(Path(root, options.fallback).is_file() for root in roots):
        raise CompositionError(f"no directory has the fallback {options.fallback!r}: create it first")
    return StaticFiles(roots, options)
