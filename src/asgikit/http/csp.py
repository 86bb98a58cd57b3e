"""Content Security Policies as values: what a page may load, run and be framed by (W3C CSP3)."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Final, Literal, TypeAlias, final, get_args

from asgikit.http.grammar import is_token

Scheme: TypeAlias = Literal["http:", "https:", "ws:", "wss:", "data:", "blob:", "filesystem:", "mediastream:"]
"""Everything of a scheme (CSP3, 2.3.1, scheme-source)."""

InlineKeyword: TypeAlias = Literal["unsafe-inline", "unsafe-hashes", "report-sample"]
ScriptKeyword: TypeAlias = Literal["strict-dynamic", "unsafe-eval", "wasm-unsafe-eval", "inline-speculation-rules"]

SandboxToken: TypeAlias = Literal[
    "allow-downloads",
    "allow-forms",
    "allow-modals",
    "allow-orientation-lock",
    "allow-pointer-lock",
    "allow-popups",
    "allow-popups-to-escape-sandbox",
    "allow-presentation",
    "allow-same-origin",
    "allow-scripts",
    "allow-storage-access-by-user-activation",
    "allow-top-navigation",
    "allow-top-navigation-by-user-activation",
    "allow-top-navigation-to-custom-protocols",
]
"""What a sandboxed page is allowed all the same (WHATWG HTML, 7.1.5)."""

# CSP3, 2.3.1: host-source = [ scheme-part "://" ] host-part [ ":" port-part ] [ path-part ]; a path holds neither ";" nor ","
_HOST_SOURCE: Final = re.compile(
    r"(?:[A-Za-z][A-Za-z0-9+.\-]*://)?"
    r"(?P<host>\*|(?:\*\.)?[A-Za-z0-9\-]+(?:\.[A-Za-z0-9\-]+)*\.?)"
    r"(?::(?:[0-9]{1,5}|\*))?"
    r"(?:/(?:[A-Za-z0-9\-._~!$&()*+=:@/]|%[0-9A-Fa-f]{2})*)?"  # nor, with us, a quote
)
# CSP3, 2.3.1: base64-value = 1*( ALPHA / DIGIT / "+" / "/" / "-" / "_" ) *2( "=" )
_BASE64: Final = re.compile(r"[A-Za-z0-9+/\-_]+={0,2}")
_KEYWORD: Final = re.compile(
    r"self|none|strict-dynamic|report-sample|(?:wasm-)?unsafe-.*|nonce-.*|sha(?:256|384|512)-.*|https?|wss?|data|blob",
    re.IGNORECASE,
)
_DIGESTS: Final = {"sha256": 32, "sha384": 48, "sha512": 64}


@final
@dataclass(frozen=True, slots=True)
class HostSource:
    """A host, perhaps with scheme, port and path: `HostSource("https://cdn.example.com/js/")`; `*.` before it is any subdomain.

    Raises ValueError for what is none, as a keyword, or anything with a semicolon, a comma, white space or quotes.
    """

    text: str

    def __post_init__(self) -> None:
        """Checks it."""
        found = _HOST_SOURCE.fullmatch(self.text)
        if found is None or _KEYWORD.fullmatch(self.text) is not None:
            raise ValueError(
                f"{self.text!r} is not a host: write one like 'https://cdn.example.com', keywords without HostSource"
            )

    def __str__(self) -> str:
        """As it is written in a policy."""
        return self.text


@final
@dataclass(frozen=True, slots=True)
class HashSource:
    """The hash of an inline script or style; `HashSource.of(script)` computes it. Raises ValueError for what is none."""

    algorithm: Literal["sha256", "sha384", "sha512"]
    digest: str

    def __post_init__(self) -> None:
        """Checks both."""
        size = _DIGESTS.get(self.algorithm)
        if size is None:
            raise ValueError(f"{self.algorithm!r} is not one of sha256, sha384, sha512")
        valid = _BASE64.fullmatch(self.digest) is not None and len(self.digest) % 4 == 0
        if not valid or len(base64.b64decode(self.digest, altchars=b"-_" if {"-", "_"} & set(self.digest) else None)) != size:
            raise ValueError(f"{self.digest!r} is not a {self.algorithm} digest in base64")

    @classmethod
    def of(cls, text: str, algorithm: Literal["sha256", "sha384", "sha512"] = "sha256") -> HashSource:
        """That of what is between the tags, exactly: white space counts."""
        return cls(algorithm, base64.b64encode(hashlib.new(algorithm, text.encode()).digest()).decode())

    def __str__(self) -> str:
        """As it is written in a policy."""
        return f"'{self.algorithm}-{self.digest}'"


@final
class Nonce:
    """Where the nonce of a request goes: write NONCE."""

    __slots__ = ()

    def __repr__(self) -> str:
        """Its name."""
        return "NONCE"


NONCE: Final = Nonce()
"""In a list of sources: what carries the nonce that was made for this one response."""

Source: TypeAlias = "Literal['self', '*'] | Scheme | HostSource"
"""Where something may come from."""

StyleSource: TypeAlias = "Source | InlineKeyword | HashSource | Nonce"
"""Where a style may come from, or what vouches for it."""

ScriptSource: TypeAlias = "StyleSource | ScriptKeyword"
"""Where a script may come from, or what vouches for it."""

_WORDS: Final = frozenset(get_args(InlineKeyword) + get_args(ScriptKeyword) + ("self",))
_BARE: Final = frozenset((*get_args(Scheme), "*"))
_SCRIPTS: Final = ("default_src", "script_src", "script_src_elem", "script_src_attr", "worker_src")
_STYLES: Final = ("style_src", "style_src_elem", "style_src_attr")
_SANDBOX: Final = frozenset(get_args(SandboxToken))


@final
@dataclass(frozen=True, kw_only=True, slots=True)
class ContentSecurityPolicy:
    """A policy, one field for each directive: None leaves it out, an empty tuple is 'none' (CSP3, 6).

    Raises ValueError for a source that is none, one that means nothing where it is, a source given twice,
    `strict-dynamic` without anything that vouches for a script, and a policy without directives.
    """

    default_src: tuple[ScriptSource, ...] | None = None
    script_src: tuple[ScriptSource, ...] | None = None
    script_src_elem: tuple[ScriptSource, ...] | None = None
    script_src_attr: tuple[InlineKeyword | HashSource, ...] | None = None
    style_src: tuple[StyleSource, ...] | None = None
    style_src_elem: tuple[StyleSource, ...] | None = None
    style_src_attr: tuple[InlineKeyword | HashSource, ...] | None = None
    img_src: tuple[Source, ...] | None = None
    font_src: tuple[Source, ...] | None = None
    connect_src: tuple[Source, ...] | None = None
    media_src: tuple[Source, ...] | None = None
    object_src: tuple[Source, ...] | None = None
    frame_src: tuple[Source, ...] | None = None
    child_src: tuple[Source, ...] | None = None
    worker_src: tuple[ScriptSource, ...] | None = None
    manifest_src: tuple[Source, ...] | None = None
    base_uri: tuple[Source, ...] | None = None
    form_action: tuple[Source, ...] | None = None
    frame_ancestors: tuple[Source, ...] | None = None
    sandbox: tuple[SandboxToken, ...] | None = None
    upgrade_insecure_requests: bool = False
    require_trusted_types_for_script: bool = False
    trusted_types: tuple[str, ...] | None = None
    report_to: str | None = None
    report_uri: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Checks every directive."""
        for name, sources in self._lists().items():
            _check_sources(name, sources)
        if self.sandbox is not None and not _SANDBOX.issuperset(self.sandbox):
            raise ValueError(f"sandbox: {sorted(set(self.sandbox) - _SANDBOX)} allow nothing")
        for name in self.trusted_types or ():
            if re.fullmatch(r"[A-Za-z0-9\-#=_/@.%]+|'allow-duplicates'|\*", name) is None:
                raise ValueError(f"trusted_types: {name!r} is not the name of a policy")
        if self.report_to is not None and not is_token(self.report_to):
            raise ValueError(f"report_to: {self.report_to!r} is not the name of an endpoint")
        for uri in self.report_uri:
            if re.fullmatch(r"(?:https?:/)?/[!-+\--:<-~]*", uri) is None:
                raise ValueError(f"report_uri: {uri!r} is not a URL, or holds a comma, a semicolon or a space: encode that")
        if not self.render():
            raise ValueError("a policy without directives allows everything: give it some, or None in its place")

    def _lists(self) -> Mapping[str, tuple[ScriptSource, ...]]:
        given = ((field.name, getattr(self, field.name)) for field in fields(self) if field.name.endswith(_LISTS))
        return {name: sources for name, sources in given if sources is not None}

    @property
    def uses_nonce(self) -> bool:
        """Whether NONCE is among its sources."""
        return any(isinstance(source, Nonce) for sources in self._lists().values() for source in sources)

    def render(self, nonce: str | None = None) -> str:
        """The value of the field, with this nonce; without one, NONCE allows nothing. Raises ValueError for what is no nonce."""
        if nonce is not None and _BASE64.fullmatch(nonce) is None:
            raise ValueError("a nonce is base64")
        parts = [_directive(name, sources, nonce) for name, sources in self._lists().items()]
        if self.sandbox is not None:
            parts.append(" ".join(("sandbox", *self.sandbox)))
        if self.trusted_types is not None:
            parts.append(" ".join(("trusted-types", *(self.trusted_types or ("'none'",)))))
        for given, text in (
            (self.require_trusted_types_for_script, "require-trusted-types-for 'script'"),
            (self.upgrade_insecure_requests, "upgrade-insecure-requests"),
            (self.report_to, f"report-to {self.report_to}"),
            (self.report_uri, " ".join(("report-uri", *self.report_uri))),
        ):
            if given:
                parts.append(text)
        return "; ".join(parts)

    def __str__(self) -> str:
        """As a response has it for which no nonce was made."""
        return self.render()

    def renderer(self) -> Callable[[str | None], bytes]:
        """A function from nonce to value that has done everything else: what a program calls for each response."""
        plain, mark = self.render().encode(), "asgikit"
        pieces = [piece.encode() for piece in self.render(mark).split(f"'nonce-{mark}'")]  # nothing else has quotes but keywords
        return lambda nonce: plain if nonce is None else f"'nonce-{nonce}'".encode().join(pieces)


