#include "agents/cli/replay_ledger.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "schema/ledger/db.h"
#include "schema/ledger/verify.h"
#include "schema/wire/statement.h"

struct seen {
    struct xj_hash digest;
    unsigned messages, statements;
    bool right_side; /* own where own, received where received */
};
struct walk {
    const struct xj_replay_expected *acts;
    struct seen *seen;
    size_t count;
    size_t last_own, last_received; /* position in the list + 1 */
    struct xj_header *header;
    struct xj_admitted *admitted;
    struct xj_replay_ledger *out;
};

static void wrong(struct xj_replay_ledger *out, const char *what, uint64_t seq)
{
    out->complete = false;
    if (out->why[0] == '\0')
        snprintf(out->why, sizeof out->why, "%s, seq %llu", what, (unsigned long long)seq);
}

static void see_message(struct walk *w, const struct xj_entry *e)
{
    unsigned field;
    if (xj_header_decode(e->head, w->header, &field) != XJ_OK)
        return; /* the verifier says so */
    for (size_t i = 0; i < w->count; i++) {
        if (!xj_id_eq(&w->acts[i].id, &w->header->id))
            continue;
        bool own = e->kind == XJ_ENTRY_OWN;
        size_t *last = own ? &w->last_own : &w->last_received;
        w->seen[i].digest = xj_digest(XJ_CTX_MESSAGE, e->head);
        w->seen[i].messages++;
        w->seen[i].right_side = own == w->acts[i].own;
        if (i + 1 <= *last)
            wrong(w->out, "out of order", w->acts[i].seq);
        *last = i + 1;
        return;
    }
}

static void see_statement(struct walk *w, const struct xj_entry *e)
{
    if (xj_admitted_decode(e->head, w->admitted) != XJ_OK)
        return;
    for (size_t i = 0; i < w->count; i++)
        if (w->seen[i].messages > 0 && xj_hash_eq(&w->seen[i].digest, &w->admitted->message))
            w->seen[i].statements += w->admitted->seq == w->acts[i].seq ? 1 : 2;
}

static bool see(void *arg, const struct xj_entry *e)
{
    struct walk *w = arg;
    if (e->kind == XJ_ENTRY_OWN || e->kind == XJ_ENTRY_RECEIVED)
        see_message(w, e);
    else if (e->kind == XJ_ENTRY_ADMITTED)
        see_statement(w, e);
    return true;
}

static enum xj_err walk_log(struct walk *w, const char *path, const char *owner, const uint8_t root_key[32], struct xj_buf *text)
{
    struct xj_db *db = NULL;
    struct xj_log *log = NULL;
    struct xj_db_options o = {.path = path, .format = "xianjie ledger 1", .owner = owner, .root_key = root_key,
                              .read_only = true, .volatile_ok = true};
    enum xj_err err = xj_db_open(&o, xj_env_system(), &db, text);
    if (err == XJ_OK)
        err = xj_log_open(db, &log);
    if (err == XJ_OK)
        err = xj_log_scan(log, 1, see, w);
    xj_log_close(log);
    xj_db_close(db);
    return err;
}

static void judge(const struct walk *w)
{
    for (size_t i = 0; i < w->count; i++) {
        if (w->seen[i].messages != 1)
            wrong(w->out, w->seen[i].messages == 0 ? "missing" : "more than once", w->acts[i].seq);
        else if (!w->seen[i].right_side)
            wrong(w->out, "on the wrong side", w->acts[i].seq);
        else if (w->seen[i].statements != 1)
            wrong(w->out, "not admitted once under its seq", w->acts[i].seq);
    }
}

static void note_check(void *arg, const struct xj_check_result *r)
{
    struct xj_replay_ledger *out = arg;
    if (r->kind == XJ_CHECK_BAD && out->why[0] == '\0')
        snprintf(out->why, sizeof out->why, "%s: entry %llu: %s", r->check, (unsigned long long)r->entry, r->text_en);
}

enum xj_err xj_replay_ledger_check(const char *path, const char *owner, const uint8_t root_key[32],
                                   const struct xj_replay_expected *acts, size_t count, struct xj_replay_ledger *ret,
                                   struct xj_buf *text)
{
    struct walk w = {.acts = acts, .count = count, .out = ret};
    struct xj_verify_summary summary;
    memset(ret, 0, sizeof *ret);
    w.seen = calloc(count + 1, sizeof *w.seen);
    w.header = malloc(sizeof *w.header);
    w.admitted = malloc(sizeof *w.admitted);
    enum xj_err err = w.seen != NULL && w.header != NULL && w.admitted != NULL ? XJ_OK : XJ_ENOMEM;
    if (err == XJ_OK)
        err = xj_verify_file(path, root_key, note_check, ret, &summary);
    if (err == XJ_OK) {
        ret->entries = summary.entries;
        ret->verified = summary.ok && strcmp(summary.owner, owner) == 0;
        ret->complete = true;
        err = walk_log(&w, path, owner, root_key, text);
    }
    if (err == XJ_OK)
        judge(&w);
    free(w.seen);
    free(w.header);
    free(w.admitted);
    return err;
}
