/* Keys, anchors, data directories, register changes and the making of a city, without a running agent.
 * Spec: spec/02-trust.md, sections 7 and 8; spec/06-register.md; spec/10-api.md, section 4. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agents/cli/city.h"
#include "agents/cli/cli.h"
#include "agents/cli/enroll.h"
#include "schema/base/file.h"
#include "schema/trust/register.h"
#include "schema/wire/read.h"
#include "tests/unit/memstore.h"

#define ARGS_MAX 40
#define ID "370800-sfj"

/* A private directory, its name under many suffixes, and the languages' answers of the last run. */
struct box {
    char dir[64];
    char *paths[32];
    size_t path_count;
    char *out, *err;
};

static int box_make(void **state)
{
    struct box *b = calloc(1, sizeof *b);
    if (b == NULL)
        return -1;
    (void)snprintf(b->dir, sizeof b->dir, "/tmp/xj-test-keys-XXXXXX");
    *state = b;
    if (mkdtemp(b->dir) == NULL)
        return -1;
    return setenv("XIANJIE_SHARE", XJ_SOURCE_DIR "/schema", 1);
}

static int remove_one(const char *path, const struct stat *st, int kind, struct FTW *at)
{
    (void)st;
    (void)kind;
    (void)at;
    return remove(path);
}

static int box_drop(void **state)
{
    struct box *b = *state;
    for (size_t i = 0; i < b->path_count; i++)
        free(b->paths[i]);
    free(b->out);
    free(b->err);
    const int rc = nftw(b->dir, remove_one, 8, FTW_DEPTH | FTW_PHYS);
    free(b);
    return rc;
}

/* dir/name, alive until the box goes. */
static const char *in(struct box *b, const char *name)
{
    char *path = NULL;
    assert_true(b->path_count < sizeof b->paths / sizeof b->paths[0]);
    assert_true(asprintf(&path, "%s/%s", b->dir, name) > 0);
    b->paths[b->path_count++] = path;
    return path;
}

static int run(struct box *b, const char *const *args)
{
    char *argv[ARGS_MAX + 2] = {strdup("xianjie")}, *given[ARGS_MAX + 2];
    size_t out_bytes, err_bytes;
    int argc = 1;
    free(b->out);
    free(b->err);
    for (size_t i = 0; args[i] != NULL && argc <= ARGS_MAX; i++)
        argv[argc++] = strdup(args[i]);
    memcpy(given, argv, sizeof given); /* options are moved about in argv */
    struct xj_cli cli = {.env = xj_env_system(), .out = open_memstream(&b->out, &out_bytes),
                         .err = open_memstream(&b->err, &err_bytes)};
    assert_non_null(cli.out);
    assert_non_null(cli.err);
    const int rc = xj_cli_main(&cli, argc, argv);
    assert_int_equal(fclose(cli.out), 0);
    assert_int_equal(fclose(cli.err), 0);
    for (int i = 0; i < argc; i++)
        free(given[i]);
    return rc;
}

#define RUN(...) run(b, (const char *const[]){__VA_ARGS__, NULL})

static void want(const struct box *b, int rc, int wanted, const char *part)
{
    if (rc != wanted || (part != NULL && strstr(b->out, part) == NULL && strstr(b->err, part) == NULL))
        fail_msg("wanted exit %d and \"%s\"; got exit %d\n%s%s", wanted, part != NULL ? part : "", rc, b->out, b->err);
}

static mode_t mode_of(const char *path)
{
    struct stat st;
    assert_int_equal(stat(path, &st), 0);
    return st.st_mode & 07777;
}

static void write_file(const char *path, const char *text)
{
    assert_int_equal(xj_file_write_atomic(path, xj_slice_cstr(text), 0600), XJ_OK);
}

/* ---- keygen ---- */

static void keygen__keeps_secrets_to_their_owner(void **state)
{
    struct box *b = *state;
    want(b, RUN("keygen", "agency", in(b, "k")), XJ_EXIT_OK, "transport");
    assert_int_equal(mode_of(in(b, "k/secret.keys")), 0600);
    assert_int_equal(mode_of(in(b, "k/recovery.keys")), 0600);
    assert_non_null(strstr(b->err, "recovery.keys"));
}

