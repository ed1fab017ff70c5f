from __future__ import annotations

import base64
import hashlib
import hmac
import json
import math
import time
import unittest
from pathlib import Path
from typing import Any

from atlas_webhooks import BadSignatureError, ExpiredError, MalformedError, VerificationError, webhooks

SDK = Path(__file__).resolve().parents[2]
VECTORS = json.loads((SDK / "signature-vectors.json").read_text(encoding="utf-8"))["vectors"]
CLASSES = {"malformed": MalformedError, "bad_signature": BadSignatureError, "expired": ExpiredError}
GENUINE = VECTORS[0]


def body_of(vector: dict[str, Any]) -> bytes:
    return vector["body"].encode() if "body" in vector else base64.b64decode(vector["body_base64"])


class TestVectors(unittest.TestCase):
    def outcome(self, vector: dict[str, Any], body: Any, headers: Any) -> dict[str, Any]:
        """What comes of a vector, in the form of ``expected``."""
        options = {"now": vector["now"], "tolerance": vector["tolerance"]}
        try:
            if vector["scheme"] != "x-webhook":
                return {"id": webhooks.verify(body, headers, vector["secrets"], **options)["id"]}
            return {"ids": [event["id"] for event in webhooks.verify_batch(body, headers, vector["secrets"], **options)]}
        except VerificationError as error:
            self.assertIs(type(error), CLASSES[error.code])
            return {"error": error.code}

    def test_every_vector_comes_to_what_is_expected(self) -> None:
        self.assertGreater(len(VECTORS), 100)
        for vector in VECTORS:
            with self.subTest(f"{vector['scheme']}: {vector['name']}"):
                body, headers, expected = body_of(vector), vector["headers"], vector["expected"]
                self.assertEqual(self.outcome(vector, body, headers), expected)
                self.assertEqual(self.outcome(vector, bytearray(body), headers), expected)
                if "body" in vector:
                    self.assertEqual(self.outcome(vector, vector["body"], headers), expected)
                own = {"atlas": "Atlas-Signature", "x-webhook": "X-Webhook-Signature"}.get(vector["scheme"])
                value = headers.get(own)
                # By itself, a signature of the other scheme is what it looks like.
                is_foreign = vector["scheme"] == "atlas" and str(value).startswith("sha256=")
                if len(headers) == 1 and value is not None and not is_foreign:
                    self.assertEqual(self.outcome(vector, body, value), expected)


class TestVerify(unittest.TestCase):
    def test_without_a_time_and_a_tolerance_it_is_300_seconds_from_now(self) -> None:
        body, secret = GENUINE["body"], GENUINE["secrets"][0]

        def at(seconds: int) -> str:
            digest = hmac.new(secret.encode(), f"{seconds}.{body}".encode(), hashlib.sha256).hexdigest()
            return f"t={seconds},v1={digest}"

        present = int(time.time())
        for difference in (-290, 290):
            self.assertEqual(webhooks.verify(body, at(present + difference), secret)["type"], "deal.created")
        for difference in (-310, 310):
            with self.assertRaises(ExpiredError):
                webhooks.verify(body, at(present + difference), secret)

    def test_a_tolerance_or_a_time_that_is_no_number_lets_nothing_pass(self) -> None:
        body, headers, secrets, now = (GENUINE[name] for name in ("body", "headers", "secrets", "now"))
        for options in ({"now": now, "tolerance": math.nan}, {"now": now, "tolerance": -1}, {"now": math.nan}):
            with self.assertRaises(ExpiredError):
                webhooks.verify(body, headers, secrets, **options)

    def test_a_batch_is_told_from_a_single_event(self) -> None:
        batch = next(vector for vector in VECTORS if vector["scheme"] == "x-webhook")
        with self.assertRaisesRegex(MalformedError, "verify_batch"):
            webhooks.verify(batch["body"], batch["headers"], batch["secrets"])

    def test_headers_that_came_twice_are_malformed(self) -> None:
        class Twice:
            def items(self) -> list[tuple[str, str]]:
                return [*GENUINE["headers"].items(), *GENUINE["headers"].items()]

        with self.assertRaises(MalformedError):
            webhooks.verify(GENUINE["body"], Twice(), GENUINE["secrets"], now=GENUINE["now"])

    def test_what_the_caller_got_wrong_is_no_verification_error_and_does_not_repeat_the_secret(self) -> None:
        body, headers, secrets = GENUINE["body"], GENUINE["headers"], GENUINE["secrets"]
        with self.assertRaisesRegex(TypeError, "parsed it before"):
            webhooks.verify(json.loads(body), headers, secrets)
        with self.assertRaisesRegex(ValueError, "secret"):
            webhooks.verify(body, headers, [])
        bad: Any
        for bad in ("", "secret", "whsec_", "whsec_MfKQ9r8GKYqrTwj", "whsec_MfKQ-9r8", f"{secrets[0]}\n", None):
            with self.assertRaisesRegex(ValueError, "^a secret is whsec_ and base64, as"):
                webhooks.verify(body, headers, [bad])

    def test_a_body_that_is_nested_beyond_measure_is_malformed(self) -> None:
        body, secret = "[" * 100_000, GENUINE["secrets"][0]
        signature = f"sha256={hmac.new(secret.encode(), body.encode(), hashlib.sha256).hexdigest()}"
        with self.assertRaises(MalformedError):
            webhooks.verify_batch(body, signature, secret)
