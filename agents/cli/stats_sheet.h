/* A report of figures as lines for people: terminal, CSV, XLSX. The program only. Spec: spec/14-statistics.md, section 10.
 * Everything shown comes from the report's JSON; nothing is computed here but how a number is written. */
#ifndef XJ_STATS_SHEET_H
#define XJ_STATS_SHEET_H

#include "agents/cli/cli.h"

#define XJ_STATS_TEXT 64u

/* One figure of one line. Borrowed from the report. */
struct xj_stats_row {
    const json_t *line;      /* NULL: the total */
    const json_t *statistic; /* its description */
    const json_t *figure;
};
/* All figures: those of the total, then line by line, each in the order of the statistics. Stops when visit is not XJ_OK. */
typedef enum xj_err xj_stats_visit(void *arg, const struct xj_stats_row *row);
enum xj_err xj_stats_each(const json_t *report, xj_stats_visit *visit, void *arg);

/* The value itself: n, the sum in fen, the rate in permille; null: none (a rate of nothing). */
const json_t *xj_stats_number(const struct xj_stats_row *row);
/* As people read them: 12, 1234.50 (yuan), 12.3%, or "–". */
const char *xj_stats_text(const struct xj_stats_row *row, const json_t *number, char out[XJ_STATS_TEXT]);
/* The word for the unit as such a text has it. Static. */
const char *xj_stats_unit(const struct xj_cli *cli, const struct xj_stats_row *row);
/* Whether nothing at all was counted. */
bool xj_stats_empty(const struct xj_stats_row *row);

/* What a report rests on: pairs of a title and a text, in order. */
typedef enum xj_err xj_stats_pair(void *arg, const char *title, const char *text);
enum xj_err xj_stats_each_basis(const struct xj_cli *cli, const json_t *answer, xj_stats_pair *pair, void *arg);
/* One line of what is to be noticed; out is overwritten. */
void xj_stats_flag(const struct xj_cli *cli, const json_t *flag, struct xj_buf *out);
/* unconnected, never, silent as a word. Static. */
const char *xj_stats_state(const struct xj_cli *cli, const char *state);

/* Writes the answer {"digest", "report"} as a file that is not there yet (CSV: "-" is the output). What goes wrong is said;
 * returns the exit code. */
int xj_stats_write_csv(struct xj_cli *cli, const json_t *answer, const char *path);
int xj_stats_write_xlsx(struct xj_cli *cli, const json_t *answer, const char *path);

/* Folds a ledger (path NULL: that of the data directory) up to the report's basis and makes the report anew. Says whether it
 * is the same; returns the exit code. */
int xj_stats_recompute(struct xj_cli *cli, const char *report_path, const char *ledger_path);

#endif
