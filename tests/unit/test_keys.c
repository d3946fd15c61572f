/* Key files and the anchor. Spec: spec/02-trust.md, sections 6-8. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "schema/base/file.h"
#include "schema/base/limits.h"
#include "schema/trust/keys.h"
#include "schema/wire/pack.h"
#include "tests/unit/mutate.h"

#define ANCHOR_MAX (2u * 1024 * 1024)
#define HEX64 "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"

struct place {
    char dir[64], path[256];
    struct xj_buf text;
};

static int set_up(void **state)
{
    struct place *p = calloc(1, sizeof *p);
    if (p == NULL)
        return -1;
    (void)snprintf(p->dir, sizeof p->dir, "/tmp/xj-keys-XXXXXX");
    xj_buf_init(&p->text, 4096);
    *state = p;
    return mkdtemp(p->dir) == NULL ? -1 : 0;
}

static const char *in(struct place *p, const char *name)
{
    (void)snprintf(p->path, sizeof p->path, "%s/%s", p->dir, name);
    return p->path;
}

static int tear_down(void **state)
{
    static const char *const names[] = {"secret.keys", "recovery.keys", "public.keys", "root.keys", "root.pub", "k"};
    struct place *p = *state;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        (void)unlink(in(p, names[i]));
    xj_buf_free(&p->text);
    int rc = rmdir(p->dir);
    free(p);
    return rc;
}

static unsigned mode_of(const char *path)
{
    struct stat st;
    assert_int_equal(stat(path, &st), 0);
    return st.st_mode & 0777u;
}

static void write_file(const char *path, const char *text, mode_t mode)
{
    assert_int_equal(xj_file_write_atomic(path, xj_slice_cstr(text), mode), XJ_OK);
}

static void keygen_agency__writes_what_the_loaders_derive(void **state)
{
    struct place *p = *state;
    struct xj_public_keys made, loaded;
    struct xj_agency_keys keys;
    struct xj_seal_key recovery;
    assert_int_equal(xj_keygen_agency(xj_env_system(), p->dir, &made), XJ_OK);
    assert_int_equal(mode_of(in(p, "secret.keys")), 0600);
    assert_int_equal(mode_of(in(p, "recovery.keys")), 0600);
    assert_int_equal(xj_agency_keys_load(p->dir, &keys, &p->text), XJ_OK);
    assert_int_equal(xj_recovery_key_load(in(p, "recovery.keys"), &recovery, &p->text), XJ_OK);
    assert_int_equal(xj_public_keys_load(in(p, "public.keys"), &loaded, &p->text), XJ_OK);
    assert_memory_equal(&made, &loaded, sizeof made);
    assert_memory_equal(keys.sign.public_key, made.sign, 32);
    assert_memory_equal(keys.seal.public_key, made.seal, 32);
    assert_memory_equal(keys.transport_public, made.transport, 32);
    assert_memory_equal(recovery.public_key, made.recovery, 32);
    assert_memory_not_equal(made.seal, made.recovery, 32);
    assert_int_equal(p->text.n, 0);
    struct xj_agency_keys zero;
    memset(&zero, 0, sizeof zero);
    xj_agency_keys_wipe(&keys);
    assert_memory_equal(&keys, &zero, sizeof zero);
}

static void remove_keys(struct place *p, size_t number)
{
    static const char *const names[] = {"/secret.keys", "/recovery.keys", "/public.keys", "/retired.keys", ""};
    char path[128];
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        (void)snprintf(path, sizeof path, "%s/%zu%s", p->dir, number, names[i]);
        (void)remove(path);
    }
}

static void keygen_renewal__keeps_what_opens_the_old(void **state)
{
    struct place *p = *state;
    struct xj_public_keys made[XJ_MAX_RETIRED + 3], wasted;
    struct xj_agency_keys keys;
    char dir[512], old[512];
    (void)snprintf(old, sizeof old, "%s/0", p->dir);
    assert_int_equal(xj_keygen_agency(xj_env_system(), old, &made[0]), XJ_OK);
    for (size_t i = 1; i < sizeof made / sizeof made[0]; i++) {
        (void)snprintf(dir, sizeof dir, "%s/%zu", p->dir, i);
        assert_int_equal(xj_keygen_renewal(xj_env_system(), dir, old, &made[i], &p->text), XJ_OK);
        assert_int_equal(xj_keygen_renewal(xj_env_system(), dir, old, &wasted, &p->text), XJ_EEXISTS);
        assert_int_equal(xj_agency_keys_load(dir, &keys, &p->text), XJ_OK);
        const size_t kept = i < XJ_MAX_RETIRED ? i : XJ_MAX_RETIRED;
        assert_int_equal(keys.retired_count, kept);
        for (size_t k = 0; k < kept; k++) { /* newest first */
            assert_memory_equal(keys.retired[k].public_key, made[i - 1 - k].seal, 32);
            assert_ptr_equal(xj_agency_seal_key(&keys, keys.retired[k].id), &keys.retired[k]);
        }
        assert_ptr_equal(xj_agency_seal_key(&keys, keys.seal.id), &keys.seal);
        memcpy(old, dir, sizeof old);
    }
    assert_null(xj_agency_seal_key(&keys, (const uint8_t *)"nobody's"));
    assert_int_equal(p->text.n, 0);
    char retired[sizeof old + sizeof "/retired.keys"];
    (void)snprintf(retired, sizeof retired, "%s/retired.keys", old);
    assert_int_equal(mode_of(retired), 0600);
    assert_int_equal(chmod(retired, 0644), 0);
    assert_int_equal(xj_agency_keys_load(old, &keys, &p->text), XJ_ECONFIG); /* others can read it */
    assert_int_equal(unlink(retired), 0);
    write_file(retired, "seal_secret_2 = 00\n", 0600);
    assert_int_equal(xj_agency_keys_load(old, &keys, &p->text), XJ_ECONFIG);
    (void)snprintf(dir, sizeof dir, "%s/new", p->dir);
    assert_int_equal(xj_keygen_renewal(xj_env_system(), dir, p->dir, &made[0], &p->text), XJ_ENOTFOUND);
    assert_int_not_equal(access(dir, F_OK), 0); /* nothing is made when the old keys cannot be read */
    for (size_t i = 0; i < sizeof made / sizeof made[0]; i++)
        remove_keys(p, i);
}

