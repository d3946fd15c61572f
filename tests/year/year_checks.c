#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agents/agent/view/render.h"
#include "agents/agent/view/view_private.h"
#include "tests/year/year.h"

#define BATCH 256

/* ---- rebuilding ---- */

static enum xj_err fold_all(struct node *n, struct xj_view *v, struct year_figures *f)
{
    struct xj_ledger_item items[BATCH];
    size_t count = 0;
    enum xj_err err = XJ_OK;
    do {
        err = xj_ledger_items(n->db, n->log, f->entries, BATCH, items, &count);
        int64_t begin = year_now_ns();
        if (err == XJ_OK && count > 0)
            err = xj_view_apply(v, items, count);
        f->rebuild_ns += year_now_ns() - begin;
        f->entries += count;
        for (size_t i = 0; i < count; i++) {
            f->acts += items[i].kind == XJ_ENTRY_OWN || items[i].kind == XJ_ENTRY_RECEIVED;
            xj_ledger_item_free(&items[i]);
        }
    } while (err == XJ_OK && count > 0);
    return err;
}

static void remove_view(const char *path)
{
    static const char *const ends[] = {"", "-wal", "-shm"};
    char name[1200];
    for (size_t i = 0; i < sizeof ends / sizeof ends[0]; i++) {
        snprintf(name, sizeof name, "%s%s", path, ends[i]);
        (void)unlink(name);
    }
}

void year_rebuild(struct year *y, struct node *n, bool reports, struct year_figures *ret)
{
    char path[1100];
    struct xj_view *v = NULL;
    struct xj_hash live, again;
    struct stat st;
    memset(ret, 0, sizeof *ret);
    snprintf(path, sizeof path, "%s.again", n->path);
    const struct xj_view_options o = {.path = path, .agency = n->agency.id, .root_key = y->w->anchor.root, .keys = &n->keys, .volatile_ok = true};
    enum xj_err err = xj_view_open(&o, &v, NULL);
    if (err == XJ_OK)
        err = fold_all(n, v, ret);
    if (err == XJ_OK)
        err = xj_view_digest(v, false, &again);
    if (err == XJ_OK)
        err = xj_view_digest(n->view, false, &live);
    if (err != XJ_OK)
        year_fault(y, "the view of %s cannot be folded anew: %s", n->agency.id, xj_err_name(err));
    else if (!xj_hash_eq(&live, &again))
        year_fault(y, "the view of %s folded anew is another", n->agency.id);
    else if (reports)
        year_same_reports(y, n, v);
    xj_view_close(v);
    ret->view_bytes = stat(path, &st) == 0 ? (uint64_t)st.st_size : 0;
    remove_view(path);
}

/* ---- why ---- */

struct asking {
    struct year *y;
    struct node *n;
    struct xj_header *header;
    struct xj_buf buf;
};

/* The entry named holds that act. */
static bool leads(struct asking *a, const json_t *link)
{
    struct xj_entry e;
    struct xj_id id;
    unsigned field;
    const char *text = json_string_value(json_object_get(link, "id"));
    const json_t *entry = json_object_get(link, "entry");
    return text != NULL && xj_id_parse(text, &id) && json_is_integer(entry) &&
           xj_log_get(a->n->log, (uint64_t)json_integer_value(entry), &a->buf, &e) == XJ_OK &&
           (e.kind == XJ_ENTRY_OWN || e.kind == XJ_ENTRY_RECEIVED) && xj_header_decode(e.head, a->header, &field) == XJ_OK &&
           xj_id_eq(&a->header->id, &id);
}

static void check_chain(struct asking *a, const json_t *one, const char *chain, const char *name)
{
    const json_t *links = json_object_get(one, chain), *link;
    size_t i;
    bool good = json_array_size(links) > 0;
    json_array_foreach(links, i, link)
        good = good && leads(a, link);
    if (!good)
        year_fault(a->y, "%s: why %s leads to no entry of the ledger", a->n->agency.id, json_string_value(json_object_get(one, name)));
}

/* A due date comes with its arithmetic, an alert with its words. */
static void check_answer(struct asking *a, const json_t *answer, uint64_t *duties, uint64_t *alerts)
{
    const json_t *one;
    size_t i;
    json_array_foreach(json_object_get(answer, "duties"), i, one) {
        check_chain(a, one, "chain", "id");
        if (json_is_string(json_object_get(one, "due")) && json_array_size(json_object_get(one, "reckoning")) == 0)
            year_fault(a->y, "%s: a due date of %s without arithmetic", a->n->agency.id, json_string_value(json_object_get(one, "id")));
        (*duties)++;
    }
    json_array_foreach(json_object_get(answer, "alerts"), i, one) {
        check_chain(a, one, "evidence", "rule");
        if (json_string_length(json_object_get(one, "why")) == 0)
            year_fault(a->y, "%s: an alert of %s without a word", a->n->agency.id, json_string_value(json_object_get(one, "rule")));
        (*alerts)++;
    }
}

/* The cases to ask about, up to max behind `after`; the number of them. */
static size_t some_cases(struct xj_view *v, struct xj_id *after, struct xj_id *list, size_t max)
{
    size_t n = 0;
    xj_view_begin(v, false);
    sqlite3_stmt *st = xj_vq(v, "SELECT case_id FROM case_index c WHERE case_id > ?1 AND (EXISTS(SELECT 1 FROM duty d WHERE d.case_id = c.case_id)"
                                " OR EXISTS(SELECT 1 FROM alert a WHERE a.case_id = c.case_id)) ORDER BY case_id", "b", xj_id_slice(after));
    while (n < max && xj_vq_row(v, st))
        list[n++] = xj_vq_id(st, 0);
    xj_vq_end(st);
    (void)xj_view_end(v);
    if (n > 0)
        *after = list[n - 1];
    return n;
}

static int64_t rows(struct xj_view *v, bool alerts, int64_t now_ms)
{
    xj_view_begin(v, false);
    int64_t n = alerts ? xj_vq_int(v, xj_vq(v, "SELECT count(*) FROM alert WHERE fires_ms <= ?1", "i", now_ms), -1)
                       : xj_vq_int(v, xj_vq(v, "SELECT count(*) FROM duty", ""), -1);
    (void)xj_view_end(v);
    return n;
}

void year_ask_why(struct year *y, struct node *n, uint64_t *ret_duties, uint64_t *ret_alerts)
{
    struct asking a = {.y = y, .n = n, .header = calloc(1, sizeof *a.header)};
    struct xj_id after = {{0}}, list[BATCH];
    xj_buf_init(&a.buf, XJ_MAX_STATEMENT_BYTES);
    *ret_duties = *ret_alerts = 0;
    for (size_t count; a.header != NULL && (count = some_cases(n->view, &after, list, BATCH)) > 0;)
        for (size_t i = 0; i < count; i++) {
            json_t *answer = NULL;
            if (xj_render_why(n->view, list[i], xj_slice_of(NULL, 0), y->end_ms - 1, &answer) != XJ_OK)
                year_fault(y, "%s does not answer why", n->agency.id);
            check_answer(&a, answer, ret_duties, ret_alerts);
            json_decref(answer);
        }
    if ((int64_t)*ret_duties != rows(n->view, false, 0) || (int64_t)*ret_alerts != rows(n->view, true, y->end_ms - 1))
        year_fault(y, "%s: not every duty and alert was asked about", n->agency.id);
    xj_buf_free(&a.buf);
    free(a.header);
}
