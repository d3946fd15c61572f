/* Figures of acts, for the conditions of rules: what bodies, the register and other cases of the same person show of them.
 * One view's writer. Spec: spec/12-detection.md, section 4. */
#ifndef XJ_VIEW_FIGURES_H
#define XJ_VIEW_FIGURES_H

#include "agents/agent/view/body.h"
#include "agents/agent/view/view_private.h"

struct xj_std_answer;

#define XJ_FIGURES_KEPT 16u

/* One act at a time: loaded when it is asked for, kept until another is, with what was asked of it: rules ask the same again and
 * again. */
struct xj_figures {
    struct xj_view *v;
    struct xj_id case_id, act;
    bool loaded, found;
    struct {
        const char *word;
        uint64_t value;
        bool known;
    } kept[XJ_FIGURES_KEPT];
    size_t kept_count;
    struct xj_buf statement;    /* as admitted: the breaches below point into it */
    struct xj_st_breach breaches[XJ_MAX_BREACHES + XJ_MAX_BODY_BREACHES];
    size_t breach_count;
    bool body_asked;            /* breaches that only the body shows are among them */
    struct xj_header *header;   /* the act's; its slices point into header_bytes */
    struct xj_buf header_bytes, body;
    bool body_open;             /* the reader opens it */
    struct xj_doc doc;          /* of the body, while body_open */
    uint64_t seq, register_number;
    int64_t day;                /* Beijing; only with day_known */
    bool day_known, is_record;  /* is_record: it has a row in `record` with its contents */
    char doer[XJ_MAX_AGENCY_BYTES + 1];
};
/* XJ_ENOMEM. Free in any case. */
enum xj_err xj_figures_init(struct xj_figures *f, struct xj_view *v, struct xj_id case_id);
void xj_figures_free(struct xj_figures *f); /* safe on a zeroed struct and twice */
/* Whether it holds that act. */
bool xj_figures_hold(const struct xj_figures *f, const struct xj_id *act);
/* Whether the act was admitted with this breach (detail NULL: any), those that its body shows included. A failure marks the view. */
bool xj_figures_breach(struct xj_figures *f, const struct xj_id *act, const char *code, const char *detail);
/* False: unknown for this act. A failure marks the view. word must outlive f. */
bool xj_figure(struct xj_figures *f, const struct xj_id *act, const char *word, uint64_t *ret);

/* ---- between figures.c, figures_body.c and figures_standard.c: the act is loaded ---- */
bool xj_figure_of_body(struct xj_figures *f, const char *word, uint64_t *ret);
bool xj_figure_standard(struct xj_figures *f, uint64_t *ret);
bool xj_figure_prompt(struct xj_figures *f, uint64_t *ret);
/* What the filing standards say of a record; false: not to be asked (no standards, charge or conduct). The answer points into the
 * view's standards. */
bool xj_figure_look(struct xj_figures *f, struct xj_std_answer *ret);

#endif
