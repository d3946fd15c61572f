/* Bodies of POST /api/acts, as any program on the agency's machine may send them, drafted on a case in the midst of its life.
 * The first byte chooses the agency. What is drafted has a sound header; what is refused says why, in UTF-8.
 * Build: clang -fsanitize=fuzzer,address,undefined. Spec: spec/10-api.md, section 3. */
#include "agents/agent/view/draft.h"
#include "schema/base/utf8.h"
#include "tests/fuzz/fuzz.h"
#include "tests/unit/view_city.h"

static struct city *city;

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    void *made = NULL;
    (void)argc;
    (void)argv;
    must(city_up(&made) == 0);
    city = made;
    city_history(city);
    fuzz_remove_at_exit(city->dir);
    return 0;
}

static void must_be_text(const char *s, bool may_be_empty)
{
    must((may_be_empty || s[0] != '\0') && xj_utf8_valid(xj_slice_cstr(s)));
}

static void see_refusal(const struct xj_draft_refusal *r)
{
    must_be_text(r->code, false);
    must_be_text(r->detail, true);
    must_be_text(r->text_zh, false);
    must_be_text(r->text_en, false);
    must_be_text(r->rule, false);
    must_be_text(r->article, true);
    must_be_text(r->remedy_zh, false);
    must_be_text(r->remedy_en, false);
}

static void see_draft(struct xj_outgoing *out)
{
    struct xj_header *again = malloc(sizeof *again);
    struct xj_buf bytes;
    unsigned field;
    must(again != NULL);
    out->header.number = 1;
    xj_buf_init(&bytes, XJ_MAX_HEADER_BYTES);
    xj_header_encode(&out->header, &bytes);
    must(bytes.err == XJ_OK && xj_header_decode(xj_buf_slice(&bytes), again, &field) == XJ_OK);
    must(out->body.n > 0 && out->keys.n > 0 && out->paper_count == out->header.paper_count);
    xj_buf_free(&bytes);
    free(again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const who[] = {CITY_BUREAU, CITY_POLICE, CITY_PROC, CITY_REGISTRAR};
    struct xj_draft_refusal refusal = {.malformed = false};
    struct xj_outgoing *out = NULL;
    json_t *parties = NULL;
    json_t *request = size > 1 ? json_loadb((const char *)data + 1, size - 1, JSON_REJECT_DUPLICATES, NULL) : NULL;
    if (!json_is_object(request)) { /* the API has refused it by now */
        json_decref(request);
        return 0;
    }
    const char *case_id = json_string_value(json_object_get(request, "case"));
    if (case_id != NULL && strcmp(case_id, "@") == 0)
        json_object_set_new(request, "case", json_string(city->case_id));
    struct node *n = world_agent(city->w, who[data[0] % 4]);
    enum xj_err err = xj_draft_build_named(n->view, &n->env, &n->keys, n->pairs, request, &out, &refusal, &parties);
    must(err == XJ_OK || err == XJ_EDENIED);
    must((err == XJ_OK) == (out != NULL) && (err == XJ_OK || parties == NULL));
    if (err == XJ_OK)
        see_draft(out);
    else
        see_refusal(&refusal);
    xj_outgoing_free(out);
    json_decref(parties);
    json_decref(request);
    return 0;
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned seed)
{
    static const char *const texts[] = {
        "0{\"act\":\"transfer_report\",\"procedure\":\"referral\",\"case\":null,\"mode\":\"live\",\"body\":{\"title\":\"案\","
        "\"drafted_by\":\"甲\",\"approved_by\":\"乙\",\"parties\":[{\"id\":null,\"kind\":\"person\",\"name\":\"李四\"}],"
        "\"charges\":[{\"id\":null,\"name\":\"c\",\"code\":\"1\"}],\"officers\":[[\"甲\",\"1\"]],\"fine\":1,\"reasons\":\"r\"},"
        "\"subjects\":[{\"party\":\"李四\",\"charge\":\"c\"}],\"papers\":[{\"kind\":\"transfer_report\",\"name\":\"n\","
        "\"media_type\":\"text/plain\",\"content_base64\":\"5qC35L6L\"}]}",
        "0{\"act\":\"penalty_decided\",\"occurred\":\"2026-03-02\",\"refs\":[\"01900000-0000-7000-8000-000000000001\"],"
        "\"override\":{\"certificate\":\"r\"},\"body\":{\"drafted_by\":\"甲\",\"approved_by\":\"乙\",\"officers\":[[\"甲\",\"1\"]],"
        "\"penalty\":{\"violation\":\"v\"},\"parties\":[{\"name\":\"李四\",\"identity\":[{\"kind\":\"uscc\",\"number\":\"1\"}]}]},"
        "\"papers\":[{\"kind\":\"penalty_decision\",\"content_base64\":\"AA==\"}]}",
        "1{\"act\":\"case_withdrawn\",\"case\":\"@\",\"body\":{\"drafted_by\":\"甲\",\"approved_by\":\"乙\",\"reasons\":\"r\"},"
        "\"principals\":[\"" CITY_BUREAU "\"],\"copies\":[\"" CITY_PROC "\"],\"answers\":null,\"joint\":[],\"actor\":null,"
        "\"papers\":[{\"kind\":\"withdrawal_decision\",\"content_base64\":\"AA==\"}],\"subjects\":[{\"party\":\"张三\",\"charge\":null}]}",
        "1{\"act\":\"coercive_measure\",\"case\":\"@\",\"mode\":\"late_entry\",\"occurred\":[\"2015-08\",\"2015-09-01\"],"
        "\"body\":{\"drafted_by\":\"甲\",\"approved_by\":\"乙\",\"source\":\"s\"},\"refs\":[],\"wait_ms\":0,"
        "\"relates\":[{\"relation\":\"amends\",\"id\":\"01900000-0000-7000-8000-000000000001\"}]}",
        "0{\"act\":\"reply\",\"case\":\"@\",\"id\":\"01900000-0000-7000-8000-000000000001\",\"reissue\":null,"
        "\"occurred\":\"2026-09-21T10:00:00+08:00\",\"answers\":[{\"id\":\"01900000-0000-7000-8000-000000000002\","
        "\"question\":\"q\"}],\"body\":{\"drafted_by\":\"甲\",\"approved_by\":\"乙\"}}",
    };
    if (fuzz_wants_specimen(seed)) {
        struct xj_buf out;
        xj_buf_init(&out, 65536);
        xj_buf_add_str(&out, texts[seed / 16 % (sizeof texts / sizeof *texts)]);
        size = fuzz_take(&out, data, size, max_size);
    }
    return fuzz_mutate(data, size, max_size, seed);
}
