/* The exchange: an account for each agency and the journal's verdict on each act (durable), connections (in memory). */

typedef record {
    byte store;      /* the agency's disk, as its last HELLO with a new epoch named it */
    byte epoch;
    byte line;       /* ledger size and head of its last stored statement */
    byte size;
    byte own;        /* last consumed submission and its act */
    byte last;
    byte acked;      /* mailbox: acknowledged, head, acts */
    byte head;
    byte mail[K + 1];
    byte feed;       /* delivered statements: recipient and acts */
    byte by[FEEDS + 1];
    byte acts[FEEDS + 1];
    /* in memory */
    byte conn;       /* the present connection, 0: none */
    byte seen;       /* the highest that said HELLO */
#ifdef TWIN
    byte replaced;   /* the one that another machine replaced */
#endif
    byte mate;       /* the machine behind the connection (HELLO: boot nonce) */
    byte sent;
    byte credit
};
record account[AGENCIES];
byte exchange_store = 1;
byte verdict_on[K + 1];
#if WEAK(DEDUP_WINDOW)
byte forgot;
#define KNOWN(a) (verdict_on[a] != 0 && !(forgot & (1 << (a))))
#else
#define KNOWN(a) (verdict_on[a] != 0)
#endif
#if RECIPIENTS == 0
#define OVERDUE false
#else
#define OVERDUE (account[SENDERS].sent > account[SENDERS].acked || account[AGENCIES - 1].sent > account[AGENCIES - 1].acked)
#endif

/* Before faults stop an agent connects and sends again whenever it likes: then it need not be asked to. */
inline notice(g, on, code, number)
{
    if
    :: calm || code == REPLACED || code == CONFLICT -> send(FRAME(NOTICE, g, on, 0) | WITH(0, code) | WITH(3, number))
    :: else -> skip
    fi
}

/* 04-exchange 8: at most `credit` under way above the last acknowledged number. */
inline deliver(g)
{
    do
    :: account[g].sent < account[g].head && account[g].conn != 0 &&
       (account[g].sent < account[g].acked + account[g].credit || WEAK(NO_CREDIT)) ->
        account[g].sent++;
        CLAIM(within_credit, account[g].sent <= account[g].acked + account[g].credit);
        send(FRAME(DELIVER, g, account[g].conn, account[g].epoch) | WITH(0, account[g].sent) |
             WITH(2, account[g].mail[account[g].sent]));
        if
        :: WEAK(PROOF_ON_SENDING) -> tell_senders(g, account[g].sent, account[g].sent)
        :: else -> skip
        fi
    :: else -> break
    od
}

#ifdef TWIN
#define REPLACED_CONN(g) account[g].replaced
#define note_replaced(g) account[g].replaced = account[g].conn
#else
#define REPLACED_CONN(g) 0
#define note_replaced(g) skip
#endif

/* ---- HELLO (04-exchange 4) ---- */

inline epoch_of_hello(g)
{
    if
    :: account[g].epoch == 0 || (!WEAK(EPOCH_KEPT) && (account[g].store != HELLO_STORE(f) || HELLO_SIZE(f) < account[g].size ||
       HELLO_OWN(f) < account[g].own || HELLO_MAILBOX(f) < account[g].acked)) ->
        account[g].epoch++;
        account[g].store = HELLO_STORE(f);
        assert(account[g].epoch < 8)
    :: else -> skip
    fi
}

