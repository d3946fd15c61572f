/* Procedures, rules of a city over them, and tables of event words, as people write them in YAML. A form feed parts the
 * procedure from the overlay; a text that begins with one is a table for the main procedure. What compiles decodes and
 * encodes to the same bytes; what does not says why. Build: clang -fsanitize=fuzzer,address,undefined.
 * Spec: spec/07-procedure.md, sections 2 to 6; spec/11-replay.md, section 4. */
#include "agents/cli/replay_table.h"
#include "schema/base/file.h"
#include "schema/procedure/yaml/compile.h"
#include "schema/procedure/yaml/encode.h"
#include "tests/fuzz/fuzz.h"

static struct xj_model *referral;

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    struct xj_buf yaml, compiled;
    struct xj_findings findings;
    (void)argc;
    (void)argv;
    xj_findings_init(&findings);
    xj_buf_init(&compiled, XJ_MODEL_BYTES_MAX);
    must(xj_file_read(XJ_SOURCE_DIR "/schema/procedures/referral.yaml", 1u << 20, &yaml) == XJ_OK);
    must(xj_procedure_compile(xj_buf_slice(&yaml), xj_slice_of(NULL, 0), &compiled, &findings) == XJ_OK);
    must(xj_model_decode(xj_buf_slice(&compiled), &referral) == XJ_OK);
    xj_findings_free(&findings);
    xj_buf_free(&compiled);
    xj_buf_free(&yaml);
    return 0;
}

static void try_table(struct xj_slice yaml)
{
    struct xj_replay_table *t = NULL;
    struct xj_replay_mapped m;
    struct xj_buf text;
    size_t wishes;
    xj_buf_init(&text, 1u << 20);
    enum xj_err err = xj_replay_table_read(yaml, referral, &t, &text);
    must((err == XJ_OK) == (t != NULL) && (err == XJ_OK || text.n > 0));
    if (err == XJ_OK) {
        for (unsigned kind = XJ_ACTOR_BUREAU; kind < XJ_ACTOR_COUNT; kind++)
            if (xj_replay_table_map(t, "filed", (enum xj_actor_kind)kind, NULL, 0, &m))
                must(m.act == XJ_NONE || m.act < referral->act_count);
        for (uint16_t act = 0; act < referral->act_count; act++)
            (void)xj_replay_table_wishes(t, act, &wishes);
    }
    xj_replay_table_free(t);
    xj_buf_free(&text);
}

static void must_come_back(const struct xj_buf *compiled)
{
    struct xj_model *m = NULL;
    struct xj_buf again;
    xj_buf_init(&again, XJ_MODEL_BYTES_MAX);
    must(xj_model_decode(xj_buf_slice(compiled), &m) == XJ_OK);
    xj_model_encode(m, &again);
    must(xj_slice_eq(xj_buf_slice(&again), xj_buf_slice(compiled)));
    xj_model_free(m);
    xj_buf_free(&again);
}

static void try_procedure(struct xj_slice yaml, struct xj_slice overlay)
{
    struct xj_findings findings, checked;
    struct xj_buf compiled, tables;
    xj_findings_init(&findings);
    xj_findings_init(&checked);
    xj_buf_init(&compiled, XJ_MODEL_BYTES_MAX);
    xj_buf_init(&tables, 1u << 20);
    enum xj_err err = xj_procedure_compile(yaml, overlay, &compiled, &findings);
    must((err == XJ_OK) == (findings.errors == 0) && (err == XJ_OK) == (compiled.n > 0));
    if (err == XJ_OK)
        must_come_back(&compiled);
    must(xj_procedure_check(yaml, overlay, &checked, &tables) == XJ_OK);
    must(checked.errors == findings.errors);
    xj_findings_print(&checked, &tables);
    xj_findings_free(&findings);
    xj_findings_free(&checked);
    xj_buf_free(&compiled);
    xj_buf_free(&tables);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const uint8_t *parting = size > 0 ? memchr(data, '\f', size) : NULL;
    size_t first = parting != NULL ? (size_t)(parting - data) : size;
    struct xj_slice rest = parting != NULL ? xj_slice_of(parting + 1, size - first - 1) : xj_slice_of(NULL, 0);
    if (parting == data && size > 0)
        try_table(rest);
    else
        try_procedure(xj_slice_of(data, first), rest);
    return 0;
}
