#include <stdlib.h>
#include <string.h>

#include "agents/agent/core/state.h"

#define FRAME_ROOM (XJ_MAX_FRAME_BYTES - 4096u) /* bytes of messages in one SUBMIT */

/* ---- taking an act over ---- */

static enum xj_err not_taken(struct xj_agent *a, const struct xj_id *id, const char *zh, const char *en)
{
    struct xj_buf text;
    xj_buf_init(&text, 2048);
    xj_buf_addf(&text, "%s\n%s", zh, en);
    enum xj_err err = text.err == XJ_ENOMEM ? XJ_ENOMEM : xj_agent_act(a, XJ_AA_NOT_TAKEN, &text, id, 0, false);
    xj_buf_free(&text);
    return err;
}

/* Numbering an act on a ledger that may be an old backup would give one number to two acts. So the first number of a boot
 * is given only after the exchange has confirmed the ledger, or a person answers for it; offline later is harmless. */
bool xj_outbox_may_number(const struct xj_agent *a)
{
    return (a->compared || a->overridden) &&
           (a->state == XJ_AGENT_READY || a->state == XJ_AGENT_OFFLINE || a->state == XJ_AGENT_EXCHANGE_LOST);
}

/* What the drafting side must have got right; checked because an unsound header would be a number spent on nothing. */
static bool outgoing_sound(const struct xj_agent *a, const struct xj_outgoing *out, struct xj_slice header, enum xj_err *ret_err)
{
    struct xj_header h;
    unsigned field = 0;
    struct xj_hash body = xj_digest(XJ_SEAL_BODY, xj_buf_slice(&out->body));
    struct xj_hash keys = xj_digest(XJ_CTX_KEYS, xj_buf_slice(&out->keys));
    if (!xj_legible(xj_header_decode(header, &h, &field), ret_err) || !xj_slice_is(h.from, a->agency) || out->body.n == 0 ||
        out->body.n > XJ_MAX_SEALED_BODY_BYTES || out->keys.n > XJ_MAX_KEYS_BYTES ||
        !xj_hash_eq(&body, &h.body_digest) || !xj_hash_eq(&keys, &h.keys_digest))
        return false;
    for (size_t i = 0; i < out->paper_count; i++) {
        struct xj_hash paper = xj_digest(XJ_SEAL_PAPER, xj_buf_slice(&out->papers[i].sealed));
        if (!xj_hash_eq(&paper, &out->papers[i].digest))
            return false;
    }
    return header.n + out->body.n + out->keys.n + XJ_MAX_SIGNATURE_BYTES <= XJ_MAX_MESSAGE_BYTES;
}

static enum xj_err keep_objects(struct xj_agent *a, const struct xj_outgoing *out)
{
    enum xj_err err = xj_object_put(a->o.db, &out->header.body_digest, xj_buf_slice(&out->body));
    if (err == XJ_OK)
        err = xj_object_put(a->o.db, &out->header.keys_digest, xj_buf_slice(&out->keys));
    for (size_t i = 0; err == XJ_OK && i < out->paper_count; i++)
        err = xj_object_put(a->o.db, &out->papers[i].digest, xj_buf_slice(&out->papers[i].sealed));
    return err;
}

/* Every paper named must be at hand: with this act or from an earlier one. */
static enum xj_err papers_here(struct xj_agent *a, const struct xj_header *h, bool *ret)
{
    enum xj_err err = XJ_OK;
    *ret = true;
    for (size_t i = 0; err == XJ_OK && *ret && i < h->paper_count; i++)
        err = xj_object_has(a->o.db, &h->papers[i].sealed, ret);
    return err;
}

static enum xj_err number_it(struct xj_agent *a, struct xj_unsigned *u, const struct xj_outgoing *out)
{
    u->number = a->own_number + 1;
    u->own.id = out->header.id;
    u->own.digest = xj_header_digest(xj_buf_slice(&u->header));
    a->own_number = u->number;
    a->own_digest = u->own.digest;
    a->dirty = true;
    *a->unsigned_last = u;
    a->unsigned_last = &u->next;
    a->unsigned_count++;
    return XJ_OK;
}

