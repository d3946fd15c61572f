#include "agents/cli/rows_in.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agents/cli/cells.h"

struct name {
    char *text;
    int column; /* or XJ_ROWS_SKIP */
};
struct xj_rows {
    xj_rows_column *column;
    void *arg;
    struct xj_notes *notes;
    enum xj_err err;
    struct name names[XJ_ROWS_COLUMNS]; /* of CSV by field, of JSON as they came */
    size_t name_count;
    struct xj_slice values[XJ_ROWS_COLUMNS]; /* by column */
    int from[XJ_ROWS_COLUMNS];               /* index of the name the value came under; the last seen */
    struct xj_csv *csv;
    struct xj_slice json; /* what is left of it; p NULL: CSV */
    json_t *object;
    uint64_t number, line;
    bool first, over;
};

static const struct xj_slice none = {NULL, 0};

/* ---- columns ---- */

/* Asks who reads for the column of a name, once. Returns the name's index, or -1 when there are too many. */
static int name_of(struct xj_rows *r, struct xj_slice name)
{
    for (size_t i = 0; r->csv == NULL && i < r->name_count; i++)
        if (xj_slice_is(name, r->names[i].text))
            return (int)i;
    if (r->name_count == XJ_ROWS_COLUMNS)
        return -1;
    struct name *n = &r->names[r->name_count];
    n->text = xj_slice_dup(name);
    if (n->text == NULL) {
        r->err = XJ_ENOMEM;
        return -1;
    }
    n->column = name.n > 0 ? r->column(r->arg, xj_slice_cstr(n->text), r->number, r->notes) : XJ_ROWS_SKIP;
    return (int)r->name_count++;
}

static void read_header(struct xj_rows *r)
{
    bool seen[XJ_ROWS_COLUMNS] = {false};
    size_t count = xj_csv_count(r->csv);
    for (size_t i = 0; i < count && r->err == XJ_OK; i++) {
        struct xj_slice name = xj_cell_trim(xj_csv_field(r->csv, i));
        int at = name_of(r, name), column = at >= 0 ? r->names[at].column : XJ_ROWS_SKIP;
        if (column == XJ_ROWS_SKIP)
            continue;
        if (seen[column]) {
            xj_notes_add(r->notes, r->number, name, "这一栏出现了两次", "this column is there twice");
            r->names[at].column = XJ_ROWS_SKIP;
        }
        seen[column] = true;
    }
}

/* ---- CSV ---- */

static struct xj_slice csv_name(const struct xj_rows *r, size_t field)
{
    return field < r->name_count ? xj_slice_cstr(r->names[field].text) : none;
}

/* False when something is wrong with the record's form; all of it is noted. */
static bool csv_sound(struct xj_rows *r)
{
    const struct xj_csv_fault *faults;
    size_t n = xj_csv_faults(r->csv, &faults), count = xj_csv_count(r->csv);
    for (size_t i = 0; i < n; i++)
        /* Both texts take both words; each shows its own. */
        xj_notes_add(r->notes, r->number, csv_name(r, faults[i].field), "%s%.0s（文件第 %" PRIu64 " 行起，第 %zu 栏）",
                     "%.0s%s (line %" PRIu64 " of the file and on, field %zu)", xj_csv_text(faults[i].wrong, true),
                     xj_csv_text(faults[i].wrong, false), xj_csv_line(r->csv), faults[i].field + 1);
    return n == 0 && count > 0;
}

static void csv_values(struct xj_rows *r, bool *sound)
{
    size_t count = xj_csv_count(r->csv), want = r->name_count;
    for (size_t i = 0; i < count; i++) {
        struct xj_slice value = xj_cell_trim(xj_csv_field(r->csv, i));
        if (xj_cell_empty(value))
            continue;
        if (i >= want || r->names[i].text[0] == '\0') {
            xj_notes_add(r->notes, r->number, none, "第 %zu 栏没有栏名，却有内容", "field %zu has no name, and something in it", i + 1);
            *sound = false;
        } else if (r->names[i].column != XJ_ROWS_SKIP) {
            r->values[r->names[i].column] = value;
            r->from[r->names[i].column] = (int)i;
        }
    }
    if (count < want) {
        xj_notes_add(r->notes, r->number, none, "只有 %zu 栏，栏名有 %zu 个", "%zu fields where there are %zu names", count, want);
        *sound = false;
    }
}

