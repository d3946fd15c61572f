#include "tests/unit/ledger_fixture.h"

#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "schema/wire/pack.h"
#include "tests/unit/ledger_fixture_private.h"

#define START_MS INT64_C(1790000000000)

/* ---- directory, clock, randomness ---- */

void fixture_dir_make(char dir[64])
{
    (void)snprintf(dir, 64, "/var/tmp/xj-ledger-XXXXXX");
    assert_non_null(mkdtemp(dir));
}

void fixture_dir_remove(const char *dir)
{
    char path[512];
    DIR *d = opendir(dir);
    assert_non_null(d);
    for (struct dirent *e = readdir(d); e != NULL; e = readdir(d)) {
        (void)snprintf(path, sizeof path, "%s/%s", dir, e->d_name);
        if (strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0)
            (void)unlink(path);
    }
    closedir(d);
    assert_int_equal(rmdir(dir), 0);
}

static int64_t now_ms(void *ctx)
{
    uint64_t *tick = ctx;
    return START_MS + (int64_t)++*tick;
}

static void fill(void *ctx, void *p, size_t n)
{
    uint64_t *tick = ctx;
    uint8_t *out = p;
    for (size_t done = 0; done < n; done += XJ_HASH_SIZE) {
        uint64_t t = ++*tick;
        struct xj_hash h = xj_digest("fixture", xj_slice_of(&t, sizeof t));
        memcpy(out + done, h.b, n - done < XJ_HASH_SIZE ? n - done : XJ_HASH_SIZE);
    }
}

struct xj_env fixture_env(uint64_t *tick)
{
    return (struct xj_env){.ctx = tick, .now_ms = now_ms, .random = fill};
}

int64_t fixture_now(struct fixture *f)
{
    return now_ms(&f->tick);
}

void fixture_make_sign_key(struct fixture *f, struct xj_sign_key *ret)
{
    uint8_t seed[XJ_SIGN_SEED_SIZE];
    fill(&f->tick, seed, sizeof seed);
    xj_sign_key_from_seed(seed, ret);
}

static void make_seal_key(struct fixture *f, struct xj_seal_key *ret)
{
    uint8_t secret[32];
    fill(&f->tick, secret, sizeof secret);
    xj_seal_key_from_secret(secret, ret);
}

/* Notes what a verifier must find; of one check only the first entry is named. */
void fixture_blame_file(struct fixture *f, size_t file, const char *check, uint64_t entry)
{
    struct fixture_file *target = &f->file[file];
    for (size_t i = 0; i < target->blames; i++)
        if (strcmp(target->blame[i].check, check) == 0)
            return;
    assert_true(target->blames < sizeof target->blame / sizeof target->blame[0]);
    target->blame[target->blames++] = (struct fixture_blame){check, entry};
}

uint64_t fixture_append(struct fixture *f, size_t file, enum xj_entry_kind kind, struct xj_slice head, struct xj_slice sig)
{
    uint64_t n = 0;
    must(xj_log_append(f->file[file].log, kind, fixture_now(f), head, sig, &n));
    return n;
}

void fixture_sign(const struct xj_sign_key *key, const struct xj_hash *d, struct xj_buf *sig)
{
    xj_buf_init(sig, XJ_MAX_SIGNATURE_BYTES);
    xj_sign_one(key, d, sig);
    must(sig->err);
}

/* ---- messages ---- */

void fixture_envelope_free(struct fixture_envelope *m)
{
    xj_buf_free(&m->header);
    xj_buf_free(&m->body);
    xj_buf_free(&m->keys);
    xj_buf_free(&m->paper);
    xj_buf_free(&m->sig);
}

