/* The parts of a bundle that are lists: register, entries, proofs, sequence. Spec 16, section 3. */
#include <stdlib.h>
#include <string.h>

#include "schema/evidence/bundle_private.h"
#include "schema/ledger/recovery.h"
#include "schema/ledger/told.h"
#include "schema/wire/destroyed.h"
#include "schema/wire/read.h"
#include "schema/wire/statement.h"

#define BYTES_MAX SIZE_MAX

/* A list of count zeroed elements, or NULL with *err set; no element is no error. */
static void *list_of(size_t count, size_t size, enum xj_err *err)
{
    void *p = count > 0 ? calloc(count, size) : NULL;
    if (count > 0 && p == NULL)
        *err = XJ_ENOMEM;
    return p;
}

static struct xj_ev_path take_path(struct xj_cur *c, struct xj_buf *hashes)
{
    struct xj_ev_path path = {.at = hashes->n / XJ_HASH_SIZE};
    struct xj_cur list = xj_take_array(c, 0, XJ_TREE_MAX_PATH + 1);
    for (; list.left > 0 && !list.bad; path.count++) {
        struct xj_hash h;
        xj_take_bin_to(&list, h.b, XJ_HASH_SIZE);
        xj_buf_add(hashes, h.b, XJ_HASH_SIZE);
    }
    if (xj_cur_end(&list) != XJ_OK)
        xj_cur_spoil(c);
    return path;
}

static struct xj_ev_signed take_signed(struct xj_cur *c)
{
    struct xj_slice head = xj_take_bin(c, 0, BYTES_MAX), sig = xj_take_bin(c, 0, BYTES_MAX);
    return (struct xj_ev_signed){head, sig};
}

/* ---- register ---- */

enum xj_err xj_ev_read_register(struct xj_slice bytes, struct xj_bundle *b, uint64_t count)
{
    struct xj_doc doc;
    enum xj_err err = xj_doc_open(&doc, bytes, XJ_EV_NODES_MAX);
    if (err != XJ_OK)
        return err;
    struct xj_cur list = xj_cur_over(&doc.root, 1, XJ_EV_REGISTER_MAX);
    if (list.bad || list.left != count)
        err = XJ_EMALFORMED;
    else
        b->reg = list_of(list.left, sizeof *b->reg, &err);
    while (err == XJ_OK && list.left > 0) {
        struct xj_cur one = xj_take_array(&list, 2, 2);
        b->reg[b->register_count++] = take_signed(&one);
        err = xj_cur_end(&one);
    }
    xj_doc_close(&doc);
    return err;
}

/* ---- entries ---- */

static enum xj_err delivered_shape(struct xj_slice head)
{
    struct xj_delivered s;
    const enum xj_err err = xj_delivered_decode(head, &s);
    if (err == XJ_OK)
        free(s.items);
    return err;
}

static enum xj_err destroyed_shape(struct xj_slice head)
{
    struct xj_destroyed d;
    const enum xj_err err = xj_destroyed_decode(head, &d);
    xj_destroyed_free(&d);
    return err;
}

static enum xj_err header_shape(struct xj_slice head)
{
    struct xj_header h;
    unsigned field;
    return xj_header_decode(head, &h, &field);
}

static enum xj_err admitted_shape(struct xj_slice head)
{
    struct xj_admitted s;
    return xj_admitted_decode(head, &s);
}

enum xj_err xj_bundle_entry_check(enum xj_entry_kind kind, struct xj_slice head, struct xj_slice sig)
{
    struct xj_refused refused;
    struct xj_stored stored;
    struct xj_told told;
    struct xj_recovery recovery;
    if (kind == XJ_ENTRY_TOLD)
        return sig.n == 0 ? xj_told_decode(head, &told) : XJ_EMALFORMED;
    if (kind == XJ_ENTRY_RECOVERY)
        return sig.n == 0 ? xj_recovery_decode(head, &recovery) : XJ_EMALFORMED;
    if (!xj_signature_sound(sig))
        return XJ_EMALFORMED;
    switch (kind) {
    case XJ_ENTRY_OWN:
    case XJ_ENTRY_RECEIVED:
        return header_shape(head);
    case XJ_ENTRY_ADMITTED:
        return admitted_shape(head);
    case XJ_ENTRY_REFUSED:
        return xj_refused_decode(head, &refused);
    case XJ_ENTRY_STORED:
        return xj_stored_decode(head, &stored);
    case XJ_ENTRY_DELIVERED:
        return delivered_shape(head);
    case XJ_ENTRY_DESTROYED:
        return destroyed_shape(head);
    default: /* the owner's other notes, and what a ledger does not hold */
        return XJ_EMALFORMED;
    }
}

