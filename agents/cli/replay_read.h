/* A case file of published facts in memory: what `replay` reads of it, and nothing else. Any thread, no process.
 * Spec: spec/11-replay.md, section 2. Strict about the types of what is read, tolerant of keys that are not.
 * `breaches`, `flow_tags`, `penalties`, `sentences` and `amounts` are never looked at: they are somebody's conclusions. */
#ifndef XJ_REPLAY_READ_H
#define XJ_REPLAY_READ_H

#include <jansson.h>

#include "schema/base/buf.h"

#define XJ_REPLAY_FILE_BYTES (8u * 1024 * 1024)
#define XJ_REPLAY_EVENTS_MAX 2000u
#define XJ_REPLAY_TEXT_BYTES (32u * 1024) /* of one note, document name or label: half of what a body's string may hold */

/* Who acts, as the file says. */
enum xj_actor_kind {
    XJ_ACTOR_INVALID = 0,
    XJ_ACTOR_BUREAU,
    XJ_ACTOR_POLICE,
    XJ_ACTOR_PROCURATORATE,
    XJ_ACTOR_COURT,
    XJ_ACTOR_SUPERVISORY,
    XJ_ACTOR_JUSTICE, /* never in a file; a role that default agencies have */
    XJ_ACTOR_OTHER    /* no agency */
};
#define XJ_ACTOR_COUNT 8u
/* "bureau", … (the role name of spec/06-register.md, 2), "other"; NULL when kind is out of range. Static. */
const char *xj_actor_role(enum xj_actor_kind kind);
/* The kind of that role name or file word (`supervisory_commission` counts as supervisory), else XJ_ACTOR_INVALID. */
enum xj_actor_kind xj_actor_kind_of(struct xj_slice word);

struct xj_replay_bureau {
    const char *name; /* never NULL */
    const char *type; /* a sector, `police`, `court_enforcement` …; never NULL, may be empty */
};
struct xj_replay_party {
    const char *label;
    const char *kind; /* person, unit, official, group, victim */
};
struct xj_replay_event {
    int64_t seq;       /* the source's own number */
    const char *date;  /* as written, or NULL */
    int64_t from_ms, to_ms; /* of date: first and last millisecond covered */
    enum xj_actor_kind kind;
    const char *actor_name; /* "" when the source names nobody */
    const char *event;
    const char *note;       /* "" when there is none; carried, never parsed */
    const char **documents;
    size_t document_count;
    const char **parties;   /* labels as written */
    size_t party_count;
};
struct xj_replay_case {
    const char *id;    /* the file's id */
    const char *title; /* "" when there is none */
    char *source;      /* one line for people: publisher, collection, number, address */
    struct xj_replay_bureau *bureaus;
    size_t bureau_count;
    struct xj_replay_party *parties; /* a label listed twice stands once */
    size_t party_count;
    struct xj_replay_event *events;
    size_t event_count;
    json_t *root; /* owns every string above but source */
};

/* Reads a file's bytes. name is used in messages only. XJ_EMALFORMED or XJ_ELIMIT: text gets one line (Chinese, " / ",
 * English) with the file and the field; XJ_ENOMEM. On error *ret is zeroed and holds nothing. */
enum xj_err xj_replay_read(struct xj_slice bytes, const char *name, struct xj_replay_case *ret, struct xj_buf *text);
/* The same from a path; also the errors of xj_file_read, explained in text. */
enum xj_err xj_replay_read_file(const char *path, struct xj_replay_case *ret, struct xj_buf *text);
void xj_replay_case_free(struct xj_replay_case *c); /* safe on a zeroed struct and twice */

#endif
