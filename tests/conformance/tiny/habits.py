"""What the server does wrong on purpose, or differently but within the rules."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

BREAKS = {
    "CORE-APP-002": "the application is called twice for a request that has a body",
    "CORE-APP-003": "send() is a plain function that returns None",
    "CORE-APP-004": "send() of a body returns only when the application has returned",
    "CORE-ERR-001": "a message of an unknown type, or with keys missing or of wrong types, is ignored",
    "CORE-ERR-003": "when the application raises in the middle of a response, the connection stays open",
    "CORE-ERR-004": "an exception in one application closes all connections",
    "CORE-ERR-006": "what send() raises after the client left is a RuntimeError, and logged as an error",
    "CORE-ERR-007": "SystemExit and the like in an application end the process",
    "CORE-EXT-001": "extensions is a list",
    "CORE-EXT-003": "extensions have the value True",
    "CORE-EXT-005": "extensions are advertised, and their messages raise",
    "CORE-MSG-010": "an unknown key in a message raises",
    "CORE-SCOPE-003": "asgi is missing",
    "CORE-SCOPE-004": "spec_version is a float",
    "CORE-SCOPE-008": "all requests have one and the same dict as scope",
    "EXT-DEBUG-003": "http.response.debug is advertised",
    "EXT-DENY-006": "a denial response is sent as an empty 403",
    "EXT-DENY-007": "websocket.accept after the start of a denial response is ignored",
    "EXT-DENY-008": "there is no websocket.disconnect after a denial response",
    "EXT-HINT-003": "early hints are sent as the final response",
    "EXT-PATH-004": "a missing file is sent as blanks",
    "EXT-TLS-001": "the tls extension is advertised without TLS",
    "EXT-TRAIL-006": "the response ends before its trailers",
    "EXT-TRAIL-007": "trailers are sent to clients that did not ask for them",
    "EXT-ZCS-004": "offset and count are ignored, and the file is closed",
    "CANCEL-004": "a cancelled receive() loses the next event",
    "CANCEL-007": "SIGTERM waits for ever for applications that run",
    "HTTP-DISC-001": "receive() after the response blocks for ever",
    "HTTP-DISC-002": "a client that leaves is not told to receive()",
    "HTTP-DISC-003": "http.disconnect is delivered once, then receive() blocks",
    "HTTP-DISC-004": "http.disconnect is delivered right behind the body",
    "HTTP-DISC-008": "send() after the client left raises a BrokenPipeError, no class of the server",
    "HTTP-DISC-010": "its own disconnect exception is logged with a traceback",
    "HTTP-DISC-012": "a half-closed client gets no response",
    "HTTP-DISC-013": "a piece of the body is delivered again after http.disconnect",
    "HTTP-REQ-001": "a request without a body gets http.disconnect first",
    "HTTP-REQ-002": "body is a bytearray",
    "HTTP-REQ-003": "more_body is an int",
    "HTTP-REQ-005": "the last http.request is delivered twice",
    "HTTP-REQ-008": "chunk sizes are delivered as part of the body",
    "HTTP-REQ-011": "the last byte of a body with content-length is lost",
    "HTTP-REQ-012": "a request that expects 100-continue gets 400",
    "HTTP-REQ-014": "a body that the application has not read is taken for the next request",
    "HTTP-REQ-015": "all of a body is read into memory ahead of the application",
    "HTTP-RESP-007": "a response without headers raises",
    "HTTP-RESP-008": "the fields of a response are sorted",
    "HTTP-RESP-009": "Transfer-Encoding of the application is passed on",
    "HTTP-RESP-015": "the body is held back until it is complete",
    "HTTP-RESP-016": "pieces of a body are put in front of those before",
    "HTTP-RESP-018": "what is sent after the response goes out as well",
    "HTTP-RESP-021": "the client gets nothing when the application raises",
    "HTTP-RESP-022": "a response that was cut by an exception is ended as if it were whole",
    "HTTP-RESP-023": "the client waits for ever when the application returns without a response",
    "HTTP-RESP-024": "exceptions are not logged",
    "HTTP-RESP-025": "an empty piece of a body ends it",
    "HTTP-RESP-026": "send() does not wait for slow clients",
    "HTTP-RESP-027": "content before the start, and a second start, are ignored",
    "HTTP-SCOPE-002": "http_version is HTTP/1.1",
    "HTTP-SCOPE-003": "methods come in lower case",
    "HTTP-SCOPE-004": "scheme is empty",
    "HTTP-SCOPE-005": "path is not percent-decoded",
    "HTTP-SCOPE-006": "path holds the query",
    "HTTP-SCOPE-007": "a path that is not UTF-8 closes the connection without an answer",
    "HTTP-SCOPE-009": "raw_path holds the query",
    "HTTP-SCOPE-010": "path is in lower case and raw_path as it was",
    "HTTP-SCOPE-011": "query_string is percent-decoded",
    "HTTP-SCOPE-012": "root_path is None",
    "HTTP-SCOPE-013": "root_path is given though path is not below it",
    "HTTP-SCOPE-015": "headers are str",
    "HTTP-SCOPE-018": "values of one header come in reverse order",
    "HTTP-SCOPE-018:merged": "headers of one name are joined with commas",
    "HTTP-SCOPE-019": "pseudo-headers are in the headers",
    "HTTP-SCOPE-023": "the client's port is a str",
    "HTTP-SCOPE-024": "server is a host without a port",
    "HTTP-SCOPE-026": "state is a list",
    "HTTP-SCOPE-028": "blanks around header values are kept",
    "HTTP-SCOPE-029": "an x-request-id header is invented",
    "HTTP-SCOPE-030": "every request to upgrade arrives as websocket",
    "HTTP-SCOPE-031": "methods in lower case are passed on as they are",
    "HTTP-SEM-012": "the body of a response to HEAD is sent",
    "HTTP-SEM-013": "the body of a 204 or 304 is sent",
    "HTTP-SEM-016": "Transfer-Encoding is sent beside Content-Length",
    "HTTP-SEM-017": "bytes beyond Content-Length are sent",
    "HTTP-SEM-018": "a response shorter than its Content-Length leaves the connection open",
    "HTTP-SEM-019": "Content-Length on a 304, or in reply to HEAD, raises",
    "HTTP-SEM-025": "a client of HTTP/1.0 gets chunks",
    "HTTP-SEM-023": "line breaks in a field's value are sent as they are",
    "LIFE-ORD-001": "lifespan.startup comes twice",
    "LIFE-SCOPE-002": "spec_version of the lifespan is 2.5",
    "LIFE-SCOPE-003": "lifespan runs in an event loop of its own",
    "LIFE-SRV-001": "requests are served before startup.complete",
    "LIFE-SRV-002": "the server exits when the lifespan raises",
    "LIFE-SRV-003": "startup.failed is ignored",
    "LIFE-SRV-004": "there is no lifespan.shutdown",
    "LIFE-SRV-005": "the server does not wait for shutdown.complete",
    "LIFE-SRV-006": "shutdown.failed is waited on for ever, unsaid",
    "LIFE-SRV-007": "unknown and repeated lifespan messages are ignored",
    "LIFE-SRV-008": "an application that returned after startup.complete hangs the shutdown",
    "LIFE-STATE-001": "the lifespan's state has a key of the server",
    "LIFE-STATE-002": "requests get a deep copy of the state",
    "LIFE-STATE-003": "requests share the state",
    "LIFE-STATE-004": "requests have no state",
    "LIFE-STATE-005": "the server puts a key into the state of requests",
    "VER-004": "spec_version 2.4 is declared and send() after the client left does nothing",
    "VER-006": "spec_version 2.3 is declared and send() after the client left raises an OSError",
    "VER-005": "reason is not in websocket.disconnect",
    "VER-007": "headers of websocket.accept are dropped though 2.1 is declared",
    "WS-ACC-008": "headers of websocket.accept are dropped",
    "WS-ACC-010": "a subprotocol that was not offered is sent, and one in the headers too",
    "WS-ACC-011": "websocket.send before accept, and a second accept, are ignored",
    "WS-CLOSE-006": "websocket.close before accept completes the handshake, then closes",
    "WS-CLOSE-007": "the code of websocket.close is lost",
    "WS-CLOSE-007:reason": "the reason of websocket.close is lost",
    "WS-CLOSE-008": "send() of websocket.close never returns",
    "WS-CLOSE-009": "the socket stays open when the application ends",
    "WS-CLOSE-011": "codes that must not be sent are sent",
    "WS-CONN-001": "the first event of a websocket is a message",
    "WS-CONN-002": "websocket.connect is delivered twice",
    "WS-CONN-003": "messages are delivered before the application has accepted",
    "WS-CONN-004": "the handshake is completed before the application answers",
    "WS-CONN-007": "a refused handshake gets 400",
    "WS-CONN-008": "a client that leaves before the answer is not told",
    "WS-CONN-009": "a handshake is left open when the application raises or returns",
    "WS-DISC-001": "there is no websocket.disconnect",
    "WS-DISC-002": "websocket.disconnect has no code",
    "WS-DISC-003": "the code of websocket.disconnect is always 1000",
    "WS-DISC-004": "reason is bytes",
    "WS-DISC-005": "a close without code comes as 1000",
    "WS-DISC-006": "a lost connection comes as 1000",
    "WS-DISC-007": "the second websocket.disconnect has another code",
    "WS-DISC-010": "send() on a closed websocket does nothing",
    "WS-DISC-011": "its own disconnect exception is logged with a traceback",
    "WS-RECV-001": "bytes is a bytearray",
    "WS-RECV-002": "text is bytes",
    "WS-RECV-003": "text and bytes are both given",
    "WS-RECV-005": "messages come after websocket.disconnect",
    "WS-RECV-006": "fragments that are not empty are delivered as messages",
    "WS-RECV-007": "pings are delivered and not answered",
    "WS-RECV-008": "text that is not UTF-8 is delivered, repaired",
    "WS-RECV-009": "unmasked frames are taken",
    "WS-RECV-010": "empty messages are dropped",
    "WS-SCOPE-002": "http_version of a websocket is 1.0",
    "WS-SCOPE-003": "scheme of a websocket is empty",
    "WS-SCOPE-005": "query_string of a websocket is str",
    "WS-SCOPE-008": "subprotocols are bytes",
    "WS-SCOPE-010": "only the first subprotocol is given",
    "WS-SCOPE-011": "the application is cancelled when it has sent a message, and the socket stays open",
    "WS-SEND-006": "empty messages are not sent",
    "WS-SEND-007": "websocket.send with neither or both of text and bytes is ignored",
    "WS-SEND-008": "text is sent as a binary frame",
}
"""What each sabotage does, by the rule that it breaks; a suffix tells several ways apart."""

LEGAL = {
    "blocks-on-second-disconnect": "http.disconnect and websocket.disconnect are delivered once, then receive() blocks",
    "close-each": "the connection is closed after each response",
    "deferred-start": "the head of a response waits for the first piece of its body",
    "http-1.0": "answers are of HTTP/1.0, framed by the end of the connection",
    "no-extensions": "no extension is known",
    "no-lifespan": "there is no lifespan",
    "no-state": "there is no state",
    "old-spec": "spec_version 2.3: send() after the client left does nothing, and there is no reason",
    "original-case": "header names come as they were sent",
    "plain-scope": "only keys that are not optional, headers as lists",
    "small-pieces": "request bodies come in pieces of at most 997 bytes, with empty ones between",
    "small-chunks": "response bodies are sent in chunks of at most 5 bytes",
    "optional-left-out": "events leave out what is optional: body, more_body, reason, the other one of text and bytes",
    "both-keys": "websocket.receive has both keys, one of them None",
    "cancels": "an application is cancelled half a second after its client has left",
    "unknown-keys": "scopes and events have keys that nobody knows",
}
"""What each legal variant does."""


@dataclass(frozen=True)
class Habits:
    """The sabotages and variants that are on."""

    broken: frozenset[str] = frozenset()
    legal: frozenset[str] = frozenset()

    @classmethod
    def of(cls, broken: Iterable[str] = (), legal: Iterable[str] = ()) -> Habits:
        """Raises ValueError for a name that is not known."""
        rule, colon, face = "", "", ""
        chosen = set()
        for name in broken:
            rule, colon, face = name.partition(":")
            chosen.add(rule.upper() + colon + face)
        if unknown := (chosen - set(BREAKS)) | (set(legal) - set(LEGAL)):
            raise ValueError(f"unknown: {', '.join(sorted(unknown))}")
        return cls(frozenset(chosen), frozenset(legal))

    def breaks(self, name: str) -> bool:
        """Whether this is done wrong."""
        return name in self.broken

    def has(self, name: str) -> bool:
        """Whether this is done differently."""
        return name in self.legal
