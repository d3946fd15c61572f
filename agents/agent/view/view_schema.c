#include "agents/agent/view/view_schema.h"

#include <stddef.h>

/* kv: engine ('E') and register ('R') state. act: what was admitted, in the order of its case; answer: the entry of its statement;
 * via: the act that shared it, where it came so (then entry and answer are that act's). own: what this agency
 * submitted. pending: received, its admitted entry not yet read. delivery: who has stored what, by message digest, since a
 * feed may run ahead of the mailbox. told: what was told of alerts and limits. basis: which ledger the view is folded from;
 * granted: full grants, and since when. held, ordered, confirmed: view_orders.c. joined: when an agency got its first keys. stat, stat_agency and activity: sums over tally, kept by difference. The rest is
 * index, written anew whenever its case moves. */
static const struct xj_view_table tables[] = {
    {"meta",
     "CREATE TABLE meta(name TEXT PRIMARY KEY, i INTEGER, t TEXT) STRICT, WITHOUT ROWID;",
     "SELECT name, i, t FROM meta ORDER BY name",
     0},
    {"kv",
     "CREATE TABLE kv(k BLOB PRIMARY KEY, v BLOB NOT NULL) STRICT, WITHOUT ROWID;",
     "SELECT k, v FROM kv ORDER BY k",
     0},
    {"act",
     "CREATE TABLE act(case_id BLOB NOT NULL, seq INTEGER NOT NULL, id BLOB NOT NULL, digest BLOB NOT NULL, act TEXT "
     "NOT NULL, admitted_ms INTEGER NOT NULL, entry INTEGER NOT NULL, header BLOB NOT NULL, statement BLOB NOT NULL, "
     "body BLOB, why_unreadable TEXT, answer INTEGER NOT NULL, via BLOB, UNIQUE(case_id, seq)) STRICT;CREATE INDEX act_id ON act(id);"
     "CREATE INDEX act_digest ON act(digest);CREATE INDEX act_via ON act(case_id) WHERE via IS NOT NULL;",
     "SELECT case_id, seq, id, digest, act, admitted_ms, entry, header, statement, body, why_unreadable, answer, via FROM act "
     "ORDER BY case_id, seq",
     0},
    {"own",
     "CREATE TABLE own(number INTEGER PRIMARY KEY, id BLOB NOT NULL, case_id BLOB NOT NULL, digest BLOB NOT NULL, act "
     "TEXT NOT NULL, state INTEGER NOT NULL, code TEXT, seq INTEGER, queued_ms INTEGER NOT NULL, entry INTEGER NOT "
     "NULL, open_recipients INTEGER NOT NULL, header BLOB NOT NULL, statement BLOB, body BLOB, why_unreadable TEXT) "
     "STRICT;CREATE INDEX own_id ON own(id);CREATE UNIQUE INDEX own_digest ON own(digest);CREATE INDEX own_open ON "
     "own(state, open_recipients, number);",
     "SELECT number, id, case_id, digest, act, state, code, seq, queued_ms, entry, open_recipients, header, "
     "statement, body, why_unreadable FROM own ORDER BY number",
     1u << 8},
    {"pending",
     "CREATE TABLE pending(digest BLOB PRIMARY KEY, entry INTEGER NOT NULL, header BLOB NOT NULL, body BLOB, "
     "why_unreadable TEXT) STRICT;",
     "SELECT digest, entry, header, body, why_unreadable FROM pending ORDER BY digest",
     0},
    {"delivery",
     "CREATE TABLE delivery(digest BLOB NOT NULL, recipient TEXT NOT NULL, mailbox_number INTEGER, at_ms INTEGER, "
     "recipient_ms INTEGER, proved INTEGER NOT NULL, entry INTEGER, PRIMARY KEY(digest, recipient)) STRICT, WITHOUT ROWID;",
     "SELECT digest, recipient, mailbox_number, at_ms, recipient_ms, proved, entry FROM delivery ORDER BY digest, recipient",
     0},
    {"case_index",
     "CREATE TABLE case_index(case_id BLOB PRIMARY KEY, procedure TEXT NOT NULL, revision BLOB NOT NULL, opener TEXT "
     "NOT NULL, title TEXT, opened_ms INTEGER NOT NULL, last_ms INTEGER NOT NULL, last_seq INTEGER NOT NULL, acts "
     "INTEGER NOT NULL, open_duties INTEGER NOT NULL, open_questions INTEGER NOT NULL) STRICT, WITHOUT ROWID;CREATE INDEX case_last ON "
     "case_index(last_seq DESC);",
     "SELECT case_id, procedure, revision, opener, title, opened_ms, last_ms, last_seq, acts, open_duties, open_questions FROM "
     "case_index ORDER BY case_id",
     0},
    {"case_row",
     "CREATE TABLE case_row(case_id BLOB NOT NULL, idx INTEGER NOT NULL, track TEXT NOT NULL, owner TEXT NOT NULL, "
     "party BLOB, charge BLOB, state TEXT NOT NULL, seq INTEGER NOT NULL, PRIMARY KEY(case_id, idx)) STRICT, WITHOUT "
     "ROWID;CREATE INDEX case_row_state ON case_row(track, state);",
     "SELECT case_id, idx, track, owner, party, charge, state, seq FROM case_row ORDER BY case_id, idx",
     0},
    {"duty",
     "CREATE TABLE duty(case_id BLOB NOT NULL, idx INTEGER NOT NULL, key BLOB NOT NULL, duty TEXT NOT NULL, obligor TEXT NOT NULL, "
     "started_by BLOB NOT NULL, seq INTEGER NOT NULL, subjects BLOB NOT NULL, start_ms INTEGER, open_ended INTEGER "
     "NOT NULL, provisional INTEGER NOT NULL, due_ms INTEGER, status INTEGER NOT NULL, why TEXT, done INTEGER NOT "
     "NULL, done_by BLOB, done_from_ms INTEGER, done_to_ms INTEGER, paused INTEGER NOT NULL, extended INTEGER NOT "
     "NULL, revision BLOB, row TEXT, PRIMARY KEY(case_id, idx)) STRICT, WITHOUT ROWID;CREATE INDEX duty_key ON duty(key);CREATE INDEX duty_due ON duty(status, due_ms);",
     "SELECT case_id, idx, key, duty, obligor, started_by, seq, subjects, start_ms, open_ended, provisional, due_ms, "
     "status, why, done, done_by, done_from_ms, done_to_ms, paused, extended, revision, row FROM duty ORDER BY case_id, idx",
     0},
    {"alert",
     "CREATE TABLE alert(case_id BLOB NOT NULL, idx INTEGER NOT NULL, key BLOB NOT NULL, rule TEXT NOT NULL, severity INTEGER NOT NULL, "
     "answerable TEXT NOT NULL, self INTEGER NOT NULL, duty TEXT, subjects BLOB NOT NULL, evidence BLOB NOT NULL, figures TEXT NOT NULL, "
     "since_ms INTEGER, fires_ms INTEGER NOT NULL, history INTEGER NOT NULL, cleared INTEGER NOT NULL, cleared_by "
     "BLOB, PRIMARY KEY(case_id, idx)) STRICT, WITHOUT ROWID;CREATE INDEX alert_key ON alert(key);CREATE INDEX alert_open ON alert(cleared, severity, "
     "fires_ms);",
     "SELECT case_id, idx, key, rule, severity, answerable, self, duty, subjects, evidence, figures, since_ms, fires_ms, "
     "history, cleared, cleared_by FROM alert ORDER BY case_id, idx",
     0},
    {"party",
     "CREATE TABLE party(case_id BLOB NOT NULL, id BLOB NOT NULL, kind TEXT NOT NULL, name TEXT NOT NULL, PRIMARY "
     "KEY(case_id, id)) STRICT, WITHOUT ROWID;CREATE INDEX party_unit ON party(name, case_id) WHERE kind = 'unit';",
     "SELECT case_id, id, kind, name FROM party ORDER BY case_id, id",
     0},
    {"charge",
     "CREATE TABLE charge(case_id BLOB NOT NULL, id BLOB NOT NULL, name TEXT NOT NULL, code TEXT NOT NULL, seq "
     "INTEGER NOT NULL, place INTEGER NOT NULL, PRIMARY KEY(case_id, id)) STRICT, WITHOUT ROWID;",
     "SELECT case_id, id, name, code, seq, place FROM charge ORDER BY case_id, id",
     0},
    {"identity",
     "CREATE TABLE identity(case_id BLOB NOT NULL, party BLOB NOT NULL, kind TEXT NOT NULL, number TEXT NOT NULL, "
     "PRIMARY KEY(case_id, party, kind, number)) STRICT, WITHOUT ROWID;CREATE INDEX identity_number ON identity(kind, number, case_id);",
     "SELECT case_id, party, kind, number FROM identity ORDER BY case_id, party, kind, number",
     0},
    {"link",
     "CREATE TABLE link(case_id BLOB NOT NULL, other BLOB NOT NULL, relation TEXT NOT NULL, seq INTEGER NOT NULL, act BLOB NOT NULL, doer TEXT NOT NULL, "
     "PRIMARY KEY(case_id, other, relation, seq)) STRICT, WITHOUT ROWID;CREATE INDEX link_other ON link(other);",
     "SELECT case_id, other, relation, seq, act, doer FROM link ORDER BY case_id, other, relation, seq",
     0},
    {"record",
     "CREATE TABLE record(case_id BLOB NOT NULL, seq INTEGER NOT NULL, id BLOB NOT NULL, doer TEXT NOT NULL, penalty "
     "INTEGER NOT NULL, transfers INTEGER NOT NULL, day INTEGER, number TEXT, violation TEXT, place TEXT, goods TEXT, "
     "appraisal TEXT, conduct_from INTEGER, conduct_to INTEGER, fine INTEGER NOT NULL, minimum INTEGER, lenient TEXT, "
     "discussed INTEGER NOT NULL, serious INTEGER NOT NULL, appraised INTEGER NOT NULL, PRIMARY KEY(case_id, seq)) "
     "STRICT, WITHOUT ROWID;CREATE INDEX record_number ON record(doer, number);",
     "SELECT case_id, seq, id, doer, penalty, transfers, day, number, violation, place, goods, appraisal, "
     "conduct_from, conduct_to, fine, minimum, lenient, discussed, serious, appraised FROM record ORDER BY case_id, "
     "seq",
     0},
    {"record_party",
     "CREATE TABLE record_party(case_id BLOB NOT NULL, seq INTEGER NOT NULL, party BLOB NOT NULL, PRIMARY "
     "KEY(case_id, seq, party)) STRICT, WITHOUT ROWID;",
     "SELECT case_id, seq, party FROM record_party ORDER BY case_id, seq, party",
     0},
    {"concern",
     "CREATE TABLE concern(key TEXT NOT NULL, case_id BLOB NOT NULL, seq INTEGER NOT NULL, PRIMARY KEY(key, case_id, "
     "seq)) STRICT, WITHOUT ROWID;CREATE INDEX concern_case ON concern(case_id, seq);",
     "SELECT key, case_id, seq FROM concern ORDER BY key, case_id, seq",
     0},
    {"tally",
     "CREATE TABLE tally(case_id BLOB NOT NULL, statistic TEXT NOT NULL, act BLOB NOT NULL, k INTEGER NOT NULL, "
     "procedure TEXT NOT NULL, month INTEGER NOT NULL, at_ms INTEGER, agency TEXT NOT NULL, source TEXT NOT NULL, "
     "charge TEXT NOT NULL, open INTEGER NOT NULL, duty TEXT NOT NULL, party BLOB, value INTEGER NOT NULL, unread "
     "INTEGER NOT NULL, PRIMARY KEY(case_id, statistic, act, k)) STRICT, WITHOUT ROWID;CREATE INDEX tally_figure ON "
     "tally(statistic, month, agency);CREATE INDEX tally_open ON tally(month) WHERE open <> 0;",
     "SELECT case_id, statistic, act, k, procedure, month, at_ms, agency, source, charge, open, duty, party, value, "
     "unread FROM tally ORDER BY case_id, statistic, act, k",
     0},
    {"stat",
     "CREATE TABLE stat(procedure TEXT NOT NULL, month INTEGER NOT NULL, statistic TEXT NOT NULL, agency TEXT NOT "
     "NULL, source TEXT NOT NULL, open INTEGER NOT NULL, charge TEXT NOT NULL, n INTEGER NOT NULL, value INTEGER NOT "
     "NULL, unread INTEGER NOT NULL, PRIMARY KEY(procedure, month, statistic, agency, source, open, charge)) STRICT, "
     "WITHOUT ROWID;",
     "SELECT procedure, month, statistic, agency, source, open, charge, n, value, unread FROM stat ORDER BY "
     "procedure, month, statistic, agency, source, open, charge",
     0},
    {"stat_agency",
     "CREATE TABLE stat_agency(procedure TEXT NOT NULL, month INTEGER NOT NULL, statistic TEXT NOT NULL, agency TEXT "
     "NOT NULL, open INTEGER NOT NULL, n INTEGER NOT NULL, value INTEGER NOT NULL, unread INTEGER NOT NULL, PRIMARY "
     "KEY(procedure, month, statistic, agency, open)) STRICT, WITHOUT ROWID;",
     "SELECT procedure, month, statistic, agency, open, n, value, unread FROM stat_agency ORDER BY procedure, month, "
     "statistic, agency, open",
     0},
    {"activity",
     "CREATE TABLE activity(agency TEXT NOT NULL, month INTEGER NOT NULL, n INTEGER NOT NULL, PRIMARY KEY(agency, "
     "month)) STRICT, WITHOUT ROWID;",
     "SELECT agency, month, n FROM activity ORDER BY agency, month",
     0},
    {"joined",
     "CREATE TABLE joined(agency TEXT PRIMARY KEY, at_ms INTEGER NOT NULL) STRICT, WITHOUT ROWID;",
     "SELECT agency, at_ms FROM joined ORDER BY agency",
     0},
    {"basis",
     "CREATE TABLE basis(name TEXT PRIMARY KEY, i INTEGER, b BLOB) STRICT, WITHOUT ROWID;",
     "SELECT name, i, b FROM basis ORDER BY name",
     1u << 1 | 1u << 2},
    {"granted",
     "CREATE TABLE granted(id TEXT PRIMARY KEY, number INTEGER NOT NULL, at_ms INTEGER NOT NULL) STRICT, WITHOUT ROWID;",
     "SELECT id, number, at_ms FROM granted ORDER BY id",
     0},
    {"held",
     "CREATE TABLE held(case_id BLOB NOT NULL, seq INTEGER NOT NULL, body BLOB, PRIMARY KEY(case_id, seq)) STRICT, WITHOUT ROWID;",
     "SELECT case_id, seq, body FROM held ORDER BY case_id, seq",
     0},
    {"ordered",
     "CREATE TABLE ordered(act BLOB PRIMARY KEY, order_id BLOB NOT NULL, number INTEGER NOT NULL) STRICT, WITHOUT ROWID;",
     "SELECT act, order_id, number FROM ordered ORDER BY act",
     0},
    {"confirmed",
     "CREATE TABLE confirmed(entry INTEGER PRIMARY KEY, order_id BLOB NOT NULL, number INTEGER NOT NULL, holder TEXT NOT NULL, "
     "at_ms INTEGER NOT NULL, last INTEGER NOT NULL, messages INTEGER NOT NULL, objects INTEGER NOT NULL, holders TEXT NOT NULL) "
     "STRICT;CREATE INDEX confirmed_order ON confirmed(order_id, number);",
     "SELECT entry, order_id, number, holder, at_ms, last, messages, objects, holders FROM confirmed ORDER BY entry",
     1u << 4},
    {"told",
     "CREATE TABLE told(key BLOB NOT NULL, stage INTEGER NOT NULL, case_id BLOB NOT NULL, name TEXT NOT NULL, answerable TEXT NOT "
     "NULL, trigger BLOB NOT NULL, severity INTEGER NOT NULL, at_ms INTEGER NOT NULL, coalesced INTEGER NOT NULL, state INTEGER "
     "NOT NULL, raised_entry INTEGER NOT NULL, raised_ms INTEGER NOT NULL, delivered_entry INTEGER, delivered_by TEXT, "
     "acknowledged_entry INTEGER, acknowledged_by TEXT, note TEXT, cleared_entry INTEGER, cleared_by TEXT, reason TEXT, "
     "PRIMARY KEY(key, stage)) STRICT, WITHOUT ROWID;CREATE INDEX told_state ON told(state, stage);",
     "SELECT key, stage, case_id, name, answerable, trigger, severity, at_ms, coalesced, state, raised_entry, raised_ms, "
     "delivered_entry, delivered_by, acknowledged_entry, acknowledged_by, note, cleared_entry, cleared_by, reason FROM told "
     "ORDER BY key, stage",
     1u << 11},
    {"incident",
     "CREATE TABLE incident(n INTEGER PRIMARY KEY, time_ms INTEGER NOT NULL, code TEXT NOT NULL, text TEXT NOT NULL) "
     "STRICT;",
     "SELECT n, time_ms, code, text FROM incident ORDER BY n",
     1u << 1},
};

const struct xj_view_table *xj_view_table_at(size_t i)
{
    return i < sizeof tables / sizeof tables[0] ? &tables[i] : NULL;
}
