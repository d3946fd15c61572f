/* What people see of a view, without machine times and places that count incidents and epochs: for comparing runs. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agents/agent/view/render.h"
#include "tests/sim/cases.h"

/* Times of machines, and numbers that depend on how many frames were lost on the way. */
static bool masked(const char *key)
{
    static const char *const names[] = {"seq", "last_seq", "after", "entry", "number", "mailbox_number", "admitted", "opened", "last",
                                        "queued", "stored", "next", "delivery"};
    const size_t n = strlen(key);
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (strcmp(key, names[i]) == 0) return true;
    return n > 3 && strcmp(key + n - 3, "_ms") == 0 && strstr(key, "occurred") == NULL && strstr(key, "due") == NULL &&
           strstr(key, "start") == NULL && strstr(key, "done") == NULL && strstr(key, "from") == NULL && strstr(key, "to") == NULL;
}

static void mask(json_t *j)
{
    void *next;
    const char *key;
    json_t *value;
    size_t i;
    json_object_foreach_safe(j, next, key, value)
    {
        if (masked(key)) json_object_del(j, key);
        else mask(value);
    }
    json_array_foreach(j, i, value) mask(value);
}

bool sim_portrait(struct xj_view *v, struct xj_id case_id, struct xj_buf *out)
{
    json_t *j = NULL;
    const enum xj_err err = xj_render_case(v, case_id, 0, &j);
    if (err == XJ_ENOTFOUND) {
        xj_buf_add_str(out, "no such case here\n");
        return true;
    }
    if (err) return false;
    mask(j);
    char *text = json_dumps(j, JSON_SORT_KEYS | JSON_INDENT(1));
    if (text) xj_buf_add_str(out, text);
    free(text);
    json_decref(j);
    return text != NULL && !out->err;
}
