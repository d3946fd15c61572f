/* Who may do each act of 行政执法监督, by the texts (行政执法监督条例, 国务院令第825号; 山东省行政执法监督条例; 山东省人大常委会 2019 决议;
 * 监察法37): every act by every kind of agency where nothing has been asked, and after others. Letters: tests/unit/authorization.h.
 * Written from the texts and from spec 09, 4. The justice bureau may step into any case with what supervision gives it (监督条例 14, 20-24,
 * 26-29); what only answers or closes needs a case. A court supervises nothing here and is not supervised: it has no act. */
#include "tests/unit/authorization.h"

static int up(void **state)
{
    static struct world w;
    world_up_with(&w, "schema/procedures/supervision.yaml", NULL);
    *state = &w;
    return 0;
}

static int down(void **state)
{
    world_down(*state);
    return 0;
}

static const struct standing_scenes scenes = {.strangers = "s:discipline", .known = "D:talk>BP D:talk>JS D:talk>C"};

/* columns:              new    stranger known  late entry */
static const struct standing lines[] = {
    /* 监督条例 14, 20-22, 25: inspections are opened, announced and made by the justice bureau; organs hand in and explain. */
    {"inspection_opened",   ".....+ .....x .....+ rrrrr+", NULL},
    {"inspection_notified", ".....+ .....+ .....+ rrrrr+", "BP"},
    {"explanation_demanded", ".....+ .....+ .....+ rrrrr+", "BP"},
    {"explanation_given",   "xx.... xx.... ??.... ++rrrr", NULL},
    {"materials_demanded",  ".....+ .....+ .....+ rrrrr+", "BP"},
    {"materials_submitted", "xx.... xx.... ??.... ++rrrr", NULL},
    {"materials_refused",   "xx.... xx.... ??.... ++rrrr", NULL},
    {"site_check",          ".....+ .....+ .....+ rrrrr+", "BP"},
    {"obstruction_recorded", ".....+ .....+ .....+ rrrrr+", "BP"},
    {"inspection_clear",    ".....x .....x .....+ rrrrr+", "BP"},
    {"inspection_findings", ".....+ .....+ .....+ rrrrr+", "BP"},
    {"inspection_closed",   ".....x .....x .....+ rrrrr+", "BP"},
    /* 监督条例 15, 18, 22: review of case files. */
    {"file_demanded",       ".....+ .....+ .....+ rrrrr+", "BP"},
    {"file_submitted",      "xx.... xx.... ??.... ++rrrr", NULL},
    {"file_refused",        "xx.... xx.... ??.... ++rrrr", NULL},
    {"review_sound",        ".....x .....x .....? rrrrr+", NULL},
    {"review_defective",    ".....x .....x .....? rrrrr+", NULL},
    /* 监督条例 26-29. */
    {"supervision_letter",  ".....+ .....+ .....+ rrrrr+", "BP"},
    {"oversight_opinion",   ".....+ .....+ .....+ rrrrr+", "BP"},
    {"receipt",             "xxx.xx xxx.xx ???.?? +++r++", NULL},
    {"correction_report",   "xx.... xx.... ??.... ++rrrr", NULL},
    {"correction_verified", ".....x .....x .....? rrrrr+", NULL},
    {"correction_insufficient", ".....x .....x .....? rrrrr+", NULL},
    {"decision_proposed",   ".....x .....x .....+ rrrrr+", NULL},
    {"oversight_decision",  ".....+ .....+ .....+ rrrrr+", "BP"},
    {"decision_executed",   "xx.... xx.... ??.... ++rrrr", NULL},
    /* 监督条例 30: an objection is to something. */
    {"objection",           "xx.... xx.... ss.... ++rrrr", "D"},
    {"objection_dismissed", ".....x .....x .....? rrrrr+", NULL},
    {"objection_upheld",    ".....x .....x .....? rrrrr+", NULL},
    /* 监督条例 22, 26, 31, 42; 山东决议十: the procuratorate tells superiors, too. */
    {"talk",                ".....+ .....+ .....+ rrrrr+", "BP"},
    {"reminder",            "..x..x ..x..x ..s..s rr+rr+", "BP"},
    {"circular",            ".....+ .....+ .....+ rrrrr+", "BP"},
    {"superior_told",       "..x..x ..x..x ..+..+ rr+rr+", "BP"},
    {"superior_ordered",    "xx.... xx.... ??.... ++rrrr", NULL},
    /* 监督条例 24(2), 32; 山东决议七: the justice bureau itself owes the procuratorate an answer. */
    {"suggestion",          ".....+ .....+ .....+ rrrrr+", "BP"},
    {"suggestion_reply",    "xx.... xx.... ??.... ++rrrr", NULL},
    {"procuratorial_opinion", "..+... ..+... ..+... rr+rrr", "BP"},
    {"procuratorial_reply", "xx...x xx...x ??...? ++rrr+", NULL},
    /* 监督条例 33, 监察法37: who supervises here; a bureau or the police that find such a clue pass it on in the referral procedure. */
    {"duty_clue",           "..+..+ ..+..+ ..+..+ rr+rr+", "S"},
    {"duty_clue_forwarded", "....x. ....x. ....+. rrrr+r", "s"},
    {"discipline",          "++..+. ++..+. ++..+. ++rr+r", NULL},
    /* No text read. */
    {"zero_report",         "++.... xx.... ++.... ++rrrr", "D"},
    {"monthly_report",      "++.... xx.... ++.... ++rrrr", "D"},
};

