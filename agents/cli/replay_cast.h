/* Who acts in a case file: its agencies, each once, and which of them every event's string names. Pure; any thread.
 * Spec: spec/11-replay.md, section 3. */
#ifndef XJ_REPLAY_CAST_H
#define XJ_REPLAY_CAST_H

#include "agents/cli/replay_names.h"

#define XJ_CAST_ALIASES 8u

struct xj_cast_agency {
    char name[XJ_NAME_BYTES]; /* the fullest found in the file */
    enum xj_actor_kind role;  /* never OTHER */
    char sector[49];          /* of a bureau; "other" when nothing says it. Else "" */
    bool local;               /* known by a generic name or a person's only: this file's own, never another file's */
    bool standing;            /* the city's default agency of its role; name is empty */
    bool listed;              /* in bureaus[] */
    bool presentable;         /* name reads as that of one organ */
    enum xj_name_kind kind;
    struct xj_org_name aliases[XJ_CAST_ALIASES];
    size_t alias_count;
};

struct xj_cast_event {
    size_t doer; /* index into agencies; SIZE_MAX for an actor that is no agency */
    size_t joint[XJ_NAME_PARTS - 1];
    size_t joint_count;
};

struct xj_cast {
    struct xj_cast_agency *agencies;
    size_t count, cap;
    struct xj_cast_event *events; /* one for each of the case */
};

/* Reads the agencies of a case. XJ_ENOMEM; *ret is zeroed then. */
enum xj_err xj_cast_read(const struct xj_replay_case *c, struct xj_cast *ret);
void xj_cast_free(struct xj_cast *cast); /* safe on a zeroed struct and twice */
/* The index of the city's standing agency of a role, added when it is not there yet; SIZE_MAX when memory is out. */
size_t xj_cast_standing(struct xj_cast *cast, enum xj_actor_kind role);

#endif
