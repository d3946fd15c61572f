#include "agents/cli/standards_json.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "agents/cli/json_in.h"
#include "agents/cli/share.h"
#include "schema/base/civil.h"
#include "schema/base/file.h"
#include "schema/wire/pack.h"

#define SHOWN_KEY_BYTES 512u

/* What is being read and where; the first fault is told and sticks. */
struct in {
    struct xj_buf out; /* canonical bytes */
    struct xj_buf *text;
    char at[128]; /* "entries[3].rows[1]" */
    bool bad;
};

/* One member of an object or list that has to be written in canonical order. */
struct item {
    const char *key;
    const char *second; /* entries: the kind */
    int64_t day;
    const json_t *value;
    size_t at; /* position in the JSON */
};

/* at and key, joined by a dot, say where; a key of any length may come from outside and is not repeated. */
static void explain(struct xj_buf *text, const char *at, const char *key, const char *zh, const char *en)
{
    const char *dot = at[0] != '\0' && key[0] != '\0' ? "." : "";
    if (strlen(key) > SHOWN_KEY_BYTES)
        key = "…";
    if (at[0] == '\0' && key[0] == '\0')
        key = "JSON";
    if (text != NULL)
        xj_buf_addf(text, "追诉标准：%s%s%s：%s / filing standards: %s%s%s: %s\n", at, dot, key, zh, at, dot, key, en);
}

static void wrong(struct in *in, const char *key, const char *zh, const char *en)
{
    if (in->bad)
        return;
    in->bad = true;
    explain(in->text, in->at, key, zh, en);
}

/* ---- single values ---- */

/* The object must have no other keys than these. */
static bool known(struct in *in, const json_t *o, const char *const *keys, size_t count)
{
    const char *key;
    json_t *value;
    if (!json_is_object(o)) {
        wrong(in, "", "不是对象", "is no object");
        return false;
    }
    json_object_foreach((json_t *)(uintptr_t)o, key, value) {
        bool is = false;
        for (size_t i = 0; i < count; i++)
            is = is || strcmp(key, keys[i]) == 0;
        if (!is)
            wrong(in, key, "没有这个键", "no such key");
    }
    return !in->bad;
}

static struct xj_slice string_of(struct in *in, const json_t *v, const char *key, size_t min, size_t max)
{
    const size_t n = json_string_length(v);
    if (json_is_string(v) && n >= min && n <= max)
        return xj_slice_of(json_string_value(v), n);
    wrong(in, key, json_is_string(v) ? "为空或太长" : "不是文字", json_is_string(v) ? "is empty or too long" : "is no text");
    return xj_slice_of("", 0);
}

/* Writes the text under key; an optional one that is absent is empty. */
static void put_text(struct in *in, const json_t *o, const char *key, bool optional, size_t max)
{
    const json_t *v = json_object_get(o, key);
    if (v == NULL && !optional)
        wrong(in, key, "缺少", "is missing");
    xj_put_str(&in->out, v != NULL ? string_of(in, v, key, 1, max) : xj_slice_of("", 0));
}

static int64_t int_of(struct in *in, const json_t *v, const char *key, int64_t min, int64_t max)
{
    if (json_is_integer(v) && json_integer_value(v) >= min && json_integer_value(v) <= max)
        return json_integer_value(v);
    wrong(in, key, json_is_integer(v) ? "超出范围" : "不是整数", json_is_integer(v) ? "is out of range" : "is no integer");
    return min;
}

static int64_t day_of(struct in *in, const json_t *v, const char *key)
{
    int64_t day = 0;
    if (!json_is_string(v) || !xj_date_parse(json_string_value(v), &day) || day < 0) {
        wrong(in, key, "不是日期", "is no date");
        return 0;
    }
    return day;
}

static size_t list_of(struct in *in, const json_t *v, const char *key, size_t min, size_t max)
{
    if (!json_is_array(v) || json_array_size(v) < min || json_array_size(v) > max) {
        wrong(in, key, "不是列表，或项数不对", "is no list, or has too few or too many items");
        return 0;
    }
    return json_array_size(v);
}

/* ---- canonical order ---- */

static int cmp_item(const void *a, const void *b)
{
    const struct item *x = a, *y = b;
    int cmp = strcmp(x->key, y->key);
    if (cmp == 0)
        cmp = strcmp(x->second, y->second);
    return cmp != 0 ? cmp : (x->day > y->day) - (x->day < y->day);
}

