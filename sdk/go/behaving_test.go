package atlas

import (
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"
)

// behaviour is what a server does with a request.
type behaviour func(w http.ResponseWriter, r *http.Request)

type received struct {
	at     time.Time
	method string
	url    string
	header http.Header
	body   []byte
}

// behavingServer behaves in these ways one request after the other, and in the last one for ever.
type behavingServer struct {
	*httptest.Server
	mutex      sync.Mutex
	received   []received
	behaviours []behaviour
}

func behave(t *testing.T, behaviours ...behaviour) *behavingServer {
	t.Helper()
	server := &behavingServer{behaviours: behaviours}
	server.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		server.take(received{time.Now(), r.Method, r.URL.RequestURI(), r.Header, body})(w, r)
	}))
	t.Cleanup(func() {
		server.CloseClientConnections()
		server.Close()
	})
	return server
}

func (s *behavingServer) take(request received) behaviour {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	s.received = append(s.received, request)
	first := s.behaviours[0]
	if len(s.behaviours) > 1 {
		s.behaviours = s.behaviours[1:]
	}
	return first
}

func (s *behavingServer) requests() []received {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	return append([]received{}, s.received...)
}

func (s *behavingServer) waitFor(t *testing.T, count int) []received {
	t.Helper()
	for deadline := time.Now().Add(20 * time.Second); time.Now().Before(deadline); time.Sleep(time.Millisecond) {
		if requests := s.requests(); len(requests) >= count {
			return requests
		}
	}
	t.Fatalf("there are %d requests instead of %d", len(s.requests()), count)
	return nil
}

// waits are the times between one request and the next.
func (s *behavingServer) waits() []time.Duration {
	var waits []time.Duration
	requests := s.requests()
	for index := range requests[1:] {
		waits = append(waits, requests[index+1].at.Sub(requests[index].at))
	}
	return waits
}

// keys are the idempotency keys that occurred.
func (s *behavingServer) keys() map[string]int {
	keys := map[string]int{}
	for _, request := range s.requests() {
		keys[request.header.Get("Idempotency-Key")]++
	}
	return keys
}

func answer(status int, body any, headers ...string) behaviour {
	return func(w http.ResponseWriter, _ *http.Request) {
		for index := 0; index < len(headers); index += 2 {
			w.Header().Set(headers[index], headers[index+1])
		}
		w.WriteHeader(status)
		if text, ok := body.(string); ok {
			fmt.Fprint(w, text)
		} else if err := json.NewEncoder(w).Encode(body); err != nil {
			panic(err)
		}
	}
}

func problem(status int, code string, headers ...string) behaviour {
	faults := []Fault{{Path: "type", Message: "must be a name"}}
	return answer(status, map[string]any{"code": code, "detail": "Not so.", "errors": faults}, headers...)
}

func connection(w http.ResponseWriter) *net.TCPConn {
	conn, _, err := w.(http.Hijacker).Hijack()
	if err != nil {
		panic(err)
	}
	return conn.(*net.TCPConn)
}

// reset breaks the connection off with a TCP reset.
func reset(w http.ResponseWriter, _ *http.Request) {
	conn := connection(w)
	_ = conn.SetLinger(0)
	_ = conn.Close()
}

// breakOff sends headers and half of the body that they promise, then breaks off.
func breakOff(w http.ResponseWriter, _ *http.Request) {
	conn := connection(w)
	fmt.Fprintf(conn, "HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n%0500d", 0)
	_ = conn.Close()
}

// hang never answers.
func hang(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }
