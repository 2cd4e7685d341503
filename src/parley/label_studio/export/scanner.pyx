# cython: language_level=3, boundscheck=False, wraparound=False
"""An annotation's regions, taken from JSON straight into columns: compiled, for an export is made of them.

Only an annotation without surprises is taken, and then the whole of it: each span has one label that the
ontology knows, an id of its own, and offsets in code points at which the text is what it quotes; each
relation has known labels and joins two of the spans; no key, span or relation stands there twice. Any other
is left as it is to `parley.label_studio.export.results`, which looks at each region and names what is wrong with
it. So there is one judge of what is refused, and what is taken here that judge would have taken too.

The JSON is expected to be sound, as msgspec leaves it in a `Raw`. Where it is not, the annotation is left;
nothing past its end is read.
"""

from cpython cimport array
from cpython.buffer cimport PyBUF_SIMPLE, PyBuffer_Release, PyObject_GetBuffer
from cpython.bytearray cimport PyByteArray_AS_STRING, PyByteArray_GET_SIZE, PyByteArray_Resize
from libc.limits cimport INT_MAX
from libc.stdlib cimport free, realloc
from libc.string cimport memcmp, memcpy, memset

import array

cdef extern from "Python.h":
    const char* PyUnicode_AsUTF8AndSize(object text, Py_ssize_t* size) except NULL

ctypedef const unsigned char* Place  # in the JSON; NULL where something is not plain

cdef enum:
    NONE = -1
    MOST_DIGITS = 9  # of an offset: so many have room in an int

cdef enum Direction:
    RIGHT
    LEFT
    BOTH

cdef struct Words:  # a string as it stands between its quotes; at NULL none is given
    Place at
    int size
    bint escaped
    bint ascii

cdef struct Region:
    Place begin
    Place end
    bint has_value
    Words id
    Words type
    Words from_name
    Words from_id
    Words to_id
    Words direction
    Place labels
    int start  # this and the following of its value
    int stop
    Words text
    Place value_labels
    bint has_more  # a text of lines, choices or a taxonomy

cdef struct Triple:  # label, start and end of a span; or label, head and tail of a relation
    int label
    int begin
    int end

cdef struct Span:
    Triple what  # first: `differ` looks for it there
    Words id

cdef struct Arc:
    Words from_id
    Words to_id
    Place labels
    Direction direction


# ---- JSON ------------------------------------------------------------------------------------------------

cdef inline Place blank(Place at, Place end) noexcept nogil:
    """Return the next place that is not white space, or the end."""
    while at < end and (at[0] == c" " or at[0] == c"\n" or at[0] == c"\r" or at[0] == c"\t"):
        at += 1
    return at


cdef inline Place string(Place at, Place end, Words* found) noexcept nogil:
    """Read a string; return the place behind it. One with a control character is not plain."""
    cdef bint escaped = False, ascii = True
    if at >= end or at[0] != c'"':
        return NULL
    at += 1
    found.at = at
    while at < end and at[0] != c'"':
        if at[0] == c"\\":
            escaped = True
            at += 1
            if at == end:
                return NULL
        elif at[0] < 0x20:
            return NULL
        elif at[0] >= 0x80:
            ascii = False
        at += 1
    if at >= end or at - found.at > INT_MAX:
        return NULL
    found.size = <int> (at - found.at)
    found.escaped, found.ascii = escaped, ascii
    return at + 1


cdef inline Place name(Place at, Place end, Words* found) noexcept nogil:
    """Read a string of ASCII without an escape, as ids and names are; else it is not plain."""
    if found.at != NULL:  # twice
        return NULL
    at = string(at, end, found)
    if at == NULL or found.escaped or not found.ascii:
        return NULL
    return at


cdef inline Place number(Place at, Place end, int* found) noexcept nogil:
    """Read a whole number that is not below 0 and has few digits."""
    cdef Place begin = at
    cdef int value = 0
    if found[0] != NONE:  # twice
        return NULL
    while at < end and c"0" <= at[0] <= c"9":
        if at - begin == MOST_DIGITS:
            return NULL
        value = 10 * value + (at[0] - c"0")
        at += 1
    if at == begin or at >= end or at[0] == c"." or at[0] == c"e" or at[0] == c"E":
        return NULL
    found[0] = value
    return at


