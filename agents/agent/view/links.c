/* Links between cases, as acts on record state them. Spec: spec/09-fold.md, section 10.6. They move nothing. */
#include "agents/agent/view/view_private.h"

static bool is_link(struct xj_slice relation)
{
    static const char *const relations[] = {"merged_into", "split_from", "continues", "same_matter"};
    for (size_t i = 0; i < sizeof relations / sizeof relations[0]; i++)
        if (xj_slice_is(relation, relations[i]))
            return true;
    return false;
}

static bool states_any(const struct xj_header *h)
{
    for (size_t i = 0; i < h->relate_count; i++)
        if (is_link(h->relates[i].relation))
            return true;
    return false;
}

static void drop(struct xj_view *v, const struct xj_header *h, struct xj_id act)
{
    xj_vq_run(v, xj_vq(v, "DELETE FROM link WHERE case_id = ?1 AND act = ?2", "bb", xj_id_slice(&h->case_id), xj_id_slice(&act)));
}

/* Under the act that states them; an amendment's are its target's. */
static void insert(struct xj_view *v, const struct xj_header *h, struct xj_id act, int64_t seq)
{
    for (size_t i = 0; i < h->relate_count; i++)
        if (is_link(h->relates[i].relation) && !xj_id_eq(&h->relates[i].id, &h->case_id))
            xj_vq_run(v, xj_vq(v, "INSERT OR IGNORE INTO link(case_id, other, relation, seq, act, doer) VALUES(?1, ?2, ?3, ?4, ?5, ?6)",
                               "bbsibs", xj_id_slice(&h->case_id), xj_id_slice(&h->relates[i].id), h->relates[i].relation, seq,
                               xj_id_slice(&act), h->actor.n > 0 ? h->actor : h->from));
}

void xj_view_note_links(struct xj_view *v, const struct xj_header *h, const struct xj_admitted *a)
{
    const struct xj_header_relate *r = xj_view_correction(h);
    if (r != NULL && xj_slice_is(r->relation, "voids")) {
        drop(v, h, r->id);
    } else if (r != NULL && xj_slice_is(r->relation, "amends") && states_any(h)) {
        int64_t seq = xj_vq_int(v, xj_vq(v, "SELECT seq FROM act WHERE case_id = ?1 AND id = ?2", "bb", xj_id_slice(&h->case_id), xj_id_slice(&r->id)), -1);
        drop(v, h, r->id);
        if (seq >= 0)
            insert(v, h, r->id, seq);
    } else if (r == NULL && xj_view_by_its_role(a)) {
        insert(v, h, h->id, (int64_t)a->seq);
    }
}

void xj_view_forget_links(struct xj_view *v, struct xj_id case_id)
{
    xj_vq_run(v, xj_vq(v, "DELETE FROM link WHERE case_id = ?1", "b", xj_id_slice(&case_id)));
}
