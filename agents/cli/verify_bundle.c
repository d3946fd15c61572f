#include "agents/cli/verify_bundle.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "schema/base/civil.h"
#include "schema/base/file.h"
#include "schema/evidence/words.h"
#include "schema/ledger/memory_store.h"
#include "schema/procedure/model.h"
#include "schema/trust/register.h"
#include "schema/wire/read.h"
#include "schema/wire/statement.h"

struct verify {
    struct xj_cli *cli;
    char **paths;
    size_t count;
    const uint8_t *root;
    struct xj_buf *files;
    struct xj_bundle *bundles;
    struct xj_ev_result result;
};

bool xj_is_bundle(const char *path)
{
    char start[4];
    FILE *in = fopen(path, "rb");
    const bool is = in != NULL && fread(start, 1, sizeof start, in) == sizeof start && memcmp(start, "PK\x03\x04", 4) == 0;
    if (in != NULL)
        (void)fclose(in);
    return is;
}

/* ---- reading ---- */

static int tell_malformed(const struct verify *v, const char *path, const char *fault)
{
    const struct xj_ev_words *w = xj_ev_fault_words(fault);
    if (v->cli->json) {
        json_t *j = json_pack("{s:b, s:s, s:s}", "ok", 0, "file", path, "malformed", fault);
        xj_cli_print_json(v->cli, j);
        json_decref(j);
    }
    xj_tell(v->cli, "%s：不成其为证据包（%s）：%s。请另取一份", "%s: no sound bundle (%s): %s. Ask for another copy", path, fault, xj_pick(v->cli, w->zh, w->en));
    return XJ_EXIT_BAD;
}

static int read_one(struct verify *v, size_t i)
{
    const char *fault = NULL;
    enum xj_err err = xj_file_read(v->paths[i], XJ_ZIP_FILE_MAX, &v->files[i]);
    if (err == XJ_ELIMIT)
        return tell_malformed(v, v->paths[i], "zip");
    if (err == XJ_OK)
        err = xj_bundle_decode(xj_buf_slice(&v->files[i]), &v->bundles[i], &fault);
    if (err == XJ_EMALFORMED)
        return tell_malformed(v, v->paths[i], fault);
    if (err != XJ_OK) {
        xj_tell(v->cli, "%s：读不出（%s）", "%s: cannot be read (%s)", v->paths[i], xj_err_name(err));
        return err == XJ_ENOTFOUND ? XJ_EXIT_NOT_FOUND : XJ_EXIT_WORLD;
    }
    return XJ_EXIT_OK;
}

/* ---- names out of the bundle's own register ---- */

struct names {
    struct xj_memory_store *pairs;
    struct xj_store store;
    uint64_t folded;
    struct xj_model *model;
    struct xj_hash revision;
};

static enum xj_err open_names(const struct verify *v, const struct xj_bundle *b, struct names *ret)
{
    memset(ret, 0, sizeof *ret);
    ret->pairs = xj_memory_store_new();
    if (ret->pairs == NULL)
        return XJ_ENOMEM;
    ret->store = xj_memory_store_of(ret->pairs);
    return xj_evidence_register(b, v->root, &ret->store, &ret->folded);
}

static void close_names(struct names *n)
{
    xj_model_free(n->model);
    xj_memory_store_free(n->pairs);
}

/* The agency's name, else its id; borrowed from ret. */
static const char *agency_name(const struct names *n, struct xj_slice id, struct xj_agency *ret)
{
    if (xj_reg_agency(&n->store, id, UINT64_MAX, ret) != XJ_OK)
        snprintf(ret->name, sizeof ret->name, "%.*s", (int)id.n, (const char *)id.p);
    return ret->name;
}

