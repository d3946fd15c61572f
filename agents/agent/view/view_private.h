/* What the parts of the view share: the connection, a cache of prepared statements, the register's facts for the engine,
 * and the models in use. Only agents/agent/view/. Spec: spec/09-fold.md, spec/10-api.md.
 * A view's error is sticky, like a buffer's: after the first failure every statement does nothing and gives no rows; whoever
 * began the work asks xj_view_err at the end and rolls back. */
#ifndef XJ_VIEW_PRIVATE_H
#define XJ_VIEW_PRIVATE_H

#include <sqlite3.h>

#include "agents/agent/view/facts.h"
#include "agents/agent/view/view.h"
#include "schema/base/tree.h"
#include "schema/procedure/standards.h"
#include "schema/trust/order.h"

#define XJ_VIEW_STATEMENTS 320
#define XJ_VIEW_SCANS 8
#define XJ_VIEW_MODELS 16
#define XJ_SHARE_DELIVERED_MAX 32u /* delivered statements in one share (03-message, 3b) */

/* What became of something told: told.state. The first three are the events' own numbers. */
enum { XJ_TOLD_STATE_OVER = 4 /* cleared by the agent */, XJ_TOLD_STATE_CLOSED = 5 /* by a person */ };

struct xj_tally_row;

struct xj_view_model {
    struct xj_hash revision;
    struct xj_model *model;
    uint64_t used;
};

struct xj_view {
    sqlite3 *db;
    enum xj_err err; /* sticky; cleared by whoever begins */
    bool reader;
    bool was_changed; /* of this format, and yet with other tables: thrown away at opening */
    char agency[XJ_MAX_AGENCY_BYTES + 1];
    uint8_t root_key[32];
    struct xj_agency_keys keys;
    bool has_keys;
    struct xj_pairs *pairs;
    struct xj_view_ledger ledger;
    struct xj_store store; /* the kv table */
    struct xj_facts_ctx facts;
    struct xj_reg_cache agencies;
    struct xj_succession succession; /* as of calendar_register */
    struct xj_buf mine;              /* xj_view_mine */
    struct {
        const char *sql; /* compared by address: each place in the code has its own statement */
        sqlite3_stmt *st;
    } statements[XJ_VIEW_STATEMENTS];
    size_t statement_count;
    sqlite3_stmt *scans[2][XJ_VIEW_SCANS]; /* not in use; scans nest */
    size_t scan_count[2];
    struct xj_view_model models[XJ_VIEW_MODELS];
    uint64_t model_clock;
    struct xj_calendar calendar;
    bool has_calendar;
    uint64_t calendar_register; /* register number the calendar was read at */
    struct xj_standards standards;
    bool has_standards;
    uint64_t standards_register; /* register number the filing standards were read at */
    bool cut; /* something was destroyed: the write-ahead log is to be folded in and cut */
    struct {
        struct xj_order *at;
        size_t n;
        bool loaded;
    } restricts; /* orders to restrict that stand (view_orders.c) */
    struct xj_id touched[1024]; /* cases whose index rows are stale; see view_index.c */
    size_t touched_count;
    struct {
        struct xj_tally_row *at;
        size_t n, cap;
    } tally[2]; /* of the case being refreshed: what it added, what it adds */
    struct xj_trail *trail;
    unsigned deaths;    /* at the entry in hand */
    uint64_t put_aside; /* entry; 0: none */
    struct xj_view_scratch *scratch; /* decoded statements of one entry; too large for the stack */
};

struct xj_view_scratch {
    struct xj_header header;
    struct xj_admitted admitted;
    struct xj_after after[XJ_MAX_AFTER];
    struct xj_breach breaches[XJ_MAX_BREACHES];
    char details[XJ_MAX_BREACHES][XJ_MAX_NAME_BYTES * 2 + 2];
    struct xj_buf body; /* plaintext of the entry in hand */
};

/* ---- SQL (view_db.c) ---- */
/* A statement ready to step, bound by format: i int64_t, I pointer to int64_t (NULL: NULL), s struct xj_slice as text,
 * b struct xj_slice as blob (p NULL: NULL). Borrowed from the cache until the same sql is asked for again; slices must outlive the stepping. NULL when the
 * view has failed. */
