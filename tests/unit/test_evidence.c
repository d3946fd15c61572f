/* Evidence bundles: what the judge says of good and tampered ones, and that the container lets nothing else through.
 * Spec: spec/16-evidence.md. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "schema/evidence/words.h"
#include "tests/unit/evidence_cases.h"
#include "tests/unit/evidence_tamper.h"

#define must(call) assert_int_equal((call), XJ_OK)

/* ---- the list of cases ---- */

#define CODES 128 /* more than there are */

struct tally {
    size_t cases, wrong, malformed, contradicted;
    bool seen[CODES]; /* codes that decided some item, by their place in the table */
};

static char letter(enum xj_ev_verdict v)
{
    return v == XJ_EV_PROVED ? 'p' : v == XJ_EV_NOT_PROVED ? 'n' : 'c';
}

/* "P5:path P6:unplaced": each of these claims is decided by that code. */
static bool codes_fit(const char *codes, const struct xj_ev_result *r)
{
    for (const char *p = codes; *p == 'P'; p += strspn(p, " ")) {
        const int claim = p[1] - '0';
        const size_t n = strcspn(p + 3, " ");
        const char *code = r->claims[claim].code;
        if (strlen(code) != n || memcmp(code, p + 3, n) != 0)
            return false;
        p += 3 + n;
    }
    return true;
}

static void note_code(struct tally *t, const char *code)
{
    for (size_t k = 0; xj_ev_code_at(k) != NULL; k++) {
        assert_true(k < CODES);
        t->seen[k] = t->seen[k] || strcmp(xj_ev_code_at(k)->code, code) == 0;
    }
}

static void note_codes(struct tally *t, const struct xj_ev_result *r)
{
    for (size_t i = 0; i < r->count; i++)
        note_code(t, r->items[i].code);
    for (int c = XJ_CLAIM_ISSUED; c < XJ_CLAIM_END; c++)
        note_code(t, r->claims[c].code);
}

static bool judged_right(struct tally *t, const struct evidence_case *c, const struct xj_bundle *bundles)
{
    struct xj_ev_result r;
    char found[10] = "";
    must(xj_evidence_judge(bundles, c->count, c->root, &r));
    for (int i = 0; i < 9; i++)
        found[i] = letter(r.claims[i + 1].verdict);
    const bool right = strcmp(found, c->verdicts) == 0 && codes_fit(c->codes, &r) && r.contradicted == (strchr(found, 'c') != NULL);
    t->contradicted += r.contradicted;
    if (!right) {
        print_message("%s: expected %s %s, found %s", c->name, c->verdicts, c->codes, found);
        for (int i = XJ_CLAIM_ISSUED; i < XJ_CLAIM_END; i++)
            print_message(" P%d:%s", i, r.claims[i].code);
        print_message("\n");
    }
    note_codes(t, &r);
    xj_ev_result_free(&r);
    return right;
}

static void judge(void *arg, const struct evidence_case *c)
{
    struct tally *t = arg;
    struct xj_bundle bundles[EVIDENCE_FILES_MAX];
    const char *fault = NULL;
    bool right = true;
    t->cases++;
    for (size_t i = 0; i < c->count; i++) {
        const enum xj_err err = xj_bundle_decode(c->files[i], &bundles[i], &fault);
        if (c->malformed != NULL) {
            right = err == XJ_EMALFORMED && strcmp(fault, c->malformed) == 0;
            t->malformed++;
            if (!right)
                print_message("%s: expected %s, found %s\n", c->name, c->malformed, fault != NULL ? fault : "a bundle");
            xj_bundle_free(&bundles[i]);
            t->wrong += !right;
            return;
        }
        if (err != XJ_OK)
            print_message("%s: %s\n", c->name, fault);
        must(err);
    }
    t->wrong += !judged_right(t, c, bundles);
    for (size_t i = 0; i < c->count; i++)
        xj_bundle_free(&bundles[i]);
}

static void evidence_judge__says_of_every_tampered_bundle_what_was_done_to_it(void **state)
{
    struct tally t = {.cases = 0};
    size_t missing = 0;
    (void)state;
    evidence_cases_each(judge, &t);
    assert_int_equal(t.wrong, 0);
    assert_true(t.cases >= 100 && t.malformed >= 20 && t.contradicted >= 45);
    for (size_t k = 0; xj_ev_code_at(k) != NULL; k++) /* every code has a case that reaches it */
        if (!t.seen[k]) {
            print_message("not reached: %s\n", xj_ev_code_at(k)->code);
            missing++;
        }
    assert_int_equal(missing, 0);
}

