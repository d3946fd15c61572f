#include "agents/cli/options.h"

#include <string.h>

/* The option that arg ("--name" or "--name=value") names, or NULL; *ret_value: what stands behind '=', or NULL. */
static const struct xj_option *find(const char *arg, const struct xj_option *options, size_t count, const char **ret_value)
{
    const char *name = arg + 2, *equals = strchr(name, '=');
    size_t n = equals != NULL ? (size_t)(equals - name) : strlen(name);
    *ret_value = equals != NULL ? equals + 1 : NULL;
    for (size_t i = 0; i < count; i++)
        if (strlen(options[i].name) == n && memcmp(options[i].name, name, n) == 0)
            return &options[i];
    return NULL;
}

/* Stores a value; NULL when all is well, else what is wrong. */
static const char *store(const struct xj_option *o, const char *value)
{
    if (o->list != NULL) {
        if (o->list->count >= XJ_OPTION_LIST_MAX)
            return "出现次数过多 / given too often";
        o->list->at[o->list->count++] = value;
        return NULL;
    }
    *o->value = value;
    return NULL;
}

static bool take(const struct xj_option *o, const char *value, const char *next, int *used, const char **wrong)
{
    if (o == NULL) {
        *wrong = "没有这个选项 / no such option";
    } else if (o->flag != NULL) {
        *wrong = value != NULL ? "这个选项不带值 / this option takes no value" : NULL;
        *o->flag = true;
    } else if (value == NULL && next == NULL) {
        *wrong = "缺少值 / the value is missing";
    } else {
        *used = value == NULL ? 2 : 1;
        *wrong = store(o, value != NULL ? value : next);
    }
    return *wrong == NULL;
}

static int set_language(struct xj_cli *cli, const char *lang, const char *usage)
{
    if (lang == NULL)
        return XJ_EXIT_OK;
    if (strcmp(lang, "zh") != 0 && strcmp(lang, "en") != 0)
        return xj_usage(cli, usage);
    cli->zh = lang[0] == 'z';
    return XJ_EXIT_OK;
}

int xj_options(struct xj_cli *cli, int argc, char **argv, const struct xj_option *options, size_t count, const char *usage,
               int *ret_count)
{
    const char *lang = NULL;
    bool help = false, ended = false;
    const struct xj_option globals[] = {
        {.name = "data", .value = &cli->data}, {.name = "json", .flag = &cli->json},
        {.name = "lang", .value = &lang},      {.name = "help", .flag = &help}};
    int kept = 0, used;
    for (int i = 1; i < argc; i += used) {
        used = 1;
        if (ended || strncmp(argv[i], "--", 2) != 0) {
            argv[++kept] = argv[i];
            continue;
        }
        if (argv[i][2] == '\0') {
            ended = true;
            continue;
        }
        const char *value, *wrong;
        const struct xj_option *o = find(argv[i], options, count, &value);
        if (o == NULL)
            o = find(argv[i], globals, sizeof globals / sizeof globals[0], &value);
        if (!take(o, value, i + 1 < argc ? argv[i + 1] : NULL, &used, &wrong)) {
            xj_tell(cli, "%s：%s", "%s: %s", argv[i], wrong);
            return xj_usage(cli, usage);
        }
    }
    *ret_count = kept;
    return help ? xj_usage(cli, usage) : set_language(cli, lang, usage);
}
