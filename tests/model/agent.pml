/* The agent: a machine n of agency g = AGENCY(n), its ledger (durable) and what it keeps in memory. */

#define OFFLINE      0
#define READY        1
#define SHORTER      2
#define LOST         3 /* the exchange lost its disk */
#define INCONSISTENT 4
#define SUPERSEDED   5

typedef ledger {
    byte store;      /* the disk's id */
    byte line;       /* two ledgers of one line agree on every entry that both have */
    byte size;       /* in entries; kept only where a disk can be lost, else 0 */
    byte peer;       /* the exchange's store id, 0: none yet */
    byte epoch;
    byte own;        /* own number; its acts by number, their answers, who is proved to have stored them (a bit each) */
    byte act[K + 1];
    byte answer[K + 1];
    byte proved[K + 1];
    byte forgotten;  /* bit per own number: its bytes are gone (no baseline does that before it is proved) */
    byte mailbox;    /* acts by mailbox number; a bit where a stored statement ends, and the size that it names */
    byte mail[K + 1];
    byte ends;
    byte ended[K + 1];
    byte feed
};
typedef memory {
    byte state;
    bool compared;   /* a WELCOME of this boot found the ledger equal or ahead */
    byte conn;       /* its latest HELLO's */
    bool waiting;    /* for the WELCOME */
    byte pending;    /* deliveries taken and not committed, in order */
    byte held[K + 1];
    byte again;      /* stored statements to be said again, from this mailbox number on; 0: none */
    byte credit
};
ledger L[MACHINES];
memory M[MACHINES];
byte conns[AGENCIES];  /* HELLOs said by the agency so far */

#define AGENCY(n)    ((n) == AGENCIES -> VICTIM : (n))
#define SENDER(g)    ((g) < SENDERS)
#define RECEIVES(n)  (M[n].state == READY || M[n].state == SHORTER)
#define STOPPED(n)   (M[n].state == INCONSISTENT || M[n].state == SUPERSEDED)
#define ROOT_AGREES(n, of_line, of_size) ((of_size) == 0 || L[n].line == (of_line) || (of_size) <= fork_size)
#define OWN_OPEN(n, number) (L[n].answer[number] == 0 && !(L[n].forgotten & (1 << (number))))
#define HELLO_LEFT(g) (conns[g] < ((g) == VICTIM || !STEADY -> HELLOS : 1))
#define EVERYBODY ((1 << RECIPIENTS) - 1)

#ifdef DISKS
#define GROW(n, entries) L[n].size = L[n].size + (entries); assert(L[n].size < 16)
#else
#define GROW(n, entries) skip
#endif

inline forget_connection(n)
{
    closed_by = AGENCY(n);
    closed = M[n].conn;
    M[n].state = OFFLINE;
    M[n].waiting = false;
    M[n].pending = 0;
    for (i : 1 .. K) { M[n].held[i] = 0 }
    M[n].again = 0
}

/* 04-exchange 4: HELLO with what the ledger holds; nothing is taken or sent before its WELCOME. */
inline connect(n)
{
    forget_connection(n);
    if
    :: !calm && !HELLO_LEFT(AGENCY(n)) -> M[n].conn = 0
    :: else ->
        conns[AGENCY(n)]++;
        CLAIM(hellos_end, conns[AGENCY(n)] < 8);
        M[n].conn = conns[AGENCY(n)];
        M[n].waiting = true;
        send(FRAME(HELLO, AGENCY(n), M[n].conn, 0) | WITH(0, L[n].store) | WITH(2, L[n].own) | WITH(4, L[n].mailbox) |
             WITH(6, L[n].size) | WITH(10, L[n].line) | WITH(12, M[n].credit) | WITH(14, n))
    fi
}

/* The process died: only the ledger is left. */
inline reboot(n)
{
    forget_connection(n);
    M[n].compared = false;
    M[n].conn = 0;
#ifdef SMALLER_CREDIT
    M[n].credit = 1
#endif
}

/* ---- WELCOME: the comparison (04-exchange 4) ---- */

