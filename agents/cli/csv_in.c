#include "agents/cli/csv_in.h"

#include <iconv.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "schema/base/utf8.h"

#define WINDOW_BYTES 65536u
#define NONE (-1) /* in place of a byte: the end of the file */
#define BAD (-2)  /* in place of a byte: one that is no character */
#define NO_BYTE_AHEAD (-3)

static const char bom[] = "\xEF\xBB\xBF", gb_bom[] = "\x84\x31\x95\x33", replacement[] = "\xEF\xBF\xBD";

struct xj_csv {
    struct xj_slice rest; /* not yet converted */
    iconv_t gb;           /* (iconv_t)-1: the bytes are UTF-8 */
    uint8_t *window;      /* converted; only with gb */
    size_t window_at, window_n;
    int ahead;            /* a byte put back, or NO_BYTE_AHEAD */
    struct xj_buf text;   /* the record's fields, one behind the other */
    size_t ends[XJ_CSV_FIELDS];
    size_t count;
    struct xj_csv_fault faults[XJ_CSV_FAULTS];
    size_t fault_count;
    uint64_t record, first_line, line;
    bool ended;
};

static bool begins(struct xj_slice bytes, const char *with)
{
    return bytes.n >= strlen(with) && memcmp(bytes.p, with, strlen(with)) == 0;
}

enum xj_csv_encoding xj_csv_guess(struct xj_slice bytes)
{
    return begins(bytes, bom) || xj_utf8_valid(bytes) ? XJ_CSV_UTF8 : XJ_CSV_GB18030;
}

bool xj_csv_encoding_named(const char *name, enum xj_csv_encoding *ret)
{
    *ret = name == NULL ? XJ_CSV_GUESS : strcasecmp(name, "gb18030") == 0 ? XJ_CSV_GB18030 : XJ_CSV_UTF8;
    return name == NULL || *ret == XJ_CSV_GB18030 || strcasecmp(name, "utf-8") == 0;
}

enum xj_err xj_csv_open(struct xj_slice bytes, enum xj_csv_encoding encoding, struct xj_csv **ret)
{
    *ret = NULL;
    struct xj_csv *r = calloc(1, sizeof *r);
    if (r == NULL)
        return XJ_ENOMEM;
    r->gb = (iconv_t)-1;
    r->ahead = NO_BYTE_AHEAD;
    r->line = 1;
    xj_buf_init(&r->text, XJ_CSV_RECORD_BYTES + sizeof replacement);
    if (encoding == XJ_CSV_GUESS)
        encoding = xj_csv_guess(bytes);
    enum xj_err err = XJ_OK;
    if (encoding == XJ_CSV_GB18030) {
        r->gb = iconv_open("UTF-8", "GB18030");
        r->window = malloc(WINDOW_BYTES);
        err = r->window == NULL ? XJ_ENOMEM : r->gb == (iconv_t)-1 ? XJ_ECONFIG : XJ_OK;
    }
    const char *mark = encoding == XJ_CSV_GB18030 ? gb_bom : bom;
    size_t skip = begins(bytes, mark) ? strlen(mark) : 0;
    r->rest = xj_slice_of(bytes.p + skip, bytes.n - skip);
    if (err != XJ_OK) {
        xj_csv_close(r);
        return err;
    }
    *ret = r;
    return XJ_OK;
}

void xj_csv_close(struct xj_csv *r)
{
    if (r == NULL)
        return;
    if (r->gb != (iconv_t)-1)
        iconv_close(r->gb);
    free(r->window);
    xj_buf_free(&r->text);
    free(r);
}

/* ---- bytes of UTF-8, one by one ---- */

/* Converts as much as the window takes. Nothing converted and something left: the next byte is none of this encoding. */
static void refill(struct xj_csv *r)
{
    char *in = (char *)(uintptr_t)r->rest.p, *out = (char *)r->window;
    size_t in_left = r->rest.n, out_left = WINDOW_BYTES;
    (void)iconv(r->gb, &in, &in_left, &out, &out_left); /* how it stopped shows in what is left */
    r->rest = xj_slice_of(in, in_left);
    r->window_at = 0;
    r->window_n = WINDOW_BYTES - out_left;
}

