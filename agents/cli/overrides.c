#include "agents/cli/overrides.h"

#include <string.h>

bool xj_overrides(const struct xj_option_list *list, json_t **ret)
{
    *ret = list->count > 0 ? json_object() : NULL;
    for (size_t i = 0; i < list->count; i++) {
        const char *eq = strchr(list->at[i], '=');
        size_t n = eq != NULL ? (size_t)(eq - list->at[i]) : 0;
        if (n == 0 || eq[1] == '\0' || json_object_getn(*ret, list->at[i], n) != NULL ||
            json_object_setn_new(*ret, list->at[i], n, json_string(eq + 1)) != 0) {
            json_decref(*ret);
            *ret = NULL;
            return false;
        }
    }
    return true;
}
