#include <string.h>

#include "agents/agent/view/body.h"
#include "agents/agent/view/draft_private.h"
#include "agents/agent/view/standing.h"
#include "schema/base/civil.h"

static const char *const codes[] = {"certificate", "entrustment"};

/* `override` of the request: a reason under each code that is there. */
static void check_form(struct xj_draft *d)
{
    const json_t *given = json_object_get(d->request, "override");
    const char *key;
    json_t *reason;
    if (given == NULL || json_is_null(given))
        return;
    if (!json_is_object(given))
        xj_draft_bad(d, "override");
    json_object_foreach((json_t *)(uintptr_t)given, key, reason) {
        bool known = strcmp(key, codes[0]) == 0 || strcmp(key, codes[1]) == 0;
        if (!known || json_string_length(reason) == 0)
            xj_draft_bad(d, "override");
    }
}

/* A condition that can be judged before the act is on record: nothing but acts, doers and these figures. */
static bool is_ours(const struct xj_draft *d, const struct xj_m_when *w, xj_roles role)
{
    bool act = false, alone = w->figure_count > 0 && w->breach == NULL && w->kind == NULL && w->longer == XJ_CLOCK_NONE && !w->backdated &&
                              w->times <= 1 && w->before_count + w->after_count + w->not_before_count + w->with_count + w->without_count == 0;
    for (uint16_t i = 0; i < w->act_count; i++)
        act = act || &d->engine.model->acts[w->acts[i]] == d->act;
    for (uint16_t i = 0; i < w->figure_count; i++)
        alone = alone && xj_standing_is(w->figures[i].word);
    return act && alone && (w->by == 0 || (w->by & role) != 0);
}

/* Whether the figures lie in the condition's ranges; what gets whom the first that says is about. */
static bool holds(const struct xj_standing *s, const struct xj_m_when *w, struct xj_buf *what)
{
    for (uint16_t i = 0; i < w->figure_count; i++) {
        uint64_t value;
        if (!xj_standing(s, w->figures[i].word, &value, what) || value < w->figures[i].least || value > w->figures[i].most)
            return false;
    }
    return true;
}

static bool speaks_of(const struct xj_m_when *w, const char *word)
{
    for (uint16_t i = 0; i < w->figure_count; i++)
        if (strcmp(w->figures[i].word, word) == 0)
            return true;
    return false;
}

static bool overridden(struct xj_draft *d, const char *code)
{
    if (xj_draft_slice(json_object_get(json_object_get(d->request, "override"), code)).n == 0)
        return false;
    for (size_t i = 0; i < d->override_count; i++)
        if (d->overrides[i] == code)
            return true;
    d->overrides[d->override_count++] = code;
    if (d->override_count == 2) { /* whichever rule came first */
        d->overrides[0] = codes[0];
        d->overrides[1] = codes[1];
    }
    return true;
}

static void refuse(struct xj_draft *d, const struct xj_m_when *w, const struct xj_m_rule *rule, struct xj_slice what)
{
    bool entrustment = speaks_of(w, "entrustment_invalid"), few = !entrustment && speaks_of(w, "officers");
    const char *code = codes[entrustment];
    if (overridden(d, code))
        return;
    if (entrustment)
        xj_draft_refuse(d, false, code, what, "超出委托范围，或者委托当日不在有效期内", "outside the entrustment, or the entrustment is not in force that day",
                        "核对委托书与委托事项；确须发出的，写明理由（override.entrustment）",
                        "check the entrustment and its items; to send it all the same give the reason (override.entrustment)");
    else if (few)
        xj_draft_refuse(d, false, code, what, "执法人员少于两人", "fewer than two officers",
                        "补写另一名执法人员；确须发出的，写明理由（override.certificate）",
                        "name the other officer; to send it all the same give the reason (override.certificate)");
    else
        xj_draft_refuse(d, false, code, what, "执法人员当日没有有效的执法证", "an officer has no certificate in force that day",
                        "核对证号，或者由证件有效的人员办理；确须发出的，写明理由（override.certificate）",
                        "check the number, or have officers with a certificate in force act; to send it all the same give the reason (override.certificate)");
    xj_draft_by_rule(d, rule->name.id, rule->cite);
}

static void look_at_rules(struct xj_draft *d, const struct xj_standing *s)
{
    const struct xj_model *m = d->engine.model;
    struct xj_slice role_name = d->engine.facts.role(d->engine.facts.ctx, xj_slice_cstr(s->doer));
    xj_roles role = role_name.n > 0 ? xj_model_role(m, role_name) : 0;
    struct xj_buf what;
    xj_buf_init(&what, 4096);
    for (uint16_t i = 0; i < m->rule_count; i++)
        for (uint16_t k = 0; k < m->rules[i].when_count && d->err == XJ_OK; k++) {
            const struct xj_m_when *w = &m->rules[i].whens[k];
            xj_buf_reset(&what);
            if (is_ours(d, w, role) && holds(s, w, &what))
                refuse(d, w, &m->rules[i], xj_buf_slice(&what));
        }
    xj_buf_free(&what);
}

void xj_draft_standing(struct xj_draft *d)
{
    const struct xj_header *h = &d->out->header;
    char doer[XJ_MAX_AGENCY_BYTES + 1];
    struct xj_doc doc;
    check_form(d);
    if (d->err != XJ_OK || xj_view_correction(h) != NULL)
        return;
    struct xj_slice who = h->actor.n > 0 ? h->actor : h->from;
    memcpy(doer, who.p, who.n);
    doer[who.n] = '\0';
    d->err = xj_doc_open(&doc, xj_buf_slice(&d->plain), XJ_MAX_BODY_NODES);
    if (d->err == XJ_ELIMIT || d->err == XJ_EMALFORMED) {
        xj_draft_refuse_code(d, "oversize", xj_slice_cstr("body"));
        return;
    }
    if (d->err != XJ_OK)
        return;
    const struct xj_standing s = {.v = d->v, .register_number = UINT64_MAX, .day_known = h->has_occurred || h->mode == XJ_MODE_LIVE,
                                  .day = xj_day_of_ms(h->has_occurred ? h->occurred_to_ms : d->now_ms), .doer = doer, .header = h, .body = &doc.root};
    look_at_rules(d, &s);
    xj_doc_close(&doc);
    if (d->err == XJ_OK && d->override_count > 0) {
        xj_buf_wipe(&d->plain);
        xj_buf_init(&d->plain, XJ_MAX_BODY_BYTES);
        xj_draft_body(d);
    }
}
