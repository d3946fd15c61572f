/* `verify`, `rebuild`: tools that need no running agent. Spec: spec/10-api.md, section 4. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "agents/agent/view/view.h"
#include "agents/cli/options.h"
#include "agents/cli/rootkey.h"
#include "agents/cli/snapshot.h"
#include "agents/cli/verify_bundle.h"
#include "schema/base/file.h"
#include "schema/ledger/verify.h"

/* ---- verify ---- */

#define VERIFY_USAGE "verify [FILE | BUNDLE.zip …] [--root HEX | --anchor FILE]"

struct verify_out {
    struct xj_cli *cli;
    json_t *checks;
};

static void on_check(void *arg, const struct xj_check_result *r)
{
    struct verify_out *o = arg;
    static const char *const en[] = {"", "ok", "bad", "not checkable here"}, *const zh[] = {"", "通过", "不符", "此处无法查验"};
    const struct xj_cli *cli = o->cli;
    if (cli->json) {
        json_object_set_new(o->checks, r->check, json_pack("{s:s, s:I, s:I, s:s, s:s}", "verdict", en[r->kind], "entry", (json_int_t)r->entry,
                                                           "count", (json_int_t)r->count, "text_zh", r->text_zh ? r->text_zh : "",
                                                           "text_en", r->text_en ? r->text_en : ""));
        return;
    }
    const char *text = cli->zh ? r->text_zh : r->text_en;
    fprintf(cli->out, "%-13s %s (%" PRIu64 ")", r->check, cli->zh ? zh[r->kind] : en[r->kind], r->count);
    if (r->kind == XJ_CHECK_BAD)
        fprintf(cli->out, "  %s %" PRIu64, xj_pick(cli, "条目", "entry"), r->entry);
    fprintf(cli->out, "  %s\n", text != NULL ? text : "");
}

static int verify_file(struct xj_cli *cli, const char *path, const uint8_t root[32])
{
    struct verify_out o = {.cli = cli, .checks = json_object()};
    struct xj_verify_summary s = {0};
    const enum xj_err err = xj_verify_file(path, root, on_check, &o, &s);
    if (err != XJ_OK) {
        xj_tell(cli, "%s：无法查验（%s）", "%s: cannot be examined (%s)", path, xj_err_name(err));
        json_decref(o.checks);
        if (err == XJ_EMALFORMED || err == XJ_ECORRUPT || err == XJ_ECONFIG) /* damaged, or no ledger at all */
            return XJ_EXIT_BAD;
        return err == XJ_ENOTFOUND ? XJ_EXIT_NOT_FOUND : XJ_EXIT_WORLD;
    }
    char root_hex[65];
    xj_hex(s.root.b, 32, root_hex);
    if (cli->json) {
        json_t *j = json_pack("{s:s, s:s, s:I, s:s, s:b, s:O}", "file", path, "owner", s.owner, "entries", (json_int_t)s.entries, "root",
                              root_hex, "ok", s.ok, "checks", o.checks);
        xj_cli_print_json(cli, j);
        json_decref(j);
    } else {
        fprintf(cli->out, "%s: %" PRIu64 " %s %s: %s\n", s.owner, s.entries, xj_pick(cli, "条，根", "entries, root"), root_hex, s.ok ? xj_pick(cli, "全部相符", "all well") : xj_pick(cli, "有不符之处", "something is bad"));
    }
    json_decref(o.checks);
    return s.ok ? XJ_EXIT_OK : XJ_EXIT_BAD;
}

int xj_cmd_verify(struct xj_cli *cli, int argc, char **argv)
{
    const char *hex = NULL, *anchor = NULL;
    int n;
    uint8_t root[32];
    const struct xj_option options[] = {{.name = "root", .value = &hex}, {.name = "anchor", .value = &anchor}};
    int rc = xj_options(cli, argc, argv, options, 2, VERIFY_USAGE, &n);
    if (rc != XJ_EXIT_OK)
        return rc;
    bool bundles = n > 0;
    for (int i = 1; i <= n; i++)
        bundles = bundles && xj_is_bundle(argv[i]);
    if (n > 1 && !bundles)
        return xj_usage(cli, VERIFY_USAGE);
    if ((rc = xj_cli_root_key(cli, hex, anchor, VERIFY_USAGE, root)) != XJ_EXIT_OK)
        return rc;
    if (bundles)
        return xj_verify_bundles(cli, argv + 1, (size_t)n, root);
    if (n == 1)
        return verify_file(cli, argv[1], root);
    struct xj_snapshot snapshot = {0};
    if ((rc = xj_snapshot_take(cli, &snapshot)) == XJ_EXIT_OK)
        rc = verify_file(cli, snapshot.path, root);
    xj_snapshot_drop(&snapshot);
    return rc;
}

