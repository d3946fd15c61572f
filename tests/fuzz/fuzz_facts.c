/* What people give the command line as JSON: case files of published facts, calendars, filing standards, batches of register
 * facts; and calendars and filing standards as signed. The first byte chooses. What is refused says why in UTF-8 and leaves nothing.
 * Build: clang -fsanitize=fuzzer,address,undefined. Spec: spec/06-register.md, 08-clocks.md section 2, 11-replay.md section 2,
 * 13-standards.md sections 2 and 4. */
#include "agents/cli/calendar_json.h"
#include "agents/cli/changes.h"
#include "agents/cli/json_in.h"
#include "agents/cli/replay_read.h"
#include "agents/cli/standards_json.h"
#include "schema/base/utf8.h"
#include "schema/procedure/standards_look.h"
#include "schema/procedure/standards_text.h"
#include "tests/fuzz/fuzz.h"

static void must_explain(enum xj_err err, const struct xj_buf *why)
{
    must(err == XJ_OK || (why->n > 0 && xj_utf8_valid(xj_buf_slice(why))));
}

static void try_case(struct xj_slice bytes, struct xj_buf *why)
{
    struct xj_replay_case c;
    enum xj_err err = xj_replay_read(bytes, "case.json", &c, why);
    must_explain(err, why);
    must(err == XJ_OK || c.root == NULL);
    if (err == XJ_OK) {
        must(c.event_count <= XJ_REPLAY_EVENTS_MAX && c.id != NULL && c.title != NULL && c.source != NULL);
        for (size_t i = 0; i < c.event_count; i++)
            must(c.events[i].kind != XJ_ACTOR_INVALID && c.events[i].event != NULL && c.events[i].from_ms <= c.events[i].to_ms);
    }
    xj_replay_case_free(&c);
}

static void try_calendar(const struct xj_calendar *cal)
{
    struct xj_calendar again;
    struct xj_buf bytes, twice;
    bool works = false;
    xj_buf_init(&bytes, XJ_CALENDAR_BYTES_MAX);
    xj_buf_init(&twice, XJ_CALENDAR_BYTES_MAX);
    xj_calendar_encode(cal, &bytes);
    must(bytes.err == XJ_OK && xj_calendar_decode(xj_buf_slice(&bytes), &again) == XJ_OK);
    xj_calendar_encode(&again, &twice);
    must(xj_slice_eq(xj_buf_slice(&bytes), xj_buf_slice(&twice)));
    must(xj_calendar_is_workday(&again, cal->from_day, &works) == XJ_OK);
    must(xj_calendar_is_workday(&again, cal->to_day + 1, &works) == XJ_ERANGE);
    xj_calendar_free(&again);
    xj_buf_free(&bytes);
    xj_buf_free(&twice);
}

static void try_calendar_json(struct xj_slice bytes, struct xj_buf *why)
{
    struct xj_calendar cal;
    enum xj_err err = xj_calendar_from_json(bytes, "cn", &cal, why);
    must_explain(err, why);
    if (err != XJ_OK)
        return;
    try_calendar(&cal);
    xj_calendar_free(&cal);
}

static void try_calendar_bytes(struct xj_slice bytes)
{
    struct xj_calendar cal;
    struct xj_buf again;
    if (xj_calendar_decode(bytes, &cal) != XJ_OK)
        return;
    xj_buf_init(&again, bytes.n);
    xj_calendar_encode(&cal, &again);
    must(xj_slice_eq(xj_buf_slice(&again), bytes));
    try_calendar(&cal);
    xj_buf_free(&again);
    xj_calendar_free(&cal);
}

