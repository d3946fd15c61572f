#include "agents/cli/city_private.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "agents/cli/enroll.h"
#include "agents/cli/json_in.h"
#include "schema/base/file.h"
#include "schema/wire/names.h"

#define DESCRIPTION_BYTES (16u * 1024 * 1024)
#define AGENCIES_MAX 1000u
#define ANY_PORT "tcp://127.0.0.1:*"

enum xj_err xj_city_fault(struct xj_buf *text, enum xj_err err, const char *what, const char *zh, const char *en)
{
    if (text != NULL)
        xj_buf_addf(text, "%s：%s / %s: %s\n", what, zh, what, en);
    return err;
}

char *xj_city_path(const char *dir, const char *a, const char *b)
{
    char *path = NULL;
    int n = b != NULL ? asprintf(&path, "%s/%s/%s", dir, a, b) : asprintf(&path, "%s/%s", dir, a);
    return n >= 0 ? path : NULL;
}

/* ---- the description ---- */

static const char *string_of(const json_t *object, const char *key)
{
    const char *s = json_string_value(json_object_get(object, key));
    return s != NULL && s[0] != '\0' ? s : NULL;
}

static enum xj_err read_agency(const json_t *from, struct xj_city_node *node, struct xj_buf *text)
{
    struct xj_agency_spec *a = &node->spec;
    size_t i;
    const json_t *each;
    xj_process_init(&node->process);
    *a = (struct xj_agency_spec){.id = string_of(from, "id"), .name = string_of(from, "name"), .role = string_of(from, "role"),
                                 .sector = string_of(from, "sector"), .division = string_of(from, "division"),
                                 .superior = string_of(from, "superior"),
                                 .vertical = json_is_true(json_object_get(from, "vertical")),
                                 .connected = json_is_true(json_object_get(from, "connected")), .aliases = node->aliases};
    if (a->id == NULL || a->name == NULL || a->role == NULL || !xj_agency_ok(xj_slice_cstr(a->id)))
        return xj_city_fault(text, XJ_ECONFIG, a->id != NULL ? a->id : "agencies", "机关须有 id、name、role",
                             "an agency has id, name and role");
    json_array_foreach(json_object_get(from, "aliases"), i, each)
        if (i < XJ_CITY_ALIASES && json_is_string(each))
            node->aliases[i] = json_string_value(each);
    return XJ_OK;
}

static bool known_twice(const struct xj_city *city, size_t i)
{
    for (size_t j = 0; j < i; j++)
        if (strcmp(city->agencies[i].spec.id, city->agencies[j].spec.id) == 0)
            return true;
    return false;
}

static enum xj_err read_agencies(struct xj_city *city, struct xj_buf *text)
{
    const json_t *list = json_object_get(city->description, "agencies");
    size_t count = json_array_size(list);
    if (count == 0 || count > AGENCIES_MAX)
        return xj_city_fault(text, XJ_ECONFIG, "agencies", "机关数应为 1 到 1000", "there are 1 to 1000 agencies");
    city->agencies = calloc(count, sizeof *city->agencies);
    if (city->agencies == NULL)
        return XJ_ENOMEM;
    for (size_t i = 0; i < count; i++) {
        struct xj_city_node *node = &city->agencies[i];
        enum xj_err err = read_agency(json_array_get(list, i), node, text);
        if (err != XJ_OK)
            return err;
        city->agency_count = i + 1;
        if (known_twice(city, i) || strncmp(node->spec.id, city->division, 6) != 0)
            return xj_city_fault(text, XJ_ECONFIG, node->spec.id, "代号重复，或不以城市的区划代码开头",
                                 "the id is given twice, or does not begin with the city's division");
        if (node->spec.connected && (node->data = xj_city_path(city->dir, "agencies", node->spec.id)) == NULL)
            return XJ_ENOMEM;
    }
    return XJ_OK;
}

