/* Which charges acts named for whom, in their order: what was transferred as one crime may be filed, prosecuted and judged as
 * others. Spec: spec/10-api.md, section 2. Out of what the case page shows already. */
#include <string.h>

#include "agents/agent/view/render_private.h"

static const char *text(const json_t *o, const char *key)
{
    const char *s = json_string_value(json_object_get(o, key));
    return s != NULL ? s : "";
}

static const json_t *find(const json_t *list, const char *key, const char *value)
{
    const json_t *one;
    size_t i;
    json_array_foreach(list, i, one)
        if (strcmp(text(one, key), value) == 0)
            return one;
    return NULL;
}

static bool relates(const json_t *act, const char *relation, const char *id)
{
    const json_t *one;
    size_t i;
    json_array_foreach(json_object_get(act, "relates"), i, one)
        if (strcmp(text(one, "relation"), relation) == 0 && (id == NULL || strcmp(text(one, "id"), id) == 0))
            return true;
    return false;
}

/* Whether it is an act on record (09-fold, 1.4). */
static bool on_record(const json_t *acts, const json_t *act)
{
    static const char *const corrections[] = {"amends", "voids", "shares", "unreadable"};
    const json_t *other;
    size_t i;
    for (size_t k = 0; k < sizeof corrections / sizeof corrections[0]; k++)
        if (relates(act, corrections[k], NULL))
            return false;
    json_array_foreach(acts, i, other)
        if (relates(other, "voids", text(act, "id")))
            return false;
    return find(json_object_get(act, "breaches"), "code", "role") == NULL;
}

/* Its body, or that of its latest amendment that opens here. */
static const json_t *body_of(const json_t *acts, const json_t *act)
{
    const json_t *body = json_object_get(act, "body"), *other;
    size_t i;
    json_array_foreach(acts, i, other)
        if (relates(other, "amends", text(act, "id")) && json_is_object(json_object_get(other, "body")))
            body = json_object_get(other, "body");
    return body;
}

static void add_charge(struct xj_view *v, json_t *list, const char *id, const char *name)
{
    if (find(list, "id", id) == NULL)
        xj_radd(v, list, json_pack("{s:s, s:s?}", "id", id, "name", *name != '\0' ? name : NULL));
}

/* The charges that the act names for the party; empty: it names none for it. */
static json_t *charges_of(struct xj_view *v, const json_t *acts, const json_t *act, const json_t *all, const char *party)
{
    json_t *made = json_array();
    const json_t *subjects = json_object_get(act, "subjects"), *named = json_object_get(body_of(acts, act), "charges"), *one;
    bool concerns = json_array_size(subjects) == 0;
    size_t i;
    json_array_foreach(subjects, i, one) {
        const char *charge = text(one, "charge");
        if (strcmp(text(one, "party"), party) != 0)
            continue;
        concerns = true;
        const json_t *here = find(named, "id", charge);
        if (*charge != '\0')
            add_charge(v, made, charge, text(here != NULL ? here : find(all, "id", charge), "name"));
    }
    if (concerns && json_array_size(made) == 0)
        json_array_foreach(named, i, one)
            add_charge(v, made, text(one, "id"), text(one, "name"));
    return made;
}

static bool same_charges(const json_t *a, const json_t *b)
{
    const json_t *one;
    size_t i;
    json_array_foreach(a, i, one)
        if (find(b, "id", text(one, "id")) == NULL)
            return false;
    return json_array_size(a) == json_array_size(b);
}

static void add_stage(struct xj_view *v, json_t *stages, json_t *charges, const json_t *act)
{
    static const char *const keys[] = {"id", "act", "zh", "en", "seq", "occurred"};
    json_t *last = json_array_get(stages, json_array_size(stages) - 1), *brief = json_object();
    for (size_t k = 0; k < sizeof keys / sizeof keys[0]; k++)
        xj_rset(v, brief, keys[k], json_incref(json_object_get(act, keys[k])));
    if (json_array_size(stages) == 0 || !same_charges(json_object_get(last, "charges"), charges)) {
        last = json_pack("{s:O, s:[]}", "charges", charges, "acts");
        xj_radd(v, stages, last);
    }
    xj_radd(v, json_object_get(last, "acts"), brief);
}

json_t *xj_rcharges(struct xj_view *v, const json_t *parties, const json_t *charges, const json_t *acts)
{
    json_t *made = json_array();
    const json_t *party, *act;
    size_t i, k;
    json_array_foreach(parties, i, party) {
        json_t *stages = json_array();
        json_array_foreach(acts, k, act) {
            if (strcmp(text(party, "kind"), "victim") == 0 || !on_record(acts, act))
                continue;
            json_t *named = charges_of(v, acts, act, charges, text(party, "id"));
            if (json_array_size(named) > 0)
                add_stage(v, stages, named, act);
            json_decref(named);
        }
        if (json_array_size(stages) > 0)
            xj_radd(v, made, json_pack("{s:s, s:s, s:O}", "party", text(party, "id"), "name", text(party, "name"), "stages", stages));
        json_decref(stages);
    }
    return made;
}
