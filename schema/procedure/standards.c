#include "schema/procedure/standards.h"

#include <stdlib.h>
#include <string.h>

#include "schema/procedure/calendar.h"
#include "schema/wire/names.h"
#include "schema/wire/read.h"

#define FIELDS 7
#define LEFT_BRACKET "\xEF\xBC\x88"  /* （ */
#define RIGHT_BRACKET "\xEF\xBC\x89" /* ） */
#define BRACKET_BYTES 3u

/* What is being read: everything the takes need, and the first fault. */
struct dec {
    struct xj_standards *st;
    struct xj_std_fault fault;
    bool faulty;
};

static void fail(struct dec *d, const char *zh, const char *en)
{
    if (d->faulty)
        return;
    d->faulty = true;
    d->fault.zh = zh;
    d->fault.en = en;
}

/* ---- single values; what is wrong spoils the cursor ---- */

static bool printable(struct xj_slice s)
{
    for (size_t i = 0; i < s.n; i++) {
        if (s.p[i] < 0x20 || s.p[i] == 0x7f)
            return false;
        if (s.p[i] == 0xc2 && i + 1 < s.n && s.p[i + 1] < 0xa0)
            return false;
    }
    return true;
}

/* These are printed on terminals inside one line, so C0, DEL and C1 controls are out. */
static struct xj_slice take_text(struct xj_cur *c, size_t min, size_t max)
{
    struct xj_slice s = xj_take_str(c, min, max);
    if (!printable(s))
        xj_cur_spoil(c);
    return s;
}

static bool in_set(uint8_t b, const char *more)
{
    return (b >= 'a' && b <= 'z') || (b >= '0' && b <= '9') || (b >= 'A' && b <= 'Z' && *more == 'A') || (b == '-' && strchr(more, '-') != NULL);
}

/* A word of a-z 0-9; more: "A" with capitals, "-" with hyphens, "A-" with both. */
static struct xj_slice take_word(struct xj_cur *c, size_t max, const char *more)
{
    struct xj_slice s = xj_take_str(c, 1, max);
    for (size_t i = 0; i < s.n; i++)
        if (!in_set(s.p[i], more))
            xj_cur_spoil(c);
    return s;
}

static size_t index_of(struct xj_slice s, const char *const *words, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (xj_slice_is(s, words[i]))
            return i;
    return count;
}

/* The position of the next string among words; 0 and spoilt when it is none. */
static size_t take_one_of(struct xj_cur *c, const char *const *words, size_t count)
{
    size_t i = index_of(xj_take_str(c, 0, 16), words, count);
    if (i < count)
        return i;
    xj_cur_spoil(c);
    return 0;
}

static enum xj_tag take_tag(struct xj_cur *c)
{
    static const char *const words[] = {"C", "C2", "U"};
    return (enum xj_tag)(XJ_TAG_C + take_one_of(c, words, 3));
}

static int64_t take_value(struct xj_cur *c, int64_t min)
{
    return xj_take_int(c, min, XJ_STD_VALUE_MAX);
}

static int64_t take_day(struct xj_cur *c)
{
    return (int64_t)xj_take_uint(c, (uint64_t)XJ_CALENDAR_DAY_MAX);
}

static uint16_t take_measure(struct dec *d, struct xj_cur *c)
{
    uint16_t i = xj_standards_measure(d->st, xj_take_str(c, 1, XJ_MAX_NAME_BYTES));
    if (i == XJ_NONE && !c->bad) {
        fail(d, "没有这个数额名称", "no such measure");
        xj_cur_spoil(c);
    }
    return i;
}

/* ---- looking up while reading and after ---- */

/* Every list is sorted by a slice that is the first member of its elements. */
static int cmp_first(const void *a, const void *b)
{
    return xj_slice_cmp(*(const struct xj_slice *)a, *(const struct xj_slice *)b);
}

static const void *find(const void *list, size_t count, size_t size, struct xj_slice key)
{
    return count > 0 ? bsearch(&key, list, count, size, cmp_first) : NULL;
}

uint16_t xj_standards_measure(const struct xj_standards *st, struct xj_slice name)
{
    const struct xj_std_measure *m = find(st->measures, st->measure_count, sizeof *m, name);
    return m != NULL ? (uint16_t)(m - st->measures) : (uint16_t)XJ_NONE;
}

static uint16_t instrument_of(const struct xj_standards *st, struct xj_slice key)
{
    const struct xj_std_instrument *x = find(st->instruments, st->instrument_count, sizeof *x, key);
    return x != NULL ? (uint16_t)(x - st->instruments) : (uint16_t)XJ_NONE;
}

size_t xj_standards_first(const struct xj_standards *st, struct xj_slice charge)
{
    const struct xj_std_entry *e = find(st->entries, st->entry_count, sizeof *e, charge);
    while (e != NULL && e > st->entries && xj_slice_eq(e[-1].charge, charge))
        e--;
    return e != NULL ? (size_t)(e - st->entries) : st->entry_count;
}

/* Cuts charge（kind） or charge(kind) in two; false when the name does not end in a bracket. */
static bool cut_kind(struct xj_slice name, struct xj_slice *ret_charge, struct xj_slice *ret_kind)
{
    const char *const left[] = {LEFT_BRACKET, "("}, *const right[] = {RIGHT_BRACKET, ")"};
    const size_t bytes[] = {BRACKET_BYTES, 1};
    for (size_t k = 0; k < 2; k++) {
        const size_t n = bytes[k];
        if (name.n < 2 * n || memcmp(name.p + name.n - n, right[k], n) != 0)
            continue;
        const uint8_t *at = memmem(name.p, name.n, left[k], n);
        if (at == NULL)
            continue;
        *ret_charge = xj_slice_of(name.p, (size_t)(at - name.p));
        *ret_kind = xj_slice_of(at + n, name.n - ret_charge->n - 2 * n);
        return true;
    }
    return false;
}

/* A charge, or charge（kind）, as the entries have it. */
static bool find_charge(const struct xj_standards *st, struct xj_slice name, struct xj_slice *ret_charge, struct xj_slice *ret_kind)
{
    struct xj_slice charge, kind;
    size_t i = xj_standards_first(st, name);
    if (i < st->entry_count) {
        *ret_charge = st->entries[i].charge;
        *ret_kind = xj_slice_of(NULL, 0);
        return true;
    }
    if (!cut_kind(name, &charge, &kind) || kind.n == 0)
        return false;
    for (i = xj_standards_first(st, charge); i < st->entry_count && xj_slice_eq(st->entries[i].charge, charge); i++)
        if (xj_slice_eq(st->entries[i].kind, kind)) {
            *ret_charge = st->entries[i].charge;
            *ret_kind = st->entries[i].kind;
            return true;
        }
    return false;
}

bool xj_standards_charge(const struct xj_standards *st, struct xj_slice name, struct xj_slice *ret_charge, struct xj_slice *ret_kind)
{
    if (find_charge(st, name, ret_charge, ret_kind))
        return true;
    const struct xj_std_alias *alias = find(st->aliases, st->alias_count, sizeof *alias, name);
    return alias != NULL && find_charge(st, alias->target, ret_charge, ret_kind);
}

/* ---- lists ---- */

/* Reads one list, each element by read, which leaves its cursor to be ended here. *count is how many are sound so far: what a
 * look-up may see meanwhile. */
typedef void read_one(struct dec *d, struct xj_cur *c, size_t at);

static enum xj_err read_list(struct dec *d, struct xj_cur list, const char *name, uint32_t fields, read_one *read, size_t *count)
{
    d->fault = (struct xj_std_fault){.list = name, .row = SIZE_MAX};
    for (size_t i = 0; list.left > 0; i++) {
        struct xj_cur one = xj_take_array(&list, fields, fields);
        d->fault.at = i;
        read(d, &one, i);
        if (xj_cur_end(&one) != XJ_OK)
            fail(d, "缺少、多余或写错的项", "a field is missing, wrong or too many");
        if (d->faulty)
            return XJ_EMALFORMED;
        *count = i + 1;
    }
    return XJ_OK;
}

static void want_order(struct dec *d, size_t at, int cmp)
{
    if (at > 0 && cmp >= 0)
        fail(d, "重复或次序不对", "listed twice or out of order");
}

