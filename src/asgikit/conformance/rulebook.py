"""The catalogue of rules for people and programs: the page docs/rules.md, a text for a terminal, CSV and JSON."""

from __future__ import annotations

import csv
import io
import json
import re
import textwrap
from collections import Counter
from collections.abc import Iterable, Mapping
from itertools import groupby
from typing import Final

from asgikit.conformance.rules import GROUPS, Rule, catalogue

JSON_VERSION: Final = 1
"""Of the shape of `rulebook_json`: it grows when a key goes or changes its meaning."""

WIDTH: Final = 100
"""Columns of a terminal that `rule_text` fills."""

_TITLES: Final[Mapping[str, str]] = {
    "core": "Applications, scopes, events",
    "version": "Versions of the specification",
    "http": "HTTP",
    "semantics": "HTTP, by its own standards",
    "websocket": "WebSocket",
    "lifespan": "Lifespan",
    "extensions": "Extensions",
    "tls": "The TLS extension",
    "cancellation": "Cancellation and concurrency",
    "wsgi": "Adapters for WSGI",
}

_FAMILIES: Final[Mapping[str, str]] = {
    "CORE-APP": "the call",
    "CORE-SCOPE": "the scope",
    "CORE-MSG": "events",
    "CORE-ERR": "errors",
    "CORE-MW": "middleware",
    "CORE-EXT": "extensions",
    "VER": "versions",
    "HTTP-SCOPE": "the scope",
    "HTTP-REQ": "requests",
    "HTTP-RESP": "responses",
    "HTTP-DISC": "disconnects",
    "HTTP-SEM": "status, fields, lengths",
    "WS-SCOPE": "the scope",
    "WS-CONN": "connecting",
    "WS-ACC": "accepting",
    "WS-RECV": "receiving",
    "WS-SEND": "sending",
    "WS-CLOSE": "closing",
    "WS-DISC": "disconnects",
    "LIFE-SCOPE": "the scope",
    "LIFE-ORD": "the order of events",
    "LIFE-MSG": "the message",
    "LIFE-SRV": "the server's part",
    "LIFE-STATE": "state",
    "EXT-DENY": "WebSocket denial response",
    "EXT-PUSH": "server push",
    "EXT-ZCS": "zero copy send",
    "EXT-PATH": "path send",
    "EXT-HINT": "early hints",
    "EXT-TRAIL": "trailers",
    "EXT-DEBUG": "debug",
    "EXT-TLS": "what the server tells of TLS",
    "CANCEL": "tasks",
    "WSGI": "environ, encoding, threads",
}

_CHECKED: Final[Mapping[str, str]] = {
    "passive": "in passing",
    "driven": "driven",
    "server": "at a server",
    "none": "by no program",
}

_INTRO: Final = """\
# The rules

What ASGI asks of applications, servers and middleware, rule by rule: {total} of them. Each has an id that never changes
its meaning, the sentence of the specification or RFC that says or implies it, and an example of breaking it. `asgikit rules
HTTP-RESP-005` prints one in a terminal; `--ignore` and `--select` take ids and patterns such as `WS-*`.

This page is generated from `src/asgikit/conformance/catalogue/`.

| | must | should | note | |
|---|--:|--:|--:|---|
{counts}

A **must** is an error. The specification demands it, or without it nothing works: a response that never comes, a second
start, a hang. A **should** is a warning: the specification recommends it, or robustness that its text implies. A **note** is
reported and never fails a run: there the text is ambiguous, or practice is against it.

The sentence quoted is of the ASGI specification where it says so (*stated*) or needs it to make sense (*implied*), and else
of an RFC on HTTP or WebSocket (*RFC*). In quotes of the specification its markup is left out.

Checked **in passing** means by watching any exchange; **driven** by an in-process server that provokes it; **at a server** by a
probe application behind a real one, and a client that speaks bytes.
"""

_BASIS: Final[Mapping[str, str]] = {"spec": "stated", "implied": "implied", "rfc": "RFC"}


def family(rule: Rule) -> str:
    """The id without its number: "HTTP-RESP"."""
    return rule.id.rpartition("-")[0]


def rulebook() -> str:
    """The page docs/rules.md: an introduction, a table of contents, and all rules, an anchor each."""
    rules = list(catalogue().values())
    parts = [_INTRO.format(total=len(rules), counts="\n".join(_counts(rules))), _contents(rules)]
    for group, members in groupby(rules, lambda rule: rule.group):
        parts.append(f"## {_TITLES[group]}\n")
        for name, of_family in groupby(members, family):
            parts.append(f"### {name}: {_FAMILIES[name]}\n")
            parts.extend(rule_markdown(rule) for rule in of_family)
    return "\n".join(parts)


def _counts(rules: list[Rule]) -> Iterable[str]:
    for party, whom in (
        ("app", "frameworks and what is written with them"),
        ("server", "servers, test clients, and middleware towards the application"),
        ("middleware", "what stands between, and adapters"),
    ):
        levels = Counter(rule.level for rule in rules if party in rule.binds)
        yield f"| **{party}** | {levels['must']} | {levels['should']} | {levels['note']} | {whom} |"
    levels = Counter(rule.level for rule in rules)
    yield f"| all | {levels['must']} | {levels['should']} | {levels['note']} | a rule may bind two |"


def _contents(rules: list[Rule]) -> str:
    lines = ["| rules | | |", "|---|---|--:|"]
    for group in GROUPS:
        of_group = [rule for rule in rules if rule.group == group]
        for name, members in groupby(of_group, family):
            listed = list(members)
            title = _TITLES[group] if listed[0] is of_group[0] else ""
            lines.append(f"| {title} | [{name}](#{listed[0].id.lower()}): {_FAMILIES[name]} | {len(listed)} |")
    return "\n".join(lines) + "\n"


