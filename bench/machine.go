package bench

import (
	"fmt"
	"os"
	"runtime"
	"strings"
)

// Machine is what the client, and a server that it started, ran on.
type Machine struct {
	OS     string `json:"os"`
	Arch   string `json:"arch"`
	CPUs   int    `json:"cpus"`
	Go     string `json:"go"`
	CPU    string `json:"cpu,omitempty"`    // its model, where Linux tells
	Kernel string `json:"kernel,omitempty"` // its release, where Linux tells
	// LoadBefore is how many threads wanted to run in the minute before the
	// first round, where Linux tells: a machine with other work to do measures
	// that too.
	LoadBefore string `json:"loadBefore,omitempty"`
}

func thisMachine() Machine {
	m := Machine{OS: runtime.GOOS, Arch: runtime.GOARCH, CPUs: runtime.NumCPU(), Go: runtime.Version()}
	m.Kernel = firstField(readProc("/proc/sys/kernel/osrelease"))
	m.LoadBefore = firstField(readProc("/proc/loadavg"))
	for line := range strings.Lines(readProc("/proc/cpuinfo")) {
		if name, value, ok := strings.Cut(line, ":"); ok && strings.TrimSpace(name) == "model name" {
			m.CPU = strings.TrimSpace(value)
			break
		}
	}
	return m
}

// String is the machine in one line.
func (m Machine) String() string {
	line := fmt.Sprintf("%s/%s, %d CPUs", m.OS, m.Arch, m.CPUs)
	if m.CPU != "" {
		line += " (" + m.CPU + ")"
	}
	if m.Kernel != "" {
		line += ", kernel " + m.Kernel
	}
	line += ", " + m.Go
	if m.LoadBefore != "" {
		line += ", load before " + m.LoadBefore
	}
	return line
}

// readProc is "" where there is no such file.
func readProc(path string) string {
	data, err := os.ReadFile(path)
	if err != nil {
		return ""
	}
	return string(data)
}

func firstField(text string) string {
	if fields := strings.Fields(text); len(fields) > 0 {
		return fields[0]
	}
	return ""
}
