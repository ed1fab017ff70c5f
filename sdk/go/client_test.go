package atlas

import (
	"encoding/json"
	"errors"
	"iter"
	"maps"
	"net/http"
	"os"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/atlas-webhooks/atlas-go/webhooks"
)

// asked takes note of the routes that are asked for.
type asked struct {
	inner  http.RoundTripper
	mutex  sync.Mutex
	routes map[string]bool
}

func (a *asked) RoundTrip(request *http.Request) (*http.Response, error) {
	a.mutex.Lock()
	a.routes[request.Method+" "+request.URL.EscapedPath()] = true
	a.mutex.Unlock()
	return a.inner.RoundTrip(request)
}

// missing are the routes of openapi.json that were not asked for.
func (a *asked) missing(t *testing.T) []string {
	t.Helper()
	text, err := os.ReadFile("../openapi.json")
	if err != nil {
		t.Fatal(err)
	}
	var document struct {
		Paths map[string]map[string]struct {
			Responses map[string]json.RawMessage `json:"responses"`
		} `json:"paths"`
	}
	if err := json.Unmarshal(text, &document); err != nil {
		t.Fatal(err)
	}
	var missing []string
	for path, methods := range document.Paths {
		pattern := regexp.MustCompile("^" + regexp.MustCompile(`\\\{\w+\\\}`).ReplaceAllString(regexp.QuoteMeta(path), `[^/]+`) + "$")
		for method, operation := range methods {
			// The tunnel is a WebSocket and no call.
			if _, isTunnel := operation.Responses["101"]; isTunnel {
				continue
			}
			was := func(route string) bool {
				asked, path, _ := strings.Cut(route, " ")
				return asked == strings.ToUpper(method) && pattern.MatchString(path)
			}
			if !slices.ContainsFunc(slices.Collect(maps.Keys(a.routes)), was) {
				missing = append(missing, method+" "+path)
			}
		}
	}
	return missing
}

func must[T any](t *testing.T) func(T, error) T {
	return func(value T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return value
	}
}

func all[T any](t *testing.T, items iter.Seq2[T, error]) []T {
	t.Helper()
	var found []T
	for item, err := range items {
		if err != nil {
			t.Fatal(err)
		}
		found = append(found, item)
	}
	return found
}

func eventually(t *testing.T, ask func() bool) {
	t.Helper()
	for deadline := time.Now().Add(20 * time.Second); !ask(); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("it did not come true")
		}
	}
}

func equal[T comparable](t *testing.T, got, expected T) {
	t.Helper()
	if got != expected {
		t.Errorf("%v and not %v", got, expected)
	}
}

func isError(t *testing.T, err, expected error) {
	t.Helper()
	if !errors.Is(err, expected) {
		t.Errorf("%v and not %v", err, expected)
	}
}

type walk struct {
	client    *Client
	server    string
	workspace *Workspace
}

func TestEveryMethodDoesWhatItIsCalled(t *testing.T) {
	server, key := os.Getenv("ATLAS_SERVER"), os.Getenv("ATLAS_KEY")
	if server == "" {
		t.Skip("needs a server, in ATLAS_SERVER and ATLAS_KEY: sdk/journey-go.test.ts starts one")
	}
	client := must[*Client](t)(NewClient(server, key, InWorkspace("acme-go")))
	routes := &asked{inner: client.Server.caller.http.Transport, routes: map[string]bool{}}
	client.Server.caller.http.Transport = routes
	workspace := must[*Workspace](t)(client.Workspaces.Create(t.Context(), WorkspaceToCreate{Name: "Acme", Slug: Set("acme-go")}))
	w := walk{client, server, workspace}
	t.Run("workspaces and keys", w.workspacesAndKeys)
	t.Run("endpoints, events and deliveries", w.endpointsEventsAndDeliveries)
	t.Run("event types", w.eventTypes)
	t.Run("the audit log", w.auditLog)
	t.Run("the server", w.theServer)
	if missing := routes.missing(t); len(missing) > 0 {
		t.Errorf("not asked for: %v", missing)
	}
}