static enum xj_err take_entry(struct xj_cur *list, struct xj_bundle *b, struct xj_ev_entry *ret)
{
    struct xj_cur c = xj_take_array(list, 6, 6);
    ret->e.n = xj_take_uint(&c, INT64_MAX);
    ret->e.kind = (enum xj_entry_kind)xj_take_uint(&c, XJ_ENTRY_LAST);
    ret->e.time_ms = xj_take_int(&c, INT64_MIN, INT64_MAX);
    struct xj_ev_signed parts = take_signed(&c);
    ret->e.head = parts.head;
    ret->e.sig = parts.sig;
    ret->has_path = !xj_take_nil(&c);
    if (ret->has_path)
        ret->path = take_path(&c, &b->hashes);
    const enum xj_err err = xj_cur_end(&c);
    if (err != XJ_OK || ret->e.n == 0)
        return XJ_EMALFORMED;
    return xj_bundle_entry_check(ret->e.kind, ret->e.head, ret->e.sig);
}

enum xj_err xj_ev_read_entries(struct xj_slice bytes, struct xj_bundle *b)
{
    struct xj_doc doc;
    uint64_t last = 0;
    enum xj_err err = xj_doc_open(&doc, bytes, XJ_EV_NODES_MAX);
    if (err != XJ_OK)
        return err;
    struct xj_cur list = xj_cur_over(&doc.root, 1, XJ_EV_ENTRIES_MAX);
    if (list.bad)
        err = XJ_EMALFORMED;
    else
        b->entries = list_of(list.left, sizeof *b->entries, &err);
    while (err == XJ_OK && list.left > 0) {
        struct xj_ev_entry *e = &b->entries[b->entry_count++];
        err = take_entry(&list, b, e);
        if (err == XJ_OK && e->e.n <= last)
            err = XJ_EMALFORMED;
        last = e->e.n;
    }
    xj_doc_close(&doc);
    return err;
}

/* ---- proofs ---- */

static bool take_consistency(struct xj_cur *list, struct xj_bundle *b)
{
    struct xj_ev_consistency *p = &b->consistency[b->consistency_count++];
    struct xj_cur c = xj_take_array(list, 2, 2);
    p->size = xj_take_uint(&c, INT64_MAX);
    p->proof = take_path(&c, &b->hashes);
    return xj_cur_end(&c) == XJ_OK && p->size > (b->consistency_count > 1 ? p[-1].size : 0);
}

static bool take_mail(struct xj_cur *list, struct xj_bundle *b)
{
    struct xj_ev_mail *p = &b->mail[b->mail_count++];
    struct xj_cur c = xj_take_array(list, 3, 3);
    xj_take_bin_to(&c, p->stored.b, XJ_HASH_SIZE);
    p->number = xj_take_uint(&c, UINT64_MAX);
    p->path = take_path(&c, &b->hashes);
    int order = b->mail_count > 1 ? memcmp(p[-1].stored.b, p->stored.b, XJ_HASH_SIZE) : -1;
    return xj_cur_end(&c) == XJ_OK && (order < 0 || (order == 0 && p[-1].number < p->number));
}

static bool take_salt(struct xj_cur *list, struct xj_bundle *b)
{
    struct xj_ev_salt *p = &b->salts[b->salt_count++];
    struct xj_cur c = xj_take_array(list, 2, 2);
    xj_take_bin_to(&c, p->object.b, XJ_HASH_SIZE);
    xj_take_bin_to(&c, p->salt, XJ_SALT_SIZE);
    return xj_cur_end(&c) == XJ_OK && (b->salt_count == 1 || memcmp(p[-1].object.b, p->object.b, XJ_HASH_SIZE) < 0);
}

/* Salts for exactly the plaintexts that are there: as many, and each has its plaintext. */
static bool salts_fit(const struct xj_bundle *b)
{
    size_t plain = 0;
    struct xj_slice bytes;
    for (size_t i = 0; i < b->file_count; i++) {
        enum xj_ev_part part = xj_ev_part_of(b->files[i].name, NULL);
        plain += part == XJ_EV_PART_BODY || part == XJ_EV_PART_PAPER;
    }
    for (size_t i = 0; i < b->salt_count; i++)
        if (!xj_bundle_file(b, "bodies", &b->salts[i].object, &bytes) && !xj_bundle_file(b, "papers", &b->salts[i].object, &bytes))
            return false;
    return plain == b->salt_count;
}