static void remove_file(const char *dir, const char *name)
{
    char path[640];
    (void)snprintf(path, sizeof path, "%s/%s", dir, name);
    assert_int_equal(unlink(path), 0);
}

/* A power cut between the files: the same again completes it, and what is there by then stays. */
static void keygen_renewal__completes_one_that_was_cut_off(void **state)
{
    struct place *p = *state;
    struct xj_public_keys first, made, again;
    struct xj_agency_keys keys;
    char dir[512], old[512];
    (void)snprintf(old, sizeof old, "%s/0", p->dir);
    (void)snprintf(dir, sizeof dir, "%s/1", p->dir);
    assert_int_equal(xj_keygen_agency(xj_env_system(), old, &first), XJ_OK);
    assert_int_equal(xj_keygen_renewal(xj_env_system(), dir, old, &made, &p->text), XJ_OK);
    remove_file(dir, "public.keys");
    assert_int_equal(xj_keygen_renewal(xj_env_system(), dir, old, &again, &p->text), XJ_OK);
    assert_memory_equal(&again, &made, sizeof made);
    remove_file(dir, "public.keys");
    remove_file(dir, "secret.keys");
    assert_int_equal(xj_keygen_renewal(xj_env_system(), dir, old, &again, &p->text), XJ_OK);
    assert_memory_equal(again.recovery, made.recovery, sizeof made.recovery);
    assert_memory_not_equal(again.sign, made.sign, sizeof made.sign);
    assert_int_equal(xj_agency_keys_load(dir, &keys, &p->text), XJ_OK);
    assert_int_equal(keys.retired_count, 1);
    assert_memory_equal(keys.retired[0].public_key, first.seal, 32);
    remove_keys(p, 0);
    remove_keys(p, 1);
}

/* Makes a directory whose path has n bytes; and removes it, up to the test's own. */
static void make_deep(const struct place *p, char path[4200], size_t n)
{
    size_t at = (size_t)snprintf(path, 4200, "%s", p->dir);
    while (at < n) {
        size_t part = n - at - 1 > 200 ? 200 : n - at - 1;
        part -= n - at - 1 - part == 1; /* a slash wants a name behind it */
        path[at] = '/';
        memset(path + at + 1, 'd', part);
        at += 1 + part;
        path[at] = 0;
    }
    assert_int_equal(strlen(path), n);
    assert_int_equal(xj_file_mkdirs(path, 0700), XJ_OK);
}

static void remove_deep(const struct place *p, char path[4200])
{
    for (; strlen(path) > strlen(p->dir); *strrchr(path, '/') = 0)
        assert_int_equal(rmdir(path), 0);
}

