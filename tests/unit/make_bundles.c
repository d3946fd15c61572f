/* make_bundles DIR: writes good and tampered evidence bundles, and DIR/expected.json with what a verifier must say of each, worked
 * out by hand, and what the verifier in C says. For tests/verify2. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>

#include "schema/evidence/words.h"
#include "tests/unit/evidence_cases.h"

struct output {
    const char *dir;
    json_t *list;
};

static json_t *number_or_null(bool has, int64_t n)
{
    return has ? json_integer((json_int_t)n) : json_null();
}

static json_t *text_or_null(struct xj_slice s)
{
    return s.n > 0 ? json_stringn((const char *)s.p, s.n) : json_null();
}

static json_t *item_json(const struct xj_ev_item *it)
{
    char id[XJ_ID_TEXT], hex[65];
    xj_id_format(&it->id, id);
    xj_hex(it->message.b, XJ_HASH_SIZE, hex);
    return json_pack("{s:s, s:I, s:o, s:o, s:o, s:o, s:s, s:s, s:o, s:o}", "claim", xj_ev_claim_words(it->claim)->id, "bundle",
                     (json_int_t)it->bundle, "what", text_or_null(it->what), "id", it->about_message ? json_string(id) : json_null(), "message",
                     it->about_message ? json_string(hex) : json_null(), "agency", text_or_null(it->agency), "verdict",
                     xj_ev_verdict_word(it->verdict, false), "code", it->code, "from", number_or_null(it->has_from, it->from), "to",
                     number_or_null(it->has_to, it->to));
}

/* What the judge in C says: {"malformed"} or {"verdicts", "codes", "items"}. */
static json_t *judged(const struct evidence_case *c)
{
    struct xj_bundle bundles[EVIDENCE_FILES_MAX];
    struct xj_ev_result r;
    const char *fault = NULL;
    json_t *made = json_object(), *items = json_array(), *verdicts = json_array(), *codes = json_array();
    size_t read = 0;
    while (read < c->count && xj_bundle_decode(c->files[read], &bundles[read], &fault) == XJ_OK)
        read++;
    if (read == c->count) {
        assert_int_equal(xj_evidence_judge(bundles, c->count, c->root, &r), XJ_OK);
        for (size_t i = 0; i < r.count; i++)
            json_array_append_new(items, item_json(&r.items[i]));
        for (int k = XJ_CLAIM_ISSUED; k < XJ_CLAIM_END; k++) {
            json_array_append_new(verdicts, json_string(xj_ev_verdict_word(r.claims[k].verdict, false)));
            json_array_append_new(codes, json_string(r.claims[k].code));
        }
        xj_ev_result_free(&r);
    } else {
        json_object_set_new(made, "malformed", json_string(fault));
    }
    for (size_t i = 0; i < read; i++)
        xj_bundle_free(&bundles[i]);
    json_object_set_new(made, "verdicts", verdicts);
    json_object_set_new(made, "codes", codes);
    json_object_set_new(made, "items", items);
    return made;
}

static void put_case(void *arg, const struct evidence_case *c)
{
    struct output *o = arg;
    char path[512], root[65];
    json_t *files = json_array();
    xj_hex(c->root, 32, root);
    for (size_t i = 0; i < c->count; i++) {
        (void)snprintf(path, sizeof path, "%s/%s-%zu.zip", o->dir, c->name, i);
        FILE *out = fopen(path, "wb");
        assert_non_null(out);
        assert_int_equal(fwrite(c->files[i].p, 1, c->files[i].n, out), c->files[i].n);
        assert_int_equal(fclose(out), 0);
        json_array_append_new(files, json_string(strrchr(path, '/') + 1));
    }
    json_t *made = json_pack("{s:s, s:o, s:s, s:s?, s:s?, s:s?, s:o}", "name", c->name, "files", files, "root", root, "malformed", c->malformed,
                             "verdicts", c->verdicts, "codes", c->codes, "c", judged(c));
    assert_non_null(made);
    json_array_append_new(o->list, made);
}

int main(int argc, char **argv)
{
    char path[512];
    struct output o = {.list = json_array()};
    if (argc != 2 || strlen(argv[1]) > 200) {
        (void)fprintf(stderr, "make_bundles DIR\n");
        return 2;
    }
    o.dir = argv[1];
    evidence_cases_each(put_case, &o);
    (void)snprintf(path, sizeof path, "%s/expected.json", argv[1]);
    const int rc = json_dump_file(o.list, path, JSON_INDENT(1));
    json_decref(o.list);
    return rc == 0 ? 0 : 1;
}
