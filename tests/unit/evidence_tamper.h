/* What can be done to a bundle, one thing each: by somebody without keys, by its owner, by agencies or the exchange with theirs.
 * The manifest always fits what was done. For evidence_cases.c only. */
#ifndef EVIDENCE_TAMPER_H
#define EVIDENCE_TAMPER_H

#include "tests/unit/evidence_cases.h"
#include "tests/unit/evidence_city.h"

#define TAMPER_FAR_MS INT64_C(2200000000000)

struct tamper {
    struct evidence_city *e;
    struct node *owner;
    struct xj_bundle b;
    struct xj_buf kept[64]; /* what was made anew */
    size_t kept_count;
    uint64_t changed_leaf; /* entry outside the bundle that a rewritten ledger has otherwise; 0: none */
};
/* Takes the good bundle apart, lets change it, and puts it together again. */
void tamper_bundle(struct evidence_city *e, const struct xj_buf *good, void (*change)(struct tamper *t), struct xj_buf *out);

/* ---- form ---- */
void tamper_unknown_part(struct tamper *t);
void tamper_climbing_part(struct tamper *t);
void tamper_no_report(struct tamper *t);
void tamper_unnamed_object(struct tamper *t);
void tamper_paper_as_body(struct tamper *t);
void tamper_no_salt(struct tamper *t);
void tamper_foreign_kind(struct tamper *t);
void tamper_disordered(struct tamper *t);
void tamper_silence_twice(struct tamper *t);

/* ---- without any key ---- */
void tamper_case(struct tamper *t);
void tamper_owner(struct tamper *t);
void tamper_entry_time(struct tamper *t);
void tamper_entry_head(struct tamper *t);
void tamper_entry_signature(struct tamper *t);
void tamper_entry_path(struct tamper *t);
void tamper_entry_path_gone(struct tamper *t);
void tamper_swapped(struct tamper *t);
void tamper_doubled(struct tamper *t);
void tamper_answer_time(struct tamper *t);
void tamper_answer_gone(struct tamper *t);
void tamper_act_gone(struct tamper *t);
void tamper_message_gone(struct tamper *t);
void tamper_checkpoint(struct tamper *t);
void tamper_checkpoint_gone(struct tamper *t);
void tamper_register(struct tamper *t);
void tamper_register_cut(struct tamper *t);
void tamper_consistency(struct tamper *t);
void tamper_consistency_gone(struct tamper *t);
void tamper_object(struct tamper *t);
void tamper_body(struct tamper *t);
void tamper_paper(struct tamper *t);
void tamper_salt(struct tamper *t);
void tamper_sealed_body_gone(struct tamper *t);
void tamper_keys_gone(struct tamper *t);
void tamper_sealed_paper_gone(struct tamper *t);
void tamper_body_gone(struct tamper *t);
void tamper_paper_gone(struct tamper *t);
void tamper_delivered_gone(struct tamper *t);
void tamper_delivered_signature(struct tamper *t);
void tamper_stored_gone(struct tamper *t);
void tamper_mail_path_gone(struct tamper *t);
void tamper_mail_path(struct tamper *t);
void tamper_sequence_mail(struct tamper *t);
void tamper_sequence_mail_cut(struct tamper *t);
void tamper_sequence_own(struct tamper *t);
void tamper_sequence_own_cut(struct tamper *t);
void tamper_sequence_stored(struct tamper *t);
void tamper_sequence_forged(struct tamper *t);
void tamper_silence_answered(struct tamper *t);
void tamper_silence_no_duty(struct tamper *t);
void tamper_silence_long(struct tamper *t);
void tamper_silence_other(struct tamper *t);
void tamper_no_silence(struct tamper *t);
void tamper_one_internal(struct tamper *t);
void tamper_silence_early(struct tamper *t);
void tamper_silence_in_time(struct tamper *t);
void tamper_silence_subject(struct tamper *t);
void tamper_silence_charge(struct tamper *t);
void tamper_silence_self(struct tamper *t);
void tamper_silence_vacuous(struct tamper *t);
void tamper_silence_bystander(struct tamper *t);
void tamper_own_stored_gone(struct tamper *t);
void tamper_sequence_answers(struct tamper *t);
void tamper_answer_path_gone(struct tamper *t);
void tamper_stored_path_gone(struct tamper *t);
void tamper_mail_paths_more(struct tamper *t);
void tamper_mail_path_of_next(struct tamper *t);
void tamper_mail_path_of_another(struct tamper *t);
void tamper_sequence_own_again(struct tamper *t);
void tamper_sequence_unanswered(struct tamper *t);
void tamper_sequence_no_mail(struct tamper *t);
void tamper_sequence_stored_gap(struct tamper *t);
void tamper_no_mail(struct tamper *t);
void tamper_silence_of_other_start(struct tamper *t);
void tamper_silence_own_duty(struct tamper *t);
void tamper_told_beyond(struct tamper *t);

