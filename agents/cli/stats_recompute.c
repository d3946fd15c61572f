/* `stats --recompute`: the same report once more, from a ledger alone. Spec: spec/14-statistics.md, section 8. */
#include <inttypes.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "agents/agent/view/stats.h"
#include "agents/cli/json_in.h"
#include "agents/cli/look.h"
#include "agents/cli/snapshot.h"
#include "agents/cli/stats_sheet.h"
#include "schema/base/file.h"

#define REPORT_BYTES XJ_CLIENT_ANSWER_BYTES
#define DIFFERENCES 5u
#define STEP 64u

struct again {
    struct xj_cli *cli;
    const json_t *report;
    struct xj_stats_query q;
    uint64_t size;
    struct xj_agency_keys keys;
    struct xj_db *db;
    struct xj_log *log;
    struct xj_view *view;
    char *dir, *path; /* of the scratch view, beside the ledger that holds the keys to what it shows */
};

/* ---- the report ---- */

/* {"digest", "report"}, as `stats --json` prints it; its digest must be that of its bytes. */
static int read_report(struct xj_cli *cli, const char *path, json_t **ret)
{
    struct xj_buf bytes, text;
    struct xj_hash digest;
    char hex[65] = "";
    *ret = NULL;
    enum xj_err err = xj_file_read(path, REPORT_BYTES, &bytes);
    if (err != XJ_OK) {
        xj_tell(cli, "%s：读不出（%s）", "%s: cannot be read (%s)", path, xj_err_name(err));
        return err == XJ_ENOTFOUND ? XJ_EXIT_NOT_FOUND : XJ_EXIT_USAGE;
    }
    xj_buf_init(&text, 4096);
    *ret = xj_json_in(xj_buf_slice(&bytes), path, &text);
    int rc = *ret != NULL ? XJ_EXIT_OK : xj_fail(cli, XJ_EMALFORMED, &text);
    xj_buf_free(&text);
    xj_buf_free(&bytes);
    if (rc == XJ_EXIT_OK && !json_is_object(json_object_get(*ret, "report"))) {
        xj_tell(cli, "%s：不是统计报表", "%s: no report of statistics", path);
        rc = XJ_EXIT_USAGE;
    }
    if (rc == XJ_EXIT_OK && xj_stats_digest(json_object_get(*ret, "report"), &digest) == XJ_OK)
        xj_hex(digest.b, sizeof digest.b, hex);
    if (rc == XJ_EXIT_OK && strcmp(hex, xj_look_str(*ret, "digest")) != 0) {
        xj_tell(cli, "报表被改动过：内容的摘要是 %s", "the report was altered: the digest of its content is %s", hex);
        rc = XJ_EXIT_BAD;
    }
    return rc;
}

static int read_query(struct again *a)
{
    const json_t *query = json_object_get(a->report, "query"), *basis = json_object_get(a->report, "basis");
    bool good = json_is_object(query) && json_integer_value(json_object_get(basis, "ledger_size")) > 0;
    xj_stats_query_init(&a->q);
    for (size_t i = 0; good && xj_stats_query_keys[i] != NULL; i++)
        good = xj_stats_query_set(&a->q, xj_stats_query_keys[i], xj_slice_cstr(xj_look_str(query, xj_stats_query_keys[i])));
    a->size = (uint64_t)json_integer_value(json_object_get(basis, "ledger_size"));
    if (good)
        return XJ_EXIT_OK;
    xj_tell(a->cli, "报表没有写明问的是什么或者依据哪个账本", "the report does not say what was asked, or which ledger it rests on");
    return XJ_EXIT_USAGE;
}

/* ---- the ledger, folded ---- */

static enum xj_err open_ledger(struct again *a, const char *ledger, struct xj_buf *text)
{
    const struct xj_db_options o = {.path = ledger, .format = "xianjie ledger 1", .read_only = true};
    enum xj_err err = xj_agency_keys_load(a->cli->data, &a->keys, text);
    if (err == XJ_OK)
        err = xj_db_open(&o, xj_env_system(), &a->db, text);
    if (err != XJ_OK)
        return err;
    err = xj_log_open(a->db, &a->log);
    if (err != XJ_OK)
        xj_buf_addf(text, "账本不完整或者被改动过 / the ledger is damaged, or an entry is missing\n");
    else if (strcmp(xj_db_owner(a->db), xj_look_str(json_object_get(a->report, "basis"), "agency")) != 0)
        err = XJ_ECORRUPT, xj_buf_addf(text, "账本是 %s 的，不是出具报表的机关的 / the ledger is that of %s, not of the agency that reported\n",
                                       xj_db_owner(a->db), xj_db_owner(a->db));
    else if (xj_log_size(a->log) < a->size)
        err = XJ_ECORRUPT, xj_buf_addf(text, "账本只有 %" PRIu64 " 条，报表依据 %" PRIu64 " 条 / the ledger holds %" PRIu64 " entries, the report rests on %" PRIu64 "\n",
                                       xj_log_size(a->log), a->size, xj_log_size(a->log), a->size);
    return err;
}