func (w walk) membersAndInvitations(t *testing.T) {
	ctx, client := t.Context(), w.client
	invitation := must[*NewInvitation](t)(client.Invitations.Create(ctx, InvitationToSend{Email: "ada@acme.example", Role: "member"}))
	equal(t, must[*InvitationList](t)(client.Invitations.List(ctx)).Data[0].ID, invitation.ID)
	_, token, _ := strings.Cut(invitation.URL, "#token=")
	equal(t, must[*OpenInvitation](t)(client.Invitations.Look(ctx, InvitationLink{Token: token})).HasAccount, false)
	isError(t, client.Invitations.Accept(ctx, InvitationToAccept{Token: token, Name: Set("Ada"), Password: Set("correct horse battery")}), nil)
	member := must[*MemberList](t)(client.Members.List(ctx)).Data[0].ID
	equal(t, must[*Member](t)(client.Members.Update(ctx, member, MemberChange{Role: "viewer"})).Role, "viewer")
	isError(t, client.Members.Remove(ctx, member), nil)
	other := must[*NewInvitation](t)(client.Invitations.Create(ctx, InvitationToSend{Email: "bob@acme.example", Role: "viewer"}))
	isError(t, client.Invitations.Withdraw(ctx, other.ID), nil)
	equal(t, strings.Contains(must[*SignInLink](t)(client.SignInLinks.Create(ctx)).URL, "#token="), true)
	equal(t, strings.Contains(must[*PasswordLink](t)(client.PasswordLinks.Create(ctx, PasswordLinkToMake{Email: "ada@acme.example"})).URL, "#token="), true)
	equal(t, must[*WaysToSignIn](t)(client.SignInMethods.Get(ctx)).Provider == nil, true)
}

func (w walk) workspacesAndKeys(t *testing.T) {
	ctx, client := t.Context(), w.client
	equal(t, must[*Identity](t)(client.Me.Get(ctx)).Kind, "operator")
	w.membersAndInvitations(t)
	equal(t, must[*NodeList](t)(client.Nodes.List(ctx)).Data[0].State, "alive")
	equal(t, len(must[*ServiceHealth](t)(client.Service.Health(ctx)).Minutes), 60)
	other := must[*Workspace](t)(client.Workspaces.Create(ctx, WorkspaceToCreate{Name: "Other"}))
	listed := all(t, client.Workspaces.List(ctx, WorkspacesListQuery{Limit: 1}))
	equal(t, listed[0].ID, other.ID)
	equal(t, listed[1].ID, w.workspace.ID)
	change := WorkspaceChange{Name: Set("Another"), Slug: Set("other-go")}
	equal(t, must[*Workspace](t)(client.Workspaces.Update(ctx, other.ID, change)).Name, "Another")
	equal(t, must[*Workspace](t)(client.Workspaces.Get(ctx, "other-go")).ID, other.ID)
	isError(t, client.Workspaces.Delete(ctx, "other-go"), nil)
	_, err := client.Workspaces.Get(ctx, "other-go")
	isError(t, err, ErrNotFound)

	expires := time.Now().Add(time.Hour).Truncate(time.Millisecond)
	wanted := ApiKeyToCreate{Name: "Reader", Scopes: []string{"read"}, ExpiresAt: Set(expires)}
	made := must[*NewApiKey](t)(client.Keys.Create(ctx, wanted))
	if made.ExpiresAt == nil || !made.ExpiresAt.Equal(expires) {
		t.Error(made.ExpiresAt)
	}
	equal(t, all(t, client.Keys.List(ctx, KeysListQuery{}))[0].ID, made.ID)
	reader := must[*Client](t)(NewClient(w.server, made.Key, InWorkspace(w.workspace.ID)))
	equal(t, must[*Workspace](t)(reader.Workspaces.Get(ctx, "acme-go")).Name, "Acme")
	_, err = reader.Endpoints.Create(ctx, EndpointToCreate{URL: "https://acme.example"})
	isError(t, err, ErrForbidden)
	forAda := PortalSessionToCreate{Actor: Set(PortalActorToName{ID: "usr_42"})}
	session := must[*NewPortalSession](t)(client.PortalSessions.Create(ctx, forAda))
	equal(t, strings.Contains(session.URL, "/portal#token=atlas_portal_"), true)
	equal(t, all(t, client.PortalSessions.List(ctx, PortalSessionsListQuery{}))[0].ID, session.ID)
	isError(t, client.PortalSessions.Revoke(ctx, session.ID), nil)
	equal(t, must[*PortalBranding](t)(client.Portal.Branding(ctx)).Name, nil)
	isError(t, client.Keys.Revoke(ctx, made.ID), nil)
	_, err = reader.Workspaces.Get(ctx, "acme-go")
	isError(t, err, ErrUnauthorized)
}

