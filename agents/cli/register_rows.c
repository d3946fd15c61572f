#include "agents/cli/register_rows.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "agents/cli/cells.h"
#include "schema/base/civil.h"
#include "schema/wire/read.h"

#define VALUE_BYTES (64u * 1024)

/* ---- agencies by name ---- */

struct named {
    char *name, *id;
};
struct xj_agency_names {
    struct named *list; /* by name, then id */
    size_t count, cap;
    enum xj_err err;
};

static bool make_room(struct xj_agency_names *n)
{
    if (n->count < n->cap)
        return true;
    size_t cap = n->cap > 0 ? 2 * n->cap : 64;
    struct named *list = realloc(n->list, cap * sizeof *list);
    if (list == NULL)
        return false;
    n->list = list;
    n->cap = cap;
    return true;
}

static void add_name(struct xj_agency_names *n, struct xj_slice name, struct xj_slice id)
{
    if (n->err != XJ_OK || name.n == 0)
        return;
    struct named one = {xj_slice_dup(name), xj_slice_dup(id)};
    if (one.name != NULL && one.id != NULL && make_room(n)) {
        n->list[n->count++] = one;
        return;
    }
    free(one.name);
    free(one.id);
    n->err = XJ_ENOMEM;
}

static bool see_agency(void *arg, struct xj_slice id, struct xj_slice value)
{
    struct xj_agency_names *n = arg;
    struct xj_doc doc;
    n->err = xj_doc_open(&doc, value, XJ_MAX_REGISTER_NODES);
    if (n->err != XJ_OK)
        return false;
    add_name(n, id, id);
    add_name(n, xj_map_str(&doc.root, "name"), id);
    struct xj_cur c = xj_cur_over(xj_map_get(&doc.root, "aliases"), 0, UINT32_MAX);
    while (c.left > 0 && !c.bad)
        add_name(n, xj_take_str(&c, 0, SIZE_MAX), id);
    xj_doc_close(&doc);
    return n->err == XJ_OK;
}

static int by_name(const void *a, const void *b)
{
    const struct named *x = a, *y = b;
    int order = strcmp(x->name, y->name);
    return order != 0 ? order : strcmp(x->id, y->id);
}

enum xj_err xj_agency_names_load(const struct xj_store *store, struct xj_agency_names **ret)
{
    *ret = NULL;
    struct xj_agency_names *n = calloc(1, sizeof *n);
    if (n == NULL)
        return XJ_ENOMEM;
    enum xj_err err = xj_reg_each(store, "agency", (struct xj_slice){NULL, 0}, see_agency, n);
    if (err == XJ_OK)
        err = n->err;
    if (err != XJ_OK) {
        xj_agency_names_free(n);
        return err;
    }
    if (n->count > 0)
        qsort(n->list, n->count, sizeof *n->list, by_name);
    *ret = n;
    return XJ_OK;
}

void xj_agency_names_free(struct xj_agency_names *n)
{
    for (size_t i = 0; n != NULL && i < n->count; i++) {
        free(n->list[i].name);
        free(n->list[i].id);
    }
    if (n != NULL)
        free(n->list);
    free(n);
}

