/* A consistent copy of an open ledger or journal into a new file, for the verifier and for backups. The logic thread.
 * Spec: spec/10-api.md, section 2 (snapshot); spec/05-ledger.md, section 1. */
#ifndef XJ_SNAPSHOT_H
#define XJ_SNAPSHOT_H

#include "schema/ledger/db.h"

/* Writes everything committed to a new file at path (mode 0600) and makes it durable. Outside a transaction; the database
 * itself is unchanged. XJ_EEXISTS: something is at path; XJ_ENOTFOUND: no such directory; XJ_EDENIED: no permission there;
 * XJ_EFULL, XJ_EIO, XJ_ENOMEM; XJ_ESTATE: a transaction is open. On error no file is left at path. */
enum xj_err xj_db_snapshot(struct xj_db *db, const char *path);

#endif
