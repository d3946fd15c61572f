#include "schema/wire/texts.h"

/* In the order in which the exchange checks (spec 04, section 6). */
static const struct xj_text refusals[] = {
    {"malformed", "报文头不符合规定的格式", "the header breaks a rule of the message form", "03-message 2", "",
     "请更正指明的字段后重新提交；如报文由本系统生成，请报告为程序错误",
     "correct the field named and submit again; if this software made the message, report it as a fault"},
    {"oversize", "超过允许的大小或数量", "over a limit of size or number", "01-encoding 4", "",
     "请减少收件单位、当事人或材料的数量，或将材料拆分后另行发送",
     "name fewer recipients, subjects or papers, or send part of the papers with another act"},
    {"forged", "发出单位不是签名单位，或者代录的单位自己已联网或未登记",
     "the sender is not the agency that signed, or the actor has keys of its own or is not registered", "06-register 3",
     "行政处罚法第20条；刑事诉讼法第54条", "请用本单位的密钥提交；已联网单位的行为由该单位自己提交",
     "submit with your own agency's key; a connected agency submits its own acts"},
    {"digest", "正文或密钥包与报文头所载摘要不一致", "body or keys do not have the digest that the header states",
     "03-message 2", "", "请重新生成并提交", "build the message anew and submit it"},
    {"previous", "与本单位上一次提交不衔接", "does not follow this agency's submission before", "03-message 2", "",
     "请核对本单位台账是否完整、是否有两台机器使用同一密钥",
     "check that your ledger is complete and that no second machine uses your key"},
    {"suspended", "该单位已被暂停、撤销或者未登记", "the agency is suspended, revoked or not registered", "06-register 3", "",
     "请与登记机关（司法行政机关）联系", "contact the registrar"},
    {"recipient_unknown", "收件单位或者联合单位未登记", "a recipient or joint agency is not in the register", "06-register 2",
     "", "请从登记的单位中选择，或者请登记机关先行登记", "choose a registered agency, or have it registered first"},
    {"recipient_succeeded", "收件单位或者联合单位已被承继", "a recipient or joint agency was succeeded by another", "06-register 8", "",
     "请改发明细中的后一单位：前一单位的职权已由其承继",
     "address the second agency of the detail: what was the first one's is its now"},
    {"revision_unknown", "程序或其版本未登记、未生效，或者不是本案现适用、可转入的版本",
     "the procedure or its revision is not registered, not in force, or not one that this case stands under or may move to",
     "06-register 6", "", "请更新登记信息后，按本案适用的版本重新提交",
     "pull the register and submit again under the revision of the case"},
    {"act_unknown", "该程序没有这种行为", "the procedure has no such act", "07-procedure", "",
     "请从程序所列的行为中选择", "choose an act that the procedure names"},
    {"succeeded", "本单位的职权已由其他单位承继", "what was this agency's authority is another's now", "06-register 8", "",
     "请由明细所列的承继单位作出；承继之前的行为可以补录并写明时间",
     "let the agency of the detail act; what was done before the succession may be entered late, with its date"},
    {"role", "这种行为不属于本类机关的职权", "an agency of this kind has no authority for this act", "09-fold", "",
     "请由有权机关作出；补录纸质材料请用补录方式", "let the competent agency act; enter what is on paper as a late entry"},
    {"late_only", "这种行为只能以补录方式登记", "this act exists only as a late entry", "09-fold", "",
     "请以补录方式提交，并注明纸质来源", "submit it as a late entry and name its paper source"},
    {"may_not_act", "本单位不是该案的参与单位，且这种行为不能启动或者加入案件",
     "the agency is no party to the case, and the act neither opens nor joins one", "09-fold", "",
     "请先由参与单位将案件告知本单位，或者申请相应授权", "have a party send you an act of the case, or obtain a grant"},
    {"answer_unknown", "所答复的行为不存在于本案，或者未提出该事项",
     "what it answers is no act of this case, or put no such question", "09-fold", "",
     "请核对所答复的行为；不填时由系统补全", "check what you answer; left empty, it is filled in for you"},
    {"answer_not_visible", "本单位不是所答复行为的发件或者收件单位", "the agency is no party to the act it answers",
     "09-fold", "", "请由该行为的收件单位答复", "let a recipient of that act answer it"},
    {"answer_not_asked", "该事项不是向本单位提出的", "the question was put to another agency", "09-fold", "",
     "请由被要求的单位答复，或者由其移交本单位", "let the agency asked answer, or have it passed on to you"},
    {"answer_taken", "该事项对该当事人已经答复，或者已经撤销", "already answered for that subject, or voided", "09-fold", "",
     "请查看本案已有的答复；需更正时请用更正", "look at the answer on record; to correct it, amend it"},
    {"answer_missing", "这种行为必须答复一项尚未答复的事项，但没有指明", "the act must answer an open question and names none",
     "09-fold", "", "请指明所答复的行为；尚无此事项时，先由对方提出，或者以补录方式登记",
     "name what it answers; if nothing was asked, wait for it or make a late entry"},
    {"already", "对该当事人已经作出过这种行为", "already done for this subject, and the act is not one that repeats", "09-fold", "",
     "请查看本案已有的记录；需更正时请用更正", "look at the act on record; to correct it, amend it"},
    {"track", "所列流程或其主管单位与程序和本案状态不符", "tracks or their owners are not what the procedure and the state give",
     "09-fold", "", "请更新本案后重新提交；不填时由系统补全", "refresh the case and submit again; left empty, it is filled in for you"},
    {"recipient_missing", "缺少必须收到或者被要求答复的单位", "somebody who must receive it, or be asked, is missing", "09-fold",
     "高检会〔2006〕2号", "请加上指明的单位；移送和答复须抄送检察机关", "add the agency named; referrals and answers go to the procuratorate, too"},
    {"instrument", "缺少该行为本身的文书", "the act's own document is missing", "09-fold", "", "请附上指明的文书",
     "attach the document named"},
    {"relates", "所更正、撤销或者重发的对象不允许如此处理", "what it amends, voids or reissues may not be so treated", "09-fold", "",
     "只能更正、撤销本单位的行为；已被答复的不能撤销", "only your own acts can be amended or voided, and none that is answered"},
    {"id_reused", "该编号已用于另一内容", "the id was used for another content", "04-exchange 5", "",
     "请用新编号重新提交，并检查本机台账", "submit under a new id, and check this machine's ledger"},
};

