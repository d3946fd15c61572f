/* Sends rows of a list of penalty decisions to the agent, each once, and counts what becomes of them. Command line; one owner.
 * Spec: spec/15-penalty-records.md, section 5. */
#ifndef XJ_PENALTY_SEND_H
#define XJ_PENALTY_SEND_H

#include "agents/cli/penalty_papers.h"

#define XJ_PENALTY_WINDOW 128u /* acts under way before their answers are looked at */

struct xj_penalty_pending;
struct xj_penalty_sender {
    const struct xj_cli *cli;
    struct xj_client *client;
    const char *agency;
    bool dry;
    struct xj_penalty_papers *papers;
    uint64_t sent;       /* handed to the agent in this run and not refused; when dry: would be */
    uint64_t unanswered; /* of these, not answered by the exchange; set by _end */
    uint64_t there, refused;
    struct xj_notes refusals;
    /* ---- its own ---- */
    struct xj_penalty_row held; /* looked up and to be sent; the last of a window waits for its answer */
    struct xj_id held_id;
    struct xj_penalty_pending *pending;
    size_t pending_count, pending_cap, window;
    bool silent; /* the exchange did not answer in time: no more waiting */
};

/* Takes the row. Returns the exit code that ends the import (said already), or XJ_EXIT_OK: what is refused is only noted. */
int xj_penalty_send(struct xj_penalty_sender *s, struct xj_penalty_row *row);
/* Sends what is held back and looks at the answers that are missing. */
int xj_penalty_send_end(struct xj_penalty_sender *s);
void xj_penalty_sender_free(struct xj_penalty_sender *s); /* not the client, nor the papers */

#endif
