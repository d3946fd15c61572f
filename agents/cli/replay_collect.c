#include "agents/cli/replay_collect.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *str(const json_t *o, const char *key)
{
    const char *s = json_string_value(json_object_get(o, key));
    return s != NULL ? s : "";
}

/* The article behind a refusal, else the rule of the specification. */
static const char *rule_of(const json_t *why)
{
    return *str(why, "article") ? str(why, "article") : str(why, "rule");
}

/* What the exchange found. What a reader of the body finds missing there says something about the replay, which wrote the
 * body from a summary, and nothing about the case. */
static json_t *breach_texts(const json_t *answer)
{
    json_t *list = json_array();
    const json_t *b;
    size_t i;
    json_array_foreach(json_object_get(answer, "breaches"), i, b)
    {
        if (strcmp(str(b, "seen_by"), "exchange") != 0)
            continue;
        const char *detail = str(b, "detail");
        json_array_append_new(list, *detail ? json_sprintf("%s:%s", str(b, "code"), detail) : json_string(str(b, "code")));
    }
    return list;
}

enum xj_err xj_replay_note_answer(const struct xj_replay_plan *p, const struct xj_model *model, const struct xj_replay_intent *in,
                                  const char *from, long http, const json_t *answer, json_t *acts, struct xj_buf *text)
{
    const struct xj_replay_event *e = &p->source->events[in->event];
    const struct xj_m_act *act = &model->acts[in->act];
    const json_t *error = json_object_get(answer, "error"), *refusal = json_object_get(answer, "refusal");
    const json_t *why = json_is_object(error) ? error : json_is_object(refusal) ? refusal : NULL;
    const char *status = str(answer, "status");
    const bool refused = http == 409 || http == 400 || strcmp(status, "refused") == 0;
    if (!refused && (http != 200 || strncmp(status, "admitted", 8) != 0)) {
        xj_buf_addf(text, "%s 第 %lld 项 %s：没有得到答复（%ld %s） / event %lld: no answer\n", p->source->id, (long long)e->seq,
                    from, http, json_is_object(error) ? str(error, "code") : status, (long long)e->seq);
        return XJ_EIO;
    }
    json_t *breaches = breach_texts(answer);
    if (!refused)
        status = json_array_size(breaches) > 0 ? "admitted_with_breach" : "admitted";
    json_t *one = json_pack("{s:I, s:s?, s:s, s:s, s:s, s:o, s:O?, s:s, s:o, s:s}", "event", (json_int_t)e->seq, "date", e->date,
                            "act", act->name.id, "zh", act->name.zh, "from", from, "to", json_array(), "seq",
                            refused ? NULL : json_object_get(answer, "seq"), "status", refused ? "refused" : in->note ? "note" : status,
                            "breaches", breaches, "rule", why != NULL ? rule_of(why) : act->cite);
    if (one == NULL)
        return XJ_ENOMEM;
    json_object_set_new(one, "id", json_string(str(answer, "id")));
    if (why != NULL) {
        json_object_set_new(one, "code", json_string(str(why, "code")));
        json_object_set_new(one, "why_zh", json_string(str(why, "text_zh")));
        json_object_set_new(one, "why_en", json_string(str(why, "text_en")));
    }
    return json_array_append_new(acts, one) == 0 ? XJ_OK : XJ_ENOMEM;
}

/* ---- the case as each agency holds it ---- */

/* *ret stays NULL when the case never reached the agency. */
static enum xj_err case_at(struct xj_city *city, const char *id, const char *case_id, json_t **ret, struct xj_buf *text)
{
    char path[80];
    long status = 0;
    json_t *j = NULL;
    snprintf(path, sizeof path, "/api/cases/%s", case_id);
    enum xj_err err = xj_city_call(city, id, "GET", path, NULL, &status, &j, text);
    if (err == XJ_OK && status == 200)
        *ret = j;
    else
        json_decref(j);
    return err == XJ_OK && status != 200 && status != 404 ? XJ_EIO : err;
}

static json_t *act_in(const json_t *view, const char *id, size_t *ret_times)
{
    json_t *a, *found = NULL;
    size_t i;
    *ret_times = 0;
    json_array_foreach(json_object_get(view, "acts"), i, a)
        if (strcmp(str(a, "id"), id) == 0) {
            found = a;
            (*ret_times)++;
        }
    return found;
}

