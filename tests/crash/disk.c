#include "tests/crash/disk.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "schema/base/file.h"

#define SECTOR 512u

enum step_kind { STEP_INVALID = 0, STEP_WRITE, STEP_SIZE, STEP_SYNC, STEP_CREATE, STEP_REMOVE, STEP_RENAME, STEP_SYNC_NAMES };

struct step {
    enum step_kind kind;
    size_t file;
    char name[DISK_NAME], to[DISK_NAME];
    size_t at, n; /* WRITE: offset and bytes; SIZE: n is the size */
    uint8_t *bytes;
};

/* Steps that no sync has made durable yet, by their numbers. */
struct pending {
    uint64_t *step;
    size_t count, cap;
};

struct file {
    uint8_t *bytes; /* what is durable */
    size_t n;
    struct pending pending;
};

struct name {
    char name[DISK_NAME];
    size_t file;
};
struct names {
    struct name *list;
    size_t count, cap;
};

static struct {
    char base[PATH_MAX], live[PATH_MAX];
    enum disk_lie lie;
    const char *paused;
    struct step *steps;
    uint64_t count, cap, walked;
    struct file *files;
    size_t file_count, file_cap;
    struct names now, kept; /* as the process sees them; as they are durable */
    struct pending changes; /* of names */
} disk;

static void *grown(void *list, size_t count, size_t *cap, size_t each)
{
    if (count < *cap) return list;
    *cap = *cap ? 2 * *cap : 64;
    list = realloc(list, *cap * each);
    if (!list) abort();
    return list;
}

static void pend(struct pending *p, uint64_t step)
{
    p->step = grown(p->step, p->count, &p->cap, sizeof *p->step);
    p->step[p->count++] = step;
}

static bool begins(const char *name, const char *prefix)
{
    return strncmp(name, prefix, strlen(prefix)) == 0;
}

/* ---- names ---- */

static struct name *find(struct names *names, const char *name)
{
    for (size_t i = 0; i < names->count; i++)
        if (strcmp(names->list[i].name, name) == 0) return &names->list[i];
    return NULL;
}

static void set_name(struct names *names, const char *name, size_t file)
{
    struct name *n = find(names, name);
    if (!n) {
        names->list = grown(names->list, names->count, &names->cap, sizeof *names->list);
        n = &names->list[names->count++];
        snprintf(n->name, sizeof n->name, "%s", name);
    }
    n->file = file;
}

static void drop_name(struct names *names, const char *name)
{
    struct name *n = find(names, name);
    if (n) *n = names->list[--names->count];
}

static void change_names(struct names *names, const struct step *s)
{
    if (s->kind != STEP_CREATE) drop_name(names, s->name);
    if (s->kind != STEP_REMOVE) set_name(names, s->kind == STEP_RENAME ? s->to : s->name, s->file);
}

/* ---- remembering ---- */

static struct step *add_step(enum step_kind kind, const char *name, size_t file)
{
    size_t cap = (size_t)disk.cap;
    disk.steps = grown(disk.steps, (size_t)disk.count, &cap, sizeof *disk.steps);
    disk.cap = cap;
    struct step *s = &disk.steps[disk.count++];
    memset(s, 0, sizeof *s);
    s->kind = kind;
    s->file = file;
    snprintf(s->name, sizeof s->name, "%s", name);
    return s;
}

static size_t new_file(void)
{
    disk.files = grown(disk.files, disk.file_count, &disk.file_cap, sizeof *disk.files);
    memset(&disk.files[disk.file_count], 0, sizeof *disk.files);
    return disk.file_count++;
}

/* The file of this name; one that is seen for the first time has been created. */
static size_t file_of(const char *name)
{
    const struct name *n = find(&disk.now, name);
    if (n) return n->file;
    const size_t file = new_file();
    change_names(&disk.now, add_step(STEP_CREATE, name, file));
    return file;
}

/* The name under live that a path has, or NULL when the disk has nothing to do with it; "" is live itself. */
static const char *watched(const char *path)
{
    const size_t n = strlen(disk.live);
    if (!disk.live[0] || strncmp(path, disk.live, n) != 0 || (path[n] != '/' && path[n] != 0)) return NULL;
    const char *name = path[n] ? path + n + 1 : path + n;
    if (strlen(name) >= DISK_NAME) abort();
    return disk.paused && begins(name, disk.paused) ? NULL : name;
}

static bool path_of(int fd, char path[PATH_MAX])
{
    char link[64];
    if (!disk.base[0]) return false;
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    const ssize_t n = readlink(link, path, PATH_MAX - 1);
    if (n <= 0) return false;
    path[n] = 0;
    return begins(path, disk.base);
}

