package bench

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"time"
)

// Report is what a plan found. Its JSON is the file format of roombench.
type Report struct {
	Scenario   string    `json:"scenario"`
	About      string    `json:"about"`
	Parameters Scenario  `json:"parameters"`
	Machine    Machine   `json:"machine"`
	StartedAt  time.Time `json:"startedAt"`
	Rounds     int       `json:"rounds"`
	// Commit is that of the servers' code, if it is known, and "dirty" behind it
	// when there was more.
	Commit string `json:"commit,omitempty"`
	// Note says which targets are left out, and why.
	Note    string   `json:"note,omitempty"`
	Results []Result `json:"results"` // every run, in the order they ran
	Rows    []Row    `json:"rows"`    // one a target, in the plan's order
}

// Row sums up one target: counts are totals of all rounds, measures medians.
type Row struct {
	Target string `json:"target"`

	Deliveries int    `json:"deliveries"`
	Missing    int    `json:"missing"`
	Reordered  int    `json:"reordered"`
	Duplicated int    `json:"duplicated"`
	Faults     string `json:"faults,omitempty"` // of the first round that had any

	ServerCPUMicrosPerDelivery float64 `json:"serverCPUMicrosPerDelivery"`
	// Ratio is the median of the rounds' own ratios to the first target.
	Ratio                      float64     `json:"ratio"`
	Latency                    Latency     `json:"latency"`
	RSSBytes                   float64     `json:"rssBytes"`
	BytesPerDelivery           float64     `json:"bytesPerDelivery"`
	ClientCPUMicrosPerDelivery float64     `json:"clientCPUMicrosPerDelivery"`
	SendLagP99Millis           float64     `json:"sendLagP99Millis"`
	Figures                    []RowFigure `json:"figures,omitempty"`
}

// RowFigure is the median of a scenario's own figure, and the median of the
// rounds' ratios to the first target's.
type RowFigure struct {
	Figure
	Ratio float64 `json:"ratio"`
}

func newReport(scenario Scenario, rounds int) *Report {
	return &Report{
		Scenario:   scenario.Name(),
		About:      scenario.Describe(),
		Parameters: scenario,
		Machine:    thisMachine(),
		StartedAt:  time.Now().UTC().Truncate(time.Second),
		Rounds:     rounds,
	}
}

// Faulty says that a server lost, repeated or reordered something, or that a
// run was not the load it was meant to be.
func (r *Report) Faulty() bool {
	return slices.ContainsFunc(r.Rows, func(row Row) bool { return row.Faults != "" })
}

// summarize fills Rows from Results.
func (r *Report) summarize() {
	r.Rows = nil
	var first []Result
	for _, name := range r.targets() {
		var results []Result
		for _, result := range r.Results {
			if result.Target == name {
				results = append(results, result)
			}
		}
		if first == nil {
			first = results
		}
		r.Rows = append(r.Rows, summary(results, first))
	}
}

// targets are the names in the order they first ran.
func (r *Report) targets() []string {
	var names []string
	for _, result := range r.Results {
		if !slices.Contains(names, result.Target) {
			names = append(names, result.Target)
		}
	}
	return names
}

func summary(results, first []Result) Row {
	row := Row{
		Target:                     results[0].Target,
		ServerCPUMicrosPerDelivery: medianOf(results, func(r Result) float64 { return r.ServerCPUMicrosPerDelivery }),
		Ratio:                      median(ratios(results, first, func(r Result) float64 { return r.ServerCPUMicrosPerDelivery })),
		Latency: Latency{
			P50Millis: medianOf(results, func(r Result) float64 { return r.Latency.P50Millis }),
			P90Millis: medianOf(results, func(r Result) float64 { return r.Latency.P90Millis }),
			P99Millis: medianOf(results, func(r Result) float64 { return r.Latency.P99Millis }),
			MaxMillis: medianOf(results, func(r Result) float64 { return r.Latency.MaxMillis }),
		},
		RSSBytes:                   medianOf(results, func(r Result) float64 { return float64(r.RSSBytes) }),
		BytesPerDelivery:           medianOf(results, func(r Result) float64 { return r.BytesPerDelivery }),
		ClientCPUMicrosPerDelivery: medianOf(results, func(r Result) float64 { return r.ClientCPUMicrosPerDelivery }),
		SendLagP99Millis:           medianOf(results, func(r Result) float64 { return r.SendLag.P99Millis }),
	}
	row.Figures = rowFigures(results, first)
	for _, result := range results {
		row.Deliveries += result.Deliveries
		row.Missing += result.Missing
		row.Reordered += result.Reordered
		row.Duplicated += result.Duplicated
		if faults := result.Faults(); faults != "" && row.Faults == "" {
			row.Faults = fmt.Sprintf("round %d: %s", result.Round, faults)
		}
	}
	return row
}

// rowFigures are in the order of the first result's.
func rowFigures(results, first []Result) []RowFigure {
	var row []RowFigure
	for _, named := range results[0].Figures {
		figure := func(r Result) float64 {
			for _, f := range r.Figures {
				if f.Name == named.Name {
					return f.Value
				}
			}
			return 0
		}
		row = append(row, RowFigure{
			Figure: Figure{named.Name, medianOf(results, figure)},
			Ratio:  median(ratios(results, first, figure)),
		})
	}
	return row
}

// ratios are those of the rounds in which the figure is known of both.
func ratios(results, first []Result, figure func(Result) float64) []float64 {
	var ratios []float64
	for i, result := range results {
		if i < len(first) && figure(first[i]) > 0 && figure(result) > 0 {
			ratios = append(ratios, figure(result)/figure(first[i]))
		}
	}
	return ratios
}

// medianOf is the median of a figure where it is known: not 0.
func medianOf(results []Result, figure func(Result) float64) float64 {
	var values []float64
	for _, result := range results {
		if value := figure(result); value != 0 {
			values = append(values, value)
		}
	}
	return median(values)
}

// median is the middle value, or the mean of the two middle ones; 0 of none.
func median(values []float64) float64 {
	if len(values) == 0 {
		return 0
	}
	sorted := slices.SortedFunc(slices.Values(values), cmp.Compare)
	middle := len(sorted) / 2
	if len(sorted)%2 == 1 {
		return sorted[middle]
	}
	return (sorted[middle-1] + sorted[middle]) / 2
}

// WriteJSON writes a report, or several, for people and programs to read.
func WriteJSON(w io.Writer, report any) error {
	encoder := json.NewEncoder(w)
	encoder.SetIndent("", "  ")
	encoder.SetEscapeHTML(false)
	return encoder.Encode(report)
}
