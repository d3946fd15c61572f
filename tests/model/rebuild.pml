/* The journal lost and rebuilt from what the agencies hold (schema/spec/04-exchange.md, 13), as a second model for Spin. That
 * frames are lost, doubled and overtaken, and processes die, is exchange.pml's matter: here each step is one exchange of frames that
 * came through, and steps come in any order. Two senders, one recipient who gets every act.
 *
 *   inline      | what it stands for
 *   ------------+-----------------------------------------------------------------------------------------------------
 *   number      | a sender's next act (5)
 *   admit       | a submission judged: the next seq and the recipient's next mailbox number (6, 7)
 *   answer      | ADMITTED reaches the sender
 *   deliver     | the next number of the mailbox; or a run that nobody handed back is crossed (13, Resuming)
 *   deliver_late| what has a number that the recipient has passed, or that another message has (13, Later)
 *   wipe        | the exchange's disk is gone
 *   hear        | one agency hands back its whole ledger
 *   resume      | all were heard, or the time to wait is over (13, Resuming)
 *   place       | the fold anew: who has which number, what is late (13, Order)
 *
 * Nothing comes again for ever, so every path ends: where no step is left, everything must be at rest. */
#ifndef MUTANT
#define MUTANT 0
#endif
#define WEAK(x) (MUTANT == R_##x)
#define R_NO_ROOM_SEQ   1 /* resuming without an agency leaves no room above the largest seq */
#define R_NO_ROOM_MAIL  2 /* … nor above the mailbox's head */
#define R_NO_RUNS       3 /* numbers in nobody's hand are not stated unrecovered */
#define R_RENUMBERED    4 /* what is handed back gets new places */
#define R_POSTED_AGAIN  5 /* it is not looked whether the recipient holds a message under another number */
#define R_LATE_IN_ORDER 6 /* a message whose number is passed or taken waits to be delivered in order */
#define R_SERVED_UNHEARD 7 /* an agency is served before it was heard */
#define R_FIRST_ONLY    8 /* of an agency heard after resuming nothing is taken */
#define R_OWN_ONCE      9 /* a submission number that is unrecovered cannot be consumed */

#ifndef LOSSES
#define LOSSES 1
#endif
#define SENDERS 2
#define ACTS 3      /* 1 and 3 are the first sender's, 2 the second's */
#define RECIPIENT 2 /* agencies 0 and 1 are the senders */
#define ALL 7
#define ROOM 8       /* more than all numbers of before: 2^20 */
#define OWNER(a) (((a) + 1) % 2)
#define BEFORE(a) ((a) == 3 -> 1 : 0) /* the sender's act before it, 0: none */

/* A claim's name is what the verifier prints when it fails. */
#define CLAIM(name, condition) name = (condition); assert(name)
hidden byte one_place;        /* no two acts have one seq, in whomever's hands, unless it resumed twice without somebody */
hidden byte one_number;       /* … nor does the recipient hold two under one number */
hidden byte applied_once;     /* the recipient holds an act once */
hidden byte fork_has_cause;   /* two statements about one act: only when it resumed without somebody */
hidden byte place_is_kept;    /* what was handed back stands where it stood */
hidden byte rest;             /* at the end: every act answered, in the recipient's ledger, and known to the exchange */

/* Ledgers: an act's seq as the statement says it that the agency holds, 0: none; the mailbox number that statement names. */
bool made[ACTS + 1];
byte sent_seq[ACTS + 1], sent_mail[ACTS + 1];
byte held_seq[ACTS + 1], held_mail[ACTS + 1], held_at[ACTS + 1]; /* held_at: the number it came under; others: as stated */
byte mailbox;                    /* the recipient's last number */

/* The exchange. */
byte seq[ACTS + 1], mail[ACTS + 1];
bool late[ACTS + 1];
byte next_seq = 1, head, acked;  /* acked: how far the recipient is known to be */
byte top;                        /* the largest seq of any statement handed back, of a second one about an act, too */
byte heard = ALL;
bool serving = true, anew;       /* anew: it was rebuilt once */
byte losses;
byte incomplete;                 /* ghost: how often it resumed without somebody */

