/* What has not the form of a bundle: every value of every part, one at a time made another, and the code that must be told.
 * Spec: spec/16-evidence.md, sections 1 to 4. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "schema/evidence/bundle_private.h"
#include "schema/wire/pack.h"
#include "tests/unit/evidence_city.h"
#include "tests/unit/mutate.h"

#define must(call) assert_int_equal((call), XJ_OK)
#define NODES 4194304u

static struct evidence_city city;

static int up(void **state)
{
    (void)state;
    evidence_city_up(&city);
    return 0;
}

static int down(void **state)
{
    (void)state;
    evidence_city_down(&city);
    return 0;
}

/* ---- a file with one part made anew ---- */

struct work {
    struct xj_zip_part *parts;
    size_t count;
    struct xj_buf part, manifest, file;
};

static void open_work(struct work *w, enum evidence_file good)
{
    memset(w, 0, sizeof *w);
    must(xj_zip_read(xj_buf_slice(&city.file[good]), &w->parts, &w->count));
    xj_buf_init(&w->part, XJ_ZIP_FILE_MAX);
    xj_buf_init(&w->manifest, XJ_ZIP_FILE_MAX);
    xj_buf_init(&w->file, XJ_ZIP_FILE_MAX);
}

static void close_work(struct work *w)
{
    free(w->parts);
    xj_buf_free(&w->part);
    xj_buf_free(&w->manifest);
    xj_buf_free(&w->file);
}

static size_t part_named(const struct work *w, const char *name)
{
    for (size_t i = 0; i < w->count; i++)
        if (xj_slice_is(w->parts[i].name, name))
            return i;
    fail_msg("no part %s", name);
    return 0;
}

/* The manifest with sizes and digests of the parts as they are now. */
static void fit_manifest(struct work *w)
{
    struct xj_doc doc;
    must(xj_doc_open(&doc, w->parts[0].bytes, NODES));
    xj_buf_reset(&w->manifest);
    xj_put_array(&w->manifest, 8);
    for (uint32_t i = 0; i < 7; i++)
        xj_put_object(&w->manifest, &doc.root.via.array.ptr[i]);
    xj_put_array(&w->manifest, (uint32_t)w->count - 1);
    for (size_t i = 1; i < w->count; i++) {
        struct xj_hash digest = xj_sha256(&w->parts[i].bytes, 1);
        xj_put_array(&w->manifest, 3);
        xj_put_str(&w->manifest, w->parts[i].name);
        xj_put_uint(&w->manifest, w->parts[i].bytes.n);
        xj_put_bins(&w->manifest, xj_hash_slice(&digest));
    }
    must(w->manifest.err);
    xj_doc_close(&doc);
}

/* What is told of the file with these bytes for a part (0: the manifest, taken as it is); NULL: it is a bundle. */
static const char *told_of(struct work *w, size_t part, struct xj_slice bytes)
{
    struct xj_bundle b;
    const char *fault = "";
    const struct xj_zip_part was = w->parts[part], manifest = w->parts[0];
    w->parts[part].bytes = bytes;
    if (part != 0) {
        fit_manifest(w);
        w->parts[0].bytes = xj_buf_slice(&w->manifest);
    }
    xj_buf_reset(&w->file);
    must(xj_zip_write(w->parts, w->count, &w->file));
    w->parts[0] = manifest;
    w->parts[part] = was;
    const enum xj_err err = xj_bundle_decode(xj_buf_slice(&w->file), &b, &fault);
    assert_int_equal(err, fault == NULL ? XJ_OK : XJ_EMALFORMED);
    xj_bundle_free(&b);
    return fault;
}

/* ---- every value made another ---- */

