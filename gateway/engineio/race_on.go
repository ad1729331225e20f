//go:build race && linux

package engineio

// raceDetector: who reads what another wrote to a socket comes behind it in time,
// which the detector knows of ordinary system calls only.
const raceDetector = true
