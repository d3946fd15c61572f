/* Orders of the registrar over records: facts of kind `order`, and what they cover. The logic thread for what reads a store.
 * Spec: spec/18-orders.md, section 1. */
#ifndef XJ_ORDER_H
#define XJ_ORDER_H

#include "schema/trust/register.h"
#include "schema/wire/message.h"

#define XJ_ORDER_MESSAGES 256u
#define XJ_ORDER_BASIS_BYTES 1024u

enum xj_order_kind { XJ_ORDER_INVALID = 0, XJ_ORDER_RESTRICT, XJ_ORDER_DESTROY };

struct xj_order {
    enum xj_order_kind kind;
    uint8_t id[XJ_ID_SIZE];
    uint64_t number; /* of the register entry with which it begins */
    char document[XJ_MAX_TITLE_BYTES + 1], basis[XJ_ORDER_BASIS_BYTES + 1], organ[XJ_MAX_AGENCY_BYTES + 1]; /* document: 文号 */
    int64_t date; /* days since 1970 */
    bool has_case;
    struct xj_id case_id, messages[XJ_ORDER_MESSAGES];
    size_t message_count;
};

/* Decodes a fact of that id and value, taken to begin at number. XJ_EMALFORMED or XJ_ELIMIT: not of the form of section 1.1; XJ_ENOMEM. */
enum xj_err xj_order_read(struct xj_slice id_hex, struct xj_slice value, uint64_t number, struct xj_order *ret);
/* The order of that id that begins at number. XJ_ENOTFOUND: none does. World errors, and XJ_ECORRUPT for a fact that cannot be read. */
enum xj_err xj_order_at(const struct xj_store *store, const uint8_t id[XJ_ID_SIZE], uint64_t number, struct xj_order *ret);
/* Where an order that the register has now began. XJ_ENOTFOUND: it has none of that id. */
enum xj_err xj_order_now(const struct xj_store *store, const uint8_t id[XJ_ID_SIZE], struct xj_order *ret);
/* Whether the order names the message or its case, or the message shares one that it names. When it was admitted is the caller's
 * to ask, as is whether it shares one that is covered otherwise. */
bool xj_order_names(const struct xj_order *o, const struct xj_header *h);
/* What the message shares, or NULL. */
const struct xj_id *xj_order_shared(const struct xj_header *h);

/* The orders among the changes of a register entry that the store has folded, of those that begin with it. */
typedef enum xj_err xj_order_visit(void *arg, const struct xj_order *o);
enum xj_err xj_order_each_begun(const struct xj_store *store, struct xj_slice entry, xj_order_visit *visit, void *arg);
/* All that the register has now, by id. */
enum xj_err xj_order_each(const struct xj_store *store, xj_order_visit *visit, void *arg);

#endif
