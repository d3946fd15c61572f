#include "agents/cli/replay_read.h"

#include <stdlib.h>
#include <string.h>

#include "agents/cli/json_in.h"
#include "schema/base/civil.h"
#include "schema/base/file.h"

static const char *const ROLES[XJ_ACTOR_COUNT] = {NULL,    "bureau",      "police",  "procuratorate",
                                                  "court", "supervisory", "justice", "other"};

const char *xj_actor_role(enum xj_actor_kind kind)
{
    return (unsigned)kind < XJ_ACTOR_COUNT ? ROLES[kind] : NULL;
}

enum xj_actor_kind xj_actor_kind_of(struct xj_slice word)
{
    for (unsigned k = 1; k < XJ_ACTOR_COUNT; k++)
        if (xj_slice_is(word, ROLES[k]))
            return (enum xj_actor_kind)k;
    return xj_slice_is(word, "supervisory_commission") ? XJ_ACTOR_SUPERVISORY : XJ_ACTOR_INVALID;
}

/* Where in which file the reader is, for messages. */
struct reader {
    const char *file;
    struct xj_buf *text;
    const char *list; /* "events", or NULL at the top */
    size_t index;
};

static enum xj_err bad(const struct reader *r, enum xj_err err, const char *field, const char *zh, const char *en)
{
    struct xj_buf place;
    xj_buf_init(&place, 512);
    if (r->list != NULL)
        xj_buf_addf(&place, "%s[%zu]%s%s", r->list, r->index, field[0] != '\0' ? "." : "", field);
    else
        xj_buf_add_str(&place, field);
    const char *where = xj_buf_cstr(&place);
    if (r->text != NULL)
        xj_buf_addf(r->text, "%s：%s：%s / %s: %s: %s\n", r->file, where != NULL ? where : "?", zh, r->file,
                    where != NULL ? where : "?", en);
    xj_buf_free(&place);
    return err;
}

/* A string under key; absent or null gives "" unless wanted. */
static enum xj_err get_text(const struct reader *r, const json_t *object, const char *key, bool wanted, const char **ret)
{
    const json_t *v = json_object_get(object, key);
    *ret = "";
    if (v == NULL || json_is_null(v))
        return wanted ? bad(r, XJ_EMALFORMED, key, "缺少此项", "missing") : XJ_OK;
    if (!json_is_string(v))
        return bad(r, XJ_EMALFORMED, key, "应为文字", "must be a string");
    *ret = json_string_value(v);
    if (wanted && (*ret)[0] == '\0')
        return bad(r, XJ_EMALFORMED, key, "不得为空", "must not be empty");
    if (json_string_length(v) > XJ_REPLAY_TEXT_BYTES)
        return bad(r, XJ_ELIMIT, key, "文字过长（32 KiB）", "longer than 32 KiB");
    return XJ_OK;
}

/* A list under key; absent or null counts as empty unless wanted. */
static enum xj_err get_list(const struct reader *r, const json_t *object, const char *key, bool wanted, const json_t **ret)
{
    const json_t *v = json_object_get(object, key);
    *ret = NULL;
    if (v == NULL || json_is_null(v))
        return wanted ? bad(r, XJ_EMALFORMED, key, "缺少此项", "missing") : XJ_OK;
    if (!json_is_array(v))
        return bad(r, XJ_EMALFORMED, key, "应为数组", "must be an array");
    if (json_array_size(v) > XJ_REPLAY_EVENTS_MAX)
        return bad(r, XJ_ELIMIT, key, "项数超过 2000", "more than 2000 items");
    *ret = v;
    return XJ_OK;
}

/* A list of strings as pointers into the document; to be freed by the caller. */
static enum xj_err get_texts(const struct reader *r, const json_t *object, const char *key, const char ***ret, size_t *ret_count)
{
    const json_t *list;
    enum xj_err err = get_list(r, object, key, false, &list);
    size_t n = json_array_size(list);
    if (err != XJ_OK || n == 0)
        return err;
    *ret = calloc(n, sizeof **ret);
    if (*ret == NULL)
        return XJ_ENOMEM;
    for (size_t i = 0; i < n; i++) {
        const json_t *v = json_array_get(list, i);
        if (!json_is_string(v))
            return bad(r, XJ_EMALFORMED, key, "各项应为文字", "its items must be strings");
        if (json_string_length(v) > XJ_REPLAY_TEXT_BYTES)
            return bad(r, XJ_ELIMIT, key, "文字过长（32 KiB）", "an item is longer than 32 KiB");
        if (json_string_value(v)[0] != '\0')
            (*ret)[(*ret_count)++] = json_string_value(v);
    }
    return XJ_OK;
}