/* ---- the exporter ---- */

static int up(void **state)
{
    struct evidence_city *e = calloc(1, sizeof *e);
    assert_non_null(e);
    evidence_city_up(e);
    *state = e;
    return 0;
}

static int down(void **state)
{
    evidence_city_down(*state);
    free(*state);
    return 0;
}

static enum xj_err export(struct evidence_city *e, const char *who, struct xj_export_options o, struct xj_buf *ret)
{
    struct node *n = world_agent(e->city->w, who);
    struct xj_export_summary summary;
    struct xj_buf text;
    o.scratch = e->city->dir;
    xj_buf_init(ret, XJ_ZIP_FILE_MAX);
    xj_buf_init(&text, 65536);
    const enum xj_err err = xj_export(n->db, n->log, &o, ret, &summary, &text);
    assert_true(err == XJ_OK || text.n > 0);
    xj_buf_free(&text);
    return err;
}

static void judge_one(const struct evidence_city *e, const struct xj_buf *file, char ret[10])
{
    struct xj_bundle b;
    struct xj_ev_result r;
    const char *fault;
    must(xj_bundle_decode(xj_buf_slice(file), &b, &fault));
    must(xj_evidence_judge(&b, 1, e->city->w->root.public_key, &r));
    for (int i = 0; i < 9; i++)
        ret[i] = letter(r.claims[i + 1].verdict);
    ret[9] = '\0';
    xj_ev_result_free(&r);
    xj_bundle_free(&b);
}

static void export__gives_the_same_bytes_for_the_same_ledger(void **state)
{
    struct evidence_city *e = *state;
    struct xj_buf again;
    evidence_export(e, CITY_BUREAU, 0, true, true, &again);
    assert_true(xj_slice_eq(xj_buf_slice(&again), xj_buf_slice(&e->file[BUREAU_1T])));
    xj_buf_free(&again);
}

static void export__without_keys_shows_only_what_is_sealed(void **state)
{
    struct evidence_city *e = *state;
    struct xj_buf file;
    struct xj_bundle b;
    const char *fault;
    char found[10];
    must(export(e, CITY_BUREAU, (struct xj_export_options){.case_id = e->cases[0]}, &file));
    must(xj_bundle_decode(xj_buf_slice(&file), &b, &fault));
    assert_int_equal(b.salt_count, 0);
    for (size_t i = 0; i < b.file_count; i++)
        assert_true(memcmp(b.files[i].name.p, "objects/", 8) == 0 || xj_slice_is(b.files[i].name, "report.html"));
    xj_bundle_free(&b);
    judge_one(e, &file, found);
    assert_string_equal(found, "pnppnnnnn"); /* this ledger keeps no checkpoint, and nobody signs one */
    xj_buf_free(&file);
}

static void export__with_keys_of_another_agency_neither_opens_nor_signs(void **state)
{
    struct evidence_city *e = *state;
    struct xj_buf file, sealed;
    const struct xj_export_options o = {.case_id = e->cases[0], .keys = &world_agent(e->city->w, CITY_PROC)->keys};
    must(export(e, CITY_BUREAU, (struct xj_export_options){.case_id = e->cases[0]}, &sealed));
    must(export(e, CITY_BUREAU, o, &file));
    assert_true(xj_slice_eq(xj_buf_slice(&file), xj_buf_slice(&sealed)));
    xj_buf_free(&file);
    xj_buf_free(&sealed);
}

static size_t register_of(const struct xj_buf *file)
{
    struct xj_bundle b;
    const char *fault;
    must(xj_bundle_decode(xj_buf_slice(file), &b, &fault));
    const size_t count = b.register_count;
    xj_bundle_free(&b);
    return count;
}

