/* Who may do each act of 行刑衔接, by the texts (the articles named at each block): every act by every kind of agency
 * where nothing has been asked. Then what each may do after others. Letters: tests/unit/authorization.h.
 * Written from the texts and from spec 09, 4, not from the procedure; where the texts leave it open, or the procedure goes
 * further than the text cited, that stands beside the line.
 *
 * Read with it: a live act opens a case only where the text lets a matter begin with it, and only a party to a case goes on with it
 * (spec 09, 4.4); whoever may intervene unasked (the procuratorate's supervision: 规则557-564; expert help, meetings: 环23-24) joins.
 * A late entry by another kind of agency is kept with a breach and moves nothing (spec 09, 4.2). */
#include "tests/unit/authorization.h"

static const struct standing_scenes scenes = {
    .strangers = "T:disposal_note",
    .known = "T:disposal_note B:joint_meeting P:joint_meeting J:joint_meeting C:joint_meeting S:joint_meeting D:joint_meeting",
};

/* columns:            new    stranger known  late entry */
static const struct standing lines[] = {
    /* 刑诉110(3): the three organs take reports, whoever brings them; 310/14: procuratorate, supervisory commission, superior organ.
     * 刑诉110(1), by which any unit may report, was not read: the justice bureau is left as it is. */
    {"report",               "+++++. xxxxx. +++++. +++++r", NULL},
    /* 处罚法54-55: who enforces inspects and files; police do so in public security cases (处罚法18(3)). The procuratorate does not. */
    {"inspection",           "++.... xx.... ++.... ++rrrr", NULL},
    {"admin_filed",          "++.... xx.... ++.... ++rrrr", NULL},
    /* 310/13, 烟草19: not to file is an answer, to somebody who sent the matter. */
    {"admin_not_filed",      "x..... x..... ?..... +rrrrr", NULL},
    /* 处罚法25: the common superior. The justice bureau assigns as the platform does (statutes 11.1, 分派), not by this text. */
    {"admin_assigned",       "+....+ x....x +....+ +rrrr+", NULL},
    /* 市监18: the time runs from what was moved to the bureau. */
    {"admin_extended",       "x..... x..... s..... +rrrrr", NULL},
    {"correction_order",     "++.... xx.... ++.... ++rrrr", NULL},
    /* 市监64, 国办118, 处罚法67: after filing; after a decision. */
    {"penalty_extended",     "xx.... xx.... ss.... ++rrrr", NULL},
    {"penalty_published",    "xx.... xx.... ss.... ++rrrr", NULL},
    {"penalty_notice",       "++.... xx.... ++.... ++rrrr", NULL},
    {"penalty_hearing",      "xx.... xx.... ++.... ++rrrr", NULL},
    {"penalty_reduced",      "xx.... xx.... ++.... ++rrrr", NULL},
    /* 处罚法57(1): penalise, or not. */
    {"penalty_decided",      "++.... xx.... ++.... ++rrrr", NULL},
    {"no_penalty",           "++.... xx.... ++.... ++rrrr", NULL},
    /* By itself or in a suit. */
    {"penalty_revoked",      "xx.x.. xx.x.. ss.s.. ++r+rr", NULL},
    {"penalty_paid",         "xx.... xx.... ss.... ++rrrr", NULL},
    /* 高检会2006-2/1: to police and procuratorate. */
    {"penalty_copied",       "xx.... xx.... ss.... ++rrrr", NULL},
    {"enforcement_applied",  "xx.... xx.... ss.... ++rrrr", NULL},
    /* 310/4(2), 刑诉54. */
    {"expert_opinion",       "++++.. ++++.. ++++.. ++++rr", NULL},
    /* 刑诉177(3), 高检2021/9: the competent organ, whichever it is. */
    {"reply",                "xx.xxx xx.xxx ++.+++ ++r+++", NULL},
    /* 处罚法25, 高检2021/10. */
    {"jurisdiction_requested",  "xxxx.. xxxx.. ++++.. ++++rr", "PJ"},
    {"jurisdiction_forwarded",  "xxxx.. xxxx.. ++++.. ++++rr", "PJ"},
    {"jurisdiction_designated", "xxxx.. ++++.. ++++.. ++++rr", "PJ"},
    {"settlement",           "xxxx.. xxxx.. ++++.. ++++rr", NULL},
    {"disposal_note",        "++++++ xxxxxx ++++++ ++++++", NULL},

    /* 310/3-6: an enforcement bureau suspects, reports, decides, transfers. */
    {"crime_suspected",      "+..... x..... +..... +rrrrr", NULL},
    {"transfer_report",      "+..... x..... +..... +rrrrr", NULL},
    {"transfer_approved",    "x..... x..... ?..... +rrrrr", NULL},
    {"transfer_declined",    "x..... x..... ?..... +rrrrr", NULL},
    /* 310 binds bureaus only; courts transfer what they meet in enforcing (检例92号), and then have nobody to approve it by 310/5: their
     * breach `step` is none in law, which the procedure cannot say by kind of agency. */
    {"transfer",             "s..s.. x..x.. s..s.. +rr+rr", NULL},
    /* 刑诉110(3), 310/14: to the competent organ, among police, too. What police pass to others than police they do by reverse_transfer
     * and duty_clue: a clue asks police for 受理 (程序171), and goes to the police of the place, too, when it is for somebody else. */
    {"clue",                 "+++++. xxxxx. +++++. +++++r", "Pp"},
    /* 310/7, 程序171: answers to a transfer. */
    {"receipt",              "xxxxx. xxxxx. ?????. +++++r", NULL},
    {"acceptance",           ".x.... .x.... .?.... r+rrrr", NULL},
    {"supplement_requested", ".x.... .x.... .?.... r+rrrr", NULL},
    {"supplement",           "x..x.. x..x.. ?..?.. +rr+rr", NULL},
    {"forward",              ".x.... .x.... .?.... r+rrrr", "p"},
    {"forwarded_after_filing", ".x.... .x.... .s.... r+rrrr", "p"},
    /* 程序21, unconfirmed: the superior. */
    {"assign",               ".xx... .xx... .++... r++rrr", "p"},
    {"return",               ".x.... .x.... .?.... r+rrrr", NULL},
    /* 环9, 公通字2015-32: of a review under way. */
    {"decision_verification", ".x.... .x.... .s.... r+rrrr", NULL},
    {"decision_extended",    ".x.... .x.... .s.... r+rrrr", NULL},
    /* 处罚法18(3): only police detain. */
    {"detention_transfer",   "+..... x..... +..... +rrrrr", NULL},
    {"detention",            ".+.... .x.... .+.... r+rrrr", NULL},
    {"detention_declined",   ".x.... .x.... .?.... r+rrrr", NULL},

    /* 310/8, 刑诉19, 112: police file, of their own knowledge, too. */
    {"filed",                ".+.... .x.... .+.... r+rrrr", NULL},
    {"not_filed",            ".+.... .x.... .+.... r+rrrr", NULL},
    {"filed_after_notice",   ".x.... .x.... .s.... r+rrrr", NULL},
    {"refiled",              ".x.... .x.... .s.... r+rrrr", NULL},
    /* 刑诉163: who investigates: police, procuratorate (刑诉19(2)), supervisory commission. */
    {"case_withdrawn",       ".xx.x. .xx.x. .ss.s. r++r+r", NULL},
    /* 310/9. */
    {"reconsideration_requested",  "x..... x..... ?..... +rrrrr", NULL},
    {"reconsideration_upheld",     ".x.... .x.... .?.... r+rrrr", NULL},
    {"reconsideration_overturned", ".x.... .x.... .?.... r+rrrr", NULL},
    {"reconsideration_decided",    ".l.... .l.... .l.... r+rrrr", NULL},
    /* 程序174: no coercive measure before filing. */
    {"coercive_measure",     ".ssss. .xxxx. .ssss. r++++r", NULL},
    {"arrested",             ".sss.. .xxx.. .sss.. r+++rr", NULL},
    {"released",             ".+++.. .xxx.. .+++.. r+++rr", NULL},
    /* 刑诉91: police ask (the procuratorate in what it investigates), the procuratorate decides. */
    {"arrest_requested",     ".ss... .xx... .ss... r++rrr", "Jj"},
    {"arrest_approved",      "..s... ..x... ..s... rr+rrr", NULL},
    {"arrest_refused",       "..s... ..x... ..s... rr+rrr", NULL},
    /* 刑诉162. */
    {"sent_for_prosecution", ".ss.s. .xx.x. .ss.s. r++r+r", "Jj"},
    {"suspect_added",        "..+... ..x... ..+... rr+rrr", NULL},
    {"suspect_added_police", ".+.... .x.... .+.... r+rrrr", NULL},
    /* 刑诉179, 规则565: police object, the procuratorate decides. */
    {"objection",            ".x.... .x.... .s.... r+rrrr", NULL},
    {"objection_decided",    "..x... ..x... ..?... rr+rrr", NULL},

    /* 310/4, 12; 刑诉245; 强制法21, 25. */
    {"items_seized",         "++++.. xxxx.. ++++.. ++++rr", NULL},
    {"items_handed_over",    "xx.x.. xx.x.. ss.s.. ++r+rr", "Pp"},
    {"items_confirmed",      ".xxx.. .xxx.. .???.. r+++rr", NULL},
    {"items_not_handed_over", "xxxx.. xxxx.. ++++.. ++++rr", NULL},
    {"items_returned",       "xxxx.. xxxx.. ++++.. ++++rr", NULL},
    {"items_disposed",       "xxxx.. xxxx.. ++++.. ++++rr", NULL},

    /* 规则557-564, 环12-15: filing supervision and supervision of transfers. */
    {"clue_found",           ".++++. .xxxx. .++++. r++++r", NULL},
    {"early_intervention",   "..+... ..+... ..+... rr+rrr", NULL},
    {"transfer_opinion",     "..+... ..+... ..+... rr+rrr", NULL},
    {"supervision_applied",  "..+... ..+... ..+... rr+rrr", NULL},
    {"supervision_suggested", "x..x.. x..x.. +..+.. +rr+rr", NULL},
    {"overdue_asked",        "..x... ..s... ..s... rr+rrr", NULL},
    {"explanation_requested", "..s... ..s... ..s... rr+rrr", NULL},
    {"explanation_given",    ".x.... .x.... .?.... r+rrrr", NULL},
    {"supervision_closed",   "..+... ..x... ..+... rr+rrr", NULL},
    {"notice_to_file",       "..s... ..s... ..s... rr+rrr", NULL},
    {"notice_to_withdraw",   "..s... ..s... ..s... rr+rrr", NULL},
    {"correction_notice",    "..x... ..s... ..s... rr+rrr", NULL},
    {"urge",                 "..x... ..x... ..s... rr+rrr", NULL},
    /* 刑诉172-177: of what was sent for prosecution. */
    /* 刑诉172: fifteen days more, by whoever has the case to decide. */
    {"prosecution_extended",    "..x... ..x... ..s... rr+rrr", NULL},
    {"returned_for_supplement", "..s... ..x... ..s... rr+rrr", "P"},
    {"own_investigation",    "..+... ..+... ..+... rr+rrr", NULL},
    {"public_hearing",       "..+... ..x... ..+... rr+rrr", NULL},
    {"handed_on",            "..s... ..x... ..s... rr+rrr", "j"},
    {"prosecuted",           "..s... ..x... ..s... rr+rrr", NULL},
    {"not_prosecuted",       "..s... ..x... ..s... rr+rrr", NULL},
    {"not_prosecuted_revoked", "..x... ..x... ..s... rr+rrr", NULL},
    {"charges_withdrawn",    "..x... ..x... ..s... rr+rrr", NULL},
    /* 指引3, 12-15; 刑诉177(3). */
    {"reverse_review",       "..x... ..x... ..s... rr+rrr", NULL},
    {"review_suspended",     "..x... ..x... ..s... rr+rrr", NULL},
    {"review_resumed",       "..x... ..x... ..s... rr+rrr", NULL},
    {"review_closed",        "..x... ..x... ..s... rr+rrr", NULL},
    {"opinion",              "..s... ..x... ..s... rr+rrr", NULL},
    /* 310/13, 处罚法27(1), 药品法113: police, procuratorate and court. */
    {"reverse_transfer",     ".sss.. .xxx.. .sss.. r+++rr", NULL},
    {"suggestion",           "..+... ..+... ..+... rr+rrr", "B"},
    {"public_interest_suit", "+.+... +.+... +.+... +r+rrr", NULL},
    {"protest",              "..x... ..x... ..s... rr+rrr", NULL},
    /* 监察法37, 刑诉19; 310/18-19. "Courts, procuratorates, police and other state organs": the justice bureau, too. */
    {"duty_crime_filed",     "..+.+. ..+.+. ..+.+. rr+r+r", NULL},
    {"duty_clue",            "++++.+ xxxx.x ++++.+ ++++r+", "S"},
    {"duty_clue_forwarded",  "....x. ....x. ....+. rrrr+r", "s"},
    /* 310/16-17, 处罚法82: superior organs and the supervisory commission. */
    {"discipline",           "++..++ ++..++ ++..++ ++rr++", NULL},

    /* 刑诉202, 243, 处罚法27: courts, of what was prosecuted. */
    {"judged",               "...s.. ...x.. ...s.. rrr+rr", NULL},
    {"exempted",             "...s.. ...x.. ...s.. rrr+rr", NULL},
    {"acquitted",            "...s.. ...x.. ...s.. rrr+rr", NULL},
    {"appeal_decided",       "...s.. ...s.. ...s.. rrr+rr", NULL},
    {"remanded",             "...x.. ...s.. ...s.. rrr+rr", "c"},
    {"retried",              "...s.. ...s.. ...s.. rrr+rr", NULL},
    {"trial_extended",       "...x.. ...x.. ...s.. rrr+rr", NULL},
    /* 环33(3): the procuratorate enters the judgment; 处罚法27(2): courts. */
    {"judgment_feedback",    "..xx.. ..xx.. ..ss.. rr++rr", NULL},

    /* 监督条例28; 环23-24. */
    {"oversight_opinion",    ".....+ .....+ .....+ rrrrr+", NULL},
    {"consultation",         "++++++ ++++++ ++++++ ++++++", NULL},
    {"consultation_asked",   "+++... +++... +++... +++rrr", "PJ"},
    {"consultation_answered", "xxx... xxx... ???... +++rrr", NULL},
    {"joint_meeting",        "++++++ ++++++ ++++++ ++++++", NULL},
    {"mechanism_agreed",     "++++++ ++++++ ++++++ ++++++", NULL},
};

