/* The entries chosen with their paths, the register as far as it is needed, the checkpoint, proofs. */
#include <stdlib.h>
#include <string.h>

#include "agents/cli/export_private.h"
#include "schema/wire/destroyed.h"
#include "schema/wire/read.h"

#define ENTRY_CEILING (4u * 1024 * 1024)

static void need(struct xj_ex *x, uint64_t register_number)
{
    if (register_number > x->needed_register)
        x->needed_register = register_number;
}

/* ---- entries ---- */

static void need_of(struct xj_ex *x, const struct xj_entry *e)
{
    struct xj_refused refused;
    struct xj_stored stored;
    struct xj_delivered delivered;
    if (e->kind == XJ_ENTRY_ADMITTED && xj_admitted_decode(e->head, x->admitted) == XJ_OK)
        need(x, x->admitted->register_number);
    if (e->kind == XJ_ENTRY_REFUSED && xj_refused_decode(e->head, &refused) == XJ_OK)
        need(x, refused.register_number);
    if (e->kind == XJ_ENTRY_STORED && xj_stored_decode(e->head, &stored) == XJ_OK)
        need(x, stored.register_number);
    if (e->kind == XJ_ENTRY_DESTROYED) {
        struct xj_destroyed d;
        if (xj_destroyed_decode(e->head, &d) == XJ_OK)
            need(x, d.register_number);
        xj_destroyed_free(&d);
    }
    if (e->kind == XJ_ENTRY_DELIVERED && xj_delivered_decode(e->head, &delivered) == XJ_OK) {
        need(x, delivered.register_number);
        free(delivered.items);
    }
}

static void load_entries(struct xj_ex *x)
{
    const size_t count = xj_ex_count(&x->chosen);
    struct xj_buf buf;
    x->b.entries = calloc(count + 1, sizeof *x->b.entries);
    if (x->b.entries == NULL) {
        xj_ex_fail(x, XJ_ENOMEM);
        return;
    }
    xj_buf_init(&buf, ENTRY_CEILING);
    for (size_t i = 0; i < count && x->err == XJ_OK; i++) {
        struct xj_ev_entry *to = &x->b.entries[i];
        enum xj_err err = xj_log_get(x->log, *(const uint64_t *)xj_ex_at(&x->chosen, i), &buf, &to->e);
        if (err != XJ_OK) {
            xj_ex_fail(x, err == XJ_ENOTFOUND ? XJ_ECORRUPT : err);
            break;
        }
        need_of(x, &to->e);
        to->e.head = xj_ex_keep(x, to->e.head);
        to->e.sig = xj_ex_keep(x, to->e.sig);
        x->b.entry_count++;
    }
    xj_buf_free(&buf);
}

/* ---- register ---- */

/* What the report reckons with must be in the bundle, too: calendar, filing standards, orders, the procedures of the case; and that a
 * key was compromised, which speaks of what was signed before it was known. */
static bool is_law(const struct xj_ex *x, struct xj_slice kind, struct xj_slice id)
{
    if (xj_slice_is(kind, "calendar") || xj_slice_is(kind, "standards") || xj_slice_is(kind, "compromised") || xj_slice_is(kind, "order"))
        return true;
    if (!xj_slice_is(kind, "procedure"))
        return false;
    for (size_t i = 0; i < x->b.entry_count; i++) {
        const struct xj_entry *e = &x->b.entries[i].e;
        unsigned field;
        if ((e->kind != XJ_ENTRY_OWN && e->kind != XJ_ENTRY_RECEIVED) || xj_header_decode(e->head, x->header, &field) != XJ_OK)
            continue;
        const struct xj_slice name = x->header->procedure;
        if (id.n > name.n && id.p[name.n] == '/' && memcmp(id.p, name.p, name.n) == 0)
            return true;
    }
    return false;
}

static bool changes_law(const struct xj_ex *x, struct xj_slice entry)
{
    struct xj_doc doc;
    bool found = false;
    if (xj_doc_open(&doc, entry, XJ_MAX_REGISTER_NODES) != XJ_OK)
        return false;
    struct xj_cur c = xj_cur_over(&doc.root, 4, 4);
    for (int i = 0; i < 3; i++)
        (void)xj_take_any(&c);
    struct xj_cur changes = xj_take_array(&c, 0, UINT32_MAX);
    while (changes.left > 0 && !changes.bad && !found) {
        struct xj_cur one = xj_take_array(&changes, 3, 3);
        struct xj_slice kind = xj_take_str(&one, 0, SIZE_MAX), id = xj_take_str(&one, 0, SIZE_MAX);
        found = is_law(x, kind, id);
    }
    xj_doc_close(&doc);
    return found;
}