static void read_parts(struct dec *d, struct xj_cur parts, struct xj_std_measure *m)
{
    struct xj_slice before = xj_slice_of(NULL, 0);
    while (parts.left > 0 && !parts.bad) {
        struct xj_cur pair = xj_take_array(&parts, 2, 2);
        /* A measure may name one that stands behind it: they are looked up when all are read. */
        struct xj_slice name = xj_take_str(&pair, 1, XJ_MAX_NAME_BYTES);
        if (before.n > 0 && xj_slice_cmp(before, name) >= 0)
            fail(d, "重复或次序不对", "listed twice or out of order");
        before = name;
        m->parts[m->part_count].factor = (uint16_t)xj_take_uint(&pair, XJ_STD_FACTOR_MAX);
        if (m->parts[m->part_count++].factor == 0 || xj_cur_end(&pair) != XJ_OK)
            fail(d, "组成部分写错", "a part is wrong");
    }
}

static void read_measure(struct dec *d, struct xj_cur *c, size_t at)
{
    struct xj_std_measure *m = &d->st->measures[at];
    m->name = xj_take_str(c, 1, XJ_MAX_NAME_BYTES);
    m->zh = take_text(c, 1, XJ_STD_TEXT_MAX);
    m->en = take_text(c, 1, XJ_STD_TEXT_MAX);
    m->unit = take_text(c, 1, XJ_STD_UNIT_MAX);
    read_parts(d, xj_take_array(c, 0, XJ_STD_PARTS_MAX), m);
    m->divisor = (uint16_t)xj_take_uint(c, XJ_STD_FACTOR_MAX);
    if (!xj_name_ok(m->name))
        fail(d, "数额名称写错", "the name of a measure is wrong");
    if (m->divisor == 0 || (m->part_count == 0 && m->divisor != 1))
        fail(d, "除数写错", "the divisor is wrong");
    want_order(d, at, at > 0 ? xj_slice_cmp(d->st->measures[at - 1].name, m->name) : 0);
}

/* The second walk over the measures: which ones the parts are. */
static bool resolve_parts(struct dec *d, struct xj_cur list)
{
    for (size_t i = 0; i < d->st->measure_count; i++) {
        struct xj_std_measure *m = &d->st->measures[i];
        struct xj_cur one = xj_take_array(&list, 6, 6);
        for (int k = 0; k < 4; k++)
            (void)xj_take_any(&one);
        struct xj_cur parts = xj_take_array(&one, 0, XJ_STD_PARTS_MAX);
        d->fault.at = i;
        for (size_t k = 0; k < m->part_count; k++) {
            struct xj_cur pair = xj_take_array(&parts, 2, 2);
            m->parts[k].measure = take_measure(d, &pair);
            if (!d->faulty && d->st->measures[m->parts[k].measure].part_count > 0)
                fail(d, "组成部分本身也是计算出来的", "a part is derived itself");
        }
    }
    return !d->faulty;
}

static void read_alias(struct dec *d, struct xj_cur *c, size_t at)
{
    struct xj_std_alias *a = &d->st->aliases[at];
    a->name = take_text(c, 1, XJ_STD_TEXT_MAX);
    a->target = take_text(c, 1, XJ_STD_TEXT_MAX);
    want_order(d, at, at > 0 ? xj_slice_cmp(d->st->aliases[at - 1].name, a->name) : 0);
}

static void read_instrument(struct dec *d, struct xj_cur *c, size_t at)
{
    struct xj_std_instrument *x = &d->st->instruments[at];
    x->key = take_word(c, 16, "A");
    x->title = take_text(c, 1, XJ_STD_TEXT_MAX);
    x->number = take_text(c, 0, XJ_STD_TEXT_MAX);
    x->day = xj_take_nil(c) ? -1 : take_day(c);
    x->tag = take_tag(c);
    want_order(d, at, at > 0 ? xj_slice_cmp(d->st->instruments[at - 1].key, x->key) : 0);
}

/* ---- rows ---- */

static void read_limits(struct dec *d, struct xj_cur list, struct xj_std_row *r)
{
    static const char *const ops[] = {">=", "<"};
    while (list.left > 0 && !list.bad) {
        struct xj_cur one = xj_take_array(&list, 3, 3);
        struct xj_std_limit *l = &r->limits[r->limit_count++];
        l->measure = take_measure(d, &one);
        l->less = take_one_of(&one, ops, 2) == 1;
        l->value = take_value(&one, 0);
        if (xj_cur_end(&one) != XJ_OK)
            fail(d, "all_of 写错", "all_of is wrong");
    }
}