static int byte_of_slice(struct xj_csv *r)
{
    if (r->rest.n == 0)
        return NONE;
    int c = r->rest.p[0];
    r->rest = xj_slice_of(r->rest.p + 1, r->rest.n - 1);
    return c;
}

static int take(struct xj_csv *r)
{
    int c = r->ahead;
    if (c != NO_BYTE_AHEAD) {
        r->ahead = NO_BYTE_AHEAD;
        return c;
    }
    if (r->gb == (iconv_t)-1)
        return byte_of_slice(r);
    if (r->window_at == r->window_n && r->rest.n > 0)
        refill(r);
    if (r->window_at < r->window_n)
        return r->window[r->window_at++];
    if (byte_of_slice(r) == NONE)
        return NONE;
    (void)iconv(r->gb, NULL, NULL, NULL, NULL); /* begin anew behind the byte that stopped it */
    return BAD;
}

/* ---- fields ---- */

static void fault(struct xj_csv *r, enum xj_csv_wrong wrong)
{
    for (size_t i = 0; i < r->fault_count; i++)
        if (r->faults[i].wrong == wrong && r->faults[i].field == r->count)
            return;
    if (r->fault_count < XJ_CSV_FAULTS)
        r->faults[r->fault_count++] = (struct xj_csv_fault){wrong, r->count};
}

static size_t begin_of(const struct xj_csv *r, size_t field)
{
    return field > 0 ? r->ends[field - 1] : 0;
}

static void add(struct xj_csv *r, int c)
{
    uint8_t byte = (uint8_t)c;
    if (r->text.n >= XJ_CSV_RECORD_BYTES)
        fault(r, XJ_CSV_RECORD_LONG);
    else if (r->text.n - begin_of(r, r->count) >= XJ_CSV_FIELD_BYTES)
        fault(r, XJ_CSV_FIELD_LONG);
    else
        xj_buf_add(&r->text, &byte, 1);
    if (c == '\n')
        r->line++;
}

/* What may stand in any field. */
static void add_checked(struct xj_csv *r, int c)
{
    if (c == 0) {
        fault(r, XJ_CSV_NUL);
    } else if (c == BAD) {
        fault(r, XJ_CSV_BAD_BYTE);
        for (size_t i = 0; i < 3; i++)
            add(r, (uint8_t)replacement[i]);
    } else {
        add(r, c);
    }
}

enum end { END_OF_FIELD = 1, END_OF_RECORD, END_OF_FILE };

static bool lf_follows(struct xj_csv *r)
{
    int next = take(r);
    if (next == '\n')
        return true;
    r->ahead = next;
    return false;
}

/* Whether c ends a field outside quotes, and how. */
static bool is_end(struct xj_csv *r, int c, enum end *ret)
{
    if (c == ',')
        *ret = END_OF_FIELD;
    else if (c == NONE)
        *ret = END_OF_FILE;
    else if (c == '\n' || (c == '\r' && lf_follows(r)))
        *ret = END_OF_RECORD;
    else
        return false;
    r->line += *ret == END_OF_RECORD;
    return true;
}

static enum end read_plain(struct xj_csv *r, int c)
{
    enum end end;
    for (; !is_end(r, c, &end); c = take(r)) {
        if (c == '"')
            fault(r, XJ_CSV_QUOTE);
        if (c == '\r')
            fault(r, XJ_CSV_CR);
        add_checked(r, c);
    }
    return end;
}

static enum end read_quoted(struct xj_csv *r)
{
    enum end end;
    for (;;) {
        int c = take(r);
        if (c == NONE) {
            fault(r, XJ_CSV_UNCLOSED);
            return END_OF_FILE;
        }
        if (c == '"') {
            c = take(r);
            if (is_end(r, c, &end))
                return end;
            if (c != '"') {
                fault(r, XJ_CSV_AFTER_QUOTE);
                return read_plain(r, c);
            }
        } else if (c == '\r' && lf_follows(r)) {
            c = '\n';
        }
        add_checked(r, c);
    }
}

