/* The view's file: who may read and write it, whose it is, and what happens to one that is not as it was made. Spec: spec/10-api.md,
 * section 5. */
#include "tests/unit/view_city.h"

#include <sqlite3.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

static void view_open__is_private_and_a_reader_never_writes(void **state)
{
    struct city *c = *state;
    struct xj_view *writer = city_view(c, CITY_POLICE, "file"), *reader = NULL;
    struct xj_ledger_item *items;
    struct stat st;
    size_t count;
    char path[160];
    items = city_items(c, CITY_POLICE, &count);
    city_view_path(c, "file", path);
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600);
    const struct xj_view_options o = {.path = path, .agency = CITY_POLICE, .reader = true};
    assert_int_equal(xj_view_open(&o, &reader, NULL), XJ_OK);
    assert_int_not_equal(xj_view_apply(reader, items, 1), XJ_OK);
    assert_int_not_equal(xj_view_clear(reader), XJ_OK);
    assert_int_equal(xj_view_applied(writer), 0);
    assert_int_equal(xj_view_apply(writer, items, count), XJ_OK);
    assert_int_equal(xj_view_applied(reader), count);
    xj_view_close(reader);
    xj_view_close(writer);
    city_items_free(items, count);
}

static void view_open__refuses_the_view_of_another_agency(void **state)
{
    struct city *c = *state;
    struct xj_view *v = city_view(c, CITY_POLICE, "owner"), *other = NULL;
    char path[160];
    xj_view_close(v);
    city_view_path(c, "owner", path);
    const struct xj_view_options o = {.path = path, .agency = CITY_PROC, .root_key = c->w->anchor.root, .volatile_ok = true};
    assert_int_equal(xj_view_open(&o, &other, NULL), XJ_ECONFIG);
    assert_null(other);
    const struct xj_view_options absent = {.path = "/dev/shm/xianjie-no-such.view", .agency = CITY_PROC, .reader = true};
    assert_int_not_equal(xj_view_open(&absent, &other, NULL), XJ_OK);
    assert_null(other);
}

/* As a bit that changes on the disk leaves it: SQLite is content with any name, our statements are not. */
static void view_open__with_tables_that_are_not_ours_begins_anew(void **state)
{
    static const char *const changes[] = {
        "UPDATE sqlite_schema SET sql = replace(sql, 'open_duties', 'open_dutier') WHERE name = 'case_index'",
        "UPDATE sqlite_schema SET sql = replace(sql, 'code TEXT', 'code BLOB') WHERE name = 'incident'",
        "DROP INDEX act_via",
        "DROP TABLE told",
        "DROP TABLE basis; CREATE TABLE basis(name TEXT) STRICT",
    };
    struct city *c = *state;
    struct xj_ledger_item *items;
    struct xj_hash want, got;
    size_t count;
    char path[160];
    bool whole;
    city_history(c);
    items = city_items(c, CITY_POLICE, &count);
    struct xj_view *v = city_view(c, CITY_POLICE, "tables");
    assert_int_equal(xj_view_apply(v, items, count), XJ_OK);
    assert_int_equal(xj_view_digest(v, false, &want), XJ_OK);
    xj_view_close(v);
    city_view_path(c, "tables", path);
    v = city_view(c, CITY_POLICE, "tables");
    assert_int_equal(xj_view_applied(v), count);
    assert_int_equal(xj_view_whole(v, &whole), XJ_OK);
    assert_true(whole);
    for (size_t i = 0; i < sizeof changes / sizeof changes[0]; i++) {
        sqlite3 *raw;
        xj_view_close(v);
        assert_int_equal(sqlite3_open(path, &raw), SQLITE_OK);
        assert_int_equal(sqlite3_exec(raw, "PRAGMA writable_schema = ON", NULL, NULL, NULL), SQLITE_OK);
        assert_int_equal(sqlite3_exec(raw, changes[i], NULL, NULL, NULL), SQLITE_OK);
        assert_int_equal(sqlite3_close(raw), SQLITE_OK);
        v = city_view(c, CITY_POLICE, "tables");
        if (xj_view_applied(v) != 0)
            fail_msg("kept: %s", changes[i]);
        assert_int_equal(xj_view_whole(v, &whole), XJ_OK);
        assert_false(whole); /* `rebuild` tells that the old one was wrong */
        assert_int_equal(xj_view_apply(v, items, count), XJ_OK);
        assert_int_equal(xj_view_digest(v, false, &got), XJ_OK);
        assert_memory_equal(got.b, want.b, 32);
    }
    xj_view_close(v);
    city_items_free(items, count);
}

#define IN_CITY(test) cmocka_unit_test_setup_teardown(test, city_up, city_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_CITY(view_open__is_private_and_a_reader_never_writes),
        IN_CITY(view_open__refuses_the_view_of_another_agency),
        IN_CITY(view_open__with_tables_that_are_not_ours_begins_anew),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