static void wrap_for(struct fixture *f, size_t from, const struct xj_hash *object, const uint8_t key[32],
                     const struct xj_header *h, struct xj_wrap_entry *wraps, size_t *count)
{
    struct xj_pairs *pairs = xj_pairs_new();
    assert_non_null(pairs);
    for (size_t i = 0; i < 3; i++) {
        bool reads = i == from;
        for (size_t j = 0; j < h->to_count; j++)
            reads = reads || (h->to[j].role != XJ_TO_NOTICE && xj_slice_is(h->to[j].agency, f->agency[i].id));
        for (size_t j = 0; j < h->joint_count; j++)
            reads = reads || xj_slice_is(h->joint[j], f->agency[i].id);
        if (!reads)
            continue;
        struct xj_wrap_entry *w = &wraps[(*count)++];
        w->object = *object;
        w->reader = xj_slice_cstr(f->agency[i].id);
        memcpy(w->key_id, f->agency[i].seal.id, XJ_KEY_ID_SIZE);
        must(xj_wrap(pairs, &f->agency[from].seal, f->agency[i].seal.public_key, object, key, w->wrap));
    }
    xj_pairs_free(pairs);
}

static void seal_parts(struct fixture *f, size_t from, struct fixture_envelope *m, bool paper)
{
    static const uint8_t text[] = {0x81, 0xa5, 't', 'i', 't', 'l', 'e', 0xa2, 'n', 'o'};
    uint8_t key[32];
    struct xj_hash commit;
    struct xj_wrap_entry wraps[16];
    size_t count = 0;
    must(xj_seal(&f->env, XJ_SEAL_BODY, xj_slice_of(text, sizeof text), &m->body, key, &m->h.body_commit));
    m->h.body_digest = xj_digest(XJ_SEAL_BODY, xj_buf_slice(&m->body));
    wrap_for(f, from, &m->h.body_digest, key, &m->h, wraps, &count);
    if (paper) {
        must(xj_seal(&f->env, XJ_SEAL_PAPER, xj_slice_cstr("移送书"), &m->paper, key, &commit));
        m->h.paper_count = 1;
        m->h.papers[0].kind = xj_slice_cstr("other");
        m->h.papers[0].sealed = xj_digest(XJ_SEAL_PAPER, xj_buf_slice(&m->paper));
        m->h.papers[0].size_class_bytes = m->paper.n - 16;
        wrap_for(f, from, &m->h.papers[0].sealed, key, &m->h, wraps, &count);
    }
    must(xj_keys_encode(f->agency[from].seal.id, wraps, count, &m->keys));
    m->h.keys_digest = xj_digest(XJ_CTX_KEYS, xj_buf_slice(&m->keys));
}

static bool second(const struct fixture *f, enum defect defect)
{
    return f->defect == defect && f->messages == 1;
}

void fixture_compose(struct fixture *f, struct fixture_envelope *m, size_t from, const enum xj_to_role to[3], int joint, bool paper)
{
    struct fixture_agency *a = &f->agency[from];
    memset(m, 0, sizeof *m);
    xj_buf_init(&m->header, XJ_MAX_HEADER_BYTES);
    xj_buf_init(&m->body, CEILING);
    xj_buf_init(&m->keys, CEILING);
    xj_buf_init(&m->paper, CEILING);
    m->h.suite = 1;
    fill(&f->tick, m->h.id.b, XJ_ID_SIZE);
    fill(&f->tick, m->h.case_id.b, XJ_ID_SIZE);
    fill(&f->tick, m->h.revision.b, XJ_HASH_SIZE);
    m->h.procedure = xj_slice_cstr("referral");
    m->h.act = xj_slice_cstr("refer");
    m->h.from = xj_slice_cstr(a->id);
    m->h.mode = XJ_MODE_LIVE;
    for (int role = XJ_TO_PRINCIPAL; role <= XJ_TO_NOTICE; role++)
        for (size_t i = 0; i < 3; i++)
            if ((int)to[i] == role)
                m->h.to[m->h.to_count++] = (struct xj_header_to){xj_slice_cstr(f->agency[i].id), to[i]};
    if (joint >= 0)
        m->h.joint[m->h.joint_count++] = xj_slice_cstr(f->agency[joint].id);
    m->h.number = ++a->number;
    if (second(f, DEFECT_NUMBER))
        m->h.number = ++a->number;
    m->h.has_previous = m->h.number > 1;
    m->h.previous = a->last;
    if (second(f, DEFECT_PREVIOUS))
        m->h.previous.b[5] ^= 4;
    seal_parts(f, from, m, paper);
    xj_header_encode(&m->h, &m->header);
    must(m->header.err);
    m->digest = xj_header_digest(xj_buf_slice(&m->header));
    fixture_sign(second(f, DEFECT_OWN_SIGNATURE) ? &f->agency[FIXTURE_C].sign : &a->sign, &m->digest, &m->sig);
    a->last = m->digest;
}