inline hello(g, on)
{
    if
    :: !calm && account[g].epoch == EPOCHS -> skip /* a bound of the model */
    :: (calm || account[g].epoch < EPOCHS) && on == account[g].conn && !LATE_HELLO -> skip /* read twice: TCP does not do that */
    :: (calm || account[g].epoch < EPOCHS) && on != account[g].conn && on <= account[g].seen && !LATE_HELLO ->
        notice(g, on, REPLACED, 0) /* it stays replaced */
    :: else ->
        if
        :: account[g].conn != 0 && account[g].mate != HELLO_MACHINE(f) && !WEAK(NO_SUPERSEDING) ->
            note_replaced(g);
            notice(g, account[g].conn, REPLACED, 0)
        :: else -> skip
        fi;
        account[g].conn = on;
        account[g].seen = (on > account[g].seen -> on : account[g].seen);
        account[g].mate = HELLO_MACHINE(f);
        note_heard(g);
        epoch_of_hello(g);
        account[g].sent = account[g].acked;
        account[g].credit = HELLO_CREDIT(f);
        send(FRAME(WELCOME, g, on, account[g].epoch) | WITH(0, exchange_store) | WITH(2, account[g].own) |
             WITH(4, account[g].last) | WITH(6, account[g].acked) | WITH(8, account[g].head) | WITH(10, account[g].feed) |
             WITH(13, account[g].size) | WITH(17, account[g].line))
    fi
}

/* ---- SUBMIT (04-exchange 5 to 7) ---- */

inline send_answer(g, on)
{
    send(FRAME(ANSWER, g, on, account[g].epoch) | WITH(0, act) | WITH(2, verdict_on[act]))
}

inline consume(g)
{
    CLAIM(admitted_once, verdict_on[act] == 0);
    claim_epoch_is_present(EPOCH(f) == account[g].epoch);
    claim_admitted_is_the_senders(g);
    CLAIM(no_act_to_a_lost_exchange, !exchange_lost || L[g].peer != 1);
    CLAIM(one_history, WEAK(NUMBER_AHEAD) || account[g].last == previous_of[act]);
    verdict_on[act] = verdict;
    if
    :: verdict == REFUSED && WEAK(REFUSAL_IS_FREE) -> skip
    :: else -> account[g].own = number; account[g].last = act
    fi;
    for (i : SENDERS .. AGENCIES - 1) {
        if
        :: verdict == ADMITTED && account[i].head < K -> account[i].head++; account[i].mail[account[i].head] = act
        :: else -> skip
        fi
    }
}

inline submitted(g, on)
{
    act = FIELD(f, 0, 2);
    number = number_of[act];
    if
    :: KNOWN(act) && !WEAK(NO_DEDUP) && !WEAK(NO_ID_DEDUP) -> send_answer(g, on) /* the stored one, always */
    :: else ->
        if
        :: number > account[g].own + 1 && !WEAK(NUMBER_AHEAD) -> notice(g, on, EXPECT, account[g].own + 1)
        :: number <= account[g].own && !WEAK(NO_DEDUP) -> notice(g, on, CONFLICT, number)
        :: else ->
            consume(g);
            send_answer(g, on)
        fi
    fi
}

/* ---- STORED and the feed (04-exchange 8, 9) ---- */

inline tell_senders(g, first, to)
{
    for (each : 0 .. SENDERS - 1) {
        acts = 0;
        for (i : 1 .. K) {
            if
            :: i >= first && i <= to && agency_of[account[g].mail[i]] == each -> acts = acts | (1 << account[g].mail[i])
            :: else -> skip
            fi
        }
        if
        :: acts != 0 && account[each].feed < FEEDS ->
            account[each].feed++;
            account[each].by[account[each].feed] = g - SENDERS;
            account[each].acts[account[each].feed] = acts
        :: else -> skip
        fi
    }
}

inline acknowledged(g)
{
    number = FIELD(f, 2, 2); /* last */
    if
    :: number <= account[g].acked -> skip /* said again */
    :: number > account[g].acked &&
       ((FIELD(f, 0, 2) != account[g].acked + 1 && !WEAK(ACK_GAP)) || number > account[g].head ||
        FIELD(f, 4, 4) < account[g].size || (ACK_WITHIN_SENT && number > account[g].sent)) -> skip /* malformed: an incident */
    :: else ->
        if
        :: WEAK(ACK_OFF_BY_ONE) && number < account[g].head -> number++
        :: else -> skip
        fi;
        claim_epoch_is_present(EPOCH(f) == account[g].epoch);
        claim_stored_is_held(g, number);
        account[g].size = FIELD(f, 4, 4);
        account[g].line = FIELD(f, 8, 2);
        if
        :: WEAK(PROOF_ON_SENDING) -> skip
        :: else -> tell_senders(g, FIELD(f, 0, 2), number)
        fi;
        account[g].acked = number;
        if
        :: account[g].sent < number -> account[g].sent = number
        :: else -> skip
        fi
    fi
}

