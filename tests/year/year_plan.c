#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "tests/year/year.h"

#define FAULTS_SHOWN 60u

void year_fault(struct year *y, const char *format, ...)
{
    va_list ap;
    if (++y->faults > FAULTS_SHOWN)
        return;
    va_start(ap, format);
    fputs("  FAULT ", stdout);
    vprintf(format, ap);
    putchar('\n');
    va_end(ap);
}

int64_t year_now_ns(void)
{
    struct timespec t = {0};
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (int64_t)t.tv_sec * INT64_C(1000000000) + t.tv_nsec;
}

/* ---- lines ---- */

/* One line: {kind: value}. *ret_value is the caller's. NULL at the end of the file. */
static const char *next_line(struct year *y, json_t **ret_line, json_t **ret_value)
{
    *ret_line = NULL;
    if (getline(&y->line, &y->line_bytes, y->plan) <= 0)
        return NULL;
    *ret_line = json_loads(y->line, 0, NULL);
    void *i = json_object_iter(*ret_line);
    if (i == NULL)
        return "";
    *ret_value = json_object_iter_value(i);
    return json_object_iter_key(i);
}

static void keep(struct year *y, const char *kind, json_t *value)
{
    json_t *list = json_object_get(y->kept, kind);
    if (list == NULL) {
        list = json_array();
        json_object_set_new(y->kept, kind, list);
    }
    json_array_append(list, value);
}

const json_t *year_lines(const struct year *y, const char *kind)
{
    static json_t *none;
    const json_t *list = json_object_get(y->kept, kind);
    if (list == NULL && none == NULL)
        none = json_array();
    return list != NULL ? list : none;
}

/* Two passes: everything but the acts into memory, then back to the beginning for the acts. */
static bool read_lines(struct year *y)
{
    json_t *line, *value;
    const char *kind;
    while ((kind = next_line(y, &line, &value)) != NULL) {
        bool good = kind[0] != '\0';
        if (good && strcmp(kind, "act") != 0)
            keep(y, kind, value);
        else if (good)
            y->acts++;
        json_decref(line);
        if (!good) {
            printf("the plan has a line that is none\n");
            return false;
        }
    }
    rewind(y->plan);
    return true;
}

bool year_plan_next(struct year *y, struct year_act *ret)
{
    json_t *line, *value;
    const char *kind;
    while ((kind = next_line(y, &line, &value)) != NULL) {
        if (strcmp(kind, "act") == 0) {
            ret->at_ms = json_integer_value(json_object_get(value, "at"));
            ret->case_number = (int)json_integer_value(json_object_get(value, "case"));
            snprintf(ret->by, sizeof ret->by, "%s", json_string_value(json_object_get(value, "by")));
            ret->request = json_incref(json_object_get(value, "request"));
            json_decref(line);
            return ret->case_number > 0 && ret->case_number <= y->case_count && ret->request != NULL;
        }
        json_decref(line);
    }
    return false;
}

/* ---- what is kept ---- */

static bool read_agencies(struct year *y)
{
    const json_t *list = year_lines(y, "agency"), *a;
    size_t i;
    y->agency_count = (int)json_array_size(list);
    y->agencies = calloc((size_t)y->agency_count + 1, sizeof *y->agencies);
    y->superiors = calloc((size_t)y->agency_count + 1, sizeof *y->superiors);
    y->awake = calloc((size_t)y->agency_count + 1, sizeof *y->awake);
    y->agency_index = json_object();
    if (y->agencies == NULL || y->superiors == NULL || y->awake == NULL)
        return false;
    json_array_foreach(list, i, a) {
        const char *id = json_string_value(json_object_get(a, "id"));
        y->agencies[i] = (struct world_agency){id, json_string_value(json_object_get(a, "name")), json_string_value(json_object_get(a, "role")),
                                               json_string_value(json_object_get(a, "sector")), true};
        y->superiors[i] = json_string_value(json_object_get(a, "superior"));
        json_object_set_new(y->agency_index, id, json_integer((json_int_t)i));
    }
    return y->agency_count > 0 && strcmp(y->agencies[0].id, YEAR_REGISTRAR) == 0 && year_agency(y, YEAR_PROCURATORATE) > 0;
}

int year_agency(const struct year *y, const char *id)
{
    const json_t *i = json_object_get(y->agency_index, id);
    return i != NULL ? (int)json_integer_value(i) : -1;
}

static int64_t instant(const json_t *object, const char *key)
{
    const json_t *v = json_object_get(object, key);
    return v != NULL ? json_integer_value(v) : INT64_MAX;
}

static bool read_planted(struct year *y)
{
    const json_t *list = year_lines(y, "planted"), *p;
    size_t i;
    y->planted = calloc(json_array_size(list) + 1, sizeof *y->planted);
    if (y->planted == NULL)
        return false;
    json_array_foreach(list, i, p)
        y->planted[y->planted_count++] = (struct year_planted){
            .case_number = (int)json_integer_value(json_object_get(p, "case")), .kind = json_string_value(json_object_get(p, "kind")),
            .rule = json_string_value(json_object_get(p, "rule")), .severity = json_string_value(json_object_get(p, "severity")),
            .answerable = json_string_value(json_object_get(p, "answerable")),
            .from_ms = instant(p, "from"), .fires_ms = instant(p, "fires"), .cleared_ms = instant(p, "cleared"),
            .viewers = json_object_get(p, "viewers")};
    return true;
}

bool year_plan_open(struct year *y, const char *path)
{
    memset(y, 0, sizeof *y);
    y->kept = json_object();
    y->told = json_object();
    y->plan = fopen(path, "r");
    if (y->plan == NULL || !read_lines(y) || !read_agencies(y) || !read_planted(y)) {
        printf("%s is no plan of a year\n", path);
        return false;
    }
    y->head = json_array_get(year_lines(y, "plan"), 0);
    y->totals = json_array_get(year_lines(y, "totals"), 0);
    y->begin_ms = json_integer_value(json_object_get(y->head, "begin"));
    y->end_ms = json_integer_value(json_object_get(y->head, "end"));
    y->seed = (uint64_t)json_integer_value(json_object_get(y->head, "seed"));
    y->case_count = (int)json_integer_value(json_object_get(y->totals, "cases"));
    y->cases = calloc((size_t)y->case_count + 1, sizeof *y->cases);
    y->case_numbers = json_object();
    year_days(y);
    return y->cases != NULL && y->days != NULL && y->begin_ms > 0 && y->end_ms > y->begin_ms;
}

void year_plan_close(struct year *y)
{
    if (y->plan != NULL)
        fclose(y->plan);
    free(y->line);
    free(y->agencies);
    free(y->superiors);
    free(y->awake);
    free(y->planted);
    free(y->cases);
    free(y->days);
    json_decref(y->agency_index);
    json_decref(y->case_numbers);
    json_decref(y->told);
    json_decref(y->kept);
}
