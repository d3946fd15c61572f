/* `xianjie paper ACT PAPER FILE`: one paper of an act, opened by the agent, into a file. Spec: spec/10-api.md, section 4. */
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "agents/cli/look.h"
#include "agents/cli/options.h"
#include "schema/base/file.h"

#define USAGE "paper ACT KIND|DIGEST FILE|-"

/* The digest of the only paper of that kind (name or Chinese term), or of the one whose digest begins so; NULL after saying why there is none. */
static const char *choose(struct xj_cli *cli, const json_t *act, const char *wanted)
{
    const json_t *one;
    const char *found = NULL;
    size_t i, matches = 0;
    json_array_foreach(json_object_get(act, "papers"), i, one) {
        const char *digest = xj_look_str(one, "digest");
        const bool kind = strcmp(xj_look_str(one, "kind"), wanted) == 0 || strcmp(xj_look_str(one, "zh"), wanted) == 0;
        if (!kind && (strlen(wanted) < 8 || strncmp(digest, wanted, strlen(wanted)) != 0))
            continue;
        found = digest;
        matches++;
    }
    if (matches == 1)
        return found;
    xj_tell(cli, matches == 0 ? "该行为没有这份材料：%s" : "这一类材料有多份，请写摘要：%s",
            matches == 0 ? "the act has no such paper: %s" : "there are several of that kind, name one by its digest: %s", wanted);
    json_array_foreach(json_object_get(act, "papers"), i, one)
        fprintf(cli->err, "  %.16s  %s  %s\n", xj_look_str(one, "digest"), xj_look_str(one, "kind"), xj_look_str(one, "name"));
    return NULL;
}

static int write_out(struct xj_cli *cli, const json_t *paper, const char *path)
{
    const json_t *text = json_object_get(paper, "content_base64");
    const size_t length = json_string_length(text);
    size_t n = 0;
    uint8_t *bytes = malloc(length / 4 * 3 + 3);
    int rc = bytes != NULL ? XJ_EXIT_OK : XJ_EXIT_WORLD;
    if (rc == XJ_EXIT_OK && sodium_base642bin(bytes, length / 4 * 3 + 3, json_string_value(text), length, NULL, &n, NULL,
                                              sodium_base64_VARIANT_ORIGINAL) != 0)
        rc = XJ_EXIT_WORLD;
    if (rc == XJ_EXIT_OK && strcmp(path, "-") == 0) {
        rc = fwrite(bytes, 1, n, cli->out) == n ? XJ_EXIT_OK : XJ_EXIT_WORLD;
    } else if (rc == XJ_EXIT_OK && access(path, F_OK) == 0) {
        xj_tell(cli, "%s：文件已经存在，没有覆盖", "%s: the file exists and was not overwritten", path);
        rc = XJ_EXIT_USAGE;
    } else if (rc == XJ_EXIT_OK) {
        const enum xj_err err = xj_file_write_atomic(path, xj_slice_of(bytes, n), 0600);
        rc = err == XJ_OK ? XJ_EXIT_OK : xj_fail(cli, err, NULL);
        if (err == XJ_OK)
            xj_tell(cli, "%s：%s，%zu 字节", "%s: %s, %zu bytes", path, xj_look_str(paper, "name"), n);
    }
    if (bytes != NULL)
        sodium_memzero(bytes, n);
    free(bytes);
    return rc;
}

int xj_cmd_paper(struct xj_cli *cli, int argc, char **argv)
{
    int n;
    char path[256];
    int rc = xj_options(cli, argc, argv, NULL, 0, USAGE, &n);
    if (rc != XJ_EXIT_OK)
        return rc;
    if (n != 3 || strlen(argv[1]) > 64)
        return xj_usage(cli, USAGE);
    json_t *act = NULL, *paper = NULL;
    struct xj_buf id;
    xj_buf_init(&id, 256);
    xj_client_escape(&id, argv[1]);
    struct xj_client *client = xj_cli_client(cli, &rc);
    const char *escaped = xj_buf_cstr(&id), *digest = NULL;
    if (client != NULL && escaped != NULL) {
        snprintf(path, sizeof path, "/api/acts/%s", escaped);
        rc = xj_cli_call(cli, client, "GET", path, NULL, &act);
        digest = rc == XJ_EXIT_OK ? choose(cli, act, argv[2]) : NULL;
        if (rc == XJ_EXIT_OK && digest == NULL)
            rc = XJ_EXIT_NOT_FOUND;
    }
    if (digest != NULL) {
        snprintf(path, sizeof path, "/api/acts/%s/papers/%s", escaped, digest);
        rc = xj_cli_call(cli, client, "GET", path, NULL, &paper);
    }
    if (digest != NULL && rc == XJ_EXIT_OK && cli->json)
        xj_cli_print_json(cli, paper);
    else if (digest != NULL && rc == XJ_EXIT_OK)
        rc = write_out(cli, paper, argv[3]);
    json_decref(act);
    json_decref(paper);
    xj_buf_free(&id);
    xj_client_close(client);
    return rc;
}