/* The members of an object, sorted, and their number written; NULL with no memory. Free it. */
static struct item *members(struct in *in, const json_t *o, size_t *ret_count)
{
    const char *key;
    json_t *value;
    struct item *list = calloc(json_object_size(o) + 1, sizeof *list);
    *ret_count = 0;
    if (list == NULL) {
        in->out.err = in->out.err != XJ_OK ? in->out.err : XJ_ENOMEM;
        return NULL;
    }
    json_object_foreach((json_t *)(uintptr_t)o, key, value)
        list[(*ret_count)++] = (struct item){.key = key, .second = "", .value = value};
    qsort(list, *ret_count, sizeof *list, cmp_item);
    xj_put_array(&in->out, (uint32_t)*ret_count);
    return list;
}

static const char *text_or_empty(const json_t *o, const char *key)
{
    const char *s = json_string_value(json_object_get(o, key));
    return s != NULL ? s : "";
}

static struct item *sorted_entries(struct in *in, const json_t *root, size_t *ret_count)
{
    const json_t *list = json_object_get(root, "entries"), *each;
    size_t i;
    *ret_count = list_of(in, list, "entries", 0, XJ_STD_ENTRIES_MAX);
    struct item *items = calloc(*ret_count + 1, sizeof *items);
    if (items == NULL) {
        in->out.err = in->out.err != XJ_OK ? in->out.err : XJ_ENOMEM;
        return NULL;
    }
    for (i = 0; i < *ret_count; i++) {
        int64_t day = 0;
        each = json_array_get(list, i);
        (void)xj_date_parse(text_or_empty(each, "from"), &day); /* what is no date is found when it is written */
        items[i] = (struct item){.key = text_or_empty(each, "charge"), .second = text_or_empty(each, "kind"), .day = day, .value = each, .at = i};
    }
    qsort(items, *ret_count, sizeof *items, cmp_item);
    return items;
}

/* ---- measures, aliases, instruments ---- */

static void put_part(struct in *in, const struct item *p)
{
    xj_put_array(&in->out, 2);
    xj_put_cstr(&in->out, p->key);
    xj_put_int(&in->out, int_of(in, p->value, p->key, 1, XJ_STD_FACTOR_MAX));
}

static void put_parts(struct in *in, const json_t *parts, const json_t *divisor, const char *name)
{
    size_t count;
    if (parts == NULL) {
        xj_put_array(&in->out, 0);
        xj_put_uint(&in->out, 1);
        return;
    }
    if (!json_is_object(parts) || json_object_size(parts) == 0 || json_object_size(parts) > XJ_STD_PARTS_MAX) {
        wrong(in, name, "组成部分写错", "the parts are wrong");
        return;
    }
    struct item *list = members(in, parts, &count);
    for (size_t i = 0; list != NULL && i < count; i++)
        put_part(in, &list[i]);
    free(list);
    xj_put_int(&in->out, int_of(in, divisor, name, 1, XJ_STD_FACTOR_MAX));
}

static void put_measure(struct in *in, const struct item *m)
{
    const size_t n = json_array_size(m->value);
    if (!json_is_array(m->value) || (n != 3 && n != 5)) {
        wrong(in, m->key, "应为 [zh, en, unit] 或再加 {组成}, 除数", "should be [zh, en, unit], or with {parts}, divisor");
        return;
    }
    xj_put_array(&in->out, 6);
    xj_put_cstr(&in->out, m->key);
    for (size_t i = 0; i < 3; i++)
        xj_put_str(&in->out, string_of(in, json_array_get(m->value, i), m->key, 1, i < 2 ? XJ_STD_TEXT_MAX : XJ_STD_UNIT_MAX));
    put_parts(in, json_array_get(m->value, 3), json_array_get(m->value, 4), m->key);
}

static void put_alias(struct in *in, const struct item *a)
{
    xj_put_array(&in->out, 2);
    xj_put_cstr(&in->out, a->key);
    xj_put_str(&in->out, string_of(in, a->value, a->key, 1, XJ_STD_TEXT_MAX));
}

