"""A server of HTTP/1.1 and HTTP/2, with TLS or without, that is right, or wrong in one way by name: what cases are tried on."""

import asyncio
import socket
import ssl
import threading
from pathlib import Path

import h2.config
import h2.connection
import h2.events

from asgikit.conformance.server.certificates import CLIENT_NAME
from asgikit.conformance.server.probe import Probe
from asgikit.conformance.server.probelog import ProbeLog

DROPPED = {b"connection", b"transfer-encoding", b"keep-alive", b"upgrade"}
EXTENSIONS = ("http.response.trailers", "http.response.push", "http.response.early_hint", "http.response.pathsend")


class Exchange:
    """One request, the application's messages, and what of them is to be sent."""

    def __init__(self, scope, body, defects):
        self.scope, self.defects = scope, defects
        self.incoming = [{"type": "http.request", "body": body}]
        self.status, self.fields, self.body, self.hints, self.trailers, self.pushed = 500, [], b"", [], None, []
        self.failed = False

    def run(self):
        try:
            asyncio.run(Probe()(self.scope, self.receive, self.send))
        except Exception:
            self.failed = True
        return self

    async def receive(self):
        return self.incoming.pop(0) if self.incoming else {"type": "http.disconnect"}

    async def send(self, message):
        kind = message["type"]
        if kind == "http.response.start":
            self.status, self.fields = message["status"], [(bytes(n), bytes(v)) for n, v in message.get("headers", ())]
        elif kind == "http.response.body":
            self.body += message.get("body", b"")
        elif kind == "http.response.trailers":
            self.trailers = [tuple(pair) for pair in message["headers"]]
        elif kind == "http.response.push":
            self.pushed.append(message)
        elif kind == "http.response.pathsend":
            try:
                self.body = Path(message["path"]).read_bytes()  # noqa: ASYNC240  # nobody else is on this loop
            except FileNotFoundError:
                self.failed = "missing-is-empty" not in self.defects
        elif kind == "http.response.early_hint":
            if "hint-raises" in self.defects:
                raise ValueError("no hints")
            self.hints.append(list(message["links"])[:1] if "first-hint" in self.defects else list(message["links"]))