static void read_prior(struct dec *d, struct xj_cur *c, struct xj_std_row *r)
{
    struct xj_std_prior *p = &r->prior;
    if (xj_take_nil(c))
        return;
    struct xj_cur one = xj_take_array(c, 4, 4);
    p->given = true;
    p->times = (uint8_t)xj_take_uint(&one, 99);
    p->years = (uint8_t)xj_take_uint(&one, XJ_STD_YEARS_MAX);
    p->convicted = xj_take_nil(&one) ? (uint8_t)XJ_STD_NO_YEARS : (uint8_t)xj_take_uint(&one, XJ_STD_YEARS_MAX);
    p->what = take_text(&one, 1, XJ_STD_TEXT_MAX);
    if (xj_cur_end(&one) != XJ_OK || p->times == 0)
        fail(d, "prior 写错", "prior is wrong");
}

static void read_cites(struct dec *d, struct xj_cur list, struct xj_std_row *r)
{
    while (list.left > 0 && !list.bad) {
        struct xj_cur one = xj_take_array(&list, 2, 2);
        struct xj_std_cite *x = &r->cites[r->cite_count++];
        x->instrument = instrument_of(d->st, xj_take_str(&one, 1, 16));
        x->article = take_text(&one, 1, XJ_STD_TEXT_MAX);
        if (xj_cur_end(&one) != XJ_OK)
            fail(d, "cite 写错", "cite is wrong");
        else if (x->instrument == XJ_NONE)
            fail(d, "没有这份文件", "no such instrument");
    }
}

static void read_row(struct dec *d, struct xj_cur *c, struct xj_std_row *r)
{
    static const char *const subjects[] = {"", "person", "unit"};
    static const char *const asides[] = {"", "aggravated", "danger", "role", "exempt", "scope"};
    r->measure = xj_take_nil(c) ? (uint16_t)XJ_NONE : take_measure(d, c);
    r->value = take_value(c, r->measure == XJ_NONE ? 0 : 1);
    r->max = take_value(c, r->value);
    read_limits(d, xj_take_array(c, 0, XJ_STD_LIMITS_MAX), r);
    read_prior(d, c, r);
    r->subject = (enum xj_std_subject)take_one_of(c, subjects, 3);
    r->near = (uint8_t)xj_take_uint(c, 99);
    r->judge = take_text(c, 0, XJ_STD_TEXT_MAX);
    r->aside = (enum xj_std_aside)take_one_of(c, asides, 6);
    r->note = take_text(c, 0, XJ_STD_TEXT_MAX);
    read_cites(d, xj_take_array(c, 1, XJ_STD_CITES_MAX), r);
    r->tag = take_tag(c);
    if (xj_cur_end(c) != XJ_OK)
        fail(d, "缺少、多余或写错的项", "a field is missing, wrong or too many");
}

/* What a row may not be, beyond the form of its fields; before: rows[0..at) of the entry. */
static void check_row(struct dec *d, const struct xj_std_row *before, size_t at)
{
    const struct xj_std_row *r = &before[at];
    bool base = false;
    if (r->measure == XJ_NONE && r->max != 0)
        fail(d, "没有数额名称却有数额", "a value without a measure");
    if (r->measure == XJ_NONE && r->limit_count == 0 && !r->prior.given && r->near == 0 && r->judge.n == 0)
        fail(d, "既无数额也无条件", "neither an amount nor a condition");
    for (size_t i = 0; i < at; i++)
        base = base || before[i].measure != XJ_NONE;
    if (r->near > 0 && (r->measure != XJ_NONE || !base))
        fail(d, "near 只能用于没有数额的行，且前面须有数额", "near belongs to a row without an amount, behind one with");
}

static void read_rows(struct dec *d, struct xj_cur *rows, struct xj_std_entry *e)
{
    struct xj_std_row *list = d->st->rows + d->st->row_count;
    e->rows = list;
    e->row_count = (uint16_t)rows->left;
    for (size_t i = 0; !d->faulty && i < e->row_count; i++) {
        struct xj_cur one = xj_take_array(rows, 12, 12);
        d->fault.row = i;
        read_row(d, &one, &list[i]);
        check_row(d, list, i);
    }
    if (!d->faulty)
        d->fault.row = SIZE_MAX; /* what is wrong from here on is the entry's */
    d->st->row_count += e->row_count;
}

