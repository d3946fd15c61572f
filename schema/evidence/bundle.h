/* An evidence bundle in memory: its parts taken apart and put together. Any thread; pure over bytes, no keys, no files.
 * Spec: spec/16-evidence.md, sections 1 to 4. What is decoded has its form; whether it is true is judge.h's. */
#ifndef XJ_BUNDLE_H
#define XJ_BUNDLE_H

#include "schema/evidence/zip.h"
#include "schema/ledger/log.h"
#include "schema/trust/seal.h"
#include "schema/wire/message.h"

#define XJ_EV_FORMAT "xianjie-evidence/1"
#define XJ_EV_MANIFEST_MAX (4u * 1024 * 1024)
#define XJ_EV_NODES_MAX 4194304u     /* values in one part */
#define XJ_EV_ENTRIES_MAX 65536u
#define XJ_EV_REGISTER_MAX 65536u
#define XJ_EV_PROOFS_MAX 65536u      /* of each kind */
#define XJ_EV_SEQUENCE_MAX 1000000u  /* of each kind; the values of a part run out before */
#define XJ_EV_SILENCES_MAX 1024u
#define XJ_EV_NOTE_MAX 4096u         /* bytes of a checkpoint */

/* Hashes of a path or proof: count of them from the at-th in xj_bundle.hashes. */
struct xj_ev_path {
    size_t at, count;
};
struct xj_ev_signed {
    struct xj_slice head, sig;
};
struct xj_ev_entry {
    struct xj_entry e;
    bool has_path;
    struct xj_ev_path path;
};
struct xj_ev_silence {
    struct xj_id message;
    struct xj_slice duty, obligor;
    int64_t due_ms;
    struct xj_subject subjects[XJ_MAX_SUBJECTS];
    size_t subject_count;
};
struct xj_ev_consistency {
    uint64_t size;
    struct xj_ev_path proof;
};
struct xj_ev_mail {
    struct xj_hash stored;
    uint64_t number;
    struct xj_ev_path path;
};
struct xj_ev_salt {
    struct xj_hash object;
    uint8_t salt[XJ_SALT_SIZE];
};
/* Of the sequence: a submission and what answered it; kind 0: nothing yet. */
struct xj_ev_own {
    struct xj_slice header;
    enum xj_entry_kind kind;
    struct xj_ev_signed answer;
};
struct xj_ev_received {
    struct xj_slice header;
    struct xj_ev_signed admitted;
};

struct xj_bundle {
    struct xj_slice owner;
    struct xj_id case_id;
    struct xj_slice checkpoint; /* p NULL: none */
    bool has_sequence;
    struct xj_ev_silence *silences;
    size_t silence_count;
    struct xj_ev_signed *reg; /* register entries from 1 on */
    size_t register_count;
    struct xj_ev_entry *entries;
    size_t entry_count;
    struct xj_ev_consistency *consistency;
    size_t consistency_count;
    struct xj_ev_mail *mail;
    size_t mail_count;
    struct xj_ev_salt *salts;
    size_t salt_count;
    struct xj_ev_own *sequence_own;
    size_t sequence_own_count;
    struct xj_ev_received *sequence_mail;
    size_t sequence_mail_count;
    struct xj_ev_signed *sequence_stored;
    size_t sequence_stored_count;
    struct xj_zip_part *files; /* objects/, bodies/, papers/, report.html; ascending by name once decoded or encoded */
    size_t file_count;
    struct xj_buf hashes;
};

/* Takes a bundle apart; slices are views into bytes, which must outlive it. XJ_EMALFORMED with *ret_fault the code of section
 * 4 (static); XJ_ENOMEM. On error *ret is zeroed. */
enum xj_err xj_bundle_decode(struct xj_slice bytes, struct xj_bundle *ret, const char **ret_fault);
/* Puts one together: sorts silences and lists of proofs, and files by name, and appends the whole file. XJ_ELIMIT, XJ_ENOMEM. */
enum xj_err xj_bundle_encode(struct xj_bundle *b, struct xj_buf *out);
/* Frees the lists, not what the slices point at. Safe on a zeroed struct and twice. */
void xj_bundle_free(struct xj_bundle *b);

/* The hashes of a path, borrowed; never NULL. */
const struct xj_hash *xj_bundle_hashes(const struct xj_bundle *b, struct xj_ev_path path);
/* The bytes of folder/H or, for papers, folder/H.E; false when there is no such part. folder is "objects", "bodies", "papers". */
bool xj_bundle_file(const struct xj_bundle *b, const char *folder, const struct xj_hash *object, struct xj_slice *ret);
/* NULL when there is none. */
const struct xj_ev_salt *xj_bundle_salt(const struct xj_bundle *b, const struct xj_hash *object);
/* The ending that a paper of that file name gets: one of section 3, "bin" for others. */
const char *xj_bundle_ending(struct xj_slice file_name);
/* Whether head and signature have the form of an entry of that kind (spec 05, 5.1); of the kinds that a bundle holds. XJ_EMALFORMED,
 * XJ_ELIMIT, XJ_ENOMEM. */
enum xj_err xj_bundle_entry_check(enum xj_entry_kind kind, struct xj_slice head, struct xj_slice sig);

#endif
