#include "agents/cli/penalty_row.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agents/cli/cells.h"
#include "agents/cli/regfacts.h"
#include "schema/base/civil.h"
#include "schema/base/codes.h"
#include "schema/wire/pack.h"

#define ROW_TEXT_BYTES (160u * 1024) /* of all texts of a row: what a body has room for (01-encoding, 4) */
#define IDENTITY_BYTES 96u           /* what the agent takes as a number */
#define CONTEXT_ROW "xianjie/1 penalty row"
/* The namespace of spec 10, 3a. */
static const struct xj_id namespace = {{0xb0, 0xb7, 0xf1, 0x3f, 0x1b, 0xd3, 0x5d, 0x6b, 0x88, 0x47, 0x4f, 0xfe, 0x7f, 0x99, 0x13, 0x9e}};

struct xj_id xj_penalty_id(const char *agency, const char *number, int ordinal, int try)
{
    char name[XJ_MAX_AGENCY_BYTES + XJ_PENALTY_NUMBER_BYTES + 32];
    snprintf(name, sizeof name, "%s\n%s\n%d\n%d", agency, number, ordinal, try);
    return xj_id_name5(&namespace, xj_slice_cstr(name));
}

/* ---- a row in the making ---- */

struct text {
    size_t at, n; /* in texts; n = 0: the row does not say */
};
struct making {
    struct xj_penalty_import *import;
    const struct xj_rows *rows;
    struct xj_notes *errors, *warnings;
    struct xj_buf texts;
    struct text text[XJ_ROWS_COLUMNS];
    struct xj_penalty_row *row;
    json_t *body, *penalty;
    const char *lenient;
    bool good;
};

static size_t column_count(const struct making *m)
{
    return XJ_PC_COUNT + m->import->table.amount_count;
}

static struct xj_slice text_of(const struct making *m, int column)
{
    return m->text[column].n > 0 ? xj_slice_of(m->texts.p + m->text[column].at, m->text[column].n) : (struct xj_slice){NULL, 0};
}

static bool says(const struct making *m, int column)
{
    return m->text[column].n > 0;
}

/* Notes an error in a column and spoils the row. */
static void wrong(struct making *m, int column, const char *zh, const char *en)
{
    xj_notes_add(m->errors, xj_rows_number(m->rows), xj_rows_name(m->rows, column), "%s%.0s", "%.0s%s", zh, en);
    m->good = false;
}

static void warn(struct making *m, int column, const char *zh, const char *en)
{
    xj_notes_add(m->warnings, xj_rows_number(m->rows), xj_rows_name(m->rows, column), "%s%.0s", "%.0s%s", zh, en);
}

static void read_texts(struct making *m)
{
    for (size_t i = 0; i < column_count(m); i++) {
        struct xj_slice value = xj_rows_value(m->rows, (int)i);
        size_t at = m->texts.n;
        if (value.n == 0)
            continue;
        if (!xj_penalty_text(&m->import->table, (int)i, value, m->rows, m->errors, &m->texts))
            m->good = false;
        m->text[i] = (struct text){at, m->texts.n - at};
    }
    if (m->texts.err == XJ_ELIMIT) {
        xj_notes_add(m->errors, xj_rows_number(m->rows), (struct xj_slice){NULL, 0}, "整行内容超过 160 KiB", "the whole row is longer than 160 KiB");
        m->good = false;
    }
}

/* ---- what a row must say ---- */

static void must_say(struct making *m, int column, const char *name)
{
    if (xj_rows_value(m->rows, column).n > 0)
        return;
    m->good = false;
    if (xj_rows_name(m->rows, column).n > 0)
        xj_notes_add(m->errors, xj_rows_number(m->rows), xj_rows_name(m->rows, column), "不能为空", "must not be empty");
    else if (!m->import->told_missing[column])
        xj_notes_add(m->errors, xj_rows_number(m->rows), xj_slice_cstr(name), "没有这一栏", "this column is missing");
    m->import->told_missing[column] = m->import->told_missing[column] || xj_rows_name(m->rows, column).n == 0;
}

static void read_number(struct making *m)
{
    struct xj_slice number = text_of(m, XJ_PC_NUMBER);
    bool plain = number.n <= XJ_PENALTY_NUMBER_BYTES;
    for (size_t i = 0; i < number.n; i++)
        plain = plain && number.p[i] >= 0x20 && number.p[i] != 0x7f;
    if (!plain) {
        wrong(m, XJ_PC_NUMBER, "文号过长，或者有换行等控制字符", "the number is too long, or has line ends or other control characters");
        return;
    }
    snprintf(m->row->number, sizeof m->row->number, "%.*s", (int)number.n, number.n > 0 ? (const char *)number.p : "");
    int64_t ordinal = 1;
    if (says(m, XJ_PC_ORDINAL))
        (void)xj_cell_whole(text_of(m, XJ_PC_ORDINAL), 99, &ordinal);
    m->row->ordinal = (int)ordinal;
}

static void check_date(struct making *m)
{
    int64_t day;
    if (xj_cell_date(text_of(m, XJ_PC_DATE), &day) && day > m->import->today)
        wrong(m, XJ_PC_DATE, "晚于今天", "lies after today");
}

static bool is_ours(const struct making *m, struct xj_slice name)
{
    const json_t *one;
    size_t i;
    json_array_foreach(m->import->names, i, one)
        if (xj_slice_is(name, json_string_value(one)))
            return true;
    return m->import->names == NULL;
}

static void check_authority(struct making *m)
{
    struct xj_slice name = text_of(m, XJ_PC_AUTHORITY);
    if (name.n > 0 && !is_ours(m, name))
        wrong(m, XJ_PC_AUTHORITY, "不是本机关的名称（登记簿所载名称或者别名）；别的机关的决定由该机关录入",
              "not this agency's name (or an alias) in the register; another agency's decisions are for that agency to enter");
}

static void check_case(struct making *m)
{
    char text[XJ_ID_TEXT];
    struct xj_id id;
    struct xj_slice s = text_of(m, XJ_PC_CASE);
    if (s.n == 0)
        return;
    snprintf(text, sizeof text, "%.*s", (int)s.n, (const char *)s.p);
    if (s.n != XJ_ID_TEXT - 1 || !xj_id_parse(text, &id) || xj_id_is_nil(&id))
        wrong(m, XJ_PC_CASE, "不是案件编号，应如 0199b5c2-0000-7000-8000-000000000001", "no id of a case, such as 0199b5c2-0000-7000-8000-000000000001");
}

static void check_codes(struct making *m)
{
    static const int codes[] = {XJ_PC_USCC, XJ_PC_AUTHORITY_CODE, XJ_PC_REPORTER_CODE};
    for (int i = XJ_PC_USCC; i <= XJ_PC_DOCUMENT_NUMBER; i++)
        if (i != XJ_PC_DOCUMENT && text_of(m, i).n > IDENTITY_BYTES)
            wrong(m, i, "号码超过 96 字节", "the number is longer than 96 bytes");
    for (size_t i = 0; i < sizeof codes / sizeof codes[0]; i++)
        if (says(m, codes[i]) && !xj_uscc_ok(text_of(m, codes[i])))
            warn(m, codes[i], "统一社会信用代码的校验位不符（GB 32100），请核对", "the check character of the 统一社会信用代码 does not come out (GB 32100)");
    if (!says(m, XJ_PC_VIOLATION))
        warn(m, XJ_PC_VIOLATION, "没有违法行为类型：同类处罚无从比较", "no kind of violation: nobody can tell repetition");
}

/* ---- act and lenience ---- */

static const char *lenience_of(struct xj_slice text)
{
    static const char *const words[][2] = {{"不予处罚", "no_penalty"}, {"不罚", "no_penalty"}, {"减轻处罚", "mitigated"}, {"减轻", "mitigated"},
                                           {"从轻处罚", "lighter"}, {"从轻", "lighter"}, {"否", "none"}};
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        if (xj_slice_is(text, words[i][0]))
            return words[i][1];
    return NULL;
}

static bool has_kind_of_none(const struct making *m)
{
    struct xj_slice list = text_of(m, XJ_PC_KINDS);
    for (struct xj_slice one = xj_cell_next(&list); one.n > 0; one = xj_cell_next(&list))
        if (one.n >= 6 && memcmp(one.p, "不予", 6) == 0)
            return true;
    return false;
}

static void read_lenience(struct making *m)
{
    bool none = has_kind_of_none(m);
    m->lenient = none ? "no_penalty" : NULL;
    if (says(m, XJ_PC_LENIENT)) {
        const char *word = lenience_of(text_of(m, XJ_PC_LENIENT));
        if (word == NULL)
            wrong(m, XJ_PC_LENIENT, "应为不予处罚、减轻处罚、从轻处罚或者否", "must be 不予处罚, 减轻处罚, 从轻处罚 or 否");
        else if (none && strcmp(word, "no_penalty") != 0)
            wrong(m, XJ_PC_LENIENT, "与处罚类别「不予」矛盾", "contradicts the kind of penalty, which is none (不予)");
        else
            m->lenient = word;
    }
    m->row->no_penalty = m->lenient != NULL && strcmp(m->lenient, "no_penalty") == 0;
    if (m->row->no_penalty && says(m, XJ_PC_FINE) && !xj_slice_is(text_of(m, XJ_PC_FINE), "0"))
        wrong(m, XJ_PC_FINE, "不予处罚而有罚款", "a fine where there is no penalty");
}

/* ---- the party ---- */

static bool mentions(struct xj_slice text, const char *const *words)
{
    for (; *words != NULL; words++)
        if (text.n > 0 && memmem(text.p, text.n, *words, strlen(*words)) != NULL)
            return true;
    return false;
}

static const char *document_kind(const struct making *m)
{
    static const char *const words[][2] = {{"身份证", "id_card"}, {"居民身份证", "id_card"}, {"公民身份号码", "id_card"}, {"护照", "passport"},
                                           {"统一社会信用代码", "uscc"}};
    struct xj_slice kind = text_of(m, XJ_PC_DOCUMENT);
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        if (xj_slice_is(kind, words[i][0]))
            return words[i][1];
    return kind.n == 0 && xj_id_number_form(text_of(m, XJ_PC_DOCUMENT_NUMBER)) ? "id_card" : "other";
}

static void add_identity(const struct making *m, json_t *list, const char *kind, int column)
{
    struct xj_slice number = text_of(m, column);
    if (number.n > 0)
        (void)json_array_append_new(list, json_pack("{s:s, s:s%}", "kind", kind, "number", (const char *)number.p, number.n));
}

static void check_id_number(struct making *m, int column)
{
    if (says(m, column) && !xj_id_number_ok(text_of(m, column)))
        warn(m, column, "公民身份号码的校验位不符（GB 11643），请核对", "the check digit of the 公民身份号码 does not come out (GB 11643)");
}

static json_t *identities(struct making *m)
{
    json_t *list = json_array();
    const char *document = document_kind(m);
    add_identity(m, list, "uscc", XJ_PC_USCC);
    add_identity(m, list, "reg_no", XJ_PC_REG_NO);
    for (int i = XJ_PC_ORG_CODE; i <= XJ_PC_SOCIETY; i++)
        add_identity(m, list, "other", i);
    add_identity(m, list, document, XJ_PC_DOCUMENT_NUMBER);
    if (strcmp(document, "id_card") == 0)
        check_id_number(m, XJ_PC_DOCUMENT_NUMBER);
    if (xj_id_number_form(text_of(m, XJ_PC_REPRESENTATIVE_NUMBER)))
        check_id_number(m, XJ_PC_REPRESENTATIVE_NUMBER);
    return list;
}

/* The name of a 个体工商户 alone is no sign of who it is, so it is no unit. */
static const char *party_kind(struct making *m, size_t identity_count)
{
    static const char *const persons[] = {"自然人", "个体", NULL}, *const units[] = {"法人", "组织", "单位", "企业", NULL};
    struct xj_slice category = text_of(m, XJ_PC_CATEGORY);
    if (mentions(category, persons))
        return "person";
    if (mentions(category, units))
        return "unit";
    for (int i = XJ_PC_USCC; i <= XJ_PC_SOCIETY; i++)
        if (says(m, i))
            return "unit";
    if (identity_count == 0)
        warn(m, XJ_PC_NAME, "没有类别也没有号码：无从辨认是否同一人", "neither category nor number: nobody can tell that it is the same person");
    return "person";
}

static json_t *parties(struct making *m)
{
    struct xj_slice name = text_of(m, XJ_PC_NAME);
    json_t *list = identities(m);
    const char *kind = party_kind(m, json_array_size(list));
    return json_pack("[{s:n, s:s, s:s%, s:o}]", "id", "kind", kind, "name", (const char *)name.p, name.n, "identity", list);
}

/* ---- the body ---- */

static json_t *json_of(struct xj_slice s)
{
    return json_stringn((const char *)s.p, s.n);
}

static json_t *value_of(const struct making *m, int column)
{
    struct xj_slice s = text_of(m, column);
    int64_t n;
    switch (column) {
    case XJ_PC_FINE: case XJ_PC_CONFISCATED: case XJ_PC_MINIMUM: case XJ_PC_REDUCED:
        return xj_cell_whole(s, INT64_MAX, &n) ? json_integer(n) : NULL;
    case XJ_PC_DISCUSSED: case XJ_PC_SERIOUS: case XJ_PC_APPRAISED:
        return json_boolean(xj_slice_is(s, "1"));
    default:
        return json_of(s);
    }
}

