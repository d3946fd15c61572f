/* Tables that people hand in: CSV in any encoding, JSON, and the rows of penalty decisions in them. The first byte chooses: the CSV
 * reader alone, or the whole way to a request. Whatever the bytes are, reading ends, text is UTF-8, and what was found sound once
 * is found sound again, with the same id and digest.
 * Build: clang -fsanitize=fuzzer,address,undefined. Spec: spec/15-penalty-records.md. */
#include "agents/cli/penalty_papers.h"
#include "schema/base/civil.h"
#include "schema/base/utf8.h"
#include "tests/fuzz/fuzz.h"

static json_t *names;

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    (void)argc;
    (void)argv;
    names = json_pack("[s]", "济宁市市场监督管理局");
    must(names != NULL);
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

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0)
        return 0;
    struct xj_slice bytes = xj_slice_of(data + 1, size - 1);
    const enum xj_csv_encoding encoding = (enum xj_csv_encoding)(data[0] / 2 % 3);
    if (data[0] % 2 == 0)
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
