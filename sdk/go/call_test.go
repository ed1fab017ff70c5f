package atlas

import (
	"context"
	"encoding/json"
	"errors"
	"net"
	"reflect"
	"strings"
	"testing"
	"time"
)

var (
	key     = "atlas_op_" + strings.Repeat("k", 40)
	trial   = EventToPublish{Type: "deal.created", Data: map[string]string{"id": "deal_01"}}
	stored  = PublishedEvent{ID: "evt_1", Type: "deal.created", Created: 1, Tags: []string{}, Deliveries: 1}
	created = EndpointToCreate{URL: "https://acme.example"}
)

func serve(t *testing.T, behaviours ...behaviour) (*Client, *behavingServer) {
	t.Helper()
	server := behave(t, behaviours...)
	return clientOf(t, server.URL, InWorkspace("acme"), WithTimeout(5*time.Second)), server
}

func clientOf(t *testing.T, server string, options ...CallOption) *Client {
	t.Helper()
	client, err := NewClient(server, key, options...)
	if err != nil {
		t.Fatal(err)
	}
	return client
}

func TestACallSendsTheKeyTheBodyAndAnIdempotencyKeyOfItsOwn(t *testing.T) {
	client, server := serve(t, answer(202, stored))
	for _, options := range [][]CallOption{nil, nil, {WithIdempotencyKey("mine")}} {
		published, err := client.Events.Publish(t.Context(), trial, options...)
		if err != nil || !reflect.DeepEqual(*published, stored) {
			t.Fatal(published, err)
		}
	}
	first := server.requests()[0]
	if first.method != "POST" || first.url != "/v1/workspaces/acme/events" {
		t.Error(first.method, first.url)
	}
	if first.header.Get("Authorization") != "Bearer "+key || first.header.Get("Content-Type") != "application/json" {
		t.Error(first.header)
	}
	if body := string(first.body); body != `{"type":"deal.created","data":{"id":"deal_01"}}` {
		t.Error(body)
	}
	if keys := server.keys(); len(keys) != 3 || keys["mine"] != 1 || keys[""] != 0 {
		t.Error(keys)
	}
}

func TestIdsAndQueriesArePutIntoTheURLSoThatTheyStayWhatTheyAre(t *testing.T) {
	client, server := serve(t, answer(200, map[string]any{"data": []any{}, "next_cursor": nil}))
	if _, err := client.EventTypes.Get(t.Context(), "a?b", InWorkspace("büro/1")); err != nil {
		t.Fatal(err)
	}
	since := time.Date(2026, 1, 15, 1, 0, 0, 0, time.FixedZone("", 3600))
	if _, err := client.Events.ListPage(t.Context(), EventsListQuery{Type: "deal.created", Since: since, Q: "a&b", Limit: 2}); err != nil {
		t.Fatal(err)
	}
	for index, expected := range []string{
		"/v1/workspaces/b%C3%BCro%2F1/event-types/a%3Fb",
		"/v1/workspaces/acme/events?limit=2&q=a%26b&since=2026-01-15T00%3A00%3A00.000Z&type=deal.created",
	} {
		if url := server.requests()[index].url; url != expected {
			t.Error(url)
		}
	}
	for _, bad := range []string{"", ".", ".."} {
		if err := client.Endpoints.Delete(t.Context(), bad); err == nil || !strings.Contains(err.Error(), "is no endpoint") {
			t.Errorf("%q: %v", bad, err)
		}
	}
	if len(server.requests()) != 2 {
		t.Error(server.requests())
	}
}

func TestFieldsAreLeftOutOrNullOrGiven(t *testing.T) {
	change := EndpointChange{
		Filter: Null[string](), Serialize: Set(false), Types: Set([]string{}), URL: Set("https://acme.example"),
	}
	text, err := json.Marshal(change)
	if err != nil {
		t.Fatal(err)
	}
	if string(text) != `{"url":"https://acme.example","types":[],"filter":null,"serialize":false}` {
		t.Error(string(text))
	}
	if text, _ := json.Marshal(EndpointChange{}); string(text) != "{}" {
		t.Error(string(text))
	}
}

func TestAServerBelowAPathIsAskedThere(t *testing.T) {
	server := behave(t, answer(200, Status{Status: "ok"}))
	status, err := clientOf(t, server.URL+"/atlas/").Server.Health(t.Context())
	if err != nil || status.Status != "ok" || server.requests()[0].url != "/atlas/healthz" {
		t.Error(status, err, server.requests())
	}
}

func TestACallWithoutAWorkspaceSaysWhatIsMissing(t *testing.T) {
	_, err := clientOf(t, "http://127.0.0.1:1").Events.Publish(t.Context(), trial)
	if err == nil || !strings.Contains(err.Error(), "name a workspace") {
		t.Error(err)
	}
}