/* Linux takes paths of 4,095 bytes. Of the names of key files some are longer than others. */
static void keys__in_a_directory_whose_path_is_too_long_are_neither_made_nor_read(void **state)
{
    enum { PATH_LIMIT = 4095 };
    struct place *p = *state;
    struct xj_public_keys made;
    struct xj_agency_keys keys;
    struct xj_exchange_keys exchange;
    char deep[4200], old[512], secret[4300];
    (void)snprintf(old, sizeof old, "%s/0", p->dir);
    assert_int_equal(xj_keygen_agency(xj_env_system(), old, &made), XJ_OK);
    make_deep(p, deep, PATH_LIMIT - strlen("/secret.keys"));
    assert_int_equal(xj_keygen_agency(xj_env_system(), deep, &made), XJ_ELIMIT); /* no room for recovery.keys */
    assert_int_equal(xj_keygen_renewal(xj_env_system(), deep, old, &made, &p->text), XJ_ELIMIT);
    assert_int_equal(p->text.n, 0);
    xj_buf_free(&p->text);
    xj_buf_init(&p->text, 4 * sizeof deep); /* the reason names the place */
    (void)snprintf(secret, sizeof secret, "%s/secret.keys", deep);
    FILE *f = fopen(secret, "w");
    assert_non_null(f);
    assert_true(fputs("sign_seed = " HEX64 "\nseal_secret = " HEX64 "\ntransport_secret = " HEX64 "\n", f) > 0);
    assert_int_equal(fclose(f), 0);
    assert_int_equal(chmod(secret, 0600), 0);
    assert_int_equal(xj_agency_keys_load(deep, &keys, &p->text), XJ_ECONFIG); /* nor for retired.keys, so nobody knows */
    assert_non_null(strstr(xj_buf_cstr(&p->text), "the path is too long"));
    assert_int_equal(unlink(secret), 0);
    remove_deep(p, deep);
    make_deep(p, deep, PATH_LIMIT - strlen("/secret.keys") + 1);
    assert_int_equal(xj_keygen_agency(xj_env_system(), deep, &made), XJ_ELIMIT);
    assert_int_equal(xj_keygen_exchange(xj_env_system(), deep, &made), XJ_ELIMIT);
    assert_int_equal(xj_agency_keys_load(deep, &keys, &p->text), XJ_ECONFIG);
    assert_int_equal(xj_exchange_keys_load(deep, &exchange, &p->text), XJ_ECONFIG);
    remove_deep(p, deep);
    remove_keys(p, 0);
}

static void keygen_agency__does_not_overwrite_any_of_its_files(void **state)
{
    struct place *p = *state;
    struct xj_public_keys made;
    static const char *const names[] = {"secret.keys", "recovery.keys", "public.keys"};
    for (size_t i = 0; i < 3; i++) {
        write_file(in(p, names[i]), "precious\n", 0600);
        assert_int_equal(xj_keygen_agency(xj_env_system(), p->dir, &made), XJ_EEXISTS);
        for (size_t k = 0; k < 3; k++)
            assert_int_equal(access(in(p, names[k]), F_OK) == 0, k == i);
        struct xj_buf kept;
        assert_int_equal(xj_file_read(in(p, names[i]), 64, &kept), XJ_OK);
        assert_true(xj_slice_is(xj_buf_slice(&kept), "precious\n"));
        xj_buf_free(&kept);
        assert_int_equal(unlink(in(p, names[i])), 0);
    }
    char large[8192]; /* longer than any key file: something else */
    memset(large, '#', sizeof large - 1);
    large[sizeof large - 1] = 0;
    write_file(in(p, "secret.keys"), large, 0600);
    assert_int_equal(xj_keygen_exchange(xj_env_system(), p->dir, &made), XJ_EEXISTS);
    assert_int_not_equal(access(in(p, "public.keys"), F_OK), 0);
}

