#include "agents/cli/replay_names.h"

#include <string.h>

/* Code points as they are written in this file. */
#define P(c) ((uint32_t)(U##c))

/* ---- UTF-8 and little helpers ---- */

/* The next character; s is valid UTF-8 (JSON was read with that check). */
static uint32_t next_point(const char **s)
{
    const unsigned char *p = (const unsigned char *)*s;
    int more = p[0] < 0x80 ? 0 : p[0] < 0xE0 ? 1 : p[0] < 0xF0 ? 2 : 3;
    uint32_t c = more == 0 ? p[0] : p[0] & (uint32_t)(0x3F >> more);
    int i = 0;
    while (i < more && (p[i + 1] & 0xC0) == 0x80)
        c = c << 6 | (p[++i] & 0x3Fu);
    *s += i + 1;
    return c;
}

static void put_point(uint32_t c, char **out)
{
    char *p = *out;
    if (c < 0x80) {
        *p++ = (char)c;
    } else if (c < 0x800) {
        *p++ = (char)(0xC0 | c >> 6);
        *p++ = (char)(0x80 | (c & 0x3F));
    } else if (c < 0x10000) {
        *p++ = (char)(0xE0 | c >> 12);
        *p++ = (char)(0x80 | (c >> 6 & 0x3F));
        *p++ = (char)(0x80 | (c & 0x3F));
    } else {
        *p++ = (char)(0xF0 | c >> 18);
        *p++ = (char)(0x80 | (c >> 12 & 0x3F));
        *p++ = (char)(0x80 | (c >> 6 & 0x3F));
        *p++ = (char)(0x80 | (c & 0x3F));
    }
    *out = p;
}

static bool is_space(uint32_t c)
{
    return c <= 0x20 || c == 0x7F || c == 0xA0 || c == 0x3000 || c == 0xFEFF || (c >= 0x2000 && c <= 0x200F);
}
static bool is_open(uint32_t c)
{
    return c == P('(') || c == P('（') || c == P('【') || c == P('〔') || c == P('[');
}
static bool is_close(uint32_t c)
{
    return c == P(')') || c == P('）') || c == P('】') || c == P('〕') || c == P(']');
}

/* True when the n characters at p begin with the word. */
static bool begins(const uint32_t *p, size_t n, const char *word, size_t *ret_length)
{
    size_t i = 0;
    while (*word != '\0') {
        if (i == n || next_point(&word) != p[i])
            return false;
        i++;
    }
    *ret_length = i;
    return true;
}

static size_t points_of(const char *word)
{
    size_t n = 0;
    while (*word != '\0') {
        next_point(&word);
        n++;
    }
    return n;
}

static bool ends_with(const uint32_t *p, size_t n, const char *word)
{
    size_t k = points_of(word), length;
    return k <= n && begins(p + n - k, k, word, &length);
}

static bool holds(const uint32_t *p, size_t n, const char *word)
{
    size_t length;
    for (size_t i = 0; i < n; i++)
        if (begins(p + i, n - i, word, &length))
            return true;
    return false;
}

static bool ends_in_any(const uint32_t *p, size_t n, const char *const *words)
{
    for (; *words != NULL; words++)
        if (ends_with(p, n, *words))
            return true;
    return false;
}

/* ---- reading a name ---- */

static void name_of(const uint32_t *p, size_t n, struct xj_org_name *ret)
{
    memset(ret, 0, sizeof *ret);
    unsigned depth = 0;
    for (size_t i = 0; i < n; i++) {
        if (is_space(p[i]))
            continue;
        if (is_open(p[i])) {
            depth++;
            continue;
        }
        if (is_close(p[i])) {
            depth -= depth > 0;
            continue;
        }
        if (ret->flat_count < XJ_NAME_POINTS)
            ret->flat[ret->flat_count++] = p[i];
        if (depth == 0 && ret->base_count < XJ_NAME_POINTS)
            ret->base[ret->base_count++] = p[i];
    }
    if (ret->base_count > 1 && ret->base[ret->base_count - 1] == P('等'))
        ret->base_count--;
    if (ret->base_count == 0) {
        memcpy(ret->base, ret->flat, sizeof ret->flat);
        ret->base_count = ret->flat_count;
    }
}