static void keygen__never_overwrites(void **state)
{
    struct box *b = *state;
    static const char *const kinds[] = {"agency", "exchange", "root", "registrar"};
    for (size_t i = 0; i < 4; i++) {
        struct xj_buf before, after;
        const char *dir = in(b, kinds[i]), *secret = in(b, i < 2 ? (i == 0 ? "agency/secret.keys" : "exchange/secret.keys")
                                                                 : (i == 2 ? "root/root.keys" : "registrar/registrar.keys"));
        want(b, RUN("keygen", kinds[i], dir), XJ_EXIT_OK, NULL);
        assert_int_equal(xj_file_read(secret, 4096, &before), XJ_OK);
        want(b, RUN("keygen", kinds[i], dir), XJ_EXIT_USAGE, "not overwritten");
        assert_int_equal(xj_file_read(secret, 4096, &after), XJ_OK);
        assert_true(xj_slice_eq(xj_buf_slice(&before), xj_buf_slice(&after)));
        xj_buf_free(&before);
        xj_buf_free(&after);
    }
}

static void keygen__wants_a_kind_it_knows(void **state)
{
    struct box *b = *state;
    want(b, RUN("keygen"), XJ_EXIT_USAGE, "usage");
    want(b, RUN("keygen", "king", in(b, "k")), XJ_EXIT_USAGE, "usage");
    assert_int_not_equal(access(in(b, "k"), F_OK), 0);
}

/* ---- enrolment ---- */

static void make_keys(struct box *b)
{
    want(b, RUN("keygen", "root", in(b, "root")), XJ_EXIT_OK, NULL);
    want(b, RUN("keygen", "registrar", in(b, "registrar")), XJ_EXIT_OK, NULL);
    want(b, RUN("keygen", "agency", in(b, "keys")), XJ_EXIT_OK, NULL);
}

static int enroll_exchange(struct box *b, const char *division, const char *registrar)
{
    return RUN("enroll", "exchange", "--division", division, "--name", "济宁市", "--root", in(b, "root"), "--registrar-agency",
               registrar, "--registrar-keys", in(b, "keys/public.keys"), "--registrar-pub", in(b, "registrar/registrar.pub"),
               "--endpoint", "tcp://exchange.example:5670", in(b, "x"));
}

static int enroll_agency(struct box *b, const char *anchor, const char *id)
{
    return RUN("enroll", "agency", "--anchor", anchor, "--keys", in(b, "keys"), "--agency", id, "--registrar-key",
               in(b, "registrar/registrar.keys"), in(b, "a"));
}

static void enroll_exchange__makes_an_anchor_whose_entry_founds_a_register(void **state)
{
    struct box *b = *state;
    struct xj_anchor anchor;
    struct xj_agency agency;
    struct xj_reg_head head;
    char registrar[XJ_MAX_AGENCY_BYTES + 1];
    uint8_t sign[32], wanted[32];
    const char *why = NULL;
    make_keys(b);
    want(b, enroll_exchange(b, "370800", ID), XJ_EXIT_OK, NULL);
    assert_int_equal(xj_anchor_load(in(b, "x/anchor"), &anchor, NULL), XJ_OK);
    assert_int_equal(anchor.exchange_count, 1);
    assert_string_equal(anchor.exchange[0].endpoint, "tcp://exchange.example:5670");
    struct xj_memstore m = {.at = NULL};
    const struct xj_store store = xj_memstore_of(&m);
    assert_int_equal(xj_reg_apply(&store, anchor.root, xj_buf_slice(&anchor.entry), xj_buf_slice(&anchor.signature), &why), XJ_OK);
    assert_int_equal(xj_reg_head(&store, &head), XJ_OK);
    assert_int_equal(head.number, 1);
    assert_int_equal(xj_reg_registrar(&store, registrar, sign), XJ_OK);
    assert_int_equal(xj_single_public_load(in(b, "registrar/registrar.pub"), wanted, NULL), XJ_OK);
    assert_string_equal(registrar, ID);
    assert_memory_equal(sign, wanted, 32);
    assert_int_equal(xj_reg_agency(&store, xj_slice_cstr(ID), UINT64_MAX, &agency), XJ_OK);
    assert_true(agency.connected);
    xj_memstore_free(&m);
    xj_anchor_free(&anchor);
}