static void put_objects(struct fixture *f, size_t file, const struct fixture_envelope *m, bool first)
{
    struct xj_db *db = f->file[file].db;
    struct xj_buf wrong;
    xj_buf_init(&wrong, CEILING);
    xj_buf_add_slice(&wrong, xj_buf_slice(&m->body));
    if (f->defect == DEFECT_OBJECT_BYTES && first)
        wrong.p[7] ^= 1;
    if (!(f->defect == DEFECT_BODY_ABSENT && first))
        must(xj_object_put(db, &m->h.body_digest, xj_buf_slice(&wrong)));
    if (!(f->defect == DEFECT_KEYS_ABSENT && first))
        must(xj_object_put(db, &m->h.keys_digest, xj_buf_slice(&m->keys)));
    if (m->h.paper_count > 0 && !(f->defect == DEFECT_PAPER_ABSENT && first))
        must(xj_object_put(db, &m->h.papers[0].sealed, xj_buf_slice(&m->paper)));
    xj_buf_free(&wrong);
}

static uint64_t put_message(struct fixture *f, size_t file, enum xj_entry_kind kind, const struct fixture_envelope *m, bool objects)
{
    uint64_t n = fixture_append(f, file, kind, xj_buf_slice(&m->header), xj_buf_slice(&m->sig));
    bool first = f->messages == 0;
    if (objects)
        put_objects(f, file, m, first);
    f->message[f->messages].own_at[file] = n;
    bool objects_defect = f->defect >= DEFECT_BODY_ABSENT && f->defect <= DEFECT_OBJECT_BYTES && first && objects;
    if (objects_defect && !(f->defect == DEFECT_PAPER_ABSENT && m->h.paper_count == 0))
        fixture_blame_file(f, file, f->defect == DEFECT_OBJECT_BYTES ? "bytes" : "objects", n);
    if (second(f, DEFECT_OWN_SIGNATURE))
        fixture_blame_file(f, file, "signatures", n);
    if ((second(f, DEFECT_NUMBER) || second(f, DEFECT_PREVIOUS)) && file == FIXTURE_A)
        fixture_blame_file(f, file, "numbering", n);
    if (second(f, DEFECT_ALONE) && kind == XJ_ENTRY_RECEIVED)
        fixture_blame_file(f, file, "numbering", n);
    return n;
}

static size_t agency_of(const struct fixture *f, struct xj_slice id)
{
    for (size_t i = 0; i < 3; i++)
        if (xj_slice_is(id, f->agency[i].id))
            return i;
    fail_msg("no such agency");
    return 0;
}

static void admit(struct fixture *f, struct fixture_envelope *m, struct xj_admitted *s, struct xj_buf *out, struct xj_buf *sig)
{
    memset(s, 0, sizeof *s);
    s->seq = xj_log_size(f->file[FIXTURE_JOURNAL].log) + 1 + (second(f, DEFECT_SEQ) ? 1 : 0);
    s->time_ms = fixture_now(f);
    s->message = m->digest;
    s->register_number = second(f, DEFECT_REGISTER_AHEAD) ? 99 : f->registered;
    for (size_t i = 0; i < m->h.to_count + m->h.joint_count; i++) {
        struct xj_slice id = i < m->h.to_count ? m->h.to[i].agency : m->h.joint[i - m->h.to_count];
        struct fixture_agency *a = &f->agency[agency_of(f, id)];
        if (second(f, DEFECT_MAILBOX))
            a->mailbox++;
        a->mail[a->mailbox++] = f->messages;
        s->recipients[s->recipient_count++] = (struct xj_st_recipient){id, a->mailbox};
    }
    xj_buf_init(out, XJ_MAX_STATEMENT_BYTES);
    xj_admitted_encode(s, out);
    must(out->err);
    struct xj_hash d = xj_digest(XJ_CTX_ADMITTED, xj_buf_slice(out));
    fixture_sign(second(f, DEFECT_ADMITTED_SIGNATURE) ? &f->agency[FIXTURE_A].sign : &f->exchange, &d, sig);
}