/* A question that names the entry's charge and gives every row's own figure: the row with it counts, is open, out or aside. */
static void ask_about(const struct xj_standards *st, const struct xj_std_entry *e)
{
    struct xj_std_amount amounts[XJ_STD_ROWS_MAX];
    struct xj_std_answer a;
    struct xj_buf words;
    const int64_t penalties[] = {e->from_day - 1, e->from_day - 400};
    struct xj_std_question q = {.charges = &e->charge, .charge_count = 1, .from_day = e->from_day, .to_day = e->from_day + 1, .amounts = amounts,
                                .penalties = penalties, .penalty_count = 2};
    xj_buf_init(&words, 65536);
    for (uint16_t i = 0; i < e->row_count; i++) {
        const struct xj_std_row *r = &e->rows[i];
        if (r->measure != XJ_NONE)
            amounts[q.amount_count++] = (struct xj_std_amount){st->measures[r->measure].name, r->max, st->measures[r->measure].unit};
        xj_standards_row_text(st, r, i % 2 == 0, &words);
        xj_standards_cite_text(st, r, i % 2 == 0, &words);
    }
    must(words.err == XJ_ELIMIT || xj_utf8_valid(xj_buf_slice(&words)));
    xj_standards_look(st, &q, &a);
    must(a.charge_count == 1 && a.finding_count > 0 && a.amount_ignored == 0 && xj_slice_eq(a.charges[0].charge, e->charge));
    must(a.outcome != XJ_STD_INVALID && (a.outcome != XJ_STD_REACHED || a.percent >= XJ_STD_REACHED_AT));
    xj_buf_free(&words);
}

static void try_standards(const struct xj_standards *st)
{
    struct xj_standards again;
    struct xj_slice charge, kind;
    must(xj_standards_decode(xj_standards_bytes(st), &again, NULL) == XJ_OK);
    must(xj_slice_eq(xj_standards_bytes(st), xj_standards_bytes(&again)) && xj_hash_eq(xj_standards_digest(st), xj_standards_digest(&again)));
    for (size_t i = 0; i < st->entry_count && i < 16; i++)
        ask_about(st, &st->entries[i]);
    for (size_t i = 0; i < st->alias_count; i++)
        must(xj_standards_charge(st, st->aliases[i].name, &charge, &kind));
    xj_standards_free(&again);
}

static void try_standards_json(struct xj_slice bytes, struct xj_buf *why)
{
    struct xj_standards st;
    enum xj_err err = xj_standards_from_json(bytes, "cn", &st, why);
    must_explain(err, why);
    if (err != XJ_OK)
        return;
    try_standards(&st);
    xj_standards_free(&st);
}

static void try_standards_bytes(struct xj_slice bytes)
{
    struct xj_standards st;
    struct xj_std_fault fault = {.list = NULL};
    if (xj_standards_decode(bytes, &st, &fault) != XJ_OK) {
        must(st.bytes == NULL && fault.list != NULL && fault.en != NULL);
        return;
    }
    must(xj_slice_eq(xj_standards_bytes(&st), bytes));
    try_standards(&st);
    xj_standards_free(&st);
}

static void try_batch(struct xj_slice bytes, struct xj_buf *why)
{
    struct xj_changes c;
    json_t *batch = xj_json_in(bytes, "batch.json", why);
    if (batch == NULL) {
        must_explain(XJ_EMALFORMED, why);
        return;
    }
    xj_changes_init(&c);
    enum xj_err err = xj_changes_read(&c, batch, "/nowhere", why);
    must_explain(err, why);
    for (size_t i = 0; i < c.count; i++)
        must(c.list[i].value.n == 0 || xj_wire_check(c.list[i].value, XJ_MAX_REGISTER_NODES) == XJ_OK);
    xj_changes_free(&c);
    json_decref(batch);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0)
        return 0;
    struct xj_slice bytes = xj_slice_of(data + 1, size - 1);
    struct xj_buf why;
    xj_buf_init(&why, 65536);
    switch (data[0] % 6) {
    case 0: try_case(bytes, &why); break;
    case 1: try_calendar_json(bytes, &why); break;
    case 2: try_batch(bytes, &why); break;
    case 3: try_calendar_bytes(bytes); break;
    case 4: try_standards_json(bytes, &why); break;
    default: try_standards_bytes(bytes); break;
    }
    xj_buf_free(&why);
    return 0;
}

/* ---- something sound to start from ---- */

static void put_calendar(struct xj_buf *out)
{
    struct xj_calendar cal;
    must(xj_calendar_init(&cal, xj_slice_cstr("cn"), 20000, 20400, xj_slice_cstr("notice")) == XJ_OK);
    must(xj_calendar_add_off(&cal, 20100, xj_slice_cstr("节")) == XJ_OK && xj_calendar_add_work(&cal, 20106) == XJ_OK);
    must(xj_calendar_finish(&cal, NULL) == XJ_OK);
    xj_calendar_encode(&cal, out);
    xj_calendar_free(&cal);
}

