#include "agents/cli/penalty_send.h"

#include <stdlib.h>
#include <string.h>

#define WAIT_MS 30000
#define TRIES_MAX 99

struct xj_penalty_pending {
    struct xj_id id;
    uint64_t row;
};

static const struct xj_slice no_column = {NULL, 0};

/* ---- what is on record ---- */

static int get_act(struct xj_penalty_sender *s, const struct xj_id *id, json_t **ret)
{
    char path[32 + XJ_ID_TEXT] = "/api/acts/";
    long status;
    struct xj_buf text;
    xj_id_format(id, path + strlen(path));
    xj_buf_init(&text, 4096);
    enum xj_err err = xj_client_call(s->client, "GET", path, NULL, &status, ret, &text);
    int rc = XJ_EXIT_OK;
    if (err != XJ_OK) {
        rc = xj_fail(s->cli, err, &text);
    } else if (status != 200) {
        rc = status == 404 ? XJ_EXIT_NOT_FOUND : XJ_EXIT_WORLD;
        if (rc == XJ_EXIT_WORLD)
            xj_tell(s->cli, "%s（HTTP %ld）", "%s (HTTP %ld)", xj_client_error_text(json_object_get(*ret, "error"), s->cli->zh), status);
        json_decref(*ret);
        *ret = NULL;
    }
    xj_buf_free(&text);
    return rc;
}

static const char *text_of(const json_t *o, const char *key)
{
    const char *s = json_string_value(json_object_get(o, key));
    return s != NULL ? s : "";
}

static bool is_refused(const json_t *act)
{
    return strcmp(text_of(act, "status"), "refused") == 0;
}

static bool is_same(const json_t *act, const struct xj_penalty_row *row)
{
    char hex[2 * XJ_HASH_SIZE + 1];
    xj_hex(row->digest.b, XJ_HASH_SIZE, hex);
    return strcmp(text_of(json_object_get(act, "body"), "import_row"), hex) == 0;
}

static void note_changed(struct xj_penalty_sender *s, const struct xj_penalty_row *row, const json_t *act)
{
    s->refused++;
    xj_notes_add(&s->refusals, row->row, no_column,
                 "%s 已在册（行为 %s，案件 %s），内容与本行不同；在册的内容只能用更正（amends）改正，不能重新导入",
                 "%s is on record (act %s, case %s) with other content than this row; what is on record is corrected by an amendment (amends), not by another import",
                 row->number, text_of(act, "id"), text_of(act, "case"));
}

static void note_refusal(struct xj_penalty_sender *s, uint64_t row, const json_t *error)
{
    s->refused++;
    const char *remedy_zh = text_of(error, "remedy_zh"), *remedy_en = text_of(error, "remedy_en");
    /* Both texts take the words of both languages; each shows its own. */
    xj_notes_add(&s->refusals, row, no_column, "%s%.0s（%s）%s%s%.0s", "%.0s%s (%s)%.0s%s%s", xj_client_error_text(error, true),
                 xj_client_error_text(error, false), text_of(error, "code"), remedy_zh[0] != '\0' ? "：" : "", remedy_zh, remedy_en);
}

enum fate { FATE_SEND = 1, FATE_THERE, FATE_CHANGED, FATE_FAILED };

/* What is to be done with a row: the first try whose id is new or stands. *ret_refused: the id before, that was refused; else nil. */
static enum fate look_up(struct xj_penalty_sender *s, const struct xj_penalty_row *row, struct xj_id *ret_id, struct xj_id *ret_refused, int *ret_exit)
{
    *ret_refused = (struct xj_id){{0}};
    for (int try = 1; try <= TRIES_MAX; try++) {
        json_t *act = NULL;
        *ret_id = xj_penalty_id(s->agency, row->number, row->ordinal, try);
        int rc = get_act(s, ret_id, &act);
        if (rc == XJ_EXIT_NOT_FOUND)
            return FATE_SEND;
        *ret_exit = rc;
        if (rc != XJ_EXIT_OK)
            return FATE_FAILED;
        bool refused = is_refused(act), same = is_same(act, row);
        if (!refused && !same)
            note_changed(s, row, act);
        json_decref(act);
        if (!refused)
            return same ? FATE_THERE : FATE_CHANGED;
        *ret_refused = *ret_id;
    }
    xj_tell(s->cli, "%s 已被拒绝 %d 次", "%s was refused %d times", row->number, TRIES_MAX);
    *ret_exit = XJ_EXIT_REFUSED;
    return FATE_FAILED;
}

/* ---- sending ---- */

static bool remember(struct xj_penalty_sender *s, const struct xj_id *id, uint64_t row)
{
    if (s->pending_count == s->pending_cap) {
        size_t cap = s->pending_cap > 0 ? 2 * s->pending_cap : XJ_PENALTY_WINDOW;
        struct xj_penalty_pending *list = realloc(s->pending, cap * sizeof *list);
        if (list == NULL)
            return false;
        s->pending = list;
        s->pending_cap = cap;
    }
    s->pending[s->pending_count++] = (struct xj_penalty_pending){*id, row};
    return true;
}

