/* Putting a bundle together: the same content gives the same bytes. Spec 16, sections 1 to 3. */
#include <stdlib.h>
#include <string.h>

#include "schema/evidence/bundle_private.h"
#include "schema/wire/pack.h"

/* ---- the lists, each one part ---- */

static void put_path(struct xj_buf *out, const struct xj_bundle *b, struct xj_ev_path path)
{
    const struct xj_hash *hashes = path.count > 0 ? xj_bundle_hashes(b, path) : NULL;
    xj_put_array(out, (uint32_t)path.count);
    for (size_t i = 0; i < path.count; i++)
        xj_put_bin(out, hashes[i].b, XJ_HASH_SIZE);
}

static void put_register(struct xj_buf *out, const struct xj_bundle *b)
{
    xj_put_array(out, (uint32_t)b->register_count);
    for (size_t i = 0; i < b->register_count; i++) {
        xj_put_array(out, 2);
        xj_put_bins(out, b->reg[i].head);
        xj_put_bins(out, b->reg[i].sig);
    }
}

static void put_entries(struct xj_buf *out, const struct xj_bundle *b)
{
    xj_put_array(out, (uint32_t)b->entry_count);
    for (size_t i = 0; i < b->entry_count; i++) {
        const struct xj_ev_entry *e = &b->entries[i];
        xj_put_array(out, 6);
        xj_put_uint(out, e->e.n);
        xj_put_uint(out, (uint64_t)e->e.kind);
        xj_put_int(out, e->e.time_ms);
        xj_put_bins(out, e->e.head);
        xj_put_bins(out, e->e.sig);
        if (e->has_path)
            put_path(out, b, e->path);
        else
            xj_put_nil(out);
    }
}

static void put_proofs(struct xj_buf *out, const struct xj_bundle *b)
{
    xj_put_array(out, 3);
    xj_put_array(out, (uint32_t)b->consistency_count);
    for (size_t i = 0; i < b->consistency_count; i++) {
        xj_put_array(out, 2);
        xj_put_uint(out, b->consistency[i].size);
        put_path(out, b, b->consistency[i].proof);
    }
    xj_put_array(out, (uint32_t)b->mail_count);
    for (size_t i = 0; i < b->mail_count; i++) {
        xj_put_array(out, 3);
        xj_put_bins(out, xj_hash_slice(&b->mail[i].stored));
        xj_put_uint(out, b->mail[i].number);
        put_path(out, b, b->mail[i].path);
    }
    xj_put_array(out, (uint32_t)b->salt_count);
    for (size_t i = 0; i < b->salt_count; i++) {
        xj_put_array(out, 2);
        xj_put_bins(out, xj_hash_slice(&b->salts[i].object));
        xj_put_bin(out, b->salts[i].salt, XJ_SALT_SIZE);
    }
}

static void put_sequence(struct xj_buf *out, const struct xj_bundle *b)
{
    xj_put_array(out, 3);
    xj_put_array(out, (uint32_t)b->sequence_own_count);
    for (size_t i = 0; i < b->sequence_own_count; i++) {
        const struct xj_ev_own *o = &b->sequence_own[i];
        xj_put_array(out, 2);
        xj_put_bins(out, o->header);
        if (o->kind == XJ_ENTRY_INVALID) {
            xj_put_nil(out);
            continue;
        }
        xj_put_array(out, 3);
        xj_put_uint(out, (uint64_t)o->kind);
        xj_put_bins(out, o->answer.head);
        xj_put_bins(out, o->answer.sig);
    }
    xj_put_array(out, (uint32_t)b->sequence_mail_count);
    for (size_t i = 0; i < b->sequence_mail_count; i++) {
        xj_put_array(out, 3);
        xj_put_bins(out, b->sequence_mail[i].header);
        xj_put_bins(out, b->sequence_mail[i].admitted.head);
        xj_put_bins(out, b->sequence_mail[i].admitted.sig);
    }
    xj_put_array(out, (uint32_t)b->sequence_stored_count);
    for (size_t i = 0; i < b->sequence_stored_count; i++) {
        xj_put_array(out, 2);
        xj_put_bins(out, b->sequence_stored[i].head);
        xj_put_bins(out, b->sequence_stored[i].sig);
    }
}

/* ---- order ---- */

static int compare_consistency(const void *a, const void *b)
{
    const uint64_t x = ((const struct xj_ev_consistency *)a)->size, y = ((const struct xj_ev_consistency *)b)->size;
    return (x > y) - (x < y);
}

static int compare_mail(const void *a, const void *b)
{
    const struct xj_ev_mail *x = a, *y = b;
    int order = memcmp(x->stored.b, y->stored.b, XJ_HASH_SIZE);
    return order != 0 ? order : (x->number > y->number) - (x->number < y->number);
}

static int compare_salt(const void *a, const void *b)
{
    return memcmp(((const struct xj_ev_salt *)a)->object.b, ((const struct xj_ev_salt *)b)->object.b, XJ_HASH_SIZE);
}

static int compare_part(const void *a, const void *b)
{
    return xj_slice_cmp(((const struct xj_zip_part *)a)->name, ((const struct xj_zip_part *)b)->name);
}

static int compare_bytes(const void *a, const void *b)
{
    return xj_slice_cmp(*(const struct xj_slice *)a, *(const struct xj_slice *)b);
}

static void sort(void *list, size_t count, size_t size, int (*compare)(const void *, const void *))
{
    if (count > 1)
        qsort(list, count, size, compare);
}

/* ---- the manifest ---- */