/* The act's term by the procedure in the bundle, else its name. */
static const char *act_term(struct names *n, const struct xj_header *h, bool zh, char ret[XJ_MAX_NAME_BYTES + 1])
{
    struct xj_buf compiled;
    snprintf(ret, XJ_MAX_NAME_BYTES + 1, "%.*s", (int)h->act.n, (const char *)h->act.p);
    if (n->model == NULL || !xj_hash_eq(&n->revision, &h->revision)) {
        xj_model_free(n->model);
        n->model = NULL;
        n->revision = h->revision;
        xj_buf_init(&compiled, XJ_MODEL_BYTES_MAX);
        if (xj_reg_procedure(&n->store, h->procedure, &h->revision, &compiled) == XJ_OK)
            (void)xj_model_decode(xj_buf_slice(&compiled), &n->model);
        xj_buf_free(&compiled);
    }
    const uint16_t act = n->model != NULL ? xj_model_act(n->model, h->act) : XJ_NONE;
    return act != XJ_NONE ? (zh ? n->model->acts[act].name.zh : n->model->acts[act].name.en) : ret;
}

/* ---- the acts, so that nobody has to trust the report ---- */

static enum xj_ev_verdict verdict_of(const struct verify *v, enum xj_claim claim, const struct xj_hash *message)
{
    for (size_t i = 0; i < v->result.count; i++)
        if (v->result.items[i].claim == claim && v->result.items[i].about_message && xj_hash_eq(&v->result.items[i].message, message))
            return v->result.items[i].verdict;
    return XJ_EV_NOT_PROVED;
}

static void print_paper_names(struct xj_cli *cli, const struct xj_bundle *b, const struct xj_header *h)
{
    struct xj_slice body, bytes;
    struct xj_doc doc;
    if (!xj_bundle_file(b, "bodies", &h->body_digest, &body) || xj_doc_open(&doc, body, 16384) != XJ_OK)
        return;
    const msgpack_object *list = xj_map_get(&doc.root, "papers");
    for (size_t i = 0; i < h->paper_count && list != NULL && list->type == MSGPACK_OBJECT_ARRAY && i < list->via.array.size; i++) {
        struct xj_cur c = xj_cur_over(&list->via.array.ptr[i], 4, 4);
        char hex[65];
        (void)xj_take_any(&c);
        (void)xj_take_any(&c);
        struct xj_slice name = xj_take_str(&c, 0, 255);
        xj_hex(h->papers[i].sealed.b, XJ_HASH_SIZE, hex);
        fprintf(cli->out, "      %.*s  %.*s  %s%s\n", (int)h->papers[i].kind.n, (const char *)h->papers[i].kind.p, (int)name.n,
                name.p != NULL ? (const char *)name.p : "", xj_bundle_file(b, "papers", &h->papers[i].sealed, &bytes) ? "papers/" : xj_pick(cli, "未打开 ", "sealed "), hex);
    }
    xj_doc_close(&doc);
}

static void print_answer(struct xj_cli *cli, const struct xj_bundle *b, const struct xj_hash *message, struct xj_admitted *a)
{
    struct xj_refused r;
    char when[30];
    for (size_t i = 0; i < b->entry_count; i++) {
        const struct xj_entry *e = &b->entries[i].e;
        if (e->kind == XJ_ENTRY_ADMITTED && xj_admitted_decode(e->head, a) == XJ_OK && xj_hash_eq(&a->message, message)) {
            xj_instant_format(a->time_ms, when);
            fprintf(cli->out, "  %.19s  %" PRIu64 "  ", when, a->seq);
            return;
        }
        if (e->kind == XJ_ENTRY_REFUSED && xj_refused_decode(e->head, &r) == XJ_OK && xj_hash_eq(&r.message, message)) {
            xj_instant_format(r.time_ms, when);
            fprintf(cli->out, "  %.19s  %s %.*s  ", when, xj_pick(cli, "退回", "refused"), (int)r.code.n, (const char *)r.code.p);
            return;
        }
    }
    fprintf(cli->out, "  %s  ", xj_pick(cli, "尚未答复", "not answered"));
}