static enum xj_err take(struct xj_agent *a, struct xj_outgoing *out)
{
    struct xj_unsigned *u = calloc(1, sizeof *u);
    if (u == NULL)
        return XJ_ENOMEM;
    xj_buf_init(&u->header, XJ_MAX_HEADER_BYTES);
    out->header.number = a->own_number + 1;
    out->header.has_previous = a->own_number > 0;
    out->header.previous = a->own_digest;
    xj_header_encode(&out->header, &u->header);
    enum xj_err err = u->header.err;
    bool sound = err == XJ_OK && outgoing_sound(a, out, xj_buf_slice(&u->header), &err);
    if (sound)
        err = keep_objects(a, out);
    if (err == XJ_OK && sound)
        err = papers_here(a, &out->header, &sound);
    if (err == XJ_OK && sound)
        return number_it(a, u, out);
    xj_buf_free(&u->header);
    free(u);
    if (xj_err_is_world(err))
        return err;
    return not_taken(a, &out->header.id, "起草的行为数据不完整，未发送", "the act as drafted is unsound; it was not taken");
}

/* The same id again is the same act: whoever asks twice gets the first one's number. */
static enum xj_err known_id(struct xj_agent *a, const struct xj_id *id, bool *ret_known)
{
    uint64_t number = 0;
    for (const struct xj_unsigned *u = a->unsigned_first; u != NULL; u = u->next)
        if (xj_id_eq(&u->own.id, id)) {
            *ret_known = true; /* QUEUED follows at the end of this batch */
            return XJ_OK;
        }
    enum xj_err err = xj_kv_get_number(a, "I", xj_id_slice(id), ret_known, &number);
    if (err != XJ_OK || !*ret_known)
        return err;
    err = xj_agent_act(a, XJ_AA_QUEUED, NULL, id, number, false);
    return err == XJ_OK ? xj_answer_again(a, number) : err;
}

enum xj_err xj_outbox_submit(struct xj_agent *a, struct xj_outgoing *out)
{
    bool known = false;
    const struct xj_id id = out->header.id;
    enum xj_err err = known_id(a, &id, &known);
    if (err == XJ_OK && !known) {
        if (!xj_outbox_may_number(a))
            err = not_taken(a, &id, a->why_zh[0] ? a->why_zh : "暂不能发送", a->why_en[0] ? a->why_en : "cannot send now");
        else if (!a->keyed)
            err = not_taken(a, &id, "登记簿里还没有本机的密钥", "the register does not have the keys of this machine yet");
        else if (xj_agent_disk_low(a))
            err = not_taken(a, &id, "磁盘空间不足，未接收新的行为", "the disk is nearly full; no new act is taken");
        else
            err = take(a, out);
    }
    xj_outgoing_free(out);
    return err;
}

/* ---- signing, at the end of the batch ---- */

enum xj_err xj_own_note(struct xj_agent *a, uint64_t number, const struct xj_own *own)
{
    enum xj_err err = xj_own_save(a, number, own);
    if (err == XJ_OK)
        err = xj_kv_put_number(a, "Od", xj_hash_slice(&own->digest), number);
    return err == XJ_OK ? xj_kv_put_number(a, "I", xj_id_slice(&own->id), number) : err;
}

static enum xj_err append_own(struct xj_agent *a, struct xj_unsigned *u, struct xj_slice signature)
{
    enum xj_err err = xj_log_append(a->o.log, XJ_ENTRY_OWN, xj_agent_now(a), xj_buf_slice(&u->header), signature,
                                    &u->own.entry);
    if (err == XJ_OK)
        err = xj_own_note(a, u->number, &u->own);
    return err == XJ_OK ? xj_agent_act(a, XJ_AA_QUEUED, NULL, &u->own.id, u->number, false) : err;
}

static void unsigned_drop(struct xj_agent *a)
{
    struct xj_unsigned *u = a->unsigned_first;
    a->unsigned_first = u->next;
    if (a->unsigned_first == NULL)
        a->unsigned_last = &a->unsigned_first;
    a->unsigned_count--;
    xj_buf_free(&u->header);
    free(u);
}

/* One signature for the whole batch (spec 02, 3, form 1). */
enum xj_err xj_outbox_sign(struct xj_agent *a)
{
    enum xj_err err = XJ_OK;
    while (err == XJ_OK && a->unsigned_count > 0) {
        struct xj_hash digests[XJ_MAX_BATCH];
        struct xj_buf signatures[XJ_MAX_BATCH];
        size_t n = 0;
        for (const struct xj_unsigned *u = a->unsigned_first; u != NULL && n < XJ_MAX_BATCH; u = u->next) {
            xj_buf_init(&signatures[n], XJ_MAX_SIGNATURE_BYTES);
            digests[n++] = u->own.digest;
        }
        err = xj_sign_batch(&a->o.keys->sign, digests, n, signatures);
        for (size_t i = 0; i < n; i++) {
            if (err == XJ_OK)
                err = signatures[i].err;
            if (err == XJ_OK)
                err = append_own(a, a->unsigned_first, xj_buf_slice(&signatures[i]));
            if (err == XJ_OK)
                unsigned_drop(a);
            xj_buf_free(&signatures[i]);
        }
    }
    return err;
}

