/* The forms of `register` that take a whole table, and the table that shows such facts. The program only; argv as for a command.
 * Spec: spec/06-register.md, section 9; spec/10-api.md, section 4. */
#ifndef XJ_REGISTER_BULK_H
#define XJ_REGISTER_BULK_H

#include "agents/cli/cli.h"
#include "schema/base/store.h"

int xj_register_certificates(struct xj_cli *cli, int argc, char **argv);
int xj_register_entrustments(struct xj_cli *cli, int argc, char **argv);

/* Is it a kind that xj_register_table shows? */
bool xj_register_has_table(const char *kind);
/* Prints the certificates or entrustments of the register, by agency and number: those of one agency (its bureau or township) or of
 * all (NULL); with --json the facts as `register show` has them. *ret_count: how many. XJ_ENOMEM, XJ_EIO, XJ_ECORRUPT. */
enum xj_err xj_register_table(const struct xj_cli *cli, const struct xj_store *store, const char *kind, const char *agency, size_t *ret_count);

#endif
