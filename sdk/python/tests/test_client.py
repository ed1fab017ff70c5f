from __future__ import annotations

import json
import os
import time
import unittest
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any, TypeVar

from atlas_webhooks import (
    Atlas,
    ConflictError,
    ForbiddenError,
    NotFoundError,
    UnauthorizedError,
    ValidationError,
    webhooks,
)

from .behaving import BehavingServer, answer

SERVER = os.environ.get("ATLAS_SERVER", "")
KEY = os.environ.get("ATLAS_KEY", "")
Answer = TypeVar("Answer")


class Watched:
    """The client, and the names of the methods that were called on it."""

    def __init__(self, target: Any, called: set[str], name: str = "") -> None:
        self._target, self._called, self._name = target, called, name

    def __getattr__(self, name: str) -> Any:
        value = getattr(self._target, name)
        if self._name == "":
            return Watched(value, self._called, name)
        self._called.add(f"{self._name}.{name}")
        return value


def methods_of(atlas: Atlas) -> set[str]:
    resources = {name: value for name, value in vars(atlas).items() if not name.startswith("_")}
    return {
        f"{name}.{method}"
        for name, resource in resources.items()
        for method in dir(resource)
        if not method.startswith("_")
    }


def eventually(ask: Callable[[], Answer | None]) -> Answer:
    deadline = time.monotonic() + 20
    while True:
        found = ask()
        if found is not None:
            return found
        if time.monotonic() > deadline:
            raise AssertionError("it did not come true")
        time.sleep(0.02)


