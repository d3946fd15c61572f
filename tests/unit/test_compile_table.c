/* What a procedure file may not say, line by line: each row puts something else in one place of tests/procedures/small.yaml or of its
 * overlay, and names the finding and where it is told. Spec: schema/spec/07-procedure.md, sections 1 to 6. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "tests/procedures/fixture.h"

#define ENTRY_LINES 7 /* no entry of small.yaml is longer, and a finding names its line or that of the entry */
#define MANY 1025u    /* one more than a list may hold */

struct row {
    const char *from, *to;
    const char *code; /* NULL: it compiles */
};

static uint32_t line_of(struct xj_buf *text, const char *piece)
{
    const char *all = xj_buf_cstr(text), *at = strstr(all, piece);
    uint32_t n = 1;
    assert_non_null(at);
    for (const char *p = all; p < at; p++)
        n += *p == '\n';
    return n;
}

static bool is_told(const struct xj_findings *f, const char *code, uint32_t line, bool in_overlay)
{
    for (size_t i = 0; i < f->count; i++) {
        const struct xj_finding *one = &f->list[i];
        if (strcmp(one->code, code) == 0 && one->severity == XJ_SEVERITY_ERROR && one->in_overlay == in_overlay && one->line <= line &&
            one->line + ENTRY_LINES > line)
            return true;
    }
    return false;
}

/* The check must find the same as the compiler. */
static void assert_checked_alike(struct xj_slice yaml, struct xj_slice overlay, size_t errors)
{
    struct xj_findings f;
    xj_findings_init(&f);
    assert_int_equal(xj_procedure_check(yaml, overlay, &f, NULL), XJ_OK);
    assert_int_equal(f.errors, errors);
    xj_findings_free(&f);
}

static void assert_row(struct xj_slice yaml, struct xj_slice overlay, const struct row *row, uint32_t line)
{
    struct xj_findings f;
    struct xj_buf bytes;
    xj_findings_init(&f);
    xj_buf_init(&bytes, XJ_MODEL_BYTES_MAX);
    const enum xj_err err = xj_procedure_compile(yaml, overlay, &bytes, &f);
    if (row->code == NULL && err != XJ_OK)
        fail_msg("%s is refused: %s %s", row->to, f.count > 0 ? f.list[0].code : xj_err_name(err), f.count > 0 ? f.list[0].en : "");
    if (row->code != NULL && !is_told(&f, row->code, line, overlay.n > 0))
        fail_msg("%s is not told for %.200s; the first is %s in line %u", row->code, row->to, f.count > 0 ? f.list[0].code : "none",
                 f.count > 0 ? (unsigned)f.list[0].line : 0u);
    assert_int_equal(bytes.n > 0, row->code == NULL);
    assert_int_equal(f.errors > 0, row->code != NULL);
    assert_checked_alike(yaml, overlay, f.errors);
    xj_findings_free(&f);
    xj_buf_free(&bytes);
}

static void assert_rows(const struct row *rows, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        struct xj_buf text = read_text(SMALL_YAML), changed = replaced(&text, rows[i].from, rows[i].to);
        assert_row(xj_buf_slice(&changed), nothing(), &rows[i], line_of(&text, rows[i].from));
        xj_buf_free(&text);
        xj_buf_free(&changed);
    }
}
#define ASSERT_ROWS(rows) assert_rows(rows, sizeof (rows) / sizeof (rows)[0])

