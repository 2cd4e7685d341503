# cython: language_level=3, boundscheck=False, wraparound=False
"""An annotation's regions, read from JSON straight into columns: compiled, as an export consists of them.

Only a plain annotation is taken, and then the whole of it: each span has one label that the ontology knows,
an id of its own, and offsets in code points at which the text is what it quotes; each relation has known
labels and joins two of the spans; no key, span or relation is there twice; each key of a region and of its
value is one that is known to hold no words of the annotator's. Any other is left to
`parley.label_studio.export.results`, which reads each region and names what is wrong with it. So there is one
judge of what is refused, and it would have taken whatever is taken here.

The JSON is expected to be sound, as msgspec leaves it in a `Raw`. If it is not, the annotation is left;
nothing past its end is read.
"""

from cpython cimport array
from cpython.buffer cimport PyBUF_SIMPLE, PyBuffer_Release, PyObject_GetBuffer
from cpython.bytearray cimport PyByteArray_AS_STRING, PyByteArray_GET_SIZE, PyByteArray_Resize
from libc.limits cimport INT_MAX
from libc.stdlib cimport free, realloc
from libc.string cimport memcmp, memcpy, memset

import array

cdef extern from *:
    """
    #ifndef SCANNER_SOURCE
    #define SCANNER_SOURCE ""
    #endif
    """
    const char* SCANNER_SOURCE

cdef extern from "Python.h":
    const char* PyUnicode_AsUTF8AndSize(object text, Py_ssize_t* size) except NULL

ctypedef const unsigned char* Place  # in the JSON

SOURCE = SCANNER_SOURCE.decode()  # sha256 of this file when it was compiled; "" if nobody said it

cdef enum:
    NONE = -1
    MOST_DIGITS = 9  # of an offset: so many have room in an int
    MOST_KEYS = 100  # of an object, that are held against each other

cdef enum Direction:
    RIGHT
    LEFT
    BOTH

cdef struct Reader:  # of JSON
    Place at
    Place end
    bint odd  # something was not plain, and `at` is the end

cdef struct Words:  # a string as it is between its quotes; at NULL none is given
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
    Words to_name
    Words from_id
    Words to_id
    Words direction
    Place labels
    int start  # this and the following of its value
    int stop
    Words text
    Place value_labels
    bint has_more  # a text of lines, choices or a taxonomy

cdef struct Names:
    Words* at
    int count

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

cdef inline void stop(Reader* json) noexcept nogil:
    """Go to the end: something is not plain."""
    json.at, json.odd = json.end, True


cdef inline unsigned char next_byte(Reader* json) noexcept nogil:
    """Skip white space; return the byte that follows, 0 at the end."""
    cdef Place at = json.at
    while at < json.end and at[0] <= c" " and (
        at[0] == c" " or at[0] == c"\n" or at[0] == c"\r" or at[0] == c"\t"
    ):
        at += 1
    json.at = at
    return at[0] if at < json.end else 0


cdef inline bint taken(Reader* json, unsigned char expected) noexcept nogil:
    """Skip white space and a byte, if it is there; say whether it was."""
    if next_byte(json) != expected:
        return False
    json.at += 1
    return True


cdef inline void string(Reader* json, Words* found) noexcept nogil:
    """Read a string. One with a control character is not plain."""
    cdef bint begun = taken(json, c'"'), escaped = False, ascii = True
    cdef Place begin = json.at, at = begin, end = json.end
    while at < end and at[0] != c'"' and at[0] >= 0x20:
        if at[0] == c"\\":
            escaped = True
            at += 1
        elif at[0] >= 0x80:
            ascii = False
        at += 1
    found.at, found.size, found.escaped, found.ascii = begin, 0, escaped, ascii
    if not begun or at >= end or at[0] != c'"' or at - begin > INT_MAX:
        stop(json)
        return
    found.size = <int> (at - begin)
    json.at = at + 1


cdef inline void name(Reader* json, Words* found) noexcept nogil:
    """Read a string of ASCII without an escape, as ids and names are; any other is not plain."""
    cdef bint twice = found.at != NULL
    string(json, found)
    if twice or found.escaped or not found.ascii:
        stop(json)


cdef inline void number(Reader* json, int* found) noexcept nogil:
    """Read a whole number that is not below 0 and has few digits."""
    cdef int value = 0, digits = 0
    next_byte(json)
    while json.at < json.end and c"0" <= json.at[0] <= c"9" and digits < MOST_DIGITS:
        value = 10 * value + (json.at[0] - c"0")
        json.at += 1
        digits += 1
    if found[0] != NONE or digits == 0 or json.at == json.end or c"0" <= json.at[0] <= c"9":
        stop(json)  # also if it is there twice
    elif json.at[0] == c"." or json.at[0] == c"e" or json.at[0] == c"E":
        stop(json)
    found[0] = value