#define FOUND "D:inspection_findings>B "
#define LETTER "D:supervision_letter>B "
#define OPINION "D:oversight_opinion>B "
#define DECIDED "D:oversight_decision>B "
#define FILE_IN "D:file_demanded>B B:file_submitted "

static const struct state states[] = {
    /* 监督条例 22, 25: the organ that was asked hands in or refuses, once; only with what it hands in. */
    AFTER("explanation_given", "D:explanation_demanded>B", "+x...."),
    AFTER("explanation_given", "D:explanation_demanded>B", "xx....", .by = "bpjcsD", .answers = "explanation_demanded explanation"),
    AFTER("explanation_given", "D:explanation_demanded>B", "?x....", .answers = "none"),
    AFTER("explanation_given", "D:explanation_demanded>B", "ix....", .without = "explanation"),
    AFTER("explanation_given", "D:explanation_demanded>B B:explanation_given", "?x...."),
    AFTER("explanation_given", "D:explanation_demanded>B B:explanation_given", "!x....", .answers = "explanation_demanded explanation"),
    AFTER("explanation_given", "D:explanation_demanded>B D~explanation_demanded", "!x....", .answers = "explanation_demanded explanation"),
    AFTER("explanation_given", "D:explanation_demanded>BP", "++...."),
    AFTER("explanation_given", "D:explanation_demanded>B", "++rrrr", .late = true),
    AFTER("materials_submitted", "D:materials_demanded>B", "+x...."),
    AFTER("materials_submitted", "D:materials_demanded>B", "ix....", .without = "materials"),
    AFTER("materials_submitted", "D:materials_demanded>B B:materials_refused", "?x...."),
    AFTER("materials_refused", "D:materials_demanded>B", "+x...."),
    AFTER("materials_refused", "D:materials_demanded>B B:materials_submitted", "?x...."),
    AFTER("file_submitted", "D:file_demanded>B", "+x...."),
    AFTER("file_submitted", "D:file_demanded>B", "ix....", .without = "file_index"),
    AFTER("file_submitted", "D:file_demanded>B B:file_refused", "?x...."),
    AFTER("file_submitted", "D:file_demanded>B D~file_demanded", "?x...."),
    AFTER("file_refused", "D:file_demanded>B", "+x...."),
    AFTER("file_refused", FILE_IN, "?x...."),
    /* 监督条例 18: a review of what was handed in, one result. */
    AFTER("review_sound", "D:file_demanded>B", ".....?"),
    AFTER("review_sound", FILE_IN, ".....+"),
    AFTER("review_sound", FILE_IN, ".....i", .without = "review_report"),
    AFTER("review_sound", FILE_IN "D:review_defective", ".....?"),
    AFTER("review_defective", FILE_IN, ".....+"),
    AFTER("review_defective", FILE_IN "D:review_sound", ".....?"),
    AFTER("review_defective", FILE_IN "B~file_submitted", ".....?"),

    /* 监督条例 26-28: whoever was told to correct reports it, to each demand once; then it is verified; what is not enough is owed anew. */
    AFTER("correction_report", FOUND, "+x...."),
    AFTER("correction_report", LETTER, "+x...."),
    AFTER("correction_report", OPINION, "+x...."),
    AFTER("correction_report", OPINION, "xx....", .by = "bpjcsD"),
    AFTER("correction_report", OPINION, "ix....", .without = "correction_report"),
    AFTER("correction_report", FILE_IN "D:review_defective", "+x...."),
    AFTER("correction_report", OPINION "B:correction_report", "?x...."),
    AFTER("correction_report", OPINION "B:correction_report", "!x....", .answers = "oversight_opinion correction"),
    AFTER("correction_report", OPINION "D~oversight_opinion", "!x....", .answers = "oversight_opinion correction"),
    AFTER("correction_report", OPINION "B:correction_report D:correction_insufficient", "+x...."),
    AFTER("correction_report", OPINION "B:correction_report D:correction_verified", "?x...."),
    AFTER("correction_report", "D:oversight_opinion>BP", "++...."),
    AFTER("correction_verified", OPINION, ".....?"),
    AFTER("correction_verified", OPINION "B:correction_report", ".....+"),
    AFTER("correction_verified", OPINION "B:correction_report D:correction_verified", ".....?"),
    AFTER("correction_insufficient", OPINION "B:correction_report", ".....+"),
    AFTER("correction_insufficient", OPINION "B:correction_report", ".....i", .without = "verification"),
    AFTER("correction_insufficient", OPINION "B:correction_report D:correction_verified", ".....?"),
    AFTER("correction_insufficient", OPINION "B:correction_report B~correction_report", ".....!",
          .answers = "correction_report verification"),
    /* 监督条例 29: the government's decision, on a proposal; without one on record it is presumed (spec 09, 7). */
    AFTER("oversight_decision", OPINION "D:decision_proposed", ".....+", .to = "B"),
    AFTER("oversight_decision", OPINION, ".....i", .to = "B", .without = "oversight_decision"),
    AFTER("decision_executed", DECIDED, "+x...."),
    AFTER("decision_executed", DECIDED, "ix....", .without = "execution_report"),
    AFTER("decision_executed", DECIDED "B:decision_executed", "?x...."),
    AFTER("correction_verified", DECIDED "B:decision_executed", ".....+"),
    AFTER("correction_report", DECIDED, "?x...."), /* a decision is executed, not corrected */

    /* 山东监督条例 28-29: signed for by whom it was served on. */
    AFTER("receipt", "D:inspection_notified>B", "+xx.x?"),
    AFTER("receipt", LETTER, "+xx.x?"),
    AFTER("receipt", OPINION, "+xx.x?"),
    AFTER("receipt", OPINION, "+xx.xa", .answers = "oversight_opinion receipt"),
    AFTER("receipt", OPINION "B:receipt", "!xx.xa", .answers = "oversight_opinion receipt"),
    AFTER("receipt", OPINION "D~oversight_opinion", "!xx.xa", .answers = "oversight_opinion receipt"),
    AFTER("receipt", DECIDED, "+xx.x?"),
    AFTER("receipt", "D:suggestion>B", "+xx.x?"),
    AFTER("receipt", "J:procuratorial_opinion>B", "+x?.xx"),
    AFTER("receipt", "J:procuratorial_opinion>D", "xx?.x+"),
    AFTER("receipt", "D:duty_clue>S", "xxx.+?"),

    /* 监督条例 30: by whom it concerns, with a document; the justice bureau decides once. */
    AFTER("objection", FOUND, "+x....", .to = "D"),
    AFTER("objection", LETTER, "+x....", .to = "D"),
    AFTER("objection", OPINION, "+x....", .to = "D"),
    AFTER("objection", DECIDED, "+x....", .to = "D"),
    AFTER("objection", "D:circular>B", "+x....", .to = "D"),
    AFTER("objection", FILE_IN "D:review_defective", "+x....", .to = "D"),
    AFTER("objection", OPINION "B:correction_report D:correction_insufficient", "+x....", .to = "D"),
    AFTER("objection", "D:talk>B", "sx....", .to = "D"), /* a talk decides nothing */
    AFTER("objection", OPINION, "ix....", .to = "D", .without = "objection"),
    AFTER("objection", OPINION, "xx....", .to = "D", .by = "bpjcsD"),
    AFTER("objection_dismissed", OPINION "B:objection", ".....+"),
    AFTER("objection_dismissed", OPINION "B:objection", ".....i", .without = "objection_decision"),
    AFTER("objection_dismissed", OPINION "B:objection D:objection_upheld", ".....?"),
    AFTER("objection_upheld", OPINION "B:objection", ".....+"),
    AFTER("objection_upheld", OPINION "B:objection D:objection_dismissed", ".....?"),
    AFTER("objection_upheld", OPINION "B:objection B~objection", ".....!", .answers = "objection objection"),

    AFTER("reminder", OPINION, "..x..+", .to = "B"),
    AFTER("reminder", "J:procuratorial_opinion>B", "..+..x", .to = "B"),
    AFTER("reminder", OPINION, "..x..i", .to = "B", .without = "reminder"),
    /* 监督条例 42: the superior told is who orders. */
    AFTER("superior_ordered", OPINION "D:superior_told>b", "?x...."),
    AFTER("superior_ordered", OPINION "D:superior_told>b", "+x....", .by = "bpjcsD"),
    AFTER("superior_ordered", OPINION "D:superior_told>b b:superior_ordered", "?x....", .by = "bpjcsD"),
    AFTER("suggestion_reply", "D:suggestion>B", "+x...."),
    AFTER("suggestion_reply", "D:suggestion>B", "ix....", .without = "reply_letter"),
    AFTER("suggestion_reply", "D:suggestion>B B:suggestion_reply", "?x...."),
    AFTER("suggestion_reply", "D:suggestion>B D~suggestion", "?x...."),
    AFTER("procuratorial_reply", "J:procuratorial_opinion>B", "+x...x"),
    AFTER("procuratorial_reply", "J:procuratorial_opinion>D", "xx...+"),
    AFTER("procuratorial_reply", "J:procuratorial_opinion>B", "ix...x", .without = "reply_letter"),
    AFTER("procuratorial_reply", "J:procuratorial_opinion>B B:procuratorial_reply", "?x...x"),
    AFTER("procuratorial_reply", "J:procuratorial_opinion>B J~procuratorial_opinion", "!x...x",
          .answers = "procuratorial_opinion procuratorial_reply"),
    /* 监察条例171: sent on to the competent commission, which signs for it. */
    AFTER("duty_clue_forwarded", "D:duty_clue>S", "....+.", .to = "s"),
    AFTER("receipt", "D:duty_clue>S S:duty_clue_forwarded>s", "xxx.+-", .by = "bpjcs-"),
    AFTER("inspection_opened", "D:inspection_opened", ".....="),
    AFTER("inspection_closed", "D:inspection_opened D:inspection_notified>B", ".....+", .to = "B"),
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
        cmocka_unit_test_setup_teardown(every_act__by_every_kind_of_agency_where_nothing_was_asked, up, down),
        cmocka_unit_test_setup_teardown(every_act__after_others, up, down),
        cmocka_unit_test_setup_teardown(every_act__has_its_line, up, down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
