#include "schema/wire/pack.h"

#include <msgpack.h>
#include <string.h>

static int write_to_buf(void *data, const char *p, size_t n)
{
    struct xj_buf *buf = data;
    xj_buf_add(buf, p, n);
    return buf->err == XJ_OK ? 0 : -1;
}

static msgpack_packer packer_to(struct xj_buf *buf)
{
    msgpack_packer packer;
    msgpack_packer_init(&packer, buf, write_to_buf);
    return packer;
}

void xj_put_array(struct xj_buf *buf, uint32_t count)
{
    msgpack_packer packer = packer_to(buf);
    (void)msgpack_pack_array(&packer, count);
}

void xj_put_map(struct xj_buf *buf, uint32_t count)
{
    msgpack_packer packer = packer_to(buf);
    (void)msgpack_pack_map(&packer, count);
}

void xj_put_uint(struct xj_buf *buf, uint64_t v)
{
    msgpack_packer packer = packer_to(buf);
    (void)msgpack_pack_uint64(&packer, v);
}

void xj_put_int(struct xj_buf *buf, int64_t v)
{
    msgpack_packer packer = packer_to(buf);
    (void)msgpack_pack_int64(&packer, v); /* takes the uint forms for v >= 0 */
}

/* Refuses what the head cannot count, and a body that will not fit, before a head without its body is written. */
static bool fits(struct xj_buf *buf, size_t n)
{
    if (buf->err == XJ_OK && (n > UINT32_MAX || n > buf->ceiling))
        buf->err = XJ_ELIMIT;
    return buf->err == XJ_OK;
}

void xj_put_str(struct xj_buf *buf, struct xj_slice s)
{
    if (!fits(buf, s.n))
        return;
    msgpack_packer packer = packer_to(buf);
    (void)msgpack_pack_str(&packer, s.n);
    xj_buf_add_slice(buf, s);
}

void xj_put_cstr(struct xj_buf *buf, const char *s)
{
    if (s == NULL)
        xj_put_nil(buf);
    else
        xj_put_str(buf, xj_slice_cstr(s));
}

void xj_put_bin(struct xj_buf *buf, const void *p, size_t n)
{
    if (!fits(buf, n))
        return;
    msgpack_packer packer = packer_to(buf);
    (void)msgpack_pack_bin(&packer, n);
    xj_buf_add(buf, p, n);
}

void xj_put_bins(struct xj_buf *buf, struct xj_slice s)
{
    xj_put_bin(buf, s.p, s.n);
}

void xj_put_nil(struct xj_buf *buf)
{
    msgpack_packer packer = packer_to(buf);
    (void)msgpack_pack_nil(&packer);
}

void xj_put_bool(struct xj_buf *buf, bool v)
{
    msgpack_packer packer = packer_to(buf);
    (void)(v ? msgpack_pack_true(&packer) : msgpack_pack_false(&packer));
}

void xj_put_raw(struct xj_buf *buf, struct xj_slice s)
{
    xj_buf_add_slice(buf, s);
}
