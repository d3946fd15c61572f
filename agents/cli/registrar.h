/* What the registrar's sub-commands share: signing changes with the registrar key and handing them over. The program only.
 * Spec: spec/06-register.md, section 1. */
#ifndef XJ_REGISTRAR_H
#define XJ_REGISTRAR_H

#include "agents/cli/cli.h"
#include "agents/cli/regfacts.h"

/* Signs and posts the changes with the key file (NULL: registrar.keys in the data directory) through the data directory's
 * agent; says the register's new number. Changes with an error are said with text, which may be empty. Returns the exit
 * code. */
int xj_registrar_post(const struct xj_cli *cli, const struct xj_changes *changes, const char *key_file, struct xj_buf *text);
/* The same without a word when all is well; *ret_number: the register's new number. */
int xj_registrar_send(const struct xj_cli *cli, const struct xj_changes *changes, const char *key_file, struct xj_buf *text,
                      uint64_t *ret_number);
/* `register show [KIND] [ID-PREFIX]`. argv as for a command. */
int xj_registrar_show(struct xj_cli *cli, int argc, char **argv);
/* A value of the register as JSON; bytes as {"hex": "…"}, as a batch takes them. NULL: memory is out, or it is no value. */
json_t *xj_registrar_value(struct xj_slice value);

#endif
