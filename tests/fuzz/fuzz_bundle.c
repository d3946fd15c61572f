/* Evidence bundles out of any hands: the container, the manifest, every part, and the judge behind them. One input in two is a file
 * as it is; the other is a sound bundle with the input's bytes in one of its parts, checksum and manifest made to fit. The reader
 * comes to an end on each; what it accepts it writes again to the same bytes; every claim gets its verdict. Build: clang -fsanitize=fuzzer,address,undefined. Spec: spec/16-evidence.md. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "schema/evidence/judge.h"
#include "tests/fuzz/fuzz.h"
#include "schema/wire/pack.h"
#include "schema/wire/span.h"
#include "tests/unit/evidence_city.h"

#define HEAD_BYTES 8u

static struct xj_buf good[2];
static uint8_t root[32];

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    struct evidence_city e;
    (void)argc;
    (void)argv;
    evidence_city_up(&e);
    memcpy(root, e.city->w->root.public_key, sizeof root);
    static const enum evidence_file files[2] = {BUREAU_1T, POLICE_1};
    for (size_t i = 0; i < 2; i++) {
        xj_buf_init(&good[i], XJ_ZIP_FILE_MAX);
        xj_buf_add_slice(&good[i], xj_buf_slice(&e.file[files[i]]));
        must(good[i].err == XJ_OK);
    }
    evidence_city_down(&e);
    return 0;
}

/* The part's bytes with the input's over them, put in, or in place of its end. */
static void edit(struct xj_slice old, size_t at, unsigned how, struct xj_slice bytes, struct xj_buf *out)
{
    at = old.n > 0 ? at % (old.n + 1) : 0;
    xj_buf_init(out, old.n + bytes.n + 1);
    xj_buf_add(out, old.p, at);
    xj_buf_add_slice(out, bytes);
    const size_t rest = how % 3 == 0 ? at + bytes.n : how % 3 == 1 ? at : old.n;
    if (rest < old.n)
        xj_buf_add(out, old.p + rest, old.n - rest);
    must(out->err == XJ_OK);
}

/* The manifest up to its list of parts, and that list anew. */
static void fit_manifest(const struct xj_zip_part *parts, size_t count, struct xj_buf *out)
{
    struct xj_slice rest = parts[0].bytes, field;
    uint32_t fields = 0;
    must(xj_span_enter(&rest, &fields) && fields == 8);
    xj_put_array(out, 8);
    for (int i = 0; i < 7; i++) {
        must(xj_span_next(&rest, &field));
        xj_put_raw(out, field);
    }
    xj_put_array(out, (uint32_t)count - 1);
    for (size_t i = 1; i < count; i++) {
        struct xj_hash digest = xj_sha256(&parts[i].bytes, 1);
        xj_put_array(out, 3);
        xj_put_str(out, parts[i].name);
        xj_put_uint(out, parts[i].bytes.n);
        xj_put_bin(out, digest.b, XJ_HASH_SIZE);
    }
    must(out->err == XJ_OK);
}

/* A sound bundle with one part changed; the manifest fits, unless it is what was changed. */
static void change_part(const struct xj_buf *file, size_t which, size_t at, unsigned how, struct xj_slice bytes, struct xj_buf *out)
{
    struct xj_zip_part *parts = NULL;
    struct xj_buf changed, manifest;
    size_t count = 0;
    must(xj_zip_read(xj_buf_slice(file), &parts, &count) == XJ_OK);
    which %= count;
    edit(parts[which].bytes, at, how, bytes, &changed);
    parts[which].bytes = xj_buf_slice(&changed);
    xj_buf_init(&manifest, XJ_EV_MANIFEST_MAX);
    if (which > 0) {
        fit_manifest(parts, count, &manifest);
        parts[0].bytes = xj_buf_slice(&manifest);
    }
    must(xj_zip_write(parts, count, out) == XJ_OK);
    free(parts);
    xj_buf_free(&changed);
    xj_buf_free(&manifest);
}

static void read_and_judge(struct xj_slice bytes)
{
    struct xj_bundle b;
    struct xj_ev_result r;
    struct xj_buf again;
    const char *fault = NULL;
    const enum xj_err err = xj_bundle_decode(bytes, &b, &fault);
    must(err == XJ_OK || err == XJ_EMALFORMED);
    must((err == XJ_OK) == (fault == NULL));
    if (err != XJ_OK)
        return;
    must(xj_evidence_judge(&b, 1, root, &r) == XJ_OK);
    for (int c = XJ_CLAIM_ISSUED; c < XJ_CLAIM_END; c++)
        must(r.claims[c].verdict != XJ_EV_INVALID && (r.claims[c].verdict == XJ_EV_PROVED) == (*r.claims[c].code == '\0'));
    xj_buf_init(&again, XJ_ZIP_FILE_MAX);
    must(xj_bundle_encode(&b, &again) == XJ_OK && xj_slice_eq(xj_buf_slice(&again), bytes));
    xj_buf_free(&again);
    xj_ev_result_free(&r);
    xj_bundle_free(&b);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct xj_buf file;
    if (size < HEAD_BYTES)
        return 0;
    if (data[0] % 2 == 0) {
        read_and_judge(xj_slice_of(data + 1, size - 1));
        return 0;
    }
    xj_buf_init(&file, XJ_ZIP_FILE_MAX);
    const size_t at = data[3] | (size_t)data[4] << 8 | (size_t)data[5] << 16;
    change_part(&good[data[1] % 2], data[2], at, data[6], xj_slice_of(data + HEAD_BYTES, size - HEAD_BYTES), &file);
    read_and_judge(xj_buf_slice(&file));
    xj_buf_free(&file);
    return 0;
}

/* A small file of parts for the reader of the container; the rest of a bundle is reached by changing a sound one. */
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned seed)
{
    static const struct xj_zip_part parts[] = {{{(const uint8_t *)"manifest", 8}, {(const uint8_t *)"\x98", 1}},
                                               {{(const uint8_t *)"entries", 7}, {(const uint8_t *)"\x90", 1}}};
    struct xj_buf zip, specimen;
    if (!fuzz_wants_specimen(seed))
        return LLVMFuzzerMutate(data, size, max_size);
    xj_buf_init(&zip, 4096);
    xj_buf_init(&specimen, 4096);
    must(xj_zip_write(parts, 1 + seed / 16 % 2, &zip) == XJ_OK);
    xj_buf_add(&specimen, "", 1);
    xj_buf_add_slice(&specimen, xj_buf_slice(&zip));
    xj_buf_free(&zip);
    size = fuzz_take(&specimen, data, size, max_size);
    return fuzz_mutate(data, size, max_size, seed);
}
