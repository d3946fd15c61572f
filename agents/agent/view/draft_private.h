/* One drafting under way, shared by the parts of draft*.c. Spec: spec/10-api.md, section 3.
 * d->err is sticky: XJ_EDENIED when refused, else a world error; every part does nothing once it is set. */
#ifndef XJ_DRAFT_PRIVATE_H
#define XJ_DRAFT_PRIVATE_H

#include "agents/agent/view/draft.h"
#include "agents/agent/view/view_private.h"

#define XJ_DRAFT_NAMED 64u        /* parties, and charges, of one request */
#define XJ_DRAFT_SUBSCRIBERS 32u
#define XJ_DRAFT_IDENTITIES 8u  /* of one party */

/* A party or charge that the request names in its body. */
struct xj_draft_named {
    uint8_t id[8];
    struct xj_slice name, kind_or_code; /* views into the request, or into what was recalled */
    struct {
        struct xj_slice kind, number;
    } identities[XJ_DRAFT_IDENTITIES]; /* parties: what identifies it */
    size_t identity_count;
};
struct xj_draft_paper {
    struct xj_slice kind, name, media_type; /* views into the request */
    struct xj_hash commit;
    uint8_t key[32];
};
/* The message that the act shares, as the ledger holds it. */
struct xj_draft_share {
    bool on;
    struct xj_id target;
    struct xj_ledger_item message, answer, delivered[XJ_SHARE_DELIVERED_MAX];
    size_t delivered_count;
    struct xj_header *header; /* decoded from message.head */
    uint8_t key[32];          /* of its body; only with open */
    bool open;
};
struct xj_draft {
    struct xj_view *v;
    const struct xj_env *env;
    const struct xj_agency_keys *keys;
    struct xj_pairs *pairs;
    const json_t *request, *body; /* body: an object, or NULL */
    int64_t now_ms;
    enum xj_err err;
    struct xj_draft_refusal *refusal;
    struct xj_outgoing *out;
    char procedure[XJ_MAX_NAME_BYTES + 1], opener[XJ_MAX_AGENCY_BYTES + 1];
    struct xj_hash revision;
    bool case_known, case_new; /* in the view; opened by this act */
    struct xj_engine engine;
    struct xj_memory_store *apart; /* the case as it will stand under d->revision, where the view has it under an older one */
    const struct xj_m_act *act;
    struct xj_draft_named parties[XJ_DRAFT_NAMED], charges[XJ_DRAFT_NAMED];
    size_t party_count, charge_count;
    json_t *recalled; /* strings that the request does not hold: names of subjects, holders of agencies */
    struct xj_draft_paper papers[XJ_MAX_PAPERS];
    struct xj_draft_share share;
    struct xj_buf plain; /* the body's plaintext; wiped */
    const char *overrides[2]; /* codes that the act needed and the request gave a reason for, ascending */
    size_t override_count;
};

/* Refuses with a code of ours: texts and remedy as given, detail appended to both texts when not empty. */
void xj_draft_refuse(struct xj_draft *d, bool malformed, const char *code, struct xj_slice detail, const char *zh,
                     const char *en, const char *remedy_zh, const char *remedy_en);
/* The request has the wrong form at that field. */
void xj_draft_bad(struct xj_draft *d, const char *field);
/* Refuses with a code of schema/wire/texts.h; _by_law with the citation of the act, where the code has none of its own. */
void xj_draft_refuse_code(struct xj_draft *d, const char *code, struct xj_slice detail);
void xj_draft_refuse_by_law(struct xj_draft *d, const char *code, struct xj_slice detail);

/* After a refusal: the rule, and the law, that it rests on. */
void xj_draft_by_rule(struct xj_draft *d, const char *rule, const char *article);

/* The string under key: {NULL,0} when absent or null; refuses another type. */
struct xj_slice xj_draft_str(struct xj_draft *d, const json_t *object, const char *key, const char *field);
struct xj_slice xj_draft_slice(const json_t *string);

/* draft_revision.c: of a case that is there, d->revision becomes the newest that the exchange should admit the act under. */
void xj_draft_newest(struct xj_draft *d);
/* With d->engine for d->revision: has it look at the case as it will stand under it. */
void xj_draft_stand(struct xj_draft *d);
/* draft_parties.c: reads body.parties and body.charges, then subjects into the header. */
void xj_draft_parties(struct xj_draft *d);
void xj_draft_subjects(struct xj_draft *d);
json_t *xj_draft_party_names(const struct xj_draft *d);
/* draft_body.c: encodes the body with parties, charges and papers into d->plain. */
void xj_draft_body(struct xj_draft *d);
/* draft_standing.c: refuses an act whose officers or entrustments are not in force, or puts the reason to send it all the same into
 * the body. After xj_draft_body, whose plaintext it reads and may write anew. */
void xj_draft_standing(struct xj_draft *d);
/* draft_seal.c: reads and seals the papers; seals the body and wraps all keys for the readers of the finished header. */
void xj_draft_papers(struct xj_draft *d);
void xj_draft_seal(struct xj_draft *d);
/* draft_share.c: where the act shares another: finds that and the papers of it that go along; then `shared` of the body. */
void xj_draft_share(struct xj_draft *d);
void xj_draft_put_shared(struct xj_draft *d, struct xj_buf *out);
void xj_draft_share_free(struct xj_draft *d);
/* draft_fields.c: the fields that the request gives as they are. */
void xj_draft_fields(struct xj_draft *d);
void xj_draft_agency_list(struct xj_draft *d, const char *key, struct xj_slice *list, size_t max, size_t *ret_count);

#endif
