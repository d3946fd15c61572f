#include "schema/wire/message.h"

#include <string.h>

#include "schema/base/civil.h"
#include "schema/wire/names.h"
#include "schema/wire/pack.h"
#include "schema/wire/span.h"

#define FIELDS 24u
#define FIELD_ID 2u
#define FIELD_MODE 15u
#define FIELD_NUMBER 22u
#define OUTER_SHAPE 255u
#define MESSAGE_CONTEXT "xianjie/1 message"
#define MESSAGE_NODES 64u /* the outer array, three bins, and the largest sound signature */

static const char *const role_names[] = {[XJ_TO_PRINCIPAL] = "principal", [XJ_TO_COPY] = "copy", [XJ_TO_NOTICE] = "notice"};
static const char *const mode_names[] = {[XJ_MODE_LIVE] = "live", [XJ_MODE_LATE_ENTRY] = "late_entry"};

/* Spec 03, section 5. */
static const char *const relations[] = {"amends", "voids", "reissues", "shares", "unreadable",
                                        "merged_into", "split_from", "continues", "same_matter"};

const char *xj_to_role_name(enum xj_to_role role)
{
    return role == XJ_TO_PRINCIPAL || role == XJ_TO_COPY || role == XJ_TO_NOTICE ? role_names[role] : NULL;
}

const char *xj_mode_name(enum xj_mode mode)
{
    return mode == XJ_MODE_LIVE || mode == XJ_MODE_LATE_ENTRY ? mode_names[mode] : NULL;
}

size_t xj_subject_key(const struct xj_subject *s, uint8_t out[17])
{
    memcpy(out, s->party, sizeof s->party);
    out[8] = s->has_charge;
    if (!s->has_charge)
        return 9;
    memcpy(out + 9, s->charge, sizeof s->charge);
    return 17;
}

int xj_subject_cmp(const struct xj_subject *a, const struct xj_subject *b)
{
    uint8_t left[17], right[17];
    size_t n = xj_subject_key(a, left), m = xj_subject_key(b, right);
    return xj_slice_cmp(xj_slice_of(left, n), xj_slice_of(right, m));
}

/* ---- encoding ---- */

static void put_id(struct xj_buf *buf, const struct xj_id *id)
{
    xj_put_bin(buf, id->b, XJ_ID_SIZE);
}

static void put_hash(struct xj_buf *buf, const struct xj_hash *h)
{
    xj_put_bin(buf, h->b, XJ_HASH_SIZE);
}

static void put_tracks_and_answers(const struct xj_header *h, struct xj_buf *buf)
{
    xj_put_array(buf, (uint32_t)h->track_count);
    for (size_t i = 0; i < h->track_count; i++) {
        xj_put_array(buf, 2);
        xj_put_str(buf, h->tracks[i].name);
        xj_put_str(buf, h->tracks[i].owner);
    }
    xj_put_array(buf, (uint32_t)h->answer_count);
    for (size_t i = 0; i < h->answer_count; i++) {
        xj_put_array(buf, 2);
        put_id(buf, &h->answers[i].id);
        xj_put_str(buf, h->answers[i].question);
    }
}

static void put_agencies(const struct xj_header *h, struct xj_buf *buf)
{
    xj_put_str(buf, h->from);
    if (h->actor.n == 0)
        xj_put_nil(buf);
    else
        xj_put_str(buf, h->actor);
    xj_put_array(buf, (uint32_t)h->to_count);
    for (size_t i = 0; i < h->to_count; i++) {
        xj_put_array(buf, 2);
        xj_put_str(buf, h->to[i].agency);
        xj_put_cstr(buf, xj_to_role_name(h->to[i].role));
    }
    xj_put_array(buf, (uint32_t)h->joint_count);
    for (size_t i = 0; i < h->joint_count; i++)
        xj_put_str(buf, h->joint[i]);
}

