#include "schema/evidence/judge.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "schema/evidence/judge_private.h"
#include "schema/wire/read.h"

#define VALUE_CEILING (2u * XJ_MAX_REGISTER_ENTRY_BYTES)

/* ---- what the claims use ---- */

struct xj_ev_item xj_ev_about(const struct xj_ev_book *k, enum xj_claim claim, const struct xj_ev_message *m)
{
    return (struct xj_ev_item){.claim = claim, .bundle = k->index, .about_message = true, .message = m->digest, .id = m->id};
}

struct xj_ev_item xj_ev_whole(const struct xj_ev_book *k, enum xj_claim claim, const char *what)
{
    return (struct xj_ev_item){.claim = claim, .bundle = k->index, .what = xj_slice_cstr(what)};
}

void xj_ev_add(struct xj_ev_judge *j, struct xj_ev_item item, struct xj_ev_finding finding)
{
    item.verdict = finding.code == NULL ? XJ_EV_PROVED : finding.contradicts ? XJ_EV_CONTRADICTED : XJ_EV_NOT_PROVED;
    item.code = finding.code == NULL ? "" : finding.code;
    xj_buf_add(&j->items, &item, sizeof item);
    if (j->items.err != XJ_OK)
        j->err = XJ_ENOMEM;
}

enum xj_ev_sound xj_ev_sound(struct xj_ev_judge *j, const struct xj_ev_book *k, const char *context, struct xj_slice agency, uint64_t at,
                             struct xj_ev_signed statement)
{
    struct xj_agency facts;
    uint8_t key[32];
    if (at > k->folded)
        return XJ_EV_UNKNOWN;
    enum xj_err err;
    if (agency.n == 0) {
        err = xj_reg_exchange_sign(&k->store, at, key);
    } else {
        err = xj_reg_agency(&k->store, agency, at, &facts);
        if (err == XJ_OK && !facts.connected)
            err = XJ_ENOTFOUND;
        if (err == XJ_OK)
            memcpy(key, facts.keys.sign, sizeof key);
    }
    if (err == XJ_ENOMEM)
        j->err = err;
    if (err != XJ_OK)
        return XJ_EV_UNSOUND;
    struct xj_hash digest = xj_digest(context, statement.head);
    return xj_verify(&j->cache, key, &digest, statement.sig) == XJ_OK ? XJ_EV_SOUND : XJ_EV_UNSOUND;
}

int xj_ev_compare_key(const void *a, const void *b)
{
    const struct xj_ev_key *x = a, *y = b;
    int order = memcmp(x->digest.b, y->digest.b, XJ_HASH_SIZE);
    return order != 0 ? order : (x->index > y->index) - (x->index < y->index);
}

