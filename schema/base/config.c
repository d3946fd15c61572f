#include "schema/base/config.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "schema/base/file.h"
#include "schema/base/utf8.h"

struct entry {
    const struct xj_config_name *name;
    char *value;     /* owned */
    uint64_t number; /* of a uint; 0 or 1 of a bool */
    unsigned line;
};

struct xj_config {
    struct entry *entries; /* in file order */
    size_t count, cap;
};

/* What one run of the parser needs to know. */
struct parser {
    const char *file;
    const struct xj_config_name *names;
    size_t count;
    struct xj_config *config;
    struct xj_buf *error;
    unsigned line, faults;
    enum xj_err err; /* XJ_ENOMEM once memory was out */
};

/* Opens the line of a fault; false once enough is said. */
static bool begin_fault(struct parser *p)
{
    if (p->faults++ >= XJ_CONFIG_ERRORS_MAX)
        return false;
    xj_buf_addf(p->error, "%s:%u: ", p->file, p->line);
    return true;
}

static void fault(struct parser *p, const char *zh, const char *en)
{
    if (begin_fault(p))
        xj_buf_addf(p->error, "%s / %s\n", zh, en);
}

static bool blank(uint8_t c)
{
    return c == ' ' || c == '\t';
}

static struct xj_slice trim(struct xj_slice s)
{
    while (s.n > 0 && blank(s.p[0])) {
        s.p++;
        s.n--;
    }
    while (s.n > 0 && blank(s.p[s.n - 1]))
        s.n--;
    return s;
}

static struct xj_slice without_comment(struct xj_slice line)
{
    for (size_t i = 0; i < line.n; i++)
        if (line.p[i] == '#' && (i == 0 || blank(line.p[i - 1])))
            return xj_slice_of(line.p, i);
    return line;
}

static bool printable(struct xj_slice s)
{
    for (size_t i = 0; i < s.n; i++)
        if ((s.p[i] < 0x20 && s.p[i] != '\t') || s.p[i] == 0x7f)
            return false;
    return xj_utf8_valid(s);
}

