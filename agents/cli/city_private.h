/* What the two halves of the city share: its making (city.c) and its running (city_run.c). Only these files.
 * Spec: none; see city.h. */
#ifndef XJ_CITY_PRIVATE_H
#define XJ_CITY_PRIVATE_H

#include "agents/cli/city.h"
#include "agents/cli/process.h"

#define XJ_CITY_EXCHANGE "exchange"
#define XJ_CITY_ALIASES 16

/* The exchange or one agency's agent. */
struct xj_city_node {
    struct xj_agency_spec spec; /* of an agency; strings lie in the city's description */
    const char *aliases[XJ_CITY_ALIASES + 1];
    char *data; /* directory, absolute; NULL: not connected */
    struct xj_process process;
    struct xj_client *client; /* NULL until first used */
    bool bound;               /* started as a child that must not outlive the city */
};

struct xj_city {
    char *dir, *bin_dir; /* absolute */
    json_t *description; /* city.json */
    const char *division, *name, *registrar;
    bool volatile_ok;
    struct xj_city_node exchange, *agencies;
    size_t agency_count;
    uint8_t root_key[32];
    struct xj_sign_key registrar_key;
};

/* One line, Chinese then English, and the error. */
enum xj_err xj_city_fault(struct xj_buf *text, enum xj_err err, const char *what, const char *zh, const char *en);
/* Adds the agency to the city's description (city.json too) and reads it back into an empty node at the end of the list. */
enum xj_err xj_city_describe(struct xj_city *city, const struct xj_agency_spec *a, struct xj_city_node *node, struct xj_buf *text);
struct xj_city_node *xj_city_node(struct xj_city *city, const char *who); /* NULL: none */
/* dir/a[/b], to be freed; NULL when memory is out. */
char *xj_city_path(const char *dir, const char *a, const char *b);

#endif
