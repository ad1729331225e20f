package persistence

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"hash/fnv"
	"io"

	"go.etcd.io/bbolt"
)

// The pages of a bbolt file, as bbolt lays them out in the machine's own byte order: a header of id, kind, count and
// overflow (pages that belong to this one), then count elements, then the keys and values that those point at.
//
// bbolt has a check of its own. It follows what a page says before it knows whether that can be, and a fault there is
// the process's end; damaged files are what this one is for, so it believes nothing.
const (
	pageHeaderBytes = 16
	elementBytes    = 16
	bucketBytes     = 16 // what a value begins with that is a bucket: root page, and the last number it gave

	branchPage = 0x01
	leafPage   = 0x02
	freePage   = 0x10

	freeCountInList = 0xFFFF // as count: the real one is the first number of the list

	bucketElement = 0x01

	pageDepthMax = 64 // no tree of 2^63 entries is deeper
)

// metaPage is the part of bbolt's page 0 or 1 that says where everything is.
type metaPage struct {
	root     uint64 // page
	freelist uint64 // page
	end      uint64 // the first page not in use
}

// The places of its fields in the page.
const (
	metaRootAt     = pageHeaderBytes + 16
	metaFreelistAt = pageHeaderBytes + 32
	metaEndAt      = pageHeaderBytes + 40
	metaTxAt       = pageHeaderBytes + 48
	metaSumAt      = pageHeaderBytes + 56 // FNV-1a of all before it
)

// pageUse is what is known of a page so far.
type pageUse byte

const (
	pageUnknown pageUse = iota
	pageFree
	pageUsed
)

// pageCheck follows every page of a file: each must be what the one that names it says, in the order of keys, and
// used once or free.
type pageCheck struct {
	file      io.ReaderAt
	pageBytes int
	meta      metaPage
	use       []pageUse
	free      int
	found     *problems
}

// newPageCheck begins with what a transaction's state begins with, and with what is free.
func newPageCheck(tx *bbolt.Tx, file io.ReaderAt, found *problems) (*pageCheck, error) {
	c := &pageCheck{file: file, pageBytes: tx.DB().Info().PageSize, found: found}
	if err := c.readMeta(uint64(tx.ID())); err != nil {
		return nil, err
	}
	if pages := uint64(tx.Size()) / uint64(c.pageBytes); pages != c.meta.end {
		return nil, fmt.Errorf("%d pages, of %d: %w", c.meta.end, pages, ErrCorrupt)
	}
	c.use = make([]pageUse, c.meta.end)
	c.use[0], c.use[1] = pageUsed, pageUsed
	return c, c.readFree()
}

// freeBytes is what commits can use before the file has to grow.
func (c *pageCheck) freeBytes(fileBytes int64) int64 {
	return fileBytes - int64(c.meta.end-uint64(c.free))*int64(c.pageBytes)
}

// run checks all pages.
func (c *pageCheck) run() error {
	if err := c.tree(c.meta.root, nil, nil, 0); err != nil {
		return err
	}
	for id, use := range c.use {
		if use == pageUnknown {
			c.found.add("page %d is neither in use nor free", id)
		}
	}
	return nil
}

// readMeta reads both of the pages that make a commit valid, one of which the transaction began with. Without the other
// the store works, but if that was the newer one it has lost a commit.
func (c *pageCheck) readMeta(tx uint64) error {
	begun := false
	for id := range uint64(2) {
		page := make([]byte, c.pageBytes)
		if err := c.read(page, id); err != nil {
			return err
		}
		n := func(at int) uint64 { return binary.NativeEndian.Uint64(page[at:]) }
		sum := fnv.New64a()
		sum.Write(page[pageHeaderBytes:metaSumAt])
		switch {
		case sum.Sum64() != n(metaSumAt):
			c.found.add("page %d is damaged: if it was that of the last commit, that commit is lost", id)
		case n(metaTxAt) == tx:
			begun = true
			c.meta = metaPage{root: n(metaRootAt), freelist: n(metaFreelistAt), end: n(metaEndAt)}
		}
	}
	if !begun {
		return fmt.Errorf("no page begins transaction %d: %w", tx, ErrCorrupt)
	}
	return nil
}

func (c *pageCheck) read(into []byte, id uint64) error {
	if _, err := c.file.ReadAt(into, int64(id)*int64(c.pageBytes)); err != nil {
		return fmt.Errorf("page %d: %w", id, err)
	}
	return nil
}

// page reads a page with those that belong to it, once: nothing comes of one that can't be.
func (c *pageCheck) page(id uint64) ([]byte, error) {
	if id < 2 || id >= c.meta.end {
		c.found.add("page %d is not one of %d", id, c.meta.end)
		return nil, nil
	}
	header := make([]byte, pageHeaderBytes)
	if err := c.read(header, id); err != nil {
		return nil, err
	}
	overflow := uint64(binary.NativeEndian.Uint32(header[12:]))
	if itself := binary.NativeEndian.Uint64(header); itself != id {
		c.found.add("page %d says that it is page %d", id, itself)
		return nil, nil
	}
	if id+overflow >= c.meta.end {
		c.found.add("page %d has %d more of %d", id, overflow, c.meta.end)
		return nil, nil
	}
	for i := id; i <= id+overflow; i++ {
		if c.use[i] != pageUnknown {
			c.found.add("page %d is in use twice, or free and in use", i)
			return nil, nil
		}
		c.use[i] = pageUsed
	}
	page := make([]byte, int(1+overflow)*c.pageBytes)
	return page, c.read(page, id)
}

