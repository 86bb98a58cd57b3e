"""Writes docs/conformance-report.md out of what was found and what was said of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from asgikit.conformance.rules import Rule, rule
from benchmarks.conformance.projects import FRAMEWORKS, SERVERS, Project
from benchmarks.conformance.verdicts import Found, Judged, Verdict

MARKS: Final = {"must": "●", "should": "◐", "note": "○"}
LEVELS: Final = ("must", "should", "note")
EXCHANGE_LINES: Final = 6
"""So many lines of an exchange are shown."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What the page says of the run itself."""

    date: str
    python: str
    versions: Mapping[str, str]
    """By package."""
    exchanges: int
    rules: int
    picture: str
    """The path of the picture, from the page; empty for none."""


def page(facts: Facts, judged: Sequence[Judged]) -> str:
    """The whole page."""
    shown = [each for each in judged if each.verdict.verdict in {"real", "ambiguous"}]
    parts = [*_head(facts), *_versions(facts)]
    for title, projects in (("Applications", FRAMEWORKS), ("Servers", SERVERS)):
        here = _of(shown, projects)
        parts += [f"## {title}", "", *_table(here, projects), ""]
    for title, projects in (("Findings in applications", FRAMEWORKS), ("Findings in servers", SERVERS)):
        here = _of(shown, projects)
        parts += [f"## {title}", ""]
        alike = {each.verdict.name: [other for other in here if other.verdict.like == each.verdict.name] for each in here}
        for each in here:
            if not _is_short(each):
                parts += [*_finding(each, facts), ""]
                parts += [line for other in alike[each.verdict.name] for line in (_note(other, facts), "")]
        parts += [f"### Notes, and what is ambiguous, in {projects_name(projects)}", ""]
        for each in here:
            if _is_short(each) and not each.verdict.like:
                parts += [line for note in (each, *alike[each.verdict.name]) for line in (_note(note, facts), "")]
    return "\n".join(parts).rstrip() + "\n"


def projects_name(projects: Sequence[Project]) -> str:
    """What they are, in the plural."""
    return "servers" if projects is SERVERS else "applications"


def _is_short(judged: Judged) -> bool:
    """Whether a paragraph will do: a note, what is ambiguous, what was told of another project."""
    return _level(judged) == LEVELS.index("note") or judged.verdict.verdict == "ambiguous" or bool(judged.verdict.like)


def _note(judged: Judged, facts: Facts) -> str:
    """A note in one paragraph; its program is in the folder of the verdicts."""
    verdict, broken = judged.verdict, _rules(judged)
    doubt = "?" if verdict.verdict == "ambiguous" else ""
    rules = ", ".join(f"{MARKS[each.level]}{doubt} {_link(each)}" for each in broken)
    names = ", ".join(_named(judged, facts))
    said = " ".join(verdict.sentence.split())
    return f'<a id="{verdict.name}"></a>**{verdict.title}** ({rules}). {names}. {said} {_said(judged.smallest)}'


def _of(judged: Sequence[Judged], projects: Sequence[Project]) -> list[Judged]:
    keys = {project.key for project in projects}
    here = [each for each in judged if keys.intersection(each.projects)]
    return sorted(here, key=lambda each: (_level(each), each.verdict.verdict != "real", _rules(each)[0].id, each.verdict.name))


def _rules(judged: Judged) -> list[Rule]:
    """The rules that were found broken, the strongest first."""
    ids = dict.fromkeys(found.rule for found in judged.found)
    return sorted((rule(each) for each in ids), key=lambda each: (LEVELS.index(each.level), each.id))


def _level(judged: Judged) -> int:
    return LEVELS.index(_rules(judged)[0].level)


def _head(facts: Facts) -> Iterator[str]:
    yield "# Conformance report"
    yield ""
    yield (
        "What [the conformance kit](conformance.md) finds in the newest releases of ASGI frameworks and servers. "
        f"Generated on {facts.date} with Python {facts.python} by `make conformance-report`, from {facts.exchanges:,} exchanges; "
        f"the {facts.rules} rules are [a page of their own](rules.md)."
    )
    yield ""
    yield (
        "The same small application (text, JSON, forms, uploads, a stream, server-sent events, a file, a WebSocket, a lifespan, "
        "usually CORS and gzip) was written for each framework as its documentation writes it, and one without a framework as "
        "the control; each was driven in-process. Each server ran a probe application, and was driven over sockets. "
        "Every finding was looked at by hand, and all but a few notes have a program that shows it with nothing but the project. "
        "For frameworks it shows the first that is named, the others by their recorded exchanges; for servers it ran with each. "
        "The programs run again whenever this page is made (those of notes are in `benchmarks/conformance/verdicts/`). What "
        "turned out to be a mistake of the kit is not here, nor is what could harm users before its maintainers have heard of it."
    )
    yield ""
    yield (
        "**How to read it.** ● breaks a *must*, ◐ a *should*, ○ is a *note*, which never fails a run. A question mark says that "
        "the text can be read otherwise, or that practice is against it; the finding then says so. An empty cell says "
        "nothing: it is no proof that all is well there. The levels are those of the kit: ASGI does not use the words of RFC "
        "2119 throughout. Frameworks do more than the specification asks in many places that no table shows; a mark is "
        "no judgement of a project. Corrections are welcome."
    )
    yield ""
    if facts.picture:
        yield f"![Rules and projects: what was found where]({facts.picture})"
        yield ""


