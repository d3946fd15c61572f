#include <string.h>

#include "agents/agent/core/state.h"

struct wanted {
    struct xj_agent *a;
    const struct xj_header *h;
    struct xj_pending *p;
    enum xj_err err;
};

static bool wanted_wrap(void *arg, const struct xj_wrap_entry *entry)
{
    struct wanted *w = arg;
    struct xj_pending *p = w->p;
    if (!xj_slice_is(entry->reader, w->a->agency))
        return true;
    for (size_t i = 0; i < p->missing_count; i++)
        if (xj_hash_eq(&p->missing[i], &entry->object))
            return true; /* wrapped twice: for the seal key and for the recovery key */
    for (size_t i = 0; i < w->h->paper_count; i++)
        if (xj_hash_eq(&w->h->papers[i].sealed, &entry->object) && p->missing_count < XJ_MAX_PAPERS) {
            bool here = false;
            w->err = xj_object_has(w->a->o.db, &entry->object, &here);
            if (w->err != XJ_OK)
                return false;
            if (!here)
                p->missing[p->missing_count++] = entry->object;
        }
    return true;
}

/* Keys that cannot be read are the sender's fault and are stored as they are: the view calls the message unreadable. */
enum xj_err xj_papers_missing(struct xj_agent *a, const struct xj_header *h, struct xj_slice keys, struct xj_pending *p)
{
    struct wanted w = {a, h, p, XJ_OK};
    uint8_t sender[XJ_KEY_ID_SIZE];
    p->missing_count = 0;
    if (keys.n == 0)
        return XJ_OK;
    enum xj_err err = xj_keys_decode(keys, sender, wanted_wrap, &w);
    return xj_err_is_world(err) ? err : w.err;
}

static size_t asked_index(const struct xj_agent *a, const struct xj_hash *digest)
{
    size_t i = 0;
    while (i < a->asked_count && !xj_hash_eq(&a->asked[i], digest))
        i++;
    return i;
}

/* A paper nobody asked for is not kept: a peer must not fill the disk. */
enum xj_err xj_papers_frame(struct xj_agent *a, const struct xj_frame *f)
{
    size_t i = asked_index(a, &f->digest);
    if (i == a->asked_count)
        return XJ_OK;
    if (f->bytes.n == 0)
        return xj_agent_incident(a, "paper", "the exchange lacks a paper of an admitted act", xj_hash_slice(&f->digest));
    struct xj_hash digest = xj_digest(XJ_SEAL_PAPER, f->bytes);
    if (!xj_hash_eq(&digest, &f->digest))
        return xj_agent_incident(a, "paper", "a paper that has not the digest asked for", xj_hash_slice(&f->digest));
    a->asked[i] = a->asked[--a->asked_count];
    xj_retry_progress(a, &a->papers);
    return xj_object_put(a->o.db, &f->digest, f->bytes);
}

static enum xj_err ask(struct xj_agent *a, const struct xj_hash *digest)
{
    struct xj_buf frame;
    xj_buf_init(&frame, XJ_MAX_FRAME_BYTES);
    xj_frame_paper_get(&frame, a->epoch, ++a->frame_number, digest);
    a->asked[a->asked_count++] = *digest;
    return xj_agent_send(a, &frame);
}

/* A few at a time, those of the oldest delivery first. */
enum xj_err xj_papers_pump(struct xj_agent *a)
{
    enum xj_err err = XJ_OK;
    if (a->pending_first == NULL || !xj_agent_may_receive(a)) {
        a->asked_count = 0;
        xj_retry_progress(a, &a->papers);
        return XJ_OK;
    }
    if (xj_retry_due(a, &a->papers))
        a->asked_count = 0;
    for (const struct xj_pending *p = a->pending_first; err == XJ_OK && p != NULL; p = p->next)
        for (size_t i = 0; err == XJ_OK && i < p->missing_count && a->asked_count < XJ_AGENT_PAPERS_ASKED; i++) {
            bool here = asked_index(a, &p->missing[i]) < a->asked_count;
            if (!here)
                err = xj_object_has(a->o.db, &p->missing[i], &here);
            if (err == XJ_OK && !here)
                err = ask(a, &p->missing[i]);
        }
    if (a->asked_count > 0 && xj_retry_may(a, &a->papers))
        xj_retry_sent(a, &a->papers);
    return err;
}
