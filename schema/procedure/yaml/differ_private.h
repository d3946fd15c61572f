/* What the parts of the comparison of two revisions share. Only differ*.c. Spec: spec/07-procedure.md, section 6. */
#ifndef XJ_DIFFER_PRIVATE_H
#define XJ_DIFFER_PRIVATE_H

#include "schema/procedure/yaml/against.h"

struct xj_differ {
    const struct xj_model *was, *now;
    struct xj_images im;
    struct xj_findings *out;
    struct xj_buf zh, en; /* what is different in the thing at hand, so far */
};

/* One more difference of the thing at hand, in each language; always both. */
void xj_differ_zh(struct xj_differ *d, const char *format, ...) __attribute__((format(printf, 2, 3)));
void xj_differ_en(struct xj_differ *d, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* Tells what was noted, if anything was, of the thing of that name. kinds: its word in both languages. */
void xj_differ_tell(struct xj_differ *d, const char *code, const char *kind_zh, const char *kind_en, const struct xj_name *name);
/* What a buffer holds as text; where memory was out for it, so says d->out, and the text is not to be relied on. */
const char *xj_differ_words(struct xj_differ *d, struct xj_buf *b);
/* Things that were renamed, added, removed. Elements begin with a struct xj_name and lie stride apart. codes: renamed, added, removed. */
struct xj_differ_list {
    const char *zh, *en, *renamed, *added, *removed;
    const void *was, *now;
    size_t stride;
    uint16_t was_count, now_count;
    const uint16_t *images;
};
void xj_differ_list(struct xj_differ *d, const struct xj_differ_list *l);

/* Notes what two lists of indices do not share; was is understood by images. Names as in the list. */
void xj_differ_indices(struct xj_differ *d, const char *zh, const char *en, const struct xj_differ_list *l, const uint16_t *was,
                       uint16_t was_count, const uint16_t *now, uint16_t now_count);
/* The same for two arrays whose elements begin with the index and lie inner bytes apart. */
void xj_differ_indexed(struct xj_differ *d, const char *zh, const char *en, const struct xj_differ_list *l, const void *was, uint16_t was_count,
                       const void *now, uint16_t now_count, size_t inner);
void xj_differ_roles(struct xj_differ *d, const char *zh, const char *en, xj_roles was, xj_roles now);
void xj_differ_bool(struct xj_differ *d, const char *zh, const char *en, bool was, bool now);
void xj_differ_text(struct xj_differ *d, const char *zh, const char *en, const char *was, const char *now);

/* How well a source is confirmed. */
void xj_differ_tag(struct xj_differ *d, enum xj_tag was, enum xj_tag now);

struct xj_differ_list xj_differ_acts_of(const struct xj_differ *d);
struct xj_differ_list xj_differ_questions_of(const struct xj_differ *d);
struct xj_differ_list xj_differ_duties_of(const struct xj_differ *d);
void xj_differ_duties(struct xj_differ *d);
void xj_differ_rules(struct xj_differ *d);
void xj_differ_statistics(struct xj_differ *d);

#endif
