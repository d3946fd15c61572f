#include "tests/unit/authorization.h"

#include <stdio.h>
#include <string.h>

#define COLUMNS 6
#define GROUPS 4
static const char doers[] = "BPJCSD";

static enum who who_of(char letter)
{
    static const struct {
        char letter;
        enum who who;
    } all[] = {{'B', MARKET}, {'P', POLICE}, {'J', PROC}, {'C', COURT}, {'S', SUPER}, {'D', JUSTICE}, {'b', ENV},
               {'p', POLICE2}, {'j', PROC2}, {'c', COURT2}, {'s', SUPER2}, {'T', PAPER}};
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++)
        if (all[i].letter == letter)
            return all[i].who;
    fail_msg("no agency is called %c", letter);
    return STRANGER;
}

/* ---- what was said, as one letter ---- */

static char letter_of_code(const char *code)
{
    static const struct {
        const char *code;
        char letter;
    } all[] = {{"role", '.'}, {"may_not_act", 'x'}, {"answer_missing", '?'}, {"answer_not_asked", 'a'}, {"answer_not_visible", 'v'},
               {"answer_unknown", 'u'}, {"answer_taken", '!'}, {"already", '='}, {"recipient_missing", '@'}, {"instrument", 'i'},
               {"late_only", 'l'}, {"track", 't'}};
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++)
        if (strcmp(code, all[i].code) == 0)
            return all[i].letter;
    return '~';
}

static char letter_of_breach(const char *code)
{
    static const struct {
        const char *code;
        char letter;
    } all[] = {{"step", 's'}, {"paper", 'p'}, {"organ", 'o'}, {"late", 'L'}, {"role", 'r'}, {"penalty_after_transfer", 'b'}};
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++)
        if (strcmp(code, all[i].code) == 0)
            return all[i].letter;
    return '~';
}

/* What the exchange says of the deed as the doer's own agent drafts it. Where the agent already knows that it cannot be, the draft is
 * whole but for that, and the exchange is asked all the same: it may know more, and must never take what the agent would not send. */
static char letter_said(struct world *w, const struct deed *d)
{
    memset(&w->verdict, 0, sizeof w->verdict);
    assert_int_equal(world_plan(w, d), XJ_OK);
    assert_int_equal(world_judge(w), XJ_OK);
    if (w->verdict.refusal.code != NULL)
        return letter_of_code(w->verdict.refusal.code);
    if (w->refused.code != NULL)
        return '~';
    if (w->verdict.breach_count == 0)
        return '+';
    char letter = letter_of_breach(w->verdict.breaches[0].code);
    for (size_t i = 1; i < w->verdict.breach_count; i++)
        if (letter_of_breach(w->verdict.breaches[i].code) != letter)
            return '#';
    return letter;
}

/* ---- playing what was before ---- */

static struct xj_id last_of(const struct world *w, struct xj_slice act, const enum who *from)
{
    for (size_t i = w->act_count; i > 0; i--)
        if (w->acts[i - 1].h.relate_count == 0 && xj_slice_eq(w->acts[i - 1].h.act, act) &&
            (from == NULL || xj_slice_eq(w->acts[i - 1].h.from, name_of(*from))))
            return w->acts[i - 1].h.id;
    fail_msg("%.*s was not done", (int)act.n, (const char *)act.p);
    return (struct xj_id){0};
}

/* One word: doer, sign, act, and behind '>' up to two principals. */
static void play_word(struct world *w, char *word)
{
    struct deed d = {.from = who_of(word[0]), .act = word + 2, .late = word[1] == '*'};
    char *to = strchr(word, '>');
    if (to != NULL) {
        *to = 0;
        d.to1 = (int)who_of(to[1]) + 1;
        if (to[2] != 0)
            d.to2 = (int)who_of(to[2]) + 1;
    }
    if (d.late)
        d.occurred = "2026-02-02";
    if (word[1] == '~') {
        d.relation = "voids";
        d.target = last_of(w, xj_slice_cstr(d.act), &d.from);
    }
    const char *code = world_try(w, &d);
    if (code != NULL)
        fail_msg("played before: %s by %c is refused %s (%s%s)", d.act, word[0], code, w->refused.detail, w->verdict.refusal.detail);
    world_apply(w);
    w->now_ms += 60000;
}