def _versions(facts: Facts) -> Iterator[str]:
    yield "Versions: " + ", ".join(f"{name} {number}" for name, number in facts.versions.items()) + "."
    yield ""


def _table(judged: Sequence[Judged], projects: Sequence[Project]) -> Iterator[str]:
    """Rule by project."""
    cells: dict[str, dict[str, list[Judged]]] = {}
    for each in judged:
        for found in each.found:
            cell = cells.setdefault(found.rule, {}).setdefault(found.project, [])
            if each not in cell:
                cell.append(each)
    yield "| rule | " + " | ".join(project.name for project in projects) + " |"
    yield "|---|" + ":-:|" * len(projects)
    for each in sorted(map(rule, cells), key=lambda each: (LEVELS.index(each.level), each.id)):
        row = [_cell(each, cells[each.id].get(project.key, [])) for project in projects]
        yield f"| {_link(each)} | " + " | ".join(row) + " |"


def _cell(broken: Rule, judged: Sequence[Judged]) -> str:
    return " ".join(f"[{mark_of(broken, each)}](#{each.verdict.name})" for each in judged)


def mark_of(broken: Rule, judged: Judged) -> str:
    """The mark of a finding in the tables."""
    return MARKS[broken.level] + ("?" if judged.verdict.verdict == "ambiguous" else "")


def _link(broken: Rule) -> str:
    return f"[{broken.id}](rules.md#{broken.id.lower()})"


def _finding(judged: Judged, facts: Facts) -> Iterator[str]:
    verdict, smallest = judged.verdict, judged.smallest
    broken = _rules(judged)
    yield f'### <a id="{verdict.name}"></a>{verdict.title}'
    yield ""
    kind = "" if verdict.verdict == "real" else "; **ambiguous**"
    rules = ", ".join(f"{MARKS[each.level]} {_link(each)}" for each in broken)
    yield f"{', '.join(_named(judged, facts))}. {rules}{kind}."
    yield ""
    yield f"> {broken[0].quote} ([{broken[0].section}]({broken[0].spec_url}))"
    yield ""
    case = "" if smallest.case == "by hand" else f", by the case `{smallest.case}`" if smallest.case else ""
    yield f"{' '.join(verdict.sentence.split())} Found at {_places(judged)}{case}: {_said(smallest)}"
    yield ""
    if smallest.exchange and not verdict.app:
        yield from ("```text", *_shortened(smallest.exchange.splitlines()), "```", "")
    yield from _program(verdict)


def _shortened(lines: list[str]) -> list[str]:
    """The first and last lines of an exchange."""
    half = EXCHANGE_LINES // 2
    return lines if len(lines) <= EXCHANGE_LINES else [*lines[:half], "    ...", *lines[-half:]]


def _program(verdict: Verdict) -> Iterator[str]:
    if verdict.app:
        yield from ("```py", verdict.app.strip(), "```", "")
    elif verdict.reproducer:
        yield from ("```py", *_tight(verdict.reproducer.strip()), "```", "")
    if verdict.send:
        sent = ", then ".join(_quoted(piece) if piece else "the end of its half" for piece in verdict.send)
        more = f" (the server has `{verdict.arguments}`)" if verdict.arguments else ""
        yield f"The client sends {sent}{more}. {_came(verdict)}"
    else:
        yield _came(verdict)


def _tight(program: str) -> Iterator[str]:
    """A program without its empty lines."""
    return (line for line in program.splitlines() if line.strip())


def _came(verdict: Verdict) -> str:
    there = ", ".join(_code(text) for text in verdict.prints)
    lacking = ", ".join(_code(text) for text in verdict.lacks)
    has = f"What comes has in it {there}" if there else ""
    lacks = f"{' but not' if has else 'What comes lacks'} {lacking}" if lacking else ""
    return f"{has}{lacks}." if has or lacks else ""


def _code(text: str) -> str:
    return "`" + text.strip().replace("`", "'").replace("\n", " ⏎ ") + "`"


def _quoted(piece: str) -> str:
    if piece == "$HANDSHAKE":
        return "a handshake"
    text = repr(piece.encode("latin-1"))[1:]
    return f"`{text.strip(chr(39)).strip(chr(34))}`"


def _named(judged: Judged, facts: Facts) -> Iterator[str]:
    for project in (*FRAMEWORKS, *SERVERS):
        if project.key in judged.projects:
            yield f"{project.name} {facts.versions.get(project.package, '')}".strip()


def _places(judged: Judged) -> str:
    places = list(dict.fromkeys(found.place for found in judged.found))
    shown = ", ".join(f"`{place}`" for place in places[:4])
    return shown + (f" and {len(places) - 4} more" if len(places) > 4 else "")


def _said(found: Found) -> str:
    text = " ".join(found.message.split())
    return f"`{text.replace('`', chr(39))}`" if any(sign in text for sign in "{}[]<>*_|\\'\"") else f"{text}."