@unittest.skipUnless(SERVER, "needs a server, in ATLAS_SERVER and ATLAS_KEY: sdk/journey-python.test.ts starts one")
class TestClient(unittest.TestCase):
    def setUp(self) -> None:
        self.called: set[str] = set()
        operator = Atlas(SERVER, KEY)
        self.workspace = operator.workspaces.create({"name": "Acme", "slug": "acme-python"})
        self.client = Atlas(SERVER, KEY, "acme-python")
        self.addCleanup(self.client.close)
        self.addCleanup(operator.close)
        self.atlas: Any = Watched(self.client, self.called)

    def test_every_method_does_what_it_is_called(self) -> None:
        self.workspaces_and_keys()
        self.endpoints_events_and_deliveries()
        self.event_types()
        self.audit_log()
        self.server()
        self.assertEqual(methods_of(self.client) - self.called, set())

    def workspaces_and_keys(self) -> None:
        atlas = self.atlas
        self.assertEqual(atlas.me.get()["kind"], "operator")
        invitation = atlas.invitations.create({"email": "ada@acme.example", "role": "member"})
        self.assertEqual(atlas.invitations.list()["data"][0]["id"], invitation["id"])
        token = invitation["url"].split("#token=")[1]
        self.assertFalse(atlas.invitations.look({"token": token})["has_account"])
        atlas.invitations.accept({"token": token, "name": "Ada", "password": "correct horse battery"})
        member = atlas.members.list()["data"][0]["id"]
        self.assertEqual(atlas.members.update(member, {"role": "viewer"})["role"], "viewer")
        atlas.members.remove(member)
        atlas.invitations.withdraw(atlas.invitations.create({"email": "bob@acme.example", "role": "viewer"})["id"])
        self.assertIn("#token=", atlas.sign_in_links.create()["url"])
        self.assertIn("#token=", atlas.password_links.create({"email": "ada@acme.example"})["url"])
        self.assertIsNone(atlas.sign_in_methods.get()["provider"])
        self.assertEqual(atlas.nodes.list()["data"][0]["state"], "alive")
        self.assertEqual(len(atlas.service.health()["minutes"]), 60)
        other = atlas.workspaces.create({"name": "Other"})
        self.assertEqual([each["id"] for each in atlas.workspaces.list(limit=1)], [other["id"], self.workspace["id"]])
        changed = atlas.workspaces.update(other["id"], {"name": "Another", "slug": "other-python"})
        self.assertEqual(changed["name"], "Another")
        self.assertEqual(atlas.workspaces.get("other-python")["id"], other["id"])
        atlas.workspaces.delete("other-python")
        with self.assertRaises(NotFoundError):
            atlas.workspaces.get("other-python")

        expires = datetime.now(timezone.utc) + timedelta(hours=1)
        made = atlas.keys.create({"name": "Reader", "scopes": ["read"], "expires_at": expires})
        self.assertEqual([key["id"] for key in atlas.keys.list()], [made["id"]])
        with Atlas(SERVER, made["key"], self.workspace["id"]) as reader:
            self.assertEqual(reader.workspaces.get("acme-python")["name"], "Acme")
            with self.assertRaises(ForbiddenError):
                reader.endpoints.create({"url": "https://acme.example"})
            session = atlas.portal_sessions.create({"actor": {"id": "usr_42"}})
            self.assertIn("/portal#token=atlas_portal_", session["url"])
            self.assertEqual([each["id"] for each in atlas.portal_sessions.list()], [session["id"]])
            atlas.portal_sessions.revoke(session["id"])
            self.assertIsNone(atlas.portal.branding()["name"])
            atlas.keys.revoke(made["id"])
            with self.assertRaises(UnauthorizedError):
                reader.workspaces.get("acme-python")

    def endpoints_events_and_deliveries(self) -> None:
        atlas = self.atlas
        receiver = BehavingServer.start(self, answer(204))
        endpoint = atlas.endpoints.create({"url": f"{receiver.url}/hook", "types": ["deal.*"]})
        id, secret = endpoint["id"], endpoint["secret"]
        self.assertEqual([each["id"] for each in atlas.endpoints.list()], [id])
        changed = atlas.endpoints.update(id, {"description": "CRM", "filter": "deal.value > 10"})
        self.assertEqual(atlas.endpoints.get(id), changed)
        trial = {"type": "deal.created", "data": {"value": 11}}
        self.assertTrue(atlas.filters.test({"filter": changed["filter"], "event": trial})["matches"])

        published = atlas.events.publish({**trial, "tags": ["eu"]})
        request = receiver.wait_for(1)[0]
        event = webhooks.verify(request.body, request.headers, secret)
        self.assertEqual((event["id"], event["type"], event["data"]), (published["id"], *trial.values()))
        batch = atlas.events.publish_batch({"events": [trial, {**trial, "data": {"value": 1}}]})
        self.assertEqual([each["deliveries"] for each in batch["data"]], [1, 0])
        self.assertEqual(len(list(atlas.events.list(type="deal.created", limit=2))), 3)
        self.assertEqual(atlas.events.get(published["id"])["data"], trial["data"])

        def delivered() -> Any:
            deliveries = list(atlas.deliveries.list(endpoint=id, state="delivered"))
            return deliveries if len(deliveries) == 2 else None

        delivery = eventually(delivered)[0]
        self.assertEqual(len(atlas.deliveries.get(delivery["id"])["attempts"]), 1)
        self.assertEqual(atlas.deliveries.replay(delivery["id"])["id"], delivery["id"])
        self.assertEqual(len(atlas.events.replay(published["id"])["deliveries"]), 1)
        receiver.wait_for(4)

        self.assertTrue(atlas.endpoints.test(id)["ok"])
        self.assertEqual(atlas.endpoints.test(id, {"type": "deal.created"})["status"], 204)
        for action, status in (("pause", "paused"), ("resume", "active"), ("disable", "disabled"), ("enable", "active")):
            self.assertEqual(getattr(atlas.endpoints, action)(id)["status"], status)
        self.assertNotEqual(atlas.endpoints.rotate_secret(id)["secret"], secret)
        atlas.endpoints.end_previous_secrets(id)
        self.assertIsNone(atlas.endpoints.stats(id)["series"])
        since = datetime.now(timezone.utc) - timedelta(hours=1)
        self.assertTrue(atlas.stats.get(since=since, step=3600)["series"])
        self.assertEqual(atlas.stats.endpoints(ids=id)["data"][0]["endpoint"], id)

        redelivery = atlas.endpoints.redeliver(id, {"since": since, "states": ["delivered"]})
        self.assertEqual(atlas.dead_letters.groups(), {"data": [], "more": False})
        replay = atlas.dead_letters.replay()
        self.assertEqual([job["id"] for job in atlas.jobs.list()], [replay["id"], redelivery["id"]])
        eventually(lambda: True if atlas.jobs.get(redelivery["id"])["state"] == "done" else None)
        with self.assertRaises(ConflictError):
            atlas.jobs.cancel(redelivery["id"])

        self.assertEqual(list(atlas.alerts.list(state="open")), [])

        atlas.endpoints.delete(id)
        with self.assertRaises(NotFoundError):
            atlas.endpoints.get(id)
        with self.assertRaises(ValidationError) as caught:
            atlas.endpoints.create({"url": "nowhere"})
        self.assertEqual(caught.exception.errors[0]["path"], "url")

    def event_types(self) -> None:
        atlas = self.atlas
        added = atlas.event_types.create({"name": "invoice.sent", "description": "Sent.", "schema": {"type": "object"}})
        changed = atlas.event_types.update("invoice.sent", {"description": "An invoice was sent.", "schema": None})
        self.assertEqual(atlas.event_types.get("invoice.sent"), changed)
        self.assertEqual((added["group"], changed["schema"]), ("invoice", None))
        self.assertIn("invoice.sent", [each["name"] for each in atlas.event_types.list()])
        atlas.event_types.delete("invoice.sent")
        with self.assertRaises(NotFoundError):
            atlas.event_types.get("invoice.sent")

    def audit_log(self) -> None:
        atlas = self.atlas
        entry = {
            "category": "billing",
            "action": "subscription_created",
            "actor": {"type": "user", "id": "user_1"},
            "target": {"type": "subscription", "id": "sub_1"},
        }
        epoch = datetime.fromtimestamp(0, timezone.utc)
        receipt = atlas.audit_log.record({**entry, "occurred_at": epoch})
        self.assertEqual(atlas.audit_log.get(receipt["id"])["occurred_at"], "1970-01-01T00:00:00.000Z")
        entries = {"entries": [entry, entry]}
        first = atlas.audit_log.record_batch(entries, idempotency_key="batch-1")
        self.assertEqual(atlas.audit_log.record_batch(entries, idempotency_key="batch-1"), first)
        self.assertEqual(len(list(atlas.audit_log.list(category="billing", limit=1))), 3)
        self.assertGreater(len(list(atlas.audit_log.actions())), 10)
        self.assertGreater(len(list(atlas.audit_logs.list(category="workspace", limit=200))), 1)
        lines = list(atlas.audit_log.export())
        self.assertEqual(list(atlas.audit_logs.export(workspace="acme-python")), lines)
        self.assertEqual(list(lines[-1]), ["end"])
        self.assertEqual(atlas.audit_logs.public_keys()["keys"][0]["alg"], "EdDSA")

    def server(self) -> None:
        atlas = self.atlas
        self.assertEqual(atlas.server.health()["status"], "ok")
        self.assertEqual(atlas.server.ready(), {"status": "ready"})
        self.assertRegex(atlas.server.metrics(), "(?m)^atlas_")
        self.assertRegex(atlas.server.docs(), "^<!doctype html>")
        described = atlas.server.openapi()
        self.assertEqual(described["openapi"], "3.1.1")
        operations = [operation for path in described["paths"].values() for operation in path.values()]
        # The tunnel is a WebSocket and no call.
        calls = [operation for operation in operations if "101" not in operation["responses"]]
        self.assertEqual(len(calls), len(methods_of(self.client)), "a method for every route")
        stored = json.loads((Path(__file__).resolve().parents[2] / "openapi.json").read_text(encoding="utf-8"))
        self.assertEqual(set(described["paths"]), set(stored["paths"]))