static void put_admitted(struct fixture *f, size_t file, const struct xj_buf *statement, const struct xj_buf *sig)
{
    uint64_t n = fixture_append(f, file, XJ_ENTRY_ADMITTED, xj_buf_slice(statement), xj_buf_slice(sig));
    bool journal = file == FIXTURE_JOURNAL;
    if (second(f, DEFECT_ADMITTED_SIGNATURE) || second(f, DEFECT_REGISTER_AHEAD))
        fixture_blame_file(f, file, "signatures", n);
    if (second(f, DEFECT_MAILBOX) && file != FIXTURE_A)
        fixture_blame_file(f, file, "numbering", n);
    if ((second(f, DEFECT_NUMBER) || second(f, DEFECT_PREVIOUS) || second(f, DEFECT_SEQ)) && journal)
        fixture_blame_file(f, file, "numbering", n);
}

static void note_message(struct fixture *f, size_t from, const struct fixture_envelope *m)
{
    struct fixture_message *note = &f->message[f->messages];
    note->digest = m->digest;
    note->from = from;
    note->party[from] = true;
    for (size_t i = 0; i < m->h.to_count; i++)
        note->party[agency_of(f, m->h.to[i].agency)] = true;
    for (size_t i = 0; i < m->h.joint_count; i++)
        note->party[agency_of(f, m->h.joint[i])] = true;
}

static void submit(struct fixture *f, size_t from, const enum xj_to_role to[3], int joint, bool paper)
{
    struct fixture_envelope m;
    struct xj_admitted s;
    struct xj_buf statement, sig;
    fixture_compose(f, &m, from, to, joint, paper);
    put_message(f, from, XJ_ENTRY_OWN, &m, true);
    note_message(f, from, &m);
    put_message(f, FIXTURE_JOURNAL, XJ_ENTRY_MESSAGE, &m, true);
    admit(f, &m, &s, &statement, &sig);
    put_admitted(f, FIXTURE_JOURNAL, &statement, &sig);
    put_admitted(f, from, &statement, &sig);
    for (size_t i = 0; i < 3; i++) {
        if (i == from || !f->message[f->messages].party[i])
            continue;
        put_message(f, i, XJ_ENTRY_RECEIVED, &m, to[i] != XJ_TO_NOTICE);
        if (!second(f, DEFECT_ALONE))
            put_admitted(f, i, &statement, &sig);
    }
    bool twice = second(f, DEFECT_ANSWER_TWICE), stranger = second(f, DEFECT_ANSWER_STRANGER);
    if (twice || stranger) { /* C is no party to message 2 */
        size_t file = twice ? from : FIXTURE_C;
        fixture_blame_file(f, file, "numbering", fixture_append(f, file, XJ_ENTRY_ADMITTED, xj_buf_slice(&statement), xj_buf_slice(&sig)));
    }
    f->messages++;
    xj_buf_free(&statement);
    xj_buf_free(&sig);
    fixture_envelope_free(&m);
}