sqlite3_stmt *xj_vq(struct xj_view *v, const char *sql, const char *format, ...);
/* The next row; false at the end (statement reset) or on failure. NULL is fine. */
bool xj_vq_row(struct xj_view *v, sqlite3_stmt *st);
/* Ends a statement before its last row. */
void xj_vq_end(sqlite3_stmt *st);
/* Steps to the end. */
void xj_vq_run(struct xj_view *v, sqlite3_stmt *st);
/* First column of the first row, or dflt when there is none. */
int64_t xj_vq_int(struct xj_view *v, sqlite3_stmt *st, int64_t dflt);
/* A column, borrowed until the next step; p NULL for NULL. */
struct xj_slice xj_vq_slice(sqlite3_stmt *st, int column);
struct xj_id xj_vq_id(sqlite3_stmt *st, int column); /* nil when it is no id */

void xj_view_fail(struct xj_view *v, enum xj_err err); /* keeps the first */
enum xj_err xj_view_err(const struct xj_view *v);
/* One transaction, read or write; end commits when nothing failed, else rolls back, and returns the error. */
void xj_view_begin(struct xj_view *v, bool write);
enum xj_err xj_view_end(struct xj_view *v);

/* ---- models, calendar and filing standards (view_model.c) ---- */
/* The model of a revision, borrowed until XJ_VIEW_MODELS others were asked for since it last was; NULL when the register has none that
 * decodes (no failure) or memory is out (a failure). */
const struct xj_model *xj_view_model(struct xj_view *v, struct xj_slice procedure, const struct xj_hash *revision);
/* The engine at a register number (UINT64_MAX: now); false when there is no such model. */
bool xj_view_engine(struct xj_view *v, struct xj_slice procedure, const struct xj_hash *revision, uint64_t at,
                    struct xj_engine *ret);
/* Procedure and revision a case stands under; false: no such case here. The name is copied. */
bool xj_view_pin(struct xj_view *v, struct xj_id case_id, char ret_procedure[XJ_MAX_NAME_BYTES + 1], struct xj_hash *ret_revision);
/* The calendar of the register as it stands; NULL when there is none. Reads the successions, too. */
const struct xj_calendar *xj_view_calendar(struct xj_view *v);
/* The filing standards of the register as it stands, borrowed until it moves; NULL when there are none. */
const struct xj_standards *xj_view_standards(struct xj_view *v);
void xj_view_models_free(struct xj_view *v);

/* ---- succession (view_heir.c), by the register as it stands ---- */
/* Who holds at that instant what was the agency's. */
void xj_view_holder(struct xj_view *v, struct xj_slice agency, int64_t now_ms, char ret[XJ_MAX_AGENCY_BYTES + 1]);
/* The agencies whose duties are this agency's at that instant, ",a,b,": itself, unless it is succeeded, and those that fall to it.
 * Borrowed until the next call. For SQL: instr(?, ',' || obligor || ',') > 0. */
struct xj_slice xj_view_mine(struct xj_view *v, int64_t now_ms);

/* ---- opening (view_open.c) ---- */
/* The key of a sealed object of an act by `from`, out of the act's keys. NULL, or why not as below. */
const char *xj_view_object_key(struct xj_view *v, struct xj_slice from, struct xj_slice keys, const struct xj_hash *object,
                               uint8_t ret_key[32]);
/* Appends the plaintext of a body to out and returns NULL; or says why not: "header_only", "no_keys", "not_for_us",
 * "sender_key", "seal", "form". The codes are those of spec/10-api.md. */
const char *xj_view_open_body(struct xj_view *v, const struct xj_header *h, struct xj_slice body, struct xj_slice keys,
                              struct xj_buf *out);

/* ---- cases (view_case.c, view_index.c) ---- */
/* Puts an admitted act into its case and folds it, or refolds the case when it comes late. */
struct xj_view_from { /* where an act came from: ledger entries of the message and of its statement; the act that shared it, or NULL */
    uint64_t entry, answer;
    const struct xj_id *via;
};
void xj_view_fold(struct xj_view *v, const struct xj_header *h, struct xj_slice header_bytes, struct xj_admitted *a,
                  struct xj_slice statement, struct xj_slice body, const char *why, const struct xj_view_from *from);
