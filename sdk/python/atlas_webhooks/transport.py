"""Makes calls, and repeats those that failed where that may help and does no harm."""

from __future__ import annotations

import json
import random
import re
import time
import uuid
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timezone
from itertools import count
from typing import Any, TypeVar, cast
from urllib.parse import quote, urlencode, urlsplit

from .api_error import AtlasError, NotFoundError, to_api_error
from .connections import Connections, Exchange, Request
from .pages import Pages
from .retry import has_done_nothing, wait_before_retry

Result = TypeVar("Result")


@dataclass(frozen=True)
class Call:
    """A call of the API."""

    method: str
    path: str
    """With names in braces."""
    ids: Mapping[str, str] = field(default_factory=dict)
    """What goes in place of the names, the workspace excepted."""
    query: Mapping[str, Any] = field(default_factory=dict)
    body: Mapping[str, Any] | None = None
    takes_idempotency_key: bool = False


@dataclass(frozen=True)
class Options:
    """What may be said with a call."""

    timeout: float | None = None
    retries: int | None = None
    workspace: str | None = None
    idempotency_key: str | None = None


class Transport:
    """The way to one server."""

    def __init__(self, server: str, key: str, workspace: str | None, timeout: float, retries: int) -> None:
        """See Atlas."""
        if not re.fullmatch(r"https?://[^?#/]+[^?#]*", server):
            raise ValueError(f"server must be a URL such as https://webhooks.acme.example, not {server!r}")
        if not re.fullmatch(r"[!-~]+", key):
            raise ValueError("key must be an API key, without spaces or line breaks")
        self._connections = Connections(server)
        self._base = urlsplit(server).path.rstrip("/")
        self._key = key
        self._workspace = workspace
        self._timeout = timeout
        self._retries = retries

    def close(self) -> None:
        """End the connections that are not in use."""
        self._connections.close()

    def json(self, call: Call, options: Options) -> Any:
        """Give the answer."""
        return self._parse(self._repeat(call, options, Exchange.read))

    def text(self, call: Call, options: Options) -> str:
        """Give the answer as it is."""
        return self._repeat(call, options, Exchange.read).decode("utf-8")

    def nothing(self, call: Call, options: Options) -> None:
        """Make a call whose answer is that it was done."""
        self._repeat(call, options, Exchange.read)

    def pages(self, call: Call, options: Options) -> Pages[Any]:
        """Give a list that is asked for as it is read."""

        def read(cursor: str | None) -> Any:
            query = call.query if cursor is None else {**call.query, "cursor": cursor}
            return self.json(replace(call, query=query), options)

        return Pages(read)

    def lines(self, call: Call, options: Options) -> Iterator[dict[str, Any]]:
        """Give JSON lines as they arrive.

        A connection that breaks off is a ConnectionError: what has come cannot be taken back.
        """
        exchange = self._repeat(call, options, lambda opened: opened)
        ended = False
        try:
            rest = b""
            while not ended:
                some = exchange.read_some()
                ended = not some
                # The last line may lack its line break.
                *lines, rest = (rest + (b"\n" if ended else some)).split(b"\n")
                for line in lines:
                    if line:
                        yield self._parse(line)
        finally:
            if not ended:
                exchange.close()

    def _repeat(self, call: Call, options: Options, receive: Callable[[Exchange], Result]) -> Result:
        request = self._prepare(call, options)
        timeout = self._timeout if options.timeout is None else options.timeout
        retries = self._retries if options.retries is None else options.retries
        uncertain = False
        for attempt in count():
            try:
                exchange = self._connections.send(request, timeout)
                response = exchange.response
                if 200 <= response.status < 300:
                    return receive(exchange)
                raise to_api_error(response.status, response.reason, response.headers, exchange.read())
            except AtlasError as error:
                # An attempt before this one has done it, and its answer got lost.
                if uncertain and request.method == "DELETE" and isinstance(error, NotFoundError):
                    return cast(Result, b"")
                uncertain = uncertain or not has_done_nothing(error)
                wait = wait_before_retry(error, request.repeatable, attempt, random.random())
                if wait is None or not attempt < retries:
                    raise
            time.sleep(wait)
        raise AssertionError("counting has no end")

    def _prepare(self, call: Call, options: Options) -> Request:
        def fill(match: re.Match[str]) -> str:
            name = match[1]
            given = call.ids.get(name)
            if given is None and name == "workspace":
                given = options.workspace or self._workspace
            return _segment(name, given)

        headers = {"Authorization": f"Bearer {self._key}", "Accept": "application/json"}
        if call.body is not None:
            headers["Content-Type"] = "application/json"
        if call.takes_idempotency_key:
            headers["Idempotency-Key"] = options.idempotency_key or str(uuid.uuid4())
        query = urlencode({name: _text(value) for name, value in call.query.items() if value is not None})
        path = self._base + re.sub(r"\{(\w+)\}", fill, call.path)
        return Request(
            call.method,
            f"{path}?{query}" if query else path,
            headers,
            None if call.body is None else json.dumps(call.body, allow_nan=False, default=_plain).encode(),
            repeatable=call.method != "POST" or call.takes_idempotency_key,
        )

    def _parse(self, text: bytes) -> Any:
        try:
            return json.loads(text)
        except ValueError as error:
            where = self._connections.origin
            raise AtlasError(f"the answer of {where} is not JSON: is this the address of Atlas?") from error


def _segment(name: str, value: str | None) -> str:
    if value is None:
        raise ValueError("name a workspace, for the client or for the call")
    # A URL has no place for these: what they stand for would be another path.
    if value in ("", ".", ".."):
        raise ValueError(f"{value!r} is no {name}")
    return quote(value, safe="")


def _text(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return _plain(value) if isinstance(value, datetime) else str(value)


def _plain(value: object) -> str:
    if not isinstance(value, datetime):
        raise TypeError(f"{type(value).__name__} is not JSON")
    if value.tzinfo is None:
        raise ValueError(f"{value!r} needs a time zone")
    return value.astimezone(timezone.utc).isoformat(timespec="milliseconds").replace("+00:00", "Z")
