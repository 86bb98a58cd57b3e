"""HTTP Observatory's grades, as far as they come from response fields: a small model of its public rules.

From MDN's page "HTTP Observatory Tests & Scoring", and from the published expectations of mdn/mdn-http-observatory: the score begins at
100, penalties are taken off, and from 90 on bonuses are added; 100 and more is an A+. Rules about cookies, CORS, redirects and
subresource integrity are about a whole site: they are taken to find nothing to judge, which is worth 0.
"""

from __future__ import annotations

from collections.abc import Mapping

BROAD = {"ftp:", "http:", "https:", "*", "http://*", "http://*.*", "https://*", "https://*.*"}
PRIVATE = {"no-referrer", "same-origin", "strict-origin", "strict-origin-when-cross-origin"}
LEAKING = {"origin", "origin-when-cross-origin", "unsafe-url", "no-referrer-when-downgrade"}
SIX_MONTHS = 15_552_000
GRADES = ((100, "A+"), (90, "A"), (85, "A-"), (80, "B+"), (70, "B"), (65, "B-"), (60, "C+"), (50, "C"), (45, "C-"), (40, "D+"))


def directives(policy: str) -> dict[str, set[str]]:
    """What a policy says, each directive with its words."""
    parts = [part.split() for part in policy.split(";") if part.strip()]
    return {name.lower(): set(words) for name, *words in parts}


def csp_modifier(value: str | None) -> int:
    """+10 for none but what is listed, +5 without anything unsafe, down to -25 for no policy at all; for a site of https."""
    csp = directives(value or "")
    if not csp:
        return -25
    everything = csp.get("default-src", {"*"})
    scripts, styles, objects = (csp.get(name, everything) for name in ("script-src", "style-src", "object-src"))
    scripts, styles = without_old(scripts), without_old(styles)
    vouched = any(word.startswith(("'nonce-", "'sha")) for word in scripts)
    if "'strict-dynamic'" in scripts:
        if not vouched:
            return -25
        scripts = {word for word in scripts if not word.startswith(tuple(BROAD)) and word != "'self'"}
    active = [word for name, words in csp.items() if name not in {"img-src", "media-src", "script-src"} for word in words]
    passive = csp.get("img-src", everything) | csp.get("media-src", everything)
    for applies, modifier in (
        (scripts & (BROAD | {"'unsafe-inline'", "data:"}) or objects & BROAD, -20),
        (any(word.startswith(("http:", "ftp:")) for word in [*active, *scripts]), -20),
        ("'unsafe-eval'" in scripts | styles, -10),
        (any(word.startswith(("http:", "ftp:")) for word in passive), -10),
        (styles & (BROAD | {"'unsafe-inline'", "data:"}), 0),
    ):
        if applies:
            return modifier
    return 10 if everything == {"'none'"} else 5


def without_old(words: set[str]) -> set[str]:
    """Browsers that know nonces and hashes leave 'unsafe-inline' beside them out of account."""
    return words - {"'unsafe-inline'"} if any(word.startswith(("'nonce-", "'sha")) for word in words) else words


def hsts_modifier(value: str | None) -> int:
    """0 for half a year at least, -10 for less, -20 for none."""
    ages = [part.strip()[8:] for part in (value or "").lower().split(";") if part.strip().startswith("max-age=")]
    if not ages or "," in (value or ""):
        return -20
    return 0 if int(ages[0]) >= SIX_MONTHS else -10


def frame_modifier(options: str | None, policy: str | None) -> int:
    """+5 where the policy says who may frame, 0 where the old field does, -20 where nothing does."""
    if "frame-ancestors" in directives(policy or ""):
        return 5
    return 0 if (options or "").lower() in {"deny", "sameorigin"} else -20


def referrer_modifier(value: str | None) -> int:
    """+5 for what tells other sites no more than the origin, -5 for more or for nonsense, 0 for nothing said."""
    if value is None:
        return 0
    known = [word for word in (part.strip().lower() for part in value.split(",")) if word in PRIVATE | LEAKING]
    return 5 if known and known[-1] in PRIVATE else -5


def resource_modifier(value: str | None) -> int:
    """+10 for what keeps other sites out, 0 for what lets them in or says nothing, -5 for nonsense."""
    return {None: 0, "cross-origin": 0, "same-site": 10, "same-origin": 10}.get(value, -5)


def score(headers: Mapping[str, str]) -> int:
    """The score of a response over https with these fields, their names in lower case."""
    policy = headers.get("content-security-policy")
    modifiers = (
        csp_modifier(policy),
        hsts_modifier(headers.get("strict-transport-security")),
        frame_modifier(headers.get("x-frame-options"), policy),
        referrer_modifier(headers.get("referrer-policy")),
        resource_modifier(headers.get("cross-origin-resource-policy")),
        0 if headers.get("x-content-type-options") == "nosniff" else -5,
    )
    reached = max(100 + sum(modifier for modifier in modifiers if modifier < 0), 0)
    return reached + sum(modifier for modifier in modifiers if modifier > 0) if reached >= 90 else reached


def grade(headers: Mapping[str, str]) -> str:
    """The grade; below 40 it is a D or worse, which is all the same here."""
    reached = score(headers)
    return next((name for least, name in GRADES if reached >= least), "F")