static void put_silence(struct xj_buf *out, const struct xj_ev_silence *s)
{
    xj_put_array(out, 5);
    xj_put_bin(out, s->message.b, XJ_ID_SIZE);
    xj_put_str(out, s->duty);
    xj_put_str(out, s->obligor);
    xj_put_int(out, s->due_ms);
    xj_put_array(out, (uint32_t)s->subject_count);
    for (size_t i = 0; i < s->subject_count; i++) {
        xj_put_array(out, 2);
        xj_put_bin(out, s->subjects[i].party, sizeof s->subjects[i].party);
        if (s->subjects[i].has_charge)
            xj_put_bin(out, s->subjects[i].charge, sizeof s->subjects[i].charge);
        else
            xj_put_nil(out);
    }
}

/* The silences in the order of their own encoding, which is not known before they are encoded. */
static enum xj_err put_silences(struct xj_buf *out, const struct xj_bundle *b)
{
    struct xj_buf encoded;
    size_t *ends = calloc(b->silence_count + 1, sizeof *ends);
    struct xj_slice *slices = calloc(b->silence_count + 1, sizeof *slices);
    xj_buf_init(&encoded, XJ_EV_MANIFEST_MAX);
    if (ends == NULL || slices == NULL) {
        free(slices);
        free(ends);
        return XJ_ENOMEM;
    }
    for (size_t i = 0; i < b->silence_count; i++) {
        put_silence(&encoded, &b->silences[i]);
        ends[i + 1] = encoded.n;
    }
    for (size_t i = 0; i < b->silence_count; i++)
        slices[i] = xj_slice_of(encoded.p + ends[i], ends[i + 1] - ends[i]);
    sort(slices, b->silence_count, sizeof *slices, compare_bytes);
    xj_put_array(out, (uint32_t)b->silence_count);
    for (size_t i = 0; i < b->silence_count; i++)
        xj_put_raw(out, slices[i]);
    const enum xj_err err = encoded.err != XJ_OK ? encoded.err : out->err;
    xj_buf_free(&encoded);
    free(slices);
    free(ends);
    return err;
}

static enum xj_err put_manifest(struct xj_buf *out, const struct xj_bundle *b, const struct xj_zip_part *parts, size_t count)
{
    xj_put_array(out, 8);
    xj_put_cstr(out, XJ_EV_FORMAT);
    xj_put_str(out, b->owner);
    xj_put_bin(out, b->case_id.b, XJ_ID_SIZE);
    xj_put_uint(out, b->register_count);
    if (b->checkpoint.p != NULL)
        xj_put_str(out, b->checkpoint);
    else
        xj_put_nil(out);
    xj_put_bool(out, b->has_sequence);
    enum xj_err err = put_silences(out, b);
    xj_put_array(out, (uint32_t)count);
    for (size_t i = 0; i < count; i++) {
        struct xj_hash digest = xj_sha256(&parts[i].bytes, 1);
        xj_put_array(out, 3);
        xj_put_str(out, parts[i].name);
        xj_put_uint(out, parts[i].bytes.n);
        xj_put_bin(out, digest.b, XJ_HASH_SIZE);
    }
    return err == XJ_OK ? out->err : err;
}

/* ---- the whole ---- */

enum { REGISTER, ENTRIES, PROOFS, SEQUENCE, MANIFEST, LISTS };

static void sort_lists(struct xj_bundle *b)
{
    sort(b->consistency, b->consistency_count, sizeof *b->consistency, compare_consistency);
    sort(b->mail, b->mail_count, sizeof *b->mail, compare_mail);
    sort(b->salts, b->salt_count, sizeof *b->salts, compare_salt);
    sort(b->files, b->file_count, sizeof *b->files, compare_part);
}

static struct xj_zip_part list_part(const char *name, const struct xj_buf *bytes)
{
    return (struct xj_zip_part){xj_slice_cstr(name), xj_buf_slice(bytes)};
}

static enum xj_err write_all(struct xj_bundle *b, struct xj_buf lists[LISTS], struct xj_zip_part *parts, struct xj_buf *out)
{
    size_t count = 1;
    put_register(&lists[REGISTER], b);
    put_entries(&lists[ENTRIES], b);
    put_proofs(&lists[PROOFS], b);
    if (b->has_sequence)
        put_sequence(&lists[SEQUENCE], b);
    for (size_t i = REGISTER; i <= SEQUENCE; i++)
        if (lists[i].err != XJ_OK)
            return lists[i].err;
    parts[count++] = list_part("register", &lists[REGISTER]);
    parts[count++] = list_part("entries", &lists[ENTRIES]);
    parts[count++] = list_part("proofs", &lists[PROOFS]);
    if (b->has_sequence)
        parts[count++] = list_part("sequence", &lists[SEQUENCE]);
    for (size_t i = 0; i < b->file_count; i++)
        parts[count++] = b->files[i];
    sort(parts + 1, count - 1, sizeof *parts, compare_part);
    enum xj_err err = put_manifest(&lists[MANIFEST], b, parts + 1, count - 1);
    if (err != XJ_OK)
        return err;
    parts[0] = list_part("manifest", &lists[MANIFEST]);
    return xj_zip_write(parts, count, out);
}

enum xj_err xj_bundle_encode(struct xj_bundle *b, struct xj_buf *out)
{
    struct xj_buf lists[LISTS];
    struct xj_zip_part *parts = calloc(b->file_count + LISTS, sizeof *parts);
    if (parts == NULL)
        return XJ_ENOMEM;
    for (size_t i = 0; i < LISTS; i++)
        xj_buf_init(&lists[i], i == MANIFEST ? XJ_EV_MANIFEST_MAX : XJ_ZIP_PART_MAX);
    sort_lists(b);
    enum xj_err err = write_all(b, lists, parts, out);
    for (size_t i = 0; i < LISTS; i++)
        xj_buf_free(&lists[i]);
    free(parts);
    return err;
}
