/* What a finding of a comparison says to people of its signatures, in both languages, for every pair of sides.
 * Spec: spec/17-reconcile.md, section 3. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "schema/ledger/reconcile.h"

static const struct {
    const char *signer, *zh, *en;
} signers[] = {{"exchange", "交换中心", "the exchange"}, {"registrar", "登记机关", "the registrar"}, {"root", "根密钥", "the root key"},
               {"sender", "签名机关", "its agency"}, {"110000-police", "110000-police", "110000-police"}};
#define SIGNERS (sizeof signers / sizeof signers[0])

/* What is said of one side: of a head, nothing signed is no checkpoint; of anything else, and of the side that lacks it, none at all. */
static void side_text(char *out, size_t size, const struct xj_reconcile_finding *f, unsigned s, bool zh, const char *name,
                      const char *signer)
{
    if (f->is_signed[s] == XJ_SIGNED_YES)
        (void)snprintf(out, size, zh ? "%s 的有%s签名" : "%s's is signed by %s", name, signer);
    else if (f->is_signed[s] == XJ_SIGNED_NO)
        (void)snprintf(out, size, zh ? "%s 的没有%s的有效签名" : "%s's is not signed by %s", name, signer);
    else if (f->is_signed[s] == XJ_SIGNED_UNKNOWN)
        (void)snprintf(out, size, zh ? "%s 的签名此处无法查验" : "%s's signature is not checkable here", name);
    else if (f->lacking == s || f->about != XJ_ABOUT_HEAD)
        (void)snprintf(out, size, zh ? "%s 没有" : "%s has none", name);
    else
        (void)snprintf(out, size, zh ? "%s 没有覆盖此处的签名检查点" : "%s has no signed checkpoint over it", name);
}

static void expected_text(char *out, size_t size, const struct xj_reconcile_finding *f, bool zh, const char *signer)
{
    char a[200], b[200], proves[200] = "";
    const bool one = f->is_signed[0] == XJ_SIGNED_YES, other = f->is_signed[1] == XJ_SIGNED_YES;
    side_text(a, sizeof a, f, 0, zh, "甲.db", signer);
    side_text(b, sizeof b, f, 1, zh, "乙.db", signer);
    if (f->kind == XJ_FINDING_DIFFERS && one && other)
        (void)snprintf(proves, sizeof proves, zh ? "：凭这两份，任何人都能证明%s说了两样话"
                                                 : ": with these two anybody can prove that %s said two things", signer);
    else if (f->kind == XJ_FINDING_DIFFERS && (one || other))
        (void)snprintf(proves, sizeof proves, zh ? "：凭 %s 的一份即可证明" : ": %s's copy proves it", one ? "甲.db" : "乙.db");
    (void)snprintf(out, size, "%s%s%s%s", a, zh ? "；" : "; ", b, proves);
}

static void says(const struct xj_reconcile_finding *f, bool zh, const char *expected)
{
    struct xj_buf out;
    xj_buf_init(&out, 4096);
    xj_reconcile_proof(f, zh, "甲.db", "乙.db", &out);
    assert_int_equal(out.err, XJ_OK);
    assert_string_equal(xj_buf_cstr(&out), expected);
    xj_buf_free(&out);
}

static void in_both_languages(const struct xj_reconcile_finding *f, size_t signer)
{
    char expected[700];
    for (int zh = 0; zh < 2; zh++) {
        expected_text(expected, sizeof expected, f, zh, zh ? signers[signer].zh : signers[signer].en);
        says(f, zh, expected);
    }
}

static void proof__says_who_signed_what_and_what_that_proves(void **state)
{
    static const enum xj_finding_kind kinds[] = {XJ_FINDING_DIFFERS, XJ_FINDING_OPEN};
    static const enum xj_subject_kind about[] = {XJ_ABOUT_MESSAGE,  XJ_ABOUT_STORED, XJ_ABOUT_FEED,
                                                 XJ_ABOUT_REGISTER, XJ_ABOUT_HEAD,   XJ_ABOUT_ENTRY};
    (void)state;
    for (size_t k = 0; k < 2; k++)
        for (size_t i = 0; i < sizeof about / sizeof about[0]; i++)
            for (unsigned lacking = 0; lacking <= XJ_SIDE_NONE; lacking++)
                for (int pair = 0; pair < 16; pair++) {
                    const size_t signer = (size_t)(pair + (int)i) % SIGNERS;
                    struct xj_reconcile_finding f = {.kind = kinds[k], .code = "x", .about = about[i], .lacking = lacking,
                                                     .signer = signers[signer].signer};
                    f.is_signed[0] = (enum xj_signed)(pair / 4);
                    f.is_signed[1] = (enum xj_signed)(pair % 4);
                    in_both_languages(&f, signer);
                }
}

static void proof__of_what_nobody_signs_is_none(void **state)
{
    struct xj_reconcile_finding f = {.kind = XJ_FINDING_DIFFERS, .code = "x", .about = XJ_ABOUT_ENTRY, .lacking = XJ_SIDE_NONE};
    (void)state;
    says(&f, true, "没有签名，不能向第三方证明");
    says(&f, false, "it bears no signature and proves nothing to others");
}

static void proof__of_what_is_not_checkable_says_nothing(void **state)
{
    struct xj_reconcile_finding f = {.kind = XJ_FINDING_NOT_CHECKABLE, .code = "tree", .about = XJ_ABOUT_HEAD, .signer = "exchange"};
    (void)state;
    says(&f, true, "");
    f.kind = XJ_FINDING_OPEN;
    f.about = XJ_ABOUT_NOTHING;
    says(&f, false, "");
}

static void signed_name__is_a_word_for_each(void **state)
{
    static const char *const names[] = {"none", "signed", "unsigned", "unknown"};
    (void)state;
    for (int i = 0; i < 4; i++)
        assert_string_equal(xj_signed_name((enum xj_signed)i), names[i]);
    assert_string_equal(xj_signed_name((enum xj_signed)4), "none");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(proof__says_who_signed_what_and_what_that_proves),
        cmocka_unit_test(proof__of_what_nobody_signs_is_none),
        cmocka_unit_test(proof__of_what_is_not_checkable_says_nothing),
        cmocka_unit_test(signed_name__is_a_word_for_each),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
