/* What is wrong with a file, or worth a look, by row and column, in two languages: collected whole before it is told. Command
 * line; one owner. Spec: spec/15-penalty-records.md, section 1.5. */
#ifndef XJ_NOTES_H
#define XJ_NOTES_H

#include "agents/cli/cli.h"

#define XJ_NOTES_MAX 1000u /* kept; more are only counted */

struct xj_note {
    uint64_t row; /* 0: the file as a whole */
    char *column; /* its name in the file; NULL: the row as a whole */
    char *zh, *en;
};
struct xj_notes {
    struct xj_note *list;
    size_t count;   /* in the list */
    uint64_t total; /* noted */
    enum xj_err err; /* XJ_ENOMEM; sticky */
};

void xj_notes_free(struct xj_notes *n); /* safe on a zeroed struct and twice */
/* Notes what zh and en say of a row and a column (n = 0: none). Both take the same arguments in the same order. */
void xj_notes_add(struct xj_notes *n, uint64_t row, struct xj_slice column, const char *zh, const char *en, ...)
    __attribute__((format(printf, 4, 6), format(printf, 5, 6)));
/* Tells all on err, in the language of cli, each line beginning with the words, and how many more there are. */
void xj_notes_tell(const struct xj_cli *cli, const struct xj_notes *n, const char *word_zh, const char *word_en);
/* [{"row","column","text_zh","text_en"}, …]: the caller's; row and column are null where there is none. */
json_t *xj_notes_json(const struct xj_notes *n);

#endif
