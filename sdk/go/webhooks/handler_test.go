package webhooks

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"reflect"
	"strings"
	"testing"
	"time"
)

const (
	secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
	event  = `{"id":"evt_1","type":"deal.created","created":1,"api_version":"1","sequence":1,"data":{"note":"Zürich – €"}}`
	batch  = `[{"specversion":"1.0","id":"aud_1","type":"pro.atmos.workspace.created","data":{}}]`
)

func serve(t *testing.T, handler http.Handler) func(method, body string, header http.Header) (int, string) {
	t.Helper()
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	return func(method, body string, header http.Header) (int, string) {
		t.Helper()
		request, err := http.NewRequest(method, server.URL, strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		request.Header = header
		response, err := http.DefaultClient.Do(request)
		if err != nil {
			t.Fatal(err)
		}
		defer response.Body.Close()
		text, err := io.ReadAll(response.Body)
		if err != nil {
			t.Fatal(err)
		}
		var refusal struct{ Code string }
		_ = json.Unmarshal(text, &refusal)
		return response.StatusCode, refusal.Code
	}
}

func TestAGenuineEventIsHandledAndNothingElseIs(t *testing.T) {
	var handled []string
	send := serve(t, Handler(secret, func(_ context.Context, event *Event) error {
		handled = append(handled, event.ID+" "+string(event.Data))
		return nil
	}, WithBodyLimit(2_000)))
	now := time.Now().Unix()
	for _, example := range []struct {
		method, body string
		header       http.Header
		status       int
		code         string
	}{
		{"POST", event, atlasHeader(secret, event, now), 204, ""},
		{"POST", strings.Replace(event, "€", "$", 1), atlasHeader(secret, event, now), 400, "bad_signature"},
		{"POST", event, http.Header{}, 400, "malformed"},
		{"POST", event, atlasHeader(secret, event, 1), 400, "expired"},
		{"POST", "", atlasHeader(secret, "", now), 400, "malformed"},
		{"POST", strings.Repeat("x", 2_001), atlasHeader(secret, "", now), 413, "too_large"},
		{"GET", "", http.Header{}, 405, ""},
	} {
		status, code := send(example.method, example.body, example.header)
		if status != example.status || code != example.code {
			t.Errorf("%+v: %d %s", example, status, code)
		}
	}
	if expected := []string{`evt_1 {"note":"Zürich – €"}`}; !reflect.DeepEqual(handled, expected) {
		t.Errorf("handled %v", handled)
	}
}

func TestWhatAHandlerFailsWithIsA500ThatTellsNothing(t *testing.T) {
	handler := Handler(secret, func(context.Context, *Event) error { return errors.New("the password is 1234") })
	recorder := httptest.NewRecorder()
	request := httptest.NewRequest("POST", "/", strings.NewReader(event))
	request.Header = atlasHeader(secret, event, time.Now().Unix())
	handler.ServeHTTP(recorder, request)
	if recorder.Code != 500 || bytes.Contains(recorder.Body.Bytes(), []byte("1234")) {
		t.Errorf("%d %s", recorder.Code, recorder.Body)
	}
}

func TestASecretThatIsNoneIsRefusedWhenTheHandlerIsMade(t *testing.T) {
	for _, bad := range []string{"", "secret", "whsec_"} {
		func() {
			defer func() {
				if err, _ := recover().(error); !errors.Is(err, ErrSecret) {
					t.Errorf("%q: %v", bad, err)
				}
			}()
			Handler(secret, func(context.Context, *Event) error { return nil }, WithSecret(bad))
		}()
	}
}

func TestABatchIsHandled(t *testing.T) {
	var ids []string
	send := serve(t, BatchHandler(secret, func(_ context.Context, events []CloudEvent) error {
		for _, event := range events {
			ids = append(ids, event.ID)
		}
		return nil
	}))
	if status, _ := send("POST", batch, webhookHeader(secret, batch)); status != 204 || !reflect.DeepEqual(ids, []string{"aud_1"}) {
		t.Errorf("%d %v", status, ids)
	}
	if status, code := send("POST", batch+" ", webhookHeader(secret, batch)); status != 400 || code != "bad_signature" {
		t.Errorf("altered: %d %s", status, code)
	}
}
