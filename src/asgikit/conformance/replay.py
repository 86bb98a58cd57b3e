"""Scenarios as text, to be stored and replayed: JSON, or a word that fits on a command line."""

from __future__ import annotations

import base64
import binascii
import json
import math
import zlib
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path
from typing import Final, TypeGuard

from asgikit.conformance.foreign import Foreign
from asgikit.conformance.scenario import Action, Cancel, Deliver, Leave, Once, Resume, Scenario, Stall
from asgikit.conformance.transcript import Message

VERSION: Final = 1

WORD: Final = 1200
"""Characters of a scenario on a command line; a longer one goes to a file."""

LONGEST: Final = 32 * 1024 * 1024
"""Characters of JSON that are read."""

DEPTH: Final = 100
"""Levels of nesting that are read and written."""

_PREFIX: Final = "r1-"
_TAG: Final = "$"


def to_json(scenario: Scenario) -> str:
    """The scenario as JSON, in one line of ASCII; `from_json` makes an equal one of it.

    What JSON does not have is an object with one key that begins with "$": {"$bytes": "..."}, {"$tuple": [...]}. An object
    of a foreign type becomes a Foreign with its repr. Raises ValueError for values nested deeper than 100 levels.
    """
    document = {
        "version": VERSION,
        "name": scenario.name,
        "marks": list(scenario.marks),
        "scope": _encoded(scenario.scope, 0),
        "actions": [_action(action) for action in scenario.actions],
    }
    return json.dumps(document, separators=(",", ":"), allow_nan=False)


def _action(action: Action) -> dict[str, object]:
    match action:
        case Deliver(event):
            return {"do": "deliver", "event": _encoded(event, 0)}
        case Leave(sends, code):
            return {"do": "leave", "sends": sends, "code": code}
        case Stall() | Resume() | Cancel():
            return {"do": type(action).__name__.lower()}


def _encoded(value: object, depth: int) -> object:  # noqa: PLR0911  # one for each kind of value
    if depth > DEPTH:
        raise ValueError(f"the scenario is nested deeper than {DEPTH} levels")
    kind = type(value)
    if value is None or kind in {str, bool, int}:
        return value
    if isinstance(value, float) and kind is float:
        return value if math.isfinite(value) else {"$float": str(value)}
    if isinstance(value, bytes) and kind is bytes:
        return {"$bytes": value.decode()} if value.isascii() else {"$base64": base64.b64encode(value).decode()}
    if _is_items(value):
        items = [_encoded(item, depth + 1) for item in value]
        return items if kind is list else {"$tuple": items}
    if isinstance(value, Once):
        return {"$once": [_encoded(item, depth + 1) for item in value.items]}
    if _is_dict(value):
        return _mapping(value, depth)
    return {"$object": value.name if isinstance(value, Foreign) else _named(value)}


def _mapping(value: Mapping[object, object], depth: int) -> object:
    if all(type(key) is str and not key.startswith(_TAG) for key in value):
        return {key: _encoded(item, depth + 1) for key, item in value.items()}
    return {"$dict": [[_encoded(key, depth + 1), _encoded(item, depth + 1)] for key, item in value.items()]}


def _named(value: object) -> str:
    try:
        return repr(value)[:200]
    except Exception:  # noqa: BLE001  # a repr of foreign code can raise anything
        return type(value).__name__


def _is_items(value: object) -> TypeGuard[list[object] | tuple[object, ...]]:
    return type(value) in {list, tuple}


def _is_dict(value: object) -> TypeGuard[Mapping[object, object]]:
    return type(value) is dict


def from_json(text: str) -> Scenario:
    """The scenario of such a text. Raises ValueError that says what is wrong with any other."""
    if len(text) > LONGEST:
        raise ValueError(f"the scenario has {len(text)} characters; {LONGEST} are read")
    try:
        document: object = json.loads(text)
    except RecursionError:
        raise ValueError("the scenario is nested too deeply") from None
    except ValueError as error:
        raise ValueError(f"the scenario is no JSON: {error}") from None
    if not _is_object(document):
        raise ValueError("the scenario is no JSON object")
    if document.get("version") != VERSION:
        raise ValueError(f"the scenario has version {document.get('version')!r}; this asgikit reads {VERSION}")
    marks, actions, name = document.get("marks", []), document.get("actions", []), document.get("name", "")
    if not (_is_list(marks) and _is_list(actions) and isinstance(name, str)):
        raise ValueError("the marks or the actions of the scenario are no list, or its name is no text")
    return Scenario(
        scope=_message(document.get("scope"), "scope"),
        actions=tuple(_read_action(action) for action in actions),
        marks=tuple(str(mark) for mark in marks),
        name=name,
    )


