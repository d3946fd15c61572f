#include "schema/evidence/words.h"

#include <string.h>

static const struct xj_ev_claim_words claims[XJ_CLAIM_END] = {
    [XJ_CLAIM_INVALID] = {"", "", "", "", ""},
    [XJ_CLAIM_ISSUED] = {"P1", "由该机关签发", "issued by that agency", "密钥实际由谁使用、所列审批人是否确实审批、所述内容是否属实",
                         "who held the key, whether the persons named approved, whether what is said is true"},
    [XJ_CLAIM_UNCHANGED] = {"P2", "原文及文书未被改动且齐全", "bytes and papers unchanged and complete",
                            "文书在封存之前是否真实、完整；封存件对其他接收人打开后是否就是这份明文",
                            "that a paper was genuine or complete before it was sealed; that the sealed bytes open to this plaintext for others"},
    [XJ_CLAIM_STORED] = {"P3", "接收机关已入库，且仅一次", "the recipient stored it, once",
                         "是否有人阅看、接收机关如何处理；他方文书的其余接收人是否入库",
                         "that a person read it, or what the recipient made of it; for messages of others, what further recipients stored"},
    [XJ_CLAIM_TIMES] = {"P4", "不早于何时、不晚于何时", "no earlier and no later than",
                        "何时写成、事情何时发生；交换平台的时钟是否准确", "when it was written or happened; that the exchange's clock is right"},
    [XJ_CLAIM_PLACE] = {"P5", "次序位置，并无缺漏", "place in the sequence, nothing missing",
                        "序列末尾之后还有什么、何人未发、他方之间往来了什么",
                        "what came after the end of the sequence, what nobody sent, what went between others"},
    [XJ_CLAIM_REWRITTEN] = {"P6", "此后账本未被改写", "the ledger was not rewritten since",
                            "所记内容是否属实；他方首次持有该账本根之前是否改写过；账本所有者与交换平台串通",
                            "that what was written was true; a rewriting before somebody else held a commitment; owner and exchange in collusion"},
    [XJ_CLAIM_AGREE] = {"P7", "双方账目一致", "the accounts of both sides agree", "双方都不提的事", "what both keep silent about"},
    [XJ_CLAIM_SILENCE] = {"P8", "期限内没有答复", "no answer within the limit",
                          "所列时刻是否就是法定期限的届满（须另行推算）；纸面答复，或者只发给他方的答复",
                          "that the instant is where the legal limit ends (recompute it); an answer on paper, or to others only"},
    [XJ_CLAIM_SOFTWARE] = {"P9", "软件、配置与操作人", "software, configuration and operator",
                           "运行的是什么程序、如何配置、何人操作", "which program ran, how it was set up, who sat before it"},
};

