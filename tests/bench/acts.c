/* Acts of a bureau to the police with the procuratorate copied, through the real exchange program and three real agents, each
 * a process of its own on files of its own. `acts DIR BIN`, then orders on standard input, answers as JSON lines: "host WINDOW
 * SECONDS", "api WINDOW SECONDS", "end". WINDOW acts are under way until proved. Spec: none; 04-exchange, 10-api.
 *
 * An agent says after each commit what its ledger holds (xj_host_figures): the police's and the procuratorate's mailbox
 * number, and how many acts the bureau holds proof of from every recipient. A thread in each agent's process notes these
 * with the monotonic clock. The moment noted is the agent's own word, so it lies a little behind the commit, never before. */
#include <errno.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "agents/agent/api/api.h"
#include "agents/agent/shell/host_private.h"
#include "agents/agent/view/draft.h"
#include "agents/cli/city.h"
#include "agents/cli/client.h"
#include "agents/cli/enroll.h"
#include "schema/base/file.h"
#include "tests/bench/measure.h"

#define ACTS_MAX (1u << 19)
#define MOVES_MAX (1u << 18)
#define SYNCS_MAX (1u << 16)
#define THREADS_MAX 32u
#define DRAIN_NS (30 * NS_PER_S)
#define WARM_NS (3 * NS_PER_S / 2)
#define SLICE_NS (NS_PER_S / 50)

enum who { BUREAU, POLICE, PROCURATORATE, AGENTS };
static const char *const ids[AGENTS] = {"370800-scjgj", "370800-gaj", "370800-jcy"};
#define REGISTRAR "370800-sfj"

/* Up to which number the ledger is, and since when. */
struct move {
    uint64_t upto;
    int64_t ns;
};
struct trail {
    atomic_size_t count;
    struct move moves[MOVES_MAX];
};
struct syncs {
    atomic_size_t count;
    int64_t ns[SYNCS_MAX]; /* how long each took */
};
struct shared {
    sem_t room; /* acts that may still be under way */
    atomic_bool stop, failed;
    char why[1024];
    atomic_uint_fast64_t submitted; /* the bureau's last own number */
    atomic_int_fast64_t draft_ns;
    atomic_uint_fast64_t drafts, sealed_bytes;
    int64_t submitted_ns[ACTS_MAX]; /* by own number */
    struct trail trails[AGENTS];
    atomic_uint_fast64_t ledger[AGENTS], view[AGENTS]; /* entries; what the view has folded of them */
    struct syncs syncs[AGENTS];
};

struct agent {
    enum who who;
    pid_t pid;
    int orders, answers; /* pipes, the parent's ends */
};

struct bench {
    struct xj_city *city;
    struct shared *shared;
    struct agent agents[AGENTS];
    pid_t exchange;
    char endpoint[256];
};

/* An agent's process. */
struct seat {
    enum who who;
    struct shared *shared;
    struct xj_agency_keys keys;
    struct xj_anchor anchor;
    struct xj_host_options o;
    struct xj_agent_host *host;
    struct xj_api *api;
};

static void fail(struct shared *s, const char *what, const char *why)
{
    if (!atomic_exchange(&s->failed, true))
        snprintf(s->why, sizeof s->why, "%s: %s", what, why != NULL ? why : "?");
    atomic_store(&s->stop, true);
    for (size_t i = 0; i < THREADS_MAX; i++)
        sem_post(&s->room);
}

/* ---- what a sync takes in the middle of it ---- */

static struct syncs *syncs_here; /* set once in an agent's process, before its first thread; NULL elsewhere */

/* SQLite's calls of this process come here instead of the C library's: a disk syncs differently when nothing else runs. */
int fdatasync(int fd)
{
    int64_t before = now_ns();
    int rc = (int)syscall(SYS_fdatasync, fd);
    if (syncs_here != NULL)
        syncs_here->ns[atomic_fetch_add(&syncs_here->count, 1) % SYNCS_MAX] = now_ns() - before;
    return rc;
}

/* ---- the act ---- */

