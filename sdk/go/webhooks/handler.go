package webhooks

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
)

// Handler receives requests with one event each. It answers 204 once the event was handled, 400 to a request that is not
// genuine, 405 to what is no POST, 413 to one that is too large, and 500 when handle fails: Atlas then sends the event
// again later. What handle fails with goes nowhere else, so it is for handle to log. Handler panics when a secret is none,
// such as a variable of the environment that is not set.
func Handler(secret string, handle func(context.Context, *Event) error, options ...Option) http.Handler {
	return handler(newSettings(secret, options), func(ctx context.Context, body []byte, headers http.Header) error {
		event, err := Verify(body, headers, secret, options...)
		if err != nil {
			return err
		}
		return handle(ctx, event)
	})
}

// BatchHandler receives requests with a batch of CloudEvents each; else as Handler.
func BatchHandler(secret string, handle func(context.Context, []CloudEvent) error, options ...Option) http.Handler {
	return handler(newSettings(secret, options), func(ctx context.Context, body []byte, headers http.Header) error {
		events, err := VerifyBatch(body, headers, secret, options...)
		if err != nil {
			return err
		}
		return handle(ctx, events)
	})
}

func handler(settings settings, work func(context.Context, []byte, http.Header) error) http.Handler {
	for _, secret := range settings.secrets {
		if _, err := (&signed{}).key(secret); err != nil {
			panic(err)
		}
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodPost {
			w.Header().Set("Allow", http.MethodPost)
			w.WriteHeader(http.StatusMethodNotAllowed)
			return
		}
		body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, settings.bodyLimit))
		if err == nil {
			err = work(r.Context(), body, r.Header)
		}
		var tooLarge *http.MaxBytesError
		var refused *VerificationError
		switch {
		case err == nil:
			w.WriteHeader(http.StatusNoContent)
		case errors.As(err, &refused):
			answer(w, http.StatusBadRequest, refused.Code(), refused.Detail)
		case errors.As(err, &tooLarge):
			answer(w, http.StatusRequestEntityTooLarge, "too_large", err.Error())
		default:
			answer(w, http.StatusInternalServerError, "failed", "The event could not be handled.")
		}
	})
}

func answer(w http.ResponseWriter, status int, code, detail string) {
	body, _ := json.Marshal(map[string]string{"code": code, "detail": detail})
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, _ = w.Write(body)
}