static enum xj_err open_view(struct again *a, struct xj_buf *text)
{
    if (asprintf(&a->dir, "%s/recompute-XXXXXX", a->cli->data) < 0)
        return XJ_ENOMEM;
    if (mkdtemp(a->dir) == NULL) { /* readable by its owner only: the view holds opened bodies */
        free(a->dir);
        a->dir = NULL;
        return XJ_EIO;
    }
    if (asprintf(&a->path, "%s/view.db", a->dir) < 0)
        return XJ_ENOMEM;
    const struct xj_view_options v = {.path = a->path, .agency = xj_db_owner(a->db), .root_key = xj_db_root_key(a->db), .keys = &a->keys,
                                      .volatile_ok = true};
    return xj_view_open(&v, &a->view, text);
}

static enum xj_err fold(struct again *a, struct xj_buf *text)
{
    struct xj_ledger_item items[STEP];
    uint64_t applied = 0;
    enum xj_err err = XJ_OK;
    while (err == XJ_OK && applied < a->size) {
        size_t count = 0, want = a->size - applied < STEP ? (size_t)(a->size - applied) : STEP;
        err = xj_ledger_items(a->db, a->log, applied, want, items, &count);
        if (err == XJ_OK && count == 0)
            err = XJ_ECORRUPT;
        if (err == XJ_OK)
            err = xj_view_apply(a->view, items, count);
        for (size_t i = 0; i < count; i++)
            xj_ledger_item_free(&items[i]);
        applied += err == XJ_OK ? count : 0;
    }
    if (err == XJ_ECORRUPT || err == XJ_ENOTFOUND || err == XJ_ESTATE) {
        xj_buf_addf(text, "账本第 %" PRIu64 " 条之后不完整 / the ledger is not whole behind entry %" PRIu64 "\n", applied, applied);
        err = XJ_ECORRUPT;
    }
    return err;
}

static void close_again(struct again *a)
{
    static const char *const tails[] = {"", "-wal", "-shm", "-journal"};
    xj_view_close(a->view);
    for (size_t i = 0; a->path != NULL && i < sizeof tails / sizeof tails[0]; i++) {
        char *path = NULL;
        if (asprintf(&path, "%s%s", a->path, tails[i]) >= 0)
            (void)unlink(path);
        free(path);
    }
    if (a->dir != NULL)
        (void)rmdir(a->dir);
    free(a->path);
    free(a->dir);
    xj_log_close(a->log);
    xj_db_close(a->db);
    xj_agency_keys_wipe(&a->keys);
}

/* ---- the comparison ---- */

struct difference {
    struct xj_cli *cli;
    size_t told;
    json_t *list; /* with --json: {"at", "was", "is"} */
};

static void tell_one(struct difference *d, const char *at, const json_t *was, const json_t *is)
{
    d->told++;
    if (d->list != NULL) {
        json_array_append_new(d->list, json_pack("{s:s, s:O?, s:O?}", "at", at, "was", was, "is", is));
        return;
    }
    char *a = was != NULL ? json_dumps(was, JSON_COMPACT | JSON_ENCODE_ANY | JSON_SORT_KEYS) : NULL,
         *b = is != NULL ? json_dumps(is, JSON_COMPACT | JSON_ENCODE_ANY | JSON_SORT_KEYS) : NULL;
    xj_print(d->cli, "%s：报表 %.200s，重算 %.200s\n", "%s: the report says %.200s, computed anew it is %.200s\n", at, a != NULL ? a : "-",
             b != NULL ? b : "-");
    free(a);
    free(b);
}

static void compare(struct difference *d, struct xj_buf *at, const json_t *was, const json_t *is);

static void compare_under(struct difference *d, struct xj_buf *at, const char *key, size_t index, const json_t *was, const json_t *is)
{
    struct xj_buf below;
    xj_buf_init(&below, 4096);
    xj_buf_add_slice(&below, xj_buf_slice(at));
    if (key != NULL)
        xj_buf_addf(&below, "%s%s", at->n > 0 ? "." : "", key);
    else
        xj_buf_addf(&below, "[%zu]", index);
    compare(d, &below, was, is);
    xj_buf_free(&below);
}

