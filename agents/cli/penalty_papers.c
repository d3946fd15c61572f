#include "agents/cli/penalty_papers.h"

#include <dirent.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "agents/cli/paper_file.h"
#include "schema/base/limits.h"

struct document {
    char *name;
    size_t stem_bytes; /* of name, to before its last point */
    uint64_t row;      /* the first that it is the document of; 0: none yet */
};
struct xj_penalty_papers {
    char *directory; /* NULL: there is none */
    struct document *list; /* by stem */
    size_t count;
};

static struct xj_slice stem(const struct document *d)
{
    return xj_slice_of(d->name, d->stem_bytes);
}

static int by_stem(const void *a, const void *b)
{
    return xj_slice_cmp(stem(a), stem(b));
}

void xj_penalty_paper_name(const char *number, int ordinal, struct xj_buf *out)
{
    for (const char *p = number; *p != '\0'; p++) {
        bool unsafe = strchr("/\\:*?\"<>|", *p) != NULL || (unsigned char)*p < 0x20 || *p == 0x7f || (p == number && *p == '.');
        xj_buf_add(out, unsafe ? "_" : p, 1);
    }
    if (ordinal > 1)
        xj_buf_addf(out, "-%d", ordinal);
}

static enum xj_err take(struct xj_penalty_papers *p, const char *name)
{
    if ((p->count & (p->count - 1)) == 0) { /* the list grows when its count is a power of two */
        struct document *list = realloc(p->list, (p->count > 0 ? 2 * p->count : 1) * sizeof *list);
        if (list == NULL)
            return XJ_ENOMEM;
        p->list = list;
    }
    struct document *d = &p->list[p->count];
    const char *point = strrchr(name, '.');
    *d = (struct document){.name = strdup(name), .stem_bytes = point != NULL ? (size_t)(point - name) : strlen(name)};
    if (d->name == NULL)
        return XJ_ENOMEM;
    p->count++;
    return XJ_OK;
}

static enum xj_err list_directory(struct xj_penalty_papers *p)
{
    DIR *dir = opendir(p->directory);
    enum xj_err err = dir != NULL ? XJ_OK : XJ_ENOTFOUND;
    for (struct dirent *e; err == XJ_OK && (e = readdir(dir)) != NULL;)
        if (e->d_name[0] != '.')
            err = take(p, e->d_name);
    if (dir != NULL)
        (void)closedir(dir);
    if (p->count > 0)
        qsort(p->list, p->count, sizeof *p->list, by_stem);
    return err;
}

enum xj_err xj_penalty_papers_open(const char *directory, struct xj_penalty_papers **ret, struct xj_buf *text)
{
    *ret = NULL;
    struct xj_penalty_papers *p = calloc(1, sizeof *p);
    enum xj_err err = p != NULL ? XJ_OK : XJ_ENOMEM;
    if (err == XJ_OK && directory != NULL) {
        p->directory = strdup(directory);
        err = p->directory != NULL ? list_directory(p) : XJ_ENOMEM;
    }
    if (err != XJ_OK) {
        xj_buf_addf(text, "打不开目录：%s / cannot open the directory: %s\n", directory, directory);
        xj_penalty_papers_close(p);
        return err;
    }
    *ret = p;
    return XJ_OK;
}

void xj_penalty_papers_close(struct xj_penalty_papers *p)
{
    if (p == NULL)
        return;
    for (size_t i = 0; i < p->count; i++)
        free(p->list[i].name);
    free(p->list);
    free(p->directory);
    free(p);
}

/* The first document of that stem, or NULL; *ret_more: there is another. */
static struct document *find(struct xj_penalty_papers *p, const struct xj_penalty_row *row, bool *ret_more)
{
    struct xj_buf name;
    size_t low = 0, high = p->count;
    xj_buf_init(&name, 1024);
    xj_penalty_paper_name(row->number, row->ordinal, &name);
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (xj_slice_cmp(stem(&p->list[middle]), xj_buf_slice(&name)) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    bool found = name.err == XJ_OK && low < p->count && xj_slice_eq(stem(&p->list[low]), xj_buf_slice(&name));
    *ret_more = found && low + 1 < p->count && xj_slice_eq(stem(&p->list[low + 1]), xj_buf_slice(&name));
    xj_buf_free(&name);
    return found ? &p->list[low] : NULL;
}

static char *path_of(const struct xj_penalty_papers *p, const struct document *d)
{
    char *path = NULL;
    return asprintf(&path, "%s/%s", p->directory, d->name) >= 0 ? path : NULL;
}

bool xj_penalty_papers_check(struct xj_penalty_papers *p, const struct xj_penalty_row *row, struct xj_notes *errors)
{
    static const struct xj_slice none = {NULL, 0};
    struct stat st;
    bool more, good = false;
    struct document *d = find(p, row, &more);
    if (d == NULL)
        return false;
    char *path = path_of(p, d);
    if (more)
        xj_notes_add(errors, row->row, none, "决定书 %s 不止一个文件", "the decision %s has more than one file", row->number);
    else if (d->row != 0)
        xj_notes_add(errors, row->row, none, "文件 %s 也是第 %" PRIu64 " 行的决定书", "the file %s is the decision of row %" PRIu64 ", too", d->name, d->row);
    else if (path == NULL || stat(path, &st) != 0 || !S_ISREG(st.st_mode))
        xj_notes_add(errors, row->row, none, "决定书 %s 不是可读的文件", "the decision %s is no file that can be read", d->name);
    else if (st.st_size > (off_t)XJ_MAX_PAPER_BYTES)
        xj_notes_add(errors, row->row, none, "决定书 %s 超过 1 MiB", "the decision %s is over 1 MiB", d->name);
    else
        good = true;
    if (d->row == 0)
        d->row = row->row;
    free(path);
    return good;
}

enum xj_err xj_penalty_papers_add(struct xj_penalty_papers *p, struct xj_penalty_row *row)
{
    bool more;
    json_t *paper = NULL;
    struct document *d = find(p, row, &more);
    if (d == NULL)
        return XJ_OK;
    char *path = path_of(p, d);
    enum xj_err err = path != NULL ? xj_paper_file(path, xj_slice_cstr(xj_penalty_paper_kind(row)), &paper) : XJ_ENOMEM;
    if (err == XJ_OK && !xj_penalty_row_live(row, paper))
        err = XJ_ENOMEM;
    free(path);
    return err;
}