cdef void skip(Reader* json) noexcept nogil:
    """Skip a value of any kind."""
    cdef int depth = 0
    cdef unsigned char byte
    cdef Words inside
    while True:
        byte = next_byte(json)
        if byte == c'"':
            string(json, &inside)
        elif json.at == json.end or (depth == 0 and (byte == c"}" or byte == c"]")):
            stop(json)
        else:
            json.at += 1
            if byte == c"{" or byte == c"[":
                depth += 1
            elif byte == c"}" or byte == c"]":
                depth -= 1
            elif depth == 0:  # a number or a word
                while json.at < json.end and json.at[0] > c" " and json.at[0] != c"," \
                        and json.at[0] != c"}" and json.at[0] != c"]":
                    json.at += 1
        if depth == 0 or json.odd:
            return


cdef inline void key(Reader* json, Words* found) noexcept nogil:
    """Read a key of an object and its colon. One with an escape is not plain."""
    string(json, found)
    if found.escaped or not taken(json, c":"):
        stop(json)


cdef inline bint more(Reader* json, unsigned char close) noexcept nogil:
    """Skip the comma or the bracket after a value; say whether it is a comma."""
    if taken(json, c","):
        return True
    if not taken(json, close):
        stop(json)
    return False


cdef inline bint alike(Words one, Words two) noexcept nogil:
    return one.size == two.size and memcmp(one.at, two.at, one.size) == 0


cdef inline bint same(Words words, const char* other, int size) noexcept nogil:
    return words.size == size and memcmp(words.at, other, size) == 0


cdef int hexadecimal(Place at, Place end) noexcept nogil:
    """Return the number that four digits are, or NONE."""
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
    cdef int char, low, size, place
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
        size = 1 + (char >= 0x80) + (char >= 0x800) + (char >= 0x10000)
        for place in range(size - 1, 0, -1):
            out[place] = 0x80 | (char & 0x3F)
            char >>= 6
        out[0] = char if size == 1 else (0xF00 >> size & 0xFF) | char
        out += size
    return <int> (out - begin)


# ---- regions ---------------------------------------------------------------------------------------------

cdef inline Place list_of_labels(Reader* json, Place before) noexcept nogil:
    """Skip labels; return where they begin. before: labels of the same region, then they are not plain."""
    cdef Place begin
    next_byte(json)
    begin = json.at
    skip(json)
    if before != NULL:
        stop(json)
    return begin


cdef void value(Reader* json, Region* region, Names* names) noexcept nogil:
    """Read what a region says."""
    cdef Words word
    if region.has_value or not taken(json, c"{"):
        stop(json)
        return
    region.has_value = True
    if taken(json, c"}"):
        return
    while True:
        key(json, &word)
        if same(word, b"start", 5):
            number(json, &region.start)
        elif same(word, b"end", 3):
            number(json, &region.stop)
        elif same(word, b"text", 4) and next_byte(json) == c'"':
            if region.text.at != NULL:
                stop(json)
            string(json, &region.text)
        elif same(word, b"labels", 6):
            region.value_labels = list_of_labels(json, region.value_labels)
        else:
            if same(word, b"text", 4) or same(word, b"choices", 7) or same(word, b"taxonomy", 8):
                region.has_more = True
            elif place_of_name(names, word) == NONE:
                stop(json)
            skip(json)
        if not more(json, c"}"):
            return


cdef void one_region(Reader* json, Region* region, Names* names) noexcept nogil:
    """Read a region. names: of keys that are skipped; under any other may be a remark."""
    cdef Words word
    memset(region, 0, sizeof(Region))
    region.start = region.stop = NONE
    next_byte(json)
    region.begin = json.at
    if not taken(json, c"{"):
        stop(json)
    while True:
        key(json, &word)
        if same(word, b"value", 5):
            value(json, region, names)
        elif same(word, b"id", 2):
            name(json, &region.id)
        elif same(word, b"type", 4):
            name(json, &region.type)
        elif same(word, b"from_name", 9):
            name(json, &region.from_name)
        elif same(word, b"to_name", 7):
            name(json, &region.to_name)
        elif same(word, b"from_id", 7):
            name(json, &region.from_id)
        elif same(word, b"to_id", 5):
            name(json, &region.to_id)
        elif same(word, b"direction", 9):
            name(json, &region.direction)
        elif same(word, b"labels", 6):
            region.labels = list_of_labels(json, region.labels)
        else:
            if place_of_name(names, word) == NONE:
                stop(json)
            skip(json)
        if not more(json, c"}"):
            break
    region.end = json.at