inline compare(n)
{
    number = 0; /* the highest own number that an answer proves to be consumed */
    for (i : 1 .. K) {
        if
        :: L[n].answer[i] != 0 -> number = i
        :: else -> skip
        fi
    }
    if
    :: (WELCOME_SIZE(f) <= L[n].size && !ROOT_AGREES(n, WELCOME_LINE(f), WELCOME_SIZE(f))) ||
       (!WEAK(DIGEST_UNSEEN) && WELCOME_OWN(f) != 0 && WELCOME_OWN(f) <= L[n].own &&
        L[n].act[WELCOME_OWN(f)] != WELCOME_LAST(f)) ->
        M[n].state = INCONSISTENT
    :: else ->
        if
        :: !WEAK(LOSS_UNSEEN) && ((L[n].peer != 0 && L[n].peer != WELCOME_STORE(f)) || EPOCH(f) < L[n].epoch ||
           WELCOME_HEAD(f) < L[n].mailbox || WELCOME_FEED(f) < L[n].feed || WELCOME_OWN(f) < number) ->
            M[n].state = LOST
        :: else ->
            if
            :: !WEAK(SHORTER_SENDS) &&
               (WELCOME_SIZE(f) > L[n].size || WELCOME_OWN(f) > L[n].own || WELCOME_ACKED(f) > L[n].mailbox) ->
                M[n].state = SHORTER
            :: else -> M[n].state = READY
            fi
        fi
    fi
}

inline welcome(n)
{
    M[n].waiting = false;
    compare(n);
    M[n].compared = (M[n].state == READY);
    if
    :: RECEIVES(n) ->
        if
        :: M[n].state == SHORTER -> claim_alarm_has_cause(n); GROW(n, 1) /* an incident */
        :: else -> skip
        fi;
        if
        :: L[n].peer != WELCOME_STORE(f) || L[n].epoch != EPOCH(f) ->
            L[n].peer = WELCOME_STORE(f);
            L[n].epoch = EPOCH(f);
            GROW(n, 1)
        :: else -> skip
        fi;
        M[n].again = (WELCOME_ACKED(f) < L[n].mailbox -> WELCOME_ACKED(f) + 1 : 0);
        if
        :: calm -> resend(n) /* at once, as the core does; before, whenever it likes */
        :: else -> skip
        fi
    :: else -> claim_alarm_has_cause(n)
    fi
}

/* ---- submissions: the outbox (04-exchange 5, 9, 11) ---- */

/* A person hands in the next act. The ledger must have been compared by this boot. */
inline number_act(n)
{
    handed++;
    printf("M%d numbers act %d\n", n, handed);
    L[n].own++;
    L[n].act[L[n].own] = handed;
    number_of[handed] = L[n].own;
    previous_of[handed] = L[n].act[L[n].own - 1];
    agency_of[handed] = AGENCY(n);
    GROW(n, 1);
    claim_ledger_not_short(n)
}

inline submit(n, number)
{
    claim_ledger_not_short(n);
    send(FRAME(SUBMIT, AGENCY(n), M[n].conn, L[n].epoch) | WITH(0, L[n].act[number]));
    if
    :: WEAK(DELETE_ON_SEND) -> L[n].forgotten = L[n].forgotten | (1 << number)
    :: else -> skip
    fi
}

inline answered(n)
{
    act = FIELD(f, 0, 2);
    number = number_of[act];
    if
    :: (EPOCH(f) != L[n].epoch && !WEAK(NO_EPOCH_ANSWER)) || !RECEIVES(n) -> skip
    :: else ->
        if
        :: number > L[n].own || L[n].act[number] != act -> skip /* an answer to an act this ledger does not hold: incident */
        :: else ->
            if
            :: L[n].answer[number] != 0 -> CLAIM(answer_never_changes, L[n].answer[number] == FIELD(f, 2, 2))
            :: else ->
                L[n].answer[number] = FIELD(f, 2, 2);
                GROW(n, 1);
                note_told();
                claim_epoch_is_present(EPOCH(f) == L[n].epoch);
                CLAIM(answered_is_durable, exchange_lost || verdict_on[act] == L[n].answer[number]);
                if
                :: WEAK(DELETE_ON_ANSWER) -> L[n].forgotten = L[n].forgotten | (1 << number)
                :: else -> skip
                fi
            fi
        fi
    fi
}