/* Recipients as the sender's own view names them go into the act; *ret_belongs says whether agency is among them. */
static bool belongs(const json_t *act, const json_t *shown, const char *agency)
{
    const json_t *one;
    size_t i;
    if (strcmp(str(act, "from"), agency) == 0)
        return true;
    json_array_foreach(json_object_get(shown, "to"), i, one) if (strcmp(str(one, "agency"), agency) == 0) return true;
    json_array_foreach(json_object_get(shown, "joint"), i, one)
        if (strcmp(json_is_string(one) ? json_string_value(one) : str(one, "agency"), agency) == 0) return true;
    return false;
}

static json_t *find_view(const json_t *views, const char *agency)
{
    return json_object_get(views, agency);
}

static void add_recipients(json_t *act, const json_t *shown)
{
    json_t *to = json_object_get(act, "to");
    const json_t *one;
    size_t i;
    json_array_foreach(json_object_get(shown, "to"), i, one) json_array_append_new(to, json_string(str(one, "agency")));
    json_array_foreach(json_object_get(shown, "joint"), i, one)
        json_array_append_new(to, json_string(json_is_string(one) ? json_string_value(one) : str(one, "agency")));
}

/* Each admitted act exactly once wherever it belongs, nowhere else, and in the order of seq. */
static void check_places(json_t *acts, const json_t *views, json_t *missing)
{
    json_t *act;
    size_t i, times;
    json_array_foreach(acts, i, act)
    {
        if (strcmp(str(act, "status"), "refused") == 0)
            continue;
        const json_t *shown = act_in(find_view(views, str(act, "from")), str(act, "id"), &times);
        add_recipients(act, shown);
        const char *agency;
        json_t *view;
        json_object_foreach((json_t *)(uintptr_t)views, agency, view)
        {
            (void)act_in(view, str(act, "id"), &times);
            if (times != (belongs(act, shown, agency) ? 1u : 0u))
                json_array_append_new(missing, json_sprintf("%s %s: %zu", agency, str(act, "id"), times));
        }
    }
    const char *agency;
    json_t *view;
    json_object_foreach((json_t *)(uintptr_t)views, agency, view)
    {
        json_int_t last = 0;
        json_array_foreach(json_object_get(view, "acts"), i, act)
        {
            const json_int_t seq = json_integer_value(json_object_get(act, "seq"));
            if (seq <= last)
                json_array_append_new(missing, json_sprintf("%s: order at %lld", agency, (long long)seq));
            last = seq;
        }
    }
}

/* ---- tracks, subjects, duties ---- */

static json_t *bucket(json_t *in, const char *key)
{
    json_t *b = json_object_get(in, key);
    if (b == NULL) {
        b = json_object();
        json_object_set_new(in, key, b);
    }
    return b;
}

/* A row by who moved it last wins: views that saw less hold older states. tracks: "track@owner" → state of the case row;
 * subjects: party's name → {"track@owner": state}. */
static void add_row(const json_t *row, const json_t *names, json_t *tracks, json_t *subjects, json_t *seqs)
{
    const json_t *s = json_object_get(row, "subject");
    const char *party = json_is_object(s) ? str(s, "party") : "", *name = str(names, party);
    char key[256], seen[320];
    snprintf(key, sizeof key, "%s@%s", str(row, "track"), str(row, "owner"));
    snprintf(seen, sizeof seen, "%s|%s", party, key);
    const json_int_t seq = json_integer_value(json_object_get(row, "seq"));
    const json_t *before = json_object_get(seqs, seen);
    if (before != NULL && json_integer_value(before) >= seq)
        return;
    json_object_set_new(seqs, seen, json_integer(seq));
    json_object_set_new(*party ? bucket(subjects, *name ? name : party) : tracks, key, json_string(str(row, "state")));
}

/* How much a view knows of a duty: that it was done and when, that it was done, that it must have been, nothing. */
static int knows(const json_t *d)
{
    const char *status = str(d, "status");
    if (strcmp(status, "met") == 0 || strcmp(status, "late") == 0)
        return 3;
    if (strcmp(status, "undatable") == 0)
        return strcmp(str(d, "why"), "presumed") == 0 ? 1 : 2;
    return 0;
}

static json_t *day_of(const json_t *d, const char *key, const char *suffix)
{
    const char *s = str(d, key);
    return strlen(s) >= 10 ? json_sprintf("%.10s%s", s, suffix) : json_null();
}