static void put_plain(struct making *m)
{
    for (int i = 0; i < XJ_PC_COUNT; i++) {
        bool in_body;
        const char *key = xj_penalty_column_target(i, &in_body);
        if (key != NULL && says(m, i))
            (void)json_object_set_new(in_body ? m->body : m->penalty, key, value_of(m, i));
    }
    if (says(m, XJ_PC_APPRAISAL) && !says(m, XJ_PC_APPRAISED))
        (void)json_object_set_new(m->penalty, "appraised", json_true());
    if (m->lenient != NULL)
        (void)json_object_set_new(m->penalty, "lenient", json_string(m->lenient));
}

/* The elements of a list column, as texts. */
static void put_list(struct making *m, int column, const char *key)
{
    struct xj_slice list = text_of(m, column);
    json_t *made = json_array();
    for (struct xj_slice one = xj_cell_next(&list); one.n > 0; one = xj_cell_next(&list))
        (void)json_array_append_new(made, json_of(one));
    if (json_array_size(made) > 0)
        (void)json_object_set(m->body, key, made);
    json_decref(made);
}

static void put_officers(struct making *m)
{
    struct xj_slice list = text_of(m, XJ_PC_OFFICERS), name, number;
    json_t *made = json_array();
    for (struct xj_slice one = xj_cell_next(&list); one.n > 0; one = xj_cell_next(&list))
        if (xj_cell_officer(one, &name, &number))
            (void)json_array_append_new(made, json_pack("[o, o]", json_of(name), json_of(number)));
    if (json_array_size(made) > 0)
        (void)json_object_set(m->body, "officers", made);
    json_decref(made);
}

static void put_charges(struct making *m)
{
    struct xj_slice list = text_of(m, XJ_PC_CHARGES);
    json_t *made = json_array();
    for (struct xj_slice one = xj_cell_next(&list); one.n > 0; one = xj_cell_next(&list))
        (void)json_array_append_new(made, json_pack("{s:n, s:o, s:s}", "id", "name", json_of(one), "code", ""));
    if (json_array_size(made) > 0)
        (void)json_object_set(m->body, "charges", made);
    json_decref(made);
}

static void put_amounts(struct making *m)
{
    json_t *made = json_array();
    int64_t n;
    for (size_t i = 0; i < m->import->table.amount_count; i++) {
        const struct xj_pc_amount *a = &m->import->table.amounts[i];
        if (xj_cell_whole(text_of(m, XJ_PC_COUNT + (int)i), INT64_MAX, &n))
            (void)json_array_append_new(made, json_pack("{s:s, s:I, s:s}", "name", a->measure, "value", (json_int_t)n, "unit", a->unit));
    }
    if (json_array_size(made) > 0)
        (void)json_object_set(m->body, "amounts", made);
    json_decref(made);
}

static void put_title(struct making *m)
{
    struct xj_slice name = text_of(m, XJ_PC_NAME), violation = text_of(m, XJ_PC_VIOLATION);
    if (says(m, XJ_PC_TITLE) || says(m, XJ_PC_CASE))
        return;
    if (violation.n == 0)
        violation = xj_slice_cstr("行政处罚");
    struct xj_buf title;
    xj_buf_init(&title, XJ_CSV_FIELD_BYTES);
    xj_buf_add_slice(&title, name);
    xj_buf_add_slice(&title, violation);
    xj_buf_add_str(&title, "案");
    if (title.err == XJ_OK)
        (void)json_object_set_new(m->body, "title", json_of(xj_buf_slice(&title)));
    xj_buf_free(&title);
}

static void put_body(struct making *m)
{
    char hex[2 * XJ_HASH_SIZE + 1];
    xj_hex(m->row->digest.b, XJ_HASH_SIZE, hex);
    put_plain(m);
    put_list(m, XJ_PC_KINDS, "penalty_kinds");
    put_officers(m);
    put_charges(m);
    put_amounts(m);
    put_title(m);
    (void)json_object_set_new(m->body, "parties", parties(m));
    (void)json_object_set_new(m->body, "documents", json_pack("[s]", m->row->number));
    (void)json_object_set_new(m->body, "source", json_string(m->row->number));
    (void)json_object_set_new(m->body, "import_row", json_string(hex));
    (void)json_object_set_new(m->body, "drafted_by", json_string(m->import->drafted_by));
    (void)json_object_set_new(m->body, "approved_by", json_string(m->import->approved_by));
    (void)json_object_set(m->body, "penalty", m->penalty);
}

/* ---- digest and request ---- */

struct digest_entry {
    struct xj_buf name;
    struct xj_slice text;
};

static int by_name(const void *a, const void *b)
{
    const struct digest_entry *x = a, *y = b;
    return xj_slice_cmp(xj_buf_slice(&x->name), xj_buf_slice(&y->name));
}

