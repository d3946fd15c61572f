/* Tables that people hand in: CSV in any encoding, JSON, the rows of penalty decisions in them, and certificates and entrustments. The
 * first byte chooses: the CSV reader alone, or the whole way to a request or to changes of the register. Whatever the bytes are,
 * reading ends, text is UTF-8, and what was found sound once is found sound again, with the same id and digest; a sound table of facts
 * is taken by the register's own checks.
 * Build: clang -fsanitize=fuzzer,address,undefined. Spec: spec/15-penalty-records.md; spec/06-register.md, section 9. */
#include "agents/cli/penalty_papers.h"
#include "agents/cli/register_rows.h"
#include "schema/base/utf8.h"
#include "schema/ledger/memory_store.h"
#include "schema/trust/register_facts.h"
#include "schema/wire/pack.h"
#include "tests/fuzz/fuzz.h"

static json_t *names;
static struct xj_agency_names *agencies;

/* A store that holds one agency, as the register would. */
static void put_agency(struct xj_store *store)
{
    struct xj_buf key, value;
    xj_buf_init(&key, 256);
    xj_buf_init(&value, 256);
    xj_fact_prefix(&key, xj_slice_cstr("agency"), xj_slice_cstr("370800-scjgj"));
    xj_fact_number(&key, 1);
    xj_put_map(&value, 2);
    xj_put_cstr(&value, "name");
    xj_put_cstr(&value, "某局");
    xj_put_cstr(&value, "aliases");
    xj_put_array(&value, 1);
    xj_put_cstr(&value, "局");
    must(store->put(store->ctx, xj_buf_slice(&key), xj_buf_slice(&value)) == XJ_OK);
    xj_buf_free(&key);
    xj_buf_free(&value);
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    (void)argc;
    (void)argv;
    names = json_pack("[s]", "济宁市市场监督管理局");
    struct xj_memory_store *memory = xj_memory_store_new();
    must(names != NULL && memory != NULL);
    struct xj_store store = xj_memory_store_of(memory);
    put_agency(&store);
    must(xj_agency_names_load(&store, &agencies) == XJ_OK);
    xj_memory_store_free(memory);
    return 0;
}

static void read_csv(struct xj_slice bytes, enum xj_csv_encoding encoding)
{
    struct xj_csv *r = NULL;
    const struct xj_csv_fault *faults;
    size_t total = 0;
    uint64_t record = 0, line = 0;
    must(xj_csv_open(bytes, encoding, &r) == XJ_OK);
    while (xj_csv_next(r)) {
        must(xj_csv_record(r) == ++record && xj_csv_line(r) > line && xj_csv_count(r) >= 1 && xj_csv_count(r) <= XJ_CSV_FIELDS);
        line = xj_csv_line(r);
        for (size_t i = 0; i < xj_csv_count(r); i++) {
            must(xj_csv_field(r, i).n <= XJ_CSV_FIELD_BYTES && xj_utf8_valid(xj_csv_field(r, i)));
            total += xj_csv_field(r, i).n;
        }
        size_t n = xj_csv_faults(r, &faults);
        for (size_t i = 0; i < n; i++)
            must(faults[i].wrong != XJ_CSV_FINE && xj_csv_text(faults[i].wrong, true)[0] != '\0');
    }
    must(xj_csv_err(r) == XJ_OK && total <= 3 * bytes.n);
    xj_csv_close(r);
}

/* What one reading of the file found. */
struct found {
    struct xj_notes errors, warnings;
    size_t rows;
    struct xj_hash chain; /* over ids and digests of the sound rows */
};

static void see_row(struct found *f, struct xj_penalty_row *row)
{
    struct xj_id id = xj_penalty_id("370800-scjgj", row->number, row->ordinal, 1);
    const struct xj_slice parts[] = {xj_hash_slice(&f->chain), xj_id_slice(&id), xj_hash_slice(&row->digest)};
    struct xj_buf name;
    char *text = json_dumps(row->request, JSON_COMPACT);
    must(text != NULL && xj_utf8_valid(xj_slice_cstr(text)) && row->number[0] != '\0' && row->ordinal >= 1);
    free(text);
    xj_buf_init(&name, 1024);
    xj_penalty_paper_name(row->number, row->ordinal, &name);
    must(name.err == XJ_OK && name.n > 0 && memchr(name.p, '/', name.n) == NULL && name.p[0] != '.');
    xj_buf_free(&name);
    f->chain = xj_sha256(parts, 3);
    f->rows++;
    xj_penalty_row_free(row);
}

static struct found read_rows(struct xj_slice bytes, enum xj_csv_encoding encoding)
{
    struct found f = {.rows = 0};
    struct xj_penalty_import *import = calloc(1, sizeof *import);
    struct xj_rows *rows = NULL;
    struct xj_penalty_row row;
    bool sound;
    must(import != NULL);
    import->agency = "370800-scjgj";
    import->names = names;
    import->today = 20000;
    import->drafted_by = import->approved_by = "甲";
    must(xj_rows_open(bytes, encoding, xj_penalty_column, &import->table, &f.errors, &rows) == XJ_OK);
    while (xj_rows_next(rows, &sound)) {
        uint64_t before = f.errors.total;
        enum xj_err err = sound ? xj_penalty_row(import, rows, &f.errors, &f.warnings, &row) : XJ_EMALFORMED;
        must(err == XJ_OK || err == XJ_EMALFORMED);
        must(err != XJ_OK || f.errors.total == before); /* a sound row has no error */
        if (err == XJ_OK)
            see_row(&f, &row);
    }
    must(xj_rows_err(rows) == XJ_OK);
    xj_rows_close(rows);
    free(import);
    return f;
}