#define STANDARDS                                                                                                               \
    "{\"name\":\"t\",\"source\":\"s\",\"measures\":{\"gain\":[\"得\",\"gain\",\"fen\"],\"sold\":[\"售\",\"sold\",\"mu/100\"],"            \
    "\"both\":[\"和\",\"both\",\"fen\",{\"gain\":3,\"sold\":1},2]},\"aliases\":{\"乙\":\"甲罪\"},\"instruments\":{\"X\":[\"某\",\"1号\","      \
    "\"2020-01-01\",\"C2\"]},\"entries\":[{\"id\":\"1\",\"charge\":\"甲罪\",\"kind\":\"丙\",\"article\":\"1\",\"from\":\"2020-01-01\","          \
    "\"to\":\"2021-01-01\",\"suspicion\":true,\"rows\":[{\"measure\":\"gain\",\"value\":5,\"max\":9,\"all_of\":[[\"sold\",\"<\",7]],"               \
    "\"cite\":[\"X 1\"],\"tag\":\"C\"},{\"near\":80,\"prior\":{\"times\":2,\"years\":2,\"convicted\":0,\"what\":\"w\"},\"cite\":[\"X 1\"],"       \
    "\"tag\":\"C2\"},{\"measure\":\"both\",\"value\":3,\"subject\":\"unit\",\"judge\":\"j\",\"cite\":[\"X 2\"],\"tag\":\"C\"}]},"               \
    "{\"id\":\"2\",\"charge\":\"甲罪\",\"article\":\"1\",\"from\":\"2020-01-01\",\"rows\":[{\"judge\":\"j\",\"aside\":\"danger\","              \
    "\"cite\":[\"X 1\"],\"tag\":\"U\"}]}]}"

static void put_standards(struct xj_buf *out)
{
    struct xj_standards st;
    must(xj_standards_from_json(xj_slice_cstr(STANDARDS), "t", &st, NULL) == XJ_OK);
    xj_buf_add_slice(out, xj_standards_bytes(&st));
    xj_standards_free(&st);
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned seed)
{
    static const char *const texts[] = {
        "{\"id\":\"1\",\"title\":\"案\",\"source\":{\"publisher\":\"p\",\"url\":\"u\"},\"bureaus\":[{\"name\":\"局\",\"type\":\"market\"}],"
        "\"parties\":[{\"label\":\"张某\",\"kind\":\"person\"}],\"events\":[{\"seq\":1,\"date\":\"2023-02\",\"actor\":\"police\","
        "\"actor_name\":\"公安局\",\"event\":\"filed\",\"note\":\"n\",\"documents\":[\"立案决定书\"],\"parties\":[\"张某\"]}]}",
        "{\"name\":\"cn\",\"covered_from\":\"2025-01-01\",\"covered_to\":\"2025-12-31\",\"source\":\"s\","
        "\"off\":[{\"date\":\"2025-01-01\",\"name\":\"元旦\"}],\"work\":[\"2025-01-26\"]}",
        "[{\"kind\":\"agency\",\"id\":\"370800-a\",\"value\":{\"name\":\"a\",\"n\":[1,-1,true,null,{\"hex\":\"00ff\"}]}},"
        "{\"kind\":\"keys\",\"id\":\"b\",\"value\":null}]",
    };
    if (fuzz_wants_specimen(seed)) {
        struct xj_buf out;
        uint8_t which = (uint8_t)(seed / 16 % 6);
        xj_buf_init(&out, 65536);
        xj_buf_add(&out, &which, 1);
        if (which < 3)
            xj_buf_add_str(&out, texts[which]);
        else if (which == 3)
            put_calendar(&out);
        else if (which == 4)
            xj_buf_add_str(&out, STANDARDS);
        else
            put_standards(&out);
        size = fuzz_take(&out, data, size, max_size);
    }
    return fuzz_mutate(data, size, max_size, seed);
}
