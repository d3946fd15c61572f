#include <stdio.h>
#include <string.h>

#include "schema/base/civil.h"
#include "schema/procedure/yaml/differ_private.h"

#define TEXT_BYTES (64u * 1024)

/* ---- limits ---- */

struct clock_words {
    char zh[32], en[32];
};

static struct clock_words words_of(enum xj_clock_kind kind, uint32_t limit)
{
    static const char *const zh[] = {"", "无期限", "小时", "日", "个工作日", "个月"}, *const en[] = {"", "no limit", "hours", "days", "working days", "months"};
    struct clock_words w;
    uint32_t months, days;
    xj_clock_split(limit, &months, &days);
    if (days > 0) {
        snprintf(w.zh, sizeof w.zh, "%u个月又%u日", (unsigned)months, (unsigned)days);
        snprintf(w.en, sizeof w.en, "%u months %u days", (unsigned)months, (unsigned)days);
    } else if (kind == XJ_CLOCK_NONE) {
        snprintf(w.zh, sizeof w.zh, "%s", zh[kind]);
        snprintf(w.en, sizeof w.en, "%s", en[kind]);
    } else {
        snprintf(w.zh, sizeof w.zh, "%u%s", (unsigned)limit, zh[kind]);
        snprintf(w.en, sizeof w.en, "%u %s", (unsigned)limit, en[kind]);
    }
    return w;
}

/* what: the sector, or "" for the row's own. */
static void note_limit(struct xj_differ *d, const char *what, const struct clock_words *was, const struct clock_words *now)
{
    if (strcmp(was->en, now->en) == 0)
        return;
    xj_differ_zh(d, "期限%s%s：%s → %s", what[0] != '\0' ? " " : "", what, was->zh, now->zh);
    xj_differ_en(d, "limit%s%s: %s → %s", what[0] != '\0' ? " " : "", what, was->en, now->en);
}

static struct clock_words sector_words(const struct xj_m_duty *row, const char *sector, bool extended)
{
    struct clock_words none = {"—", "—"};
    for (uint16_t i = 0; i < row->sector_count; i++)
        if (strcmp(row->sectors[i].sector, sector) == 0)
            return extended && row->sectors[i].extended_limit == 0 ? none
                                                                    : words_of(row->sectors[i].kind, extended ? row->sectors[i].extended_limit : row->sectors[i].limit);
    return none;
}

static void note_sector(struct xj_differ *d, const struct xj_m_duty *was, const struct xj_m_duty *now, const char *sector)
{
    struct clock_words a = sector_words(was, sector, false), b = sector_words(now, sector, false);
    note_limit(d, sector, &a, &b);
    a = sector_words(was, sector, true), b = sector_words(now, sector, true);
    if (strcmp(a.en, b.en) == 0)
        return;
    xj_differ_zh(d, "延长后期限 %s：%s → %s", sector, a.zh, b.zh);
    xj_differ_en(d, "extended limit %s: %s → %s", sector, a.en, b.en);
}

static void differ_limits(struct xj_differ *d, const struct xj_m_duty *was, const struct xj_m_duty *now)
{
    struct clock_words a = words_of(was->kind, was->limit), b = words_of(now->kind, now->limit);
    note_limit(d, "", &a, &b);
    for (uint16_t i = 0; i < was->sector_count; i++)
        note_sector(d, was, now, was->sectors[i].sector);
    for (uint16_t i = 0; i < now->sector_count; i++)
        if (strcmp(sector_words(was, now->sectors[i].sector, false).en, "—") == 0)
            note_sector(d, was, now, now->sectors[i].sector);
}

static void differ_extends(struct xj_differ *d, const struct xj_m_duty *was, const struct xj_m_duty *now)
{
    const struct xj_differ_list acts = xj_differ_acts_of(d);
    xj_differ_indexed(d, "可延长的行为", "extended by", &acts, was->extends, was->extend_count, now->extends, now->extend_count, sizeof *was->extends);
    for (uint16_t i = 0; i < was->extend_count; i++)
        for (uint16_t k = 0; k < now->extend_count; k++) {
            struct clock_words x = words_of(was->kind, was->extends[i].limit), y = words_of(now->kind, now->extends[k].limit);
            if (d->im.acts[was->extends[i].act] == now->extends[k].act)
                note_limit(d, d->now->acts[now->extends[k].act].name.id, &x, &y);
        }
}

/* ---- the rest of a duty ---- */

static const char *act_word(const struct xj_model *m, const struct xj_images *im, uint16_t act)
{
    if (act == XJ_NONE)
        return "-";
    uint16_t i = im != NULL ? im->acts[act] : act;
    return i == XJ_NONE ? m->acts[act].name.id : (im != NULL ? im->to : m)->acts[i].name.id;
}

static void starts_text(const struct xj_model *m, const struct xj_images *im, const struct xj_m_duty *row, struct xj_buf *out)
{
    static const char *const instants[] = {"", "occurred", "received", "accepted", "sent"};
    for (uint16_t i = 0; i < row->start_count; i++)
        xj_buf_addf(out, "%s%s %s%s", i == 0 ? "" : ", ", act_word(m, im, row->starts[i].act), instants[row->starts[i].instant],
                    row->starts[i].on_receipt ? " on_receipt" : "");
}

