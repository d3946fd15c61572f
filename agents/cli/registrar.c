#include "agents/cli/registrar.h"

#include <stdlib.h>
#include <string.h>

#include "agents/cli/enroll.h"
#include "agents/cli/options.h"
#include "agents/cli/register_bulk.h"
#include "agents/cli/snapshot.h"
#include "schema/base/civil.h"
#include "schema/ledger/db.h"
#include "schema/wire/read.h"

#define LONG_HEX 64 /* bytes above which people see a length only */

static enum xj_err load_key(const struct xj_cli *cli, const char *key_file, struct xj_sign_key *ret, struct xj_buf *text)
{
    struct xj_buf path;
    xj_buf_init(&path, 8192);
    (void)xj_env_system(); /* initialises libsodium */
    const char *file = key_file != NULL ? key_file : xj_join(&path, cli->data, "registrar.keys");
    enum xj_err err = file != NULL ? xj_single_key_load(file, ret, text) : path.err;
    xj_buf_free(&path);
    return err;
}

int xj_registrar_send(const struct xj_cli *cli, const struct xj_changes *changes, const char *key_file, struct xj_buf *text,
                      uint64_t *ret_number)
{
    int rc;
    struct xj_sign_key key;
    memset(&key, 0, sizeof key);
    if (changes->err != XJ_OK)
        return xj_fail(cli, changes->err, text);
    struct xj_client *client = xj_cli_client(cli, &rc);
    if (client == NULL)
        return rc;
    enum xj_err err = load_key(cli, key_file, &key, text);
    if (err == XJ_OK)
        err = xj_changes_post(changes, client, &key, cli->env->now_ms(cli->env->ctx), ret_number, text);
    xj_sign_key_wipe(&key);
    xj_client_close(client);
    return err == XJ_OK ? XJ_EXIT_OK : xj_fail(cli, err, text);
}

int xj_registrar_post(const struct xj_cli *cli, const struct xj_changes *changes, const char *key_file, struct xj_buf *text)
{
    uint64_t number = 0;
    const int rc = xj_registrar_send(cli, changes, key_file, text, &number);
    if (rc != XJ_EXIT_OK)
        return rc;
    if (cli->json)
        (void)fprintf(cli->out, "{\"number\": %llu}\n", (unsigned long long)number);
    else
        xj_print(cli, "已登记，登记簿现为第 %llu 号\n", "registered; the register stands at %llu\n",
                 (unsigned long long)number);
    return XJ_EXIT_OK;
}

/* ---- showing ---- */

static json_t *json_of(const msgpack_object *o, unsigned depth);

static json_t *json_of_bytes(const msgpack_object_bin *b)
{
    char *hex = malloc(2 * (size_t)b->size + 1);
    if (hex == NULL)
        return NULL;
    xj_hex(b->ptr, b->size, hex);
    json_t *v = json_pack("{s:s}", "hex", hex);
    free(hex);
    return v;
}

static json_t *json_of_list(const msgpack_object_array *a, unsigned depth)
{
    json_t *v = json_array();
    for (uint32_t i = 0; v != NULL && i < a->size; i++)
        (void)json_array_append_new(v, json_of(&a->ptr[i], depth + 1));
    return v;
}

static json_t *json_of_map(const msgpack_object_map *m, unsigned depth)
{
    json_t *v = json_object();
    for (uint32_t i = 0; v != NULL && i < m->size; i++) {
        const msgpack_object *key = &m->ptr[i].key;
        if (key->type == MSGPACK_OBJECT_STR)
            (void)json_object_setn_new(v, key->via.str.ptr, key->via.str.size, json_of(&m->ptr[i].val, depth + 1));
    }
    return v;
}

static json_t *json_of(const msgpack_object *o, unsigned depth)
{
    if (depth > XJ_WIRE_DEPTH_MAX)
        return NULL;
    switch (o->type) {
    case MSGPACK_OBJECT_BOOLEAN: return json_boolean(o->via.boolean);
    case MSGPACK_OBJECT_POSITIVE_INTEGER: return json_integer((json_int_t)o->via.u64);
    case MSGPACK_OBJECT_NEGATIVE_INTEGER: return json_integer((json_int_t)o->via.i64);
    case MSGPACK_OBJECT_STR: return json_stringn(o->via.str.ptr, o->via.str.size);
    case MSGPACK_OBJECT_BIN: return json_of_bytes(&o->via.bin);
    case MSGPACK_OBJECT_ARRAY: return json_of_list(&o->via.array, depth);
    case MSGPACK_OBJECT_MAP: return json_of_map(&o->via.map, depth);
    default: return json_null();
    }
}

json_t *xj_registrar_value(struct xj_slice value)
{
    struct xj_doc doc;
    if (xj_doc_open(&doc, value, XJ_MAX_REGISTER_NODES) != XJ_OK)
        return NULL;
    json_t *v = json_of(&doc.root, 0);
    xj_doc_close(&doc);
    return v;
}

struct listing {
    const struct xj_cli *cli;
    const char *kind;
    json_t *list; /* for --json; else NULL */
    size_t count;
};