class HttpServer:
    """The server, one thread for each connection and each stream."""

    def __init__(self, log, defects, wanted=None, certificates=None, plain_too=True, alpn=("h2", "http/1.1")):
        self.log, self.defects = ProbeLog(log), defects
        self.secured = None
        if wanted is not None and wanted.certfile:
            self.certfile = wanted.certfile
            self.secured = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            self.secured.load_cert_chain(wanted.certfile, wanted.keyfile)
            self.secured.set_alpn_protocols(list(alpn))
            if wanted.cafile:
                self.secured.load_verify_locations(wanted.cafile)
                self.secured.verify_mode = ssl.CERT_OPTIONAL

    def __enter__(self):
        """It listens."""
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.port = self.socket.getsockname()[1]
        self.open = []
        self.thread = threading.Thread(target=self._accept, daemon=True)
        self.thread.start()
        return self

    def __exit__(self, *error):
        """It is stopped."""
        self.socket.shutdown(socket.SHUT_RDWR)
        self.socket.close()
        self.thread.join(10)
        for thread in self.open:
            thread.join(10)

    def _accept(self):
        while True:
            try:
                connection, _ = self.socket.accept()
            except OSError:
                return
            thread = threading.Thread(target=self._serve, args=(connection,), daemon=True)
            thread.start()
            self.open.append(thread)

    def _serve(self, connection):
        connection.settimeout(10)
        with connection:
            try:
                if self.secured is not None:
                    connection = self.secured.wrap_socket(connection, server_side=True)
                with connection:
                    first = connection.recv(65536)
                    (self._h2 if first.startswith(b"PRI") and "no-h2" not in self.defects else self._h1)(connection, first)
            except OSError:
                return

    def scope(self, connection, **more):
        tls = {"tls": self._tls(connection)} if self.secured is not None and "no-tls" not in self.defects else {}
        tls |= {"tls": {"server_cert": None, "tls_version": None, "cipher_suite": None}} if "tls-anyway" in self.defects else {}
        names = () if "no-extensions" in self.defects else EXTENSIONS
        return {
            "type": "http",
            "asgi": {"version": "3.0", "spec_version": "2.5"},
            "scheme": "https" if self.secured is not None and "http-scheme" not in self.defects else "http",
            "extensions": {name: {} for name in names} | tls,
            "query_string": b"",
            **more,
        }

    def _tls(self, connection):
        client = connection.getpeercert(binary_form=True)
        shown = ssl.DER_cert_to_PEM_cert(client) if client else None
        own = Path(self.certfile).read_text()
        wrong = self.defects
        return {
            "server_cert": own if "other-cert" not in wrong else own.replace("MII", "MIX", 1),
            "tls_version": {"TLSv1.2": 0x0303, "TLSv1.3": 0x0304}[connection.version()] if "version-10" not in wrong else 0x0301,
            "cipher_suite": 0x1300 if "suite-0" in wrong else None,
            "client_cert_chain": [own] if "own-chain" in wrong else [shown] if shown else [],
            "client_cert_name": CLIENT_NAME if shown and "slash-name" not in wrong else "/CN=x" if shown else None,
        }

    def _h1(self, connection, data):
        while True:
            while b"\r\n\r\n" not in data:
                if not (more := connection.recv(65536)):
                    return
                data += more
            head, _, data = data.partition(b"\r\n\r\n")
            first, *lines = head.split(b"\r\n")
            if first.startswith(b"PRI"):
                connection.sendall(b"HTTP/1.1 400 X\r\ncontent-length: 0\r\n\r\n")
                return
            method, target, _ = first.split(b" ")
            fields = [tuple(part.strip() for part in line.split(b":", 1)) for line in lines]
            fields = [(name.lower(), value) for name, value in fields]
            path = target.decode()
            scope = self.scope(connection, http_version="1.1", method=method.decode(), path=path, headers=fields)
            exchange = Exchange(scope, b"", self.defects).run()
            for links in exchange.hints:
                connection.sendall(b"HTTP/1.1 103 X\r\n" + b"".join(b"link: " + link + b"\r\n" for link in links) + b"\r\n")
            self._h1_answer(connection, exchange, (b"te", b"trailers") in fields)
            if exchange.failed:
                return

    def _h1_answer(self, connection, exchange, te):
        fields = [pair for pair in exchange.fields if pair[0] != b"content-length"]
        head = b"HTTP/1.1 %d X\r\n" % exchange.status + b"".join(n + b": " + v + b"\r\n" for n, v in fields)
        if exchange.trailers is not None:
            te = (te or "always-trailers" in self.defects) and "no-trailers" not in self.defects
            last = b"".join(n + b": " + v + b"\r\n" for n, v in exchange.trailers) if te else b""
            body = b"%x\r\n%s\r\n0\r\n" % (len(exchange.body), exchange.body) + last + b"\r\n"
            connection.sendall(head + b"transfer-encoding: chunked\r\n\r\n" + body)
            return
        body = exchange.body + (b"x" if "byte-more" in self.defects else b"")
        length = len(exchange.body) + (9 if exchange.failed else 0)
        connection.sendall(head + b"content-length: %d\r\n\r\n" % length + body)

    def _h2(self, connection, data):
        peer = h2.connection.H2Connection(
            h2.config.H2Configuration(
                client_side=False, header_encoding=None, validate_outbound_headers=False, normalize_outbound_headers=False
            )
        )
        peer.initiate_connection()
        lock, waiting, threads = threading.Lock(), {}, []
        while data:
            with lock:
                for event in peer.receive_data(data):
                    if isinstance(event, h2.events.RequestReceived):
                        waiting[event.stream_id] = [event.headers, b""]
                    elif isinstance(event, h2.events.DataReceived):
                        waiting[event.stream_id][1] += event.data
                    elif isinstance(event, h2.events.StreamEnded):
                        args = (connection, peer, lock, event.stream_id, *waiting.pop(event.stream_id))
                        threads.append(threading.Thread(target=self._stream, args=args, daemon=True))
                        threads[-1].start()
                connection.sendall(peer.data_to_send())
            data = connection.recv(65536)
        for thread in threads:
            thread.join(10)

    def _stream(self, connection, peer, lock, number, headers, body):
        pseudo = {name: value for name, value in headers if name.startswith(b":")}
        fields = [(name, value) for name, value in headers if not name.startswith(b":") or "keep-pseudo" in self.defects]
        if "no-host" not in self.defects:
            fields = [(b"host", pseudo[b":authority"]), *(pair for pair in fields if pair[0] != b"host")]
        method = pseudo[b":method"].decode()
        scope = self.scope(connection, http_version="2", method=method, path=pseudo[b":path"].decode(), headers=fields)
        exchange = Exchange(scope, body, self.defects).run()
        with lock:
            target = 3 - number if "swap" in self.defects and number in {1, 3} else number
            self._h2_answer(peer, target, exchange, dict(fields), pseudo)
            connection.sendall(peer.data_to_send())

    def _h2_answer(self, peer, number, exchange, fields, pseudo):
        for links in exchange.hints:
            peer.send_headers(number, [(b":status", b"103"), *((b"link", link) for link in links)])
        if exchange.pushed and "no-push" not in self.defects:
            authority = b"other" if "other-authority" in self.defects else pseudo[b":authority"]
            pushed = [(b":method", b"GET"), (b":scheme", b"http"), (b":authority", authority), (b":path", b"/pushed")]
            peer.push_stream(number, 2, [*pushed, (b"x-pushed", b"1")])
            peer.send_headers(2, [(b":status", b"200")], end_stream=True)
        out = exchange.fields
        if "raw-fields" not in self.defects:
            out = [(n.lower(), v.translate(None, b"\r\n\x00")) for n, v in out if n.lower() not in DROPPED]
        peer.send_headers(number, [(b":status", b"%d" % exchange.status), *out])
        if pseudo[b":method"] != b"HEAD" or "head-body" in self.defects:
            body = b"1" if "same-body" in self.defects else exchange.body
            peer.send_data(number, body)
        wanted = fields.get(b"te") == b"trailers" or "always-trailers" in self.defects
        if exchange.trailers and wanted and "no-trailers" not in self.defects:
            peer.send_headers(number, exchange.trailers, end_stream=True)
        else:
            peer.end_stream(number)
