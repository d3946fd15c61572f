/* How the case looks: a view folded from the entries of the bundle alone, in a file that is gone at the end. So the report says
 * nothing that the bundle does not hold, and the silences are those that a reader of it can recompute. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "agents/agent/view/render.h"
#include "agents/cli/export_private.h"

#define AT_ONCE 64u

struct fold {
    struct xj_ex *x;
    struct xj_view *view;
    struct xj_ledger_item items[AT_ONCE];
    size_t count;
    uint64_t applied;
};

static void flush(struct fold *f)
{
    if (f->count > 0 && f->x->err == XJ_OK)
        xj_ex_fail(f->x, xj_view_apply(f->view, f->items, f->count));
    for (size_t i = 0; i < f->count; i++)
        xj_ledger_item_free(&f->items[i]);
    f->count = 0;
}

static void copy(struct xj_ex *x, struct xj_buf *to, struct xj_slice from)
{
    xj_buf_init(to, from.n + 1);
    xj_buf_add_slice(to, from);
    if (to->err != XJ_OK)
        xj_ex_fail(x, to->err);
}

/* Entries are numbered anew: a view takes them without a gap. */
static void put(struct fold *f, enum xj_entry_kind kind, int64_t time_ms, struct xj_ev_signed content, struct xj_slice body, struct xj_slice keys)
{
    struct xj_ledger_item *item = &f->items[f->count++];
    *item = (struct xj_ledger_item){.n = ++f->applied, .kind = kind, .time_ms = time_ms};
    copy(f->x, &item->head, content.head);
    copy(f->x, &item->sig, content.sig);
    copy(f->x, &item->body, body);
    copy(f->x, &item->keys, keys);
    if (f->count == AT_ONCE)
        flush(f);
}

static void put_entry(struct fold *f, const struct xj_entry *e)
{
    struct xj_slice body = {NULL, 0}, keys = {NULL, 0};
    struct xj_header *h = f->x->header;
    unsigned field;
    if ((e->kind == XJ_ENTRY_OWN || e->kind == XJ_ENTRY_RECEIVED) && xj_header_decode(e->head, h, &field) == XJ_OK) {
        (void)xj_bundle_file(&f->x->b, "objects", &h->body_digest, &body);
        (void)xj_bundle_file(&f->x->b, "objects", &h->keys_digest, &keys);
    }
    put(f, e->kind, e->time_ms, (struct xj_ev_signed){e->head, e->sig}, body, keys);
}

static int compare_name(const void *a, const void *b)
{
    return xj_slice_cmp(((const struct xj_zip_part *)a)->name, ((const struct xj_zip_part *)b)->name);
}

static void fold_all(struct fold *f)
{
    struct xj_ex *x = f->x;
    const struct xj_slice none = {NULL, 0};
    if (x->b.file_count > 1) /* looked up by name */
        qsort(x->b.files, x->b.file_count, sizeof *x->b.files, compare_name);
    for (size_t i = 0; i < x->b.register_count && x->err == XJ_OK; i++)
        put(f, XJ_ENTRY_REGISTER, 0, x->b.reg[i], none, none);
    for (size_t i = 0; i < x->b.entry_count && x->err == XJ_OK; i++)
        put_entry(f, &x->b.entries[i].e);
    flush(f);
}

/* ---- what is asked of it ---- */

static void render_acts(struct fold *f, json_t *list)
{
    unsigned field;
    for (size_t i = 0; i < f->x->b.entry_count && f->x->err == XJ_OK; i++) {
        const struct xj_entry *e = &f->x->b.entries[i].e;
        json_t *one = NULL;
        if ((e->kind != XJ_ENTRY_OWN && e->kind != XJ_ENTRY_RECEIVED) || xj_header_decode(e->head, f->x->header, &field) != XJ_OK)
            continue;
        enum xj_err err = xj_render_act(f->view, f->x->header->id, &one);
        if (err == XJ_OK && (json_object_set_new(one, "entry", json_integer((json_int_t)e->n)) != 0 || json_array_append_new(list, one) != 0))
            err = XJ_ENOMEM;
        if (err != XJ_OK && err != XJ_ENOTFOUND)
            xj_ex_fail(f->x, err);
    }
}

static void render(struct fold *f, struct xj_ex_picture *ret)
{
    struct xj_ex *x = f->x;
    enum xj_err err = xj_render_case(f->view, x->o->case_id, x->now_ms, &ret->the_case);
    if (err == XJ_OK)
        err = xj_render_why(f->view, x->o->case_id, xj_slice_of(NULL, 0), x->now_ms, &ret->why);
    if (err != XJ_OK && err != XJ_ENOTFOUND) /* not found: nothing of the case was admitted */
        xj_ex_fail(x, err);
    ret->acts = json_array();
    if (ret->acts == NULL)
        xj_ex_fail(x, XJ_ENOMEM);
    else
        render_acts(f, ret->acts);
}