/* About 1 KiB of plaintext, as a clue passed on reads: 310/14, 刑诉110. */
static json_t *request_new(void)
{
    static const char sentence[] =
        "经查，当事人在未取得许可的情况下，自本年三月起通过网络平台销售标称进口的保健食品，涉案货值金额初步核算为二十三万六千元，"
        "现场扣押成品一千二百盒、包装材料四箱，抽样检验检出不得添加的药物成分；当事人对货物来源不能说明，涉嫌犯罪。";
    char facts[1024] = "";
    size_t n = 0;
    while (n + 3 < 800) {
        size_t step = (n / 3) % (sizeof sentence / 3) * 3;
        memcpy(facts + n, sentence + step, 3); /* whole characters: every one here has three bytes */
        n += 3;
    }
    return json_pack("{s:s, s:s, s:[s], s:[s], s:{s:s, s:s, s:s, s:s, s:[[s, s], [s, s]]}, s:i}", "act", "clue", "procedure",
                     "referral", "principals", ids[POLICE], "copies", ids[PROCURATORATE], "body", "title",
                     "某公司涉嫌生产、销售有毒、有害食品案线索", "drafted_by", "承办人甲", "approved_by", "负责人乙", "facts", facts,
                     "officers", "承办人甲", "37080001", "承办人丙", "37080002", "wait_ms", 0);
}

static bool take_room(struct shared *s)
{
    while (sem_wait(&s->room) != 0)
        continue;
    return !atomic_load(&s->stop);
}

static void note_submitted(struct shared *s, uint64_t number, int64_t ns)
{
    s->submitted_ns[number % ACTS_MAX] = ns;
    uint_fast64_t before = atomic_load(&s->submitted);
    while (before < number && !atomic_compare_exchange_weak(&s->submitted, &before, number))
        continue;
}

/* ---- in the bureau's own process: what its API does for a request, without HTTP ---- */

static bool draft(const struct seat *seat, struct xj_view *view, struct xj_pairs *pairs, const json_t *request,
                  struct xj_outgoing **ret)
{
    struct xj_draft_refusal refusal = {.code = ""};
    int64_t before = now_ns();
    enum xj_err err = xj_draft_build(view, seat->o.env, &seat->keys, pairs, request, ret, &refusal);
    if (err != XJ_OK) {
        fail(seat->shared, "draft", err == XJ_EDENIED ? refusal.text_en : xj_err_name(err));
        return false;
    }
    atomic_fetch_add(&seat->shared->draft_ns, now_ns() - before);
    atomic_fetch_add(&seat->shared->drafts, 1);
    atomic_store(&seat->shared->sealed_bytes, (*ret)->body.n + (*ret)->keys.n);
    return true;
}

static bool submit_one(const struct seat *seat, struct xj_outgoing **out)
{
    struct xj_host_answer answer;
    int64_t before = now_ns();
    enum xj_err err = xj_host_submit(seat->host, out, 0, &answer);
    if (err != XJ_OK || answer.progress == XJ_HOST_NOT_TAKEN) {
        fail(seat->shared, "submit", err != XJ_OK ? xj_err_name(err) : answer.why_en);
        return false;
    }
    note_submitted(seat->shared, answer.number, before);
    xj_host_answer_free(&answer);
    return true;
}

static void *submitter(void *arg)
{
    const struct seat *seat = arg;
    const struct xj_view_options vo = {.path = seat->o.view_path, .agency = seat->o.agency, .root_key = seat->anchor.root,
                                       .keys = &seat->keys, .reader = true};
    struct xj_view *view = NULL;
    struct xj_pairs *pairs = xj_pairs_new();
    json_t *request = request_new();
    enum xj_err err = pairs == NULL || request == NULL ? XJ_ENOMEM : xj_view_open(&vo, &view, NULL);
    if (err != XJ_OK)
        fail(seat->shared, "view", xj_err_name(err));
    struct xj_outgoing *out = NULL;
    while (err == XJ_OK && take_room(seat->shared) && draft(seat, view, pairs, request, &out) && submit_one(seat, &out))
        continue;
    xj_view_close(view);
    xj_pairs_free(pairs);
    json_decref(request);
    return NULL;
}

static void run_submitters(struct seat *seat, size_t count)
{
    pthread_t threads[THREADS_MAX];
    size_t started = 0;
    while (started < count && started < THREADS_MAX && pthread_create(&threads[started], NULL, submitter, seat) == 0)
        started++;
    if (started < count)
        fail(seat->shared, "threads", strerror(EAGAIN));
    for (size_t i = 0; i < started; i++)
        pthread_join(threads[i], NULL);
}

