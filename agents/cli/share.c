#include "agents/cli/share.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* The directory of the running program, without the last slash; empty when the system does not tell. */
static void program_dir(char *dir, size_t size)
{
    const ssize_t n = readlink("/proc/self/exe", dir, size - 1);
    dir[n > 0 ? n : 0] = '\0';
    char *slash = strrchr(dir, '/');
    if (slash != NULL)
        *slash = '\0';
}

enum xj_err xj_share_path(const char *name, struct xj_buf *out)
{
    static const char *const beside[] = {"/../share/xianjie", "/../../schema"};
    char dir[PATH_MAX];
    const char *given = getenv("XIANJIE_SHARE");
    const bool is_given = given != NULL && given[0] != '\0';
    const size_t start = out->n;
    program_dir(dir, sizeof dir);
    for (size_t i = 0; i < (is_given ? 1 : sizeof beside / sizeof beside[0]); i++) {
        out->n = start;
        xj_buf_addf(out, "%s%s/%s", is_given ? given : dir, is_given ? "" : beside[i], name);
        const char *path = xj_buf_cstr(out);
        if (path == NULL)
            return out->err;
        if (access(path + start, R_OK) == 0)
            return XJ_OK;
    }
    out->n = start;
    return XJ_ENOTFOUND;
}