static const struct xj_ev_words codes[] = {
    {"nothing", "包内没有可供判断的内容", "the bundle holds nothing to judge it by"},
    {"register", "登记簿从某一条起编号、链接、签名或内容不成立", "from some entry on the register's number, chain, signature or content is unsound"},
    {"from", "发文机关不是应签名的机关", "the sender is not the agency that had to sign"},
    {"unanswered", "没有交换平台的有效裁断", "there is no sound answer of the exchange"},
    {"register_short", "所引登记编号不在包内，或者登记簿在此之前已不成立", "the register number named is not in the bundle, or past where it is unsound"},
    {"answer_signature", "交换平台的裁断签名不成立", "the exchange's signature on its answer does not verify"},
    {"answer", "退回所记的机关、编号与文书不符", "the refusal names another agency, id or number than the message"},
    {"key", "登记簿中该机关当时没有公钥，或者已被暂停、撤销", "by the register the agency had no key then, or was suspended or revoked"},
    {"signature", "发文机关的签名不成立", "the sender's signature does not verify"},
    {"compromised", "签名密钥已报失泄，自所报时刻起的签名不能证明出自该机关",
     "the key was reported compromised since before this was signed: its signature does not show who signed"},
    {"object", "封存件与其摘要不符", "a sealed object has not its digest"},
    {"commit", "明文不是签名所承诺的内容", "a plaintext is not the one that was committed to"},
    {"unsigned", "其抬头是否确为该机关所签，未证明（见 P1）", "that its header is what that agency signed is not proved (P1)"},
    {"header_only", "本机关只收到抬头", "this agency received the header only"},
    {"destroyed", "依命令销毁：内容已不在，抬头与签名仍在", "destroyed by order: the content is gone, header and signature stay"},
    {"body_absent", "缺封存的正文", "the sealed body is not here"},
    {"keys_absent", "缺密钥包", "the keys are not here"},
    {"body_sealed", "正文未打开", "the body is sealed"},
    {"body_form", "正文不合格式，无从得知文书清单", "the body has not its form, so its papers are unknown"},
    {"paper_unlisted", "正文未列明该文书", "the body does not list the paper"},
    {"paper_absent", "缺封存的文书（可能未抄送本机关）", "a sealed paper is not here (it may not have been meant for this agency)"},
    {"paper_sealed", "文书未打开", "a paper is sealed"},
    {"twice", "同一件出现两次", "the same thing is there twice"},
    {"undelivered", "没有交换平台的送达声明", "there is no delivered statement of the exchange"},
    {"delivered_signature", "送达声明的签名不成立", "the signature of the delivered statement does not verify"},
    {"number", "收件编号不符", "the mailbox number differs"},
    {"path", "证明路径不成立", "a proof path does not hold"},
    {"stored_absent", "没有接收机关的入库声明", "there is no stored statement of the recipient"},
    {"stored_signature", "入库声明的签名不成立", "the signature of the stored statement does not verify"},
    {"stored", "入库声明与送达声明或账本位置不符", "the stored statement does not fit the delivered one, or the ledger"},
    {"path_absent", "缺证明路径", "a proof path is not here"},
    {"unbounded", "没有不早于何时的依据", "nothing bounds it from below"},
    {"clock", "各方所记时间互相矛盾（超过十分钟）", "the times stated contradict each other (by more than ten minutes)"},
    {"open", "有接收机关尚无交换平台确认的入库时间", "for some recipient the exchange confirms no time of storing"},
    {"other_case", "属于另一案件", "it belongs to another case"},
    {"apart", "文书与其裁断的位置不相邻或颠倒", "message and answer are not where they belong"},
    {"order", "编号或次序颠倒，或者与上一份的链接不成立", "numbers or order are reversed, or the link to the one before is broken"},
    {"late", "裁断早于排在其前的文书：交换平台重建后补送或重新裁断", "judged before the one that stands before it: an exchange that was rebuilt delivered it late, or judged the other again"},
    {"checkpoint", "没有有效的检查点", "there is no sound checkpoint"},
    {"orphan", "有裁断，却没有它所裁断的文书", "an answer is here, but not the message it answers"},
    {"sequence_absent", "未附全部编号序列，无从看出有无缺漏", "the sequence of all numbers is not here, so nothing shows whether something is missing"},
    {"sequence_own", "发文序列有缺口或链接不成立", "the sequence of submissions has a gap or a broken link"},
    {"sequence_answer", "序列中的裁断与文书不符", "an answer in the sequence does not fit its message"},
    {"sequence_stored", "收件序列与入库声明不符", "the mailbox in the sequence does not fit the stored statements"},
    {"sequence_signature", "序列中有签名不成立", "a signature in the sequence does not verify"},
    {"sequence_case", "序列中的本案文书与包内的不一致", "the messages of this case in the sequence are not those of the bundle"},
    {"sequence_short", "序列未及于此", "the sequence does not reach so far"},
    {"missing", "另一机关的账目表明本应有此件", "another agency's account shows that it must be there"},
    {"checkpoint_absent", "没有检查点", "there is no checkpoint"},
    {"checkpoint_key", "包内登记簿没有签检查点的那个公钥", "the register here does not hold the key that signed the checkpoint"},
    {"checkpoint_signature", "检查点的格式或签名不成立", "the checkpoint's form or signature is unsound"},
    {"rewritten", "账本与此前交给他方的账本根不一致：被改写过", "the ledger does not continue what was committed to others before: it was rewritten"},
    {"recovered", "账本曾丢失后取回：此前的账本只由他方所存证明", "the ledger was lost and came back: what it was before is shown by what others hold only"},
    {"unplaced", "在账本中的位置未被证明", "its place in the ledger is not proved"},
    {"uncovered", "尚无他方持有其后的账本根", "nobody else is shown to hold a commitment to the ledger after it"},
    {"one_account", "只有一方的账目", "there is the account of one agency only"},
    {"differs", "双方所记不同", "the two accounts differ"},
    {"register_forks", "两份登记簿互相矛盾", "two registers contradict each other"},
    {"nothing_shared", "有证据包与其他机关的没有共同的文书", "a bundle has no message in common with any of another agency"},
    {"message_absent", "包内没有引起该期限的文书", "the message that started the limit is not here"},
    {"duty", "程序中没有这样由该文书起算、该机关承担的期限", "the procedure has no such duty of that agency, started by that message"},
    {"early", "所列时刻早于该文书", "the instant lies before the message"},
    {"answered", "期限内已有答复", "it was answered within the limit"},
    {"other_answer", "期限内有另一文书的同类答复", "there is an answer of that kind to another message within the limit"},
    {"late_entry", "有补录的答复", "an answer was entered late"},
    {"party", "本机关不是该文书的当事方，答复不必经过本机关", "this agency is no party to it, so an answer need not come here"},
    {"not_stored", "未证明义务机关已收到", "that the obligor received it is not proved"},
    {"sequence", "未证明编号序列无缺漏", "that nothing is missing in the sequence is not proved"},
    {"revision", "登记簿中没有这一程序版本", "the register holds no such revision of the procedure"},
    {"software", "账本不记载运行的软件", "no ledger records which software ran"},
    {"operator", "操作人只见于机关自己的陈述", "the operator is known from the agency's own words only"},
};