/* All of the register is folded: keys may have been replaced since. How much of it goes along is decided at the end. */
static void load_register(struct xj_ex *x)
{
    const size_t count = xj_ex_count(&x->registers);
    struct xj_buf buf;
    x->b.reg = calloc(count + 1, sizeof *x->b.reg);
    if (x->b.reg == NULL) {
        xj_ex_fail(x, XJ_ENOMEM);
        return;
    }
    xj_buf_init(&buf, ENTRY_CEILING);
    for (size_t i = 0; i < count && x->err == XJ_OK; i++) {
        struct xj_entry e;
        enum xj_err err = xj_log_get(x->log, *(const uint64_t *)xj_ex_at(&x->registers, i), &buf, &e);
        if (err != XJ_OK) {
            xj_ex_fail(x, err == XJ_ENOTFOUND ? XJ_ECORRUPT : err);
            break;
        }
        x->b.reg[i] = (struct xj_ev_signed){xj_ex_keep(x, e.head), xj_ex_keep(x, e.sig)};
        if (x->registered == i && xj_reg_apply(&x->store, xj_db_root_key(x->db), e.head, e.sig, NULL) == XJ_OK)
            x->registered = i + 1;
        if (changes_law(x, e.head))
            need(x, i + 1);
        x->b.register_count = i + 1;
    }
    xj_buf_free(&buf);
}

/* The first number at which the register gave the owner that signing key; 0: never. */
static uint64_t key_since(struct xj_ex *x, const uint8_t key[32])
{
    for (uint64_t at = 1; at <= x->registered; at++) {
        struct xj_agency a;
        if (xj_reg_agency(&x->store, x->b.owner, at, &a) == XJ_OK && a.connected && memcmp(a.keys.sign, key, 32) == 0)
            return at;
    }
    return 0;
}

static void cut_register(struct xj_ex *x)
{
    if (x->o->register_head > x->b.register_count)
        xj_ex_fail(x, XJ_ERANGE);
    need(x, x->o->register_head);
    need(x, 1);
    if (x->needed_register < x->b.register_count)
        x->b.register_count = (size_t)x->needed_register;
}

/* ---- checkpoint ---- */

static uint64_t last_chosen(const struct xj_ex *x)
{
    return x->b.entries[x->b.entry_count - 1].e.n;
}

/* The register number that the checkpoint's key needs: the first whose key verifies it. */
static void need_checkpoint_key(struct xj_ex *x, const char *origin)
{
    for (uint64_t at = 1; at <= x->registered; at++) {
        struct xj_agency a;
        struct xj_hash root;
        uint64_t size;
        if (xj_reg_agency(&x->store, x->b.owner, at, &a) != XJ_OK || !a.connected ||
            xj_checkpoint_verify(x->b.checkpoint, origin, a.keys.sign, &size, &root, &x->now_ms) != XJ_OK)
            continue;
        need(x, at);
        return;
    }
}

static void choose_checkpoint(struct xj_ex *x)
{
    char origin[XJ_MAX_AGENCY_BYTES + 16];
    struct xj_buf note;
    uint64_t size = 0;
    xj_buf_init(&note, XJ_EV_NOTE_MAX);
    snprintf(origin, sizeof origin, "xianjie/%s", x->owner);
    x->now_ms = x->last_ms;
    enum xj_err err = xj_log_checkpoint_newest(x->log, &size, &note);
    if (err != XJ_OK && err != XJ_ENOTFOUND)
        xj_ex_fail(x, err);
    if (size > xj_log_size(x->log))
        size = 0; /* the ledger was cut behind it */
    if (x->signs && size < last_chosen(x)) {
        struct xj_hash root = xj_log_root(x->log);
        size = xj_log_size(x->log);
        xj_buf_reset(&note);
        xj_ex_fail(x, xj_checkpoint_sign(origin, &x->o->keys->sign, size, &root, x->last_ms, &note));
    }
    if (size > 0) {
        x->size = size;
        x->b.checkpoint = xj_ex_keep(x, xj_buf_slice(&note));
        need_checkpoint_key(x, origin);
    }
    xj_buf_free(&note);
}

/* ---- paths ---- */

static struct xj_ev_path keep_path(struct xj_ex *x, const struct xj_hash *hashes, size_t count)
{
    struct xj_ev_path path = {.at = x->b.hashes.n / XJ_HASH_SIZE, .count = count};
    xj_buf_add(&x->b.hashes, hashes, count * XJ_HASH_SIZE);
    if (x->b.hashes.err != XJ_OK)
        xj_ex_fail(x, x->b.hashes.err);
    return path;
}

static void place_entries(struct xj_ex *x)
{
    struct xj_hash path[XJ_TREE_MAX_PATH];
    size_t count = 0;
    for (size_t i = 0; i < x->b.entry_count && x->err == XJ_OK; i++) {
        struct xj_ev_entry *e = &x->b.entries[i];
        if (e->e.n > x->size)
            continue;
        xj_ex_fail(x, xj_log_path(x->log, e->e.n, x->size, path, &count));
        e->has_path = true;
        e->path = keep_path(x, path, count);
    }
}

static bool is_chosen(const struct xj_ex *x, uint64_t n)
{
    for (size_t i = 0; i < x->b.entry_count; i++)
        if (x->b.entries[i].e.n == n)
            return true;
    return false;
}

