#include <stdlib.h>
#include <string.h>

#include "agents/cli/regfacts.h"
#include "schema/trust/register.h"
#include "tests/year/year.h"

#define LISTED_MAX 64

static const char *text(const json_t *object, const char *key)
{
    const char *s = json_string_value(json_object_get(object, key));
    return s != NULL ? s : "";
}

/* ---- the register ---- */

static void counterpart(struct xj_changes *c, const json_t *line)
{
    const char *list[LISTED_MAX];
    size_t i, n = 0;
    const json_t *one;
    json_array_foreach(json_object_get(line, "agencies"), i, one)
        if (n < LISTED_MAX)
            list[n++] = json_string_value(one);
    xj_changes_counterpart(c, text(line, "agency"), text(line, "role"), "any", list, n);
}

static void grant(struct xj_changes *c, const json_t *line)
{
    const struct xj_grant_spec g = {.agency = text(line, "agency"), .name = text(line, "name"), .procedure = "referral",
                                    .division = text(line, "division"), .mode = "full"};
    xj_changes_grant(c, &g);
}

static void fact(struct xj_changes *c, const char *kind, const char *whose, const char *number, json_t *value)
{
    char id[33];
    xj_reg_paired_id(kind, xj_slice_cstr(whose), xj_slice_cstr(number), id);
    xj_changes_json(c, kind, id, value, NULL, NULL);
    json_decref(value);
}

static void certificate(struct xj_changes *c, const json_t *line)
{
    fact(c, "certificate", text(line, "agency"), text(line, "number"),
         json_pack("{s:s, s:s, s:I, s:I, s:s, s:s, s:s, s:s}", "agency", text(line, "agency"), "form", "card", "from",
                   json_integer_value(json_object_get(line, "from")), "to", json_integer_value(json_object_get(line, "to")), "issuer",
                   "济宁市司法局", "name", text(line, "name"), "number", text(line, "number"), "scope", ""));
}

/* With the township that it names, which has no machine of its own. */
static void entrustment(struct xj_changes *c, const json_t *line, json_t *townships)
{
    const struct xj_agency_spec t = {.id = text(line, "township"), .name = text(line, "township_name"), .role = "bureau", .sector = "urban"};
    if (json_object_get(townships, t.id) == NULL)
        xj_changes_agency(c, &t);
    json_object_set_new(townships, t.id, json_true());
    fact(c, "entrustment", text(line, "bureau"), text(line, "number"),
         json_pack("{s:s, s:s, s:s, s:I, s:O, s:s, s:[s], s:I, s:s}", "area", text(line, "township_name"), "basis", "行政处罚法第20条",
                   "bureau", text(line, "bureau"), "from", json_integer_value(json_object_get(line, "from")), "items",
                   json_object_get(line, "items"), "number", text(line, "number"), "powers", "检查", "to",
                   json_integer_value(json_object_get(line, "to")), "township", text(line, "township")));
}

static void facts(void *arg, struct xj_changes *c)
{
    const struct year *y = arg;
    const json_t *line;
    size_t i;
    json_t *townships = json_object();
    json_array_foreach(year_lines(y, "counterpart"), i, line)
        counterpart(c, line);
    json_array_foreach(year_lines(y, "grant"), i, line)
        grant(c, line);
    json_array_foreach(year_lines(y, "certificate"), i, line)
        certificate(c, line);
    json_array_foreach(year_lines(y, "entrustment"), i, line)
        entrustment(c, line, townships);
    json_decref(townships);
}

/* ---- who is awake ---- */

static bool stays(const struct year *y, int agency)
{
    return agency == 0 || agency == year_agency(y, YEAR_PROCURATORATE);
}

static void used(struct year *y, int agency)
{
    int n = 0;
    for (int i = 0; i < y->awake_count; i++)
        if (y->awake[i] != agency)
            y->awake[n++] = y->awake[i];
    y->awake[n++] = agency;
    y->awake_count = n;
}

struct node *year_wake(struct year *y, int agency)
{
    struct node *n = &y->w->agent[agency];
    int64_t begin = year_now_ns();
    if (!stays(y, agency))
        used(y, agency);
    if (n->core == NULL && world_wake(y->w, n) != XJ_OK) {
        year_fault(y, "%s cannot be opened", n->agency.id);
        return NULL;
    }
    y->waking_ns += year_now_ns() - begin;
    return n;
}

void year_rest(struct year *y)
{
    int n = y->awake_count > YEAR_AWAKE ? y->awake_count - YEAR_AWAKE : 0;
    for (int i = 0; i < n; i++)
        world_sleep(&y->w->agent[y->awake[i]]);
    memmove(y->awake, y->awake + n, (size_t)(y->awake_count - n) * sizeof *y->awake);
    y->awake_count -= n;
}

bool year_city_open(struct year *y, const char *dir)
{
    const struct world_options o = {.dir = dir, .seed = y->seed, .agencies = y->agencies, .superiors = y->superiors, .count = y->agency_count,
                                    .start_ms = y->begin_ms - YEAR_DAY_MS, .sparing = true, .facts = facts, .arg = y};
    y->w = calloc(1, sizeof *y->w);
    enum xj_err err = y->w != NULL ? world_make(y->w, &o) : XJ_ENOMEM;
    if (err != XJ_OK)
        year_fault(y, "the city cannot be made: %s, %s", xj_err_name(err), y->w != NULL && y->w->failed != NULL ? y->w->failed : "?");
    return err == XJ_OK && year_wake(y, year_agency(y, YEAR_PROCURATORATE)) != NULL && world_settle(y->w, 20000);
}

void year_city_close(struct year *y)
{
    if (y->w != NULL)
        world_close(y->w);
    free(y->w);
    y->w = NULL;
}
