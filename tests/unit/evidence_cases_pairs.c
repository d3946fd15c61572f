#include <string.h>

#include "tests/unit/evidence_cases_private.h"

#define must(call) assert_int_equal((call), XJ_OK)

static void no_checkpoint_nor_transfer(struct tamper *t)
{
    tamper_act_gone(t);
    tamper_checkpoint_gone(t);
}

/* A checkpoint of so many milliseconds after the transfer was admitted, and no transfer. */
static void checkpoint_after(struct tamper *t, int64_t ms)
{
    struct xj_admitted *a = forge_take_answer(t);
    forge_checkpoint(t, &t->owner->keys.sign, a->time_ms + ms);
    free(a);
    tamper_act_gone(t);
}

static void checkpoint_within_tolerance(struct tamper *t) { checkpoint_after(t, 600000); }
static void checkpoint_past_tolerance(struct tamper *t) { checkpoint_after(t, 600001); }

/* Another act has the number of the transfer. */
static void another_in_its_place(struct tamper *t)
{
    struct xj_header *h = tamper_header(t, tamper_message(t, "transfer"));
    const uint64_t number = h->number;
    free(h);
    tamper_act_gone(t);
    forge_add_message(t, "transfer_report", number, 0);
}

/* ---- the list ---- */

static const struct {
    const char *name;
    enum evidence_file files[2];
    void (*tamper[2])(struct tamper *t);
    const char *verdicts, *codes;
} pairs[] = {
    {"pair-first-unanswered", {BUREAU_1S, POLICE_1S}, {tamper_answer_gone, NULL}, "ppnpnpppn", "P3:unanswered P5:unanswered"},
    /* Who has no checkpoint, or one of about the time, need not have what was admitted then. */
    {"pair-no-checkpoint", {POLICE_1S, BUREAU_1}, {NULL, no_checkpoint_nor_transfer}, "ppppnnpnn", "P5:checkpoint P6:checkpoint_absent"},
    {"pair-checkpoint-within", {POLICE_1S, BUREAU_1}, {NULL, checkpoint_within_tolerance}, "ppppnppnn", "P5:sequence_absent"},
    {"pair-checkpoint-past", {POLICE_1S, BUREAU_1}, {NULL, checkpoint_past_tolerance}, "ppppcpcnn", "P5:missing P7:missing"},
    /* Nor what nobody admitted. */
    {"pair-unanswered-gone", {POLICE_1S, BUREAU_1}, {tamper_answer_gone, tamper_act_gone}, "nnnnnppnn", "P1:unanswered P5:unanswered"},
    {"pair-unanswered-replaced", {POLICE_1S, BUREAU_1}, {tamper_answer_gone, another_in_its_place}, "nnnncncnn", "P7:missing"},
};

void evidence_cases_pairs(struct evidence_city *e, evidence_case_visit *visit, void *arg)
{
    for (size_t i = 0; i < sizeof pairs / sizeof pairs[0]; i++) {
        struct evidence_case c = {.name = pairs[i].name, .count = 2, .verdicts = pairs[i].verdicts, .codes = pairs[i].codes};
        struct xj_buf changed[2];
        memcpy(c.root, e->city->w->root.public_key, 32);
        for (size_t k = 0; k < 2; k++) {
            const struct xj_buf *good = &e->file[pairs[i].files[k]];
            xj_buf_init(&changed[k], XJ_ZIP_FILE_MAX);
            if (pairs[i].tamper[k] != NULL)
                tamper_bundle(e, good, pairs[i].tamper[k], &changed[k]);
            else
                xj_buf_add_slice(&changed[k], xj_buf_slice(good));
            must(changed[k].err);
            c.files[k] = xj_buf_slice(&changed[k]);
        }
        visit(arg, &c);
        xj_buf_free(&changed[0]);
        xj_buf_free(&changed[1]);
    }
}
