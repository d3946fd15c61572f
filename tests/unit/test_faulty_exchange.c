/* The exchange on a disk that fails once, at each call of SQLite in turn, while it reads what is no sound submission: the batch has no
 * effect, nothing is sent, and read again the same bytes get the answer that they get on a sound disk.
 * Spec: spec/04-exchange.md, sections 5 and 7. */
#include <string.h>

#include "tests/unit/exchange_items.h"
#include "tests/unit/exchange_tries.h"

#include "tests/unit/faulty_sqlite.h"

static void at(size_t n)
{
    faulty_at(n);
}

static bool over(void)
{
    return faulty_over();
}

static const struct trouble disk = {at, over, XJ_EIO};

static void number__used_before_is_a_conflict_once_it_is_on_record(void **state)
{
    struct hand *h = *state;
    struct xj_buf message;
    hand_hello(h, CITY_BUREAU);
    struct xj_outgoing *out = hand_report(h);
    out->header.number--;
    hand_papers(h, CITY_BUREAU, out);
    hand_seal(h, CITY_BUREAU, out, NULL, &message);
    tries_submit(h, &disk, xj_buf_slice(&message));
    hand_notice(h, CITY_BUREAU, "conflict");
    assert_int_equal(hand_incidents(h, "conflict"), 1);
    xj_buf_free(&message);
    xj_outgoing_free(out);
}

static void id__used_before_is_refused_once_that_is_on_record(void **state)
{
    struct hand *h = *state;
    struct xj_buf message;
    hand_hello(h, CITY_BUREAU);
    struct xj_outgoing *out = hand_report(h), *other = hand_report(h);
    hand_send(h, CITY_BUREAU, out);
    hand_admitted(h, CITY_BUREAU, "");
    other->header.id = out->header.id;
    hand_number(h, CITY_BUREAU, other);
    hand_seal(h, CITY_BUREAU, other, NULL, &message);
    tries_submit(h, &disk, xj_buf_slice(&message));
    hand_refused(h, CITY_BUREAU, "id_reused", "");
    assert_int_equal(hand_incidents(h, "id_reused"), 1);
    tries_submit(h, &disk, xj_buf_slice(&message)); /* the same answer again */
    hand_refused(h, CITY_BUREAU, "id_reused", "");
    assert_int_equal(hand_incidents(h, "id_reused"), 1);
    xj_buf_free(&message);
    xj_outgoing_free(out);
    xj_outgoing_free(other);
}

static void header__of_no_form_is_refused_once_that_is_on_record(void **state)
{
    struct hand *h = *state;
    struct xj_buf message, header, signature;
    hand_hello(h, CITY_BUREAU);
    xj_buf_init(&message, XJ_MAX_FRAME_BYTES);
    xj_buf_init(&header, 16);
    xj_buf_init(&signature, XJ_MAX_SIGNATURE_BYTES);
    xj_buf_add_str(&header, "\x90");
    const struct xj_hash digest = xj_header_digest(xj_buf_slice(&header));
    xj_sign_one(&hand_of(h, CITY_BUREAU)->node->keys.sign, &digest, &signature);
    const struct xj_message m = {xj_buf_slice(&header), xj_slice_of(NULL, 0), xj_slice_of(NULL, 0), xj_buf_slice(&signature)};
    xj_message_join(&m, &message);
    tries_submit(h, &disk, xj_buf_slice(&message));
    hand_refused(h, CITY_BUREAU, "malformed", "header");
    xj_buf_free(&message);
    xj_buf_free(&header);
    xj_buf_free(&signature);
}

static void recipient__that_is_no_more_is_told_with_its_heir(void **state)
{
    struct hand *h = *state;
    struct xj_buf message;
    city_register(h->city, "agency", "370800-old", json_pack("{s:s, s:s, s:s}", "name", "旧局", "role", "bureau", "division", "370800"));
    city_register(h->city, "succeeded_by", "370800-old", json_pack("{s:s, s:I}", "agency", CITY_POLICE, "at", (json_int_t)0));
    hand_hello(h, CITY_BUREAU);
    struct xj_outgoing *out = hand_report(h);
    out->header.to[out->header.to_count++] = (struct xj_header_to){xj_slice_cstr("370800-old"), XJ_TO_COPY};
    hand_papers(h, CITY_BUREAU, out);
    hand_seal(h, CITY_BUREAU, out, NULL, &message);
    tries_submit(h, &disk, xj_buf_slice(&message));
    hand_refused(h, CITY_BUREAU, "recipient_succeeded", "370800-old " CITY_POLICE);
    xj_buf_free(&message);
    xj_outgoing_free(out);
}

/* Number `number` of the bureau, which nobody handed back, is admitted or refused. */
static void take_once(struct hand *h, uint64_t number, bool admitted)
{
    struct hand_agency *a = hand_of(h, CITY_BUREAU);
    struct xj_buf message;
    struct xj_outgoing *out = hand_report(h);
    out->header.number = number;
    memset(out->header.previous.b, 7, XJ_HASH_SIZE);
    out->header.revision.b[0] ^= !admitted;
    hand_papers(h, CITY_BUREAU, out);
    hand_seal(h, CITY_BUREAU, out, NULL, &message);
    tries_submit(h, &disk, xj_buf_slice(&message));
    const uint64_t next = a->number;
    if (admitted)
        hand_admitted(h, CITY_BUREAU, "");
    else
        hand_refused(h, CITY_BUREAU, "revision_unknown", "");
    a->number = next;
    handed_report_under(h, number);
    hand_notice(h, CITY_BUREAU, "conflict");
    xj_buf_free(&message);
    xj_outgoing_free(out);
}

static void number__unrecovered_is_taken_once_when_it_is_on_record(void **state)
{
    struct hand *h = *state;
    for (int admitted = 0; admitted < 2; admitted++) {
        if (admitted) {
            hand_down(state);
            hand_up(state);
            h = *state;
        }
        handed_lose_twice(h);
        handed_begin(h);
        handed_back_without(h, 2);
        hand_hello(h, CITY_BUREAU);
        take_once(h, 2, admitted);
        handed_free_all();
    }
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, hand_up, hand_down)
    const struct CMUnitTest tests[] = {
        TEST(number__used_before_is_a_conflict_once_it_is_on_record),
        TEST(id__used_before_is_refused_once_that_is_on_record),
        TEST(header__of_no_form_is_refused_once_that_is_on_record),
        TEST(recipient__that_is_no_more_is_told_with_its_heir),
        TEST(number__unrecovered_is_taken_once_when_it_is_on_record),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
