/* The fold: what a procedure makes of the acts of a case. Pure functions over a store inside the caller's transaction;
 * the thread that owns the database. Spec: spec/09-fold.md.
 *
 * The exchange judges (xj_engine_judge) and applies; an agent plans what it sends (xj_engine_plan) and applies what it
 * receives with the exchange's own `after` and `breaches`, never deriving them again. Exchange and agents use the same
 * apply, so duties and questions come out alike wherever the same acts are seen.
 *
 * All keys the engine writes begin with the byte 'E' and then the 16 bytes of the case. */
#ifndef XJ_ENGINE_H
#define XJ_ENGINE_H

#include "schema/base/store.h"
#include "schema/procedure/calendar.h"
#include "schema/procedure/revision.h"
#include "schema/wire/message.h"

/* What the engine asks the register, at the register number the act is judged under. Slices are borrowed until the next
 * call. */
struct xj_facts {
    void *ctx;
    /* Role name ("police") of an agency; n = 0 when it is unknown. */
    struct xj_slice (*role)(void *ctx, struct xj_slice agency);
    struct xj_slice (*sector)(void *ctx, struct xj_slice agency);
    /* The i-th counterpart of the agency for a role (sector-specific first); n = 0 past the last. */
    struct xj_slice (*counterpart)(void *ctx, struct xj_slice agency, struct xj_slice role, size_t i);
    /* True when a grant lets the agency act, at that instant, in cases opened by `opener` though it received nothing. */
    bool (*granted)(void *ctx, struct xj_slice agency, struct xj_slice opener, int64_t at_ms);
    /* The present holder of an agency at an instant (spec 06, 8), itself when it was not succeeded. NULL: this register has
     * no successions. */
    struct xj_slice (*holder)(void *ctx, struct xj_slice agency, int64_t at_ms);
    /* Whether heir comes behind the agency in its chain of successors, by the newest register, at any time. NULL with holder. */
    bool (*heir)(void *ctx, struct xj_slice heir, struct xj_slice agency);
};

struct xj_engine {
    struct xj_store store;
    const struct xj_model *model;
    const struct xj_calendar *calendar;
    struct xj_facts facts;
    struct xj_revisions revisions; /* zeroed: there is none but the model's */
};

struct xj_after {
    uint16_t track, state;
    struct xj_slice owner; /* view into the header judged or into the caller's bytes */
    struct xj_subject subject;
    bool has_subject; /* false: the case row */
};

/* code: a name of spec/09-fold.md ("late", "paper", "step", "organ", "role", "penalty_after_transfer");
 * detail: duty id, paper kind, act, agency …; both NUL-terminated, static or the model's. */
struct xj_breach {
    const char *code;
    const char *detail;
};

/* Why an act cannot be. code: a name of spec/04-exchange.md; detail as above or empty. */
struct xj_refusal {
    const char *code; /* NULL: not refused */
    char detail[XJ_MAX_NAME_BYTES * 2 + 2];
};

struct xj_verdict {
    struct xj_refusal refusal;
    struct xj_after after[XJ_MAX_AFTER];
    size_t after_count;
    struct xj_breach breaches[XJ_MAX_BREACHES];
    size_t breach_count;
    /* Owners that only the case holds, for views in `after`: so a verdict is not to be copied. */
    uint8_t owner_bytes[XJ_MAX_AFTER * XJ_MAX_AGENCY_BYTES];
};

/* Judges an act against the state before it, as of now_ms (the admission). Writes nothing. Checks, in this order: act
 * known; role; may act (opens, joins, party, granted); answers exist, visible, open; owed answers given; tracks;
 * recipients (questions have somebody to ask; mandatory copies; recipients of what is answered); instrument; voids and
 * amends. Returns XJ_OK with the verdict, or a world error. */
enum xj_err xj_engine_judge(const struct xj_engine *e, const struct xj_header *h, int64_t now_ms, struct xj_verdict *ret);

