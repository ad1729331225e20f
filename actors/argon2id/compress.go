package argon2id

// One goroutine works here, in memory of its own, so there is no race to look for; looking
// for one would take six times as long.

// compress is G (RFC 9106, 3.5): out becomes the mixture of x and y, or is XORed with
// it. They may be the same blocks.
//
//go:norace
func compress(out, x, y *block, xor bool) {
	var r, q block
	for i := range r {
		r[i] = x[i] ^ y[i]
	}
	q = r
	for i := 0; i < words; i += 16 { // each row
		permute((*[16]uint64)(q[i:]))
	}
	for i := 0; i < words/8; i += 2 { // each column
		column := q[i:]
		_ = column[113]
		v := [16]uint64{
			column[0], column[1], column[16], column[17], column[32], column[33], column[48], column[49],
			column[64], column[65], column[80], column[81], column[96], column[97], column[112], column[113],
		}
		permute(&v)
		column[0], column[1], column[16], column[17], column[32], column[33], column[48], column[49] = v[0], v[1], v[2], v[3], v[4], v[5], v[6], v[7]
		column[64], column[65], column[80], column[81], column[96], column[97], column[112], column[113] = v[8], v[9], v[10], v[11], v[12], v[13], v[14], v[15]
	}
	if xor {
		for i := range out {
			out[i] ^= q[i] ^ r[i]
		}
		return
	}
	for i := range out {
		out[i] = q[i] ^ r[i]
	}
}

// permute is P (3.6).
//
//go:norace
func permute(v *[16]uint64) {
	v0, v1, v2, v3, v4, v5, v6, v7 := v[0], v[1], v[2], v[3], v[4], v[5], v[6], v[7]
	v8, v9, v10, v11, v12, v13, v14, v15 := v[8], v[9], v[10], v[11], v[12], v[13], v[14], v[15]

	v0, v4, v8, v12 = mix1(v0, v4, v8, v12)
	v0, v4, v8, v12 = mix2(v0, v4, v8, v12)
	v1, v5, v9, v13 = mix1(v1, v5, v9, v13)
	v1, v5, v9, v13 = mix2(v1, v5, v9, v13)
	v2, v6, v10, v14 = mix1(v2, v6, v10, v14)
	v2, v6, v10, v14 = mix2(v2, v6, v10, v14)
	v3, v7, v11, v15 = mix1(v3, v7, v11, v15)
	v3, v7, v11, v15 = mix2(v3, v7, v11, v15)

	v0, v5, v10, v15 = mix1(v0, v5, v10, v15)
	v0, v5, v10, v15 = mix2(v0, v5, v10, v15)
	v1, v6, v11, v12 = mix1(v1, v6, v11, v12)
	v1, v6, v11, v12 = mix2(v1, v6, v11, v12)
	v2, v7, v8, v13 = mix1(v2, v7, v8, v13)
	v2, v7, v8, v13 = mix2(v2, v7, v8, v13)
	v3, v4, v9, v14 = mix1(v3, v4, v9, v14)
	v3, v4, v9, v14 = mix2(v3, v4, v9, v14)

	v[0], v[1], v[2], v[3], v[4], v[5], v[6], v[7] = v0, v1, v2, v3, v4, v5, v6, v7
	v[8], v[9], v[10], v[11], v[12], v[13], v[14], v[15] = v8, v9, v10, v11, v12, v13, v14, v15
}

// mix1 and mix2 are the halves of GB (3.6): the compiler puts what is so small in the
// place of its calls.
//
//go:norace
func mix1(a, b, c, d uint64) (_, _, _, _ uint64) {
	a += b + 2*uint64(uint32(a))*uint64(uint32(b))
	d ^= a
	d = d>>32 | d<<32
	c += d + 2*uint64(uint32(c))*uint64(uint32(d))
	b ^= c
	return a, b>>24 | b<<40, c, d
}

//go:norace
func mix2(a, b, c, d uint64) (_, _, _, _ uint64) {
	a += b + 2*uint64(uint32(a))*uint64(uint32(b))
	d ^= a
	d = d>>16 | d<<48
	c += d + 2*uint64(uint32(c))*uint64(uint32(d))
	b ^= c
	return a, b>>63 | b<<1, c, d
}
