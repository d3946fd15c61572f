#include "schema/ledger/verify.h"

#include <stdlib.h>
#include <string.h>

#include "schema/ledger/verify_private.h"

#define SCRATCH_CEILING (4u * 1024 * 1024) /* bytes; above any entry, object or fact */

static const char *const names[XJ_V_CHECKS] = {
    [XJ_V_BYTES] = "bytes",         [XJ_V_REGISTER] = "register",       [XJ_V_SIGNATURES] = "signatures",
    [XJ_V_NUMBERING] = "numbering", [XJ_V_PROOFS] = "proofs",           [XJ_V_CHECKPOINTS] = "checkpoints",
    [XJ_V_OBJECTS] = "objects",     [XJ_V_COMPLETENESS] = "completeness",
};

static const struct {
    enum xj_check check;
    const char *zh, *en;
} faults[XJ_FAULT_COUNT] = {
    [XJ_FAULT_TABLES] = {XJ_V_BYTES, "表或列与规范不符", "tables or columns are not those of the spec"},
    [XJ_FAULT_META] = {XJ_V_BYTES, "文件的格式、编号或所有者不成立", "format, store id or owner of the file are unsound"},
    [XJ_FAULT_READ] = {XJ_V_BYTES, "数据库页面损坏,读不出", "the database cannot be read here"},
    [XJ_FAULT_GAP] = {XJ_V_BYTES, "条目编号有缺口", "an entry number is missing"},
    [XJ_FAULT_KIND] = {XJ_V_BYTES, "此类条目不属于本文件", "an entry of this kind does not belong here"},
    [XJ_FAULT_SHAPE] = {XJ_V_BYTES, "条目内容不合其种类的格式", "the entry has not the form of its kind"},
    [XJ_FAULT_LEAF] = {XJ_V_BYTES, "叶哈希与条目内容不符", "the leaf is not what its row gives"},
    [XJ_FAULT_NODE] = {XJ_V_BYTES, "树节点与叶不符", "a tree node is not what the leaves give"},
    [XJ_FAULT_OBJECT_DIGEST] = {XJ_V_BYTES, "对象与其摘要不符", "an object has not its digest"},
    [XJ_FAULT_PAGES] = {XJ_V_BYTES, "数据库页面或索引损坏", "pages or indexes of the database are damaged"},
    [XJ_FAULT_ROOT_KEY] = {XJ_V_REGISTER, "文件所记根公钥与给定的不同", "the file was made for another root key"},
    [XJ_FAULT_REGISTER_ENTRY] = {XJ_V_REGISTER, "登记条目的编号、链接、签名或内容不成立",
                                 "number, chain, signature or content of a register entry is unsound"},
    [XJ_FAULT_FROM] = {XJ_V_SIGNATURES, "发文机关不是应签名的机关", "the sender is not the agency that had to sign"},
    [XJ_FAULT_KEY] = {XJ_V_SIGNATURES, "登记中没有签名人当时的公钥", "the register has no key of the signer at that number"},
    [XJ_FAULT_REGISTER_AHEAD] = {XJ_V_SIGNATURES, "所引登记编号不在本文件中",
                                 "the register number named is not in this file"},
    [XJ_FAULT_SIGNATURE] = {XJ_V_SIGNATURES, "签名不成立", "the signature does not verify"},
    [XJ_FAULT_OWN_NUMBER] = {XJ_V_NUMBERING, "发文编号不连续", "a submission number is not the next one"},
    [XJ_FAULT_PREVIOUS] = {XJ_V_NUMBERING, "与上一份发文的链接不成立", "a submission is not chained to the one before"},
    [XJ_FAULT_ALONE] = {XJ_V_NUMBERING, "消息与其裁断不相邻", "message and statement are not next to each other"},
    [XJ_FAULT_SEQ] = {XJ_V_NUMBERING, "裁断所记位置不是条目编号", "the position stated is not the entry number"},
    [XJ_FAULT_REBUILD] = {XJ_V_NUMBERING, "重建条目所记数目与其后交回的条目不符", "a rebuild entry counts other entries than follow it"},
    [XJ_FAULT_UNRECOVERED] = {XJ_V_NUMBERING, "未追回编号的声明不接续", "an unrecovered run does not continue the numbers"},
    [XJ_FAULT_MAILBOX] = {XJ_V_NUMBERING, "收件编号不连续", "a mailbox number is not the next one"},
    [XJ_FAULT_ANSWER] = {XJ_V_NUMBERING, "裁断所指的消息不在本文件中", "a statement answers no message of this file"},
    [XJ_FAULT_ANSWER_TWICE] = {XJ_V_NUMBERING, "一份发文有两份裁断", "a submission is answered twice"},
    [XJ_FAULT_REFUSED] = {XJ_V_NUMBERING, "退回所记的机关或编号与消息不符",
                          "a refusal names another agency, id or number than its message"},
    [XJ_FAULT_FEED] = {XJ_V_NUMBERING, "送达编号不连续", "a feed number is not the next one"},
    [XJ_FAULT_STORED_RANGE] = {XJ_V_NUMBERING, "入库声明所指的收件编号不成立",
                               "a stored statement names mailbox numbers it may not"},
    [XJ_FAULT_STORED_ROOT] = {XJ_V_NUMBERING, "入库声明的根哈希不成立", "the root of a stored statement is wrong"},
    [XJ_FAULT_STORED_HEAD] = {XJ_V_NUMBERING, "入库声明的账本长度或账本根不成立",
                              "ledger size or head in a stored statement is wrong"},
    [XJ_FAULT_RECOVERED] = {XJ_V_NUMBERING, "账本恢复声明与所丢账本的记录或本文件不符",
                            "a recovered statement is not what the record of the lost ledger, or this file, gives"},
    [XJ_FAULT_STORED_ABSENT] = {XJ_V_PROOFS, "送达所指的入库声明不在本文件中或与之不符",
                                "the stored statement of a delivery is absent or differs"},
    [XJ_FAULT_PATH] = {XJ_V_PROOFS, "送达路径通不到入库声明的根", "a path does not lead to the stored root"},
    [XJ_FAULT_PATH_ABSENT] = {XJ_V_PROOFS, "送达路径缺失或多余", "a path is missing, or given where none belongs"},
    [XJ_FAULT_CHECKPOINT_NOTE] = {XJ_V_CHECKPOINTS, "检查点的格式或签名不成立", "a checkpoint's form or signature is unsound"},
    [XJ_FAULT_CHECKPOINT_ROOT] = {XJ_V_CHECKPOINTS, "检查点的根不是该长度的树根",
                                  "a checkpoint's root is not that of the tree at its size"},
    [XJ_FAULT_CHECKPOINT_GONE] = {XJ_V_CHECKPOINTS, "条目所记的检查点不在", "a checkpoint that an entry speaks of is gone"},
    [XJ_FAULT_BODY] = {XJ_V_OBJECTS, "缺正文", "a body is missing"},
    [XJ_FAULT_KEYS] = {XJ_V_OBJECTS, "缺密钥包", "keys are missing"},
    [XJ_FAULT_CAME_BACK] = {XJ_V_OBJECTS, "依命令销毁的内容仍在文件中", "content that was destroyed by order is there"},
    [XJ_FAULT_PAPER] = {XJ_V_OBJECTS, "缺文书", "a paper is missing"},
};