inline polled(g, on)
{
    number = FIELD(f, 0, 3);
    for (i : 1 .. FEEDS) {
        if
        :: i >= number && i <= account[g].feed ->
            send(FRAME(FEED, g, on, account[g].epoch) | WITH(0, i) | WITH(3, account[g].by[i]) | WITH(5, account[g].acts[i]))
        :: else -> skip
        fi
    }
}

/* ---- the process ---- */

#define FENCED(x) (EPOCH(x) != account[WHO(x)].epoch && !(WEAK(NO_EPOCH_SUBMIT) && KIND(x) == SUBMIT) && \
                   !(WEAK(NO_EPOCH_STORED) && KIND(x) == STORED))

inline exchange_reads()
{
    TELL(THE_EXCHANGE, f);
    if
    :: leave -> skip
    :: else -> take_out(f)
    fi;
    if
    :: how == DIES_BEFORE ->
        if
        :: WEAK(ANSWER_BEFORE_COMMIT) && KIND(f) == SUBMIT && CONN(f) == account[WHO(f)].conn && !FENCED(f) &&
           number_of[FIELD(f, 0, 2)] == account[WHO(f)].own + 1 ->
            put(FRAME(ANSWER, WHO(f), CONN(f), EPOCH(f)) | WITH(0, FIELD(f, 0, 2)) | WITH(2, verdict))
        :: else -> skip
        fi
    :: else ->
        if
        :: KIND(f) == HELLO -> hello(WHO(f), CONN(f))
        :: KIND(f) != HELLO && (CONN(f) != account[WHO(f)].conn && !WEAK(NO_SUPERSEDING)) ->
            notice(WHO(f), CONN(f), (CONN(f) == REPLACED_CONN(WHO(f)) -> REPLACED : SAY_HELLO), 0)
        :: KIND(f) != HELLO && (CONN(f) == account[WHO(f)].conn || WEAK(NO_SUPERSEDING)) ->
            if
            :: FENCED(f) -> notice(WHO(f), CONN(f), SAY_HELLO, 0)
            :: else ->
                if
                :: KIND(f) == SUBMIT -> submitted(WHO(f), CONN(f))
                :: KIND(f) == STORED -> acknowledged(WHO(f))
                :: KIND(f) == POLL -> polled(WHO(f), CONN(f))
                fi
            fi
        fi
    fi
}

inline exchange_reboots()
{
    for (k : 0 .. AGENCIES - 1) {
        account[k].conn = 0;
        account[k].seen = 0;
#ifdef TWIN
        account[k].replaced = 0;
#endif
        account[k].sent = 0;
        account[k].credit = 0
    }
    take_out_unheard(!OUTLIVING)
}

/* The end of every step of the exchange. */
inline flush()
{
    for (k : SENDERS .. AGENCIES - 1) { deliver(k) }
    if
    :: how == GOES_ON -> skip
    :: else -> exchange_crashes_left--; exchange_reboots()
    fi;
    release()
}

/* Deliveries again from the last number acknowledged. */
inline redeliver()
{
    for (k : SENDERS .. AGENCIES - 1) {
        if
        :: account[k].conn != 0 && !WEAK(NO_REDELIVERY) -> account[k].sent = account[k].acked
        :: else -> skip
        fi
    }
}

#define CHOOSE_VERDICT \
    if \
    :: verdict = ADMITTED \
    :: REFUSALS && KIND(f) == SUBMIT && verdict_on[FIELD(f, 0, 2)] == 0 -> verdict = REFUSED \
    fi
