/* make_ledgers DIR [SEED COUNT]: writes good and tampered ledgers and journals, and DIR/expected.json with what a verifier
 * must say of each ("bad"; null where it is not worked out) and what the verifier in C says ("c"). For tests/verify2. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "schema/ledger/verify.h"
#include "tests/unit/ledger_cases.h"

struct output {
    FILE *out;
    bool some;   /* a case is written already */
    bool inside; /* a finding is written already */
};

static void put_finding(struct output *o, const char *check, uint64_t entry)
{
    (void)fprintf(o->out, "%s\"%s\": %lu", o->inside ? ", " : "", check, (unsigned long)entry);
    o->inside = true;
}

static void put_result(void *arg, const struct xj_check_result *r)
{
    if (r->kind == XJ_CHECK_BAD)
        put_finding(arg, r->check, r->entry);
}

static void put_case(void *arg, const struct ledger_case *c, const char *path)
{
    struct output *o = arg;
    struct xj_verify_summary s;
    char root[65], head[65];
    xj_hex(c->root, 32, root);
    (void)fprintf(o->out, "%s\n {\"file\": \"%s.db\", \"root\": \"%s\", \"bad\": %s", o->some ? "," : "", c->name, root,
                  c->unknown ? "null" : "{");
    o->some = true;
    o->inside = false;
    for (size_t i = 0; i < c->blames; i++)
        put_finding(o, c->blame[i].check, c->blame[i].entry);
    (void)fprintf(o->out, "%s, \"c\": {", c->unknown ? "" : "}");
    o->inside = false;
    assert_int_equal(xj_verify_file(path, c->root, put_result, o, &s), XJ_OK);
    xj_hex(s.root.b, XJ_HASH_SIZE, head);
    (void)fprintf(o->out, "}, \"entries\": %lu, \"head\": \"%s\"}", (unsigned long)s.entries, head);
}

int main(int argc, char **argv)
{
    char path[512];
    struct output o = {.some = false};
    if ((argc != 2 && argc != 4) || strlen(argv[1]) > 120) {
        (void)fprintf(stderr, "make_ledgers DIR [SEED COUNT]\n");
        return 2;
    }
    (void)snprintf(path, sizeof path, "%s/expected.json", argv[1]);
    o.out = fopen(path, "w");
    if (o.out == NULL) {
        perror(path);
        return 1;
    }
    (void)fprintf(o.out, "[");
    ledger_cases_each(argv[1], put_case, &o);
    if (argc == 4)
        ledger_cases_random(argv[1], strtoull(argv[2], NULL, 10) | 1, (size_t)strtoull(argv[3], NULL, 10), put_case, &o);
    (void)fprintf(o.out, "\n]\n");
    return fclose(o.out) == 0 ? 0 : 1;
}