void xj_v_report(struct xj_verify *v, enum xj_fault fault, uint64_t entry)
{
    enum xj_check check = faults[fault].check;
    if (v->checks[check].fault != XJ_FAULT_NONE && v->checks[check].entry <= entry)
        return;
    v->checks[check].fault = fault;
    v->checks[check].entry = entry;
}

void xj_v_counted(struct xj_verify *v, enum xj_check check)
{
    v->checks[check].count++;
}

bool xj_v_good(struct xj_verify *v, enum xj_err err)
{
    if (xj_sql_says_nothing(err))
        v->err = err;
    return err == XJ_OK;
}

bool xj_v_read(struct xj_verify *v, int rc)
{
    return xj_v_good(v, xj_sql_error(v->db, rc));
}

static enum xj_err note_key(char kind, struct xj_slice key, struct xj_buf *ret)
{
    xj_buf_init(ret, 256);
    xj_buf_add(ret, &kind, 1);
    xj_buf_add_slice(ret, key);
    return ret->err;
}

bool xj_v_put(struct xj_verify *v, char kind, struct xj_slice key, const void *value, size_t n)
{
    struct xj_buf k;
    struct xj_store notes = xj_memory_store_of(v->notes);
    enum xj_err err = note_key(kind, key, &k);
    if (err == XJ_OK)
        err = notes.put(notes.ctx, xj_buf_slice(&k), xj_slice_of(value, n));
    xj_buf_free(&k);
    if (err != XJ_OK)
        v->err = err;
    return err == XJ_OK;
}