static void play(struct world *w, const char *script)
{
    char words[1024];
    world_forget(w);
    assert_true(strlen(script) < sizeof words);
    memcpy(words, script, strlen(script) + 1);
    char *rest = NULL;
    for (char *word = strtok_r(words, " ", &rest); word != NULL; word = strtok_r(NULL, " ", &rest))
        play_word(w, word);
}

static int principal_for(const char *to, char doer)
{
    for (const char *p = to; p != NULL && *p != 0; p++)
        if (*p != doer)
            return (int)who_of(*p) + 1;
    return 0;
}

/* ---- tables ---- */

void assert_standings(struct world *w, const struct standing_scenes *scenes, const struct standing *lines, size_t n)
{
    const char *const before[GROUPS] = {"", scenes->strangers, scenes->known, ""};
    size_t wrong = 0;
    for (size_t g = 0; g < GROUPS; g++) {
        play(w, before[g]);
        for (size_t i = 0; i < n; i++) {
            char said[COLUMNS + 1] = {0};
            assert_int_equal(strlen(lines[i].cells), GROUPS * (COLUMNS + 1) - 1);
            const char *want = lines[i].cells + g * (COLUMNS + 1);
            for (size_t c = 0; c < COLUMNS; c++)
                said[c] = letter_said(w, &(struct deed){.from = who_of(doers[c]), .act = lines[i].act,
                                                        .to1 = principal_for(lines[i].to, doers[c]), .late = g == GROUPS - 1,
                                                        .occurred = g == GROUPS - 1 ? "2026-02-02" : NULL});
            if (memcmp(said, want, COLUMNS) != 0) {
                fprintf(stderr, "  %s, group %zu: %s, not %.6s\n", lines[i].act, g + 1, said, want);
                wrong++;
            }
        }
    }
    if (wrong > 0)
        fail_msg("%zu lines are other than written", wrong);
}

static void explicit_answer(struct world *w, const char *answers, struct deed *d)
{
    char act[64];
    d->unfilled = answers != NULL;
    if (answers == NULL || strcmp(answers, "none") == 0)
        return;
    const char *space = strchr(answers, ' ');
    assert_true(space != NULL && (size_t)(space - answers) < sizeof act);
    d->answer = last_of(w, xj_slice_of(answers, (size_t)(space - answers)), NULL);
    d->question = space + 1;
}

void assert_states(struct world *w, const struct state *lines, size_t n)
{
    size_t wrong = 0;
    for (size_t i = 0; i < n; i++) {
        const struct state *s = &lines[i];
        const char *by = s->by != NULL ? s->by : doers;
        char said[COLUMNS + 1] = {0};
        assert_int_equal(strlen(s->cells), COLUMNS);
        play(w, s->before);
        for (size_t c = 0; c < COLUMNS; c++) {
            if (by[c] == '-') {
                said[c] = '-';
                continue;
            }
            struct deed d = {.from = who_of(by[c]), .act = s->act, .to1 = principal_for(s->to, by[c]), .no_paper = s->without,
                             .late = s->late, .occurred = s->late ? "2026-02-02" : NULL};
            explicit_answer(w, s->answers, &d);
            said[c] = letter_said(w, &d);
        }
        if (memcmp(said, s->cells, COLUMNS) != 0) {
            fprintf(stderr, "  %s after \"%s\" (line %zu): %s, not %s\n", s->act, s->before, i + 1, said, s->cells);
            wrong++;
        }
    }
    if (wrong > 0)
        fail_msg("%zu lines are other than written", wrong);
}

void assert_every_act(const struct world *w, const struct standing *lines, size_t n, const struct state *states, size_t state_count)
{
    for (size_t i = 0; i < n; i++)
        (void)act_of(w->model, lines[i].act); /* ends the program at a name that is none */
    for (uint16_t a = 0; a < w->model->act_count; a++) {
        size_t found = 0, after = 0;
        for (size_t i = 0; i < n; i++)
            found += strcmp(lines[i].act, w->model->acts[a].name.id) == 0;
        for (size_t i = 0; i < state_count; i++)
            after += strcmp(states[i].act, w->model->acts[a].name.id) == 0;
        if (found != 1)
            fail_msg("%s has %zu lines in the table", w->model->acts[a].name.id, found);
        if (w->model->acts[a].answer_count > 0 && after == 0)
            fail_msg("%s answers a question, and no line says how it stands after that was asked", w->model->acts[a].name.id);
    }
    assert_int_equal(n, w->model->act_count);
}