static void enroll_exchange__refuses_ids_of_another_division(void **state)
{
    struct box *b = *state;
    make_keys(b);
    want(b, enroll_exchange(b, "37080", ID), XJ_EXIT_USAGE, "six digits");
    want(b, enroll_exchange(b, "370700", ID), XJ_EXIT_USAGE, ID);
    want(b, enroll_exchange(b, "370800", "sfj"), XJ_EXIT_USAGE, "sfj");
    assert_int_not_equal(access(in(b, "x/anchor"), F_OK), 0);
}

static void enroll_exchange__is_done_once(void **state)
{
    struct box *b = *state;
    make_keys(b);
    want(b, enroll_exchange(b, "370800", ID), XJ_EXIT_OK, NULL);
    want(b, enroll_exchange(b, "370800", ID), XJ_EXIT_USAGE, "not overwritten");
}

static void enroll_agency__copies_keys_and_anchor_for_their_owner_only(void **state)
{
    struct box *b = *state;
    make_keys(b);
    want(b, enroll_exchange(b, "370800", ID), XJ_EXIT_OK, NULL);
    want(b, enroll_agency(b, in(b, "x/anchor"), ID), XJ_EXIT_OK, NULL);
    assert_int_equal(mode_of(in(b, "a/secret.keys")), 0600);
    assert_int_equal(mode_of(in(b, "a/registrar.keys")), 0600);
    assert_int_equal(access(in(b, "a/agent.conf"), R_OK), 0);
    assert_int_not_equal(access(in(b, "a/recovery.keys"), F_OK), 0);
    want(b, enroll_agency(b, in(b, "x/anchor"), ID), XJ_EXIT_USAGE, "not overwritten");
}

static void enroll_agency__refuses_a_stranger(void **state)
{
    struct box *b = *state;
    make_keys(b);
    want(b, enroll_exchange(b, "370800", ID), XJ_EXIT_OK, NULL);
    want(b, enroll_agency(b, in(b, "x/anchor"), "110000-sfj"), XJ_EXIT_USAGE, "110000-sfj");
    want(b, enroll_agency(b, in(b, "x/anchor"), "nobody"), XJ_EXIT_USAGE, "nobody");
    assert_int_not_equal(access(in(b, "a"), F_OK), 0);
}

static void enroll_agency__refuses_an_anchor_with_any_byte_changed(void **state)
{
    struct box *b = *state;
    struct xj_buf bytes;
    make_keys(b);
    want(b, enroll_exchange(b, "370800", ID), XJ_EXIT_OK, NULL);
    assert_int_equal(xj_file_read(in(b, "x/anchor"), 65536, &bytes), XJ_OK);
    const char *bad = in(b, "bad"), *dir = in(b, "a"), *keys = in(b, "keys");
    /* The list of endpoints at the end is not signed (02-trust, 8): two array heads, a string of 27 bytes, a bin of 32. */
    const size_t end = bytes.n - (2 + 28 + 34);
    for (size_t i = 0; i < end; i += 7) {
        bytes.p[i] ^= 1;
        assert_int_equal(xj_file_write_atomic(bad, xj_buf_slice(&bytes), 0600), XJ_OK);
        const int rc = RUN("enroll", "agency", "--anchor", bad, "--keys", keys, "--agency", ID, dir);
        if (rc != XJ_EXIT_BAD && rc != XJ_EXIT_USAGE)
            fail_msg("byte %zu changed: exit %d\n%s", i, rc, b->err);
        bytes.p[i] ^= 1;
    }
    xj_buf_free(&bytes);
    assert_int_not_equal(access(dir, F_OK), 0);
}

static void enroll_agency__refuses_keys_that_others_can_read(void **state)
{
    struct box *b = *state;
    make_keys(b);
    want(b, enroll_exchange(b, "370800", ID), XJ_EXIT_OK, NULL);
    assert_int_equal(chmod(in(b, "keys/secret.keys"), 0644), 0);
    want(b, enroll_agency(b, in(b, "x/anchor"), ID), XJ_EXIT_USAGE, "chmod 600");
}