static bool well_named(struct xj_slice name)
{
    if (name.n == 0 || name.n > XJ_CONFIG_NAME_MAX)
        return false;
    for (size_t i = 0; i < name.n; i++) {
        uint8_t c = name.p[i];
        if (!((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '_' || c == '-'))
            return false;
    }
    return true;
}

static const struct xj_config_name *find_name(const struct parser *p, struct xj_slice name)
{
    for (size_t i = 0; i < p->count; i++)
        if (xj_slice_is(name, p->names[i].name))
            return &p->names[i];
    return NULL;
}

static void fault_unknown(struct parser *p, struct xj_slice name)
{
    if (!begin_fault(p))
        return;
    xj_buf_addf(p->error, "不认识的名称“%.*s”，请改用列出的名称或删去此行 / unknown name \"%.*s\": use one of these or remove the "
                "line:", (int)name.n, (const char *)name.p, (int)name.n, (const char *)name.p);
    for (size_t i = 0; i < p->count; i++)
        xj_buf_addf(p->error, " %s", p->names[i].name);
    xj_buf_add_str(p->error, "\n");
}

static void fault_repeated(struct parser *p, const struct entry *first)
{
    if (begin_fault(p))
        xj_buf_addf(p->error, "“%s”已在第 %u 行设定，请只保留一处 / \"%s\" is set on line %u already: keep one of the two\n",
                    first->name->name, first->line, first->name->name, first->line);
}

static uint64_t upper(const struct xj_config_name *name)
{
    if (name->max != 0)
        return name->max;
    return name->kind == XJ_CONFIG_UINT ? UINT64_MAX : XJ_CONFIG_VALUE_MAX;
}

static void fault_range(struct parser *p, const struct xj_config_name *name)
{
    if (!begin_fault(p))
        return;
    if (name->kind == XJ_CONFIG_UINT)
        xj_buf_addf(p->error, "“%s”须为 %" PRIu64 " 至 %" PRIu64 " 的十进制整数，请改正 / \"%s\" must be a decimal whole number from %"
                    PRIu64 " to %" PRIu64 ": correct it\n", name->name, name->min, upper(name), name->name, name->min,
                    upper(name));
    else
        xj_buf_addf(p->error, "“%s”的值须为 %" PRIu64 " 至 %" PRIu64 " 字节，请改正 / the value of \"%s\" must be %" PRIu64 " to %"
                    PRIu64 " bytes long: correct it\n", name->name, name->min, upper(name), name->name, name->min,
                    upper(name));
}

static void fault_bool(struct parser *p, const struct xj_config_name *name)
{
    if (begin_fault(p))
        xj_buf_addf(p->error, "“%s”须为 yes 或 no，请改正 / \"%s\" must be yes or no: correct it\n", name->name, name->name);
}

/* Decimal digits only; a leading zero is refused because some readers would take it for octal. */
static bool read_uint(struct xj_slice s, uint64_t *ret)
{
    uint64_t v = 0;
    if (s.n == 0 || (s.n > 1 && s.p[0] == '0'))
        return false;
    for (size_t i = 0; i < s.n; i++) {
        if (s.p[i] < '0' || s.p[i] > '9' || __builtin_mul_overflow(v, UINT64_C(10), &v) ||
            __builtin_add_overflow(v, (uint64_t)(s.p[i] - '0'), &v))
            return false;
    }
    *ret = v;
    return true;
}

static bool read_bool(struct xj_slice s, uint64_t *ret)
{
    *ret = xj_slice_is(s, "yes") || xj_slice_is(s, "true");
    return *ret == 1 || xj_slice_is(s, "no") || xj_slice_is(s, "false");
}

/* Checks a value by its kind; false after a fault was reported. */
static bool check_value(struct parser *p, const struct xj_config_name *name, struct xj_slice value, uint64_t *ret_number)
{
    *ret_number = 0;
    if (value.n > XJ_CONFIG_VALUE_MAX) {
        fault(p, "值超过 1024 字节，请缩短", "the value is over 1024 bytes: shorten it");
        return false;
    }
    switch (name->kind) {
    case XJ_CONFIG_UINT:
        if (read_uint(value, ret_number) && *ret_number >= name->min && *ret_number <= upper(name))
            return true;
        fault_range(p, name);
        return false;
    case XJ_CONFIG_BOOL:
        if (read_bool(value, ret_number))
            return true;
        fault_bool(p, name);
        return false;
    case XJ_CONFIG_PATH:
        if (value.n == 0) {
            fault(p, "路径为空，请填写路径", "the path is empty: give one");
            return false;
        }
        break;
    case XJ_CONFIG_STRING:
    case XJ_CONFIG_KIND_INVALID:
    default: break;
    }
    if (value.n >= name->min && value.n <= upper(name))
        return true;
    fault_range(p, name);
    return false;
}

/* The value as kept: a relative path with the file's directory before it. NULL when memory is out. */
static char *keep_value(const struct parser *p, const struct xj_config_name *name, struct xj_slice value)
{
    const char *slash = strrchr(p->file, '/');
    if (name->kind != XJ_CONFIG_PATH || value.p[0] == '/' || slash == NULL)
        return xj_slice_dup(value);
    size_t dir = (size_t)(slash - p->file) + 1;
    char *path = malloc(dir + value.n + 1);
    if (path == NULL)
        return NULL;
    memcpy(path, p->file, dir);
    memcpy(path + dir, value.p, value.n);
    path[dir + value.n] = 0;
    return path;
}

static void add_entry(struct parser *p, const struct xj_config_name *name, struct xj_slice value, uint64_t number)
{
    struct xj_config *config = p->config;
    if (config->count == XJ_CONFIG_ENTRIES_MAX) {
        fault(p, "设定超过 1024 行，请删减", "more than 1024 settings: remove some");
        return;
    }
    if (config->count == config->cap) {
        size_t cap = config->cap == 0 ? 16 : config->cap * 2;
        struct entry *grown = realloc(config->entries, cap * sizeof *grown);
        if (grown == NULL) {
            p->err = XJ_ENOMEM;
            return;
        }
        config->entries = grown;
        config->cap = cap;
    }
    char *kept = keep_value(p, name, value);
    if (kept == NULL) {
        p->err = XJ_ENOMEM;
        return;
    }
    config->entries[config->count++] = (struct entry){name, kept, number, p->line};
}

static const struct entry *find_entry(const struct xj_config *config, const char *name, size_t i)
{
    for (size_t k = 0; k < config->count; k++)
        if (strcmp(config->entries[k].name->name, name) == 0 && i-- == 0)
            return &config->entries[k];
    return NULL;
}

static void parse_setting(struct parser *p, struct xj_slice left, struct xj_slice value)
{
    uint64_t number;
    if (!well_named(left)) {
        fault(p, "名称只能由小写字母、数字和 . _ - 组成，且不超过 64 字节，请改正",
              "a name is lower-case letters, digits and . _ - only, at most 64 bytes: correct it");
        return;
    }
    const struct xj_config_name *name = find_name(p, left);
    if (name == NULL) {
        fault_unknown(p, left);
        return;
    }
    const struct entry *first = find_entry(p->config, name->name, 0);
    if (first != NULL && name->need != XJ_CONFIG_LIST)
        fault_repeated(p, first);
    else if (check_value(p, name, value, &number))
        add_entry(p, name, value, number);
}

static void parse_line(struct parser *p, struct xj_slice line)
{
    if (line.n > 0 && line.p[line.n - 1] == '\r')
        line.n--;
    if (!printable(line)) {
        fault(p, "此行含有控制字符或不是 UTF-8，请以 UTF-8 重新保存", "control characters or not UTF-8: save the file as UTF-8");
        return;
    }
    line = trim(without_comment(line));
    if (line.n == 0)
        return;
    const uint8_t *equals = memchr(line.p, '=', line.n);
    if (equals == NULL) {
        fault(p, "缺少“=”，请写成“名称 = 值”", "no \"=\" here: write name = value");
        return;
    }
    size_t at = (size_t)(equals - line.p);
    parse_setting(p, trim(xj_slice_of(line.p, at)), trim(xj_slice_of(equals + 1, line.n - at - 1)));
}

static void check_required(struct parser *p)
{
    for (size_t i = 0; i < p->count; i++) {
        const char *name = p->names[i].name;
        if (p->names[i].need != XJ_CONFIG_REQUIRED || find_entry(p->config, name, 0) != NULL)
            continue;
        if (begin_fault(p))
            xj_buf_addf(p->error, "缺少必填项“%s”，请添加一行“%s = 值” / \"%s\" is required: add a line %s = value\n", name, name,
                        name, name);
    }
}

static void parse_lines(struct parser *p, struct xj_slice text)
{
    if (text.n >= 3 && memcmp(text.p, "\xef\xbb\xbf", 3) == 0)
        text = xj_slice_of(text.p + 3, text.n - 3);
    while (text.n > 0 && p->err == XJ_OK) {
        const uint8_t *newline = memchr(text.p, '\n', text.n);
        size_t n = newline != NULL ? (size_t)(newline - text.p) : text.n;
        p->line++;
        parse_line(p, xj_slice_of(text.p, n));
        n += newline != NULL;
        text = xj_slice_of(text.p + n, text.n - n);
    }
}

/* A text that met its ceiling is cut short but stays readable: xj_buf_cstr gives nothing while the error stands. */
static void end_text(struct xj_buf *error)
{
    if (error->err == XJ_ELIMIT)
        error->err = XJ_OK;
}

enum xj_err xj_config_parse(struct xj_slice text, const char *file, const struct xj_config_name *names, size_t count,
                            struct xj_config **ret, struct xj_buf *error)
{
    *ret = NULL;
    if (text.n > XJ_CONFIG_FILE_MAX) {
        xj_buf_addf(error, "%s: 文件超过 64 KiB，请删减 / the file is over 64 KiB: shorten it\n", file);
        end_text(error);
        return XJ_ELIMIT;
    }
    struct parser p = {.file = file, .names = names, .count = count, .error = error};
    p.config = calloc(1, sizeof *p.config);
    if (p.config == NULL)
        return XJ_ENOMEM;
    parse_lines(&p, text);
    if (p.err == XJ_OK)
        check_required(&p);
    if (p.err == XJ_OK && p.faults > 0)
        p.err = XJ_ECONFIG;
    end_text(error);
    if (p.err != XJ_OK)
        xj_config_free(p.config);
    else
        *ret = p.config;
    return p.err;
}

enum xj_err xj_config_load(const char *path, const struct xj_config_name *names, size_t count, struct xj_config **ret,
                           struct xj_buf *error)
{
    struct xj_buf text;
    *ret = NULL;
    enum xj_err err = xj_file_read(path, XJ_CONFIG_FILE_MAX, &text);
    if (err == XJ_ELIMIT)
        xj_buf_addf(error, "%s: 文件超过 64 KiB，请删减 / the file is over 64 KiB: shorten it\n", path);
    else if (err == XJ_ENOTFOUND)
        xj_buf_addf(error, "%s: 没有此文件，请检查路径 / no such file: check the path\n", path);
    else if (err == XJ_EDENIED)
        xj_buf_addf(error, "%s: 无权读取，请检查文件权限 / not allowed to read it: check the permissions\n", path);
    else if (err != XJ_OK)
        xj_buf_addf(error, "%s: 无法读取（%s），请检查文件 / cannot be read (%s): check the file\n", path, xj_err_name(err),
                    xj_err_name(err));
    if (err != XJ_OK) {
        end_text(error);
        return err;
    }
    err = xj_config_parse(xj_buf_slice(&text), path, names, count, ret, error);
    xj_buf_free(&text);
    return err;
}

void xj_config_free(struct xj_config *config)
{
    if (config == NULL)
        return;
    for (size_t i = 0; i < config->count; i++)
        free(config->entries[i].value);
    free(config->entries);
    free(config);
}

size_t xj_config_count(const struct xj_config *config, const char *name)
{
    size_t n = 0;
    for (size_t i = 0; i < config->count; i++)
        n += strcmp(config->entries[i].name->name, name) == 0;
    return n;
}

const char *xj_config_at(const struct xj_config *config, const char *name, size_t i)
{
    const struct entry *entry = find_entry(config, name, i);
    return entry != NULL ? entry->value : NULL;
}

const char *xj_config_str(const struct xj_config *config, const char *name, const char *dflt)
{
    const struct entry *entry = find_entry(config, name, 0);
    return entry != NULL ? entry->value : dflt;
}

uint64_t xj_config_uint(const struct xj_config *config, const char *name, uint64_t dflt)
{
    const struct entry *entry = find_entry(config, name, 0);
    return entry != NULL ? entry->number : dflt;
}

bool xj_config_bool(const struct xj_config *config, const char *name, bool dflt)
{
    const struct entry *entry = find_entry(config, name, 0);
    return entry != NULL ? entry->number != 0 : dflt;
}