/* ---- rebuild ---- */

struct rebuild {
    struct xj_db *db;
    struct xj_log *log;
    struct xj_view *view;
    struct xj_agency_keys keys;
    struct xj_hash before, after;
    uint64_t entries;
};

static enum xj_err fold_all(struct rebuild *r)
{
    struct xj_ledger_item items[64];
    size_t count = 0;
    enum xj_err err;
    do {
        err = xj_ledger_items(r->db, r->log, xj_view_applied(r->view), 64, items, &count);
        if (err == XJ_OK && count > 0)
            err = xj_view_apply(r->view, items, count);
        for (size_t i = 0; i < count; i++)
            xj_ledger_item_free(&items[i]);
    } while (err == XJ_OK && count > 0);
    return err;
}

static enum xj_err rebuild_open(struct rebuild *r, const char *data, struct xj_buf *text)
{
    char path[4096];
    enum xj_err err = xj_agency_keys_load(data, &r->keys, text);
    if (err != XJ_OK)
        return err;
    snprintf(path, sizeof path, "%s/ledger.db", data);
    const struct xj_db_options o = {.path = path, .format = "xianjie ledger 1", .read_only = true};
    if ((err = xj_db_open(&o, xj_env_system(), &r->db, text)) != XJ_OK || (err = xj_log_open(r->db, &r->log)) != XJ_OK)
        return err;
    char view[4096];
    snprintf(view, sizeof view, "%s/view.db", data);
    const struct xj_view_options v = {.path = view, .agency = xj_db_owner(r->db), .root_key = xj_db_root_key(r->db), .keys = &r->keys};
    return xj_view_open(&v, &r->view, text);
}

/* First what the old view lacks, so that both digests speak of the same ledger; then all of it from nothing. */
static enum xj_err rebuild_run(struct rebuild *r)
{
    r->entries = xj_log_size(r->log);
    enum xj_err err = fold_all(r);
    if (err == XJ_OK)
        err = xj_view_digest(r->view, false, &r->before);
    if (err == XJ_OK)
        err = xj_view_clear(r->view);
    if (err == XJ_OK)
        err = fold_all(r);
    return err == XJ_OK ? xj_view_digest(r->view, false, &r->after) : err;
}

static int rebuild_tell(struct xj_cli *cli, const struct rebuild *r)
{
    char before[65], after[65];
    const bool same = xj_hash_eq(&r->before, &r->after);
    xj_hex(r->before.b, 32, before);
    xj_hex(r->after.b, 32, after);
    if (cli->json) {
        json_t *j = json_pack("{s:I, s:s, s:s, s:b}", "entries", (json_int_t)r->entries, "before", before, "after", after, "same", same);
        xj_cli_print_json(cli, j);
        json_decref(j);
    } else {
        fprintf(cli->out, "%" PRIu64 " %s\n%s %s\n%s %s\n%s\n", r->entries, xj_pick(cli, "条", "entries"), xj_pick(cli, "重建前", "before"),
                before, xj_pick(cli, "重建后", "after"), after, same ? xj_pick(cli, "一致", "the same") : xj_pick(cli, "不一致：旧视图有误，已由账本重建", "different: the old view was wrong, the new one stands"));
    }
    return same ? XJ_EXIT_OK : XJ_EXIT_BAD;
}

int xj_cmd_rebuild(struct xj_cli *cli, int argc, char **argv)
{
    int n, rc = xj_options(cli, argc, argv, NULL, 0, "rebuild", &n);
    if (rc != XJ_EXIT_OK)
        return rc;
    const char *data = n == 0 ? xj_cli_data(cli) : NULL;
    if (data == NULL)
        return n == 0 ? XJ_EXIT_USAGE : xj_usage(cli, "rebuild");
    struct rebuild r = {0};
    struct xj_buf text;
    xj_buf_init(&text, 65536);
    enum xj_err err = rebuild_open(&r, data, &text);
    if (err == XJ_ESTATE)
        xj_buf_addf(&text, "\n请先停止机关端 / stop the agent first\n");
    if (err == XJ_OK)
        err = rebuild_run(&r);
    rc = err == XJ_OK ? rebuild_tell(cli, &r) : xj_fail(cli, err, &text);
    xj_view_close(r.view);
    xj_log_close(r.log);
    xj_db_close(r.db);
    xj_agency_keys_wipe(&r.keys);
    xj_buf_free(&text);
    return rc;
}