/* ---- register ---- */

static void register__needs_a_key_and_an_agent(void **state)
{
    struct box *b = *state;
    want(b, RUN("register", "status", ID, "suspended"), XJ_EXIT_USAGE, "--data");
    want(b, RUN("--data", b->dir, "register", "status", ID, "suspended"), XJ_EXIT_NOT_FOUND, "registrar.keys");
    want(b, RUN("keygen", "registrar", b->dir), XJ_EXIT_OK, NULL);
    want(b, RUN("--data", b->dir, "register", "status", ID, "suspended"), XJ_EXIT_UNREACHABLE, "not reachable");
    want(b, RUN("--data", b->dir, "register", "calendar"), XJ_EXIT_UNREACHABLE, "not reachable");
    want(b, RUN("--data", b->dir, "register", "standards"), XJ_EXIT_UNREACHABLE, "not reachable");
    want(b, RUN("--data", b->dir, "register", "standards", "/no/such.json"), XJ_EXIT_NOT_FOUND, "/no/such.json");
    want(b, RUN("--data", b->dir, "register", "show"), XJ_EXIT_NOT_FOUND, NULL);
}

static void register__refuses_what_is_no_change(void **state)
{
    struct box *b = *state;
    want(b, RUN("register", "status", ID, "asleep"), XJ_EXIT_USAGE, "usage");
    want(b, RUN("register", "status", "nobody", "active"), XJ_EXIT_USAGE, "nobody");
    want(b, RUN("register", "agency", ID), XJ_EXIT_USAGE, "usage");
    want(b, RUN("register", "agency", ID, "--name", "x", "--role", "y", "--withdraw", "extra"), XJ_EXIT_USAGE, "usage");
    want(b, RUN("register", "keys", ID), XJ_EXIT_USAGE, "usage");
    want(b, RUN("register", "counterpart", ID, "police", "any"), XJ_EXIT_USAGE, "usage");
    want(b, RUN("register", "counterpart", ID, "police", "any", "nobody"), XJ_EXIT_USAGE, "nobody");
    want(b, RUN("register", "grant", ID, "g"), XJ_EXIT_USAGE, "usage");
    want(b, RUN("register", "grant", ID, "g", "--procedure", "p", "--mode", "none"), XJ_EXIT_USAGE, "usage");
}

static void register_batch__says_which_item_is_wrong(void **state)
{
    struct box *b = *state;
    const char *file = in(b, "batch.json");
    static const struct {
        const char *text, *says;
    } bad[] = {
        {"{}", "list"},
        {"[", "no JSON"},
        {"[{\"kind\": \"status\", \"id\": \"x\"}]", "item 1"},
        {"[{\"kind\": \"status\", \"id\": \"x\", \"value\": null}, {\"kind\": \"k\", \"id\": 7, \"value\": {}}]", "item 2"},
        {"[{\"kind\": \"status\", \"id\": \"x\", \"value\": 3}]", "object or null"},
        {"[{\"kind\": \"status\", \"id\": \"x\", \"value\": {\"a\": 1.5}}]", "integers only"},
        {"[{\"kind\": \"keys\", \"id\": \"x\", \"value\": {\"sign\": {\"hex\": \"abc\"}}}]", "hex"},
        {"[{\"kind\": \"keys\", \"id\": \"x\", \"value\": {\"sign\": {\"file\": \"nothing\"}}}]", "nothing"},
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        write_file(file, bad[i].text);
        const int rc = RUN("--data", b->dir, "register", "batch", file);
        if (rc == XJ_EXIT_OK || rc == XJ_EXIT_UNREACHABLE || strstr(b->err, bad[i].says) == NULL)
            fail_msg("%s: exit %d\n%s", bad[i].text, rc, b->err);
    }
}

