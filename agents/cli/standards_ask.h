/* A question to the filing standards as people type it: amounts with their units, days, earlier penalties. The program only.
 * Spec: spec/10-api.md, section 4; spec/13-standards.md, sections 3 and 4. */
#ifndef XJ_STANDARDS_ASK_H
#define XJ_STANDARDS_ASK_H

#include "agents/cli/options.h"
#include "schema/procedure/standards_look.h"

struct xj_standards_ask {
    const char *conduct; /* "2026-03", "2026-03-02", two joined by '/'; NULL: today */
    bool unit;           /* the party is a unit, else a person */
    struct xj_option_list amounts;   /* "illegal_gain=42000元" or, in the measure's own unit, "illegal_gain=4200000" */
    struct xj_option_list penalties; /* days on which earlier penalties took effect; "none": there are no others */
    struct xj_option_list convictions;
    /* made by xj_standards_ask_read */
    struct xj_slice charges[XJ_STD_CHARGES_MAX];
    struct xj_std_amount amount[XJ_OPTION_LIST_MAX];
    int64_t penalty[XJ_OPTION_LIST_MAX], conviction[XJ_OPTION_LIST_MAX];
};

/* Makes the question of what was typed; ret points into ask, st and the arguments. False after saying what is wrong. */
bool xj_standards_ask_read(struct xj_cli *cli, const struct xj_standards *st, struct xj_standards_ask *ask, char **charges, int count,
                           struct xj_std_question *ret);

#endif