static void keygen_exchange__has_no_sealing_keys(void **state)
{
    struct place *p = *state;
    struct xj_public_keys made, loaded;
    struct xj_exchange_keys keys;
    static const uint8_t zero[32];
    assert_int_equal(xj_keygen_exchange(xj_env_system(), p->dir, &made), XJ_OK);
    assert_int_equal(xj_exchange_keys_load(p->dir, &keys, &p->text), XJ_OK);
    assert_int_equal(xj_public_keys_load(in(p, "public.keys"), &loaded, &p->text), XJ_OK);
    assert_memory_equal(&made, &loaded, sizeof made);
    assert_memory_equal(made.seal, zero, 32);
    assert_memory_equal(made.recovery, zero, 32);
    assert_memory_equal(keys.sign.public_key, made.sign, 32);
    assert_memory_equal(keys.transport_public, made.transport, 32);
    xj_exchange_keys_wipe(&keys);
    struct xj_agency_keys agency; /* an exchange's secrets are not an agency's */
    assert_int_equal(xj_agency_keys_load(p->dir, &agency, &p->text), XJ_ECONFIG);
}

static void keygen_single__gives_a_key_that_signs(void **state)
{
    struct place *p = *state;
    uint8_t made[32], loaded[32];
    struct xj_sign_key key;
    assert_int_equal(xj_keygen_single(xj_env_system(), p->dir, "root", made), XJ_OK);
    assert_int_equal(mode_of(in(p, "root.keys")), 0600);
    assert_int_equal(xj_single_key_load(in(p, "root.keys"), &key, &p->text), XJ_OK);
    assert_int_equal(xj_single_public_load(in(p, "root.pub"), loaded, &p->text), XJ_OK);
    assert_memory_equal(made, loaded, 32);
    assert_memory_equal(made, key.public_key, 32);
    assert_int_equal(xj_keygen_single(xj_env_system(), p->dir, "root", loaded), XJ_EEXISTS);
    xj_sign_key_wipe(&key);
}

static void load__refuses_a_secret_file_that_others_can_open(void **state)
{
    static const mode_t modes[] = {0640, 0604, 0660, 0644, 0610};
    struct place *p = *state;
    struct xj_sign_key key;
    for (size_t i = 0; i < sizeof modes / sizeof *modes; i++) {
        write_file(in(p, "k"), "sign_seed = " HEX64 "\n", modes[i]);
        xj_buf_reset(&p->text);
        assert_int_equal(xj_single_key_load(in(p, "k"), &key, &p->text), XJ_ECONFIG);
        assert_non_null(strstr(xj_buf_cstr(&p->text), "chmod 600"));
    }
    write_file(in(p, "k"), "sign_seed = " HEX64 "\n", 0400);
    assert_int_equal(xj_single_key_load(in(p, "k"), &key, &p->text), XJ_OK);
}

static void load__accepts_blanks_comments_and_crlf(void **state)
{
    struct place *p = *state;
    struct xj_sign_key key;
    write_file(in(p, "k"), "# the root\r\n\r\n \t sign_seed\t=  " HEX64 "  \r\n", 0600);
    assert_int_equal(xj_single_key_load(in(p, "k"), &key, &p->text), XJ_OK);
    write_file(in(p, "k"), "sign_seed=" HEX64, 0600);
    assert_int_equal(xj_single_key_load(in(p, "k"), &key, &p->text), XJ_OK);
}

static void load__says_what_is_wrong_and_gives_no_key(void **state)
{
    static const struct {
        const char *text, *says;
    } cases[] = {
        {"", "sign_seed is missing"},
        {" \t \r\n \n", "sign_seed is missing"},
        {"sign_seed " HEX64 "\n", "expected name = value"},
        {"sign_seed = " HEX64 "00\n", "64 lower-case hex digits"},
        {"sign_seed = 0011\n", "64 lower-case hex digits"},
        {"sign_seed = 00112233445566778899AABBCCDDEEFF00112233445566778899AABBCCDDEEFF\n", "64 lower-case hex digits"},
        {"sign_seed = zz112233445566778899aabbccddeeff00112233445566778899aabbccddeeff\n", "64 lower-case hex digits"},
        {"sign_seed = " HEX64 "\nsign_seed = " HEX64 "\n", ":2:"},
        {"sign_seed = " HEX64 "\nother = " HEX64 "\n", "does not belong in this file"},
    };
    struct place *p = *state;
    static const struct xj_sign_key zero;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct xj_sign_key key;
        memset(&key, 0xff, sizeof key);
        write_file(in(p, "k"), cases[i].text, 0600);
        xj_buf_reset(&p->text);
        assert_int_equal(xj_single_key_load(in(p, "k"), &key, &p->text), XJ_ECONFIG);
        assert_non_null(strstr(xj_buf_cstr(&p->text), cases[i].says));
        assert_null(strstr(xj_buf_cstr(&p->text), "00112233")); /* what is secret is not repeated */
        assert_memory_equal(&key, &zero, sizeof key);
    }
}

