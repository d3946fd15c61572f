#include "agents/cli/paper_file.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "schema/base/file.h"
#include "schema/base/limits.h"

static const char *media_type(const char *name)
{
    static const char *const types[][2] = {
        {"pdf", "application/pdf"}, {"ofd", "application/ofd"}, {"txt", "text/plain"}, {"jpg", "image/jpeg"}, {"jpeg", "image/jpeg"},
        {"png", "image/png"}, {"doc", "application/msword"},
        {"docx", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"}};
    const char *point = strrchr(name, '.');
    for (size_t i = 0; point != NULL && i < sizeof types / sizeof types[0]; i++)
        if (strcasecmp(point + 1, types[i][0]) == 0)
            return types[i][1];
    return "application/octet-stream";
}

enum xj_err xj_paper_file(const char *path, struct xj_slice kind, json_t **ret)
{
    struct xj_buf bytes;
    *ret = NULL;
    enum xj_err err = xj_file_read(path, XJ_MAX_PAPER_BYTES, &bytes);
    if (err != XJ_OK)
        return err;
    const size_t size = sodium_base64_encoded_len(bytes.n, sodium_base64_VARIANT_ORIGINAL);
    char *b64 = malloc(size);
    const char *name = strrchr(path, '/');
    name = name != NULL ? name + 1 : path;
    if (b64 != NULL) {
        sodium_bin2base64(b64, size, bytes.p, bytes.n, sodium_base64_VARIANT_ORIGINAL);
        *ret = json_pack("{s:s%, s:s, s:s, s:s}", "kind", (const char *)kind.p, kind.n, "name", name, "media_type", media_type(name),
                         "content_base64", b64);
    }
    xj_buf_free(&bytes);
    free(b64);
    return *ret != NULL ? XJ_OK : XJ_ENOMEM;
}
