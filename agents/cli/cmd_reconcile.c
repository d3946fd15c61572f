/* `xianjie reconcile A B`: two accounts held against each other. Spec: spec/17-reconcile.md, section 6. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "agents/cli/options.h"
#include "agents/cli/rootkey.h"
#include "agents/cli/snapshot.h"
#include "schema/ledger/reconcile.h"
#include "schema/ledger/verify.h"

#define USAGE "reconcile [A] B [--root HEX | --anchor FILE] [--quick]"

struct side {
    const char *path;
    struct xj_account *account;
    bool verified, sound; /* looked at by itself, and found good */
    struct xj_check_result bad; /* the first check that failed, with copies of nothing: check and texts are static */
};
struct job {
    struct xj_cli *cli;
    uint8_t root[32];
    bool quick;
    struct side side[2];
    struct xj_reconciled found;
};

/* ---- each account by itself ---- */

static void on_check(void *arg, const struct xj_check_result *r)
{
    struct side *s = arg;
    if (r->kind == XJ_CHECK_BAD && s->bad.check == NULL)
        s->bad = *r;
}

static int cannot(const struct job *j, const char *path, enum xj_err err, struct xj_buf *text)
{
    xj_tell(j->cli, "%s：不能作为账目打开（%s）", "%s: cannot be opened as an account (%s)", path, xj_err_name(err));
    if (text != NULL && text->n > 0)
        (void)xj_fail(j->cli, err, text);
    return err == XJ_ENOTFOUND ? XJ_EXIT_NOT_FOUND : err == XJ_ENOMEM || err == XJ_EIO ? XJ_EXIT_WORLD : XJ_EXIT_BAD;
}

static int open_side(struct job *j, struct side *s)
{
    struct xj_buf text;
    struct xj_verify_summary summary;
    xj_buf_init(&text, 4096);
    enum xj_err err = xj_account_open(s->path, j->root, &s->account, &text);
    if (err == XJ_OK && !j->quick && s->account->kind != XJ_ACCOUNT_NOTE) {
        err = xj_verify_file(s->path, j->root, on_check, s, &summary);
        s->verified = true;
        s->sound = err == XJ_OK && summary.ok;
    }
    const int rc = err == XJ_OK ? XJ_EXIT_OK : cannot(j, s->path, err, &text);
    xj_buf_free(&text);
    return rc;
}

static bool good(const struct job *j)
{
    bool all = j->found.differing == 0 && j->found.open == 0;
    for (size_t i = 0; i < 2; i++)
        all = all && (!j->side[i].verified || j->side[i].sound);
    return all;
}

/* ---- for people ---- */

static const char *kind_word(const struct xj_cli *cli, const struct xj_account *a)
{
    return a->kind == XJ_ACCOUNT_JOURNAL ? xj_pick(cli, "流水", "journal") : a->kind == XJ_ACCOUNT_NOTE ? xj_pick(cli, "检查点", "checkpoint") : xj_pick(cli, "账本", "ledger");
}

static void print_side(const struct job *j, unsigned i)
{
    const struct xj_cli *cli = j->cli;
    const struct side *s = &j->side[i];
    fprintf(cli->out, "%s  %s  %s %s, %" PRIu64 " %s", i == 0 ? "A" : "B", s->path, s->account->owner, kind_word(cli, s->account), s->account->size,
            xj_pick(cli, "条", "entries"));
    if (s->verified && s->sound)
        fprintf(cli->out, "  %s\n", xj_pick(cli, "自身核验通过", "verifies by itself"));
    else if (s->verified)
        fprintf(cli->out, "  %s %s %s %" PRIu64 "  %s\n", xj_pick(cli, "自身核验不符：", "bad by itself:"), s->bad.check, xj_pick(cli, "条目", "entry"), s->bad.entry,
                xj_pick(cli, s->bad.text_zh, s->bad.text_en));
    else
        fputc('\n', cli->out);
}

static const char *verdict_word(enum xj_finding_kind kind, bool zh)
{
    static const char *const en[] = {"", "differs", "open", "not checkable here"}, *const zhs[] = {"", "不一致", "未齐", "此处无法查验"};
    return (zh ? zhs : en)[kind <= XJ_FINDING_NOT_CHECKABLE ? kind : XJ_FINDING_INVALID];
}

static bool alike(const struct xj_reconcile_finding *a, const struct xj_reconcile_finding *b)
{
    return strcmp(a->code, b->code) == 0 && a->lacking == b->lacking && memcmp(a->is_signed, b->is_signed, sizeof a->is_signed) == 0 &&
           strcmp(a->agency, b->agency) == 0;
}