const char *xj_agency_names_find(const struct xj_agency_names *n, struct xj_slice name, bool *ret_many)
{
    size_t low = 0, high = n->count;
    *ret_many = false;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (xj_slice_cmp(xj_slice_cstr(n->list[middle].name), name) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    if (low == n->count || !xj_slice_is(name, n->list[low].name))
        return NULL;
    for (size_t i = low + 1; i < n->count && strcmp(n->list[i].name, n->list[low].name) == 0; i++)
        *ret_many = *ret_many || strcmp(n->list[i].id, n->list[low].id) != 0;
    return *ret_many ? NULL : n->list[low].id;
}

/* ---- columns ---- */

/* The columns that both tables have come first. */
enum column { COLUMN_AGENCY, COLUMN_NUMBER, COLUMN_FROM, COLUMN_TO, COLUMN_WITHDRAWN, COLUMN_OWN };
enum certificate { COLUMN_NAME = COLUMN_OWN, COLUMN_ISSUER, COLUMN_SCOPE, COLUMN_FORM, CERTIFICATE_COLUMNS };
enum entrustment { COLUMN_TOWNSHIP = COLUMN_OWN, COLUMN_ITEMS, COLUMN_POWERS, COLUMN_AREA, COLUMN_BASIS, ENTRUSTMENT_COLUMNS };

static const char *const certificate_names[CERTIFICATE_COLUMNS][3] = {
    [COLUMN_AGENCY] = {"agency", "执法机关", "所在单位"}, [COLUMN_NUMBER] = {"number", "执法证号", "证号"}, [COLUMN_FROM] = {"from", "有效期起"},
    [COLUMN_TO] = {"to", "有效期止"}, [COLUMN_WITHDRAWN] = {"withdrawn", "注销"}, [COLUMN_NAME] = {"name", "姓名", "持证人"},
    [COLUMN_ISSUER] = {"issuer", "发证机关"}, [COLUMN_SCOPE] = {"scope", "执法领域"}, [COLUMN_FORM] = {"form", "证件形式"}};
static const char *const entrustment_names[ENTRUSTMENT_COLUMNS][3] = {
    [COLUMN_AGENCY] = {"bureau", "委托机关"}, [COLUMN_NUMBER] = {"number", "委托书文号"}, [COLUMN_FROM] = {"from", "有效期起"},
    [COLUMN_TO] = {"to", "有效期止"}, [COLUMN_WITHDRAWN] = {"withdrawn", "注销"}, [COLUMN_TOWNSHIP] = {"township", "受托机关", "受托乡镇"},
    [COLUMN_ITEMS] = {"items", "委托事项"}, [COLUMN_POWERS] = {"powers", "委托权限"}, [COLUMN_AREA] = {"area", "区域"}, [COLUMN_BASIS] = {"basis", "依据"}};

struct reading {
    const char *kind;
    bool certificates;
    const struct xj_agency_names *names;
    struct xj_rows *rows;
    struct xj_changes *changes;
    struct xj_notes *errors;
    struct seen *seen;
    size_t seen_count, seen_cap;
    bool good; /* the row in hand */
    enum xj_err err;
};

static const char *const (*names_of(const struct reading *r, size_t *ret_count))[3]
{
    *ret_count = r->certificates ? (size_t)CERTIFICATE_COLUMNS : (size_t)ENTRUSTMENT_COLUMNS;
    return r->certificates ? certificate_names : entrustment_names;
}

static int column_of(void *arg, struct xj_slice name, uint64_t row, struct xj_notes *notes)
{
    const struct reading *r = arg;
    struct xj_buf plain;
    size_t count;
    int found = XJ_ROWS_SKIP;
    const char *const(*names)[3] = names_of(r, &count);
    if (name.n >= 2 && memcmp(name.p, "x_", 2) == 0)
        return XJ_ROWS_SKIP;
    xj_buf_init(&plain, 255);
    xj_cell_name(name, &plain);
    for (size_t i = 0; i < count; i++)
        for (size_t k = 0; k < 3 && names[i][k] != NULL; k++)
            if (xj_slice_is(xj_buf_slice(&plain), names[i][k]))
                found = (int)i;
    if (found == XJ_ROWS_SKIP)
        xj_notes_add(notes, row, name, "不认识这一栏；不用的栏请以 x_ 开头", "no such column; begin the name of one that does not count with x_");
    xj_buf_free(&plain);
    return found;
}

/* ---- cells ---- */

static void wrong(struct reading *r, int column, const char *zh, const char *en)
{
    size_t count;
    struct xj_slice name = xj_rows_name(r->rows, column);
    if (name.n == 0)
        name = xj_slice_cstr(names_of(r, &count)[column][1]);
    xj_notes_add(r->errors, xj_rows_number(r->rows), name, "%s%.0s", "%.0s%s", zh, en);
    r->good = false;
}

/* The column's text, which must be there when it is needed. */
static struct xj_slice cell(struct reading *r, int column, bool needed)
{
    struct xj_slice s = xj_rows_value(r->rows, column);
    if (needed && s.n == 0)
        wrong(r, column, "不能为空", "must not be empty");
    return s;
}

static struct xj_slice title(struct reading *r, int column, bool needed)
{
    struct xj_slice s = cell(r, column, needed);
    if (s.n > XJ_MAX_TITLE_BYTES)
        wrong(r, column, "超过 255 字节", "longer than 255 bytes");
    return s;
}

static const char *agency(struct reading *r, int column)
{
    bool many;
    struct xj_slice s = cell(r, column, true);
    const char *id = s.n > 0 ? xj_agency_names_find(r->names, s, &many) : NULL;
    if (s.n > 0 && id == NULL)
        wrong(r, column, many ? "有几个机关叫这个名称，请写代号" : "登记簿里没有这个机关",
              many ? "the name of several agencies: write the id" : "no agency of the register");
    return id;
}

static int64_t day(struct reading *r, int column)
{
    int64_t days = 0;
    struct xj_slice s = cell(r, column, true);
    if (s.n > 0 && !xj_cell_date(s, &days))
        wrong(r, column, "不是日期，应如 2026-03-02", "no date, such as 2026-03-02");
    return days;
}

static json_t *text_json(struct xj_slice s)
{
    return s.n > 0 ? json_stringn((const char *)s.p, s.n) : json_string(""); /* none is told elsewhere */
}

static void put_text(struct reading *r, json_t *value, const char *key, int column)
{
    struct xj_slice s = cell(r, column, false);
    if (s.n > 0)
        (void)json_object_set_new(value, key, text_json(s));
}

static json_t *list_json(struct reading *r, int column, bool needed)
{
    struct xj_slice list = cell(r, column, needed);
    json_t *made = json_array();
    if (xj_slice_is(list, "全部"))
        return made;
    for (struct xj_slice one = xj_cell_next(&list); one.n > 0; one = xj_cell_next(&list))
        (void)json_array_append_new(made, text_json(one));
    return made;
}

static void put_form(struct reading *r, json_t *value)
{
    static const char *const forms[][2] = {{"卡片", "card"}, {"纸质", "card"}, {"card", "card"}, {"电子", "electronic"}, {"electronic", "electronic"}};
    struct xj_slice s = cell(r, COLUMN_FORM, false);
    for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++)
        if (xj_slice_is(s, forms[i][0])) {
            (void)json_object_set_new(value, "form", json_string(forms[i][1]));
            return;
        }
    if (s.n > 0)
        wrong(r, COLUMN_FORM, "应为卡片或者电子", "must be 卡片 (card) or 电子 (electronic)");
}

