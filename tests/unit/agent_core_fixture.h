/* A scripted exchange for the tests of the agent's core: real keys, hand-made frames, virtual time. One test at a time.
 * Agencies: A is the one under test, B and C are others. What fails here is a cmocka failure. Spec: spec/04-exchange.md. */
#ifndef AGENT_CORE_FIXTURE_H
#define AGENT_CORE_FIXTURE_H

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "agents/agent/core/core.h"
#include "schema/trust/seal.h"
#include "schema/wire/pack.h"

#define FX_A "370800-a"
#define FX_B "370800-b"
#define FX_C "370800-c"
#define FX_ACTIONS 256
#define FX_CLASS 512  /* the smallest size class */
#define FX_SEALED 528 /* with its authenticator */

struct fx_clock {
    int64_t now_ms;
    uint64_t random;
};

struct fx {
    char dir[64], path[96];
    struct fx_clock clock;
    struct xj_env env;
    struct xj_sign_key root, registrar, exchange, stranger;
    struct xj_agency_keys a, b, c;
    struct xj_anchor anchor;
    struct xj_hash register_head;
    uint64_t register_number;
    struct xj_db *db;
    struct xj_log *log;
    struct xj_agent *agent;
    struct xj_agent_action actions[FX_ACTIONS]; /* of the last turn */
    size_t action_count;
    uint64_t seq, epoch, frame;
    struct xj_id exchange_store;
    struct xj_hash b_previous; /* of B's last message */
    uint64_t b_number;
};

/* ---- the agent's life ---- */

/* cmocka setup and teardown; *state is the struct fx, its agent open over a fresh ledger in a fresh directory. */
int fx_setup(void **state);
int fx_teardown(void **state);
void fx_open(struct fx *f);
/* What a process that is killed leaves: the last commit. */
void fx_crash(struct fx *f);
void fx_reopen(struct fx *f);
/* n bytes that are the same in every run; ctx is a struct fx_clock. */
void fx_random(void *ctx, void *p, size_t n);
struct xj_id fx_id(struct fx *f);
/* Makes the next register entry; C gets its keys only in the second one; those after it give A the keys that f->a holds. The caller
 * frees both. */
void fx_entry(struct fx *f, const struct xj_sign_key *key, struct xj_buf *entry, struct xj_buf *signature);

/* ---- turns ---- */

/* A turn is fx_begin, any number of fx_step, fx_end; fx_event is a turn of one step. It drops the actions of the one before. */
void fx_begin(struct fx *f);
void fx_step(struct fx *f, const struct xj_agent_event *ev);
void fx_end(struct fx *f);
void fx_event(struct fx *f, const struct xj_agent_event *ev);
/* Moves the clock, which may go back, then ticks. */
void fx_tick(struct fx *f, int64_t ms);
/* Takes the frame. */
void fx_frame(struct fx *f, struct xj_buf *frame);

/* ---- what came of it ---- */

struct xj_agent_figures fx_figures(struct fx *f);
/* The i-th frame of a type sent in the last turn, opened into ret; false when there are not so many. */
bool fx_sent(struct fx *f, enum xj_frame_type type, size_t i, struct xj_frame *ret);
size_t fx_sent_count(struct fx *f, enum xj_frame_type type);
/* The i-th action of a kind in the last turn, borrowed until the next; NULL when there are not so many. */
const struct xj_agent_action *fx_action(struct fx *f, enum xj_agent_action_kind kind, size_t i);
/* The i-th message over all SUBMIT frames of the last turn, copied into ret. */
bool fx_submitted(struct fx *f, size_t i, struct xj_buf *ret);
size_t fx_submitted_count(struct fx *f);
/* The kind of the n-th ledger entry, XJ_ENTRY_INVALID when there is none, and how many there are of a kind. */
enum xj_entry_kind fx_entry_kind(struct fx *f, uint64_t n);
size_t fx_kind_count(struct fx *f, enum xj_entry_kind kind);

/* ---- connecting ---- */

/* The WELCOME of an exchange that knows nothing more than the agent. */
struct xj_welcome fx_welcome_equal(struct fx *f);
void fx_connect(struct fx *f);
void fx_welcome(struct fx *f, const struct xj_welcome *w);
/* Connects, welcomes as equal, and sees the agent ready. */
void fx_ready(struct fx *f);

/* ---- acts of A ---- */

/* An act of A for B, with paper_count papers wrapped for B. */
struct xj_outgoing *fx_outgoing(struct fx *f, size_t paper_count);
struct xj_id fx_submit(struct fx *f, size_t paper_count);
/* ret_header borrows from the message. */
struct xj_hash fx_digest_of(struct xj_slice message, struct xj_header *ret_header);

/* ---- what the exchange says ---- */

/* An admitted statement for a message, naming one recipient. */
void fx_admitted(struct fx *f, const struct xj_hash *message, const char *recipient, uint64_t number,
                 const struct xj_sign_key *key, struct xj_buf *statement, struct xj_buf *signature);
/* A refused statement for a submitted message; number 0: the message's own. */
void fx_refused(struct fx *f, struct xj_slice message, const char *code, uint64_t number, struct xj_buf *statement,
                struct xj_buf *signature);
/* Takes statement and signature. */
void fx_answer(struct fx *f, unsigned kind, struct xj_buf *statement, struct xj_buf *signature);
/* Answers a submitted message: admitted, under that number in B's mailbox. */
void fx_admit(struct fx *f, struct xj_slice message, uint64_t b_mailbox);
void fx_notice(struct fx *f, const char *code, uint64_t number, const struct xj_hash *digests, size_t count);
void fx_register_frame(struct fx *f, const struct xj_buf *entry, const struct xj_buf *signature);

/* ---- messages of B ---- */

/* A message of B to A and everything that proves it. */
struct fx_mail {
    struct xj_buf message, statement, signature, paper;
    struct xj_hash digest, paper_digest;
};

enum fx_flaw {
    FX_SOUND = 0, FX_HEADER_ONLY, FX_WITH_PAPER, FX_WRONG_SENDER_KEY, FX_WRONG_EXCHANGE_KEY, FX_WRONG_BODY, FX_WRONG_STATEMENT,
    FX_WRONG_RECIPIENT, FX_BODY_FOR_NOTICE
};

/* B's next message, admitted under that number in A's mailbox. */
void fx_mail_make(struct fx *f, struct fx_mail *m, uint64_t number, enum fx_flaw flaw);
void fx_mail_free(struct fx_mail *m);
/* A DELIVER frame of count messages, numbered from first; the caller frees it. And the same, given to the agent. */
void fx_deliver_frame(struct fx *f, struct xj_buf *frame, const struct fx_mail *mails, uint64_t first, size_t count);
void fx_deliver(struct fx *f, const struct fx_mail *mails, uint64_t first, size_t count);

#endif