cdef inline int place_of_name(Names* names, Words word) noexcept nogil:
    """Return which of some names a word is, or NONE."""
    cdef int place
    for place in range(names.count):
        if alike(names.at[place], word):
            return place
    return NONE


cdef inline int known(Reader* json, Names* names) noexcept nogil:
    """Read one of some names; return which, or NONE."""
    cdef Words label
    cdef int place = NONE
    string(json, &label)
    if not label.escaped and not json.odd:
        place = place_of_name(names, label)
    if place == NONE:
        stop(json)
    return place


cdef inline int only(Place at, Place end, Names* names) noexcept nogil:
    """Return which of some names a list has and no other, or NONE."""
    cdef Reader json = Reader(at, end, False)
    cdef int found
    if at == NULL or not taken(&json, c"["):
        return NONE
    found = known(&json, names)
    return NONE if more(&json, c"]") or json.odd else found


# ---- what is there twice, and where ----------------------------------------------------------------------

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
    """Memory that grows, kept for the next annotation."""

    cdef void* at
    cdef size_t size

    def __dealloc__(self):
        free(self.at)

    cdef void* of(self, size_t size) except NULL:
        """Return room for so many bytes, with what was there."""
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
    whether each relation label is. control, text: the names of the control that gives a span its label, and
    of the text that regions are on. skipped: keys of a region and of its value that say nothing.
    """

    cdef tuple names  # hold the bytes of the following five
    cdef Words control, tag
    cdef _Room span_names, relation_names, key_names
    cdef Names span_labels, relation_labels, skipped
    cdef array.array symmetric, ranks
    cdef object text  # holds the bytes of `utf8`
    cdef Place utf8
    cdef int length  # of the text, code points; NONE: more than an int holds
    cdef bint single  # each of them is a byte
    cdef _Room first_bytes, span_room, arc_room, relation_room, table, surface
    cdef int spans, arcs, relations  # how many were read last
    cdef unsigned int mask  # of a hash, for a place in the table

    def __init__(self, span_labels, relation_labels, symmetric, control, text, skipped):
        cdef bytes controls = control.encode(), tag = text.encode()
        cdef tuple spans = tuple([label.encode() for label in span_labels])
        cdef tuple relations = tuple([label.encode() for label in relation_labels])
        cdef tuple keys = tuple([key.encode() for key in skipped])
        self.names = (controls, tag, spans, relations, keys)
        self.control = Words(<Place> <char*> controls, <int> len(controls), False, True)
        self.tag = Words(<Place> <char*> tag, <int> len(tag), False, True)
        self.span_names, self.relation_names, self.key_names = _words(spans), _words(relations), _words(keys)
        self.span_labels = Names(<Words*> self.span_names.at, <int> len(spans))
        self.relation_labels = Names(<Words*> self.relation_names.at, <int> len(relations))
        self.skipped = Names(<Words*> self.key_names.at, <int> len(keys))
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
        cdef Reader json = Reader(at, end, False)
        cdef Region region
        self.spans = self.arcs = self.relations = 0
        if not taken(&json, c"["):
            return False
        if not taken(&json, c"]"):
            while True:
                one_region(&json, &region, &self.skipped)
                if json.odd:
                    return False
                if not region.has_value:
                    if not self.keep_arc(&region):
                        return False
                elif region.from_name.at != NULL and alike(region.from_name, self.control):
                    if not self.keep_span(&region, end):
                        return False
                else:
                    others.append(region.begin[: region.end - region.begin])
                if not more(&json, c"]"):
                    break
        next_byte(&json)
        if json.odd or json.at != end or not self.differ(<char*> self.span_room.at, sizeof(Span), self.spans):
            return False
        # `join` finds the ends of relations by the table of ids, until the next is made
        if not self.ids_differ() or not self.join(first, end):
            return False
        return self.differ(<char*> self.relation_room.at, sizeof(Triple), self.relations)

    cdef bint keep_span(self, Region* region, Place end) except -1:
        """Keep a span; say whether it is plain."""
        cdef Span* span
        cdef Place surface = region.text.at
        cdef Py_ssize_t size = region.text.size
        cdef int label, byte
        if region.id.size == 0 or surface == NULL or region.has_more:
            return False
        if region.to_name.size and not alike(region.to_name, self.tag):
            return False
        if region.labels != NULL or region.from_id.at != NULL or region.to_id.at != NULL:
            return False
        if not 0 <= region.start < region.stop <= self.length:
            return False
        label = only(region.value_labels, end, &self.span_labels)
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
        cdef bint another
        cdef Reader json
        for number in range(self.arcs):
            head, tail = self.row_of(arcs[number].from_id), self.row_of(arcs[number].to_id)
            if head == NONE or tail == NONE:
                return False
            if arcs[number].direction == LEFT:
                head, tail = tail, head
            json, another = Reader(arcs[number].labels, end, False), True
            if not taken(&json, c"["):
                return False
            while another:
                label = known(&json, &self.relation_labels)
                another = more(&json, c"]")
                if json.odd:
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
        """Say whether a span comes before another: by start, then the longer one, then the label's name."""
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
        """Say whether no two spans have the same id; `row_of` then finds the span of one."""
        cdef Span* spans = <Span*> self.span_room.at
        cdef int* table = self.cleared(self.spans)
        cdef int number
        cdef unsigned int place
        for number in range(self.spans):
            place = self.place_of(spans[number].id)
            if table[place] != NONE:
                return False
            table[place] = number
        return True

    cdef inline int row_of(self, Words id) noexcept:
        """Return the number of the span with an id, or NONE."""
        return (<int*> self.table.at)[self.place_of(id)]

    cdef unsigned int place_of(self, Words id) noexcept:
        """Return where in the table the span with an id is, or would be."""
        cdef Span* spans = <Span*> self.span_room.at
        cdef int* table = <int*> self.table.at
        cdef unsigned int place = hash_of(id) & self.mask
        while table[place] != NONE and not alike(spans[table[place]].id, id):
            place = (place + 1) & self.mask
        return place

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


