#include "agents/agent/view/view_schema.h"

#define TEXT(x) #x
#define TEXT_OF(x) TEXT(x)

/* kv: engine ('E') and register ('R') state. act: what was admitted, in the order of its case. own: what this agency
 * submitted. pending: received, its admitted entry not yet read. delivery: who has stored what, by message digest, since a
 * feed may run ahead of the mailbox. The rest is index, written anew whenever its case moves. */
const char xj_view_schema_create[] =
    "CREATE TABLE meta(name TEXT PRIMARY KEY, i INTEGER, t TEXT) STRICT, WITHOUT ROWID;"
    "CREATE TABLE kv(k BLOB PRIMARY KEY, v BLOB NOT NULL) STRICT, WITHOUT ROWID;"
    "CREATE TABLE act(case_id BLOB NOT NULL, seq INTEGER NOT NULL, id BLOB NOT NULL, digest BLOB NOT NULL, act TEXT NOT NULL,"
    " admitted_ms INTEGER NOT NULL, entry INTEGER NOT NULL, header BLOB NOT NULL, statement BLOB NOT NULL, body BLOB,"
    " why_unreadable TEXT, UNIQUE(case_id, seq)) STRICT;"
    "CREATE INDEX act_id ON act(id);"
    "CREATE INDEX act_digest ON act(digest);"
    "CREATE TABLE own(number INTEGER PRIMARY KEY, id BLOB NOT NULL, case_id BLOB NOT NULL, digest BLOB NOT NULL,"
    " act TEXT NOT NULL, state INTEGER NOT NULL, code TEXT, seq INTEGER, queued_ms INTEGER NOT NULL, entry INTEGER NOT NULL,"
    " open_recipients INTEGER NOT NULL, header BLOB NOT NULL, statement BLOB, body BLOB, why_unreadable TEXT) STRICT;"
    "CREATE INDEX own_id ON own(id);"
    "CREATE UNIQUE INDEX own_digest ON own(digest);"
    "CREATE INDEX own_open ON own(state, open_recipients, number);"
    "CREATE TABLE pending(digest BLOB PRIMARY KEY, entry INTEGER NOT NULL, header BLOB NOT NULL, body BLOB,"
    " why_unreadable TEXT) STRICT;"
    "CREATE TABLE delivery(digest BLOB NOT NULL, recipient TEXT NOT NULL, mailbox_number INTEGER, at_ms INTEGER,"
    " recipient_ms INTEGER, proved INTEGER NOT NULL, PRIMARY KEY(digest, recipient)) STRICT, WITHOUT ROWID;"
    "CREATE TABLE case_index(case_id BLOB PRIMARY KEY, procedure TEXT NOT NULL, revision BLOB NOT NULL, opener TEXT NOT NULL,"
    " title TEXT, opened_ms INTEGER NOT NULL, last_ms INTEGER NOT NULL, last_seq INTEGER NOT NULL, acts INTEGER NOT NULL,"
    " open_duties INTEGER NOT NULL) STRICT, WITHOUT ROWID;"
    "CREATE INDEX case_last ON case_index(last_seq DESC);"
    "CREATE TABLE case_row(case_id BLOB NOT NULL, idx INTEGER NOT NULL, track TEXT NOT NULL, owner TEXT NOT NULL, party BLOB,"
    " charge BLOB, state TEXT NOT NULL, seq INTEGER NOT NULL, PRIMARY KEY(case_id, idx)) STRICT, WITHOUT ROWID;"
    "CREATE INDEX case_row_state ON case_row(track, state);"
    "CREATE TABLE duty(case_id BLOB NOT NULL, idx INTEGER NOT NULL, duty TEXT NOT NULL, obligor TEXT NOT NULL,"
    " started_by BLOB NOT NULL, seq INTEGER NOT NULL, subjects BLOB NOT NULL, start_ms INTEGER, open_ended INTEGER NOT NULL,"
    " provisional INTEGER NOT NULL, due_ms INTEGER, status INTEGER NOT NULL, why TEXT, done INTEGER NOT NULL, done_by BLOB,"
    " done_from_ms INTEGER, done_to_ms INTEGER, paused INTEGER NOT NULL, extended INTEGER NOT NULL,"
    " PRIMARY KEY(case_id, idx)) STRICT, WITHOUT ROWID;"
    "CREATE INDEX duty_due ON duty(status, due_ms);"
    "CREATE TABLE alert(case_id BLOB NOT NULL, idx INTEGER NOT NULL, rule TEXT NOT NULL, severity INTEGER NOT NULL,"
    " answerable TEXT NOT NULL, duty TEXT, subjects BLOB NOT NULL, evidence BLOB NOT NULL, since_ms INTEGER,"
    " fires_ms INTEGER NOT NULL, history INTEGER NOT NULL, cleared INTEGER NOT NULL, cleared_by BLOB,"
    " PRIMARY KEY(case_id, idx)) STRICT, WITHOUT ROWID;"
    "CREATE INDEX alert_open ON alert(cleared, severity, fires_ms);"
    "CREATE TABLE party(case_id BLOB NOT NULL, id BLOB NOT NULL, kind TEXT NOT NULL, name TEXT NOT NULL,"
    " PRIMARY KEY(case_id, id)) STRICT, WITHOUT ROWID;"
    "CREATE TABLE charge(case_id BLOB NOT NULL, id BLOB NOT NULL, name TEXT NOT NULL, code TEXT NOT NULL, seq INTEGER NOT NULL,"
    " place INTEGER NOT NULL, PRIMARY KEY(case_id, id)) STRICT, WITHOUT ROWID;"
    "CREATE TABLE incident(n INTEGER PRIMARY KEY, time_ms INTEGER NOT NULL, code TEXT NOT NULL, text TEXT NOT NULL) STRICT;"
    "INSERT INTO meta(name, i) VALUES('applied_to', 0);";

