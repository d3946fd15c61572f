#include "agents/cli/replay_request.h"

#define NOT_STATED "（来源未载）"

static json_t *agency_list(const size_t *list, size_t count, const char *const *ids)
{
    json_t *a = json_array();
    for (size_t k = 0; k < count; k++)
        (void)json_array_append_new(a, json_string(ids[list[k]]));
    return a;
}

static json_t *subjects(const struct xj_replay_intent *in, char (*parties)[17])
{
    json_t *a = json_array();
    for (size_t k = 0; k < in->subject_count; k++)
        (void)json_array_append_new(a, json_pack("{s:s, s:n}", "party", parties[in->subjects[k]], "charge"));
    return a;
}

/* The file, the event's number in it, and whoever it names as acting: what the agencies' names here were read from. */
static json_t *source_line(const struct xj_replay_case *c, const struct xj_replay_event *e)
{
    return json_sprintf("%s｜第%lld项%s%s", c->source, (long long)e->seq, e->actor_name[0] != '\0' ? "：" : "", e->actor_name);
}

static void add_party(json_t *list, const struct xj_replay_plan *plan, size_t i, char (*parties)[17])
{
    (void)json_array_append_new(list, json_pack("{s:s, s:s, s:s}", "id", parties[i], "kind", plan->parties[i].kind, "name",
                                                plan->parties[i].label));
}

/* Those the event names; an event that names nobody is about the whole case, so all that the file lists. */
static json_t *party_list(const struct xj_replay_plan *plan, const struct xj_replay_intent *in, char (*parties)[17])
{
    json_t *list = json_array();
    for (size_t k = 0; k < in->subject_count; k++)
        add_party(list, plan, in->subjects[k], parties);
    for (size_t i = 0; in->subject_count == 0 && i < plan->source->party_count && i < XJ_MAX_SUBJECTS; i++)
        add_party(list, plan, i, parties);
    return list;
}

static json_t *body(const struct xj_replay_plan *plan, const struct xj_replay_intent *in, char (*parties)[17])
{
    const struct xj_replay_event *e = &plan->source->events[in->event];
    json_t *named = party_list(plan, in, parties), *documents = json_array();
    for (size_t k = 0; k < e->document_count; k++)
        (void)json_array_append_new(documents, json_string(e->documents[k]));
    json_t *b = json_pack("{s:s, s:s, s:o, s:s, s:s, s:I, s:o, s:o}", "title", plan->source->title, "note", e->note, "source",
                          source_line(plan->source, e), "drafted_by", NOT_STATED, "approved_by", NOT_STATED, "replay_event",
                          (json_int_t)e->seq, "parties", named, "documents", documents);
    if (b != NULL && json_array_size(documents) == 0)
        (void)json_object_del(b, "documents");
    if (b != NULL && json_array_size(named) == 0)
        (void)json_object_del(b, "parties");
    if (b != NULL && e->note[0] == '\0')
        (void)json_object_del(b, "note");
    if (b != NULL && plan->source->title[0] == '\0')
        (void)json_object_del(b, "title");
    return b;
}

json_t *xj_replay_request(const struct xj_replay_plan *plan, const struct xj_model *model, size_t i,
                          const char *const *ids, char (*parties)[17], const char *case_id, int64_t wait_ms)
{
    const struct xj_replay_intent *in = &plan->intents[i];
    const struct xj_replay_event *e = &plan->source->events[in->event];
    return json_pack("{s:s, s:s, s:s?, s:s, s:s?, s:o, s:o, s:o, s:o, s:o, s:I}", "act", model->acts[in->act].name.id,
                     "procedure", model->name.id, "case", case_id, "mode", "late_entry", "occurred", e->date, "principals",
                     agency_list(in->principals, in->principal_count, ids), "joint",
                     agency_list(in->joint, in->joint_count, ids), "copies", agency_list(in->copies, in->copy_count, ids),
                     "subjects", subjects(in, parties), "body", body(plan, in, parties), "wait_ms", (json_int_t)wait_ms);
}