cdef Place skipped(Place at, Place end) noexcept nogil:
    """Return the place behind a value of any kind."""
    cdef int depth = 0
    cdef Words inside
    while at < end:
        if at[0] == c'"':
            at = string(at, end, &inside)
            if at == NULL:
                return NULL
        elif at[0] == c"{" or at[0] == c"[":
            depth += 1
            at += 1
        elif at[0] == c"}" or at[0] == c"]":
            if depth == 0:
                return NULL
            depth -= 1
            at += 1
        else:  # of a number, a word, a comma, a colon or white space
            at += 1
            if depth == 0:
                while at < end and at[0] != c"," and at[0] != c"}" and at[0] != c"]" and at[0] > c" ":
                    at += 1
        if depth == 0:
            return at
    return NULL


cdef inline Place key(Place at, Place end, Words* found) noexcept nogil:
    """Read a key of an object; return the place of its value. One with an escape is not plain."""
    at = string(blank(at, end), end, found)
    if at == NULL or found.escaped:
        return NULL
    at = blank(at, end)
    if at >= end or at[0] != c":":
        return NULL
    return blank(at + 1, end)


cdef inline Place behind(Place at, Place end, unsigned char close, bint* more) noexcept nogil:
    """Return the place behind the comma or the bracket that follows a value; say whether it is a comma."""
    at = blank(at, end)
    if at >= end:
        return NULL
    more[0] = at[0] == c","
    return at + 1 if more[0] or at[0] == close else NULL


cdef inline bint alike(Words one, Words two) noexcept nogil:
    return one.size == two.size and memcmp(one.at, two.at, one.size) == 0


cdef inline bint same(Words words, const char* other, int size) noexcept nogil:
    return words.size == size and memcmp(words.at, other, size) == 0


cdef int hexadecimal(Place at, Place end) noexcept nogil:
    """Return what four digits say, or NONE."""
    cdef int value = 0, place, digit
    if end - at < 4:
        return NONE
    for place in range(4):
        digit = at[place]
        if c"0" <= digit <= c"9":
            digit -= c"0"
        elif c"a" <= digit <= c"f":
            digit -= c"a" - 10
        elif c"A" <= digit <= c"F":
            digit -= c"A" - 10
        else:
            return NONE
        value = 16 * value + digit
    return value


cdef int unescaped(Words words, unsigned char* out) noexcept nogil:
    """Write a string without its escapes, in UTF-8; return its bytes or NONE. It never becomes longer."""
    cdef Place at = words.at, end = words.at + words.size
    cdef unsigned char* begin = out
    cdef int char, low
    while at < end:
        if at[0] != c"\\":
            out[0] = at[0]
            out += 1
            at += 1
            continue
        at += 1
        if at >= end:
            return NONE
        char = at[0]
        at += 1
        if char == c"n":
            char = c"\n"
        elif char == c"t":
            char = c"\t"
        elif char == c"r":
            char = c"\r"
        elif char == c"b":
            char = 8
        elif char == c"f":
            char = 12
        elif char == c"u":
            char = hexadecimal(at, end)
            if char < 0 or 0xDC00 <= char < 0xE000:
                return NONE
            at += 4
            if 0xD800 <= char < 0xDC00:  # the first half of a character
                if end - at < 6 or at[0] != c"\\" or at[1] != c"u":
                    return NONE
                low = hexadecimal(at + 2, end)
                if not 0xDC00 <= low < 0xE000:
                    return NONE
                at += 6
                char = 0x10000 + ((char - 0xD800) << 10) + (low - 0xDC00)
        elif char != c'"' and char != c"\\" and char != c"/":
            return NONE
        if char < 0x80:
            out[0] = char
            out += 1
        elif char < 0x800:
            out[0], out[1] = 0xC0 | (char >> 6), 0x80 | (char & 0x3F)
            out += 2
        elif char < 0x10000:
            out[0], out[1] = 0xE0 | (char >> 12), 0x80 | (char >> 6 & 0x3F)
            out[2] = 0x80 | (char & 0x3F)
            out += 3
        else:
            out[0], out[1] = 0xF0 | (char >> 18), 0x80 | (char >> 12 & 0x3F)
            out[2], out[3] = 0x80 | (char >> 6 & 0x3F), 0x80 | (char & 0x3F)
            out += 4
    return <int> (out - begin)


# ---- regions ---------------------------------------------------------------------------------------------

