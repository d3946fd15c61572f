/* What is made of what SQLite says: settings that are read back, codes, and what the system tells of a file beside them.
 * Spec: spec/05-ledger.md, sections 1 and 6. */
#include "tests/unit/faulty_sqlite.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "schema/ledger/sql.h"
#include "tests/unit/ledger_cases.h"

#define must(call) assert_int_equal((call), XJ_OK)

struct work {
    char dir[64];
    uint64_t tick;
    struct xj_env env;
};

static int up(void **state)
{
    struct work *w = calloc(1, sizeof *w);
    *state = w;
    if (w == NULL)
        return -1;
    fixture_dir_make(w->dir);
    w->env = fixture_env(&w->tick);
    return 0;
}

static int down(void **state)
{
    struct work *w = *state;
    fixture_dir_remove(w->dir);
    free(w);
    return 0;
}

static bool counts_down(size_t *at)
{
    return *at > 0 && !faulty_inside && --*at == 0;
}

static struct xj_db_options options(const char *path)
{
    return (struct xj_db_options){.path = path, .create = true, .volatile_ok = true, .format = "xianjie ledger 1",
                                  .owner = "110000-market"};
}

/* ---- settings that do not hold ---- */

/* Calls until the one that is answered otherwise; 0: none is. */
static size_t other_text_at, other_limit_at, other_switch_at, no_switch_at;
static const char *other_text;

const unsigned char *sqlite3_column_text(sqlite3_stmt *st, int column)
{
    static const unsigned char *(*real)(sqlite3_stmt *, int);
    if (counts_down(&other_text_at))
        return (const unsigned char *)other_text;
    FAULTY_REAL("sqlite3_column_text", real);
    return real(st, column);
}

int sqlite3_limit(sqlite3 *db, int id, int limit)
{
    static int (*real)(sqlite3 *, int, int);
    FAULTY_REAL("sqlite3_limit", real);
    const int was = real(db, id, limit);
    return limit < 0 && counts_down(&other_limit_at) ? was + 1 : was;
}

int sqlite3_db_config(sqlite3 *db, int option, ...)
{
    static int (*real)(sqlite3 *, int, ...);
    va_list more;
    va_start(more, option);
    const int wanted = va_arg(more, int);
    int *got = va_arg(more, int *);
    va_end(more);
    FAULTY_REAL("sqlite3_db_config", real);
    const int rc = real(db, option, wanted, got);
    *got ^= counts_down(&other_switch_at);
    return counts_down(&no_switch_at) ? SQLITE_ERROR : rc;
}

/* Each setting is read back, and a file that does not have it is not used; a reason is given where there is room for one. */
static void db_open__refuses_a_file_whose_settings_do_not_hold(void **state)
{
    static const struct {
        size_t *at;
        size_t at_least;
        const char *says, *text;
    } kinds[] = {{&other_text_at, 10, "setting does not hold", "another"}, {&other_limit_at, 8, "limit of SQLite", NULL},
                 {&other_switch_at, 6, "security switch", NULL}, {&no_switch_at, 6, "security switch", NULL},
                 {&other_text_at, 10, "setting does not hold", NULL}};
    struct work *w = *state;
    struct xj_env env = w->env;
    char path[128];
    for (size_t k = 0; k < sizeof kinds / sizeof kinds[0]; k++) {
        size_t refused = 0;
        other_text = kinds[k].text;
        for (bool reached = true; reached; refused += reached) {
            struct xj_db *db = NULL;
            struct xj_buf text;
            (void)snprintf(path, sizeof path, "%s/set-%zu-%zu.db", w->dir, k, refused);
            const struct xj_db_options o = options(path);
            xj_buf_init(&text, 4096);
            *kinds[k].at = refused + 1;
            const enum xj_err err = xj_db_open(&o, &env, &db, refused % 2 == 0 ? &text : NULL);
            reached = *kinds[k].at == 0;
            *kinds[k].at = 0;
            assert_int_equal(err, reached ? XJ_ECONFIG : XJ_OK);
            assert_true(!reached || refused % 2 == 1 || strstr(xj_buf_cstr(&text), kinds[k].says) != NULL);
            xj_db_close(db);
            xj_buf_free(&text);
        }
        assert_true(refused >= kinds[k].at_least);
    }
}

