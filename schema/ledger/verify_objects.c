/* The seventh check: what messages name is there. Spec 05, 5, item 7. */
#include <string.h>

#include "schema/ledger/verify_private.h"
#include "schema/trust/seal.h"

#define USE_BAD_AND_TOLD 0xff /* its bytes are wrong, and an entry that names it is reported */

/* An object that entry n names. Absent: a fault only when it is needed. Present with bytes that do not give its digest:
 * a fault of the bytes, here, where the entry is known. */
static void look(struct xj_verify *v, uint64_t n, const struct xj_hash *digest, enum xj_use use, bool needed,
                 enum xj_fault fault)
{
    uint8_t found = 0;
    if (needed)
        xj_v_counted(v, XJ_V_OBJECTS);
    if (!xj_v_get(v, XJ_NOTE_OBJECT, xj_hash_slice(digest), &found, 1)) {
        if (needed)
            xj_v_report(v, fault, n);
        return;
    }
    if (found == XJ_USE_NONE || found == USE_BAD_AND_TOLD) {
        static const uint8_t told = USE_BAD_AND_TOLD;
        xj_v_report(v, XJ_FAULT_OBJECT_DIGEST, n);
        if (found == XJ_USE_NONE)
            v->bad_objects--;
        (void)xj_v_put(v, XJ_NOTE_OBJECT, xj_hash_slice(digest), &told, 1);
    } else if (found != (uint8_t)use && needed) {
        xj_v_report(v, fault, n); /* a body's digest on keys, and the like */
    }
}

struct wrapped {
    const char *owner;
    const struct xj_header *header;
    bool paper[XJ_MAX_PAPERS];
};

static bool visit_wrap(void *arg, const struct xj_wrap_entry *w)
{
    struct wrapped *wrapped = arg;
    for (size_t i = 0; i < wrapped->header->paper_count; i++)
        if (xj_slice_is(w->reader, wrapped->owner) && xj_hash_eq(&w->object, &wrapped->header->papers[i].sealed))
            wrapped->paper[i] = true;
    return true;
}

/* The papers of a message: all of them where the file is a journal, else those that its keys wrap for the owner. */
static void papers(struct xj_verify *v, uint64_t n, const struct xj_header *h, bool needed)
{
    struct wrapped wrapped;
    uint8_t sender[XJ_KEY_ID_SIZE];
    memset(&wrapped, 0, sizeof wrapped);
    wrapped.owner = v->owner;
    wrapped.header = h;
    /* Keys that cannot be read wrap nothing for anybody: such a message is kept as unreadable. */
    if (!v->journal && h->paper_count > 0 && xj_v_good(v, xj_object_get(v->db, &h->keys_digest, &v->scratch)))
        (void)xj_v_good(v, xj_keys_decode(xj_buf_slice(&v->scratch), sender, visit_wrap, &wrapped));
    for (size_t i = 0; i < h->paper_count; i++)
        look(v, n, &h->papers[i].sealed, XJ_USE_PAPER, needed && (v->journal || wrapped.paper[i]), XJ_FAULT_PAPER);
}

static bool is_notice(const struct xj_verify *v, const struct xj_header *h)
{
    for (size_t i = 0; i < h->to_count; i++)
        if (h->to[i].role == XJ_TO_NOTICE && xj_slice_is(h->to[i].agency, v->owner))
            return true;
    return false;
}

/* The exchange keeps no body of what it refused: after a recovery there is none. */
static bool came_back_refused(struct xj_verify *v, const struct xj_entry *e)
{
    struct xj_v_own own;
    struct xj_hash digest = xj_header_digest(e->head);
    return e->kind == XJ_ENTRY_OWN && xj_v_get(v, XJ_NOTE_ANSWERED, xj_hash_slice(&digest), &own, sizeof own) && own.back &&
           own.refused;
}

static void row(struct xj_verify *v, const struct xj_entry *e, size_t place, struct xj_slice leaf)
{
    struct xj_header h;
    unsigned field;
    uint64_t key = place;
    (void)leaf;
    bool message = e->kind == XJ_ENTRY_OWN || e->kind == XJ_ENTRY_RECEIVED || e->kind == XJ_ENTRY_MESSAGE;
    if (!message || !xj_v_good(v, xj_header_decode(e->head, &h, &field)))
        return;
    bool needed = v->journal ? xj_v_get(v, XJ_NOTE_ADMITTED, xj_slice_of(&key, sizeof key), NULL, 0)
                             : !(e->kind == XJ_ENTRY_RECEIVED && is_notice(v, &h)) && !came_back_refused(v, e);
    look(v, e->n, &h.body_digest, XJ_USE_BODY, needed, XJ_FAULT_BODY);
    look(v, e->n, &h.keys_digest, XJ_USE_KEYS, needed, XJ_FAULT_KEYS);
    papers(v, e->n, &h, needed);
}

void xj_v_objects(struct xj_verify *v)
{
    xj_v_rows(v, row);
    if (v->bad_objects > 0) /* those that no entry names */
        xj_v_report(v, XJ_FAULT_OBJECT_DIGEST, 0);
}
