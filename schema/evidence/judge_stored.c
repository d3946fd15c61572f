/* P3, the recipient stored it once; P4, when. Spec 16, section 6. */
#include <stdlib.h>
#include <string.h>

#include "schema/evidence/judge_private.h"
#include "schema/wire/read.h"

/* ---- what the exchange said was stored ---- */

/* Where in the deliveries those of the message begin. */
static size_t first_delivery(const struct xj_ev_book *k, const struct xj_hash *message)
{
    size_t low = 0, high = k->delivery_count;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        if (memcmp(k->deliveries[middle].message.b, message->b, XJ_HASH_SIZE) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* The delivery of a message to an agency; *ret_count how many there are. */
static const struct xj_ev_delivery *delivery_to(const struct xj_ev_book *k, const struct xj_hash *message, struct xj_slice agency,
                                                size_t *ret_count)
{
    const struct xj_ev_delivery *found = NULL;
    *ret_count = 0;
    for (size_t i = first_delivery(k, message); i < k->delivery_count && xj_hash_eq(&k->deliveries[i].message, message); i++)
        if (xj_slice_eq(k->deliveries[i].recipient, agency)) {
            found = found == NULL ? &k->deliveries[i] : found;
            (*ret_count)++;
        }
    return found;
}

static struct xj_ev_finding signature(enum xj_ev_sound sound, const char *code)
{
    return sound == XJ_EV_UNKNOWN ? xj_ev_open("register_short") : sound == XJ_EV_UNSOUND ? xj_ev_contra(code) : XJ_EV_HOLDS;
}

static bool leads(const struct xj_stored *s, uint64_t number, const struct xj_hash *message, uint64_t index, const struct xj_hash *path,
                  size_t count)
{
    struct xj_hash root, leaf = xj_tree_mail_leaf(number, message);
    return number >= s->first && number <= s->last && index == number - s->first &&
           xj_tree_root_from_path(&leaf, index, s->last - s->first + 1, path, count, &root) && xj_hash_eq(&root, &s->root);
}

/* ---- an own message at one recipient ---- */

static struct xj_ev_finding sent_to(struct xj_ev_judge *j, const struct xj_ev_book *k, const struct xj_ev_message *m, struct xj_ev_pair *p)
{
    size_t count;
    struct xj_delivered d;
    const struct xj_ev_delivery *at = delivery_to(k, &m->digest, p->agency, &count);
    if (count > 1)
        return xj_ev_contra("twice");
    if (at == NULL)
        return xj_ev_open("undelivered");
    struct xj_ev_finding found = signature(k->notes[at->entry].sound, "delivered_signature");
    if (found.code != NULL)
        return found;
    if (at->number != p->number)
        return xj_ev_contra("number");
    if (!at->has_path)
        return xj_ev_contra("path");
    p->delivered = at->entry;
    const size_t stored = xj_ev_stored_of(k, &k->notes[at->entry].digest);
    if (stored == XJ_EV_NO_ENTRY)
        return xj_ev_open("stored_absent");
    found = signature(k->notes[stored].sound, "stored_signature");
    if (found.code != NULL)
        return found;
    enum xj_err err = xj_delivered_decode(k->b->entries[at->entry].e.head, &d);
    if (err != XJ_OK) {
        j->err = err == XJ_ENOMEM ? err : j->err;
        return xj_ev_contra("path");
    }
    const struct xj_stored *s = &k->notes[stored].stored;
    const struct xj_delivered_item *item = &d.items[at->item];
    p->stored = stored;
    if (!xj_slice_eq(s->agency, p->agency) || s->time_ms != d.recipient_ms)
        found = xj_ev_contra("stored");
    else if (!leads(s, p->number, &m->digest, item->index, item->path, item->path_count))
        found = xj_ev_contra("path");
    free(d.items);
    return found;
}

/* ---- a received message at the owner ---- */

/* The owner's own stored statement over a mailbox number; *ret_count stops at 2. */
static size_t covering(const struct xj_ev_book *k, uint64_t number, size_t *ret_count)
{
    size_t low = 0, high = k->own_stored_count, found = XJ_EV_NO_ENTRY;
    while (low < high) { /* past the last that begins at or before the number */
        const size_t middle = low + (high - low) / 2;
        if (k->notes[k->own_stored[middle]].stored.first <= number)
            low = middle + 1;
        else
            high = middle;
    }
    *ret_count = 0;
    for (; low > 0 && k->reach[low - 1] >= number && *ret_count < 2; low--)
        if (k->notes[k->own_stored[low - 1]].stored.last >= number) {
            found = k->own_stored[low - 1];
            (*ret_count)++;
        }
    return found;
}

/* The exchange's word that it has the owner's statement over this message. */
static size_t confirmed_by(const struct xj_ev_book *k, const struct xj_ev_message *m, uint64_t number, size_t stored)
{
    for (size_t i = first_delivery(k, &m->digest); i < k->delivery_count && xj_hash_eq(&k->deliveries[i].message, &m->digest); i++) {
        const struct xj_ev_note *note = &k->notes[k->deliveries[i].entry];
        if (note->about_us && note->sound == XJ_EV_SOUND && k->deliveries[i].number == number &&
            xj_hash_eq(&note->digest, &k->notes[stored].digest))
            return k->deliveries[i].entry;
    }
    return XJ_EV_NO_ENTRY;
}

static const struct xj_ev_mail *mail_path(const struct xj_bundle *b, const struct xj_hash *stored, uint64_t number)
{
    size_t low = 0, high = b->mail_count;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        int order = memcmp(b->mail[middle].stored.b, stored->b, XJ_HASH_SIZE);
        if (order < 0 || (order == 0 && b->mail[middle].number < number))
            low = middle + 1;
        else
            high = middle;
    }
    return low < b->mail_count && xj_hash_eq(&b->mail[low].stored, stored) && b->mail[low].number == number ? &b->mail[low] : NULL;
}

static struct xj_ev_finding received(const struct xj_ev_book *k, const struct xj_ev_message *m, struct xj_ev_pair *p)
{
    size_t count;
    if (p->number == 0)
        return xj_ev_contra("number");
    const size_t stored = covering(k, p->number, &count);
    if (count > 1)
        return xj_ev_contra("twice");
    if (count == 0)
        return xj_ev_open("stored_absent");
    struct xj_ev_finding found = signature(k->notes[stored].sound, "stored_signature");
    if (found.code != NULL)
        return found;
    const struct xj_stored *s = &k->notes[stored].stored;
    p->stored = stored;
    p->delivered = confirmed_by(k, m, p->number, stored);
    if (!k->notes[stored].of_lost && s->ledger_size < k->b->entries[m->at].e.n)
        return xj_ev_contra("stored");
    const struct xj_ev_mail *mail = mail_path(k->b, &k->notes[stored].digest, p->number);
    if (mail == NULL)
        return xj_ev_open("path_absent");
    if (!leads(s, p->number, &m->digest, p->number - s->first, xj_bundle_hashes(k->b, mail->path), mail->path.count))
        return xj_ev_contra("path");
    return XJ_EV_HOLDS;
}

/* Whether somebody else may have signed for having stored it: when, only the exchange can tell. */
static bool in_doubt(struct xj_ev_judge *j, const struct xj_ev_book *k, const struct xj_ev_pair *p)
{
    struct xj_agency facts;
    int64_t since = 0;
    const struct xj_stored *s = &k->notes[p->stored].stored;
    const int64_t at = p->delivered != XJ_EV_NO_ENTRY ? k->notes[p->delivered].time_ms : INT64_MAX;
    const enum xj_err err = xj_reg_agency(&k->store, s->agency, s->register_number, &facts);
    if (err == XJ_ENOMEM)
        j->err = err;
    return err == XJ_OK && xj_ev_reported(j, s->agency, facts.keys.sign, at, &since);
}

static void add_pair(struct xj_ev_judge *j, struct xj_ev_book *k, const struct xj_ev_message *m, struct xj_ev_pair *p)
{
    struct xj_ev_item item = xj_ev_about(k, XJ_CLAIM_STORED, m);
    p->stored = p->delivered = XJ_EV_NO_ENTRY;
    p->finding = m->own ? sent_to(j, k, m, p) : received(k, m, p);
    if (p->finding.code == NULL && in_doubt(j, k, p))
        p->finding = xj_ev_open("compromised");
    item.agency = p->agency;
    item.has_from = true;
    item.from = k->notes[m->answer].time_ms;
    item.has_to = p->delivered != XJ_EV_NO_ENTRY;
    item.to = item.has_to ? k->notes[p->delivered].time_ms : 0;
    xj_ev_add(j, item, p->finding);
}

static void stored(struct xj_ev_judge *j, struct xj_ev_book *k, struct xj_ev_message *m)
{
    if (m->answer != XJ_EV_NO_ENTRY && k->b->entries[m->answer].e.kind == XJ_ENTRY_REFUSED)
        return;
    if (!m->admitted) {
        struct xj_ev_item item = xj_ev_about(k, XJ_CLAIM_STORED, m);
        if (!m->own)
            item.agency = k->b->owner;
        xj_ev_add(j, item, xj_ev_open("unanswered"));
        return;
    }
    for (size_t i = 0; i < m->pair_count; i++)
        add_pair(j, k, m, &m->pairs[i]);
}

/* ---- P4 ---- */

static bool register_time(struct xj_ev_judge *j, const struct xj_ev_book *k, uint64_t number, int64_t *ret)
{
    struct xj_doc doc;
    if (!xj_ev_good(j, xj_doc_open(&doc, k->b->reg[number - 1].head, XJ_MAX_REGISTER_NODES)))
        return false;
    struct xj_cur c = xj_cur_over(&doc.root, 4, 4);
    (void)xj_take_uint(&c, UINT64_MAX);
    *ret = xj_take_int(&c, INT64_MIN, INT64_MAX);
    bool ok = !c.bad;
    xj_doc_close(&doc);
    return ok;
}

/* When the procedure's revision came into the register. The last one asked for is remembered. */
static bool revision_time(struct xj_ev_judge *j, struct xj_ev_book *k, const struct xj_ev_message *m, int64_t *ret)
{
    if (!k->revision_asked || !xj_hash_eq(&k->revision, &m->revision) || !xj_slice_eq(k->revision_of, m->procedure)) {
        k->revision_asked = true;
        k->revision = m->revision;
        k->revision_of = m->procedure;
        k->revision_known = false;
        for (uint64_t at = 1; at <= k->folded && !k->revision_known && j->err == XJ_OK; at++)
            k->revision_known = xj_ev_revision(j, k, m->procedure, &m->revision, at, NULL) && register_time(j, k, at, &k->revision_ms);
    }
    *ret = k->revision_ms;
    return k->revision_known;
}

struct bounds {
    int64_t latest_said; /* by the exchange, in placed entries so far */
    bool said;
};

/* Exchange statements of placed entries before the message in the ledger bound when it was put there. */
static bool lower_bound(struct xj_ev_judge *j, struct xj_ev_book *k, const struct xj_ev_message *m, const struct bounds *b, int64_t *ret)
{
    bool known = revision_time(j, k, m, ret);
    if (m->own && k->notes[m->at].placed && b->said && (!known || b->latest_said > *ret)) {
        *ret = b->latest_said;
        known = true;
    }
    return known;
}

static int64_t later(int64_t t, int64_t by)
{
    return t > INT64_MAX - by ? INT64_MAX : t + by;
}

static bool clocks_differ(const struct xj_ev_book *k, const struct xj_ev_message *m, int64_t answered)
{
    for (size_t i = 0; i < m->pair_count; i++) {
        const struct xj_ev_pair *p = &m->pairs[i];
        if (p->stored == XJ_EV_NO_ENTRY || p->delivered == XJ_EV_NO_ENTRY)
            continue;
        const int64_t told = k->notes[p->delivered].time_ms, own = k->notes[p->stored].time_ms;
        if (later(told, XJ_EV_TOLERANCE_MS) < answered || later(own, XJ_EV_TOLERANCE_MS) < answered || own > later(told, XJ_EV_TOLERANCE_MS))
            return true;
    }
    return false;
}

static struct xj_ev_finding timed(struct xj_ev_judge *j, struct xj_ev_book *k, const struct xj_ev_message *m, const struct bounds *b,
                                  int64_t latest_before, struct xj_ev_item *item)
{
    if (m->answer == XJ_EV_NO_ENTRY || k->notes[m->answer].sound != XJ_EV_SOUND)
        return xj_ev_open("unanswered");
    const int64_t answered = k->notes[m->answer].time_ms;
    item->has_to = true;
    item->to = answered;
    item->has_from = lower_bound(j, k, m, b, &item->from);
    if (!item->has_from)
        return xj_ev_open("unbounded");
    if (item->from > later(answered, XJ_EV_TOLERANCE_MS) || clocks_differ(k, m, answered) ||
        (m->admitted && latest_before > later(answered, XJ_EV_TOLERANCE_MS)))
        return xj_ev_contra("clock");
    for (size_t i = 0; m->admitted && i < m->pair_count; i++)
        if (m->pairs[i].delivered == XJ_EV_NO_ENTRY)
            return xj_ev_open("open");
    return XJ_EV_HOLDS;
}

struct by_seq {
    uint64_t seq;
    size_t message;
};

static int compare_seq(const void *a, const void *b)
{
    const struct by_seq *x = a, *y = b;
    if (x->seq != y->seq)
        return x->seq < y->seq ? -1 : 1;
    return (x->message > y->message) - (x->message < y->message);
}

/* For each message the latest time of an admission with a smaller seq; INT64_MIN where there is none. */
static int64_t *latest_before(struct xj_ev_judge *j, const struct xj_ev_book *k)
{
    struct by_seq *order = calloc(k->message_count + 1, sizeof *order);
    int64_t *ret = calloc(k->message_count + 1, sizeof *ret), latest = INT64_MIN, pending = INT64_MIN;
    size_t count = 0;
    if (order == NULL || ret == NULL) {
        free(order);
        free(ret);
        j->err = XJ_ENOMEM;
        return NULL;
    }
    for (size_t i = 0; i < k->message_count; i++) {
        ret[i] = INT64_MIN;
        if (k->messages[i].admitted)
            order[count++] = (struct by_seq){k->messages[i].seq, i};
    }
    if (count > 1)
        qsort(order, count, sizeof *order, compare_seq);
    for (size_t i = 0; i < count; i++) {
        if (i > 0 && order[i - 1].seq != order[i].seq)
            latest = pending;
        ret[order[i].message] = latest;
        const int64_t own = k->notes[k->messages[order[i].message].answer].time_ms;
        pending = own > pending ? own : pending;
    }
    free(order);
    return ret;
}

static bool exchange_spoke(enum xj_entry_kind kind)
{
    return kind == XJ_ENTRY_ADMITTED || kind == XJ_ENTRY_REFUSED || kind == XJ_ENTRY_DELIVERED;
}

static void times(struct xj_ev_judge *j, struct xj_ev_book *k)
{
    struct bounds b = {.said = false};
    int64_t *before = latest_before(j, k);
    size_t at = 0;
    for (size_t i = 0; i < k->message_count && j->err == XJ_OK; i++) {
        const struct xj_ev_message *m = &k->messages[i];
        struct xj_ev_item item = xj_ev_about(k, XJ_CLAIM_TIMES, m);
        for (; at < m->at; at++) {
            const struct xj_ev_note *note = &k->notes[at];
            if (!exchange_spoke(k->b->entries[at].e.kind) || !note->placed || note->sound != XJ_EV_SOUND)
                continue;
            b.latest_said = b.said && b.latest_said > note->time_ms ? b.latest_said : note->time_ms;
            b.said = true;
        }
        struct xj_ev_finding finding = timed(j, k, m, &b, before[i], &item);
        if (!item.has_from)
            item.from = 0;
        xj_ev_add(j, item, finding);
    }
    free(before);
}

void xj_ev_stored(struct xj_ev_judge *j, struct xj_ev_book *k)
{
    for (size_t i = 0; i < k->message_count && j->err == XJ_OK; i++)
        stored(j, k, &k->messages[i]);
    if (j->err == XJ_OK)
        times(j, k);
}
