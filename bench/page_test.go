package bench

import (
	"slices"
	"strings"
	"testing"
)

// The page works without a network, and shows every scenario, target and plot.
func TestPage(t *testing.T) {
	talk := testReport()
	for i := range talk.Results {
		talk.Results[i].Quantiles = []Point{{50, 2}, {99, 20}, {100, 30}}
	}
	talk.summarize()
	idle := &Report{Scenario: "idle", Rounds: 1, Results: []Result{
		{Target: "<floor>", Round: 1, Curves: []Curve{{Title: "memory", X: "connections", Y: "RSS MiB", Points: []Point{{0, 1}, {10, 2}}}},
			Figures: []Figure{{"RSS KiB a connection", 5.6}}},
		{Target: "roomd", Round: 1},
	}}
	idle.summarize()
	var page strings.Builder
	if err := WritePage(&page, []*Report{talk, idle}); err != nil {
		t.Fatal(err)
	}
	got := page.String()
	for _, want := range []string{`id="big-room"`, `id="idle"`, "RSS KiB a connection", "&lt;floor&gt;", ">latency<", ">memory<"} {
		if !strings.Contains(got, want) {
			t.Errorf("no %q in the page", want)
		}
	}
	if count := strings.Count(got, "<svg"); count != 2 {
		t.Errorf("%d plots, want 2", count)
	}
	for _, from := range []string{"src=", "<script", "<link", "url(", "@import", "<floor>"} {
		if strings.Contains(got, from) {
			t.Errorf("the page holds %q", from)
		}
	}
}

func TestMedianPoints(t *testing.T) {
	got := medianPoints([][]Point{
		{{1, 10}, {2, 20}},
		{{1, 30}, {2, 50}, {4, 9}}, // one that came further
		{{1, 20}},
		nil,
	})
	if want := []Point{{1, 20}, {2, 35}, {4, 9}}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}
