/* A disk that fails once: the n-th call of SQLite that does something gives the error that a broken or full disk gives, and the call is
 * not made. For a test program that says what must come of it: include it in the one file that holds main; one thread. Tests only. */
#ifndef XJ_TEST_FAULTY_SQLITE_H
#define XJ_TEST_FAULTY_SQLITE_H

#include <dlfcn.h>
#include <sqlite3.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>

static size_t faulty_left; /* calls until the one that fails; 0: none does */
static int faulty_code = SQLITE_IOERR_READ, faulty_said;
static bool faulty_struck;
static bool faulty_inside; /* SQLite calls itself: those calls are part of the one from outside */

/* Lets the n-th call from now on fail, n from 1. */
static inline void faulty_at(size_t n)
{
    faulty_left = n;
    faulty_struck = false;
    faulty_said = SQLITE_OK;
}

/* No call fails any more; whether one did. */
static inline bool faulty_over(void)
{
    faulty_left = 0;
    faulty_said = SQLITE_OK;
    return faulty_struck;
}

static bool faulty_now(void)
{
    if (faulty_inside)
        return false;
    faulty_said = SQLITE_OK;
    if (faulty_left == 0 || --faulty_left > 0)
        return false;
    faulty_struck = true;
    faulty_said = faulty_code;
    return true;
}

static bool faulty_enter(void)
{
    const bool was = faulty_inside;
    faulty_inside = true;
    return was;
}

static int faulty_leave(bool was, int rc)
{
    faulty_inside = was;
    return rc;
}

/* The real function behind one that is written below; a function pointer through memcpy, because ISO C has no cast for it. */
#define FAULTY_REAL(name, pointer)                     \
    do {                                               \
        void *symbol = dlsym(RTLD_NEXT, name);         \
        memcpy(&(pointer), &symbol, sizeof (pointer)); \
    } while (0)

static size_t faulty_end_at; /* steps until the one that says, as a damaged tree may, that there is no more; 0: none does */

int sqlite3_step(sqlite3_stmt *st)
{
    static int (*real)(sqlite3_stmt *);
    if (faulty_now())
        return faulty_code;
    if (!faulty_inside && faulty_end_at > 0 && --faulty_end_at == 0)
        return SQLITE_DONE;
    if (real == NULL)
        FAULTY_REAL("sqlite3_step", real);
    const bool was = faulty_enter();
    return faulty_leave(was, real(st));
}

int sqlite3_prepare_v2(sqlite3 *db, const char *sql, int n, sqlite3_stmt **ret, const char **tail)
{
    static int (*real)(sqlite3 *, const char *, int, sqlite3_stmt **, const char **);
    *ret = NULL;
    if (faulty_now())
        return faulty_code;
    if (real == NULL)
        FAULTY_REAL("sqlite3_prepare_v2", real);
    const bool was = faulty_enter();
    return faulty_leave(was, real(db, sql, n, ret, tail));
}

int sqlite3_prepare_v3(sqlite3 *db, const char *sql, int n, unsigned flags, sqlite3_stmt **ret, const char **tail)
{
    static int (*real)(sqlite3 *, const char *, int, unsigned, sqlite3_stmt **, const char **);
    *ret = NULL;
    if (faulty_now())
        return faulty_code;
    if (real == NULL)
        FAULTY_REAL("sqlite3_prepare_v3", real);
    const bool was = faulty_enter();
    return faulty_leave(was, real(db, sql, n, flags, ret, tail));
}

int sqlite3_exec(sqlite3 *db, const char *sql, int (*each)(void *, int, char **, char **), void *arg, char **ret_text)
{
    static int (*real)(sqlite3 *, const char *, int (*)(void *, int, char **, char **), void *, char **);
    if (faulty_now())
        return faulty_code;
    if (real == NULL)
        FAULTY_REAL("sqlite3_exec", real);
    const bool was = faulty_enter();
    return faulty_leave(was, real(db, sql, each, arg, ret_text));
}

int sqlite3_wal_checkpoint_v2(sqlite3 *db, const char *name, int mode, int *ret_frames, int *ret_done)
{
    static int (*real)(sqlite3 *, const char *, int, int *, int *);
    if (faulty_now())
        return faulty_code;
    if (real == NULL)
        FAULTY_REAL("sqlite3_wal_checkpoint_v2", real);
    const bool was = faulty_enter();
    return faulty_leave(was, real(db, name, mode, ret_frames, ret_done));
}

/* What SQLite says of its last call is what that call gave. */
int sqlite3_errcode(sqlite3 *db)
{
    static int (*real)(sqlite3 *);
    if (faulty_said != SQLITE_OK)
        return faulty_said & 0xff;
    if (real == NULL)
        FAULTY_REAL("sqlite3_errcode", real);
    const bool was = faulty_enter();
    return faulty_leave(was, real(db));
}

#endif
