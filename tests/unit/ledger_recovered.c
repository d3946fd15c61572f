/* Ledgers that were lost and came back, and the journal that knows of it: made from the files of a good fixture, one after the
 * other with a flaw built in. Spec: spec/04-exchange.md, section 12; spec/05-ledger.md, section 5. */
#include <setjmp.h>
#include <sqlite3.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "schema/ledger/recovery.h"
#include "tests/unit/ledger_cases.h"
#include "tests/unit/ledger_fixture_private.h"

enum flaw {
    SOUND = 0, NOT_ANNOUNCED, STATEMENT_FOR_ANOTHER_LOSS, WRONG_HEAD, SIZE_AHEAD, FIGURE_AHEAD, MAILBOX_TOO_LOW, STRANGERS_KEY,
    STATED_TWICE, BODY_OF_ADMITTED_GONE, JOURNAL_SOUND, JOURNAL_OTHER_SIZE, JOURNAL_OTHER_NUMBER, JOURNAL_FEED_AHEAD, FLAWS
};
static const char *const names[FLAWS] = {
    "recovered-sound-a", "recovered-not-announced-a", "recovered-other-loss-a", "recovered-wrong-head-a", "recovered-size-ahead-a",
    "recovered-figure-ahead-a", "recovered-mailbox-too-low-a", "recovered-strangers-key-a", "recovered-twice-a", "recovered-body-gone-a",
    "recovered-sound-journal", "recovered-other-size-journal", "recovered-other-number-journal", "recovered-feed-ahead-journal",
};

struct work {
    const struct fixture *f;
    enum flaw flaw;
    struct ledger_case *c;
    struct xj_db *db;
    struct xj_log *log;
    struct xj_lost lost;
    uint64_t first_stored, refused_own, admitted_own, last_own; /* entries of the file that is made */
    struct xj_hash refused_body, admitted_body, last_body;
};

static void blame(struct work *w, const char *check, uint64_t entry)
{
    w->c->blame[w->c->blames++] = (struct fixture_blame){check, entry};
}

static const struct fixture_agency *agency(const struct work *w)
{
    return &w->f->agency[FIXTURE_A];
}

/* What the exchange would say of A's ledger. */
static void find_lost(struct work *w, sqlite3 *from)
{
    sqlite3_stmt *st = NULL;
    struct xj_stored s;
    assert_int_equal(sqlite3_prepare_v2(from, "SELECT kind, head FROM entry WHERE kind IN (3, 4, 5) ORDER BY n", -1, &st, NULL), SQLITE_OK);
    while (sqlite3_step(st) == SQLITE_ROW) {
        const struct xj_slice head = xj_slice_of(sqlite3_column_blob(st, 1), (size_t)sqlite3_column_bytes(st, 1));
        if (sqlite3_column_int(st, 0) != XJ_ENTRY_STORED || xj_stored_decode(head, &s) != XJ_OK || !xj_slice_is(s.agency, agency(w)->id))
            continue;
        w->lost.size = s.ledger_size;
        w->lost.head = s.ledger_head;
        w->lost.mailbox = s.last;
    }
    sqlite3_finalize(st);
    w->lost.own_number = agency(w)->number - 1; /* the last one never reached the exchange */
    w->lost.feed = agency(w)->feed;
}

static uint64_t put(struct work *w, enum xj_entry_kind kind, struct xj_slice head, struct xj_slice sig)
{
    uint64_t n = 0;
    must(xj_log_append(w->log, kind, 1000, head, sig, &n));
    return n;
}

