package main

import (
	"net/http"
	"runtime"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"roomd/actors"
	"roomd/actors/room"
	"roomd/gateway"
)

// metrics is what Prometheus is told. What the server counts anyway is read when
// it asks (figures.go); only what needs a distribution is told as it happens. No
// label has a value of a client's choice. Its methods may be called concurrently.
type metrics struct {
	// static after construction
	registry    *prometheus.Registry
	commands    *prometheus.CounterVec
	durations   map[string]prometheus.Observer // by command
	commitTimes prometheus.Histogram           // seconds
	commitSizes prometheus.Histogram           // writes
	commitBytes prometheus.Histogram
	commitFails prometheus.Counter
}

const metricsNamespace = "roomd"

// Buckets, in seconds, writes and bytes. A command that waits for a disk takes
// milliseconds, one that doesn't microseconds.
var (
	durationBuckets = []float64{.0001, .00025, .001, .0025, .01, .025, .1, .25, 1, 2.5, 10}
	writesBuckets   = prometheus.ExponentialBuckets(1, 2, 12)
	bytesBuckets    = prometheus.ExponentialBuckets(256, 4, 9)
)

func newMetrics() *metrics {
	m := &metrics{registry: prometheus.NewRegistry(), durations: map[string]prometheus.Observer{}}
	m.commands = prometheus.NewCounterVec(prometheus.CounterOpts{
		Namespace: metricsNamespace, Name: "commands_total",
		Help: "Commands that were answered, by what they are called and the code of the failure, or ok.",
	}, []string{"command", "code"})
	durations := prometheus.NewHistogramVec(prometheus.HistogramOpts{
		Namespace: metricsNamespace, Name: "command_duration_seconds",
		Help: "Time from reading a command to its reply.", Buckets: durationBuckets,
	}, []string{"command"})
	for _, name := range append(gateway.CommandNames(), gateway.CommandUnknown) {
		m.durations[name] = durations.WithLabelValues(name)
		m.commands.WithLabelValues(name, string(gateway.CodeNone))
	}
	histogram := func(name, help string, buckets []float64) prometheus.Histogram {
		return prometheus.NewHistogram(prometheus.HistogramOpts{
			Namespace: metricsNamespace, Subsystem: "journal", Name: name, Help: help, Buckets: buckets,
		})
	}
	m.commitTimes = histogram("commit_duration_seconds", "Time that a commit took, failed ones too.", durationBuckets)
	m.commitSizes = histogram("commit_writes", "Writes of rooms and accounts in a commit.", writesBuckets)
	m.commitBytes = histogram("commit_bytes", "Bytes in a commit.", bytesBuckets)
	m.commitFails = prometheus.NewCounter(prometheus.CounterOpts{
		Namespace: metricsNamespace, Subsystem: "journal", Name: "commits_failed_total", Help: "Commits that failed.",
	})
	build := prometheus.NewGaugeFunc(prometheus.GaugeOpts{
		Namespace: metricsNamespace, Name: "build_info", Help: "1, with what is running.",
		ConstLabels: prometheus.Labels{"version": version, "revision": revision(), "goversion": runtime.Version()},
	}, func() float64 { return 1 })
	m.registry.MustRegister(m.commands, durations, m.commitTimes, m.commitSizes, m.commitBytes, m.commitFails, build,
		collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}),
		collectors.NewGoCollector(collectors.WithGoCollectorRuntimeMetrics(collectors.MetricsScheduler, collectors.MetricsGC)))
	return m
}

// answered notes a command; see gateway.Config.
func (m *metrics) answered(command string, code room.Code, took time.Duration) {
	m.commands.WithLabelValues(command, string(code)).Inc()
	m.durations[command].Observe(took.Seconds())
}

// committed notes a commit; see actors.Config.
func (m *metrics) committed(c actors.Commit) {
	m.commitTimes.Observe(c.Took.Seconds())
	m.commitSizes.Observe(float64(c.Writes))
	m.commitBytes.Observe(float64(c.Bytes))
	if c.Err != nil {
		m.commitFails.Inc()
	}
}

// handler serves the metrics.
func (m *metrics) handler() http.Handler {
	return promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{
		MaxRequestsInFlight: scrapesMax,
		DisableCompression:  true, // a compressor takes 0.8 MB, the figures 40 KB
	})
}