static enum xj_err read_description(struct xj_city *city, struct xj_buf *text)
{
    city->division = string_of(city->description, "division");
    city->name = string_of(city->description, "name");
    city->registrar = string_of(city->description, "registrar");
    city->volatile_ok = json_is_true(json_object_get(city->description, "volatile_ok"));
    if (city->division == NULL || city->name == NULL || city->registrar == NULL ||
        !xj_division_ok(xj_slice_cstr(city->division)))
        return xj_city_fault(text, XJ_ECONFIG, "city", "须有 division（六位）、name、registrar",
                             "division (six digits), name and registrar are needed");
    enum xj_err err = read_agencies(city, text);
    if (err != XJ_OK)
        return err;
    const struct xj_city_node *r = xj_city_node(city, city->registrar);
    if (r == NULL || r->data == NULL)
        return xj_city_fault(text, XJ_ECONFIG, city->registrar, "登记机关须是已接入的机关之一",
                             "the registrar is one of the connected agencies");
    city->exchange.data = xj_city_path(city->dir, XJ_CITY_EXCHANGE, NULL);
    return city->exchange.data != NULL ? XJ_OK : XJ_ENOMEM;
}

/* ---- where things are ---- */

static enum xj_err find_programs(struct xj_city *city, const char *bin_dir)
{
    if (bin_dir != NULL) {
        city->bin_dir = realpath(bin_dir, NULL);
        return city->bin_dir != NULL ? XJ_OK : XJ_ENOTFOUND;
    }
    char self[PATH_MAX];
    ssize_t n = readlink("/proc/self/exe", self, sizeof self - 1);
    if (n <= 0)
        return XJ_EIO;
    self[n] = '\0';
    char *slash = strrchr(self, '/');
    if (slash == NULL || slash == self)
        return XJ_ENOTFOUND;
    *slash = '\0';
    city->bin_dir = strdup(self);
    return city->bin_dir != NULL ? XJ_OK : XJ_ENOMEM;
}

static struct xj_city *new_city(void)
{
    (void)xj_env_system(); /* initialises libsodium */
    struct xj_city *city = calloc(1, sizeof *city);
    if (city != NULL)
        xj_process_init(&city->exchange.process);
    return city;
}

static enum xj_err load_keys(struct xj_city *city, struct xj_buf *text)
{
    char *root = xj_city_path(city->dir, "root", "root.pub");
    char *registrar = xj_city_path(city->dir, "registrar", "registrar.keys");
    enum xj_err err = root != NULL && registrar != NULL ? XJ_OK : XJ_ENOMEM;
    if (err == XJ_OK)
        err = xj_single_public_load(root, city->root_key, text);
    if (err == XJ_OK)
        err = xj_single_key_load(registrar, &city->registrar_key, text);
    free(root);
    free(registrar);
    return err;
}

static void find_running(struct xj_city_node *node, const char *conf)
{
    char *pid_file = node->data != NULL ? xj_city_path(node->data, "pid", NULL) : NULL;
    char *mark = node->data != NULL ? xj_city_path(node->data, conf, NULL) : NULL;
    if (pid_file != NULL && mark != NULL)
        (void)xj_process_find(&node->process, pid_file, mark);
    free(pid_file);
    free(mark);
}

static enum xj_err load_description(struct xj_city *city)
{
    struct xj_buf text;
    char *path = xj_city_path(city->dir, "city.json", NULL);
    enum xj_err err = path != NULL ? xj_file_read(path, DESCRIPTION_BYTES, &text) : XJ_ENOMEM;
    if (err == XJ_OK) {
        city->description = xj_json_in(xj_buf_slice(&text), "city.json", NULL);
        err = city->description != NULL ? XJ_OK : XJ_EMALFORMED;
        xj_buf_free(&text);
    }
    free(path);
    return err;
}

