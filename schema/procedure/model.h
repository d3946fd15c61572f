/* A compiled procedure in memory: the law as data, ready for the fold. Read-only once decoded; any thread.
 * Spec: spec/07-procedure.md. Everything is reached by small indices into the model's own arrays; every name is a
 * NUL-terminated string owned by the model. Roles are a bit set over model->roles, so a procedure may name its own. */
#ifndef XJ_MODEL_H
#define XJ_MODEL_H

#include "schema/base/hash.h"
#include "schema/procedure/clock.h"

#define XJ_NONE 0xffffu /* "no index" wherever an index is a uint16_t; in a from-list: no state yet (nil) */
#define XJ_MODEL_CONTEXT "xianjie/1 procedure"
#define XJ_MODEL_VERSION 3
#define XJ_MODEL_BYTES_MAX (512u * 1024) /* compiled form */
#define XJ_MODEL_LIST_MAX 1024u          /* elements of any list in it */
#define XJ_MODEL_ESCALATE_MAX 16u        /* steps of one escalation */
#define XJ_MODEL_FIGURES_MAX 8u          /* figures of one condition */
#define XJ_MODEL_TEXT_MAX 512u           /* bytes of a term, a citation, a sector */

enum xj_scope { XJ_SCOPE_INVALID = 0, XJ_SCOPE_CASE, XJ_SCOPE_PARTY, XJ_SCOPE_CHARGE };
enum xj_owner { XJ_OWNER_INVALID = 0, XJ_OWNER_SELF, XJ_OWNER_ASKED, XJ_OWNER_TO };
enum xj_answer_mode { XJ_ANSWER_INVALID = 0, XJ_ANSWER_REQ, XJ_ANSWER_ONCE, XJ_ANSWER_OPT };
enum xj_visibility { XJ_VIS_INVALID = 0, XJ_VIS_OPEN, XJ_VIS_PARTIES, XJ_VIS_AFTER };
enum xj_instant { XJ_INSTANT_INVALID = 0, XJ_INSTANT_OCCURRED, XJ_INSTANT_RECEIVED, XJ_INSTANT_ACCEPTED, XJ_INSTANT_SENT };
enum xj_tag { XJ_TAG_INVALID = 0, XJ_TAG_C, XJ_TAG_C2, XJ_TAG_U };
/* How loud an alert is. NONE: not raised. */
enum xj_alarm { XJ_ALARM_INVALID = 0, XJ_ALARM_NONE, XJ_ALARM_NOTICE, XJ_ALARM_AMBER, XJ_ALARM_RED };
/* What a statistic is: acts, a sum over them, records of duties, one statistic per another (spec/14-statistics.md). */
enum xj_count { XJ_COUNT_INVALID = 0, XJ_COUNT_ACTS, XJ_COUNT_SUM, XJ_COUNT_DUTIES, XJ_COUNT_RATE };
enum xj_once { XJ_ONCE_NEVER = 0, XJ_ONCE_CASE, XJ_ONCE_PARTY };
/* Figures of a body that can be summed; fen. */
enum xj_figure { XJ_FIGURE_NONE = 0, XJ_FIGURE_FINE, XJ_FIGURE_CONFISCATED, XJ_FIGURE_MINIMUM, XJ_FIGURE_REDUCED };
/* What became of a duty, as bits. */
enum { XJ_OUTCOME_MET = 1, XJ_OUTCOME_LATE = 2, XJ_OUTCOME_OVERDUE = 4, XJ_OUTCOME_UNDATABLE = 8, XJ_OUTCOME_PENDING = 16, XJ_OUTCOME_ALL = 31 };

/* Bit set of roles; XJ_ROLES_ANY when the procedure says "any". */
typedef uint32_t xj_roles;
#define XJ_ROLES_ANY UINT32_MAX

struct xj_name {
    const char *id; /* machine name: lower case, digits, '_' */
    const char *zh; /* the field's Chinese term */
    const char *en; /* usual English term */
};

