#include "schema/evidence/bundle.h"

#include <stdlib.h>
#include <string.h>

#include "schema/evidence/bundle_private.h"
#include "schema/wire/names.h"
#include "schema/wire/read.h"
#include "schema/wire/span.h"

#define HEX_SIZE (2 * XJ_HASH_SIZE)

static const char *const endings[] = {"bin", "doc", "docx", "jpg", "ofd", "pdf", "png", "tif", "txt", "wps", "xls", "xlsx"};
#define ENDINGS (sizeof endings / sizeof endings[0])

const char *xj_bundle_ending(struct xj_slice file_name)
{
    size_t dot = file_name.n;
    while (dot > 0 && file_name.p[dot - 1] != '.')
        dot--;
    const size_t n = file_name.n - dot;
    for (size_t i = 0; dot > 0 && i < ENDINGS; i++)
        if (n == strlen(endings[i]) && strncasecmp((const char *)file_name.p + dot, endings[i], n) == 0)
            return endings[i];
    return endings[0];
}

/* ---- names ---- */

static bool skip(struct xj_slice *s, const char *prefix)
{
    const size_t n = strlen(prefix);
    if (s->n < n || memcmp(s->p, prefix, n) != 0)
        return false;
    *s = xj_slice_of(s->p + n, s->n - n);
    return true;
}

/* Exactly 64 lower-case hex digits at the beginning. */
static bool skip_digest(struct xj_slice *s, struct xj_hash *ret)
{
    char text[HEX_SIZE + 1];
    if (s->n < HEX_SIZE)
        return false;
    for (size_t i = 0; i < HEX_SIZE; i++) {
        text[i] = (char)s->p[i];
        if (text[i] >= 'A' && text[i] <= 'F')
            return false;
    }
    text[HEX_SIZE] = '\0';
    *s = xj_slice_of(s->p + HEX_SIZE, s->n - HEX_SIZE);
    return xj_unhex(text, ret->b, XJ_HASH_SIZE);
}

enum xj_ev_part xj_ev_part_of(struct xj_slice name, struct xj_hash *ret_object)
{
    static const struct {
        const char *name;
        enum xj_ev_part part;
    } whole[] = {{"register", XJ_EV_PART_REGISTER}, {"entries", XJ_EV_PART_ENTRIES}, {"proofs", XJ_EV_PART_PROOFS},
                 {"sequence", XJ_EV_PART_SEQUENCE}, {"report.html", XJ_EV_PART_REPORT}},
      folders[] = {{"objects/", XJ_EV_PART_OBJECT}, {"bodies/", XJ_EV_PART_BODY}, {"papers/", XJ_EV_PART_PAPER}};
    struct xj_hash object;
    for (size_t i = 0; i < sizeof whole / sizeof whole[0]; i++)
        if (xj_slice_is(name, whole[i].name))
            return whole[i].part;
    for (size_t i = 0; i < sizeof folders / sizeof folders[0]; i++) {
        struct xj_slice rest = name;
        if (!skip(&rest, folders[i].name))
            continue;
        if (!skip_digest(&rest, &object))
            return XJ_EV_PART_NONE;
        bool ended = rest.n == 0;
        if (folders[i].part == XJ_EV_PART_PAPER) {
            ended = false;
            for (size_t k = 0; k < ENDINGS && rest.n > 0 && rest.p[0] == '.'; k++)
                ended = ended || xj_slice_is(xj_slice_of(rest.p + 1, rest.n - 1), endings[k]);
        }
        if (ret_object != NULL)
            *ret_object = object;
        return ended ? folders[i].part : XJ_EV_PART_NONE;
    }
    return XJ_EV_PART_NONE;
}

/* ---- looking things up ---- */

const struct xj_hash *xj_bundle_hashes(const struct xj_bundle *b, struct xj_ev_path path)
{
    static const struct xj_hash none;
    return path.count > 0 ? (const struct xj_hash *)(const void *)b->hashes.p + path.at : &none;
}