/* Long bytes are for machines: people see how many there are. */
static void shorten(json_t *value)
{
    const char *key;
    json_t *each;
    void *next;
    json_object_foreach_safe(value, next, key, each) {
        const char *hex = json_string_value(json_object_get(each, "hex"));
        if (hex != NULL && strlen(hex) > 2 * LONG_HEX) {
            char text[48];
            (void)snprintf(text, sizeof text, "(%zu bytes)", strlen(hex) / 2);
            (void)json_object_set_new(value, key, json_string(text));
        } else if (hex != NULL) {
            (void)json_object_set(value, key, json_object_get(each, "hex"));
        }
    }
}

/* An instant is for machines: people see the time in Beijing. */
static void show_instant(json_t *value, const char *key)
{
    char text[30];
    if (!json_is_integer(json_object_get(value, key)))
        return;
    xj_instant_format(json_integer_value(json_object_get(value, key)), text);
    (void)json_object_set_new(value, key, json_string(text));
}

static bool show_fact(void *arg, struct xj_slice id, struct xj_slice value)
{
    struct listing *l = arg;
    json_t *v = xj_registrar_value(value);
    l->count++;
    if (l->list != NULL) {
        (void)json_array_append_new(l->list, json_pack("{s:s, s:s%, s:o}", "kind", l->kind, "id", (const char *)id.p, id.n,
                                                       "value", v != NULL ? v : json_null()));
        return true;
    }
    shorten(v);
    if (strcmp(l->kind, "succeeded_by") == 0)
        show_instant(v, "at");
    if (strcmp(l->kind, "compromised") == 0)
        show_instant(v, "since");
    char *text = v != NULL ? json_dumps(v, JSON_COMPACT | JSON_ENCODE_ANY) : NULL;
    (void)fprintf(l->cli->out, "%-12s %.*s\n             %s\n", l->kind, (int)id.n, (const char *)id.p,
                  text != NULL ? text : "?");
    free(text);
    json_decref(v);
    return true;
}

static enum xj_err list_kinds(const struct xj_store *store, struct listing *l, const char *kind, const char *prefix)
{
    static const char *const kinds[] = {"exchange", "registrar", "agency",      "keys",       "status",      "counterpart",
                                        "procedure", "calendar", "standards", "grant", "certificate", "entrustment",
                                        "succeeded_by", "compromised", "order"};
    enum xj_err err = XJ_OK;
    for (size_t i = 0; err == XJ_OK && i < sizeof kinds / sizeof kinds[0]; i++) {
        if (kind != NULL && strcmp(kind, kinds[i]) != 0)
            continue;
        l->kind = kinds[i];
        err = xj_reg_each(store, kinds[i], xj_slice_cstr(prefix), show_fact, l);
    }
    return err;
}

/* What is to be shown. */
struct show {
    const char *kind, *prefix, *agency;
    size_t count; /* of facts found */
};

static enum xj_err show_in(const struct xj_cli *cli, struct xj_db *db, struct show *show)
{
    struct xj_store store = xj_db_store(db);
    struct xj_reg_head head;
    struct listing l = {.cli = cli};
    enum xj_err err = xj_reg_head(&store, &head);
    if (err != XJ_OK)
        return err;
    if (!cli->json)
        xj_print(cli, "登记簿第 %llu 号\n", "register number %llu\n", (unsigned long long)head.number);
    if (show->agency != NULL)
        return xj_register_table(cli, &store, show->kind, show->agency[0] != '\0' ? show->agency : NULL, &show->count);
    l.list = cli->json ? json_array() : NULL;
    err = list_kinds(&store, &l, show->kind, show->prefix);
    if (err == XJ_OK && cli->json)
        xj_cli_print_json(cli, l.list);
    json_decref(l.list);
    show->count = l.count;
    return err;
}

int xj_registrar_show(struct xj_cli *cli, int argc, char **argv)
{
    static const char usage[] = "register show [KIND] [ID] | register show --kind KIND [--agency ID]";
    struct show show = {.prefix = ""};
    struct xj_snapshot snapshot;
    int n;
    const struct xj_option options[] = {{.name = "kind", .value = &show.kind}, {.name = "agency", .value = &show.agency}};
    int rc = xj_options(cli, argc, argv, options, sizeof options / sizeof options[0], usage, &n);
    if (rc != XJ_EXIT_OK)
        return rc;
    bool table = show.kind != NULL && xj_register_has_table(show.kind);
    if (n > 2 || (show.kind != NULL && n > 0) || (show.agency != NULL && !table))
        return xj_usage(cli, usage);
    if (table && show.agency == NULL)
        show.agency = "";
    show.kind = n >= 1 ? argv[1] : show.kind;
    show.prefix = n == 2 ? argv[2] : "";
    rc = xj_snapshot_take(cli, &snapshot);
    if (rc != XJ_EXIT_OK)
        return rc;
    struct xj_buf text;
    struct xj_db *db = NULL;
    xj_buf_init(&text, 64 * 1024);
    struct xj_db_options o = {.path = snapshot.path, .format = "xianjie ledger 1", .read_only = true, .volatile_ok = true};
    enum xj_err err = xj_db_open(&o, cli->env, &db, &text);
    if (err == XJ_OK)
        err = show_in(cli, db, &show);
    rc = err == XJ_OK ? XJ_EXIT_OK : xj_fail(cli, err, &text);
    bool asked = n == 2 || (show.agency != NULL && show.agency[0] != '\0');
    if (rc == XJ_EXIT_OK && asked && show.count == 0)
        rc = XJ_EXIT_NOT_FOUND;
    xj_db_close(db);
    xj_snapshot_drop(&snapshot);
    xj_buf_free(&text);
    return rc;
}