/* only NULL: every message of d; else that one. entry: of d in the ledger; 0: it came by a share. */
void xj_view_delivered(struct xj_view *v, const struct xj_delivered *d, const struct xj_hash *only, uint64_t entry);
/* Takes in the message that a share carries in its body, where all of it verifies (view_share.c). */
void xj_view_take_share(struct xj_view *v, struct xj_slice share_header, struct xj_slice body, const struct xj_view_from *from);
/* The case anew from its acts, in the order of their seq. */
void xj_view_refold(struct xj_view *v, struct xj_id case_id);
/* Marks a case as stale, and writes the rows of all stale cases anew. */
void xj_view_touch(struct xj_view *v, struct xj_id case_id);
void xj_view_touch_all(struct xj_view *v);
void xj_view_refresh(struct xj_view *v);
/* Subjects as the view's tables hold them: 17 bytes each, a view of out. */
struct xj_slice xj_view_pack_subjects(const struct xj_subject *list, size_t count, uint8_t out[XJ_MAX_SUBJECTS * 17]);
/* Writes the alerts of a case that tell this agency; its old ones must be gone (view_alert.c). */
void xj_view_find_alerts(struct xj_view *v, const struct xj_engine *e, struct xj_id case_id);
/* An entry of kind told (view_told.c). */
void xj_view_told(struct xj_view *v, const struct xj_ledger_item *item);
/* Notes full grants, for what they ask for (asks.c). */
void xj_view_note_grants(struct xj_view *v, struct xj_slice entry);
/* ---- orders of the registrar (view_orders.c; spec/18-orders.md) ---- */
/* The order that restricts an act admitted under that register number, borrowed until the register moves; NULL: none. */
const struct xj_order *xj_view_restricted(struct xj_view *v, const struct xj_header *h, uint64_t register_number);
/* Puts the body of a restricted act aside. */
void xj_view_hold(struct xj_view *v, const struct xj_header *h, uint64_t seq, struct xj_slice body, const struct xj_order *o);
/* Orders began or were withdrawn: what is no longer restricted comes back, what is now is hidden. */
void xj_view_orders_moved(struct xj_view *v);
void xj_view_orders_forget(struct xj_view *v); /* to be read anew */
/* An entry of kind destroyed. */
void xj_view_destroyed(struct xj_view *v, const struct xj_ledger_item *item);
/* The correction an act makes, or NULL: corrections are no acts on record (09-fold, 10). */
const struct xj_header_relate *xj_view_correction(const struct xj_header *h);
/* Records of penalties, and whom they concern (records.c). note: an act on record, or a correction of one; forget: all of a
 * case; concern: written anew when the case's rows are. */
void xj_view_note_record(struct xj_view *v, const struct xj_model *model, const struct xj_header *h, const struct xj_admitted *a,
                         struct xj_slice body);
void xj_view_forget_records(struct xj_view *v, struct xj_id case_id);
void xj_view_write_concern(struct xj_view *v, struct xj_id case_id);
/* Links to other cases that acts on record state (links.c). */
void xj_view_note_links(struct xj_view *v, const struct xj_header *h, const struct xj_admitted *a);
void xj_view_forget_links(struct xj_view *v, struct xj_id case_id);
/* The correction an act makes, or NULL (records.c). */
const struct xj_header_relate *xj_view_correction(const struct xj_header *h);
/* Whether it was admitted without breach `role` (records.c). */
bool xj_view_by_its_role(const struct xj_admitted *a);
/* The case and every other that concerns one person with it, or uses a number of a decision of its, are stale; take gives them one by one, false when none is left. */
void xj_view_stale_with_neighbours(struct xj_view *v, struct xj_id case_id);
bool xj_view_take_stale(struct xj_view *v, struct xj_id *ret);
/* Names, parties and charges that the body of the act `seq` gives, for index and search. */
void xj_view_note_body(struct xj_view *v, struct xj_id case_id, uint64_t seq, struct xj_slice body);

/* ---- statistics (view_tally.c, view_basis.c; spec/14-statistics.md) ---- */
/* What the case adds to the statistics now, put in the place of what it added before. */
void xj_view_tally(struct xj_view *v, struct xj_id case_id);
void xj_view_tally_free(struct xj_view *v);
/* The year and month of an instant in Beijing, as 202611; 0 outside the years 1 to 9999. */
int64_t xj_view_month(int64_t ms);
/* Entries folded: loaded when a batch begins, told of each entry, kept when it ends. */
void xj_view_basis_load(struct xj_view *v, uint64_t applied, struct xj_tree_edge *ret);
void xj_view_basis_entry(struct xj_view *v, struct xj_tree_edge *edge, const struct xj_ledger_item *item);
void xj_view_basis_keep(struct xj_view *v, const struct xj_tree_edge *edge, int64_t last_ms);
/* How many entries are folded, the time of the last (0: none), and the ledger's root at that size. */
struct xj_view_basis {
    uint64_t size;
    int64_t last_ms;
    struct xj_hash root;
};
void xj_view_basis_get(struct xj_view *v, struct xj_view_basis *ret);
/* Notes which agencies a register entry gives their first keys. */
void xj_view_note_joined(struct xj_view *v, struct xj_slice entry);

#endif