func (w walk) endpointsEventsAndDeliveries(t *testing.T) {
	ctx, client := t.Context(), w.client
	receiver := behave(t, answer(204, ""))
	endpoint := must[*NewEndpoint](t)(client.Endpoints.Create(ctx, EndpointToCreate{
		URL: receiver.URL + "/hook", Types: Set([]string{"deal.*"}),
	}))
	equal(t, all(t, client.Endpoints.List(ctx, EndpointsListQuery{}))[0].ID, endpoint.ID)
	change := EndpointChange{Description: Set("CRM"), Filter: Set("deal.value > 10")}
	changed := must[*Endpoint](t)(client.Endpoints.Update(ctx, endpoint.ID, change))
	equal(t, must[*Endpoint](t)(client.Endpoints.Get(ctx, endpoint.ID)).Description, "CRM")
	trial := EventToPublish{Type: "deal.created", Data: map[string]int{"value": 11}}
	test := FilterTest{Filter: *changed.Filter, Event: Set(trial)}
	equal(t, must[*FilterVerdict](t)(client.Filters.Test(ctx, test)).Matches, true)

	published := must[*PublishedEvent](t)(client.Events.Publish(ctx, EventToPublish{Type: trial.Type, Data: trial.Data, Tags: []string{"eu"}}))
	request := receiver.waitFor(t, 1)[0]
	event := must[*webhooks.Event](t)(webhooks.Verify(request.body, request.header, endpoint.Secret))
	equal(t, event.ID, published.ID)
	equal(t, string(event.Data), `{"value":11}`)
	cheap := EventToPublish{Type: trial.Type, Data: map[string]int{"value": 1}}
	batch := must[*PublishedEvents](t)(client.Events.PublishBatch(ctx, EventsToPublish{Events: []EventToPublish{trial, cheap}}))
	equal(t, batch.Data[0].Deliveries, 1)
	equal(t, batch.Data[1].Deliveries, 0)
	equal(t, len(all(t, client.Events.List(ctx, EventsListQuery{Type: trial.Type, Limit: 2}))), 3)
	equal(t, string(must[*EventDetails](t)(client.Events.Get(ctx, published.ID)).Data), `{"value":11}`)

	var deliveries []Delivery
	eventually(t, func() bool {
		deliveries = all(t, client.Deliveries.List(ctx, DeliveriesListQuery{Endpoint: endpoint.ID, State: "delivered"}))
		return len(deliveries) == 2
	})
	id := deliveries[0].ID
	equal(t, len(must[*DeliveryDetails](t)(client.Deliveries.Get(ctx, id)).Attempts), 1)
	equal(t, must[*Delivery](t)(client.Deliveries.Replay(ctx, id)).ID, id)
	equal(t, len(must[*ReplayedEvent](t)(client.Events.Replay(ctx, published.ID, EventReplay{})).Deliveries), 1)
	receiver.waitFor(t, 4)
	w.oneEndpoint(t, endpoint, receiver)

	equal(t, len(all(t, client.Alerts.List(ctx, AlertsListQuery{State: "open"}))), 0)

	isError(t, client.Endpoints.Delete(ctx, endpoint.ID), nil)
	_, err := client.Endpoints.Get(ctx, endpoint.ID)
	isError(t, err, ErrNotFound)
	_, err = client.Endpoints.Create(ctx, EndpointToCreate{URL: "nowhere"})
	var refused *APIError
	if !errors.Is(err, ErrNotValid) || !errors.As(err, &refused) || refused.Errors[0].Path != "url" {
		t.Error(err)
	}
}

func (w walk) oneEndpoint(t *testing.T, endpoint *NewEndpoint, receiver *behavingServer) {
	ctx, endpoints, id := t.Context(), w.client.Endpoints, endpoint.ID
	equal(t, must[*TestResult](t)(endpoints.Test(ctx, id, TestToSend{})).Ok, true)
	equal(t, *must[*TestResult](t)(endpoints.Test(ctx, id, TestToSend{Type: Set("deal.created")})).Status, 204)
	receiver.waitFor(t, 6)
	equal(t, must[*Endpoint](t)(endpoints.Pause(ctx, id)).Status, "paused")
	equal(t, must[*Endpoint](t)(endpoints.Resume(ctx, id)).Status, "active")
	equal(t, must[*Endpoint](t)(endpoints.Disable(ctx, id)).Status, "disabled")
	equal(t, must[*Endpoint](t)(endpoints.Enable(ctx, id)).Status, "active")
	if must[*RotatedSecret](t)(endpoints.RotateSecret(ctx, id)).Secret == endpoint.Secret {
		t.Error("the secret is the same")
	}
	isError(t, endpoints.EndPreviousSecrets(ctx, id), nil)
	equal(t, len(must[*Statistics](t)(endpoints.Stats(ctx, id, EndpointsStatsQuery{})).Series), 0)
	since := time.Now().Add(-time.Hour)
	if len(must[*Statistics](t)(w.client.Stats.Get(ctx, StatsGetQuery{Since: since, Step: 3600})).Series) == 0 {
		t.Error("there is no series")
	}
	several := must[*StatisticsOfEndpoints](t)(w.client.Stats.Endpoints(ctx, StatsEndpointsQuery{IDs: id}))
	equal(t, several.Data[0].Endpoint, id)

	job := must[*Job](t)(endpoints.Redeliver(ctx, id, Redelivery{Since: since, States: []string{"delivered"}}))
	equal(t, len(must[*DeadLetterGroups](t)(w.client.DeadLetters.Groups(ctx, DeadLettersGroupsQuery{})).Data), 0)
	replay := must[*Job](t)(w.client.DeadLetters.Replay(ctx, DeadLetterReplay{}))
	equal(t, all(t, w.client.Jobs.List(ctx, JobsListQuery{}))[0].ID, replay.ID)
	eventually(t, func() bool { return must[*Job](t)(w.client.Jobs.Get(ctx, job.ID)).State == "done" })
	isError(t, w.client.Jobs.Cancel(ctx, job.ID), ErrConflict)
}

