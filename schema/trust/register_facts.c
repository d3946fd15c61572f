#include "schema/trust/register_facts.h"

#include <sodium.h>
#include <string.h>

#include "schema/base/be.h"
#include "schema/wire/names.h"

enum shape {
    SHAPE_STR = 1, SHAPE_AGENCY, SHAPE_NAME, SHAPE_DIVISION, SHAPE_PREFIX, SHAPE_BIN, SHAPE_BIN32, SHAPE_BOOL, SHAPE_INT,
    SHAPE_STRS, SHAPE_AGENCIES, SHAPE_TITLE, SHAPE_STATE, SHAPE_MODE, SHAPE_ROLE, SHAPE_FORM, SHAPE_BASIS, SHAPE_ORDER, SHAPE_ID,
    SHAPE_IDS
};
struct field {
    const char *key;
    enum shape shape;
    bool required;
};
enum id_shape { ID_FIXED = 1, ID_AGENCY, ID_COUNTERPART, ID_PROCEDURE, ID_NAME, ID_GRANT, ID_HEX32, ID_KEY };
struct kind {
    const char *name;
    enum id_shape id;
    bool root;
    struct field fields[9];
};

static const struct kind kinds[] = {
    {"agency", ID_AGENCY, false, {{"name", SHAPE_TITLE, true}, {"role", SHAPE_ROLE, true}, {"division", SHAPE_DIVISION, true},
                                  {"sector", SHAPE_NAME, false}, {"superior", SHAPE_AGENCY, false}, {"vertical", SHAPE_BOOL, false},
                                  {"aliases", SHAPE_STRS, false}}},
    {"calendar", ID_NAME, false, {{"bytes", SHAPE_BIN, true}, {"digest", SHAPE_BIN32, true}}},
    {"certificate", ID_HEX32, false, {{"agency", SHAPE_AGENCY, true}, {"number", SHAPE_TITLE, true}, {"name", SHAPE_TITLE, true},
                                      {"from", SHAPE_INT, true}, {"to", SHAPE_INT, true}, {"issuer", SHAPE_STR, false},
                                      {"scope", SHAPE_STR, false}, {"form", SHAPE_FORM, false}}},
    {"compromised", ID_KEY, false, {{"since", SHAPE_INT, true}, {"reason", SHAPE_STR, false}}},
    {"counterpart", ID_COUNTERPART, false, {{"agencies", SHAPE_AGENCIES, true}}},
    {"entrustment", ID_HEX32, false, {{"bureau", SHAPE_AGENCY, true}, {"township", SHAPE_AGENCY, true}, {"number", SHAPE_TITLE, true},
                                      {"items", SHAPE_STRS, true}, {"powers", SHAPE_STRS, true}, {"from", SHAPE_INT, true},
                                      {"to", SHAPE_INT, true}, {"area", SHAPE_STR, false}, {"basis", SHAPE_STR, false}}},
    {"exchange", ID_FIXED, true, {{"division", SHAPE_DIVISION, true}, {"endpoints", SHAPE_STRS, true}, {"name", SHAPE_TITLE, true},
                                  {"sign", SHAPE_BIN32, true}, {"transport", SHAPE_BIN32, true}}},
    {"grant", ID_GRANT, false, {{"acts", SHAPE_STRS, true}, {"agencies", SHAPE_AGENCIES, true}, {"division", SHAPE_PREFIX, true},
                                {"mode", SHAPE_MODE, true}, {"procedure", SHAPE_STR, true}}},
    {"keys", ID_AGENCY, false, {{"recovery", SHAPE_BIN32, true}, {"seal", SHAPE_BIN32, true}, {"sign", SHAPE_BIN32, true},
                                {"transport", SHAPE_BIN32, true}}},
    {"order", ID_HEX32, false, {{"basis", SHAPE_BASIS, true}, {"case", SHAPE_ID, false}, {"date", SHAPE_INT, true},
                                {"kind", SHAPE_ORDER, true}, {"messages", SHAPE_IDS, false}, {"number", SHAPE_TITLE, true},
                                {"organ", SHAPE_AGENCY, true}}},
    {"procedure", ID_PROCEDURE, false, {{"compiled", SHAPE_BIN, true}, {"effective_from", SHAPE_INT, true},
                                        {"revision", SHAPE_BIN32, true}}},
    {"registrar", ID_FIXED, true, {{"agency", SHAPE_AGENCY, true}, {"sign", SHAPE_BIN32, true}}},
    {"standards", ID_NAME, false, {{"bytes", SHAPE_BIN, true}, {"digest", SHAPE_BIN32, true}}},
    {"status", ID_AGENCY, false, {{"state", SHAPE_STATE, true}, {"reason", SHAPE_STR, false}}},
    {"succeeded_by", ID_AGENCY, false, {{"agency", SHAPE_AGENCY, true}, {"at", SHAPE_INT, true}}},
};

static const struct kind *kind_of(struct xj_slice name)
{
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
        if (xj_slice_is(name, kinds[i].name)) return &kinds[i];
    return NULL;
}