static void conditions_text(const struct xj_model *m, const struct xj_images *im, const struct xj_m_duty *row, struct xj_buf *out)
{
    const struct xj_model *names = im != NULL ? im->to : m;
    for (uint16_t i = 0; i < row->if_answer_count; i++) {
        uint16_t q = im != NULL ? im->questions[row->if_answers[i]] : row->if_answers[i];
        xj_buf_addf(out, "answers %s ", q == XJ_NONE ? m->questions[row->if_answers[i]].name.id : names->questions[q].name.id);
    }
    if (row->if_track != XJ_NONE) {
        uint16_t t = im != NULL ? im->tracks[row->if_track] : row->if_track, s = im != NULL ? im->states[row->if_track][row->if_state] : row->if_state;
        xj_buf_addf(out, "%s %s ", t == XJ_NONE ? "?" : names->tracks[t].name.id, t == XJ_NONE || s == XJ_NONE ? "?" : names->tracks[t].states[s].id);
    }
    if (row->or_paper != XJ_NONE)
        xj_buf_addf(out, "paper %s ", m->papers[row->or_paper].id);
    xj_buf_addf(out, "if %s unless %s", act_word(m, im, row->if_act), act_word(m, im, row->unless_act));
}

static void since_text(const struct xj_model *m, const struct xj_images *im, const struct xj_m_duty *row, struct xj_buf *out)
{
    char day[11];
    (void)m;
    (void)im;
    if (row->since_ms == INT64_MIN)
        return;
    xj_date_format(xj_day_of_ms(row->since_ms), day);
    xj_buf_add_str(out, day);
}

typedef void text_fn(const struct xj_model *m, const struct xj_images *im, const struct xj_m_duty *row, struct xj_buf *out);

static void differ_as_text(struct xj_differ *d, const char *zh, const char *en, text_fn *text, const struct xj_m_duty *was, const struct xj_m_duty *now)
{
    struct xj_buf a, b;
    xj_buf_init(&a, TEXT_BYTES);
    xj_buf_init(&b, TEXT_BYTES);
    text(d->was, &d->im, was, &a);
    text(d->now, NULL, now, &b);
    xj_differ_text(d, zh, en, xj_differ_words(d, &a), xj_differ_words(d, &b));
    xj_buf_free(&a);
    xj_buf_free(&b);
}

static void differ_duty(struct xj_differ *d, const struct xj_m_duty *was, const struct xj_m_duty *now)
{
    const struct xj_differ_list acts = xj_differ_acts_of(d);
    differ_limits(d, was, now);
    differ_extends(d, was, now);
    xj_differ_roles(d, "义务人", "obligor", was->obligor, now->obligor);
    differ_as_text(d, "起算", "start", starts_text, was, now);
    differ_as_text(d, "起算条件", "conditions", conditions_text, was, now);
    differ_as_text(d, "施行日期", "in force since", since_text, was, now);
    xj_differ_indices(d, "终止行为", "stopped by", &acts, was->stops, was->stop_count, now->stops, now->stop_count);
    xj_differ_indices(d, "中止行为", "paused by", &acts, was->pause_from, was->pause_from_count, now->pause_from, now->pause_from_count);
    xj_differ_indices(d, "恢复行为", "resumed by", &acts, was->pause_to, was->pause_to_count, now->pause_to, now->pause_to_count);
    xj_differ_bool(d, "随起算行为完成", "met by the starting act", was->stop_self, now->stop_self);
    xj_differ_bool(d, "由本案任何此种行为终止", "linked to the case", was->link_case, now->link_case);
    xj_differ_bool(d, "作出时才判断", "judged only if done", was->arises_done, now->arises_done);
    xj_differ_bool(d, "逾期不违规", "overrunning is no breach", was->may, now->may);
    xj_differ_bool(d, "停用", "disabled", was->disabled, now->disabled);
    xj_differ_bool(d, "内部", "kept inside", was->inside, now->inside);
    xj_differ_text(d, "依据", "source", was->cite, now->cite);
    xj_differ_tag(d, was->tag, now->tag);
    xj_differ_tell(d, "duty_changed", "义务", "duty", &now->name);
}

void xj_differ_duties(struct xj_differ *d)
{
    const struct xj_differ_list l = xj_differ_duties_of(d);
    xj_differ_list(d, &l);
    for (uint16_t i = 0; i < d->was->duty_count; i++)
        if (d->im.duties[i] != XJ_NONE)
            differ_duty(d, &d->was->duties[i], &d->now->duties[d->im.duties[i]]);
}

/* ---- rules ---- */

static void acts_text(const struct xj_model *m, const struct xj_images *im, const char *word, const uint16_t *list, uint16_t n, struct xj_buf *out)
{
    for (uint16_t i = 0; i < n; i++)
        xj_buf_addf(out, "%s%s", i == 0 ? word : ",", act_word(m, im, list[i]));
    if (n > 0)
        xj_buf_add_str(out, " ");
}

