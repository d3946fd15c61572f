/* The running agent as the API sees it: submit and wait, figures, snapshots, register entries. Every function may be called
 * from any thread between xj_host_start and xj_host_stop, and waits at most as long as it is told. Spec: spec/10-api.md. */
#ifndef XJ_HOST_H
#define XJ_HOST_H

#include "agents/agent/core/core.h"

struct xj_agent_host;

#define XJ_HOST_STAGES 8u

/* What the host was started with; borrowed for its life, read-only. A reader of the view opens its own connection with it. */
struct xj_host_options {
    char agency[XJ_MAX_AGENCY_BYTES + 1];
    char data_dir[512];          /* holds ledger.db, view.db, agent.sock */
    char ledger_path[600], view_path[600], socket_path[600];
    char endpoint[256];          /* empty: those of the anchor */
    const struct xj_agency_keys *keys;
    const struct xj_anchor *anchor;
    const struct xj_env *env;
    uint32_t credit;             /* 0: the core's default */
    uint32_t warn_percent[XJ_HOST_STAGES]; /* ascending, each 1..100, 0 after the last; none: no warnings */
    bool volatile_ok;            /* tests: data on tmpfs */
};
const struct xj_host_options *xj_host_options(const struct xj_agent_host *host);

struct xj_host_figures {
    struct xj_agent_figures agent;
    bool connected;              /* to the exchange, whatever the ledgers' comparison said */
    uint64_t view_applied;       /* ledger entry up to which the view is folded */
    struct xj_hash ledger_root;  /* at agent.ledger_size */
    struct xj_hash register_digest; /* of entry agent.register_number */
    uint64_t checkpoint_size;    /* of the last checkpoint made by this process; 0: none */
    int64_t checkpoint_ms;
    uint64_t frames_in, frames_out, frames_dropped; /* since the start */
    int64_t started_ms;
};
void xj_host_figures(struct xj_agent_host *host, struct xj_host_figures *ret);

/* How far a submission came while its caller waited. */
enum xj_host_progress {
    XJ_HOST_NOT_TAKEN = 0, /* it got no number and will not go out: why says why; safe to try again */
    XJ_HOST_QUEUED,        /* in the ledger; goes out when it can */
    XJ_HOST_ANSWERED,      /* admitted or refused; the view may not hold it yet */
    XJ_HOST_APPLIED        /* and the view holds it */
};
struct xj_host_answer {
    enum xj_host_progress progress;
    uint64_t number;         /* submission number, from QUEUED on */
    bool admitted;           /* from ANSWERED on */
    struct xj_buf statement; /* admitted or refused statement, from ANSWERED on */
    char why_zh[256], why_en[256]; /* NOT_TAKEN */
};
/* Takes *out (sets it to NULL in any case) and waits until the view holds the answer, or wait_ms have passed. wait_ms 0
 * waits only until the act is in the ledger. XJ_ESTATE: the agent is stopping (nothing was taken); XJ_ENOMEM. Free *ret
 * with xj_host_answer_free after XJ_OK. */
enum xj_err xj_host_submit(struct xj_agent_host *host, struct xj_outgoing **out, int64_t wait_ms, struct xj_host_answer *ret);
void xj_host_answer_free(struct xj_host_answer *answer);

/* Waits until the view holds ledger entry n or wait_ms have passed; true when it does. */
bool xj_host_wait_view(struct xj_agent_host *host, uint64_t n, int64_t wait_ms);

/* Copies count sealed objects (bodies, keys, papers) by their digests, one into each buffer. XJ_ENOTFOUND: one of them is not
 * here; XJ_ESTATE (stopping), XJ_ENOMEM, XJ_EIO. */
enum xj_err xj_host_objects(struct xj_agent_host *host, const struct xj_hash *digests, size_t count, struct xj_buf *ret);

/* One entry of the ledger with its objects; free it after XJ_OK with xj_ledger_item_free. XJ_ENOTFOUND; XJ_ESTATE (stopping),
 * XJ_ENOMEM, XJ_EIO. */
enum xj_err xj_host_item(struct xj_agent_host *host, uint64_t n, struct xj_ledger_item *ret);

/* A consistent copy of the ledger at path, which must not exist. XJ_EEXISTS, XJ_ENOTFOUND (directory), XJ_EDENIED,
 * XJ_EFULL, XJ_EIO, XJ_ESTATE (stopping). Blocks until it is written. */
enum xj_err xj_host_snapshot(struct xj_agent_host *host, const char *path);

/* Appends entries of kind told, each by its head; entries[i] is the number it got, 0 when it repeats or contradicts what was told
 * before. Waits for the commit. XJ_ESTATE (stopping). */
enum xj_err xj_host_told(struct xj_agent_host *host, const struct xj_slice *heads, size_t count, uint64_t *entries);

/* Lets acts get numbers although no exchange has confirmed the ledger since the start; who: the person and the reason, for the
 * incident that goes on record. What came of it is in the figures. XJ_ESTATE (stopping), XJ_ELIMIT, XJ_ENOMEM. */
enum xj_err xj_host_override(struct xj_agent_host *host, struct xj_slice who);

/* Hands a signed register entry to the exchange and waits for its word. XJ_OK: *ret_number is in the stream. XJ_EDENIED:
 * the exchange refused, why holds its reason. XJ_ESTATE: not decided within wait_ms, or stopping, or another entry is
 * under way; the same bytes may be handed over again. */
enum xj_err xj_host_register(struct xj_agent_host *host, struct xj_slice entry, struct xj_slice signature, int64_t wait_ms,
                             uint64_t *ret_number, struct xj_buf *ret_why);

/* ---- for main ---- */
/* Opens the ledger, checks that keys and anchor are this agency's, and starts the logic, network and view threads. On error
 * *ret_text says why in Chinese and English; nothing is left running. XJ_ECONFIG, XJ_ESTATE (another process has the
 * ledger), XJ_ECORRUPT, XJ_EIO, XJ_ENOMEM, XJ_ENET. */
enum xj_err xj_host_start(const struct xj_host_options *o, struct xj_agent_host **ret, struct xj_buf *ret_text);
/* Ends the threads in order, makes a checkpoint, folds the WAL, closes. NULL is fine. */
void xj_host_stop(struct xj_agent_host *host);

#endif
