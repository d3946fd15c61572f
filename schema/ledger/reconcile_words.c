/* What a comparison says to people, in Chinese and English. Spec: spec/17-reconcile.md, sections 3 to 5. */
#include <string.h>

#include "schema/ledger/reconcile.h"

static const struct xj_reconcile_words words[] = {
    {"register_forks", "登记簿分叉：同一编号下有两条登记", "the register forks: two entries of one number"},
    {"register_lost", "交换中心的流水缺少机关持有的登记", "the journal lacks register entries that the agency holds"},
    {"register_under_way", "一方的登记簿较短，尚未取到后面的登记", "one side has not pulled the later register entries yet"},
    {"message_differs", "同一发文编号下有两份不同的文书", "two different messages of one sender and number"},
    {"message_lost", "发文机关签过的文书不在它自己的账本里：账本被截短或用旧备份恢复", "the sender's own ledger lacks a message that it signed: cut, or restored from an old copy"},
    {"message_missing", "已经送达的文书不在收文机关的账本里", "the recipient's ledger lacks a message that its mailbox has passed or that it said it stored"},
    {"message_under_way", "文书已接收，收文机关还没有收到", "admitted, and not yet in the recipient's ledger"},
    {"submission_under_way", "已经签发，流水里还没有", "submitted, and not yet in the journal"},
    {"answer_differs", "同一文书有两份不同的裁断", "two different answers to one message"},
    {"answer_lost", "交换中心签过的裁断不在它的流水里：流水被截短或用旧备份恢复", "the journal lacks an answer that the exchange signed: cut, or restored from an old copy"},
    {"answer_under_way", "一方还没有收到裁断", "one side has no answer yet"},
    {"stored_lost", "机关签过的入库声明不在它自己的账本里：账本被截短或用旧备份恢复", "an agency's own ledger lacks a stored statement that it signed: cut, or restored from an old copy"},
    {"stored_differs", "同一收件编号起有两份不同的入库声明", "two different stored statements that begin with one mailbox number"},
    {"stored_under_way", "入库声明还没有到另一方", "a stored statement has not reached the other side yet"},
    {"stored_denied", "交换中心告知对方已经入库，对方账本里没有这份声明", "the exchange told of a stored statement that the recipient's ledger does not have"},
    {"feed_differs", "同一送达编号下有两份不同的送达声明", "two different delivered statements of one feed number"},
    {"feed_lost", "交换中心签过的送达声明不在它的流水里", "the journal lacks a delivered statement that the exchange signed"},
    {"ledger_recovered", "账本曾经丢失并找回：此前声明的账本大小和摘要说的是丢失的那一本，此处不比对",
     "the ledger was lost and came back: sizes and heads stated before speak of the lost one and are not compared"},
    {"feed_under_way", "送达声明还没有到机关", "a delivered statement has not reached the agency yet"},
    {"ledger_rewritten", "账本在该长度上的根与当时所说的不同：已被改写", "at that size the ledger's root is not the one that was stated: it was rewritten"},
    {"ledger_cut", "账本比当时所说的短：被截短或用旧备份恢复", "the ledger is shorter than was stated: cut, or restored from an old copy"},
    {"head_differs", "同一账本同一长度有两个不同的根：分叉", "two heads of one ledger of the same size: a fork"},
    {"entry_differs", "两份副本从这一条起不同", "the two copies differ from this entry on"},
    {"forked", "同一账本有两段不同的历史：分叉", "two histories of one ledger: a fork"},
    {"nodes_differ", "树节点不同而条目相同：有一份的节点不是它的条目算出的", "tree nodes differ where entries do not: one file's nodes are not what its entries give"},
    {"shorter", "一份是另一份的开头部分：较旧的副本，或末尾被截去", "one copy is the beginning of the other: an older copy, or its end was cut off"},
    {"rows", "条目是否真的算出所记的树（--quick 未查）", "whether the entries give the trees that are kept (left out by --quick)"},
    {"others", "双方各自与第三方之间的往来，以及交换中心是否把什么瞒住了双方（与流水核对）", "what went between either and others, and what the exchange kept from both (compare with the journal)"},
    {"silence", "双方都没有记下的事", "what both keep silent about"},
    {"tree", "条目编号有缺口，账本的根无从计算", "an entry number is missing: the ledger has no root to compare"},
    {"no_common_head", "没有同一长度的根可比：请取得账本本身", "no head of the same size to compare with: ask for the ledger itself"},
};

