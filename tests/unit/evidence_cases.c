#include "tests/unit/evidence_cases.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/evidence_cases_private.h"

#define must(call) assert_int_equal((call), XJ_OK)

/* ---- bytes of the file, the manifest left as it is ---- */

static size_t part_at(const struct xj_buf *file, const char *name)
{
    struct xj_zip_part *parts = NULL;
    size_t count = 0, at = SIZE_MAX;
    must(xj_zip_read(xj_buf_slice(file), &parts, &count));
    for (size_t i = 0; i < count; i++)
        if (parts[i].name.n >= strlen(name) && memcmp(parts[i].name.p, name, strlen(name)) == 0 && at == SIZE_MAX)
            at = (size_t)(parts[i].bytes.p - file->p);
    free(parts);
    assert_int_not_equal(at, SIZE_MAX);
    return at;
}

static void zip_flipped(struct xj_buf *file)
{
    file->p[part_at(file, "entries") + 40] ^= 1;
}

static void zip_cut(struct xj_buf *file)
{
    file->n -= 1;
}

static void zip_longer(struct xj_buf *file)
{
    xj_buf_add(file, "x", 1);
}

static void zip_doubled(struct xj_buf *file)
{
    struct xj_buf copy;
    xj_buf_init(&copy, XJ_ZIP_FILE_MAX);
    xj_buf_add_slice(&copy, xj_buf_slice(file));
    xj_buf_add_slice(file, xj_buf_slice(&copy));
    xj_buf_free(&copy);
}

/* The parts written again after a change to their list. */
static void rewrite(struct xj_buf *file, void (*change)(struct xj_zip_part *parts, size_t *count, struct xj_buf *scratch))
{
    struct xj_zip_part *parts = NULL, *more;
    struct xj_buf copy, scratch;
    size_t count = 0;
    xj_buf_init(&copy, XJ_ZIP_FILE_MAX);
    xj_buf_init(&scratch, XJ_ZIP_FILE_MAX);
    xj_buf_add_slice(&copy, xj_buf_slice(file));
    must(xj_zip_read(xj_buf_slice(&copy), &parts, &count));
    more = realloc(parts, (count + 1) * sizeof *parts);
    assert_non_null(more);
    change(more, &count, &scratch);
    xj_buf_reset(file);
    must(xj_zip_write(more, count, file));
    free(more);
    xj_buf_free(&copy);
    xj_buf_free(&scratch);
}

static void change_byte(struct xj_zip_part *part, size_t at, struct xj_buf *scratch)
{
    xj_buf_add_slice(scratch, part->bytes);
    scratch->p[at] ^= 1;
    part->bytes = xj_buf_slice(scratch);
}

static struct xj_zip_part *named(struct xj_zip_part *parts, size_t count, const char *name)
{
    for (size_t i = 0; i < count; i++)
        if (xj_slice_is(parts[i].name, name))
            return &parts[i];
    fail_msg("no part %s", name);
    return NULL;
}

static void other_bytes(struct xj_zip_part *parts, size_t *count, struct xj_buf *scratch)
{
    change_byte(named(parts, *count, "entries"), 40, scratch);
}

static void other_report(struct xj_zip_part *parts, size_t *count, struct xj_buf *scratch)
{
    change_byte(named(parts, *count, "report.html"), 300, scratch);
}

static void other_format(struct xj_zip_part *parts, size_t *count, struct xj_buf *scratch)
{
    change_byte(named(parts, *count, "manifest"), 5, scratch);
}

static void one_less(struct xj_zip_part *parts, size_t *count, struct xj_buf *scratch)
{
    (void)scratch;
    (void)parts;
    (*count)--;
}

static void one_twice(struct xj_zip_part *parts, size_t *count, struct xj_buf *scratch)
{
    (void)scratch;
    parts[*count] = parts[*count - 1];
    (*count)++;
}

static void two_swapped(struct xj_zip_part *parts, size_t *count, struct xj_buf *scratch)
{
    (void)scratch;
    const struct xj_zip_part last = parts[*count - 1];
    parts[*count - 1] = parts[*count - 2];
    parts[*count - 2] = last;
}

static void manifest_late(struct xj_zip_part *parts, size_t *count, struct xj_buf *scratch)
{
    (void)scratch;
    (void)count;
    const struct xj_zip_part first = parts[0];
    parts[0] = parts[1];
    parts[1] = first;
}

static void part_changed(struct xj_buf *file) { rewrite(file, other_bytes); }
static void report_changed(struct xj_buf *file) { rewrite(file, other_report); }
static void format_changed(struct xj_buf *file) { rewrite(file, other_format); }
static void part_left_out(struct xj_buf *file) { rewrite(file, one_less); }
static void part_doubled(struct xj_buf *file) { rewrite(file, one_twice); }
static void parts_swapped(struct xj_buf *file) { rewrite(file, two_swapped); }
static void manifest_second(struct xj_buf *file) { rewrite(file, manifest_late); }

/* ---- the list: what each bundle is worth, worked out by hand ---- */

/* With the sequence everything is proved but the agreement with others (P7), and software and operator (P9). */
#define GOOD "ppppppnpn"
#define NO_SEQUENCE "ppppnpnnn"

