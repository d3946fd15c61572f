/* `xianjie verify` of evidence bundles: what they prove, do not prove, contradict, as text or JSON. The program only.
 * Spec: spec/16-evidence.md, sections 6 to 8. */
#ifndef XJ_VERIFY_BUNDLE_H
#define XJ_VERIFY_BUNDLE_H

#include "agents/cli/cli.h"

/* Whether the file begins as a bundle does (a ledger begins otherwise). False when it cannot be read. */
bool xj_is_bundle(const char *path);
/* Verifies the bundles together and prints the outcome. Exit code: 0 no claim is contradicted, 5 one is or a file is malformed. */
int xj_verify_bundles(struct xj_cli *cli, char **paths, size_t count, const uint8_t root[32]);

#endif
