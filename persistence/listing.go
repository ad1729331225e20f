package persistence

// listKeys is Keys for a store.
func listKeys(s Store, prefix string, fn func(key string, summary []byte) error) error {
	for from := prefix; ; {
		keys, err := s.KeysFrom(prefix, from, KeysPageMax)
		if err != nil {
			return err
		}
		for _, k := range keys {
			if err := fn(k.Key, k.Summary); err != nil {
				return err
			}
		}
		if len(keys) < KeysPageMax {
			return nil
		}
		from = keys[len(keys)-1].Key + "\x00" // what comes next to it in the order of bytes
	}
}

// keysLimit returns the limit of a page of keys.
func keysLimit(limit int) int {
	if limit < 1 || limit > KeysPageMax {
		return KeysPageMax
	}
	return limit
}

// checkSummaries refuses what no store returns the summaries of at once.
func checkSummaries(keys []string) error {
	if n := len(keys); n > SummariesMax {
		return tooLarge("number of keys whose summaries are wanted", n, SummariesMax)
	}
	return nil
}