void xj_outbox_clear(struct xj_agent *a)
{
    while (a->unsigned_first != NULL)
        unsigned_drop(a);
}

/* ---- sending ---- */

enum xj_err xj_outbox_header(struct xj_agent *a, uint64_t number, struct xj_buf *buf, struct xj_header *ret,
                             struct xj_slice *ret_header, struct xj_slice *ret_signature)
{
    struct xj_own own;
    struct xj_entry entry;
    unsigned field = 0;
    enum xj_err err = xj_own_load(a, number, &own);
    if (err == XJ_OK)
        err = xj_log_get(a->o.log, own.entry, buf, &entry);
    if (err == XJ_OK)
        err = xj_header_decode(entry.head, ret, &field);
    if (err != XJ_OK)
        return xj_err_is_world(err) ? err : XJ_ECORRUPT;
    *ret_header = entry.head;
    *ret_signature = entry.sig;
    return XJ_OK;
}

/* A submission that waited while the agency's keys were replaced is signed anew for the exchange, which takes the present key only;
 * the ledger keeps the signature it was made with (spec 02, 9). */
enum xj_err xj_outbox_signed_now(struct xj_agent *a, uint64_t number, struct xj_message *m, struct xj_buf *out)
{
    struct xj_own own;
    enum xj_err err = xj_own_load(a, number, &own);
    if (err != XJ_OK || own.entry > a->size_at_start ||
        xj_verify(&a->cache, a->o.keys->sign.public_key, &own.digest, m->signature) == XJ_OK)
        return err;
    xj_sign_one(&a->o.keys->sign, &own.digest, out);
    m->signature = xj_buf_slice(out);
    return out->err;
}

/* Appends the message as it was signed: the same bytes at every try of this process. */
enum xj_err xj_outbox_message(struct xj_agent *a, uint64_t number, struct xj_header *h, struct xj_buf *out)
{
    struct xj_buf entry, body, keys, signature;
    struct xj_message m;
    xj_buf_init(&signature, XJ_MAX_SIGNATURE_BYTES);
    xj_buf_init(&entry, XJ_MAX_MESSAGE_BYTES);
    xj_buf_init(&body, XJ_MAX_MESSAGE_BYTES);
    xj_buf_init(&keys, XJ_MAX_MESSAGE_BYTES);
    enum xj_err err = xj_outbox_header(a, number, &entry, h, &m.header, &m.signature);
    if (err == XJ_OK)
        err = xj_outbox_signed_now(a, number, &m, &signature);
    if (err == XJ_OK)
        err = xj_object_get(a->o.db, &h->body_digest, &body);
    if (err == XJ_OK)
        err = xj_object_get(a->o.db, &h->keys_digest, &keys);
    if (err == XJ_OK) {
        m.body = xj_buf_slice(&body);
        m.keys = xj_buf_slice(&keys);
        xj_message_join(&m, out);
        err = out->err;
    }
    xj_buf_free(&entry);
    xj_buf_free(&body);
    xj_buf_free(&keys);
    xj_buf_free(&signature);
    return err == XJ_ENOTFOUND ? XJ_ECORRUPT : err;
}

enum xj_err xj_outbox_send_paper(struct xj_agent *a, const struct xj_hash *digest, size_t *bytes)
{
    struct xj_buf sealed, frame;
    xj_buf_init(&sealed, XJ_MAX_FRAME_BYTES);
    enum xj_err err = xj_object_get(a->o.db, digest, &sealed);
    if (err == XJ_OK) {
        xj_buf_init(&frame, XJ_MAX_FRAME_BYTES);
        xj_frame_paper(&frame, XJ_F_PAPER_PUT, a->epoch, ++a->frame_number, digest, xj_buf_slice(&sealed));
        *bytes += sealed.n;
        err = xj_agent_send(a, &frame);
    }
    xj_buf_free(&sealed);
    return err == XJ_ENOTFOUND ? XJ_ECORRUPT : err;
}

/* A SUBMIT under construction. */
struct batch {
    struct xj_buf items;
    uint32_t count;
};

