/* CSV as spreadsheets write it, record by record, in memory that does not grow with the file. Command line; any thread, one
 * reader at a time in each. Spec: spec/15-penalty-records.md, section 1; RFC 4180.
 * A reader never gives up on a file: what is wrong with a record is kept beside it, and reading goes on. */
#ifndef XJ_CSV_IN_H
#define XJ_CSV_IN_H

#include "schema/base/buf.h"

#define XJ_CSV_FIELD_BYTES (64u * 1024)   /* of one field, as UTF-8 (03-message, 3: strings) */
#define XJ_CSV_RECORD_BYTES (256u * 1024) /* of all fields of one record */
#define XJ_CSV_FIELDS 512u
#define XJ_CSV_FAULTS 16u /* kept of one record */

enum xj_csv_encoding { XJ_CSV_GUESS = 0, XJ_CSV_UTF8, XJ_CSV_GB18030 };

enum xj_csv_wrong {
    XJ_CSV_FINE = 0,
    XJ_CSV_BAD_BYTE,     /* no character of the encoding */
    XJ_CSV_NUL,
    XJ_CSV_QUOTE,        /* a quote inside a field that is not in quotes */
    XJ_CSV_AFTER_QUOTE,  /* something between a closing quote and the comma */
    XJ_CSV_CR,           /* a CR that no LF follows */
    XJ_CSV_UNCLOSED,     /* a quote that is never closed: the file ends in this record */
    XJ_CSV_FIELD_LONG,
    XJ_CSV_RECORD_LONG,
    XJ_CSV_FIELDS_MANY
};
struct xj_csv_fault {
    enum xj_csv_wrong wrong;
    size_t field; /* from 0 */
};

struct xj_csv;

/* What the bytes are in when nobody says: UTF-8 with a byte order mark or if all of it is UTF-8, else GB18030. */
enum xj_csv_encoding xj_csv_guess(struct xj_slice bytes);
/* "utf-8" or "gb18030" in either case, NULL: guess. False: another name. */
bool xj_csv_encoding_named(const char *name, enum xj_csv_encoding *ret);
/* A reader before the first record; bytes are borrowed until it is closed. XJ_ENOMEM; XJ_ECONFIG: this system cannot convert
 * GB18030. On error *ret is NULL. */
enum xj_err xj_csv_open(struct xj_slice bytes, enum xj_csv_encoding encoding, struct xj_csv **ret);
void xj_csv_close(struct xj_csv *r); /* NULL is fine */

/* The next record; false at the end of the file, or when memory is out (xj_csv_err). An empty line is a record of one empty
 * field. A line end inside quotes is LF in the field, however it is written. */
bool xj_csv_next(struct xj_csv *r);
enum xj_err xj_csv_err(const struct xj_csv *r);
/* The record read last: its number and first line in the file, from 1; its fields, borrowed until the next one. Always UTF-8. */
uint64_t xj_csv_record(const struct xj_csv *r);
uint64_t xj_csv_line(const struct xj_csv *r);
size_t xj_csv_count(const struct xj_csv *r);
struct xj_slice xj_csv_field(const struct xj_csv *r, size_t i);
size_t xj_csv_faults(const struct xj_csv *r, const struct xj_csv_fault **ret);
/* What a fault is in words; static. */
const char *xj_csv_text(enum xj_csv_wrong wrong, bool zh);

#endif