bool xj_v_get(struct xj_verify *v, char kind, struct xj_slice key, void *value, size_t n)
{
    struct xj_buf k;
    struct xj_store notes = xj_memory_store_of(v->notes);
    enum xj_err err = note_key(kind, key, &k);
    if (err == XJ_OK)
        err = notes.get(notes.ctx, xj_buf_slice(&k), &v->value);
    xj_buf_free(&k);
    if (err == XJ_OK && n > 0)
        memcpy(value, v->value.p, v->value.n < n ? v->value.n : n);
    if (err != XJ_OK && err != XJ_ENOTFOUND)
        v->err = err;
    return err == XJ_OK;
}

void xj_v_counts_get(struct xj_verify *v, struct xj_slice agency, struct xj_v_counts *ret)
{
    memset(ret, 0, sizeof *ret);
    (void)xj_v_get(v, XJ_NOTE_COUNTS, agency, ret, sizeof *ret); /* none yet: all zero */
}

void xj_v_counts_put(struct xj_verify *v, struct xj_slice agency, const struct xj_v_counts *counts)
{
    (void)xj_v_put(v, XJ_NOTE_COUNTS, agency, counts, sizeof *counts); /* a failure is in v->err */
}

void xj_v_rows(struct xj_verify *v, xj_v_row *visit)
{
    sqlite3_stmt *st = NULL;
    int rc = SQLITE_DONE;
    size_t place = 0;
    uint64_t n = 0;
    if (v->err == XJ_OK)
        v->err = xj_sql_take(v->db, XJ_SQL_ENTRY_FROM, &st);
    if (v->err != XJ_OK)
        return;
    xj_sql_bind_number(st, 1, 1);
    while (v->err == XJ_OK && (rc = sqlite3_step(st)) == SQLITE_ROW) {
        const int64_t kind = sqlite3_column_int64(st, 1);
        n = (uint64_t)sqlite3_column_int64(st, 0);
        if (v->judged_at != NULL && place >= v->rows) { /* a damaged tree can show more rows than when they were counted */
            xj_v_report(v, XJ_FAULT_READ, n);
            break;
        }
        struct xj_entry e = {.n = n, .time_ms = sqlite3_column_int64(st, 2),
                             .kind = kind > 0 && kind <= XJ_ENTRY_LAST ? (enum xj_entry_kind)kind : XJ_ENTRY_INVALID};
        v->row_kind = kind;
        if (v->judged_at != NULL && v->formless[place] != 0)
            e.kind = XJ_ENTRY_INVALID;
        e.head = xj_sql_bytes(st, 3);
        e.sig = xj_sql_bytes(st, 4);
        struct xj_slice leaf = xj_sql_bytes(st, 5);
        if (xj_v_read(v, sqlite3_errcode(v->db->handle)))
            visit(v, &e, place++, leaf);
    }
    if (!xj_v_read(v, rc) || (rc == SQLITE_DONE && v->judged_at != NULL && place < v->rows)) /* nor may it show fewer */
        xj_v_report(v, XJ_FAULT_READ, n + 1);
    xj_sql_give(v->db, XJ_SQL_ENTRY_FROM, st);
}