/* Every value of the part changed in that way, one after the other, is malformed with that code; at least so many there are. */
static void every_value(enum evidence_file good, const char *name, const char *code, enum mutation change, size_t at_least)
{
    struct work w;
    struct xj_doc doc;
    size_t changed = 0;
    open_work(&w, good);
    const size_t part = strcmp(name, "manifest") == 0 ? 0 : part_named(&w, name);
    must(xj_doc_open(&doc, w.parts[part].bytes, NODES));
    size_t total = 1;
    for (size_t target = 0, passed; target < total; target++) {
        xj_buf_reset(&w.part);
        (void)mutate(&doc.root, change, SIZE_MAX, &w.part, &total);
        xj_buf_reset(&w.part);
        if (!mutate(&doc.root, change, target, &w.part, &passed))
            continue;
        const char *fault = told_of(&w, part, xj_buf_slice(&w.part));
        if (fault == NULL || strcmp(fault, code) != 0)
            fail_msg("%s, change %d of value %zu: %s", name, (int)change, target, fault != NULL ? fault : "a bundle");
        changed++;
    }
    if (changed < at_least)
        fail_msg("%s has %zu values only", name, changed);
    xj_doc_close(&doc);
    close_work(&w);
}

static void parts__with_a_value_of_another_type_are_malformed(void **state)
{
    (void)state;
    every_value(BUREAU_2S, "manifest", "manifest", MUTATE_TO_MAP, 20);
    every_value(BUREAU_1S, "register", "register", MUTATE_TO_MAP, 7);
    every_value(BUREAU_1S, "entries", "entries", MUTATE_TO_MAP, 20);
    every_value(POLICE_1S, "proofs", "proofs", MUTATE_TO_MAP, 10);
    every_value(BUREAU_1S, "sequence", "sequence", MUTATE_TO_MAP, 20);
}

static void parts__with_one_value_too_many_are_malformed(void **state)
{
    (void)state;
    every_value(BUREAU_2S, "manifest", "manifest", MUTATE_ONE_MORE, 5);
    every_value(BUREAU_1S, "register", "register", MUTATE_ONE_MORE, 3);
    every_value(BUREAU_1S, "entries", "entries", MUTATE_ONE_MORE, 5);
    every_value(POLICE_1S, "proofs", "proofs", MUTATE_ONE_MORE, 8);
    every_value(BUREAU_1S, "sequence", "sequence", MUTATE_ONE_MORE, 8);
}

/* Entry bytes of the register are not looked at here. */
static void parts__with_a_byte_too_few_are_malformed(void **state)
{
    (void)state;
    every_value(BUREAU_2S, "manifest", "manifest", MUTATE_CUT, 3);
    every_value(BUREAU_1S, "entries", "entries", MUTATE_CUT, 6);
    every_value(POLICE_1S, "proofs", "proofs", MUTATE_CUT, 6);
    every_value(BUREAU_1S, "sequence", "sequence", MUTATE_CUT, 8);
}

/* ---- single values ---- */

struct single {
    const char *part;
    int path[4]; /* indices down to the value; -1 ends */
    const char *bytes;
    size_t n;
    const char *code;
};

