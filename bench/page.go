package bench

import (
	"bytes"
	"fmt"
	"html/template"
	"io"
	"maps"
	"math"
	"slices"
	"strings"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/plotutil"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/vgsvg"
)

// WritePage writes reports as one HTML page with plots. It holds all it needs:
// the plots are SVG, and nothing is loaded from elsewhere.
func WritePage(w io.Writer, reports []*Report) error {
	var sections []section
	for _, report := range reports {
		var table strings.Builder
		if err := report.WriteTable(&table); err != nil {
			return err
		}
		plots, err := report.plots()
		if err != nil {
			return fmt.Errorf("plot %s: %w", report.Scenario, err)
		}
		sections = append(sections, section{Report: report, Table: table.String(), Plots: plots})
	}
	return page.Execute(w, sections)
}

// section is one report on the page.
type section struct {
	*Report
	Table string
	Plots []template.HTML
}

var page = template.Must(template.New("page").Parse(`<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>roombench</title>
<style>
body { font-family: sans-serif; margin: 2em auto; max-width: 80em; padding: 0 1em }
pre { overflow-x: auto }
svg { max-width: 100%; height: auto }
</style>
<h1>roombench</h1>
<p>Ratios to the first target of the same round mean something; figures of other machines or runs don't compare.
Plots show the median of the rounds at each place.</p>
<ul>
{{range .}}<li><a href="#{{.Scenario}}">{{.Scenario}}</a></li>
{{end}}</ul>
{{range .}}<h2 id="{{.Scenario}}">{{.Scenario}}</h2>
<p>{{.StartedAt.Format "2006-01-02 15:04 UTC"}}</p>
<pre>{{.Table}}</pre>
{{range .Plots}}{{.}}
{{end}}{{end}}</html>
`))

// plots are the latency distribution and the scenario's curves, a line a
// target in each.
func (r *Report) plots() ([]template.HTML, error) {
	var drawn []*plot.Plot
	distribution := newPlot()
	distribution.Title.Text = "latency"
	distribution.X.Label.Text = "percentile"
	distribution.Y.Label.Text = "ms"
	distribution.X.Tick.Marker = plot.ConstantTicks(percentileTicks())
	quantiles := func(result Result) []Point { return ninesOf(result.Quantiles) }
	if drew, err := r.addLines(distribution, quantiles); err != nil {
		return nil, err
	} else if drew {
		drawn = append(drawn, distribution)
	}
	for at, curve := range r.Results[0].Curves {
		p := newPlot()
		p.X.Min = 0
		p.Title.Text, p.X.Label.Text, p.Y.Label.Text = curve.Title, curve.X, curve.Y
		_, err := r.addLines(p, func(result Result) []Point {
			if at >= len(result.Curves) {
				return nil
			}
			return result.Curves[at].Points
		})
		if err != nil {
			return nil, err
		}
		drawn = append(drawn, p)
	}
	var plots []template.HTML
	for _, p := range drawn {
		svg, err := svgOf(p)
		if err != nil {
			return nil, err
		}
		plots = append(plots, svg)
	}
	return plots, nil
}

// newPlot has its origin at 0, so that no difference looks larger than it is.
func newPlot() *plot.Plot {
	p := plot.New()
	p.Y.Min = 0
	return p
}

// addLines adds a line for each target that has any of these points.
func (r *Report) addLines(p *plot.Plot, of func(Result) []Point) (any bool, err error) {
	for i, target := range r.targets() {
		var rounds [][]Point
		for _, result := range r.Results {
			if result.Target == target {
				rounds = append(rounds, of(result))
			}
		}
		points := medianPoints(rounds)
		if len(points) == 0 {
			continue
		}
		any = true
		if err := addLine(p, i, target, points); err != nil {
			return any, err
		}
	}
	return any, nil
}

// medianPoints is the median of the rounds at each place that any of them
// reached.
func medianPoints(rounds [][]Point) []Point {
	at := make(map[float64][]float64)
	for _, points := range rounds {
		for _, point := range points {
			at[point.X] = append(at[point.X], point.Y)
		}
	}
	var medians []Point
	for _, x := range slices.Sorted(maps.Keys(at)) {
		medians = append(medians, Point{x, median(at[x])})
	}
	return medians
}

func addLine(p *plot.Plot, index int, name string, points []Point) error {
	line, dots, err := plotter.NewLinePoints(xys(points))
	if err != nil {
		return err
	}
	// Not by their colours alone: not everybody tells red from green.
	line.Color, dots.Color = plotutil.Color(index), plotutil.Color(index)
	line.Dashes, dots.Shape = plotutil.Dashes(index), plotutil.Shape(index)
	p.Add(line, dots)
	p.Legend.Add(name, line, dots)
	p.Legend.Top, p.Legend.Left = true, true
	return nil
}

func xys(points []Point) plotter.XYs {
	out := make(plotter.XYs, len(points))
	for i, point := range points {
		out[i] = plotter.XY(point)
	}
	return out
}

// nines stretches the tail: 90 is 1, 99 is 2, 99.9 is 3.
func nines(percentile float64) float64 { return -math.Log10(1 - percentile/100) }

// ninesOf leaves out 100, which is infinitely far.
func ninesOf(quantiles []Point) []Point {
	var points []Point
	for _, q := range quantiles {
		if q.X < 100 {
			points = append(points, Point{nines(q.X), q.Y})
		}
	}
	return points
}

func percentileTicks() []plot.Tick {
	var ticks []plot.Tick
	for _, percentile := range []float64{0, 50, 90, 99, 99.9, 99.99} {
		ticks = append(ticks, plot.Tick{Value: nines(percentile), Label: fmt.Sprint(percentile)})
	}
	return ticks
}

// svgOf is the plot as an element of a page, without the file's own header.
func svgOf(p *plot.Plot) (template.HTML, error) {
	canvas := vgsvg.New(16*vg.Centimeter, 10*vg.Centimeter)
	// The last label of an axis stands half beyond its end.
	p.Draw(draw.Crop(draw.New(canvas), 0, -vg.Centimeter, 0, -vg.Millimeter))
	var file bytes.Buffer
	if _, err := canvas.WriteTo(&file); err != nil {
		return "", err
	}
	_, element, found := strings.Cut(file.String(), "<svg")
	if !found {
		return "", fmt.Errorf("no svg in %.40q", file.String())
	}
	return template.HTML("<svg" + element), nil // the library escapes the names in it
}