static bool has_bracket(struct xj_slice s)
{
    return memmem(s.p, s.n, LEFT_BRACKET, BRACKET_BYTES) != NULL || memmem(s.p, s.n, RIGHT_BRACKET, BRACKET_BYTES) != NULL;
}

static void check_place(struct dec *d, size_t at)
{
    const struct xj_std_entry *e = &d->st->entries[at], *p = at > 0 ? e - 1 : NULL;
    if (e->charge.n == 0 || has_bracket(e->charge))
        fail(d, "罪名为空或带括号", "the charge is empty or holds brackets");
    if (e->to_day < e->from_day)
        fail(d, "止日早于起日", "the last day is before the first");
    if (p == NULL || d->faulty)
        return;
    int cmp = xj_slice_cmp(p->charge, e->charge);
    if (cmp == 0)
        cmp = xj_slice_cmp(p->kind, e->kind);
    if (cmp == 0 && p->to_day >= e->from_day)
        fail(d, "与同一罪名的另一条期间重叠", "overlaps another entry of the same charge");
    want_order(d, at, cmp == 0 ? -1 : cmp);
}

static void read_entry(struct dec *d, struct xj_cur *c, size_t at)
{
    struct xj_std_entry *e = &d->st->entries[at];
    e->charge = take_text(c, 1, XJ_STD_TEXT_MAX);
    e->kind = take_text(c, 0, XJ_STD_TEXT_MAX);
    e->from_day = take_day(c);
    e->to_day = xj_take_nil(c) ? XJ_STD_OPEN_DAY : take_day(c);
    e->id = take_word(c, 32, "A-");
    e->title = take_text(c, 0, XJ_STD_TEXT_MAX);
    e->article = take_text(c, 1, XJ_STD_TEXT_MAX);
    e->suspicion = xj_take_bool(c);
    e->admin = take_text(c, 0, XJ_STD_TEXT_MAX);
    e->accumulate = take_text(c, 0, XJ_STD_TEXT_MAX);
    e->note = take_text(c, 0, XJ_STD_TEXT_MAX);
    struct xj_cur rows = xj_take_array(c, 1, XJ_STD_ROWS_MAX);
    if (c->bad)
        return; /* the rows are not where they should be */
    read_rows(d, &rows, e);
    check_place(d, at);
}

/* ---- the whole ---- */

/* Rows of all entries together: they get one array, so they are counted before they are read. */
static size_t count_rows(struct xj_cur entries)
{
    size_t n = 0;
    while (entries.left > 0) {
        const msgpack_object *o = xj_take_any(&entries);
        if (o->type == MSGPACK_OBJECT_ARRAY && o->via.array.size == 12 && o->via.array.ptr[11].type == MSGPACK_OBJECT_ARRAY)
            n += o->via.array.ptr[11].via.array.size;
    }
    return n;
}

static void *room(size_t count, size_t size)
{
    return calloc(count > 0 ? count : 1, size);
}

/* Aliases are checked last: they name what the entries have. */
static enum xj_err check_aliases(struct dec *d)
{
    struct xj_slice charge, kind;
    d->fault = (struct xj_std_fault){.list = "aliases", .row = SIZE_MAX};
    for (size_t i = 0; !d->faulty && i < d->st->alias_count; i++) {
        const struct xj_std_alias *a = &d->st->aliases[i];
        d->fault.at = i;
        if (find_charge(d->st, a->name, &charge, &kind))
            fail(d, "别名本身就是罪名", "an alias is a charge itself");
        else if (!find_charge(d->st, a->target, &charge, &kind))
            fail(d, "没有所指的罪名", "no such charge");
    }
    return d->faulty ? XJ_EMALFORMED : XJ_OK;
}

struct lists {
    struct xj_cur measures, aliases, instruments, entries;
};

