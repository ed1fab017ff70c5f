from __future__ import annotations

import json
import socket
import threading
import time
import unittest
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from typing import Any

from atlas_webhooks import (
    ApiError,
    Atlas,
    AtlasError,
    ConflictError,
    ConnectionError,
    ForbiddenError,
    NotFoundError,
    RateLimitError,
    TimeoutError,
    UnauthorizedError,
    UnavailableError,
    ValidationError,
)

from .behaving import Behaviour, BehavingServer, Handler, answer, break_off, hang, problem, reset

KEY = "atlas_op_" + "k" * 40
EVENT: Any = {"type": "deal.created", "data": {"id": "deal_01"}}
PUBLISHED = {"id": "evt_1", "type": "deal.created", "created": 1, "tags": [], "deliveries": 1}
ENDPOINT: Any = {"url": "https://acme.example"}


class TransportTest(unittest.TestCase):
    def serve(self, *behaviours: Behaviour) -> tuple[Atlas, BehavingServer]:
        server = BehavingServer.start(self, *behaviours)
        atlas = Atlas(server.url, KEY, "acme", timeout=5)
        self.addCleanup(atlas.close)
        return atlas, server


class TestRequests(TransportTest):
    def test_a_call_sends_the_key_the_body_and_an_idempotency_key_of_its_own(self) -> None:
        atlas, server = self.serve(answer(202, PUBLISHED))
        self.assertEqual(atlas.events.publish(EVENT), PUBLISHED)
        atlas.events.publish(EVENT)
        atlas.events.publish(EVENT, idempotency_key="mine")
        first, second, third = server.requests
        self.assertEqual((first.method, first.path), ("POST", "/v1/workspaces/acme/events"))
        self.assertEqual(first.headers["authorization"], f"Bearer {KEY}")
        self.assertEqual(first.headers["content-type"], "application/json")
        self.assertEqual(json.loads(first.body), EVENT)
        self.assertRegex(first.headers["idempotency-key"], "^[0-9a-f-]{36}$")
        self.assertNotEqual(first.headers["idempotency-key"], second.headers["idempotency-key"])
        self.assertEqual(third.headers["idempotency-key"], "mine")

    def test_ids_and_queries_are_put_into_the_url_so_that_they_stay_what_they_are(self) -> None:
        atlas, server = self.serve(answer(200, {"data": [], "next_cursor": None}))
        atlas.event_types.get("a?b", workspace="büro/1")
        since = datetime(2026, 1, 15, 1, tzinfo=timezone(timedelta(hours=1)))
        atlas.events.list(type="deal.created", since=since, q="a&b", limit=2).page()
        self.assertEqual(
            [request.path for request in server.requests],
            [
                "/v1/workspaces/b%C3%BCro%2F1/event-types/a%3Fb",
                "/v1/workspaces/acme/events?limit=2&type=deal.created&since=2026-01-15T00%3A00%3A00.000Z&q=a%26b",
            ],
        )
        for bad in ("", ".", ".."):
            with self.subTest(bad), self.assertRaisesRegex(ValueError, "is no endpoint"):
                atlas.endpoints.delete(bad)
        with self.assertRaisesRegex(ValueError, "time zone"):
            atlas.events.list(since=datetime(2026, 1, 15)).page()
        self.assertEqual(len(server.requests), 2)

    def test_times_in_bodies_are_written_as_the_api_reads_them(self) -> None:
        atlas, server = self.serve(answer(202, {}))
        atlas.endpoints.redeliver("ep_1", {"since": datetime(2026, 1, 15, tzinfo=timezone.utc)})
        self.assertEqual(json.loads(server.requests[0].body), {"since": "2026-01-15T00:00:00.000Z"})

    def test_a_server_below_a_path_is_asked_there(self) -> None:
        server = BehavingServer.start(self, answer(200, {"status": "ok"}))
        with Atlas(f"{server.url}/atlas/", KEY) as atlas:
            self.assertEqual(atlas.server.health(), {"status": "ok"})
        self.assertEqual(server.requests[0].path, "/atlas/healthz")

    def test_a_call_without_a_workspace_says_what_is_missing(self) -> None:
        with self.assertRaisesRegex(ValueError, "name a workspace"):
            Atlas("http://127.0.0.1:1", KEY).events.publish(EVENT)

    def test_a_server_or_a_key_that_cannot_be_one_is_refused_at_once(self) -> None:
        for server in ("localhost:8400", "", "ftp://x", "http://x/?y"):
            with self.subTest(server), self.assertRaisesRegex(ValueError, "server must"):
                Atlas(server, KEY)
        for key in ("", "a b", "a\n"):
            with self.subTest(key), self.assertRaisesRegex(ValueError, "key must"):
                Atlas("http://x", key)

    def test_a_connection_is_kept_for_the_next_call_unless_the_server_has_closed_it(self) -> None:
        def last(handler: Handler) -> None:
            answer(200, {"status": "ok"})(handler)
            handler.close_connection = True

        ok = answer(200, {"status": "ok"})
        atlas, server = self.serve(ok, last, ok)
        for _ in range(2):
            atlas.server.health()
        # Its end arrives a moment after the answer.
        time.sleep(0.1)
        atlas.endpoints.create(ENDPOINT)
        first, second, third = (request.port for request in server.requests)
        self.assertEqual(first, second)
        self.assertNotEqual(second, third)

    def test_several_threads_may_call_at_once(self) -> None:
        barrier = threading.Barrier(4, timeout=20)

        def together(handler: Handler) -> None:
            barrier.wait()
            answer(202, PUBLISHED)(handler)

        atlas, server = self.serve(together)
        threads = [threading.Thread(target=atlas.events.publish, args=(EVENT,)) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(len({request.port for request in server.requests}), 4)


class TestRefusals(TransportTest):
    def test_each_status_is_an_error_of_its_own_at_once(self) -> None:
        errors = [{"path": "type", "message": "must be a name"}]
        cases: list[tuple[int, str, type[ApiError]]] = [
            (401, "unauthorized", UnauthorizedError),
            (403, "forbidden", ForbiddenError),
            (404, "not_found", NotFoundError),
            (409, "idempotency_conflict", ConflictError),
            (422, "validation_failed", ValidationError),
            (413, "payload_too_large", ApiError),
            (500, "internal", ApiError),
        ]
        for status, code, kind in cases:
            with self.subTest(code):
                atlas, server = self.serve(problem(status, code, errors=errors))
                with self.assertRaises(kind) as caught:
                    atlas.events.publish(EVENT)
                error = caught.exception
                self.assertIs(type(error), kind)
                self.assertEqual((error.status, error.code, error.detail), (status, code, "Not so."))
                self.assertEqual(error.errors, errors)
                self.assertEqual(str(error), f"{status} {code}: Not so. type must be a name.")
                self.assertEqual(len(server.requests), 1)

    def test_what_is_not_atlas_is_told_from_it(self) -> None:
        atlas, _ = self.serve(answer(200, "<h1>It works</h1>"))
        with self.assertRaisesRegex(AtlasError, "not JSON: is this the address of Atlas"):
            atlas.events.publish(EVENT)
        atlas, _ = self.serve(answer(502, "no upstream"))
        with self.assertRaisesRegex(UnavailableError, "502 unknown: Bad Gateway no upstream"):
            atlas.events.publish(EVENT, retries=0)
        atlas, server = self.serve(answer(308, location="https://elsewhere.example/"))
        with self.assertRaisesRegex(ApiError, "redirects to https://elsewhere.example/"):
            atlas.events.publish(EVENT)
        self.assertEqual(len(server.requests), 1)


class TestRepetition(TransportTest):
    def waits(self, server: BehavingServer) -> list[float]:
        times = [request.at for request in server.requests]
        return [later - earlier for earlier, later in zip(times, times[1:])]

    def assert_same_key(self, server: BehavingServer, count: int) -> None:
        self.assertEqual(len(server.requests), count)
        self.assertEqual(len({request.headers["idempotency-key"] for request in server.requests}), 1)

    def test_429_and_503_are_tried_again_after_the_time_that_the_server_asks_for(self) -> None:
        limited = problem(429, "too_many_requests", retry_after="1")
        away = problem(503, "database_unavailable", retry_after="1")
        atlas, server = self.serve(limited, away, answer(202, PUBLISHED))
        self.assertEqual(atlas.events.publish(EVENT), PUBLISHED)
        self.assert_same_key(server, 3)
        for wait in self.waits(server):
            self.assertTrue(0.99 <= wait < 3, wait)

    def test_without_retry_after_the_waits_grow_and_then_the_error_is_raised(self) -> None:
        atlas, server = self.serve(problem(503, "overloaded"))
        with self.assertRaises(UnavailableError) as caught:
            atlas.events.publish(EVENT, retries=3)
        self.assertIsNone(caught.exception.retry_after)
        waits = self.waits(server)
        self.assertEqual(len(waits), 3)
        for wait, least in zip(waits, (0.125, 0.25, 0.5)):
            self.assertGreaterEqual(wait, least - 0.01)

    def test_who_is_asked_to_wait_too_long_hears_of_it_instead(self) -> None:
        atlas, server = self.serve(problem(429, "too_many_requests", retry_after="3600"))
        with self.assertRaises(RateLimitError) as caught:
            atlas.events.publish(EVENT)
        self.assertEqual(caught.exception.retry_after, 3600)
        self.assertEqual(len(server.requests), 1)

    def test_a_lost_connection_is_repeated_only_where_that_does_no_harm(self) -> None:
        for loss in (reset, break_off):
            with self.subTest(loss.__name__):
                atlas, server = self.serve(loss, loss, answer(202, PUBLISHED))
                self.assertEqual(atlas.events.publish(EVENT), PUBLISHED)
                self.assert_same_key(server, 3)
                atlas, server = self.serve(loss, answer(201, {}))
                with self.assertRaises(ConnectionError):
                    atlas.endpoints.create(ENDPOINT)
                self.assertEqual(len(server.requests), 1)

    def test_a_call_that_may_not_be_done_twice_is_repeated_after_a_refusal_that_did_nothing(self) -> None:
        behaviours = [problem(503, "shutting_down"), problem(429, "too_many_requests"), problem(503, "database_unavailable")]
        atlas, server = self.serve(*behaviours)
        with self.assertRaisesRegex(UnavailableError, "database_unavailable"):
            atlas.endpoints.create(ENDPOINT)
        self.assertEqual(len(server.requests), 3)

    def test_a_refused_connection_is_repeated_whatever_the_call(self) -> None:
        with socket.socket() as reserved:
            reserved.bind(("127.0.0.1", 0))
            port = reserved.getsockname()[1]
        atlas = Atlas(f"http://127.0.0.1:{port}", KEY, "acme", retries=2)
        began = time.monotonic()
        with self.assertRaisesRegex(ConnectionError, "127.0.0.1.*refused"):
            atlas.endpoints.create(ENDPOINT)
        self.assertGreaterEqual(time.monotonic() - began, 0.125 + 0.25 - 0.01)

    def test_a_deletion_that_was_repeated_and_finds_nothing_more_was_done(self) -> None:
        atlas, server = self.serve(reset, problem(404, "not_found"))
        atlas.endpoints.delete("ep_1")
        self.assertEqual(len(server.requests), 2)
        atlas, _ = self.serve(problem(429, "too_many_requests"), problem(404, "not_found"))
        with self.assertRaises(NotFoundError):
            atlas.endpoints.delete("ep_1")

    def test_a_server_that_does_not_answer_in_time_is_a_timeout_after_repetitions(self) -> None:
        atlas, server = self.serve(hang)
        with self.assertRaises(TimeoutError):
            atlas.events.publish(EVENT, timeout=0.1, retries=1)
        self.assertEqual(len(server.requests), 2)


class TestLists(TransportTest):
    def test_a_list_goes_on_from_page_to_page_and_asks_for_no_page_that_is_not_wanted(self) -> None:
        def page(*ids: str, after: str | None) -> Behaviour:
            return answer(200, {"data": [{"id": id} for id in ids], "next_cursor": after})

        pages = [page("a", "b", after="one"), page(after="two"), page("c", after=None)]
        atlas, server = self.serve(*pages, pages[0], pages[1])
        jobs = atlas.jobs.list(limit=2)
        self.assertEqual(server.requests, [])
        self.assertEqual([job["id"] for job in jobs], ["a", "b", "c"])
        paths = [request.path.rpartition("?")[2] for request in server.requests]
        self.assertEqual(paths, ["limit=2", "limit=2&cursor=one", "limit=2&cursor=two"])
        self.assertEqual(next(iter(jobs))["id"], "a")
        self.assertEqual(len(server.requests), 4)
        self.assertEqual(atlas.jobs.list(limit=2, cursor="one").page().next_cursor, "two")


def lines(*pieces: bytes, then: Callable[[Handler], None] | None = None) -> Behaviour:
    """Send pieces one by one, as chunks, and then an end, unless something else is to happen."""

    def behave(handler: Handler) -> None:
        handler.send_response(200)
        handler.send_header("transfer-encoding", "chunked")
        handler.end_headers()
        for piece in pieces:
            handler.wfile.write(b"%x\r\n%s\r\n" % (len(piece), piece))
            handler.wfile.flush()
        if then is None:
            handler.wfile.write(b"0\r\n\r\n")
        else:
            then(handler)
            handler.close_connection = True

    return behave


class TestLines(TransportTest):
    def test_lines_come_as_they_arrive_whatever_pieces_they_come_in(self) -> None:
        data = '{"a":1}\n{"b":"ü"}\n\n{"c":3}'.encode()
        atlas, server = self.serve(lines(*(data[at : at + 3] for at in range(0, len(data), 3))))
        self.assertEqual(list(atlas.audit_log.export()), [{"a": 1}, {"b": "ü"}, {"c": 3}])
        list(atlas.audit_log.export())
        self.assertEqual(server.requests[0].port, server.requests[1].port)

    def test_a_stream_that_breaks_off_or_falls_silent_is_an_error_after_the_lines_that_came(self) -> None:
        for then, kind in ((lambda _: None, ConnectionError), (hang, TimeoutError)):
            with self.subTest(kind.__name__):
                atlas, server = self.serve(lines(b'{"a":1}\n{"b"', then=then))
                came = []
                with self.assertRaises(kind):
                    for line in atlas.audit_log.export(timeout=0.3):
                        came.append(line)
                self.assertEqual(came, [{"a": 1}])
                self.assertEqual(len(server.requests), 1)

    def test_a_stream_is_opened_again_like_any_call_and_closed_by_who_has_read_enough(self) -> None:
        closed = threading.Event()

        def until_closed(handler: Handler) -> None:
            handler.connection.recv(1)
            closed.set()

        atlas, server = self.serve(reset, problem(503, "shutting_down"), lines(b'{"a":1}\n', then=until_closed))
        for line in atlas.audit_log.export():
            self.assertEqual(line, {"a": 1})
            break
        self.assertTrue(closed.wait(20))
        self.assertEqual(len(server.requests), 3)
