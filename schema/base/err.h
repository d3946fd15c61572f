/* What can go wrong, as one closed list. Any thread. Spec: spec/00-conventions.md, section 5.
 * A *world* error (disk, memory, network) is returned with the state unchanged unless the function says otherwise;
 * a *peer* error (malformed, denied) becomes a signed refusal; our own bugs are asserts and never appear here. */
#ifndef XJ_ERR_H
#define XJ_ERR_H

#include <stdbool.h>

enum xj_err {
    XJ_OK = 0,
    XJ_ENOMEM,     /* memory is out */
    XJ_EIO,        /* a file, disk or database failed; after a COMMIT the outcome is unknown: stop and restart */
    XJ_EFULL,      /* disk or quota is full */
    XJ_ECORRUPT,   /* stored bytes contradict their digest, number or signature */
    XJ_EMALFORMED, /* bytes from outside do not have the shape the spec gives */
    XJ_ELIMIT,     /* over a limit of schema/base/limits.h */
    XJ_ENOTFOUND,  /* what was named does not exist */
    XJ_EEXISTS,    /* what was to be made exists already */
    XJ_ESIGNATURE, /* a signature, seal or digest does not verify */
    XJ_ESTATE,     /* not possible in the present state */
    XJ_ERANGE,     /* outside the covered range (calendar) or not representable */
    XJ_ENET,       /* socket or peer failed */
    XJ_ECONFIG,    /* configuration or command line is wrong */
    XJ_EDENIED     /* known, but not allowed */
};

/* Memory, disk or database: it ends a core's process, which starts again; of all else the peer or the bytes are at fault. */
bool xj_err_is_world(enum xj_err err);
/* A short English name ("malformed"), never NULL; static storage. */
const char *xj_err_name(enum xj_err err);

#endif
