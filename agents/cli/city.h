/* A whole city in one directory: root, exchange, registrar and agencies, enrolled, registered, started and stopped. For
 * replay, demonstrations and tests; one thread. Spec: spec/02-trust.md, 06-register.md, 10-api.md.
 *
 * Use: xj_city_make (files only) or xj_city_open -> xj_city_start (exchange, registrar's agent, at the first start the
 * register's facts, then every other agent) -> xj_city_call, xj_city_register … -> xj_city_stop -> xj_city_close.
 * Layout: <dir>/root, registrar/registrar.keys, exchange/, agencies/<id>/, keys/<id>/, anchor, city.json, register.json. */
#ifndef XJ_CITY_H
#define XJ_CITY_H

#include "agents/cli/regfacts.h"

struct xj_city;

struct xj_city_spec {
    const char *division;  /* six digits; every agency id begins with it */
    const char *name;      /* 济宁市 */
    const char *registrar; /* agency id of the registrar's agency; must be among agencies and connected */
    const struct xj_agency_spec *agencies;
    size_t agency_count;
    bool volatile_ok; /* the journal may lie on tmpfs, unsynced: replays and tests; ledgers need a disk all the same */
    /* JSON batch (xj_changes_read) of further facts, put into the register at the first start; NULL: none. Borrowed. */
    const json_t *facts;
};

/* Makes keys, anchor, data directories and configurations under dir, which must not exist or be empty. Starts nothing.
 * XJ_ECONFIG: spec wrong; XJ_EEXISTS: dir holds something; file errors. On error *ret is NULL, what was made stays, text
 * gets one line, Chinese then English. bin_dir (of all functions: where xianjie-broker and xianjie-agent are) NULL: the
 * directory of the running program. */
enum xj_err xj_city_make(const struct xj_city_spec *spec, const char *dir, const char *bin_dir, struct xj_city **ret,
                         struct xj_buf *text);
/* A city made before. Processes that run already are found by their pid files and can be called and stopped. */
enum xj_err xj_city_open(const char *dir, const char *bin_dir, struct xj_city **ret, struct xj_buf *text);
/* Frees. Processes started with XJ_CITY_CHILDREN are stopped first, others go on. NULL is fine. */
void xj_city_close(struct xj_city *city);

enum xj_city_mode {
    XJ_CITY_MODE_INVALID = 0,
    XJ_CITY_CHILDREN, /* die with the thread that called start, and at xj_city_close */
    XJ_CITY_DETACHED  /* go on when this program ends */
};
/* Starts what does not run and waits until each is ready (agents: /api/status says "ready"), at most timeout_ms for each
 * (0: 20000). At the first start the agencies, their keys, and the facts go into the register. XJ_ENOTFOUND: a program is
 * missing; XJ_ESTATE: a process ended early (text names its log); XJ_ENET: not ready in time; as xj_changes_post. On error
 * what was started goes on: call xj_city_stop. */
enum xj_err xj_city_start(struct xj_city *city, enum xj_city_mode mode, int timeout_ms, struct xj_buf *text);
/* Ends all processes of the city (SIGTERM, after 10 s SIGKILL), agents first. XJ_OK also when nothing ran. */
enum xj_err xj_city_stop(struct xj_city *city, struct xj_buf *text);

/* One process, by agency id or "exchange": for tests of failures. kill_now: SIGKILL at once. Starting the exchange again
 * keeps its endpoint, so that running agents find it. */
enum xj_err xj_city_stop_one(struct xj_city *city, const char *who, bool kill_now, struct xj_buf *text);
enum xj_err xj_city_start_one(struct xj_city *city, const char *who, enum xj_city_mode mode, int timeout_ms,
                              struct xj_buf *text);
bool xj_city_runs(const struct xj_city *city, const char *who);

/* New agencies (ids new, of the city's division): keys and data directories are made, what the register must say of them is
 * added to changes, which the caller posts with xj_city_register before it starts them. Pointers to agencies and nodes got
 * before are stale. XJ_EEXISTS; errors as xj_city_make. */
enum xj_err xj_city_add(struct xj_city *city, const struct xj_agency_spec *agencies, size_t count, struct xj_changes *changes,
                        struct xj_buf *text);
/* Posts register changes through the registrar's agent, then waits until every running agent has them. */
enum xj_err xj_city_register(struct xj_city *city, const struct xj_changes *changes, struct xj_buf *text);
/* Waits until every running agent's register has reached number (timeout_ms 0: 20000). XJ_ENET: not in time. */
enum xj_err xj_city_await_register(struct xj_city *city, uint64_t number, int timeout_ms, struct xj_buf *text);
/* Waits until no agent has anything outstanding: own_number = own_answered = own_proved, mailbox, feed and register at
 * their heads, view_applied = ledger_size, all twice in a row. XJ_ENET: not in time (0: 30000). */
enum xj_err xj_city_settle(struct xj_city *city, int timeout_ms, struct xj_buf *text);

/* One API call to an agency's agent, as xj_client_call. XJ_ENOTFOUND: no such agency, or it is not connected. */
enum xj_err xj_city_call(struct xj_city *city, const char *agency, const char *method, const char *path, const json_t *body,
                         long *ret_status, json_t **ret_json, struct xj_buf *text);
/* The client itself, borrowed from the city; NULL when there is no such connected agency. */
struct xj_client *xj_city_client(struct xj_city *city, const char *agency);

size_t xj_city_agency_count(const struct xj_city *city);
/* The i-th agency of the description; strings borrowed from the city. i < count. */
const struct xj_agency_spec *xj_city_agency(const struct xj_city *city, size_t i);
const struct xj_agency_spec *xj_city_find(const struct xj_city *city, const char *id); /* NULL: none */
const char *xj_city_registrar(const struct xj_city *city);
/* Data directory of an agency or "exchange"; borrowed; NULL: not connected, unknown. Ledger: /ledger.db, /journal.db. */
const char *xj_city_data(const struct xj_city *city, const char *who);
const uint8_t *xj_city_root_key(const struct xj_city *city); /* 32 bytes, for xj_verify_file */
const struct xj_sign_key *xj_city_registrar_key(const struct xj_city *city);

#endif
