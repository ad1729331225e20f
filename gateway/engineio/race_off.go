//go:build !race && linux

package engineio

const raceDetector = false