static void put_subjects(const struct xj_header *h, struct xj_buf *buf)
{
    xj_put_array(buf, (uint32_t)h->subject_count);
    for (size_t i = 0; i < h->subject_count; i++) {
        const struct xj_subject *s = &h->subjects[i];
        xj_put_array(buf, 2);
        xj_put_bin(buf, s->party, sizeof s->party);
        if (s->has_charge)
            xj_put_bin(buf, s->charge, sizeof s->charge);
        else
            xj_put_nil(buf);
    }
    if (!h->has_occurred) {
        xj_put_nil(buf);
        return;
    }
    xj_put_array(buf, 2);
    xj_put_int(buf, h->occurred_from_ms);
    xj_put_int(buf, h->occurred_to_ms);
}

static void put_named_things(const struct xj_header *h, struct xj_buf *buf)
{
    xj_put_array(buf, (uint32_t)h->paper_count);
    for (size_t i = 0; i < h->paper_count; i++) {
        xj_put_array(buf, 3);
        xj_put_str(buf, h->papers[i].kind);
        put_hash(buf, &h->papers[i].sealed);
        xj_put_uint(buf, h->papers[i].size_class_bytes);
    }
    xj_put_array(buf, (uint32_t)h->ref_count);
    for (size_t i = 0; i < h->ref_count; i++)
        put_id(buf, &h->refs[i]);
    xj_put_array(buf, (uint32_t)h->relate_count);
    for (size_t i = 0; i < h->relate_count; i++) {
        xj_put_array(buf, 2);
        xj_put_str(buf, h->relates[i].relation);
        put_id(buf, &h->relates[i].id);
    }
}

void xj_header_encode(const struct xj_header *h, struct xj_buf *buf)
{
    xj_put_array(buf, FIELDS);
    xj_put_uint(buf, 1);
    xj_put_uint(buf, h->suite);
    put_id(buf, &h->id);
    put_id(buf, &h->case_id);
    xj_put_str(buf, h->procedure);
    put_hash(buf, &h->revision);
    xj_put_str(buf, h->act);
    put_tracks_and_answers(h, buf);
    put_agencies(h, buf);
    put_subjects(h, buf);
    xj_put_cstr(buf, xj_mode_name(h->mode));
    put_named_things(h, buf);
    put_hash(buf, &h->body_digest);
    put_hash(buf, &h->body_commit);
    put_hash(buf, &h->keys_digest);
    xj_put_uint(buf, h->number);
    if (h->has_previous)
        put_hash(buf, &h->previous);
    else
        xj_put_nil(buf);
}

/* ---- decoding ---- */

/* The cursor over the fields, and whether what went wrong was a limit. */
struct decoder {
    struct xj_cur c;
    bool over_limit;
};

/* Refuses the field taken last when the rule does not hold. */
static void require(struct decoder *d, bool rule)
{
    if (!rule)
        xj_cur_spoil(&d->c);
}

/* The next field, a list of at most max items; more is over the limit, not misshapen. */
static struct xj_cur take_list(struct decoder *d, uint32_t max)
{
    struct xj_cur list = xj_take_array(&d->c, 0, UINT32_MAX);
    if (list.bad || list.left <= max)
        return list;
    d->over_limit = !d->c.bad;
    xj_cur_spoil(&d->c);
    return (struct xj_cur){.bad = true};
}

static struct xj_slice take_name(struct decoder *d)
{
    struct xj_slice s = xj_take_str(&d->c, 0, SIZE_MAX);
    require(d, xj_name_ok(s));
    return s;
}

static struct xj_id take_id(struct xj_cur *c)
{
    struct xj_id id;
    xj_take_bin_to(c, id.b, XJ_ID_SIZE);
    return id;
}

static struct xj_hash take_hash(struct decoder *d)
{
    struct xj_hash h;
    xj_take_bin_to(&d->c, h.b, XJ_HASH_SIZE);
    return h;
}