/* basis: which ledger the view is folded from. joined: when an agency got its first keys. stat, stat_agency and activity: sums over
 * tally, kept by difference. Made last: with the format's number the view is whole. */
const char xj_view_schema_create_counts[] =
    "CREATE TABLE tally(case_id BLOB NOT NULL, statistic TEXT NOT NULL, act BLOB NOT NULL, k INTEGER NOT NULL, procedure TEXT NOT NULL,"
    " month INTEGER NOT NULL, at_ms INTEGER, agency TEXT NOT NULL, source TEXT NOT NULL, charge TEXT NOT NULL, open INTEGER NOT NULL,"
    " duty TEXT NOT NULL, party BLOB, value INTEGER NOT NULL, unread INTEGER NOT NULL, PRIMARY KEY(case_id, statistic, act, k)) STRICT, WITHOUT ROWID;"
    "CREATE INDEX tally_figure ON tally(statistic, month, agency);"
    "CREATE INDEX tally_open ON tally(month) WHERE open <> 0;"
    "CREATE TABLE stat(procedure TEXT NOT NULL, month INTEGER NOT NULL, statistic TEXT NOT NULL, agency TEXT NOT NULL, source TEXT NOT NULL,"
    " open INTEGER NOT NULL, charge TEXT NOT NULL, n INTEGER NOT NULL, value INTEGER NOT NULL, unread INTEGER NOT NULL,"
    " PRIMARY KEY(procedure, month, statistic, agency, source, open, charge)) STRICT, WITHOUT ROWID;"
    "CREATE TABLE stat_agency(procedure TEXT NOT NULL, month INTEGER NOT NULL, statistic TEXT NOT NULL, agency TEXT NOT NULL,"
    " open INTEGER NOT NULL, n INTEGER NOT NULL, value INTEGER NOT NULL, unread INTEGER NOT NULL,"
    " PRIMARY KEY(procedure, month, statistic, agency, open)) STRICT, WITHOUT ROWID;"
    "CREATE TABLE activity(agency TEXT NOT NULL, month INTEGER NOT NULL, n INTEGER NOT NULL, PRIMARY KEY(agency, month)) STRICT, WITHOUT ROWID;"
    "CREATE TABLE joined(agency TEXT PRIMARY KEY, at_ms INTEGER NOT NULL) STRICT, WITHOUT ROWID;"
    "CREATE TABLE basis(name TEXT PRIMARY KEY, i INTEGER, b BLOB) STRICT, WITHOUT ROWID;"
    "PRAGMA user_version = " TEXT_OF(XJ_VIEW_FORMAT) ";";