// readFree reads the list of free pages.
func (c *pageCheck) readFree() error {
	page, err := c.page(c.meta.freelist)
	if page == nil || err != nil {
		return err
	}
	kind, count := pageKind(page)
	list := page[pageHeaderBytes:]
	if kind != freePage {
		c.found.add("page %d is no list of free pages", c.meta.freelist)
		return nil
	}
	if count == freeCountInList {
		count, list = int(min(binary.NativeEndian.Uint64(list), c.meta.end+1)), list[8:]
	}
	if count > len(list)/8 {
		c.found.add("page %d can't list %d free pages", c.meta.freelist, count)
		return nil
	}
	for i := range count {
		id := binary.NativeEndian.Uint64(list[i*8:])
		if id < 2 || id >= c.meta.end || c.use[id] != pageUnknown {
			c.found.add("page %d can't be free", id)
			continue
		}
		c.use[id] = pageFree
		c.free++
	}
	return nil
}

// tree checks a page and all below it, whose keys are from low on and below high; nil: no bound.
func (c *pageCheck) tree(id uint64, low, high []byte, depth int) error {
	if depth > pageDepthMax {
		c.found.add("page %d is too deep", id)
		return nil
	}
	page, err := c.page(id)
	if page == nil || err != nil {
		return err
	}
	elements, ok := c.elements(page, fmt.Sprintf("page %d", id), low, high)
	if !ok {
		return nil
	}
	for i, e := range elements {
		switch {
		case e.child != 0:
			next := high
			if i+1 < len(elements) {
				next = elements[i+1].key
			}
			err = c.tree(e.child, e.key, next, depth+1)
		case e.isBucket:
			err = c.bucket(e.key, e.value, depth+1)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// bucket checks a bucket: a page of its own, or one within the value if it is small.
func (c *pageCheck) bucket(name, value []byte, depth int) error {
	if len(value) < bucketBytes {
		c.found.add("bucket %q has %d bytes", name, len(value))
		return nil
	}
	if root := binary.NativeEndian.Uint64(value); root != 0 {
		return c.tree(root, nil, nil, depth)
	}
	if page := value[bucketBytes:]; len(page) < pageHeaderBytes {
		c.found.add("bucket %q has %d bytes", name, len(value))
	} else {
		c.elements(page, fmt.Sprintf("bucket %q", name), nil, nil)
	}
	return nil
}

func pageKind(page []byte) (kind, count int) {
	return int(binary.NativeEndian.Uint16(page[8:])), int(binary.NativeEndian.Uint16(page[10:]))
}

// element is an entry of a page, or what names another page.
type element struct {
	key, value []byte
	child      uint64 // page, 0: it is an entry
	isBucket   bool
}

// elements returns those of a page, unless something is wrong with them.
func (c *pageCheck) elements(page []byte, where string, low, high []byte) ([]element, bool) {
	kind, count := pageKind(page)
	if kind != leafPage && (kind != branchPage || count == 0) || pageHeaderBytes+count*elementBytes > len(page) {
		c.found.add("%s is of kind %#x with %d elements", where, kind, count)
		return nil, false
	}
	elements := make([]element, count)
	for i := range elements {
		at := pageHeaderBytes + i*elementBytes
		e, ok := readElement(page[at:], kind)
		if !ok {
			c.found.add("%s: element %d is beyond its end", where, i)
			return nil, false
		}
		if low != nil && bytes.Compare(e.key, low) < 0 || i > 0 && bytes.Equal(e.key, low) || high != nil && bytes.Compare(e.key, high) >= 0 {
			c.found.add("%s: element %d is out of order", where, i)
			return nil, false
		}
		elements[i], low = e, e.key
	}
	return elements, true
}

// readElement reads the element that a part of a page begins with, and says whether it lies within.
func readElement(b []byte, kind int) (element, bool) {
	n := func(at int) uint64 { return uint64(binary.NativeEndian.Uint32(b[at:])) }
	if kind == branchPage { // place and length of the key, page
		from, to := n(0), n(0)+n(4)
		if to > uint64(len(b)) {
			return element{}, false
		}
		return element{key: b[from:to], child: binary.NativeEndian.Uint64(b[8:])}, true
	}
	from, key, value := n(4), n(8), n(12) // flags, place, length of the key, of the value
	if from+key+value > uint64(len(b)) {
		return element{}, false
	}
	return element{key: b[from : from+key], value: b[from+key : from+key+value], isBucket: n(0)&bucketElement != 0}, true
}