static void put_instrument(struct in *in, const struct item *x)
{
    const json_t *day = json_array_get(x->value, 2);
    if (!json_is_array(x->value) || json_array_size(x->value) != 4) {
        wrong(in, x->key, "应为 [名称, 文号, 施行日, 标记]", "should be [title, number, day, tag]");
        return;
    }
    xj_put_array(&in->out, 5);
    xj_put_cstr(&in->out, x->key);
    xj_put_str(&in->out, string_of(in, json_array_get(x->value, 0), x->key, 1, XJ_STD_TEXT_MAX));
    xj_put_str(&in->out, string_of(in, json_array_get(x->value, 1), x->key, 0, XJ_STD_TEXT_MAX));
    if (json_is_null(day))
        xj_put_nil(&in->out);
    else
        xj_put_int(&in->out, day_of(in, day, x->key));
    xj_put_str(&in->out, string_of(in, json_array_get(x->value, 3), x->key, 1, 2));
}

/* Writes an object's members in order; false after a fault. The names are kept for the fault that decoding may find. */
static struct item *put_members(struct in *in, const json_t *root, const char *name, void (*put)(struct in *, const struct item *))
{
    size_t count;
    const json_t *o = json_object_get(root, name);
    if (!json_is_object(o)) {
        wrong(in, name, "不是对象", "is no object");
        return NULL;
    }
    struct item *list = members(in, o, &count);
    (void)snprintf(in->at, sizeof in->at, "%s", name);
    for (size_t i = 0; list != NULL && !in->bad && i < count; i++)
        put(in, &list[i]);
    in->at[0] = '\0';
    return list;
}

/* ---- rows ---- */

static void put_limits(struct in *in, const json_t *list)
{
    const size_t n = list == NULL ? 0 : list_of(in, list, "all_of", 1, XJ_STD_LIMITS_MAX);
    xj_put_array(&in->out, (uint32_t)n);
    for (size_t i = 0; i < n; i++) {
        const json_t *one = json_array_get(list, i);
        if (list_of(in, one, "all_of", 3, 3) == 0)
            return;
        xj_put_array(&in->out, 3);
        xj_put_str(&in->out, string_of(in, json_array_get(one, 0), "all_of", 1, XJ_STD_TEXT_MAX));
        xj_put_str(&in->out, string_of(in, json_array_get(one, 1), "all_of", 1, 2));
        xj_put_int(&in->out, int_of(in, json_array_get(one, 2), "all_of", 0, XJ_STD_VALUE_MAX));
    }
}

static void put_prior(struct in *in, const json_t *p)
{
    static const char *const keys[] = {"times", "years", "convicted", "what"};
    const json_t *convicted = json_object_get(p, "convicted");
    if (p == NULL) {
        xj_put_nil(&in->out);
        return;
    }
    if (!known(in, p, keys, 4))
        return;
    xj_put_array(&in->out, 4);
    xj_put_int(&in->out, int_of(in, json_object_get(p, "times"), "prior.times", 1, 99));
    xj_put_int(&in->out, int_of(in, json_object_get(p, "years"), "prior.years", 0, XJ_STD_YEARS_MAX));
    if (convicted == NULL)
        xj_put_nil(&in->out);
    else
        xj_put_int(&in->out, int_of(in, convicted, "prior.convicted", 0, XJ_STD_YEARS_MAX));
    put_text(in, p, "what", false, XJ_STD_TEXT_MAX);
}

/* "KEY article" */
static void put_cites(struct in *in, const json_t *list)
{
    const size_t n = list_of(in, list, "cite", 1, XJ_STD_CITES_MAX);
    xj_put_array(&in->out, (uint32_t)n);
    for (size_t i = 0; i < n; i++) {
        const struct xj_slice s = string_of(in, json_array_get(list, i), "cite", 3, XJ_STD_TEXT_MAX);
        const uint8_t *space = s.n > 0 ? memchr(s.p, ' ', s.n) : NULL;
        if (space == NULL) {
            wrong(in, "cite", "应为“文件 条款”", "should be \"KEY article\"");
            return;
        }
        xj_put_array(&in->out, 2);
        xj_put_str(&in->out, xj_slice_of(s.p, (size_t)(space - s.p)));
        xj_put_str(&in->out, xj_slice_of(space + 1, s.n - (size_t)(space - s.p) - 1));
    }
}

