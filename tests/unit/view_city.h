/* A small city at rest for tests of view, drafting and API: four agencies, the referral procedure, and one case that went from
 * the bureau's report to the filing, all through the real cores and ledgers (tests/sim/world.h). One thread. Tests only. */
#ifndef XJ_TEST_VIEW_CITY_H
#define XJ_TEST_VIEW_CITY_H

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "agents/agent/view/render.h"
#include "tests/sim/world.h"

#define CITY_REGISTRAR "370800-sfj"
#define CITY_BUREAU "370800-scjgj"
#define CITY_POLICE "370800-gaj"
#define CITY_PROC "370800-jcy"

struct city {
    char dir[64];
    struct world *w;
    char case_id[37]; /* of the act last done */
    uint64_t drafts;
};

/* cmocka setup and teardown; *state is the struct city. */
int city_up(void **state);
int city_down(void **state);

/* A request for an act with its papers (kinds, separated by spaces; may be ""), a title and who drafted it; case_id NULL: a new
 * case. The caller's. */
json_t *city_request(const char *act, const char *case_id, const char *papers);
/* Drafts and submits it, settles; asserts that it was admitted; takes the request. */
void city_do(struct city *c, const char *who, json_t *request);
/* Report, approval, transfer of 张三, receipt, acceptance, filing. */
void city_history(struct city *c);

/* One more register entry, with that fact (JSON null: withdrawn), through the registrar's agent to everybody; takes the value. */
void city_register(struct city *c, const char *kind, const char *id, json_t *value);

/* All entries of an agency's ledger; free with city_items_free. */
struct xj_ledger_item *city_items(struct city *c, const char *who, size_t *ret_count);
void city_items_free(struct xj_ledger_item *items, size_t count);

/* A fresh view of an agency in the city's directory under that name, folding nothing yet. */
struct xj_view *city_view(struct city *c, const char *who, const char *name);
/* The path such a view has. */
void city_view_path(const struct city *c, const char *name, char ret[160]);
struct xj_id city_case(const struct city *c);

#endif
