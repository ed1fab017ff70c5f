"""What the headers of a request say about its signature, and whether it is genuine."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal, Protocol, Union

from .verification_error import MalformedError


class HeaderItems(Protocol):
    """Headers that may hold a name several times, as those of Flask and Starlette do."""

    def items(self) -> Iterable[tuple[str, str]]: ...


Headers = Union[Mapping[str, str], HeaderItems]


@dataclass(frozen=True)
class Signed:
    """What the headers say about the signature."""

    prefix: bytes
    """What was signed ahead of the body."""
    time: int | None
    """In Unix seconds; None: this scheme has none."""
    signatures: list[str]
    """Any of these may be it."""
    key: Literal["text", "bytes"]
    """The key is the whole secret as text, or the bytes that it stands for."""
    encoding: Literal["hex", "base64"]


_TIME = re.compile(r"[0-9]{1,15}")
_ATLAS_PART = re.compile(r"([A-Za-z0-9_]+)=([!-~]*)")
_STANDARD_PART = re.compile(r"([A-Za-z0-9_]+),([!-+\--~]*)")
_WEBHOOK = re.compile(r"sha256=([!-~]*)")
# A dot would move the borders between what is signed.
_ID = re.compile(r"[!-\-/-~]+")
_SECRET = re.compile(r"whsec_((?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?)")


def read_signature(headers: Headers | str) -> Signed:
    """Read the headers of the first scheme that is there, or one header's value.

    The schemes are Atlas-Signature, Standard Webhooks and X-Webhook-Signature, in this order. MalformedError when there
    is none, or it is not what it should be.
    """
    if isinstance(headers, str):
        return _read_webhook(headers, None) if headers.startswith("sha256=") else _read_atlas(headers)
    atlas = _find(headers, "atlas-signature")
    if atlas is not None:
        return _read_atlas(atlas)
    standard = _find(headers, "webhook-signature")
    if standard is not None:
        return _read_standard(standard, _find(headers, "webhook-id"), _find(headers, "webhook-timestamp"))
    webhook = _find(headers, "x-webhook-signature")
    if webhook is not None:
        return _read_webhook(webhook, _find(headers, "x-webhook-signature-previous"))
    raise MalformedError("there is none of Atlas-Signature, webhook-signature and X-Webhook-Signature")


def is_genuine(body: bytes, signed: Signed, secrets: Iterable[str]) -> bool:
    """Tell whether one of the secrets made one of the signatures, in a time that does not tell which."""
    keys = [_key(secret, signed.key) for secret in secrets]
    genuine = False
    for key in keys:
        digest = hmac.new(key, signed.prefix + body, hashlib.sha256).digest()
        expected = digest.hex() if signed.encoding == "hex" else base64.b64encode(digest).decode()
        for given in signed.signatures:
            genuine |= hmac.compare_digest(expected, given)
    return genuine


def secret_list(secrets: str | Iterable[str]) -> list[str]:
    """Give the secrets as a list; ValueError when one of them is none, or when there is none."""
    found = [secrets] if isinstance(secrets, str) else list(secrets or [])
    if not found:
        raise ValueError("verifying needs the secret of the endpoint")
    for secret in found:
        _key(secret, "text")
    return found


def _find(headers: Headers, name: str) -> str | None:
    values = [value for given, value in headers.items() if given.lower() == name]
    # One that came several times is as wrong as its values in one line.
    return ", ".join(values) if values else None


def _read_atlas(header: str) -> Signed:
    """``t=<seconds>,v1=<hex>``, with more of ``v1`` while a secret is being rotated."""
    parts = [_ATLAS_PART.fullmatch(part) for part in header.split(",")]
    values: dict[str, list[str]] = {}
    for part in parts:
        if part is None:
            raise MalformedError("Atlas-Signature is not t=…,v1=…")
        values.setdefault(part[1], []).append(part[2])
    times, signatures = values.get("t", []), values.get("v1", [])
    if len(times) != 1:
        raise MalformedError("Atlas-Signature has not one t")
    if not signatures:
        raise MalformedError("Atlas-Signature has no v1")
    return Signed(f"{times[0]}.".encode(), _read_time(times[0]), signatures, "text", "hex")


def _read_standard(header: str, id: str | None, time: str | None) -> Signed:
    """``v1,<base64>``, with more of them after single spaces."""
    if id is None or time is None:
        raise MalformedError("webhook-signature needs webhook-id and webhook-timestamp")
    if not _ID.fullmatch(id):
        raise MalformedError("webhook-id is empty, or has a dot or a space")
    signatures = []
    for text in header.split(" "):
        part = _STANDARD_PART.fullmatch(text)
        if part is None:
            raise MalformedError("webhook-signature is not v1,…")
        if part[1] == "v1":
            signatures.append(part[2])
    if not signatures:
        raise MalformedError("webhook-signature has no v1")
    seconds = _read_time(time)
    return Signed(f"{id}.{time}.".encode(), seconds, signatures, "bytes", "base64")


def _read_webhook(header: str, previous: str | None) -> Signed:
    """``sha256=<hex>``, and one more in a header of its own while a secret is being rotated."""
    signatures = []
    for value in [header] if previous is None else [header, previous]:
        match = _WEBHOOK.fullmatch(value)
        if match is None:
            raise MalformedError("X-Webhook-Signature is not sha256=…")
        signatures.append(match[1])
    return Signed(b"", None, signatures, "text", "hex")


def _read_time(text: str) -> int:
    # 15 digits: what every language can count with exactly.
    if not _TIME.fullmatch(text):
        raise MalformedError("the time of the signature is not a number of seconds")
    return int(text)


def _key(secret: str, form: Literal["text", "bytes"]) -> bytes:
    match = _SECRET.fullmatch(secret) if isinstance(secret, str) else None
    if match is None or not match[1]:
        # Without the secret: errors end up in logs.
        raise ValueError("a secret is whsec_ and base64, as it was shown when the endpoint was created")
    return secret.encode() if form == "text" else binascii.a2b_base64(match[1])
