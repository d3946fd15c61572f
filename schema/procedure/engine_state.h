/* What the fold keeps of a case: keys and records in the store, and the working memory of one engine call.
 * Only the engine's own files; the thread that owns the database. Spec: spec/09-fold.md, sections 1 to 3 and 8.
 *
 * A struct xj_fold lives for one call. Its error is sticky: after the first failure every load gives "absent" and every
 * store does nothing, and the call returns fold->err at its end. Loaded records live in the fold's arena. */
#ifndef XJ_ENGINE_STATE_H
#define XJ_ENGINE_STATE_H

#include "schema/procedure/arena.h"
#include "schema/procedure/engine.h"

#define XJ_FOLD_PARTIES 50u /* from, actor, to, joint at their limits */
#define XJ_FOLD_CHAIN 32u
#define XJ_FOLD_ROW_MOVES 16u
#define XJ_FOLD_LIST 4096u /* entries of any list in a record; more can only be damage */
#define XJ_FOLD_PASTS 31u  /* revisions that a case stood under before */
/* A duty record whose row ended with a move: this, the number of the move from 0 (5 bits), the row's index before it (10 bits). */
#define XJ_FOLD_ENDED 0x8000u

enum xj_fold_tag {
    XJ_FOLD_HEAD = 'C',     /* the case */
    XJ_FOLD_ACT = 'A',      /* seq */
    XJ_FOLD_ID = 'I',       /* id -> seq */
    XJ_FOLD_NAME = 'N',     /* act, seq: acts on record by name */
    XJ_FOLD_PAPER = 'K',    /* paper kind, seq: kinds carried on record */
    XJ_FOLD_PARTY = 'P',    /* agency: is a party to some act */
    XJ_FOLD_ROW = 'R',      /* track, owner, subject */
    XJ_FOLD_QUESTION = 'Q', /* seq, question, id: several handed on by one act to whoever did not see them opened share a seq */
    XJ_FOLD_ASKED = 'Z',    /* id, question -> seq of the question's key */
    XJ_FOLD_OPEN = 'O',     /* question, seq, id: questions not closed */
    XJ_FOLD_DUTY = 'D',     /* duty, seq, obligor */
    XJ_FOLD_STARTED = 'S',  /* seq of the starting act, duty, obligor */
    XJ_FOLD_TAKEN = 'T',    /* id, receives or accepts, agency: a signed receipt or acceptance */
    XJ_FOLD_DELIVERED = 'V',/* id, agency */
    XJ_FOLD_UNDO = 'U'      /* seq: keys of the records in which the act left something */
};

#define XJ_FOLD_HELD 64u /* holders remembered in one call */
struct xj_fold_held {
    struct xj_slice agency, holder;
};

/* A revision that the case stood under before. */
struct xj_fold_past {
    struct xj_hash revision;
    uint64_t last_seq; /* of the acts folded under it */
    bool looked, here; /* here: images holds, from its indices to those of the case's model */
    struct xj_images images;
};

struct xj_fold {
    const struct xj_engine *e;
    const struct xj_model *m;
    struct xj_id case_id;
    struct xj_arena *arena;
    struct xj_buf value, touched;
    enum xj_err err;
    int64_t at_ms; /* the instant at which holders are asked: of the admission, or of the planning */
    struct xj_fold_held *held; /* what was asked */
    size_t held_count;
    bool planning; /* this view may lack what the exchange has: others may have opened the case */
    bool has_head;
    uint64_t last_seq;
    struct xj_slice opener, first_bureau; /* doers; n = 0 while unknown */
    struct xj_fold_past *pasts;           /* the oldest first; ordinarily none */
    size_t past_count;
};

struct xj_fold_key {
    uint8_t b[160];
    size_t n;
};

struct xj_fold_pair {
    struct xj_slice key, value; /* key without the case prefix, from the tag on */
};
struct xj_fold_pairs {
    struct xj_fold_pair *at;
    size_t n;
};

struct xj_fold_names {
    const struct xj_slice *at;
    size_t n;
};

struct xj_fold_chain {
    uint16_t track;
    struct xj_slice owner;
    uint64_t viewers; /* bits over the parties of the act that holds the chain */
};

enum { XJ_FOLD_ROLE_BREACH = 1, XJ_FOLD_CORRECTION = 2, XJ_FOLD_VOIDED = 4 };