static const struct {
    const char *name;
    enum evidence_file files[EVIDENCE_FILES_MAX];
    size_t count;
    void (*raw)(struct xj_buf *file);
    void (*tamper)(struct tamper *t); /* of the last file */
    const char *malformed, *verdicts, *codes;
} cases[] = {
    {"good-bureau", {BUREAU_1S}, 1, NULL, NULL, NULL, GOOD, "P7:one_account P9:software"},
    {"good-bureau-plain", {BUREAU_1}, 1, NULL, NULL, NULL, NO_SEQUENCE, "P5:sequence_absent P8:sequence"},
    {"good-bureau-told", {BUREAU_1T}, 1, NULL, NULL, NULL, GOOD, ""},
    {"good-police", {POLICE_1S}, 1, NULL, NULL, NULL, GOOD, ""},
    /* A copy has the letter and the list only. */
    {"good-procuratorate", {PROC_1}, 1, NULL, NULL, NULL, "pnppnpnnn", "P2:paper_absent P5:sequence_absent"},
    {"good-silence", {BUREAU_2S}, 1, NULL, NULL, NULL, GOOD, ""},
    {"good-two", {BUREAU_1S, POLICE_1S}, 2, NULL, NULL, NULL, "ppppppppn", ""},
    {"good-three", {PROC_1, BUREAU_1S, POLICE_1S}, 3, NULL, NULL, NULL, "ppppnppnn", "P5:sequence_absent"},
    {"good-same-owner", {BUREAU_1S, BUREAU_1}, 2, NULL, NULL, NULL, "ppppnpnnn", "P7:one_account"},
    {"good-refused", {BUREAU_1}, 1, NULL, tamper_refused, NULL, "ppppnnnnn", "P6:uncovered"},

    {"zip-flipped", {BUREAU_1S}, 1, zip_flipped, NULL, "zip", NULL, NULL},
    {"zip-cut", {BUREAU_1S}, 1, zip_cut, NULL, "zip", NULL, NULL},
    {"zip-longer", {BUREAU_1S}, 1, zip_longer, NULL, "zip", NULL, NULL},
    {"zip-doubled", {BUREAU_1}, 1, zip_doubled, NULL, "zip", NULL, NULL},
    {"part-changed", {BUREAU_1S}, 1, part_changed, NULL, "parts", NULL, NULL},
    {"report-changed", {BUREAU_1S}, 1, report_changed, NULL, "parts", NULL, NULL},
    {"format-changed", {BUREAU_1S}, 1, format_changed, NULL, "manifest", NULL, NULL},
    {"part-left-out", {BUREAU_1S}, 1, part_left_out, NULL, "parts", NULL, NULL},
    {"part-doubled", {BUREAU_1}, 1, part_doubled, NULL, "parts", NULL, NULL},
    {"parts-swapped", {BUREAU_1}, 1, parts_swapped, NULL, "parts", NULL, NULL},
    {"manifest-second", {BUREAU_1}, 1, manifest_second, NULL, "manifest", NULL, NULL},
    {"part-unknown", {BUREAU_1}, 1, NULL, tamper_unknown_part, "parts", NULL, NULL},
    {"part-climbs", {BUREAU_1}, 1, NULL, tamper_climbing_part, "parts", NULL, NULL},
    {"report-left-out", {BUREAU_1}, 1, NULL, tamper_no_report, "parts", NULL, NULL},
    {"object-unnamed", {BUREAU_1}, 1, NULL, tamper_unnamed_object, "objects", NULL, NULL},
    {"paper-as-body", {BUREAU_1}, 1, NULL, tamper_paper_as_body, "objects", NULL, NULL},
    {"salt-left-out", {BUREAU_1}, 1, NULL, tamper_no_salt, "proofs", NULL, NULL},
    {"entry-foreign-kind", {BUREAU_1}, 1, NULL, tamper_foreign_kind, "entries", NULL, NULL},
    {"entries-disordered", {BUREAU_1}, 1, NULL, tamper_disordered, "entries", NULL, NULL},
    {"silence-twice", {BUREAU_1}, 1, NULL, tamper_silence_twice, "manifest", NULL, NULL},

    {"case-changed", {BUREAU_1S}, 1, NULL, tamper_case, NULL, "ppppcpnpn", "P5:other_case"},
    {"owner-changed", {BUREAU_1S}, 1, NULL, tamper_owner, NULL, "cncnccnnn", "P1:from P3:number P5:order P6:checkpoint_signature"},
    {"entry-time", {BUREAU_1S}, 1, NULL, tamper_entry_time, NULL, "ppppcnnpn", "P5:path P6:unplaced"},
    {"entry-head", {BUREAU_1S}, 1, NULL, tamper_entry_head, NULL, "nnnncnnnn", "P1:unanswered P2:unsigned P5:path"},
    {"entry-signature", {BUREAU_1S}, 1, NULL, tamper_entry_signature, NULL, "cnppcnnpn", "P1:signature P5:path"},
    {"entry-path", {BUREAU_1S}, 1, NULL, tamper_entry_path, NULL, "ppppcnnpn", "P5:path"},
    {"entry-path-gone", {BUREAU_1S}, 1, NULL, tamper_entry_path_gone, NULL, "ppppnnnpn", "P5:path_absent P6:unplaced"},
    {"entries-swapped", {BUREAU_1S}, 1, NULL, tamper_swapped, NULL, "ppppcnnpn", "P5:path"},
    {"entry-doubled", {BUREAU_1S}, 1, NULL, tamper_doubled, NULL, "ppppcnnpn", "P5:twice"},
    {"answer-time", {BUREAU_1S}, 1, NULL, tamper_answer_time, NULL, "cnnncnnpn", "P1:answer_signature P3:unanswered P5:path"},
    {"answer-forged", {BUREAU_1S}, 1, NULL, tamper_answer_forged, NULL, "cnnncnnpn", "P1:answer_signature"},
    {"answer-forged-by-owner", {BUREAU_1S}, 1, NULL, tamper_answer_forged_placed, NULL, "cnnnncnpn",
     "P1:answer_signature P5:unanswered P6:rewritten"},
    {"answer-left-out", {BUREAU_1S}, 1, NULL, tamper_answer_gone, NULL, "nnnnnpnpn", "P1:unanswered P5:unanswered"},
    {"answer-twice", {BUREAU_1S}, 1, NULL, tamper_answer_twice, NULL, "ppppcpnpn", "P5:twice"},
    {"refusal-of-another", {BUREAU_1}, 1, NULL, tamper_refused_other, NULL, "cnppnnnnn", "P1:answer"},
    {"refusal-of-another-number", {BUREAU_1}, 1, NULL, tamper_refused_number, NULL, "cnppnnnnn", "P1:answer"},
    {"refusal-of-another-agency", {BUREAU_1}, 1, NULL, tamper_refused_agency, NULL, "cnppnnnnn", "P1:answer"},
    {"keys-withdrawn", {BUREAU_1S}, 1, NULL, tamper_keys_withdrawn, NULL, "cnpppcnpn", "P1:key P6:rewritten"},
    {"key-replaced-slowly", {BUREAU_1S}, 1, NULL, tamper_keys_replaced_slowly, NULL, "pppppcnpn", "P6:rewritten"},
    {"sender-suspended", {BUREAU_1S}, 1, NULL, tamper_suspended, NULL, "cnpppcnpn", "P1:key P6:rewritten"},
    {"key-compromised", {BUREAU_1S}, 1, NULL, tamper_compromised, NULL, "nnnpppnnn", "P1:compromised P2:unsigned P3:compromised P8:not_stored"},
    {"key-compromised-received", {POLICE_1S}, 1, NULL, tamper_compromised, NULL, "nnnpppnnn", "P1:compromised P2:unsigned P3:compromised P8:not_stored"},
    {"key-compromised-reader", {BUREAU_1S}, 1, NULL, tamper_compromised_reader, NULL, "nnnpppnpn", "P1:compromised P2:unsigned P3:compromised"},
    {"key-compromised-later", {BUREAU_1S}, 1, NULL, tamper_compromised_since, NULL, "ppppppnpn", "P9:software"},
    {"key-compromised-another", {BUREAU_1S}, 1, NULL, tamper_compromised_other, NULL, "ppppppnpn", "P9:software"},
    {"key-replaced-while-waiting", {BUREAU_1S}, 1, NULL, tamper_keys_replaced, NULL, "pppppcnpn", "P6:rewritten"},
    {"key-replaced-before", {POLICE_1S}, 1, NULL, tamper_keys_replaced, NULL, "cnpppcnpn", "P1:signature"},
    {"revision-unknown", {BUREAU_1S}, 1, NULL, tamper_revision, NULL, "ppnnccnnc", "P3:undelivered P5:sequence_case P9:revision"},
    {"act-left-out", {BUREAU_1S}, 1, NULL, tamper_act_gone, NULL, "ppppcpnnn", "P5:sequence_case P8:sequence"},
    {"act-left-out-plain", {BUREAU_1}, 1, NULL, tamper_act_gone, NULL, NO_SEQUENCE, "P5:sequence_absent"}, /* nothing shows it */
    {"act-left-out-answered", {BUREAU_1S}, 1, NULL, tamper_message_gone, NULL, "ppppcpnnn", "P5:orphan"},
    {"act-of-another-case", {BUREAU_1S}, 1, NULL, tamper_stranger, NULL, "pnnncpnpn", "P2:body_absent P5:other_case"},
    {"told-of-another-case", {BUREAU_1T}, 1, NULL, tamper_told_stranger, NULL, "ppppcpnpn", "P5:other_case"},

    {"checkpoint-signature", {BUREAU_1S}, 1, NULL, tamper_checkpoint, NULL, "ppppncnpn", "P5:checkpoint P6:checkpoint_signature"},
    {"checkpoint-foreign-key", {BUREAU_1S}, 1, NULL, tamper_checkpoint_key, NULL, "ppppnnnpn", "P6:checkpoint_key"},
    {"checkpoint-gone", {BUREAU_1S}, 1, NULL, tamper_checkpoint_gone, NULL, "ppppnnnpn", "P6:checkpoint_absent"},
    {"register-changed", {BUREAU_1S}, 1, NULL, tamper_register, NULL, "cnnnnnnnn", "P1:register P6:checkpoint_key"},
    {"register-cut", {BUREAU_1S}, 1, NULL, tamper_register_cut, NULL, "nnnnnnnnn", "P1:register_short P6:checkpoint_key"},
    {"ledger-rewritten", {BUREAU_1S}, 1, NULL, tamper_rewritten, NULL, "pppppcnpn", "P6:rewritten"},
    {"consistency-changed", {BUREAU_1S}, 1, NULL, tamper_consistency, NULL, "pppppcnpn", "P6:rewritten"},
    {"consistency-gone", {BUREAU_1S}, 1, NULL, tamper_consistency_gone, NULL, "pppppnnpn", "P6:uncovered"},

    {"object-changed", {BUREAU_1S}, 1, NULL, tamper_object, NULL, "pcppppnpn", "P2:object"},
    {"body-changed", {BUREAU_1S}, 1, NULL, tamper_body, NULL, "pcppppnpn", "P2:commit"},
    {"paper-changed", {BUREAU_1S}, 1, NULL, tamper_paper, NULL, "pcppppnpn", "P2:commit"},
    {"salt-changed", {BUREAU_1S}, 1, NULL, tamper_salt, NULL, "pcppppnpn", "P2:commit"},
    {"sealed-body-gone", {BUREAU_1S}, 1, NULL, tamper_sealed_body_gone, NULL, "pnppppnpn", "P2:body_absent"},
    {"keys-gone", {BUREAU_1S}, 1, NULL, tamper_keys_gone, NULL, "pnppppnpn", "P2:keys_absent"},
    {"sealed-paper-gone", {BUREAU_1S}, 1, NULL, tamper_sealed_paper_gone, NULL, "pnppppnpn", "P2:paper_absent"},
    {"body-gone", {BUREAU_1S}, 1, NULL, tamper_body_gone, NULL, "pnppppnpn", "P2:body_sealed"},
    {"paper-gone", {BUREAU_1S}, 1, NULL, tamper_paper_gone, NULL, "pnppppnpn", "P2:paper_sealed"},

    {"delivered-gone", {BUREAU_1S}, 1, NULL, tamper_delivered_gone, NULL, "ppnnppnpn", "P3:undelivered P4:open"},
    {"delivered-signature", {BUREAU_1S}, 1, NULL, tamper_delivered_signature, NULL, "ppcncpnpn", "P3:delivered_signature P4:open P5:path"},
    {"delivered-path", {BUREAU_1S}, 1, NULL, tamper_delivered_path, NULL, "ppcppcnpn", "P3:path P6:rewritten"},
    {"stored-gone", {BUREAU_1S}, 1, NULL, tamper_stored_gone, NULL, "ppnpppnpn", "P3:stored_absent"},
    {"stored-forged", {BUREAU_1S}, 1, NULL, tamper_stored_forged, NULL, "ppcpcpnpn", "P3:stored_signature P5:path"},
    {"mailbox-number", {BUREAU_1S}, 1, NULL, tamper_mailbox_number, NULL, "ppcnpcnpn", "P3:number P4:open"},
    {"clock-lies", {BUREAU_1S}, 1, NULL, tamper_clock, NULL, "pppcpcnpn", "P4:clock"},
    {"mail-path-gone", {POLICE_1S}, 1, NULL, tamper_mail_path_gone, NULL, "ppnpppnpn", "P3:path_absent"},
    {"mail-path-changed", {POLICE_1S}, 1, NULL, tamper_mail_path, NULL, "ppcpppnpn", "P3:path"},
    {"stored-twice", {POLICE_1S}, 1, NULL, tamper_stored_twice, NULL, "ppcnppnpn", "P3:twice P4:open"},

    {"sequence-mail-gone", {BUREAU_1S}, 1, NULL, tamper_sequence_mail, NULL, "ppppcpnnn", "P5:sequence_answer"},
    {"sequence-mail-cut", {BUREAU_1S}, 1, NULL, tamper_sequence_mail_cut, NULL, "ppppcpnnn", "P5:sequence_stored"},
    {"sequence-own-gone", {BUREAU_1S}, 1, NULL, tamper_sequence_own, NULL, "ppppcpnnn", "P5:sequence_own"},
    {"sequence-own-cut", {BUREAU_1S}, 1, NULL, tamper_sequence_own_cut, NULL, "ppppnpnnn", "P5:sequence_short"},
    {"sequence-stored-gone", {BUREAU_1S}, 1, NULL, tamper_sequence_stored, NULL, "ppppnpnnn", "P5:sequence_short"},
    {"sequence-forged", {BUREAU_1S}, 1, NULL, tamper_sequence_forged, NULL, "ppppcpnnn", "P5:sequence_signature"},
    {"silence-answered", {BUREAU_1S}, 1, NULL, tamper_silence_answered, NULL, "ppppppncn", "P8:answered"},
    {"silence-no-duty", {BUREAU_1S}, 1, NULL, tamper_silence_no_duty, NULL, "ppppppnnn", "P8:duty"},
    {"silence-too-long", {BUREAU_2S}, 1, NULL, tamper_silence_long, NULL, "ppppppnnn", "P8:sequence_short"},

    {"silence-too-long-own", {BUREAU_1S}, 1, NULL, tamper_silence_long, NULL, "ppppppnnn", "P8:sequence_short"},
    {"silence-charge", {BUREAU_1S}, 1, NULL, tamper_silence_charge, NULL, "ppppppncn", "P8:answered"},
    {"silence-self", {BUREAU_1S}, 1, NULL, tamper_silence_self, NULL, "ppppppnnn", "P8:duty"},
    {"silence-vacuous", {BUREAU_1S}, 1, NULL, tamper_silence_vacuous, NULL, "ppppppnnn", "P8:early"},
    {"silence-bystander", {BUREAU_1S}, 1, NULL, tamper_silence_bystander, NULL, "ppppppnnn", "P8:duty"},
    {"silence-of-another", {BUREAU_1S}, 1, NULL, tamper_silence_other, NULL, "ppcnccnnn", "P8:other_answer"},
    {"silence-unnamed", {BUREAU_1S}, 1, NULL, tamper_silence_unnamed, NULL, "ppcnccncn", "P8:answered"},
    {"silence-same-charge", {BUREAU_1S}, 1, NULL, tamper_silence_same_charge, NULL, "ppcnccncn", "P8:answered"},
    {"silence-other-charge", {BUREAU_1S}, 1, NULL, tamper_silence_other_charge, NULL, "ppcnccnnn", "P8:sequence"},
    {"silence-joint", {PROC_1}, 1, NULL, tamper_joint, NULL, "pncnncnnn", "P3:path P8:not_stored"},
    {"silence-late-entry", {BUREAU_1S}, 1, NULL, tamper_late_entry, NULL, "ppcnccnnn", "P3:path P8:late_entry"},
    {"silence-no-party", {PROC_1}, 1, NULL, tamper_no_party, NULL, "pncnncnnn", "P3:path P8:party"},
    {"silence-none", {BUREAU_1S}, 1, NULL, tamper_no_silence, NULL, "ppppppnnn", "P8:nothing"},

    {"message-as-notice", {PROC_1}, 1, NULL, tamper_notice, NULL, "pncnncnnn", "P2:header_only P3:path P4:open P6:rewritten"},
    {"message-unbounded", {POLICE_1S}, 1, NULL, tamper_received_revision, NULL, "ppcnccnnc",
     "P3:path P4:unbounded P5:sequence_case P9:revision"},
    {"body-no-map", {BUREAU_1S}, 1, NULL, tamper_body_no_map, NULL, "pnnnccnnn", "P2:body_form P3:undelivered"},
    {"body-empty", {BUREAU_1S}, 1, NULL, tamper_body_empty, NULL, "pnnnccnnn", "P2:body_form"},
    {"body-too-long", {BUREAU_1S}, 1, NULL, tamper_body_long, NULL, "pnnnccnnn", "P2:body_form"},
    {"body-wide", {BUREAU_1S}, 1, NULL, tamper_body_wide, NULL, "pnnnccnnn", "P2:paper_unlisted"},
    {"body-papers-text", {BUREAU_1S}, 1, NULL, tamper_body_papers_text, NULL, "pnnnccnnn", "P2:paper_unlisted"},
    {"body-papers-none", {BUREAU_1S}, 1, NULL, tamper_body_papers_none, NULL, "pnnnccnnn", "P2:paper_unlisted"},
    {"body-papers-short", {BUREAU_1S}, 1, NULL, tamper_body_papers_short, NULL, "pnnnccnnn", "P2:paper_unlisted"},
    {"body-no-papers", {BUREAU_1S}, 1, NULL, tamper_body_no_papers, NULL, "pnnnccnnn", "P2:paper_unlisted"},
    {"body-not-canonical", {BUREAU_1S}, 1, NULL, tamper_body_not_canonical, NULL, "pnnnccnnn", "P2:body_form"},
    {"body-other-papers", {BUREAU_1S}, 1, NULL, tamper_body_other_papers, NULL, "pnnnccnnn", "P2:paper_unlisted"},
    {"recipient-time", {BUREAU_1S}, 1, NULL, tamper_recipient_time, NULL, "ppcppcnpn", "P3:stored"},
    {"answer-apart", {POLICE_1S}, 1, NULL, tamper_apart, NULL, "ppppcnnpn", "P5:apart P6:uncovered"},
    {"delivered-twice", {BUREAU_1S}, 1, NULL, tamper_delivered_twice, NULL, "ppcnppnpn", "P3:twice P4:open"},
    {"delivered-no-path", {BUREAU_1S}, 1, NULL, tamper_delivered_no_path, NULL, "ppcnpcnpn", "P3:path P4:open"},
    {"own-stored-gone", {POLICE_1S}, 1, NULL, tamper_own_stored_gone, NULL, "ppnnppnpn", "P3:stored_absent P4:open"},
    {"stored-too-early", {POLICE_1S}, 1, NULL, tamper_stored_early, NULL, "ppcnpcnpn", "P3:stored P4:open P6:rewritten"},
    {"stored-ahead", {BUREAU_1S}, 1, NULL, tamper_stored_ahead, NULL, "pppppcnpn", "P6:rewritten"},
    {"loss-claimed", {BUREAU_1S}, 1, NULL, tamper_loss_claimed, NULL, "pppppnnpn", "P6:recovered"},
    {"stored-of-lost", {BUREAU_1S}, 1, NULL, tamper_stored_of_lost, NULL, "pppppnnpn", "P6:recovered"},
    {"stored-after-loss", {BUREAU_1S}, 1, NULL, tamper_stored_after_loss, NULL, "pppppcnpn", "P6:rewritten"},
    {"stored-from-nothing", {BUREAU_1S}, 1, NULL, tamper_stored_from_nothing, NULL, "pppppcnpn", "P6:rewritten"},
    {"previous-changed", {BUREAU_1S}, 1, NULL, tamper_previous, NULL, "ppnnccnnn", "P5:order"},
    {"mailbox-order", {BUREAU_1S}, 1, NULL, tamper_mailbox_order, NULL, "ppcnccnnn", "P3:stored P4:open P5:order P8:not_stored"},
    {"seq-order", {BUREAU_1S}, 1, NULL, tamper_seq_order, NULL, "ppppccnpn", "P5:order"},
    {"judged-late", {BUREAU_1S}, 1, NULL, tamper_late, NULL, "ppppncnpn", "P5:late"},
    {"answer-early", {BUREAU_1S}, 1, NULL, tamper_answer_early, NULL, "pppcpcnpn", "P4:clock"},
    {"answer-late", {BUREAU_1S}, 1, NULL, tamper_answer_late, NULL, "pppcpcnpn", "P4:clock"},
    {"told-early", {BUREAU_1S}, 1, NULL, tamper_told_early, NULL, "pppcpcnpn", "P4:clock"},
    {"clock-fast", {BUREAU_1S}, 1, NULL, tamper_clock_fast, NULL, "pppcpcnpn", "P4:clock"},

    {"sequence-refused", {BUREAU_1S}, 1, NULL, tamper_refused_sequence, NULL, "pppppnnpn", "P6:uncovered"},
    {"sequence-refused-other", {BUREAU_1S}, 1, NULL, tamper_refused_sequence_other, NULL, "ppppcnnnn", "P5:sequence_answer"},
    {"sequence-answers", {BUREAU_1S}, 1, NULL, tamper_sequence_answers, NULL, "ppppcpnnn", "P5:sequence_answer"},
    {"sequence-root", {BUREAU_1S}, 1, NULL, tamper_sequence_root, NULL, "ppppcpnnn", "P5:sequence_stored"},
    {"sequence-number-taken", {BUREAU_1S}, 1, NULL, tamper_number_taken, NULL, "ppppcnnnn", "P5:sequence_case"},
    {"sequence-mailbox-taken", {BUREAU_1S}, 1, NULL, tamper_mailbox_taken, NULL, "ppnncnnnn", "P3:stored_absent P5:sequence_case"},
    {"silence-until-then", {BUREAU_1S}, 1, NULL, tamper_silence_early, NULL, GOOD, ""},
    {"silence-in-time", {BUREAU_1S}, 1, NULL, tamper_silence_in_time, NULL, "ppppppncn", "P8:answered"},
    {"silence-of-others", {BUREAU_1S}, 1, NULL, tamper_silence_subject, NULL, GOOD, ""},
    {"accounts-two-stories", {BUREAU_1S, POLICE_1S}, 2, NULL, tamper_received_revision, NULL, "ppcncccnc", "P7:differs"},
    {"accounts-strangers", {PROC_1, BUREAU_1}, 2, NULL, tamper_one_internal, NULL, "pnppnnnnn", "P7:nothing_shared"},
    {"accounts-differ", {BUREAU_1S, POLICE_1S}, 2, NULL, tamper_other_answer, NULL, "pppppccpn", "P6:rewritten P7:differs"},
    {"accounts-received-gone", {BUREAU_1S, POLICE_1}, 2, NULL, tamper_act_gone, NULL, "ppppcpcnn", "P5:missing P7:missing"},
    {"accounts-own-gone", {POLICE_1S, BUREAU_1}, 2, NULL, tamper_act_gone, NULL, "ppppcpcnn", "P5:missing P7:missing"},
    {"registers-fork", {BUREAU_1S, POLICE_1S}, 2, NULL, tamper_register_fork, NULL, "ppppppcpn", "P7:register_forks"},
    {"accounts-key-compromised", {POLICE_1S, BUREAU_1S}, 2, NULL, tamper_compromised, NULL, "nnnppppnn", "P1:compromised P3:compromised P8:not_stored"},
    {"accounts-answer-gone", {POLICE_1S, BUREAU_1S}, 2, NULL, tamper_answer_gone, NULL, "ppnpnpppn", "P3:unanswered P5:unanswered"},
    {"accounts-no-checkpoint", {POLICE_1S, BUREAU_1S}, 2, NULL, tamper_checkpoint_gone, NULL, "ppppnnppn",
     "P5:checkpoint P6:checkpoint_absent"},
    {"accounts-loss", {BUREAU_1S, POLICE_1S}, 2, NULL, tamper_stored_of_lost, NULL, "pppppnppn", "P6:recovered"},
    {"accounts-own-stored-gone", {BUREAU_1S, POLICE_1S}, 2, NULL, tamper_own_stored_gone, NULL, "ppppppppn", "P9:software"},
    {"accounts-register-cut", {BUREAU_1S, POLICE_1S}, 2, NULL, tamper_register_cut, NULL, "ppnpnnpnn",
     "P3:unanswered P5:checkpoint P6:checkpoint_key P8:message_absent"},
    {"accounts-nearly-all-gone", {POLICE_1S, BUREAU_1}, 2, NULL, tamper_one_internal, NULL, "ppppnnnnn",
     "P6:checkpoint_absent P7:nothing_shared P8:message_absent"},
    {"accounts-answer-forged", {POLICE_1S, BUREAU_1S}, 2, NULL, tamper_answer_forged, NULL, "cpnpcncpn",
     "P1:answer_signature P5:path P7:differs"},
    {"accounts-stored-gone", {POLICE_1S, BUREAU_1S}, 2, NULL, tamper_stored_gone, NULL, "ppppppppn", "P9:software"},
    {"accounts-entry-paths-gone", {POLICE_1S, BUREAU_1S}, 2, NULL, tamper_entry_path_gone, NULL, "ppppnnppn",
     "P5:path_absent P6:unplaced"},
    {"accounts-rewritten", {BUREAU_1S, BUREAU_1S}, 2, NULL, tamper_rewritten_twin, NULL, "pppppcnpn", "P6:rewritten P7:one_account"},

    {"stored-without-keys", {BUREAU_1S}, 1, NULL, tamper_stored_without_keys, NULL, "ppcppcnpn", "P3:stored_signature"},
    {"stored-under-unheld-number", {BUREAU_1S}, 1, NULL, tamper_stored_unheld, NULL, "ppnppcnpn", "P3:register_short"},
    {"stored-over-later-mail", {BUREAU_1S}, 1, NULL, tamper_stored_over_later, NULL, "ppcppcnpn", "P3:path"},
    {"stored-over-earlier-mail", {BUREAU_2S}, 1, NULL, tamper_stored_over_earlier, NULL, "ppcppcnnn", "P3:path P8:not_stored"},
    {"stored-overlapping", {BUREAU_1S}, 1, NULL, tamper_stored_overlapping, NULL, "ppcnppnnn", "P3:twice P4:open P8:not_stored"},
    {"stored-at-the-checkpoint", {BUREAU_1S}, 1, NULL, tamper_stored_at_the_checkpoint, NULL, "ppppnpnpn", "P5:path_absent"},
    {"stored-beside-the-checkpoint", {BUREAU_1S}, 1, NULL, tamper_stored_beside_the_checkpoint, NULL, "ppppncnpn",
     "P5:path_absent P6:rewritten"},
    {"stored-path-gone", {BUREAU_1S}, 1, NULL, tamper_stored_path_gone, NULL, "ppppnpnpn", "P5:path_absent"},
    {"stored-again-after-loss", {POLICE_1S}, 1, NULL, tamper_stored_again_after_loss, NULL, "pppnpnnpn", "P4:open P6:recovered"},
    {"own-stored-under-unheld-number", {POLICE_1S}, 1, NULL, tamper_own_stored_unheld, NULL, "ppnnpcnpn", "P3:register_short P4:open"},
    {"delivered-under-unheld-number", {BUREAU_1S}, 1, NULL, tamper_delivered_unheld, NULL, "ppnnpcnpn", "P3:register_short P4:open"},
    {"delivered-of-the-owner", {BUREAU_1S}, 1, NULL, tamper_delivered_of_owner, NULL, "ppcppcnpn", "P3:stored"},
    {"delivered-item-twice", {BUREAU_1S}, 1, NULL, tamper_delivered_item_twice, NULL, "ppcnpcnpn", "P3:twice P4:open"},
    {"own-delivered-gone", {POLICE_1S}, 1, NULL, tamper_own_delivered_gone, NULL, "pppnppnpn", "P4:open"},
    {"own-delivered-forged", {POLICE_1S}, 1, NULL, tamper_own_delivered_forged, NULL, "pppncpnpn", "P4:open P5:path"},
    {"key-compromised-untold", {POLICE_1S}, 1, NULL, tamper_compromised_untold, NULL, "ppnnppnpn", "P3:compromised P4:open"},
    {"confirmed-again", {BUREAU_1S}, 1, NULL, tamper_confirmed_again, NULL, GOOD, ""},
    {"confirmed-of-others", {BUREAU_1S}, 1, NULL, tamper_confirmed_of_others, NULL, "pppnpnnpn", "P4:open P6:uncovered"},
    {"confirmed-early", {BUREAU_1S}, 1, NULL, tamper_confirmed_early, NULL, GOOD, ""},
    {"mail-paths-more", {POLICE_1S}, 1, NULL, tamper_mail_paths_more, NULL, GOOD, ""},
    {"mail-path-of-next", {POLICE_1S}, 1, NULL, tamper_mail_path_of_next, NULL, "ppnpppnpn", "P3:path_absent"},
    {"mail-path-of-another", {POLICE_1S}, 1, NULL, tamper_mail_path_of_another, NULL, "ppnpppnpn", "P3:path_absent"},

    {"answer-path-gone", {BUREAU_1S}, 1, NULL, tamper_answer_path_gone, NULL, "ppppnnnpn", "P5:path_absent P6:unplaced"},
    {"told-beyond-the-checkpoint", {BUREAU_1T}, 1, NULL, tamper_told_beyond, NULL, "ppppcpnpn", "P5:path"},
    {"checkpoint-of-new-key", {BUREAU_1S}, 1, NULL, tamper_checkpoint_of_new_key, NULL, GOOD, ""},
    {"own-acts-reversed", {BUREAU_1S}, 1, NULL, tamper_own_reversed, NULL, "ppppccnpn", "P5:order P6:rewritten"},
    {"answer-before-act", {BUREAU_1S}, 1, NULL, tamper_answer_before, NULL, "ppppccnpn", "P5:apart P6:rewritten"},
    {"first-answer-early", {BUREAU_1S}, 1, NULL, tamper_first_answer_early, NULL, "pppcpcnpn", "P4:clock"},
    {"answer-endless", {BUREAU_1S}, 1, NULL, tamper_answer_endless, NULL, "ppppnnnnn", "P5:sequence_short P6:uncovered"},
    {"refused-between", {BUREAU_1}, 1, NULL, tamper_refused_between, NULL, "ppppnnnnn", "P5:sequence_absent P6:uncovered"},
    {"received-refused", {POLICE_1S}, 1, NULL, tamper_received_refused, NULL, "nnnnncnnn", "P1:unanswered P3:unanswered P5:unanswered"},
    {"procedure-renamed", {BUREAU_1S}, 1, NULL, tamper_procedure, NULL, "ppcnccnnc", "P3:path P4:unbounded P5:sequence_case P9:revision"},
    {"notice-to-another", {POLICE_1S}, 1, NULL, tamper_notice_to_another, NULL, "ppcnccnnn", "P3:path"},
    {"paper-for-body", {BUREAU_1S}, 1, NULL, tamper_paper_for_body, NULL, "pcnnccnnn", "P2:object P3:undelivered"},

    {"sequence-own-again", {BUREAU_1S}, 1, NULL, tamper_sequence_own_again, NULL, "ppppcpnnn", "P5:sequence_own"},
    {"sequence-unanswered", {BUREAU_1S}, 1, NULL, tamper_sequence_unanswered, NULL, "ppppppnnn", "P8:sequence_short"},
    {"sequence-own-unchained", {BUREAU_1S}, 1, NULL, tamper_sequence_unchained, NULL, "ppppcpnnn", "P5:sequence_own"},
    {"sequence-mail-other", {BUREAU_1S}, 1, NULL, tamper_sequence_mail_other, NULL, "ppppcpnnn", "P5:sequence_answer"},
    {"sequence-no-mail", {BUREAU_1S}, 1, NULL, tamper_sequence_no_mail, NULL, "ppppnpnnn", "P5:sequence_short P8:sequence"},
    {"sequence-no-mail-ever", {BUREAU_2S}, 1, NULL, tamper_no_mail, NULL, "ppppppnnn", "P8:sequence_short"},
    {"sequence-stored-gap", {BUREAU_1S}, 1, NULL, tamper_sequence_stored_gap, NULL, "ppppcpnnn", "P5:sequence_stored"},
    {"sequence-stored-of-police", {BUREAU_1S}, 1, NULL, tamper_sequence_stored_of_police, NULL, "ppppcpnnn", "P5:sequence_stored"},
    {"sequence-stored-endless", {BUREAU_1S}, 1, NULL, tamper_sequence_stored_endless, NULL, "ppppcpnnn", "P5:sequence_stored"},

    {"silence-other-start", {BUREAU_1S}, 1, NULL, tamper_silence_of_other_start, NULL, "ppppppnnn", "P8:duty"},
    {"silence-own-duty", {BUREAU_1S}, 1, NULL, tamper_silence_own_duty, NULL, GOOD, ""},
    {"silence-of-anybody", {BUREAU_1S}, 1, NULL, tamper_silence_of_anybody, NULL, "ppnnccnnn", "P3:undelivered P8:not_stored"},
    {"silence-party-of-charge", {BUREAU_1S}, 1, NULL, tamper_silence_party_of_charge, NULL, "ppcnccncn", "P8:answered"},
    {"silence-party-of-all", {BUREAU_1S}, 1, NULL, tamper_silence_party_of_all, NULL, "ppcnccncn", "P8:answered"},
    {"silence-by-another", {BUREAU_1S}, 1, NULL, tamper_silence_by_another, NULL, "ppcnccnnn", "P8:sequence"},
    {"silence-entered-for-it", {BUREAU_1S}, 1, NULL, tamper_silence_entered_for_it, NULL, "ppcnccnnn", "P8:late_entry"},
    {"silence-joint-of-another", {PROC_1}, 1, NULL, tamper_joint_of_another, NULL, "pncnncnnn", "P3:path P8:party"},

    {"accounts-refused", {POLICE_1S, BUREAU_1}, 2, NULL, tamper_refused, NULL, "ppppnnpnn", "P5:sequence_absent P6:uncovered"},
    {"accounts-mailbox-order", {POLICE_1S, BUREAU_1S}, 2, NULL, tamper_mailbox_order, NULL, "ppcpcccnn", "P3:stored P5:order P7:differs"},
    {"accounts-own-reversed", {POLICE_1S, BUREAU_1S}, 2, NULL, tamper_own_reversed, NULL, "ppppccppn", "P5:order"},
    {"accounts-undelivered", {POLICE_1S, BUREAU_1S}, 2, NULL, tamper_delivered_gone, NULL, "ppppppppn", "P9:software"},
    {"accounts-later-loss", {BUREAU_1S, BUREAU_1S}, 2, NULL, tamper_loss_claimed, NULL, "pppppnnpn", "P6:recovered P7:one_account"},
    {"accounts-lost-mail", {BUREAU_1S, POLICE_1}, 2, NULL, tamper_all_lost, NULL, "ppppnnpnn", "P5:sequence_absent P6:recovered"},
    {"accounts-mail-not-lost", {BUREAU_1S, POLICE_1}, 2, NULL, tamper_nothing_lost, NULL, "ppppcncnn", "P5:missing P6:recovered P7:missing"},
    {"registers-fork-of-three", {PROC_1, BUREAU_1S, POLICE_1S}, 3, NULL, tamper_register_fork, NULL, "ppppnpcnn", "P7:register_forks"},
};