static void compare_objects(struct difference *d, struct xj_buf *at, const json_t *was, const json_t *is)
{
    const char *key;
    json_t *value;
    json_t *left = (json_t *)(uintptr_t)was, *right = (json_t *)(uintptr_t)is; /* jansson's loops want them so; nothing is changed */
    json_object_foreach(left, key, value)
        compare_under(d, at, key, 0, value, json_object_get(is, key));
    json_object_foreach(right, key, value)
        if (json_object_get(was, key) == NULL)
            compare_under(d, at, key, 0, NULL, value);
}

static void compare(struct difference *d, struct xj_buf *at, const json_t *was, const json_t *is)
{
    if (d->told == DIFFERENCES || json_equal(was, is))
        return;
    if (json_is_object(was) && json_is_object(is)) {
        compare_objects(d, at, was, is);
        return;
    }
    if (!json_is_array(was) || !json_is_array(is)) {
        const char *where = xj_buf_cstr(at);
        tell_one(d, where != NULL ? where : "?", was, is);
        return;
    }
    const size_t n = json_array_size(was) > json_array_size(is) ? json_array_size(was) : json_array_size(is);
    for (size_t i = 0; i < n; i++)
        compare_under(d, at, NULL, i, json_array_get(was, i), json_array_get(is, i));
}

static void print_judgement(struct again *a, bool same, const char *digest, struct difference *d)
{
    json_t *made = json_pack("{s:b, s:I, s:s, s:O}", "identical", same, "entries", (json_int_t)a->size, "digest", digest, "differences", d->list);
    xj_cli_print_json(a->cli, made);
    json_decref(made);
}

static int judge(struct again *a, const json_t *answer)
{
    struct difference d = {.cli = a->cli, .list = a->cli->json ? json_array() : NULL};
    struct xj_buf at;
    const char *digest = xj_look_str(answer, "digest");
    const bool same = json_equal(json_object_get(answer, "report"), a->report); /* the digest of both was made of the same bytes then */
    if (!a->cli->json && same)
        xj_print(a->cli, "一致：由账本前 %llu 条重算，摘要 %s\n", "identical: computed anew from %llu entries, digest %s\n", (unsigned long long)a->size, digest);
    else if (!a->cli->json)
        xj_print(a->cli, "不一致：重算的摘要是 %s\n", "different: computed anew the digest is %s\n", digest);
    xj_buf_init(&at, 4096);
    compare(&d, &at, a->report, json_object_get(answer, "report"));
    xj_buf_free(&at);
    if (a->cli->json)
        print_judgement(a, same, digest, &d);
    json_decref(d.list);
    return same ? XJ_EXIT_OK : XJ_EXIT_BAD;
}

static int run(struct again *a, const char *ledger)
{
    struct xj_buf text;
    json_t *answer = NULL;
    xj_buf_init(&text, 64 * 1024);
    enum xj_err err = open_ledger(a, ledger, &text);
    if (err == XJ_OK)
        err = open_view(a, &text);
    if (err == XJ_OK)
        err = fold(a, &text);
    if (err == XJ_OK && (err = xj_render_stats(a->view, &a->q, &answer)) == XJ_ENOTFOUND) {
        xj_buf_addf(&text, "账本里没有报表所用的程序 / the ledger does not hold the procedure of the report\n");
        err = XJ_ECORRUPT;
    }
    int rc = err == XJ_OK ? judge(a, answer) : xj_fail(a->cli, err, &text);
    json_decref(answer);
    xj_buf_free(&text);
    return rc;
}

int xj_stats_recompute(struct xj_cli *cli, const char *report_path, const char *ledger_path)
{
    struct again a = {.cli = cli};
    struct xj_snapshot snapshot = {NULL, NULL};
    json_t *file = NULL;
    if (xj_cli_data(cli) == NULL)
        return XJ_EXIT_USAGE;
    int rc = read_report(cli, report_path, &file);
    a.report = json_object_get(file, "report");
    if (rc == XJ_EXIT_OK)
        rc = read_query(&a);
    if (rc == XJ_EXIT_OK && ledger_path == NULL && (rc = xj_snapshot_take(cli, &snapshot)) == XJ_EXIT_OK)
        ledger_path = snapshot.path;
    if (rc == XJ_EXIT_OK)
        rc = run(&a, ledger_path);
    close_again(&a);
    xj_snapshot_drop(&snapshot);
    json_decref(file);
    return rc;
}