static void refuse(struct fixture *f, size_t from)
{
    static const enum xj_to_role to[3] = {XJ_TO_INVALID, XJ_TO_PRINCIPAL, XJ_TO_INVALID};
    struct fixture_envelope m;
    struct xj_buf out, sig;
    fixture_compose(f, &m, from, to, -1, false);
    put_message(f, from, XJ_ENTRY_OWN, &m, true);
    put_message(f, FIXTURE_JOURNAL, XJ_ENTRY_MESSAGE, &m, false);
    struct xj_refused s = {.time_ms = fixture_now(f), .agency = m.h.from, .id = m.h.id, .message = m.digest,
                           .number = m.h.number, .register_number = f->registered};
    bool wrong = f->defect == DEFECT_REFUSED_NUMBER;
    if (wrong)
        s.id.b[3] ^= 1;
    s.code = xj_slice_cstr("act_unknown");
    s.detail = xj_slice_cstr("");
    s.rule = xj_slice_cstr("07-procedure");
    s.article = xj_slice_cstr("");
    s.remedy_zh = xj_slice_cstr("请改正行为名称。");
    s.remedy_en = xj_slice_cstr("Name an act of the procedure.");
    s.position = xj_log_size(f->file[FIXTURE_JOURNAL].log) + 1;
    xj_buf_init(&out, XJ_MAX_STATEMENT_BYTES);
    xj_refused_encode(&s, &out);
    must(out.err);
    struct xj_hash d = xj_digest(XJ_CTX_REFUSED, xj_buf_slice(&out));
    fixture_sign(&f->exchange, &d, &sig);
    uint64_t in_journal = fixture_append(f, FIXTURE_JOURNAL, XJ_ENTRY_REFUSED, xj_buf_slice(&out), xj_buf_slice(&sig));
    uint64_t in_ledger = fixture_append(f, from, XJ_ENTRY_REFUSED, xj_buf_slice(&out), xj_buf_slice(&sig));
    if (wrong) {
        fixture_blame_file(f, FIXTURE_JOURNAL, "numbering", in_journal);
        fixture_blame_file(f, from, "numbering", in_ledger);
    }
    f->messages++;
    xj_buf_free(&out);
    xj_buf_free(&sig);
    fixture_envelope_free(&m);
}

/* ---- stored and delivered ---- */

struct receipt {
    struct xj_stored s;
    struct xj_buf bytes, sig;
    struct xj_hash digest, leaves[FIXTURE_MESSAGES];
    size_t count, by;
};

static bool at_b(const struct fixture *f, size_t by, enum defect defect)
{
    return f->defect == defect && by == FIXTURE_B && f->agency[by].stored == 0;
}

static void make_receipt(struct fixture *f, size_t by, struct receipt *r)
{
    struct fixture_agency *a = &f->agency[by];
    struct fixture_file *file = &f->file[by];
    memset(r, 0, sizeof *r);
    r->by = by;
    r->s = (struct xj_stored){.agency = xj_slice_cstr(a->id), .first = a->stored + 1, .last = a->mailbox,
                              .ledger_size = xj_log_size(file->log), .ledger_head = xj_log_root(file->log),
                              .register_number = f->registered};
    r->s.time_ms = fixture_now(f);
    for (uint64_t i = r->s.first; i <= r->s.last; i++)
        r->leaves[r->count++] = xj_tree_mail_leaf(i, &f->message[a->mail[i - 1]].digest);
    r->s.root = xj_tree_root(r->leaves, r->count);
    if (at_b(f, by, DEFECT_STORED_ROOT))
        r->s.root.b[9] ^= 1;
    if (at_b(f, by, DEFECT_STORED_HEAD))
        r->s.ledger_head.b[9] ^= 1;
    if (at_b(f, by, DEFECT_STORED_SIZE))
        r->s.ledger_size += 1;
    xj_buf_init(&r->bytes, XJ_MAX_STATEMENT_BYTES);
    xj_stored_encode(&r->s, &r->bytes);
    must(r->bytes.err);
    r->digest = xj_digest(XJ_CTX_STORED, xj_buf_slice(&r->bytes));
    fixture_sign(at_b(f, by, DEFECT_STORED_SIGNATURE) ? &f->agency[FIXTURE_C].sign : &a->sign, &r->digest, &r->sig);
}

static void put_receipt(struct fixture *f, size_t file, const struct receipt *r)
{
    bool own = file == r->by, journal = file == FIXTURE_JOURNAL;
    uint64_t n = fixture_append(f, file, XJ_ENTRY_STORED, xj_buf_slice(&r->bytes), xj_buf_slice(&r->sig));
    bool first = r->by == FIXTURE_B && r->s.first == 1;
    if (f->defect == DEFECT_STORED_TWICE && first && (own || journal))
        n = fixture_append(f, file, XJ_ENTRY_STORED, xj_buf_slice(&r->bytes), xj_buf_slice(&r->sig));
    bool mail = f->defect == DEFECT_STORED_ROOT || f->defect == DEFECT_STORED_TWICE;
    bool tree = f->defect == DEFECT_STORED_HEAD || f->defect == DEFECT_STORED_SIZE;
    if (first && f->defect == DEFECT_STORED_SIGNATURE)
        fixture_blame_file(f, file, "signatures", n);
    if (first && ((mail && (own || journal)) || (tree && own)))
        fixture_blame_file(f, file, "numbering", n);
}

