#include "schema/procedure/figures.h"

#include <string.h>

static const struct xj_figure_name names[] = {
    {"standard", "达到立案追诉标准的百分比", "percent of the filing standard"},
    {"prompt", "立案追诉标准需人工判断", "filing standard to be judged by a person"},
    {"repeats", "两年内同类处罚次数", "earlier penalties for the same within two years"},
    {"fragments", "同一当事人、同一物品或者鉴定的其他案件数", "other cases of the same party, goods or appraisal"},
    {"rivals", "处罚同一行为的其他机关数", "other agencies that penalised the same conduct"},
    {"same_number", "使用同一文号的其他决定数", "other decisions under the same number"},
    {"elsewhere", "同一当事人在其他案件中已移送或者立案的次数", "transfers or filings of the same party in other cases"},
    {"below_minimum", "低于法定罚款下限", "below the least fine"},
    {"flags", "以罚代刑疑点数", "signs of a penalty in place of prosecution"},
    {"discussed", "经集体讨论或者鉴定", "discussed collectively or appraised"},
    {"fine", "罚款数额（分）", "fine (fen)"},
    {"criminal_fine_before", "此前罚金数额（分）", "earlier criminal fine (fen)"},
    {"fine_not_offset", "未折抵的罚款数额（分）", "fine not offset (fen)"},
    {"items_short", "短少的物品数", "items short"},
    {"officers", "执法人员数", "officers"},
    {"officers_invalid", "证件无效的执法人员数", "officers without a valid certificate"},
    {"entrustment_invalid", "无效的委托数", "entrustments not in force"},
};

const struct xj_figure_name *xj_figure_at(size_t i)
{
    return i < sizeof names / sizeof names[0] ? &names[i] : NULL;
}

const struct xj_figure_name *xj_figure_name(const char *word)
{
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (strcmp(names[i].word, word) == 0)
            return &names[i];
    return NULL;
}