static json_t *duty_shown(const json_t *d)
{
    const bool open_ended = json_is_true(json_object_get(d, "start_open_ended"));
    json_t *done = day_of(d, "done_to", "");
    if (strcmp(str(d, "done_from"), "") != 0 && strncmp(str(d, "done_from"), str(d, "done_to"), 10) != 0) {
        json_decref(done);
        done = json_sprintf("%.10s/%.10s", str(d, "done_from"), str(d, "done_to"));
    }
    return json_pack("{s:s, s:s, s:s, s:o, s:o, s:o, s:s, s:s, s:s, s:s}", "id", str(d, "id"), "zh", str(d, "zh"), "obligor", str(d, "obligor"),
                     "start", day_of(d, "start", open_ended ? ".." : ""), "due", day_of(d, "due", ""), "done", done, "status",
                     str(d, "status"), "cite", str(d, "cite"), "why", str(d, "why"), "tag", str(d, "tag"));
}

/* One duty is shown once, as the view that knows most of it has it: an obligor need not have seen the later act that shows
 * its own to have been done. Of equals the obligor's own. */
static void add_duty(const json_t *d, const char *viewer, json_t *duties)
{
    char *subjects = json_dumps(json_object_get(d, "subjects"), JSON_COMPACT | JSON_SORT_KEYS);
    char key[2048];
    snprintf(key, sizeof key, "%s|%s|%s|%.1500s", str(d, "id"), str(d, "started_by"), str(d, "obligor"), subjects != NULL ? subjects : "");
    free(subjects);
    const int rank = 2 * knows(d) + (strcmp(viewer, str(d, "obligor")) == 0);
    const json_t *before = json_object_get(duties, key);
    if (before != NULL && json_integer_value(json_object_get(before, "rank")) >= rank)
        return;
    json_t *shown = duty_shown(d);
    json_object_set_new(shown, "rank", json_integer(rank));
    json_object_set_new(duties, key, shown);
}

static int by_duty(const void *a, const void *b)
{
    const json_t *x = *(json_t *const *)a, *y = *(json_t *const *)b;
    const int c = strcmp(str(x, "id"), str(y, "id"));
    return c != 0 ? c : strcmp(str(x, "start"), str(y, "start"));
}

static json_t *duty_list(json_t *duties)
{
    const size_t n = json_object_size(duties);
    json_t **all = calloc(n + 1, sizeof *all), *list = json_array(), *d;
    const char *key;
    size_t i = 0;
    json_object_foreach(duties, key, d) if (all != NULL) all[i++] = d;
    if (all != NULL)
        qsort(all, n, sizeof *all, by_duty);
    for (i = 0; all != NULL && i < n; i++) {
        json_object_del(all[i], "rank");
        json_array_append(list, all[i]);
    }
    free(all);
    return list;
}

/* ---- alerts ---- */

static const char *subject_name(const json_t *alert, const json_t *names)
{
    const json_t *subjects = json_object_get(alert, "subjects");
    const char *party = json_array_size(subjects) > 0 ? str(json_array_get(subjects, 0), "party") : "";
    return *str(names, party) ? str(names, party) : party;
}

/* Whether the view that knows most of the duty behind an alert has it as done in time, or as no more to be dated. */
static bool known_better(const json_t *a, const json_t *duties)
{
    const json_t *first = json_array_get(json_object_get(a, "evidence"), 0);
    char prefix[512];
    const char *key;
    json_t *d;
    const int n = snprintf(prefix, sizeof prefix, "%s|%s|%s|", str(a, "duty"), str(first, "id"), str(json_object_get(a, "answerable"), "agency"));
    bool met = false, standing = false;
    json_object_foreach((json_t *)(uintptr_t)duties, key, d)
    {
        if (n < 0 || strncmp(key, prefix, (size_t)n) != 0)
            continue;
        const bool settled = strcmp(str(d, "status"), "met") == 0 || strcmp(str(d, "status"), "undatable") == 0;
        met |= settled;
        standing |= !settled;
    }
    return met && !standing;
}

/* The rule's number: of R and digits what comes before the letter that tells several ways of one failing apart. */
static size_t number_of(const char *rule)
{
    size_t n = rule[0] == 'R' ? 1 + strspn(rule + 1, "0123456789") : 0;
    return n > 1 ? n : strlen(rule);
}

/* One alert is shown once, whoever was told. */
static void add_alert(const json_t *a, const json_t *names, const json_t *duties, json_t *alerts)
{
    if (*str(a, "duty") && known_better(a, duties))
        return;
    char key[512];
    const json_t *first = json_array_get(json_object_get(a, "evidence"), 0);
    const char *subject = subject_name(a, names);
    snprintf(key, sizeof key, "%s|%s|%s|%s|%.200s", str(a, "rule"), str(first, "id"), str(a, "duty"),
             str(json_object_get(a, "answerable"), "agency"), subject);
    if (json_object_get(alerts, key) != NULL)
        return;
    json_object_set_new(alerts, key,
                        json_pack("{s:s%, s:s, s:s, s:s, s:s?, s:o, s:s, s:s, s:b, s:s, s:s}", "rule", str(a, "rule"), number_of(str(a, "rule")), "id", str(a, "rule"), "mode", str(a, "mode"),
                                  "severity", str(a, "severity"), "subject", *subject ? subject : NULL, "since", day_of(a, "since", ""),
                                  "why", str(a, "why"), "answerable", str(json_object_get(a, "answerable"), "agency"), "cleared",
                                  json_is_true(json_object_get(a, "cleared")), "cite", str(a, "cite"), "tag", str(a, "tag")));
}

