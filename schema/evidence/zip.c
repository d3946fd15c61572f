#include "schema/evidence/zip.h"

#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#define LOCAL_SIZE 30u
#define CENTRAL_SIZE 46u
#define END_SIZE 22u
#define VERSION 10u      /* stored files need no more than the first version */
#define DATE 0x0021u     /* 1980-01-01, the first day a zip can name */

static void put16(struct xj_buf *out, uint32_t v)
{
    const uint8_t bytes[2] = {(uint8_t)v, (uint8_t)(v >> 8)};
    xj_buf_add(out, bytes, sizeof bytes);
}

static void put32(struct xj_buf *out, uint32_t v)
{
    put16(out, v & 0xffff);
    put16(out, v >> 16);
}

/* The 26 bytes that both headers have, from the version needed to the length of the extra field. */
static void put_common(struct xj_buf *out, const struct xj_zip_part *p, uint32_t crc)
{
    put16(out, VERSION);
    put16(out, 0); /* flags: sizes are known, names are ASCII */
    put16(out, 0); /* stored */
    put16(out, 0);
    put16(out, DATE);
    put32(out, crc);
    put32(out, (uint32_t)p->bytes.n);
    put32(out, (uint32_t)p->bytes.n);
    put16(out, (uint32_t)p->name.n);
    put16(out, 0);
}

static void put_local(struct xj_buf *out, const struct xj_zip_part *p, uint32_t crc)
{
    xj_buf_add(out, "PK\x03\x04", 4);
    put_common(out, p, crc);
    xj_buf_add_slice(out, p->name);
}

static void put_central(struct xj_buf *out, const struct xj_zip_part *p, uint32_t crc, uint32_t offset)
{
    xj_buf_add(out, "PK\x01\x02", 4);
    put16(out, VERSION);
    put_common(out, p, crc);
    put16(out, 0); /* comment */
    put16(out, 0); /* disk */
    put16(out, 0); /* internal attributes */
    put32(out, 0); /* external attributes */
    put32(out, offset);
    xj_buf_add_slice(out, p->name);
}

static void put_end(struct xj_buf *out, size_t count, size_t size, size_t directory)
{
    xj_buf_add(out, "PK\x05\x06", 4);
    put16(out, 0);
    put16(out, 0);
    put16(out, (uint32_t)count);
    put16(out, (uint32_t)count);
    put32(out, (uint32_t)size);
    put32(out, (uint32_t)directory);
    put16(out, 0);
}

static uint32_t crc_of(struct xj_slice bytes)
{
    return (uint32_t)crc32_z(0, bytes.n > 0 ? bytes.p : NULL, bytes.n);
}