static void export__takes_the_register_as_far_as_it_is_needed_or_asked_for(void **state)
{
    struct evidence_city *e = *state;
    struct node *n = world_agent(e->city->w, CITY_BUREAU);
    struct xj_reg_head head;
    const struct xj_store store = xj_db_store(n->db);
    struct xj_buf file;
    must(xj_reg_head(&store, &head));
    assert_int_equal(register_of(&e->file[BUREAU_1]), head.number); /* calendar and procedure came with the last */
    must(export(e, CITY_BUREAU, (struct xj_export_options){.case_id = e->cases[0], .register_head = head.number}, &file));
    assert_int_equal(register_of(&file), head.number);
    xj_buf_free(&file);
    assert_int_equal(export(e, CITY_BUREAU, (struct xj_export_options){.case_id = e->cases[0], .register_head = head.number + 1}, &file), XJ_ERANGE);
    xj_buf_free(&file);
}

static void export__of_a_case_that_is_not_here_finds_nothing(void **state)
{
    struct evidence_city *e = *state;
    struct xj_buf file;
    struct xj_id other = e->cases[0];
    other.b[15] ^= 1;
    assert_int_equal(export(e, CITY_BUREAU, (struct xj_export_options){.case_id = other}, &file), XJ_ENOTFOUND);
    assert_int_equal(file.n, 0);
    xj_buf_free(&file);
}

static bool holds(struct xj_slice s, const char *part)
{
    return s.n >= strlen(part) && memmem(s.p, s.n, part, strlen(part)) != NULL;
}

static void report__shows_the_case_in_chinese_and_lets_no_text_become_markup(void **state)
{
    struct evidence_city *e = *state;
    struct xj_buf file;
    struct xj_bundle b;
    const char *fault;
    struct xj_slice report = {NULL, 0};
    json_t *request = city_request("transfer_report", NULL, "transfer_report");
    json_object_set_new(json_object_get(request, "body"), "title", json_string("<script>alert('甲')</script>&\"案\""));
    json_object_set_new(json_object_get(request, "body"), "fine", json_integer(123456));
    city_do(e->city, CITY_BUREAU, request);
    must(export(e, CITY_BUREAU, (struct xj_export_options){.case_id = city_case(e->city), .keys = &world_agent(e->city->w, CITY_BUREAU)->keys}, &file));
    must(xj_bundle_decode(xj_buf_slice(&file), &b, &fault));
    for (size_t i = 0; i < b.file_count; i++)
        if (xj_slice_is(b.files[i].name, "report.html"))
            report = b.files[i].bytes;
    assert_true(holds(report, "&lt;script&gt;alert(&#39;甲&#39;)&lt;/script&gt;&amp;&quot;案&quot;"));
    assert_false(holds(report, "<script") || holds(report, "http:") || holds(report, "https:") || holds(report, "src="));
    assert_true(holds(report, "default-src 'none'") && holds(report, "本身不是证据") && holds(report, "移送报告") && holds(report, "1234.56 元"));
    for (int c = XJ_CLAIM_ISSUED; c < XJ_CLAIM_END; c++)
        assert_true(holds(report, xj_ev_claim_words((enum xj_claim)c)->cannot_zh));
    xj_bundle_free(&b);
    xj_buf_free(&file);
}

/* ---- instants ---- */

/* Since when others hold a commitment over the first message of the bureau's bundle, changed in that way. */
static int64_t held_since(struct evidence_city *e, void (*change)(struct tamper *t))
{
    struct xj_buf file;
    struct xj_bundle b;
    struct xj_ev_result r;
    const char *fault;
    const struct xj_ev_item *found = NULL;
    xj_buf_init(&file, XJ_ZIP_FILE_MAX);
    tamper_bundle(e, &e->file[BUREAU_1S], change, &file);
    must(xj_bundle_decode(xj_buf_slice(&file), &b, &fault));
    must(xj_evidence_judge(&b, 1, e->city->w->root.public_key, &r));
    for (size_t i = 0; i < r.count && found == NULL; i++)
        if (r.items[i].claim == XJ_CLAIM_REWRITTEN && r.items[i].about_message)
            found = &r.items[i];
    assert_true(found != NULL && found->verdict == XJ_EV_PROVED && found->has_to);
    const int64_t ms = found->to;
    xj_ev_result_free(&r);
    xj_bundle_free(&b);
    xj_buf_free(&file);
    return ms;
}

static void as_it_is(struct tamper *t)
{
    (void)t;
}

