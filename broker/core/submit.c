/* Submissions: dedup by id, then the number, then papers, then judgement. Spec: spec/04-exchange.md, section 5. */
#include <string.h>

#include "broker/core/internal.h"

/* id and number of a header that does not decode, as far as they can be read. */
static enum xj_err salvage(struct submission *s, uint64_t next)
{
    struct xj_doc doc = {0};
    s->number = next;
    const enum xj_err err = xj_doc_open(&doc, s->parts.header, XJ_MAX_FRAME_NODES);
    if (err) return err == XJ_ENOMEM ? err : XJ_OK;
    if (doc.root.type == MSGPACK_OBJECT_ARRAY && doc.root.via.array.size == 24) {
        const msgpack_object *id = &doc.root.via.array.ptr[2], *number = &doc.root.via.array.ptr[22];
        if (id->type == MSGPACK_OBJECT_BIN && id->via.bin.size == 16) memcpy(s->id.b, id->via.bin.ptr, 16);
        if (number->type == MSGPACK_OBJECT_POSITIVE_INTEGER) s->number = number->via.u64;
    }
    xj_doc_close(&doc);
    return XJ_OK;
}

struct known {
    bool found;
    struct xj_hash digest;
    uint64_t n;
};

static enum xj_err known_get(struct xj_exchange *x, const struct key *k, struct known *ret)
{
    memset(ret, 0, sizeof *ret);
    enum xj_err err = x->store.get(x->store.ctx, xj_key_slice(k), &x->tmp);
    if (err) return err == XJ_ENOTFOUND ? XJ_OK : err;
    struct xj_doc doc = {0};
    if ((err = xj_doc_kept(&doc, xj_buf_slice(&x->tmp), 8)) != XJ_OK) return err;
    struct xj_cur c = xj_cur_over(&doc.root, 2, 2);
    xj_take_bin_to(&c, ret->digest.b, XJ_HASH_SIZE);
    ret->n = xj_take_uint(&c, UINT64_MAX);
    err = xj_cur_end(&c) == XJ_OK ? XJ_OK : XJ_ECORRUPT;
    ret->found = true;
    xj_doc_close(&doc);
    return err;
}

/* The stored answer again, byte for byte. One of this very batch goes out with the batch. */
static enum xj_err answer_again(struct xj_exchange *x, struct peer *p, struct xj_slice conn, uint64_t n)
{
    if (x->pending_count && n >= x->pending[0].n) return XJ_OK;
    struct xj_entry e;
    enum xj_err err = xj_log_get(x->o.log, n, &x->tmp, &e);
    if (err) return err == XJ_ENOTFOUND ? XJ_ECORRUPT : err;
    struct xj_buf *out = xj_out_frame(x, p, conn);
    if (!out) return XJ_ENOMEM;
    xj_frame_list(out, XJ_F_ANSWER, p->account.epoch, ++p->frames, 0, 1);
    xj_frame_put_answer(out, e.kind == XJ_ENTRY_ADMITTED ? 1 : 2, e.head, e.sig);
    return out->err;
}

/* What stops the reading: an entry about it, and what the sender is told. */
struct complaint {
    const char *incident, *text;
    const char *notice, *zh, *en;
};
static const struct complaint conflict = {
    "conflict", "a submission number used before came with an unknown id",
    "conflict", "此序号已被另一份文书使用：本机账本可能缺失或被复制，已停止发送。",
    "This number was used by another act: the ledger here was lost or copied; sending has stopped."};
static const struct complaint unread = {
    "unread", "a submission could not be read or verified",
    "unread", "文书外层结构或签名无法通过校验，未登记任何内容；请检查本机。",
    "The outer array or the signature does not verify; nothing was recorded. Check this machine."};
/* A message that has ended this program three times would do so for ever, and keep everybody from being served. */
static const struct complaint poison = {
    "poison", "a message ended the exchange each time it was read",
    "unread", "交换中心每次读取该文书都异常退出，已停止读取；请联系交换中心。",
    "Each time the exchange read this message it broke down; it is not read any more. Call the exchange."};

static enum xj_err complain(struct xj_exchange *x, const struct submission *s, const struct complaint *c, struct xj_slice detail,
                            uint64_t number)
{
    const enum xj_err err = xj_out_incident(x, s->peer, peer_id(s->peer), c->incident, c->text, detail);
    return err ? err : xj_out_notice(x, s->peer, s->conn, c->notice, number, xj_slice_of(NULL, 0), c->zh, c->en);
}

static enum xj_err notice_expect(struct xj_exchange *x, const struct submission *s)
{
    const uint64_t next = s->peer->account.own_number + 1;
    if (s->number < next) return complain(x, s, &conflict, xj_hash_slice(&s->digest), s->number);
    return xj_out_notice(x, s->peer, s->conn, "expect", next, xj_slice_of(NULL, 0), "请从所示序号起重新发送。",
                         "Send again from the number shown.");
}