static size_t points(const char *utf8, uint32_t *out, size_t cap)
{
    size_t n = 0;
    while (*utf8 != '\0' && n < cap)
        out[n++] = next_point(&utf8);
    return n;
}

void xj_org_name_read(const char *utf8, struct xj_org_name *ret)
{
    uint32_t p[2 * XJ_NAME_POINTS];
    name_of(p, points(utf8, p, 2 * XJ_NAME_POINTS), ret);
}

void xj_org_name_text(const struct xj_org_name *name, char out[XJ_NAME_BYTES])
{
    for (size_t i = 0; i < name->base_count; i++)
        put_point(name->base[i], &out);
    *out = '\0';
}

/* ---- splitting ---- */

static bool ends_in_organ(const struct xj_org_name *n)
{
    static const char *const words[] = {"局", "院", "委",   "会",   "厅",   "所",   "站", "队", "处", "科",   "部",   "组",
                                        "办", "署", "部门", "机关", "机构", "政府", "中心", "办公室", NULL};
    return ends_in_any(n->base, n->base_count, words);
}

bool xj_org_presentable(const struct xj_org_name *name)
{
    return ends_in_organ(name) && !holds(name->base, name->base_count, "、") && !holds(name->base, name->base_count, "级");
}

static size_t separator_at(const uint32_t *p, size_t n)
{
    static const char *const words[] = {"、", "/", "／", "与", "和", "及", "联合", "会同", NULL};
    size_t length;
    for (size_t i = 0; words[i] != NULL; i++)
        if (begins(p, n, words[i], &length))
            return length;
    return 0;
}

static void keep_part(struct xj_org_name parts[XJ_NAME_PARTS], size_t *count, const uint32_t *p, size_t n)
{
    struct xj_org_name part;
    name_of(p, n, &part);
    if (part.base_count > 0 && *count < XJ_NAME_PARTS && (*count == 0 || ends_in_organ(&part)))
        parts[(*count)++] = part;
}

size_t xj_org_split(const char *utf8, struct xj_org_name parts[XJ_NAME_PARTS])
{
    uint32_t p[16 * XJ_NAME_POINTS];
    size_t n = points(utf8, p, 16 * XJ_NAME_POINTS), begin = 0, count = 0;
    unsigned depth = 0;
    for (size_t i = 0; i < n; i++) {
        depth += is_open(p[i]);
        depth -= is_close(p[i]) && depth > 0;
        size_t length = depth == 0 ? separator_at(p + i, n - i) : 0;
        if (length == 0)
            continue;
        struct xj_org_name before;
        name_of(p + begin, i - begin, &before);
        if (!ends_in_organ(&before))
            continue;
        keep_part(parts, &count, p + begin, i - begin);
        i += length - 1;
        begin = i + 1;
    }
    keep_part(parts, &count, p + begin, n - begin);
    if (count == 0)
        memset(&parts[count++], 0, sizeof parts[0]);
    return count;
}

/* ---- likeness ---- */

static bool place_unit(const uint32_t *p, size_t n, size_t i)
{
    static const uint32_t units[] = {P('省'), P('市'), P('区'), P('县'), P('州'), P('盟'), P('旗'), P('镇'), P('乡')};
    if (p[i] == P('市') && i + 1 < n && p[i + 1] == P('场'))
        return false; /* 市场监管局 is no place */
    for (size_t k = 0; k < sizeof units / sizeof units[0]; k++)
        if (p[i] == units[k])
            return true;
    return false;
}

/* Characters that a shortened name may not lack. */
static bool kept(const uint32_t *p, size_t n, size_t i)
{
    static const char *const pairs[] = {"分局", "支局", "支队", "大队", "总队", "中队", "中级", "高级", "最高", NULL};
    size_t length;
    if (p[i] == P('所') || p[i] == P('第') || (place_unit(p, n, i) && p[i] != P('省') && p[i] != P('州') && p[i] != P('盟')))
        return true;
    for (size_t k = 0; pairs[k] != NULL; k++)
        if (begins(p + i, n - i, pairs[k], &length) || (i > 0 && begins(p + i - 1, n - i + 1, pairs[k], &length)))
            return true;
    return false;
}