/* ---- an agent's process ---- */

static uint64_t figure_of(const struct seat *seat, const struct xj_agent_figures *f)
{
    return seat->who == BUREAU ? f->own_proved : f->mailbox;
}

static void note_move(const struct seat *seat, uint64_t from, uint64_t upto)
{
    struct trail *t = &seat->shared->trails[seat->who];
    size_t n = atomic_load(&t->count);
    t->moves[n % MOVES_MAX] = (struct move){.upto = upto, .ns = now_ns()};
    atomic_store(&t->count, n + 1);
    for (; seat->who == BUREAU && from < upto; from++)
        sem_post(&seat->shared->room); /* proved by both: no longer under way */
}

/* Wakes with whoever waits for the agent, whenever it has committed. It looks under the host's own lock, which is not for
 * others to use, because asking at intervals would either come late or take the processor from what is measured. */
static void *observer(void *arg)
{
    struct seat *seat = arg;
    struct xj_agent_host *host = seat->host;
    uint64_t last = 0;
    pthread_mutex_lock(&host->lock);
    for (;;) {
        uint64_t upto = figure_of(seat, &host->figures.agent);
        if (upto != last)
            note_move(seat, last, upto);
        atomic_store(&seat->shared->ledger[seat->who], host->figures.agent.ledger_size);
        atomic_store(&seat->shared->view[seat->who], host->figures.view_applied);
        last = upto;
        pthread_cond_wait(&host->changed, &host->lock);
    }
    return NULL;
}

static enum xj_err sit_down(struct seat *seat, const char *data, const char *endpoint, struct xj_buf *text)
{
    struct xj_buf path;
    struct xj_host_options *o = &seat->o;
    *o = (struct xj_host_options){.keys = &seat->keys, .anchor = &seat->anchor, .env = xj_env_system()};
    snprintf(o->agency, sizeof o->agency, "%s", ids[seat->who]);
    snprintf(o->endpoint, sizeof o->endpoint, "%s", endpoint);
    snprintf(o->data_dir, sizeof o->data_dir, "%s", data);
    snprintf(o->ledger_path, sizeof o->ledger_path, "%s/ledger.db", data);
    snprintf(o->view_path, sizeof o->view_path, "%s/view.db", data);
    snprintf(o->socket_path, sizeof o->socket_path, "%s/agent.sock", data);
    xj_buf_init(&path, sizeof o->ledger_path);
    enum xj_err err = xj_agency_keys_load(data, &seat->keys, text);
    if (err == XJ_OK)
        err = xj_anchor_load(xj_join(&path, data, "anchor"), &seat->anchor, text);
    if (err == XJ_OK)
        err = xj_host_start(o, &seat->host, text);
    if (err == XJ_OK && seat->who == BUREAU)
        err = xj_api_start(seat->host, o->socket_path, &seat->api);
    xj_buf_free(&path);
    return err;
}

static void await_ready(struct seat *seat)
{
    struct xj_agent_host *host = seat->host;
    pthread_mutex_lock(&host->lock);
    while (host->figures.agent.state != XJ_AGENT_READY)
        pthread_cond_wait(&host->changed, &host->lock);
    pthread_mutex_unlock(&host->lock);
}

/* Orders are single bytes: how many submitters to run; 0 ends. Each is answered by one byte when it is done. */
_Noreturn static void agent_process(struct bench *b, enum who who, int orders, int answers)
{
    struct seat seat = {.who = who, .shared = b->shared};
    struct xj_buf text;
    pthread_t thread;
    uint8_t order = 1;
    syncs_here = &b->shared->syncs[who];
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    xj_buf_init(&text, 65536);
    enum xj_err err = sit_down(&seat, xj_city_data(b->city, ids[who]), b->endpoint, &text);
    if (err == XJ_OK && pthread_create(&thread, NULL, observer, &seat) != 0)
        err = XJ_ENOMEM;
    if (err != XJ_OK) {
        fprintf(stderr, "acts: %s: %s %s\n", ids[who], xj_err_name(err), xj_buf_cstr(&text));
        _exit(1);
    }
    await_ready(&seat);
    while (write(answers, &order, 1) == 1 && read(orders, &order, 1) == 1 && order > 0)
        run_submitters(&seat, order);
    xj_api_stop(seat.api);
    _exit(0); /* the ledger is as of its last commit; the observer still holds the host */
}