byte a, b;                       /* of a step */

#define KNOWN(who) (heard & (1 << (who)))
#define SERVED(who) (serving && (KNOWN(who) || WEAK(SERVED_UNHEARD)))

/* ---- the fold anew ---- */

/* The message with the lowest (seq, digest: here the act) keeps the number; one that the recipient holds is not posted again, unless it came under this one. */
inline place()
{
    for (a : 1 .. ACTS) {
        late[a] = false;
        if
        :: seq[a] != 0 && !(KNOWN(RECIPIENT) && held_at[a] != 0) ->
            late[a] = KNOWN(RECIPIENT) && mail[a] <= acked;
            for (b : 1 .. ACTS) {
                late[a] = late[a] || (b != a && seq[b] != 0 && mail[b] == mail[a] && (seq[b] < seq[a] || (seq[b] == seq[a] && b < a) || (KNOWN(RECIPIENT) && held_at[b] == mail[a])))
            }
        :: else -> skip
        fi
    }
    if
    :: WEAK(LATE_IN_ORDER) -> for (a : 1 .. ACTS) { late[a] = false }
    :: else -> skip
    fi
    a = 0; b = 0
}

inline claim_places()
{
    for (a : 1 .. ACTS) {
        for (b : 1 .. ACTS) {
            CLAIM(one_number, incomplete > 1 || a == b || held_at[a] == 0 || held_at[a] != held_at[b]);
            CLAIM(one_place, incomplete > 1 || a == b || ((sent_seq[a] == 0 || (sent_seq[a] != sent_seq[b] && sent_seq[a] != held_seq[b] && sent_seq[a] != seq[b])) &&
                                        (held_seq[a] == 0 || (held_seq[a] != held_seq[b] && held_seq[a] != seq[b])) &&
                                        (seq[a] == 0 || seq[a] != seq[b])))
        }
        CLAIM(fork_has_cause, incomplete > 0 || sent_seq[a] == 0 || held_seq[a] == 0 || sent_seq[a] == held_seq[a])
    }
    a = 0; b = 0
}

/* ---- calm ---- */

inline number()
{
    if
    :: !made[1] -> made[1] = true
    :: !made[2] -> made[2] = true
    :: made[1] && !made[3] -> made[3] = true
    fi
}

/* In the order of the sender's numbers; below the last consumed only what is unrecovered. */
#define MAY_ADMIT(x) (made[x] && seq[x] == 0 && sent_seq[x] == 0 && SERVED(OWNER(x)) && (BEFORE(x) == 0 || seq[BEFORE(x)] != 0) && \
                      (!WEAK(OWN_ONCE) || (x) != 1 || seq[3] == 0))
inline admit(x)
{
    seq[x] = next_seq; next_seq++;
    head++;
    mail[x] = head; late[x] = false
}

inline answer(x)
{
    sent_seq[x] = seq[x]; sent_mail[x] = mail[x]
}

inline take(x)
{
    CLAIM(applied_once, held_at[x] == 0);
    held_seq[x] = seq[x]; held_mail[x] = mail[x]; held_at[x] = mail[x]
}

/* The act under that number in order; 0: none. */
inline find(at)
{
    a = 0;
    for (b : 1 .. ACTS) {
        if :: seq[b] != 0 && mail[b] == (at) && !late[b] && (WEAK(POSTED_AGAIN) || !KNOWN(RECIPIENT) || held_at[b] == 0) -> a = b :: else -> skip fi
    }
    b = 0
}

inline deliver()
{
    find(mailbox + 1);
    if
    :: a != 0 -> take(a); mailbox++; acked = mailbox
    :: a == 0 && anew && !WEAK(NO_RUNS) -> mailbox++; acked = mailbox /* of a run, one number at a time */
    :: else -> stuck = true
    fi;
    a = 0
}

/* ---- the disk ---- */

