/* How the names of agencies in case files are read: splitting, likeness, what a name by itself says. Pure; any thread.
 * Spec: spec/11-replay.md, section 3. Names are UTF-8; what lies past XJ_NAME_POINTS characters is not looked at. */
#ifndef XJ_REPLAY_NAMES_H
#define XJ_REPLAY_NAMES_H

#include "agents/cli/replay_read.h"

#define XJ_NAME_POINTS 120u
#define XJ_NAME_BYTES (XJ_NAME_POINTS * 4 + 1)
#define XJ_NAME_PARTS 17u /* one that acts and as many joint ones as a header holds */

/* A name without white space and trailing 等; `base` also without what stands in brackets. */
struct xj_org_name {
    uint32_t base[XJ_NAME_POINTS], flat[XJ_NAME_POINTS];
    size_t base_count, flat_count;
};
void xj_org_name_read(const char *utf8, struct xj_org_name *ret);
/* The base as UTF-8. */
void xj_org_name_text(const struct xj_org_name *name, char out[XJ_NAME_BYTES]);

/* The agencies a string names, the one that acts first. Split at 、 ／ / 与 和 及 联合 会同, each only when the part before
 * ends in a word for an organ; a later part that does not is text and left out. At least one part. Returns the count. */
size_t xj_org_split(const char *utf8, struct xj_org_name parts[XJ_NAME_PARTS]);

/* -1: two agencies; else one, and how many characters the longer name has more. One name without its leading place, or
 * shortened by any characters that make no unit: 市 区 县 旗 镇 乡 所 分局 支局 支队 大队 总队 中队, the level of a court. */
int xj_org_alike(const struct xj_org_name *a, const struct xj_org_name *b);

enum xj_name_kind {
    XJ_NAME_INVALID = 0,
    XJ_NAME_ORGAN,   /* a certain organ */
    XJ_NAME_BRANCH,  /* 税务部门, 环保部门: says its line of work and no place */
    XJ_NAME_GENERIC, /* 公安机关, 检察院, 执法部门, nothing at all: any organ of its kind */
    XJ_NAME_PERSON   /* 局长, 某某: no organ */
};
enum xj_name_kind xj_org_kind(const struct xj_org_name *name, enum xj_actor_kind role);

/* Whether it reads as the name of one organ: 余庆县检察院刑事检察, 两级检察院 and 延边州、珲春市检察院 do not. */
bool xj_org_presentable(const struct xj_org_name *name);

/* The role a name shows by itself: 公安, 派出所 … police; 检察 procuratorate; 法院 court; 监委, 纪委 supervisory; else
 * otherwise. */
enum xj_actor_kind xj_org_role(const struct xj_org_name *name, enum xj_actor_kind otherwise);
/* The sector a bureau's name shows ("environment"), or NULL. Static. */
const char *xj_org_sector(const struct xj_org_name *name);

#endif
