#include "schema/base/trail.h"

#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define TRAILS 4u
#define SUSPECTS 16u
static const char magic[16] = "xianjie trail 1";

struct name {
    uint32_t n;
    uint8_t b[XJ_TRAIL_WHAT];
};
struct suspect {
    struct name what;
    uint32_t deaths, turn; /* turn: when it was last added to; the oldest makes room */
};
/* The file: written in place through a mapping, so that it is what it was at the moment of death. */
struct page {
    char magic[16];
    atomic_uint at;      /* 1: `what` is under way */
    atomic_uint crashed; /* 1: and the thread died of it */
    int32_t thread;
    uint32_t turns;
    struct name what;
    struct suspect suspects[SUSPECTS];
};

struct xj_trail {
    struct page *page;
    size_t slot;
};

/* What the handler sees. A trail belongs to one thread, so nobody else writes to its page. */
static _Atomic(struct page *) pages[TRAILS];

/* A defect's signal comes from the kernel, or, of abort, from the process itself; what somebody else sends is no defect. */
static void note(int signal, siginfo_t *info, void *context)
{
    (void)context;
    const pid_t me = info->si_code > 0 || info->si_pid == getpid() ? gettid() : -1;
    for (size_t i = 0; i < TRAILS; i++) {
        struct page *p = atomic_load(&pages[i]);
        if (p != NULL && atomic_load(&p->at) != 0 && p->thread == me)
            atomic_store(&p->crashed, 1);
    }
    (void)raise(signal); /* the handler was for once: this ends the process */
}

static void watch_signals(void)
{
    static const int signals[] = {SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT, SIGSYS};
    struct sigaction now = {.sa_handler = SIG_DFL}, ours = {.sa_sigaction = note, .sa_flags = (int)SA_RESETHAND | SA_NODEFER | SA_SIGINFO};
    for (size_t i = 0; i < sizeof signals / sizeof signals[0]; i++) {
        (void)sigaction(signals[i], NULL, &now);
        if (now.sa_handler == SIG_DFL) /* a sanitizer's own goes first */
            (void)sigaction(signals[i], &ours, NULL);
    }
}

static struct name name_of(struct xj_slice what)
{
    struct name name = {.n = (uint32_t)(what.n < XJ_TRAIL_WHAT ? what.n : XJ_TRAIL_WHAT)};
    if (name.n > 0)
        memcpy(name.b, what.p, name.n);
    return name;
}

static bool same(const struct name *a, const struct name *b)
{
    return a->n == b->n && a->n <= XJ_TRAIL_WHAT && memcmp(a->b, b->b, a->n) == 0;
}

static struct suspect *find(struct page *p, const struct name *what)
{
    for (size_t i = 0; i < SUSPECTS; i++)
        if (p->suspects[i].deaths > 0 && same(&p->suspects[i].what, what))
            return &p->suspects[i];
    return NULL;
}

static struct suspect *room(struct page *p)
{
    struct suspect *oldest = &p->suspects[0];
    for (size_t i = 0; i < SUSPECTS; i++) {
        if (p->suspects[i].deaths == 0)
            return &p->suspects[i];
        if (p->suspects[i].turn < oldest->turn)
            oldest = &p->suspects[i];
    }
    oldest->deaths = 0;
    return oldest;
}

/* What the last process left. A file of another form is begun anew: it proves nothing and decides only what is tried once more. */
static void take_over(struct page *p)
{
    if (memcmp(p->magic, magic, sizeof magic) != 0) {
        memset(p, 0, sizeof *p);
        memcpy(p->magic, magic, sizeof magic);
    }
    if (atomic_load(&p->at) != 0 && atomic_load(&p->crashed) != 0) {
        struct suspect *s = find(p, &p->what);
        if (s == NULL) {
            s = room(p);
            s->what = p->what;
        }
        s->deaths++;
        s->turn = ++p->turns;
    }
    atomic_store(&p->at, 0);
    atomic_store(&p->crashed, 0);
}

static struct page *map(const char *path)
{
    struct stat st = {.st_size = 0};
    void *p = MAP_FAILED;
    const int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, S_IRUSR | S_IWUSR);
    if (fd < 0)
        return NULL;
    (void)fstat(fd, &st);
    if (st.st_size >= (off_t)sizeof(struct page) || ftruncate(fd, sizeof(struct page)) == 0)
        p = mmap(NULL, sizeof(struct page), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    (void)close(fd);
    return p == MAP_FAILED ? NULL : p;
}

enum xj_err xj_trail_open(const char *path, struct xj_trail **ret)
{
    *ret = NULL;
    struct xj_trail *t = calloc(1, sizeof *t);
    if (t == NULL)
        return XJ_ENOMEM;
    t->page = map(path);
    if (t->page == NULL) {
        free(t);
        return XJ_EIO;
    }
    take_over(t->page);
    struct page *none = NULL;
    while (t->slot < TRAILS && !atomic_compare_exchange_strong(&pages[t->slot], &none, t->page)) {
        none = NULL;
        t->slot++;
    }
    watch_signals();
    *ret = t;
    return XJ_OK;
}

void xj_trail_close(struct xj_trail *t)
{
    if (t == NULL)
        return;
    xj_trail_past(t);
    if (t->slot < TRAILS)
        atomic_store(&pages[t->slot], NULL);
    (void)munmap(t->page, sizeof *t->page);
    free(t);
}

void xj_trail_at(struct xj_trail *t, struct xj_slice what)
{
    static _Thread_local pid_t me;
    if (t == NULL)
        return;
    if (me == 0)
        me = gettid();
    t->page->what = name_of(what);
    t->page->thread = me;
    atomic_store(&t->page->at, 1);
}

void xj_trail_past(struct xj_trail *t)
{
    if (t == NULL || atomic_load(&t->page->at) == 0)
        return;
    struct suspect *s = find(t->page, &t->page->what);
    if (s != NULL && s->deaths < XJ_TRAIL_DEATHS)
        s->deaths = 0; /* it was not that */
    atomic_store(&t->page->at, 0);
}

unsigned xj_trail_deaths(const struct xj_trail *t, struct xj_slice what)
{
    const struct name name = name_of(what);
    const struct suspect *s = t != NULL ? find(t->page, &name) : NULL;
    return s != NULL ? s->deaths : 0;
}

void xj_trail_died(struct xj_trail *t)
{
    if (t != NULL && atomic_load(&t->page->at) != 0)
        atomic_store(&t->page->crashed, 1);
}
