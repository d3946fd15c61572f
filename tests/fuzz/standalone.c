/* Runs a harness of this folder without libFuzzer and without sanitizers, for `make test`: every input of the kept corpus as it is, then
 * inputs made from these by mutation, for XJ_FUZZ_SECONDS (5; 0: the corpus only), by a generator whose seed is XJ_SEED (1). What ends
 * the harness is written to PROGRAM.found before the program dies of it. `PROGRAM [CORPUS]`. One thread. */
#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#include "schema/base/file.h"
#include "tests/fuzz/fuzz.h"

#define POOL 4096u
#define INPUT_MAX 65536u
#define MUTATIONS_MAX 6u
#define STUCK_S 300u /* an input that takes so long never ends; loaded machines are slow, too */

/* Not every harness has one. */
#pragma weak LLVMFuzzerInitialize
#pragma weak LLVMFuzzerCustomMutator

static struct {
    struct xj_buf kept[POOL];
    size_t count, size_max;
    uint64_t state;
    uint8_t input[INPUT_MAX];
    size_t n;
    char found[512];
} fuzz;

/* splitmix64 */
static uint64_t draw(void)
{
    uint64_t z = fuzz.state += UINT64_C(0x9e3779b97f4a7c15);
    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return z ^ z >> 31;
}

static size_t below(size_t n)
{
    return n == 0 ? 0 : (size_t)(draw() % n);
}

/* ---- mutations ---- */

static size_t insert(uint8_t *data, size_t size, size_t max_size, const uint8_t *piece, size_t n)
{
    const size_t at = below(size + 1);
    if (n > max_size - size)
        n = max_size - size;
    memmove(data + at + n, data + at, size - at);
    memcpy(data + at, piece, n);
    return size + n;
}

static size_t erase(uint8_t *data, size_t size)
{
    const size_t at = below(size), n = 1 + below(size - at < 32 ? size - at : 32);
    memmove(data + at, data + at + n, size - at - n);
    return size - n;
}

/* A piece of some kept input, put in or written over. */
static size_t cross(uint8_t *data, size_t size, size_t max_size)
{
    const struct xj_buf *other = &fuzz.kept[below(fuzz.count)];
    if (fuzz.count == 0 || other->n == 0)
        return size;
    const size_t from = below(other->n), n = 1 + below(other->n - from);
    if (draw() % 2 == 0)
        return insert(data, size, max_size, other->p + from, n);
    const size_t at = below(size), rest = size - at;
    memcpy(data + at, other->p + from, n < rest ? n : rest);
    return size;
}

static void change_number(uint8_t *data, size_t size)
{
    static const uint8_t edges[] = {0x00, 0x01, 0x7f, 0x80, 0x90, 0xa0, 0xc0, 0xc4, 0xd9, 0xdf, 0xfe, 0xff};
    const size_t at = below(size), width = (size_t)1 << below(4);
    if (draw() % 2 == 0)
        data[at] = edges[below(sizeof edges)];
    else
        for (size_t i = at; i < size && i < at + width; i++)
            data[i] = (uint8_t)(draw() % 4 == 0 ? draw() : 0xffu * (draw() % 2));
}

static size_t mutate_once(uint8_t *data, size_t size, size_t max_size)
{
    uint8_t bytes[16];
    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (uint8_t)draw();
    if (size == 0)
        return insert(data, size, max_size, bytes, 1 + below(sizeof bytes));
    switch (draw() % 6) {
    case 0: data[below(size)] ^= (uint8_t)(1u << draw() % 8); return size;
    case 1: data[below(size)] = bytes[0]; return size;
    case 2: return insert(data, size, max_size, bytes, 1 + below(sizeof bytes));
    case 3: return erase(data, size);
    case 4: return cross(data, size, max_size);
    default: change_number(data, size); return size;
    }
}

size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t max_size)
{
    for (size_t i = 1 + below(MUTATIONS_MAX); i > 0; i--)
        size = mutate_once(data, size, max_size);
    return size;
}