#define REPORTED "B:transfer_report "
#define APPROVED REPORTED "B:transfer_approved "
#define SENT APPROVED "B:transfer "
#define RECEIVED SENT "P:receipt "
#define ACCEPTED RECEIVED "P:acceptance "
#define FILED ACCEPTED "P:filed "
#define REFUSED ACCEPTED "P:not_filed "
#define DEMANDED REFUSED "J:explanation_requested "
#define PROSECUTING FILED "P:sent_for_prosecution "
#define UNPROSECUTED PROSECUTING "J:not_prosecuted "
#define CHARGED PROSECUTING "J:prosecuted "
#define JUDGED CHARGED "C:judged "

static const struct state states[] = {
    /* 310/5: the head decides on the report of his own bureau, once. */
    AFTER("transfer_approved", REPORTED, "+....."),
    AFTER("transfer_declined", REPORTED, "+....."),
    AFTER("transfer_approved", REPORTED, "x.....", .by = "bpjcsD"),
    AFTER("transfer_approved", REPORTED, "x.....", .by = "bpjcsD", .answers = "transfer_report approval"),
    AFTER("transfer_approved", REPORTED, "?.....", .answers = "none"),
    AFTER("transfer_approved", APPROVED, "?....."),
    AFTER("transfer_approved", APPROVED, "!.....", .answers = "transfer_report approval"),
    AFTER("transfer_declined", APPROVED, "?....."),
    AFTER("transfer_approved", REPORTED "B:transfer_declined", "?....."),
    AFTER("transfer_approved", REPORTED "B~transfer_report", "?....."),
    AFTER("transfer_approved", REPORTED "B~transfer_report", "!.....", .answers = "transfer_report approval"),
    AFTER("transfer_approved", APPROVED "B~transfer_approved", "+....."),
    /* 310/5-6: transferred once approved, with its letter; 310/6: the other papers. A refusal to accept for want of papers is not
     * lawful (程序180(2)): only the letter stops the exchange. */
    AFTER("transfer", REPORTED, "s..x.."),
    AFTER("transfer", REPORTED "B:transfer_declined", "s..x.."),
    AFTER("transfer", APPROVED, "+..x.."),
    AFTER("transfer", APPROVED "B~transfer_approved", "s..x.."),
    AFTER("transfer", APPROVED, "i..x..", .without = "transfer_letter"),
    AFTER("transfer", APPROVED, "p..x..", .without = "investigation_report"),
    AFTER("transfer", APPROVED, "p..x..", .without = "item_list"),
    AFTER("transfer", APPROVED, "p..x..", .without = "test_report"),
    AFTER("transfer", APPROVED, "o..x..", .to = "p"), /* to the police of its own level */
    AFTER("transfer", SENT, "+..x.."),
    AFTER("transfer", SENT "P:return", "+..x.."),
    AFTER("transfer", "J:transfer_opinion>B ", "s..x.."), /* 环14: demanded; 310/5 holds all the same */
    AFTER("transfer_report", SENT, "+....."),
    AFTER("crime_suspected", SENT, "+....."),
    /* 310/7, 程序171: the police it was sent to sign for it, once. */
    AFTER("receipt", SENT, "?+?xx."),
    AFTER("receipt", SENT, "a+axx.", .answers = "transfer receipt"),
    AFTER("receipt", SENT, "xxxxx.", .by = "bpjcsD", .answers = "transfer receipt"),
    AFTER("receipt", SENT, "?i?xx.", .without = "receipt"),
    AFTER("receipt", RECEIVED, "???xx."),
    AFTER("receipt", RECEIVED, "a!axx.", .answers = "transfer receipt"),
    AFTER("receipt", SENT "B~transfer", "???xx."),
    AFTER("receipt", SENT "B~transfer", "a!axx.", .answers = "transfer receipt"),
    AFTER("receipt", RECEIVED "P~receipt", "?+?xx."),
    AFTER("receipt", SENT, "+++++r", .late = true),
    AFTER("acceptance", SENT, ".+...."),
    AFTER("acceptance", SENT, ".x....", .by = "bpjcsD", .answers = "transfer acceptance"),
    AFTER("acceptance", RECEIVED, ".+...."),
    AFTER("acceptance", ACCEPTED, ".?...."),
    AFTER("acceptance", ACCEPTED, ".!....", .answers = "transfer acceptance"),
    AFTER("acceptance", SENT "B~transfer", ".?...."),
    /* 程序180(2), 环8: told once what is missing; the bureau supplements; then the question is open anew. */
    AFTER("supplement_requested", ACCEPTED, ".+...."),
    AFTER("supplement_requested", ACCEPTED, ".i....", .without = "supplement_notice"),
    AFTER("supplement_requested", ACCEPTED, ".p....", .without = "gap_list"),
    AFTER("supplement_requested", ACCEPTED "P:supplement_requested", ".?...."),
    AFTER("supplement", ACCEPTED, "?..x.."),
    AFTER("supplement", ACCEPTED "P:supplement_requested", "+..x.."),
    AFTER("supplement", ACCEPTED "P:supplement_requested", "x..x..", .by = "bpjcsD"),
    AFTER("supplement", ACCEPTED "P:supplement_requested P~supplement_requested", "?..x.."),
    AFTER("supplement", ACCEPTED "P:supplement_requested B:supplement", "?..x.."),
    AFTER("supplement_requested", ACCEPTED "P:supplement_requested B:supplement", ".+...."),
    AFTER("decision_verification", ACCEPTED, ".+...."),
    AFTER("decision_extended", ACCEPTED, ".+...."),
    AFTER("decision_extended", ACCEPTED, ".p....", .without = "approval"),
    /* 310/7, 程序175: forwarded to police who then answer for it; 程序180(3): returned. */
    AFTER("forward", ACCEPTED, ".+....", .to = "p"),
    AFTER("forward", ACCEPTED, ".@...."),
    AFTER("forward", ACCEPTED, ".i....", .to = "p", .without = "forward_notice"),
    AFTER("forward", FILED, ".?....", .to = "p"),
    AFTER("filed", ACCEPTED "P:forward>p", ".+....", .by = "bpjcsD"),
    AFTER("acceptance", ACCEPTED "P:forward>p", ".+....", .by = "bpjcsD"),
    AFTER("receipt", ACCEPTED "P:forward>p", "x+xxx.", .by = "bpjcsD"),
    AFTER("return", ACCEPTED "P:forward>p", ".?...."),
    AFTER("return", ACCEPTED, ".+...."),
    AFTER("return", ACCEPTED, ".p....", .without = "file_list"),
    AFTER("return", ACCEPTED "P:return", ".?...."),
    AFTER("return", FILED, ".?...."),
    AFTER("forwarded_after_filing", ACCEPTED, ".s....", .to = "p"),
    AFTER("forwarded_after_filing", FILED, ".+....", .to = "p"),
    AFTER("assign", ACCEPTED, ".++...", .to = "p"),
    AFTER("filed", ACCEPTED "P:assign>p", ".+....", .by = "bpjcsD"),
    AFTER("filed", ACCEPTED "P:assign>p", ".a....", .answers = "transfer decision"),

    /* 310/8, 程序178-180: decided once; a notice each; the file goes back with a refusal. */
    AFTER("filed", SENT, ".+...."),
    AFTER("filed", ACCEPTED, ".+...."),
    AFTER("filed", ACCEPTED, ".x....", .by = "bpjcsD"),
    AFTER("filed", ACCEPTED, ".?....", .answers = "none"),
    AFTER("filed", ACCEPTED, ".i....", .without = "filing_decision"),
    AFTER("filed", FILED, ".=...."),
    AFTER("filed", FILED, ".!....", .answers = "transfer decision"),
    AFTER("filed", ACCEPTED "P:return", ".+...."), /* of its own knowledge */
    AFTER("filed", FILED "P~filed", ".+...."),
    AFTER("filed", ACCEPTED, "r+rrrr", .late = true),
    AFTER("not_filed", ACCEPTED, ".+...."),
    AFTER("not_filed", ACCEPTED, ".?....", .answers = "none"),
    AFTER("not_filed", ACCEPTED, ".i....", .without = "not_filed_notice"),
    AFTER("not_filed", ACCEPTED, ".p....", .without = "file_list"),
    AFTER("not_filed", REFUSED, ".=...."),
    AFTER("not_filed", SENT "B~transfer", ".+...."),
    AFTER("refiled", REFUSED, ".+...."), /* 程序178: new facts */
    AFTER("refiled", FILED "P:case_withdrawn", ".+...."),
    AFTER("case_withdrawn", ACCEPTED, ".ss.x."),
    /* 刑诉163 means the organ that investigates: that the procuratorate investigates nothing here, the procedure does not see. */
    AFTER("case_withdrawn", FILED, ".++.x."),
    AFTER("case_withdrawn", FILED, ".ii.x.", .without = "withdrawal_decision"),
    AFTER("detention", "B:detention_transfer", ".+...."),
    AFTER("detention", "B:detention_transfer", ".?....", .answers = "none"),
    AFTER("detention", "B:detention_transfer P:detention", ".!....", .answers = "detention_transfer detention"),
    AFTER("detention_declined", "B:detention_transfer", ".+...."),
    AFTER("detention_declined", "B:detention_transfer P:detention", ".?...."),

    /* 310/9, 程序181: the bureau asks, the police that refused decide, once. */
    AFTER("reconsideration_requested", ACCEPTED, "?....."),
    AFTER("reconsideration_requested", REFUSED, "+....."),
    AFTER("reconsideration_requested", REFUSED, "x.....", .by = "bpjcsD"),
    AFTER("reconsideration_requested", REFUSED, "i.....", .without = "reconsideration_request"),
    AFTER("reconsideration_requested", REFUSED "B:reconsideration_requested", "?....."),
    AFTER("reconsideration_requested", REFUSED "P~not_filed", "?....."),
    AFTER("reconsideration_upheld", REFUSED, ".?...."),
    AFTER("reconsideration_upheld", REFUSED "B:reconsideration_requested", ".+...."),
    AFTER("reconsideration_upheld", REFUSED "B:reconsideration_requested", ".x....", .by = "bpjcsD"),
    AFTER("reconsideration_upheld", REFUSED "B:reconsideration_requested P:reconsideration_upheld", ".?...."),
    AFTER("reconsideration_overturned", REFUSED "B:reconsideration_requested", ".+...."),
    AFTER("reconsideration_overturned", REFUSED "B:reconsideration_requested P:reconsideration_upheld", ".?...."),
    AFTER("reconsideration_overturned", REFUSED "B:reconsideration_requested B~reconsideration_requested", ".?...."),
    AFTER("reconsideration_decided", REFUSED "B:reconsideration_requested", ".l...."),
    AFTER("reconsideration_decided", REFUSED "B:reconsideration_requested", "r+rrrr", .late = true),

    /* 310/9, 环12, 规则557(1): after a refusal, a decision upheld, or silence. */
    AFTER("supervision_suggested", ACCEPTED, "+..x.."),
    AFTER("supervision_suggested", REFUSED, "+..x.."),
    AFTER("supervision_suggested", REFUSED, "i..x..", .without = "supervision_suggestion"),
    AFTER("supervision_suggested", REFUSED "B:reconsideration_requested P:reconsideration_upheld", "+..x.."),
    AFTER("overdue_asked", ACCEPTED, "..+..."),
    AFTER("overdue_asked", ACCEPTED "B:supervision_suggested", "..+..."),
    /* 刑诉113, 规则560-563, 程序182: reasons, then the notice, then the filing; another procuratorate may step in. */
    AFTER("explanation_requested", ACCEPTED, "..s..."),
    AFTER("explanation_requested", REFUSED, "..+..."),
    AFTER("explanation_requested", REFUSED, "..+...", .by = "bpjcsD"),
    AFTER("explanation_requested", REFUSED, "..i...", .without = "explanation_request"),
    AFTER("explanation_given", REFUSED, ".?...."),
    AFTER("explanation_given", DEMANDED, ".+...."),
    AFTER("explanation_given", DEMANDED, ".x....", .by = "bpjcsD"),
    AFTER("explanation_given", DEMANDED, ".i....", .without = "explanation"),
    AFTER("explanation_given", DEMANDED, ".p....", .without = "evidence_list"),
    AFTER("explanation_given", DEMANDED "P:explanation_given", ".?...."),
    AFTER("explanation_given", DEMANDED "J~explanation_requested", ".?...."),
    AFTER("supervision_closed", DEMANDED "P:explanation_given", "..+..."),
    AFTER("supervision_closed", DEMANDED "P:explanation_given", "..i...", .without = "supervision_reply"),
    AFTER("notice_to_file", REFUSED, "..s..."),
    AFTER("notice_to_file", DEMANDED "P:explanation_given", "..+..."),
    AFTER("notice_to_file", DEMANDED "P:explanation_given", "..p...", .without = "evidence_list"),
    AFTER("filed_after_notice", REFUSED, ".s...."),
    AFTER("filed_after_notice", DEMANDED, ".+...."), /* 程序182(1): at once, when asked for reasons */
    AFTER("filed_after_notice", DEMANDED "J:notice_to_file", ".+...."),
    AFTER("filed_after_notice", DEMANDED "J:notice_to_file", ".?....", .answers = "none"),
    AFTER("filed_after_notice", DEMANDED "J:notice_to_file", ".x....", .by = "bpjcsD"),
    AFTER("filed_after_notice", DEMANDED "J:notice_to_file P:filed_after_notice", ".=...."),
    AFTER("filed_after_notice", DEMANDED "J:notice_to_file P:filed_after_notice", ".!....", .answers = "notice_to_file filing"),
    AFTER("correction_notice", DEMANDED "J:notice_to_file", "..+..."),
    AFTER("urge", DEMANDED "J:notice_to_file", "..s..."),
    AFTER("urge", DEMANDED "J:notice_to_file P:filed_after_notice", "..+..."),
    AFTER("notice_to_withdraw", FILED, "..s..."),
    AFTER("notice_to_withdraw", FILED "J:explanation_requested P:explanation_given", "..+..."),
    AFTER("case_withdrawn", FILED "J:explanation_requested J:notice_to_withdraw", ".++.x."),
    AFTER("objection", FILED, ".s...."),
    AFTER("objection", FILED "J:explanation_requested J:notice_to_withdraw", ".+...."),
    AFTER("objection_decided", FILED "J:explanation_requested J:notice_to_withdraw P:objection", "..+..."),
    AFTER("objection_decided", FILED "J:explanation_requested J:notice_to_withdraw P:objection", "..x...", .by = "bpjcsD"),
    AFTER("objection_decided", FILED "J:explanation_requested J:notice_to_withdraw P:objection J:objection_decided", "..?..."),

    /* 程序174, 刑诉91. */
    AFTER("coercive_measure", ACCEPTED, ".ssxx."),
    AFTER("coercive_measure", FILED, ".++xx."),
    AFTER("arrest_requested", FILED, ".++...", .to = "Jj"),
    AFTER("arrest_approved", FILED, "..s..."),
    AFTER("arrest_approved", FILED "P:arrest_requested", "..+..."),
    AFTER("arrest_approved", FILED "P:arrest_requested", "..?...", .answers = "none"),
    AFTER("arrest_approved", FILED "P:arrest_requested", "..x...", .by = "bpjcsD"),
    AFTER("arrest_approved", FILED "P:arrest_requested J:arrest_refused", "..!...", .answers = "arrest_requested arrest"),
    AFTER("arrest_refused", FILED "P:arrest_requested", "..+..."),
    AFTER("arrest_refused", FILED "P:arrest_requested", "..?...", .answers = "none"),
    AFTER("arrest_refused", FILED "P:arrest_requested P~arrest_requested", "..s..."),
    /* 刑诉162, 172-179. */
    AFTER("sent_for_prosecution", ACCEPTED, ".ss.x.", .to = "Jj"),
    AFTER("sent_for_prosecution", FILED, ".++.x.", .to = "Jj"),
    AFTER("sent_for_prosecution", FILED, ".ii.x.", .to = "Jj", .without = "prosecution_opinion"),
    AFTER("sent_for_prosecution", PROSECUTING "J:returned_for_supplement>P", ".++.x.", .to = "Jj"),
    AFTER("prosecution_extended", PROSECUTING, "..+..."),
    AFTER("prosecution_extended", PROSECUTING, "..p...", .without = "approval"),
    AFTER("returned_for_supplement", PROSECUTING, "..+...", .to = "P"),
    AFTER("returned_for_supplement", PROSECUTING, "..?...", .to = "P", .answers = "none"),
    AFTER("returned_for_supplement", PROSECUTING, "..p...", .to = "P", .without = "outline"),
    AFTER("handed_on", PROSECUTING, "..+...", .to = "j"),
    AFTER("handed_on", PROSECUTING, "..?...", .to = "j", .answers = "none"),
    AFTER("prosecuted", PROSECUTING "J:handed_on>j", "..+...", .by = "bpjcsD"),
    AFTER("prosecuted", PROSECUTING, "..+..."),
    AFTER("prosecuted", PROSECUTING, "..x...", .by = "bpjcsD"),
    AFTER("prosecuted", PROSECUTING, "..?...", .answers = "none"),
    AFTER("prosecuted", PROSECUTING, "..i...", .without = "indictment"),
    AFTER("prosecuted", UNPROSECUTED, "..!...", .answers = "sent_for_prosecution prosecution"),
    AFTER("not_prosecuted", PROSECUTING, "..+..."),
    AFTER("not_prosecuted", PROSECUTING, "..?...", .answers = "none"),
    AFTER("not_prosecuted", PROSECUTING, "..i...", .without = "non_prosecution_decision"),
    AFTER("not_prosecuted", CHARGED, "..!...", .answers = "sent_for_prosecution prosecution"),
    AFTER("not_prosecuted_revoked", UNPROSECUTED, "..+..."),
    AFTER("prosecuted", UNPROSECUTED "J:not_prosecuted_revoked", "..+..."),
    AFTER("charges_withdrawn", CHARGED, "..+..."),

    /* 刑诉202, 236, 243; a court decides on what was brought before it. */
    AFTER("judged", CHARGED, "...+.."),
    AFTER("judged", CHARGED, "...x..", .by = "bpjcsD"),
    AFTER("judged", CHARGED, "...?..", .answers = "none"),
    AFTER("judged", CHARGED, "...i..", .without = "judgment"),
    AFTER("judged", JUDGED, "...!..", .answers = "prosecuted judgment"),
    AFTER("exempted", CHARGED, "...+.."),
    AFTER("exempted", CHARGED, "...?..", .answers = "none"),
    AFTER("acquitted", CHARGED, "...+.."),
    AFTER("acquitted", CHARGED, "...?..", .answers = "none"),
    AFTER("trial_extended", CHARGED, "...+.."),
    AFTER("trial_extended", CHARGED, "...p..", .without = "approval"),
    AFTER("protest", CHARGED, "..s..."),
    AFTER("protest", JUDGED, "..+..."),
    AFTER("appeal_decided", JUDGED "J:protest", "...+.."),
    AFTER("appeal_decided", JUDGED "J:protest", "...?..", .answers = "none"),
    AFTER("appeal_decided", JUDGED, "...+..", .by = "bpjcsD"), /* 刑诉230: appealed by the accused, which no message says */
    AFTER("remanded", JUDGED "J:protest>c", "...+..", .by = "bpjcsD", .to = "C"),
    AFTER("remanded", JUDGED "J:protest", "...?..", .to = "c", .answers = "none"),
    AFTER("retried", JUDGED, "...+.."),
    AFTER("judgment_feedback", CHARGED, "..ss.."),
    AFTER("judgment_feedback", JUDGED, "..++.."),
    /* 指引12-15, 刑诉177(3), 高检2021/7-9. */
    AFTER("reverse_review", UNPROSECUTED, "..+..."),
    AFTER("review_suspended", UNPROSECUTED "J:reverse_review", "..+..."),
    AFTER("review_suspended", UNPROSECUTED "J:reverse_review", "..i...", .without = "suspension_decision"),
    AFTER("review_resumed", UNPROSECUTED "J:reverse_review", "..s..."),
    AFTER("review_resumed", UNPROSECUTED "J:reverse_review J:review_suspended", "..+..."),
    AFTER("review_closed", UNPROSECUTED "J:reverse_review", "..+..."),
    AFTER("review_closed", UNPROSECUTED "J:reverse_review", "..i...", .without = "closing_decision"),
    AFTER("opinion", UNPROSECUTED, "..+..."),
    AFTER("opinion", UNPROSECUTED "J:reverse_review", "..+..."),
    AFTER("opinion", UNPROSECUTED, "..p...", .without = "non_prosecution_decision"),
    AFTER("opinion", UNPROSECUTED, "..i...", .without = "opinion_letter"),
    AFTER("admin_filed", UNPROSECUTED "J:opinion", "++...."),
    AFTER("admin_filed", UNPROSECUTED "J:opinion", "xx....", .by = "bpjcsD"),
    AFTER("admin_not_filed", UNPROSECUTED "J:opinion", "+....."),
    AFTER("admin_not_filed", UNPROSECUTED "J:opinion", "x.....", .by = "bpjcsD"),
    AFTER("admin_not_filed", UNPROSECUTED "J:opinion B:admin_filed", "?....."),
    AFTER("admin_not_filed", UNPROSECUTED "J:opinion J~opinion", "?....."),
    AFTER("admin_extended", UNPROSECUTED "J:opinion", "+....."),
    AFTER("admin_extended", UNPROSECUTED "J:opinion", "p.....", .without = "approval"),
    AFTER("reply", UNPROSECUTED "J:opinion", "++.xxx"),
    AFTER("reply", UNPROSECUTED "J:opinion", "+v.xxx", .answers = "opinion opinion_reply"),
    AFTER("reply", UNPROSECUTED "J:opinion B:reply", "!v.xxx", .answers = "opinion opinion_reply"),
    /* 310/13, 处罚法27(1): after a refusal, a withdrawal, a decision not to prosecute, an exemption, an acquittal. */
    AFTER("reverse_transfer", ACCEPTED, ".ssx.."),
    AFTER("reverse_transfer", REFUSED, ".++x.."),
    AFTER("reverse_transfer", FILED "P:case_withdrawn", ".++x.."),
    AFTER("reverse_transfer", UNPROSECUTED, ".++x.."),
    AFTER("reverse_transfer", CHARGED "C:exempted", ".+++.."),
    AFTER("reverse_transfer", REFUSED, ".iix..", .without = "reverse_letter"),
    AFTER("reverse_transfer", REFUSED, ".ppx..", .without = "item_list"),
    AFTER("receipt", REFUSED "P:reverse_transfer", "+??xx."),
    AFTER("receipt", REFUSED "P:reverse_transfer", "+aaxx.", .answers = "reverse_transfer receipt"),
    AFTER("receipt", REFUSED "P:reverse_transfer B:receipt", "!aaxx.", .answers = "reverse_transfer receipt"),
    AFTER("receipt", REFUSED "P:reverse_transfer P~reverse_transfer", "???xx."),

    /* 310/12, 程序185, 强制法21: handed over after filing, with a list, and confirmed by who took them. */
    AFTER("items_seized", "", "pppp..", .without = "item_list"),
    AFTER("items_handed_over", FILED, "++.x..", .to = "Pp"),
    AFTER("items_handed_over", FILED, "ii.x..", .to = "Pp", .without = "handover_list"),
    AFTER("items_confirmed", FILED "B:items_handed_over", ".+?x.."),
    AFTER("items_confirmed", FILED "B:items_handed_over", ".+ax..", .answers = "items_handed_over handover"),
    AFTER("items_confirmed", FILED "B:items_handed_over P:items_confirmed", ".??x.."),
    AFTER("items_confirmed", FILED "B:items_handed_over B~items_handed_over", ".??x.."),
    AFTER("items_not_handed_over", FILED, "+++x.."),

    /* 310/11, 环16: from the approval on no penalty, until the police refuse or give up, the procuratorate does not prosecute, or a
     * court exempts or acquits; the police are bound likewise. Both modes: it happened. */
    AFTER("penalty_decided", "B:inspection", "+x...."),
    AFTER("penalty_decided", "B:crime_suspected", "+x...."),
    AFTER("penalty_decided", REPORTED, "+x...."),
    AFTER("penalty_decided", REPORTED "B:transfer_declined", "+x...."),
    AFTER("penalty_decided", APPROVED, "bx...."),
    AFTER("penalty_decided", SENT, "bb...."),
    AFTER("penalty_decided", SENT "B~transfer", "bb...."),
    AFTER("penalty_decided", RECEIVED, "bb...."),
    AFTER("penalty_decided", ACCEPTED, "bb...."),
    AFTER("penalty_decided", ACCEPTED "P:supplement_requested", "bb...."),
    AFTER("penalty_decided", ACCEPTED "P:supplement_requested B:supplement", "bb...."),
    AFTER("penalty_decided", ACCEPTED "P:forward>p", "bb...."),
    AFTER("penalty_decided", ACCEPTED "P:return", "++...."),
    AFTER("penalty_decided", REFUSED, "++...."),
    AFTER("penalty_decided", REFUSED "B:reconsideration_requested P:reconsideration_overturned", "bb...."),
    AFTER("penalty_decided", DEMANDED "J:notice_to_file P:filed_after_notice", "bb...."),
    AFTER("penalty_decided", FILED, "bb...."),
    AFTER("penalty_decided", FILED "P:case_withdrawn", "++...."),
    AFTER("penalty_decided", FILED "P:case_withdrawn P:refiled", "bb...."),
    AFTER("penalty_decided", PROSECUTING, "bb...."),
    AFTER("penalty_decided", UNPROSECUTED, "++...."),
    AFTER("penalty_decided", CHARGED, "bb...."),
    AFTER("penalty_decided", JUDGED, "bb...."), /* 处罚法35: no fine after a criminal fine; other measures show in the body only */
    AFTER("penalty_decided", CHARGED "C:exempted", "++...."),
    AFTER("penalty_decided", CHARGED "C:acquitted", "++...."),
    AFTER("penalty_decided", SENT, "bbrrrr", .late = true),
    AFTER("penalty_decided", "", "ii....", .without = "penalty_decision"),
    AFTER("no_penalty", SENT, "++...."), /* no penalty is no penalty in place of a transfer: 以罚代刑 does not fit it */
    AFTER("no_penalty", "", "ii....", .without = "no_penalty_decision"),
    AFTER("penalty_paid", "B:penalty_decided", "+x...."),
    AFTER("penalty_published", "B:penalty_decided", "+x...."),
    AFTER("penalty_copied", "B:penalty_decided", "+x...."),
    AFTER("penalty_copied", "B:penalty_decided", "ix....", .without = "penalty_decision"),
    AFTER("penalty_revoked", "B:penalty_decided", "+x.x.."),
    AFTER("enforcement_applied", "B:penalty_decided", "+x...."),
    AFTER("penalty_extended", "B:admin_filed", "+x...."),

    /* 310/18-19, 监察法37, 监察条例171. */
    AFTER("receipt", "B:duty_clue>S", "?xxx+."),
    AFTER("receipt", "B:duty_clue>S", "xxxxx.", .by = "bpjcsD"),
    AFTER("receipt", "B:duty_clue>S S:receipt", "axxx!.", .answers = "duty_clue receipt"),
    AFTER("duty_clue_forwarded", "B:duty_clue>S", "....+.", .to = "s"),
    AFTER("duty_clue_forwarded", "B:duty_clue>S", "....x.", .by = "bpjcsD", .to = "S"),
    AFTER("duty_crime_filed", "B:duty_clue>S", "..+.+."),
    AFTER("clue", "", "+@+++.", .to = "jJ"),
    AFTER("receipt", "J:clue>P", "x+?xx."),
    AFTER("acceptance", "J:clue>P", ".+...."),
    AFTER("filed", "J:clue>P", ".+...."),

    /* 环24: whoever was asked answers. */
    AFTER("consultation_answered", "B:consultation_asked>P", "?+x..."),
    AFTER("consultation_answered", "B:consultation_asked>P", "a+x...", .answers = "consultation_asked consultation"),
    AFTER("consultation_answered", "B:consultation_asked>P P:consultation_answered", "??x..."),
    AFTER("consultation_answered", "B:consultation_asked>P B~consultation_asked", "??x..."),
    AFTER("reply", "D:oversight_opinion>B", "+x.xx+"),
    AFTER("reply", "D:oversight_opinion>B", "+x.xxa", .answers = "oversight_opinion suggestion_reply"),
    /* 处罚法25: the superior designates; what was asked of one goes to the other. */
    AFTER("jurisdiction_designated", "B:admin_filed B:jurisdiction_requested>b", "+-----", .by = "b-----", .to = "T"),
    AFTER("jurisdiction_forwarded", "B:admin_filed B:jurisdiction_requested>b", "+-----", .by = "b-----", .to = "T"),
    AFTER("transfer", "J:transfer_opinion>B B:transfer_report B:transfer_approved ", "+..x.."),
};

static void every_act__by_every_kind_of_agency_where_nothing_was_asked(void **state)
{
    assert_standings(*state, &scenes, lines, sizeof lines / sizeof lines[0]);
}

static void every_act__after_others(void **state)
{
    assert_states(*state, states, sizeof states / sizeof states[0]);
}

static void every_act__has_its_line(void **state)
{
    assert_every_act(*state, lines, sizeof lines / sizeof lines[0], states, sizeof states / sizeof states[0]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(every_act__by_every_kind_of_agency_where_nothing_was_asked, world_setup, world_teardown),
        cmocka_unit_test_setup_teardown(every_act__after_others, world_setup, world_teardown),
        cmocka_unit_test_setup_teardown(every_act__has_its_line, world_setup, world_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