static const char *name_of(int fd, char path[PATH_MAX])
{
    const char *name = path_of(fd, path) ? watched(path) : NULL;
    return name && !strstr(name, "-shm") && !strstr(name, " (deleted)") ? name : NULL; /* an -shm is made anew at every start */
}

static void note_write(int fd, const void *bytes, size_t n, off_t at)
{
    char path[PATH_MAX];
    const char *name = name_of(fd, path);
    if (!name) return;
    const size_t file = file_of(name);
    struct step *s = add_step(STEP_WRITE, name, file);
    s->at = (size_t)at;
    s->n = n;
    s->bytes = malloc(n);
    if (!s->bytes) abort();
    memcpy(s->bytes, bytes, n);
}

static int sync_at(int fd, long call)
{
    char path[PATH_MAX];
    if (!path_of(fd, path)) return (int)syscall(call, fd);
    const char *name = name_of(fd, path);
    if (!name || disk.lie == DISK_SYNCS_NOTHING) return 0;
    if (!name[0]) {
        if (disk.lie != DISK_SYNCS_NO_NAMES) add_step(STEP_SYNC_NAMES, name, 0);
        return 0;
    }
    const size_t n = strlen(name);
    if (disk.lie == DISK_SYNCS_NO_WAL && n > 4 && strcmp(name + n - 4, "-wal") == 0) return 0;
    const size_t file = file_of(name);
    add_step(STEP_SYNC, name, file);
    return 0;
}

static int size_at(int fd, off_t n)
{
    char path[PATH_MAX];
    const int rc = (int)syscall(SYS_ftruncate, fd, n);
    const char *name = rc ? NULL : name_of(fd, path);
    if (name) {
        const size_t file = file_of(name);
        add_step(STEP_SIZE, name, file)->n = (size_t)n;
    }
    return rc;
}

/* ---- the system calls, before the library's own ---- */

ssize_t write(int fd, const void *bytes, size_t n)
{
    const ssize_t rc = syscall(SYS_write, fd, bytes, n);
    if (rc > 0 && disk.base[0]) note_write(fd, bytes, (size_t)rc, lseek(fd, 0, SEEK_CUR) - rc);
    return rc;
}

ssize_t pwrite64(int fd, const void *bytes, size_t n, off64_t at)
{
    const ssize_t rc = syscall(SYS_pwrite64, fd, bytes, n, at);
    if (rc > 0) note_write(fd, bytes, (size_t)rc, at);
    return rc;
}

ssize_t pwrite(int fd, const void *bytes, size_t n, off_t at)
{
    return pwrite64(fd, bytes, n, at);
}

int ftruncate64(int fd, off64_t n)
{
    return size_at(fd, n);
}

int ftruncate(int fd, off_t n)
{
    return size_at(fd, n);
}

int fsync(int fd)
{
    return sync_at(fd, SYS_fsync);
}

int fdatasync(int fd)
{
    return sync_at(fd, SYS_fdatasync);
}

int unlink(const char *path)
{
    const int rc = (int)syscall(SYS_unlinkat, AT_FDCWD, path, 0);
    const char *name = rc ? NULL : watched(path);
    const struct name *n = name ? find(&disk.now, name) : NULL;
    if (n) {
        const size_t file = n->file;
        change_names(&disk.now, add_step(STEP_REMOVE, name, file));
    }
    return rc;
}

int rename(const char *from, const char *to)
{
    const int rc = (int)syscall(SYS_renameat2, AT_FDCWD, from, AT_FDCWD, to, 0);
    const char *name = rc ? NULL : watched(from), *other = rc ? NULL : watched(to);
    if (!name || !other) return rc;
    const size_t file = file_of(name);
    struct step *s = add_step(STEP_RENAME, name, file);
    snprintf(s->to, sizeof s->to, "%s", other);
    change_names(&disk.now, s);
    return rc;
}

/* ---- what is durable ---- */

static void resize(uint8_t **bytes, size_t *n, size_t to)
{
    uint8_t *p = realloc(*bytes, to ? to : 1);
    if (!p) abort();
    if (to > *n) memset(p + *n, 0, to - *n);
    *bytes = p;
    *n = to;
}

static void apply(uint8_t **bytes, size_t *n, const struct step *s)
{
    const size_t end = s->kind == STEP_SIZE ? s->n : s->at + s->n;
    if (s->kind == STEP_SIZE || end > *n) resize(bytes, n, end);
    if (s->kind == STEP_WRITE) memcpy(*bytes + s->at, s->bytes, s->n);
}

static void make_durable(struct file *f)
{
    for (size_t i = 0; i < f->pending.count; i++) {
        struct step *s = &disk.steps[f->pending.step[i]];
        apply(&f->bytes, &f->n, s);
        free(s->bytes);
        s->bytes = NULL;
    }
    f->pending.count = 0;
}

