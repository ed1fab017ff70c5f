"""A server that misbehaves as a test wants it to."""

from __future__ import annotations

import json
import socket
import struct
import threading
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple
from unittest import TestCase

Behaviour = Callable[["Handler"], None]


class Received(NamedTuple):
    at: float
    method: str
    path: str
    headers: dict[str, str]
    body: bytes
    port: int


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: BehavingServer

    def answer(self) -> None:
        length = int(self.headers.get("content-length") or 0)
        headers = {name.lower(): value for name, value in self.headers.items()}
        body = self.rfile.read(length)
        behaviour = self.server.take(
            Received(time.monotonic(), self.command, self.path, headers, body, self.client_address[1])
        )
        behaviour(self)

    do_GET = do_POST = do_PATCH = do_DELETE = answer  # noqa: N815

    def log_message(self, *_: object) -> None:
        pass


class BehavingServer(ThreadingHTTPServer):
    """Behaves in these ways one request after the other, and in the last one for ever."""

    daemon_threads = True

    def __init__(self, *behaviours: Behaviour) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.requests: list[Received] = []
        self._behaviours = list(behaviours)
        self._changed = threading.Condition()

    @classmethod
    def start(cls, test: TestCase, *behaviours: Behaviour) -> BehavingServer:
        server = cls(*behaviours)
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        thread.start()

        def stop() -> None:
            server.shutdown()
            server.server_close()
            thread.join()

        test.addCleanup(stop)
        return server

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    def take(self, received: Received) -> Behaviour:
        with self._changed:
            self.requests.append(received)
            self._changed.notify_all()
            return self._behaviours.pop(0) if len(self._behaviours) > 1 else self._behaviours[0]

    def wait_for(self, count: int) -> list[Received]:
        with self._changed:
            if not self._changed.wait_for(lambda: len(self.requests) >= count, timeout=20):
                raise AssertionError(f"{len(self.requests)} requests instead of {count}")
            return list(self.requests)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Clients that hang up are part of the tests."""


def answer(status: int, body: object = "", **headers: str) -> Behaviour:
    data = body.encode() if isinstance(body, str) else json.dumps(body).encode()

    def behave(handler: Handler) -> None:
        handler.send_response(status)
        for name, value in headers.items():
            handler.send_header(name.replace("_", "-"), value)
        if status != 204:
            handler.send_header("content-length", str(len(data)))
        handler.end_headers()
        handler.wfile.write(data)

    return behave


def problem(status: int, code: str, *, errors: list[Any] | None = None, **headers: str) -> Behaviour:
    faults = {"errors": errors} if errors else {}
    return answer(status, {"code": code, "detail": "Not so.", **faults}, **headers)


def reset(handler: Handler) -> None:
    """Break the connection off with a TCP reset."""
    handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    handler.connection.close()
    handler.close_connection = True


def break_off(handler: Handler) -> None:
    """Send headers and half of the body that they promise, then break off."""
    handler.send_response(200)
    handler.send_header("content-length", "1000")
    handler.end_headers()
    handler.wfile.write(b"x" * 500)
    handler.close_connection = True


def hang(handler: Handler) -> None:
    """Never answer."""
    # Until the client has had enough.
    handler.connection.recv(1)
    handler.close_connection = True
