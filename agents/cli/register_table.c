#include <stdlib.h>
#include <string.h>

#include "agents/cli/register_bulk.h"
#include "agents/cli/registrar.h"
#include "agents/cli/table.h"
#include "schema/base/civil.h"
#include "schema/trust/register.h"

#define COLUMNS_MAX 9u

struct shown {
    const struct xj_cli *cli;
    const char *kind, *agency;
    bool certificates;
    json_t **list;
    size_t count, cap;
    enum xj_err err;
};

static const struct xj_column certificate_columns[] = {
    {"agency", "机关", "agency", false, false, false}, {"number", "证号", "number", false, false, false}, {"name", "姓名", "name", false, false, false},
    {"from", "有效期起", "from", false, false, false}, {"to", "有效期止", "to", false, false, false}, {"form", "形式", "form", false, false, false},
    {"scope", "执法领域", "scope", false, false, false}, {"issuer", "发证机关", "issuer", false, false, false}};
static const struct xj_column entrustment_columns[] = {
    {"bureau", "委托机关", "bureau", false, false, false}, {"number", "文号", "number", false, false, false}, {"township", "受托机关", "township", false, false, false},
    {"from", "有效期起", "from", false, false, false}, {"to", "有效期止", "to", false, false, false}, {"items", "事项", "items", false, false, true}};

bool xj_register_has_table(const char *kind)
{
    return strcmp(kind, "certificate") == 0 || strcmp(kind, "entrustment") == 0;
}

static const char *text_of(const json_t *fact, const char *key)
{
    const char *s = json_string_value(json_object_get(json_object_get(fact, "value"), key));
    return s != NULL ? s : "";
}

static bool is_wanted(const struct shown *s, const json_t *fact)
{
    return s->agency == NULL || strcmp(text_of(fact, s->certificates ? "agency" : "bureau"), s->agency) == 0 ||
           (!s->certificates && strcmp(text_of(fact, "township"), s->agency) == 0);
}

static bool see(void *arg, struct xj_slice id, struct xj_slice value)
{
    struct shown *s = arg;
    json_t *fact = json_pack("{s:s, s:s%, s:o}", "kind", s->kind, "id", (const char *)id.p, id.n, "value", xj_registrar_value(value));
    if (fact != NULL && !is_wanted(s, fact)) {
        json_decref(fact);
        return true;
    }
    if (fact != NULL && s->count == s->cap) {
        size_t cap = s->cap > 0 ? 2 * s->cap : 256;
        json_t **list = realloc(s->list, cap * sizeof(json_t *));
        if (list != NULL) {
            s->list = list;
            s->cap = cap;
        } else {
            json_decref(fact);
            fact = NULL;
        }
    }
    if (fact == NULL) {
        s->err = XJ_ENOMEM;
        return false;
    }
    s->list[s->count++] = fact;
    return true;
}

static int by_agency_and_number(const void *a, const void *b)
{
    const json_t *x = *(json_t *const *)a, *y = *(json_t *const *)b;
    const char *key = strcmp(json_string_value(json_object_get(x, "kind")), "certificate") == 0 ? "agency" : "bureau";
    int order = strcmp(text_of(x, key), text_of(y, key));
    return order != 0 ? order : strcmp(text_of(x, "number"), text_of(y, "number"));
}

/* Days as dates, lists joined. The caller's. */
static char *cell_text(const json_t *fact, const char *key)
{
    const json_t *value = json_object_get(json_object_get(fact, "value"), key), *one;
    char date[11];
    size_t i;
    if (json_is_integer(value)) {
        xj_date_format(json_integer_value(value), date);
        return strdup(date);
    }
    if (!json_is_array(value))
        return strdup(text_of(fact, key));
    struct xj_buf text;
    xj_buf_init(&text, 64 * 1024);
    json_array_foreach(value, i, one)
        xj_buf_addf(&text, "%s%s", i > 0 ? "、" : "", json_string_value(one));
    char *made = xj_slice_dup(xj_buf_slice(&text));
    xj_buf_free(&text);
    return made;
}

static enum xj_err print_table(const struct shown *s)
{
    const struct xj_column *columns = s->certificates ? certificate_columns : entrustment_columns;
    const size_t count = s->certificates ? sizeof certificate_columns / sizeof *columns : sizeof entrustment_columns / sizeof *columns;
    struct xj_table *t = xj_table_new(s->cli, s->kind, columns, count);
    enum xj_err err = t != NULL ? XJ_OK : XJ_ENOMEM;
    for (size_t i = 0; err == XJ_OK && i < s->count; i++) {
        char *cells[COLUMNS_MAX] = {NULL};
        const char *shown[COLUMNS_MAX];
        for (size_t k = 0; k < count; k++)
            shown[k] = cells[k] = cell_text(s->list[i], columns[k].key);
        err = xj_table_row(t, shown, false);
        for (size_t k = 0; k < count; k++)
            free(cells[k]);
    }
    if (err == XJ_OK && s->count > 0)
        err = xj_table_print(t);
    xj_table_free(t);
    return err;
}

static void print_json(const struct shown *s)
{
    json_t *made = json_array();
    for (size_t i = 0; i < s->count; i++)
        (void)json_array_append(made, s->list[i]);
    xj_cli_print_json(s->cli, made);
    json_decref(made);
}

enum xj_err xj_register_table(const struct xj_cli *cli, const struct xj_store *store, const char *kind, const char *agency, size_t *ret_count)
{
    struct shown s = {.cli = cli, .kind = kind, .agency = agency, .certificates = strcmp(kind, "certificate") == 0};
    enum xj_err err = xj_reg_each(store, kind, (struct xj_slice){NULL, 0}, see, &s);
    if (err == XJ_OK)
        err = s.err;
    if (err == XJ_OK && s.count > 0)
        qsort(s.list, s.count, sizeof *s.list, by_agency_and_number);
    if (err == XJ_OK && cli->json)
        print_json(&s);
    else if (err == XJ_OK)
        err = print_table(&s);
    for (size_t i = 0; i < s.count; i++)
        json_decref(s.list[i]);
    free(s.list);
    *ret_count = s.count;
    return err;
}
