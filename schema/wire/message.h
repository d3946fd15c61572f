/* The message: header, body, keys, signature. Any thread. Spec: spec/03-message.md.
 * Decoded headers are views into the header bytes, which must outlive them. */
#ifndef XJ_MESSAGE_H
#define XJ_MESSAGE_H

#include "schema/base/hash.h"
#include "schema/base/ids.h"
#include "schema/base/limits.h"
#include "schema/wire/read.h"

enum xj_mode { XJ_MODE_INVALID = 0, XJ_MODE_LIVE, XJ_MODE_LATE_ENTRY };
enum xj_to_role { XJ_TO_INVALID = 0, XJ_TO_PRINCIPAL, XJ_TO_COPY, XJ_TO_NOTICE };

/* A party (8 random bytes), and one charge against it or none. */
struct xj_subject {
    uint8_t party[8];
    uint8_t charge[8];
    bool has_charge;
};

struct xj_header_track {
    struct xj_slice name, owner;
};
struct xj_header_answer {
    struct xj_id id;
    struct xj_slice question;
};
struct xj_header_to {
    struct xj_slice agency;
    enum xj_to_role role;
};
struct xj_header_paper {
    struct xj_slice kind;
    struct xj_hash sealed; /* digest of the sealed bytes */
    uint64_t size_class_bytes;
};
struct xj_header_relate {
    struct xj_slice relation;
    struct xj_id id;
};

struct xj_header {
    uint64_t suite;
    struct xj_id id, case_id;
    struct xj_slice procedure;
    struct xj_hash revision;
    struct xj_slice act;
    struct xj_header_track tracks[XJ_MAX_TRACKS];
    size_t track_count;
    struct xj_header_answer answers[XJ_MAX_ANSWERS];
    size_t answer_count;
    struct xj_slice from;
    struct xj_slice actor; /* n = 0: none */
    struct xj_header_to to[XJ_MAX_TO];
    size_t to_count;
    struct xj_slice joint[XJ_MAX_JOINT];
    size_t joint_count;
    struct xj_subject subjects[XJ_MAX_SUBJECTS];
    size_t subject_count;
    bool has_occurred;
    int64_t occurred_from_ms, occurred_to_ms;
    enum xj_mode mode;
    struct xj_header_paper papers[XJ_MAX_PAPERS];
    size_t paper_count;
    struct xj_id refs[XJ_MAX_REFS];
    size_t ref_count;
    struct xj_header_relate relates[XJ_MAX_RELATES];
    size_t relate_count;
    struct xj_hash body_digest, body_commit, keys_digest;
    uint64_t number;
    bool has_previous;
    struct xj_hash previous;
};

/* Appends the canonical header. The caller has filled every field; XJ_ELIMIT or XJ_ENOMEM stick in buf. */
void xj_header_encode(const struct xj_header *h, struct xj_buf *buf);
/* Decodes and checks every rule of spec/03-message.md section 2 that needs nothing but the header. On error
 * *ret is zeroed and *ret_field is the index of the first bad field (or 255 for the outer shape and for limits of the header
 * as a whole). XJ_EMALFORMED; XJ_ELIMIT (bytes, values, or too many items in a field); XJ_ENOMEM. */
enum xj_err xj_header_decode(struct xj_slice bytes, struct xj_header *ret, unsigned *ret_field);
/* May an act have happened then: from not after to, both within the years 1900 to 9999 (spec 03, field 14)? */
bool xj_occurred_ok(int64_t from_ms, int64_t to_ms);
/* What can still be read of a header that was refused (spec/04-exchange.md, 5): its id or the nil id, its number or 0. */
void xj_header_peek(struct xj_slice bytes, struct xj_id *ret_id, uint64_t *ret_number);
/* The message digest. */
struct xj_hash xj_header_digest(struct xj_slice header_bytes);

/* The four parts of a message as sent; views. body and keys are empty (n = 0) in a header-only delivery. */
struct xj_message {
    struct xj_slice header, body, keys, signature; /* signature: its canonical array encoding */
};
/* XJ_EMALFORMED: no such array (*ret zeroed). XJ_ELIMIT: the message or a part is over its limit of spec/01-encoding.md, 4;
 * *ret is filled all the same, so that the exchange can answer with a refusal. The signature is only seen to be an array. */
enum xj_err xj_message_split(struct xj_slice bytes, struct xj_message *ret);
void xj_message_join(const struct xj_message *m, struct xj_buf *buf);

/* [principal|copy|notice] and [live|late_entry] as the header spells them. */
const char *xj_to_role_name(enum xj_to_role role);
const char *xj_mode_name(enum xj_mode mode);

/* Key of a subject for maps and comparisons: party, then 0x00 or 0x01 and the charge; 9 or 17 bytes. */
size_t xj_subject_key(const struct xj_subject *s, uint8_t out[17]);
int xj_subject_cmp(const struct xj_subject *a, const struct xj_subject *b);

#endif
