package atlas

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"iter"
)

// Page is some entries of a list, and where to go on.
type Page[T any] struct {
	Data []T `json:"data"`
	// NextCursor is nil when there are no more.
	NextCursor *string `json:"next_cursor"`
}

// pages goes through a list, page by page; an error is the last thing that it gives. Nothing is asked for before it is
// iterated over.
func pages[T any](read func(cursor string) (*Page[T], error)) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		for cursor := ""; ; {
			page, err := read(cursor)
			if err != nil {
				var none T
				yield(none, err)
				return
			}
			for _, item := range page.Data {
				if !yield(item, nil) {
					return
				}
			}
			if page.NextCursor == nil {
				return
			}
			cursor = *page.NextCursor
		}
	}
}

// lines gives JSON lines as they arrive; an error is the last thing that it gives. A connection that breaks off is a
// ConnectionError: what has come cannot be taken back.
func (c *caller) lines(ctx context.Context, call call, options []CallOption) iter.Seq2[json.RawMessage, error] {
	return func(yield func(json.RawMessage, error) bool) {
		settings := c.defaults
		for _, option := range options {
			option(&settings)
		}
		opened := func(opened *exchange) (*exchange, error) { return opened, nil }
		exchange, err := repeat(ctx, c, call, options, opened)
		if err != nil {
			yield(nil, err)
			return
		}
		defer exchange.close()
		reader := bufio.NewReader(exchange.response.Body)
		for {
			exchange.timer.Reset(settings.timeout)
			line, err := reader.ReadBytes('\n')
			// While whoever reads is busy, the server is not late.
			exchange.timer.Stop()
			if err != nil && !errors.Is(err, io.EOF) {
				yield(nil, exchange.failure(err))
				return
			}
			if line = bytes.TrimSuffix(line, []byte("\n")); len(line) > 0 && !yield(line, nil) {
				return
			}
			if err != nil {
				return
			}
		}
	}
}