/* Whole characters to the end of the field: what was cut for its length, and what no UTF-8 is, must not be handed on. */
static void make_sound(struct xj_csv *r)
{
    size_t from = begin_of(r, r->count);
    struct xj_slice field = xj_slice_of(r->text.p != NULL ? r->text.p + from : NULL, r->text.n - from);
    if (xj_utf8_valid(field))
        return;
    bool cut = false;
    for (size_t i = 0; i < r->fault_count; i++)
        cut = cut || r->faults[i].wrong == XJ_CSV_FIELD_LONG || r->faults[i].wrong == XJ_CSV_RECORD_LONG;
    if (!cut)
        fault(r, XJ_CSV_BAD_BYTE);
    for (size_t i = from; i < r->text.n; i++)
        if (r->text.p[i] >= 0x80)
            r->text.p[i] = '?';
}

static void end_field(struct xj_csv *r)
{
    make_sound(r);
    if (r->count < XJ_CSV_FIELDS) {
        r->ends[r->count++] = r->text.n;
        return;
    }
    fault(r, XJ_CSV_FIELDS_MANY);
    r->text.n = begin_of(r, r->count);
}

bool xj_csv_next(struct xj_csv *r)
{
    enum end end;
    int c = take(r);
    xj_buf_reset(&r->text);
    r->count = r->fault_count = 0;
    if (r->ended || c == NONE)
        return false;
    r->first_line = r->line;
    do {
        end = c == '"' ? read_quoted(r) : read_plain(r, c);
        end_field(r);
        if (end == END_OF_FIELD)
            c = take(r);
    } while (end == END_OF_FIELD);
    r->record++;
    r->ended = end == END_OF_FILE;
    return r->text.err == XJ_OK;
}

enum xj_err xj_csv_err(const struct xj_csv *r)
{
    return r->text.err;
}

uint64_t xj_csv_record(const struct xj_csv *r)
{
    return r->record;
}

uint64_t xj_csv_line(const struct xj_csv *r)
{
    return r->first_line;
}

size_t xj_csv_count(const struct xj_csv *r)
{
    return r->count;
}

struct xj_slice xj_csv_field(const struct xj_csv *r, size_t i)
{
    size_t from = begin_of(r, i);
    return xj_slice_of(r->text.p != NULL ? r->text.p + from : (const uint8_t *)"", r->ends[i] - from);
}

size_t xj_csv_faults(const struct xj_csv *r, const struct xj_csv_fault **ret)
{
    *ret = r->faults;
    return r->fault_count;
}

const char *xj_csv_text(enum xj_csv_wrong wrong, bool zh)
{
    static const char *const texts[][2] = {
        [XJ_CSV_FINE] = {"", ""},
        [XJ_CSV_BAD_BYTE] = {"有不属于文件编码的字节", "a byte that is no character of the file's encoding"},
        [XJ_CSV_NUL] = {"有空字节（NUL）", "a NUL byte"},
        [XJ_CSV_QUOTE] = {"没有用引号括起的栏里有引号", "a quote inside a field that is not in quotes"},
        [XJ_CSV_AFTER_QUOTE] = {"收尾引号之后、逗号之前还有内容", "something between the closing quote and the comma"},
        [XJ_CSV_CR] = {"有单独的回车符（CR）", "a CR that no LF follows"},
        [XJ_CSV_UNCLOSED] = {"引号到文件末尾没有收尾", "a quote that is never closed"},
        [XJ_CSV_FIELD_LONG] = {"内容超过 64 KiB", "longer than 64 KiB"},
        [XJ_CSV_RECORD_LONG] = {"整行超过 256 KiB", "the whole row is longer than 256 KiB"},
        [XJ_CSV_FIELDS_MANY] = {"超过 512 栏", "more than 512 fields"},
    };
    return texts[wrong][zh ? 0 : 1];
}