enum xj_err xj_ev_read_proofs(struct xj_slice bytes, struct xj_bundle *b)
{
    struct xj_doc doc;
    enum xj_err err = xj_doc_open(&doc, bytes, XJ_EV_NODES_MAX);
    if (err != XJ_OK)
        return err;
    struct xj_cur c = xj_cur_over(&doc.root, 3, 3);
    struct xj_cur consistency = xj_take_array(&c, 0, XJ_EV_PROOFS_MAX), mail = xj_take_array(&c, 0, XJ_EV_PROOFS_MAX),
                  salts = xj_take_array(&c, 0, XJ_EV_PROOFS_MAX);
    err = xj_cur_end(&c);
    if (err == XJ_OK) {
        b->consistency = list_of(consistency.left, sizeof *b->consistency, &err);
        b->mail = list_of(mail.left, sizeof *b->mail, &err);
        b->salts = list_of(salts.left, sizeof *b->salts, &err);
    }
    bool sound = err == XJ_OK;
    while (sound && consistency.left > 0)
        sound = take_consistency(&consistency, b);
    while (sound && mail.left > 0)
        sound = take_mail(&mail, b);
    while (sound && salts.left > 0)
        sound = take_salt(&salts, b);
    xj_doc_close(&doc);
    if (err == XJ_OK && (!sound || !salts_fit(b)))
        err = XJ_EMALFORMED;
    return err;
}

/* ---- sequence ---- */

static enum xj_err take_own(struct xj_cur *list, struct xj_ev_own *ret)
{
    struct xj_cur c = xj_take_array(list, 2, 2);
    ret->header = xj_take_bin(&c, 0, BYTES_MAX);
    if (!xj_take_nil(&c)) {
        struct xj_cur answer = xj_take_array(&c, 3, 3);
        ret->kind = (enum xj_entry_kind)xj_take_uint(&answer, XJ_ENTRY_REFUSED);
        ret->answer = take_signed(&answer);
        bool kind = ret->kind == XJ_ENTRY_ADMITTED || ret->kind == XJ_ENTRY_REFUSED;
        if (xj_cur_end(&answer) != XJ_OK || !kind)
            return XJ_EMALFORMED;
        const enum xj_err err = xj_bundle_entry_check(ret->kind, ret->answer.head, ret->answer.sig);
        if (err != XJ_OK)
            return err;
    }
    return header_shape(ret->header); /* of two values the second was taken */
}

static enum xj_err take_received(struct xj_cur *list, struct xj_ev_received *ret)
{
    struct xj_cur c = xj_take_array(list, 3, 3);
    ret->header = xj_take_bin(&c, 0, BYTES_MAX);
    ret->admitted = take_signed(&c);
    const enum xj_err err = xj_cur_end(&c) == XJ_OK ? header_shape(ret->header) : XJ_EMALFORMED;
    return err == XJ_OK ? xj_bundle_entry_check(XJ_ENTRY_ADMITTED, ret->admitted.head, ret->admitted.sig) : err;
}

static enum xj_err take_stored(struct xj_cur *list, struct xj_ev_signed *ret)
{
    struct xj_cur c = xj_take_array(list, 2, 2);
    *ret = take_signed(&c);
    return xj_cur_end(&c) == XJ_OK ? xj_bundle_entry_check(XJ_ENTRY_STORED, ret->head, ret->sig) : XJ_EMALFORMED;
}

enum xj_err xj_ev_read_sequence(struct xj_slice bytes, struct xj_bundle *b)
{
    struct xj_doc doc;
    enum xj_err err = xj_doc_open(&doc, bytes, XJ_EV_NODES_MAX);
    if (err != XJ_OK)
        return err;
    struct xj_cur c = xj_cur_over(&doc.root, 3, 3);
    struct xj_cur own = xj_take_array(&c, 0, XJ_EV_SEQUENCE_MAX), mail = xj_take_array(&c, 0, XJ_EV_SEQUENCE_MAX),
                  stored = xj_take_array(&c, 0, XJ_EV_SEQUENCE_MAX);
    err = xj_cur_end(&c);
    if (err == XJ_OK) {
        b->sequence_own = list_of(own.left, sizeof *b->sequence_own, &err);
        b->sequence_mail = list_of(mail.left, sizeof *b->sequence_mail, &err);
        b->sequence_stored = list_of(stored.left, sizeof *b->sequence_stored, &err);
    }
    while (err == XJ_OK && own.left > 0)
        err = take_own(&own, &b->sequence_own[b->sequence_own_count++]);
    while (err == XJ_OK && mail.left > 0)
        err = take_received(&mail, &b->sequence_mail[b->sequence_mail_count++]);
    while (err == XJ_OK && stored.left > 0)
        err = take_stored(&stored, &b->sequence_stored[b->sequence_stored_count++]);
    xj_doc_close(&doc);
    return err;
}