void disk_walk(uint64_t p)
{
    for (; disk.walked < p && disk.walked < disk.count; disk.walked++) {
        struct step *s = &disk.steps[disk.walked];
        if (s->kind == STEP_SYNC) make_durable(&disk.files[s->file]);
        else if (s->kind == STEP_WRITE || s->kind == STEP_SIZE) pend(&disk.files[s->file].pending, disk.walked);
        else if (s->kind != STEP_SYNC_NAMES) pend(&disk.changes, disk.walked);
        else {
            for (size_t i = 0; i < disk.changes.count; i++) change_names(&disk.kept, &disk.steps[disk.changes.step[i]]);
            disk.changes.count = 0;
        }
    }
}

/* ---- one state ---- */

/* How a cut chooses among the steps that were not synced. */
struct cut {
    struct rng *r;
    enum { CUT_ALL_LOST = 0, CUT_NONE_LOST, CUT_IN_ORDER, CUT_SECTORS, CUT_FEW_SECTORS, CUT_FEW_LOST, CUT_STEPS, CUT_KINDS } kind;
    uint64_t last; /* IN_ORDER: this step is torn, later ones are lost */
};

static bool step_kept(const struct cut *c, uint64_t step)
{
    if (c->kind == CUT_ALL_LOST) return false;
    if (c->kind == CUT_IN_ORDER) return step < c->last;
    return c->kind == CUT_NONE_LOST || rng_next(c->r) % 2;
}

static bool sector_kept(const struct cut *c, uint64_t step, bool whole)
{
    switch (c->kind) {
    case CUT_SECTORS: return rng_next(c->r) % 2;
    case CUT_FEW_SECTORS: return rng_next(c->r) % 8 == 0;
    case CUT_FEW_LOST: return rng_next(c->r) % 8 != 0;
    case CUT_IN_ORDER: return step < c->last || (step == c->last && rng_next(c->r) % 2);
    default: return whole;
    }
}

/* Copies from the cache the sectors of a write that reached the disk. */
static void keep_sectors(const struct cut *c, uint64_t step, const uint8_t *cache, size_t size, uint8_t *state)
{
    const struct step *s = &disk.steps[step];
    const bool whole = step_kept(c, step);
    for (size_t at = s->at - s->at % SECTOR; at < s->at + s->n; at += SECTOR)
        if (sector_kept(c, step, whole)) memcpy(state + at, cache + at, size - at < SECTOR ? size - at : SECTOR);
}

static size_t largest(const struct file *f)
{
    size_t most = f->n;
    for (size_t i = 0; i < f->pending.count; i++) {
        const struct step *s = &disk.steps[f->pending.step[i]];
        if (s->kind == STEP_WRITE && s->at + s->n > most) most = s->at + s->n;
        if (s->kind == STEP_SIZE && s->n > most) most = s->n;
    }
    return most;
}

/* One possible content of the file; *ret_n bytes, the caller frees them. */
static uint8_t *content(const struct cut *c, const struct file *f, size_t *ret_n)
{
    const size_t most = largest(f);
    size_t n = f->n, size = f->n;
    uint8_t *cache = calloc(1, most ? most : 1), *state = malloc(most ? most : 1);
    if (!cache || !state) abort();
    if (f->n) memcpy(cache, f->bytes, f->n);
    if (f->n) memcpy(state, f->bytes, f->n);
    const bool rubbish = rng_chance(c->r, 300);
    for (size_t i = f->n; i < most; i++) state[i] = rubbish ? (uint8_t)(rng_next(c->r) >> 24) : 0;
    for (size_t i = 0; i < f->pending.count; i++) {
        const uint64_t step = f->pending.step[i];
        const struct step *s = &disk.steps[step];
        if (s->kind == STEP_SIZE && s->n < n) memset(cache + s->n, 0, n - s->n);
        if (s->kind == STEP_SIZE) n = s->n;
        else {
            memcpy(cache + s->at, s->bytes, s->n);
            if (s->at + s->n > n) n = s->at + s->n;
            keep_sectors(c, step, cache, n, state);
        }
        if (step_kept(c, step)) size = n;
    }
    free(cache);
    *ret_n = size;
    return state;
}

static void put_file(const char *dir, const char *name, const uint8_t *bytes, size_t n)
{
    char path[PATH_MAX + DISK_NAME];
    snprintf(path, sizeof path, "%s/%s", dir, name);
    const int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (fd < 0) abort();
    for (size_t at = 0; at < n;) {
        const ssize_t put = syscall(SYS_pwrite64, fd, bytes + at, n - at, at);
        if (put <= 0) abort();
        at += (size_t)put;
    }
    close(fd);
}

