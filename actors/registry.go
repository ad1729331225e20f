package actors

import cmap "github.com/orcaman/concurrent-map"

// The actor library keeps its actors in 1,024 maps, each of which it makes of 32
// more: after some 100,000 actors have come and gone all of these have had one, and
// what they hold on to for ever is 12 MB, more than 10,000 idle connections' worth
// of a KB each. A thousand maps are enough for any number of processors.
func init() { cmap.SHARD_COUNT = 1 }