static bool name_ok(struct xj_slice name)
{
    if (name.n < 1 || name.n > XJ_ZIP_NAME_MAX)
        return false;
    for (size_t i = 0; i < name.n; i++) {
        uint8_t c = name.p[i];
        if (!((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '/'))
            return false;
    }
    return true;
}

enum xj_err xj_zip_write(const struct xj_zip_part *parts, size_t count, struct xj_buf *out)
{
    size_t total = END_SIZE;
    if (count < 1 || count > XJ_ZIP_PARTS_MAX || out->n != 0)
        return XJ_ELIMIT;
    for (size_t i = 0; i < count; i++) {
        if (!name_ok(parts[i].name) || parts[i].bytes.n > XJ_ZIP_PART_MAX)
            return XJ_ELIMIT;
        total += LOCAL_SIZE + CENTRAL_SIZE + 2 * parts[i].name.n + parts[i].bytes.n;
        if (total > XJ_ZIP_FILE_MAX)
            return XJ_ELIMIT;
    }
    uint32_t *notes = calloc(2 * count, sizeof *notes); /* checksum and offset of each */
    if (notes == NULL)
        return XJ_ENOMEM;
    for (size_t i = 0; i < count; i++) {
        notes[2 * i] = crc_of(parts[i].bytes);
        notes[2 * i + 1] = (uint32_t)out->n;
        put_local(out, &parts[i], notes[2 * i]);
        xj_buf_add_slice(out, parts[i].bytes);
    }
    const size_t directory = out->n;
    for (size_t i = 0; i < count; i++)
        put_central(out, &parts[i], notes[2 * i], notes[2 * i + 1]);
    put_end(out, count, out->n - directory, directory);
    free(notes);
    return out->err;
}

/* ---- reading: each header is written anew from what it says and must then be the same bytes ---- */

static uint32_t get16(const uint8_t *p)
{
    return (uint32_t)p[0] | (uint32_t)p[1] << 8;
}

static uint32_t get32(const uint8_t *p)
{
    return get16(p) | get16(p + 2) << 16;
}

static bool same_at(struct xj_slice bytes, size_t at, const struct xj_buf *want)
{
    return want->err == XJ_OK && want->n <= bytes.n - at && memcmp(bytes.p + at, want->p, want->n) == 0;
}

/* The part whose local header begins at *at, which moves behind it. */
static bool read_local(struct xj_slice bytes, size_t *at, struct xj_buf *scratch, struct xj_zip_part *ret)
{
    if (bytes.n - *at < LOCAL_SIZE)
        return false;
    const uint8_t *p = bytes.p + *at;
    const size_t size = get32(p + 22), name = get16(p + 26), head = LOCAL_SIZE + name;
    if (name > XJ_ZIP_NAME_MAX || bytes.n - *at < head || size > XJ_ZIP_PART_MAX || bytes.n - *at - head < size)
        return false;
    ret->name = xj_slice_of(p + LOCAL_SIZE, name);
    ret->bytes = xj_slice_of(p + head, size);
    if (!name_ok(ret->name))
        return false;
    xj_buf_reset(scratch);
    put_local(scratch, ret, crc_of(ret->bytes));
    if (!same_at(bytes, *at, scratch))
        return false;
    *at += head + size;
    return true;
}

/* The directory and the end, which must be all that is left. */
static bool read_directory(struct xj_slice bytes, size_t at, const struct xj_zip_part *parts, size_t count, struct xj_buf *scratch)
{
    const size_t directory = at;
    for (size_t i = 0; i < count; i++) {
        const size_t offset = (size_t)(parts[i].name.p - bytes.p) - LOCAL_SIZE;
        xj_buf_reset(scratch);
        put_central(scratch, &parts[i], get32(bytes.p + offset + 14), (uint32_t)offset); /* that checksum was verified */
        if (!same_at(bytes, at, scratch))
            return false;
        at += scratch->n;
    }
    xj_buf_reset(scratch);
    put_end(scratch, count, at - directory, directory);
    return same_at(bytes, at, scratch) && bytes.n - at == END_SIZE;
}

enum xj_err xj_zip_read(struct xj_slice bytes, struct xj_zip_part **ret, size_t *ret_count)
{
    struct xj_buf scratch;
    struct xj_zip_part *parts = NULL;
    size_t count = 0, at = 0;
    enum xj_err err = XJ_EMALFORMED;
    *ret = NULL;
    *ret_count = 0;
    if (bytes.n < LOCAL_SIZE + END_SIZE || bytes.n > XJ_ZIP_FILE_MAX)
        return err;
    const size_t told = get16(bytes.p + bytes.n - END_SIZE + 10); /* as many are allocated, and must then be there */
    if (told < 1 || told > XJ_ZIP_PARTS_MAX)
        return err;
    xj_buf_init(&scratch, CENTRAL_SIZE + XJ_ZIP_NAME_MAX);
    parts = calloc(told, sizeof *parts);
    if (parts == NULL)
        return XJ_ENOMEM;
    while (count < told && read_local(bytes, &at, &scratch, &parts[count]))
        count++;
    if (count == told && read_directory(bytes, at, parts, count, &scratch))
        err = XJ_OK;
    if (scratch.err == XJ_ENOMEM)
        err = XJ_ENOMEM;
    xj_buf_free(&scratch);
    if (err != XJ_OK) {
        free(parts);
        return err;
    }
    *ret = parts;
    *ret_count = count;
    return XJ_OK;
}