/* ---- silences ---- */

static bool read_bytes8(const json_t *text, uint8_t out[8])
{
    const char *s = json_string_value(text);
    return s != NULL && strlen(s) == 16 && xj_unhex(s, out, 8);
}

static bool read_subjects(const json_t *list, struct xj_ev_silence *s)
{
    const json_t *one;
    size_t i;
    if (json_array_size(list) > XJ_MAX_SUBJECTS)
        return false;
    json_array_foreach(list, i, one)
    {
        struct xj_subject *to = &s->subjects[s->subject_count++];
        to->has_charge = json_is_string(json_object_get(one, "charge"));
        if (!read_bytes8(json_object_get(one, "party"), to->party) ||
            (to->has_charge && !read_bytes8(json_object_get(one, "charge"), to->charge)))
            return false;
    }
    return true;
}

static bool is_silence(const json_t *duty)
{
    const char *status = json_string_value(json_object_get(duty, "status"));
    const bool late = status != NULL && strcmp(status, "late") == 0;
    return (late || json_is_true(json_object_get(duty, "overdue"))) && json_is_integer(json_object_get(duty, "due_ms")) &&
           !json_is_true(json_object_get(duty, "may"));
}

static bool same(const struct xj_ev_silence *a, const struct xj_ev_silence *b)
{
    return xj_id_eq(&a->message, &b->message) && xj_slice_eq(a->duty, b->duty) && xj_slice_eq(a->obligor, b->obligor) && a->due_ms == b->due_ms &&
           a->subject_count == b->subject_count && memcmp(a->subjects, b->subjects, a->subject_count * sizeof a->subjects[0]) == 0;
}

static void add_silence(struct xj_ex *x, const json_t *duty)
{
    struct xj_bundle *b = &x->b;
    struct xj_ev_silence *s = &b->silences[b->silence_count];
    const char *message = json_string_value(json_object_get(duty, "started_by"));
    const char *id = json_string_value(json_object_get(duty, "id")), *obligor = json_string_value(json_object_get(duty, "obligor"));
    memset(s, 0, sizeof *s);
    if (message == NULL || id == NULL || obligor == NULL || !xj_id_parse(message, &s->message) ||
        !read_subjects(json_object_get(duty, "subjects"), s))
        return;
    s->duty = xj_ex_keep(x, xj_slice_cstr(id));
    s->obligor = xj_ex_keep(x, xj_slice_cstr(obligor));
    s->due_ms = json_integer_value(json_object_get(duty, "due_ms"));
    for (size_t i = 0; i < b->silence_count; i++)
        if (same(&b->silences[i], s))
            return;
    b->silence_count++;
}

static void silences(struct xj_ex *x, const json_t *the_case)
{
    const json_t *duties = json_object_get(the_case, "duties"), *one;
    size_t i, count = json_array_size(duties);
    if (count > XJ_EV_SILENCES_MAX)
        count = XJ_EV_SILENCES_MAX;
    x->b.silences = calloc(count + 1, sizeof *x->b.silences);
    if (x->b.silences == NULL) {
        xj_ex_fail(x, XJ_ENOMEM);
        return;
    }
    json_array_foreach(duties, i, one)
        if (is_silence(one) && x->b.silence_count < count)
            add_silence(x, one);
}

/* ---- the view's file ---- */

static void remove_view(const char *path)
{
    static const char *const tails[] = {"", "-wal", "-shm", "-journal"};
    for (size_t i = 0; i < sizeof tails / sizeof tails[0]; i++) {
        char *name = NULL;
        if (asprintf(&name, "%s%s", path, tails[i]) >= 0)
            (void)unlink(name);
        free(name);
    }
}

void xj_ex_look(struct xj_ex *x, struct xj_ex_picture *ret)
{
    struct fold *f = calloc(1, sizeof *f);
    char *path = NULL;
    if (f == NULL || asprintf(&path, "%s/export.view", x->o->scratch) < 0) {
        free(f);
        xj_ex_fail(x, XJ_ENOMEM);
        return;
    }
    f->x = x;
    const struct xj_view_options o = {.path = path, .agency = x->owner, .root_key = xj_db_root_key(x->db),
                                      .keys = x->signs ? x->o->keys : NULL, .volatile_ok = true};
    xj_ex_fail(x, xj_view_open(&o, &f->view, NULL));
    if (x->err == XJ_OK)
        fold_all(f);
    if (x->err == XJ_OK)
        render(f, ret);
    if (x->err == XJ_OK)
        silences(x, ret->the_case);
    xj_view_close(f->view);
    remove_view(path);
    free(path);
    free(f);
}

void xj_ex_picture_free(struct xj_ex_picture *p)
{
    json_decref(p->the_case);
    json_decref(p->why);
    json_decref(p->acts);
    *p = (struct xj_ex_picture){NULL, NULL, NULL};
}
