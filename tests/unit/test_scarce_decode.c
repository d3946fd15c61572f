/* The law as data, read without memory: what is sound is read whole or not at all, and never called wrong. Spec:
 * spec/07-procedure.md, spec/08-clocks.md, spec/13-standards.md. */
#include "tests/unit/scarce.h"

#include <stdarg.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "agents/cli/calendar_json.h"
#include "agents/cli/standards_json.h"
#include "schema/base/config.h"
#include "schema/base/file.h"
#include "schema/procedure/model.h"
#include "schema/procedure/yaml/compile.h"

/* Reads the bytes, adds the canonical bytes of what it read to *again; with nothing left allocated. */
typedef enum xj_err read_all(struct xj_slice bytes, struct xj_buf *again);

static void whole_or_none(read_all *read, struct xj_slice bytes)
{
    struct xj_buf whole, scarce;
    bool struck = true;
    xj_buf_init(&whole, 4 * 1024 * 1024);
    assert_int_equal(read(bytes, &whole), XJ_OK);
    for (size_t n = 1; struck; n = scarce_next(n)) {
        xj_buf_init(&scarce, 4 * 1024 * 1024);
        scarce_at(n);
        const enum xj_err err = read(bytes, &scarce);
        struck = scarce_over();
        if (err != XJ_OK && err != XJ_ENOMEM)
            fail_msg("allocation %zu: %s", n, xj_err_name(err));
        if (err == XJ_OK && scarce.err == XJ_OK)
            assert_true(xj_slice_eq(xj_buf_slice(&whole), xj_buf_slice(&scarce)));
        xj_buf_free(&scarce);
    }
    xj_buf_free(&whole);
}

static void file(const char *name, struct xj_buf *ret)
{
    char path[512];
    snprintf(path, sizeof path, "%s/%s", XJ_SOURCE_DIR, name);
    assert_int_equal(xj_file_read(path, 1024 * 1024, ret), XJ_OK);
}

static enum xj_err compile(struct xj_slice yaml, struct xj_buf *again)
{
    struct xj_findings findings;
    xj_findings_init(&findings);
    enum xj_err err = xj_procedure_compile(yaml, xj_slice_of(NULL, 0), again, &findings);
    xj_findings_free(&findings);
    return err;
}

static void procedure__is_compiled_whole_or_not_at_all(void **state)
{
    struct xj_buf yaml;
    (void)state;
    file("tests/procedures/small.yaml", &yaml);
    whole_or_none(compile, xj_buf_slice(&yaml));
    xj_buf_free(&yaml);
}

static enum xj_err model(struct xj_slice compiled, struct xj_buf *again)
{
    struct xj_model *m;
    enum xj_err err = xj_model_decode(compiled, &m);
    if (err == XJ_OK) {
        xj_buf_add(again, m->revision.b, XJ_HASH_SIZE);
        xj_buf_addf(again, " %u acts %u duties %u rules", m->act_count, m->duty_count, m->rule_count);
        xj_model_free(m);
    }
    return err;
}

static void model__is_read_whole_or_not_at_all(void **state)
{
    struct xj_buf yaml, compiled;
    (void)state;
    file("schema/procedures/supervision.yaml", &yaml);
    xj_buf_init(&compiled, 1024 * 1024);
    assert_int_equal(compile(xj_buf_slice(&yaml), &compiled), XJ_OK);
    whole_or_none(model, xj_buf_slice(&compiled));
    xj_buf_free(&yaml);
    xj_buf_free(&compiled);
}

static enum xj_err calendar(struct xj_slice bytes, struct xj_buf *again)
{
    struct xj_calendar cal;
    enum xj_err err = xj_calendar_decode(bytes, &cal);
    if (err == XJ_OK) {
        xj_calendar_encode(&cal, again);
        xj_calendar_free(&cal);
    }
    return err;
}

static void calendar__is_read_whole_or_not_at_all(void **state)
{
    struct xj_calendar cal;
    struct xj_buf bytes;
    (void)state;
    assert_int_equal(xj_calendar_load(XJ_SOURCE_DIR "/schema/calendars/cn.json", &cal, NULL), XJ_OK);
    xj_buf_init(&bytes, XJ_CALENDAR_BYTES_MAX);
    xj_calendar_encode(&cal, &bytes);
    xj_calendar_free(&cal);
    whole_or_none(calendar, xj_buf_slice(&bytes));
    xj_buf_free(&bytes);
}

static enum xj_err standards(struct xj_slice bytes, struct xj_buf *again)
{
    struct xj_standards st;
    enum xj_err err = xj_standards_decode(bytes, &st, NULL);
    if (err == XJ_OK) {
        xj_buf_add_slice(again, xj_standards_bytes(&st));
        xj_standards_free(&st);
    }
    return err;
}

static void standards__are_read_whole_or_not_at_all(void **state)
{
    struct xj_standards st;
    struct xj_buf bytes;
    (void)state;
    assert_int_equal(xj_standards_load(XJ_SOURCE_DIR "/schema/standards/cn.json", &st, NULL), XJ_OK);
    xj_buf_init(&bytes, 4 * 1024 * 1024);
    xj_buf_add_slice(&bytes, xj_standards_bytes(&st));
    xj_standards_free(&st);
    whole_or_none(standards, xj_buf_slice(&bytes));
    xj_buf_free(&bytes);
}

static enum xj_err config(struct xj_slice bytes, struct xj_buf *again)
{
    static const struct xj_config_name names[] = {{"home", XJ_CONFIG_OPTIONAL, XJ_CONFIG_PATH, 0, 0},
                                                  {"peer", XJ_CONFIG_LIST, XJ_CONFIG_STRING, 1, 0}};
    struct xj_config *c = NULL;
    struct xj_buf text;
    xj_buf_init(&text, 4096);
    enum xj_err err = xj_config_parse(bytes, "/etc/a.conf", names, 2, &c, &text);
    if (err == XJ_OK) {
        xj_buf_add_str(again, xj_config_str(c, "home", ""));
        xj_config_free(c);
    }
    xj_buf_free(&text);
    return err;
}

static void config__is_read_whole_or_not_at_all(void **state)
{
    (void)state;
    whole_or_none(config, xj_slice_cstr("home = a\npeer = b\npeer = c\n"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(procedure__is_compiled_whole_or_not_at_all),
        cmocka_unit_test(model__is_read_whole_or_not_at_all),
        cmocka_unit_test(calendar__is_read_whole_or_not_at_all),
        cmocka_unit_test(standards__are_read_whole_or_not_at_all),
        cmocka_unit_test(config__is_read_whole_or_not_at_all),
    };
    if (!scarce_begin())
        return 1;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
