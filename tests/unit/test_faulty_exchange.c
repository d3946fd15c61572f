/* The exchange on a disk that fails once, at each call of SQLite in turn, while it reads what is no sound submission: the batch has no
 * effect, nothing is sent, and read again the same bytes get the answer that they get on a sound disk.
 * Spec: spec/04-exchange.md, sections 5 and 7. */
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

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, hand_up, hand_down)
    const struct CMUnitTest tests[] = {
        TEST(number__used_before_is_a_conflict_once_it_is_on_record),
        TEST(id__used_before_is_refused_once_that_is_on_record),
        TEST(header__of_no_form_is_refused_once_that_is_on_record),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
