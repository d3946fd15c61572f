#include <string.h>

#include "agents/cli/enroll.h"
#include "agents/cli/options.h"

#define USAGE_KEYGEN "keygen agency|exchange|root|registrar DIR [--retire OLD] (OLD: where the agency's present keys lie)"
#define USAGE_EXCHANGE                                                                                                        \
    "enroll exchange --division D --name N --root ROOTDIR --registrar-agency ID [--registrar-name N] "                        \
    "[--registrar-role justice] --registrar-keys FILE --registrar-pub FILE --endpoint tcp://HOST:PORT … [--listen ENDPOINT] DIR"
#define USAGE_AGENCY                                                                                                          \
    "enroll agency --anchor FILE --keys DIR --agency ID [--endpoint ENDPOINT] [--registrar-key FILE] DIR"

static void print_key(const struct xj_cli *cli, json_t *object, const char *name, const uint8_t key[32])
{
    char hex[65];
    xj_hex(key, 32, hex);
    if (cli->json)
        (void)json_object_set_new(object, name, json_string(hex));
    else
        (void)fprintf(cli->out, "%-10s %s\n", name, hex);
}

static void print_keys(const struct xj_cli *cli, const char *kind, const struct xj_public_keys *keys)
{
    json_t *object = json_object();
    print_key(cli, object, "sign", keys->sign);
    if (strcmp(kind, "agency") == 0) {
        print_key(cli, object, "seal", keys->seal);
        print_key(cli, object, "recovery", keys->recovery);
    }
    if (strcmp(kind, "agency") == 0 || strcmp(kind, "exchange") == 0)
        print_key(cli, object, "transport", keys->transport);
    if (cli->json)
        xj_cli_print_json(cli, object);
    json_decref(object);
}

int xj_cmd_keygen(struct xj_cli *cli, int argc, char **argv)
{
    int n;
    const char *old = NULL;
    struct xj_buf text;
    struct xj_public_keys keys;
    const struct xj_option options[] = {{.name = "retire", .value = &old}};
    memset(&keys, 0, sizeof keys);
    int rc = xj_options(cli, argc, argv, options, 1, USAGE_KEYGEN, &n);
    if (rc != XJ_EXIT_OK)
        return rc;
    if (n != 2 || (old != NULL && strcmp(argv[1], "agency") != 0))
        return xj_usage(cli, USAGE_KEYGEN);
    const char *kind = argv[1], *dir = argv[2];
    enum xj_err err;
    xj_buf_init(&text, 4096);
    if (old != NULL)
        err = xj_keygen_renewal(cli->env, dir, old, &keys, &text);
    else if (strcmp(kind, "agency") == 0)
        err = xj_keygen_agency(cli->env, dir, &keys);
    else if (strcmp(kind, "exchange") == 0)
        err = xj_keygen_exchange(cli->env, dir, &keys);
    else if (strcmp(kind, "root") == 0 || strcmp(kind, "registrar") == 0)
        err = xj_keygen_single(cli->env, dir, kind, keys.sign);
    else
        return xj_usage(cli, USAGE_KEYGEN);
    if (err != XJ_OK && text.n > 0) {
        rc = xj_fail(cli, err, &text);
        xj_buf_free(&text);
        return rc;
    }
    xj_buf_free(&text);
    if (err == XJ_EEXISTS) {
        xj_tell(cli, "%s 里已有密钥，不覆盖", "%s holds keys already; they are not overwritten", dir);
        return XJ_EXIT_USAGE;
    }
    if (err != XJ_OK)
        return xj_fail(cli, err, NULL);
    print_keys(cli, kind, &keys);
    if (strcmp(kind, "agency") == 0)
        xj_tell(cli, "请把 %s/recovery.keys 移出本机妥善保管", "carry %s/recovery.keys away from this machine", dir);
    return XJ_EXIT_OK;
}

static int done(const struct xj_cli *cli, enum xj_err err, struct xj_buf *text, const char *dir)
{
    int rc = XJ_EXIT_OK;
    if (err != XJ_OK)
        rc = xj_fail(cli, err, text);
    else
        xj_tell(cli, "已建立：%s", "made: %s", dir);
    xj_buf_free(text);
    return rc;
}

