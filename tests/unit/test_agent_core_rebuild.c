/* Working state made anew from entries that do not fit each other: a ledger like that is damaged, and is not worked with.
 * Spec: spec/05-ledger.md, section 6. */
#include "schema/ledger/recovery.h"
#include "tests/unit/agent_core_fixture.h"

/* A ledger with the anchor's entry, which the case appends to. */
struct ledger {
    struct fx *f;
    struct xj_db *db;
    struct xj_log *log;
};

static void append(struct ledger *l, enum xj_entry_kind kind, struct xj_slice head, struct xj_slice sig)
{
    assert_int_equal(xj_log_append(l->log, kind, l->f->clock.now_ms, head, sig, NULL), XJ_OK);
}

static void append_buf(struct ledger *l, enum xj_entry_kind kind, struct xj_buf *head)
{
    assert_int_equal(head->err, XJ_OK);
    append(l, kind, xj_buf_slice(head), xj_slice_cstr("\x90"));
    xj_buf_free(head);
}

/* ---- entries that can be read, in a wrong place ---- */

typedef void lie(struct ledger *l);

static void message(struct ledger *l, enum xj_entry_kind kind, uint64_t number, struct xj_hash *ret)
{
    struct xj_buf head;
    struct xj_outgoing *out = fx_outgoing(l->f, 0);
    out->header.number = number;
    out->header.has_previous = number > 1;
    xj_buf_init(&head, XJ_MAX_HEADER_BYTES);
    xj_header_encode(&out->header, &head);
    *ret = xj_header_digest(xj_buf_slice(&head));
    append_buf(l, kind, &head);
    xj_outgoing_free(out);
}

static void admitted(struct ledger *l, const struct xj_hash *about, const char *recipient, uint64_t number)
{
    struct xj_buf statement, signature;
    fx_admitted(l->f, about, recipient, number, &l->f->exchange, &statement, &signature);
    append_buf(l, XJ_ENTRY_ADMITTED, &statement);
    xj_buf_free(&signature);
}

static void own_number_with_a_gap(struct ledger *l)
{
    struct xj_hash d;
    message(l, XJ_ENTRY_OWN, 2, &d);
}

static void admission_of_nothing(struct ledger *l)
{
    const struct xj_hash none = {{9}};
    admitted(l, &none, FX_B, 1);
}

static void refusal_of_nothing(struct ledger *l)
{
    struct xj_buf head;
    const struct xj_refused st = {.agency = xj_slice_cstr(FX_A), .id = {{1}}, .message = {{9}}, .number = 1, .register_number = 1,
                                  .code = xj_slice_cstr("track"), .detail = xj_slice_cstr(""), .rule = xj_slice_cstr("r"),
                                  .article = xj_slice_cstr("r"), .remedy_zh = xj_slice_cstr("m"), .remedy_en = xj_slice_cstr("m"),
                                  .position = 5};
    xj_buf_init(&head, XJ_MAX_STATEMENT_BYTES);
    xj_refused_encode(&st, &head);
    append_buf(l, XJ_ENTRY_REFUSED, &head);
}

static void two_answers(struct ledger *l)
{
    struct xj_hash d;
    message(l, XJ_ENTRY_OWN, 1, &d);
    admitted(l, &d, FX_B, 1);
    admitted(l, &d, FX_B, 1);
}

static void message_received_for_somebody_else(struct ledger *l)
{
    struct xj_hash d;
    message(l, XJ_ENTRY_RECEIVED, 1, &d);
    admitted(l, &d, FX_B, 1);
}

static void mail_number_with_a_gap(struct ledger *l)
{
    struct xj_hash d;
    message(l, XJ_ENTRY_RECEIVED, 1, &d);
    admitted(l, &d, FX_A, 2); /* late mail is of a journal that was rebuilt only */
}

static void late_mail_of_number(struct ledger *l, uint64_t number)
{
    struct xj_hash d;
    for (uint8_t store = 1; store <= 2; store++) {
        struct xj_buf head;
        xj_buf_init(&head, 256);
        const struct xj_hash none = {{0}};
        const uint8_t id[16] = {store};
        xj_put_array(&head, 4);
        xj_put_bin(&head, id, sizeof id);
        xj_put_uint(&head, store);
        xj_put_uint(&head, 0);
        xj_put_bin(&head, none.b, sizeof none.b);
        append_buf(l, XJ_ENTRY_EPOCH, &head);
    }
    message(l, XJ_ENTRY_RECEIVED, 1, &d);
    admitted(l, &d, FX_A, number);
}

static void late_mail_beyond_the_last_number(struct ledger *l)
{
    late_mail_of_number(l, 7);
}

