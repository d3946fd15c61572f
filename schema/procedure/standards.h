/* The filing standards (立案追诉标准): from which line on conduct is a crime, as signed into the register.
 * Any thread; decoded standards are read-only and may be shared. Spec: spec/13-standards.md, sections 1 and 2.
 * What an act comes to under them is asked in standards_look.h. */
#ifndef XJ_STANDARDS_H
#define XJ_STANDARDS_H

#include "schema/base/hash.h"
#include "schema/procedure/model.h" /* enum xj_tag */

#define XJ_STANDARDS_CONTEXT "xianjie/1 standards"
#define XJ_STANDARDS_VERSION 1
#define XJ_STANDARDS_BYTES_MAX 393216u /* encoded; as a fact it fits a register entry and a frame */
#define XJ_STANDARDS_NODES_MAX 65536u
#define XJ_STD_MEASURES_MAX 256u
#define XJ_STD_PARTS_MAX 4u
#define XJ_STD_ALIASES_MAX 1024u
#define XJ_STD_INSTRUMENTS_MAX 256u
#define XJ_STD_ENTRIES_MAX 2048u
#define XJ_STD_ROWS_MAX 64u       /* of one entry */
#define XJ_STD_ALL_ROWS_MAX 8192u /* of all entries */
#define XJ_STD_LIMITS_MAX 4u      /* all_of of a row */
#define XJ_STD_CITES_MAX 4u
#define XJ_STD_TEXT_MAX 512u
#define XJ_STD_SOURCE_MAX 4096u
#define XJ_STD_UNIT_MAX 16u
#define XJ_STD_VALUE_MAX INT64_C(1000000000000000)
#define XJ_STD_FACTOR_MAX 1000u
#define XJ_STD_YEARS_MAX 99u
#define XJ_STD_NO_YEARS 255u /* convictions do not count */
#define XJ_STD_OPEN_DAY INT64_MAX /* an entry without an end */

/* All slices are views into bytes owned by the standards; an absent text has n = 0. */
struct xj_std_part {
    uint16_t measure;
    uint16_t factor;
};
struct xj_std_measure {
    struct xj_slice name, zh, en, unit;
    struct xj_std_part parts[XJ_STD_PARTS_MAX]; /* of a derived measure: sum of factor * part, over divisor, rounded down */
    uint16_t part_count, divisor;
};
struct xj_std_alias {
    struct xj_slice name, target; /* target: a charge or charge（kind） */
};
struct xj_std_instrument {
    struct xj_slice key, title, number;
    int64_t day;     /* in force since; -1: not known or by article */
    enum xj_tag tag; /* how well the number is confirmed */
};
struct xj_std_cite {
    uint16_t instrument;
    struct xj_slice article;
};
struct xj_std_limit {
    uint16_t measure;
    bool less; /* "<", else ">=" */
    int64_t value;
};
struct xj_std_prior {
    bool given;
    uint8_t times, years; /* years 0: at any time */
    uint8_t convicted;    /* years within which a conviction suffices; 0: at any time; XJ_STD_NO_YEARS */
    struct xj_slice what;
};
enum xj_std_subject { XJ_STD_ANYBODY = 0, XJ_STD_PERSON, XJ_STD_UNIT };
/* Why a row is no threshold: 加重档, 危险认定, 主体认定, 出罪, what falls under the charge. */
enum xj_std_aside {
    XJ_STD_THRESHOLD = 0,
    XJ_STD_AGGRAVATED,
    XJ_STD_DANGER,
    XJ_STD_ROLE,
    XJ_STD_EXEMPT,
    XJ_STD_SCOPE
};

struct xj_std_row {
    uint16_t measure;   /* XJ_NONE: no amount */
    int64_t value, max; /* threshold; max > value: each province sets its own between the two */
    struct xj_std_limit limits[XJ_STD_LIMITS_MAX];
    uint8_t limit_count;
    struct xj_std_prior prior;
    enum xj_std_subject subject;
    uint8_t near; /* percent; 0: none */
    struct xj_slice judge, note;
    enum xj_std_aside aside;
    struct xj_std_cite cites[XJ_STD_CITES_MAX];
    uint8_t cite_count;
    enum xj_tag tag;
};
struct xj_std_entry {
    struct xj_slice charge, kind, id, title, article, admin, accumulate, note;
    int64_t from_day, to_day; /* days of conduct, both included; to_day XJ_STD_OPEN_DAY */
    bool suspicion;
    const struct xj_std_row *rows;
    uint16_t row_count;
};

struct xj_standards {
    struct xj_slice name, source;
    struct xj_std_measure *measures; /* ascending by name */
    struct xj_std_alias *aliases;    /* ascending by name */
    struct xj_std_instrument *instruments;
    struct xj_std_entry *entries; /* ascending by charge, kind, from_day */
    size_t measure_count, alias_count, instrument_count, entry_count;
    /* private */
    struct xj_std_row *rows;
    size_t row_count;
    uint8_t *bytes;
    size_t size;
    struct xj_hash digest;
};

/* Where and why bytes are refused: list "standards", "measures", "aliases", "instruments" or "entries", the position in it
 * and, in an entry, that of the row (SIZE_MAX: none). Texts are static. */
struct xj_std_fault {
    const char *list;
    size_t at, row;
    const char *zh, *en;
};

/* Reads canonical bytes (copied; they may go). XJ_EMALFORMED or XJ_ELIMIT with fault (may be NULL) filled in, XJ_ENOMEM;
 * nothing to free then. Free with xj_standards_free. */
enum xj_err xj_standards_decode(struct xj_slice bytes, struct xj_standards *ret, struct xj_std_fault *fault);
/* Frees everything and zeroes the struct; safe on a zeroed struct and twice. */
void xj_standards_free(struct xj_standards *st);
/* The canonical bytes it was read from, and xj_digest(XJ_STANDARDS_CONTEXT, them). Borrowed. */
struct xj_slice xj_standards_bytes(const struct xj_standards *st);
const struct xj_hash *xj_standards_digest(const struct xj_standards *st);

/* Index of the measure of that name; XJ_NONE. */
uint16_t xj_standards_measure(const struct xj_standards *st, struct xj_slice name);
/* The charge and kind that a name means: a charge (kind {NULL, 0}: all of them), charge（kind） or charge(kind), an alias.
 * False when there is none. Borrowed. */
bool xj_standards_charge(const struct xj_standards *st, struct xj_slice name, struct xj_slice *ret_charge, struct xj_slice *ret_kind);
/* First index of the entries of a charge; entry_count when there are none. They lie side by side. */
size_t xj_standards_first(const struct xj_standards *st, struct xj_slice charge);

#endif
