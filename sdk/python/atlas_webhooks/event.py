"""The form of what arrives."""

from __future__ import annotations

from typing import Any, Literal, TypedDict


class EventEnvelope(TypedDict):
    """What every event has beside its type and its data."""

    id: str
    """Of the event: the same on every attempt and replay, so this is what to deduplicate on."""
    created: int
    """When it happened, in Unix seconds."""
    api_version: str
    sequence: int
    """The number of this delivery at its endpoint: 1, 2, 3, … without a gap; 0 for a test. See SequenceGuard."""


class _CloudEventAttributes(TypedDict):
    specversion: Literal["1.0"]
    id: str
    source: str
    type: str
    time: str
    datacontenttype: Literal["application/json"]
    data: Any


class CloudEvent(_CloudEventAttributes, total=False):
    """One event of a batch, in the JSON format of CloudEvents 1.0."""

    subject: str
    """The id of what it is about, where there is such a thing."""
    sequence: str
    """The number of this delivery at its endpoint, with zeros in front."""
    atlasendpoint: str
    """The id of the endpoint."""