func (w walk) eventTypes(t *testing.T) {
	ctx, types := t.Context(), w.client.EventTypes
	added := must[*EventType](t)(types.Create(ctx, EventTypeToAdd{
		Name: "invoice.sent", Description: "Sent.", Schema: Set[any](map[string]string{"type": "object"}),
	}))
	equal(t, added.Group, "invoice")
	changed := must[*EventType](t)(types.Update(ctx, "invoice.sent", EventTypeChange{Description: Set("An invoice was sent."), Schema: Null[any]()}))
	equal(t, string(changed.Schema), "null")
	equal(t, must[*EventType](t)(types.Get(ctx, "invoice.sent")).Description, "An invoice was sent.")
	listed := all(t, types.List(ctx))
	if !slices.ContainsFunc(listed, func(one EventType) bool { return one.Name == "invoice.sent" && !one.BuiltIn }) {
		t.Error("it is not listed")
	}
	isError(t, types.Delete(ctx, "invoice.sent"), nil)
	_, err := types.Get(ctx, "invoice.sent")
	isError(t, err, ErrNotFound)
}

func (w walk) auditLog(t *testing.T) {
	ctx, log := t.Context(), w.client.AuditLog
	entry := AuditEntryToRecord{
		Category: "billing", Action: "subscription_created",
		Actor:  AuditEntryToRecordActor{Type: "user", ID: "user_1"},
		Target: AuditEntryToRecordTarget{Type: "subscription", ID: "sub_1"},
	}
	old := entry
	old.OccurredAt = Set(time.Unix(0, 0))
	receipt := must[*AuditReceipt](t)(log.Record(ctx, old))
	equal(t, must[*AuditEntry](t)(log.Get(ctx, receipt.ID)).OccurredAt.Unix(), 0)
	entries := AuditEntriesToRecord{Entries: []AuditEntryToRecord{entry, entry}}
	first := must[*AuditReceipts](t)(log.RecordBatch(ctx, entries, WithIdempotencyKey("batch-1")))
	again := must[*AuditReceipts](t)(log.RecordBatch(ctx, entries, WithIdempotencyKey("batch-1")))
	equal(t, again.Data[1].Hash, first.Data[1].Hash)
	equal(t, len(all(t, log.List(ctx, AuditLogListQuery{Category: "billing", Limit: 1}))), 3)
	if len(all(t, log.Actions(ctx))) <= 10 {
		t.Error("few actions are known")
	}
	if len(all(t, w.client.AuditLogs.List(ctx, AuditLogsListQuery{Category: "workspace", Limit: 200}))) < 2 {
		t.Error("few entries")
	}
	lines := all(t, log.Export(ctx, AuditLogExportQuery{}))
	same := all(t, w.client.AuditLogs.Export(ctx, AuditLogsExportQuery{Workspace: "acme-go"}))
	equal(t, len(same), len(lines))
	if !strings.HasPrefix(string(lines[len(lines)-1]), `{"end":`) {
		t.Errorf("%s", lines[len(lines)-1])
	}
	equal(t, must[*AuditKeys](t)(w.client.AuditLogs.PublicKeys(ctx)).Keys[0].Alg, "EdDSA")
}

func (w walk) theServer(t *testing.T) {
	ctx, server := t.Context(), w.client.Server
	equal(t, must[*Health](t)(server.Health(ctx)).Status, "ok")
	equal(t, must[*Status](t)(server.Ready(ctx)).Status, "ready")
	if !strings.Contains(must[string](t)(server.Metrics(ctx)), "\natlas_") {
		t.Error("no metrics")
	}
	if !strings.HasPrefix(must[string](t)(server.Docs(ctx)), "<!doctype html>") {
		t.Error("no page")
	}
	if !strings.Contains(string(*must[*json.RawMessage](t)(server.Openapi(ctx))), `"openapi":"3.1.1"`) {
		t.Error("no description")
	}
}