def rule_markdown(rule: Rule) -> str:
    """One rule as Markdown, behind an anchor that is its id in lower case."""
    facts = [f"**{rule.level}**", " and ".join(rule.binds), *([f"since {rule.since}"] if rule.since else [])]
    lines = [
        f'<a id="{rule.id.lower()}"></a>',  # GitHub makes one of the heading, others may not
        "",
        f"#### {rule.id}",
        "",
        f"{' · '.join(facts)}. {_prose(rule.text)}",
        "",
        f"> {_plain(rule.quote)}  ",
        f"> *[{_plain(rule.section)}]({rule.spec_url}), {_BASIS[rule.basis]}*",
        "",
        *_broken(rule.example),
        "",
        f"Checked {', '.join(_CHECKED[check] for check in rule.checks)}: {_prose(_lowered(rule.how))}",
    ]
    if rule.ambiguity:
        lines += ["", f"Left open: {_prose(rule.ambiguity)}"]
    return "\n".join(lines) + "\n"


def _broken(example: str) -> list[str]:
    if "\n" in example:
        return ["Broken by:", "", "```text", example, "```"]
    return [f"Broken by: {_prose(example) if is_prose(example) else f'`{example}`'}"]


def is_prose(example: str) -> bool:
    """Whether an example is told in words, and is no code: it ends with one full stop."""
    return example.endswith(".") and not example.endswith("...")


_MARKS: Final = re.compile(r"([\\`*<\[\]]|(?<!\w)_|_(?!\w))")
_WORDS: Final = re.compile(
    r"\{\"[^{}]*(?:\{[^{}]*\}[^{}]*)*\}|\"[^\" ]*\"|\b(?:http|websocket|lifespan|startup|shutdown)\.[a-z]\w*(?:\.\w+)*"
    r"|\b\w+\(\)|\basgi\[\"\w+\"\]|\b[a-z]+(?:_[a-z]+)+\b|\bb\"[^\" ]*\""
)


def _plain(text: str) -> str:
    """The text with what Markdown would take for its own escaped."""
    return _MARKS.sub(r"\\\1", text)


def _prose(text: str) -> str:
    """The text with names, values and events set as code, and the rest escaped."""
    out: list[str] = []
    end = 0
    for match in _WORDS.finditer(text):
        out += [_plain(text[end : match.start()]), f"`{match[0]}`"]
        end = match.end()
    return "".join([*out, _plain(text[end:])])


def _lowered(text: str) -> str:
    """The sentence to go on with after a colon; a name or abbreviation keeps its capitals."""
    return text[0].lower() + text[1:] if text[1:2].islower() or text[1:2] == " " else text


def rule_text(rule: Rule) -> str:
    """One rule for a terminal, in lines of at most WIDTH columns; code is not broken."""
    found = [
        ("spec", f'"{rule.quote}"'),
        ("", f"{rule.section} ({_BASIS[rule.basis]})"),
        ("", rule.spec_url),
        ("broken by", rule.example),
        ("checked", f"{', '.join(_CHECKED[check] for check in rule.checks)}: {_lowered(rule.how)}"),
        ("left open", rule.ambiguity),
    ]
    since = f", since {rule.since}" if rule.since else ""
    head = f"{rule.id}  {rule.level}, binds {' and '.join(rule.binds)}{since}"
    lines = [_filled(f"  {name:<10} ", text, code=text is rule.example and not is_prose(text)) for name, text in found if text]
    return "\n".join([head, _filled("  ", rule.text), "", *lines]) + "\n"


def _filled(label: str, text: str, *, code: bool = False) -> str:
    indent = " " * len(label)
    if code:
        return label + textwrap.indent(text, indent).removeprefix(indent)
    return textwrap.fill(
        text, WIDTH, initial_indent=label, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False
    )


def _record(rule: Rule) -> dict[str, str | list[str]]:
    return {
        "id": rule.id,
        "group": rule.group,
        "binds": list(rule.binds),
        "level": rule.level,
        "basis": rule.basis,
        "section": rule.section,
        "text": rule.text,
        "quote": rule.quote,
        "example": rule.example,
        "how": rule.how,
        "checks": list(rule.checks),
        "since": rule.since,
        "ambiguity": rule.ambiguity,
        "url": rule.url,
        "spec_url": rule.spec_url,
    }


def rulebook_json(rules: Iterable[Rule] | None = None) -> str:
    """These rules, or all, as JSON: {"version": 1, "rules": [{"id": ..., "binds": [...], ...}, ...]}."""
    chosen = catalogue().values() if rules is None else rules
    return json.dumps({"version": JSON_VERSION, "rules": [_record(rule) for rule in chosen]}, indent=2, ensure_ascii=False) + "\n"


def rulebook_csv(rules: Iterable[Rule] | None = None) -> str:
    """These rules, or all, as CSV with a line of names; lists are joined by blanks (RFC 4180, but lines end with LF)."""
    chosen = list(catalogue().values()) if rules is None else list(rules)
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\n")
    names = ["id", "group", "binds", "level", "basis", "section", "text", "quote", "example", "how", "checks", "since"]
    names += ["ambiguity", "url", "spec_url"]
    writer.writerow(names)
    for rule in chosen:
        record = _record(rule)
        writer.writerow([" ".join(value) if isinstance(value, list) else value for value in (record[name] for name in names)])
    return out.getvalue()