#define WORD_COUNT (sizeof words / sizeof words[0])

const struct xj_reconcile_words *xj_reconcile_words(const char *code)
{
    static const struct xj_reconcile_words none = {"", "", ""};
    for (size_t i = 0; i < WORD_COUNT; i++)
        if (strcmp(words[i].code, code) == 0)
            return &words[i];
    return &none;
}

const struct xj_reconcile_words *xj_reconcile_words_at(size_t i)
{
    return i < WORD_COUNT ? &words[i] : NULL;
}

static const char *signer_name(const char *signer, bool zh)
{
    static const struct {
        const char *signer, *zh, *en;
    } roles[] = {{"exchange", "交换中心", "the exchange"}, {"registrar", "登记机关", "the registrar"}, {"root", "根密钥", "the root key"},
                 {"sender", "签名机关", "its agency"}};
    for (size_t i = 0; i < sizeof roles / sizeof roles[0]; i++)
        if (strcmp(roles[i].signer, signer) == 0)
            return zh ? roles[i].zh : roles[i].en;
    return signer;
}

static void side(const struct xj_reconcile_finding *f, unsigned s, bool zh, const char *name, const char *signer, struct xj_buf *out)
{
    const bool lacks = f->lacking == s || (f->is_signed[s] == XJ_SIGNED_NONE && f->about != XJ_ABOUT_HEAD);
    switch (f->is_signed[s]) {
    case XJ_SIGNED_YES:
        xj_buf_addf(out, zh ? "%s 的有%s签名" : "%s's is signed by %s", name, signer);
        break;
    case XJ_SIGNED_NO:
        xj_buf_addf(out, zh ? "%s 的没有%s的有效签名" : "%s's is not signed by %s", name, signer);
        break;
    case XJ_SIGNED_UNKNOWN:
        xj_buf_addf(out, zh ? "%s 的签名此处无法查验" : "%s's signature is not checkable here", name);
        break;
    default:
        xj_buf_addf(out, lacks ? (zh ? "%s 没有" : "%s has none") : (zh ? "%s 没有覆盖此处的签名检查点" : "%s has no signed checkpoint over it"), name);
    }
}

void xj_reconcile_proof(const struct xj_reconcile_finding *f, bool zh, const char *a, const char *b, struct xj_buf *out)
{
    if (f->kind == XJ_FINDING_NOT_CHECKABLE || f->about == XJ_ABOUT_NOTHING)
        return;
    if (f->signer == NULL) {
        xj_buf_add_str(out, zh ? "没有签名，不能向第三方证明" : "it bears no signature and proves nothing to others");
        return;
    }
    const char *signer = signer_name(f->signer, zh);
    const bool one = f->is_signed[0] == XJ_SIGNED_YES, other = f->is_signed[1] == XJ_SIGNED_YES;
    side(f, 0, zh, a, signer, out);
    xj_buf_add_str(out, zh ? "；" : "; ");
    side(f, 1, zh, b, signer, out);
    if (f->kind != XJ_FINDING_DIFFERS)
        return;
    if (one && other)
        xj_buf_addf(out, zh ? "：凭这两份，任何人都能证明%s说了两样话" : ": with these two anybody can prove that %s said two things", signer);
    else if (one || other)
        xj_buf_addf(out, zh ? "：凭 %s 的一份即可证明" : ": %s's copy proves it", one ? a : b);
}