/* The file of the case, changed as it says. */
static void make(struct evidence_city *e, size_t i, size_t last, struct xj_buf *out)
{
    const struct xj_buf *good = &e->file[cases[i].files[last]];
    xj_buf_init(out, XJ_ZIP_FILE_MAX);
    if (cases[i].tamper != NULL) {
        tamper_bundle(e, good, cases[i].tamper, out);
    } else {
        xj_buf_add_slice(out, xj_buf_slice(good));
        if (cases[i].raw != NULL)
            cases[i].raw(out);
    }
    must(out->err);
}

void evidence_cases_each(evidence_case_visit *visit, void *arg)
{
    struct evidence_city e;
    evidence_city_up(&e);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct evidence_case c = {.name = cases[i].name, .count = cases[i].count, .malformed = cases[i].malformed,
                                  .verdicts = cases[i].verdicts, .codes = cases[i].codes};
        struct xj_buf changed;
        memcpy(c.root, e.city->w->root.public_key, 32);
        make(&e, i, c.count - 1, &changed);
        for (size_t k = 0; k + 1 < c.count; k++)
            c.files[k] = xj_buf_slice(&e.file[cases[i].files[k]]);
        c.files[c.count - 1] = xj_buf_slice(&changed);
        visit(arg, &c);
        xj_buf_free(&changed);
    }
    evidence_cases_pairs(&e, visit, arg);
    evidence_cases_orders(&e, visit, arg); /* the last: it takes what is there */
    evidence_city_down(&e);
}
