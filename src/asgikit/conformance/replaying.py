"""One-shot iterables in scopes and events: read once by the checker, and handed on anew."""

from __future__ import annotations

from collections.abc import Mapping

from asgikit.conformance.values import is_iterable, is_mapping, is_one_shot

_ITERABLES = ("headers", "links", "subprotocols", "client", "server")


class _Read(list[object]):
    """A pair that was one-shot."""


def listed(message: Mapping[str, object]) -> dict[str, object] | None:
    """The message with lists where it had one-shot iterables; None, the usual case, where it had none."""
    changed: dict[str, object] | None = None
    for key in _ITERABLES:
        value = message.get(key)
        if is_one_shot(value):
            changed = changed or {**message}
            changed[key] = value = list(value) if is_iterable(value) else []
        if key == "headers" and is_iterable(value) and any(is_one_shot(pair) for pair in value if type(pair) not in _SEQUENCES):
            changed = changed or {**message}
            changed[key] = [_Read(pair) if is_one_shot(pair) and is_iterable(pair) else pair for pair in value]
    chain = _chain(message)
    if is_one_shot(chain) and is_iterable(chain):
        changed = changed or {**message}
        changed["extensions"] = _with_chain(message, list(chain))
    return changed


def _chain(message: Mapping[str, object]) -> object:
    """The certificates of the TLS extension: the one iterable that lies deeper."""
    extensions = message.get("extensions")
    tls = extensions.get("tls") if is_mapping(extensions) else None
    return tls.get("client_cert_chain") if is_mapping(tls) else None


def _with_chain(message: Mapping[str, object], chain: object) -> object:
    extensions = message.get("extensions")
    tls = extensions.get("tls") if is_mapping(extensions) else None
    return {**extensions, "tls": {**tls, "client_cert_chain": chain}} if is_mapping(extensions) and is_mapping(tls) else None


_SEQUENCES = frozenset({tuple, list})


def anew(message: Mapping[str, object], changed: Mapping[str, object]) -> dict[str, object]:
    """The message for the one that it is meant for: one-shot again where it was, with the same items."""
    fresh = {key: _again(message[key], value) if value is not message[key] else value for key, value in changed.items()}
    chain = _chain(changed)
    if is_iterable(chain) and chain is not _chain(message):
        fresh["extensions"] = _with_chain(message, iter(chain))
    return fresh


def _again(value: object, items: object) -> object:
    """An iterable like `value` over `items`; pairs that were one-shot are so again."""
    if not is_iterable(items):
        return items
    again = [iter(item) if isinstance(item, _Read) else item for item in items]
    return iter(again) if is_one_shot(value) else again