bool xj_fact_is_root(struct xj_slice name)
{
    const struct kind *k = kind_of(name);
    return k && k->root;
}

static struct xj_slice str_of(const msgpack_object *o)
{
    return o->type == MSGPACK_OBJECT_STR ? xj_slice_of(o->via.str.ptr, o->via.str.size) : xj_slice_of(NULL, 0);
}

static bool one_of(struct xj_slice s, const char *const *words)
{
    for (; *words; words++)
        if (xj_slice_is(s, *words)) return true;
    return false;
}

static bool list_ok(const msgpack_object *o, bool agencies)
{
    if (o->type != MSGPACK_OBJECT_ARRAY) return false;
    for (uint32_t i = 0; i < o->via.array.size; i++) {
        const msgpack_object *e = &o->via.array.ptr[i];
        if (e->type != MSGPACK_OBJECT_STR || (agencies && !xj_agency_ok(str_of(e)))) return false;
    }
    return true;
}

static bool ids_ok(const msgpack_object *o)
{
    if (o->type != MSGPACK_OBJECT_ARRAY || !o->via.array.size || o->via.array.size > 256) return false;
    for (uint32_t i = 0; i < o->via.array.size; i++)
        if (o->via.array.ptr[i].type != MSGPACK_OBJECT_BIN || o->via.array.ptr[i].via.bin.size != 16) return false;
    return true;
}

static bool digits(struct xj_slice s)
{
    for (size_t i = 0; i < s.n; i++)
        if (s.p[i] < '0' || s.p[i] > '9') return false;
    return s.n <= 6;
}

static bool shape_ok(const msgpack_object *o, enum shape shape)
{
    static const char *const states[] = {"active", "suspended", "revoked", NULL}, *const modes[] = {"full", "header", NULL};
    static const char *const roles[] = {"bureau", "police", "procuratorate", "court", "supervisory", "justice", NULL};
    const struct xj_slice s = str_of(o);
    const bool str = o->type == MSGPACK_OBJECT_STR;
    switch (shape) {
    case SHAPE_STR: return str;
    case SHAPE_TITLE: return str && s.n >= 1 && s.n <= XJ_MAX_TITLE_BYTES;
    case SHAPE_AGENCY: return str && xj_agency_ok(s);
    case SHAPE_NAME: return str && xj_name_ok(s);
    case SHAPE_DIVISION: return str && xj_division_ok(s);
    case SHAPE_PREFIX: return str && digits(s);
    case SHAPE_BIN: return o->type == MSGPACK_OBJECT_BIN;
    case SHAPE_BIN32: return o->type == MSGPACK_OBJECT_BIN && o->via.bin.size == 32;
    case SHAPE_BOOL: return o->type == MSGPACK_OBJECT_BOOLEAN;
    case SHAPE_INT: return (o->type == MSGPACK_OBJECT_POSITIVE_INTEGER && o->via.u64 <= INT64_MAX)
        || o->type == MSGPACK_OBJECT_NEGATIVE_INTEGER;
    case SHAPE_STRS: return list_ok(o, false);
    case SHAPE_AGENCIES: return list_ok(o, true);
    case SHAPE_STATE: return str && one_of(s, states);
    case SHAPE_MODE: return str && one_of(s, modes);
    case SHAPE_ROLE: return str && one_of(s, roles);
    case SHAPE_BASIS: return str && s.n >= 1 && s.n <= 1024;
    case SHAPE_ORDER: return str && (xj_slice_is(s, "destroy") || xj_slice_is(s, "restrict"));
    case SHAPE_ID: return o->type == MSGPACK_OBJECT_BIN && o->via.bin.size == 16;
    case SHAPE_IDS: return ids_ok(o);
    case SHAPE_FORM:
    default: return str && (xj_slice_is(s, "card") || xj_slice_is(s, "electronic"));
    }
}

/* The part of s before the first '/', which is cut off s with it. */
static struct xj_slice cut(struct xj_slice *s)
{
    struct xj_slice head = *s;
    const uint8_t *slash = s->n ? memchr(s->p, '/', s->n) : NULL;
    if (!slash) {
        *s = xj_slice_of(NULL, 0);
        return head;
    }
    head.n = (size_t)(slash - s->p);
    *s = xj_slice_of(slash + 1, s->n - head.n - 1);
    return head;
}

static bool hex_ok(struct xj_slice s, size_t n)
{
    for (size_t i = 0; i < s.n; i++)
        if (!((s.p[i] >= '0' && s.p[i] <= '9') || (s.p[i] >= 'a' && s.p[i] <= 'f'))) return false;
    return s.n == n;
}

static bool id_ok(const struct kind *k, struct xj_slice id)
{
    switch (k->id) {
    case ID_FIXED: return xj_slice_is(id, k->name);
    case ID_AGENCY: return xj_agency_ok(id);
    case ID_NAME: return xj_name_ok(id);
    case ID_HEX32: return hex_ok(id, 32);
    case ID_PROCEDURE: return xj_name_ok(cut(&id)) && hex_ok(id, 16);
    case ID_GRANT: return xj_agency_ok(cut(&id)) && xj_name_ok(id);
    case ID_KEY: return xj_agency_ok(cut(&id)) && hex_ok(id, 16);
    case ID_COUNTERPART:
    default: return xj_agency_ok(cut(&id)) && xj_name_ok(cut(&id)) && xj_name_ok(id);
    }
}

