#include "agents/cli/rootkey.h"

#include <string.h>

#include "agents/cli/enroll.h"
#include "schema/base/hash.h"

int xj_cli_root_key(struct xj_cli *cli, const char *hex, const char *anchor, const char *usage, uint8_t ret[32])
{
    char path[4096];
    if (hex != NULL)
        return strlen(hex) == 64 && xj_unhex(hex, ret, 32) ? XJ_EXIT_OK : xj_usage(cli, usage);
    if (anchor == NULL) {
        const char *data = xj_cli_data(cli);
        if (data == NULL)
            return XJ_EXIT_USAGE;
        snprintf(path, sizeof path, "%s/anchor", data);
        anchor = path;
    }
    struct xj_anchor a;
    struct xj_buf text;
    xj_buf_init(&text, 4096);
    const enum xj_err err = xj_anchor_load(anchor, &a, &text);
    if (err == XJ_OK)
        memcpy(ret, a.root, 32);
    xj_anchor_free(&a);
    const int rc = err == XJ_OK ? XJ_EXIT_OK : xj_fail(cli, err, &text);
    xj_buf_free(&text);
    return rc;
}