static void print_one(const struct job *j, const struct xj_reconcile_finding *f, size_t same)
{
    const struct xj_cli *cli = j->cli;
    const struct xj_reconcile_words *w = xj_reconcile_words(f->code);
    char id[XJ_ID_TEXT];
    struct xj_buf proof;
    fprintf(cli->out, "%s  %s", verdict_word(f->kind, cli->zh), xj_pick(cli, w->zh, w->en));
    if (f->about != XJ_ABOUT_NOTHING)
        fprintf(cli->out, "  %s #%" PRIu64, f->agency[0] != '\0' ? f->agency : xj_pick(cli, "登记簿", "register"), f->number);
    if (f->about == XJ_ABOUT_MESSAGE) {
        xj_id_format(&f->id, id);
        fprintf(cli->out, " %s", id);
    }
    for (unsigned i = 0; i < 2; i++)
        if (f->entry[i] != 0)
            fprintf(cli->out, "  %s %s %" PRIu64, i == 0 ? "A" : "B", xj_pick(cli, "条目", "entry"), f->entry[i]);
    if (same > 1)
        xj_print(cli, "（等 %zu 项）", " (and %zu in all)", same);
    fputc('\n', cli->out);
    xj_buf_init(&proof, 4096);
    xj_reconcile_proof(f, cli->zh, "A", "B", &proof);
    if (proof.n > 0 && proof.err == XJ_OK)
        fprintf(cli->out, "      %s\n", xj_buf_cstr(&proof));
    xj_buf_free(&proof);
}

/* One line for findings that say the same of other numbers: the first is the example. */
static void print_findings(const struct job *j)
{
    const struct xj_reconciled *r = &j->found;
    bool *told = calloc(r->count + 1, sizeof *told);
    for (size_t i = 0; told != NULL && i < r->count; i++) {
        size_t same = 0;
        for (size_t k = i; !told[i] && k < r->count; k++)
            if (!told[k] && alike(&r->items[i], &r->items[k])) {
                same++;
                told[k] = k != i;
            }
        if (!told[i])
            print_one(j, &r->items[i], same);
    }
    free(told);
}

static void print_text(const struct job *j)
{
    const struct xj_cli *cli = j->cli;
    const struct xj_reconciled *r = &j->found;
    print_side(j, 0);
    print_side(j, 1);
    print_findings(j);
    xj_print(cli, "一致：文书 %" PRIu64 "，裁断 %" PRIu64 "，入库声明 %" PRIu64 "，送达 %" PRIu64 "，登记 %" PRIu64 "，账本根 %" PRIu64 "，条目 %" PRIu64 "\n",
             "alike: messages %" PRIu64 ", answers %" PRIu64 ", stored statements %" PRIu64 ", deliveries %" PRIu64 ", register entries %" PRIu64
             ", ledger heads %" PRIu64 ", entries %" PRIu64 "\n",
             r->compared.messages, r->compared.answers, r->compared.stored, r->compared.delivered, r->compared.registered, r->compared.heads,
             r->compared.entries);
    if (good(j))
        xj_print(cli, "两份账目一致\n", "the accounts agree\n");
    else if (r->differing > 0)
        xj_print(cli, "两份账目不一致：%zu 处\n", "the accounts differ in %zu places\n", r->differing);
    else if (r->open > 0)
        xj_print(cli, "两份账目尚未齐：%zu 处\n", "the accounts do not contradict each other; %zu things are at one side only\n", r->open);
    else
        xj_print(cli, "两份账目之间没有不同，但有一份自身不成立\n", "nothing differs between them, but one is bad by itself\n");
}

/* ---- for programs ---- */

static json_t *side_json(const struct side *s)
{
    static const char *const kinds[] = {"", "ledger", "journal", "checkpoint"};
    return json_pack("{s:s, s:s, s:s, s:I, s:o, s:s, s:I}", "file", s->path, "kind", kinds[s->account->kind], "owner", s->account->owner, "entries",
                     (json_int_t)s->account->size, "verified", s->verified ? json_boolean(s->sound) : json_null(), "bad", s->bad.check != NULL ? s->bad.check : "",
                     "bad_entry", (json_int_t)s->bad.entry);
}

static json_t *proof_json(const struct xj_reconcile_finding *f, bool zh)
{
    struct xj_buf text;
    xj_buf_init(&text, 4096);
    xj_reconcile_proof(f, zh, "A", "B", &text);
    const char *s = xj_buf_cstr(&text);
    json_t *j = json_string(s != NULL ? s : "");
    xj_buf_free(&text);
    return j;
}

