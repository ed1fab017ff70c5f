"""What type checkers must accept and what they must refuse: an ignore that is not needed is an error. Never run."""

from __future__ import annotations

from atlas_webhooks import Atlas, SequenceGuard, webhooks
from atlas_webhooks.event_types import DealCreated


def narrowed(body: bytes, headers: dict[str, str]) -> float:
    event = webhooks.verify(body, headers, "whsec_", tolerance=60)
    SequenceGuard().record(event["sequence"])
    if event["type"] == "deal.created":
        return value(event)
    event["data"]["value"]  # type: ignore[typeddict-item]
    return event["data"]["total"] if event["type"] == "quote.sent" else 0


def value(event: DealCreated) -> float:
    return event["data"]["value"]


def called(atlas: Atlas) -> str:
    for delivery in atlas.deliveries.list(state="dead_letter", limit=10):
        print(delivery["attempt_count"] + 1)
    atlas.deliveries.list(last_error="dead")  # type: ignore[arg-type]
    atlas.endpoints.create({"url": "https://acme.example", "types": ["deal.*"], "filter": None})
    atlas.endpoints.create({"url": "https://acme.example", "typs": []})  # type: ignore[typeddict-unknown-key]
    atlas.events.publish({"type": "deal.created", "data": {}}, idempotency_key="mine", workspace="acme")
    return atlas.endpoints.create({"url": "https://acme.example"})["secret"]
