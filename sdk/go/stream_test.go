package atlas

import (
	"errors"
	"net/http"
	"reflect"
	"testing"
	"time"
)

// pieces sends a body in pieces of three bytes, and then what is to happen.
func pieces(body string, then behaviour) behaviour {
	return func(w http.ResponseWriter, r *http.Request) {
		for at := 0; at < len(body); at += 3 {
			_, _ = w.Write([]byte(body[at:min(at+3, len(body))]))
			w.(http.Flusher).Flush()
		}
		if then != nil {
			then(w, r)
		}
	}
}

// export reads a stream to its end.
func export(t *testing.T, client *Client, options ...CallOption) (lines []string, err error) {
	t.Helper()
	for line, failed := range client.AuditLog.Export(t.Context(), AuditLogExportQuery{}, options...) {
		if failed != nil {
			return lines, failed
		}
		lines = append(lines, string(line))
	}
	return lines, nil
}

func TestLinesComeAsTheyArriveWhateverPiecesTheyComeIn(t *testing.T) {
	client, _ := serve(t, pieces("{\"a\":1}\n{\"b\":\"ü\"}\n\n{\"c\":3}", nil))
	lines, err := export(t, client)
	if err != nil || !reflect.DeepEqual(lines, []string{`{"a":1}`, `{"b":"ü"}`, `{"c":3}`}) {
		t.Error(lines, err)
	}
}

func TestAStreamThatBreaksOffOrFallsSilentIsAnErrorAfterTheLinesThatCame(t *testing.T) {
	for timedOut, then := range map[bool]behaviour{false: func(w http.ResponseWriter, _ *http.Request) {
		_ = connection(w).Close()
	}, true: hang} {
		client, server := serve(t, pieces("{\"a\":1}\n{\"b\"", then))
		lines, err := export(t, client, WithTimeout(300*time.Millisecond))
		var lost *ConnectionError
		if !errors.As(err, &lost) || lost.Timeout() != timedOut || !reflect.DeepEqual(lines, []string{`{"a":1}`}) {
			t.Error(lines, err)
		}
		if len(server.requests()) != 1 {
			t.Errorf("%d requests", len(server.requests()))
		}
	}
}

func TestAStreamIsOpenedAgainLikeAnyCallAndClosedByWhoHasReadEnough(t *testing.T) {
	closed := make(chan struct{})
	untilClosed := func(w http.ResponseWriter, r *http.Request) {
		hang(w, r)
		close(closed)
	}
	client, server := serve(t, reset, problem(503, "shutting_down"), pieces("{\"a\":1}\n", untilClosed))
	for _, err := range client.AuditLog.Export(t.Context(), AuditLogExportQuery{}) {
		if err != nil {
			t.Fatal(err)
		}
		break
	}
	select {
	case <-closed:
	case <-time.After(20 * time.Second):
		t.Error("the server still sends")
	}
	if len(server.requests()) != 3 {
		t.Errorf("%d requests", len(server.requests()))
	}
}

func TestAReaderWhoTakesTheirTimeIsNotTooSlow(t *testing.T) {
	client, _ := serve(t, pieces("{\"a\":1}\n{\"a\":2}\n", nil))
	count := 0
	for _, err := range client.AuditLog.Export(t.Context(), AuditLogExportQuery{}, WithTimeout(200*time.Millisecond)) {
		if err != nil {
			t.Fatal(err)
		}
		time.Sleep(300 * time.Millisecond)
		count++
	}
	if count != 2 {
		t.Errorf("%d lines", count)
	}
}