#define BYTES(text) text, sizeof text - 1
#define ZEROS16 "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"
#define ZERO16 "\xc4\x10" ZEROS16
static const struct single singles[] = {
    {"manifest", {0, -1}, BYTES("\xa1x"), "manifest"},       /* another format */
    {"manifest", {1, -1}, BYTES("\xa6nobody"), "manifest"},  /* the owner is no agency */
    {"manifest", {2, -1}, BYTES(ZERO16), "manifest"},        /* no case */
    {"manifest", {3, -1}, BYTES("\0"), "manifest"},          /* no register */
    {"manifest", {3, -1}, BYTES("\1"), "register"},          /* another count than there are */
    {"manifest", {5, -1}, BYTES("\xc2"), "parts"},           /* a sequence that is said not to be there */
    {"manifest", {6, 0, 1, -1}, BYTES("\xa0"), "manifest"},  /* a duty without name */
    {"manifest", {6, 0, 2, -1}, BYTES("\xa6nobody"), "manifest"},
    {"manifest", {6, 0, 4, -1}, BYTES("\x91\x92\xc4\7abcdefg\xc0"), "manifest"}, /* a party of seven bytes */
    {"manifest", {6, 0, 4, -1}, BYTES("\x91\x92\xc4\x8" "abcdefgh\xc4\7abcdefg"), "manifest"}, /* and such a charge */
    {"manifest", {6, 0, 4, -1}, BYTES("\x91\x91\xc4\x8" "abcdefgh"), "manifest"}, /* one without its charge */
    {"manifest", {6, 0, 4, -1}, BYTES("\x91\x92\xc4\x8" "abcdefgh\xc4\x8" "abcdefgh"), NULL},
    {"manifest", {7, 0, 0, -1}, BYTES("\xa7" "entriez"), "parts"},
    {"manifest", {7, 0, 1, -1}, BYTES("\1"), "parts"},
    {"entries", {0, 0, -1}, BYTES("\0"), "entries"},         /* an entry of number 0 */
    {"entries", {0, 1, -1}, BYTES("\0"), "entries"},         /* of no kind */
    {"entries", {0, 1, -1}, BYTES("\x07"), "entries"},       /* of a kind that no bundle has */
    {"entries", {0, 1, -1}, BYTES("\x0c"), "entries"},       /* told, which bears no signature */
    {"entries", {0, 1, -1}, BYTES("\x0d"), "entries"},       /* recovery, which bears none either */
    {"entries", {0, 1, -1}, BYTES("\x11"), "entries"},       /* a header is no statement of any kind */
    {"entries", {0, 1, -1}, BYTES("\6"), "entries"},
    {"entries", {0, 4, -1}, BYTES("\xc4\0"), "entries"},     /* no signature */
    {"proofs", {0, 0, 0, -1}, BYTES("\0"), "proofs"},        /* consistency from nothing */
    {"proofs", {1, 0, 1, -1}, BYTES("\xff"), "proofs"},      /* mail of a negative number */
    {"proofs", {2, 0, 0, -1}, BYTES("\xc4\x20" ZEROS16 ZEROS16), "proofs"}, /* a salt for nothing */
    {"sequence", {0, 0, 1, 0}, BYTES("\5"), "sequence"},     /* an answer of another kind */
    {"sequence", {0, 0, 1, 0}, BYTES("\1"), "sequence"},     /* of one that answers nothing */
    {"sequence", {0, 0, 1, -1}, BYTES("\xc0"), NULL},        /* none yet */
};

static void values__that_a_part_may_not_have_are_malformed(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof singles / sizeof singles[0]; i++) {
        const struct single *s = &singles[i];
        int path[6] = {s->path[0], s->path[1], s->path[2], s->path[3], -1, -1};
        struct work w;
        struct xj_doc doc;
        open_work(&w, strcmp(s->part, "proofs") == 0 ? POLICE_1S : BUREAU_2S);
        const size_t part = strcmp(s->part, "manifest") == 0 ? 0 : part_named(&w, s->part);
        must(xj_doc_open(&doc, w.parts[part].bytes, NODES));
        mutate_at(&doc.root, path, xj_slice_of(s->bytes, s->n), &w.part);
        const char *fault = told_of(&w, part, xj_buf_slice(&w.part));
        if (s->code == NULL ? fault != NULL : fault == NULL || strcmp(fault, s->code) != 0)
            fail_msg("value %zu of the list: %s", i, fault != NULL ? fault : "a bundle");
        xj_doc_close(&doc);
        close_work(&w);
    }
}

/* The list of a part (-1: the part itself) with its first element twice, or with its first two the other way round. */
static void put_disordered(struct xj_buf *out, const msgpack_object *root, int list, bool twice)
{
    const msgpack_object *o = list < 0 ? root : &root->via.array.ptr[list];
    const uint32_t n = o->via.array.size;
    assert_true(n > 0);
    for (int i = 0; list >= 0 && i < list; i++)
        xj_put_object(out, &root->via.array.ptr[i]);
    xj_put_array(out, n + twice);
    for (uint32_t i = 0; i < n + twice; i++)
        xj_put_object(out, &o->via.array.ptr[twice ? (i > 0 ? i - 1 : 0) : i < 2 ? 1 - i : i]);
    for (uint32_t i = (uint32_t)list + 1; list >= 0 && i < root->via.array.size; i++)
        xj_put_object(out, &root->via.array.ptr[i]);
}