static enum xj_err read_head(struct dec *d, const msgpack_object *root, struct lists *ret)
{
    struct xj_cur c = xj_cur_over(root, FIELDS, FIELDS);
    const uint64_t version = xj_take_uint(&c, XJ_STANDARDS_VERSION);
    d->st->name = take_word(&c, 32, "-");
    d->st->source = take_text(&c, 1, XJ_STD_SOURCE_MAX);
    ret->measures = xj_take_array(&c, 0, XJ_STD_MEASURES_MAX);
    ret->aliases = xj_take_array(&c, 0, XJ_STD_ALIASES_MAX);
    ret->instruments = xj_take_array(&c, 0, XJ_STD_INSTRUMENTS_MAX);
    ret->entries = xj_take_array(&c, 0, XJ_STD_ENTRIES_MAX);
    if (xj_cur_end(&c) == XJ_OK && version == XJ_STANDARDS_VERSION)
        return XJ_OK;
    fail(d, "整体形式、名称、来源或数量不对", "the form, name, source or number of things is wrong");
    return XJ_EMALFORMED;
}

static enum xj_err make_room(struct dec *d, const struct lists *l)
{
    struct xj_standards *st = d->st;
    const size_t rows = count_rows(l->entries);
    if (rows > XJ_STD_ALL_ROWS_MAX) {
        fail(d, "行数太多", "too many rows");
        return XJ_ELIMIT;
    }
    st->measures = room(l->measures.left, sizeof *st->measures);
    st->aliases = room(l->aliases.left, sizeof *st->aliases);
    st->instruments = room(l->instruments.left, sizeof *st->instruments);
    st->entries = room(l->entries.left, sizeof *st->entries);
    st->rows = room(rows, sizeof *st->rows);
    return st->measures && st->aliases && st->instruments && st->entries && st->rows ? XJ_OK : XJ_ENOMEM;
}

static enum xj_err read_all(struct dec *d, const msgpack_object *root)
{
    struct xj_standards *st = d->st;
    struct lists l;
    enum xj_err err = read_head(d, root, &l);
    if (err == XJ_OK)
        err = make_room(d, &l);
    if (err == XJ_OK)
        err = read_list(d, l.measures, "measures", 6, read_measure, &st->measure_count);
    if (err == XJ_OK && !resolve_parts(d, l.measures))
        err = XJ_EMALFORMED;
    if (err == XJ_OK)
        err = read_list(d, l.aliases, "aliases", 2, read_alias, &st->alias_count);
    if (err == XJ_OK)
        err = read_list(d, l.instruments, "instruments", 5, read_instrument, &st->instrument_count);
    if (err == XJ_OK)
        err = read_list(d, l.entries, "entries", 12, read_entry, &st->entry_count);
    return err == XJ_OK ? check_aliases(d) : err;
}

enum xj_err xj_standards_decode(struct xj_slice bytes, struct xj_standards *ret, struct xj_std_fault *fault)
{
    struct dec d = {.st = ret, .fault = {.list = "standards", .row = SIZE_MAX}};
    struct xj_doc doc = {0};
    memset(ret, 0, sizeof *ret);
    enum xj_err err = bytes.n > XJ_STANDARDS_BYTES_MAX ? XJ_ELIMIT : XJ_OK;
    if (err == XJ_OK && (ret->bytes = malloc(bytes.n > 0 ? bytes.n : 1)) == NULL)
        err = XJ_ENOMEM;
    if (err == XJ_OK) {
        if (bytes.n > 0)
            memcpy(ret->bytes, bytes.p, bytes.n);
        ret->size = bytes.n;
        err = xj_doc_open(&doc, xj_standards_bytes(ret), XJ_STANDARDS_NODES_MAX); /* over our own copy: its strings stay */
    }
    if (err == XJ_OK)
        err = read_all(&d, &doc.root);
    else
        fail(&d, "太长，或不是规范编码", "too long, or not canonical");
    xj_doc_close(&doc);
    if (err == XJ_OK)
        ret->digest = xj_digest(XJ_STANDARDS_CONTEXT, xj_standards_bytes(ret));
    else
        xj_standards_free(ret);
    if (err != XJ_OK && fault != NULL)
        *fault = d.fault;
    return err;
}

void xj_standards_free(struct xj_standards *st)
{
    free(st->measures);
    free(st->aliases);
    free(st->instruments);
    free(st->entries);
    free(st->rows);
    free(st->bytes);
    memset(st, 0, sizeof *st);
}

struct xj_slice xj_standards_bytes(const struct xj_standards *st)
{
    return xj_slice_of(st->bytes, st->size);
}

const struct xj_hash *xj_standards_digest(const struct xj_standards *st)
{
    return &st->digest;
}
