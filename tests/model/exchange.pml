/* head comment to come */
#include "mutants.pml"
#ifndef SENDERS
#define SENDERS 1
#endif
#ifndef RECIPIENTS
#define RECIPIENTS 1
#endif
#define AGENCIES (SENDERS + RECIPIENTS)
#ifdef TWIN
#define MACHINES (AGENCIES + 1)
#else
#define MACHINES AGENCIES
#endif
#ifndef VICTIM
#define VICTIM 0
#endif
#ifndef K
#define K 2
#endif
#ifndef CREDIT
#define CREDIT 2
#endif
#ifndef FLIGHT
#define FLIGHT 2
#endif
#ifndef HELLOS
#define HELLOS 2
#endif
#ifndef CRASHES
#define CRASHES 1
#endif
#ifndef EXCHANGE_CRASHES
#define EXCHANGE_CRASHES 1
#endif
#ifndef REFUSALS
#define REFUSALS 0
#endif
#ifndef LATE_HELLO
#define LATE_HELLO 0
#endif
#ifndef ACK_WITHIN_SENT
#define ACK_WITHIN_SENT 0
#endif
#ifndef CONSEQUENCES
#define CONSEQUENCES 0
#endif
#ifndef OUTLIVING
#define OUTLIVING 0
#endif
#ifndef STEADY
#define STEADY 0
#endif
#ifndef IN_ORDER
#define IN_ORDER 0
#endif
#ifndef EPOCHS
#define EPOCHS 4
#endif
#ifndef RETRIES
#define RETRIES 8
#endif
#if defined(AGENT_LOST) || defined(AGENT_OLD) || defined(TWIN) || defined(EXCHANGE_LOST)
#define DISKS
#endif
#if RECIPIENTS == 0
#define FEEDS 1
#else
#define FEEDS (K * RECIPIENTS)
#endif

/* Lines of a replayed trail (run trail). */
#define TELL(who, frame) printf("step %d %d %d %d %d %d %d\n", who, how, KIND(frame), WHO(frame), CONN(frame), EPOCH(frame), (frame) >> 12)
#define THE_EXCHANGE 8
#define JUST_SENT 9

#define GOES_ON 0
#define DIES_BEFORE 1
#define DIES_AFTER 2
bool calm;
byte how;
byte crashes_left = CRASHES, exchange_crashes_left = EXCHANGE_CRASHES;
hidden int f;
hidden byte leave, found;
hidden byte verdict, i, j, k, m, each, act, number, acts;

/* A named property: the name is what the verifier prints when it does not hold. */
#define CLAIM(name, condition) name = (condition); assert(name)

#include "network.pml"
#include "agent.pml"
#include "broker.pml"
#include "claims.pml"
#include "faults.pml"
bool disaster;
bool rest;
byte ticks;

proctype agent(byte n)
{
end:
    do
    :: atomic { ANY(HEARD); CHOOSE_LEAVE; CHOOSE_HOW(crashes_left); d_step { machine_reads(n); after_commit(n) } }
    :: atomic { M[n].pending > 0; CHOOSE_HOW(crashes_left); d_step { commit_mail(n); after_commit(n) } }
    :: d_step { !calm && !STOPPED(n) && L[n].store != 0 && M[n].state != LOST && HELLO_LEFT(AGENCY(n)) -> connect(n); release() }
    :: d_step { !calm && M[n].state == READY && L[n].own > 0 -> resend_acts(n, 1); release() }
    :: d_step { !calm && RECEIVES(n) && M[n].again != 0 -> say_stored_again(n); release() }
    :: d_step { !calm && RECEIVES(n) && SENDER(AGENCY(n)) && L[n].feed < account[AGENCY(n)].feed -> poll(n); release() }
    :: d_step { !calm && SENDER(AGENCY(n)) && handed < K && M[n].compared && (M[n].state == READY || M[n].state == OFFLINE) ->
           number_act(n) }
    od
}