inline wipe()
{
    losses++;
    for (a : 1 .. ACTS) { seq[a] = 0; mail[a] = 0; late[a] = false }
    next_seq = 1; top = 0; head = 0; acked = 0; heard = 0;
    serving = false; anew = true; stuck = false; a = 0
}

inline back(x, from_seq, from_mail)
{
    if :: from_seq > top -> top = from_seq :: else -> skip fi;
    if :: from_mail > head -> head = from_mail :: else -> skip fi;
    if
    :: from_seq != 0 && seq[x] == 0 ->
        seq[x] = (WEAK(RENUMBERED) -> 20 + (x) : from_seq); mail[x] = from_mail
    :: else -> skip
    fi
}

/* What it holds is taken; while the exchange serves, too: then the fold is made anew. */
inline hear(who)
{
    heard = heard | (1 << (who));
    for (b : 1 .. ACTS) {
        if
        :: WEAK(FIRST_ONLY) && serving -> skip
        :: (who) == RECIPIENT && held_seq[b] != 0 -> back(b, held_seq[b], held_mail[b])
        :: (who) == OWNER(b) -> back(b, sent_seq[b], sent_mail[b])
        :: else -> skip
        fi
    }
    b = 0;
    if :: (who) == RECIPIENT && acked < mailbox -> acked = mailbox :: else -> skip fi;
    if :: serving && top >= next_seq -> next_seq = top + 1 :: else -> skip fi;
    if :: head < acked -> head = acked :: else -> skip fi;
    place(); stuck = false
}

inline resume()
{
    incomplete = incomplete + (heard != ALL);
    next_seq = top + 1 + (heard != ALL && !WEAK(NO_ROOM_SEQ) -> ROOM : 0);
    head = head + (heard != ALL && !WEAK(NO_ROOM_MAIL) -> ROOM : 0);
    serving = true;
    place()
}

/* ---- what is asked at every end ---- */

inline look_whether_all_rests()
{
    for (a : 1 .. ACTS) {
        CLAIM(rest, made[a] && sent_seq[a] != 0 && held_at[a] != 0 && seq[a] != 0);
        CLAIM(place_is_kept, incomplete > 0 || (seq[a] == sent_seq[a] && seq[a] == held_seq[a]))
    }
}

bool stuck; /* the recipient waits for a number that never comes */

#define SOME_LATE(x) (late[x] && seq[x] != 0 && held_at[x] == 0 && SERVED(RECIPIENT))

active proctype world()
{
    do
    :: atomic { !(made[1] && made[2] && made[3]) -> number() }
    :: d_step { MAY_ADMIT(1) -> admit(1); claim_places() }
    :: d_step { MAY_ADMIT(2) -> admit(2); claim_places() }
    :: d_step { MAY_ADMIT(3) -> admit(3); claim_places() }
    :: d_step { made[1] && seq[1] != 0 && sent_seq[1] == 0 && SERVED(0) -> answer(1); claim_places() }
    :: d_step { made[2] && seq[2] != 0 && sent_seq[2] == 0 && SERVED(1) -> answer(2); claim_places() }
    :: d_step { made[3] && seq[3] != 0 && sent_seq[3] == 0 && SERVED(0) -> answer(3); claim_places() }
    :: d_step { SERVED(RECIPIENT) && mailbox < head && !stuck -> deliver(); claim_places() }
    :: d_step { SOME_LATE(1) -> take(1); claim_places() }
    :: d_step { SOME_LATE(2) -> take(2); claim_places() }
    :: d_step { SOME_LATE(3) -> take(3); claim_places() }
    :: d_step { losses < LOSSES -> wipe() }
    :: d_step { !KNOWN(0) -> hear(0); claim_places() }
    :: d_step { !KNOWN(1) -> hear(1); claim_places() }
    :: d_step { !KNOWN(RECIPIENT) -> hear(RECIPIENT); claim_places() }
    :: d_step { !serving && heard != 0 -> resume(); claim_places() }
    :: else -> break
    od;
    skip;
    d_step { look_whether_all_rests() }
}