/* An admitted act as both sides have it. */
struct xj_admitted_act {
    const struct xj_header *header;
    uint64_t seq;
    int64_t admitted_ms;
    const struct xj_after *after; /* the exchange's statement */
    size_t after_count;
    const struct xj_breach *breaches;
    size_t breach_count;
    struct xj_slice viewer; /* the agency whose view this is; n = 0 at the exchange */
};

/* Folds one act. Total: an act that follows acts the viewer may not see still folds. Acts of one case must come in
 * ascending seq; XJ_ESTATE (state unchanged) when seq is not above the last: the caller forgets the case and folds it
 * anew. Applying the same seq again is XJ_EEXISTS, state unchanged. */
enum xj_err xj_engine_apply(const struct xj_engine *e, const struct xj_admitted_act *act);

/* A recipient has stored a message at that time (exchange's clock): live duties that start with delivery begin. Order
 * against acts does not matter; the earliest time per (message, recipient) counts. */
enum xj_err xj_engine_delivered(const struct xj_engine *e, struct xj_id case_id, struct xj_id id, struct xj_slice recipient,
                                int64_t at_ms);

/* Deletes all the engine holds of a case. */
enum xj_err xj_engine_forget(const struct xj_engine *e, struct xj_id case_id);

/* ---- another revision (spec 09, section 12; spec 06, section 6) ---- */
/* The revision the case stands under in a store. XJ_ENOTFOUND: nothing of the case is there. */
enum xj_err xj_engine_revision(const struct xj_store *store, struct xj_id case_id, struct xj_hash *ret);
/* Whether the case, as e->store has it under an older revision, may move to e->model at that time. No change. */
enum xj_err xj_engine_may_move(const struct xj_engine *e, struct xj_id case_id, int64_t now_ms, bool *ret);
/* Puts what `from` holds of a case under an older revision into e->store as e->model has it; the two may be the same store,
 * which then holds it so. Nothing to do when it stands under e->model already, or is not there. XJ_ENOTFOUND, e->store
 * unchanged: e->model does not come from that revision. Whether the case may move is not asked. */
enum xj_err xj_engine_carry(const struct xj_engine *e, const struct xj_store *from, struct xj_id case_id);

/* What an agency wants to do; the rest is filled in. */
struct xj_plan_in {
    struct xj_id case_id;
    uint16_t act;
    int64_t now_ms;              /* when it is planned: who is succeeded by then */
    struct xj_slice from, actor; /* actor.n = 0: none */
    enum xj_mode mode;
    const struct xj_subject *subjects;
    size_t subject_count;
    const struct xj_header_answer *answers; /* given by the caller; answer_count 0 and fill_answers true: found here */
    size_t answer_count;
    bool fill_answers;
    /* Principals wished for, best first; where none fits a question asked, the register's counterparts do. */
    const struct xj_slice *principals;
    size_t principal_count;
    const struct xj_slice *subscribers; /* full subscribers, added as copies of open acts */
    size_t subscriber_count;
    bool papers_given; /* header->papers is final, so that a missing instrument is refused here already */
};
/* Fills header->tracks, answers and to, and case_id, act, from, actor, mode and subjects from `in` (an answer without
 * subjects names those it speaks for), so that a judge with the same state admits it; header->joint, papers and relates are read as the caller set them (a zeroed header: none). With
 * a relation amends, voids, shares or unreadable it fills what that correction must repeat. Agencies found in the store are
 * copied into *arena_buf, which must outlive the header and whose earlier content may move. A refusal says what the judge
 * would say; the header is then not to be sent. XJ_ESTATE and other world errors as judge. */
enum xj_err xj_engine_plan(const struct xj_engine *e, const struct xj_plan_in *in, struct xj_buf *arena_buf,
                           struct xj_header *header, struct xj_refusal *ret_refusal);