static json_t *alert_list(const json_t *views, const json_t *names, const json_t *duties)
{
    json_t *alerts = json_object(), *list = json_array(), *view, *one;
    const char *agency, *key;
    size_t i;
    json_object_foreach((json_t *)(uintptr_t)views, agency, view)
        json_array_foreach(json_object_get(view, "alerts"), i, one) add_alert(one, names, duties, alerts);
    json_object_foreach(alerts, key, one) json_array_append(list, one);
    json_decref(alerts);
    return list;
}

/* What each agency holds of the case, by agency id, and what people call it. */
static enum xj_err look_around(struct xj_city *city, const char *const *ids, size_t count, const char *case_id, json_t *views,
                               json_t *agencies, struct xj_buf *text)
{
    for (size_t i = 0; i < count; i++) {
        json_t *view = NULL;
        if (ids[i] == NULL)
            continue;
        const struct xj_agency_spec *a = xj_city_find(city, ids[i]);
        const enum xj_err err = *case_id ? case_at(city, ids[i], case_id, &view, text) : XJ_OK;
        if (err != XJ_OK)
            return err;
        if (json_object_set_new(views, ids[i], view != NULL ? view : json_object()) != 0 ||
            json_object_set_new(agencies, ids[i], json_string(a != NULL ? a->name : ids[i])) != 0)
            return XJ_ENOMEM;
    }
    return XJ_OK;
}

/* The result but for the ledgers. */
static json_t *result_of(const struct xj_replay_plan *p, const struct xj_model *model, const char *case_id, json_t *acts,
                         json_t *views, json_t *agencies)
{
    json_t *tracks = json_object(), *subjects = json_object(), *seqs = json_object(), *duties = json_object(),
           *names = json_object(), *view, *one;
    const char *agency;
    char revision[2 * XJ_HASH_SIZE + 1];
    size_t i;
    json_object_foreach(views, agency, view)
        json_array_foreach(json_object_get(view, "parties"), i, one)
            json_object_set(names, str(one, "id"), json_object_get(one, "name"));
    json_object_foreach(views, agency, view)
    {
        json_array_foreach(json_object_get(view, "rows"), i, one) add_row(one, names, tracks, subjects, seqs);
        json_array_foreach(json_object_get(view, "duties"), i, one) add_duty(one, agency, duties);
    }
    xj_hex(model->revision.b, XJ_HASH_SIZE, revision);
    json_t *made = json_pack("{s:s, s:s, s:s, s:{s:s, s:s, s:s}, s:O, s:o, s:o, s:o, s:o, s:O, s:{}}", "case", p->source->id, "title",
                             p->source->title, "uuid", case_id, "judged_under", "procedure", model->name.id, "revision", revision,
                             "note", "all acts are judged under the current revision, not that of their day", "acts", acts,
                             "tracks", tracks, "subjects", subjects, "duties", duty_list(duties), "alerts", alert_list(views, names, duties), "agencies", agencies, "ledgers");
    json_decref(names);
    json_decref(seqs);
    json_decref(duties);
    return made;
}

enum xj_err xj_replay_collect(struct xj_city *city, const struct xj_replay_plan *p, const struct xj_model *model,
                              const char *const *ids, size_t count, const char *case_id, json_t *acts, json_t **ret,
                              struct xj_buf *text)
{
    json_t *views = json_object(), *missing = json_array(), *agencies = json_object();
    enum xj_err err = look_around(city, ids, count, case_id, views, agencies, text);
    if (err == XJ_OK) {
        check_places(acts, views, missing);
        *ret = result_of(p, model, case_id, acts, views, agencies);
        err = *ret == NULL ? XJ_ENOMEM : json_array_size(missing) == 0 ? XJ_OK : XJ_ESTATE;
    }
    if (err == XJ_ESTATE)
        json_object_set(*ret, "missing", missing);
    json_decref(views);
    json_decref(missing);
    json_decref(agencies);
    return err;
}
