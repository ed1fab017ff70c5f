package atlas

import (
	"errors"
	"reflect"
	"strings"
	"testing"
	"time"
)

func assertSameKey(t *testing.T, server *behavingServer, count int) {
	t.Helper()
	if keys := server.keys(); len(keys) != 1 || len(server.requests()) != count {
		t.Errorf("%d requests with the keys %v", len(server.requests()), keys)
	}
}

func TestTooManyAndUnavailableAreTriedAgainAfterTheTimeThatTheServerAsksFor(t *testing.T) {
	client, server := serve(t,
		problem(429, "too_many_requests", "Retry-After", "1"),
		problem(503, "database_unavailable", "Retry-After", "1"),
		answer(202, stored),
	)
	published, err := client.Events.Publish(t.Context(), trial)
	if err != nil || !reflect.DeepEqual(*published, stored) {
		t.Fatal(published, err)
	}
	assertSameKey(t, server, 3)
	for _, wait := range server.waits() {
		if wait < 990*time.Millisecond || wait > 3*time.Second {
			t.Error(wait)
		}
	}
}

func TestWithoutRetryAfterTheWaitsGrowAndThenTheErrorIsGiven(t *testing.T) {
	client, server := serve(t, problem(503, "overloaded"))
	_, err := client.Events.Publish(t.Context(), trial, WithRetries(3))
	var refused *APIError
	if !errors.Is(err, ErrUnavailable) || !errors.As(err, &refused) || refused.RetryAfter != nil {
		t.Error(err)
	}
	waits := server.waits()
	if len(waits) != 3 {
		t.Fatal(waits)
	}
	for index, least := range []time.Duration{125, 250, 500} {
		if waits[index] < least*time.Millisecond {
			t.Error(waits)
		}
	}
}

func TestWhoIsAskedToWaitTooLongHearsOfItInstead(t *testing.T) {
	client, server := serve(t, problem(429, "too_many_requests", "Retry-After", "3600"))
	_, err := client.Events.Publish(t.Context(), trial)
	var refused *APIError
	if !errors.Is(err, ErrRateLimited) || !errors.As(err, &refused) || *refused.RetryAfter != time.Hour {
		t.Error(err)
	}
	assertSameKey(t, server, 1)
}

func TestALostConnectionIsRepeatedOnlyWhereThatDoesNoHarm(t *testing.T) {
	for name, loss := range map[string]behaviour{"reset": reset, "broken off": breakOff} {
		client, server := serve(t, loss, loss, answer(202, stored))
		if _, err := client.Events.Publish(t.Context(), trial); err != nil {
			t.Error(name, err)
		}
		assertSameKey(t, server, 3)
		client, server = serve(t, loss, answer(201, NewEndpoint{}))
		_, err := client.Endpoints.Create(t.Context(), created)
		var lost *ConnectionError
		if !errors.As(err, &lost) || lost.Timeout() || len(server.requests()) != 1 {
			t.Errorf("%s: %v, %d requests", name, err, len(server.requests()))
		}
	}
}

func TestACallThatMayNotBeDoneTwiceIsRepeatedAfterARefusalThatDidNothing(t *testing.T) {
	client, server := serve(t,
		problem(503, "shutting_down"), problem(429, "too_many_requests"), problem(503, "database_unavailable"),
	)
	_, err := client.Endpoints.Create(t.Context(), created)
	var refused *APIError
	if !errors.As(err, &refused) || refused.Code != "database_unavailable" || len(server.requests()) != 3 {
		t.Errorf("%v, %d requests", err, len(server.requests()))
	}
}

func TestARefusedConnectionIsRepeatedWhateverTheCall(t *testing.T) {
	client := clientOf(t, closedPort(t), InWorkspace("acme"), WithRetries(2))
	began := time.Now()
	_, err := client.Endpoints.Create(t.Context(), created)
	var lost *ConnectionError
	if !errors.As(err, &lost) || !strings.Contains(err.Error(), "refused") {
		t.Error(err)
	}
	if waited := time.Since(began); waited < (125+250)*time.Millisecond {
		t.Error(waited)
	}
}

func TestADeletionThatWasRepeatedAndFindsNothingMoreWasDone(t *testing.T) {
	client, server := serve(t, reset, problem(404, "not_found"))
	if err := client.Endpoints.Delete(t.Context(), "ep_1"); err != nil || len(server.requests()) != 2 {
		t.Errorf("%v, %d requests", err, len(server.requests()))
	}
	client, _ = serve(t, problem(429, "too_many_requests"), problem(404, "not_found"))
	if err := client.Endpoints.Delete(t.Context(), "ep_1"); !errors.Is(err, ErrNotFound) {
		t.Error(err)
	}
}

func TestAServerThatDoesNotAnswerInTimeIsATimeoutAfterRepetitions(t *testing.T) {
	client, server := serve(t, hang)
	_, err := client.Events.Publish(t.Context(), trial, WithTimeout(100*time.Millisecond), WithRetries(1))
	var lost *ConnectionError
	if !errors.As(err, &lost) || !lost.Timeout() || len(server.requests()) != 2 {
		t.Errorf("%v, %d requests", err, len(server.requests()))
	}
}