enum xj_err xj_city_open(const char *dir, const char *bin_dir, struct xj_city **ret, struct xj_buf *text)
{
    *ret = NULL;
    struct xj_city *city = new_city();
    if (city == NULL)
        return XJ_ENOMEM;
    city->dir = realpath(dir, NULL);
    enum xj_err err = city->dir != NULL ? load_description(city) : XJ_ENOTFOUND;
    if (err != XJ_OK)
        (void)xj_city_fault(text, err, dir, "这里没有城市（city.json）", "there is no city here (city.json)");
    if (err == XJ_OK)
        err = find_programs(city, bin_dir);
    if (err == XJ_OK)
        err = read_description(city, text);
    if (err == XJ_OK)
        err = load_keys(city, text);
    if (err != XJ_OK) {
        xj_city_close(city);
        return err;
    }
    find_running(&city->exchange, "broker.conf");
    for (size_t i = 0; i < city->agency_count; i++)
        find_running(&city->agencies[i], "agent.conf");
    *ret = city;
    return XJ_OK;
}

/* ---- making ---- */

static json_t *describe_agency(const struct xj_agency_spec *a)
{
    json_t *v = json_pack("{s:s, s:s, s:s, s:s*, s:s*, s:s*, s:b, s:b}", "id", a->id, "name", a->name, "role", a->role,
                          "sector", a->sector, "division", a->division, "superior", a->superior, "vertical", a->vertical,
                          "connected", a->connected);
    json_t *aliases = json_array();
    for (size_t i = 0; a->aliases != NULL && a->aliases[i] != NULL; i++)
        (void)json_array_append_new(aliases, json_string(a->aliases[i]));
    if (v != NULL)
        (void)json_object_set_new(v, "aliases", aliases);
    return v;
}

static json_t *describe(const struct xj_city_spec *spec)
{
    json_t *agencies = json_array();
    for (size_t i = 0; i < spec->agency_count; i++)
        if (json_array_append_new(agencies, describe_agency(&spec->agencies[i])) != 0) {
            json_decref(agencies);
            return NULL;
        }
    return json_pack("{s:s, s:s, s:s, s:b, s:o}", "division", spec->division, "name", spec->name, "registrar",
                     spec->registrar, "volatile_ok", spec->volatile_ok, "agencies", agencies);
}

/* What a description cannot do without; the rest is checked when it is read. */
static enum xj_err check_spec(const struct xj_city_spec *spec, struct xj_buf *text)
{
    if (spec->division == NULL || spec->name == NULL || spec->registrar == NULL)
        return xj_city_fault(text, XJ_ECONFIG, "city", "须有 division（六位）、name、registrar",
                             "division (six digits), name and registrar are needed");
    for (size_t i = 0; i < spec->agency_count; i++) {
        const struct xj_agency_spec *a = &spec->agencies[i];
        if (a->id == NULL || a->name == NULL || a->role == NULL)
            return xj_city_fault(text, XJ_ECONFIG, a->id != NULL ? a->id : "agencies", "机关须有 id、name、role",
                                 "an agency has id, name and role");
    }
    return XJ_OK;
}

static enum xj_err check_empty(const char *dir, struct xj_buf *text)
{
    DIR *d = opendir(dir);
    if (d == NULL)
        return errno == ENOENT ? XJ_OK : XJ_EIO;
    size_t n = 0;
    while (readdir(d) != NULL)
        n++;
    (void)closedir(d);
    return n <= 2 ? XJ_OK : xj_city_fault(text, XJ_EEXISTS, dir, "目录不是空的", "the directory is not empty");
}

static enum xj_err write_json(const char *dir, const char *name, const json_t *value)
{
    char *path = xj_city_path(dir, name, NULL), *out = json_dumps(value, JSON_INDENT(1));
    enum xj_err err = path != NULL && out != NULL ? xj_file_write_atomic(path, xj_slice_cstr(out), 0600) : XJ_ENOMEM;
    free(path);
    free(out);
    return err;
}

