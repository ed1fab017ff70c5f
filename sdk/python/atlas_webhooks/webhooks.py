"""What whoever receives webhooks needs."""

from __future__ import annotations

import json
import time
from collections.abc import Iterable
from typing import Any, NoReturn, Union, cast

from .event import CloudEvent
from .event_types import Event
from .signature import Headers, is_genuine, read_signature, secret_list
from .verification_error import BadSignatureError, ExpiredError, MalformedError

RawBody = Union[bytes, bytearray, memoryview, str]
Secrets = Union[str, Iterable[str]]


def verify(
    body: RawBody,
    headers: Headers | str,
    secrets: Secrets,
    *,
    tolerance: float = 300,
    now: float | None = None,
) -> Event:
    """Give the event of a request, if one of the secrets signed it.

    Raises a VerificationError otherwise: MalformedError, BadSignatureError or ExpiredError.

    body: as it came, before anything has parsed it.
    headers: of the request, or the value of ``Atlas-Signature`` or ``X-Webhook-Signature``.
    secrets: of the endpoint; several while they change.
    tolerance: how many seconds the time of the signature may be from now, before or after.
    now: in Unix seconds; the time of the machine without it.
    """
    event = _parse(_verified(body, headers, secrets, tolerance, now))
    if isinstance(event, list):
        raise MalformedError("the body is a batch: verify_batch() reads those")
    if not _is_identified(event) or not isinstance(event.get("data"), dict):
        raise MalformedError("the body is no event")
    return cast(Event, event)


def verify_batch(
    body: RawBody,
    headers: Headers | str,
    secrets: Secrets,
    *,
    tolerance: float = 300,
    now: float | None = None,
) -> list[CloudEvent]:
    """Give the events of a request that carries a batch of CloudEvents, as a list or one a line; else as ``verify``."""
    text = _verified(body, headers, secrets, tolerance, now)
    events = _parse(text) if text.startswith("[") else [_parse(line) for line in text.split("\n") if line]
    if not isinstance(events, list) or not events:
        raise MalformedError("the body is no batch")
    if not all(_is_identified(event) for event in events):
        raise MalformedError("the batch holds what is no event")
    return cast("list[CloudEvent]", events)


def _verified(
    body: RawBody, headers: Headers | str, secrets: Secrets, tolerance: float, now: float | None
) -> str:
    """Give the body as text, when one of the secrets signed it and not too long ago."""
    data = _bytes_of(body)
    signed = read_signature(headers)
    if not is_genuine(data, signed, secret_list(secrets)):
        raise BadSignatureError("none of the secrets signed this body")
    present = int(time.time()) if now is None else now
    # Put so that what is no number passes nothing.
    if signed.time is not None and not abs(present - signed.time) <= tolerance:
        raise ExpiredError(
            f"the signature is of {signed.time} and now is {present}: more than {tolerance} seconds apart"
        )
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise MalformedError("the body is not UTF-8") from error


def _bytes_of(body: RawBody) -> bytes:
    if isinstance(body, str):
        try:
            return body.encode()
        except UnicodeEncodeError as error:
            raise MalformedError("the body is not UTF-8") from error
    if isinstance(body, (bytes, bytearray, memoryview)):
        return bytes(body)
    raise TypeError("verifying needs the body as it came, as bytes or text: something has parsed it before")


def _parse(text: str) -> Any:
    try:
        return json.loads(text, parse_constant=_refuse_constant)
    # Deeper than Python can go is deeper than Atlas sends.
    except (ValueError, RecursionError) as error:
        raise MalformedError("the body is not JSON") from error


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


def _is_identified(value: object) -> bool:
    return isinstance(value, dict) and isinstance(value.get("id"), str) and isinstance(value.get("type"), str)