/* ---- what SQLite says, and what it means ---- */

/* What the system said of the file, or of its log: of a page that could not be read SQLite says only that it is malformed. */
static int told_of_file, told_of_log, told_of_system;
static bool has_no_log;

static int log_control(sqlite3_file *log, int op, void *arg)
{
    (void)log;
    if (op == SQLITE_FCNTL_LAST_ERRNO)
        memcpy(arg, &told_of_log, sizeof told_of_log);
    return SQLITE_OK;
}

int sqlite3_file_control(sqlite3 *db, const char *name, int op, void *arg)
{
    static const sqlite3_io_methods methods = {.iVersion = 1, .xFileControl = log_control};
    static sqlite3_file log = {.pMethods = &methods};
    static int (*real)(sqlite3 *, const char *, int, void *);
    sqlite3_file *at = has_no_log ? NULL : &log;
    FAULTY_REAL("sqlite3_file_control", real);
    if (op == SQLITE_FCNTL_LAST_ERRNO && told_of_file != 0)
        memcpy(arg, &told_of_file, sizeof told_of_file);
    else if (op == SQLITE_FCNTL_JOURNAL_POINTER && (told_of_log != 0 || has_no_log))
        memcpy(arg, &at, sizeof at);
    else
        return real(db, name, op, arg);
    return SQLITE_OK;
}

int sqlite3_system_errno(sqlite3 *db)
{
    static int (*real)(sqlite3 *);
    FAULTY_REAL("sqlite3_system_errno", real);
    return told_of_system != 0 ? told_of_system : real(db);
}

static void sql_error__believes_the_system_more_than_a_page_or_a_code(void **state)
{
    struct work *w = *state;
    char path[128];
    struct xj_db *db = NULL;
    (void)snprintf(path, sizeof path, "%s/told.db", w->dir);
    const struct xj_db_options o = options(path);
    must(xj_db_open(&o, &w->env, &db, NULL));
    has_no_log = true;
    assert_int_equal(xj_sql_error(db, SQLITE_CORRUPT), XJ_ECORRUPT);
    has_no_log = false;
    told_of_file = EIO;
    assert_int_equal(xj_sql_error(db, SQLITE_CORRUPT), XJ_EIO);
    xj_db_close(db);
    faulty_code = SQLITE_CORRUPT; /* nor is working state damaged then */
    for (bool struck = true, first = true; struck; first = false) {
        static size_t n;
        n = first ? 1 : n + 1;
        faulty_at(n);
        db = NULL;
        const enum xj_err err = xj_db_open(&o, &w->env, &db, NULL);
        struck = faulty_over();
        if (struck ? err != XJ_EIO && err != XJ_ECONFIG : err != XJ_OK)
            fail_msg("call %zu: %s", n, xj_err_name(err));
        xj_db_close(db);
    }
    told_of_file = 0;
    must(xj_db_open(&o, &w->env, &db, NULL));
    told_of_log = EIO;
    assert_int_equal(xj_sql_error(db, SQLITE_CORRUPT), XJ_EIO);
    told_of_log = ENOENT;
    assert_int_equal(xj_sql_error(db, SQLITE_CORRUPT), XJ_ECORRUPT);
    told_of_log = 0;
    for (size_t i = 0; i < 3; i++) {
        told_of_system = (int[]){ENOSPC, EDQUOT, EIO}[i];
        assert_int_equal(xj_sql_error(db, SQLITE_IOERR_WRITE), i < 2 ? XJ_EFULL : XJ_EIO);
    }
    told_of_system = 0;
    xj_db_close(db);
}

