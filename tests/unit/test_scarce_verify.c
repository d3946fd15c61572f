/* Verifying without memory: a verifier that cannot look says so. It never calls a sound file bad, nor a bad one sound.
 * Spec: spec/05-ledger.md, section 5; spec/16-evidence.md, section 6. */
#include "tests/unit/scarce.h"

#include <stdio.h>
#include <string.h>

#include "schema/ledger/verify.h"
#include "tests/sim/world_private.h"
#include "tests/unit/view_city.h"

struct verdicts {
    char text[512];
};

static void note(void *arg, const struct xj_check_result *r)
{
    struct verdicts *v = arg;
    const size_t n = strlen(v->text);
    snprintf(v->text + n, sizeof v->text - n, "%s %d %llu\n", r->check, (int)r->kind, (unsigned long long)r->entry);
}

static enum xj_err verified(const char *path, const uint8_t root[32], struct verdicts *ret)
{
    struct xj_verify_summary s;
    memset(ret, 0, sizeof *ret);
    return xj_verify_file(path, root, note, ret, &s);
}

/* Whatever allocation fails, the verdict is the one with memory, or there is none. */
static void same_or_none(const char *path, const uint8_t root[32])
{
    struct verdicts whole, scarce;
    bool struck = true;
    assert_int_equal(verified(path, root, &whole), XJ_OK);
    for (size_t n = 1; struck; n = scarce_next(n)) {
        scarce_at(n);
        const enum xj_err err = verified(path, root, &scarce);
        struck = scarce_over();
        if (err == XJ_OK && strcmp(whole.text, scarce.text) != 0)
            fail_msg("allocation %zu of %s:\n%s", n, path, scarce.text);
        if (err != XJ_OK && err != XJ_ENOMEM)
            fail_msg("allocation %zu of %s: %s", n, path, xj_err_name(err));
    }
    assert_int_equal(verified(path, root, &scarce), XJ_OK);
    assert_string_equal(whole.text, scarce.text);
}

static void verify__without_memory_says_nothing_else(void **state)
{
    struct city *c = *state;
    city_history(c);
    struct node *police = world_agent(c->w, CITY_POLICE);
    world_exchange_down(c->w);
    world_agent_down(police);
    same_or_none(c->w->exchange.path, c->w->anchor.root);
    same_or_none(police->path, c->w->anchor.root);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(verify__without_memory_says_nothing_else, city_up, city_down),
    };
    if (!scarce_begin())
        return 1;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
