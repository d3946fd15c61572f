#include "agents/cli/export.h"

#include <stdlib.h>
#include <string.h>

#include "agents/cli/export_private.h"
#include "schema/evidence/words.h"

void xj_ex_fail(struct xj_ex *x, enum xj_err err)
{
    if (x->err == XJ_OK)
        x->err = err;
}

struct xj_slice xj_ex_keep(struct xj_ex *x, struct xj_slice bytes)
{
    static const uint8_t nothing = 0;
    if (x->err != XJ_OK || bytes.n == 0)
        return xj_slice_of(&nothing, 0);
    if (x->kept_count == x->kept_cap) {
        const size_t cap = x->kept_cap == 0 ? 256 : 2 * x->kept_cap;
        void **grown = realloc(x->kept, cap * sizeof *grown);
        if (grown == NULL) {
            xj_ex_fail(x, XJ_ENOMEM);
            return xj_slice_of(&nothing, 0);
        }
        x->kept = grown;
        x->kept_cap = cap;
    }
    void *copy = malloc(bytes.n);
    if (copy == NULL) {
        xj_ex_fail(x, XJ_ENOMEM);
        return xj_slice_of(&nothing, 0);
    }
    memcpy(copy, bytes.p, bytes.n);
    x->kept[x->kept_count++] = copy;
    return xj_slice_of(copy, bytes.n);
}

/* ---- lists ---- */

static void list_init(struct xj_ex_list *list, size_t size)
{
    xj_buf_init(&list->bytes, SIZE_MAX / 4);
    list->size = size;
}

void xj_ex_push(struct xj_ex *x, struct xj_ex_list *list, const void *element)
{
    xj_buf_add(&list->bytes, element, list->size);
    if (list->bytes.err != XJ_OK)
        xj_ex_fail(x, list->bytes.err);
}

size_t xj_ex_count(const struct xj_ex_list *list)
{
    return list->bytes.n / list->size;
}

void *xj_ex_at(const struct xj_ex_list *list, size_t i)
{
    return list->bytes.p + i * list->size;
}