struct xj_fold_act {
    uint64_t seq;
    struct xj_id id;
    uint16_t act; /* XJ_NONE: not in the model */
    uint8_t flags;
    bool late;
    struct xj_slice from, actor;
    struct xj_fold_names parties, principals;
    uint64_t notices; /* bits over the parties: who was sent the header only */
    const struct xj_subject *subjects;
    size_t subject_count;
    bool has_occurred;
    int64_t occurred_from_ms, occurred_to_ms, admitted_ms;
    const struct xj_fold_chain *chain;
    size_t chain_count, own_count; /* the first own_count are its own tracks */
    const struct xj_header_answer *answers;
    size_t answer_count;
};

struct xj_fold_move {
    uint64_t seq;
    uint16_t state;
    struct xj_fold_names seen;
};
struct xj_fold_seen {
    struct xj_slice agency;
    uint64_t seq;
};
struct xj_fold_row {
    uint16_t track;
    struct xj_slice owner;
    struct xj_subject subject;
    bool has_subject;
    const struct xj_fold_move *moves;
    size_t move_count;
    const struct xj_fold_seen *floor; /* who saw moves that were dropped */
    size_t floor_count;
};

struct xj_fold_close {
    uint64_t seq, mask;
};
struct xj_fold_part {
    uint64_t seq;
    struct xj_subject subject;
};
struct xj_fold_hand {
    uint64_t seq; /* of the passing act */
    struct xj_fold_names asked;
};
struct xj_fold_question {
    uint64_t seq;
    uint16_t question, act;
    struct xj_id id;
    struct xj_slice opener;
    struct xj_fold_names asked; /* at opening */
    const struct xj_subject *subjects; /* none: the case, which is bit 0 */
    size_t subject_count;
    const struct xj_fold_close *closes;
    size_t close_count;
    const struct xj_fold_part *parts;
    size_t part_count;
    const struct xj_fold_hand *hands;
    size_t hand_count;
};

enum xj_fold_happened {
    XJ_FOLD_STOP = 1,
    XJ_FOLD_PRESUMED,
    XJ_FOLD_EXTEND,
    XJ_FOLD_PAUSE,
    XJ_FOLD_RESUME,
    XJ_FOLD_PASS,
    XJ_FOLD_ALSO,
    XJ_FOLD_UNREADABLE
};
struct xj_fold_event {
    uint64_t seq, mask;
    uint8_t what;
    bool known; /* the range below */
    int64_t from_ms, to_ms;
    struct xj_id id;
    uint32_t limit;         /* extend */
    struct xj_slice agency; /* pass: the new obligor */
};
struct xj_fold_duty {
    uint64_t seq; /* of the starting act */
    uint16_t duty; /* from XJ_FOLD_ENDED on: no row here */
    struct xj_id id;
    struct xj_slice obligor, receiver; /* obligor at the start */
    uint8_t instant;
    bool on_receipt;
    uint16_t sector; /* index into the row's sectors, or XJ_NONE */
    uint8_t past;    /* its own row lies in the model of pasts[past - 1]; 0: it is the row */
    uint16_t own, own_sector; /* with past: the row's index there, and the sector's in it */
    const struct xj_subject *subjects; /* none: the case, which is bit 0 */
    size_t subject_count;
    const struct xj_fold_event *events; /* ascending by seq */
    size_t event_count;
};

/* ---- the call ---- */
/* Starts a call on a case and loads its head. XJ_ESTATE when the case was folded under another revision. Close always. */
enum xj_err xj_fold_open(struct xj_fold *f, const struct xj_engine *e, struct xj_id case_id);
/* Frees everything; returns f->err. */
enum xj_err xj_fold_close(struct xj_fold *f);
/* Sticks the first error. */
void xj_fold_fail(struct xj_fold *f, enum xj_err err);
/* count zeroed elements, never NULL unless f->err is set; borrowed until close. */
void *xj_fold_array(struct xj_fold *f, size_t count, size_t size);
/* A copy that lives as long as the fold. */
struct xj_slice xj_fold_keep(struct xj_fold *f, struct xj_slice s);
void xj_fold_put_head(struct xj_fold *f);

/* ---- keys ---- */
struct xj_fold_key xj_fold_key(const struct xj_fold *f, enum xj_fold_tag tag);
void xj_fold_key_u16(struct xj_fold_key *k, uint16_t v);
void xj_fold_key_u64(struct xj_fold_key *k, uint64_t v);
void xj_fold_key_id(struct xj_fold_key *k, const struct xj_id *id);
void xj_fold_key_agency(struct xj_fold_key *k, struct xj_slice agency); /* ends in 0x00, so that order is the agency's */
struct xj_fold_key xj_fold_row_key(const struct xj_fold *f, uint16_t track, struct xj_slice owner,
                                   const struct xj_subject *subject_or_null);
