/* P1, issued by that agency; P9, under which procedure; P2, bytes and papers. Spec 16, section 6. */
#include <stdlib.h>
#include <string.h>

#include "schema/evidence/judge_private.h"
#include "schema/trust/order.h"
#include "schema/wire/destroyed.h"
#include "schema/wire/read.h"

#define BODY_NODES_MAX 16384u

/* ---- P1 ---- */

static bool refusal_fits(struct xj_ev_judge *j, const struct xj_ev_book *k, const struct xj_ev_message *m)
{
    const struct xj_entry *e = &k->b->entries[m->answer].e;
    struct xj_refused r;
    if (e->kind != XJ_ENTRY_REFUSED)
        return true;
    return xj_ev_good(j, xj_refused_decode(e->head, &r)) && xj_slice_eq(r.agency, m->from) && xj_id_eq(&r.id, &m->id) && r.number == m->number;
}

/* With the key of the answer's register number; an own message also with one that was the owner's before (spec 02, 9). */
static bool signed_by(struct xj_ev_judge *j, const struct xj_ev_book *k, const struct xj_ev_message *m, struct xj_agency *facts)
{
    const struct xj_slice sig = k->b->entries[m->at].e.sig;
    bool is = xj_verify(&j->cache, facts->keys.sign, &m->digest, sig) == XJ_OK;
    for (uint64_t n = m->register_number; m->own && !is && n > 1; n--) {
        struct xj_agency before;
        const enum xj_err err = xj_reg_agency(&k->store, m->from, n - 1, &before);
        if (err == XJ_ENOMEM)
            j->err = err;
        if (err != XJ_OK || !before.connected || memcmp(before.keys.sign, facts->keys.sign, 32) == 0)
            continue;
        *facts = before;
        is = xj_verify(&j->cache, facts->keys.sign, &m->digest, sig) == XJ_OK;
    }
    return is;
}

bool xj_ev_reported(struct xj_ev_judge *j, struct xj_slice agency, const uint8_t sign[32], int64_t at_ms, int64_t *ret_since)
{
    const struct xj_ev_book *longest = &j->books[0];
    for (size_t i = 1; i < j->count; i++)
        if (j->books[i].folded > longest->folded)
            longest = &j->books[i];
    const enum xj_err err = xj_reg_compromised(&longest->store, agency, sign, ret_since);
    if (err == XJ_ENOMEM)
        j->err = err;
    return err == XJ_OK && *ret_since <= at_ms;
}

static struct xj_ev_finding issued(struct xj_ev_judge *j, const struct xj_ev_book *k, const struct xj_ev_message *m, int64_t *ret_since)
{
    struct xj_agency facts;
    if (m->own != xj_slice_eq(m->from, k->b->owner))
        return xj_ev_contra("from");
    if (m->answer == XJ_EV_NO_ENTRY)
        return xj_ev_open("unanswered");
    if (k->notes[m->answer].sound == XJ_EV_UNKNOWN)
        return xj_ev_open("register_short");
    if (k->notes[m->answer].sound == XJ_EV_UNSOUND)
        return xj_ev_contra("answer_signature");
    if (!refusal_fits(j, k, m))
        return xj_ev_contra("answer");
    enum xj_err err = xj_reg_agency(&k->store, m->from, m->register_number, &facts);
    if (err == XJ_ENOMEM)
        j->err = err;
    if (err != XJ_OK || !facts.connected || (m->admitted && facts.state != XJ_AGENCY_ACTIVE))
        return xj_ev_contra("key");
    if (!signed_by(j, k, m, &facts))
        return xj_ev_contra("signature");
    const int64_t answered = k->notes[m->answer].time_ms;
    return xj_ev_reported(j, m->from, facts.keys.sign, answered, ret_since) ? xj_ev_open("compromised") : XJ_EV_HOLDS;
}

/* ---- P9 ---- */

static void software(struct xj_ev_judge *j, struct xj_ev_book *k, const struct xj_ev_message *m)
{
    struct xj_ev_finding finding = XJ_EV_HOLDS;
    if (m->answer == XJ_EV_NO_ENTRY || k->b->entries[m->answer].e.kind != XJ_ENTRY_ADMITTED)
        return;
    if (!m->admitted)
        finding = xj_ev_open("unanswered");
    else if (!xj_ev_revision(j, k, m->procedure, &m->revision, m->register_number, NULL))
        finding = xj_ev_contra("revision");
    xj_ev_add(j, xj_ev_about(k, XJ_CLAIM_SOFTWARE, m), finding);
}