static bool seat_agent(struct bench *b, enum who who)
{
    int orders[2], answers[2];
    uint8_t ready = 0;
    if (pipe(orders) != 0 || pipe(answers) != 0)
        return false;
    pid_t pid = fork();
    if (pid == 0)
        agent_process(b, who, orders[0], answers[1]);
    close(orders[0]);
    close(answers[1]);
    b->agents[who] = (struct agent){.who = who, .pid = pid, .orders = orders[1], .answers = answers[0]};
    return pid > 0 && read(answers[0], &ready, 1) == 1;
}

/* ---- the load through the API ---- */

static void *caller(void *arg)
{
    struct bench *b = arg;
    struct shared *s = b->shared;
    struct xj_client *client = NULL;
    struct xj_buf text;
    json_t *request = request_new(), *answer = NULL;
    xj_buf_init(&text, 65536);
    enum xj_err err = xj_client_open(xj_city_data(b->city, ids[BUREAU]), &client);
    while (err == XJ_OK && take_room(s)) {
        long status = 0;
        int64_t before = now_ns();
        err = xj_client_call(client, "POST", "/api/acts", request, &status, &answer, &text);
        if (err == XJ_OK && status == 200)
            note_submitted(s, (uint64_t)json_integer_value(json_object_get(answer, "number")), before);
        else
            fail(s, "api", err != XJ_OK ? xj_err_name(err) : xj_client_error_text(json_object_get(answer, "error"), false));
        json_decref(answer);
        answer = NULL;
    }
    if (err != XJ_OK)
        fail(s, "api", xj_err_name(err));
    xj_client_close(client);
    xj_buf_free(&text);
    json_decref(request);
    return NULL;
}

/* ---- one window ---- */

struct run {
    bool api;
    unsigned window;
    int64_t seconds, begin, end; /* what is counted; the warm-up lies before */
    size_t threads, first_move[AGENTS], moves[AGENTS], first_sync[AGENTS], last_sync[AGENTS];
    uint64_t first, last; /* own numbers above first, up to last */
    int64_t cpu_ns[AGENTS + 2]; /* agents, exchange, this process */
    uint64_t view_behind;       /* entries, at the end, of the agent whose view is furthest behind */
    int64_t view_behind_ns;     /* until every view had caught up */
};

static int64_t cpu_of(pid_t pid)
{
    clockid_t clock;
    struct timespec t = {0};
    if (clock_getcpuclockid(pid, &clock) != 0 || clock_gettime(clock, &t) != 0)
        return 0;
    return (int64_t)t.tv_sec * NS_PER_S + t.tv_nsec;
}

static void cpu_add(const struct bench *b, struct run *r, int sign)
{
    for (size_t i = 0; i < AGENTS; i++)
        r->cpu_ns[i] += sign * cpu_of(b->agents[i].pid);
    r->cpu_ns[AGENTS] += sign * cpu_of(b->exchange);
    r->cpu_ns[AGENTS + 1] += sign * cpu_of(getpid());
}

/* Until then, or until something failed. */
static void wait_until(const struct shared *s, int64_t end)
{
    for (int64_t now = now_ns(); now < end && !atomic_load(&s->failed); now = now_ns()) {
        int64_t at = now + SLICE_NS < end ? now + SLICE_NS : end;
        const struct timespec t = {.tv_sec = (time_t)(at / NS_PER_S), .tv_nsec = (long)(at % NS_PER_S)};
        (void)clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &t, NULL);
    }
}

static uint64_t reached(const struct shared *s, enum who who)
{
    size_t n = atomic_load(&s->trails[who].count);
    return n == 0 ? 0 : s->trails[who].moves[(n - 1) % MOVES_MAX].upto;
}

/* Every act is in both mailboxes and proved: only this bureau sends, so all three figures are its own number. */
static bool drained(const struct shared *s)
{
    uint64_t want = atomic_load(&s->submitted);
    return reached(s, BUREAU) == want && reached(s, POLICE) == want && reached(s, PROCURATORATE) == want;
}

static uint64_t view_behind(const struct shared *s)
{
    uint64_t most = 0;
    for (size_t i = 0; i < AGENTS; i++) {
        uint64_t view = atomic_load(&s->view[i]), ledger = atomic_load(&s->ledger[i]);
        if (ledger > view && ledger - view > most)
            most = ledger - view;
    }
    return most;
}