/* Order of pairs: by the first, then by the second. */
static int pair_cmp(struct xj_slice a1, struct xj_slice a2, struct xj_slice b1, struct xj_slice b2)
{
    int order = xj_slice_cmp(a1, b1);
    return order != 0 ? order : xj_slice_cmp(a2, b2);
}

static void take_tracks(struct decoder *d, struct xj_header *h)
{
    struct xj_cur list = take_list(d, XJ_MAX_TRACKS);
    while (!d->c.bad && list.left > 0) {
        struct xj_header_track *t = &h->tracks[h->track_count++];
        struct xj_cur c = xj_take_array(&list, 2, 2);
        t->name = xj_take_str(&c, 0, SIZE_MAX);
        t->owner = xj_take_str(&c, 0, SIZE_MAX);
        require(d, xj_cur_end(&c) == XJ_OK && xj_name_ok(t->name) && xj_agency_ok(t->owner));
        require(d, h->track_count == 1 || pair_cmp(t[-1].name, t[-1].owner, t->name, t->owner) < 0);
    }
}

static void take_answers(struct decoder *d, struct xj_header *h)
{
    struct xj_cur list = take_list(d, XJ_MAX_ANSWERS);
    while (!d->c.bad && list.left > 0) {
        struct xj_header_answer *a = &h->answers[h->answer_count++];
        struct xj_cur c = xj_take_array(&list, 2, 2);
        a->id = take_id(&c);
        a->question = xj_take_str(&c, 0, SIZE_MAX);
        require(d, xj_cur_end(&c) == XJ_OK && !xj_id_is_nil(&a->id) && xj_name_ok(a->question));
        require(d, h->answer_count == 1 ||
                       pair_cmp(xj_id_slice(&a[-1].id), a[-1].question, xj_id_slice(&a->id), a->question) < 0);
    }
}

/* The mode stands behind the actor whose rule needs it. */
static bool mode_is_late(const msgpack_object *root)
{
    const msgpack_object *o = &root->via.array.ptr[FIELD_MODE];
    return o->type == MSGPACK_OBJECT_STR &&
           xj_slice_is(xj_slice_of(o->via.str.ptr, o->via.str.size), mode_names[XJ_MODE_LATE_ENTRY]);
}

static void take_from_and_actor(struct decoder *d, const msgpack_object *root, struct xj_header *h)
{
    h->from = xj_take_str(&d->c, 0, SIZE_MAX);
    require(d, xj_agency_ok(h->from));
    if (d->c.bad || xj_take_nil(&d->c))
        return;
    h->actor = xj_take_str(&d->c, 0, SIZE_MAX);
    require(d, xj_agency_ok(h->actor) && mode_is_late(root) && !xj_slice_eq(h->actor, h->from));
}

static enum xj_to_role role_of(struct xj_slice s)
{
    for (enum xj_to_role role = XJ_TO_PRINCIPAL; role <= XJ_TO_NOTICE; role++)
        if (xj_slice_is(s, role_names[role]))
            return role;
    return XJ_TO_INVALID;
}

/* True when the agency is among the recipients before the one at end. */
static bool is_recipient(const struct xj_header *h, struct xj_slice agency, size_t end)
{
    for (size_t i = 0; i < end; i++)
        if (xj_slice_eq(h->to[i].agency, agency))
            return true;
    return false;
}

static void take_to(struct decoder *d, struct xj_header *h)
{
    struct xj_cur list = take_list(d, XJ_MAX_TO);
    while (!d->c.bad && list.left > 0) {
        struct xj_header_to *t = &h->to[h->to_count++];
        struct xj_cur c = xj_take_array(&list, 2, 2);
        t->agency = xj_take_str(&c, 0, SIZE_MAX);
        t->role = role_of(xj_take_str(&c, 0, SIZE_MAX));
        require(d, xj_cur_end(&c) == XJ_OK && xj_agency_ok(t->agency) && t->role != XJ_TO_INVALID);
        require(d, !xj_slice_eq(t->agency, h->from) && !is_recipient(h, t->agency, h->to_count - 1));
        require(d, h->to_count == 1 || t->role != XJ_TO_PRINCIPAL || t[-1].role == XJ_TO_PRINCIPAL);
    }
}