/* A pair that is not what was put, read from a page that the disk refused: it may be whole on the next try. */
static void kv__of_a_page_that_the_disk_refused_is_not_called_damaged(void **state)
{
    struct work *w = *state;
    char path[128];
    struct xj_db *db = NULL;
    sqlite3 *raw = NULL;
    (void)snprintf(path, sizeof path, "%s/pair.db", w->dir);
    const struct xj_db_options o = options(path);
    must(xj_db_open(&o, &w->env, &db, NULL));
    xj_db_close(db);
    assert_int_equal(sqlite3_open(path, &raw), SQLITE_OK);
    assert_int_equal(sqlite3_exec(raw, "INSERT INTO kv (k, v) VALUES (x'6b', x'0011223344556677')", NULL, NULL, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_close(raw), SQLITE_OK);
    assert_int_equal(xj_db_open(&o, &w->env, &db, NULL), XJ_ECONFIG);
    told_of_file = EIO;
    assert_int_equal(xj_db_open(&o, &w->env, &db, NULL), XJ_EIO);
    told_of_file = 0;
}

static void sql_error__tells_damage_from_what_befell_the_machine(void **state)
{
    static const struct {
        int code;
        enum xj_err err;
    } codes[] = {{SQLITE_OK, XJ_OK}, {SQLITE_ROW, XJ_OK}, {SQLITE_DONE, XJ_OK}, {SQLITE_FULL, XJ_EFULL}, {SQLITE_NOMEM, XJ_ENOMEM},
                 {SQLITE_IOERR_NOMEM, XJ_EIO}, {SQLITE_CORRUPT, XJ_ECORRUPT}, {SQLITE_CORRUPT_INDEX, XJ_ECORRUPT}, {SQLITE_NOTADB, XJ_ECORRUPT},
                 {SQLITE_CONSTRAINT_CHECK, XJ_ECORRUPT}, {SQLITE_BUSY, XJ_ESTATE}, {SQLITE_LOCKED, XJ_ESTATE}, {SQLITE_TOOBIG, XJ_ELIMIT},
                 {SQLITE_IOERR_WRITE, XJ_EIO}, {SQLITE_CANTOPEN, XJ_EIO}, {SQLITE_ERROR, XJ_EIO}, {SQLITE_MISUSE, XJ_EIO}};
    struct work *w = *state;
    char path[128];
    struct xj_db *db = NULL;
    (void)snprintf(path, sizeof path, "%s/codes.db", w->dir);
    const struct xj_db_options o = options(path);
    must(xj_db_open(&o, &w->env, &db, NULL));
    for (size_t i = 0; i < sizeof codes / sizeof codes[0]; i++) {
        assert_int_equal(xj_sql_error(NULL, codes[i].code), codes[i].err);
        assert_int_equal(xj_sql_error(db, codes[i].code), codes[i].err);
    }
    xj_db_close(db);
}

static bool no_pair(void *arg, struct xj_slice key, struct xj_slice value)
{
    (void)arg;
    (void)key;
    (void)value;
    return true;
}

static void kv__refuses_a_prefix_that_no_key_has_and_forgets_all_when_told(void **state)
{
    struct work *w = *state;
    static uint8_t prefix[1025];
    char path[128];
    struct xj_db *db = NULL;
    struct xj_buf value;
    (void)snprintf(path, sizeof path, "%s/kv.db", w->dir);
    const struct xj_db_options o = options(path);
    must(xj_db_open(&o, &w->env, &db, NULL));
    const struct xj_store s = xj_db_store(db);
    assert_int_equal(s.scan(s.ctx, xj_slice_of(prefix, sizeof prefix), xj_slice_of(NULL, 0), false, no_pair, NULL), XJ_ELIMIT);
    must(s.scan(s.ctx, xj_slice_of(prefix, sizeof prefix - 1), xj_slice_of(NULL, 0), true, no_pair, NULL));
    xj_buf_init(&value, 64);
    must(s.put(s.ctx, xj_slice_cstr("k"), xj_slice_cstr("v")));
    faulty_code = SQLITE_IOERR_WRITE;
    for (size_t n = 1; n <= 2; n++) {
        faulty_at(n);
        assert_int_equal(xj_db_kv_clear(db), XJ_EIO);
        (void)faulty_over();
    }
    must(s.get(s.ctx, xj_slice_cstr("k"), &value));
    must(xj_db_kv_clear(db));
    assert_int_equal(s.get(s.ctx, xj_slice_cstr("k"), &value), XJ_ENOTFOUND);
    xj_buf_free(&value);
    xj_db_close(db);
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, up, down)
    const struct CMUnitTest tests[] = {
        T(db_open__refuses_a_file_whose_settings_do_not_hold),
        T(sql_error__tells_damage_from_what_befell_the_machine),
        T(sql_error__believes_the_system_more_than_a_page_or_a_code),
        T(kv__of_a_page_that_the_disk_refused_is_not_called_damaged),
        T(kv__refuses_a_prefix_that_no_key_has_and_forgets_all_when_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