/* ---- reading ---- */
struct xj_row_view {
    uint16_t track, state;
    struct xj_slice owner;
    struct xj_subject subject;
    bool has_subject;
    uint64_t seq; /* of the act that moved it last */
};
struct xj_question_view {
    struct xj_id id; /* the act that opened it */
    uint64_t seq;
    uint16_t question, act;
    struct xj_slice opener;              /* who asks */
    const struct xj_slice *asked;        /* who is asked */
    size_t asked_count;
    const struct xj_subject *subjects;   /* still open for these; count 0: for the case as a whole */
    size_t subject_count;
    bool open;
};
enum xj_duty_status { XJ_DUTY_INVALID = 0, XJ_DUTY_OPEN, XJ_DUTY_MET, XJ_DUTY_LATE, XJ_DUTY_UNDATABLE };
struct xj_duty_view {
    uint16_t duty;                       /* XJ_NONE: a row that the case's revision ended */
    const struct xj_m_duty *row;         /* what it is reckoned by: the row of the revision it was started under */
    const struct xj_hash *revision;      /* that revision, where it is not the case's; else NULL */
    struct xj_slice obligor;
    struct xj_id started_by;             /* act */
    uint64_t seq;                        /* of that act */
    const struct xj_subject *subjects;
    size_t subject_count;
    bool start_known, start_open_ended;  /* open-ended: "some time from start on" (2015-08-12..) */
    int64_t start_ms;                    /* earliest start */
    bool provisional;                    /* the start is the admission, because neither receipt nor delivery is known */
    bool limited;                        /* the law sets a limit; else there is nothing to be late for */
    bool due_known;
    int64_t due_ms;                      /* the earliest it can be */
    int64_t sure_ms;                     /* the latest: past it, it is overrun whatever the start was; INT64_MAX: none can be told */
    bool done, done_dated;
    int64_t done_from_ms, done_to_ms;
    struct xj_id done_by;                /* nil when presumed */
    bool paused, extended;
    enum xj_duty_status status;          /* met, late, undatable; open also when overdue: compare due_ms with now */
    const char *undatable_why;           /* "presumed", "outside_calendar", "start_unknown", "done_unknown", or NULL */
};
/* What rules ask of acts that the fold does not keep; borrowed for one call. */
struct xj_alert_facts {
    void *ctx;
    /* Whether the act was admitted with this breach (detail NULL: any), those that its body shows included. */
    bool (*breach)(void *ctx, const struct xj_id *act, const char *code, const char *detail);
    /* Whether a party of the case is of this kind. */
    bool (*kind)(void *ctx, const char *kind);
    /* What the figure is worth for the act; false: unknown. NULL: all are. */
    bool (*figure)(void *ctx, const struct xj_id *act, const char *word, uint64_t *ret);
};
#define XJ_ALERT_EVIDENCE 5u
struct xj_alert_view {
    uint16_t rule;
    uint16_t duty;                       /* the duty overrun, or XJ_NONE */
    enum xj_alarm severity;
    struct xj_slice answerable;          /* the trigger's doer, the duty's obligor */
    const struct xj_subject *subjects;   /* of the trigger; none: the case */
    size_t subject_count;
    struct xj_id evidence[XJ_ALERT_EVIDENCE]; /* acts: the trigger (the act that started the duty), then what was found with it */
    size_t evidence_count;
    const struct xj_m_figure *figures;   /* those that the condition asked for, */
    size_t figure_count;
    uint64_t figure_values[XJ_MODEL_FIGURES_MAX]; /* and what they are worth */
    bool since_known;                    /* when the last of its conditions came true; with fires_ms, when it will */
    int64_t since_ms;
    int64_t fires_ms;                    /* not raised before; INT64_MIN: from the acts alone */
    bool history;                        /* the trigger is a late entry */
    bool cleared;
    struct xj_id cleared_by;             /* nil when the duty was done in some other way */
};
/* What counting asks of acts that the fold does not keep; borrowed for one call. */
struct xj_tally_facts {
    void *ctx;
    /* Role name of an agency as the register had it when the act was admitted; n = 0 when unknown. Borrowed until the next call. */
    struct xj_slice (*role)(void *ctx, const struct xj_id *act, struct xj_slice agency);
    /* The figure that the act's body gives, as last amended. False: it gives none. *ret_unread: it cannot be opened here. */
    bool (*figure)(void *ctx, const struct xj_id *act, uint16_t name, enum xj_figure figure, int64_t *ret, bool *ret_unread);
    /* The case's parties but for victims: those an act speaks of that names none. */
    const uint8_t (*parties)[8];
    size_t party_count;
};
/* Whether it counts whatever the time is, only once its due instant has passed, or only until then. */
enum xj_tally_open { XJ_TALLY_SETTLED = 0, XJ_TALLY_ONCE_OVERDUE, XJ_TALLY_UNTIL_OVERDUE };
/* One unit of one figure. */
struct xj_tally_view {
    uint16_t statistic;                  /* XJ_NONE: an act on record, whatever it is */
    uint16_t duty;                       /* or XJ_NONE: of an act, or a row that the case's revision ended */
    const struct xj_m_duty *row;         /* of a duty: what it is reckoned by; else NULL */
    struct xj_id act;                    /* that which is counted; that which started the duty */
    bool has_party;                      /* counted once for this party */
    uint8_t party[8];
    struct xj_slice agency, source;      /* to which it counts; from which the case comes */
    const struct xj_subject *subjects;
    size_t subject_count;
    bool dated;
    int64_t at_ms;                       /* the instant whose month it counts in; of an open one its latest due instant */
    enum xj_tally_open open;
    int64_t value;                       /* of a sum */
    bool unread;                         /* of a sum: the body cannot be opened here; value is 0 */
};
typedef bool xj_tally_visit(void *arg, const struct xj_tally_view *t);
/* Whether the agency is party to an act of the case (from, actor, to, joint), itself or through one that ever falls to it. */
enum xj_err xj_engine_party(const struct xj_engine *e, struct xj_id case_id, struct xj_slice agency, bool *ret);
typedef bool xj_row_visit(void *arg, const struct xj_row_view *row);
typedef bool xj_question_visit(void *arg, const struct xj_question_view *q);
typedef bool xj_duty_visit(void *arg, const struct xj_duty_view *d);
/* Rows by (track, owner, subject); questions by (seq, question); duties by (duty, seq). Stop with false. */
enum xj_err xj_engine_rows(const struct xj_engine *e, struct xj_id case_id, xj_row_visit *visit, void *arg);
enum xj_err xj_engine_questions(const struct xj_engine *e, struct xj_id case_id, xj_question_visit *visit, void *arg);
enum xj_err xj_engine_duties(const struct xj_engine *e, struct xj_id case_id, xj_duty_visit *visit, void *arg);
/* Appends the arithmetic of a duty's due date, line by line, as read for the record of that row name (of the view's `row` where
 * its `duty` is XJ_NONE) that the act `seq` started for a subject (NULL: the first, or the case). XJ_ENOTFOUND: there is no
 * such record. Spec: spec/08-clocks.md, section 9. */
enum xj_err xj_engine_reckon(const struct xj_engine *e, struct xj_id case_id, struct xj_slice duty, uint64_t seq,
                             const struct xj_subject *subject, struct xj_buf *out);
typedef bool xj_alert_visit(void *arg, const struct xj_alert_view *a);
/* The alerts that the model's rules raise as things stand, those that time has yet to fire included, those of severity none
 * left out; by (rule, condition, trigger). No clock is read: the same acts give the same alerts. Spec: spec/12-detection.md. */
enum xj_err xj_engine_alerts(const struct xj_engine *e, struct xj_id case_id, const struct xj_alert_facts *facts,
                             xj_alert_visit *visit, void *arg);
/* What the case adds to the model's statistics, unit by unit, in an order that the same acts always give. No clock is read.
 * Spec: spec/14-statistics.md, sections 2 to 4. */
enum xj_err xj_engine_tally(const struct xj_engine *e, struct xj_id case_id, const struct xj_tally_facts *facts,
                            xj_tally_visit *visit, void *arg);

#endif