static void tell(struct fixture *f, size_t owner, const struct receipt *r)
{
    struct xj_delivered_item items[FIXTURE_MESSAGES];
    struct fixture_agency *a = &f->agency[owner];
    struct xj_delivered s = {.owner = xj_slice_cstr(a->id), .recipient = r->s.agency, .recipient_ms = r->s.time_ms,
                             .exchange_ms = fixture_now(f), .stored = r->digest, .register_number = f->registered, .items = items};
    bool paths = false, first = r->by == FIXTURE_B && owner == FIXTURE_A && r->s.first == 1;
    memset(items, 0, sizeof items);
    for (size_t i = 0; i < r->count; i++) {
        uint64_t number = r->s.first + i;
        const struct fixture_message *m = &f->message[f->agency[r->by].mail[number - 1]];
        if (!m->party[owner])
            continue;
        struct xj_delivered_item *it = &items[s.item_count++];
        it->message = m->digest;
        it->mailbox_number = number;
        it->has_path = m->from == owner && !(f->defect == DEFECT_PATH_ABSENT && first && i == 1);
        it->index = i;
        it->path_count = it->has_path ? xj_tree_path(r->leaves, r->count, i, it->path) : 0;
        if (f->defect == DEFECT_PATH && first && i == 1)
            it->path[0].b[0] ^= 1;
        paths = paths || it->has_path;
    }
    if (s.item_count == 0)
        return;
    bool skip = f->defect == DEFECT_FEED && first;
    a->feed += skip ? 2 : 1;
    s.number = a->feed;
    struct xj_buf out, sig;
    xj_buf_init(&out, XJ_MAX_STATEMENT_BYTES);
    xj_delivered_encode(&s, &out);
    must(out.err);
    struct xj_hash digests[2] = {xj_digest("xianjie/1 delivered", xj_buf_slice(&out)), r->digest};
    struct xj_buf sigs[2]; /* batch signatures: form 1 is in every file */
    xj_buf_init(&sigs[0], XJ_MAX_SIGNATURE_BYTES);
    xj_buf_init(&sigs[1], XJ_MAX_SIGNATURE_BYTES);
    must(xj_sign_batch(&f->exchange, digests, 2, sigs));
    sig = sigs[0];
    uint64_t in_journal = fixture_append(f, FIXTURE_JOURNAL, XJ_ENTRY_DELIVERED, xj_buf_slice(&out), xj_buf_slice(&sig));
    bool absent = f->defect == DEFECT_STORED_ABSENT && first;
    if (paths && !absent)
        put_receipt(f, owner, r);
    uint64_t in_ledger = fixture_append(f, owner, XJ_ENTRY_DELIVERED, xj_buf_slice(&out), xj_buf_slice(&sig));
    bool path = first && (f->defect == DEFECT_PATH || f->defect == DEFECT_PATH_ABSENT || f->defect == DEFECT_STORED_ROOT);
    if (path || absent)
        fixture_blame_file(f, owner, "proofs", in_ledger);
    if (path)
        fixture_blame_file(f, FIXTURE_JOURNAL, "proofs", in_journal);
    if (skip) {
        fixture_blame_file(f, owner, "numbering", in_ledger);
        fixture_blame_file(f, FIXTURE_JOURNAL, "numbering", in_journal);
    }
    xj_buf_free(&out);
    xj_buf_free(&sigs[0]);
    xj_buf_free(&sigs[1]);
}

static void acknowledge(struct fixture *f, size_t by)
{
    struct receipt r;
    make_receipt(f, by, &r);
    put_receipt(f, by, &r);
    put_receipt(f, FIXTURE_JOURNAL, &r);
    f->agency[by].stored = r.s.last;
    for (size_t i = 0; i < 3; i++)
        if (i != by)
            tell(f, i, &r);
    xj_buf_free(&r.bytes);
    xj_buf_free(&r.sig);
}

/* ---- the owner's own notes ---- */

