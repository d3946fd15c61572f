#include "agents/cli/notes.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

void xj_notes_free(struct xj_notes *n)
{
    for (size_t i = 0; i < n->count; i++) {
        free(n->list[i].column);
        free(n->list[i].zh);
        free(n->list[i].en);
    }
    free(n->list);
    *n = (struct xj_notes){.list = NULL};
}

static __attribute__((format(printf, 1, 0))) char *text_of(const char *format, va_list args)
{
    char *text = NULL;
    return vasprintf(&text, format, args) >= 0 ? text : NULL;
}

static bool make_room(struct xj_notes *n)
{
    if ((n->count & (n->count - 1)) != 0)
        return true; /* the list grows when its count is a power of two */
    struct xj_note *list = realloc(n->list, (n->count > 0 ? 2 * n->count : 1) * sizeof *list);
    if (list != NULL)
        n->list = list;
    return list != NULL;
}

void xj_notes_add(struct xj_notes *n, uint64_t row, struct xj_slice column, const char *zh, const char *en, ...)
{
    va_list args;
    n->total++;
    if (n->err != XJ_OK || n->count == XJ_NOTES_MAX)
        return;
    struct xj_note note = {.row = row, .column = column.n > 0 ? xj_slice_dup(column) : NULL};
    va_start(args, en);
    note.zh = text_of(zh, args);
    va_end(args);
    va_start(args, en);
    note.en = text_of(en, args);
    va_end(args);
    if (note.zh != NULL && note.en != NULL && make_room(n)) {
        n->list[n->count++] = note;
        return;
    }
    n->err = XJ_ENOMEM;
    free(note.column);
    free(note.zh);
    free(note.en);
}

void xj_notes_tell(const struct xj_cli *cli, const struct xj_notes *n, const char *word_zh, const char *word_en)
{
    const char *word = xj_pick(cli, word_zh, word_en);
    for (size_t i = 0; i < n->count; i++) {
        const struct xj_note *o = &n->list[i];
        const char *text = xj_pick(cli, o->zh, o->en);
        if (o->row > 0 && o->column != NULL)
            xj_tell(cli, "%s：第 %" PRIu64 " 行「%s」：%s", "%s: row %" PRIu64 ", \"%s\": %s", word, o->row, o->column, text);
        else if (o->row > 0)
            xj_tell(cli, "%s：第 %" PRIu64 " 行：%s", "%s: row %" PRIu64 ": %s", word, o->row, text);
        else
            xj_tell(cli, "%s：%s", "%s: %s", word, text);
    }
    if (n->total > n->count)
        xj_tell(cli, "%s：还有 %" PRIu64 " 处没有列出", "%s: %" PRIu64 " more are not shown", word, n->total - n->count);
}

json_t *xj_notes_json(const struct xj_notes *n)
{
    json_t *made = json_array();
    for (size_t i = 0; i < n->count; i++) {
        const struct xj_note *o = &n->list[i];
        (void)json_array_append_new(made, json_pack("{s:o, s:s?, s:s, s:s}", "row", o->row > 0 ? json_integer((json_int_t)o->row) : json_null(),
                                                    "column", o->column, "text_zh", o->zh, "text_en", o->en));
    }
    return made;
}