static int enroll_exchange(struct xj_cli *cli, int argc, char **argv)
{
    struct xj_enroll_exchange e = {.registrar = {.role = "justice"}, .listen = "tcp://0.0.0.0:5670"};
    struct xj_option_list endpoints = {.count = 0};
    const char *root = NULL, *keys = NULL, *pub = NULL;
    const struct xj_option options[] = {{.name = "division", .value = &e.division},
                                        {.name = "name", .value = &e.name},
                                        {.name = "root", .value = &root},
                                        {.name = "registrar-agency", .value = &e.registrar.id},
                                        {.name = "registrar-name", .value = &e.registrar.name},
                                        {.name = "registrar-role", .value = &e.registrar.role},
                                        {.name = "registrar-keys", .value = &keys},
                                        {.name = "registrar-pub", .value = &pub},
                                        {.name = "endpoint", .list = &endpoints},
                                        {.name = "listen", .value = &e.listen},
                                        {.name = "allow-tmpfs", .flag = &e.volatile_ok}};
    int n;
    int rc = xj_options(cli, argc, argv, options, sizeof options / sizeof options[0], USAGE_EXCHANGE, &n);
    if (rc != XJ_EXIT_OK)
        return rc;
    if (n != 1 || e.division == NULL || e.name == NULL || root == NULL || e.registrar.id == NULL || keys == NULL ||
        pub == NULL || endpoints.count == 0)
        return xj_usage(cli, USAGE_EXCHANGE);
    e.dir = argv[1];
    e.endpoints = endpoints.at;
    e.endpoint_count = endpoints.count;
    if (e.registrar.name == NULL)
        e.registrar.name = e.registrar.id;
    struct xj_buf text, root_key;
    xj_buf_init(&text, 64 * 1024);
    xj_buf_init(&root_key, 8192);
    e.root_key = xj_join(&root_key, root, "root.keys");
    enum xj_err err = e.root_key != NULL ? xj_public_keys_load(keys, &e.registrar_keys, &text) : root_key.err;
    if (err == XJ_OK)
        err = xj_single_public_load(pub, e.registrar_sign, &text);
    if (err == XJ_OK)
        err = xj_enroll_exchange(cli->env, &e, &text);
    xj_buf_free(&root_key);
    return done(cli, err, &text, e.dir);
}

static int enroll_agency(struct xj_cli *cli, int argc, char **argv)
{
    struct xj_enroll_agency e = {.dir = NULL};
    const struct xj_option options[] = {{.name = "anchor", .value = &e.anchor},
                                        {.name = "keys", .value = &e.keys_dir},
                                        {.name = "agency", .value = &e.agency},
                                        {.name = "endpoint", .value = &e.endpoint},
                                        {.name = "registrar-key", .value = &e.registrar_key}};
    int n;
    int rc = xj_options(cli, argc, argv, options, sizeof options / sizeof options[0], USAGE_AGENCY, &n);
    if (rc != XJ_EXIT_OK)
        return rc;
    if (n != 1 || e.anchor == NULL || e.keys_dir == NULL || e.agency == NULL)
        return xj_usage(cli, USAGE_AGENCY);
    e.dir = argv[1];
    struct xj_buf text;
    xj_buf_init(&text, 64 * 1024);
    enum xj_err err = xj_enroll_agency(&e, &text);
    return done(cli, err, &text, e.dir);
}

int xj_cmd_enroll(struct xj_cli *cli, int argc, char **argv)
{
    if (argc >= 2 && strcmp(argv[1], "exchange") == 0)
        return enroll_exchange(cli, argc - 1, argv + 1);
    if (argc >= 2 && strcmp(argv[1], "agency") == 0)
        return enroll_agency(cli, argc - 1, argv + 1);
    xj_tell(cli, "用法：xianjie %s\n      xianjie %s", "usage: xianjie %s\n       xianjie %s", USAGE_EXCHANGE, USAGE_AGENCY);
    return XJ_EXIT_USAGE;
}
