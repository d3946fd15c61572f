/* The container of an evidence bundle: a zip file of stored parts in its one form, over bytes in memory. Any thread; pure.
 * Spec: spec/16-evidence.md, section 1. What is read is, byte for byte, what writing its parts would give. */
#ifndef XJ_ZIP_H
#define XJ_ZIP_H

#include "schema/base/buf.h"

#define XJ_ZIP_FILE_MAX (1024u * 1024 * 1024)
#define XJ_ZIP_PART_MAX (256u * 1024 * 1024)
#define XJ_ZIP_PARTS_MAX 16384u
#define XJ_ZIP_NAME_MAX 96u

struct xj_zip_part {
    struct xj_slice name, bytes;
};

/* Appends the file of these parts in this order; out must be empty. XJ_ELIMIT: over one of the limits above, or a name that
 * section 1 does not allow; XJ_ENOMEM. */
enum xj_err xj_zip_write(const struct xj_zip_part *parts, size_t count, struct xj_buf *out);
/* The parts, views into bytes; *ret is the caller's (free). XJ_EMALFORMED: any byte is other than it must be; XJ_ENOMEM. */
enum xj_err xj_zip_read(struct xj_slice bytes, struct xj_zip_part **ret, size_t *ret_count);

#endif
