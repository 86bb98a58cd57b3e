"""The cases of HTTP/2: by prior knowledge in the clear (RFC 9113, 3.3), and over TLS by ALPN (3.2)."""

from __future__ import annotations

import tempfile
from functools import partial
from pathlib import Path

from asgikit.conformance.server.case import Context, ServerCase, Skipped
from asgikit.conformance.server.cases.h2_streams import CHECKS, Check, Peer
from asgikit.conformance.server.cases.tls_scope import secure, served
from asgikit.conformance.server.certificates import make_certificates
from asgikit.conformance.server.h2client import H2Unavailable


def in_the_clear(check: Check, context: Context) -> None:
    """One check on the shared server. Raises Skipped if it does not take HTTP/2 without TLS."""
    try:
        check(Peer(context, context.server, context.connect))
    except H2Unavailable as reason:
        context.skip(f"the server has no HTTP/2 by prior knowledge: {reason}")


def over_tls(context: Context) -> None:
    """All checks on a server with TLS, whether it has HTTP/2 in the clear or not. Raises Skipped if it does not agree to h2."""
    with tempfile.TemporaryDirectory(prefix="asgikit-") as directory:
        certificates = make_certificates(Path(directory))
        with served(context, certificates) as server:
            wire, secured = secure(server, certificates.context("h2", "http/1.1"))
            with wire:
                agreed = secured.selected_alpn_protocol()
            if agreed != "h2":
                context.skip(f"offered h2 and http/1.1 by ALPN, the server takes {agreed or 'neither'}")
            settings = certificates.context("h2")
            peer = Peer(context, server, lambda: secure(server, settings)[0])
            for _, _, check in CHECKS:
                try:
                    check(peer)
                except Skipped:  # an extension that the server does not have; the other checks go on
                    continue
                except H2Unavailable as reason:
                    context.broke("HTTP-SCOPE-027", f"the server agreed to h2 by ALPN, and {reason}")
                    return


CASES: tuple[ServerCase, ...] = (
    *(ServerCase(f"h2-{name}", rules, "h2", partial(in_the_clear, check)) for name, rules, check in CHECKS),
    ServerCase("h2-over-tls", tuple(dict.fromkeys(rule for _, rules, _ in CHECKS for rule in rules)), "h2", over_tls, alone=True),
)