static void take_joint(struct decoder *d, struct xj_header *h)
{
    struct xj_cur list = take_list(d, XJ_MAX_JOINT);
    while (!d->c.bad && list.left > 0) {
        struct xj_slice *j = &h->joint[h->joint_count++];
        *j = xj_take_str(&list, 0, SIZE_MAX);
        require(d, !list.bad && xj_agency_ok(*j) && (h->joint_count == 1 || xj_slice_cmp(j[-1], *j) < 0));
        require(d, !xj_slice_eq(*j, h->from) && !is_recipient(h, *j, h->to_count));
    }
}

static void take_subjects(struct decoder *d, struct xj_header *h)
{
    struct xj_cur list = take_list(d, XJ_MAX_SUBJECTS);
    while (!d->c.bad && list.left > 0) {
        struct xj_subject *s = &h->subjects[h->subject_count++];
        *s = (struct xj_subject){.has_charge = false};
        struct xj_cur c = xj_take_array(&list, 2, 2);
        xj_take_bin_to(&c, s->party, sizeof s->party);
        s->has_charge = !xj_take_nil(&c);
        if (s->has_charge)
            xj_take_bin_to(&c, s->charge, sizeof s->charge);
        require(d, xj_cur_end(&c) == XJ_OK);
        if (h->subject_count == 1)
            continue;
        require(d, xj_subject_cmp(&s[-1], s) < 0);
        /* In this order a party as a whole stands directly before its charges. */
        require(d, s[-1].has_charge || memcmp(s[-1].party, s->party, sizeof s->party) != 0);
    }
}

/* Years are those of Beijing days (spec 00, section 3). */
bool xj_occurred_ok(int64_t from_ms, int64_t to_ms)
{
    return from_ms >= xj_day_start_ms(xj_days_from_civil((struct xj_civil){1900, 1, 1})) && from_ms <= to_ms &&
           to_ms <= xj_day_end_ms(xj_days_from_civil((struct xj_civil){9999, 12, 31}));
}

static void take_occurred(struct decoder *d, struct xj_header *h)
{
    if (d->c.bad || xj_take_nil(&d->c))
        return;
    struct xj_cur c = xj_take_array(&d->c, 2, 2);
    h->has_occurred = true;
    h->occurred_from_ms = xj_take_int(&c, INT64_MIN, INT64_MAX);
    h->occurred_to_ms = xj_take_int(&c, INT64_MIN, INT64_MAX);
    require(d, xj_cur_end(&c) == XJ_OK && xj_occurred_ok(h->occurred_from_ms, h->occurred_to_ms));
}

static void take_mode(struct decoder *d, struct xj_header *h)
{
    struct xj_slice s = xj_take_str(&d->c, 0, SIZE_MAX);
    if (xj_slice_is(s, mode_names[XJ_MODE_LIVE]))
        h->mode = XJ_MODE_LIVE;
    else if (xj_slice_is(s, mode_names[XJ_MODE_LATE_ENTRY]))
        h->mode = XJ_MODE_LATE_ENTRY;
    require(d, h->mode != XJ_MODE_INVALID);
}

static bool paper_is_new(const struct xj_header *h)
{
    for (size_t i = 0; i + 1 < h->paper_count; i++)
        if (xj_hash_eq(&h->papers[i].sealed, &h->papers[h->paper_count - 1].sealed))
            return false;
    return true;
}