/* ---- with keys (evidence_forge*.c): of another agency, the owner, the exchange, the registrar ---- */
void tamper_refused(struct tamper *t);
void tamper_refused_other(struct tamper *t);
void tamper_refused_number(struct tamper *t);
void tamper_refused_agency(struct tamper *t);
void tamper_keys_withdrawn(struct tamper *t);
void tamper_keys_replaced_slowly(struct tamper *t);
void tamper_silence_unnamed(struct tamper *t);
void tamper_silence_same_charge(struct tamper *t);
void tamper_silence_other_charge(struct tamper *t);
void tamper_joint(struct tamper *t);
void tamper_body_empty(struct tamper *t);
void tamper_body_long(struct tamper *t);
void tamper_body_wide(struct tamper *t);
void tamper_body_papers_text(struct tamper *t);
void tamper_body_papers_none(struct tamper *t);
void tamper_body_papers_short(struct tamper *t);
void tamper_answer_forged(struct tamper *t);
void tamper_answer_forged_placed(struct tamper *t);
void tamper_answer_twice(struct tamper *t);
void tamper_suspended(struct tamper *t);
void tamper_compromised(struct tamper *t);
void tamper_compromised_since(struct tamper *t);
void tamper_compromised_other(struct tamper *t);
void tamper_compromised_reader(struct tamper *t);
void tamper_keys_replaced(struct tamper *t);
void tamper_revision(struct tamper *t);
void tamper_stranger(struct tamper *t);
void tamper_told_stranger(struct tamper *t);
void tamper_checkpoint_key(struct tamper *t);
void tamper_rewritten(struct tamper *t);
void tamper_rewritten_twin(struct tamper *t);
void tamper_delivered_path(struct tamper *t);
void tamper_stored_forged(struct tamper *t);
void tamper_mailbox_number(struct tamper *t);
void tamper_clock(struct tamper *t);
void tamper_stored_twice(struct tamper *t);
void tamper_other_answer(struct tamper *t);
void tamper_register_fork(struct tamper *t);
void tamper_notice(struct tamper *t);
void tamper_no_party(struct tamper *t);
void tamper_late_entry(struct tamper *t);
void tamper_body_no_map(struct tamper *t);
void tamper_body_no_papers(struct tamper *t);
void tamper_body_not_canonical(struct tamper *t);
void tamper_body_other_papers(struct tamper *t);
void tamper_recipient_time(struct tamper *t);
void tamper_received_revision(struct tamper *t);
void tamper_apart(struct tamper *t);
void tamper_refused_sequence(struct tamper *t);
void tamper_refused_sequence_other(struct tamper *t);
void tamper_sequence_root(struct tamper *t);
void tamper_sequence_stored_endless(struct tamper *t);
void tamper_sequence_stored_of_police(struct tamper *t);
void tamper_sequence_unchained(struct tamper *t);
void tamper_sequence_mail_other(struct tamper *t);
void tamper_number_taken(struct tamper *t);
void tamper_mailbox_taken(struct tamper *t);
void tamper_delivered_twice(struct tamper *t);
void tamper_delivered_no_path(struct tamper *t);
void tamper_stored_early(struct tamper *t);
void tamper_previous(struct tamper *t);
void tamper_mailbox_order(struct tamper *t);
void tamper_seq_order(struct tamper *t);
void tamper_late(struct tamper *t);
void tamper_answer_early(struct tamper *t);
void tamper_told_early(struct tamper *t);
void tamper_clock_fast(struct tamper *t);
void tamper_answer_late(struct tamper *t);
void tamper_stored_ahead(struct tamper *t);
void tamper_stored_from_nothing(struct tamper *t);
void tamper_loss_claimed(struct tamper *t);
void tamper_stored_of_lost(struct tamper *t);
void tamper_stored_after_loss(struct tamper *t);
void tamper_stored_unheld(struct tamper *t);
void tamper_stored_over_later(struct tamper *t);
void tamper_stored_over_earlier(struct tamper *t);
void tamper_stored_without_keys(struct tamper *t);
void tamper_delivered_unheld(struct tamper *t);
void tamper_delivered_of_owner(struct tamper *t);
void tamper_delivered_item_twice(struct tamper *t);
void tamper_confirmed_again(struct tamper *t);
void tamper_confirmed_early(struct tamper *t);
void tamper_confirmed_of_others(struct tamper *t);
void tamper_own_delivered_gone(struct tamper *t);
void tamper_own_delivered_forged(struct tamper *t);
void tamper_own_stored_unheld(struct tamper *t);
void tamper_stored_again_after_loss(struct tamper *t);
void tamper_stored_overlapping(struct tamper *t);
void tamper_stored_at_the_checkpoint(struct tamper *t);
void tamper_stored_beside_the_checkpoint(struct tamper *t);
void tamper_all_lost(struct tamper *t);
void tamper_nothing_lost(struct tamper *t);
void tamper_checkpoint_of_new_key(struct tamper *t);
void tamper_compromised_untold(struct tamper *t);
void tamper_received_refused(struct tamper *t);
void tamper_refused_between(struct tamper *t);
void tamper_procedure(struct tamper *t);
void tamper_notice_to_another(struct tamper *t);
void tamper_paper_for_body(struct tamper *t);
void tamper_joint_of_another(struct tamper *t);
void tamper_silence_by_another(struct tamper *t);
void tamper_silence_entered_for_it(struct tamper *t);
void tamper_silence_party_of_charge(struct tamper *t);
void tamper_silence_party_of_all(struct tamper *t);
void tamper_silence_of_anybody(struct tamper *t);
void tamper_own_reversed(struct tamper *t);
void tamper_answer_before(struct tamper *t);
void tamper_first_answer_early(struct tamper *t);
void tamper_answer_endless(struct tamper *t);

/* ---- tools of them all ---- */
struct xj_buf *tamper_new(struct tamper *t);
struct xj_slice tamper_copy(struct tamper *t, struct xj_slice bytes);
/* The first message entry of that act; its answer; the delivered statement to an agency about it; that agency's stored one. */
size_t tamper_message(const struct tamper *t, const char *act);
size_t tamper_answer(const struct tamper *t, size_t message);
size_t tamper_delivered(const struct tamper *t, size_t message, const char *agency);
size_t tamper_stored(const struct tamper *t, size_t delivered);
struct xj_header *tamper_header(const struct tamper *t, size_t message); /* free it */
struct xj_zip_part *tamper_file(struct tamper *t, const char *folder, const struct xj_hash *object);
void tamper_silence(struct tamper *t, const char *act, const char *duty, int64_t due_ms);
void tamper_remove_entry(struct tamper *t, size_t i);
void tamper_add_entry(struct tamper *t, const struct xj_entry *e); /* at the end */

#endif