static void check_notes(const struct xj_notes *n)
{
    must(n->err == XJ_OK && n->count <= XJ_NOTES_MAX && n->total >= n->count);
    for (size_t i = 0; i < n->count; i++) {
        must(n->list[i].zh[0] != '\0' && n->list[i].en[0] != '\0' && xj_utf8_valid(xj_slice_cstr(n->list[i].zh)));
        must(n->list[i].column == NULL || xj_utf8_valid(xj_slice_cstr(n->list[i].column)));
    }
}

static void try_rows(struct xj_slice bytes, enum xj_csv_encoding encoding)
{
    struct found first = read_rows(bytes, encoding), second = read_rows(bytes, encoding);
    check_notes(&first.errors);
    check_notes(&first.warnings);
    must(first.rows == second.rows && first.errors.total == second.errors.total && xj_hash_eq(&first.chain, &second.chain));
    xj_notes_free(&first.errors);
    xj_notes_free(&first.warnings);
    xj_notes_free(&second.errors);
    xj_notes_free(&second.warnings);
}

static void try_facts(struct xj_slice bytes, const char *kind)
{
    struct xj_notes errors = {.list = NULL};
    struct xj_changes changes;
    xj_changes_init(&changes);
    must(xj_register_rows(kind, bytes, XJ_CSV_GUESS, agencies, &changes, &errors) == XJ_OK);
    for (size_t i = 0; errors.total == 0 && i < changes.count; i++) {
        const struct xj_reg_change *c = &changes.list[i];
        struct xj_doc doc = {.open = false};
        must(c->value.n == 0 || xj_doc_open(&doc, c->value, XJ_MAX_REGISTER_NODES) == XJ_OK);
        must(xj_fact_fault(c->kind, c->id, c->value.n > 0 ? &doc.root : NULL) == NULL);
        xj_doc_close(&doc);
    }
    check_notes(&errors);
    xj_notes_free(&errors);
    xj_changes_free(&changes);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0)
        return 0;
    struct xj_slice bytes = xj_slice_of(data + 1, size - 1);
    const enum xj_csv_encoding encoding = (enum xj_csv_encoding)(data[0] / 2 % 3);
    if (data[0] == 'c' || data[0] == 'e')
        try_facts(bytes, data[0] == 'c' ? "certificate" : "entrustment");
    else if (data[0] % 2 == 0)
        read_csv(bytes, encoding);
    else
        try_rows(bytes, encoding);
    return 0;
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned seed)
{
    static const char *const texts[] = {
        "1行政相对人名称,行政相对人类别,CF_XDR_SHXYM,证件类型,证件号码,决定书文号,违法行为类型,处罚类别,罚款金额（万元）,处罚决定日期,处罚机关,行为日,不罚轻罚,执法人员及证号\r\n"
        "某公司,法人,91110000101623741K,,,1号,无照经营,\"罚款、没收\",0.05,2024-03-02,济宁市市场监督管理局,2024年2月至2024年3月1日,从轻,张三（1）、李四（2）\r\n",
        "1[{\"CF_XDR_MC\":\"孙某\",\"CF_XDR_ZJHM\":\"11010519491231002X\",\"CF_WSH\":\"2号\",\"CF_JDRQ\":20240302,\"CF_CFLB\":\"不予处罚\",\"是否鉴定\":true,\"x_\":null},\n"
        "{\"CF_XDR_MC\":\"钱某\",\"CF_WSH\":\"3号\",\"CF_JDRQ\":\"2024年3月2日\",\"金额:sales_amount（万元）\":\"1,234.5\",\"数量:timber:m3\":7,\"委托书文号\":\"委1号\",\"涉嫌罪名\":\"甲罪；乙罪\"}]",
        "5\xD0\xD0\xD5\xFE\xCF\xE0\xB6\xD4\xC8\xCB\xC3\xFB\xB3\xC6,CF_WSH,CF_JDRQ,BZ\n\xC4\xB3,\"4\xBA\xC5\",2024.3.2,\"a\"\"b\nc\"\n\n,,,\n",
        "c执法机关,执法证号,姓名,有效期起,有效期止,证件形式,注销\n某局,1,甲,2021-10-01,2026年9月30日,电子,\n370800-scjgj,2,乙,20211001,20260930,card,是\n",
        "e[{\"bureau\":\"局\",\"township\":\"某局\",\"number\":\"委1号\",\"items\":\"甲、乙\",\"powers\":\"罚款\",\"from\":20260101,\"to\":\"2026-12-31\",\"area\":\"镇\"}]",
        "0\"a,b\",c\r\n\"d\"\"\n\",e\nf,",
    };
    if (fuzz_wants_specimen(seed)) {
        struct xj_buf out;
        xj_buf_init(&out, 65536);
        xj_buf_add_str(&out, texts[seed / 16 % (sizeof texts / sizeof *texts)]);
        size = fuzz_take(&out, data, size, max_size);
    }
    return fuzz_mutate(data, size, max_size, seed);
}
