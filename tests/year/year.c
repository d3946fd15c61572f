/* Carries out a plan of the synthetic year and checks what must hold of it: `year PLAN DIR [--verify-all]`. DIR is made, and
 * removed when all holds. Prints figures; exit code 1 when anything does not hold. */
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "schema/ledger/verify.h"
#include "tests/sim/world_private.h"
#include "tests/year/year.h"

static double seconds(int64_t ns)
{
    return (double)ns / 1e9;
}

/* ---- the two that see all ---- */

static void check_seeing(struct year *y, int agency)
{
    struct node *n = &y->w->agent[agency];
    struct year_figures f;
    uint64_t duties, alerts;
    int64_t begin = year_now_ns();
    year_compare_alerts(y, n, y->end_ms - 1, true);
    year_compare_reports(y, n);
    begin = year_now_ns();
    year_ask_why(y, n, &duties, &alerts);
    double asking = seconds(year_now_ns() - begin);
    year_rebuild(y, n, true, &f);
    printf("%s: %llu entries, %llu acts; rebuilt at %.0f entries/s (%.1f s), view %.1f MiB; why of %llu duties and %llu alerts in %.1f s\n",
           n->agency.id, (unsigned long long)f.entries, (unsigned long long)f.acts, (double)f.entries / seconds(f.rebuild_ns),
           seconds(f.rebuild_ns), (double)f.view_bytes / 1048576, (unsigned long long)duties, (unsigned long long)alerts, asking);
}

/* ---- all others ---- */

static void check_others(struct year *y)
{
    uint64_t duties = 0, alerts = 0, entries = 0;
    int checked = 0;
    for (int i = 1; i < y->agency_count && y->w->failed == NULL; i++) {
        struct node *n = &y->w->agent[i];
        struct year_figures f;
        uint64_t d, a;
        if (i == year_agency(y, YEAR_PROCURATORATE) || year_wake(y, i) == NULL || !world_settle(y->w, 4000) || !world_follow(y->w, n))
            continue;
        year_compare_alerts(y, n, y->end_ms - 1, true);
        year_ask_why(y, n, &d, &a);
        year_rebuild(y, n, false, &f);
        duties += d;
        alerts += a;
        entries += f.entries;
        checked++;
        year_rest(y);
    }
    printf("%d other agencies: %llu entries, why of %llu duties and %llu alerts, all views rebuilt\n", checked, (unsigned long long)entries,
           (unsigned long long)duties, (unsigned long long)alerts);
}

/* ---- ledgers ---- */

static void verdict(void *arg, const struct xj_check_result *r)
{
    if (r->kind == XJ_CHECK_BAD)
        year_fault(arg, "%s: entry %llu: %s", r->check, (unsigned long long)r->entry, r->text_en);
}

static void verify(struct year *y, const struct node *n, uint64_t *entries)
{
    struct xj_verify_summary s;
    if (xj_verify_file(n->path, y->w->anchor.root, verdict, y, &s) != XJ_OK || !s.ok)
        year_fault(y, "%s does not verify", n->path);
    else
        *entries += s.entries;
}

/* The journal and those of the two that see all; of the others all, or every tenth. */
static void verify_ledgers(struct year *y, bool all)
{
    uint64_t entries = 0;
    int count = 1, proc = year_agency(y, YEAR_PROCURATORATE);
    int64_t begin = year_now_ns();
    world_exchange_down(y->w);
    for (int i = 0; i < y->agency_count; i++)
        world_sleep(&y->w->agent[i]);
    verify(y, &y->w->exchange, &entries);
    for (int i = 0; i < y->agency_count; i++)
        if (all || i == 0 || i == proc || i % 10 == 0) {
            verify(y, &y->w->agent[i], &entries);
            count++;
        }
    printf("%d ledgers verified: %llu entries in %.1f s\n", count, (unsigned long long)entries, seconds(year_now_ns() - begin));
}

static void run(struct year *y, bool all)
{
    int64_t begin = year_now_ns();
    if (!year_drive(y))
        return;
    double took = seconds(year_now_ns() - begin);
    printf("%llu acts of %d cases by %d agencies, in virtual time, in %.1f s (%.0f acts/s): drafting %.1f, exchange and agents %.1f, opening %.1f,"
           " folding %.1f\n", (unsigned long long)y->acts, y->case_count, y->agency_count, took, (double)y->acts / took, seconds(y->drafting_ns),
           seconds(y->moving_ns), seconds(y->waking_ns), seconds(y->following_ns));
    printf("%zu alerts planted, looked at on %zu days\n", y->planted_count, y->day_count);
    if (!world_follow(y->w, &y->w->agent[0]) || !world_follow(y->w, &y->w->agent[year_agency(y, YEAR_PROCURATORATE)]))
        year_fault(y, "a ledger cannot be folded");
    year_compare_counts(y);
    check_seeing(y, year_agency(y, YEAR_PROCURATORATE));
    check_seeing(y, 0);
    check_others(y);
    year_lose_exchange(y);
    if (y->w->failed != NULL)
        year_fault(y, "the city failed: %s", y->w->failed);
    verify_ledgers(y, all);
}

int main(int argc, char **argv)
{
    struct year y;
    const struct rlimit files = {4096, 4096};
    bool all = argc == 4 && strcmp(argv[3], "--verify-all") == 0;
    if (argc != 3 && !all) {
        fprintf(stderr, "用法 usage: year PLAN DIR [--verify-all]\n");
        return 2;
    }
    (void)setrlimit(RLIMIT_NOFILE, &files);
    setvbuf(stdout, NULL, _IOLBF, 0);
    int64_t begin = year_now_ns();
    if (year_plan_open(&y, argv[1]) && year_city_open(&y, argv[2])) {
        printf("city of %d agencies with its register in %.1f s\n", y.agency_count, seconds(year_now_ns() - begin));
        run(&y, all);
    } else {
        year_fault(&y, "nothing was done");
    }
    printf("%u faults, %.0f s\n", y.faults, seconds(year_now_ns() - begin));
    bool good = y.faults == 0;
    year_city_close(&y);
    year_plan_close(&y);
    if (good)
        world_remove_dir(argv[2]);
    return good ? 0 : 1;
}
