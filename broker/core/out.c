#include <stdlib.h>
#include <string.h>

#include "broker/core/internal.h"

static struct xj_exchange_action *action_new(struct xj_exchange *x, enum xj_exchange_action_kind kind)
{
    if (x->action_count == x->action_cap) {
        size_t cap = x->action_cap ? x->action_cap * 2 : 64;
        struct xj_exchange_action *more = realloc(x->actions, cap * sizeof *more);
        if (!more) return NULL;
        x->actions = more;
        x->action_cap = cap;
    }
    struct xj_exchange_action *a = &x->actions[x->action_count++];
    memset(a, 0, sizeof *a);
    a->kind = kind;
    return a;
}

struct xj_buf *xj_out_frame(struct xj_exchange *x, const struct peer *p, struct xj_slice conn)
{
    struct xj_exchange_action *a = action_new(x, XJ_XA_SEND);
    if (!a) return NULL;
    a->conn_bytes = conn.n < sizeof a->conn ? conn.n : sizeof a->conn;
    memcpy(a->conn, conn.p, a->conn_bytes);
    a->reader = p->index;
    xj_buf_init(&a->bytes, XJ_MAX_FRAME_BYTES);
    return &a->bytes;
}

enum xj_err xj_out_zap_changed(struct xj_exchange *x)
{
    return action_new(x, XJ_XA_ZAP_CHANGED) ? XJ_OK : XJ_ENOMEM;
}

enum xj_err xj_out_fold(struct xj_exchange *x)
{
    return action_new(x, XJ_XA_FOLD) ? XJ_OK : XJ_ENOMEM;
}

enum xj_err xj_out_notice(struct xj_exchange *x, struct peer *p, struct xj_slice conn, const char *code, uint64_t number,
                          struct xj_slice digests, const char *zh, const char *en)
{
    struct xj_buf *out = xj_out_frame(x, p, conn);
    if (!out) return XJ_ENOMEM;
    const struct xj_notice n = {.code = xj_slice_cstr(code), .number = number, .digests = digests,
                                .digest_count = digests.n / XJ_HASH_SIZE, .text_zh = xj_slice_cstr(zh),
                                .text_en = xj_slice_cstr(en)};
    xj_frame_notice(out, p->account.epoch, ++p->frames, &n);
    return out->err;
}

/* Incidents are evidence, but a flood of them must neither fill the disk nor hide another agency's, or another kind. */
#define INCIDENT_MS 60000

static struct incident_memory *memory_of(struct incident_memory of[INCIDENT_CODES], const char *code)
{
    static const char *const codes[INCIDENT_CODES - 1] = {"malformed", "unread", "conflict", "id_reused", "stored", "register",
                                                          "unknown", "poison", "handback", "journal_lost", "fork"};
    size_t i = 0;
    while (i < INCIDENT_CODES - 1 && strcmp(codes[i], code) != 0) i++;
    return &of[i];
}

static enum xj_err incident_entry(struct xj_exchange *x, const char *code, const struct xj_buf *line, struct xj_slice detail)
{
    struct xj_buf b;
    xj_buf_init(&b, XJ_MAX_STATEMENT_BYTES);
    xj_put_array(&b, 3);
    xj_put_cstr(&b, code);
    xj_put_str(&b, xj_buf_slice(line));
    xj_put_bin(&b, detail.p, detail.n > 1024 ? 1024 : detail.n);
    enum xj_err err = line->err ? line->err : b.err;
    if (!err)
        err = xj_log_append(x->o.log, XJ_ENTRY_INCIDENT, x->now_ms, xj_buf_slice(&b), xj_slice_of(NULL, 0), NULL);
    xj_buf_free(&b);
    return err;
}

enum xj_err xj_out_incident(struct xj_exchange *x, struct peer *p, struct xj_slice agency, const char *code, const char *text,
                            struct xj_slice detail)
{
    struct incident_memory *m = memory_of(p ? p->incidents : x->incidents, code);
    x->figures.incidents++;
    if (m->at_ms && x->now_ms - m->at_ms < INCIDENT_MS && x->now_ms >= m->at_ms) {
        m->since++;
        return XJ_OK;
    }
    struct xj_buf line;
    xj_buf_init(&line, 1024);
    xj_buf_add_slice(&line, p ? xj_slice_cstr(p->facts.id) : agency);
    xj_buf_addf(&line, ": %s", text);
    if (m->since) xj_buf_addf(&line, " (and %llu more since the last entry)", (unsigned long long)m->since);
    *m = (struct incident_memory){.at_ms = x->now_ms ? x->now_ms : 1};
    const enum xj_err err = incident_entry(x, code, &line, detail);
    xj_buf_free(&line);
    return err;
}

bool xj_exchange_take(struct xj_exchange *x, struct xj_exchange_action *ret)
{
    if (x->action_next == x->action_count) {
        x->action_next = x->action_count = 0;
        return false;
    }
    *ret = x->actions[x->action_next++];
    return true;
}
