/* Tables of who may do what, where: what the exchange says of an act in a state of its case, one letter for each kind of agency.
 * For tests of the law (tests/law/test_authorization*.c); the expected letters are written by hand from the texts. One thread; asserts with
 * cmocka. Not part of the programs. Spec: spec/04-exchange.md section 6, spec/09-fold.md sections 4 and 6.
 *
 * Six columns: bureau, police, procuratorate, court, supervisory, justice. A cell is
 *   +  admitted, no breach          s  breach step       p  breach paper     o  breach organ      L  breach late
 *                                   r  breach role       b  breach penalty_after_transfer         #  several codes
 *   .  refused role                 x  may_not_act       ?  answer_missing   a  answer_not_asked  v  answer_not_visible
 *   u  answer_unknown               !  answer_taken      =  already          @  recipient_missing i  instrument
 *   l  late_only                    t  track             ~  any other code
 *
 * Agencies are letters: B P J C S D of the six columns; b p j c s others of the same kinds; T another bureau, of which no table asks. */
#ifndef XJ_TEST_AUTHORIZATION_H
#define XJ_TEST_AUTHORIZATION_H

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "tests/unit/engineworld.h"

/* How an act stands where nothing has been asked: `cells` has four groups of six letters, parted by a space: as the first act of a
 * case; in a case that others opened and the doer does not know; in one to which all are party, with nothing of the matter on
 * record; as a late entry of 2026-02-02 in a new case. `to`: whom it is for, the first of these letters that is not the doer;
 * NULL: nobody is named. */
struct standing {
    const char *act, *cells, *to;
};

/* How an act stands after others. `before` is played first, words parted by spaces: B:act, B:act>P (for P), B:act>PJ, B*act (late
 * entry), B~act (voids B's last act of that name); all of it must be admitted. */
struct state {
    const char *act, *before, *cells;
    const char *to;      /* as above */
    const char *by;      /* other doers for the six columns; '-' leaves a column out */
    const char *without; /* carries all papers but this kind */
    const char *answers; /* "act question": names exactly the question that the last act so named asked; "none": names none */
    bool late;
};
/* AFTER(act, before, cells, .to = …, …) */
#define AFTER(act_name, played, ...) {.act = (act_name), .before = (played), .cells = __VA_ARGS__}

/* What is played before the standings: everybody is party to the second, nobody asked is to the first. */
struct standing_scenes {
    const char *strangers, *known;
};

/* Each fails the test after all lines were looked at, and names every cell that is other than written. */
void assert_standings(struct world *w, const struct standing_scenes *scenes, const struct standing *lines, size_t n);
void assert_states(struct world *w, const struct state *lines, size_t n);
/* Every act of the procedure has exactly one line, and no line another name; each act that may answer a question has a line among
 * the states in which it is done after others. */
void assert_every_act(const struct world *w, const struct standing *lines, size_t n, const struct state *states, size_t state_count);

#endif
