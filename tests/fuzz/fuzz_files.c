/* Files an operator may write by hand or copy from elsewhere: configuration, key files, the anchor. The first byte chooses.
 * What is refused leaves nothing and says why; what is taken can be asked for.
 * Build: clang -fsanitize=fuzzer,address,undefined. Spec: spec/00-conventions.md, spec/02-trust.md, sections 6 to 8. */
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "schema/base/config.h"
#include "schema/base/limits.h"
#include "schema/base/utf8.h"
#include "schema/trust/keys.h"
#include "schema/wire/pack.h"
#include "tests/fuzz/fuzz.h"

static char dir[] = "/dev/shm/xianjie-fuzz-files-XXXXXX";

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    (void)argc;
    (void)argv;
    must(mkdtemp(dir) != NULL);
    fuzz_remove_at_exit(dir);
    return 0;
}

static void in_dir(char path[128], const char *name)
{
    must(snprintf(path, 128, "%s/%s", dir, name) < 128);
}

static void put_file(const char *name, struct xj_slice bytes)
{
    char path[128];
    in_dir(path, name);
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    must(fd >= 0 && write(fd, bytes.p, bytes.n) == (ssize_t)bytes.n && close(fd) == 0);
}

static void try_config(struct xj_slice text)
{
    static const struct xj_config_name names[] = {
        {.name = "agency", .need = XJ_CONFIG_REQUIRED, .kind = XJ_CONFIG_STRING, .min = 1, .max = 64},
        {.name = "data", .need = XJ_CONFIG_OPTIONAL, .kind = XJ_CONFIG_PATH},
        {.name = "exchange", .need = XJ_CONFIG_LIST, .kind = XJ_CONFIG_STRING, .min = 1, .max = 255},
        {.name = "credit", .need = XJ_CONFIG_OPTIONAL, .kind = XJ_CONFIG_UINT, .min = 1, .max = 4096},
        {.name = "any", .need = XJ_CONFIG_OPTIONAL, .kind = XJ_CONFIG_UINT},
        {.name = "volatile", .need = XJ_CONFIG_OPTIONAL, .kind = XJ_CONFIG_BOOL},
    };
    struct xj_config *config = NULL;
    struct xj_buf why;
    xj_buf_init(&why, 4096);
    enum xj_err err = xj_config_parse(text, "/etc/xianjie/agent.conf", names, sizeof names / sizeof *names, &config, &why);
    must((err == XJ_OK) == (config != NULL));
    if (err == XJ_OK) {
        const char *data = xj_config_str(config, "data", "/");
        must(xj_config_count(config, "agency") == 1 && xj_config_at(config, "exchange", xj_config_count(config, "exchange")) == NULL);
        must(data[0] == '/' && xj_config_uint(config, "credit", 1) <= 4096);
        (void)xj_config_bool(config, "volatile", false);
    } else {
        must(why.n > 0 || err == XJ_ELIMIT);
        must(xj_utf8_valid(xj_buf_slice(&why)));
    }
    xj_config_free(config);
    xj_buf_free(&why);
}

static void try_keys(unsigned which, struct xj_slice bytes)
{
    char path[128];
    struct xj_agency_keys agency;
    struct xj_exchange_keys exchange;
    struct xj_public_keys public;
    struct xj_sign_key sign;
    struct xj_seal_key seal;
    struct xj_buf why;
    uint8_t one[32];
    enum xj_err err;
    xj_buf_init(&why, 65536);
    put_file("secret.keys", bytes);
    in_dir(path, "secret.keys");
    switch (which) {
    case 0: err = xj_agency_keys_load(dir, &agency, &why); break;
    case 1: err = xj_exchange_keys_load(dir, &exchange, &why); break;
    case 2: err = xj_single_key_load(path, &sign, &why); break;
    case 3: err = xj_public_keys_load(path, &public, &why); break;
    case 4: err = xj_single_public_load(path, one, &why); break;
    default: err = xj_recovery_key_load(path, &seal, &why); break;
    }
    must((err == XJ_OK) == (why.n == 0));
    xj_buf_free(&why);
}

static void try_anchor(struct xj_slice bytes)
{
    struct xj_anchor a;
    struct xj_buf again;
    if (xj_anchor_decode(bytes, &a) != XJ_OK)
        return;
    xj_buf_init(&again, bytes.n + 64);
    must(xj_anchor_encode(&a, &again) == XJ_OK && xj_slice_eq(xj_buf_slice(&again), bytes));
    xj_buf_free(&again);
    xj_anchor_free(&a);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0)
        return 0;
    struct xj_slice bytes = xj_slice_of(data + 1, size - 1);
    switch (data[0] % 8) {
    case 0: try_config(bytes); break;
    case 1: try_anchor(bytes); break;
    default: try_keys(data[0] % 8 - 2u, bytes); break;
    }
    return 0;
}

/* ---- something sound to start from ---- */

static void put_anchor(struct xj_buf *out)
{
    static const uint8_t seed[32] = {1};
    struct xj_anchor a = {.exchange_count = 1};
    struct xj_sign_key root;
    xj_sign_key_from_seed(seed, &root);
    memcpy(a.root, root.public_key, sizeof a.root);
    xj_buf_init(&a.entry, 64);
    xj_buf_init(&a.signature, XJ_MAX_SIGNATURE_BYTES);
    xj_put_cstr(&a.entry, "entry 1");
    struct xj_hash d = xj_digest("xianjie/1 register", xj_buf_slice(&a.entry));
    xj_sign_one(&root, &d, &a.signature);
    (void)snprintf(a.exchange[0].endpoint, sizeof a.exchange[0].endpoint, "tcp://127.0.0.1:5670");
    must(xj_anchor_encode(&a, out) == XJ_OK);
    xj_anchor_free(&a);
}

static void put_text(unsigned which, struct xj_buf *out)
{
    static const char *const hex = "1111111111111111111111111111111111111111111111111111111111111111";
    static const char *const names[][4] = {
        {"sign_seed", "seal_secret", "transport_secret", NULL}, {"sign_seed", "transport_secret", NULL, NULL},
        {"sign_seed", NULL, NULL, NULL}, {"sign", "seal", "recovery", "transport"}, {"sign", NULL, NULL, NULL},
        {"recovery_secret", NULL, NULL, NULL},
    };
    for (size_t i = 0; i < 4 && names[which][i] != NULL; i++)
        xj_buf_addf(out, "%s = %s\n", names[which][i], hex);
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned seed)
{
    if (fuzz_wants_specimen(seed)) {
        struct xj_buf out;
        uint8_t which = (uint8_t)(seed / 16 % 8);
        xj_buf_init(&out, 65536);
        xj_buf_add(&out, &which, 1);
        if (which == 0)
            xj_buf_add_str(&out, "agency = 370800-gaj\ndata = data # here\nexchange = tcp://a:1\ncredit = 5\nvolatile = yes\n");
        else if (which == 1)
            put_anchor(&out);
        else
            put_text(which - 2u, &out);
        size = fuzz_take(&out, data, size, max_size);
    }
    return fuzz_mutate(data, size, max_size, seed);
}