void xj_ev_issued(struct xj_ev_judge *j, struct xj_ev_book *k)
{
    xj_ev_add(j, xj_ev_whole(k, XJ_CLAIM_ISSUED, "register"), k->broken ? xj_ev_contra("register") : XJ_EV_HOLDS);
    for (size_t i = 0; i < k->message_count && j->err == XJ_OK; i++) {
        struct xj_ev_message *m = &k->messages[i];
        int64_t since = 0;
        const struct xj_ev_finding finding = issued(j, k, m, &since);
        struct xj_ev_item item = xj_ev_about(k, XJ_CLAIM_ISSUED, m);
        m->issued = finding.code == NULL;
        item.has_from = finding.code != NULL && strcmp(finding.code, "compromised") == 0;
        item.from = item.has_from ? since : 0;
        xj_ev_add(j, item, finding);
        software(j, k, m);
    }
    xj_ev_add(j, xj_ev_whole(k, XJ_CLAIM_SOFTWARE, "software"), xj_ev_open("software"));
    xj_ev_add(j, xj_ev_whole(k, XJ_CLAIM_SOFTWARE, "operator"), xj_ev_open("operator"));
}

/* ---- P2 ---- */

/* What was found out about the content of one message. */
struct content {
    const struct xj_ev_book *k;
    const struct xj_header *h;
    bool wrong_object, wrong_commit;
    bool body, keys, plain, formed; /* there, and the plaintext is a map within the limits */
    const char *paper;              /* what is wrong with the first paper that has something */
};

static bool object_of(struct content *c, const struct xj_hash *digest, const char *context)
{
    struct xj_slice bytes;
    if (!xj_bundle_file(c->k->b, "objects", digest, &bytes))
        return false;
    struct xj_hash found = xj_digest(context, bytes);
    if (!xj_hash_eq(&found, digest))
        c->wrong_object = true;
    return true;
}

/* The plaintext of an object, which its salt must give that commit. */
static bool plain_of(struct content *c, const char *folder, const struct xj_hash *digest, const struct xj_hash *commit, struct xj_slice *ret)
{
    const struct xj_ev_salt *salt = xj_bundle_salt(c->k->b, digest);
    if (salt == NULL || !xj_bundle_file(c->k->b, folder, digest, ret))
        return false;
    struct xj_hash found = xj_commit(salt->salt, *ret);
    if (!xj_hash_eq(&found, commit))
        c->wrong_commit = true;
    return true;
}

static bool is_map(struct xj_slice s)
{
    /* with four bytes for its count a map would have more values than are allowed */
    return s.n > 0 && s.n <= XJ_MAX_BODY_BYTES && ((s.p[0] & 0xf0) == 0x80 || s.p[0] == 0xde) && xj_wire_check(s, BODY_NODES_MAX) == XJ_OK;
}

/* Row i of the body's papers, which must speak of that paper. */
static bool row_of(const msgpack_object *list, size_t i, const struct xj_hash *sealed, struct xj_hash *ret_commit)
{
    struct xj_hash found = {{0}};
    if (list == NULL || list->type != MSGPACK_OBJECT_ARRAY || i >= list->via.array.size)
        return false;
    struct xj_cur c = xj_cur_over(&list->via.array.ptr[i], 4, 4);
    xj_take_bin_to(&c, found.b, XJ_HASH_SIZE);
    xj_take_bin_to(&c, ret_commit->b, XJ_HASH_SIZE);
    (void)xj_take_str(&c, 0, SIZE_MAX);
    (void)xj_take_str(&c, 0, SIZE_MAX);
    return xj_cur_end(&c) == XJ_OK && xj_hash_eq(&found, sealed);
}

static void look_at_papers(struct content *c, const msgpack_object *list)
{
    for (size_t i = 0; i < c->h->paper_count; i++) {
        const struct xj_hash *sealed = &c->h->papers[i].sealed;
        struct xj_hash commit;
        struct xj_slice plain;
        const char *wrong = NULL;
        bool there = object_of(c, sealed, XJ_SEAL_PAPER);
        if (!row_of(list, i, sealed, &commit))
            wrong = "paper_unlisted";
        else if (!plain_of(c, "papers", sealed, &commit, &plain))
            wrong = there ? "paper_sealed" : "paper_absent";
        else if (!there)
            wrong = "paper_absent";
        if (c->paper == NULL)
            c->paper = wrong;
    }
}

