#include "schema/base/codes.h"

#include <string.h>

#include "schema/base/civil.h"

#define CODE_CHARACTERS 18u

/* GB 32100, 4.3: the weights are 3^i mod 31; the last character makes the sum a multiple of 31. */
bool xj_uscc_ok(struct xj_slice code)
{
    static const char alphabet[] = "0123456789ABCDEFGHJKLMNPQRTUWXY";
    unsigned sum = 0, weight = 1;
    if (code.n != CODE_CHARACTERS)
        return false;
    for (size_t i = 0; i < CODE_CHARACTERS; i++) {
        const char *at = code.p[i] != '\0' ? strchr(alphabet, code.p[i]) : NULL;
        if (at == NULL)
            return false;
        sum += (unsigned)(at - alphabet) * (i + 1 < CODE_CHARACTERS ? weight : 1);
        weight = weight * 3 % 31;
    }
    return sum % 31 == 0;
}

static bool digit(uint8_t c)
{
    return c >= '0' && c <= '9';
}

bool xj_id_number_form(struct xj_slice number)
{
    if (number.n != CODE_CHARACTERS)
        return false;
    for (size_t i = 0; i + 1 < CODE_CHARACTERS; i++)
        if (!digit(number.p[i]))
            return false;
    return digit(number.p[CODE_CHARACTERS - 1]) || number.p[CODE_CHARACTERS - 1] == 'X';
}

static int whole(const uint8_t *p, size_t n)
{
    int v = 0;
    for (size_t i = 0; i < n; i++)
        v = v * 10 + (p[i] - '0');
    return v;
}

/* GB 11643, 4.4 (ISO 7064, MOD 11-2). */
bool xj_id_number_ok(struct xj_slice number)
{
    static const unsigned weights[] = {7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2};
    unsigned sum = 0;
    if (!xj_id_number_form(number))
        return false;
    struct xj_civil born = {whole(number.p + 6, 4), whole(number.p + 10, 2), whole(number.p + 12, 2)};
    for (size_t i = 0; i + 1 < CODE_CHARACTERS; i++)
        sum += weights[i] * (unsigned)(number.p[i] - '0');
    return xj_civil_valid(born) && number.p[CODE_CHARACTERS - 1] == "10X98765432"[sum % 11];
}