def _message(value: object, what: str) -> Message:
    decoded = _decoded(value, 0)
    if not _is_object(decoded):
        raise ValueError(f"the {what} of the scenario is no object")
    return decoded


def _read_action(value: object) -> Action:
    if not _is_object(value):
        raise ValueError(f"{value!r} is no action of a scenario")
    simple: dict[object, Action] = {"stall": Stall(), "resume": Resume(), "cancel": Cancel()}
    kind = value.get("do")
    if kind == "deliver":
        return Deliver(_message(value.get("event"), "event"))
    if kind == "leave":
        sends, code = value.get("sends"), value.get("code")
        if isinstance(sends, str) and sends in {"raise", "ignore"} and type(code) is int:
            return Leave("raise" if sends == "raise" else "ignore", code)
    elif isinstance(kind, str) and kind in simple:
        return simple[kind]
    raise ValueError(f"{value!r} is no action of a scenario")


def _decoded(value: object, depth: int) -> object:
    if depth > DEPTH:
        raise ValueError(f"the scenario is nested deeper than {DEPTH} levels")
    if _is_list(value):
        return [_decoded(item, depth + 1) for item in value]
    if not _is_object(value):
        return value
    if len(value) == 1:
        (key, item), *_ = value.items()
        if key.startswith(_TAG):
            return _tagged(key, item, depth)
    return {key: _decoded(item, depth + 1) for key, item in value.items()}


def _tagged(tag: str, value: object, depth: int) -> object:
    if _is_list(value):
        items = [_decoded(item, depth + 1) for item in value]
        if tag == "$tuple":
            return tuple(items)
        if tag == "$once":
            return Once(tuple(items))
        if tag == "$dict":
            return _pairs(items)
    elif isinstance(value, str):
        return _from_text(tag, value)
    raise ValueError(f"{tag} is not known, or holds another kind of value than it should")


def _pairs(items: list[object]) -> dict[object, object]:
    try:
        return dict(pair for pair in items if _is_pair(pair))
    except TypeError:
        raise ValueError("a key of $dict cannot be one") from None


def _is_pair(value: object) -> TypeGuard[tuple[object, object]]:
    if _is_list(value) and len(value) == 2:
        return True
    raise ValueError(f"$dict holds {value!r}, which is no pair of key and value")


def _from_text(tag: str, value: str) -> object:
    if tag == "$bytes":
        return value.encode()
    if tag == "$base64":
        try:
            return base64.b64decode(value, validate=True)
        except (binascii.Error, ValueError):
            raise ValueError("$base64 does not hold base64") from None
    if tag == "$float":
        return float(value)
    if tag == "$object":
        return Foreign(value)
    raise ValueError(f"{tag} is not known, or holds another kind of value than it should")


def _is_object(value: object) -> TypeGuard[Mapping[str, object]]:
    return isinstance(value, dict)


def _is_list(value: object) -> TypeGuard[list[object]]:
    return isinstance(value, list)


def to_word(scenario: Scenario) -> str:
    """The scenario as a word that a shell leaves alone, at most 1,200 characters; empty where it would be longer."""
    packed = zlib.compress(to_json(scenario).encode(), 9)
    word = _PREFIX + base64.urlsafe_b64encode(packed).decode().rstrip("=")
    return word if len(word) <= WORD else ""


def to_argument(scenario: Scenario, folder: Path) -> str:
    """What a command line takes for the scenario: the word, or the path of a file that is written to the folder."""
    if word := to_word(scenario):
        return word
    text = to_json(scenario)
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"exchange-{sha256(text.encode()).hexdigest()[:12]}.json"
    path.write_text(text + "\n", encoding="utf-8")
    return str(path)


def from_argument(argument: str) -> Scenario:
    """The scenario of such a word, or of the file of this path. Raises ValueError for what is neither."""
    if not argument.startswith(_PREFIX):
        return _from_file(Path(argument))
    packed = argument.removeprefix(_PREFIX)
    try:
        unpacker = zlib.decompressobj()
        text = unpacker.decompress(base64.urlsafe_b64decode(packed + "=" * (-len(packed) % 4)), LONGEST)
    except (binascii.Error, zlib.error, ValueError) as error:
        raise ValueError(f"{argument[:40]!r} is no scenario: {error}") from None
    if not unpacker.eof:
        raise ValueError(f"{argument[:40]!r} is no whole scenario")
    try:
        return from_json(text.decode())
    except UnicodeDecodeError:
        raise ValueError(f"{argument[:40]!r} is no scenario") from None


def _from_file(path: Path) -> Scenario:
    try:
        with path.open(encoding="utf-8") as file:
            return from_json(file.read(LONGEST + 1))
    except (OSError, UnicodeDecodeError) as error:
        raise ValueError(f"{str(path)!r} is neither a scenario nor a file with one: {error}") from None
