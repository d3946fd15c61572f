#include "tests/unit/view_city.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "agents/agent/view/view_private.h"
#include "agents/cli/changes.h"
#include "schema/wire/statement.h"
#include "tests/sim/world_private.h"

static const struct world_agency agencies[] = {
    {CITY_REGISTRAR, "济宁市司法局", "justice", NULL, true},
    {CITY_BUREAU, "济宁市市场监督管理局", "bureau", "market", true},
    {CITY_POLICE, "济宁市公安局", "police", NULL, true},
    {CITY_PROC, "济宁市人民检察院", "procuratorate", NULL, true},
};

int city_up(void **state)
{
    static const struct faults none = {0};
    struct city *c = calloc(1, sizeof *c);
    assert_non_null(c);
    c->w = calloc(1, sizeof *c->w);
    assert_non_null(c->w);
    snprintf(c->dir, sizeof c->dir, "/dev/shm/xianjie-view-XXXXXX");
    assert_non_null(mkdtemp(c->dir));
    assert_int_equal(world_open(c->w, c->dir, 7, &none, agencies, (int)(sizeof agencies / sizeof agencies[0])), XJ_OK);
    *state = c;
    return 0;
}

int city_down(void **state)
{
    struct city *c = *state;
    world_close(c->w);
    free(c->w);
    DIR *dir = opendir(c->dir);
    for (struct dirent *e; dir != NULL && (e = readdir(dir)) != NULL;)
        if (e->d_name[0] != '.')
            (void)unlinkat(dirfd(dir), e->d_name, 0);
    if (dir != NULL)
        closedir(dir);
    (void)rmdir(c->dir);
    free(c);
    return 0;
}

json_t *city_request(const char *act, const char *case_id, const char *papers)
{
    json_t *list = json_array();
    char copy[256], *save = NULL;
    snprintf(copy, sizeof copy, "%s", papers);
    for (char *k = strtok_r(copy, " ", &save); k != NULL; k = strtok_r(NULL, " ", &save))
        json_array_append_new(list, json_pack("{s:s, s:s, s:s, s:s}", "kind", k, "name", k, "media_type", "text/plain",
                                              "content_base64", "5qC35L6L"));
    json_t *r = json_pack("{s:s, s:o, s:{s:s, s:s}}", "act", act, "papers", list, "body", "drafted_by", "甲", "approved_by", "乙");
    json_object_set_new(r, "case", case_id != NULL ? json_string(case_id) : json_null());
    return r;
}

void city_do(struct city *c, const char *who, json_t *request)
{
    json_t *answer = world_act(c->w, who, request, 1000 + ++c->drafts);
    if (answer == NULL)
        fail_msg("the city failed: %s", c->w->failed);
    const char *status = json_string_value(json_object_get(answer, "status"));
    if (strncmp(status, "admitted", 8) != 0) {
        char *text = json_dumps(answer, 0), *asked = json_dumps(request, 0);
        print_error("%s\n%s\n", asked, text);
        free(asked);
        free(text);
        fail();
    }
    snprintf(c->case_id, sizeof c->case_id, "%s", json_string_value(json_object_get(answer, "case")));
    json_decref(answer);
    json_decref(request);
}

void city_history(struct city *c)
{
    json_t *report = city_request("transfer_report", NULL, "transfer_report");
    json_t *body = json_object_get(report, "body");
    json_object_set_new(body, "title", json_string("销售假药案"));
    json_object_set_new(body, "parties", json_pack("[{s:s, s:s}, {s:s, s:s}]", "kind", "person", "name", "张三", "kind", "unit",
                                                   "name", "某某医药有限公司"));
    city_do(c, CITY_BUREAU, report);
    city_do(c, CITY_BUREAU, city_request("transfer_approved", c->case_id, ""));
    json_t *transfer = city_request("transfer", c->case_id, "transfer_letter investigation_report item_list test_report");
    json_object_set_new(transfer, "subjects", json_pack("[{s:s}]", "party", "张三"));
    json_object_set_new(json_object_get(transfer, "body"), "title", json_string("张三销售假药案"));
    city_do(c, CITY_BUREAU, transfer);
    city_do(c, CITY_POLICE, city_request("receipt", c->case_id, "receipt"));
    city_do(c, CITY_POLICE, city_request("acceptance", c->case_id, ""));
    city_do(c, CITY_POLICE, city_request("filed", c->case_id, "filing_decision"));
}

void city_register(struct city *c, const char *kind, const char *id, json_t *value)
{
    struct xj_changes changes;
    struct xj_reg_head head;
    struct xj_buf entry, signature;
    struct node *n = world_agent(c->w, CITY_REGISTRAR);
    assert_int_equal(xj_reg_head(&n->view->store, &head), XJ_OK);
    xj_changes_init(&changes);
    xj_changes_json(&changes, kind, id, value, "/", NULL);
    assert_int_equal(changes.err, XJ_OK);
    xj_buf_init(&entry, XJ_MAX_REGISTER_ENTRY_BYTES);
    xj_buf_init(&signature, XJ_MAX_SIGNATURE_BYTES);
    xj_reg_entry_encode(head.number + 1, c->w->now_ms, &head.digest, changes.list, changes.count, &entry);
    struct xj_hash d = xj_digest(XJ_CTX_REGISTER, xj_buf_slice(&entry));
    xj_sign_one(&c->w->registrar, &d, &signature);
    struct xj_agent_event ev = {.kind = XJ_AE_REGISTER, .bytes = xj_buf_slice(&entry), .signature = xj_buf_slice(&signature)};
    world_agent_batch(c->w, (int)(n - c->w->agent), &ev, false);
    assert_true(world_settle(c->w, 20000));
    for (size_t i = 0; i < sizeof agencies / sizeof agencies[0]; i++) {
        assert_int_equal(xj_reg_head(&world_agent(c->w, agencies[i].id)->view->store, &head), XJ_OK);
        assert_true(xj_hash_eq(&head.digest, &d)); /* it reached everybody */
    }
    xj_buf_free(&entry);
    xj_buf_free(&signature);
    xj_changes_free(&changes);
    json_decref(value);
}

struct xj_ledger_item *city_items(struct city *c, const char *who, size_t *ret_count)
{
    struct node *n = world_agent(c->w, who);
    size_t size = (size_t)xj_log_size(n->log), got = 0;
    struct xj_ledger_item *items = calloc(size, sizeof *items);
    assert_non_null(items);
    while (got < size) {
        size_t count = 0;
        assert_int_equal(xj_ledger_items(n->db, n->log, got, size - got, items + got, &count), XJ_OK);
        assert_true(count > 0);
        got += count;
    }
    *ret_count = size;
    return items;
}

void city_items_free(struct xj_ledger_item *items, size_t count)
{
    for (size_t i = 0; i < count; i++)
        xj_ledger_item_free(&items[i]);
    free(items);
}

void city_view_path(const struct city *c, const char *name, char ret[160])
{
    snprintf(ret, 160, "%s/%s.view", c->dir, name);
}

struct xj_view *city_view(struct city *c, const char *who, const char *name)
{
    struct node *n = world_agent(c->w, who);
    struct xj_view *v = NULL;
    char path[160];
    city_view_path(c, name, path);
    const struct xj_view_options o = {.path = path, .agency = who, .root_key = c->w->anchor.root, .keys = &n->keys, .volatile_ok = true};
    assert_int_equal(xj_view_open(&o, &v, NULL), XJ_OK);
    return v;
}

struct xj_id city_case(const struct city *c)
{
    struct xj_id id;
    assert_true(xj_id_parse(c->case_id, &id));
    return id;
}