/* ---- rows ---- */

struct seen {
    char id[33];
    uint64_t row;
};

static void note_seen(struct reading *r, const char *id)
{
    if (r->seen_count == r->seen_cap) {
        size_t cap = r->seen_cap > 0 ? 2 * r->seen_cap : 1024;
        struct seen *list = realloc(r->seen, cap * sizeof *list);
        if (list == NULL) {
            r->err = XJ_ENOMEM;
            return;
        }
        r->seen = list;
        r->seen_cap = cap;
    }
    struct seen *s = &r->seen[r->seen_count++];
    memcpy(s->id, id, sizeof s->id);
    s->row = xj_rows_number(r->rows);
}

static int by_id_and_row(const void *a, const void *b)
{
    const struct seen *x = a, *y = b;
    int order = memcmp(x->id, y->id, sizeof x->id);
    return order != 0 ? order : (x->row > y->row) - (x->row < y->row);
}

static void note_twice(struct reading *r)
{
    size_t count;
    if (r->seen_count > 0)
        qsort(r->seen, r->seen_count, sizeof *r->seen, by_id_and_row);
    for (size_t i = 1; i < r->seen_count; i++)
        if (memcmp(r->seen[i - 1].id, r->seen[i].id, sizeof r->seen[i].id) == 0)
            xj_notes_add(r->errors, r->seen[i].row, xj_slice_cstr(names_of(r, &count)[COLUMN_NUMBER][1]), "与第 %" PRIu64 " 行的机关和编号相同",
                         "the agency and number of row %" PRIu64, r->seen[i - 1].row);
}

