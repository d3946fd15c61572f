/* Whether it was the disk that refused, where SQLite says that a file is damaged. Any thread that owns the connection.
 * Spec: spec/00-conventions.md, section 9. */
#ifndef XJ_LEDGER_REFUSED_H
#define XJ_LEDGER_REFUSED_H

#include <sqlite3.h>
#include <stdbool.h>

/* SQLite reports a read that failed with EIO as SQLITE_CORRUPT; what the system said stays with the handles of the file and of its
 * log until they are closed. handle may be NULL. */
bool xj_disk_refused(sqlite3 *handle);

#endif