proctype broker()
{
end:
    do
    :: atomic {
           ANY(UPWARD);
           CHOOSE_LEAVE;
           CHOOSE_VERDICT;
           CHOOSE_HOW(exchange_crashes_left);
           d_step { exchange_reads(); flush() }
       }
    :: d_step { !calm && OVERDUE -> redeliver(); flush() }
#if WEAK(DEDUP_WINDOW)
    :: d_step { !calm && forgot == 0 -> forgot = 255 }
#endif
    od
}

/* Loses what it likes, and once faults have stopped what nobody reads. */
#if MACHINES == 1
#define NOBODY_READS(x) (!UPWARD(x) && !READS(0, x))
#elif MACHINES == 2
#define NOBODY_READS(x) (!UPWARD(x) && !READS(0, x) && !READS(1, x))
#else
#define NOBODY_READS(x) (!UPWARD(x) && !READS(0, x) && !READS(1, x) && !READS(2, x))
#endif
#define LOSES(x) (!calm || NOBODY_READS(x))

proctype network()
{
end:
    do
    :: atomic { ANY(LOSES); d_step { take_out(f); skip } }
    od
}

#if MACHINES == 1
#define QUIET (M[0].pending == 0)
#elif MACHINES == 2
#define QUIET (M[0].pending == 0 && M[1].pending == 0)
#else
#define QUIET (M[0].pending == 0 && M[1].pending == 0 && M[2].pending == 0)
#endif

proctype faults()
{
#ifndef LIVE
end: /* else the end must come by itself */
#endif
    do
#ifdef AGENT_LOST
    :: d_step { !calm && !disaster -> disaster = true; wipe_ledger(VICTIM); claim_nothing_answered_is_lost(); release() }
#endif
#ifdef AGENT_OLD
    :: d_step { !calm && !disaster && backup.store == 0 -> copy_ledger(backup, L[VICTIM]); release() }
    :: d_step { !calm && !disaster && backup.store != 0 -> disaster = true; restore_ledger(VICTIM); claim_nothing_answered_is_lost(); release() }
#endif
#ifdef TWIN
    :: d_step { !calm && !disaster -> disaster = true; start_twin(AGENCIES); release() }
#endif
#ifdef EXCHANGE_LOST
    :: d_step { !calm && !disaster -> disaster = true; wipe_exchange(); claim_nothing_answered_is_lost(); release() }
#endif
#ifdef LIVE
    :: d_step { !calm -> calm = true; crashes_left = 0; exchange_crashes_left = 0 }
    :: d_step { calm && !rest && NET_EMPTY && QUIET ->
           look_whether_settled();
           if
           :: found -> rest = true
           :: else ->
#ifndef LTL
               ticks++;
               CLAIM(at_rest_in_time, ticks <= RETRIES);
#endif
               all_retry()
           fi
       }
#endif
    :: rest -> break
    od
}

init {
    d_step {
#if LATE_HELLO
        put(FRAME(HELLO, VICTIM, 1, 0) | WITH(0, 1) | WITH(6, 1) | WITH(10, 1) | WITH(12, CREDIT) | WITH(14, VICTIM)); /* read, and doubled */
#endif
        for (i : 0 .. AGENCIES - 1) {
            L[i].store = 1; L[i].line = 1; M[i].credit = CREDIT;
#ifndef FIRST_HELLO
            L[i].peer = 1; L[i].epoch = 1; GROW(i, 1);
            M[i].state = READY; M[i].compared = true; M[i].conn = 1; conns[i] = 1;
            account[i].store = 1; account[i].epoch = 1; account[i].conn = 1; account[i].seen = 1; account[i].mate = i;
            account[i].credit = CREDIT
#endif
        }
    };
    atomic {
        run broker();
        run network();
        run faults();
        run agent(0)
#if MACHINES > 1
        ; run agent(1)
#endif
#if MACHINES > 2
        ; run agent(2)
#endif
    }
}

#ifdef LTL
ltl settles { [] (calm -> <> rest) }
#endif
