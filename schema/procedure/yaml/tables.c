#include "schema/procedure/yaml/tables.h"

#include "schema/procedure/yaml/check.h"

static void put_needs(const struct xj_model *m, const struct xj_m_act *act, struct xj_buf *out)
{
    static const char *const modes[] = {"", "req", "once", "opt"};
    for (uint16_t i = 0; i < act->answer_count; i++) {
        uint16_t q = act->answers[i].question;
        xj_buf_addf(out, "%s\t%s\t%s\t", act->name.id, m->questions[q].name.id, modes[act->answers[i].mode]);
        const char *sep = "";
        for (uint16_t a = 0; a < m->act_count; a++) {
            if (xj_check_opens(&m->acts[a], q) == NULL)
                continue;
            xj_buf_addf(out, "%s%s", sep, m->acts[a].name.id);
            sep = " | ";
        }
        xj_buf_add_str(out, "\n");
    }
}

static void put_groups(const struct xj_model *m, const struct xj_m_act *act, const char *word, const struct xj_m_group *groups,
                       uint16_t count, struct xj_buf *out)
{
    for (uint16_t i = 0; i < count; i++) {
        xj_buf_addf(out, "%s\t%s\t", act->name.id, word);
        for (uint16_t k = 0; k < groups[i].act_count; k++)
            xj_buf_addf(out, "%s%s", k == 0 ? "" : " | ", m->acts[groups[i].acts[k]].name.id);
        xj_buf_add_str(out, "\n");
    }
}

void xj_procedure_tables(const struct xj_model *m, struct xj_buf *out)
{
    xj_buf_add_str(out, "# needs: act, question answered, mode, acts that ask it\n");
    for (uint16_t a = 0; a < m->act_count; a++)
        put_needs(m, &m->acts[a], out);
    xj_buf_add_str(out, "# expects: act, expects or implies, one of these acts before it\n");
    for (uint16_t a = 0; a < m->act_count; a++) {
        put_groups(m, &m->acts[a], "expects", m->acts[a].expects, m->acts[a].expect_count, out);
        put_groups(m, &m->acts[a], "implies", m->acts[a].implies, m->acts[a].imply_count, out);
    }
}