struct xj_m_track {
    struct xj_name name;
    enum xj_scope scope;
    xj_roles owners;
    struct xj_name *states;
    uint16_t state_count;
};

struct xj_m_question {
    struct xj_name name;
    xj_roles asked; /* who may be asked; XJ_ROLES_ANY */
};

struct xj_m_move {
    uint16_t track, state;
    enum xj_owner owner;
    uint16_t *from; /* state indices, XJ_NONE for nil; empty: from any state */
    uint16_t from_count;
};

struct xj_m_opens {
    uint16_t question;
    xj_roles asked;     /* the principals with one of these roles are asked */
    bool asked_transferor; /* asked of the sender of the transfer instead, when the chain of answered acts leads to one */
    bool asked_self;    /* internal: asked of the sender's own agency */
};

struct xj_m_answer {
    uint16_t question;
    enum xj_answer_mode mode;
    struct xj_m_move *moves; /* happen only with this answer, only on tracks that the answered chain moved */
    uint16_t move_count;
};

/* One group: at least one of these acts. */
struct xj_m_group {
    uint16_t *acts;
    uint16_t act_count;
};

struct xj_m_paper {
    uint16_t kind; /* index into model->papers */
    bool instrument; /* missing: refused; else missing: a breach */
    uint16_t or_kind; /* also satisfied by this kind (item_list or no_items), or XJ_NONE */
};

/* "barred while": states of a track in which the act is a breach, unless one of the lifting states holds. */
struct xj_m_bar_state {
    uint16_t track, state;
};

struct xj_m_act {
    struct xj_name name;
    xj_roles roles;
    struct xj_m_move *moves;
    uint16_t move_count;
    struct xj_m_opens *opens;
    uint16_t opens_count;
    struct xj_m_answer *answers;
    uint16_t answer_count;
    uint16_t *passes; /* questions handed on, with their duties, to the new principal */
    uint16_t pass_count;
    struct xj_m_group *expects; /* each group absent: breach step */
    uint16_t expect_count;
    struct xj_m_group *implies; /* presumed done, no breach */
    uint16_t imply_count;
    struct xj_m_paper *papers;
    uint16_t paper_count;
    xj_roles copies;         /* mandatory recipients by role */
    bool copy_transferor;    /* and the transferor, where the case has one */
    xj_roles principal;      /* role the principal must have (passes, supervision); 0: from the opened questions */
    enum xj_visibility vis;
    uint16_t vis_after;      /* act index when vis is XJ_VIS_AFTER */
    bool internal;           /* stays inside the agency: no recipients */
    bool opens_case, joins, again, late_only;
    bool reasons;            /* the law wants reasons: a reader that opens the body checks them */
    bool party_required;     /* must name subjects when the case has more than one party (0 in the main procedure) */
    struct xj_m_bar_state *barred, *lifted;
    uint16_t barred_count, lifted_count;
    bool transfers;          /* the sender is the *transferor* of the case for its subjects (transfer, and nothing else) */
    bool receives;           /* its `occurred` is the 回执 of what it answers (receipt) */
    bool accepts;            /* its `occurred` is the 受理 of what it answers (acceptance) */
    const char *cite;
    enum xj_tag tag;
};

struct xj_m_start {
    uint16_t act;
    enum xj_instant instant;
    bool on_receipt; /* starts only if a receipt of the act is on record (clues) */
};

struct xj_m_sector {
    const char *sector; /* register sector, or "default" */
    enum xj_clock_kind kind; /* XJ_CLOCK_NONE: the row is off for this sector */
    uint32_t limit, extended_limit;
};

struct xj_m_extend {
    uint16_t act;
    uint32_t limit; /* the whole limit after extension, same clock kind */
};

