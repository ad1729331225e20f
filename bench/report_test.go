package bench

import (
	"bytes"
	"encoding/json"
	"os"
	"reflect"
	"strings"
	"testing"
	"time"
)

func TestMedian(t *testing.T) {
	tests := []struct {
		values []float64
		want   float64
	}{
		{nil, 0},
		{[]float64{3}, 3},
		{[]float64{3, 1}, 2},
		{[]float64{9, 1, 5}, 5},
		{[]float64{4, 1, 3, 2}, 2.5},
	}
	for _, test := range tests {
		if got := median(test.values); got != test.want {
			t.Errorf("median of %v: %v, want %v", test.values, got, test.want)
		}
	}
}

func TestLatencyOf(t *testing.T) {
	h := newHistogram()
	for millis := 1; millis <= 1000; millis++ {
		record(h, time.Duration(millis)*time.Millisecond)
	}
	got := latencyOf(h)
	for _, figure := range []struct{ got, want float64 }{
		{got.P50Millis, 500}, {got.P90Millis, 900}, {got.P99Millis, 990}, {got.MaxMillis, 1000},
	} {
		if off := figure.got/figure.want - 1; off < -0.002 || off > 0.002 { // three digits
			t.Errorf("got %v, want %v", figure.got, figure.want)
		}
	}
	if got := latencyOf(newHistogram()); got != (Latency{}) {
		t.Errorf("of nothing: %+v", got)
	}
}

func TestLatencyIsKeptInRange(t *testing.T) {
	h := newHistogram()
	record(h, -time.Second)
	record(h, time.Hour)
	if h.TotalCount() != 2 {
		t.Errorf("%d recorded, want 2", h.TotalCount())
	}
	if got := latencyOf(h).MaxMillis; got < float64(latencyMax.Milliseconds()) || got > 1.01*float64(latencyMax.Milliseconds()) {
		t.Errorf("max %v ms, want latencyMax", got)
	}
}

// testReport has two targets and three rounds on a machine that slows down:
// each round's ratio is 1.2, 1.5 and 1.3.
func testReport() *Report {
	r := newReport(bigRoom(), 3)
	r.Machine = Machine{OS: "linux", Arch: "amd64", CPUs: 2, Go: "go1.26"}
	for i, cpu := range [][2]float64{{5, 6}, {10, 15}, {20, 26}} {
		latency := Latency{P50Millis: float64(i + 1), P90Millis: 10, P99Millis: 20, MaxMillis: 30.26}
		r.Results = append(r.Results,
			Result{Target: "floor", Round: i + 1, Deliveries: 100, ServerCPUMicrosPerDelivery: cpu[0], Latency: latency, RSSBytes: 20 << 20, BytesPerDelivery: 374.4, ClientCPUMicrosPerDelivery: 4},
			Result{Target: "roomd", Round: i + 1, Deliveries: 100, ServerCPUMicrosPerDelivery: cpu[1], Latency: latency, RSSBytes: 30 << 20, BytesPerDelivery: 374.4, ClientCPUMicrosPerDelivery: 5})
	}
	return r
}

func TestReportTable(t *testing.T) {
	r := testReport()
	r.Note = "the third is not measured"
	r.summarize()
	expectTable(t, r, "good.txt")
	if r.Faulty() {
		t.Error("faulty without a fault")
	}
}

func TestReportTableWithFaults(t *testing.T) {
	r := testReport()
	r.Results[3].Missing, r.Results[3].Disconnected, r.Results[3].Note = 7, 1, "member 3: EOF"
	r.Results[5].Missing, r.Results[5].Duplicated = 2, 1
	r.Results[1].ServerCPUMicrosPerDelivery = 0 // not known in one round
	for i := range r.Results {
		r.Results[i].RSSBytes = 0 // known of nobody
	}
	r.summarize()
	expectTable(t, r, "faults.txt")
	if !r.Faulty() {
		t.Error("not faulty")
	}
}

func expectTable(t *testing.T, r *Report, golden string) {
	t.Helper()
	want, err := os.ReadFile("testdata/report/" + golden)
	if err != nil {
		t.Fatal(err)
	}
	var got strings.Builder
	if err := r.WriteTable(&got); err != nil {
		t.Fatal(err)
	}
	if got.String() != string(want) {
		t.Errorf("got\n%s\nwant\n%s", got.String(), want)
	}
}

func TestEveryFaultIsNamed(t *testing.T) {
	for name, r := range map[string]Result{
		"1 missing":      {Missing: 1},
		"2 reordered":    {Reordered: 2},
		"3 duplicated":   {Duplicated: 3},
		"4 unknown":      {Unknown: 4},
		"5 unsent":       {Unsent: 5},
		"6 refused":      {Refused: 6},
		"7 unanswered":   {Unanswered: 7},
		"8 disconnected": {Disconnected: 8},
		"":               {Note: "nothing happened"},
	} {
		if got := r.Faults(); got != name {
			t.Errorf("got %q, want %q", got, name)
		}
	}
}

func TestReportJSON(t *testing.T) {
	r := testReport()
	r.summarize()
	var data bytes.Buffer
	if err := WriteJSON(&data, r); err != nil {
		t.Fatal(err)
	}
	var got struct {
		Scenario   string
		Parameters map[string]any
		Results    []Result
		Rows       []Row
	}
	if err := json.Unmarshal(data.Bytes(), &got); err != nil {
		t.Fatal(err)
	}
	if got.Scenario != "big-room" || got.Parameters["members"] != 1000.0 || got.Parameters["durationNanos"] != 1e10 {
		t.Errorf("scenario %q %v", got.Scenario, got.Parameters)
	}
	if len(got.Results) != 6 || !reflect.DeepEqual(got.Results[1], r.Results[1]) || len(got.Rows) != 2 || !reflect.DeepEqual(got.Rows[1], r.Rows[1]) {
		t.Errorf("results %+v, rows %+v", got.Results, got.Rows)
	}
}

func bigRoom() *Talk {
	s := BigRoom()
	return &s
}