static void acts__say_who_asks_answers_and_moves(void **state)
{
    static const struct row rows[] = {
        {"closed, open]]", "closed, open, nil, open]]", "bad_value"},
        {"closed, open]]", "closed, open, nil]]", NULL},
        {"moves: [[matter, self, sent]]", "moves: [[matter, self]]", "bad_value"},
        {"moves: [[matter, self, sent]]", "moves: {matter: sent}", "bad_value"},
        {"{receipt: police, decision: police}", "{receipt: [], decision: police}", "bad_value"},
        {"{receipt: police, decision: police}", "{receipt: [self, police], decision: police}", "bad_value"},
        {"{receipt: police, decision: police}", "{receipt: police, decision: [self, transferor]}", "bad_value"},
        {"{receipt: {mode: req, moves: [[matter, asked, received, sent]]}}", "{receipt: {moves: [[matter, asked, received, sent]]}}",
         "bad_value"},
        {"expects: [[filed]]", "expects: [[filed], [filed]]", "bad_value"},
        {"expects: [[filed]]", "expects: [[halt, filed], [filed], [taken, filed], [filed, halt, taken], [assign]]", NULL},
        {"expects: [[filed]]", "expects: [[taken], [filed, taken], [taken, filed]]", "bad_value"},
        {"expects: [[filed]]", "expects: [[], [filed]]", NULL},
        {"expects: [[filed]]", "expects: [filed]", "bad_value"},
        {"papers: [[list, no_list]]", "papers: [[list, list]]", "bad_value"},
        {"papers: [[list, no_list]]", "papers: [[list, no_list, stamp]]", "bad_value"},
        {"papers: [[list, no_list]]", "papers: [[list, no_list], list]", "bad_value"},
        {"papers: [[list, no_list]]", "papers: [zz, zz]", "unknown_name"},
        {"papers: [[list, no_list]]", "papers: [stamp, [list, no_list]]", NULL},
        {"barred: {matter: [sent, received]}", "barred: {matter: [sent, sent]}", "bad_value"},
        {"barred: {matter: [sent, received]}", "barred: {matter: [sent, received], filing: [open]}", NULL},
        {"barred: {matter: [sent, received]}", "barred: {matter: sent}", NULL},
        {"asked: bureau}", "asked: []}", "missing_key"},
        {"owners: bureau,", "owners: [],", "missing_key"},
    };
    (void)state;
    ASSERT_ROWS(rows);
}

static void duties__say_when_they_begin_and_end(void **state)
{
    static const struct row rows[] = {
        {"start: [[filed, occurred]], stop: [closed]", "start: [[filed, occurred], [filed, sent]], stop: [closed]", "bad_value"},
        {"start: [[filed, occurred]], stop: [closed]", "start: [[filed]], stop: [closed]", "bad_value"},
        {"start: [[filed, occurred]], stop: [closed]", "start: [[filed, occurred, on_receipt, on_receipt]], stop: [closed]", "bad_value"},
        {"start: [[filed, occurred]], stop: [closed]", "start: [[filed, occurred, later]], stop: [closed]", "bad_value"},
        {"start: [[filed, occurred]], stop: [closed]", "start: filed, stop: [closed]", "bad_value"},
        {"since: 2001-07-09", "since: \"2001-07-0\\0\"", "bad_value"},
        {"since: 2001-07-09", "since: 2001-7-9", "bad_value"},
        {"since: 2001-07-09", "since: [2001-07-09]", "bad_value"},
        {"pause: [halt, resume]", "pause: [[halt, longer], resume]", NULL},
        {"pause: [halt, resume]", "pause: [halt, []]", "bad_value"},
        {"pause: [halt, resume]", "pause: [[], resume]", "bad_value"},
        {"pause: [halt, resume]", "pause: [[], []]", "bad_value"},
        {"pause: [halt, resume]", "pause: [halt]", "bad_value"},
        {"pause: [halt, resume]", "pause: halt", "bad_value"},
        {"if_track: [matter, settled], ", "", "bad_value"},
        {"if_track: [matter, settled]", "if_track: [matter]", "bad_value"},
        {"if_track: [matter, settled]", "if_track: matter", "bad_value"},
        {"market: [5w, 10w]", "market: [5w, 10w, 15w]", "bad_value"},
        {"market: [5w, 10w]", "market: [5w, 10d]", "bad_value"},
        {"market: [5w, 10w]", "Market: [5w, 10w]", "bad_name"},
        {"limit: 10d", "limit: \"3d\\0\"", "bad_value"},
    };
    (void)state;
    ASSERT_ROWS(rows);
}