static void take_papers(struct decoder *d, struct xj_header *h)
{
    struct xj_cur list = take_list(d, XJ_MAX_PAPERS);
    while (!d->c.bad && list.left > 0) {
        struct xj_header_paper *p = &h->papers[h->paper_count++];
        struct xj_cur c = xj_take_array(&list, 3, 3);
        p->kind = xj_take_str(&c, 0, SIZE_MAX);
        xj_take_bin_to(&c, p->sealed.b, XJ_HASH_SIZE);
        p->size_class_bytes = xj_take_uint(&c, UINT64_MAX);
        require(d, xj_cur_end(&c) == XJ_OK && xj_name_ok(p->kind) && xj_size_class_ok(p->size_class_bytes));
        require(d, paper_is_new(h));
    }
}

static void take_refs(struct decoder *d, struct xj_header *h)
{
    struct xj_cur list = take_list(d, XJ_MAX_REFS);
    while (!d->c.bad && list.left > 0) {
        struct xj_id *r = &h->refs[h->ref_count++];
        *r = take_id(&list);
        require(d, !list.bad && !xj_id_is_nil(r) && (h->ref_count == 1 || xj_id_cmp(&r[-1], r) < 0));
    }
}

static bool relation_known(struct xj_slice s)
{
    for (size_t i = 0; i < sizeof relations / sizeof *relations; i++)
        if (xj_slice_is(s, relations[i]))
            return true;
    return false;
}

static void take_relates(struct decoder *d, struct xj_header *h)
{
    struct xj_cur list = take_list(d, XJ_MAX_RELATES);
    while (!d->c.bad && list.left > 0) {
        struct xj_header_relate *r = &h->relates[h->relate_count++];
        struct xj_cur c = xj_take_array(&list, 2, 2);
        r->relation = xj_take_str(&c, 0, SIZE_MAX);
        r->id = take_id(&c);
        require(d, xj_cur_end(&c) == XJ_OK && relation_known(r->relation) && !xj_id_is_nil(&r->id));
        require(d, h->relate_count == 1 ||
                       pair_cmp(r[-1].relation, xj_id_slice(&r[-1].id), r->relation, xj_id_slice(&r->id)) < 0);
    }
}

static void take_first_fields(struct decoder *d, struct xj_header *h)
{
    require(d, xj_take_uint(&d->c, UINT64_MAX) == 1);
    h->suite = xj_take_uint(&d->c, UINT64_MAX);
    require(d, h->suite == 1);
    h->id = take_id(&d->c);
    require(d, !xj_id_is_nil(&h->id));
    h->case_id = take_id(&d->c);
    require(d, !xj_id_is_nil(&h->case_id));
    h->procedure = take_name(d);
    h->revision = take_hash(d);
    h->act = take_name(d);
}

static void take_last_fields(struct decoder *d, struct xj_header *h)
{
    h->body_digest = take_hash(d);
    h->body_commit = take_hash(d);
    h->keys_digest = take_hash(d);
    h->number = xj_take_uint(&d->c, UINT64_MAX);
    require(d, h->number >= 1);
    h->has_previous = !xj_take_nil(&d->c);
    if (h->has_previous)
        h->previous = take_hash(d);
    require(d, h->has_previous == (h->number > 1));
}

enum xj_err xj_header_decode(struct xj_slice bytes, struct xj_header *ret, unsigned *ret_field)
{
    struct xj_doc doc;
    memset(ret, 0, sizeof *ret);
    *ret_field = OUTER_SHAPE;
    if (bytes.n > XJ_MAX_HEADER_BYTES)
        return XJ_ELIMIT;
    enum xj_err err = xj_doc_open(&doc, bytes, XJ_MAX_HEADER_NODES);
    if (err != XJ_OK)
        return err;
    struct decoder d = {.c = xj_cur_over(&doc.root, FIELDS, FIELDS)};
    if (d.c.bad) {
        xj_doc_close(&doc);
        return XJ_EMALFORMED;
    }
    take_first_fields(&d, ret);
    take_tracks(&d, ret);
    take_answers(&d, ret);
    take_from_and_actor(&d, &doc.root, ret);
    take_to(&d, ret);
    take_joint(&d, ret);
    take_subjects(&d, ret);
    take_occurred(&d, ret);
    take_mode(&d, ret);
    take_papers(&d, ret);
    take_refs(&d, ret);
    take_relates(&d, ret);
    take_last_fields(&d, ret);
    err = xj_cur_end(&d.c);
    if (err != XJ_OK) {
        *ret_field = d.c.bad_index;
        memset(ret, 0, sizeof *ret);
        err = d.over_limit ? XJ_ELIMIT : XJ_EMALFORMED;
    }
    xj_doc_close(&doc); /* strings and bins are views into bytes, not into the document */
    return err;
}