bool xj_bundle_file(const struct xj_bundle *b, const char *folder, const struct xj_hash *object, struct xj_slice *ret)
{
    char name[16 + HEX_SIZE + 2];
    size_t n = strlen(folder), low = 0, high = b->file_count;
    memcpy(name, folder, n);
    name[n++] = '/';
    xj_hex(object->b, XJ_HASH_SIZE, name + n);
    n += HEX_SIZE;
    if (strcmp(folder, "papers") == 0)
        name[n++] = '.';
    while (low < high) { /* the first name that is not below this one: it, or it and an ending */
        const size_t middle = low + (high - low) / 2;
        if (xj_slice_cmp(b->files[middle].name, xj_slice_of(name, n)) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    if (low == b->file_count || b->files[low].name.n < n || memcmp(b->files[low].name.p, name, n) != 0)
        return false;
    *ret = b->files[low].bytes;
    return true;
}

static int compare_salt(const void *a, const void *b)
{
    return memcmp(((const struct xj_ev_salt *)a)->object.b, ((const struct xj_ev_salt *)b)->object.b, XJ_HASH_SIZE);
}

const struct xj_ev_salt *xj_bundle_salt(const struct xj_bundle *b, const struct xj_hash *object)
{
    struct xj_ev_salt key = {.object = *object};
    return b->salt_count > 0 ? bsearch(&key, b->salts, b->salt_count, sizeof key, compare_salt) : NULL;
}

/* ---- the manifest ---- */

struct manifest {
    struct xj_bundle *b;
    uint64_t register_count;
    const struct xj_zip_part *parts; /* behind the manifest */
    size_t count;
};

static bool take_subjects(struct xj_cur *c, struct xj_ev_silence *s)
{
    struct xj_cur list = xj_take_array(c, 0, XJ_MAX_SUBJECTS);
    while (list.left > 0) {
        struct xj_subject *to = &s->subjects[s->subject_count++];
        struct xj_cur one = xj_take_array(&list, 2, 2);
        xj_take_bin_to(&one, to->party, sizeof to->party);
        to->has_charge = !xj_take_nil(&one);
        if (to->has_charge)
            xj_take_bin_to(&one, to->charge, sizeof to->charge);
        if (xj_cur_end(&one) != XJ_OK)
            return false;
    }
    return xj_cur_end(&list) == XJ_OK;
}

static bool take_silence(struct xj_cur *list, struct xj_ev_silence *s)
{
    struct xj_cur c = xj_take_array(list, 5, 5);
    xj_take_bin_to(&c, s->message.b, XJ_ID_SIZE);
    s->duty = xj_take_str(&c, 1, XJ_MAX_NAME_BYTES);
    s->obligor = xj_take_str(&c, 1, XJ_MAX_AGENCY_BYTES);
    s->due_ms = xj_take_int(&c, INT64_MIN, INT64_MAX);
    return !c.bad && xj_agency_ok(s->obligor) && take_subjects(&c, s); /* the last of five */
}

/* Encoded elements of the manifest's field of that index ascend strictly. Of bytes that were opened as an array of eight. */
static bool ascends(struct xj_slice manifest, uint32_t field)
{
    struct xj_slice list = {NULL, 0}, one = {NULL, 0}, last = {NULL, 0};
    uint32_t count = 0;
    (void)xj_span_element(manifest, field, &list);
    if (!xj_span_enter(&list, &count))
        return false;
    for (uint32_t i = 0; i < count; i++) {
        (void)xj_span_next(&list, &one);
        if (i > 0 && xj_slice_cmp(last, one) >= 0)
            return false;
        last = one;
    }
    return true;
}

static enum xj_err take_silences(struct xj_cur *c, struct xj_bundle *b)
{
    struct xj_cur list = xj_take_array(c, 0, XJ_EV_SILENCES_MAX);
    if (list.left > 0 && (b->silences = calloc(list.left, sizeof *b->silences)) == NULL)
        return XJ_ENOMEM;
    while (list.left > 0)
        if (!take_silence(&list, &b->silences[b->silence_count++]))
            return XJ_EMALFORMED;
    return XJ_OK;
}

/* Fields up to the silences; the cursor is left at the parts. */
static enum xj_err take_fields(struct xj_cur *c, struct manifest *m)
{
    struct xj_bundle *b = m->b;
    bool format = xj_slice_is(xj_take_str(c, 1, 64), XJ_EV_FORMAT);
    b->owner = xj_take_str(c, 1, XJ_MAX_AGENCY_BYTES);
    xj_take_bin_to(c, b->case_id.b, XJ_ID_SIZE);
    m->register_count = xj_take_uint(c, XJ_EV_REGISTER_MAX);
    if (!xj_take_nil(c))
        b->checkpoint = xj_take_str(c, 0, XJ_EV_NOTE_MAX);
    b->has_sequence = xj_take_bool(c);
    if (c->bad || !format || !xj_agency_ok(b->owner) || xj_id_is_nil(&b->case_id) || m->register_count == 0)
        return XJ_EMALFORMED;
    return take_silences(c, b);
}

/* The list of parts against those that are there. */
static enum xj_err take_parts(struct xj_cur *c, const struct manifest *m, const char **ret_fault)
{
    struct xj_cur list = xj_take_array(c, 0, XJ_ZIP_PARTS_MAX);
    size_t at = 0;
    bool same = list.left == m->count;
    for (; list.left > 0; at++) {
        struct xj_cur one = xj_take_array(&list, 3, 3);
        struct xj_hash digest;
        struct xj_slice name = xj_take_str(&one, 1, XJ_ZIP_NAME_MAX);
        uint64_t size = xj_take_uint(&one, XJ_ZIP_PART_MAX);
        xj_take_bin_to(&one, digest.b, XJ_HASH_SIZE);
        if (xj_cur_end(&one) != XJ_OK)
            return XJ_EMALFORMED;
        if (!same)
            continue;
        struct xj_hash found = xj_sha256(&m->parts[at].bytes, 1);
        same = xj_slice_eq(name, m->parts[at].name) && size == m->parts[at].bytes.n && xj_hash_eq(&digest, &found);
    }
    if (xj_cur_end(&list) != XJ_OK)
        return XJ_EMALFORMED;
    *ret_fault = "parts";
    return same ? XJ_OK : XJ_EMALFORMED;
}

static enum xj_err read_manifest(struct xj_slice bytes, struct manifest *m, const char **ret_fault)
{
    struct xj_doc doc;
    *ret_fault = "manifest";
    if (bytes.n > XJ_EV_MANIFEST_MAX)
        return XJ_EMALFORMED;
    enum xj_err err = xj_doc_open(&doc, bytes, XJ_EV_NODES_MAX);
    if (err != XJ_OK)
        return err;
    struct xj_cur c = xj_cur_over(&doc.root, 8, 8);
    err = take_fields(&c, m);
    if (err == XJ_OK && !ascends(bytes, 6))
        err = XJ_EMALFORMED;
    if (err == XJ_OK)
        err = take_parts(&c, m, ret_fault);
    xj_doc_close(&doc);
    return err;
}

/* ---- the parts by name ---- */

struct named {
    struct xj_slice reg, entries, proofs, sequence;
    bool report;
};

/* Sorts the parts out; false when one has no name of section 3, they do not ascend, or one that must be there is not. */
static bool name_parts(const struct manifest *m, struct named *ret)
{
    struct xj_bundle *b = m->b;
    memset(ret, 0, sizeof *ret);
    for (size_t i = 0; i < m->count; i++) {
        const struct xj_zip_part *p = &m->parts[i];
        if (i > 0 && xj_slice_cmp(m->parts[i - 1].name, p->name) >= 0)
            return false;
        switch (xj_ev_part_of(p->name, NULL)) {
        case XJ_EV_PART_NONE:
            return false;
        case XJ_EV_PART_REGISTER:
            ret->reg = p->bytes;
            break;
        case XJ_EV_PART_ENTRIES:
            ret->entries = p->bytes;
            break;
        case XJ_EV_PART_PROOFS:
            ret->proofs = p->bytes;
            break;
        case XJ_EV_PART_SEQUENCE:
            ret->sequence = p->bytes;
            break;
        case XJ_EV_PART_REPORT:
            ret->report = true;
            b->files[b->file_count++] = *p;
            break;
        default: /* of objects/, bodies/ or papers/ */
            b->files[b->file_count++] = *p;
            break;
        }
    }
    return ret->reg.p != NULL && ret->entries.p != NULL && ret->proofs.p != NULL && ret->report &&
           (ret->sequence.p != NULL) == b->has_sequence;
}

/* ---- nothing rides along that no header names ---- */

/* A digest, and as what its part may be there. */
struct name_of {
    struct xj_hash object;
    enum xj_ev_part part;
};

static int compare_name(const void *a, const void *b)
{
    const struct name_of *x = a, *y = b;
    int order = memcmp(x->object.b, y->object.b, XJ_HASH_SIZE);
    return order != 0 ? order : (x->part > y->part) - (x->part < y->part);
}

static void add_name(struct xj_buf *names, const struct xj_hash *object, enum xj_ev_part part)
{
    const struct name_of one = {.object = *object, .part = part};
    xj_buf_add(names, &one, sizeof one);
}

static enum xj_err collect_names(const struct xj_bundle *b, struct xj_buf *ret)
{
    struct xj_header *h = malloc(sizeof *h);
    unsigned field;
    if (h == NULL)
        return XJ_ENOMEM;
    enum xj_err err = XJ_OK;
    for (size_t i = 0; i < b->entry_count; i++) {
        const struct xj_entry *e = &b->entries[i].e;
        if (e->kind != XJ_ENTRY_OWN && e->kind != XJ_ENTRY_RECEIVED)
            continue;
        if ((err = xj_header_decode(e->head, h, &field)) != XJ_OK)
            break;
        add_name(ret, &h->body_digest, XJ_EV_PART_OBJECT);
        add_name(ret, &h->body_digest, XJ_EV_PART_BODY);
        add_name(ret, &h->keys_digest, XJ_EV_PART_OBJECT);
        for (size_t k = 0; k < h->paper_count; k++) {
            add_name(ret, &h->papers[k].sealed, XJ_EV_PART_OBJECT);
            add_name(ret, &h->papers[k].sealed, XJ_EV_PART_PAPER);
        }
    }
    free(h);
    return err != XJ_OK ? err : ret->err;
}

static enum xj_err check_objects(const struct xj_bundle *b)
{
    struct xj_buf names;
    struct name_of one;
    xj_buf_init(&names, SIZE_MAX / 4);
    enum xj_err err = collect_names(b, &names);
    const size_t count = names.n / sizeof(struct name_of);
    if (count > 0)
        qsort(names.p, count, sizeof(struct name_of), compare_name);
    for (size_t i = 0; err == XJ_OK && i < b->file_count; i++) {
        one.part = xj_ev_part_of(b->files[i].name, &one.object);
        if (one.part != XJ_EV_PART_REPORT && (count == 0 || bsearch(&one, names.p, count, sizeof one, compare_name) == NULL))
            err = XJ_EMALFORMED;
    }
    xj_buf_free(&names);
    return err;
}

/* ---- the whole ---- */

static enum xj_err read_parts(const struct manifest *m, const char **ret_fault)
{
    struct named named;
    struct xj_bundle *b = m->b;
    b->files = calloc(m->count + 1, sizeof *b->files);
    if (b->files == NULL)
        return XJ_ENOMEM;
    *ret_fault = "parts";
    if (!name_parts(m, &named))
        return XJ_EMALFORMED;
    *ret_fault = "register";
    enum xj_err err = xj_ev_read_register(named.reg, b, m->register_count);
    if (err == XJ_OK) {
        *ret_fault = "entries";
        err = xj_ev_read_entries(named.entries, b);
    }
    if (err == XJ_OK) {
        *ret_fault = "proofs";
        err = xj_ev_read_proofs(named.proofs, b);
    }
    if (err == XJ_OK && b->has_sequence) {
        *ret_fault = "sequence";
        err = xj_ev_read_sequence(named.sequence, b);
    }
    if (err == XJ_OK) {
        *ret_fault = "objects";
        err = check_objects(b);
    }
    return err == XJ_OK ? b->hashes.err : err;
}

enum xj_err xj_bundle_decode(struct xj_slice bytes, struct xj_bundle *ret, const char **ret_fault)
{
    struct xj_zip_part *parts = NULL;
    size_t count = 0;
    memset(ret, 0, sizeof *ret);
    xj_buf_init(&ret->hashes, SIZE_MAX / 4);
    *ret_fault = "zip";
    enum xj_err err = xj_zip_read(bytes, &parts, &count);
    if (err == XJ_OK) {
        struct manifest m = {.b = ret, .parts = parts + 1, .count = count - 1};
        *ret_fault = "manifest";
        err = xj_slice_is(parts[0].name, "manifest") ? read_manifest(parts[0].bytes, &m, ret_fault) : XJ_EMALFORMED;
        if (err == XJ_OK)
            err = read_parts(&m, ret_fault);
    }
    free(parts);
    if (err == XJ_ELIMIT) /* too deep, or too many values: as little a bundle as any other */
        err = XJ_EMALFORMED;
    if (err != XJ_OK)
        xj_bundle_free(ret);
    else
        *ret_fault = NULL;
    return err;
}

void xj_bundle_free(struct xj_bundle *b)
{
    free(b->silences);
    free(b->reg);
    free(b->entries);
    free(b->consistency);
    free(b->mail);
    free(b->salts);
    free(b->sequence_own);
    free(b->sequence_mail);
    free(b->sequence_stored);
    free(b->files);
    xj_buf_free(&b->hashes);
    memset(b, 0, sizeof *b);
}
