/* Every account of a simulated city held against the journal and against the next agency's (reliability I24). Tests only. */
#include <stdio.h>

#include "schema/ledger/reconcile.h"
#include "tests/sim/world.h"

static bool agree(const struct world *w, const char *a, const char *b)
{
    struct xj_account *x = NULL, *y = NULL;
    struct xj_reconciled found = {.count = 0};
    enum xj_err err = xj_account_open(a, w->anchor.root, &x, NULL);
    if (err == XJ_OK)
        err = xj_account_open(b, w->anchor.root, &y, NULL);
    if (err == XJ_OK)
        err = xj_reconcile(x, y, false, &found);
    const bool ok = err == XJ_OK && found.differing == 0 && found.open == 0;
    for (size_t i = 0; !ok && i < found.count; i++)
        if (found.items[i].kind != XJ_FINDING_NOT_CHECKABLE)
            fprintf(stderr, "    %s and %s: %s %s #%llu\n", a, b, found.items[i].code, found.items[i].agency,
                    (unsigned long long)found.items[i].number);
    xj_reconciled_free(&found);
    xj_account_close(x);
    xj_account_close(y);
    return ok;
}

bool world_agrees(const struct world *w)
{
    bool ok = true;
    for (int i = 0; i < w->agents; i++) {
        if (!w->agent[i].agency.connected)
            continue;
        ok = agree(w, w->agent[i].path, w->exchange.path) && ok;
        if (w->agents > 1 && w->agent[(i + 1) % w->agents].agency.connected)
            ok = agree(w, w->agent[i].path, w->agent[(i + 1) % w->agents].path) && ok;
    }
    return ok;
}