/* ---- mailbox (04-exchange 8) ---- */

inline has_received(n, which)
{
    found = false;
    for (k : 1 .. K) {
        found = found || (k <= L[n].mailbox && L[n].mail[k] == which) || (k <= M[n].pending && M[n].held[k] == which)
    }
}

inline delivered(n)
{
    number = FIELD(f, 0, 2);
    act = FIELD(f, 2, 2);
    has_received(n, act);
    if
    :: (EPOCH(f) != L[n].epoch && !WEAK(NO_EPOCH_DELIVER)) || !RECEIVES(n) -> skip
    :: else ->
        if
        :: number <= L[n].mailbox && !WEAK(NO_MAIL_DEDUP) -> /* the exchange may lack the acknowledgement */
            M[n].again = (M[n].again == 0 || number < M[n].again -> number : M[n].again)
        :: number > L[n].mailbox && number <= L[n].mailbox + M[n].pending && !WEAK(NO_MAIL_DEDUP) -> skip
        :: number > L[n].mailbox + M[n].pending + 1 && !WEAK(OUT_OF_ORDER) -> skip /* it comes again */
        :: else ->
            if
            :: M[n].pending >= M[n].credit || L[n].mailbox + M[n].pending >= K -> skip
            :: found && !WEAK(NO_MAIL_DEDUP) -> connect(n) /* one act under two mailbox numbers: does not verify */
            :: else ->
                claim_epoch_is_present(EPOCH(f) == L[n].epoch);
                M[n].pending++;
                M[n].held[M[n].pending] = act
            fi
        fi
    fi
}

inline send_stored(n, from, to)
{
    send(FRAME(STORED, AGENCY(n), M[n].conn, L[n].epoch) | WITH(0, from) | WITH(2, to) | WITH(4, L[n].ended[to]) |
         WITH(8, L[n].line))
}

/* All that is pending becomes durable in one transaction, then one statement for it leaves. */
inline commit_mail(n)
{
    printf("M%d commits its mail, %d\n", n, how);
    number = L[n].mailbox + 1;
    if
    :: how == DIES_BEFORE -> /* nothing was committed */
        if
        :: WEAK(ACK_BEFORE_COMMIT) ->
            put(FRAME(STORED, AGENCY(n), M[n].conn, L[n].epoch) | WITH(0, number) | WITH(2, L[n].mailbox + M[n].pending) |
                WITH(4, L[n].size) | WITH(8, L[n].line))
        :: else -> skip
        fi
    :: else ->
        for (i : 1 .. K) {
            if
            :: i <= M[n].pending ->
                L[n].mailbox++;
                L[n].mail[L[n].mailbox] = M[n].held[i];
                GROW(n, 2);
                claim_mailbox_in_order(n)
            :: else -> skip
            fi
        }
        M[n].pending = 0;
        for (i : 1 .. K) { M[n].held[i] = 0 }
        L[n].ends = L[n].ends | (1 << L[n].mailbox);
        L[n].ended[L[n].mailbox] = L[n].size;
        GROW(n, 1);
        if
        :: M[n].again == 0 -> send_stored(n, number, L[n].mailbox)
        :: else -> skip
        fi
    fi
}

/* The same statements again, oldest first. */
inline say_stored_again(n)
{
    number = 1; /* the first mailbox number of the statement looked at */
    for (i : 1 .. K) {
        if
        :: i <= L[n].mailbox && (L[n].ends & (1 << i)) ->
            if
            :: i >= M[n].again && !WEAK(NO_RESTATE) -> send_stored(n, number, i)
            :: else -> skip
            fi;
            number = i + 1
        :: else -> skip
        fi
    }
    M[n].again = 0
}

/* ---- feed (04-exchange 9) ---- */

inline poll(n)
{
    send(FRAME(POLL, AGENCY(n), M[n].conn, L[n].epoch) | WITH(0, L[n].feed + 1))
}