cdef Place value(Place at, Place end, Region* region) noexcept nogil:
    """Read what a region says; return the place behind it."""
    cdef Words word
    cdef bint more = True
    if region.has_value or at >= end or at[0] != c"{":
        return NULL
    region.has_value = True
    at = blank(at + 1, end)
    if at < end and at[0] == c"}":
        return at + 1
    while more:
        at = key(at, end, &word)
        if at == NULL:
            return NULL
        if same(word, b"start", 5):
            at = number(at, end, &region.start)
        elif same(word, b"end", 3):
            at = number(at, end, &region.stop)
        elif same(word, b"text", 4) and at < end and at[0] == c'"':
            if region.text.at != NULL:
                return NULL
            at = string(at, end, &region.text)
        elif same(word, b"labels", 6):
            if region.value_labels != NULL:
                return NULL
            region.value_labels = at
            at = skipped(at, end)
        else:
            if same(word, b"text", 4) or same(word, b"choices", 7) or same(word, b"taxonomy", 8):
                region.has_more = True
            at = skipped(at, end)
        if at == NULL:
            return NULL
        at = behind(at, end, c"}", &more)
        if at == NULL:
            return NULL
    return at


cdef Place one_region(Place at, Place end, Region* region) noexcept nogil:
    """Read a region; return the place behind it."""
    cdef Words word
    cdef bint more = True
    memset(region, 0, sizeof(Region))
    region.start = region.stop = NONE
    region.begin = at
    if at >= end or at[0] != c"{":
        return NULL
    at += 1
    while more:
        at = key(at, end, &word)
        if at == NULL:
            return NULL
        if same(word, b"value", 5):
            at = value(at, end, region)
        elif same(word, b"id", 2):
            at = name(at, end, &region.id)
        elif same(word, b"type", 4):
            at = name(at, end, &region.type)
        elif same(word, b"from_name", 9):
            at = name(at, end, &region.from_name)
        elif same(word, b"from_id", 7):
            at = name(at, end, &region.from_id)
        elif same(word, b"to_id", 5):
            at = name(at, end, &region.to_id)
        elif same(word, b"direction", 9):
            at = name(at, end, &region.direction)
        elif same(word, b"labels", 6):
            if region.labels != NULL:
                return NULL
            region.labels = at
            at = skipped(at, end)
        else:
            at = skipped(at, end)
        if at == NULL:
            return NULL
        at = behind(at, end, c"}", &more)
        if at == NULL:
            return NULL
    region.end = at
    return at


cdef inline Place known(Place at, Place end, Words* names, int count, int* found) noexcept nogil:
    """Read one of some names; return the place behind it."""
    cdef Words label
    cdef int place
    at = string(blank(at, end), end, &label)
    if at == NULL or label.escaped:
        return NULL
    for place in range(count):
        if alike(names[place], label):
            found[0] = place
            return at
    return NULL


cdef inline int only(Place at, Place end, Words* names, int count) noexcept nogil:
    """Return which of some names a list holds and no other, or NONE."""
    cdef int found
    cdef bint more
    if at == NULL or at[0] != c"[":
        return NONE
    at = known(at + 1, end, names, count, &found)
    if at == NULL or behind(at, end, c"]", &more) == NULL or more:
        return NONE
    return found


# ---- what stands twice, and where ------------------------------------------------------------------------

cdef inline unsigned int mixed(unsigned int one, unsigned int two, unsigned int three) noexcept nogil:
    """Return a hash of three numbers."""
    cdef unsigned int value = one * 0x9E3779B1u
    value = (value ^ (value >> 15) ^ two) * 0x85EBCA77u
    value = (value ^ (value >> 13) ^ three) * 0xC2B2AE3Du
    return value ^ (value >> 16)


cdef inline unsigned int hash_of(Words words) noexcept nogil:
    """Return a hash of a string: FNV-1a (http://www.isthe.com/chongo/tech/comp/fnv/)."""
    cdef unsigned int value = 2166136261u
    cdef int place
    for place in range(words.size):
        value = (value ^ words.at[place]) * 16777619u
    return value ^ (value >> 15)


cdef class _Room:
    """Memory that grows and is kept for the next annotation."""

    cdef void* at
    cdef size_t size

    def __dealloc__(self):
        free(self.at)

    cdef void* of(self, size_t size) except NULL:
        """Return room for so many bytes, with what stood there."""
        cdef void* larger
        if self.at == NULL or size > self.size:
            size += size // 2 + 1024
            larger = realloc(self.at, size)
            if larger == NULL:
                raise MemoryError(f"no room for {size} bytes of an annotation")
            self.at, self.size = larger, size
        return self.at


