/* What people give the command line as JSON: case files of published facts, calendars, batches of register facts; and the
 * calendar as signed. The first byte chooses. What is refused says why in UTF-8 and leaves nothing.
 * Build: clang -fsanitize=fuzzer,address,undefined. Spec: spec/06-register.md, 08-clocks.md section 2, 11-replay.md section 2. */
#include "agents/cli/calendar_json.h"
#include "agents/cli/changes.h"
#include "agents/cli/json_in.h"
#include "agents/cli/replay_read.h"
#include "schema/base/utf8.h"
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
    switch (data[0] % 4) {
    case 0: try_case(bytes, &why); break;
    case 1: try_calendar_json(bytes, &why); break;
    case 2: try_batch(bytes, &why); break;
    default: try_calendar_bytes(bytes); break;
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
        uint8_t which = (uint8_t)(seed / 16 % 4);
        xj_buf_init(&out, 65536);
        xj_buf_add(&out, &which, 1);
        if (which < 3)
            xj_buf_add_str(&out, texts[which]);
        else
            put_calendar(&out);
        size = fuzz_take(&out, data, size, max_size);
    }
    return fuzz_mutate(data, size, max_size, seed);
}