static enum xj_err batch_send(struct xj_agent *a, struct batch *b)
{
    if (b->count == 0)
        return XJ_OK;
    struct xj_buf frame;
    xj_buf_init(&frame, XJ_MAX_FRAME_BYTES);
    xj_frame_list(&frame, XJ_F_SUBMIT, a->epoch, ++a->frame_number, 0, b->count);
    xj_buf_add_slice(&frame, xj_buf_slice(&b->items));
    xj_buf_reset(&b->items);
    b->count = 0;
    return xj_agent_send(a, &frame);
}

/* Papers go ahead of a message the first time this process sends it; later the exchange says what it lacks. */
static enum xj_err send_one(struct xj_agent *a, uint64_t number, struct batch *b)
{
    struct xj_header h;
    struct xj_buf message;
    size_t bytes = 0;
    xj_buf_init(&message, XJ_MAX_MESSAGE_BYTES + 4096u);
    enum xj_err err = xj_outbox_message(a, number, &h, &message);
    if (err == XJ_OK && (b->count == XJ_MAX_BATCH || b->items.n + message.n > FRAME_ROOM))
        err = batch_send(a, b);
    /* xj_outbox_message has freed what h points into: only its digests, which are values, are used from here on. */
    for (size_t i = 0; err == XJ_OK && number > a->ever_sent && i < h.paper_count; i++)
        err = xj_outbox_send_paper(a, &h.papers[i].sealed, &bytes);
    if (err == XJ_OK) {
        xj_frame_put_submit(&b->items, xj_buf_slice(&message));
        err = b->items.err;
        b->count++;
        bytes += message.n;
        a->flight_size[number % XJ_AGENT_WINDOW] = (uint32_t)bytes;
        a->flight_bytes += bytes;
    }
    xj_buf_free(&message);
    return err;
}

static bool room(const struct xj_agent *a)
{
    return a->sent_to < a->own_number && a->sent_to - a->answered_prefix < XJ_AGENT_WINDOW &&
           (a->flight_bytes < XJ_AGENT_FLIGHT_BYTES || a->sent_to == a->answered_prefix);
}

enum xj_err xj_outbox_pump(struct xj_agent *a)
{
    if (a->state != XJ_AGENT_READY || !a->keyed)
        return XJ_OK;
    if (a->answered_prefix == a->own_number) {
        xj_retry_progress(a, &a->outbox);
        a->outbox_paused = false;
        return XJ_OK;
    }
    if (xj_retry_due(a, &a->outbox))
        xj_outbox_rewind(a, a->answered_prefix + 1);
    else if (a->outbox_paused)
        return XJ_OK;
    struct batch b = {.count = 0};
    enum xj_err err = XJ_OK;
    xj_buf_init(&b.items, XJ_MAX_FRAME_BYTES);
    while (err == XJ_OK && room(a)) {
        struct xj_own own;
        err = xj_own_load(a, a->sent_to + 1, &own);
        if (err == XJ_OK && own.status == XJ_OWN_OPEN)
            err = send_one(a, a->sent_to + 1, &b);
        a->sent_to++;
        if (a->sent_to > a->ever_sent)
            a->ever_sent = a->sent_to;
    }
    if (err == XJ_OK)
        err = batch_send(a, &b);
    xj_buf_free(&b.items);
    if (xj_retry_may(a, &a->outbox)) /* something is unanswered, sent now or before */
        xj_retry_sent(a, &a->outbox);
    return err;
}

void xj_outbox_rewind(struct xj_agent *a, uint64_t number)
{
    a->outbox_paused = false;
    if (number <= a->answered_prefix)
        number = a->answered_prefix + 1;
    while (a->sent_to >= number) {
        a->flight_bytes -= a->flight_size[a->sent_to % XJ_AGENT_WINDOW];
        a->flight_size[a->sent_to % XJ_AGENT_WINDOW] = 0;
        a->sent_to--;
    }
}

void xj_outbox_landed(struct xj_agent *a, uint64_t number)
{
    if (number > a->sent_to || a->sent_to - number >= XJ_AGENT_WINDOW)
        return;
    a->flight_bytes -= a->flight_size[number % XJ_AGENT_WINDOW];
    a->flight_size[number % XJ_AGENT_WINDOW] = 0;
}

/* What is unanswered below the exchange's own number goes out again too: its answer may be what was lost. */
void xj_outbox_restart(struct xj_agent *a)
{
    memset(a->flight_size, 0, sizeof a->flight_size);
    a->flight_bytes = 0;
    a->sent_to = a->answered_prefix;
    a->outbox_paused = false;
    a->expect_ms = a->need_ms = 0;
    xj_retry_progress(a, &a->outbox);
}