static enum xj_err read_bureaus(struct reader *r, const json_t *list, struct xj_replay_case *c)
{
    size_t n = json_array_size(list);
    if (n == 0)
        return XJ_OK;
    c->bureaus = calloc(n, sizeof *c->bureaus);
    if (c->bureaus == NULL)
        return XJ_ENOMEM;
    r->list = "bureaus";
    for (r->index = 0; r->index < n; r->index++) {
        const json_t *b = json_array_get(list, r->index);
        if (!json_is_object(b))
            return bad(r, XJ_EMALFORMED, "", "应为对象", "must be an object");
        struct xj_replay_bureau *out = &c->bureaus[c->bureau_count];
        enum xj_err err = get_text(r, b, "name", false, &out->name);
        if (err == XJ_OK)
            err = get_text(r, b, "type", false, &out->type);
        if (err != XJ_OK)
            return err;
        if (out->name[0] != '\0')
            c->bureau_count++;
    }
    return XJ_OK;
}

static bool kind_known(const char *kind)
{
    static const char *const kinds[] = {"person", "unit", "official", "group", "victim"};
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
        if (strcmp(kind, kinds[i]) == 0)
            return true;
    return false;
}

static bool listed(const struct xj_replay_case *c, const char *label)
{
    for (size_t i = 0; i < c->party_count; i++)
        if (strcmp(c->parties[i].label, label) == 0)
            return true;
    return false;
}

static enum xj_err read_parties(struct reader *r, const json_t *list, struct xj_replay_case *c)
{
    size_t n = json_array_size(list);
    if (n == 0)
        return XJ_OK;
    c->parties = calloc(n, sizeof *c->parties);
    if (c->parties == NULL)
        return XJ_ENOMEM;
    r->list = "parties";
    for (r->index = 0; r->index < n; r->index++) {
        const json_t *p = json_array_get(list, r->index);
        if (!json_is_object(p))
            return bad(r, XJ_EMALFORMED, "", "应为对象", "must be an object");
        struct xj_replay_party *out = &c->parties[c->party_count];
        enum xj_err err = get_text(r, p, "label", true, &out->label);
        if (err == XJ_OK)
            err = get_text(r, p, "kind", true, &out->kind);
        if (err != XJ_OK)
            return err;
        if (!kind_known(out->kind))
            return bad(r, XJ_EMALFORMED, "kind", "应为 person、unit、official、group、victim 之一",
                       "must be person, unit, official, group or victim");
        if (!listed(c, out->label))
            c->party_count++;
    }
    return XJ_OK;
}

/* The header holds years 1900 to 9999 (spec/03-message.md, field 14). */
static bool date_fits(const struct xj_replay_event *e)
{
    int64_t first = xj_day_start_ms(xj_days_from_civil((struct xj_civil){1900, 1, 1}));
    int64_t last = xj_day_end_ms(xj_days_from_civil((struct xj_civil){9999, 12, 31}));
    return e->from_ms >= first && e->to_ms <= last;
}

static enum xj_err read_date(const struct reader *r, const json_t *o, struct xj_replay_event *e)
{
    enum xj_err err = get_text(r, o, "date", false, &e->date);
    if (err != XJ_OK)
        return err;
    if (e->date[0] == '\0') {
        e->date = NULL;
        return XJ_OK;
    }
    if (!xj_date_range_parse(e->date, &e->from_ms, &e->to_ms) || !date_fits(e))
        return bad(r, XJ_EMALFORMED, "date", "应为 YYYY、YYYY-MM、YYYY-MM-DD 或两者以“/”连接的区间，1900 至 9999 年",
                   "must be YYYY, YYYY-MM, YYYY-MM-DD or two of them joined by '/', in the years 1900 to 9999");
    return XJ_OK;
}

static enum xj_err read_event(const struct reader *r, const json_t *o, struct xj_replay_event *e)
{
    if (!json_is_object(o))
        return bad(r, XJ_EMALFORMED, "", "应为对象", "must be an object");
    const json_t *seq = json_object_get(o, "seq");
    if (!json_is_integer(seq) || json_integer_value(seq) < 0)
        return bad(r, XJ_EMALFORMED, "seq", "应为非负整数", "must be a non-negative integer");
    e->seq = json_integer_value(seq);
    const char *actor;
    enum xj_err err = read_date(r, o, e);
    if (err == XJ_OK)
        err = get_text(r, o, "actor", true, &actor);
    if (err == XJ_OK)
        err = get_text(r, o, "actor_name", false, &e->actor_name);
    if (err == XJ_OK)
        err = get_text(r, o, "event", true, &e->event);
    if (err == XJ_OK)
        err = get_text(r, o, "note", false, &e->note);
    if (err == XJ_OK)
        err = get_texts(r, o, "documents", &e->documents, &e->document_count);
    if (err == XJ_OK)
        err = get_texts(r, o, "parties", &e->parties, &e->party_count);
    if (err != XJ_OK)
        return err;
    e->kind = xj_actor_kind_of(xj_slice_cstr(actor));
    if (e->kind == XJ_ACTOR_INVALID || e->kind == XJ_ACTOR_JUSTICE)
        return bad(r, XJ_EMALFORMED, "actor",
                   "应为 bureau、police、procuratorate、court、supervisory_commission、other 之一",
                   "must be bureau, police, procuratorate, court, supervisory_commission or other");
    return XJ_OK;
}

