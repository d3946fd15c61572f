/* The root public key that a verification rests on. The program only. Spec: spec/10-api.md, section 4. */
#ifndef XJ_ROOTKEY_H
#define XJ_ROOTKEY_H

#include "agents/cli/cli.h"

/* As given in hex (64 digits), from an anchor file, or from the anchor of the data directory (both NULL). A file's own claim is never
 * believed. Says what is wrong and returns the exit code. */
int xj_cli_root_key(struct xj_cli *cli, const char *hex, const char *anchor, const char *usage, uint8_t ret[32]);

#endif
