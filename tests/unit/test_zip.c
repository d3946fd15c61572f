/* The container of evidence bundles: one form only. Spec: spec/16-evidence.md, section 1. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "schema/base/hash.h"
#include "schema/evidence/zip.h"

#define must(call) assert_int_equal((call), XJ_OK)

static struct xj_zip_part part(const char *name, const char *bytes)
{
    return (struct xj_zip_part){xj_slice_cstr(name), xj_slice_cstr(bytes)};
}

static void make(struct xj_buf *file)
{
    const struct xj_zip_part parts[] = {part("manifest", "m"), part("a/b.c", ""), part("entries", "一二三")};
    xj_buf_init(file, 4096);
    must(xj_zip_write(parts, 3, file));
}

static enum xj_err read_all(struct xj_slice bytes)
{
    struct xj_zip_part *parts = NULL;
    size_t count = 0;
    const enum xj_err err = xj_zip_read(bytes, &parts, &count);
    assert_true((err == XJ_OK) == (parts != NULL) && (err == XJ_OK) == (count > 0));
    free(parts);
    return err;
}

/* The bytes were written with Python's struct and zlib from the specification. */
static void zip_write__gives_the_bytes_of_the_specification(void **state)
{
    static const char hex[] = "504b03040a0000000000000021008316dc8c0100000001000000010000006178"
                              "504b01020a000a0000000000000021008316dc8c010000000100000001000000000000000000000000000000000061"
                              "504b050600000000010001002f000000200000000000";
    struct xj_buf file;
    char found[512];
    (void)state;
    const struct xj_zip_part one = part("a", "x");
    xj_buf_init(&file, 4096);
    must(xj_zip_write(&one, 1, &file));
    xj_hex(file.p, file.n, found);
    assert_string_equal(found, hex);
    xj_buf_free(&file);
}

static void zip_read__gives_back_the_parts_in_their_order(void **state)
{
    struct xj_buf file;
    struct xj_zip_part *parts = NULL;
    size_t count = 0;
    (void)state;
    make(&file);
    must(xj_zip_read(xj_buf_slice(&file), &parts, &count));
    assert_int_equal(count, 3);
    assert_true(xj_slice_is(parts[0].name, "manifest") && xj_slice_is(parts[0].bytes, "m"));
    assert_true(xj_slice_is(parts[1].name, "a/b.c") && parts[1].bytes.n == 0);
    assert_true(xj_slice_is(parts[2].name, "entries") && xj_slice_is(parts[2].bytes, "一二三"));
    free(parts);
    xj_buf_free(&file);
}

static void zip_read__refuses_every_flipped_bit(void **state)
{
    struct xj_buf file;
    (void)state;
    make(&file);
    for (size_t i = 0; i < file.n; i++)
        for (unsigned bit = 0; bit < 8; bit++) {
            file.p[i] ^= (uint8_t)(1u << bit);
            assert_int_equal(read_all(xj_buf_slice(&file)), XJ_EMALFORMED);
            file.p[i] ^= (uint8_t)(1u << bit);
        }
    must(read_all(xj_buf_slice(&file)));
    xj_buf_free(&file);
}

static void zip_read__refuses_every_cut_and_anything_before_or_behind(void **state)
{
    struct xj_buf file, more;
    (void)state;
    make(&file);
    for (size_t n = 0; n < file.n; n++) {
        assert_int_equal(read_all(xj_slice_of(file.p, n)), XJ_EMALFORMED);
        assert_int_equal(read_all(xj_slice_of(file.p + n + 1, file.n - n - 1)), XJ_EMALFORMED);
    }
    xj_buf_init(&more, 4096);
    xj_buf_add(&more, "x", 1);
    xj_buf_add_slice(&more, xj_buf_slice(&file));
    assert_int_equal(read_all(xj_buf_slice(&more)), XJ_EMALFORMED);
    xj_buf_add(&file, "", 1);
    assert_int_equal(read_all(xj_buf_slice(&file)), XJ_EMALFORMED);
    xj_buf_free(&file);
    xj_buf_free(&more);
}

static void zip_write__refuses_names_and_numbers_that_the_form_has_not(void **state)
{
    static const char *const names[] = {"", "A", "a b", "a\\b", "é", "a_b", "a:b"};
    struct xj_buf file;
    char longest[XJ_ZIP_NAME_MAX + 2];
    (void)state;
    xj_buf_init(&file, 4096);
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        const struct xj_zip_part one = part(names[i], "x");
        assert_int_equal(xj_zip_write(&one, 1, &file), XJ_ELIMIT);
    }
    memset(longest, 'a', sizeof longest);
    longest[XJ_ZIP_NAME_MAX + 1] = '\0';
    const struct xj_zip_part too_long = part(longest, "x");
    assert_int_equal(xj_zip_write(&too_long, 1, &file), XJ_ELIMIT);
    assert_int_equal(xj_zip_write(&too_long, 0, &file), XJ_ELIMIT);
    assert_int_equal(file.n, 0);
    longest[XJ_ZIP_NAME_MAX] = '\0';
    const struct xj_zip_part fits = part(longest, "x");
    must(xj_zip_write(&fits, 1, &file));
    must(read_all(xj_buf_slice(&file)));
    xj_buf_free(&file);
}

/* What is too large is refused by its numbers alone: no byte of it is looked at. */
static void zip__refuses_what_is_too_large_or_too_many(void **state)
{
    struct xj_zip_part parts[5];
    struct xj_zip_part *many = calloc(XJ_ZIP_PARTS_MAX + 1, sizeof *many), *read = NULL;
    struct xj_buf file;
    size_t count = 0;
    (void)state;
    assert_non_null(many);
    xj_buf_init(&file, 4096);
    for (size_t i = 0; i < 5; i++)
        parts[i] = (struct xj_zip_part){xj_slice_cstr("a"), xj_slice_of("x", XJ_ZIP_PART_MAX)};
    assert_int_equal(xj_zip_write(parts, 5, &file), XJ_ELIMIT); /* each fits, all do not */
    parts[0].bytes.n++;
    assert_int_equal(xj_zip_write(parts, 1, &file), XJ_ELIMIT);
    for (size_t i = 0; i <= XJ_ZIP_PARTS_MAX; i++)
        many[i] = part("a", "");
    assert_int_equal(xj_zip_write(many, XJ_ZIP_PARTS_MAX + 1, &file), XJ_ELIMIT);
    assert_int_equal(file.n, 0);
    assert_int_equal(xj_zip_read(xj_slice_of("PK", (size_t)XJ_ZIP_FILE_MAX + 1), &read, &count), XJ_EMALFORMED);
    make(&file);
    assert_int_equal(xj_zip_write(many, 1, &file), XJ_ELIMIT); /* behind something */
    xj_buf_free(&file);
    free(many);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(zip_write__gives_the_bytes_of_the_specification),
        cmocka_unit_test(zip_read__gives_back_the_parts_in_their_order),
        cmocka_unit_test(zip_read__refuses_every_flipped_bit),
        cmocka_unit_test(zip_read__refuses_every_cut_and_anything_before_or_behind),
        cmocka_unit_test(zip_write__refuses_names_and_numbers_that_the_form_has_not),
        cmocka_unit_test(zip__refuses_what_is_too_large_or_too_many),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
