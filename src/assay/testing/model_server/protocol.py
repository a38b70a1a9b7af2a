"""HTTP/1.1 by hand, on the socket level, where misbehaving is possible and cheap.

It reads what an OpenAI client sends (``POST`` with ``Content-Length``, keep-alive) and
``GET /health``; it is no general web server.
"""

import asyncio
import json
import socket
import struct
from typing import Any

from typing_extensions import override

from assay.testing.model_server import replies
from assay.testing.model_server.behaviour import Behaviour, Kind, Plan
from assay.testing.model_server.call_log import CallLog


KEY_HEADER = b"x-assay-datapoint"
_PIECES = 20


class ModelProtocol(asyncio.Protocol):
    """One connection of the loopback model server."""

    def __init__(self, plan: Plan, log: CallLog) -> None:
        self._plan = plan
        self._log = log
        self._buffer = b""
        self._busy = False
        self._transport: asyncio.Transport | None = None

    @override
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the transport."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    @override
    def connection_lost(self, exc: Exception | None) -> None:  # the loop's name
        """Forget the transport; timers that still run find nothing to send to."""
        self._transport = None

    @override
    def data_received(self, data: bytes) -> None:
        """Gather bytes until a request is whole."""
        self._buffer += data
        self._next_request()

    def _next_request(self) -> None:
        if self._busy:
            return
        head, separator, rest = self._buffer.partition(b"\r\n\r\n")
        if not separator:
            return
        request_line, *lines = head.split(b"\r\n")
        headers = dict(_header(line) for line in lines)
        length = int(headers.get(b"content-length", b"0"))
        if len(rest) < length:
            return
        self._buffer = rest[length:]
        self._busy = True
        self._serve(request_line, headers, rest[:length])

    def _serve(self, request_line: bytes, headers: dict[bytes, bytes], body: bytes) -> None:
        if request_line.startswith(b"GET /health"):
            return self._send(replies.response(200, b'{"status":"ok"}'))
        if b"/chat/completions" not in request_line:
            return self._send(replies.error(404, message="There is only /chat/completions."))
        try:
            request = json.loads(body)
            key = _key(request, headers)
            model = str(request["model"])
        except (ValueError, KeyError, TypeError, IndexError):
            return self._send(replies.error(400, message="This is no chat completion request."))
        call = self._log.record(key)
        behaviour = self._plan.behaviour(key, call=call)
        latency = self._plan.latency(behaviour, key, call=call)
        loop = asyncio.get_running_loop()
        loop.call_later(latency, self._carry_out, behaviour, key, model)
        return None

    def _carry_out(self, behaviour: Behaviour, key: str, model: str) -> None:
        if behaviour.kind is Kind.HANG:
            return
        if behaviour.kind is Kind.RESET:
            self._reset()
            return
        data = replies.reply(self._plan, behaviour, key=key, model=model)
        if behaviour.kind is Kind.DRIP:
            self._drip(data, behaviour.drip_seconds)
        else:
            self._send(data)

    def _send(self, data: bytes) -> None:
        if self._transport is not None:
            self._transport.write(data)
            self._busy = False
            self._next_request()

    def _drip(self, data: bytes, seconds: float) -> None:
        step = max(1, len(data) // _PIECES)
        if len(data) <= step:
            self._send(data)
        elif self._transport is not None:
            self._transport.write(data[:step])
            asyncio.get_running_loop().call_later(seconds, self._drip, data[step:], seconds)

    def _reset(self) -> None:
        """Close with a RST instead of a FIN, as a crashing peer does."""
        if self._transport is not None:
            sock = self._transport.get_extra_info("socket")
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self._transport.abort()


def _header(line: bytes) -> tuple[bytes, bytes]:
    name, _, value = line.partition(b":")
    return name.strip().lower(), value.strip()


def _key(request: dict[str, Any], headers: dict[bytes, bytes]) -> str:
    """Return what a call is counted under: its header, its ``user``, else its last message."""
    header = headers.get(KEY_HEADER)
    if header is not None:
        return header.decode("latin-1")
    user = request.get("user")
    return str(user if user is not None else request["messages"][-1]["content"])