/* True when s comes out of r by leaving out characters that make no unit. r and s have at most XJ_NAME_POINTS each. */
static bool shortened(const uint32_t *r, size_t rn, const uint32_t *s, size_t sn)
{
    bool reach[XJ_NAME_POINTS + 1] = {true}; /* reach[j]: the first j of s can be had from what was read of r */
    for (size_t i = 0; i < rn; i++) {
        bool must = kept(r, rn, i);
        for (size_t j = sn + 1; j-- > 0;) {
            bool match = j > 0 && reach[j - 1] && s[j - 1] == r[i];
            reach[j] = match || (reach[j] && !must);
        }
    }
    return reach[sn];
}

/* l without a leading place (nothing, or up to a unit of place near its beginning) shortens to s. */
static bool from_longer(const uint32_t *l, size_t ln, const uint32_t *s, size_t sn)
{
    if (shortened(l, ln, s, sn))
        return true;
    for (size_t i = 0; i + 2 < ln && i < 16; i++) {
        size_t cut = i + 1;
        if (!place_unit(l, ln, i))
            continue;
        if (cut < ln && l[cut] == P('、'))
            cut++; /* 延边州、珲春市检察院 */
        if (shortened(l + cut, ln - cut, s, sn))
            return true;
    }
    return false;
}

/* 检察机关 of a place is its 检察院; 机构, 主管部门 and 部门 mean the same. */
static size_t plain(const uint32_t *p, size_t n, uint32_t out[XJ_NAME_POINTS])
{
    static const struct {
        const char *from, *to;
    } ends[] = {{"检察机关", "检察院"}, {"公安机关", "公安局"}, {"主管部门", "部门"}, {"机构", "部门"}};
    memcpy(out, p, n * sizeof *p);
    for (size_t i = 0; i < sizeof ends / sizeof ends[0]; i++) {
        size_t k = points_of(ends[i].from);
        if (n <= k || !ends_with(p, n, ends[i].from))
            continue;
        n = n - k + points(ends[i].to, out + n - k, k);
        break;
    }
    return n;
}

static int alike(const uint32_t *ap, size_t an, const uint32_t *bp, size_t bn)
{
    uint32_t a[XJ_NAME_POINTS], b[XJ_NAME_POINTS];
    an = plain(ap, an, a);
    bn = plain(bp, bn, b);
    if (an < 2 || bn < 2)
        return an == bn && memcmp(a, b, an * sizeof *a) == 0 ? 0 : -1;
    bool yes = an >= bn ? from_longer(a, an, b, bn) : from_longer(b, bn, a, an);
    return yes ? (int)(an >= bn ? an - bn : bn - an) : -1;
}

int xj_org_alike(const struct xj_org_name *a, const struct xj_org_name *b)
{
    int best = alike(a->base, a->base_count, b->base, b->base_count);
    /* 江苏省版权局（版权执法部门） is also called 江苏版权执法部门: the brackets may hold what the other name is made of */
    if (best < 0 && a->flat_count != a->base_count)
        best = alike(a->flat, a->flat_count, b->base, b->base_count);
    if (best < 0 && b->flat_count != b->base_count)
        best = alike(a->base, a->base_count, b->flat, b->flat_count);
    return best;
}

/* ---- what a name says by itself ---- */

/* What is left of the name when every one of the words has been taken out. */
static size_t without(const struct xj_org_name *n, const char *const *words)
{
    size_t left = 0, i = 0;
    while (i < n->base_count) {
        size_t length = 0;
        for (size_t w = 0; words[w] != NULL; w++)
            if (begins(n->base + i, n->base_count - i, words[w], &length))
                break;
            else
                length = 0;
        left += length == 0;
        i += length > 0 ? length : 1;
    }
    return left;
}

