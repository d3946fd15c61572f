#include <stdio.h>

#include "agents/agent/core/state.h"

/* What the exchange says about frames it could not take (spec 04, 3). None of it is signed, so none of it decides anything
 * about what has been admitted: a notice can make the agent send again, wait or stop. */

static struct xj_slice clip(struct xj_slice s, size_t max)
{
    if (s.n <= max)
        return s;
    size_t n = max;
    while (n > 0 && (s.p[n] & 0xc0) == 0x80)
        n--; /* not in the middle of a character */
    return xj_slice_of(s.p, n);
}

static enum xj_err show(struct xj_agent *a, const struct xj_notice *n)
{
    char line[1024];
    struct xj_slice code = clip(n->code, 48), zh = clip(n->text_zh, 400), en = clip(n->text_en, 400);
    snprintf(line, sizeof line, "notice %.*s: %.*s / %.*s", (int)code.n, (const char *)code.p, (int)zh.n,
             (const char *)zh.p, (int)en.n, (const char *)en.p);
    return xj_agent_notice(a, line);
}

static enum xj_err on_expect(struct xj_agent *a, const struct xj_notice *n)
{
    if (n->number == 0 || n->number > a->own_number + 1)
        return xj_agent_incident(a, "notice", "the exchange expects a number this ledger never gave", xj_slice_of(NULL, 0));
    if (n->number <= a->consumed_proof) {
        xj_hello_again(a); /* it has signed for more than it expects: the comparison says what that means */
        return XJ_OK;
    }
    /* Each frame in flight behind the gap brings this notice once; one rewind serves them all. */
    if (n->number == a->expect_number && !xj_retry_pace(a, &a->expect_ms))
        return XJ_OK;
    if (n->number != a->expect_number)
        a->expect_ms = xj_agent_now(a);
    a->expect_number = n->number;
    xj_outbox_rewind(a, n->number);
    return XJ_OK;
}

/* Only papers that the act at that number names are sent: a notice must not fetch any other object out of the ledger. */
static enum xj_err send_needed(struct xj_agent *a, struct xj_frame *f, const struct xj_header *h)
{
    struct xj_frame_item item;
    enum xj_err err = XJ_OK;
    size_t bytes = 0;
    while (err == XJ_OK && xj_frame_next(f, &item)) {
        bool named = false;
        for (size_t i = 0; i < h->paper_count && !named; i++)
            named = xj_hash_eq(&h->papers[i].sealed, &item.digest);
        err = named ? xj_outbox_send_paper(a, &item.digest, &bytes)
                    : xj_agent_incident(a, "notice", "the exchange needs a paper that the act does not name",
                                        xj_hash_slice(&item.digest));
    }
    return err;
}

static enum xj_err on_need(struct xj_agent *a, struct xj_frame *f)
{
    const struct xj_notice *n = &f->notice;
    struct xj_buf buf;
    struct xj_header h;
    struct xj_slice header, signature;
    if (n->number <= a->consumed_proof || n->number > a->own_number || n->number > a->ever_sent)
        return xj_agent_incident(a, "notice", "the exchange needs papers of a number not under way", xj_slice_of(NULL, 0));
    if (n->number == a->need_number && !xj_retry_pace(a, &a->need_ms))
        return XJ_OK;
    if (n->number != a->need_number)
        a->need_ms = xj_agent_now(a);
    a->need_number = n->number;
    xj_buf_init(&buf, XJ_MAX_MESSAGE_BYTES);
    enum xj_err err = xj_outbox_header(a, n->number, &buf, &h, &header, &signature);
    if (err == XJ_OK)
        err = send_needed(a, f, &h);
    xj_buf_free(&buf);
    xj_outbox_rewind(a, n->number);
    a->expect_number = n->number; /* the frames behind it are about to be reported as ahead */
    a->expect_ms = xj_agent_now(a);
    return err;
}