static bool is_digest_of(const msgpack_object *value, const char *context, const char *bytes, const char *digest)
{
    const struct xj_hash want = xj_digest(context, xj_map_bin(value, bytes));
    return xj_slice_eq(xj_map_bin(value, digest), xj_hash_slice(&want));
}

/* What a fact says of its own bytes, and rules over several fields. */
static const char *digest_fault(const struct kind *k, struct xj_slice id, const msgpack_object *value)
{
    if (!strcmp(k->name, "order") && !xj_map_get(value, "case") == !xj_map_get(value, "messages"))
        return "18-orders 1: an order names either a case or messages";
    if (!strcmp(k->name, "calendar") && !is_digest_of(value, "xianjie/1 calendar", "bytes", "digest"))
        return "06-register 2: digest is not that of the calendar's bytes";
    if (!strcmp(k->name, "certificate") || !strcmp(k->name, "entrustment")) {
        char want[33];
        xj_reg_paired_id(k->name, xj_map_str(value, !strcmp(k->name, "certificate") ? "agency" : "bureau"), xj_map_str(value, "number"), want);
        return xj_slice_is(id, want) ? NULL : "06-register 7: the id is not that of agency and number";
    }
    if (!strcmp(k->name, "standards") && !is_digest_of(value, "xianjie/1 standards", "bytes", "digest"))
        return "06-register 2: digest is not that of the standards' bytes";
    if (strcmp(k->name, "procedure")) return NULL;
    if (!is_digest_of(value, "xianjie/1 procedure", "compiled", "revision"))
        return "06-register 2: revision is not the digest of the compiled bytes";
    char hex[17];
    const struct xj_slice revision = xj_map_bin(value, "revision");
    sodium_bin2hex(hex, sizeof hex, revision.p, 8);
    cut(&id);
    return xj_slice_is(id, hex) ? NULL : "06-register 2: the id does not name the revision";
}

const char *xj_fact_fault(struct xj_slice kind, struct xj_slice id, const msgpack_object *value)
{
    const struct kind *k = kind_of(kind);
    if (!k) return "06-register 2: unknown kind of fact";
    if (id.n > 128 || !id_ok(k, id)) return "06-register 2: the id does not have the form of its kind";
    if (!value) return NULL;
    if (value->type != MSGPACK_OBJECT_MAP) return "06-register 2: a value is a map";
    for (size_t i = 0; i < sizeof k->fields / sizeof k->fields[0] && k->fields[i].key; i++) {
        const msgpack_object *o = xj_map_get(value, k->fields[i].key);
        if (!o ? k->fields[i].required : !shape_ok(o, k->fields[i].shape))
            return "06-register 2: a field is missing or of another type";
    }
    return digest_fault(k, id, value);
}

void xj_reg_paired_id(const char *kind, struct xj_slice agency, struct xj_slice number, char ret[33])
{
    const char *context = !strcmp(kind, "certificate") ? "xianjie/1 certificate" : "xianjie/1 entrustment";
    const struct xj_hash first = xj_digest(context, agency), second = xj_digest(context, number);
    sodium_bin2hex(ret, 17, first.b, 8);
    sodium_bin2hex(ret + 16, 17, second.b, 8);
}

void xj_fact_prefix(struct xj_buf *key, struct xj_slice kind, struct xj_slice id)
{
    xj_buf_reset(key);
    xj_buf_add(key, "R", 1);
    xj_buf_add_slice(key, kind);
    xj_buf_add(key, "", 1);
    xj_buf_add_slice(key, id);
    xj_buf_add(key, "", 1);
}

void xj_fact_revision_key(struct xj_buf *key, struct xj_slice id)
{
    xj_buf_reset(key);
    xj_buf_add(key, "R\1p", 3);
    xj_buf_add_slice(key, id);
}

void xj_fact_revision_put(struct xj_buf *value, const msgpack_object *fact)
{
    const msgpack_object *from = xj_map_get(fact, "effective_from"); /* an int: seen to when the fact was taken */
    xj_buf_reset(value);
    xj_fact_number(value, (uint64_t)from->via.i64);
    xj_buf_add_slice(value, xj_map_bin(fact, "revision"));
}

bool xj_fact_revision_read(struct xj_slice value, int64_t *ret_ms, struct xj_hash *ret_revision)
{
    if (value.n != 8 + XJ_HASH_SIZE) return false;
    *ret_ms = (int64_t)xj_be_get(value.p, 8);
    memcpy(ret_revision->b, value.p + 8, XJ_HASH_SIZE);
    return true;
}

void xj_fact_number(struct xj_buf *key, uint64_t number)
{
    uint8_t b[8];
    xj_be_put(number, b, sizeof b);
    xj_buf_add(key, b, sizeof b);
}