func TestAServerOrAKeyThatCannotBeOneIsRefusedAtOnce(t *testing.T) {
	for _, server := range []string{"localhost:8400", "", "ftp://x", "http://x/?y"} {
		if _, err := NewClient(server, key); err == nil || !strings.Contains(err.Error(), "server must") {
			t.Errorf("%q: %v", server, err)
		}
	}
	for _, bad := range []string{"", "a b", "a\n"} {
		if _, err := NewClient("http://x", bad); err == nil || !strings.Contains(err.Error(), "key must") {
			t.Errorf("%q: %v", bad, err)
		}
	}
	if _, err := NewClient("http://x", key, WithIdempotencyKey("one")); err == nil {
		t.Error("one idempotency key for all calls")
	}
}

func TestEachStatusIsAnErrorOfItsOwnAtOnce(t *testing.T) {
	for _, example := range []struct {
		status int
		code   string
		kind   error
	}{
		{401, "unauthorized", ErrUnauthorized},
		{403, "forbidden", ErrForbidden},
		{404, "not_found", ErrNotFound},
		{409, "idempotency_conflict", ErrConflict},
		{422, "validation_failed", ErrNotValid},
		{413, "payload_too_large", nil},
		{500, "internal", nil},
	} {
		client, server := serve(t, problem(example.status, example.code))
		_, err := client.Events.Publish(t.Context(), trial)
		var refused *APIError
		if !errors.As(err, &refused) || refused.Status != example.status || refused.Code != example.code {
			t.Fatal(err)
		}
		for _, kind := range []error{ErrUnauthorized, ErrForbidden, ErrNotFound, ErrConflict, ErrNotValid} {
			if errors.Is(err, kind) != (kind == example.kind) {
				t.Errorf("%v is %v", err, kind)
			}
		}
		if len(refused.Errors) != 1 || !strings.HasSuffix(err.Error(), ": Not so. type must be a name.") {
			t.Error(err)
		}
		if len(server.requests()) != 1 {
			t.Errorf("%d: %d requests", example.status, len(server.requests()))
		}
	}
}

func TestWhatIsNotAtlasIsToldFromIt(t *testing.T) {
	for expected, behaviour := range map[string]behaviour{
		"is not what Atlas answers":               answer(200, "<h1>It works</h1>"),
		"502 unknown: Bad Gateway no upstream":    answer(502, "no upstream"),
		"redirects to https://elsewhere.example/": answer(308, "", "Location", "https://elsewhere.example/"),
	} {
		client, server := serve(t, behaviour)
		_, err := client.Events.Publish(t.Context(), trial, WithRetries(0))
		if err == nil || !strings.Contains(err.Error(), expected) || len(server.requests()) != 1 {
			t.Errorf("%v, %d requests", err, len(server.requests()))
		}
	}
}

func TestThePagesOfAListAreAskedForAsTheyAreRead(t *testing.T) {
	page := func(next any, ids ...string) behaviour {
		data := []Job{}
		for _, id := range ids {
			data = append(data, Job{ID: id})
		}
		return answer(200, map[string]any{"data": data, "next_cursor": next})
	}
	client, server := serve(t, page("one", "a", "b"), page("two"), page(nil, "c"), page("one", "a", "b"), problem(403, "forbidden"))
	jobs := client.Jobs.List(t.Context(), JobsListQuery{Limit: 2})
	if len(server.requests()) != 0 {
		t.Error("it asked before it was read")
	}
	var ids []string
	for job, err := range jobs {
		if err != nil {
			t.Fatal(err)
		}
		ids = append(ids, job.ID)
	}
	if !reflect.DeepEqual(ids, []string{"a", "b", "c"}) {
		t.Error(ids)
	}
	for index, expected := range []string{"limit=2", "cursor=one&limit=2", "cursor=two&limit=2"} {
		if _, query, _ := strings.Cut(server.requests()[index].url, "?"); query != expected {
			t.Error(query)
		}
	}
	for range jobs {
		break
	}
	if len(server.requests()) != 4 {
		t.Errorf("%d requests", len(server.requests()))
	}
	for _, err := range jobs {
		if !errors.Is(err, ErrForbidden) {
			t.Error(err)
		}
	}
}

func TestTheContextEndsTheCallWhileItWaitsForAnAnswerAndWhileItWaitsToRepeat(t *testing.T) {
	reason := errors.New("enough")
	for _, behaviour := range []behaviour{hang, problem(429, "too_many_requests", "Retry-After", "50")} {
		client, server := serve(t, behaviour)
		ctx, cancel := context.WithCancelCause(t.Context())
		go func() {
			for len(server.requests()) == 0 {
				time.Sleep(time.Millisecond)
			}
			cancel(reason)
		}()
		if _, err := client.Events.Publish(ctx, trial); !errors.Is(err, reason) {
			t.Error(err)
		}
		if len(server.requests()) != 1 {
			t.Errorf("%d requests", len(server.requests()))
		}
	}
}

func closedPort(t *testing.T) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	return "http://" + listener.Addr().String()
}