static void load__names_a_file_that_is_not_there(void **state)
{
    struct place *p = *state;
    struct xj_agency_keys keys;
    assert_int_equal(xj_agency_keys_load(p->dir, &keys, &p->text), XJ_ENOTFOUND);
    assert_non_null(strstr(xj_buf_cstr(&p->text), "secret.keys"));
}

static void public_keys_load__wants_seal_and_recovery_together(void **state)
{
    struct place *p = *state;
    struct xj_public_keys keys;
    write_file(in(p, "k"), "sign = " HEX64 "\ntransport = " HEX64 "\nseal = " HEX64 "\n", 0644);
    assert_int_equal(xj_public_keys_load(in(p, "k"), &keys, &p->text), XJ_ECONFIG);
    write_file(in(p, "k"), "sign = " HEX64 "\ntransport = " HEX64 "\n", 0644);
    assert_int_equal(xj_public_keys_load(in(p, "k"), &keys, &p->text), XJ_OK);
}

/* ---- anchor ---- */

static void make_anchor(struct xj_anchor *a, size_t endpoints)
{
    uint8_t seed[32] = {42};
    struct xj_sign_key root;
    xj_sign_key_from_seed(seed, &root);
    memset(a, 0, sizeof *a);
    memcpy(a->root, root.public_key, 32);
    xj_buf_init(&a->entry, XJ_MAX_REGISTER_ENTRY_BYTES);
    xj_buf_init(&a->signature, XJ_MAX_SIGNATURE_BYTES);
    xj_buf_add_str(&a->entry, "entry one");
    struct xj_hash d = xj_digest("xianjie/1 register", xj_buf_slice(&a->entry));
    xj_sign_one(&root, &d, &a->signature);
    for (size_t i = 0; i < endpoints; i++) {
        (void)snprintf(a->exchange[i].endpoint, sizeof a->exchange[i].endpoint, "tcp://10.0.0.%zu:7331", i);
        memset(a->exchange[i].transport, (int)i, 32);
    }
    a->exchange_count = endpoints;
}

static void anchor__goes_there_and_back(void **state)
{
    (void)state;
    for (size_t n = 1; n <= XJ_MAX_ENDPOINTS; n++) {
        struct xj_anchor a, b;
        struct xj_buf out;
        make_anchor(&a, n);
        xj_buf_init(&out, ANCHOR_MAX);
        assert_int_equal(xj_anchor_encode(&a, &out), XJ_OK);
        assert_int_equal(xj_anchor_decode(xj_buf_slice(&out), &b), XJ_OK);
        assert_memory_equal(a.root, b.root, 32);
        assert_true(xj_slice_eq(xj_buf_slice(&a.entry), xj_buf_slice(&b.entry)));
        assert_true(xj_slice_eq(xj_buf_slice(&a.signature), xj_buf_slice(&b.signature)));
        assert_int_equal(b.exchange_count, n);
        for (size_t i = 0; i < n; i++) {
            assert_string_equal(a.exchange[i].endpoint, b.exchange[i].endpoint);
            assert_memory_equal(a.exchange[i].transport, b.exchange[i].transport, 32);
        }
        xj_anchor_free(&a);
        xj_anchor_free(&b);
        xj_buf_free(&out);
    }
}

static void anchor_decode__refuses_another_entry_root_or_signature(void **state)
{
    (void)state;
    for (int what = 0; what < 3; what++) {
        struct xj_anchor a, b;
        struct xj_buf out;
        make_anchor(&a, 1);
        if (what == 0)
            a.entry.p[0] ^= 1;
        else if (what == 1)
            a.root[0] ^= 1;
        else
            a.signature.p[a.signature.n - 40] ^= 1;
        xj_buf_init(&out, ANCHOR_MAX);
        assert_int_equal(xj_anchor_encode(&a, &out), XJ_OK);
        assert_int_equal(xj_anchor_decode(xj_buf_slice(&out), &b), XJ_ESIGNATURE);
        assert_null(b.entry.p);
        xj_anchor_free(&a);
        xj_anchor_free(&b);
        xj_buf_free(&out);
    }
}