static void changes__are_canonical_whatever_the_order_of_the_json(void **state)
{
    struct box *b = *state;
    static const char one[] = "{\"sign\": {\"hex\": \"00ff\"}, \"a\": [true, -1, 300], \"name\": \"济宁\", \"zz\": {\"hex2\": \"q\"}}";
    static const char two[] = "{\"zz\": {\"hex2\": \"q\"}, \"name\": \"济宁\", \"a\": [true, -1, 300], \"sign\": {\"file\": \"two\"}}";
    struct xj_changes c;
    xj_changes_init(&c);
    assert_int_equal(xj_file_write_atomic(in(b, "two"), xj_slice_of("\x00\xff", 2), 0600), XJ_OK);
    json_t *first = json_loads(one, 0, NULL), *second = json_loads(two, 0, NULL);
    xj_changes_json(&c, "k", "1", first, b->dir, NULL);
    xj_changes_json(&c, "k", "2", second, b->dir, NULL);
    xj_changes_json(&c, "k", "3", json_null(), b->dir, NULL);
    json_decref(first);
    json_decref(second);
    assert_int_equal(c.err, XJ_OK);
    assert_int_equal(c.count, 3);
    assert_int_equal(xj_wire_check(c.list[0].value, 100), XJ_OK);
    assert_true(xj_slice_eq(c.list[0].value, c.list[1].value));
    assert_int_equal(c.list[2].value.n, 0); /* withdrawn */
    xj_changes_free(&c);
}

static void changes__counterparts_of_all_leave_nobody_with_itself(void **state)
{
    (void)state;
    static const struct xj_agency_spec agencies[] = {
        {.id = "370800-a", .name = "a", .role = "bureau", .sector = "market"},
        {.id = "370800-b", .name = "b", .role = "bureau", .sector = "market"},
        {.id = "370800-c", .name = "c", .role = "bureau", .sector = "tobacco"},
        {.id = "370800-p", .name = "p", .role = "police"}};
    static const char *const wanted[] = {
        "370800-a/bureau/market", "370800-a/bureau/tobacco", "370800-a/police/any",     "370800-b/bureau/market",
        "370800-b/bureau/tobacco", "370800-b/police/any",    "370800-c/bureau/market",  "370800-c/police/any",
        "370800-p/bureau/market", "370800-p/bureau/tobacco"};
    struct xj_changes c;
    xj_changes_init(&c);
    xj_changes_all_counterparts(&c, agencies, 4);
    assert_int_equal(c.err, XJ_OK);
    assert_int_equal(c.count, sizeof wanted / sizeof wanted[0]);
    for (size_t i = 0; i < c.count; i++) {
        assert_true(xj_slice_is(c.list[i].id, wanted[i]));
        assert_null(memmem(c.list[i].value.p, c.list[i].value.n, wanted[i], 8)); /* nobody is its own counterpart */
    }
    xj_changes_free(&c);
}

/* ---- city ---- */

static const char small_city[] =
    "{\"division\": \"370800\", \"name\": \"济宁市\", \"registrar\": \"" ID "\", \"volatile\": true, \"agencies\": ["
    "{\"id\": \"" ID "\", \"name\": \"司法局\", \"role\": \"justice\", \"connected\": true},"
    "{\"id\": \"370800-gaj\", \"name\": \"公安局\", \"role\": \"police\", \"connected\": true},"
    "{\"id\": \"370800-yc\", \"name\": \"烟草局\", \"role\": \"bureau\", \"sector\": \"tobacco\", \"connected\": false}]}";

static void city_make__lays_out_keys_anchor_and_directories(void **state)
{
    struct box *b = *state;
    write_file(in(b, "city.json"), small_city);
    want(b, RUN("city", "make", in(b, "city"), in(b, "city.json")), XJ_EXIT_OK, NULL);
    assert_int_equal(mode_of(in(b, "city/agencies/370800-gaj/secret.keys")), 0600);
    assert_int_equal(mode_of(in(b, "city/root/root.keys")), 0600);
    assert_int_not_equal(access(in(b, "city/agencies/370800-yc"), F_OK), 0); /* unconnected: no machine of its own */
    assert_int_equal(access(in(b, "city/agencies/" ID "/registrar.keys"), R_OK), 0);
    want(b, RUN("city", "status", in(b, "city")), XJ_EXIT_OK, "unconnected");
    want(b, RUN("city", "stop", in(b, "city")), XJ_EXIT_OK, NULL);
    want(b, RUN("city", "make", in(b, "city"), in(b, "city.json")), XJ_EXIT_USAGE, "not empty");
}

