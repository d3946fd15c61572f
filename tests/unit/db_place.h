/* A ledger's file in a directory of its own, for the tests of what is done with it. Include it in the one file that holds main. */
#ifndef XJ_TEST_DB_PLACE_H
#define XJ_TEST_DB_PLACE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "tests/unit/ledger_fixture.h"

#define must(call) assert_int_equal((call), XJ_OK)

struct place {
    char dir[64], path[128];
    uint64_t tick;
    struct xj_env env;
};

static int arrive(void **state)
{
    struct place *p = calloc(1, sizeof *p);
    fixture_dir_make(p->dir);
    (void)snprintf(p->path, sizeof p->path, "%s/ledger.db", p->dir);
    p->env = fixture_env(&p->tick);
    *state = p;
    return 0;
}

static int leave(void **state)
{
    struct place *p = *state;
    fixture_dir_remove(p->dir);
    free(p);
    return 0;
}

static inline struct xj_db_options options(const struct place *p)
{
    return (struct xj_db_options){.path = p->path, .format = "xianjie ledger 1", .owner = "110000-market", .create = true,
                                  .volatile_ok = true};
}

static inline struct xj_db *opened(struct place *p)
{
    struct xj_db *db = NULL;
    struct xj_db_options o = options(p);
    must(xj_db_open(&o, &p->env, &db, NULL));
    return db;
}

#define with_place(f) cmocka_unit_test_setup_teardown(f, arrive, leave)

#endif