struct xj_fold_key xj_fold_question_key(const struct xj_fold *f, uint64_t seq, uint16_t question,
                                        const struct xj_id *id);
struct xj_fold_key xj_fold_duty_key(const struct xj_fold *f, uint16_t duty, uint64_t seq, struct xj_slice obligor);
/* What of a key is behind the case: as the keys of a scan are; borrowed from k. */
struct xj_slice xj_fold_key_rest(const struct xj_fold_key *k);

/* ---- bytes ---- */
/* The value in the arena; false when absent or f->err. */
bool xj_fold_get(struct xj_fold *f, const struct xj_fold_key *k, struct xj_slice *ret);
void xj_fold_put(struct xj_fold *f, const struct xj_fold_key *k, struct xj_slice value);
void xj_fold_del(struct xj_fold *f, const struct xj_fold_key *k);
/* Remembers that the act being applied left something under k. */
void xj_fold_touch(struct xj_fold *f, const struct xj_fold_key *k);
/* All pairs below the prefix, in key order, in the arena; max 0: all. reverse: from the last downwards. */
struct xj_fold_pairs xj_fold_scan(struct xj_fold *f, const struct xj_fold_key *prefix, bool reverse, size_t max);
/* Big-endian numbers inside keys. */
uint64_t xj_fold_read_u64(const uint8_t *p);
uint16_t xj_fold_read_u16(const uint8_t *p);

/* ---- records: load gives NULL when absent or f->err; damaged bytes stick XJ_ECORRUPT ---- */
struct xj_fold_act *xj_fold_act(struct xj_fold *f, uint64_t seq);
struct xj_fold_act *xj_fold_act_of(struct xj_fold *f, uint64_t seq, struct xj_slice value);
struct xj_fold_act *xj_fold_act_by_id(struct xj_fold *f, const struct xj_id *id);
void xj_fold_put_act(struct xj_fold *f, const struct xj_fold_act *a);
struct xj_fold_row *xj_fold_row(struct xj_fold *f, const struct xj_fold_key *k);
struct xj_fold_row *xj_fold_row_of(struct xj_fold *f, struct xj_fold_pair pair);
void xj_fold_put_row(struct xj_fold *f, const struct xj_fold_key *k, const struct xj_fold_row *r);
struct xj_fold_question *xj_fold_question(struct xj_fold *f, const struct xj_fold_key *k);
struct xj_fold_question *xj_fold_question_of(struct xj_fold *f, struct xj_fold_pair pair);
/* Also keeps the index of open questions. */
void xj_fold_put_question(struct xj_fold *f, const struct xj_fold_question *q);
struct xj_fold_duty *xj_fold_duty(struct xj_fold *f, const struct xj_fold_key *k);
struct xj_fold_duty *xj_fold_duty_of(struct xj_fold *f, struct xj_fold_pair pair);
void xj_fold_put_duty(struct xj_fold *f, const struct xj_fold_duty *d);

/* ---- earlier revisions ---- */
/* What a record is reckoned by (spec 12.4). */
struct xj_fold_own {
    const struct xj_m_duty *row;   /* NULL: it ended, and its revision is not there */
    uint16_t sector;               /* index into the row's, or XJ_NONE */
    const struct xj_model *model;  /* the one the row lies in */
    const uint16_t *acts;          /* what an act that the row lists is here, by its index there; NULL: the same */
};
struct xj_fold_own xj_fold_own(struct xj_fold *f, const struct xj_fold_duty *d);
/* The images from pasts[past - 1] to the case's model; NULL: that revision is not there. */
const struct xj_images *xj_fold_past(struct xj_fold *f, uint8_t past);
/* Which revision an act of that seq was folded under, as duty records name it. */
uint8_t xj_fold_past_of(const struct xj_fold *f, uint64_t seq);
bool xj_fold_ended(const struct xj_fold_duty *d);

struct xj_slice xj_fold_doer(const struct xj_fold_act *a);
/* All subjects of a record as bits; bit 0 when there is none. */
uint64_t xj_fold_all(size_t subject_count);
/* Bits still open in a question. */
uint64_t xj_fold_still_open(const struct xj_fold_question *q);
/* Who is asked now: at opening, or by the last handing on. */
struct xj_fold_names xj_fold_asked_now(const struct xj_fold_question *q);
/* Index in names, or SIZE_MAX. */
size_t xj_fold_find(struct xj_fold_names names, struct xj_slice agency);

#endif