static json_t *value_of(struct reading *r, const char *agency_id, struct xj_slice number)
{
    int64_t from = day(r, COLUMN_FROM), to = day(r, COLUMN_TO);
    if (r->good && to < from)
        wrong(r, COLUMN_TO, "早于有效期起", "before the day it begins");
    json_t *value = json_pack("{s:s, s:o, s:I, s:I}", r->certificates ? "agency" : "bureau", agency_id != NULL ? agency_id : "", "number", text_json(number),
                              "from", (json_int_t)from, "to", (json_int_t)to);
    if (r->certificates) {
        (void)json_object_set_new(value, "name", text_json(title(r, COLUMN_NAME, true)));
        put_text(r, value, "issuer", COLUMN_ISSUER);
        put_text(r, value, "scope", COLUMN_SCOPE);
        put_form(r, value);
        return value;
    }
    const char *township = agency(r, COLUMN_TOWNSHIP);
    (void)json_object_set_new(value, "township", json_string(township != NULL ? township : ""));
    (void)json_object_set_new(value, "items", list_json(r, COLUMN_ITEMS, true));
    (void)json_object_set_new(value, "powers", list_json(r, COLUMN_POWERS, false));
    put_text(r, value, "area", COLUMN_AREA);
    put_text(r, value, "basis", COLUMN_BASIS);
    return value;
}

static void read_row(struct reading *r)
{
    char id[33];
    bool withdrawn = false;
    struct xj_slice said = cell(r, COLUMN_WITHDRAWN, false);
    r->good = true;
    if (said.n > 0 && !xj_cell_yes(said, &withdrawn))
        wrong(r, COLUMN_WITHDRAWN, "应为「是」或者「否」", "must be 是 or 否 (yes or no)");
    const char *agency_id = agency(r, COLUMN_AGENCY);
    struct xj_slice number = title(r, COLUMN_NUMBER, true);
    json_t *value = withdrawn ? json_null() : value_of(r, agency_id, number);
    if (agency_id != NULL && number.n > 0) {
        xj_reg_paired_id(r->kind, xj_slice_cstr(agency_id), number, id);
        note_seen(r, id);
        if (r->good)
            xj_changes_json(r->changes, r->kind, id, value, NULL, NULL);
    }
    if (value == NULL)
        r->err = XJ_ENOMEM;
    json_decref(value);
}

enum xj_err xj_register_rows(const char *kind, struct xj_slice bytes, enum xj_csv_encoding encoding, const struct xj_agency_names *names,
                             struct xj_changes *changes, struct xj_notes *errors)
{
    struct reading r = {.kind = kind, .certificates = strcmp(kind, "certificate") == 0, .names = names, .changes = changes, .errors = errors};
    bool sound, any = false;
    r.err = xj_rows_open(bytes, encoding, column_of, &r, errors, &r.rows);
    while (r.err == XJ_OK && xj_rows_next(r.rows, &sound)) {
        any = true;
        if (sound)
            read_row(&r);
    }
    if (r.err == XJ_OK)
        r.err = xj_rows_err(r.rows);
    note_twice(&r);
    if (!any && errors->total == 0)
        xj_notes_add(errors, 0, (struct xj_slice){NULL, 0}, "文件里没有一行内容", "the file has no row");
    xj_rows_close(r.rows);
    free(r.seen);
    return r.err != XJ_OK ? r.err : errors->err != XJ_OK ? errors->err : changes->err;
}

/* ---- what changes ---- */

enum xj_err xj_register_changed(const struct xj_store *store, const struct xj_changes *changes, struct xj_changes *ret,
                                struct xj_register_tally *tally)
{
    enum xj_err err = XJ_OK;
    for (size_t i = 0; err == XJ_OK && i < changes->count; i++) {
        const struct xj_reg_change *c = &changes->list[i];
        char *kind = xj_slice_dup(c->kind), *id = xj_slice_dup(c->id);
        struct xj_buf now;
        xj_buf_init(&now, VALUE_BYTES);
        err = kind != NULL && id != NULL ? xj_reg_get(store, kind, c->id, UINT64_MAX, &now) : XJ_ENOMEM;
        bool there = err == XJ_OK, same = there ? xj_slice_eq(xj_buf_slice(&now), c->value) : c->value.n == 0;
        if (err == XJ_ENOTFOUND || err == XJ_ELIMIT) /* not there, or larger than any of ours */
            err = XJ_OK;
        if (err == XJ_OK && same)
            tally->unchanged++;
        else if (err == XJ_OK) {
            xj_changes_raw(ret, kind, id, c->value);
            tally->written += c->value.n > 0;
            tally->withdrawn += c->value.n == 0;
            err = ret->err;
        }
        xj_buf_free(&now);
        free(kind);
        free(id);
    }
    return err;
}