static void print_act(const struct verify *v, const struct xj_bundle *b, struct names *n, const struct xj_header *h, const struct xj_entry *e,
                      struct xj_admitted *a)
{
    struct xj_cli *cli = v->cli;
    struct xj_agency agency;
    struct xj_hash digest = xj_header_digest(e->head);
    char term[XJ_MAX_NAME_BYTES + 1];
    const bool fine = verdict_of(v, XJ_CLAIM_ISSUED, &digest) == XJ_EV_PROVED;
    print_answer(cli, b, &digest, a);
    fprintf(cli->out, "%s  %s", act_term(n, h, cli->zh, term), agency_name(n, h->from, &agency));
    for (size_t i = 0; i < h->to_count; i++)
        fprintf(cli->out, "%s%s", i == 0 ? " → " : xj_pick(cli, "、", ", "), agency_name(n, h->to[i].agency, &agency));
    fprintf(cli->out, "%s\n", fine ? "" : xj_pick(cli, "  （签发未证明）", "  (not proved to be issued)"));
    print_paper_names(cli, b, h);
}

static bool is_message(const struct xj_entry *e)
{
    return e->kind == XJ_ENTRY_OWN || e->kind == XJ_ENTRY_RECEIVED;
}

/* Whether a bundle before this one has shown the very same message. */
static bool shown_before(const struct verify *v, size_t index, const struct xj_entry *e)
{
    for (size_t i = 0; i < index; i++)
        for (size_t k = 0; k < v->bundles[i].entry_count; k++)
            if (is_message(&v->bundles[i].entries[k].e) && xj_slice_eq(v->bundles[i].entries[k].e.head, e->head))
                return true;
    return false;
}

static enum xj_err print_acts(const struct verify *v, size_t index, struct names *n)
{
    const struct xj_bundle *b = &v->bundles[index];
    struct xj_header *h = malloc(sizeof *h);
    struct xj_admitted *a = malloc(sizeof *a);
    size_t same = 0;
    unsigned field;
    for (size_t i = 0; h != NULL && a != NULL && i < b->entry_count; i++) {
        const struct xj_entry *e = &b->entries[i].e;
        if (!is_message(e) || xj_header_decode(e->head, h, &field) != XJ_OK)
            continue;
        if (shown_before(v, index, e))
            same++;
        else
            print_act(v, b, n, h, e, a);
    }
    if (same > 0)
        xj_print(v->cli, "  与前面相同的文书 %zu 份\n", "  %zu messages as above\n", same);
    enum xj_err err = h != NULL && a != NULL ? XJ_OK : XJ_ENOMEM;
    free(h);
    free(a);
    return err;
}

static enum xj_err print_bundle(const struct verify *v, size_t i)
{
    struct xj_cli *cli = v->cli;
    const struct xj_bundle *b = &v->bundles[i];
    struct xj_agency agency;
    struct names n;
    char id[XJ_ID_TEXT];
    enum xj_err err = open_names(v, b, &n);
    xj_id_format(&b->case_id, id);
    if (err == XJ_OK) {
        fprintf(cli->out, "%s\n", v->paths[i]);
        xj_print(cli, "  %s（%.*s）的账本，案件 %s\n", "  ledger of %s (%.*s), case %s\n", agency_name(&n, b->owner, &agency), (int)b->owner.n,
                 (const char *)b->owner.p, id);
        err = print_acts(v, i, &n);
    }
    close_names(&n);
    return err;
}

/* ---- the claims ---- */

/* How many items of a claim have that verdict. */
static size_t tally(const struct verify *v, enum xj_claim claim, enum xj_ev_verdict verdict)
{
    size_t n = 0;
    for (size_t i = 0; i < v->result.count; i++)
        n += v->result.items[i].claim == claim && v->result.items[i].verdict == verdict;
    return n;
}

