package webhooks

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"reflect"
	"strings"
	"testing"
	"time"
)

type vector struct {
	Name       string            `json:"name"`
	Scheme     string            `json:"scheme"`
	Headers    map[string]string `json:"headers"`
	Body       *string           `json:"body"`
	BodyBase64 string            `json:"body_base64"`
	Secrets    []string          `json:"secrets"`
	Now        int64             `json:"now"`
	Tolerance  int64             `json:"tolerance"`
	Expected   outcome           `json:"expected"`
}

type outcome struct {
	ID    string   `json:"id"`
	IDs   []string `json:"ids"`
	Error string   `json:"error"`
}

func readVectors(t *testing.T) []vector {
	t.Helper()
	text, err := os.ReadFile("../../signature-vectors.json")
	if err != nil {
		t.Fatal(err)
	}
	var file struct{ Vectors []vector }
	if err := json.Unmarshal(text, &file); err != nil {
		t.Fatal(err)
	}
	if len(file.Vectors) < 100 {
		t.Fatalf("there are %d vectors", len(file.Vectors))
	}
	return file.Vectors
}

func (v vector) bytes(t *testing.T) []byte {
	t.Helper()
	if v.Body != nil {
		return []byte(*v.Body)
	}
	body, err := base64.StdEncoding.DecodeString(v.BodyBase64)
	if err != nil {
		t.Fatal(err)
	}
	return body
}

func (v vector) header() http.Header {
	header := http.Header{}
	for name, value := range v.Headers {
		header.Set(name, value)
	}
	return header
}

func (v vector) options() []Option {
	tolerance := WithTolerance(time.Duration(v.Tolerance) * time.Second)
	return []Option{WithSecret(v.Secrets[1:]...), tolerance, At(time.Unix(v.Now, 0))}
}

func TestEveryVectorComesToWhatIsExpected(t *testing.T) {
	for _, v := range readVectors(t) {
		t.Run(v.Scheme+": "+v.Name, func(t *testing.T) {
			var got outcome
			var err error
			if v.Scheme == "x-webhook" {
				var events []CloudEvent
				events, err = VerifyBatch(v.bytes(t), v.header(), v.Secrets[0], v.options()...)
				for _, event := range events {
					got.IDs = append(got.IDs, event.ID)
				}
			} else {
				var event *Event
				if event, err = Verify(v.bytes(t), v.header(), v.Secrets[0], v.options()...); err == nil {
					got.ID = event.ID
				}
			}
			var refused *VerificationError
			if errors.As(err, &refused) {
				got.Error = refused.Code()
			} else if err != nil {
				t.Fatal(err)
			}
			if !reflect.DeepEqual(got, v.Expected) {
				t.Errorf("got %+v and not %+v (%v)", got, v.Expected, err)
			}
			if value, ok := v.Headers["Atlas-Signature"]; ok && len(v.Headers) == 1 && !strings.HasPrefix(value, "sha256=") {
				_, alone := VerifySignature(v.bytes(t), value, v.Secrets[0], v.options()...)
				if fmt.Sprint(alone) != fmt.Sprint(err) {
					t.Errorf("the signature alone: %v and not %v", alone, err)
				}
			}
		})
	}
}

func TestAnEventHasTheDataOfItsType(t *testing.T) {
	v := readVectors(t)[0]
	event, err := Verify(v.bytes(t), v.header(), v.Secrets[0], v.options()...)
	if err != nil {
		t.Fatal(err)
	}
	if event.Type != "deal.created" || event.Sequence != 42 || event.APIVersion != "2026-01-15" {
		t.Errorf("%+v", event)
	}
	if !event.Created.Equal(time.Unix(1712345678, 0)) {
		t.Errorf("created %v", event.Created)
	}
	deal, err := Data[DealCreated](event)
	if err != nil {
		t.Fatal(err)
	}
	if deal.Value != 48000 || deal.Stage != "qualified" || deal.Name != nil {
		t.Errorf("%+v", deal)
	}
	if string(event.Data) != `{"id":"deal_01","value":48000,"stage":"qualified","note":"Zürich – €"}` {
		t.Errorf("the data is %s", event.Data)
	}
	if _, err := Data[DealUpdated](event); err == nil || !strings.Contains(err.Error(), "deal.created and no deal.updated") {
		t.Errorf("as another type: %v", err)
	}
}

func atlasHeader(secret, body string, at int64) http.Header {
	mac := hmac.New(sha256.New, []byte(secret))
	fmt.Fprintf(mac, "%d.%s", at, body)
	return http.Header{"Atlas-Signature": {fmt.Sprintf("t=%d,v1=%s", at, hex.EncodeToString(mac.Sum(nil)))}}
}

func webhookHeader(secret, body string) http.Header {
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte(body))
	return http.Header{"X-Webhook-Signature": {"sha256=" + hex.EncodeToString(mac.Sum(nil))}}
}

func TestWithoutATimeAndAToleranceItIs300SecondsFromNow(t *testing.T) {
	v := readVectors(t)[0]
	secret, now := v.Secrets[0], time.Now().Unix()
	for difference, expected := range map[int64]error{-290: nil, 290: nil, -310: ErrExpired, 310: ErrExpired} {
		_, err := Verify(v.bytes(t), atlasHeader(secret, *v.Body, now+difference), secret)
		if !errors.Is(err, expected) {
			t.Errorf("%d seconds off: %v", difference, err)
		}
	}
}

func TestANegativeToleranceLetsNothingPass(t *testing.T) {
	v := readVectors(t)[0]
	_, err := Verify(v.bytes(t), v.header(), v.Secrets[0], At(time.Unix(1712345678, 0)), WithTolerance(-time.Second))
	if !errors.Is(err, ErrExpired) {
		t.Error(err)
	}
}

func TestABatchIsToldFromASingleEvent(t *testing.T) {
	v := readVectors(t)[0]
	_, err := Verify([]byte("[{}]"), webhookHeader(v.Secrets[0], "[{}]"), v.Secrets[0])
	if !errors.Is(err, ErrMalformed) || !strings.Contains(err.Error(), "VerifyBatch") {
		t.Error(err)
	}
}

func TestHeadersThatCameTwiceAreMalformed(t *testing.T) {
	v := readVectors(t)[0]
	header := v.header()
	header.Add("Atlas-Signature", header.Get("Atlas-Signature"))
	if _, err := Verify(v.bytes(t), header, v.Secrets[0], v.options()...); !errors.Is(err, ErrMalformed) {
		t.Error(err)
	}
}

func TestASecretThatIsNoneIsTheReceiversFault(t *testing.T) {
	v := readVectors(t)[0]
	for _, bad := range []string{"", "secret", "whsec_", "whsec_MfKQ9r8GKYqrTwj", "whsec_MfKQ-9r8", v.Secrets[0] + "\n"} {
		_, err := Verify(v.bytes(t), v.header(), bad, v.options()...)
		var refused *VerificationError
		if !errors.Is(err, ErrSecret) || errors.As(err, &refused) || len(bad) > 8 && strings.Contains(err.Error(), bad[6:]) {
			t.Errorf("%q: %v", bad, err)
		}
	}
}