static void lists__that_must_ascend_do(void **state)
{
    static const struct {
        enum evidence_file file;
        const char *part;
        int list;
        bool swapped; /* it has two */
    } lists[] = {{POLICE_1S, "entries", -1, true}, {POLICE_1S, "proofs", 0, false}, {POLICE_1S, "proofs", 1, false},
                 {BUREAU_1S, "proofs", 1, true},   {POLICE_1S, "proofs", 2, true}};
    (void)state;
    for (size_t i = 0; i < sizeof lists / sizeof lists[0]; i++)
        for (int twice = !lists[i].swapped; twice < 2; twice++) {
            struct work w;
            struct xj_doc doc;
            open_work(&w, lists[i].file);
            const size_t part = part_named(&w, lists[i].part);
            must(xj_doc_open(&doc, w.parts[part].bytes, NODES));
            if (lists[i].list >= 0)
                xj_put_array(&w.part, doc.root.via.array.size);
            put_disordered(&w.part, &doc.root, lists[i].list, twice);
            must(w.part.err);
            const char *fault = told_of(&w, part, xj_buf_slice(&w.part));
            assert_non_null(fault);
            assert_string_equal(fault, lists[i].part);
            xj_doc_close(&doc);
            close_work(&w);
        }
}

static void manifest__of_more_than_four_mebibytes_or_too_deep_is_malformed(void **state)
{
    struct work w;
    (void)state;
    open_work(&w, BUREAU_1);
    xj_buf_add_slice(&w.part, w.parts[0].bytes);
    while (w.part.n <= XJ_EV_MANIFEST_MAX)
        xj_buf_add(&w.part, "\xc0", 1);
    assert_string_equal(told_of(&w, 0, xj_buf_slice(&w.part)), "manifest");
    uint8_t deep[20];
    memset(deep, 0x91, sizeof deep);
    deep[sizeof deep - 1] = 0xc0;
    assert_string_equal(told_of(&w, 0, xj_slice_of(deep, sizeof deep)), "manifest");
    assert_string_equal(told_of(&w, part_named(&w, "entries"), xj_slice_of(deep, sizeof deep)), "entries");
    assert_string_equal(told_of(&w, part_named(&w, "proofs"), xj_slice_of("", 0)), "proofs");
    close_work(&w);
}

/* ---- which parts there are ---- */

/* What is told of the file with the parts as they are now, and a manifest of them. */
static const char *told_of_parts(struct work *w)
{
    return told_of(w, 1, w->parts[1].bytes);
}

static void parts__that_must_be_there_are(void **state)
{
    static const char *const names[] = {"register", "entries", "proofs", "report.html", "sequence"};
    (void)state;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        struct work w;
        open_work(&w, BUREAU_1S);
        const size_t at = part_named(&w, names[i]);
        memmove(&w.parts[at], &w.parts[at + 1], (w.count - at - 1) * sizeof w.parts[0]);
        w.count--;
        assert_string_equal(told_of_parts(&w), "parts");
        close_work(&w);
    }
}

static void parts__ascend_whatever_the_manifest_says(void **state)
{
    struct work w;
    (void)state;
    open_work(&w, BUREAU_1S);
    const struct xj_zip_part last = w.parts[w.count - 1];
    w.parts[w.count - 1] = w.parts[w.count - 2];
    w.parts[w.count - 2] = last;
    assert_string_equal(told_of_parts(&w), "parts");
    close_work(&w);
}

/* Only its first stored statement is left of the entries: nothing names the objects any more. */
static void objects__without_any_message_are_malformed(void **state)
{
    struct work w;
    struct xj_doc doc;
    (void)state;
    open_work(&w, POLICE_1S);
    const size_t part = part_named(&w, "entries");
    must(xj_doc_open(&doc, w.parts[part].bytes, NODES));
    uint32_t at = 0;
    while (doc.root.via.array.ptr[at].via.array.ptr[1].via.u64 != XJ_ENTRY_STORED)
        at++;
    xj_put_array(&w.part, 1);
    xj_put_object(&w.part, &doc.root.via.array.ptr[at]);
    must(w.part.err);
    assert_string_equal(told_of(&w, part, xj_buf_slice(&w.part)), "objects");
    xj_doc_close(&doc);
    close_work(&w);
}