static void open_room(struct shared *s, unsigned window)
{
    atomic_store(&s->stop, false);
    while (sem_trywait(&s->room) == 0)
        continue;
    for (unsigned i = 0; i < window; i++)
        sem_post(&s->room);
    atomic_store(&s->draft_ns, 0);
    atomic_store(&s->drafts, 0);
}

static void count_moves(const struct bench *b, size_t out[AGENTS])
{
    for (size_t i = 0; i < AGENTS; i++)
        out[i] = atomic_load(&b->shared->trails[i].count);
}

static void count_syncs(const struct shared *s, size_t out[AGENTS])
{
    for (size_t i = 0; i < AGENTS; i++)
        out[i] = atomic_load(&s->syncs[i].count);
}

/* The measured time between warm-up and end, while others submit. */
static void let_run(struct bench *b, struct run *r)
{
    struct shared *s = b->shared;
    r->begin = now_ns() + WARM_NS;
    r->end = r->begin + r->seconds * NS_PER_S;
    wait_until(s, r->begin);
    cpu_add(b, r, -1);
    count_moves(b, r->moves);
    count_syncs(s, r->first_sync);
    wait_until(s, r->end);
    count_syncs(s, r->last_sync);
    cpu_add(b, r, 1);
    r->view_behind = view_behind(s);
    for (size_t i = 0; i < AGENTS; i++)
        r->moves[i] = atomic_load(&s->trails[i].count) - r->moves[i];
    atomic_store(&s->stop, true);
    for (size_t i = 0; i < THREADS_MAX; i++)
        sem_post(&s->room);
}

static void load_api(struct bench *b, struct run *r)
{
    pthread_t threads[THREADS_MAX];
    size_t started = 0;
    while (started < r->threads && pthread_create(&threads[started], NULL, caller, b) == 0)
        started++;
    if (started < r->threads)
        fail(b->shared, "threads", strerror(EAGAIN));
    let_run(b, r);
    for (size_t i = 0; i < started; i++)
        pthread_join(threads[i], NULL);
}

static void load_host(struct bench *b, struct run *r)
{
    uint8_t order = (uint8_t)r->threads;
    if (write(b->agents[BUREAU].orders, &order, 1) != 1)
        fail(b->shared, "bureau", strerror(errno));
    let_run(b, r);
    if (read(b->agents[BUREAU].answers, &order, 1) != 1)
        fail(b->shared, "bureau", "its process ended");
}

/* When number was reached; at is the caller's cursor over ascending numbers. */
static int64_t reached_ns(const struct shared *s, enum who who, uint64_t number, size_t *at)
{
    const struct trail *t = &s->trails[who];
    while (t->moves[*at % MOVES_MAX].upto < number)
        ++*at;
    return t->moves[*at % MOVES_MAX].ns;
}

static json_t *span(struct samples *s, int64_t seconds)
{
    json_t *v = json_pack("{s:f, s:f, s:f, s:i}", "per_s", (double)s->count / (double)seconds, "p50_ms", samples_ms(s, 50),
                          "p99_ms", samples_ms(s, 99), "acts", (int)s->count);
    samples_free(s);
    return v;
}

static json_t *cpu_json(const struct run *r, size_t acts)
{
    static const char *const names[AGENTS + 2] = {"bureau", "police", "procuratorate", "exchange", "load"};
    json_t *v = json_object();
    for (size_t i = 0; i < AGENTS + 2; i++)
        json_object_set_new(v, names[i], json_real(acts > 0 ? (double)r->cpu_ns[i] / 1e3 / (double)acts : 0));
    return v;
}

/* Of all agents together, while acts went through; the exchange's are not seen from here. */
static json_t *syncs_json(const struct shared *s, const struct run *r, size_t acts)
{
    struct samples all = {0};
    for (size_t i = 0; i < AGENTS; i++)
        for (size_t at = r->first_sync[i]; at < r->last_sync[i]; at++)
            samples_add(&all, s->syncs[i].ns[at % SYNCS_MAX]);
    double each = acts > 0 ? (double)all.count / (double)acts : 0;
    json_t *v = json_pack("{s:f, s:f, s:f}", "per_act", each, "p50_ms", samples_ms(&all, 50), "p99_ms", samples_ms(&all, 99));
    samples_free(&all);
    return v;
}