# ---- keys that are there twice ---------------------------------------------------------------------------

def repeats_key(data, list beside):
    """Say whether an object of some JSON may have a key twice.

    data: sound JSON. beside: parts of it, in their order, that are not looked into, each as a buffer inside
    `data`.
    """
    cdef Py_buffer view, part
    cdef Reader json
    cdef _Room parts = _Room()
    cdef Place* bounds
    cdef int count = <int> len(beside), number
    PyObject_GetBuffer(data, &view, PyBUF_SIMPLE)
    try:
        bounds = <Place*> parts.of((2 * <size_t> count + 1) * sizeof(Place))
        for number in range(count):
            PyObject_GetBuffer(beside[number], &part, PyBUF_SIMPLE)
            bounds[2 * number] = <Place> part.buf
            bounds[2 * number + 1] = <Place> part.buf + part.len
            PyBuffer_Release(&part)
        json.at, json.end, json.odd = <Place> view.buf, <Place> view.buf + view.len, False
        return _repeats(&json, bounds, count)
    finally:
        PyBuffer_Release(&view)


cdef bint _repeats(Reader* json, Place* bounds, int count) except -1:
    """Do so. bounds: of the parts that are not looked into. Of an object of very many keys nobody knows."""
    cdef _Room key_room = _Room(), depth_room = _Room()
    cdef Words* keys
    cdef int* begins  # the first key of each open object
    cdef Words word
    cdef int part = 0, depth = 0, known = 0, number
    while json.at < json.end:
        if part < count and json.at == bounds[2 * part]:
            json.at = bounds[2 * part + 1]
            part += 1
        elif json.at[0] == c'"':
            string(json, &word)
            if next_byte(json) != c":":
                continue
            json.at += 1
            next_byte(json)
            if word.escaped or depth == 0:
                return True
            begins, keys = <int*> depth_room.at, <Words*> key_room.of((<size_t> known + 1) * sizeof(Words))
            if known - begins[depth - 1] == MOST_KEYS:
                return True
            for number in range(begins[depth - 1], known):
                if alike(keys[number], word):
                    return True
            keys[known] = word
            known += 1
        elif json.at[0] == c"{" or json.at[0] == c"[":
            begins = <int*> depth_room.of((<size_t> depth + 1) * sizeof(int))
            begins[depth] = known
            depth += 1
            json.at += 1
        elif json.at[0] == c"}" or json.at[0] == c"]":
            if depth == 0:
                return True
            depth -= 1
            known = (<int*> depth_room.at)[depth]
            json.at += 1
        else:
            json.at += 1
    return json.odd