static bool csv_blank(const struct xj_rows *r)
{
    for (size_t i = 0; i < xj_csv_count(r->csv); i++)
        if (xj_cell_trim(xj_csv_field(r->csv, i)).n > 0)
            return false;
    return true;
}

static bool csv_next(struct xj_rows *r, bool *ret_sound)
{
    while (r->err == XJ_OK && xj_csv_next(r->csv)) {
        r->number = xj_csv_record(r->csv);
        *ret_sound = csv_sound(r);
        if (r->first) {
            r->first = false;
            read_header(r);
            continue;
        }
        if (csv_blank(r) && *ret_sound)
            continue;
        csv_values(r, ret_sound);
        return r->err == XJ_OK;
    }
    if (r->err == XJ_OK)
        r->err = xj_csv_err(r->csv);
    return false;
}

/* ---- JSON ---- */

static void json_pass(struct xj_rows *r, size_t n)
{
    for (size_t i = 0; i < n; i++)
        r->line += r->json.p[i] == '\n';
    r->json = xj_slice_of(r->json.p + n, r->json.n - n);
}

static int json_peek(struct xj_rows *r)
{
    size_t n = 0;
    while (n < r->json.n && strchr(" \t\r\n", r->json.p[n]) != NULL && r->json.p[n] != '\0')
        n++;
    json_pass(r, n);
    return r->json.n > 0 ? r->json.p[0] : -1;
}

static void json_broken(struct xj_rows *r, uint64_t line)
{
    xj_notes_add(r->notes, r->number, none, "从文件第 %" PRIu64 " 行起不是 JSON 对象的数组", "no JSON array of objects from line %" PRIu64 " of the file on", line);
    r->over = true;
}

/* Whole numbers and truth become the text that a cell would have. False: noted. */
static bool json_text(struct xj_rows *r, const char *key, json_t *value)
{
    char text[32];
    const char *made = NULL;
    if (json_is_string(value) || json_is_null(value))
        return true;
    if (json_is_integer(value)) {
        snprintf(text, sizeof text, "%lld", (long long)json_integer_value(value));
        made = text;
    } else if (json_is_boolean(value)) {
        made = json_is_true(value) ? "是" : "否";
    } else {
        xj_notes_add(r->notes, r->number, xj_slice_cstr(key), "应为文字或者整数；小数请写成带引号的文字", "must be text or a whole number; write a fraction as text");
        return false;
    }
    if (json_object_set_new(r->object, key, json_string(made)) != 0)
        r->err = XJ_ENOMEM;
    return r->err == XJ_OK;
}

static void json_value(struct xj_rows *r, const char *key, const json_t *value, bool *sound)
{
    struct xj_slice name = xj_cell_trim(xj_slice_cstr(key)), text = xj_slice_of(json_string_value(value), json_string_length(value));
    int at = name_of(r, name), column = at >= 0 ? r->names[at].column : XJ_ROWS_SKIP;
    if (text.n > XJ_CSV_FIELD_BYTES) {
        xj_notes_add(r->notes, r->number, name, "内容超过 64 KiB", "longer than 64 KiB");
        *sound = false;
    }
    text = text.n > 0 ? xj_cell_trim(text) : none;
    if (column == XJ_ROWS_SKIP || xj_cell_empty(text))
        return;
    if (r->values[column].n > 0) {
        xj_notes_add(r->notes, r->number, name, "这一栏出现了两次", "this column is there twice");
        *sound = false;
    }
    r->values[column] = text;
    r->from[column] = at;
}

static bool json_element(struct xj_rows *r)
{
    json_error_t at;
    json_decref(r->object);
    r->object = json_loadb((const char *)r->json.p, r->json.n, JSON_REJECT_DUPLICATES | JSON_DISABLE_EOF_CHECK, &at);
    if (r->object == NULL) {
        json_broken(r, r->line + (at.line > 0 ? (uint64_t)at.line - 1 : 0));
        return false;
    }
    json_pass(r, (size_t)at.position);
    return true;
}