static void look(struct xj_ev_judge *j, struct content *c)
{
    struct xj_slice plain;
    struct xj_doc doc;
    c->body = object_of(c, &c->h->body_digest, XJ_SEAL_BODY);
    c->keys = object_of(c, &c->h->keys_digest, XJ_CTX_KEYS);
    c->plain = plain_of(c, "bodies", &c->h->body_digest, &c->h->body_commit, &plain);
    c->formed = c->plain && !c->wrong_commit && is_map(plain);
    enum xj_err err = c->formed ? xj_doc_open(&doc, plain, BODY_NODES_MAX) : XJ_ENOTFOUND;
    if (err == XJ_ENOMEM)
        j->err = err;
    look_at_papers(c, err == XJ_OK ? xj_map_get(&doc.root, "papers") : NULL);
    if (err == XJ_OK)
        xj_doc_close(&doc);
}

static bool header_only(const struct xj_ev_book *k, const struct xj_ev_message *m, const struct xj_header *h)
{
    for (size_t i = 0; !m->own && i < h->to_count; i++)
        if (h->to[i].role == XJ_TO_NOTICE && xj_slice_eq(h->to[i].agency, k->b->owner))
            return true;
    return false;
}

/* ---- destroyed by order (section 5.9) ---- */

static bool lists_digest(const struct xj_destroyed *d, const struct xj_hash *digest)
{
    for (size_t i = 0; i < d->digest_count; i++)
        if (xj_hash_eq(&d->digests[i], digest))
            return true;
    return false;
}

static bool covers(struct xj_ev_judge *j, const struct xj_ev_book *k, const struct xj_ev_message *m, const struct xj_header *h,
                   const struct xj_destroyed *d)
{
    const struct xj_id *shared = xj_order_shared(h);
    struct xj_order *o = malloc(sizeof *o);
    enum xj_err err = o == NULL ? XJ_ENOMEM : xj_order_at(&k->store, d->order, d->order_number, o);
    if (err == XJ_ENOMEM)
        j->err = err;
    /* whether the answer is sound was asked before (P1) */
    bool good = err == XJ_OK && o->kind == XJ_ORDER_DESTROY &&
                ((m->admitted && m->register_number < o->number && xj_order_names(o, h)) ||
                 (shared != NULL && xj_id_among(d->messages, d->message_count, shared)));
    free(o);
    return good;
}

static bool is_destroyed(struct xj_ev_judge *j, const struct xj_ev_book *k, const struct xj_ev_message *m, const struct xj_header *h)
{
    bool found = false;
    for (size_t i = 0; !found && i < k->b->entry_count && j->err == XJ_OK; i++) {
        const struct xj_entry *e = &k->b->entries[i].e;
        struct xj_destroyed d;
        if (e->kind != XJ_ENTRY_DESTROYED)
            continue;
        found = xj_ev_good(j, xj_destroyed_decode(e->head, &d)) && xj_slice_eq(d.holder, k->b->owner) && lists_digest(&d, &h->body_digest) &&
                xj_ev_sound(j, k, XJ_CTX_DESTROYED, d.holder, d.register_number, (struct xj_ev_signed){e->head, e->sig}) == XJ_EV_SOUND &&
                covers(j, k, m, h, &d);
        xj_destroyed_free(&d);
    }
    return found;
}

static struct xj_ev_finding unchanged(struct xj_ev_judge *j, const struct xj_ev_book *k, const struct xj_ev_message *m)
{
    struct content c = {.k = k, .h = xj_ev_header(j, k, m)};
    look(j, &c);
    if (c.wrong_object)
        return xj_ev_contra("object");
    if (c.wrong_commit)
        return xj_ev_contra("commit");
    if (!m->issued)
        return xj_ev_open("unsigned"); /* unchanged since what? */
    if (header_only(k, m, c.h))
        return xj_ev_open("header_only");
    if (!c.body)
        return xj_ev_open(is_destroyed(j, k, m, c.h) ? "destroyed" : "body_absent");
    if (!c.keys)
        return xj_ev_open("keys_absent");
    if (!c.plain)
        return xj_ev_open("body_sealed");
    if (!c.formed)
        return xj_ev_open("body_form");
    return c.paper != NULL ? xj_ev_open(c.paper) : XJ_EV_HOLDS;
}

void xj_ev_unchanged(struct xj_ev_judge *j, struct xj_ev_book *k)
{
    for (size_t i = 0; i < k->message_count && j->err == XJ_OK; i++)
        xj_ev_add(j, xj_ev_about(k, XJ_CLAIM_UNCHANGED, &k->messages[i]), unchanged(j, k, &k->messages[i]));
}
