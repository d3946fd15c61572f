/* A small city for tests of the fold: an exchange, one view for each agency, a procedure, a calendar of plain weekends. One
 * thread. Not part of the programs. */
#ifndef XJ_TEST_ENGINEWORLD_H
#define XJ_TEST_ENGINEWORLD_H

#include "schema/procedure/engine.h"
#include "tests/unit/memstore.h"

#define WORLD_ACTS 128
#define WORLD_HEIRS 4

enum who { MARKET, ENV, POLICE, POLICE2, POLICE3, PROC, PROC2, COURT, COURT2, JUSTICE, SUPER, PAPER, SUPER2, STRANGER, WHO_COUNT };

#define WORLD_LATER 3
/* A revision published later, in force from then on. */
struct world_later {
    struct xj_model *model;
    int64_t from_ms;
    bool gone; /* withdrawn from the register */
};

struct world {
    struct xj_model *model; /* the first revision */
    bool model_gone;
    struct world_later later[WORLD_LATER];
    int later_count;
    struct xj_calendar calendar;
    struct xj_memstore exchange, view[WHO_COUNT], apart; /* apart: a case as it would stand under a later revision */
    struct xj_id case_id;
    uint64_t seq, made; /* made: ids given out */
    int64_t now_ms;
    bool granted;
    struct {
        enum who agency, next;
        int64_t at_ms;
    } heirs[WORLD_HEIRS]; /* facts succeeded_by */
    size_t heir_count;
    bool knows_successions; /* the register has such facts, even if of none here */
    /* what was admitted, for handing on; views: bits of who holds it */
    struct world_act {
        struct xj_header h;
        struct xj_after after[XJ_MAX_AFTER];
        struct xj_breach breaches[XJ_MAX_BREACHES];
        struct xj_admitted_act admitted;
        uint32_t views;
    } *acts;
    size_t act_count;
    struct {
        struct xj_id id;
        enum who to;
        int64_t at_ms;
    } deliveries[WORLD_ACTS];
    size_t delivery_count;
    /* the last act */
    struct xj_header h;
    struct xj_buf arena;
    struct xj_refusal refused; /* of the planner */
    struct xj_verdict verdict;
};

/* What to do; zero fields are left out. */
struct deed {
    enum who from;
    int actor;              /* -1 or 0 with from set: none; use actor1 = who + 1 */
    const char *act;
    int to1, to2;           /* who + 1, principals */
    int subject1, subject2; /* 1.. parties; party * 10 + charge for a charge */
    const char *occurred;   /* a date or a range, as in case files */
    bool late;
    bool no_papers;         /* carry none; else all the procedure wants */
    const char *no_paper;   /* carry all but this kind */
    const char *relation;   /* with target */
    struct xj_id target;
    bool old;               /* draft under the revision that the view has the case under, though it may move */
    bool unfilled;          /* give answers as they are in answer/question below, not found by the planner */
    struct xj_id answer;
    const char *question;
};

/* Under the referral procedure; under another file with an overlay over it (NULL: none), from the project's root; under a
 * model, which it takes over. */
void world_up(struct world *w);
void world_up_with(struct world *w, const char *procedure, const char *overlay);
void world_up_under(struct world *w, struct xj_model *model);
/* Publishes a later revision, taking it over. */
void world_revise(struct world *w, struct xj_model *model, int64_t from_ms);
/* The revision that a view (-1: the exchange) has the case under. */
const struct xj_model *model_at(const struct world *w, int view);
void world_down(struct world *w);
/* The same as fixtures of cmocka: *state is a world. */
int world_setup(void **state);
int world_teardown(void **state);
/* The day (YYYY-MM-DD) on which a duty is due; on which its clock starts, and whether that is only known not to be later. */
void assert_due(const struct xj_duty_view *d, const char *due);
void assert_start(const struct xj_duty_view *d, const char *start, bool open_ended);
struct xj_slice name_of(enum who who);
struct xj_engine engine_at(struct world *w, int view_or_minus1);
/* "2026-03-02T09:00" in Beijing. */
int64_t at(const char *text);
uint16_t act_of(const struct xj_model *m, const char *name);

/* The model that the deed would be drafted under: the newest that the sender, as it sees the case, may use. */
const struct xj_model *model_for(struct world *w, enum who from, bool old);
/* Plans in the sender's own view; w->h and w->refused. */
enum xj_err world_plan(struct world *w, const struct deed *d);
/* Judges w->h at the exchange. */
enum xj_err world_judge(struct world *w);
/* Applies w->h at the exchange and in the view of every party. */
void world_apply(struct world *w);
/* Applies an admitted act in one store, moving the case to its revision first where it must. */
enum xj_err world_fold(struct world *w, const struct xj_memstore *store, const struct xj_admitted_act *act);
/* All three; asserts that it is admitted, and returns the id of the act. */
struct xj_id world_do(struct world *w, const struct deed *d);
#define DO(w, ...) world_do((w), &(struct deed){__VA_ARGS__})
/* Plans and judges; the code of the refusal (of the planner first), or NULL. */
const char *world_try(struct world *w, const struct deed *d);
#define TRY(w, ...) world_try((w), &(struct deed){__VA_ARGS__})
/* From that time on what was the agency's is next's. */
void world_succeeds(struct world *w, enum who agency, enum who next, const char *when);
/* The agency's whole history of the case goes into the other's view, as shares would bring it (spec 09, 10.3). */
void world_hand_over(struct world *w, enum who from, enum who to);
/* Another case, and nothing known of any. */
void world_forget(struct world *w);
void world_delivered(struct world *w, struct xj_id id, enum who to, const char *when);

/* The state of a row as text, or NULL; subject 0: the case. view -1: the exchange. */
const char *row_state(struct world *w, int view, const char *track, enum who owner, int subject);
/* Open questions of that name put to the agency. */
int open_questions(struct world *w, int view, const char *question, enum who asked);
/* The duties of that name; returns how many, fills the first nth (0..). Subjects are not kept. */
int duty(struct world *w, int view, const char *name, int nth, struct xj_duty_view *ret);
bool has_breach(const struct world *w, const char *code, const char *detail);

#endif