static enum xj_err read_events(struct reader *r, const json_t *list, struct xj_replay_case *c)
{
    size_t n = json_array_size(list);
    if (n == 0)
        return XJ_OK;
    c->events = calloc(n, sizeof *c->events);
    if (c->events == NULL)
        return XJ_ENOMEM;
    r->list = "events";
    for (r->index = 0; r->index < n; r->index++) {
        c->event_count = r->index + 1; /* also when it fails: the lists read so far are freed by count */
        enum xj_err err = read_event(r, json_array_get(list, r->index), &c->events[r->index]);
        if (err != XJ_OK)
            return err;
    }
    return XJ_OK;
}

/* A late entry names its paper source (spec/03-message.md, 3): what the file says of its own, in one line. */
static enum xj_err read_source(struct reader *r, const json_t *root, struct xj_replay_case *c)
{
    static const char *const keys[] = {"publisher", "collection", "batch", "number"};
    const json_t *s = json_object_get(root, "source");
    if (s != NULL && !json_is_null(s) && !json_is_object(s))
        return bad(r, XJ_EMALFORMED, "source", "应为对象", "must be an object");
    struct xj_buf line;
    xj_buf_init(&line, 6 * XJ_REPLAY_TEXT_BYTES);
    xj_buf_add_str(&line, c->id);
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
        const char *v = json_string_value(json_object_get(s, keys[i]));
        if (v != NULL && v[0] != '\0' && strlen(v) <= 1024)
            xj_buf_addf(&line, "｜%s", v);
    }
    c->source = line.err == XJ_OK ? xj_slice_dup(xj_buf_slice(&line)) : NULL;
    xj_buf_free(&line);
    return c->source != NULL ? XJ_OK : XJ_ENOMEM;
}

static enum xj_err read_root(struct reader *r, struct xj_replay_case *c)
{
    const json_t *bureaus, *parties, *events;
    if (!json_is_object(c->root))
        return bad(r, XJ_EMALFORMED, "", "文件应为一个对象", "the file must be one object");
    enum xj_err err = get_text(r, c->root, "id", true, &c->id);
    if (err == XJ_OK)
        err = get_text(r, c->root, "title", false, &c->title);
    if (err == XJ_OK)
        err = read_source(r, c->root, c);
    if (err == XJ_OK)
        err = get_list(r, c->root, "bureaus", false, &bureaus);
    if (err == XJ_OK)
        err = get_list(r, c->root, "parties", false, &parties);
    if (err == XJ_OK)
        err = get_list(r, c->root, "events", true, &events);
    if (err == XJ_OK)
        err = read_bureaus(r, bureaus, c);
    if (err == XJ_OK)
        err = read_parties(r, parties, c);
    if (err == XJ_OK)
        err = read_events(r, events, c);
    return err;
}

enum xj_err xj_replay_read(struct xj_slice bytes, const char *name, struct xj_replay_case *ret, struct xj_buf *text)
{
    struct reader r = {.file = name, .text = text};
    memset(ret, 0, sizeof *ret);
    ret->root = xj_json_in(bytes, name, text);
    if (ret->root == NULL)
        return XJ_EMALFORMED;
    enum xj_err err = read_root(&r, ret);
    if (err != XJ_OK)
        xj_replay_case_free(ret);
    return err;
}

enum xj_err xj_replay_read_file(const char *path, struct xj_replay_case *ret, struct xj_buf *text)
{
    struct xj_buf bytes;
    memset(ret, 0, sizeof *ret);
    enum xj_err err = xj_file_read(path, XJ_REPLAY_FILE_BYTES, &bytes);
    if (err != XJ_OK) {
        if (text != NULL)
            xj_buf_addf(text, "%s：读不了（%s） / %s: cannot be read (%s)\n", path, xj_err_name(err), path, xj_err_name(err));
        return err;
    }
    err = xj_replay_read(xj_buf_slice(&bytes), path, ret, text);
    xj_buf_free(&bytes);
    return err;
}

void xj_replay_case_free(struct xj_replay_case *c)
{
    for (size_t i = 0; i < c->event_count; i++) {
        free(c->events[i].documents);
        free(c->events[i].parties);
    }
    free(c->events);
    free(c->parties);
    free(c->bureaus);
    free(c->source);
    json_decref(c->root);
    memset(c, 0, sizeof *c);
}