_LISTS: Final = ("_src", "_src_elem", "_src_attr", "base_uri", "form_action", "frame_ancestors")


def _check_sources(name: str, sources: Sequence[object]) -> None:
    if not isinstance(sources, tuple):
        raise ValueError(f"{name} is a tuple of sources, not {sources!r}")  # noqa: TRY004  # one error for any bad policy
    if len(set(sources)) < len(sources):
        raise ValueError(f"{name}: {sources!r} names a source twice")
    inline, script = name in _SCRIPTS + _STYLES, name in _SCRIPTS
    for source in sources:
        if isinstance(source, HostSource) or (isinstance(source, str) and (source in _BARE or source == "self")):
            fits = not name.endswith("_attr")
        elif isinstance(source, Nonce):
            fits = inline and not name.endswith("_attr")
        elif isinstance(source, HashSource) or source in get_args(InlineKeyword):
            fits = inline
        elif source in get_args(ScriptKeyword):
            fits = script and not name.endswith("_attr")
        else:
            raise ValueError(f"{name}: {source!r} is no source: keywords and schemes are as in {_EXAMPLE}, 'none' is ()")
        if not fits:
            raise ValueError(f"{name}: {source!r} means nothing there")
    if "strict-dynamic" in sources and not any(isinstance(source, Nonce | HashSource) for source in sources):
        raise ValueError(f"{name}: 'strict-dynamic' allows nothing without NONCE or a hash")


_EXAMPLE: Final = "('self', 'https:', NONCE, HostSource('cdn.example.com'))"


def _directive(name: str, sources: tuple[ScriptSource, ...], nonce: str | None) -> str:
    words: list[str] = []
    for source in sources:
        if isinstance(source, Nonce):
            if nonce is not None:
                words.append(f"'nonce-{nonce}'")
        elif isinstance(source, str):
            words.append(f"'{source}'" if source in _WORDS else source)
        else:
            words.append(str(source))
    if "'strict-dynamic'" in words and not any(word.startswith(("'nonce-", "'sha")) for word in words):
        words = []  # it would allow nothing, but to browsers that do not know it
    return " ".join((name.replace("_", "-"), *(words or ("'none'",))))