static const struct xj_ev_words faults[] = {
    {"zip", "文件容器不合格式：可能已损坏或者不是证据包", "the container is not of its one form: damaged, or no bundle"},
    {"manifest", "目录不合格式", "the manifest has not its form"},
    {"parts", "组成部分与目录不符", "the parts are not those of the manifest"},
    {"register", "登记簿部分不合格式", "the register part has not its form"},
    {"entries", "账本条目部分不合格式", "the entries have not their form"},
    {"proofs", "证明部分不合格式", "the proofs have not their form"},
    {"sequence", "编号序列部分不合格式", "the sequence has not its form"},
    {"objects", "夹带了签名未涵盖的内容", "something rides along that no signature covers"},
};

const struct xj_ev_claim_words *xj_ev_claim_words(enum xj_claim claim)
{
    return &claims[claim > XJ_CLAIM_INVALID && claim < XJ_CLAIM_END ? claim : XJ_CLAIM_INVALID];
}

const char *xj_ev_verdict_word(enum xj_ev_verdict verdict, bool zh)
{
    static const char *const words[][2] = {{"?", "?"}, {"proved", "已证明"}, {"not proved", "未证明"}, {"contradicted", "相矛盾"}};
    return words[verdict <= XJ_EV_CONTRADICTED ? verdict : XJ_EV_INVALID][zh];
}

static const struct xj_ev_words *find(const struct xj_ev_words *list, size_t count, const char *code)
{
    static const struct xj_ev_words none = {"", "", ""};
    for (size_t i = 0; i < count; i++)
        if (strcmp(list[i].code, code) == 0)
            return &list[i];
    return &none;
}

const struct xj_ev_words *xj_ev_code_words(const char *code)
{
    return find(codes, sizeof codes / sizeof codes[0], code);
}

const struct xj_ev_words *xj_ev_fault_words(const char *fault)
{
    return find(faults, sizeof faults / sizeof faults[0], fault);
}

const struct xj_ev_words *xj_ev_code_at(size_t i)
{
    return i < sizeof codes / sizeof codes[0] ? &codes[i] : NULL;
}