/* More than a file may have, and more than a manifest may list. */
static void bundle_encode__refuses_too_many_parts(void **state)
{
    static const size_t counts[] = {XJ_ZIP_PARTS_MAX, 60000};
    (void)state;
    for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++) {
        char (*names)[73] = calloc(counts[i], sizeof *names);
        struct xj_bundle b = {.owner = xj_slice_cstr(CITY_BUREAU), .files = calloc(counts[i], sizeof *b.files), .file_count = counts[i]};
        struct xj_buf out;
        assert_true(names != NULL && b.files != NULL);
        for (size_t k = 0; k < counts[i]; k++) {
            (void)snprintf(names[k], sizeof names[k], "objects/%064zx", k);
            b.files[k] = (struct xj_zip_part){xj_slice_cstr(names[k]), xj_slice_cstr("x")};
        }
        xj_buf_init(&out, XJ_ZIP_FILE_MAX);
        assert_int_equal(xj_bundle_encode(&b, &out), XJ_ELIMIT);
        xj_buf_free(&out);
        free(b.files);
        free(names);
    }
}

/* ---- names ---- */

#define H "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define UPPER "0123456789ABCDEF0123456789abcdef0123456789abcdef0123456789abcdef"

static void part_names__have_one_of_the_forms_of_the_page(void **state)
{
    static const struct {
        const char *name;
        enum xj_ev_part part;
    } names[] = {
        {"register", XJ_EV_PART_REGISTER}, {"entries", XJ_EV_PART_ENTRIES}, {"proofs", XJ_EV_PART_PROOFS},
        {"sequence", XJ_EV_PART_SEQUENCE}, {"report.html", XJ_EV_PART_REPORT}, {"objects/" H, XJ_EV_PART_OBJECT},
        {"bodies/" H, XJ_EV_PART_BODY}, {"papers/" H ".pdf", XJ_EV_PART_PAPER}, {"papers/" H ".bin", XJ_EV_PART_PAPER},
        {"papers/" H ".xlsx", XJ_EV_PART_PAPER}, {"papers/" H, XJ_EV_PART_NONE}, {"papers/" H "pdf", XJ_EV_PART_NONE},
        {"papers/" H ".exe", XJ_EV_PART_NONE}, {"papers/" H ".", XJ_EV_PART_NONE}, {"papers/" H ".pdf.pdf", XJ_EV_PART_NONE},
        {"bodies/" H ".pdf", XJ_EV_PART_NONE}, {"objects/" H "0", XJ_EV_PART_NONE}, {"objects/" UPPER, XJ_EV_PART_NONE},
        {"objects/", XJ_EV_PART_NONE}, {"objects/0123", XJ_EV_PART_NONE}, {"objects/z" H, XJ_EV_PART_NONE}, {"object/" H, XJ_EV_PART_NONE},
        {"registers", XJ_EV_PART_NONE}, {"manifest", XJ_EV_PART_NONE}, {"", XJ_EV_PART_NONE},
    };
    (void)state;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        struct xj_hash object = {{0}};
        assert_int_equal(xj_ev_part_of(xj_slice_cstr(names[i].name), &object), names[i].part);
        assert_true(names[i].part < XJ_EV_PART_OBJECT || object.b[1] == 0x23);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(parts__with_a_value_of_another_type_are_malformed),
        cmocka_unit_test(parts__with_one_value_too_many_are_malformed),
        cmocka_unit_test(parts__with_a_byte_too_few_are_malformed),
        cmocka_unit_test(values__that_a_part_may_not_have_are_malformed),
        cmocka_unit_test(lists__that_must_ascend_do),
        cmocka_unit_test(manifest__of_more_than_four_mebibytes_or_too_deep_is_malformed),
        cmocka_unit_test(parts__that_must_be_there_are),
        cmocka_unit_test(parts__ascend_whatever_the_manifest_says),
        cmocka_unit_test(objects__without_any_message_are_malformed),
        cmocka_unit_test(bundle_encode__refuses_too_many_parts),
        cmocka_unit_test(part_names__have_one_of_the_forms_of_the_page),
    };
    return cmocka_run_group_tests(tests, up, down);
}