static void incident(struct fixture *f, size_t file)
{
    struct xj_buf head;
    xj_buf_init(&head, 256);
    bool wrong = f->defect == DEFECT_SHAPE && f->file[file].blames == 0;
    xj_put_array(&head, wrong ? 4 : 3);
    xj_put_cstr(&head, "filler");
    xj_put_cstr(&head, "一条事件");
    xj_put_bin(&head, "x", 1);
    if (wrong)
        xj_put_nil(&head);
    must(head.err);
    uint64_t n = fixture_append(f, file, XJ_ENTRY_INCIDENT, xj_buf_slice(&head), xj_slice_of(NULL, 0));
    if (wrong)
        fixture_blame_file(f, file, "bytes", n);
    xj_buf_free(&head);
}

static void epoch(struct fixture *f, size_t file)
{
    struct xj_buf head;
    struct xj_id other;
    struct xj_hash none = xj_sha256(NULL, 0);
    fill(&f->tick, other.b, XJ_ID_SIZE);
    xj_buf_init(&head, 256);
    xj_put_array(&head, file == FIXTURE_JOURNAL ? 5 : 4);
    if (file == FIXTURE_JOURNAL)
        xj_put_cstr(&head, f->agency[FIXTURE_A].id);
    xj_put_bin(&head, other.b, XJ_ID_SIZE);
    xj_put_uint(&head, 1);
    xj_put_uint(&head, 0);
    xj_put_bin(&head, none.b, XJ_HASH_SIZE);
    must(head.err);
    enum xj_entry_kind kind = XJ_ENTRY_EPOCH;
    if (f->defect == DEFECT_KIND) /* a kind of the other file */
        kind = file == FIXTURE_JOURNAL ? XJ_ENTRY_RECEIVED : XJ_ENTRY_MESSAGE;
    uint64_t n = fixture_append(f, file, kind, xj_buf_slice(&head), xj_slice_of(NULL, 0));
    if (f->defect == DEFECT_KIND)
        fixture_blame_file(f, file, "bytes", n);
    xj_buf_free(&head);
}

static void checkpoint(struct fixture *f, size_t file)
{
    struct xj_buf note, origin;
    struct xj_log *log = f->file[file].log;
    const struct xj_sign_key *key = file == FIXTURE_JOURNAL ? &f->exchange : &f->agency[file].sign;
    xj_buf_init(&note, 4096);
    xj_buf_init(&origin, 128);
    xj_buf_addf(&origin, "xianjie/%s", file == FIXTURE_JOURNAL ? "exchange-110000" : f->agency[file].id);
    if (f->defect == DEFECT_CHECKPOINT_KEY) {
        key = &f->root;
        fixture_blame_file(f, file, "checkpoints", xj_log_size(log)); /* every one is wrong; the first one counts */
    }
    must(xj_log_checkpoint(log, xj_buf_cstr(&origin), key, fixture_now(f), &note));
    xj_buf_free(&note);
    xj_buf_free(&origin);
}

/* A kind-10 entry with another root: what an owner that lies about its tree would write. */
static void false_checkpoint(struct fixture *f, size_t file)
{
    struct xj_buf head;
    struct xj_hash root = xj_log_root(f->file[file].log);
    root.b[0] ^= 0x80;
    xj_buf_init(&head, 64);
    xj_put_array(&head, 2);
    xj_put_uint(&head, xj_log_size(f->file[file].log));
    xj_put_bin(&head, root.b, XJ_HASH_SIZE);
    must(head.err);
    fixture_blame_file(f, file, "checkpoints", fixture_append(f, file, XJ_ENTRY_CHECKPOINTED, xj_buf_slice(&head), xj_slice_of(NULL, 0)));
    xj_buf_free(&head);
}

/* ---- the whole ---- */

static void open_files(struct fixture *f, const char *dir)
{
    static const char *const names[] = {"a.db", "b.db", "c.db", "journal.db"};
    for (size_t i = 0; i < FIXTURE_FILES; i++) {
        struct fixture_file *file = &f->file[i];
        bool journal = i == FIXTURE_JOURNAL;
        (void)snprintf(file->path, sizeof file->path, "%s/%s", dir, names[i]);
        struct xj_db_options o = {.path = file->path, .create = true, .volatile_ok = true, .root_key = f->root.public_key};
        o.format = journal ? "xianjie journal 1" : "xianjie ledger 1";
        o.owner = journal ? "exchange" : f->agency[i].id;
        must(xj_db_open(&o, &f->env, &file->db, NULL));
        must(xj_log_open(file->db, &file->log));
        must(xj_db_begin(file->db));
    }
}

