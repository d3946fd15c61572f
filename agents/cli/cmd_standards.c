/* `standards`: is this over the filing line? Spec: spec/13-standards.md; spec/10-api.md, section 4. */
#include <inttypes.h>
#include <string.h>

#include "agents/cli/cli.h"
#include "agents/cli/standards_ask.h"
#include "agents/cli/standards_json.h"
#include "agents/cli/standards_show.h"
#include "schema/base/file.h"

#define USAGE                                                                                                                 \
    "standards CHARGE … [--conduct DAYS] [--amount MEASURE=VALUE …] [--unit] [--prior DAY|none …] [--convicted DAY …] "       \
    "[--standards FILE.json] | standards --measures | standards convert FILE.json OUT"
#define NAMES_SHOWN 12

/* The installed standards, or those of a file. Says what is wrong and returns the exit code; XJ_EXIT_OK with *ret. */
static int load(struct xj_cli *cli, const char *file, struct xj_standards *ret)
{
    struct xj_buf text;
    xj_buf_init(&text, 65536);
    const enum xj_err err = file != NULL ? xj_standards_load(file, ret, &text) : xj_standards_builtin(ret, &text);
    const int rc = err == XJ_OK ? XJ_EXIT_OK : xj_fail(cli, err, &text);
    xj_buf_free(&text);
    return rc;
}

/* The form that is signed and put into the register, for whoever wants to compare digests. */
static int convert(struct xj_cli *cli, const char *file, const char *to)
{
    struct xj_standards st;
    char hex[2 * XJ_HASH_SIZE + 1];
    const int rc = load(cli, file, &st);
    if (rc != XJ_EXIT_OK)
        return rc;
    const struct xj_slice bytes = xj_standards_bytes(&st);
    const enum xj_err err = xj_file_write_atomic(to, bytes, 0644);
    xj_hex(xj_standards_digest(&st)->b, XJ_HASH_SIZE, hex);
    if (err == XJ_OK && cli->json)
        fprintf(cli->out, "{\"bytes\": %zu, \"digest\": \"%s\"}\n", bytes.n, hex);
    else if (err == XJ_OK)
        fprintf(cli->out, "%s\n", hex);
    xj_standards_free(&st);
    return err == XJ_OK ? XJ_EXIT_OK : xj_fail(cli, err, NULL);
}

/* A name that the standards do not have: those that hold it, or whose own words it holds, may be meant. */
static void suggest(struct xj_cli *cli, const struct xj_standards *st, struct xj_slice name)
{
    struct xj_slice before = xj_slice_of(NULL, 0);
    int shown = 0;
    xj_tell(cli, "没有这个罪名：%.*s", "no such charge: %.*s", (int)name.n, (const char *)name.p);
    for (size_t i = 0; name.n > 0 && i < st->entry_count && shown < NAMES_SHOWN; i++) {
        const struct xj_slice charge = st->entries[i].charge;
        if (xj_slice_eq(charge, before) || memmem(charge.p, charge.n, name.p, name.n) == NULL)
            continue;
        fprintf(cli->err, "  %.*s\n", (int)charge.n, (const char *)charge.p);
        before = charge;
        shown++;
    }
}

static int answer(struct xj_cli *cli, const struct xj_standards *st, struct xj_standards_ask *ask, char **charges, int count)
{
    struct xj_std_question q;
    struct xj_std_answer a;
    int rc = XJ_EXIT_OK;
    if (!xj_standards_ask_read(cli, st, ask, charges, count, &q))
        return XJ_EXIT_USAGE;
    xj_standards_look(st, &q, &a);
    for (size_t i = 0; i < a.charge_count; i++)
        if (a.charges[i].charge.n == 0) {
            suggest(cli, st, q.charges[i]);
            rc = XJ_EXIT_NOT_FOUND;
        }
    if (rc == XJ_EXIT_OK)
        rc = cli->json ? xj_standards_show_json(cli, st, &q, &a) : xj_standards_show(cli, st, &q, &a);
    return rc;
}

int xj_cmd_standards(struct xj_cli *cli, int argc, char **argv)
{
    struct xj_standards_ask ask = {.conduct = NULL};
    struct xj_standards st;
    const char *file = NULL;
    bool measures = false;
    int n;
    const struct xj_option options[] = {{.name = "conduct", .value = &ask.conduct},   {.name = "amount", .list = &ask.amounts},
                                        {.name = "unit", .flag = &ask.unit},          {.name = "prior", .list = &ask.penalties},
                                        {.name = "convicted", .list = &ask.convictions}, {.name = "standards", .value = &file},
                                        {.name = "measures", .flag = &measures}};
    int rc = xj_options(cli, argc, argv, options, sizeof options / sizeof options[0], USAGE, &n);
    if (rc != XJ_EXIT_OK)
        return rc;
    if (n == 3 && strcmp(argv[1], "convert") == 0)
        return convert(cli, argv[2], argv[3]);
    if (measures ? n != 0 : n < 1 || n > (int)XJ_STD_CHARGES_MAX)
        return xj_usage(cli, USAGE);
    rc = load(cli, file, &st);
    if (rc != XJ_EXIT_OK)
        return rc;
    rc = measures ? xj_standards_show_measures(cli, &st) : answer(cli, &st, &ask, argv + 1, n);
    xj_standards_free(&st);
    return rc;
}