static const struct xj_text breaches[] = {
    {"late", "超过法定期限", "after the limit the law sets", "09-fold", "", "请书面说明原因并存卷", "explain the delay in writing and keep it on file"},
    {"paper", "缺少应当附送的材料", "a paper that must go along is missing", "09-fold", "", "请补送指明的材料", "send the paper named afterwards"},
    {"step", "法律规定的前一步骤没有记录", "a step that the law puts before it is not on record", "09-fold", "",
     "请补录该步骤，或者依法补做", "enter the step late, or take it as the law requires"},
    {"organ", "收件机关不是登记的对应机关", "the recipient is not the counterpart on the register", "06-register 4", "",
     "请核对管辖；受案机关应当移送有管辖权的机关", "check the jurisdiction; the organ that received it passes it on"},
    {"role", "补录的行为不属于该类机关的职权", "a late entry of an act for which an agency of this kind has no authority", "09-fold",
     "", "请核对作出机关；该记录不改变案件状态", "check who acted; the record moves nothing in the case"},
    {"penalty_after_transfer", "案件移送后、刑事程序终结前作出行政处罚",
     "an administrative penalty while the transfer stands", "09-fold", "国务院令第310号第11条；行政处罚法第35条",
     "请核对是否属于移送前已作出或者法律允许的处罚种类", "check whether it was decided before the transfer or is of a kind the law allows"},
    {"future", "所记时间晚于登记时间", "dated after the time it was recorded", "09-fold", "", "请核对日期，用更正改正",
     "check the date and amend the act"},
    {"subscriber", "缺少有权接收的单位", "an agency with a grant was not among the recipients", "06-register 5", "",
     "请向指明的单位补送", "share it with the agency named"},
    {"reasons", "没有说明理由", "reasons are not given", "09-fold", "", "请补充书面理由", "give the reasons in writing"},
    {"fine_after_transfer", "案件移送后又作出罚款", "a fine after the transfer", "09-fold", "行政处罚法第35条；国务院令第310号第11条",
     "请依法纠正；已执行的罚款依法折抵罚金", "correct it as the law provides; a fine already paid counts against a criminal fine"},
    {"source", "补录没有注明纸质来源", "a late entry that names no paper source", "03-message 3", "", "请更正并注明纸质来源",
     "amend it and name the paper source"},
};

static const struct xj_text unknown = {"", "未知代码", "unknown code", "", "", "请更新软件", "update the software"};

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static const struct xj_text *find(const struct xj_text *table, size_t count, struct xj_slice code)
{
    for (size_t i = 0; i < count; i++)
        if (xj_slice_is(code, table[i].code))
            return &table[i];
    return &unknown;
}

const struct xj_text *xj_text_refusal_of(struct xj_slice code)
{
    return find(refusals, COUNT(refusals), code);
}

const struct xj_text *xj_text_breach_of(struct xj_slice code)
{
    return find(breaches, COUNT(breaches), code);
}

const struct xj_text *xj_text_refusal(const char *code)
{
    return xj_text_refusal_of(xj_slice_cstr(code));
}

const struct xj_text *xj_text_breach(const char *code)
{
    return xj_text_breach_of(xj_slice_cstr(code));
}

const struct xj_text *xj_text_refusal_at(size_t i)
{
    return i < COUNT(refusals) ? &refusals[i] : NULL;
}

const struct xj_text *xj_text_breach_at(size_t i)
{
    return i < COUNT(breaches) ? &breaches[i] : NULL;
}
