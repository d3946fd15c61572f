#include "agents/cli/table.h"

#include <stdlib.h>

#include <libsmartcols.h>

struct xj_table {
    const struct xj_cli *cli;
    struct libscols_table *tb;
    size_t count;
};

static bool add_column(struct xj_table *t, const struct xj_column *c)
{
    int flags = (c->right ? SCOLS_FL_RIGHT : 0) | (c->wrap ? SCOLS_FL_WRAP : 0);
    const char *title = t->cli->json ? c->key : xj_pick(t->cli, c->zh, c->en);
    struct libscols_column *cl = scols_table_new_column(t->tb, title, 0, flags);
    if (cl == NULL)
        return false;
    return scols_column_set_json_type(cl, c->number ? SCOLS_JSON_NUMBER : SCOLS_JSON_STRING) == 0;
}

struct xj_table *xj_table_new(const struct xj_cli *cli, const char *name, const struct xj_column *columns, size_t count)
{
    struct xj_table *t = calloc(1, sizeof *t);
    if (t == NULL)
        return NULL;
    t->cli = cli;
    t->count = count;
    t->tb = scols_new_table();
    bool ok = t->tb != NULL && scols_table_set_name(t->tb, name) == 0 && scols_table_set_stream(t->tb, cli->out) == 0;
    for (size_t i = 0; ok && i < count; i++)
        ok = add_column(t, &columns[i]);
    if (!ok) {
        xj_table_free(t);
        return NULL;
    }
    (void)scols_table_enable_json(t->tb, cli->json);
    (void)scols_table_enable_colors(t->tb, cli->colour && !cli->json);
    (void)scols_table_enable_noencoding(t->tb, 1); /* text was checked where it came from; hex escapes help nobody */
    return t;
}

void xj_table_free(struct xj_table *t)
{
    if (t == NULL)
        return;
    scols_unref_table(t->tb);
    free(t);
}

enum xj_err xj_table_row(struct xj_table *t, const char *const *cells, bool red)
{
    struct libscols_line *line = scols_table_new_line(t->tb, NULL);
    if (line == NULL)
        return XJ_ENOMEM;
    for (size_t i = 0; i < t->count; i++)
        if (cells[i] != NULL && scols_line_set_data(line, i, cells[i]) != 0)
            return XJ_ENOMEM;
    if (red)
        (void)scols_line_set_color(line, "red");
    return XJ_OK;
}

enum xj_err xj_table_print(struct xj_table *t)
{
    return scols_print_table(t->tb) == 0 ? XJ_OK : XJ_EIO;
}