/* Each item that is not proved, one line for each code with an example. */
static void print_reasons(const struct verify *v, enum xj_claim claim)
{
    struct xj_cli *cli = v->cli;
    for (size_t i = 0; i < v->result.count; i++) {
        const struct xj_ev_item *it = &v->result.items[i];
        char id[XJ_ID_TEXT];
        size_t same = 0;
        bool first = true;
        if (it->claim != claim || it->verdict == XJ_EV_PROVED)
            continue;
        for (size_t k = 0; k < v->result.count; k++) {
            const struct xj_ev_item *other = &v->result.items[k];
            const bool like = other->claim == claim && other->verdict == it->verdict && strcmp(other->code, it->code) == 0;
            first = first && !(like && k < i);
            same += like;
        }
        if (!first)
            continue;
        const struct xj_ev_words *w = xj_ev_code_words(it->code);
        xj_id_format(&it->id, id);
        fprintf(cli->out, "      %s%s", it->verdict == XJ_EV_CONTRADICTED ? xj_pick(cli, "相矛盾：", "contradicted: ") : "", xj_pick(cli, w->zh, w->en));
        if (it->about_message)
            fprintf(cli->out, "  %s", id);
        else
            fprintf(cli->out, "  %.*s", (int)it->what.n, (const char *)it->what.p);
        if (it->agency.n > 0)
            fprintf(cli->out, " %.*s", (int)it->agency.n, (const char *)it->agency.p);
        if (same > 1)
            xj_print(cli, "（等 %zu 项）", " (and %zu in all)", same);
        fputc('\n', cli->out);
    }
}

static void print_claims(const struct verify *v)
{
    struct xj_cli *cli = v->cli;
    for (int c = XJ_CLAIM_ISSUED; c < XJ_CLAIM_END; c++) {
        const enum xj_claim claim = (enum xj_claim)c;
        const struct xj_ev_claim_words *w = xj_ev_claim_words(claim);
        const enum xj_ev_verdict verdict = v->result.claims[c].verdict;
        const bool red = verdict == XJ_EV_CONTRADICTED && cli->colour;
        fprintf(cli->out, "%s  %s%s%s  %s", w->id, red ? "\033[31m" : "", xj_ev_verdict_word(verdict, cli->zh), red ? "\033[0m" : "", xj_pick(cli, w->zh, w->en));
        xj_print(cli, "（已证明 %zu，未证明 %zu，相矛盾 %zu）\n", " (proved %zu, not proved %zu, contradicted %zu)\n", tally(v, claim, XJ_EV_PROVED),
                 tally(v, claim, XJ_EV_NOT_PROVED), tally(v, claim, XJ_EV_CONTRADICTED));
        if (strcmp(v->result.claims[c].code, "nothing") == 0)
            fprintf(cli->out, "      %s\n", xj_pick(cli, xj_ev_code_words("nothing")->zh, xj_ev_code_words("nothing")->en));
        print_reasons(v, claim);
        xj_print(cli, "      不能说明：%s\n", "      cannot show: %s\n", xj_pick(cli, w->cannot_zh, w->cannot_en));
    }
}

/* ---- JSON ---- */

static json_t *number_or_null(bool has, int64_t n)
{
    return has ? json_integer((json_int_t)n) : json_null();
}

static json_t *item_json(const struct xj_ev_item *it)
{
    char id[XJ_ID_TEXT], hex[65];
    xj_id_format(&it->id, id);
    xj_hex(it->message.b, XJ_HASH_SIZE, hex);
    return json_pack("{s:I, s:o, s:o, s:o, s:o, s:s, s:s, s:s, s:s, s:o, s:o}", "bundle", (json_int_t)it->bundle,
                     "what", it->what.n > 0 ? json_stringn((const char *)it->what.p, it->what.n) : json_null(),
                     "id", it->about_message ? json_string(id) : json_null(), "message", it->about_message ? json_string(hex) : json_null(),
                     "agency", it->agency.n > 0 ? json_stringn((const char *)it->agency.p, it->agency.n) : json_null(),
                     "verdict", xj_ev_verdict_word(it->verdict, false), "code", it->code, "text_zh", xj_ev_code_words(it->code)->zh,
                     "text_en", xj_ev_code_words(it->code)->en, "from", number_or_null(it->has_from, it->from), "to", number_or_null(it->has_to, it->to));
}

