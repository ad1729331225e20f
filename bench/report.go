package bench

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"runtime"
	"slices"
	"text/tabwriter"
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
	Results    []Result  `json:"results"` // every run, in the order they ran
	Rows       []Row     `json:"rows"`    // one a target, in the plan's order
}

// Machine is what the client, and a server that it started, ran on.
type Machine struct {
	OS   string `json:"os"`
	Arch string `json:"arch"`
	CPUs int    `json:"cpus"`
	Go   string `json:"go"`
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
	Ratio                      float64 `json:"ratio"`
	Latency                    Latency `json:"latency"`
	RSSBytes                   float64 `json:"rssBytes"`
	BytesPerDelivery           float64 `json:"bytesPerDelivery"`
	ClientCPUMicrosPerDelivery float64 `json:"clientCPUMicrosPerDelivery"`
	SendLagP99Millis           float64 `json:"sendLagP99Millis"`
}

func newReport(scenario Scenario, rounds int) *Report {
	return &Report{
		Scenario:   scenario.Name(),
		About:      scenario.Describe(),
		Parameters: scenario,
		Machine:    Machine{OS: runtime.GOOS, Arch: runtime.GOARCH, CPUs: runtime.NumCPU(), Go: runtime.Version()},
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
		Ratio:                      median(ratios(results, first)),
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

// ratios are those of the rounds in which both CPU figures are known.
func ratios(results, first []Result) []float64 {
	var ratios []float64
	for i, result := range results {
		if i < len(first) && first[i].ServerCPUMicrosPerDelivery > 0 && result.ServerCPUMicrosPerDelivery > 0 {
			ratios = append(ratios, result.ServerCPUMicrosPerDelivery/first[i].ServerCPUMicrosPerDelivery)
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

// WriteTable writes the rows for a terminal.
func (r *Report) WriteTable(w io.Writer) error {
	fmt.Fprintf(w, "%s: %s\n", r.Scenario, r.About)
	fmt.Fprintf(w, "%s/%s, %d CPUs, %s; rounds: %d; counts are totals, measures medians\n\n",
		r.Machine.OS, r.Machine.Arch, r.Machine.CPUs, r.Machine.Go, r.Rounds)
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintf(table, "target\tdeliveries\tmissing\treordered\tduplicated\tCPU µs\t× %s\tp50 ms\tp90 ms\tp99 ms\tmax ms\tRSS MiB\tbytes\tclient µs\t\n", r.Rows[0].Target)
	for _, row := range r.Rows {
		fmt.Fprintf(table, "%s\t%d\t%d\t%d\t%d\t%s\t%s\t%.1f\t%.1f\t%.1f\t%.1f\t%s\t%.0f\t%s\t\n",
			row.Target, row.Deliveries, row.Missing, row.Reordered, row.Duplicated,
			known("%.2f", row.ServerCPUMicrosPerDelivery), known("%.2f", row.Ratio),
			row.Latency.P50Millis, row.Latency.P90Millis, row.Latency.P99Millis, row.Latency.MaxMillis,
			known("%.1f", row.RSSBytes/(1<<20)), row.BytesPerDelivery, known("%.2f", row.ClientCPUMicrosPerDelivery))
	}
	if err := table.Flush(); err != nil {
		return err
	}
	for _, row := range r.Rows {
		if row.Faults != "" {
			fmt.Fprintf(w, "\nFAULTS of %s, %s\n", row.Target, row.Faults)
		}
	}
	return nil
}

// known formats a figure of which 0 means that it is not known.
func known(format string, value float64) string {
	if value == 0 {
		return "–"
	}
	return fmt.Sprintf(format, value)
}