static void put_amount(struct in *in, const json_t *r)
{
    const json_t *measure = json_object_get(r, "measure"), *value = json_object_get(r, "value"), *max = json_object_get(r, "max");
    if (measure == NULL) {
        if (value != NULL || max != NULL)
            wrong(in, "value", "没有 measure", "without measure");
        xj_put_nil(&in->out);
        xj_put_uint(&in->out, 0);
        xj_put_uint(&in->out, 0);
        return;
    }
    const int64_t least = int_of(in, value, "value", 1, XJ_STD_VALUE_MAX);
    xj_put_str(&in->out, string_of(in, measure, "measure", 1, XJ_STD_TEXT_MAX));
    xj_put_int(&in->out, least);
    xj_put_int(&in->out, max != NULL ? int_of(in, max, "max", least + 1, XJ_STD_VALUE_MAX) : least);
}

static void put_row(struct in *in, const json_t *r)
{
    static const char *const keys[] = {"measure", "value", "max", "all_of", "prior", "subject", "near", "judge", "aside", "note", "cite", "tag"};
    const json_t *near = json_object_get(r, "near");
    if (!known(in, r, keys, sizeof keys / sizeof keys[0]))
        return;
    xj_put_array(&in->out, 12);
    put_amount(in, r);
    put_limits(in, json_object_get(r, "all_of"));
    put_prior(in, json_object_get(r, "prior"));
    put_text(in, r, "subject", true, 16);
    xj_put_int(&in->out, near != NULL ? int_of(in, near, "near", 1, 99) : 0);
    put_text(in, r, "judge", true, XJ_STD_TEXT_MAX);
    put_text(in, r, "aside", true, 16);
    put_text(in, r, "note", true, XJ_STD_TEXT_MAX);
    put_cites(in, json_object_get(r, "cite"));
    put_text(in, r, "tag", false, 2);
}

/* ---- entries ---- */

static void put_rows(struct in *in, const json_t *rows, size_t at)
{
    const size_t n = list_of(in, rows, "rows", 1, XJ_STD_ROWS_MAX);
    xj_put_array(&in->out, (uint32_t)n);
    for (size_t i = 0; !in->bad && i < n; i++) {
        (void)snprintf(in->at, sizeof in->at, "entries[%zu].rows[%zu]", at, i);
        put_row(in, json_array_get(rows, i));
    }
}

static void put_entry(struct in *in, const struct item *x)
{
    static const char *const keys[] = {"id", "charge", "kind", "title", "article", "from", "to", "suspicion", "admin", "accumulate", "note", "rows"};
    const json_t *e = x->value, *to = json_object_get(e, "to"), *suspicion = json_object_get(e, "suspicion");
    (void)snprintf(in->at, sizeof in->at, "entries[%zu]", x->at);
    if (!known(in, e, keys, sizeof keys / sizeof keys[0]))
        return;
    if (suspicion != NULL && !json_is_boolean(suspicion))
        wrong(in, "suspicion", "不是 true 或 false", "is not true or false");
    xj_put_array(&in->out, 12);
    put_text(in, e, "charge", false, XJ_STD_TEXT_MAX);
    put_text(in, e, "kind", true, XJ_STD_TEXT_MAX);
    xj_put_int(&in->out, day_of(in, json_object_get(e, "from"), "from"));
    if (to == NULL)
        xj_put_nil(&in->out);
    else
        xj_put_int(&in->out, day_of(in, to, "to"));
    put_text(in, e, "id", false, 32);
    put_text(in, e, "title", true, XJ_STD_TEXT_MAX);
    put_text(in, e, "article", false, XJ_STD_TEXT_MAX);
    xj_put_bool(&in->out, json_is_true(suspicion));
    put_text(in, e, "admin", true, XJ_STD_TEXT_MAX);
    put_text(in, e, "accumulate", true, XJ_STD_TEXT_MAX);
    put_text(in, e, "note", true, XJ_STD_TEXT_MAX);
    put_rows(in, json_object_get(e, "rows"), x->at);
}

/* ---- the whole ---- */

/* The sorted members by list, to say of which the decoder speaks. */
struct order {
    struct item *measures, *aliases, *instruments, *entries;
};

static void tell_fault(struct xj_buf *text, const struct order *o, const struct xj_std_fault *f)
{
    char at[64] = "";
    const struct item *list = strcmp(f->list, "measures") == 0      ? o->measures
                              : strcmp(f->list, "aliases") == 0     ? o->aliases
                              : strcmp(f->list, "instruments") == 0 ? o->instruments
                                                                    : NULL;
    if (list != NULL)
        (void)snprintf(at, sizeof at, "%s", f->list);
    else if (strcmp(f->list, "entries") == 0 && f->row != SIZE_MAX)
        (void)snprintf(at, sizeof at, "entries[%zu].rows[%zu]", o->entries[f->at].at, f->row);
    else if (strcmp(f->list, "entries") == 0)
        (void)snprintf(at, sizeof at, "entries[%zu]", o->entries[f->at].at);
    explain(text, at, list != NULL ? list[f->at].key : "", f->zh, f->en);
}