static int handed_over(struct xj_penalty_sender *s, const json_t *answer)
{
    s->window++;
    if (is_refused(answer)) {
        note_refusal(s, s->held.row, json_object_get(answer, "refusal"));
        return XJ_EXIT_OK;
    }
    s->sent++;
    if (strcmp(text_of(answer, "status"), "queued") == 0 && !remember(s, &s->held_id, s->held.row))
        return xj_fail(s->cli, XJ_ENOMEM, NULL);
    return XJ_EXIT_OK;
}

static int post(struct xj_penalty_sender *s, json_int_t wait_ms)
{
    char id[XJ_ID_TEXT];
    long status;
    json_t *answer = NULL;
    struct xj_buf text;
    int rc = XJ_EXIT_OK;
    xj_id_format(&s->held_id, id);
    (void)json_object_set_new(s->held.request, "id", json_string(id));
    (void)json_object_set_new(s->held.request, "wait_ms", json_integer(wait_ms));
    xj_buf_init(&text, 4096);
    enum xj_err err = xj_client_call(s->client, "POST", "/api/acts", s->held.request, &status, &answer, &text);
    const json_t *error = json_object_get(answer, "error");
    if (err != XJ_OK)
        rc = xj_fail(s->cli, err, &text);
    else if (status == 200)
        rc = handed_over(s, answer);
    else if (status == 400 || status == 409)
        note_refusal(s, s->held.row, error);
    else {
        xj_tell(s->cli, "第 %llu 行没有发出：%s（HTTP %ld）", "row %llu was not sent: %s (HTTP %ld)", (unsigned long long)s->held.row,
                xj_client_error_text(error, s->cli->zh), status);
        rc = status == 503 ? XJ_EXIT_UNREACHABLE : XJ_EXIT_WORLD;
    }
    json_decref(answer);
    xj_buf_free(&text);
    xj_penalty_row_free(&s->held);
    return rc;
}

/* Looks at the acts that were not answered when they were handed over; those still unanswered stay in the list. */
static int look_at_answers(struct xj_penalty_sender *s)
{
    size_t kept = 0;
    int rc = XJ_EXIT_OK;
    for (size_t i = 0; i < s->pending_count; i++) {
        json_t *act = NULL;
        if (rc == XJ_EXIT_OK)
            rc = get_act(s, &s->pending[i].id, &act);
        if (rc == XJ_EXIT_NOT_FOUND) /* in the ledger, and not in the view yet */
            rc = XJ_EXIT_OK;
        if (is_refused(act)) {
            s->sent--;
            note_refusal(s, s->pending[i].row, json_object_get(act, "refusal"));
        } else if (act == NULL || strcmp(text_of(act, "status"), "queued") == 0)
            s->pending[kept++] = s->pending[i];
        json_decref(act);
    }
    s->pending_count = kept;
    return rc;
}

/* The last of a window waits until the exchange has answered it, and with it those before. */
static int send_held(struct xj_penalty_sender *s, bool last)
{
    if (s->held.request == NULL)
        return XJ_EXIT_OK;
    bool wait = (last || s->window + 1 >= XJ_PENALTY_WINDOW) && !s->silent;
    int rc = post(s, wait ? WAIT_MS : 0);
    if (!wait || rc != XJ_EXIT_OK)
        return rc;
    s->window = 0;
    rc = look_at_answers(s);
    s->silent = s->pending_count > 0;
    return rc;
}

int xj_penalty_send(struct xj_penalty_sender *s, struct xj_penalty_row *row)
{
    struct xj_id id, refused;
    int rc = XJ_EXIT_OK;
    enum fate fate = look_up(s, row, &id, &refused, &rc);
    s->there += fate == FATE_THERE;
    if (fate != FATE_SEND || s->dry) {
        s->sent += fate == FATE_SEND;
        xj_penalty_row_free(row);
        return fate == FATE_FAILED ? rc : XJ_EXIT_OK;
    }
    rc = send_held(s, false);
    enum xj_err err = rc == XJ_EXIT_OK ? xj_penalty_papers_add(s->papers, row) : XJ_OK;
    if (err != XJ_OK)
        rc = xj_fail(s->cli, err, NULL);
    if (rc != XJ_EXIT_OK) {
        xj_penalty_row_free(row);
        return rc;
    }
    if (!xj_id_is_nil(&refused)) {
        char text[XJ_ID_TEXT];
        xj_id_format(&refused, text);
        (void)json_object_set_new(row->request, "reissue", json_string(text));
    }
    s->held = *row;
    s->held_id = id;
    *row = (struct xj_penalty_row){.row = 0};
    return XJ_EXIT_OK;
}

int xj_penalty_send_end(struct xj_penalty_sender *s)
{
    int rc = send_held(s, true);
    if (rc == XJ_EXIT_OK && s->pending_count > 0)
        rc = look_at_answers(s);
    s->unanswered = s->pending_count;
    return rc;
}

void xj_penalty_sender_free(struct xj_penalty_sender *s)
{
    xj_penalty_row_free(&s->held);
    xj_notes_free(&s->refusals);
    free(s->pending);
    s->pending = NULL;
}