static json_t *finding_json(const struct xj_reconcile_finding *f)
{
    static const char *const about[] = {"", "message", "stored", "feed", "register", "head", "entry"};
    const struct xj_reconcile_words *w = xj_reconcile_words(f->code);
    char id[XJ_ID_TEXT];
    xj_id_format(&f->id, id);
    return json_pack("{s:s, s:s, s:s, s:s, s:I, s:o, s:o, s:o, s:s, s:s, s:I, s:I, s:s, s:s, s:o, s:o}", "verdict", verdict_word(f->kind, false), "code", f->code, "about",
                     about[f->about], "agency", f->agency, "number", (json_int_t)f->number, "id", f->about == XJ_ABOUT_MESSAGE ? json_string(id) : json_null(),
                     "signer", f->signer != NULL ? json_string(f->signer) : json_null(), "lacking",
                     f->lacking < XJ_SIDE_NONE ? json_string(f->lacking == 0 ? "a" : "b") : json_null(), "a", xj_signed_name(f->is_signed[0]), "b",
                     xj_signed_name(f->is_signed[1]), "entry_a", (json_int_t)f->entry[0], "entry_b", (json_int_t)f->entry[1], "text_zh", w->zh, "text_en", w->en,
                     "proof_zh", proof_json(f, true), "proof_en", proof_json(f, false));
}

static void print_json(const struct job *j)
{
    const struct xj_reconciled *r = &j->found;
    json_t *findings = json_array();
    for (size_t i = 0; i < r->count; i++)
        json_array_append_new(findings, finding_json(&r->items[i]));
    json_t *alike_json = json_pack("{s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I}", "messages", (json_int_t)r->compared.messages, "answers", (json_int_t)r->compared.answers, "stored",
                                   (json_int_t)r->compared.stored, "delivered", (json_int_t)r->compared.delivered, "register", (json_int_t)r->compared.registered, "heads",
                                   (json_int_t)r->compared.heads, "entries", (json_int_t)r->compared.entries, "nodes_read", (json_int_t)r->compared.nodes, "leaves_read",
                                   (json_int_t)r->compared.leaves);
    json_t *made = json_pack("{s:b, s:o, s:o, s:o, s:I, s:I, s:o}", "ok", good(j), "a", side_json(&j->side[0]), "b", side_json(&j->side[1]), "compared", alike_json, "differing",
                             (json_int_t)r->differing, "open", (json_int_t)r->open, "findings", findings);
    xj_cli_print_json(j->cli, made);
    json_decref(made);
}

/* ---- the whole ---- */

static int compare(struct job *j)
{
    const enum xj_err err = xj_reconcile(j->side[0].account, j->side[1].account, !j->quick, &j->found);
    if (err != XJ_OK)
        return xj_fail(j->cli, err, NULL);
    if (j->cli->json)
        print_json(j);
    else
        print_text(j);
    return good(j) ? XJ_EXIT_OK : XJ_EXIT_BAD;
}

int xj_cmd_reconcile(struct xj_cli *cli, int argc, char **argv)
{
    const char *hex = NULL, *anchor = NULL;
    int n;
    struct job j = {.cli = cli};
    struct xj_snapshot snapshot = {0};
    const struct xj_option options[] = {{.name = "root", .value = &hex}, {.name = "anchor", .value = &anchor}, {.name = "quick", .flag = &j.quick}};
    int rc = xj_options(cli, argc, argv, options, 3, USAGE, &n);
    if (rc == XJ_EXIT_OK && n != 1 && n != 2)
        rc = xj_usage(cli, USAGE);
    if (rc == XJ_EXIT_OK)
        rc = xj_cli_root_key(cli, hex, anchor, USAGE, j.root);
    if (rc == XJ_EXIT_OK && n == 1)
        rc = xj_snapshot_take(cli, &snapshot);
    j.side[0].path = n == 1 ? snapshot.path : argv[1];
    j.side[1].path = argv[n == 1 ? 1 : 2];
    for (unsigned i = 0; i < 2 && rc == XJ_EXIT_OK; i++)
        rc = open_side(&j, &j.side[i]);
    if (rc == XJ_EXIT_OK)
        rc = compare(&j);
    xj_reconciled_free(&j.found);
    xj_account_close(j.side[0].account);
    xj_account_close(j.side[1].account);
    xj_snapshot_drop(&snapshot);
    return rc;
}
