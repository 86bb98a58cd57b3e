"""Links in header fields: preloading, early hints, pages of a collection (RFC 8288, RFC 8297)."""

from __future__ import annotations

import re
from dataclasses import KW_ONLY, dataclass
from typing import Final, Literal, TypeAlias
from urllib.parse import quote as percent_encode
from urllib.parse import unquote_to_bytes

from asgikit.http.grammar import OWS, QUOTED_STRING, is_token, quote, unquote
from asgikit.http.media import MediaType
from asgikit.http.url import URL

CrossOrigin: TypeAlias = Literal["anonymous", "use-credentials"]
FetchPriority: TypeAlias = Literal["high", "low", "auto"]

_CROSSORIGIN: Final[dict[str, CrossOrigin]] = {"anonymous": "anonymous", "use-credentials": "use-credentials"}
_PRIORITIES: Final[dict[str, FetchPriority]] = {"high": "high", "low": "low", "auto": "auto"}
_KEYWORDS: Final = {"crossorigin": _CROSSORIGIN.keys(), "fetchpriority": _PRIORITIES.keys()}
_OWN: Final = frozenset({"rel", "as", "type", "media", "crossorigin", "fetchpriority", "anchor", "title"})

_CONTROLS: Final = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")
# RFC 8187, 3.2.1: ext-value, its language left aside
_EXTENDED: Final = re.compile(r"(?i:utf-8)'[A-Za-z0-9\-]*'((?:[A-Za-z0-9!#$&+\-.^_`|~]|%[0-9A-Fa-f]{2})*)")
_ATTR_CHARS: Final = "!#$&+-.^_`|~"
# Up to the comma or the semicolon behind it, or to a quote that nothing closes.
_ELEMENT: Final = re.compile(r'(?:[^,"]+|"(?:[^"\\]|\\.)*+")*+', re.DOTALL)
_PARAM: Final = re.compile(r'(?:[^;"]+|"(?:[^"\\]|\\.)*+")++', re.DOTALL)


@dataclass(frozen=True, slots=True)
class Link:
    """A link to a target, which is related to this resource by `rel`: one type or several, separated by spaces.

    Characters that a URL cannot hold are percent-encoded in `target` and `anchor`. Of `params` one without a value has
    None; a value beyond ASCII is sent in UTF-8 (RFC 8187), as is the title. Raises ValueError for a target that is no
    URL, for no `rel`, for a parameter's name that is no token, and for values with control characters in them.
    """

    target: str
    _: KW_ONLY
    rel: str
    as_: str | None = None
    type: str | None = None
    media: str | None = None
    crossorigin: CrossOrigin | None = None
    fetchpriority: FetchPriority | None = None
    anchor: str | None = None
    title: str | None = None
    params: tuple[tuple[str, str | None], ...] = ()

    def __post_init__(self) -> None:
        """Checks every part and encodes the URLs."""
        object.__setattr__(self, "target", _reference(self.target))
        if self.anchor is not None:
            object.__setattr__(self, "anchor", _reference(self.anchor))
        if not self.rel.strip():
            raise ValueError("a link needs a relation: rel='preload', say")
        for name, value in self._pairs():
            if value is not None and not _fits(name, value):
                raise ValueError(f"the {name} of a link cannot be {value!r}")
            _print_param(name, value)
        object.__setattr__(self, "params", tuple((name.lower(), value) for name, value in self.params))
        for name, _ in self.params:
            if name in _OWN:
                raise ValueError(f"{name!r} is a parameter of Link itself: leave it out of params")

    def _pairs(self) -> list[tuple[str, str | None]]:
        known = (
            ("rel", self.rel),
            ("as", self.as_),
            ("type", self.type),
            ("media", self.media),
            ("crossorigin", self.crossorigin),
            ("fetchpriority", self.fetchpriority),
            ("anchor", self.anchor),
            ("title", self.title),
        )
        return [*(pair for pair in known if pair[1] is not None), *self.params]

    @property
    def rels(self) -> tuple[str, ...]:
        """The relation types in lower case: they are compared without their case (RFC 8288, 2.1.1)."""
        return tuple(self.rel.lower().split())

    def __str__(self) -> str:
        """One element of a Link field; several are separated by commas."""
        return "".join((f"<{self.target}>", *(f"; {_print_param(name, value)}" for name, value in self._pairs())))


