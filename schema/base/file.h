/* Whole files: bounded reading, writing that a crash cannot tear, making directories. Any thread; blocks on the disk.
 * Spec: spec/00-conventions.md, section 5 (world errors). Paths are UTF-8, at most PATH_MAX bytes.
 * Common errors: XJ_ENOTFOUND (a path or its directory does not exist), XJ_EDENIED (permissions, read-only file system),
 * XJ_EFULL (disk, quota or the limit on file size), XJ_ENOMEM, XJ_EIO (all else). */
#ifndef XJ_FILE_H
#define XJ_FILE_H

#include <sys/types.h>

#include "schema/base/buf.h"

/* Reads the whole regular file into *ret_buf, which it initialises with ceiling; the caller frees it. XJ_ELIMIT when the
 * file is longer than ceiling, XJ_ESTATE when it is no regular file (a pipe would block). On error *ret_buf is empty and
 * holds no memory. Bytes read are wiped, not just freed, on the way out of an error. */
enum xj_err xj_file_read(const char *path, size_t ceiling, struct xj_buf *ret_buf);

/* Replaces or creates the file at path with the bytes, permissions exactly mode: a temporary file beside it, fsync, rename,
 * fsync of the directory. After XJ_OK the bytes survive a power cut. After an error the old file is in place and the
 * temporary one removed, with one exception: when the last fsync fails (XJ_EIO) old or new may be found after a power cut.
 * A crash in the middle can leave a file named path.XXXXXX. XJ_ELIMIT: path too long. */
enum xj_err xj_file_write_atomic(const char *path, struct xj_slice bytes, mode_t mode);

/* Makes the directory and those above it that are missing, with mode less the umask, each made durable in its parent.
 * XJ_OK when it is there already, whatever its mode. XJ_EEXISTS: a part of the path is something else. XJ_ELIMIT: path too
 * long. After an error some of the upper directories may have been made. */
enum xj_err xj_file_mkdirs(const char *path, mode_t mode);

#endif