/* Removes the files of dir whose name begins so, without anybody remembering it. */
static void clear(const char *dir, const char *prefix)
{
    DIR *d = opendir(dir);
    if (!d) abort();
    for (const struct dirent *e; (e = readdir(d)) != NULL;)
        if (e->d_name[0] != '.' && begins(e->d_name, prefix) && syscall(SYS_unlinkat, dirfd(d), e->d_name, 0)) abort();
    closedir(d);
}

/* One of the steps that these files still wait for. */
static uint64_t random_step(const struct names *names, const char *prefix, struct rng *r)
{
    uint64_t found = 0, seen = 0;
    for (size_t i = 0; i < names->count; i++) {
        const struct pending *p = &disk.files[names->list[i].file].pending;
        for (size_t k = 0; k < p->count && begins(names->list[i].name, prefix); k++)
            if (rng_next(r) % ++seen == 0) found = p->step[k];
    }
    return found;
}

void disk_cut(const char *prefix, struct rng *r, const char *dir)
{
    struct cut c = {.r = r};
    c.kind = rng_next(r) % CUT_KINDS;
    c.last = random_step(&disk.now, prefix, r);
    struct names names = {0};
    for (size_t i = 0; i < disk.kept.count; i++) set_name(&names, disk.kept.list[i].name, disk.kept.list[i].file);
    for (size_t i = 0; i < disk.changes.count; i++)
        if (step_kept(&c, disk.changes.step[i])) change_names(&names, &disk.steps[disk.changes.step[i]]);
    clear(dir, prefix);
    for (size_t i = 0; i < names.count; i++) {
        if (!begins(names.list[i].name, prefix)) continue;
        size_t n;
        uint8_t *bytes = content(&c, &disk.files[names.list[i].file], &n);
        put_file(dir, names.list[i].name, bytes, n);
        free(bytes);
    }
    free(names.list);
}

/* ---- going on ---- */

static void forget_names(struct names *names, const char *prefix)
{
    for (size_t i = names->count; i-- > 0;)
        if (begins(names->list[i].name, prefix)) drop_name(names, names->list[i].name);
}

static void forget_changes(const char *prefix)
{
    size_t left = 0;
    for (size_t i = 0; i < disk.changes.count; i++)
        if (!begins(disk.steps[disk.changes.step[i]].name, prefix)) disk.changes.step[left++] = disk.changes.step[i];
    disk.changes.count = left;
}

static void take_file(const char *dir, const char *name)
{
    char path[PATH_MAX + DISK_NAME];
    struct xj_buf b;
    snprintf(path, sizeof path, "%s/%s", dir, name);
    if (xj_file_read(path, SIZE_MAX / 2, &b)) abort();
    put_file(disk.live, name, b.p, b.n);
    const size_t file = new_file();
    struct file *f = &disk.files[file];
    resize(&f->bytes, &f->n, b.n);
    if (b.n) memcpy(f->bytes, b.p, b.n);
    set_name(&disk.now, name, file);
    set_name(&disk.kept, name, file);
    xj_buf_free(&b);
}

void disk_put(const char *prefix, const char *dir)
{
    disk_walk(disk.count);
    forget_names(&disk.now, prefix);
    forget_names(&disk.kept, prefix);
    forget_changes(prefix);
    clear(disk.live, prefix);
    DIR *d = opendir(dir);
    if (!d) abort();
    for (const struct dirent *e; (e = readdir(d)) != NULL;)
        if (begins(e->d_name, prefix)) take_file(dir, e->d_name);
    closedir(d);
}

/* ---- the disk as a whole ---- */

void disk_watch(const char *base, enum disk_lie lie)
{
    char real[PATH_MAX], path[PATH_MAX + 16];
    if (disk.base[0] || !realpath(base, real)) abort();
    snprintf(path, sizeof path, "%s/state", real);
    if (mkdir(path, 0700)) abort();
    snprintf(path, sizeof path, "%s/live", real);
    if (mkdir(path, 0700)) abort();
    disk.lie = lie;
    snprintf(disk.base, sizeof disk.base, "%s", real);
    snprintf(disk.live, sizeof disk.live, "%.*s", (int)sizeof disk.live - 1, path);
}

void disk_unwatch(void)
{
    for (uint64_t i = 0; i < disk.count; i++) free(disk.steps[i].bytes);
    for (size_t i = 0; i < disk.file_count; i++) {
        free(disk.files[i].bytes);
        free(disk.files[i].pending.step);
    }
    free(disk.steps);
    free(disk.files);
    free(disk.now.list);
    free(disk.kept.list);
    free(disk.changes.step);
    memset(&disk, 0, sizeof disk);
}

void disk_pause(const char *prefix)
{
    disk.paused = prefix;
}

uint64_t disk_steps(void)
{
    return disk.count;
}

uint64_t disk_walked(void)
{
    return disk.walked;
}

const char *disk_step_name(uint64_t p)
{
    return disk.steps[p].name;
}