static bool generic(const struct xj_org_name *n, enum xj_actor_kind role)
{
    static const char *const bureau[] = {"相关", "有关", "当地", "行政", "执法", "主管", "监管", "监督", "管理", "职能",
                                         "部门", "机关", "机构", "人员", "单位", "上级", "上述", "各",   "该",   NULL};
    static const char *const police[] = {"公安", "机关", "部门", "局", "侦查", "司法", "办案", "警方", "民警", "当地", "相关", NULL};
    static const char *const jian[] = {"检察", "人民", "机关", "院", "司法", "公诉", "检方", "部门", "当地", NULL};
    static const char *const court[] = {"法院", "人民", "审判", "机关", "司法", "部门", "当地", NULL};
    static const char *const watch[] = {"纪检", "监察", "纪委", "监委", "委员会", "委", "机关", "部门", "当地", NULL};
    switch (role) {
    case XJ_ACTOR_BUREAU: return without(n, bureau) == 0;
    case XJ_ACTOR_POLICE: return without(n, police) == 0;
    case XJ_ACTOR_PROCURATORATE: return without(n, jian) == 0;
    case XJ_ACTOR_COURT: return without(n, court) == 0;
    case XJ_ACTOR_SUPERVISORY: return without(n, watch) == 0;
    default: return false;
    }
}

static bool has_place(const struct xj_org_name *n)
{
    for (size_t i = 0; i < n->base_count; i++)
        if (place_unit(n->base, n->base_count, i))
            return true;
    return holds(n->base, n->base_count, "国家") || holds(n->base, n->base_count, "中国");
}

enum xj_name_kind xj_org_kind(const struct xj_org_name *name, enum xj_actor_kind role)
{
    static const char *const branch[] = {"部门", "机构", "机关", "人员", NULL};
    static const char *const office[] = {"长", "人员", "负责人", "主任", "书记", "干警", "民警", NULL};
    if (name->base_count == 0 || generic(name, role))
        return XJ_NAME_GENERIC;
    if (role == XJ_ACTOR_BUREAU && !has_place(name) && !holds(name->base, name->base_count, "、") &&
        ends_in_any(name->base, name->base_count, branch))
        return XJ_NAME_BRANCH;
    if ((role == XJ_ACTOR_BUREAU || role == XJ_ACTOR_POLICE) &&
        (!ends_in_organ(name) || ends_in_any(name->base, name->base_count, office)))
        return XJ_NAME_PERSON;
    return XJ_NAME_ORGAN;
}

enum xj_actor_kind xj_org_role(const struct xj_org_name *name, enum xj_actor_kind otherwise)
{
    const uint32_t *p = name->base;
    size_t n = name->base_count;
    if (holds(p, n, "公安") || ends_with(p, n, "派出所") || holds(p, n, "交警") || holds(p, n, "边防检查站"))
        return XJ_ACTOR_POLICE;
    if (holds(p, n, "检察"))
        return XJ_ACTOR_PROCURATORATE;
    if (holds(p, n, "法院"))
        return XJ_ACTOR_COURT;
    if (holds(p, n, "监察委") || ends_with(p, n, "监委") || ends_with(p, n, "纪委") || holds(p, n, "纪检"))
        return XJ_ACTOR_SUPERVISORY;
    return otherwise;
}

const char *xj_org_sector(const struct xj_org_name *name)
{
    static const struct {
        const char *word, *sector;
    } map[] = {{"外汇", "foreign_exchange"}, {"食品药品", "food"}, {"食药", "food"},     {"药", "drug"},
               {"市场监", "market"},         {"工商", "market"},   {"海洋", "fishery"},  {"渔", "fishery"},
               {"环境", "environment"},      {"环保", "environment"}, {"农", "agriculture"}, {"林", "forestry"},
               {"国土", "land"},             {"自然资源", "land"}, {"税", "tax"},        {"烟草", "tobacco"},
               {"安全生产", "safety"},       {"应急", "safety"},   {"安监", "safety"},   {"证监", "securities"},
               {"证券", "securities"},       {"质监", "quality"},  {"质量", "quality"},  {"版权", "copyright"},
               {"水利", "water"},            {"水务", "water"},    {"河务", "river"},    {"人社", "labour"},
               {"社会保障", "labour"},       {"金融", "finance"},  {"消防", "fire"},     {"邮政", "post"},
               {"司法", "justice"},          {"海关", "customs"},  {"镇政府", "township"}, {"乡政府", "township"}};
    for (size_t i = 0; i < sizeof map / sizeof map[0]; i++)
        if (holds(name->base, name->base_count, map[i].word))
            return map[i].sector;
    return NULL;
}
