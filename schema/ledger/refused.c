#include "schema/ledger/refused.h"

#include <errno.h>
#include <stddef.h>

bool xj_disk_refused(sqlite3 *handle)
{
    sqlite3_file *log = NULL;
    int of_file = 0, of_log = 0;
    if (handle == NULL)
        return false;
    (void)sqlite3_file_control(handle, NULL, SQLITE_FCNTL_LAST_ERRNO, &of_file);
    if (sqlite3_file_control(handle, NULL, SQLITE_FCNTL_JOURNAL_POINTER, &log) == SQLITE_OK && log != NULL && log->pMethods != NULL)
        (void)log->pMethods->xFileControl(log, SQLITE_FCNTL_LAST_ERRNO, &of_log);
    return of_file == EIO || of_log == EIO;
}
