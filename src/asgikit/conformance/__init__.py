"""Checks any ASGI application, middleware or server against the rules of the specification.

`checked(app)` watches an application, `checked_server(app)` its server, `checked_middleware(wrap)` a middleware from both sides;
`check_middleware(wrap)` tries the laws of a middleware, `check_wsgi(wrap)` those of an adapter for WSGI; `drive(app, scenario)`
plays a server. The commands `asgikit check` and `asgikit server` do the rest. Nothing here needs an application to be made with
asgikit.
"""

from asgikit.conformance.check import Checker, checked, checked_server
from asgikit.conformance.driver import Drive, drive
from asgikit.conformance.middleware import check_middleware
from asgikit.conformance.rules import Rule, catalogue, rule
from asgikit.conformance.scenario import Action, Cancel, Deliver, Leave, Once, Resume, Scenario, Stall
from asgikit.conformance.sides import MiddlewareChecker, checked_middleware
from asgikit.conformance.transcript import Step
from asgikit.conformance.violations import ConformanceError, Violation
from asgikit.conformance.wsgi import check_wsgi

__all__ = [
    "Action",
    "Cancel",
    "Checker",
    "ConformanceError",
    "Deliver",
    "Drive",
    "Leave",
    "MiddlewareChecker",
    "Once",
    "Resume",
    "Rule",
    "Scenario",
    "Stall",
    "Step",
    "Violation",
    "catalogue",
    "check_middleware",
    "check_wsgi",
    "checked",
    "checked_middleware",
    "checked_server",
    "drive",
    "rule",
]