def parse_links(value: str) -> list[Link]:
    """The links of a Link field; those without a usable target or relation are left out, malformed parameters too.

    What does not end, a target or a quoted text, ends the list.
    Of a parameter given twice the first counts, and one in UTF-8 over one in ASCII (RFC 8288, 3 and appendix B.3).
    """
    found: list[Link] = []
    at = 0
    while at < len(value):
        if value[at] in ", \t":
            at += 1
            continue
        end = value.find(">", at) if value[at] == "<" else at
        element = _ELEMENT.match(value, end) if end >= 0 else None
        if element is None or value[element.end() : element.end() + 1] == '"':
            break  # of what is open to the end, nothing can be told from the rest
        if value[at] == "<" and (link := _link(value[at + 1 : end], value[end + 1 : element.end()])) is not None:
            found.append(link)
        at = element.end()
    return found


def _link(target: str, rest: str) -> Link | None:
    if rest.strip(OWS) and not rest.lstrip(OWS).startswith(";"):
        return None
    known, params = _read_params(rest)
    crossorigin, fetchpriority = known.get("crossorigin"), known.get("fetchpriority")
    try:
        return Link(
            target,
            rel=known.get("rel", ""),
            as_=known.get("as"),
            type=known.get("type"),
            media=known.get("media"),
            # WHATWG HTML, CORS settings attributes: without a value, or with one that is unknown, it is anonymous
            crossorigin=None if crossorigin is None else _CROSSORIGIN.get(crossorigin.lower(), "anonymous"),
            fetchpriority=None if fetchpriority is None else _PRIORITIES.get(fetchpriority.lower()),
            anchor=known.get("anchor"),
            title=known.get("title"),
            params=params,
        )
    except ValueError:
        return None


def _read_params(rest: str) -> tuple[dict[str, str], tuple[tuple[str, str | None], ...]]:
    """The first value of each parameter that Link has a name for, and all others."""
    plain: dict[str, str] = {}
    extended: dict[str, str] = {}
    others: list[tuple[str, str | None]] = []
    for part in _PARAM.finditer(rest):
        name, equals, text = part[0].partition("=")
        name, value = name.strip(OWS), _value(text.strip(OWS))
        starred = name.endswith("*")
        if starred:
            name, value = name[:-1], None if value is None else _decode(value)
        if not is_token(name) or value is None or _CONTROLS.search(value):
            continue
        name = name.lower()
        if name in _OWN and (_fits(name, value) or name in _KEYWORDS):
            (extended if starred else plain).setdefault(name, value)
        elif name not in _OWN:
            others.append((name, value if equals else None))
    return {**plain, **extended}, tuple(others)


def _fits(name: str, value: str) -> bool:
    match name:
        case "rel" | "media":
            return value.isascii()
        case "as":
            return is_token(value)
        case "type":
            return _is_media_type(value)
        case _:
            return value in _KEYWORDS.get(name, (value,))


def _is_media_type(text: str) -> bool:
    try:
        MediaType.parse(text)
    except ValueError:
        return False
    return text.isascii()


def _value(text: str) -> str | None:
    """What is behind the equals sign; without quotes it need not be a token (RFC 8288, appendix B.3)."""
    if (quoted := QUOTED_STRING.fullmatch(text)) is not None:
        return unquote(quoted[1])
    return None if '"' in text else text


def _decode(text: str) -> str | None:
    match = _EXTENDED.fullmatch(text)
    try:
        return None if match is None else unquote_to_bytes(match[1]).decode()
    except UnicodeDecodeError:
        return None


def _print_param(name: str, value: str | None) -> str:
    if not is_token(name) or name.endswith("*"):
        raise ValueError(f"{name!r} is not the name of a link's parameter")
    if value is None:
        return name
    if _CONTROLS.search(value):
        raise ValueError(f"the {name} of a link cannot hold {value!r}")
    if value.isascii():
        return f"{name}={quote(value)}"
    return f"{name}*=UTF-8''{percent_encode(value, safe=_ATTR_CHARS)}"


def _reference(text: str) -> str:
    location = percent_encode(text, safe="/!$&'()*+,;=:@~?#[]%")
    URL.parse(location)
    return location