static void close_files(struct fixture *f)
{
    for (size_t i = 0; i < FIXTURE_FILES; i++) {
        must(xj_db_commit(f->file[i].db));
        xj_log_close(f->file[i].log);
        xj_db_close(f->file[i].db);
        f->file[i].log = NULL;
        f->file[i].db = NULL;
    }
}

static void story(struct fixture *f)
{
    static const enum xj_to_role to_b_copy_c[3] = {XJ_TO_INVALID, XJ_TO_PRINCIPAL, XJ_TO_COPY};
    static const enum xj_to_role to_b[3] = {XJ_TO_INVALID, XJ_TO_PRINCIPAL, XJ_TO_INVALID};
    static const enum xj_to_role to_a_notice_c[3] = {XJ_TO_PRINCIPAL, XJ_TO_INVALID, XJ_TO_NOTICE};
    fixture_register_first(f);
    fixture_register_agencies(f);
    for (size_t i = 0; i < FIXTURE_FILES; i++)
        epoch(f, i);
    for (size_t i = 0; i < FIXTURE_FILLER; i++) {
        incident(f, FIXTURE_A);
        incident(f, FIXTURE_JOURNAL);
    }
    submit(f, FIXTURE_A, to_b_copy_c, -1, true);
    submit(f, FIXTURE_A, to_b, -1, false);
    acknowledge(f, FIXTURE_B);
    acknowledge(f, FIXTURE_C);
    fixture_register_new_key(f, FIXTURE_B);
    submit(f, FIXTURE_B, to_a_notice_c, -1, false);
    acknowledge(f, FIXTURE_A);
    refuse(f, FIXTURE_A);
    for (size_t i = 0; i < FIXTURE_FILES; i++)
        checkpoint(f, i);
    submit(f, FIXTURE_A, to_b, FIXTURE_C, true);
    submit(f, FIXTURE_B, to_a_notice_c, -1, false);
    acknowledge(f, FIXTURE_C);
    acknowledge(f, FIXTURE_B);
}

void fixture_build(struct fixture *f, const char *dir, enum defect defect)
{
    static const char *const ids[3] = {"110000-market", "110000-police", "110000-procuratorate"};
    struct fixture_envelope waiting;
    memset(f, 0, sizeof *f);
    f->defect = defect;
    f->env = fixture_env(&f->tick);
    fixture_make_sign_key(f, &f->root);
    fixture_make_sign_key(f, &f->registrar);
    fixture_make_sign_key(f, &f->exchange);
    for (size_t i = 0; i < 3; i++) {
        (void)snprintf(f->agency[i].id, sizeof f->agency[i].id, "%s", ids[i]);
        fixture_make_sign_key(f, &f->agency[i].sign);
        make_seal_key(f, &f->agency[i].seal);
        make_seal_key(f, &f->agency[i].recovery);
    }
    open_files(f, dir);
    story(f);
    /* The last submission of A has no answer yet. */
    static const enum xj_to_role to_b[3] = {XJ_TO_INVALID, XJ_TO_PRINCIPAL, XJ_TO_INVALID};
    fixture_compose(f, &waiting, FIXTURE_A, to_b, -1, false);
    put_message(f, FIXTURE_A, XJ_ENTRY_OWN, &waiting, true);
    fixture_envelope_free(&waiting);
    for (size_t i = 0; i < FIXTURE_FILES; i++) {
        if (defect == DEFECT_OBJECT_UNNAMED) {
            struct xj_hash h = xj_digest("nothing", xj_slice_cstr("x"));
            must(xj_object_put(f->file[i].db, &h, xj_slice_cstr("bytes of another digest")));
            fixture_blame_file(f, i, "bytes", 0);
        }
        if (defect == DEFECT_CHECKPOINT_ROOT)
            false_checkpoint(f, i);
        else
            checkpoint(f, i);
    }
    close_files(f);
}
