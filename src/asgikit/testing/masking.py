"""Steps and fields without what is secret in them: the reports of tests are kept, and many read them."""

from __future__ import annotations

import re
from typing import Final

from asgikit.conformance.plain import is_items
from asgikit.conformance.transcript import Message, Step
from asgikit.http.redaction import CREDENTIALS, REDACTED, is_secret, redacted_query, redacted_url

_SCHEME: Final = re.compile(r"([A-Za-z][A-Za-z0-9-]*) +\S")  # of Authorization (RFC 9110, 11.4)
_COOKIE: Final = re.compile(r"([^=;]*)=[^;]*")
_ATTRIBUTES: Final = frozenset({"path", "domain", "expires", "max-age", "secure", "httponly", "samesite", "partitioned"})
_URLS: Final = frozenset({"location", "content-location", "referer"})


def masked(steps: tuple[Step, ...]) -> tuple[Step, ...]:
    """The steps of an exchange without the values of secret fields and parameters; paths and bodies are as they were."""
    return tuple(Step(step.kind, _masked_message(step.message)) for step in steps)


def _masked_message(message: Message) -> Message:
    safe = {**message}
    query, headers = message.get("query_string"), message.get("headers")
    if isinstance(query, bytes):
        safe["query_string"] = redacted_query(query.decode("latin-1")).encode("latin-1")
    if is_items(headers):
        safe["headers"] = [_masked_pair(pair) for pair in headers]
    return safe


def _masked_pair(pair: object) -> object:
    if not is_items(pair) or not pair:
        return pair
    name, *values = pair
    known = name.decode("latin-1") if isinstance(name, bytes) else str(name)
    safe = [name, *(_masked_one(known, value) for value in values)]
    return safe if isinstance(pair, list) else tuple(safe)


def _masked_one(field: str, value: object) -> object:
    """What is no bytes is wrong, and is no less secret for that."""
    if isinstance(value, bytes):
        return masked_value(field, value.decode("latin-1")).encode("latin-1")
    if isinstance(value, str):
        return masked_value(field, value)
    return value if masked_value(field, ".") == "." else REDACTED


def masked_value(field: str, value: str) -> str:
    """The value of a field without secrets: the names of cookies and the scheme of credentials stay."""
    name = field.strip().lower()
    if name == "cookie":
        return "; ".join(_COOKIE.sub(rf"\1={REDACTED}", part.strip()) if "=" in part else REDACTED for part in value.split(";"))
    if name == "set-cookie":
        pair, *attributes = value.split(";")
        named = _COOKIE.sub(rf"\1={REDACTED}", pair) if "=" in pair else REDACTED
        return "; ".join([named, *(each.strip() for each in attributes if each.partition("=")[0].strip().lower() in _ATTRIBUTES)])
    if name in CREDENTIALS:
        scheme = _SCHEME.match(value)
        return f"{scheme[1]} {REDACTED}" if scheme else REDACTED
    if is_secret(name):
        return REDACTED
    return redacted_url(value) if name in _URLS else value
