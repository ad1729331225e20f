package bench

import (
	"fmt"
	"io"
	"slices"
	"text/tabwriter"
)

// WriteTable writes the rows for a terminal.
func (r *Report) WriteTable(w io.Writer) error {
	fmt.Fprintf(w, "%s: %s\n", r.Scenario, r.About)
	fmt.Fprintf(w, "%v\n", r.Machine)
	if r.Commit != "" {
		fmt.Fprintf(w, "commit %s; ", r.Commit)
	}
	fmt.Fprintf(w, "rounds: %d; counts are totals, measures medians\n\n", r.Rounds)
	if err := r.writeDeliveries(w); err != nil {
		return err
	}
	if err := r.writeFigures(w); err != nil {
		return err
	}
	if r.Note != "" {
		fmt.Fprintf(w, "\n%s\n", r.Note)
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

// delivers says that the scenario is about deliveries.
func (r *Report) delivers() bool {
	return slices.ContainsFunc(r.Rows, func(row Row) bool { return row.Deliveries+row.Missing > 0 })
}

// writeDeliveries writes what every scenario of deliveries has.
func (r *Report) writeDeliveries(w io.Writer) error {
	if !r.delivers() {
		return nil
	}
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintf(table, "target\tdeliveries\tmissing\treordered\tduplicated\tCPU µs\t× %s\tp50 ms\tp90 ms\tp99 ms\tmax ms\tRSS MiB\tbytes\tclient µs\t\n", r.Rows[0].Target)
	for _, row := range r.Rows {
		fmt.Fprintf(table, "%s\t%d\t%d\t%d\t%d\t%s\t%s\t%.1f\t%.1f\t%.1f\t%.1f\t%s\t%.0f\t%s\t\n",
			row.Target, row.Deliveries, row.Missing, row.Reordered, row.Duplicated,
			known("%.2f", row.ServerCPUMicrosPerDelivery), known("%.2f", row.Ratio),
			row.Latency.P50Millis, row.Latency.P90Millis, row.Latency.P99Millis, row.Latency.MaxMillis,
			known("%.1f", row.RSSBytes/(1<<20)), row.BytesPerDelivery, known("%.2f", row.ClientCPUMicrosPerDelivery))
	}
	return table.Flush()
}

// writeFigures writes the scenario's own, a line each.
func (r *Report) writeFigures(w io.Writer) error {
	if len(r.Rows[0].Figures) == 0 {
		return nil
	}
	if r.delivers() {
		fmt.Fprintln(w)
	}
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprint(table, "\t")
	for _, row := range r.Rows {
		fmt.Fprintf(table, "%s\t× %s\t", row.Target, r.Rows[0].Target)
	}
	fmt.Fprintln(table)
	for i, figure := range r.Rows[0].Figures {
		fmt.Fprintf(table, "%s\t", figure.Name)
		for _, row := range r.Rows {
			if i >= len(row.Figures) {
				fmt.Fprint(table, "–\t–\t")
				continue
			}
			fmt.Fprintf(table, "%s\t%s\t", known("%.5g", row.Figures[i].Value), known("%.2f", row.Figures[i].Ratio))
		}
		fmt.Fprintln(table)
	}
	return table.Flush()
}