/* Up to the next element; false at the end, or where the array is broken. */
static bool json_come_to(struct xj_rows *r)
{
    int c = json_peek(r);
    bool begins = r->number++ == 0;
    if (c == ']') {
        json_pass(r, 1);
        if (json_peek(r) != -1)
            json_broken(r, r->line);
        r->over = true;
        return false;
    }
    if (!begins && c != ',') {
        json_broken(r, r->line);
        return false;
    }
    if (!begins)
        json_pass(r, 1);
    (void)json_peek(r);
    return true;
}

static bool json_next(struct xj_rows *r, bool *ret_sound)
{
    const char *key;
    json_t *value;
    if (!json_come_to(r) || !json_element(r))
        return false;
    *ret_sound = json_is_object(r->object);
    if (!*ret_sound)
        xj_notes_add(r->notes, r->number, none, "不是对象", "no object");
    json_object_foreach(r->object, key, value)
        *ret_sound = json_text(r, key, value) && *ret_sound;
    json_object_foreach(r->object, key, value)
        if (json_is_string(value))
            json_value(r, key, value, ret_sound);
    return r->err == XJ_OK;
}

/* ---- both ---- */

static bool is_json(struct xj_slice bytes)
{
    struct xj_slice s = xj_cell_trim(bytes);
    return s.n > 0 && s.p[0] == '[';
}

enum xj_err xj_rows_open(struct xj_slice bytes, enum xj_csv_encoding encoding, xj_rows_column *column, void *arg,
                         struct xj_notes *notes, struct xj_rows **ret)
{
    *ret = NULL;
    struct xj_rows *r = calloc(1, sizeof *r);
    if (r == NULL)
        return XJ_ENOMEM;
    r->column = column;
    r->arg = arg;
    r->notes = notes;
    r->line = 1;
    r->first = true;
    enum xj_err err = XJ_OK;
    if (bytes.n >= 2 && (memcmp(bytes.p, "\xFF\xFE", 2) == 0 || memcmp(bytes.p, "\xFE\xFF", 2) == 0)) {
        xj_notes_add(notes, 0, none, "文件是 UTF-16 编码，请另存为 CSV UTF-8", "the file is UTF-16: save it as CSV UTF-8");
        r->over = true;
    } else if (is_json(bytes)) {
        r->json = bytes;
        while (r->json.p[0] != '[')
            json_pass(r, 1);
        json_pass(r, 1);
    } else {
        err = xj_csv_open(bytes, encoding, &r->csv);
    }
    if (err != XJ_OK) {
        xj_rows_close(r);
        return err;
    }
    *ret = r;
    return XJ_OK;
}

void xj_rows_close(struct xj_rows *r)
{
    if (r == NULL)
        return;
    for (size_t i = 0; i < r->name_count; i++)
        free(r->names[i].text);
    xj_csv_close(r->csv);
    json_decref(r->object);
    free(r);
}

bool xj_rows_next(struct xj_rows *r, bool *ret_sound)
{
    memset(r->values, 0, sizeof r->values);
    *ret_sound = true;
    if (r->over)
        return false;
    return r->csv != NULL ? csv_next(r, ret_sound) : json_next(r, ret_sound);
}

enum xj_err xj_rows_err(const struct xj_rows *r)
{
    return r->err;
}

uint64_t xj_rows_number(const struct xj_rows *r)
{
    return r->number;
}

struct xj_slice xj_rows_value(const struct xj_rows *r, int column)
{
    return r->values[column];
}

struct xj_slice xj_rows_name(const struct xj_rows *r, int column)
{
    if (r->values[column].n > 0)
        return xj_slice_cstr(r->names[r->from[column]].text);
    for (size_t i = 0; i < r->name_count; i++)
        if (r->names[i].column == column)
            return xj_slice_cstr(r->names[i].text);
    return none;
}
