/* A register over an in-memory store with the keys that may and may not sign it, for tests. Changes are gathered with reg_add
 * and its like, then applied as one entry with reg_apply. What fails there is a cmocka failure. One thread. Tests only.
 * Spec: spec/06-register.md. */
#ifndef XJ_TEST_REGISTER_FIXTURE_H
#define XJ_TEST_REGISTER_FIXTURE_H

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "schema/trust/register.h"
#include "tests/unit/memstore.h"

#define REG_VALUES 16u
#define REG_NOW UINT64_MAX

struct register_world {
    struct xj_memstore mem;
    struct xj_store store;
    struct xj_sign_key root, registrar, stranger;
    struct xj_buf value[REG_VALUES];
    struct xj_reg_change change[REG_VALUES]; /* gathered for the next entry */
    size_t count;
    const char *why; /* of the last entry applied */
};

/* cmocka setup and teardown; *state is the struct register_world. An empty register, and one whose first entry names the
 * exchange (sign key 0x10…) and the registrar. */
int reg_setup(void **state);
int reg_setup_founded(void **state);
int reg_teardown(void **state);

static inline struct xj_slice str(const char *s)
{
    return xj_slice_cstr(s);
}
/* The same key for the same fill, every time. */
struct xj_sign_key reg_key_of(uint8_t fill);

/* Begins a change with a map of so many pairs, which the caller writes next into the buffer given back (the world's), keys
 * shorter first. */
struct xj_buf *reg_add(struct register_world *w, const char *kind, const char *id, uint32_t pairs);
void reg_withdraw(struct register_world *w, const char *kind, const char *id);
/* One pair: a text, 32 bytes of fill, and a list of the words in text, which are parted by blanks. */
void reg_put_text(struct xj_buf *b, const char *key, const char *value);
void reg_put_key(struct xj_buf *b, const char *key, uint8_t fill);
void reg_put_list(struct xj_buf *b, const char *key, const char *text);

/* Whole changes. The keys of an agency differ in every kind: seal is fill, sign fill + 1, recovery + 2, transport + 3; a grant
 * is for the procedure referral, its acts and agencies are words parted by blanks. */
void reg_add_exchange(struct register_world *w, uint8_t sign);
void reg_add_registrar(struct register_world *w, const struct xj_sign_key *key);
void reg_add_agency(struct register_world *w, const char *id, const char *role, const char *division);
void reg_add_keys(struct register_world *w, const char *id, uint8_t fill);
void reg_add_status(struct register_world *w, const char *id, const char *state);
void reg_add_grant(struct register_world *w, const char *id, const char *mode, const char *acts, const char *agencies,
                   const char *division);

struct xj_reg_head reg_head_of(struct register_world *w);
/* Signs the gathered changes as an entry of that number and predecessor, applies it, and forgets the changes. */
enum xj_err reg_apply_as(struct register_world *w, const struct xj_sign_key *key, uint64_t number,
                         const struct xj_hash *previous);
/* The same as the entry that comes next. */
enum xj_err reg_apply(struct register_world *w, const struct xj_sign_key *key);
#define REG_APPLY(w, key) assert_int_equal(reg_apply((w), (key)), XJ_OK)

/* What a lookup showed: ids, each followed by a blank. */
struct register_seen {
    char text[512];
    size_t stop_after, count;
};
/* For xj_reg_subscribers with a struct register_seen: an agency with "!" is one that gets everything, with "?" the header. */
bool reg_see_subscriber(void *arg, struct xj_slice agency, bool full);

#endif
