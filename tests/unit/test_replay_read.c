/* What is a case file and what is not: spec/11-replay.md, section 2. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "agents/cli/replay_read.h"
#include "schema/base/civil.h"
#include "schema/base/utf8.h"

#define EVENT(fields) "{\"id\":\"x\",\"events\":[{" fields "}]}"

/* The error, and that the message names the place. */
static enum xj_err read_bad(const char *json, const char *place)
{
    struct xj_replay_case c;
    struct xj_buf text;
    xj_buf_init(&text, 4096);
    enum xj_err err = xj_replay_read(xj_slice_cstr(json), "f.json", &c, &text);
    const char *said = xj_buf_cstr(&text);
    if (err != XJ_OK && (strstr(said, "f.json") == NULL || strstr(said, place) == NULL))
        fail_msg("no %s in %s", place, said);
    assert_true(xj_utf8_valid(xj_buf_slice(&text)));
    if (err != XJ_OK)
        assert_null(c.root); /* nothing is left behind */
    xj_replay_case_free(&c);
    xj_buf_free(&text);
    return err;
}

static void replay_read__keeps_what_a_file_says(void **state)
{
    (void)state;
    struct xj_replay_case c;
    static const char json[] = "\xEF\xBB\xBF{\"id\":\"n\",\"title\":null,\"extra\":[1.5],\"source\":{\"number\":\"检例第7号\"},"
                               "\"bureaus\":[{\"name\":\"甲市公安局\",\"type\":\"police\"}],"
                               "\"parties\":[{\"label\":\"张某\",\"kind\":\"person\"},{\"label\":\"张某\",\"kind\":\"unit\"}],"
                               "\"events\":[{\"seq\":7,\"date\":\"2023-12/2024-04\",\"actor\":\"supervisory_commission\","
                               "\"actor_name\":null,\"event\":\"filed\",\"note\":null,\"documents\":[\"甲\",\"\"],\"parties\":[\"张某\"]}]}";
    assert_int_equal(xj_replay_read(xj_slice_of(json, sizeof json - 1), "f", &c, NULL), XJ_OK);
    assert_string_equal(c.id, "n");
    assert_string_equal(c.title, "");
    assert_non_null(strstr(c.source, "检例第7号"));
    assert_int_equal(c.party_count, 1); /* a label listed twice is one party */
    assert_string_equal(c.parties[0].kind, "person");
    assert_int_equal(c.events[0].kind, XJ_ACTOR_SUPERVISORY);
    assert_int_equal(c.events[0].seq, 7);
    assert_string_equal(c.events[0].actor_name, "");
    assert_int_equal(c.events[0].document_count, 1);
    assert_int_equal(xj_day_of_ms(c.events[0].from_ms), xj_days_from_civil((struct xj_civil){2023, 12, 1}));
    assert_int_equal(xj_day_of_ms(c.events[0].to_ms), xj_days_from_civil((struct xj_civil){2024, 4, 30}));
    xj_replay_case_free(&c);
    xj_replay_case_free(&c);
}

static void replay_read__takes_a_file_without_events(void **state)
{
    (void)state;
    assert_int_equal(read_bad("{\"id\":\"x\",\"events\":[]}", ""), XJ_OK);
    assert_int_equal(read_bad("{\"id\":\"x\"}", "events"), XJ_EMALFORMED);
    assert_int_equal(read_bad("{\"id\":\"\",\"events\":[]}", "id"), XJ_EMALFORMED);
}

static void replay_read__names_the_field_that_is_wrong(void **state)
{
    (void)state;
    assert_int_equal(read_bad("[]", ""), XJ_EMALFORMED);
    assert_int_equal(read_bad("{", ""), XJ_EMALFORMED);
    assert_int_equal(read_bad("{\"id\":\"甲\\乙\"}", "no JSON at line 1"), XJ_EMALFORMED); /* not half a character */
    assert_int_equal(read_bad("{\"id\":\"x\",\"id\":\"y\",\"events\":[]}", ""), XJ_EMALFORMED);
    assert_int_equal(read_bad("{\"id\":\"x\",\"events\":[1]}", "events[0]"), XJ_EMALFORMED);
    assert_int_equal(read_bad(EVENT("\"seq\":\"1\",\"actor\":\"police\",\"event\":\"filed\""), "events[0].seq"), XJ_EMALFORMED);
    assert_int_equal(read_bad(EVENT("\"seq\":-1,\"actor\":\"police\",\"event\":\"filed\""), "events[0].seq"), XJ_EMALFORMED);
    assert_int_equal(read_bad(EVENT("\"seq\":1,\"actor\":\"army\",\"event\":\"filed\""), "events[0].actor"), XJ_EMALFORMED);
    assert_int_equal(read_bad(EVENT("\"seq\":1,\"actor\":\"justice\",\"event\":\"filed\""), "events[0].actor"), XJ_EMALFORMED);
    assert_int_equal(read_bad(EVENT("\"seq\":1,\"actor\":null,\"event\":\"filed\""), "events[0].actor"), XJ_EMALFORMED);
    assert_int_equal(read_bad(EVENT("\"seq\":1,\"actor\":\"police\""), "events[0].event"), XJ_EMALFORMED);
    assert_int_equal(read_bad(EVENT("\"seq\":1,\"actor\":\"police\",\"event\":\"filed\",\"parties\":[1]"), "events[0].parties"),
                     XJ_EMALFORMED);
    assert_int_equal(read_bad("{\"id\":\"x\",\"events\":[],\"parties\":[{\"label\":\"a\",\"kind\":\"dog\"}]}", "parties[0].kind"),
                     XJ_EMALFORMED);
}

static void replay_read__refuses_dates_that_are_none(void **state)
{
    (void)state;
    static const char *const bad[] = {"2023-13", "2023-02-30", "yesterday", "2024/2023", "1899-12-31", "2023-1-1", "2023-01-01/"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct xj_buf json;
        xj_buf_init(&json, 1024);
        xj_buf_addf(&json, EVENT("\"seq\":1,\"date\":\"%s\",\"actor\":\"police\",\"event\":\"filed\""), bad[i]);
        assert_int_equal(read_bad(xj_buf_cstr(&json), "events[0].date"), XJ_EMALFORMED);
        xj_buf_free(&json);
    }
}

static void replay_read__refuses_a_note_longer_than_a_body_holds(void **state)
{
    (void)state;
    struct xj_buf json;
    xj_buf_init(&json, 1024 * 1024);
    xj_buf_add_str(&json, "{\"id\":\"x\",\"events\":[{\"seq\":1,\"actor\":\"police\",\"event\":\"filed\",\"note\":\"");
    for (unsigned i = 0; i <= XJ_REPLAY_TEXT_BYTES; i++)
        xj_buf_add_str(&json, "n");
    xj_buf_add_str(&json, "\"}]}");
    assert_int_equal(read_bad(xj_buf_cstr(&json), "events[0].note"), XJ_ELIMIT);
    xj_buf_free(&json);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(replay_read__keeps_what_a_file_says),
        cmocka_unit_test(replay_read__takes_a_file_without_events),
        cmocka_unit_test(replay_read__names_the_field_that_is_wrong),
        cmocka_unit_test(replay_read__refuses_dates_that_are_none),
        cmocka_unit_test(replay_read__refuses_a_note_longer_than_a_body_holds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