static void evidence_judge__tells_the_earliest_confirmation(void **state)
{
    const int64_t since = held_since(*state, as_it_is);
    assert_true(since > 1);
    assert_int_equal(held_since(*state, tamper_confirmed_again), since - 1000); /* the same statement, confirmed a second before */
    assert_int_equal(held_since(*state, tamper_confirmed_early), 1);            /* a later statement, confirmed before all */
}

/* ---- small pieces ---- */

static void bundle_ending__knows_the_usual_endings_and_calls_the_rest_bin(void **state)
{
    static const char *const names[][2] = {{"移送书.pdf", "pdf"}, {"A.PDF", "pdf"}, {"a.b.docx", "docx"}, {"a.exe", "bin"}, {"pdf", "bin"},
                                           {"", "bin"}, {".", "bin"}, {"a.pdfx", "bin"}, {"a.html", "bin"}, {"x.ofd", "ofd"}};
    (void)state;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        assert_string_equal(xj_bundle_ending(xj_slice_cstr(names[i][0])), names[i][1]);
}

static void words__say_every_code_verdict_and_claim_in_both_languages(void **state)
{
    (void)state;
    for (size_t i = 0; xj_ev_code_at(i) != NULL; i++) {
        const struct xj_ev_words *w = xj_ev_code_at(i);
        assert_true(*w->zh != '\0' && *w->en != '\0' && xj_ev_code_words(w->code) == w);
    }
    assert_string_equal(xj_ev_code_words("no such code")->code, "");
    for (int c = XJ_CLAIM_ISSUED; c < XJ_CLAIM_END; c++) {
        const struct xj_ev_claim_words *w = xj_ev_claim_words((enum xj_claim)c);
        assert_true(w->id[0] == 'P' && w->id[1] == '0' + c && *w->zh && *w->en && *w->cannot_zh && *w->cannot_en);
    }
    assert_string_equal(xj_ev_verdict_word(XJ_EV_CONTRADICTED, false), "contradicted");
    assert_string_equal(xj_ev_verdict_word(XJ_EV_PROVED, true), "已证明");
    assert_ptr_equal(xj_ev_claim_words(XJ_CLAIM_END), xj_ev_claim_words(XJ_CLAIM_INVALID)); /* no claim */
    assert_string_equal(xj_ev_verdict_word((enum xj_ev_verdict)99, false), xj_ev_verdict_word(XJ_EV_INVALID, false));
}

static void evidence_judge__refuses_bundles_of_two_cases(void **state)
{
    struct evidence_city *e = *state;
    struct xj_bundle b[2];
    struct xj_ev_result r;
    const char *fault;
    must(xj_bundle_decode(xj_buf_slice(&e->file[BUREAU_1S]), &b[0], &fault));
    must(xj_bundle_decode(xj_buf_slice(&e->file[BUREAU_2S]), &b[1], &fault));
    assert_int_equal(xj_evidence_judge(b, 2, e->city->w->root.public_key, &r), XJ_ESTATE);
    xj_bundle_free(&b[0]);
    xj_bundle_free(&b[1]);
}

int main(void)
{
    const struct CMUnitTest list[] = {
        cmocka_unit_test(evidence_judge__says_of_every_tampered_bundle_what_was_done_to_it),
        cmocka_unit_test(bundle_ending__knows_the_usual_endings_and_calls_the_rest_bin),
        cmocka_unit_test(words__say_every_code_verdict_and_claim_in_both_languages),
    };
    const struct CMUnitTest in_city[] = {
        cmocka_unit_test(export__gives_the_same_bytes_for_the_same_ledger),
        cmocka_unit_test(export__without_keys_shows_only_what_is_sealed),
        cmocka_unit_test(export__with_keys_of_another_agency_neither_opens_nor_signs),
        cmocka_unit_test(export__takes_the_register_as_far_as_it_is_needed_or_asked_for),
        cmocka_unit_test(export__of_a_case_that_is_not_here_finds_nothing),
        cmocka_unit_test(evidence_judge__refuses_bundles_of_two_cases),
        cmocka_unit_test(evidence_judge__tells_the_earliest_confirmation),
        cmocka_unit_test(report__shows_the_case_in_chinese_and_lets_no_text_become_markup), /* the last: it adds to the ledger */
    };
    const int failed = cmocka_run_group_tests(list, NULL, NULL);
    return failed + cmocka_run_group_tests(in_city, up, down);
}