static void rules__say_what_they_wait_for(void **state)
{
    static const struct row rows[] = {
        {"times: 2", "times: 0", "bad_value"},
        {"times: 2", "times: 1025", "bad_value"},
        {"times: 2", "times: 2x", "bad_value"},
        {"times: 2", "times: 12345", "bad_value"},
        {"times: 2", "times: 1024", NULL},
        {"times: 2", "figures: {standard: 100}", NULL},
        {"times: 2", "figures: {standard: 0, fine: [1, 2]}", NULL},
        {"times: 2", "figures: {fine: [5, 5]}", NULL},
        {"times: 2", "figures: {fine: [5, 4]}", "bad_value"},
        {"times: 2", "figures: {fine: [x, 4]}", "bad_value"},
        {"times: 2", "figures: {fine: [4, x]}", "bad_value"},
        {"times: 2", "figures: {fine: [4, 5, 6]}", "bad_value"},
        {"times: 2", "figures: {fine: []}", "bad_value"},
        {"times: 2", "figures: {fine: 05}", "bad_value"},
        {"times: 2", "figures: {fine: \"\"}", "bad_value"},
        {"times: 2", "figures: {fine: -5}", "bad_value"},
        {"times: 2", "figures: {fine: 1234567890123456789}", "bad_value"},
        {"times: 2", "figures: {fine: 123456789012345678}", NULL},
        {"times: 2", "figures: {wealth: 5}", "unknown_name"},
        {"times: 2", "figures: {Fine: 5}", "unknown_name"},
        {"times: 2", "figures: {}", "bad_value"},
        {"times: 2", "figures: 5", "bad_value"},
        {"times: 2", "figures: {fine: 1, standard: 1, prompt: 1, repeats: 1, fragments: 1, rivals: 1, elsewhere: 1, flags: 1}", NULL},
        {"times: 2", "figures: {fine: 1, standard: 1, prompt: 1, repeats: 1, fragments: 1, rivals: 1, elsewhere: 1, flags: 1, officers: 1}",
         "bad_value"},
        {"{duty: A3, by: police}", "{duty: A3, breach: late}", "bad_value"},
        {"{duty: A3, by: police}", "{duty: A3, times: 2}", "bad_value"},
        {"{duty: A3, by: police}", "{duty: A3, backdated: true}", "bad_value"},
        {"{duty: A3, by: police}", "{duty: A3, principal: true}", "bad_value"},
        {"{duty: A3, by: police}", "{duty: A3, figures: {fine: 1}}", "bad_value"},
        {"{duty: A3, by: police}", "{duty: A3, acts: filed}", "bad_value"},
        {"breach: [paper, list]", "breach: []", "bad_value"},
        {"breach: [paper, list]", "breach: Late", "bad_value"},
        {"breach: [paper, list]", "breach: late", NULL},
        {"breach: [paper, list]", "breach: [paper, \"a list\"]", "bad_value"},
        {"party: official", "party: [official]", "bad_value"},
        {"severity: [red, amber]", "severity: []", "bad_value"},
        {"severity: [red, amber]", "severity: [red, amber, red]", "bad_value"},
        {"escalate: [filed, assign]", "escalate: [filed, filed]", "listed_twice"},
        {"escalate: [filed, assign]", "escalate: [zz, zz]", "unknown_name"},
        {"escalate: [filed, assign]", "escalate: [a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q]", "bad_value"},
        {"escalate: [filed, assign]", "escalate: []", NULL},
        {"mode: [以罚代刑, fined instead]", "mode: [以罚代刑, \"\"]", "bad_value"},
        {"mode: [以罚代刑, fined instead]", "mode: [\"\", fined instead]", "bad_value"},
        {"mode: [以罚代刑, fined instead]", "mode: [以罚代刑]", "bad_value"},
        {"severity: amber", "severity: [amber, red]", "unconfirmed_red"},
        {"severity: amber", "severity: [red, none]", "unconfirmed_red"},
    };
    (void)state;
    ASSERT_ROWS(rows);
}

static void statistics__say_what_they_count(void **state)
{
    static const struct row rows[] = {
        {"place: 10,", "place: 10x,", "bad_value"},
        {"place: 10,", "place: 010,", "bad_value"},
        {"place: 10,", "place: a10,", "bad_value"},
        {"place: 10,", "place: \"\",", "bad_value"},
        {"place: 10,", "place: [10],", "bad_value"},
        {"of: in_time, per: judged", "of: in_time, per: fines", "bad_value"},
        {"of: in_time, per: judged", "of: fines, per: judged", "bad_value"},
        {"of: in_time, per: judged", "of: sent, per: taken_in", NULL},
        {"of: in_time, per: judged", "of: rate, per: judged", "bad_value"},
        {"outlier: B3", "outlier: b3", "bad_value"},
        {"en: transfers received", "en: transfers", "term_twice"},
        {"zh: 收到移送", "zh: 移送", "term_twice"},
    };
    (void)state;
    ASSERT_ROWS(rows);
}