static void city_start__says_which_program_is_missing(void **state)
{
    struct box *b = *state;
    struct xj_city *city;
    struct xj_buf text;
    write_file(in(b, "city.json"), small_city);
    want(b, RUN("city", "make", in(b, "city"), in(b, "city.json")), XJ_EXIT_OK, NULL);
    xj_buf_init(&text, 4096);
    assert_int_equal(xj_city_open(in(b, "city"), b->dir, &city, &text), XJ_OK);
    assert_int_equal(xj_city_start(city, XJ_CITY_CHILDREN, 0, &text), XJ_ENOTFOUND);
    assert_non_null(strstr(xj_buf_cstr(&text), "xianjie-broker"));
    assert_false(xj_city_runs(city, "exchange"));
    xj_city_close(city);
    xj_buf_free(&text);
}

static void city_make__refuses_a_description_that_makes_no_city(void **state)
{
    struct box *b = *state;
    static const char *const bad[] = {
        "[]",
        "{",
        "{\"division\": \"370800\", \"name\": \"x\", \"registrar\": \"" ID "\", \"agencies\": []}",
        "{\"division\": \"370800\", \"name\": \"x\", \"registrar\": \"370800-no\", \"agencies\": [{\"id\": \"" ID
        "\", \"name\": \"n\", \"role\": \"justice\", \"connected\": true}]}",
        "{\"division\": \"370800\", \"name\": \"x\", \"registrar\": \"" ID "\", \"agencies\": [{\"id\": \"" ID
        "\", \"name\": \"n\", \"role\": \"justice\", \"connected\": false}]}",
        "{\"division\": \"370700\", \"name\": \"x\", \"registrar\": \"" ID "\", \"agencies\": [{\"id\": \"" ID
        "\", \"name\": \"n\", \"role\": \"justice\", \"connected\": true}]}",
        "{\"division\": \"370800\", \"name\": \"x\", \"registrar\": \"" ID "\", \"agencies\": [{\"id\": \"" ID
        "\", \"name\": \"n\", \"role\": \"justice\", \"connected\": true}, {\"name\": \"nameless\"}]}",
        "{\"division\": \"370800\", \"registrar\": \"" ID "\", \"agencies\": [{\"id\": \"" ID
        "\", \"name\": \"n\", \"role\": \"justice\", \"connected\": true}]}",
    };
    const char *file = in(b, "city.json");
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        char name[16];
        (void)snprintf(name, sizeof name, "city%zu", i);
        write_file(file, bad[i]);
        const int rc = RUN("city", "make", in(b, name), file);
        if (rc != XJ_EXIT_USAGE)
            fail_msg("%s: exit %d\n%s", bad[i], rc, b->err);
    }
    want(b, RUN("city", "start", in(b, "nowhere")), XJ_EXIT_NOT_FOUND, "city.json");
}

#define BOXED(f) cmocka_unit_test_setup_teardown(f, box_make, box_drop)

int main(void)
{
    const struct CMUnitTest tests[] = {
        BOXED(keygen__keeps_secrets_to_their_owner),
        BOXED(keygen__never_overwrites),
        BOXED(keygen__wants_a_kind_it_knows),
        BOXED(enroll_exchange__makes_an_anchor_whose_entry_founds_a_register),
        BOXED(enroll_exchange__refuses_ids_of_another_division),
        BOXED(enroll_exchange__is_done_once),
        BOXED(enroll_agency__copies_keys_and_anchor_for_their_owner_only),
        BOXED(enroll_agency__refuses_a_stranger),
        BOXED(enroll_agency__refuses_an_anchor_with_any_byte_changed),
        BOXED(enroll_agency__refuses_keys_that_others_can_read),
        BOXED(register__needs_a_key_and_an_agent),
        BOXED(register__refuses_what_is_no_change),
        BOXED(register_batch__says_which_item_is_wrong),
        BOXED(changes__are_canonical_whatever_the_order_of_the_json),
        cmocka_unit_test(changes__counterparts_of_all_leave_nobody_with_itself),
        BOXED(city_make__lays_out_keys_anchor_and_directories),
        BOXED(city_start__says_which_program_is_missing),
        BOXED(city_make__refuses_a_description_that_makes_no_city),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