static void prove_consistency(struct xj_ex *x, const struct xj_ex_stored *s)
{
    struct xj_hash proof[XJ_TREE_MAX_PATH + 1];
    size_t count = 0;
    if (s->of_lost || s->size == 0 || s->size >= x->size)
        return;
    for (size_t i = 0; i < x->b.consistency_count; i++)
        if (x->b.consistency[i].size == s->size)
            return;
    xj_ex_fail(x, xj_log_consistency(x->log, s->size, x->size, proof, &count));
    x->b.consistency[x->b.consistency_count++] = (struct xj_ev_consistency){s->size, keep_path(x, proof, count)};
}

static void prove_mail(struct xj_ex *x, const struct xj_ex_stored *s, uint64_t number)
{
    const size_t count = (size_t)(s->last - s->first + 1);
    struct xj_hash path[XJ_TREE_MAX_PATH];
    if (s->last > xj_ex_count(&x->mail))
        return; /* damaged: no path, and the claim is not proved */
    struct xj_hash *leaves = calloc(count, sizeof *leaves);
    if (leaves == NULL) {
        xj_ex_fail(x, XJ_ENOMEM);
        return;
    }
    for (size_t i = 0; i < count; i++)
        leaves[i] = xj_tree_mail_leaf(s->first + i, xj_ex_at(&x->mail, (size_t)(s->first + i - 1)));
    const size_t steps = xj_tree_path(leaves, count, (size_t)(number - s->first), path);
    x->b.mail[x->b.mail_count++] = (struct xj_ev_mail){s->digest, number, keep_path(x, path, steps)};
    free(leaves);
}

static void prove_stored(struct xj_ex *x)
{
    const size_t stored = xj_ex_count(&x->stored), messages = xj_ex_count(&x->messages);
    x->b.consistency = calloc(stored + 1, sizeof *x->b.consistency);
    x->b.mail = calloc(messages + 1, sizeof *x->b.mail);
    if (x->b.consistency == NULL || x->b.mail == NULL) {
        xj_ex_fail(x, XJ_ENOMEM);
        return;
    }
    for (size_t i = 0; i < stored && x->err == XJ_OK; i++) {
        const struct xj_ex_stored *s = xj_ex_at(&x->stored, i);
        if (!s->own || !is_chosen(x, s->n))
            continue;
        prove_consistency(x, s);
        for (size_t k = 0; k < messages && x->err == XJ_OK; k++) {
            const struct xj_ex_message *m = xj_ex_at(&x->messages, k);
            if (m->mailbox > 0 && m->mailbox >= s->first && m->mailbox <= s->last && x->b.mail_count <= messages)
                prove_mail(x, s, m->mailbox);
        }
    }
}

/* ---- the sequence ---- */

static void need_sequence(struct xj_ex *x)
{
    for (size_t i = 0; i < xj_ex_count(&x->sequence_own); i++) {
        const struct xj_ev_own *o = xj_ex_at(&x->sequence_own, i);
        if (o->kind != XJ_ENTRY_INVALID)
            need_of(x, &(struct xj_entry){.kind = o->kind, .head = o->answer.head});
    }
    for (size_t i = 0; i < xj_ex_count(&x->sequence_mail); i++)
        need_of(x, &(struct xj_entry){.kind = XJ_ENTRY_ADMITTED, .head = ((const struct xj_ev_received *)xj_ex_at(&x->sequence_mail, i))->admitted.head});
    for (size_t i = 0; i < xj_ex_count(&x->sequence_stored); i++)
        need_of(x, &(struct xj_entry){.kind = XJ_ENTRY_STORED, .head = ((const struct xj_ev_signed *)xj_ex_at(&x->sequence_stored, i))->head});
}

static void set_sequence(struct xj_ex *x)
{
    if (!x->o->with_sequence)
        return;
    x->b.has_sequence = true;
    x->b.sequence_own = (struct xj_ev_own *)(void *)x->sequence_own.bytes.p;
    x->b.sequence_own_count = xj_ex_count(&x->sequence_own);
    x->b.sequence_mail = (struct xj_ev_received *)(void *)x->sequence_mail.bytes.p;
    x->b.sequence_mail_count = xj_ex_count(&x->sequence_mail);
    x->b.sequence_stored = (struct xj_ev_signed *)(void *)x->sequence_stored.bytes.p;
    x->b.sequence_stored_count = xj_ex_count(&x->sequence_stored);
    need_sequence(x);
}

void xj_ex_prove(struct xj_ex *x)
{
    load_entries(x);
    if (x->err == XJ_OK)
        load_register(x);
    if (x->err != XJ_OK)
        return;
    x->signs = x->o->keys != NULL && key_since(x, x->o->keys->sign.public_key) > 0;
    choose_checkpoint(x);
    set_sequence(x);
    cut_register(x);
    if (x->err == XJ_OK)
        place_entries(x);
    if (x->err == XJ_OK)
        prove_stored(x);
}