/* Papers the header names and nobody has sent yet. */
static enum xj_err missing_papers(struct xj_exchange *x, const struct submission *s, struct xj_buf *ret)
{
    for (size_t i = 0; i < x->header.paper_count; i++) {
        bool staged;
        enum xj_err err = xj_paper_staged(x, s->peer, &x->header.papers[i].sealed, &staged);
        if (err) return err;
        if (!staged) xj_buf_add_slice(ret, xj_hash_slice(&x->header.papers[i].sealed));
    }
    return ret->err;
}

static enum xj_err reused_id(struct xj_exchange *x, struct submission *s)
{
    struct key k = xj_key_bytes('X', s->digest.b, XJ_HASH_SIZE);
    struct known again;
    enum xj_err err = known_get(x, &k, &again);
    if (err) return err;
    if (again.found) return answer_again(x, s->peer, s->conn, again.n);
    err = xj_out_incident(x, s->peer, xj_slice_cstr(s->peer->facts.id), "id_reused",
                          "an id came again with another content", xj_hash_slice(&s->digest));
    if (err) return err;
    return xj_refuse(x, s, "id_reused", "", "");
}

static enum xj_err consume(struct xj_exchange *x, struct submission *s)
{
    struct xj_buf need;
    xj_buf_init(&need, XJ_MAX_PAPERS * XJ_HASH_SIZE);
    enum xj_err err = s->decoded ? missing_papers(x, s, &need) : XJ_OK;
    if (!err && need.n)
        err = xj_out_notice(x, s->peer, s->conn, "need", s->number, xj_buf_slice(&need), "所列材料尚未上传，请先上传。",
                            "The papers listed have not arrived; send them first.");
    else if (!err)
        err = xj_admit(x, s);
    xj_buf_free(&need);
    return err;
}

static enum xj_err submit_read(struct xj_exchange *x, struct submission *s, uint64_t position, bool *ret_stop)
{
    struct peer *p = s->peer;
    if (xj_verify(&p->verified, p->facts.keys.sign, &s->digest, s->parts.signature) != XJ_OK) {
        *ret_stop = true;
        return complain(x, s, &unread, xj_slice_of(NULL, 0), position);
    }
    unsigned field;
    enum xj_err err = s->bytes.n <= XJ_MAX_MESSAGE_BYTES ? xj_header_decode(s->parts.header, &x->header, &field) : XJ_ELIMIT;
    if (err == XJ_ENOMEM) return err; /* nothing is wrong with the message */
    s->decoded = !err;
    if (s->decoded) {
        s->id = x->header.id;
        s->number = x->header.number;
    } else if ((err = salvage(s, p->account.own_number + 1)) != XJ_OK) {
        return err;
    }
    struct key k = xj_key_bytes('I', s->id.b, sizeof s->id.b);
    struct known known = {0};
    if (!xj_id_is_nil(&s->id)) err = known_get(x, &k, &known);
    if (err) return err;
    if (known.found && xj_hash_eq(&known.digest, &s->digest)) return answer_again(x, p, s->conn, known.n);
    if (known.found && s->number <= p->account.own_number + 1) return reused_id(x, s);
    bool may = s->number == p->account.own_number + 1;
    if (!may && (err = xj_run_own(x, p, s->number, &may)) != XJ_OK) return err;
    if (may) return consume(x, s);
    *ret_stop = true;
    return notice_expect(x, s);
}

/* One message; *ret_stop is set when the rest of the frame must not be read. */
static enum xj_err submit_one(struct xj_exchange *x, struct submission *s, uint64_t position, bool *ret_stop)
{
    /* Over a limit is no reason to leave it unread: the refusal says which. */
    if (xj_message_split(s->bytes, &s->parts) == XJ_EMALFORMED || !xj_signature_sound(s->parts.signature)) {
        *ret_stop = true;
        return complain(x, s, &unread, xj_slice_of(NULL, 0), position);
    }
    s->digest = xj_header_digest(s->parts.header);
    if (xj_trail_deaths(x->o.trail, xj_hash_slice(&s->digest)) >= XJ_TRAIL_DEATHS) {
        *ret_stop = true;
        return complain(x, s, &poison, xj_hash_slice(&s->digest), position);
    }
    xj_trail_at(x->o.trail, xj_hash_slice(&s->digest));
    const enum xj_err err = submit_read(x, s, position, ret_stop);
    if (!err) xj_trail_past(x->o.trail);
    return err;
}

enum xj_err xj_submit_frame(struct xj_exchange *x, struct peer *p, struct xj_slice conn, struct xj_frame *f)
{
    if (x->low_disk)
        return xj_out_notice(x, p, conn, "quota", p->account.own_number + 1, xj_slice_of(NULL, 0),
                             "交换中心磁盘空间不足，暂不接收新文书；稍后自动重试。",
                             "The exchange is short of disk and takes nothing new for now; sending is retried.");
    struct xj_frame_item item;
    bool stop = false;
    uint64_t position = 0;
    while (!stop && xj_frame_next(f, &item)) {
        struct submission s = {.peer = p, .conn = conn, .bytes = item.message};
        enum xj_err err = submit_one(x, &s, position++, &stop);
        if (err) return err;
    }
    return XJ_OK;
}