cdef class Scanner:
    """Takes annotations over into the columns of a batch.

    span_labels, relation_labels: the ontology's; in the columns a label is its place there. symmetric:
    whether each relation label is. control: the name of the control that gives a span its label.
    """

    cdef tuple names  # hold the bytes of the following three
    cdef Words control
    cdef _Room span_names, relation_names
    cdef int span_labels, relation_labels  # how many
    cdef array.array symmetric, ranks
    cdef object text  # holds the bytes of `utf8`
    cdef Place utf8
    cdef int length  # of the text, code points; NONE: more than an int holds
    cdef bint single  # each of them is a byte
    cdef _Room first_bytes, span_room, arc_room, relation_room, table, surface
    cdef int spans, arcs, relations  # how many were read last
    cdef unsigned int mask  # of a hash, for a place in the table

    def __init__(self, span_labels, relation_labels, symmetric, control):
        cdef bytes controls = control.encode()
        cdef tuple spans = tuple([label.encode() for label in span_labels])
        cdef tuple relations = tuple([label.encode() for label in relation_labels])
        self.names = (controls, spans, relations)
        self.control = Words(<Place> <char*> controls, <int> len(controls), False, True)
        self.span_names, self.relation_names = _words(spans), _words(relations)
        self.span_labels, self.relation_labels = <int> len(spans), <int> len(relations)
        self.symmetric = array.array("i", symmetric)
        ordered = sorted(span_labels)
        self.ranks = array.array("i", [ordered.index(label) for label in span_labels])
        self.first_bytes, self.span_room, self.arc_room = _Room(), _Room(), _Room()
        self.relation_room, self.table, self.surface = _Room(), _Room(), _Room()
        self.open("")

    def open(self, str text not None):
        """Turn to a text; its annotations follow. Of one of 2 GiB or more, none is plain."""
        cdef Py_ssize_t size
        cdef int byte, place = 0
        cdef int* first_bytes
        cdef Place utf8 = <Place> PyUnicode_AsUTF8AndSize(text, &size)
        self.text, self.utf8, self.length = text, utf8, NONE
        if size >= INT_MAX:
            return
        self.length = <int> len(text)
        self.single = size == self.length
        if self.single:
            return
        first_bytes = <int*> self.first_bytes.of((<size_t> self.length + 1) * sizeof(int))
        for byte in range(<int> size):
            if utf8[byte] & 0xC0 != 0x80:
                first_bytes[place] = byte
                place += 1
        first_bytes[place] = <int> size

    def take(self, result, found):
        """Append an annotation's spans and relations to the columns of `found`, all or none.

        result: its regions in JSON. found: `parley.label_studio.export.findings.Findings`. Returns the JSON of each
        region that is neither, and, if there is one, the rows of the spans by region id; or None where the
        annotation is not plain.
        """
        cdef Py_buffer view
        cdef list others = []
        cdef dict rows = {}
        cdef int row, first = <int> len(found.labels)
        cdef Span* spans
        if self.length == NONE:
            return None
        PyObject_GetBuffer(result, &view, PyBUF_SIMPLE)
        try:
            if not self.read(<Place> view.buf, <Place> view.buf + view.len, first, others):
                return None
            if others:
                spans = <Span*> self.span_room.at
                for row in range(self.spans):
                    rows[spans[row].id.at[: spans[row].id.size].decode("ascii")] = first + row
        finally:
            PyBuffer_Release(&view)
        self.put(found)
        return others, rows

    cdef bint read(self, Place at, Place end, int first, list others) except -1:
        """Keep an annotation's spans and relations; say whether it is plain. first: row of its first span."""
        cdef Region region
        cdef bint more = True
        self.spans = self.arcs = self.relations = 0
        at = blank(at, end)
        if at >= end or at[0] != c"[":
            return False
        at = blank(at + 1, end)
        if at < end and at[0] == c"]":
            at += 1
            more = False
        while more:
            at = one_region(blank(at, end), end, &region)
            if at == NULL:
                return False
            if not region.has_value:
                if not self.keep_arc(&region):
                    return False
            elif region.from_name.at != NULL and alike(region.from_name, self.control):
                if not self.keep_span(&region, end):
                    return False
            else:
                others.append(region.begin[: region.end - region.begin])
            at = behind(at, end, c"]", &more)
            if at == NULL:
                return False
        if blank(at, end) != end or not self.differ(<char*> self.span_room.at, sizeof(Span), self.spans):
            return False
        # the table of ids stands until the next is laid: by it `join` finds the ends of relations
        if not self.ids_differ() or not self.join(first, end):
            return False
        return self.differ(<char*> self.relation_room.at, sizeof(Triple), self.relations)

    cdef bint keep_span(self, Region* region, Place end) except -1:
        """Keep a span; say whether it is plain."""
        cdef Span* span
        cdef Place surface = region.text.at
        cdef int size = region.text.size
        cdef int label, byte
        if region.id.size == 0 or surface == NULL or region.has_more:
            return False
        if region.labels != NULL or region.from_id.at != NULL or region.to_id.at != NULL:
            return False
        if not 0 <= region.start < region.stop <= self.length:
            return False
        label = only(region.value_labels, end, <Words*> self.span_names.at, self.span_labels)
        if label == NONE:
            return False
        if region.text.escaped:
            surface = <Place> self.surface.of(size)
            size = unescaped(region.text, <unsigned char*> surface)
        byte = self.byte(region.start)
        if size != self.byte(region.stop) - byte or memcmp(self.utf8 + byte, surface, size) != 0:
            return False
        span = <Span*> self.span_room.of((<size_t> self.spans + 1) * sizeof(Span)) + self.spans
        span.id, span.what = region.id, Triple(label, region.start, region.stop)
        self.spans += 1
        return True

    cdef bint keep_arc(self, Region* region) except -1:
        """Keep a region without a value; say whether it is a plain relation, as far as it tells by itself."""
        cdef Arc* arc
        if not same(region.type, b"relation", 8) or region.labels == NULL:
            return False
        if region.from_id.at == NULL or region.to_id.at == NULL:
            return False
        arc = <Arc*> self.arc_room.of((<size_t> self.arcs + 1) * sizeof(Arc)) + self.arcs
        if region.direction.at == NULL or same(region.direction, b"right", 5):
            arc.direction = RIGHT
        elif same(region.direction, b"left", 4):
            arc.direction = LEFT
        elif same(region.direction, b"bi", 2):
            arc.direction = BOTH
        else:
            return False
        arc.from_id, arc.to_id, arc.labels = region.from_id, region.to_id, region.labels
        self.arcs += 1
        return True

    cdef bint join(self, int first, Place end) except -1:
        """Make relations of the arcs; say whether each joins two spans, is known, and is clearly directed."""
        cdef Arc* arcs = <Arc*> self.arc_room.at
        cdef Triple* relation
        cdef int* symmetric = self.symmetric.data.as_ints
        cdef int number, label, head, tail
        cdef bint more
        cdef Place at
        for number in range(self.arcs):
            head, tail = self.row_of(arcs[number].from_id), self.row_of(arcs[number].to_id)
            if head == NONE or tail == NONE:
                return False
            if arcs[number].direction == LEFT:
                head, tail = tail, head
            at, more = arcs[number].labels, True
            if at[0] != c"[":
                return False
            at += 1
            while more:
                at = known(at, end, <Words*> self.relation_names.at, self.relation_labels, &label)
                if at == NULL:
                    return False
                at = behind(at, end, c"]", &more)
                if at == NULL:
                    return False
                relation = <Triple*> self.relation_room.of((<size_t> self.relations + 1) * sizeof(Triple))
                relation += self.relations
                relation[0] = Triple(label, first + head, first + tail)
                if symmetric[label]:
                    if self.before(head, tail):
                        relation[0] = Triple(label, first + tail, first + head)
                elif arcs[number].direction == BOTH:
                    return False
                self.relations += 1
        return True

    cdef bint before(self, int one, int two) noexcept:
        """Say whether a span stands before another: by start, then the longer one, then the label's name."""
        cdef Span* spans = <Span*> self.span_room.at
        if spans[one].what.begin != spans[two].what.begin:
            return spans[one].what.begin < spans[two].what.begin
        if spans[one].what.end != spans[two].what.end:
            return spans[one].what.end > spans[two].what.end
        return self.ranks.data.as_ints[spans[one].what.label] < self.ranks.data.as_ints[spans[two].what.label]

    cdef inline int byte(self, int place) noexcept:
        """Return the byte at which a code point of the text begins."""
        return place if self.single else (<int*> self.first_bytes.at)[place]

    cdef int* cleared(self, int size) except NULL:
        """Return a table for so many things, at most half full: NONE, or the number of one of them."""
        cdef size_t places = 8
        while places < 2 * <size_t> size:
            places *= 2
        self.mask = <unsigned int> places - 1
        return <int*> memset(self.table.of(places * sizeof(int)), 0xFF, places * sizeof(int))

    cdef bint differ(self, const char* first, size_t size, int count) except -1:
        """Say whether no two of some things begin with the same triple. size: of each, bytes."""
        cdef int* table = self.cleared(count)
        cdef Triple* one
        cdef Triple* other
        cdef int number
        cdef unsigned int place
        for number in range(count):
            one = <Triple*> (first + number * size)
            place = mixed(one.label, one.begin, one.end) & self.mask
            while table[place] != NONE:
                other = <Triple*> (first + table[place] * size)
                if other.label == one.label and other.begin == one.begin and other.end == one.end:
                    return False
                place = (place + 1) & self.mask
            table[place] = number
        return True

    cdef bint ids_differ(self) except -1:
        """Say whether no two spans have the same id; the table then tells whose an id is."""
        cdef Span* spans = <Span*> self.span_room.at
        cdef int* table = self.cleared(self.spans)
        cdef int number
        cdef unsigned int place
        for number in range(self.spans):
            place = hash_of(spans[number].id) & self.mask
            while table[place] != NONE:
                if alike(spans[table[place]].id, spans[number].id):
                    return False
                place = (place + 1) & self.mask
            table[place] = number
        return True

    cdef int row_of(self, Words id) noexcept:
        """Return the number of the span with an id, or NONE."""
        cdef Span* spans = <Span*> self.span_room.at
        cdef int* table = <int*> self.table.at
        cdef unsigned int place = hash_of(id) & self.mask
        while table[place] != NONE:
            if alike(spans[table[place]].id, id):
                return table[place]
            place = (place + 1) & self.mask
        return NONE

    cdef int put(self, found) except -1:
        """Append what is kept to the columns."""
        cdef Span* spans = <Span*> self.span_room.at
        cdef Triple* relations = <Triple*> self.relation_room.at
        cdef array.array labels = found.labels, starts = found.starts, ends = found.ends
        cdef array.array text_ends = found.texts.ends
        cdef array.array drawn = found.relation_labels, heads = found.heads, tails = found.tails
        cdef bytearray data = found.texts.data
        cdef Py_ssize_t row = len(labels), line = len(drawn), byte = PyByteArray_GET_SIZE(data), size = byte
        cdef Py_ssize_t begin
        cdef int number
        for number in range(self.spans):
            size += self.byte(spans[number].what.end) - self.byte(spans[number].what.begin)
        if size > INT_MAX:
            raise OverflowError(f"{size} bytes of text in one column: use smaller batches")
        PyByteArray_Resize(data, size)
        for column in (labels, starts, ends):
            array.resize_smart(column, row + self.spans)
        array.resize_smart(text_ends, row + 1 + self.spans)  # it begins with a 0
        for column in (drawn, heads, tails):
            array.resize_smart(column, line + self.relations)
        for number in range(self.spans):
            labels.data.as_ints[row + number] = spans[number].what.label
            starts.data.as_ints[row + number] = spans[number].what.begin
            ends.data.as_ints[row + number] = spans[number].what.end
            begin = self.byte(spans[number].what.begin)
            size = self.byte(spans[number].what.end) - begin
            memcpy(PyByteArray_AS_STRING(data) + byte, self.utf8 + begin, size)
            byte += size
            text_ends.data.as_ints[row + number + 1] = <int> byte
        for number in range(self.relations):
            drawn.data.as_ints[line + number] = relations[number].label
            heads.data.as_ints[line + number] = relations[number].begin
            tails.data.as_ints[line + number] = relations[number].end
        return 0


cdef _Room _words(tuple names):
    """Return names as they are compared; the bytes are the names' own."""
    cdef _Room room = _Room()
    cdef Words* words = <Words*> room.of(len(names) * sizeof(Words))
    cdef bytes name
    cdef int place
    for place in range(<int> len(names)):
        name = names[place]
        words[place] = Words(<Place> <char*> name, <int> len(name), False, True)
    return room