inline fed(n)
{
    act = FIELD(f, 5, 4); /* a bit for each act it speaks of */
    found = false;        /* one of them is ours and still unanswered: it is asked for again later */
    for (i : 1 .. K) { found = found || (i <= L[n].own && L[n].answer[i] == 0 && (act & (1 << L[n].act[i]))) }
    if
    :: EPOCH(f) != L[n].epoch || !RECEIVES(n) || FIELD(f, 0, 3) != L[n].feed + 1 || found -> skip
    :: else ->
        L[n].feed++;
        GROW(n, 2);
        for (i : 1 .. K) {
            if
            :: i <= L[n].own && (act & (1 << L[n].act[i])) ->
                L[n].proved[i] = L[n].proved[i] | (1 << FIELD(f, 3, 2));
                claim_proof_is_true(L[n].act[i], SENDERS + FIELD(f, 3, 2))
            :: else -> skip
            fi
        }
    fi
}

/* ---- notices (04-exchange 3) and the retry time (11) ---- */

inline noticed(n)
{
    number = 0;
    for (i : 1 .. K) {
        if
        :: L[n].answer[i] != 0 -> number = i
        :: else -> skip
        fi
    }
    if
    :: FIELD(f, 0, 3) == SAY_HELLO -> connect(n)
    :: FIELD(f, 0, 3) == REPLACED -> M[n].state = SUPERSEDED; claim_alarm_has_cause(n)
    :: FIELD(f, 0, 3) == CONFLICT -> M[n].state = INCONSISTENT; claim_alarm_has_cause(n)
    :: FIELD(f, 0, 3) == EXPECT && M[n].state == READY ->
        if
        :: FIELD(f, 3, 2) <= number -> connect(n)
        :: else -> resend_acts(n, FIELD(f, 3, 2))
        fi
    :: else -> skip
    fi
}

inline resend_acts(n, from)
{
    for (k : 1 .. K) {
        if
        :: k >= (from) && k <= L[n].own && OWN_OPEN(n, k) && !WEAK(NO_RESEND) -> submit(n, k)
        :: else -> skip
        fi
    }
}

/* Everything outstanding, as after WELCOME and at each retry time. */
inline resend(n)
{
    if
    :: M[n].state == READY -> resend_acts(n, 1)
    :: else -> skip
    fi;
    if
    :: RECEIVES(n) && M[n].again != 0 -> say_stored_again(n)
    :: else -> skip
    fi
}

inline retry(n)
{
    if
    :: STOPPED(n) || M[n].state == LOST -> skip
    :: M[n].state == OFFLINE -> connect(n)
    :: else ->
        resend(n);
        poll(n) /* or a heartbeat: either way the exchange says when connection or epoch are not the present ones */
    fi
}

/* ---- the process ---- */

#define READS(n, x) (!UPWARD(x) && WHO(x) == AGENCY(n) && !STOPPED(n) && M[n].conn != 0 && \
    (KIND(x) == WELCOME && !WEAK(ANY_WELCOME) || KIND(x) == NOTICE -> CONN(x) == M[n].conn : true))
#define HEARD(x) READS(n, x) /* in the process of machine n */

inline machine_reads(n)
{
    TELL(n, f);
    if
    :: leave -> skip
    :: else -> take_out(f)
    fi;
    if
    :: how == DIES_BEFORE -> skip
    :: else ->
        if
        :: KIND(f) == WELCOME ->
            if
            :: M[n].waiting -> welcome(n)
            :: else -> skip /* of a HELLO answered before */
            fi
        :: KIND(f) == ANSWER -> answered(n)
        :: KIND(f) == DELIVER -> delivered(n)
        :: KIND(f) == FEED -> fed(n)
        :: KIND(f) == NOTICE -> noticed(n)
        fi
    fi
}

inline after_commit(n)
{
    if
    :: how == GOES_ON -> skip
    :: else -> crashes_left--; reboot(n)
    fi;
    release()
}

#define CHOOSE_HOW(left) \
    if \
    :: how = GOES_ON \
    :: !calm && (left) > 0 -> how = DIES_BEFORE \
    :: !calm && (left) > 0 -> how = DIES_AFTER \
    fi
#define CHOOSE_LEAVE \
    if \
    :: leave = false \
    :: !calm -> leave = true /* it will come a second time */ \
    fi
