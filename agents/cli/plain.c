#include "agents/cli/plain.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* Bytes of the character at p that does not belong on a terminal, or 0. Text is well-formed UTF-8. */
static size_t steers(const unsigned char *p, size_t n)
{
    if ((p[0] < 0x20 && p[0] != '\n' && p[0] != '\t') || p[0] == 0x7f)
        return 1;
    if (n >= 2 && p[0] == 0xc2 && p[1] < 0xa0) /* U+0080 to U+009F */
        return 2;
    if (n < 3 || p[0] != 0xe2)
        return 0;
    const bool turns = (p[1] == 0x80 && p[2] >= 0xaa && p[2] <= 0xae) || /* U+202A to U+202E */
                       (p[1] == 0x81 && p[2] >= 0xa6 && p[2] <= 0xa9);   /* U+2066 to U+2069 */
    return turns ? 3 : 0;
}

static bool is_plain(const char *text, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (steers((const unsigned char *)text + i, n - i) > 0)
            return false;
    return true;
}

/* A string of its own with the replacements; NULL when memory is out. */
static char *cleaned(const char *text, size_t n, size_t *ret_n)
{
    static const char replacement[] = "\xef\xbf\xbd";
    char *made = malloc(3 * n + 1);
    size_t out = 0;
    for (size_t i = 0; made != NULL && i < n;) {
        const size_t bad = steers((const unsigned char *)text + i, n - i);
        if (bad > 0) {
            memcpy(made + out, replacement, 3);
            out += 3;
            i += bad;
        } else {
            made[out++] = text[i++];
        }
    }
    if (made != NULL)
        made[out] = '\0';
    *ret_n = out;
    return made;
}

static enum xj_err plain_string(json_t *s)
{
    const char *text = json_string_value(s);
    size_t n = json_string_length(s), made_n = 0;
    if (is_plain(text, n))
        return XJ_OK;
    char *made = cleaned(text, n, &made_n);
    const bool set = made != NULL && json_string_setn(s, made, made_n) == 0;
    free(made);
    return set ? XJ_OK : XJ_ENOMEM;
}

static enum xj_err plain_key(json_t *object, const char *key, json_t *value)
{
    size_t made_n = 0;
    if (is_plain(key, strlen(key)))
        return XJ_OK;
    char *made = cleaned(key, strlen(key), &made_n);
    const bool set = made != NULL && json_object_set(object, made, value) == 0 && json_object_del(object, key) == 0;
    free(made);
    return set ? XJ_OK : XJ_ENOMEM;
}

static enum xj_err plain_object(json_t *object)
{
    const char *key;
    void *next;
    json_t *value;
    enum xj_err err = XJ_OK;
    json_object_foreach(object, key, value)
        if (err == XJ_OK)
            err = xj_plain(value);
    json_object_foreach_safe(object, next, key, value)
        if (err == XJ_OK)
            err = plain_key(object, key, value);
    return err;
}

enum xj_err xj_plain(json_t *value)
{
    size_t i;
    json_t *each;
    enum xj_err err = XJ_OK;
    if (json_is_string(value))
        return plain_string(value);
    if (json_is_object(value))
        return plain_object(value);
    json_array_foreach(value, i, each)
        if (err == XJ_OK)
            err = xj_plain(each);
    return err;
}
