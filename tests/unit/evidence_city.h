/* A city with three cases, and bundles of its agencies, for tests of evidence. Tests only. */
#ifndef EVIDENCE_CITY_H
#define EVIDENCE_CITY_H

#include "agents/cli/export.h"
#include "tests/unit/view_city.h"

/* The bundles: agency and case, with the sequence (S), told (T) or neither. */
enum evidence_file {
    BUREAU_1S, BUREAU_1, BUREAU_1T, POLICE_1S, POLICE_1, PROC_1, BUREAU_2S, EVIDENCE_FILES
};
struct evidence_city {
    struct city *city;
    struct xj_id cases[3];
    struct xj_buf file[EVIDENCE_FILES];
};
/* Case 1: transferred, received, accepted, filed; nobody hands the items over. Case 2: transferred and received, not decided.
 * Ten days later case 3: transferred and received. */
void evidence_city_up(struct evidence_city *e);
void evidence_city_down(struct evidence_city *e);
/* An order to destroy the case, which every holder carries out. */
void evidence_city_destroy(struct evidence_city *e, size_t case_index);
/* A bundle of an agency's ledger as it is now. */
void evidence_export(struct evidence_city *e, const char *who, size_t case_index, bool sequence, bool told, struct xj_buf *ret);

#endif