void xj_header_peek(struct xj_slice bytes, struct xj_id *ret_id, uint64_t *ret_number)
{
    struct xj_slice span, bin;
    *ret_id = (struct xj_id){{0}};
    *ret_number = 0;
    if (xj_wire_check(bytes, UINT32_MAX) != XJ_OK)
        return;
    if (xj_span_element(bytes, FIELD_ID, &span) && xj_span_bin(span, &bin) && bin.n == XJ_ID_SIZE)
        memcpy(ret_id->b, bin.p, XJ_ID_SIZE);
    if (xj_span_element(bytes, FIELD_NUMBER, &span) && !xj_span_uint(span, ret_number))
        *ret_number = 0;
}

struct xj_hash xj_header_digest(struct xj_slice header_bytes)
{
    return xj_digest(MESSAGE_CONTEXT, header_bytes);
}

/* ---- the four parts ---- */

/* Body and keys are both bin or both nil. An empty bin would be taken for nil later, so it is no message. */
static bool take_content(struct xj_slice *rest, struct xj_message *ret)
{
    struct xj_slice body, keys;
    if (!xj_span_next(rest, &body) || !xj_span_next(rest, &keys))
        return false;
    if (xj_span_is_nil(body) && xj_span_is_nil(keys))
        return true;
    return xj_span_bin(body, &ret->body) && xj_span_bin(keys, &ret->keys) && ret->body.n > 0 && ret->keys.n > 0;
}

static bool take_parts(struct xj_slice rest, struct xj_message *ret)
{
    uint32_t count;
    struct xj_slice span, inner;
    if (!xj_span_enter(&rest, &count) || count != 4)
        return false;
    if (!xj_span_next(&rest, &span) || !xj_span_bin(span, &ret->header) || !take_content(&rest, ret))
        return false;
    if (!xj_span_next(&rest, &ret->signature) || ret->signature.n > XJ_MAX_SIGNATURE_BYTES)
        return false;
    inner = ret->signature;
    return xj_span_enter(&inner, &count);
}

enum xj_err xj_message_split(struct xj_slice bytes, struct xj_message *ret)
{
    *ret = (struct xj_message){{NULL, 0}, {NULL, 0}, {NULL, 0}, {NULL, 0}};
    if (xj_wire_check(bytes, MESSAGE_NODES) != XJ_OK || !take_parts(bytes, ret)) {
        *ret = (struct xj_message){{NULL, 0}, {NULL, 0}, {NULL, 0}, {NULL, 0}};
        return XJ_EMALFORMED;
    }
    bool over = bytes.n > XJ_MAX_MESSAGE_BYTES || ret->header.n > XJ_MAX_HEADER_BYTES ||
                ret->body.n > XJ_MAX_SEALED_BODY_BYTES || ret->keys.n > XJ_MAX_KEYS_BYTES;
    return over ? XJ_ELIMIT : XJ_OK;
}

void xj_message_join(const struct xj_message *m, struct xj_buf *buf)
{
    xj_put_array(buf, 4);
    xj_put_bins(buf, m->header);
    if (m->body.n == 0 && m->keys.n == 0) {
        xj_put_nil(buf);
        xj_put_nil(buf);
    } else {
        xj_put_bins(buf, m->body);
        xj_put_bins(buf, m->keys);
    }
    xj_put_raw(buf, m->signature);
}