static json_t *result(const struct bench *b, const struct run *r)
{
    const struct shared *s = b->shared;
    struct samples delivered = {0}, proved = {0};
    size_t at[AGENTS];
    memcpy(at, r->first_move, sizeof at);
    for (uint64_t n = r->first + 1; n <= r->last; n++) {
        int64_t from = s->submitted_ns[n % ACTS_MAX], police = reached_ns(s, POLICE, n, &at[POLICE]);
        int64_t both = reached_ns(s, PROCURATORATE, n, &at[PROCURATORATE]), proof = reached_ns(s, BUREAU, n, &at[BUREAU]);
        both = police > both ? police : both;
        if (both >= r->begin && both < r->end)
            samples_add(&delivered, both - from);
        if (proof >= r->begin && proof < r->end)
            samples_add(&proved, proof - from);
    }
    size_t acts = delivered.count;
    uint64_t drafts = atomic_load(&s->drafts);
    double batch[AGENTS];
    for (size_t i = 0; i < AGENTS; i++)
        batch[i] = r->moves[i] > 0 ? (double)acts / (double)r->moves[i] : 0;
    return json_pack("{s:s, s:i, s:i, s:o, s:o, s:o, s:f, s:f, s:f, s:f, s:i, s:I, s:f, s:o}", "through", r->api ? "api" : "host", "window",
                     (int)r->window, "submitters", (int)r->threads, "delivered", span(&delivered, r->seconds), "proved",
                     span(&proved, r->seconds), "cpu_us_per_act", cpu_json(r, acts), "acts_per_commit_police", batch[POLICE],
                     "acts_per_commit_procuratorate", batch[PROCURATORATE], "acts_per_proof_commit", batch[BUREAU],
                     "draft_us", drafts > 0 ? (double)atomic_load(&s->draft_ns) / 1e3 / (double)drafts : 0.0,
                     "sealed_bytes", (int)atomic_load(&s->sealed_bytes), "view_behind_entries", (json_int_t)r->view_behind,
                     "view_behind_ms", (double)r->view_behind_ns / 1e6, "agents_syncs", syncs_json(s, r, acts));
}

static bool run_window(struct bench *b, bool api, unsigned window, int64_t seconds)
{
    struct shared *s = b->shared;
    struct run r = {.api = api, .window = window, .seconds = seconds, .threads = window < THREADS_MAX ? window : THREADS_MAX,
                    .first = atomic_load(&s->submitted)};
    count_moves(b, r.first_move);
    open_room(s, window);
    if (api)
        load_api(b, &r);
    else
        load_host(b, &r);
    for (int64_t end = now_ns() + DRAIN_NS; !drained(s) && !atomic_load(&s->failed) && now_ns() < end;)
        wait_until(s, now_ns() + SLICE_NS);
    for (int64_t end = now_ns() + DRAIN_NS; view_behind(s) > 0 && !atomic_load(&s->failed) && now_ns() < end;)
        wait_until(s, now_ns() + SLICE_NS);
    r.view_behind_ns = now_ns() - r.end;
    r.last = atomic_load(&s->submitted);
    if (!drained(s))
        fail(s, "lost or refused", "not every act reached both recipients and was proved");
    if (r.last - r.first >= ACTS_MAX)
        fail(s, "too many acts", "a shorter time is needed");
    if (atomic_load(&s->failed))
        return false;
    json_t *v = result(b, &r);
    bool ok = v != NULL && json_dumpf(v, stdout, JSON_COMPACT) == 0 && puts("") >= 0 && fflush(stdout) == 0;
    json_decref(v);
    return ok;
}

/* ---- the city ---- */

static enum xj_err make_city(struct bench *b, const char *dir, const char *bin, struct xj_buf *text)
{
    static const struct xj_agency_spec agencies[] = {
        {.id = REGISTRAR, .name = "济宁市司法局", .role = "justice", .connected = true},
        {.id = "370800-scjgj", .name = "济宁市市场监督管理局", .role = "bureau", .sector = "market", .connected = true},
        {.id = "370800-gaj", .name = "济宁市公安局", .role = "police", .connected = true},
        {.id = "370800-jcy", .name = "济宁市人民检察院", .role = "procuratorate", .connected = true},
    };
    const struct xj_city_spec spec = {.division = "370800", .name = "济宁市", .registrar = REGISTRAR, .agencies = agencies,
                                      .agency_count = sizeof agencies / sizeof agencies[0]};
    enum xj_err err = xj_city_make(&spec, dir, bin, &b->city, text);
    if (err == XJ_OK)
        err = xj_city_start(b->city, XJ_CITY_CHILDREN, 0, text);
    if (err == XJ_OK)
        err = xj_city_settle(b->city, 0, text);
    for (size_t i = 0; err == XJ_OK && i < AGENTS; i++)
        err = xj_city_stop_one(b->city, ids[i], false, text);
    return err;
}

