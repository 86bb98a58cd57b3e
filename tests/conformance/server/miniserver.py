"""A WebSocket server that is right, or wrong in one way by name: what the cases are tried on."""

import asyncio
import base64
import hashlib
import struct

from asgikit.conformance.server.frames import Frame, FrameFault, Opcode, masked, parse_close
from asgikit.conformance.server.frames import close as close_frame

GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
DENY = "websocket.http.response"
EVENTS = ("websocket.accept", "websocket.send", "websocket.close", f"{DENY}.start", f"{DENY}.body")


class Gone(OSError):
    """The client has left."""


class Connection:
    """One socket, and one application on it."""

    def __init__(self, reader, writer, defects, others):
        self.reader, self.writer, self.defects, self.others = reader, writer, defects, others
        self.events = asyncio.Queue()
        self.state = "connecting"
        self.disconnect = None
        self.denial = None
        self.reading = None

    async def serve(self, app):
        self.others.append(self)
        head = await self.reader.readuntil(b"\r\n\r\n")
        lines = head.split(b"\r\n")[1:-2]
        self.fields = [tuple(part.strip() for part in line.split(b":", 1)) for line in lines]
        self.fields = [(name.lower(), value) for name, value in self.fields]
        names = [n.strip().decode() for key, v in self.fields if key == b"sec-websocket-protocol" for n in v.split(b",")]
        self.offered = names
        self.events.put_nowait({"type": "websocket.connect"})
        if "early-101" in self.defects:
            self.handshake({})
        self.reading = asyncio.create_task(self.read())
        scope = {
            "type": "websocket",
            "asgi": {"version": "3.0", "spec_version": "2.5"},
            "http_version": "1.1",
            "scheme": "ws",
            "path": "/",
            "query_string": b"",
            "headers": [list(pair) for pair in self.fields],
            "subprotocols": sorted(names) if "sorted-subprotocols" in self.defects else names,
            "extensions": {} if "no-denial" in self.defects else {DENY: {}},
        }
        try:
            if "two-calls" in self.defects:
                other = asyncio.Queue()
                other.put_nowait({"type": "websocket.connect"})
                other.put_nowait({"type": "websocket.disconnect", "code": 1000})

                async def ignore(message):
                    pass

                await app(dict(scope), other.get, ignore)
            await app(scope, self.receive, self.send)
            self.finish(1000)
        except Gone:
            self.writer.close()
        except BaseException as error:
            if isinstance(error, asyncio.CancelledError) and self.state == "stopped":
                raise
            self.finish(1011)
            if "crash-others" in self.defects:
                for other in self.others:
                    other.writer.close()

    def finish(self, code):
        if self.denial is not None:
            self.writer.close()
        elif self.state == "connecting":
            self.plain(500)
        elif self.state == "open":
            self.state = "closed"
            self.frame(close_frame(code))
            self.writer.close()

    async def receive(self):
        if self.events.empty() and self.disconnect is not None:
            if "repeat-1005" in self.defects:
                return {"type": "websocket.disconnect", "code": 1005}
            return dict(self.disconnect)
        event = await self.events.get()
        if event["type"] == "websocket.disconnect":
            self.disconnect = event
        return event

    def gone(self, code, reason=""):
        if self.disconnect is not None or self.state == "gone":
            return
        if self.state == "refused" and "denial-no-disconnect" in self.defects:
            return
        if "no-disconnect" in self.defects or ("no-disconnect-early" in self.defects and self.state == "connecting"):
            return
        self.state = "gone"
        code = 1000 if "code-1000" in self.defects else code
        reason = "" if "no-reason" in self.defects else reason
        if "discard-pending" in self.defects:
            self.events = asyncio.Queue()
        self.events.put_nowait({"type": "websocket.disconnect", "code": code, "reason": reason})

    async def read(self):
        parts, kind = [], None
        try:
            while True:
                frame, mask = await self.frame_in()
                if not mask and "accept-unmasked" not in self.defects:
                    return self.fail(1002)
                if frame.opcode == Opcode.CLOSE:
                    said = parse_close(frame.payload)
                    if self.state == "open":
                        self.frame(frame)
                    code = 1000 if said.code is None and "no-code-1000" in self.defects else said.code or 1005
                    self.gone(code, said.reason)
                    return self.writer.close()
                if frame.opcode == Opcode.PING:
                    self.pong(frame.payload)
                elif frame.opcode != Opcode.PONG:
                    kind = frame.opcode if kind is None else kind
                    parts.append(frame.payload)
                    if frame.fin or "no-reassembly" in self.defects:
                        self.deliver(b"".join(parts), binary=kind == Opcode.BINARY)
                        parts, kind = [], None
        except UnicodeDecodeError:
            self.fail(1011 if "utf8-1011" in self.defects else 1007)
        except (asyncio.IncompleteReadError, OSError, FrameFault):
            self.gone(1005 if "lost-1005" in self.defects else 1006)
            self.writer.close()

    def pong(self, payload):
        self.frame(Frame(Opcode.PONG, payload[:1] if "short-pong" in self.defects else payload))
        if "deliver-ping" in self.defects:
            self.deliver(payload, binary=True)

    def deliver(self, data, *, binary):
        if not data and "drop-empty-in" in self.defects:
            return
        if binary:
            self.events.put_nowait({"type": "websocket.receive", "bytes": data})
        else:
            text = data.decode("utf-8", "replace" if "any-text" in self.defects else "strict")
            self.events.put_nowait({"type": "websocket.receive", "text": text})

    def fail(self, code):
        self.frame(close_frame(code))
        self.gone(code)
        self.writer.close()

    async def frame_in(self):
        while self.state == "connecting" and "early-receive" not in self.defects:
            # Bytes that come before the handshake is done wait; the end of the connection does not.
            if self.reader.at_eof() or self.reader.exception():
                raise OSError
            await asyncio.sleep(0.005)
        first, second = await self.reader.readexactly(2)
        size = second & 0x7F
        if size >= 126:
            size = int.from_bytes(await self.reader.readexactly(2 if size == 126 else 8), "big")
        mask = await self.reader.readexactly(4) if second & 0x80 else b""
        data = await self.reader.readexactly(size)
        return Frame(first & 15, masked(data, mask) if mask else data, bool(first & 0x80)), mask

    def frame(self, frame):
        if not self.writer.is_closing():
            self.writer.write(frame.encode(None))

    def plain(self, status, fields=(), body=b""):
        lines = [b"HTTP/1.1 %d X" % status, *(bytes(name) + b": " + bytes(value) for name, value in fields)]
        if not any(bytes(name) == b"content-length" for name, _ in fields):
            lines.append(b"content-length: %d" % len(body))
        self.writer.write(b"\r\n".join([*lines, b"", b""]) + body)
        self.state = "refused"
        self.writer.close()

    async def send(self, message):
        known = isinstance(message, dict) and message.get("type") in EVENTS
        if not known and "any-type" not in self.defects:
            raise ValueError("no such message")
        kind = message.get("type") if isinstance(message, dict) else None
        if "extra-keys-raise" in self.defects and "unknown" in message:
            raise ValueError("unknown key")
        early = kind == "websocket.send" and self.state != "open"
        late = kind == "websocket.accept" and self.state == "open"
        if "any-order" in self.defects and (early or late):
            return
        if self.disconnect is not None and kind != "websocket.accept":
            raise RuntimeError("closed") if "runtime-error" in self.defects else Gone("closed")
        if kind == "websocket.accept":
            self.accept(message)
        elif kind == "websocket.send":
            self.say(message)
        elif kind == "websocket.close":
            self.close(message)
        elif kind is not None and kind.startswith(DENY):
            self.deny(message)
        if not self.writer.is_closing():
            await self.writer.drain()

    def accept(self, message):
        if self.state != "connecting" or (self.denial is not None and "denial-anything" not in self.defects):
            raise ValueError("accept at the wrong time")
        chosen = message.get("subprotocol")
        if "any-accept" not in self.defects:
            if chosen is not None and chosen not in self.offered:
                raise ValueError("subprotocol not offered")
            if any(name == b"sec-websocket-protocol" for name, _ in message.get("headers", ())):
                raise ValueError("subprotocol in headers")
        self.handshake(message)

    def handshake(self, message):
        key = dict(self.fields)[b"sec-websocket-key"]
        answer = base64.b64encode(hashlib.sha1(key + (b"" if "bad-key" in self.defects else GUID)).digest())
        lines = [b"HTTP/1.1 101 X", b"upgrade: websocket", b"connection: Upgrade", b"sec-websocket-accept: " + answer]
        if message.get("subprotocol") is not None and "no-subprotocol" not in self.defects:
            lines.append(b"sec-websocket-protocol: " + str(message["subprotocol"]).encode())
        fields = [] if "drop-fields" in self.defects else list(message.get("headers", ()))
        lines += [name + b": " + value for name, value in (fields[::-1] if "reverse-fields" in self.defects else fields)]
        self.writer.write(b"\r\n".join([*lines, b"", b""]))
        self.state = "open"

    def say(self, message):
        text, data = message.get("text"), message.get("bytes")
        sound = (text is None) != (data is None) and isinstance(text or "", str) and isinstance(data or b"", bytes)
        if not sound and "any-data" not in self.defects:
            raise ValueError("one of text and bytes")
        if self.state != "open":
            raise ValueError("not open")
        payload = data if text is None else text
        payload = str(payload).encode() if not isinstance(payload, bytes) else payload
        if not payload and "drop-empty-out" in self.defects:
            return
        binary = text is None or "text-as-binary" in self.defects
        self.frame(Frame(Opcode.BINARY if binary else Opcode.TEXT, payload))

    def close(self, message):
        code, reason = message.get("code", 1000), message.get("reason") or ""
        if self.denial is not None and "denial-anything" not in self.defects:
            raise ValueError("close in a denial")
        if "close-raises" in self.defects:
            raise ValueError("close")
        if self.state == "connecting":
            if "refuse-101" in self.defects:
                self.handshake({})
            self.plain(404 if "refuse-404" in self.defects else 403)
            return
        if type(code) is not int:
            raise ValueError("code")
        if "any-close" not in self.defects:
            try:
                parse_close(struct.pack("!H", code))
            except (struct.error, FrameFault):
                raise ValueError("code") from None
            if len(reason.encode()) > 123:
                raise ValueError("reason")
        if self.state != "open":
            raise ValueError("closed already")
        self.state = "closing"
        self.frame(close_frame(1000 if "close-1000" in self.defects else code & 0xFFFF, reason))

    def deny(self, message):
        if self.state != "connecting" and "denial-anything" not in self.defects:
            raise ValueError("denial at the wrong time")
        if message["type"].endswith("start"):
            self.denial = (message["status"], message.get("headers", ()), [])
            return
        self.denial[2].append(message.get("body", b""))
        if not message.get("more_body"):
            body = self.denial[2][-1] if "denial-last-piece" in self.defects else b"".join(self.denial[2])
            self.plain(self.denial[0], self.denial[1], body)
            self.gone(1006)