const char xj_view_schema_drop[] =
    "DROP TABLE IF EXISTS meta; DROP TABLE IF EXISTS kv; DROP TABLE IF EXISTS act; DROP TABLE IF EXISTS own;"
    "DROP TABLE IF EXISTS pending; DROP TABLE IF EXISTS delivery; DROP TABLE IF EXISTS case_index;"
    "DROP TABLE IF EXISTS case_row; DROP TABLE IF EXISTS duty; DROP TABLE IF EXISTS alert; DROP TABLE IF EXISTS party; DROP TABLE IF EXISTS charge;"
    "DROP TABLE IF EXISTS tally; DROP TABLE IF EXISTS stat; DROP TABLE IF EXISTS stat_agency; DROP TABLE IF EXISTS activity; DROP TABLE IF EXISTS joined;"
    "DROP TABLE IF EXISTS basis; DROP TABLE IF EXISTS incident;";

const char xj_view_schema_empty[] =
    "DELETE FROM kv; DELETE FROM act; DELETE FROM own; DELETE FROM pending; DELETE FROM delivery; DELETE FROM case_index;"
    "DELETE FROM case_row; DELETE FROM duty; DELETE FROM alert; DELETE FROM party; DELETE FROM charge; DELETE FROM incident;"
    "DELETE FROM tally; DELETE FROM stat; DELETE FROM stat_agency; DELETE FROM activity; DELETE FROM joined; DELETE FROM basis;"
    "UPDATE meta SET i = 0 WHERE name = 'applied_to';";

static const struct xj_view_table tables[] = {
    {"meta", "SELECT name, i, t FROM meta ORDER BY name", 0},
    {"kv", "SELECT k, v FROM kv ORDER BY k", 0},
    {"act", "SELECT case_id, seq, id, digest, act, admitted_ms, entry, header, statement, body, why_unreadable FROM act"
            " ORDER BY case_id, seq", 0},
    {"own", "SELECT number, id, case_id, digest, act, state, code, seq, queued_ms, entry, open_recipients, header, statement,"
            " body, why_unreadable FROM own ORDER BY number", 1u << 8},
    {"pending", "SELECT digest, entry, header, body, why_unreadable FROM pending ORDER BY digest", 0},
    {"delivery", "SELECT digest, recipient, mailbox_number, at_ms, recipient_ms, proved FROM delivery"
                 " ORDER BY digest, recipient", 0},
    {"case_index", "SELECT case_id, procedure, revision, opener, title, opened_ms, last_ms, last_seq, acts, open_duties"
                   " FROM case_index ORDER BY case_id", 0},
    {"case_row", "SELECT case_id, idx, track, owner, party, charge, state, seq FROM case_row ORDER BY case_id, idx", 0},
    {"duty", "SELECT case_id, idx, duty, obligor, started_by, seq, subjects, start_ms, open_ended, provisional, due_ms,"
             " status, why, done, done_by, done_from_ms, done_to_ms, paused, extended FROM duty ORDER BY case_id, idx", 0},
    {"alert", "SELECT case_id, idx, rule, severity, answerable, duty, subjects, evidence, since_ms, fires_ms, history, cleared,"
              " cleared_by FROM alert ORDER BY case_id, idx", 0},
    {"party", "SELECT case_id, id, kind, name FROM party ORDER BY case_id, id", 0},
    {"charge", "SELECT case_id, id, name, code, seq, place FROM charge ORDER BY case_id, id", 0},
    {"tally", "SELECT case_id, statistic, act, k, procedure, month, at_ms, agency, source, charge, open, duty, party, value, unread"
              " FROM tally ORDER BY case_id, statistic, act, k", 0},
    {"stat", "SELECT procedure, month, statistic, agency, source, open, charge, n, value, unread FROM stat"
             " ORDER BY procedure, month, statistic, agency, source, open, charge", 0},
    {"stat_agency", "SELECT procedure, month, statistic, agency, open, n, value, unread FROM stat_agency"
                    " ORDER BY procedure, month, statistic, agency, open", 0},
    {"activity", "SELECT agency, month, n FROM activity ORDER BY agency, month", 0},
    {"joined", "SELECT agency, at_ms FROM joined ORDER BY agency", 0},
    {"basis", "SELECT name, i, b FROM basis ORDER BY name", 1u << 1 | 1u << 2},
    {"incident", "SELECT n, time_ms, code, text FROM incident ORDER BY n", 1u << 1},
};

const struct xj_view_table *xj_view_table_at(size_t i)
{
    return i < sizeof tables / sizeof tables[0] ? &tables[i] : NULL;
}