/* The first line of a file in the exchange's directory. */
static bool exchange_file(const struct bench *b, const char *name, char *out, size_t size)
{
    struct xj_buf path, content;
    xj_buf_init(&path, 4096);
    bool ok = xj_file_read(xj_join(&path, xj_city_data(b->city, "exchange"), name), 4096, &content) == XJ_OK;
    if (ok) {
        const char *text = xj_buf_cstr(&content);
        snprintf(out, size, "%.*s", text != NULL ? (int)strcspn(text, "\r\n") : 0, text != NULL ? text : "");
        xj_buf_free(&content);
    }
    xj_buf_free(&path);
    return ok && out[0] != 0;
}

static bool open_bench(struct bench *b, const char *dir, const char *bin)
{
    struct xj_buf text;
    char pid[32];
    xj_buf_init(&text, 65536);
    enum xj_err err = make_city(b, dir, bin, &text);
    if (err != XJ_OK)
        fprintf(stderr, "acts: %s: %s\n", xj_err_name(err), xj_buf_cstr(&text));
    xj_buf_free(&text);
    if (err != XJ_OK || !exchange_file(b, "endpoint", b->endpoint, sizeof b->endpoint) ||
        !exchange_file(b, "pid", pid, sizeof pid))
        return false;
    b->exchange = (pid_t)strtol(pid, NULL, 10);
    for (size_t i = 0; i < AGENTS; i++)
        if (!seat_agent(b, (enum who)i))
            return false;
    return true;
}

static void close_bench(struct bench *b)
{
    const uint8_t end = 0;
    for (size_t i = 0; i < AGENTS; i++) {
        if (b->agents[i].pid <= 0)
            continue;
        if (write(b->agents[i].orders, &end, 1) != 1)
            kill(b->agents[i].pid, SIGKILL);
        waitpid(b->agents[i].pid, NULL, 0);
    }
    xj_city_close(b->city);
}

/* Carries out one line; *ret_more false at the end. */
static bool obey(struct bench *b, char *line, bool *ret_more)
{
    char *save = NULL, *word = strtok_r(line, " \n", &save), *w = strtok_r(NULL, " \n", &save);
    char *t = strtok_r(NULL, " \n", &save);
    *ret_more = word != NULL && strcmp(word, "end") != 0;
    if (!*ret_more)
        return true;
    long window = w != NULL ? strtol(w, NULL, 10) : 0, seconds = t != NULL ? strtol(t, NULL, 10) : 0;
    bool api = strcmp(word, "api") == 0;
    if ((api || strcmp(word, "host") == 0) && window > 0 && window <= 1024 && seconds > 0 && seconds <= 600)
        return run_window(b, api, (unsigned)window, seconds);
    fail(b->shared, "order", word);
    return false;
}

int main(int argc, char **argv)
{
    struct bench b = {.city = NULL};
    char line[256];
    bool more = true;
    if (argc != 3) {
        fprintf(stderr, "用法 usage: acts DIR BIN\n");
        return 2;
    }
    signal(SIGPIPE, SIG_IGN);
    b.shared = mmap(NULL, sizeof *b.shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (b.shared == MAP_FAILED || sem_init(&b.shared->room, 1, 0) != 0)
        return 1;
    bool ok = open_bench(&b, argv[1], argv[2]);
    if (ok && puts("ready") >= 0)
        (void)fflush(stdout);
    while (ok && more && fgets(line, sizeof line, stdin) != NULL)
        ok = obey(&b, line, &more);
    if (!ok)
        fprintf(stderr, "acts: 无法测量 / cannot measure: %s\n", b.shared->why[0] != 0 ? b.shared->why : "see above");
    close_bench(&b);
    return ok ? 0 : 1;
}
