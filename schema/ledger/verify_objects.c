/* The seventh check: what messages name is there. Spec 05, 5, item 7. */
#include <string.h>

#include "schema/ledger/verify_private.h"
#include "schema/trust/seal.h"

#define USE_BAD_AND_TOLD 0xff /* its bytes are wrong, and an entry that names it is reported */

/* ---- what an order has destroyed: spec 18, 5 ---- */

/* The newest own entry of kind 17 that lists a digest. */
struct gone {
    uint64_t order_number;
    uint8_t order[XJ_ID_SIZE];
};

static void note_destroyed(struct xj_verify *v, const struct xj_entry *e, size_t place, struct xj_slice leaf)
{
    struct xj_destroyed d;
    (void)place;
    (void)leaf;
    if (e->kind != XJ_ENTRY_DESTROYED)
        return;
    enum xj_err err = xj_destroyed_decode(e->head, &d);
    struct gone g = {.order_number = d.order_number};
    memcpy(g.order, d.order, sizeof g.order);
    if (err == XJ_ENOMEM)
        v->err = err;
    if (err == XJ_OK && xj_slice_is(d.holder, v->owner)) {
        for (size_t i = 0; i < d.digest_count; i++) {
            if (xj_v_get(v, XJ_NOTE_OBJECT, xj_hash_slice(&d.digests[i]), NULL, 0))
                xj_v_report(v, XJ_FAULT_CAME_BACK, e->n);
            (void)xj_v_put(v, XJ_NOTE_GONE, xj_hash_slice(&d.digests[i]), &g, sizeof g);
        }
        for (size_t i = 0; i < d.message_count; i++)
            (void)xj_v_put(v, XJ_NOTE_GONE_MESSAGE, xj_id_slice(&d.messages[i]), &g, sizeof g);
    }
    xj_destroyed_free(&d);
}

/* Whether the order covers the message: it names it, admitted before the order began, or it shares one whose content is gone. */
static bool is_covered(struct xj_verify *v, const struct gone *g, size_t place, const struct xj_header *h)
{
    struct xj_order o;
    struct xj_store store = xj_memory_store_of(v->register_pairs);
    const struct xj_id *shared = xj_order_shared(h);
    if (v->register_broken && g->order_number > v->register_number)
        return true; /* not looked at */
    enum xj_err err = xj_order_at(&store, g->order, g->order_number, &o);
    if (err == XJ_ENOMEM)
        v->err = err;
    if (err != XJ_OK || o.kind != XJ_ORDER_DESTROY)
        return false;
    if (xj_order_names(&o, h) && v->judged_at[place] < o.number)
        return true;
    return shared != NULL && xj_v_get(v, XJ_NOTE_GONE_MESSAGE, xj_id_slice(shared), NULL, 0);
}

static bool is_destroyed(struct xj_verify *v, size_t place, const struct xj_header *h, const struct xj_hash *digest)
{
    struct gone g;
    return xj_v_get(v, XJ_NOTE_GONE, xj_hash_slice(digest), &g, sizeof g) && is_covered(v, &g, place, h);
}

/* The message that names it. */
struct xj_named {
    size_t place;
    const struct xj_header *header;
};

/* An object that entry n names. Absent: a fault only when it is needed. Present with bytes that do not give its digest:
 * a fault of the bytes, here, where the entry is known. */
static void look(struct xj_verify *v, uint64_t n, const struct xj_named *at, const struct xj_hash *digest, enum xj_use use, bool needed,
                 enum xj_fault fault)
{
    uint8_t found = 0;
    if (needed)
        xj_v_counted(v, XJ_V_OBJECTS);
    if (!xj_v_get(v, XJ_NOTE_OBJECT, xj_hash_slice(digest), &found, 1)) {
        if (needed && !is_destroyed(v, at->place, at->header, digest))
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
static void papers(struct xj_verify *v, uint64_t n, const struct xj_named *at, bool needed)
{
    const struct xj_header *h = at->header;
    struct wrapped wrapped;
    uint8_t sender[XJ_KEY_ID_SIZE];
    memset(&wrapped, 0, sizeof wrapped);
    wrapped.owner = v->owner;
    wrapped.header = h;
    /* Keys that cannot be read wrap nothing for anybody: such a message is kept as unreadable. */
    if (!v->journal && h->paper_count > 0 && xj_v_good(v, xj_object_get(v->db, &h->keys_digest, &v->scratch)))
        (void)xj_v_good(v, xj_keys_decode(xj_buf_slice(&v->scratch), sender, visit_wrap, &wrapped));
    for (size_t i = 0; i < h->paper_count; i++)
        look(v, n, at, &h->papers[i].sealed, XJ_USE_PAPER, needed && (v->journal || wrapped.paper[i]), XJ_FAULT_PAPER);
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
    struct xj_named at = {.place = place, .header = &h};
    look(v, e->n, &at, &h.body_digest, XJ_USE_BODY, needed, XJ_FAULT_BODY);
    look(v, e->n, &at, &h.keys_digest, XJ_USE_KEYS, needed, XJ_FAULT_KEYS);
    papers(v, e->n, &at, needed);
}

void xj_v_objects(struct xj_verify *v)
{
    xj_v_rows(v, note_destroyed);
    xj_v_rows(v, row);
    if (v->bad_objects > 0) /* those that no entry names */
        xj_v_report(v, XJ_FAULT_OBJECT_DIGEST, 0);
}
