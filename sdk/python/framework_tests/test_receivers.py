from __future__ import annotations

import hashlib
import hmac
import json
import subprocess
import sys
import time
import unittest
from collections.abc import Callable
from typing import Any, NamedTuple

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
EVENT = '{"id":"evt_1","type":"deal.created","created":1,"api_version":"1","sequence":1,"data":{"note":"Zürich – €"}}'
BATCH = '[{"specversion":"1.0","id":"aud_1","type":"pro.atmos.workspace.created","data":{}}]'
LIMIT = 2_000

Post = Callable[[str, bytes, "dict[str, str]"], "Answer"]


class Answer(NamedTuple):
    status: int
    body: Any


def signed(body: str, seconds: int | None = None) -> dict[str, str]:
    at = int(time.time()) if seconds is None else seconds
    return {"Atlas-Signature": f"t={at},v1={hmac.new(SECRET.encode(), f'{at}.{body}'.encode(), hashlib.sha256).hexdigest()}"}


def flask_post(handled: list[Any]) -> Post:
    import flask

    from atlas_webhooks import webhooks
    from atlas_webhooks.flask import receiver

    app = flask.Flask(__name__)

    @app.post("/hook")
    @receiver(SECRET, body_limit=LIMIT)
    def hook(event: Any) -> None:
        handled.append((event["id"], event["data"]))

    @app.post("/failing/<name>")
    @receiver([SECRET])
    def failing(event: Any, name: str) -> None:
        raise RuntimeError(name)

    @app.post("/batch")
    @receiver(SECRET, verify=webhooks.verify_batch)
    def batch(events: Any) -> Any:
        handled.extend(event["id"] for event in events)
        return "taken", 202

    client = app.test_client()

    def post(path: str, body: bytes, headers: dict[str, str]) -> Answer:
        answer = client.post(path, data=body, headers=headers, content_type="application/json")
        return Answer(answer.status_code, answer.get_json(silent=True))

    return post


def fastapi_post(handled: list[Any]) -> Post:
    import fastapi
    from fastapi.testclient import TestClient

    from atlas_webhooks import Event, webhooks
    from atlas_webhooks.fastapi import received

    app = fastapi.FastAPI()

    @app.post("/hook", status_code=204)
    async def hook(event: Event = fastapi.Depends(received(SECRET, body_limit=LIMIT))) -> None:
        handled.append((event["id"], event["data"]))

    @app.post("/failing/{name}")
    def failing(name: str, event: Event = fastapi.Depends(received([SECRET]))) -> None:
        raise RuntimeError(name)

    @app.post("/batch", status_code=202)
    def batch(events: Any = fastapi.Depends(received(SECRET, verify=webhooks.verify_batch))) -> None:
        handled.extend(event["id"] for event in events)

    client = TestClient(app, raise_server_exceptions=False)

    def post(path: str, body: bytes, headers: dict[str, str]) -> Answer:
        answer = client.post(path, content=body, headers={**headers, "Content-Type": "application/json"})
        found = answer.json().get("detail") if answer.status_code == 400 else None
        return Answer(answer.status_code, found)

    return post


def django_post(handled: list[Any]) -> Post:
    import django
    from django.conf import settings
    from django.test import Client
    from django.urls import path as route

    from atlas_webhooks import webhooks
    from atlas_webhooks.django import receiver

    @receiver(SECRET, body_limit=LIMIT)
    def hook(_: Any, event: Any) -> None:
        handled.append((event["id"], event["data"]))

    @receiver([SECRET])
    def failing(_: Any, event: Any, name: str) -> None:
        raise RuntimeError(name)

    @receiver(SECRET, verify=webhooks.verify_batch)
    def batch(_: Any, events: Any) -> Any:
        from django.http import HttpResponse

        handled.extend(event["id"] for event in events)
        return HttpResponse(status=202)

    urls = (route("hook", hook), route("failing/<name>", failing), route("batch", batch))
    settings.configure(ROOT_URLCONF=urls, MIDDLEWARE=["django.middleware.csrf.CsrfViewMiddleware"], ALLOWED_HOSTS=["*"])
    django.setup()
    client = Client(enforce_csrf_checks=True, raise_request_exception=False)

    def post(path: str, body: bytes, headers: dict[str, str]) -> Answer:
        answer = client.post(path, body, content_type="application/json", headers=headers)
        return Answer(answer.status_code, json.loads(answer.content) if answer.status_code == 400 else None)

    return post


class TestReceivers(unittest.TestCase):
    def assert_receives(self, make: Callable[[list[Any]], Post]) -> None:
        handled: list[Any] = []
        post = make(handled)
        body = EVENT.encode()
        self.assertEqual(post("/hook", body, signed(EVENT)).status, 204)
        self.assertEqual(handled, [("evt_1", {"note": "Zürich – €"})])

        for altered, headers, code in (
            (EVENT.replace("€", "$"), signed(EVENT), "bad_signature"),
            (EVENT, {}, "malformed"),
            (EVENT, signed(EVENT, 1), "expired"),
            ("", signed(""), "malformed"),
        ):
            answer = post("/hook", altered.encode(), headers)
            self.assertEqual((answer.status, answer.body["code"]), (400, code))
        self.assertEqual(post("/hook", b"x" * (LIMIT + 1), signed("")).status, 413)
        self.assertEqual(len(handled), 1)
        self.assertEqual(post("/failing/why", body, signed(EVENT)).status, 500)

        signature = f"sha256={hmac.new(SECRET.encode(), BATCH.encode(), hashlib.sha256).hexdigest()}"
        self.assertEqual(post("/batch", BATCH.encode(), {"X-Webhook-Signature": signature}).status, 202)
        self.assertEqual(handled[1:], ["aud_1"])

    def test_flask(self) -> None:
        self.assert_receives(flask_post)

    def test_fastapi(self) -> None:
        self.assert_receives(fastapi_post)

    def test_django(self) -> None:
        self.assert_receives(django_post)

    def test_a_secret_that_is_none_is_refused_when_the_receiver_is_made(self) -> None:
        from atlas_webhooks import django, fastapi, flask

        secrets: Any
        for secrets in (None, "", [], ["secret"], "whsec_"):
            for make in (flask.receiver, fastapi.received, django.receiver):
                with self.subTest(f"{make.__module__} {secrets}"), self.assertRaisesRegex(ValueError, "secret"):
                    make(secrets)

    def test_no_framework_is_imported_until_it_is_used(self) -> None:
        program = """
import sys
import atlas_webhooks, atlas_webhooks.flask, atlas_webhooks.fastapi, atlas_webhooks.django
assert not {"flask", "fastapi", "django"} & set(sys.modules), sorted(sys.modules)
"""
        subprocess.run([sys.executable, "-c", program], check=True)
