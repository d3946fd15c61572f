/* Loads a procedure of tests/procedures or schema/procedures for a test, with one piece of its text replaced.
 * Only for tests; include after cmocka.h. XJ_SOURCE_DIR is the project root, "." unless given. */
#ifndef XJ_TEST_PROCEDURE_FIXTURE_H
#define XJ_TEST_PROCEDURE_FIXTURE_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "schema/procedure/model.h"
#include "schema/procedure/yaml/compile.h"

#ifndef XJ_SOURCE_DIR
#define XJ_SOURCE_DIR "."
#endif
#define SMALL_YAML XJ_SOURCE_DIR "/tests/procedures/small.yaml"
#define HANDOVER_YAML XJ_SOURCE_DIR "/tests/procedures/handover.yaml"
#define OVERLAY_YAML XJ_SOURCE_DIR "/tests/procedures/overlay.yaml"
#define RELAY_YAML XJ_SOURCE_DIR "/tests/procedures/relay.yaml"
#define RELAY_NEXT_YAML XJ_SOURCE_DIR "/tests/procedures/relay.next.yaml"
#define REFERRAL_YAML XJ_SOURCE_DIR "/schema/procedures/referral.yaml"
#define REPLAY_YAML XJ_SOURCE_DIR "/schema/procedures/referral.replay.yaml"

/* The whole file; freed by the caller with xj_buf_free. */
static inline struct xj_buf read_text(const char *path)
{
    struct xj_buf text;
    char chunk[4096];
    size_t n;
    FILE *file = fopen(path, "rb");
    xj_buf_init(&text, 1024 * 1024);
    if (file == NULL)
        fail_msg("cannot open %s", path);
    while ((n = fread(chunk, 1, sizeof chunk, file)) > 0)
        xj_buf_add(&text, chunk, n);
    fclose(file);
    assert_int_equal(text.err, XJ_OK);
    return text;
}

/* text with its only `from` made into `to`. */
static inline struct xj_buf replaced(struct xj_buf *text, const char *from, const char *to)
{
    struct xj_buf out;
    const char *all = xj_buf_cstr(text), *at = strstr(all, from);
    xj_buf_init(&out, 1024 * 1024);
    if (at == NULL)
        fail_msg("the text to replace is not there: %s", from);
    if (strstr(at + 1, from) != NULL)
        fail_msg("the text to replace is there twice: %s", from);
    xj_buf_add(&out, all, (size_t)(at - all));
    xj_buf_add_str(&out, to);
    xj_buf_add_str(&out, at + strlen(from));
    assert_int_equal(out.err, XJ_OK);
    return out;
}

/* The model that a text compiles to; xj_model_free. */
static inline struct xj_model *model_of_text(struct xj_buf *text)
{
    struct xj_findings f;
    struct xj_buf bytes;
    struct xj_model *m = NULL;
    xj_findings_init(&f);
    xj_buf_init(&bytes, XJ_MODEL_BYTES_MAX);
    if (xj_procedure_compile(xj_buf_slice(text), (struct xj_slice){NULL, 0}, &bytes, &f) != XJ_OK)
        fail_msg("%s: %s", f.count > 0 ? f.list[0].code : "?", f.count > 0 ? f.list[0].en : "?");
    assert_int_equal(xj_model_decode(xj_buf_slice(&bytes), &m), XJ_OK);
    xj_findings_free(&f);
    xj_buf_free(&bytes);
    return m;
}

/* A text whose zeros (64 of them) give way to the revision that it replaces. */
static inline struct xj_buf in_place_of(struct xj_buf *text, const struct xj_model *was)
{
    char zeros[65], hex[65];
    memset(zeros, '0', 64);
    zeros[64] = '\0';
    xj_hex(was->revision.b, XJ_HASH_SIZE, hex);
    return replaced(text, zeros, hex);
}

static inline struct xj_slice nothing(void)
{
    return (struct xj_slice){NULL, 0};
}

/* Compiled bytes of a file without errors; freed by the caller with xj_buf_free. */
static inline struct xj_buf compiled_file(const char *path)
{
    struct xj_buf text = read_text(path), bytes;
    struct xj_findings f;
    xj_findings_init(&f);
    xj_buf_init(&bytes, XJ_MODEL_BYTES_MAX);
    enum xj_err err = xj_procedure_compile(xj_buf_slice(&text), nothing(), &bytes, &f);
    if (err != XJ_OK)
        fail_msg("%s: %s", path, f.count > 0 ? f.list[0].en : xj_err_name(err));
    xj_findings_free(&f);
    xj_buf_free(&text);
    return bytes;
}

#endif