struct xj_m_duty {
    struct xj_name name; /* id "D08", zh what must be done */
    xj_roles obligor;
    struct xj_m_start *starts;
    uint16_t start_count;
    uint16_t *stops; /* acts */
    uint16_t stop_count;
    bool stop_self;      /* met by the sending of the same act: from its occurred to its admission */
    bool link_case;      /* any such act of the case by the obligor stops it; else only one that answers the starting act */
    bool arises_done;    /* judged only if done */
    bool may;            /* overrunning is no breach (may be urged) */
    bool disabled;       /* off by default (every row tagged U) */
    bool inside;         /* not all who see its start can see its stop: only the obligor (who starts it) and the exchange keep it */
    enum xj_clock_kind kind;
    uint32_t limit;
    struct xj_m_sector *sectors; /* by the sector of the bureau in the case (transferor, else obligor) */
    uint16_t sector_count;
    struct xj_m_extend *extends;
    uint16_t extend_count;
    uint16_t *pause_from, *pause_to; /* acts, whoever does them: any of the first stops the count, any of the second resumes it */
    uint16_t pause_from_count, pause_to_count;
    uint16_t *if_answers; /* starts only if the starting act answers one of these questions; empty: always */
    uint16_t if_answer_count;
    uint16_t if_track, if_state; /* starts only if this track stands so in the case; XJ_NONE */
    uint16_t or_paper;   /* the condition on the track also holds when an act on record carries this paper kind; XJ_NONE */
    uint16_t if_act, unless_act; /* starts only if / unless this act is on record; XJ_NONE */
    int64_t since_ms;            /* source in force from (Beijing midnight); INT64_MIN: always */
    const char *cite;
    enum xj_tag tag;
};

/* A figure of the trigger lies in a range, ends included. Spec: spec/12-detection.md, section 4. */
struct xj_m_figure {
    const char *word;
    uint64_t least, most; /* most UINT64_MAX: no end */
};

/* One way in which a rule fires. A list that is empty, a NULL text, a NONE limit asks for nothing. */
struct xj_m_when {
    uint16_t *acts;   /* the trigger: an act of these names on record, for which its doer is answerable, */
    uint16_t act_count;
    uint16_t *duties; /* or a duty of these rows that is overrun, its obligor; one of the two lists, never both */
    uint16_t duty_count;
    xj_roles by;      /* the trigger's doer, the duty's obligor */
    const char *breach, *detail; /* the trigger has this breach (with this detail) */
    uint16_t *before, *after;    /* one of them is on record earlier, later than the trigger */
    uint16_t before_count, after_count;
    uint16_t *not_before;        /* none of them is earlier, for related subjects */
    uint16_t not_before_count;
    uint16_t *with, *without;    /* one of them is on record at all; none is, for related subjects */
    uint16_t with_count, without_count;
    xj_roles without_by;         /* only acts done by these count for `without` */
    const char *kind; /* a party of the case is of this kind */
    uint32_t times;   /* the trigger is the so-manieth of its acts for related subjects; 1: each */
    enum xj_clock_kind longer; /* so long after the trigger none of the rule's stops is on record */
    uint32_t limit;
    bool backdated;   /* the trigger occurred before an act that it answers */
    bool principal;   /* its first principal is answerable, not its doer */
    struct xj_m_figure *figures; /* all of them; by word */
    uint16_t figure_count;
};

struct xj_m_rule {
    struct xj_name name;        /* id "R10" */
    const char *mode_zh, *mode_en; /* the field's term for the failing: 以罚代刑 */
    enum xj_alarm live, history;   /* history: when the trigger is a late entry */
    xj_roles tell;
    bool tell_self;             /* and the agency answerable */
    struct xj_m_when *whens;
    uint16_t when_count;
    uint16_t *escalate; /* acts, in the order in which they are to be tried */
    uint16_t escalate_count;
    uint16_t *stops;    /* acts that clear it */
    uint16_t stop_count;
    const char *cite;
    enum xj_tag tag;
};

