"""Cases that need an extra are there with it, and say so without it."""

import importlib
import sys

import pytest

from asgikit.conformance.server.case import Context, Skipped
from asgikit.conformance.server.cases import extras
from asgikit.conformance.server.launch import ServerTarget


def without(monkeypatch, *modules):
    """The cases as they are where these modules cannot be imported; the modules are put back after the test."""
    for name in list(sys.modules):
        if name.startswith("asgikit.conformance.server.") and name.rpartition(".")[2] in PARTS:
            monkeypatch.delitem(sys.modules, name)
            monkeypatch.delattr(sys.modules[name.rpartition(".")[0]], name.rpartition(".")[2])
    for name in modules:
        monkeypatch.setitem(sys.modules, name, None)
    monkeypatch.delitem(sys.modules, "asgikit.conformance.server.cases.extras")
    return importlib.import_module("asgikit.conformance.server.cases.extras").CASES


PARTS = {"certificates", "h2client", "tls_scope", "h2_streams", "h2_transports"}


def test_with_the_extra_all_cases_are_there():
    """Those of TLS and those of HTTP/2."""
    names = {case.name for case in extras.CASES}
    assert {"tls-scope", "h2-scope", "h2-over-tls"} <= names


@pytest.mark.parametrize(("module", "name"), [("cryptography", "tls"), ("h2.config", "h2")])
def test_without_the_extra_a_case_says_what_to_install(module, name, monkeypatch):
    """It is skipped, with the name of the extra."""
    case = next(case for case in without(monkeypatch, module) if case.name == name)
    with pytest.raises(Skipped, match=r"typed-asgikit\[conformance\]"):
        case.run(Context(case, ServerTarget(name="mini", command=()), None))
