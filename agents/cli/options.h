/* Reads the options of one sub-command: --name value, --name=value, --flag, in any order among the arguments, "--" ends
 * them. The program only. Spec: spec/10-api.md, section 4. The global options (--data, --json, --lang) are understood here
 * too, so that they may stand behind the command. */
#ifndef XJ_OPTIONS_H
#define XJ_OPTIONS_H

#include "agents/cli/cli.h"

#define XJ_OPTION_LIST_MAX 64u

struct xj_option_list {
    const char *at[XJ_OPTION_LIST_MAX]; /* borrowed from argv */
    size_t count;
};
/* Exactly one of the three is set: an option with a value (at most once), a flag, or one that may be repeated. */
struct xj_option {
    const char *name; /* without the dashes */
    const char **value;
    bool *flag;
    struct xj_option_list *list;
};

/* Reads argv[1..argc-1]; what is no option is moved, in order, to argv[1..*ret_count]. Values already in *value serve as
 * defaults. On a wrong use says what and the usage, and returns XJ_EXIT_USAGE; `--help` says the usage and returns it too. */
int xj_options(struct xj_cli *cli, int argc, char **argv, const struct xj_option *options, size_t count, const char *usage,
               int *ret_count);

#endif