const struct xj_ex_key *xj_ex_find(const struct xj_ex_key *keys, size_t count, const struct xj_hash *digest)
{
    size_t low = 0, high = count;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        if (memcmp(keys[middle].digest.b, digest->b, XJ_HASH_SIZE) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low < count && xj_hash_eq(&keys[low].digest, digest) ? &keys[low] : NULL;
}

void xj_ex_add_file(struct xj_ex *x, const char *folder, const struct xj_hash *object, const char *ending, struct xj_slice bytes)
{
    char hex[2 * XJ_HASH_SIZE + 1], name[XJ_ZIP_NAME_MAX + 1];
    struct xj_slice found;
    struct xj_bundle *b = &x->b;
    xj_hex(object->b, XJ_HASH_SIZE, hex);
    const int n = snprintf(name, sizeof name, "%s/%s%s%s", folder, hex, *ending != '\0' ? "." : "", ending);
    for (size_t i = 0; i < b->file_count; i++)
        if (b->files[i].name.n == (size_t)n && memcmp(b->files[i].name.p, name, (size_t)n) == 0)
            return; /* named by two messages */
    found = xj_ex_keep(x, xj_slice_of(name, (size_t)n));
    struct xj_zip_part *grown = realloc(b->files, (b->file_count + 1) * sizeof *grown);
    if (grown == NULL || x->err != XJ_OK) {
        b->files = grown != NULL ? grown : b->files;
        xj_ex_fail(x, XJ_ENOMEM);
        return;
    }
    b->files = grown;
    b->files[b->file_count++] = (struct xj_zip_part){found, xj_ex_keep(x, bytes)};
}

/* ---- the whole ---- */

static void begin(struct xj_ex *x)
{
    list_init(&x->registers, sizeof(uint64_t));
    list_init(&x->messages, sizeof(struct xj_ex_message));
    list_init(&x->mail, sizeof(struct xj_hash));
    list_init(&x->own, sizeof(struct xj_hash));
    list_init(&x->stored, sizeof(struct xj_ex_stored));
    list_init(&x->chosen, sizeof(uint64_t));
    list_init(&x->sequence_own, sizeof(struct xj_ev_own));
    list_init(&x->sequence_mail, sizeof(struct xj_ev_received));
    list_init(&x->sequence_stored, sizeof(struct xj_ev_signed));
    xj_buf_init(&x->b.hashes, SIZE_MAX / 4);
    x->owner = xj_db_owner(x->db);
    x->b.owner = xj_slice_cstr(x->owner);
    x->b.case_id = x->o->case_id;
    x->pairs = xj_memory_store_new();
    x->header = malloc(sizeof *x->header);
    x->admitted = malloc(sizeof *x->admitted);
    if (x->pairs == NULL || x->header == NULL || x->admitted == NULL)
        xj_ex_fail(x, XJ_ENOMEM);
    else
        x->store = xj_memory_store_of(x->pairs);
}

static void end(struct xj_ex *x)
{
    /* The sequence's lists belong to the exporter, the rest to the bundle. */
    x->b.sequence_own = NULL;
    x->b.sequence_mail = NULL;
    x->b.sequence_stored = NULL;
    xj_bundle_free(&x->b);
    struct xj_ex_list *const lists[] = {&x->registers, &x->messages, &x->mail, &x->own, &x->stored, &x->chosen,
                                        &x->sequence_own, &x->sequence_mail, &x->sequence_stored};
    for (size_t i = 0; i < sizeof lists / sizeof lists[0]; i++)
        xj_buf_free(&lists[i]->bytes);
    for (size_t i = 0; i < x->kept_count; i++)
        free(x->kept[i]);
    free(x->kept);
    free(x->by_digest);
    free(x->own_keys);
    free(x->header);
    free(x->admitted);
    xj_memory_store_free(x->pairs);
}

/* The claims of what has been put together so far, judged from the very bytes that others will read. */
static enum xj_err judge(struct xj_ex *x, struct xj_buf *file, struct xj_ev_result *ret)
{
    struct xj_bundle read;
    const char *fault;
    xj_buf_reset(file);
    enum xj_err err = xj_bundle_encode(&x->b, file);
    if (err != XJ_OK)
        return err;
    err = xj_bundle_decode(xj_buf_slice(file), &read, &fault);
    if (err == XJ_OK)
        err = xj_evidence_judge(&read, 1, xj_db_root_key(x->db), ret);
    else if (err == XJ_EMALFORMED)
        err = XJ_ECORRUPT; /* entries of the ledger that have not their form */
    xj_bundle_free(&read);
    return err;
}

static void set_report(struct xj_ex *x, struct xj_slice bytes)
{
    for (size_t i = 0; i < x->b.file_count; i++)
        if (xj_slice_is(x->b.files[i].name, "report.html"))
            x->b.files[i].bytes = bytes;
}

static void add_report(struct xj_ex *x)
{
    struct xj_zip_part *grown = realloc(x->b.files, (x->b.file_count + 1) * sizeof *grown);
    if (grown == NULL) {
        xj_ex_fail(x, XJ_ENOMEM);
        return;
    }
    x->b.files = grown;
    x->b.files[x->b.file_count++] = (struct xj_zip_part){xj_slice_cstr("report.html"), xj_slice_cstr("")};
}

static void summarize(const struct xj_ex *x, const struct xj_ev_result *claims, struct xj_export_summary *ret)
{
    ret->entries = x->b.entry_count;
    ret->acts = xj_ex_count(&x->messages);
    ret->register_count = x->b.register_count;
    ret->contradicted = claims->contradicted;
    for (int c = XJ_CLAIM_ISSUED; c < XJ_CLAIM_END; c++)
        ret->verdict[c] = xj_ev_verdict_word(claims->claims[c].verdict, false);
}

/* Judged without its report, which shows the outcome; nobody judges the report. */
static void finish(struct xj_ex *x, const struct xj_ex_picture *picture, struct xj_buf *ret_file, struct xj_export_summary *ret)
{
    struct xj_ev_result claims = {.items = NULL};
    struct xj_buf report, file;
    xj_buf_init(&report, XJ_ZIP_PART_MAX);
    xj_buf_init(&file, XJ_ZIP_FILE_MAX);
    add_report(x);
    if (x->err == XJ_OK)
        xj_ex_fail(x, judge(x, &file, &claims));
    xj_buf_free(&file);
    if (x->err == XJ_OK) {
        xj_ex_report(x, picture, &claims, &report);
        set_report(x, xj_buf_slice(&report));
        xj_ex_fail(x, report.err != XJ_OK ? report.err : xj_bundle_encode(&x->b, ret_file));
    }
    if (x->err == XJ_OK)
        summarize(x, &claims, ret);
    xj_ev_result_free(&claims);
    set_report(x, xj_slice_cstr(""));
    xj_buf_free(&report);
}

enum xj_err xj_export(struct xj_db *db, struct xj_log *log, const struct xj_export_options *o, struct xj_buf *ret_file,
                      struct xj_export_summary *ret, struct xj_buf *text)
{
    struct xj_ex *x = calloc(1, sizeof *x);
    struct xj_ex_picture picture = {NULL, NULL, NULL};
    memset(ret, 0, sizeof *ret);
    if (x == NULL)
        return XJ_ENOMEM;
    x->db = db;
    x->log = log;
    x->o = o;
    begin(x);
    if (x->err == XJ_OK)
        xj_ex_scan(x);
    if (x->err == XJ_ENOTFOUND)
        xj_buf_add_str(text, "账本中没有这一案件 / no act of this case is in the ledger\n");
    if (x->err == XJ_OK)
        xj_ex_prove(x);
    if (x->err == XJ_ERANGE)
        xj_buf_add_str(text, "登记簿没有这么多条 / the register has fewer entries than that\n");
    if (x->err == XJ_OK)
        xj_ex_open(x);
    if (x->err == XJ_OK)
        xj_ex_look(x, &picture);
    if (x->err == XJ_OK)
        finish(x, &picture, ret_file, ret);
    if (x->err == XJ_ECORRUPT)
        xj_buf_add_str(text, "账本有损坏，请先核验 / the ledger is damaged: verify it first\n");
    xj_ex_picture_free(&picture);
    enum xj_err err = x->err;
    end(x);
    free(x);
    return err;
}