static enum xj_err stop(struct xj_agent *a, const struct xj_notice *n, enum xj_agent_state s, const char *zh, const char *en)
{
    char text[200];
    struct xj_slice code = clip(n->code, 48);
    xj_agent_set_state(a, s, zh, en);
    snprintf(text, sizeof text, "stopped by notice %.*s at number %llu", (int)code.n, (const char *)code.p,
             (unsigned long long)n->number);
    enum xj_err err = xj_agent_incident(a, "stopped", text, clip(n->text_en, 400));
    return err == XJ_OK ? show(a, n) : err;
}

static enum xj_err on_quota(struct xj_agent *a, const struct xj_notice *n)
{
    if (n->number > a->answered_prefix)
        xj_outbox_rewind(a, n->number);
    a->outbox_paused = true;
    if (xj_retry_may(a, &a->outbox))
        xj_retry_sent(a, &a->outbox);
    return show(a, n);
}

/* It consumes nothing until it says that HELLO is due again. */
static enum xj_err on_recovering(struct xj_agent *a, const struct xj_notice *n)
{
    const bool told = a->state == XJ_AGENT_EXCHANGE_LOST;
    if (xj_agent_is_stopped(a->state) || a->state == XJ_AGENT_RECOVERING)
        return XJ_OK;
    if (a->state == XJ_AGENT_READY)
        a->compared = a->compared_before;
    xj_agent_set_state(a, XJ_AGENT_EXCHANGE_LOST, "交换平台正在由各单位所存恢复：暂停发送，已排队的保留，恢复后自动发送",
                       "the exchange is being rebuilt from what the agencies hold: what is queued is kept and sent when it is done");
    return told ? XJ_OK : show(a, n);
}

static enum xj_err on_denied(struct xj_agent *a, const struct xj_notice *n)
{
    enum xj_err err = show(a, n);
    return err == XJ_OK ? xj_regfollow_denied(a, n->text_en) : err;
}

enum xj_err xj_notice_frame(struct xj_agent *a, struct xj_frame *f)
{
    const struct xj_notice *n = &f->notice;
    bool ready = a->state == XJ_AGENT_READY;
    if (xj_slice_is(n->code, "hello") || xj_slice_is(n->code, "epoch")) {
        xj_hello_again(a);
        return XJ_OK;
    }
    if (xj_slice_is(n->code, "superseded"))
        return stop(a, n, XJ_AGENT_SUPERSEDED, "另一台机器正以本单位密钥连接：本机已停止，由管理员决定",
                    "a newer machine speaks with this agency's key: stopped until an operator decides");
    if (xj_slice_is(n->code, "conflict"))
        return stop(a, n, XJ_AGENT_INCONSISTENT, "交换平台已有同序号的另一行为：本机账本可能被复制或丢失过，已停止",
                    "the exchange holds another act under this number: the ledger was lost or copied; stopped");
    if (xj_slice_is(n->code, "unread"))
        return stop(a, n, XJ_AGENT_FAULTY, "交换平台无法读取本机发出的行为：本机有故障，已停止",
                    "the exchange cannot read what this machine sent: this machine is at fault; stopped");
    if (xj_slice_is(n->code, "expect"))
        return ready ? on_expect(a, n) : XJ_OK;
    if (xj_slice_is(n->code, "need"))
        return ready ? on_need(a, f) : XJ_OK;
    if (xj_slice_is(n->code, "quota"))
        return ready ? on_quota(a, n) : XJ_OK;
    if (xj_slice_is(n->code, "recovering"))
        return on_recovering(a, n);
    if (xj_slice_is(n->code, "denied"))
        return on_denied(a, n);
    if (xj_slice_is(n->code, "malformed") || xj_slice_is(n->code, "oversize"))
        return xj_agent_incident(a, "unreadable_frame", "the exchange could not read a frame", clip(n->text_en, 400));
    return xj_agent_incident(a, "notice", "a notice with an unknown code", clip(n->code, 48));
}
