package persistence

// listed is a key as Keys passes it on.
type listed struct {
	key     string
	summary []byte
}

// listKeys is Keys for a store that reads pages of keysPageMax keys with the prefix, from a key on.
func listKeys(prefix string, fn func(key string, summary []byte) error, page func(from string) ([]listed, error)) error {
	for from := prefix; ; {
		keys, err := page(from)
		if err != nil {
			return err
		}
		for _, k := range keys {
			if err := fn(k.key, k.summary); err != nil {
				return err
			}
		}
		if len(keys) < keysPageMax {
			return nil
		}
		from = keys[len(keys)-1].key + "\x00" // what comes next to it in the order of bytes
	}
}