static void replaces__say_what_became_of_old_names(void **state)
{
    static const struct row rows[] = {
        {"hint: ~", "hint: null", NULL},
        {"hint: ~", "hint: ", NULL},
        {"hint: ~", "hint: [~]", "unknown_name"},
        {"{ended: [原规则第8条废止, rule 8 was repealed]}", "{over: [原规则第8条废止, rule 8 was repealed]}", "unknown_key"},
        {"{ended: [原规则第8条废止, rule 8 was repealed]}", "{}", "bad_value"},
        {"{ended: [原规则第8条废止, rule 8 was repealed]}", "{ended: [原规则第8条废止]}", "bad_value"},
        {"handing.over: matter.sent", "handing: matter.sent", "bad_value"},
        {"handing.over: matter.sent", "handing.over: matter", "bad_value"},
        {"handing.over: matter.sent", "handing.over: [matter, sent]", "bad_value"},
        {"handing.over: matter.sent", "handing.over: zz.sent", "unknown_name"},
        {"handing.over: matter.sent", "handing.over: matter.zz", "unknown_name"},
        {"handing.over: matter.sent", "handing.Over: matter.sent", "bad_name"},
        {"handing.over: matter.sent", "matter.sent: matter.sent", "bad_value"},
        {"handing.over: matter.sent", "handing.over: filing.open", "bad_value"},
        {"cases: open", "cases: some", "bad_value"},
        {"cases: open", "cases: none", "bad_value"},
        {"A9: A3", "a9: A3", "bad_name"},
        {"A9: A3", "A3: A3", "bad_value"},
        {"5a1bd4e3c0f7426c8c1d8b0a9f4e6d7254b3a2910f8e7d6c5b4a39281706f5e4", "5a1b", "bad_value"},
        {"5a1bd4e3c0f7426c8c1d8b0a9f4e6d7254b3a2910f8e7d6c5b4a39281706f5e4",
         "zz1bd4e3c0f7426c8c1d8b0a9f4e6d7254b3a2910f8e7d6c5b4a39281706f5e4", "bad_value"},
    };
    (void)state;
    ASSERT_ROWS(rows);
}

static void file__is_plain_yaml(void **state)
{
    static const struct row rows[] = {
        {"asked: any}", "asked: &a any}", "yaml_alias"},
        {"states: {assigned", "states: &a {assigned", "yaml_alias"},
        {"asked: [police, court]}", "asked: &a [police, court]}", "yaml_alias"},
        {"asked: [police, court]}", "asked: !!seq [police, court]}", "yaml_tag"},
        {"states: {assigned", "states: !!map {assigned", "yaml_tag"},
        {"asked: any}", "asked: any, [a]: b}", "bad_value"},
        {"sources: {规则: 某规则}", "sources: 规则", "bad_value"},
        {"sources: {规则: 某规则}", "sources: {规则: [某规则]}", "bad_value"},
        {"sources: {规则: 某规则}", "sources: {规则: \"某\\n规则\"}", "bad_value"},
        {"sources: {规则: 某规则}", "sources: {\"\": 某规则}", "bad_value"},
        {"sources: {规则: 某规则}", "sources: {规: 某规, 规则9: 别的规则, 规则: 某规则}", NULL},
        {"cite: 规则7, tag: C}\n  A5", "cite: 规则7(, tag: C}\n  A5", NULL},
        {"reported_only: true", "reported_only: maybe", "bad_value"},
        {"en: halt, roles: police,", "en: halt, roles: a_name_of_more_than_sixty_four_bytes_that_is_cut_when_it_is_shown_to_people,",
         "unknown_name"},
    };
    (void)state;
    ASSERT_ROWS(rows);
}

/* ---- too many ---- */

/* open, MANY times what the format makes of a number, close */
static struct xj_buf many(const char *open, const char *format, const char *close)
{
    struct xj_buf out;
    xj_buf_init(&out, 128 * 1024);
    xj_buf_add_str(&out, open);
    const char *at = strchr(format, '#');
    for (unsigned i = 0; i < MANY; i++) {
        xj_buf_add(&out, format, (size_t)(at - format));
        xj_buf_addf(&out, "%u%s", i, at + 1);
    }
    xj_buf_add_str(&out, close);
    assert_int_equal(out.err, XJ_OK);
    return out;
}

