/* What the sub-commands of `xianjie` share: the global options, messages in two languages, exit codes. The program only.
 * Spec: spec/10-api.md, section 4.
 * A command is `int f(struct xj_cli *cli, int argc, char **argv)` with argv[0] its own name; it returns the exit code. */
#ifndef XJ_CLI_H
#define XJ_CLI_H

#include <stdio.h>

#include "agents/cli/client.h"
#include "schema/base/env.h"

enum xj_exit {
    XJ_EXIT_OK = 0,
    XJ_EXIT_WORLD = 1,       /* memory, disk, database: unforeseen */
    XJ_EXIT_USAGE = 2,       /* wrong use or wrong input */
    XJ_EXIT_REFUSED = 3,     /* by agent or exchange */
    XJ_EXIT_UNREACHABLE = 4, /* no agent answers */
    XJ_EXIT_BAD = 5,         /* verification failed */
    XJ_EXIT_NOT_FOUND = 6
};

struct xj_cli {
    const struct xj_env *env;
    const char *data; /* --data or XIANJIE_DATA; NULL: not given */
    bool json;        /* results as JSON on out */
    bool zh;          /* language of messages */
    bool colour;      /* out is a terminal and NO_COLOR is not set */
    FILE *out, *err;  /* results; messages */
};

/* A message on err in the language of the user, with a newline. zh and en take the same arguments in the same order. */
void xj_tell(const struct xj_cli *cli, const char *zh, const char *en, ...)
    __attribute__((format(printf, 2, 4), format(printf, 3, 4)));
/* The same on out and without the newline: a result for people. */
void xj_print(const struct xj_cli *cli, const char *zh, const char *en, ...)
    __attribute__((format(printf, 2, 4), format(printf, 3, 4)));
/* zh or en, whichever the user reads. */
const char *xj_pick(const struct xj_cli *cli, const char *zh, const char *en);
/* Says text (lines in Chinese, then English; may be empty, then the error's name) and gives the exit code for err. */
int xj_fail(const struct xj_cli *cli, enum xj_err err, struct xj_buf *text);
/* The exit code an error stands for. */
int xj_exit_of(enum xj_err err);
/* Says what went wrong with the use of a command and returns XJ_EXIT_USAGE. */
int xj_usage(const struct xj_cli *cli, const char *usage);
/* The data directory, or NULL after saying that none was given. */
const char *xj_cli_data(const struct xj_cli *cli);
/* A client of the data directory's agent, or NULL with the exit code in *ret_exit (said already). */
struct xj_client *xj_cli_client(const struct xj_cli *cli, int *ret_exit);
/* Calls the agent; XJ_EXIT_OK with *ret_json (owned) on HTTP 200, else what went wrong is said and its exit code returned
 * (400: 2, 404: 6, 409: 3, 503: 4, else 1). */
int xj_cli_call(const struct xj_cli *cli, struct xj_client *client, const char *method, const char *path, const json_t *body,
                json_t **ret_json);
/* Prints a JSON value, indented, with a newline. */
void xj_cli_print_json(const struct xj_cli *cli, const json_t *value);

int xj_cmd_keygen(struct xj_cli *cli, int argc, char **argv);
int xj_cmd_enroll(struct xj_cli *cli, int argc, char **argv);
int xj_cmd_register(struct xj_cli *cli, int argc, char **argv);
int xj_cmd_submit(struct xj_cli *cli, int argc, char **argv);
int xj_cmd_penalty(struct xj_cli *cli, int argc, char **argv);
int xj_cmd_case(struct xj_cli *cli, int argc, char **argv);
/* `case share`, cmd_handover.c */
int xj_cmd_case_share(struct xj_cli *cli, int argc, char **argv);
int xj_cmd_paper(struct xj_cli *cli, int argc, char **argv);
int xj_cmd_backup(struct xj_cli *cli, int argc, char **argv);
int xj_cmd_override(struct xj_cli *cli, int argc, char **argv);
/* cmd_order.c */
int xj_cmd_asks(struct xj_cli *cli, int argc, char **argv);
int xj_cmd_orders(struct xj_cli *cli, int argc, char **argv);
int xj_cmd_restricted(struct xj_cli *cli, int argc, char **argv);
int xj_cmd_alerts(struct xj_cli *cli, int argc, char **argv);
int xj_cmd_warnings(struct xj_cli *cli, int argc, char **argv);
int xj_cmd_why(struct xj_cli *cli, int argc, char **argv);
int xj_cmd_stats(struct xj_cli *cli, int argc, char **argv);
int xj_cmd_due(struct xj_cli *cli, int argc, char **argv);
int xj_cmd_status(struct xj_cli *cli, int argc, char **argv);
int xj_cmd_verify(struct xj_cli *cli, int argc, char **argv);
int xj_cmd_export(struct xj_cli *cli, int argc, char **argv);
int xj_cmd_reconcile(struct xj_cli *cli, int argc, char **argv);
int xj_cmd_rebuild(struct xj_cli *cli, int argc, char **argv);
int xj_cmd_procedure(struct xj_cli *cli, int argc, char **argv);
int xj_cmd_calendar(struct xj_cli *cli, int argc, char **argv);
int xj_cmd_standards(struct xj_cli *cli, int argc, char **argv);
int xj_cmd_city(struct xj_cli *cli, int argc, char **argv);
/* agents/cli/replay_*.c */
int xj_cmd_replay(struct xj_cli *cli, int argc, char **argv);

/* Whether messages are Chinese under a locale such as "zh_CN.UTF-8"; NULL (none is set): they are. */
bool xj_cli_speaks_chinese(const char *locale);
/* The whole program but for the process's environment, which cli already holds: reads the global options into cli, finds
 * the command, runs it. Returns the exit code. */
int xj_cli_main(struct xj_cli *cli, int argc, char **argv);

#endif
