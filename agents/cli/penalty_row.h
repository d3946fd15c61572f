/* One row of a list of penalty decisions as a request for an act. Command line; one owner. Spec: spec/15-penalty-records.md,
 * sections 3 and 4; spec/10-api.md, section 3a. */
#ifndef XJ_PENALTY_ROW_H
#define XJ_PENALTY_ROW_H

#include "agents/cli/penalty_columns.h"
#include "schema/base/hash.h"
#include "schema/base/ids.h"

#define XJ_PENALTY_NUMBER_BYTES 255u

/* What all rows of one import share. Borrowed. */
struct xj_penalty_import {
    const char *agency;
    const json_t *names;    /* array of texts: what the agency is called in the register; NULL: nobody looks */
    int64_t today;          /* Beijing day */
    const char *drafted_by, *approved_by;
    const json_t *override; /* of the requests; NULL: none */
    struct xj_penalty_table table;
    bool told_missing[XJ_PC_COUNT]; /* columns that rows must have and the file has not */
};

struct xj_penalty_row {
    uint64_t row;
    char number[XJ_PENALTY_NUMBER_BYTES + 1];
    int ordinal;
    bool no_penalty;
    struct xj_hash digest;
    json_t *request; /* a late entry, without id; owned */
};

/* The message id of a decision (spec 10, 3a). */
struct xj_id xj_penalty_id(const char *agency, const char *number, int ordinal, int try);

/* The row that rows stands at. XJ_EMALFORMED: something is wrong with it, which is noted in errors (a column that the whole
 * file lacks only once); number and ordinal are as far as they could be read. XJ_ENOMEM. On error nothing needs freeing. */
enum xj_err xj_penalty_row(struct xj_penalty_import *import, const struct xj_rows *rows, struct xj_notes *errors, struct xj_notes *warnings,
                           struct xj_penalty_row *ret);
void xj_penalty_row_free(struct xj_penalty_row *r); /* safe on a zeroed struct and twice */
/* Makes it a live act with that paper, which it takes. False: memory is out. */
bool xj_penalty_row_live(struct xj_penalty_row *r, json_t *paper);
/* The kind of paper that its decision is. */
const char *xj_penalty_paper_kind(const struct xj_penalty_row *r);

#endif