static void lists__of_more_than_the_limit_are_refused(void **state)
{
    static const struct {
        const char *from, *open, *format, *close;
    } lists[] = {
        {"letter: [移送书, letter]\n", "letter: [移送书, letter]\n", "  p#: [文书, paper]\n", ""},
        {"{assigned: [交办, assigned], ", "{assigned: [交办, assigned], ", "s#: [状态, state], ", ""},
        {"sectors: {market", "sectors: {", "s#: 3d, ", "market"},
        {"when: [{duty", "when: [", "{duty: A3, longer: #1d}, ", "{duty"},
        {"gave: transfer, ", "gave: transfer, ", "a#: transfer, ", ""},
        {"ruling: decision, ", "ruling: decision, ", "q#: ~, ", ""},
        {"handing.over: matter.sent, ", "handing.over: matter.sent, ", "handing.s#: matter.sent, ", ""},
        {"acts: [transfer], by: bureau}", "acts: [", "a#, ", "transfer], by: bureau}"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof lists / sizeof lists[0]; i++) {
        struct xj_buf text = read_text(SMALL_YAML), to = many(lists[i].open, lists[i].format, lists[i].close);
        const struct row row = {lists[i].from, xj_buf_cstr(&to), "too_many"};
        struct xj_buf changed = replaced(&text, row.from, row.to);
        assert_row(xj_buf_slice(&changed), nothing(), &row, line_of(&text, row.from));
        xj_buf_free(&text);
        xj_buf_free(&to);
        xj_buf_free(&changed);
    }
}

/* ---- overlays ---- */

static void overlays__set_limits_sectors_and_rows(void **state)
{
    static const struct row rows[] = {
        {"forest: 2d", "Forest: 2d", "bad_name"},
        {"forest: 2d", "forest: []", "bad_value"},
        {"forest: 2d", "forest: [2d, 3d, 4d]", "bad_value"},
        {"forest: 2d", "forest: [2d, 3w]", "bad_value"},
        {"forest: 2d", "forest: [2d, 1d]", "bad_value"},
        {"forest: 2d", "forest: none", NULL},
        {"limit: 2d", "limit: none", "bad_value"},
        {"limit: 2d", "limit: 2w", NULL},
        {"sectors: {forest: 2d, market: [4w, 8w]}", "sectors: {}", NULL},
        {"sectors: {forest: 2d, market: [4w, 8w]}", "sectors: forest", "bad_value"},
        {"enabled: true", "enabled: false", NULL},
        {"enabled: true", "enabled: perhaps", "bad_value"},
        {"A6: {enabled: true, tag: C, cite: 某市办法4}", "A6: 某市办法4", "bad_value"},
        {"A6: {enabled: true, tag: C, cite: 某市办法4}", "A1: {sectors: {forest: 2d}, cite: 某市办法4}", NULL},
        {"duties:", "sources: 办法\nduties:", "bad_value"},
        {"duties:", "sources: {某市办法: 某市的办法}\nduties:", NULL},
        {"duties:", "replaces: 12\nduties:", "bad_value"},
        {"duties:", "replaces: {revision: 12}\nduties:", "bad_value"},
        {"duties:", "replaces: {cases: open}\nduties:", "unknown_key"},
        {"procedure: small\n", "", "overlay_other"},
        {"overlay: demo_city", "overlay: Demo", "bad_name"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct xj_buf text = read_text(SMALL_YAML), overlay = read_text(OVERLAY_YAML),
                      changed = replaced(&overlay, rows[i].from, rows[i].to);
        assert_row(xj_buf_slice(&text), xj_buf_slice(&changed), &rows[i], line_of(&overlay, rows[i].from));
        xj_buf_free(&text);
        xj_buf_free(&overlay);
        xj_buf_free(&changed);
    }
}

static void overlay__with_too_many_sectors_is_refused(void **state)
{
    (void)state;
    struct xj_buf text = read_text(SMALL_YAML), overlay = read_text(OVERLAY_YAML), to = many("forest: 2d, ", "s#: 2d, ", "");
    struct xj_buf changed = replaced(&overlay, "forest: 2d, ", xj_buf_cstr(&to));
    const struct row row = {"forest: 2d, ", xj_buf_cstr(&to), "too_many"};
    assert_row(xj_buf_slice(&text), xj_buf_slice(&changed), &row, line_of(&overlay, row.from));
    xj_buf_free(&text);
    xj_buf_free(&overlay);
    xj_buf_free(&to);
    xj_buf_free(&changed);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(acts__say_who_asks_answers_and_moves),
        cmocka_unit_test(duties__say_when_they_begin_and_end),
        cmocka_unit_test(rules__say_what_they_wait_for),
        cmocka_unit_test(statistics__say_what_they_count),
        cmocka_unit_test(replaces__say_what_became_of_old_names),
        cmocka_unit_test(file__is_plain_yaml),
        cmocka_unit_test(lists__of_more_than_the_limit_are_refused),
        cmocka_unit_test(overlays__set_limits_sectors_and_rows),
        cmocka_unit_test(overlay__with_too_many_sectors_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