static enum xj_err make_keys(struct xj_city *city, const struct xj_env *env, struct xj_public_keys *ret_registrar,
                             uint8_t ret_sign[32], uint8_t ret_root[32])
{
    char *root = xj_city_path(city->dir, "root", NULL), *registrar = xj_city_path(city->dir, "registrar", NULL);
    enum xj_err err = root != NULL && registrar != NULL ? XJ_OK : XJ_ENOMEM;
    if (err == XJ_OK)
        err = xj_keygen_single(env, root, "root", ret_root);
    if (err == XJ_OK)
        err = xj_keygen_single(env, registrar, "registrar", ret_sign);
    for (size_t i = 0; err == XJ_OK && i < city->agency_count; i++) {
        const char *id = city->agencies[i].spec.id;
        struct xj_public_keys keys;
        if (city->agencies[i].data == NULL)
            continue;
        char *dir = xj_city_path(city->dir, "keys", id);
        err = dir != NULL ? xj_keygen_agency(env, dir, &keys) : XJ_ENOMEM;
        if (err == XJ_OK && strcmp(id, city->registrar) == 0)
            *ret_registrar = keys;
        free(dir);
    }
    free(root);
    free(registrar);
    return err;
}

static enum xj_err make_exchange(struct xj_city *city, const struct xj_env *env, struct xj_buf *text)
{
    static const char *const endpoints[] = {ANY_PORT}; /* agents are told the real one by their configuration */
    char *root_key = xj_city_path(city->dir, "root", "root.keys");
    struct xj_enroll_exchange e = {.dir = city->exchange.data, .root_key = root_key, .division = city->division,
                                   .name = city->name, .endpoints = endpoints, .endpoint_count = 1, .listen = ANY_PORT,
                                   .volatile_ok = city->volatile_ok};
    e.registrar = xj_city_node(city, city->registrar)->spec;
    enum xj_err err = root_key != NULL ? make_keys(city, env, &e.registrar_keys, e.registrar_sign, city->root_key) : XJ_ENOMEM;
    if (err == XJ_OK)
        err = xj_enroll_exchange(env, &e, text);
    free(root_key);
    return err;
}

static enum xj_err make_agents(struct xj_city *city, struct xj_buf *text)
{
    char *anchor = xj_city_path(city->exchange.data, "anchor", NULL);
    char *registrar = xj_city_path(city->dir, "registrar", "registrar.keys");
    enum xj_err err = anchor != NULL && registrar != NULL ? XJ_OK : XJ_ENOMEM;
    for (size_t i = 0; err == XJ_OK && i < city->agency_count; i++) {
        const struct xj_city_node *node = &city->agencies[i];
        if (node->data == NULL)
            continue;
        char *keys = xj_city_path(city->dir, "keys", node->spec.id);
        bool is_registrar = strcmp(node->spec.id, city->registrar) == 0;
        struct xj_enroll_agency e = {.dir = node->data, .volatile_ok = city->volatile_ok, .anchor = anchor, .keys_dir = keys, .agency = node->spec.id,
                                     .registrar_key = is_registrar ? registrar : NULL};
        err = keys != NULL ? xj_enroll_agency(&e, text) : XJ_ENOMEM;
        free(keys);
    }
    free(anchor);
    free(registrar);
    return err;
}

static enum xj_err make_in(struct xj_city *city, const struct xj_city_spec *spec, const char *dir, struct xj_buf *text)
{
    enum xj_err err = xj_file_mkdirs(dir, 0700);
    if (err != XJ_OK)
        return xj_city_fault(text, err, dir, "不能建立目录", "cannot make the directory");
    city->dir = realpath(dir, NULL);
    city->description = describe(spec);
    if (city->dir == NULL || city->description == NULL)
        return XJ_ENOMEM;
    err = read_description(city, text);
    if (err == XJ_OK)
        err = make_exchange(city, xj_env_system(), text);
    if (err == XJ_OK)
        err = make_agents(city, text);
    if (err == XJ_OK && spec->facts != NULL)
        err = write_json(city->dir, "register.json", spec->facts);
    if (err == XJ_OK)
        err = load_keys(city, text);
    return err == XJ_OK ? write_json(city->dir, "city.json", city->description) : err;
}