static void note(struct work *w, enum xj_entry_kind kind, uint64_t n, struct xj_slice head)
{
    struct xj_header h;
    struct xj_refused r;
    struct xj_stored s;
    unsigned field;
    if (kind == XJ_ENTRY_OWN && xj_header_decode(head, &h, &field) == XJ_OK) {
        w->last_own = n;
        w->last_body = h.body_digest;
        if (w->admitted_own == 0) {
            w->admitted_own = n;
            w->admitted_body = h.body_digest;
        }
    }
    if (kind == XJ_ENTRY_REFUSED && xj_refused_decode(head, &r) == XJ_OK) {
        w->refused_own = w->last_own;
        w->refused_body = w->last_body;
    }
    if (kind == XJ_ENTRY_STORED && w->first_stored == 0 && xj_stored_decode(head, &s) == XJ_OK && xj_slice_is(s.agency, agency(w)->id))
        w->first_stored = n;
}

/* Entries of these kinds from the lost ledger, in their order; the last own one has no answer and is gone. */
static void come_back(struct work *w, sqlite3 *from, const char *kinds)
{
    sqlite3_stmt *st = NULL;
    char sql[256];
    snprintf(sql, sizeof sql, "SELECT kind, head, sig FROM entry WHERE kind IN (%s) AND n < (SELECT max(n) FROM entry WHERE kind = 1) ORDER BY n", kinds);
    assert_int_equal(sqlite3_prepare_v2(from, sql, -1, &st, NULL), SQLITE_OK);
    while (sqlite3_step(st) == SQLITE_ROW) {
        const enum xj_entry_kind kind = (enum xj_entry_kind)sqlite3_column_int(st, 0);
        const struct xj_slice head = xj_slice_of(sqlite3_column_blob(st, 1), (size_t)sqlite3_column_bytes(st, 1));
        const struct xj_slice sig = xj_slice_of(sqlite3_column_blob(st, 2), (size_t)sqlite3_column_bytes(st, 2));
        note(w, kind, put(w, kind, head, sig), head);
    }
    sqlite3_finalize(st);
}

static void copy_objects(struct work *w, sqlite3 *from)
{
    sqlite3_stmt *st = NULL;
    const struct xj_hash *gone[] = {&w->refused_body, w->flaw == BODY_OF_ADMITTED_GONE ? &w->admitted_body : NULL};
    assert_int_equal(sqlite3_prepare_v2(from, "SELECT digest, bytes FROM object", -1, &st, NULL), SQLITE_OK);
    while (sqlite3_step(st) == SQLITE_ROW) {
        struct xj_hash digest;
        memcpy(digest.b, sqlite3_column_blob(st, 0), XJ_HASH_SIZE);
        if (!xj_hash_eq(&digest, gone[0]) && (gone[1] == NULL || !xj_hash_eq(&digest, gone[1])))
            must(xj_object_put(w->db, &digest, xj_slice_of(sqlite3_column_blob(st, 1), (size_t)sqlite3_column_bytes(st, 1))));
    }
    sqlite3_finalize(st);
}

static void announce(struct work *w)
{
    struct xj_recovery r = {.epoch = 2, .lost = w->lost};
    struct xj_buf head;
    xj_buf_init(&head, CEILING);
    xj_recovery_encode(&r, &head);
    must(head.err);
    put(w, XJ_ENTRY_RECOVERY, xj_buf_slice(&head), xj_slice_of(NULL, 0));
    xj_buf_free(&head);
}

static uint64_t state_it(struct work *w)
{
    struct xj_recovered s = {.agency = xj_slice_cstr(agency(w)->id), .epoch = 2, .lost = w->lost, .ledger_size = xj_log_size(w->log),
                             .ledger_head = xj_log_root(w->log), .time_ms = 1000, .register_number = w->f->registered};
    struct xj_buf head, sig;
    s.lost.size += w->flaw == STATEMENT_FOR_ANOTHER_LOSS || w->flaw == JOURNAL_OTHER_SIZE;
    s.lost.own_number -= w->flaw == JOURNAL_OTHER_NUMBER;
    s.lost.feed += w->flaw == JOURNAL_FEED_AHEAD;
    s.ledger_size += w->flaw == SIZE_AHEAD;
    s.ledger_head.b[7] ^= w->flaw == WRONG_HEAD;
    xj_buf_init(&head, CEILING);
    xj_buf_init(&sig, XJ_MAX_SIGNATURE_BYTES);
    xj_recovered_encode(&s, &head);
    const struct xj_hash digest = xj_digest(XJ_CTX_RECOVERED, xj_buf_slice(&head));
    fixture_sign(w->flaw == STRANGERS_KEY ? &w->f->agency[FIXTURE_C].sign : &agency(w)->sign, &digest, &sig);
    const uint64_t n = put(w, XJ_ENTRY_RECOVERED, xj_buf_slice(&head), xj_buf_slice(&sig));
    xj_buf_free(&head);
    xj_buf_free(&sig);
    return n;
}