static bool make_digest(struct making *m)
{
    size_t n = 0;
    struct xj_buf bytes;
    struct digest_entry *list = calloc(column_count(m), sizeof *list);
    if (list == NULL)
        return false;
    xj_buf_init(&bytes, 2 * ROW_TEXT_BYTES);
    for (size_t i = 0; i < column_count(m); i++) {
        if (!says(m, (int)i))
            continue;
        list[n].text = text_of(m, (int)i);
        xj_buf_init(&list[n].name, 256);
        xj_penalty_column_key(&m->import->table, (int)i, &list[n++].name);
    }
    qsort(list, n, sizeof *list, by_name);
    xj_put_array(&bytes, (uint32_t)n);
    for (size_t i = 0; i < n; i++) {
        xj_put_array(&bytes, 2);
        xj_put_str(&bytes, xj_buf_slice(&list[i].name));
        xj_put_str(&bytes, list[i].text);
        if (list[i].name.err != XJ_OK)
            bytes.err = list[i].name.err;
        xj_buf_free(&list[i].name);
    }
    m->row->digest = xj_digest(CONTEXT_ROW, xj_buf_slice(&bytes));
    bool made = bytes.err == XJ_OK;
    xj_buf_free(&bytes);
    free(list);
    return made;
}

static json_t *refs(const struct making *m)
{
    struct xj_slice list = text_of(m, XJ_PC_ENTRUSTMENTS);
    json_t *made = json_array();
    for (struct xj_slice one = xj_cell_next(&list); one.n > 0; one = xj_cell_next(&list)) {
        char text[XJ_ID_TEXT];
        xj_entrustment_ref(m->import->agency, one, text);
        (void)json_array_append_new(made, json_string(text));
    }
    return made;
}

static bool make_request(struct making *m)
{
    struct xj_slice date = text_of(m, XJ_PC_DATE), case_id = text_of(m, XJ_PC_CASE);
    m->body = json_object();
    m->penalty = json_object();
    put_body(m);
    m->row->request = json_pack("{s:s, s:s, s:o, s:s, s:s%, s:[{s:s, s:n}], s:o, s:O}", "act", m->row->no_penalty ? "no_penalty" : "penalty_decided",
                                "procedure", "referral", "case", case_id.n > 0 ? json_of(case_id) : json_null(), "mode", "late_entry", "occurred",
                                (const char *)date.p, date.n, "subjects", "party", "new:1", "charge", "refs", refs(m), "body", m->body);
    if (m->row->request != NULL && m->import->override != NULL)
        (void)json_object_set(m->row->request, "override", (json_t *)(uintptr_t)m->import->override);
    json_decref(m->body);
    json_decref(m->penalty);
    return m->row->request != NULL;
}

enum xj_err xj_penalty_row(struct xj_penalty_import *import, const struct xj_rows *rows, struct xj_notes *errors, struct xj_notes *warnings,
                           struct xj_penalty_row *ret)
{
    struct making m = {.import = import, .rows = rows, .errors = errors, .warnings = warnings, .row = ret, .good = true};
    *ret = (struct xj_penalty_row){.row = xj_rows_number(rows)};
    xj_buf_init(&m.texts, ROW_TEXT_BYTES);
    read_texts(&m);
    must_say(&m, XJ_PC_NAME, "行政相对人名称");
    must_say(&m, XJ_PC_NUMBER, "行政处罚决定书文号");
    must_say(&m, XJ_PC_DATE, "处罚决定日期");
    read_number(&m);
    check_date(&m);
    check_authority(&m);
    check_case(&m);
    check_codes(&m);
    read_lenience(&m);
    if (m.texts.err == XJ_ENOMEM)
        m.good = false;
    bool made = m.good && make_digest(&m) && make_request(&m);
    enum xj_err err = made ? XJ_OK : m.good || m.texts.err == XJ_ENOMEM ? XJ_ENOMEM : XJ_EMALFORMED;
    xj_buf_free(&m.texts);
    return err;
}

void xj_penalty_row_free(struct xj_penalty_row *r)
{
    json_decref(r->request);
    r->request = NULL;
}

const char *xj_penalty_paper_kind(const struct xj_penalty_row *r)
{
    return r->no_penalty ? "no_penalty_decision" : "penalty_decision";
}

bool xj_penalty_row_live(struct xj_penalty_row *r, json_t *paper)
{
    (void)json_object_del(json_object_get(r->request, "body"), "source");
    return json_object_set_new(r->request, "papers", json_pack("[o]", paper)) == 0 && json_object_set_new(r->request, "mode", json_string("live")) == 0;
}