size_t xj_ev_first_key(const struct xj_ev_key *keys, size_t count, const struct xj_hash *digest)
{
    size_t low = 0, high = count;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        if (memcmp(keys[middle].digest.b, digest->b, XJ_HASH_SIZE) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

size_t xj_ev_run_of(const struct xj_ev_book *k, const struct xj_hash *digest)
{
    return xj_ev_first_key(k->by_digest, k->message_count, digest);
}

size_t xj_ev_stored_of(const struct xj_ev_book *k, const struct xj_hash *digest)
{
    const size_t at = xj_ev_first_key(k->stored_keys, k->stored_count, digest);
    return at < k->stored_count && xj_hash_eq(&k->stored_keys[at].digest, digest) ? k->stored_keys[at].index : XJ_EV_NO_ENTRY;
}

const struct xj_ev_message *xj_ev_message_of(const struct xj_ev_book *k, const struct xj_hash *digest)
{
    const size_t at = xj_ev_run_of(k, digest);
    if (at == k->message_count || !xj_hash_eq(&k->by_digest[at].digest, digest))
        return NULL;
    return &k->messages[k->by_digest[at].index];
}

/* *ret_compiled (may be NULL) is a view into j->value, valid until that is used again. */
bool xj_ev_revision(struct xj_ev_judge *j, const struct xj_ev_book *k, struct xj_slice procedure, const struct xj_hash *revision,
                    uint64_t at, struct xj_slice *ret_compiled)
{
    char id[XJ_MAX_NAME_BYTES + 1 + 16 + 1], hex[17];
    struct xj_doc doc;
    bool found = false;
    xj_hex(revision->b, 8, hex);
    (void)snprintf(id, sizeof id, "%.*s/%s", (int)procedure.n, (const char *)procedure.p, hex);
    enum xj_err err = xj_reg_get(&k->store, "procedure", xj_slice_cstr(id), at, &j->value);
    if (err == XJ_OK)
        err = xj_doc_open(&doc, xj_buf_slice(&j->value), 4096);
    if (err == XJ_ENOMEM)
        j->err = err;
    if (err != XJ_OK)
        return false;
    found = xj_slice_eq(xj_map_bin(&doc.root, "revision"), xj_hash_slice(revision));
    if (ret_compiled != NULL)
        *ret_compiled = xj_map_bin(&doc.root, "compiled");
    xj_doc_close(&doc);
    return found;
}

const struct xj_header *xj_ev_header(struct xj_ev_judge *j, const struct xj_ev_book *k, const struct xj_ev_message *m)
{
    unsigned field;
    if (xj_header_decode(k->b->entries[m->at].e.head, j->header, &field) == XJ_ENOMEM)
        j->err = XJ_ENOMEM;
    return j->header; /* decoding checked it once; zeroed when memory is out */
}

/* ---- register ---- */

enum xj_err xj_evidence_register(const struct xj_bundle *b, const uint8_t root_key[32], const struct xj_store *store, uint64_t *ret)
{
    *ret = 0;
    for (size_t i = 0; i < b->register_count; i++) {
        enum xj_err err = xj_reg_apply(store, root_key, b->reg[i].head, b->reg[i].sig, NULL);
        if (err != XJ_OK)
            return err == XJ_ENOMEM ? err : XJ_OK;
        *ret = i + 1;
    }
    return XJ_OK;
}

/* ---- the whole ---- */

static enum xj_err open_book(struct xj_ev_judge *j, const struct xj_bundle *b, size_t index)
{
    struct xj_ev_book *k = &j->books[index];
    k->b = b;
    k->index = index;
    k->pairs = xj_memory_store_new();
    if (k->pairs == NULL)
        return XJ_ENOMEM;
    k->store = xj_memory_store_of(k->pairs);
    enum xj_err err = xj_evidence_register(b, j->root_key, &k->store, &k->folded);
    k->broken = k->folded < b->register_count;
    return err;
}

static void close_book(struct xj_ev_book *k)
{
    for (size_t i = 0; i < k->message_count; i++)
        free(k->messages[i].pairs);
    free(k->messages);
    free(k->by_digest);
    free(k->notes);
    free(k->deliveries);
    free(k->stored_keys);
    free(k->own_stored);
    free(k->reach);
    free(k->commitments);
    xj_memory_store_free(k->pairs);
}

static void conclude(struct xj_ev_judge *j, struct xj_ev_result *ret)
{
    ret->items = (struct xj_ev_item *)(void *)j->items.p;
    ret->count = j->items.n / sizeof *ret->items;
    memset(&j->items, 0, sizeof j->items);
    for (int c = XJ_CLAIM_ISSUED; c < XJ_CLAIM_END; c++) {
        ret->claims[c].verdict = XJ_EV_INVALID;
        ret->claims[c].code = "";
    }
    for (size_t i = 0; i < ret->count; i++) {
        const struct xj_ev_item *it = &ret->items[i];
        if (it->verdict <= ret->claims[it->claim].verdict)
            continue;
        ret->claims[it->claim].verdict = it->verdict;
        ret->claims[it->claim].code = it->code;
    }
    for (int c = XJ_CLAIM_ISSUED; c < XJ_CLAIM_END; c++) {
        if (ret->claims[c].verdict == XJ_EV_INVALID) {
            ret->claims[c].verdict = XJ_EV_NOT_PROVED;
            ret->claims[c].code = "nothing";
        }
        ret->contradicted = ret->contradicted || ret->claims[c].verdict == XJ_EV_CONTRADICTED;
    }
}

static void judge_all(struct xj_ev_judge *j)
{
    static void (*const steps[])(struct xj_ev_judge *, struct xj_ev_book *) = {
        xj_ev_notes, xj_ev_issued, xj_ev_unchanged, xj_ev_stored, xj_ev_place, xj_ev_sequence, xj_ev_rewritten};
    for (size_t s = 0; s < sizeof steps / sizeof steps[0]; s++)
        for (size_t i = 0; i < j->count && j->err == XJ_OK; i++)
            steps[s](j, &j->books[i]);
    if (j->err == XJ_OK)
        xj_ev_agree(j);
    if (j->err == XJ_OK)
        xj_ev_merge(j);
    for (size_t i = 0; i < j->count && j->err == XJ_OK; i++)
        xj_ev_silence(j, &j->books[i]);
}

enum xj_err xj_evidence_judge(const struct xj_bundle *bundles, size_t count, const uint8_t root_key[32], struct xj_ev_result *ret)
{
    struct xj_ev_judge *j = calloc(1, sizeof *j);
    memset(ret, 0, sizeof *ret);
    if (j == NULL)
        return XJ_ENOMEM;
    j->books = calloc(count, sizeof *j->books);
    j->header = calloc(1, sizeof *j->header);
    j->admitted = calloc(1, sizeof *j->admitted);
    j->root_key = root_key;
    j->count = j->books != NULL ? count : 0;
    xj_buf_init(&j->items, SIZE_MAX / 4);
    xj_buf_init(&j->value, VALUE_CEILING);
    j->err = j->books == NULL || j->header == NULL || j->admitted == NULL ? XJ_ENOMEM : XJ_OK;
    for (size_t i = 0; i < count && j->err == XJ_OK; i++)
        j->err = xj_id_eq(&bundles[i].case_id, &bundles[0].case_id) ? open_book(j, &bundles[i], i) : XJ_ESTATE;
    if (j->err == XJ_OK)
        judge_all(j);
    enum xj_err err = j->err;
    if (err == XJ_OK)
        conclude(j, ret);
    for (size_t i = 0; i < j->count; i++)
        close_book(&j->books[i]);
    xj_buf_free(&j->items);
    xj_buf_free(&j->value);
    free(j->books);
    free(j->header);
    free(j->admitted);
    free(j);
    return err;
}

void xj_ev_result_free(struct xj_ev_result *r)
{
    free(r->items);
    memset(r, 0, sizeof *r);
}