enum xj_err xj_city_describe(struct xj_city *city, const struct xj_agency_spec *a, struct xj_city_node *node, struct xj_buf *text)
{
    json_t *list = json_object_get(city->description, "agencies"), *one = describe_agency(a);
    if (one == NULL || json_array_append_new(list, one) != 0)
        return XJ_ENOMEM;
    memset(node, 0, sizeof *node);
    enum xj_err err = read_agency(json_array_get(list, json_array_size(list) - 1), node, text);
    if (err == XJ_OK && node->spec.connected && (node->data = xj_city_path(city->dir, "agencies", node->spec.id)) == NULL)
        err = XJ_ENOMEM;
    return err == XJ_OK ? write_json(city->dir, "city.json", city->description) : err;
}

enum xj_err xj_city_make(const struct xj_city_spec *spec, const char *dir, const char *bin_dir, struct xj_city **ret,
                         struct xj_buf *text)
{
    *ret = NULL;
    struct xj_city *city = new_city();
    if (city == NULL)
        return XJ_ENOMEM;
    enum xj_err err = check_spec(spec, text);
    if (err == XJ_OK)
        err = check_empty(dir, text);
    if (err == XJ_OK)
        err = find_programs(city, bin_dir);
    if (err == XJ_OK)
        err = make_in(city, spec, dir, text);
    if (err != XJ_OK) {
        xj_city_close(city);
        return err;
    }
    *ret = city;
    return XJ_OK;
}

/* ---- looking ---- */

struct xj_city_node *xj_city_node(struct xj_city *city, const char *who)
{
    if (strcmp(who, XJ_CITY_EXCHANGE) == 0)
        return &city->exchange;
    for (size_t i = 0; i < city->agency_count; i++)
        if (strcmp(city->agencies[i].spec.id, who) == 0)
            return &city->agencies[i];
    return NULL;
}

static const struct xj_city_node *look(const struct xj_city *city, const char *who)
{
    return xj_city_node((struct xj_city *)(uintptr_t)city, who);
}

size_t xj_city_agency_count(const struct xj_city *city)
{
    return city->agency_count;
}

const struct xj_agency_spec *xj_city_agency(const struct xj_city *city, size_t i)
{
    return &city->agencies[i].spec;
}

const struct xj_agency_spec *xj_city_find(const struct xj_city *city, const char *id)
{
    const struct xj_city_node *node = look(city, id);
    return node != NULL && node != &city->exchange ? &node->spec : NULL;
}

const char *xj_city_registrar(const struct xj_city *city)
{
    return city->registrar;
}

const char *xj_city_data(const struct xj_city *city, const char *who)
{
    const struct xj_city_node *node = look(city, who);
    return node != NULL ? node->data : NULL;
}

const uint8_t *xj_city_root_key(const struct xj_city *city)
{
    return city->root_key;
}

const struct xj_sign_key *xj_city_registrar_key(const struct xj_city *city)
{
    return &city->registrar_key;
}

static void close_node(struct xj_city_node *node)
{
    if (node->bound)
        (void)xj_process_end(&node->process, false);
    xj_process_forget(&node->process);
    xj_client_close(node->client);
    free(node->data);
}

void xj_city_close(struct xj_city *city)
{
    if (city == NULL)
        return;
    for (size_t i = 0; i < city->agency_count; i++)
        if (city->agencies[i].bound)
            xj_process_ask(&city->agencies[i].process); /* all at once, then wait for each */
    for (size_t i = 0; i < city->agency_count; i++)
        close_node(&city->agencies[i]);
    close_node(&city->exchange);
    free(city->agencies);
    json_decref(city->description);
    sodium_memzero(&city->registrar_key, sizeof city->registrar_key);
    free(city->dir);
    free(city->bin_dir);
    free(city);
}