static void put_all(struct in *in, const json_t *root, const char *name, struct order *o)
{
    static const char *const keys[] = {"name", "source", "measures", "aliases", "instruments", "entries"};
    size_t count;
    if (!known(in, root, keys, sizeof keys / sizeof keys[0]))
        return;
    xj_put_array(&in->out, 7);
    xj_put_uint(&in->out, XJ_STANDARDS_VERSION);
    if (json_object_get(root, "name") != NULL)
        put_text(in, root, "name", false, 32);
    else
        xj_put_cstr(&in->out, name);
    put_text(in, root, "source", false, XJ_STD_SOURCE_MAX);
    o->measures = put_members(in, root, "measures", put_measure);
    o->aliases = put_members(in, root, "aliases", put_alias);
    o->instruments = put_members(in, root, "instruments", put_instrument);
    o->entries = sorted_entries(in, root, &count);
    xj_put_array(&in->out, (uint32_t)count);
    for (size_t i = 0; o->entries != NULL && !in->bad && i < count; i++)
        put_entry(in, &o->entries[i]);
}

static enum xj_err from_root(const json_t *root, const char *name, struct xj_standards *ret, struct xj_buf *text)
{
    struct in in = {.text = text};
    struct order o = {NULL, NULL, NULL, NULL};
    struct xj_std_fault fault;
    xj_buf_init(&in.out, XJ_STANDARDS_BYTES_MAX);
    put_all(&in, root, name, &o);
    enum xj_err err = in.bad ? XJ_EMALFORMED : in.out.err;
    if (err == XJ_ELIMIT)
        explain(text, "", name, "太长", "is too long");
    if (err == XJ_OK) {
        err = xj_standards_decode(xj_buf_slice(&in.out), ret, &fault);
        if (err == XJ_EMALFORMED || err == XJ_ELIMIT)
            tell_fault(text, &o, &fault);
    }
    free(o.measures);
    free(o.aliases);
    free(o.instruments);
    free(o.entries);
    xj_buf_free(&in.out);
    return err;
}

enum xj_err xj_standards_from_json(struct xj_slice json, const char *name, struct xj_standards *ret, struct xj_buf *text)
{
    if (json.n == 0 || json.n > XJ_STANDARDS_JSON_BYTES) {
        explain(text, "", name, "空或过长", "empty or too long");
        return json.n == 0 ? XJ_EMALFORMED : XJ_ELIMIT;
    }
    json_t *root = xj_json_in(json, name, text);
    if (root == NULL)
        return XJ_EMALFORMED;
    enum xj_err err = from_root(root, name, ret, text);
    if (err == XJ_ENOMEM)
        explain(text, "", name, "内存不足", "memory is out");
    json_decref(root);
    return err;
}

enum xj_err xj_standards_load(const char *path, struct xj_standards *ret, struct xj_buf *text)
{
    struct xj_buf file;
    enum xj_err err = xj_file_read(path, XJ_STANDARDS_JSON_BYTES, &file);
    if (err != XJ_OK) {
        explain(text, "", path, "读不了文件", "cannot read the file");
        return err;
    }
    const char *base = strrchr(path, '/');
    base = base != NULL ? base + 1 : path;
    char *name = strndup(base, strcspn(base, "."));
    err = name != NULL ? xj_standards_from_json(xj_buf_slice(&file), name, ret, text) : XJ_ENOMEM;
    free(name);
    xj_buf_free(&file);
    return err;
}

enum xj_err xj_standards_builtin(struct xj_standards *ret, struct xj_buf *text)
{
    struct xj_buf path;
    xj_buf_init(&path, 4096);
    enum xj_err err = xj_share_path("standards/cn.json", &path);
    if (err == XJ_OK)
        err = xj_standards_load(xj_buf_cstr(&path), ret, text);
    else
        explain(text, "", "standards/cn.json", "找不到，请设 XIANJIE_SHARE 或用 --standards", "not found; set XIANJIE_SHARE or use --standards");
    xj_buf_free(&path);
    return err;
}