static enum xj_err begin(struct xj_verify *v, const char *path, const uint8_t *root_key)
{
    struct xj_db_options o = {.path = path, .read_only = true};
    enum xj_err err = xj_db_open(&o, xj_env_system(), &v->db, NULL);
    if (err != XJ_OK)
        return err;
    v->root_key = root_key;
    v->owner = xj_db_owner(v->db);
    v->journal = strcmp(v->db->format, "xianjie journal 1") == 0;
    xj_buf_init(&v->scratch, SCRATCH_CEILING);
    xj_buf_init(&v->value, SCRATCH_CEILING);
    xj_buf_init(&v->open_head, SCRATCH_CEILING);
    v->register_pairs = xj_memory_store_new();
    v->notes = xj_memory_store_new();
    return v->register_pairs == NULL || v->notes == NULL ? XJ_ENOMEM : XJ_OK;
}

static void end(struct xj_verify *v)
{
    for (size_t i = 0; i < XJ_V_LEVELS; i++)
        free(v->tree[i].hash);
    free(v->judged_at);
    free(v->formless);
    xj_memory_store_free(v->register_pairs);
    xj_memory_store_free(v->notes);
    xj_buf_free(&v->scratch);
    xj_buf_free(&v->value);
    xj_buf_free(&v->open_head);
    xj_db_close(v->db);
}

static void tell(const struct xj_verify *v, xj_check_visit *visit, void *arg)
{
    for (size_t i = 0; i < XJ_V_CHECKS; i++) {
        enum xj_fault fault = v->checks[i].fault;
        bool open = i == XJ_V_COMPLETENESS || (fault == XJ_FAULT_NONE && v->checks[i].skipped);
        struct xj_check_result r = {.check = names[i], .count = v->checks[i].count};
        r.kind = fault != XJ_FAULT_NONE ? XJ_CHECK_BAD : open ? XJ_CHECK_NOT_CHECKABLE : XJ_CHECK_OK;
        r.entry = fault != XJ_FAULT_NONE ? v->checks[i].entry : 0;
        r.text_zh = fault != XJ_FAULT_NONE ? faults[fault].zh
                    : !open                ? ""
                    : i == XJ_V_COMPLETENESS ? "末尾是否被截去、何人未发,单凭本文件无法看出"
                                             : "因前项损坏而未能检查";
        r.text_en = fault != XJ_FAULT_NONE ? faults[fault].en
                    : !open                ? ""
                    : i == XJ_V_COMPLETENESS ? "this file alone cannot show whether its end was cut off, or what nobody sent"
                                             : "not looked at, because of the damage above";
        if (visit != NULL)
            visit(arg, &r);
    }
}

static void examine(struct xj_verify *v)
{
    if (!xj_v_tables(v)) {
        for (size_t i = XJ_V_REGISTER; i < XJ_V_COMPLETENESS; i++)
            v->checks[i].skipped = true;
        return;
    }
    xj_v_bytes(v);
    xj_v_register(v);
    if (v->journal)
        xj_v_numbering_journal(v);
    else
        xj_v_numbering_ledger(v);
    xj_v_signatures(v);
    xj_v_proofs(v);
    xj_v_checkpoints(v);
    xj_v_objects(v);
    xj_v_pages(v);
}

enum xj_err xj_verify_file(const char *path, const uint8_t root_key[32], xj_check_visit *visit, void *arg,
                           struct xj_verify_summary *ret)
{
    memset(ret, 0, sizeof *ret);
    struct xj_verify *v = calloc(1, sizeof *v);
    enum xj_err err = v == NULL ? XJ_ENOMEM : begin(v, path, root_key);
    if (err != XJ_OK)
        goto out;
    examine(v);
    err = v->err;
    if (err != XJ_OK)
        goto out;
    tell(v, visit, arg);
    ret->entries = v->rows;
    ret->ok = true;
    for (size_t i = 0; i < XJ_V_CHECKS; i++)
        ret->ok = ret->ok && v->checks[i].fault == XJ_FAULT_NONE;
    (void)xj_v_root_at(v, v->whole, &ret->root);
    memcpy(ret->owner, v->owner, strlen(v->owner) + 1);
out:
    if (v != NULL)
        end(v);
    free(v);
    return err;
}
