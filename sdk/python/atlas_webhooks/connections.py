"""Connections to the server, kept for the next request."""

from __future__ import annotations

import select
import socket
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException, HTTPResponse, HTTPSConnection
from urllib.parse import urlsplit

from .api_error import ConnectionError, TimeoutError

# Below the time after which servers and proxies close idle connections.
_LONGEST_IDLE = 30.0
_MOST_IDLE = 10


@dataclass(frozen=True)
class Request:
    """What is sent, and sent again."""

    method: str
    target: str
    headers: dict[str, str]
    body: bytes | None
    repeatable: bool
    """Doing it twice is the same as doing it once."""


class Connections:
    """Makes requests to one server, several at once if asked from several threads."""

    def __init__(self, server: str) -> None:
        parts = urlsplit(server)
        self.origin = f"{parts.scheme}://{parts.netloc}"
        self._kind: Callable[..., HTTPConnection] = HTTPSConnection if parts.scheme == "https" else HTTPConnection
        self._host = parts.hostname or ""
        self._port = parts.port
        self._idle: list[tuple[HTTPConnection, float]] = []
        self._lock = threading.Lock()

    def send(self, request: Request, timeout: float) -> Exchange:
        """Send a request and give its answer, once its headers are there. Whoever gets it reads or closes it."""
        connection = self._take() or self._connect(timeout)
        if connection.sock is not None:
            connection.sock.settimeout(timeout)
        try:
            connection.request(request.method, request.target, request.body, request.headers)
            return Exchange(self, connection, connection.getresponse())
        except (OSError, HTTPException) as error:
            connection.close()
            raise self.failure(error) from error

    def give_back(self, connection: HTTPConnection) -> None:
        """Keep a connection whose answer was read to its end."""
        if connection.sock is None:
            return
        with self._lock:
            if len(self._idle) < _MOST_IDLE:
                self._idle.append((connection, time.monotonic()))
                return
        connection.close()

    def close(self) -> None:
        """End the connections that are not in use."""
        with self._lock:
            idle, self._idle = self._idle, []
        for connection, _ in idle:
            connection.close()

    def failure(self, error: Exception, *, sent: bool = True) -> ConnectionError:
        """Give the error that the caller is to see."""
        kind = TimeoutError if isinstance(error, socket.timeout) else ConnectionError
        return kind(f"{self.origin} did not answer: {error or type(error).__name__}", sent=sent)

    def _take(self) -> HTTPConnection | None:
        """Give a connection that was kept, unless the server has closed it since."""
        while True:
            with self._lock:
                if not self._idle:
                    return None
                connection, since = self._idle.pop()
            is_fresh = time.monotonic() - since < _LONGEST_IDLE
            # There is nothing to read on a connection that waits, unless its end.
            if is_fresh and connection.sock is not None and not _is_readable(connection.sock):
                return connection
            connection.close()

    def _connect(self, timeout: float) -> HTTPConnection:
        connection = self._kind(self._host, self._port, timeout=timeout)
        try:
            connection.connect()
        except OSError as error:
            connection.close()
            raise self.failure(error, sent=False) from error
        return connection


def _is_readable(sock: socket.socket) -> bool:
    try:
        return bool(select.select([sock], [], [], 0)[0])
    except ValueError:
        # More than select can look at: better a new connection than a dead one.
        return True


class Exchange:
    """A request that was answered, and whose body is still to be read."""

    def __init__(self, connections: Connections, connection: HTTPConnection, response: HTTPResponse) -> None:
        self._connections = connections
        self._connection = connection
        self.response = response

    def read(self) -> bytes:
        """Read the whole body."""
        try:
            body = self.response.read()
        except (OSError, HTTPException) as error:
            self.close()
            raise self._connections.failure(error) from error
        self._connections.give_back(self._connection)
        return body

    def read_some(self) -> bytes:
        """Read what is there of the body, at least one byte; none: it has ended."""
        try:
            some = self.response.read1(65_536)
            if not some and self.response.length:
                raise HTTPException("the answer ended before its time")
        except (OSError, HTTPException) as error:
            self.close()
            raise self._connections.failure(error) from error
        if not some:
            self._connections.give_back(self._connection)
        return some

    def close(self) -> None:
        """End it: the server is not to go on sending."""
        self._connection.close()
