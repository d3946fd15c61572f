#include "tests/unit/evidence_city.h"

#include <stdlib.h>
#include <string.h>

#include "schema/base/civil.h"
#include "schema/ledger/told.h"

#define must(call) assert_int_equal((call), XJ_OK)
#define TRANSFER_PAPERS "transfer_letter investigation_report item_list test_report"

void evidence_export(struct evidence_city *e, const char *who, size_t case_index, bool sequence, bool told, struct xj_buf *ret)
{
    struct node *n = world_agent(e->city->w, who);
    struct xj_export_summary summary;
    struct xj_buf text;
    const struct xj_export_options o = {.case_id = e->cases[case_index], .with_sequence = sequence, .with_told = told,
                                        .keys = &n->keys, .scratch = e->city->dir};
    xj_buf_init(ret, XJ_ZIP_FILE_MAX);
    xj_buf_init(&text, 65536);
    must(xj_export(n->db, n->log, &o, ret, &summary, &text));
    assert_false(summary.contradicted);
    xj_buf_free(&text);
}

static void transfer(struct evidence_city *e, const char *title)
{
    struct city *c = e->city;
    json_t *report = city_request("transfer_report", NULL, "transfer_report");
    json_object_set_new(json_object_get(report, "body"), "title", json_string(title));
    city_do(c, CITY_BUREAU, report);
    city_do(c, CITY_BUREAU, city_request("transfer_approved", c->case_id, ""));
    city_do(c, CITY_BUREAU, city_request("transfer", c->case_id, TRANSFER_PAPERS));
    city_do(c, CITY_POLICE, city_request("receipt", c->case_id, "receipt"));
}

/* That the bureau was told of something in a case. */
static void tell(struct evidence_city *e, size_t case_index)
{
    struct xj_buf head;
    struct xj_told t = {.event = XJ_TOLD_RAISED, .case_id = e->cases[case_index], .name = xj_slice_cstr("R7"),
                        .answerable = xj_slice_cstr(CITY_BUREAU), .trigger = e->cases[case_index], .severity = 4,
                        .at_ms = e->city->w->now_ms, .by = xj_slice_cstr(""), .reason = xj_slice_cstr("")};
    xj_told_key(t.case_id, t.name, xj_slice_cstr(""), t.trigger, t.answerable, t.key);
    xj_buf_init(&head, 4096);
    xj_told_encode(&t, &head);
    must(head.err);
    assert_int_not_equal(world_tell(e->city->w, world_agent(e->city->w, CITY_BUREAU), xj_buf_slice(&head)), 0);
    xj_buf_free(&head);
}

void evidence_city_up(struct evidence_city *e)
{
    void *state = NULL;
    memset(e, 0, sizeof *e);
    assert_int_equal(city_up(&state), 0);
    e->city = state;
    city_history(e->city);
    e->cases[0] = city_case(e->city);
    transfer(e, "第二案");
    e->cases[1] = city_case(e->city);
    tell(e, 0);
    tell(e, 1);
    e->city->w->now_ms += 10 * XJ_DAY_MS;
    assert_true(world_settle(e->city->w, 20000));
    transfer(e, "第三案");
    e->cases[2] = city_case(e->city);
    assert_true(world_settle(e->city->w, 20000));
    evidence_export(e, CITY_BUREAU, 0, true, false, &e->file[BUREAU_1S]);
    evidence_export(e, CITY_BUREAU, 0, false, false, &e->file[BUREAU_1]);
    evidence_export(e, CITY_BUREAU, 0, true, true, &e->file[BUREAU_1T]);
    evidence_export(e, CITY_POLICE, 0, true, false, &e->file[POLICE_1S]);
    evidence_export(e, CITY_POLICE, 0, false, false, &e->file[POLICE_1]);
    evidence_export(e, CITY_PROC, 0, false, false, &e->file[PROC_1]);
    evidence_export(e, CITY_BUREAU, 1, true, false, &e->file[BUREAU_2S]);
}

void evidence_city_destroy(struct evidence_city *e, size_t case_index)
{
    char hex[2 * XJ_ID_SIZE + 1];
    xj_hex(e->cases[case_index].b, XJ_ID_SIZE, hex);
    city_register(e->city, "order", "00112233445566778899aabbccddeeff",
                  json_pack("{s:s, s:s, s:s, s:s, s:i, s:{s:s}}", "kind", "destroy", "number", "1号", "basis", "依法", "organ", CITY_REGISTRAR,
                            "date", 20000, "case", "hex", hex));
}

void evidence_city_down(struct evidence_city *e)
{
    void *state = e->city;
    for (size_t i = 0; i < EVIDENCE_FILES; i++)
        xj_buf_free(&e->file[i]);
    assert_int_equal(city_down(&state), 0);
}
