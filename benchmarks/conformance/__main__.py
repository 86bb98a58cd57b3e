"""Writes docs/conformance-report.md: `make conformance-report`.

Fails, and names them, for findings that no verdict speaks of, and for programs that do not show what they are said to.
"""

from __future__ import annotations

import argparse
import json
import platform
import sys
from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from asgikit.conformance.progress import progress_bar
from asgikit.conformance.rules import catalogue
from benchmarks.conformance.page import Facts, page
from benchmarks.conformance.picture import picture
from benchmarks.conformance.projects import ALSO, FRAMEWORKS, SERVERS, Project
from benchmarks.conformance.reproducers import failing
from benchmarks.conformance.runs import ROOT, Done, RunError, application_jobs, run_all, server_jobs, versions
from benchmarks.conformance.verdicts import Found, NotVerifiedError, judge, read_verdicts, stale, verdict_files

PAGE: Final = ROOT / "docs" / "conformance-report.md"
PICTURE: Final = ROOT / "docs" / "conformance-report.svg"


def main(arguments: Sequence[str] | None = None) -> int:
    given = _parser().parse_args(arguments)
    try:
        if given.reuse:
            results = json.loads(given.results.read_text())
        else:
            results = _run(given)
            given.results.write_text(json.dumps(results, indent=1))
        return _write(results, given)
    except (RunError, NotVerifiedError, ValueError) as error:
        sys.stderr.write(f"{error}\n")
        return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.conformance", description=__doc__)
    parser.add_argument("--examples", type=int, default=100, help="scenarios that are made up for each place")
    parser.add_argument("--workers", type=int, default=2, help="applications that are driven at a time")
    parser.add_argument("--only", nargs="*", default=(), help="these projects alone; the page is not written then")
    parser.add_argument("--withheld", type=Path, help="verdicts that are not in the repository: reported, not yet repaired")
    parser.add_argument(
        "--results", type=Path, default=ROOT / "build" / "conformance-results.json", help="what was found, as JSON"
    )
    parser.add_argument("--reuse", action="store_true", help="write the page from the results of the last run")
    parser.add_argument("--skip-reproducers", action="store_true", help="do not run the programs of the verdicts")
    return parser


def _run(given: argparse.Namespace) -> dict[str, object]:
    """Applications beside each other; servers, which have a deadline for everything, one after the other."""
    given.results.parent.mkdir(parents=True, exist_ok=True)
    applications = list(application_jobs(_chosen(FRAMEWORKS, given.only), given.examples))
    servers = list(server_jobs(_chosen(SERVERS, given.only)))
    done: list[Done] = []
    with progress_bar(sys.stderr) as progress:
        total = len(applications) + len(servers)
        if applications:
            done += run_all(applications, given.workers, lambda number, _, name: progress(number, total, name))
        if servers:
            done += run_all(servers, 1, lambda number, _, name: progress(len(applications) + number, total, name))
    for each in done:
        for warning in each.warnings:
            sys.stderr.write(f"{each.job.project.key} {each.job.place}: {warning[:300]}\n")
    packages = dict.fromkeys((*(p.package for p in (*FRAMEWORKS, *SERVERS) if p.package), *ALSO))
    return {
        "date": datetime.now(UTC).date().isoformat(),
        "python": platform.python_version(),
        "versions": versions(tuple(packages)),
        "exchanges": sum(each.exchanges for each in done),
        "found": [asdict(found) for each in done for found in each.found],
    }


def _chosen(projects: Sequence[Project], only: Sequence[str]) -> list[Project]:
    return [project for project in projects if not only or project.key in only]


def _write(results: dict, given: argparse.Namespace) -> int:
    found = [Found(**each) for each in results["found"]]
    verdicts = read_verdicts(*verdict_files(), *([given.withheld] if given.withheld else []))
    judged = judge(found, verdicts)
    if given.only:
        return 0
    for name in stale(judged, verdicts):
        sys.stderr.write(f"nothing was found any more for the verdict {name}\n")
    wrong = () if given.skip_reproducers else failing(judged)
    if wrong:
        raise NotVerifiedError("\n".join(wrong))
    shown = [each for each in judged if each.verdict.verdict in {"real", "ambiguous"}]
    PICTURE.write_text(picture(shown))
    facts = Facts(
        date=results["date"],
        python=results["python"],
        versions=results["versions"],
        exchanges=results["exchanges"],
        rules=len(catalogue()),
        picture=PICTURE.name,
    )
    PAGE.write_text(page(facts, shown))
    return 0


if __name__ == "__main__":
    sys.exit(main())