static void anchor_decode__refuses_one_value_made_another(void **state)
{
    struct xj_anchor a, b;
    struct xj_buf good, out;
    struct xj_doc doc;
    (void)state;
    make_anchor(&a, 2);
    xj_buf_init(&good, ANCHOR_MAX);
    xj_buf_init(&out, ANCHOR_MAX);
    assert_int_equal(xj_anchor_encode(&a, &good), XJ_OK);
    assert_int_equal(xj_doc_open(&doc, xj_buf_slice(&good), 256), XJ_OK);
    for (int how = MUTATE_TO_MAP; how <= MUTATE_CUT; how++)
        for (size_t target = 0, total = 1, parts = 1; target < total; target++) {
            xj_buf_reset(&out);
            (void)mutate(&doc.root, (enum mutation)how, SIZE_MAX, &out, &total);
            xj_buf_reset(&out);
            if (mutate(&doc.root, (enum mutation)how, target, &out, &parts))
                assert_int_not_equal(xj_anchor_decode(xj_buf_slice(&out), &b), XJ_OK);
        }
    xj_doc_close(&doc);
    xj_anchor_free(&a);
    xj_buf_free(&good);
    xj_buf_free(&out);
}

static void anchor_decode__refuses_every_cut_and_another_tag(void **state)
{
    (void)state;
    struct xj_anchor a, b;
    struct xj_buf out;
    make_anchor(&a, 2);
    xj_buf_init(&out, ANCHOR_MAX);
    assert_int_equal(xj_anchor_encode(&a, &out), XJ_OK);
    for (size_t n = 0; n < out.n; n++)
        assert_int_equal(xj_anchor_decode(xj_slice_of(out.p, n), &b), XJ_EMALFORMED);
    out.p[2] ^= 1; /* within the tag */
    assert_int_equal(xj_anchor_decode(xj_buf_slice(&out), &b), XJ_EMALFORMED);
    xj_anchor_free(&a);
    xj_buf_free(&out);
}

static void anchor_decode__refuses_an_endpoint_with_a_nul_or_too_long(void **state)
{
    (void)state;
    struct xj_anchor a, b;
    struct xj_buf out;
    char text[300];
    memset(text, 'x', sizeof text);
    make_anchor(&a, 0);
    for (int what = 0; what < 2; what++) {
        xj_buf_init(&out, ANCHOR_MAX);
        assert_int_equal(xj_anchor_encode(&a, &out), XJ_OK);
        out.p[out.n - 1] = 0x91; /* one endpoint instead of none */
        xj_put_array(&out, 2);
        xj_put_str(&out, what == 0 ? xj_slice_of("a\0b", 3) : xj_slice_of(text, 256));
        xj_put_bin(&out, a.root, 32);
        assert_int_equal(xj_anchor_decode(xj_buf_slice(&out), &b), XJ_EMALFORMED);
        xj_buf_free(&out);
    }
    xj_anchor_free(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(keygen_agency__writes_what_the_loaders_derive, set_up, tear_down),
        cmocka_unit_test_setup_teardown(keygen_renewal__keeps_what_opens_the_old, set_up, tear_down),
        cmocka_unit_test_setup_teardown(keygen_renewal__completes_one_that_was_cut_off, set_up, tear_down),
        cmocka_unit_test_setup_teardown(keys__in_a_directory_whose_path_is_too_long_are_neither_made_nor_read, set_up, tear_down),
        cmocka_unit_test_setup_teardown(keygen_agency__does_not_overwrite_any_of_its_files, set_up, tear_down),
        cmocka_unit_test_setup_teardown(keygen_exchange__has_no_sealing_keys, set_up, tear_down),
        cmocka_unit_test_setup_teardown(keygen_single__gives_a_key_that_signs, set_up, tear_down),
        cmocka_unit_test_setup_teardown(load__refuses_a_secret_file_that_others_can_open, set_up, tear_down),
        cmocka_unit_test_setup_teardown(load__accepts_blanks_comments_and_crlf, set_up, tear_down),
        cmocka_unit_test_setup_teardown(load__says_what_is_wrong_and_gives_no_key, set_up, tear_down),
        cmocka_unit_test_setup_teardown(load__names_a_file_that_is_not_there, set_up, tear_down),
        cmocka_unit_test_setup_teardown(public_keys_load__wants_seal_and_recovery_together, set_up, tear_down),
        cmocka_unit_test(anchor__goes_there_and_back),
        cmocka_unit_test(anchor_decode__refuses_another_entry_root_or_signature),
        cmocka_unit_test(anchor_decode__refuses_one_value_made_another),
        cmocka_unit_test(anchor_decode__refuses_every_cut_and_another_tag),
        cmocka_unit_test(anchor_decode__refuses_an_endpoint_with_a_nul_or_too_long),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
