/* Agencies that join a city after it was made: keys, data directory, register facts. Declared in city.h. */
#include <stdlib.h>
#include <string.h>

#include "agents/cli/city_private.h"
#include "agents/cli/enroll.h"

/* Keys and data directory of one new agency that is to be connected. */
static enum xj_err equip(struct xj_city *city, const struct xj_city_node *node, struct xj_public_keys *ret, struct xj_buf *text)
{
    char *keys = xj_city_path(city->dir, "keys", node->spec.id), *anchor = xj_city_path(city->exchange.data, "anchor", NULL);
    enum xj_err err = keys != NULL && anchor != NULL ? xj_keygen_agency(xj_env_system(), keys, ret) : XJ_ENOMEM;
    const struct xj_enroll_agency e = {.dir = node->data, .volatile_ok = city->volatile_ok, .anchor = anchor, .keys_dir = keys,
                                       .agency = node->spec.id};
    if (err == XJ_OK)
        err = xj_enroll_agency(&e, text);
    free(keys);
    free(anchor);
    return err;
}

/* A node may move when the list grows; what points into itself is set anew. */
static enum xj_err grow(struct xj_city *city, size_t count)
{
    struct xj_city_node *more = realloc(city->agencies, (city->agency_count + count) * sizeof *more);
    if (more == NULL)
        return XJ_ENOMEM;
    city->agencies = more;
    for (size_t i = 0; i < city->agency_count; i++)
        more[i].spec.aliases = more[i].aliases;
    return XJ_OK;
}

enum xj_err xj_city_add(struct xj_city *city, const struct xj_agency_spec *agencies, size_t count, struct xj_changes *changes,
                        struct xj_buf *text)
{
    enum xj_err err = grow(city, count);
    for (size_t i = 0; err == XJ_OK && i < count; i++) {
        if (xj_city_find(city, agencies[i].id) != NULL)
            return xj_city_fault(text, XJ_EEXISTS, agencies[i].id, "这座城市已有该机关", "the city has this agency already");
        struct xj_city_node *node = &city->agencies[city->agency_count];
        struct xj_public_keys keys;
        err = xj_city_describe(city, &agencies[i], node, text);
        if (err != XJ_OK)
            return err;
        city->agency_count++;
        xj_changes_agency(changes, &node->spec);
        if (node->data == NULL)
            continue;
        err = equip(city, node, &keys, text);
        if (err == XJ_OK)
            xj_changes_keys(changes, node->spec.id, &keys);
    }
    return err == XJ_OK ? changes->err : err;
}
