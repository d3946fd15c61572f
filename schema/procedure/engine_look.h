/* Looking at a case: what is on record, who sees it, which rows and questions concern a subject; and a header read
 * against all that. Only the engine's own files; the thread that owns the database. Spec: spec/09-fold.md, sections 1 to 5.
 * Nothing here writes. Failures stick in the fold; results are then empty. */
#ifndef XJ_ENGINE_LOOK_H
#define XJ_ENGINE_LOOK_H

#include "schema/procedure/engine_state.h"

struct xj_fold_rows {
    struct xj_fold_row **at;
    size_t n;
};
struct xj_fold_questions {
    struct xj_fold_question **at;
    size_t n;
};

/* Subjects an act speaks of; whole: the case, too (or only). */
struct xj_fold_subjects {
    struct xj_subject at[XJ_MAX_SUBJECTS];
    size_t n;
    bool whole;
};

/* One entry of header->answers against the case. */
struct xj_fold_answered {
    uint16_t question;                 /* XJ_NONE: no such name */
    const struct xj_m_answer *answer;  /* NULL: the act does not answer it */
    bool passing;                      /* the act hands it on */
    struct xj_fold_act *act;           /* NULL: not an act of the case as stored here */
    struct xj_fold_question *q;        /* NULL: unknown here */
};

/* A header read against the procedure and the case. */
struct xj_fold_in {
    const struct xj_header *h;
    uint16_t act; /* XJ_NONE: unknown */
    const struct xj_m_act *m;
    struct xj_slice doer, signer, role_name;
    xj_roles role;
    bool late, role_breach, correction;
    uint64_t seq; /* 0 while it is only judged */
    struct xj_fold_names parties, principals;
    uint64_t notices; /* bits over the parties */
    struct xj_fold_answered answered[XJ_MAX_ANSWERS];
    struct xj_fold_subjects subjects; /* spec 5.2 */
    struct xj_slice transferor;       /* n = 0: none known */
};

/* ---- subjects ---- */
bool xj_fold_same(const struct xj_subject *a, const struct xj_subject *b);
/* wide covers narrow: equal, or a party and one of its charges. */
bool xj_fold_covers(const struct xj_subject *wide, const struct xj_subject *narrow);
bool xj_fold_relate(const struct xj_subject *a, const struct xj_subject *b);
/* Whether two sets relate; an empty set is the case, which relates to everything. */
bool xj_fold_sets_relate(const struct xj_subject *a, size_t an, const struct xj_subject *b, size_t bn);
/* Bits of the subjects of a record that relate to those named; all when none is named or the record is the case's. */
uint64_t xj_fold_mask(const struct xj_subject *record, size_t record_count, const struct xj_subject *named, size_t named_count);
void xj_fold_add_subject(struct xj_fold_subjects *set, const struct xj_subject *s);

/* ---- the register ---- */
/* Role bit of an agency, 0 when unknown; *ret_name (may be NULL) is a copy in the fold. */
xj_roles xj_fold_role(struct xj_fold *f, struct xj_slice agency, struct xj_slice *ret_name);
/* Spec 1.7. False: no agency of this register was ever succeeded, so that each falls to itself only. */
bool xj_fold_successions(const struct xj_fold *f);
/* The present holder at f->at_ms, or at another instant; the agency itself, or a copy in the fold. */
struct xj_slice xj_fold_holder(struct xj_fold *f, struct xj_slice agency);
struct xj_slice xj_fold_holder_at(struct xj_fold *f, struct xj_slice agency, int64_t at_ms);
bool xj_fold_falls_to(struct xj_fold *f, struct xj_slice agency, struct xj_slice to);
/* Whether one of the names falls to the agency; and which do, as bits. */
bool xj_fold_among(struct xj_fold *f, struct xj_fold_names names, struct xj_slice agency);
uint64_t xj_fold_bits(struct xj_fold *f, struct xj_fold_names names, struct xj_slice agency);

/* ---- the record ---- */
bool xj_fold_on_record(struct xj_fold *f, uint16_t act);
bool xj_fold_group_on_record(struct xj_fold *f, const struct xj_m_group *g);
bool xj_fold_paper_on_record(struct xj_fold *f, uint16_t kind);
bool xj_fold_is_party(struct xj_fold *f, struct xj_slice agency);
/* Whether a party of the act falls to the agency. */
bool xj_fold_sees(struct xj_fold *f, const struct xj_fold_act *a, struct xj_slice agency);
/* The seqs of the acts of that name on record, the latest first; n of them in the arena. */
const uint64_t *xj_fold_seqs(struct xj_fold *f, uint16_t act, size_t *ret_count);

/* All acts on record, ascending by seq, in the arena. */
struct xj_fold_act **xj_fold_record(struct xj_fold *f, size_t *ret_count);
/* When an act was done, as its header says, else (live) its admission; an undated late entry is not dated. */
bool xj_fold_dated(const struct xj_fold_act *a);
int64_t xj_fold_from(const struct xj_fold_act *a);
int64_t xj_fold_to(const struct xj_fold_act *a);

/* ---- rows ---- */
struct xj_fold_rows xj_fold_rows_of_track(struct xj_fold *f, uint16_t track);
uint16_t xj_fold_state_of(const struct xj_fold_row *row);
/* Spec 2.3: the state for a subject (NULL: the case), XJ_NONE for nil. */
uint16_t xj_fold_look_up(struct xj_fold *f, uint16_t track, struct xj_slice owner, const struct xj_subject *s);
/* Spec 2.4: rows for a subject out of all rows of a track. */
struct xj_fold_rows xj_fold_rows_for(struct xj_fold *f, struct xj_fold_rows all, const struct xj_subject *s);
/* The owner of spec 5.3 where no chain gives one; n = 0 when no row is seen. mine: only among rows whose owner falls to the
 * doer. */
struct xj_slice xj_fold_latest_owner(struct xj_fold *f, struct xj_fold_rows all, const struct xj_subject *s, struct xj_slice doer,
                                     struct xj_slice signer, bool mine);

/* ---- questions ---- */
struct xj_fold_question *xj_fold_find_question(struct xj_fold *f, const struct xj_id *id, uint16_t question);
/* Questions of that name put to the doer (spec 3.5), the latest first. For passing on: whoever is asked. */
struct xj_fold_questions xj_fold_put_to(struct xj_fold *f, uint16_t question, struct xj_slice doer, struct xj_slice signer,
                                        bool whoever_asked);
/* Subjects still open that relate to those named (all when none is named). */
bool xj_fold_question_relates(const struct xj_fold_question *q, const struct xj_subject *named, size_t named_count);

/* ---- headers ---- */
/* Reads h; total. act is NULL while h is only judged; an admitted act's own breaches say whether its role was one (the
 * register here may differ), and one without subjects whose questions are unknown here takes those of `after` (spec 5.2). */
void xj_fold_read(struct xj_fold *f, const struct xj_header *h, const struct xj_admitted_act *act, struct xj_fold_in *in);
/* The agencies a question of this act is asked of, in order of principals; spec 3.2. */
struct xj_fold_names xj_fold_ask(struct xj_fold *f, const struct xj_fold_in *in, const struct xj_m_opens *o);
/* Seq of the act whose parties an answer must reach: the opening act, or the last act that passed the question on. */
struct xj_fold_act *xj_fold_asking_act(struct xj_fold *f, const struct xj_fold_answered *a);

/* Whether a list of indices of the model holds i. */
bool xj_fold_listed(const uint16_t *list, uint16_t count, uint16_t i);

#endif
