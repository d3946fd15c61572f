/* What must hold. Each claim is a name that the verifier prints when it fails. */

hidden byte answered_is_durable;    /* an answer in a ledger is in the journal */
hidden byte answer_never_changes;
hidden byte nothing_answered_is_lost;
hidden byte admitted_once;
hidden byte applied_once;
hidden byte mailbox_in_order;       /* mailbox numbers in the ledger have no gap and are the exchange's */
hidden byte one_history;            /* each consumed submission follows the one consumed before it */
hidden byte stored_is_held;         /* what a recipient's statement is taken for is in its ledger */
hidden byte proof_is_true;          /* what a sender holds as proved is in the recipient's ledger */
hidden byte admitted_is_the_senders;/* what is admitted is in the sender's ledger */
hidden byte no_act_to_a_lost_exchange;
hidden byte short_never_sends;      /* a ledger shorter than the exchange's record of it gives and sends no number */
hidden byte epoch_is_present;       /* nothing changes by a frame of another epoch */
hidden byte alarm_has_cause;
hidden byte within_credit;
hidden byte hellos_end;             /* no agent says HELLO for ever */
hidden byte at_rest_in_time;        /* once faults stop: everything settled within RETRIES retry times */

/* Ghosts: what no process may look at. */
byte handed;                /* acts handed in */
byte number_of[K + 1];      /* of an act: its number, the act before it, its agency (all in the signed header) */
byte previous_of[K + 1];
byte agency_of[K + 1];
byte told;                  /* a bit for each act whose admission a sender's ledger held */
bool hit[AGENCIES];         /* its disk was lost, restored or copied */
bool deaf[AGENCIES];        /* … and the exchange has not heard the new ledger's HELLO yet */
bool exchange_lost;
byte fork_size;             /* entries that two lines of one ledger have in common */

#define HOLDS_AT(n, which, at) (L[n].mail[(at) % (K + 1)] == (which) && L[n].mailbox >= (at))
#define HOLDS(n, which) (HOLDS_AT(n, which, 1) || HOLDS_AT(n, which, 2) || HOLDS_AT(n, which, 3))
#define SENT(n, which)  (number_of[which] <= L[n].own && L[n].act[number_of[which]] == (which))
#ifdef TWIN
#define SOME_MACHINE(g, has, which) (has(g, which) || ((g) == VICTIM && L[AGENCIES].store != 0 && has(AGENCIES, which)))
#else
#define SOME_MACHINE(g, has, which) has(g, which)
#endif
#define REACHED(n, which) (L[n].mailbox >= (which))

inline note_heard(g)
{
    deaf[g] = deaf[g] && HELLO_LINE(f) != L[g].line
}

inline note_told()
{
    if
    :: L[n].answer[number] == ADMITTED -> told = told | (1 << act)
    :: else -> skip
    fi
}

inline claim_epoch_is_present(condition)
{
    if
    :: CONSEQUENCES -> skip
    :: else -> CLAIM(epoch_is_present, condition)
    fi
}

inline claim_admitted_is_the_senders(g)
{
    CLAIM(admitted_is_the_senders, deaf[g] || SOME_MACHINE(g, SENT, act))
}

inline claim_stored_is_held(g, last)
{
    CLAIM(stored_is_held, deaf[g] || SOME_MACHINE(g, REACHED, last))
}

inline claim_proof_is_true(which, g)
{
    CLAIM(proof_is_true, hit[g] || SOME_MACHINE(g, HOLDS, which))
}

inline claim_mailbox_in_order(n)
{
    CLAIM(mailbox_in_order, exchange_lost || L[n].mail[L[n].mailbox] == account[AGENCY(n)].mail[L[n].mailbox]);
    for (k : 1 .. K) { CLAIM(applied_once, k >= L[n].mailbox || L[n].mail[k] != L[n].mail[L[n].mailbox]) }
}

/* Of a machine whose connection is the one that the exchange heard last. */
inline claim_ledger_not_short(n)
{
    CLAIM(short_never_sends, account[AGENCY(n)].conn != M[n].conn || M[n].state != READY ||
          (account[AGENCY(n)].own <= L[n].own && L[n].act[account[AGENCY(n)].own] == account[AGENCY(n)].last &&
           account[AGENCY(n)].acked <= L[n].mailbox && account[AGENCY(n)].size <= L[n].size &&
           ROOT_AGREES(n, account[AGENCY(n)].line, account[AGENCY(n)].size)))
}

inline claim_alarm_has_cause(n)
{
    CLAIM(alarm_has_cause, hit[AGENCY(n)] || exchange_lost)
}

/* By the journal, or by the sender who has no proof yet, or by every recipient. */
inline claim_nothing_answered_is_lost()
{
    for (i : 1 .. K) {
        if
        :: told & (1 << i) ->
            found = true;
            for (k : SENDERS .. AGENCIES - 1) { found = found && HOLDS(k, i) }
            CLAIM(nothing_answered_is_lost, verdict_on[i] == ADMITTED || found ||
                  (SENT(agency_of[i], i) && !(L[agency_of[i]].forgotten & (1 << number_of[i])) &&
                   L[agency_of[i]].proved[number_of[i]] != EVERYBODY))
        :: else -> skip
        fi
    }
}

/* ---- rest ---- */

#define ALARMED(n) (STOPPED(n) || M[n].state == SHORTER || M[n].state == LOST)

inline look_at_sender(n)
{
    for (i : 1 .. K) {
        for (k : 0 .. RECIPIENTS - 1) {
            found = found && (i > L[n].own || L[n].answer[i] == REFUSED ||
                              (L[n].answer[i] == ADMITTED && (ALARMED(SENDERS + k) || (L[n].proved[i] & (1 << k)))))
        }
    }
}

inline look_at_recipient(n)
{
    found = found && L[n].mailbox == account[AGENCY(n)].head && account[AGENCY(n)].acked == L[n].mailbox
}

/* Every machine is stopped by an alarm, or all its acts are answered and proved and all its mail is stored and acknowledged. */
inline look_whether_settled()
{
    found = true;
    for (m : 0 .. MACHINES - 1) {
        if
        :: L[m].store == 0 || ALARMED(m) -> skip
        :: L[m].store != 0 && M[m].state == OFFLINE -> found = false
        :: else ->
            if
            :: SENDER(AGENCY(m)) -> look_at_sender(m)
            :: else -> look_at_recipient(m)
            fi
        fi
    }
}