/* ---- running ---- */

/* Only what a signal handler may do. */
static void keep_what_was_found(int signal)
{
    const int fd = open(fuzz.found, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    ssize_t n = fd < 0 ? 0 : write(fd, fuzz.input, fuzz.n);
    (void)n;
    if (signal == SIGALRM)
        _exit(1);
    (void)raise(signal); /* the handler was for once: this ends the program */
}

static void run(void)
{
    alarm(STUCK_S);
    (void)LLVMFuzzerTestOneInput(fuzz.input, fuzz.n);
    alarm(0);
}

static size_t load(const char *corpus)
{
    struct dirent *e;
    DIR *dir = opendir(corpus);
    must(dir != NULL);
    while ((e = readdir(dir)) != NULL && fuzz.count < POOL) {
        char path[1024];
        struct xj_buf *b = &fuzz.kept[fuzz.count];
        if (e->d_name[0] == '.')
            continue;
        must(snprintf(path, sizeof path, "%s/%s", corpus, e->d_name) < (int)sizeof path && xj_file_read(path, INPUT_MAX, b) == XJ_OK);
        if (b->n > fuzz.size_max)
            fuzz.size_max = b->n;
        fuzz.count++;
    }
    closedir(dir);
    return fuzz.count;
}

static void take(const struct xj_buf *b)
{
    fuzz.n = b->n;
    if (b->n > 0)
        memcpy(fuzz.input, b->p, b->n);
}

static unsigned long number_of(const char *name, unsigned long otherwise)
{
    const char *text = getenv(name);
    return text == NULL ? otherwise : strtoul(text, NULL, 10);
}

static uint64_t mutate_until(time_t end)
{
    uint64_t count = 0;
    for (; time(NULL) < end; count++) {
        fuzz.n = 0;
        if (fuzz.count > 0 && draw() % 16 != 0)
            take(&fuzz.kept[below(fuzz.count)]);
        fuzz.n = LLVMFuzzerCustomMutator != NULL
                     ? LLVMFuzzerCustomMutator(fuzz.input, fuzz.n, fuzz.size_max, (unsigned)draw())
                     : LLVMFuzzerMutate(fuzz.input, fuzz.n, fuzz.size_max);
        run();
    }
    return count;
}

int main(int argc, char **argv)
{
    static const int signals[] = {SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT, SIGALRM};
    const struct sigaction sa = {.sa_handler = keep_what_was_found, .sa_flags = (int)SA_RESETHAND | SA_NODEFER};
    const char *slash = strrchr(argv[0], '/'), *name = slash == NULL ? argv[0] : slash + 1;
    char corpus[1024];
    must(snprintf(corpus, sizeof corpus, XJ_SOURCE_DIR "/tests/fuzz/corpus/%s", name) < (int)sizeof corpus);
    must(snprintf(fuzz.found, sizeof fuzz.found, "%s.found", argv[0]) < (int)sizeof fuzz.found);
    fuzz.state = number_of("XJ_SEED", 1);
    fuzz.size_max = 4096;
    if (LLVMFuzzerInitialize != NULL)
        (void)LLVMFuzzerInitialize(&argc, &argv);
    const size_t kept = load(argc > 1 ? argv[1] : corpus);
    for (size_t i = 0; i < sizeof signals / sizeof signals[0]; i++)
        must(sigaction(signals[i], &sa, NULL) == 0);
    for (size_t i = 0; i < kept; i++) {
        take(&fuzz.kept[i]);
        run();
    }
    const uint64_t made = mutate_until(time(NULL) + (time_t)number_of("XJ_FUZZ_SECONDS", 5));
    printf("%s: %zu kept inputs, %llu made, XJ_SEED=%lu\n", name, kept, (unsigned long long)made, number_of("XJ_SEED", 1));
    for (size_t i = 0; i < kept; i++)
        xj_buf_free(&fuzz.kept[i]);
    return 0;
}