static void duties_text(const struct xj_model *m, const struct xj_images *im, const struct xj_m_when *w, struct xj_buf *out)
{
    for (uint16_t i = 0; i < w->duty_count; i++) {
        uint16_t image = im != NULL ? im->duties[w->duties[i]] : w->duties[i];
        xj_buf_addf(out, "duty %s ", image == XJ_NONE ? m->duties[w->duties[i]].name.id : (im != NULL ? im->to : m)->duties[image].name.id);
    }
}

static void by_text(const struct xj_model *m, const char *word, xj_roles roles, struct xj_buf *out)
{
    for (uint16_t i = 0; roles != XJ_ROLES_ANY && i < m->role_count; i++)
        if ((roles >> i & 1) != 0)
            xj_buf_addf(out, "%s %s ", word, m->roles[i].id);
}

static void when_text(const struct xj_model *m, const struct xj_images *im, const struct xj_m_when *w, struct xj_buf *out)
{
    acts_text(m, im, "acts ", w->acts, w->act_count, out);
    duties_text(m, im, w, out);
    by_text(m, "by", w->by, out);
    acts_text(m, im, "before ", w->before, w->before_count, out);
    acts_text(m, im, "after ", w->after, w->after_count, out);
    acts_text(m, im, "not_before ", w->not_before, w->not_before_count, out);
    acts_text(m, im, "with ", w->with, w->with_count, out);
    acts_text(m, im, "without ", w->without, w->without_count, out);
    by_text(m, "without_by", w->without_by, out);
    if (w->breach != NULL)
        xj_buf_addf(out, "breach %s %s ", w->breach, w->detail != NULL ? w->detail : "");
    if (w->kind != NULL)
        xj_buf_addf(out, "party %s ", w->kind);
    for (uint16_t i = 0; i < w->figure_count; i++)
        xj_buf_addf(out, "%s %llu..%llu ", w->figures[i].word, (unsigned long long)w->figures[i].least, (unsigned long long)w->figures[i].most);
    xj_buf_addf(out, "times %u longer %s%s%s", (unsigned)w->times, words_of(w->longer, w->limit).en, w->backdated ? " backdated" : "",
                w->principal ? " principal" : "");
}

static void differ_whens(struct xj_differ *d, const struct xj_m_rule *was, const struct xj_m_rule *now)
{
    for (uint16_t i = 0; i < was->when_count || i < now->when_count; i++) {
        struct xj_buf a, b;
        xj_buf_init(&a, TEXT_BYTES);
        xj_buf_init(&b, TEXT_BYTES);
        if (i < was->when_count)
            when_text(d->was, &d->im, &was->whens[i], &a);
        if (i < now->when_count)
            when_text(d->now, NULL, &now->whens[i], &b);
        xj_differ_text(d, "条件", "condition", xj_differ_words(d, &a), xj_differ_words(d, &b));
        xj_buf_free(&a);
        xj_buf_free(&b);
    }
}

static void differ_rule(struct xj_differ *d, const struct xj_m_rule *was, const struct xj_m_rule *now)
{
    static const char *const alarms[] = {"", "none", "notice", "amber", "red"};
    const struct xj_differ_list acts = xj_differ_acts_of(d);
    xj_differ_text(d, "情形", "mode", was->mode_zh, now->mode_zh);
    xj_differ_text(d, "情形（英文）", "mode in English", was->mode_en, now->mode_en);
    xj_differ_text(d, "实时级别", "severity", alarms[was->live], alarms[now->live]);
    xj_differ_text(d, "补录级别", "severity of history", alarms[was->history], alarms[now->history]);
    xj_differ_roles(d, "告知", "tells", was->tell, now->tell);
    xj_differ_bool(d, "告知责任机关", "tells the agency answerable", was->tell_self, now->tell_self);
    differ_whens(d, was, now);
    xj_differ_indices(d, "后续步骤", "escalates to", &acts, was->escalate, was->escalate_count, now->escalate, now->escalate_count);
    xj_differ_indices(d, "解除行为", "cleared by", &acts, was->stops, was->stop_count, now->stops, now->stop_count);
    xj_differ_text(d, "依据", "source", was->cite, now->cite);
    xj_differ_tag(d, was->tag, now->tag);
    xj_differ_tell(d, "rule_changed", "规则", "rule", &now->name);
}

void xj_differ_rules(struct xj_differ *d)
{
    uint16_t images[XJ_MODEL_LIST_MAX];
    for (uint16_t i = 0; i < d->was->rule_count; i++)
        images[i] = xj_model_rule(d->now, xj_slice_cstr(d->was->rules[i].name.id));
    xj_differ_list(d, &(struct xj_differ_list){"规则", "rule", "rule_renamed", "rule_added", "rule_removed", d->was->rules, d->now->rules,
                                               sizeof *d->was->rules, d->was->rule_count, d->now->rule_count, images});
    for (uint16_t i = 0; i < d->was->rule_count; i++)
        if (images[i] != XJ_NONE)
            differ_rule(d, &d->was->rules[i], &d->now->rules[images[i]]);
}