static void feed_number_with_a_gap(struct ledger *l)
{
    struct xj_buf head;
    struct xj_delivered_item item = {.message = {{1}}, .mailbox_number = 1};
    const struct xj_delivered d = {.owner = xj_slice_cstr(FX_A), .number = 2, .recipient = xj_slice_cstr(FX_B), .register_number = 1,
                                   .item_count = 1,
                                   .items = &item};
    xj_buf_init(&head, XJ_MAX_STATEMENT_BYTES);
    xj_delivered_encode(&d, &head);
    append_buf(l, XJ_ENTRY_DELIVERED, &head);
}

static void run_of_own_numbers(struct ledger *l)
{
    struct xj_buf head;
    const struct xj_unrecovered u = {.agency = xj_slice_cstr(FX_A), .which = XJ_NUMBERS_OWN, .first = 1, .last = 2, .register_number = 1};
    xj_buf_init(&head, XJ_MAX_STATEMENT_BYTES);
    xj_unrecovered_encode(&u, &head);
    append_buf(l, XJ_ENTRY_UNRECOVERED, &head);
}

static void recovered_without_a_recovery(struct ledger *l)
{
    append(l, XJ_ENTRY_RECOVERED, xj_slice_cstr("\xc0"), xj_slice_cstr("\x90"));
}

static void register_entry_again(struct ledger *l)
{
    append(l, XJ_ENTRY_REGISTER, xj_buf_slice(&l->f->anchor.entry), xj_buf_slice(&l->f->anchor.signature));
}

/* ---- the table ---- */

static enum xj_err rebuilt(struct fx *f, lie *tell, enum xj_entry_kind kind, const char *head)
{
    char path[128];
    struct xj_agent *agent = NULL;
    struct ledger l = {.f = f};
    const struct xj_db_options o = {.path = f->path, .format = "xianjie ledger 1", .owner = FX_A, .root_key = f->anchor.root,
                                    .create = true,
                                    .volatile_ok = true};
    unlink(f->path);
    snprintf(path, sizeof path, "%s-wal", f->path);
    unlink(path);
    assert_int_equal(xj_db_open(&o, &f->env, &l.db, NULL), XJ_OK);
    assert_int_equal(xj_log_open(l.db, &l.log), XJ_OK);
    assert_int_equal(xj_db_begin(l.db), XJ_OK);
    register_entry_again(&l);
    if (tell != NULL)
        tell(&l);
    else
        append(&l, kind, xj_slice_cstr(head), xj_slice_of(NULL, 0));
    assert_int_equal(xj_db_commit(l.db), XJ_OK);
    const struct xj_agent_options ao = {.db = l.db, .log = l.log, .env = &f->env, .keys = &f->a, .agency = FX_A, .anchor = &f->anchor};
    const enum xj_err err = xj_agent_open(&ao, &agent);
    assert_true((err == XJ_OK) == (agent != NULL));
    xj_agent_close(agent);
    xj_log_close(l.log);
    xj_db_close(l.db);
    return err;
}

static void rebuild__of_entries_that_contradict_each_other_is_damage(void **state)
{
    static lie *const lies[] = {
        own_number_with_a_gap, admission_of_nothing, refusal_of_nothing, two_answers, message_received_for_somebody_else,
        mail_number_with_a_gap,
        late_mail_beyond_the_last_number, feed_number_with_a_gap, run_of_own_numbers, recovered_without_a_recovery, register_entry_again,
    };
    struct fx *f = *state;
    fx_crash(f);
    for (size_t i = 0; i < sizeof lies / sizeof lies[0]; i++)
        if (rebuilt(f, lies[i], XJ_ENTRY_INVALID, NULL) != XJ_ECORRUPT)
            fail_msg("lie %zu", i);
    unlink(f->path);
    fx_open(f);
}

/* Notes of its own are nothing to work with; everything else must be what its kind is. */
static void rebuild__of_entries_without_form_is_damage(void **state)
{
    struct fx *f = *state;
    static const char *const heads[] = {"\xc0", "\x92\x01\x02", "\xc1", "\x94\x01\x01\x01\x01"};
    fx_crash(f);
    for (int kind = XJ_ENTRY_OWN; kind <= XJ_ENTRY_LAST; kind++)
        for (size_t i = 0; i < sizeof heads / sizeof heads[0]; i++) {
            const bool note = kind == XJ_ENTRY_INCIDENT || kind == XJ_ENTRY_CHECKPOINTED || kind == XJ_ENTRY_OPENED ||
                              kind == XJ_ENTRY_RECEIVED;
            if (rebuilt(f, NULL, (enum xj_entry_kind)kind, heads[i]) != (note ? XJ_OK : XJ_ECORRUPT))
                fail_msg("kind %d, head %zu", kind, i);
        }
    unlink(f->path);
    fx_open(f);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, fx_setup, fx_teardown)
    const struct CMUnitTest tests[] = {
        T(rebuild__of_entries_that_contradict_each_other_is_damage),
        T(rebuild__of_entries_without_form_is_damage),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