static json_t *claim_json(const struct verify *v, enum xj_claim claim)
{
    const struct xj_ev_claim_words *w = xj_ev_claim_words(claim);
    json_t *items = json_array();
    for (size_t i = 0; i < v->result.count; i++)
        if (v->result.items[i].claim == claim)
            json_array_append_new(items, item_json(&v->result.items[i]));
    return json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:o}", "verdict", xj_ev_verdict_word(v->result.claims[claim].verdict, false), "code",
                     v->result.claims[claim].code, "zh", w->zh, "en", w->en, "cannot_zh", w->cannot_zh, "cannot_en", w->cannot_en, "items", items);
}

static void print_json(const struct verify *v)
{
    json_t *bundles = json_array(), *claims = json_object();
    for (size_t i = 0; i < v->count; i++) {
        const struct xj_bundle *b = &v->bundles[i];
        char id[XJ_ID_TEXT];
        xj_id_format(&b->case_id, id);
        json_array_append_new(bundles, json_pack("{s:s, s:o, s:s, s:I, s:I, s:b}", "file", v->paths[i], "owner",
                                                 json_stringn((const char *)b->owner.p, b->owner.n), "case", id, "entries", (json_int_t)b->entry_count,
                                                 "register", (json_int_t)b->register_count, "sequence", b->has_sequence));
    }
    for (int c = XJ_CLAIM_ISSUED; c < XJ_CLAIM_END; c++)
        json_object_set_new(claims, xj_ev_claim_words((enum xj_claim)c)->id, claim_json(v, (enum xj_claim)c));
    json_t *made = json_pack("{s:b, s:o, s:o}", "ok", !v->result.contradicted, "bundles", bundles, "claims", claims);
    xj_cli_print_json(v->cli, made);
    json_decref(made);
}

/* ---- the whole ---- */

static int judge(struct verify *v)
{
    enum xj_err err = xj_evidence_judge(v->bundles, v->count, v->root, &v->result);
    if (err == XJ_ESTATE) {
        xj_tell(v->cli, "各证据包须属于同一案件", "the bundles must be about one case");
        return XJ_EXIT_USAGE;
    }
    if (err == XJ_OK && v->cli->json)
        print_json(v);
    for (size_t i = 0; err == XJ_OK && !v->cli->json && i < v->count; i++)
        err = print_bundle(v, i);
    if (err == XJ_OK && !v->cli->json)
        print_claims(v);
    if (err != XJ_OK)
        return xj_fail(v->cli, err, NULL);
    return v->result.contradicted ? XJ_EXIT_BAD : XJ_EXIT_OK;
}

int xj_verify_bundles(struct xj_cli *cli, char **paths, size_t count, const uint8_t root[32])
{
    struct verify v = {.cli = cli, .paths = paths, .count = count, .root = root};
    v.files = calloc(count, sizeof *v.files);
    v.bundles = calloc(count, sizeof *v.bundles);
    int rc = v.files != NULL && v.bundles != NULL ? XJ_EXIT_OK : xj_fail(cli, XJ_ENOMEM, NULL);
    for (size_t i = 0; rc == XJ_EXIT_OK && i < count; i++)
        rc = read_one(&v, i);
    if (rc == XJ_EXIT_OK)
        rc = judge(&v);
    xj_ev_result_free(&v.result);
    for (size_t i = 0; v.files != NULL && v.bundles != NULL && i < count; i++) {
        xj_bundle_free(&v.bundles[i]);
        xj_buf_free(&v.files[i]);
    }
    free(v.files);
    free(v.bundles);
    return rc;
}