static void fill_ledger(struct work *w, sqlite3 *from)
{
    uint64_t n;
    w->lost.own_number += w->flaw == FIGURE_AHEAD;
    if (w->flaw == MAILBOX_TOO_LOW)
        w->lost.mailbox--;
    come_back(w, from, "7");
    if (w->flaw != NOT_ANNOUNCED)
        announce(w);
    come_back(w, from, "1, 2, 3, 4, 5, 6");
    copy_objects(w, from);
    n = state_it(w);
    if (w->flaw == STATEMENT_FOR_ANOTHER_LOSS || w->flaw == WRONG_HEAD || w->flaw == SIZE_AHEAD || w->flaw == FIGURE_AHEAD)
        blame(w, "numbering", n);
    if (w->flaw == STATED_TWICE)
        blame(w, "numbering", state_it(w));
    if (w->flaw == STRANGERS_KEY)
        blame(w, "signatures", n);
    if (w->flaw == NOT_ANNOUNCED || w->flaw == MAILBOX_TOO_LOW)
        blame(w, "numbering", w->first_stored);
    if (w->flaw == NOT_ANNOUNCED)
        blame(w, "objects", w->refused_own);
    if (w->flaw == BODY_OF_ADMITTED_GONE)
        blame(w, "objects", w->admitted_own);
    assert_true(w->first_stored != 0 && w->refused_own != 0);
}

static void open_file(struct work *w, const char *path, bool journal)
{
    struct xj_db_options o = {.path = path, .create = true, .volatile_ok = true, .root_key = w->f->root.public_key};
    o.format = journal ? "xianjie journal 1" : "xianjie ledger 1";
    o.owner = journal ? "exchange" : agency(w)->id;
    must(xj_db_open(&o, &w->f->env, &w->db, NULL));
    must(xj_log_open(w->db, &w->log));
    must(xj_db_begin(w->db));
}

void ledger_recovered_each(const struct fixture *f, const char *dir, ledger_case_visit *visit, void *arg)
{
    for (int flaw = SOUND; flaw < FLAWS; flaw++) {
        struct ledger_case c = {.blames = 0};
        struct work w = {.f = f, .flaw = (enum flaw)flaw, .c = &c};
        const bool journal = flaw >= JOURNAL_SOUND;
        sqlite3 *from = NULL;
        char path[256];
        snprintf(c.name, sizeof c.name, "%s", names[flaw]);
        memcpy(c.root, f->root.public_key, 32);
        snprintf(path, sizeof path, "%s/%s.db", dir, c.name);
        if (journal)
            ledger_copy(f->file[FIXTURE_JOURNAL].path, path);
        assert_int_equal(sqlite3_open_v2(f->file[FIXTURE_A].path, &from, SQLITE_OPEN_READONLY, NULL), SQLITE_OK);
        find_lost(&w, from);
        open_file(&w, path, journal);
        if (!journal)
            fill_ledger(&w, from);
        else if (flaw == JOURNAL_SOUND)
            state_it(&w);
        else
            blame(&w, "numbering", state_it(&w));
        must(xj_db_commit(w.db));
        xj_log_close(w.log);
        xj_db_close(w.db);
        assert_int_equal(sqlite3_close(from), SQLITE_OK);
        visit(arg, &c, path);
    }
}