struct xj_m_statistic {
    struct xj_name name;
    enum xj_count kind;
    uint16_t place;   /* reports show them in this order, then by id */
    uint16_t *acts;
    uint16_t act_count;
    uint16_t *duties; /* of kind DUTIES; none: all rows but those marked may */
    uint16_t duty_count;
    xj_roles by;      /* the doer, the obligor */
    bool principal;   /* counted to the act's first principal, not to its doer */
    enum xj_once once; /* acts: each case, each party only at the first of them */
    enum xj_figure figure; /* of kind SUM */
    unsigned outcomes; /* of kind DUTIES */
    uint16_t of, per; /* of kind RATE: statistics of kind ACTS or DUTIES; else XJ_NONE */
    uint16_t stage;   /* track whose stage of a case it belongs to; XJ_NONE */
    const char *outlier; /* of kind RATE: id of the rule that an agency raises whose rate stands out; NULL */
};

/* Which cases under the revision replaced may move to this one. */
enum xj_moving { XJ_MOVING_INVALID = 0, XJ_MOVING_NONE, XJ_MOVING_OPEN, XJ_MOVING_ALL };

/* A name of the revision replaced, and what it is here; XJ_NONE: nothing. */
struct xj_m_rename {
    const char *was;
    uint16_t is;
    const char *zh, *en; /* a duty that ends: why; else NULL */
};
struct xj_m_restate {
    const char *track, *state;
    uint16_t to_track, to_state;
};

/* The revision that this one is published in place of. Names without an entry are the same. Spec: spec/07-procedure.md, 3c. */
struct xj_m_replaces {
    struct xj_hash revision;
    enum xj_moving cases;
    struct xj_m_restate *states; /* by track and state */
    uint16_t state_count;
    struct xj_m_rename *acts, *questions, *duties; /* by old name */
    uint16_t act_count, question_count, duty_count;
};

struct xj_model {
    struct xj_name name; /* "referral" */
    struct xj_name *roles;
    uint16_t role_count; /* at most 32 */
    struct xj_m_track *tracks;
    uint16_t track_count;
    struct xj_m_question *questions;
    uint16_t question_count;
    struct xj_name *papers;
    uint16_t paper_count;
    struct xj_m_act *acts;
    uint16_t act_count;
    struct xj_m_duty *duties;
    uint16_t duty_count;
    struct xj_m_rule *rules;
    uint16_t rule_count;
    struct xj_m_statistic *statistics;
    uint16_t statistic_count;
    struct xj_m_replaces *replaces; /* NULL: none */
    struct xj_hash revision; /* digest("xianjie/1 procedure", compiled bytes) */
    struct xj_arena *arena;  /* owns everything above */
};

/* Decodes compiled bytes (which may come from the register, so from outside). Checks every index, count and name; the
 * result is self-contained. XJ_EMALFORMED, XJ_ELIMIT, XJ_ENOMEM; *ret is NULL then. Free with xj_model_free. */
enum xj_err xj_model_decode(struct xj_slice compiled, struct xj_model **ret);
void xj_model_free(struct xj_model *model); /* NULL is fine */

/* Index of a name, or XJ_NONE. Logarithmic. */
uint16_t xj_model_act(const struct xj_model *m, struct xj_slice name);
uint16_t xj_model_track(const struct xj_model *m, struct xj_slice name);
uint16_t xj_model_state(const struct xj_m_track *t, struct xj_slice name);
uint16_t xj_model_question(const struct xj_model *m, struct xj_slice name);
uint16_t xj_model_paper(const struct xj_model *m, struct xj_slice name);
uint16_t xj_model_duty(const struct xj_model *m, struct xj_slice name);
uint16_t xj_model_rule(const struct xj_model *m, struct xj_slice name);
uint16_t xj_model_statistic(const struct xj_model *m, struct xj_slice name);
/* The role's bit, or 0 when the procedure does not name it. */
xj_roles xj_model_role(const struct xj_model *m, struct xj_slice name);

#endif
