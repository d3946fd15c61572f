/* The protocol between agents and exchange (schema/spec/04-exchange.md) as a model for Spin: what one or two senders, the
 * exchange and up to two recipients do to their disks and to each other while frames are lost, doubled and overtaken,
 * processes die before and after COMMIT, and disks are lost, restored from a backup, or copied to a second machine.
 * `tests/model/run` verifies it and every weakening of it; what must hold is in claims.pml.
 *
 *   inline                              | paragraph of 04-exchange it stands for
 *   ------------------------------------+--------------------------------------------------------------------------------
 *   put, release (network)              | 1: the transport; 7 "released only after its COMMIT"
 *   FRAME, WITH (network)               | 2: hop frames
 *   notice (broker), noticed (agent)    | 3: `hello`, `epoch`, `superseded`, `expect`, `conflict`
 *   connect (agent)                     | 4: HELLO, positions
 *   hello, epoch_of_hello (broker)      | 4: the epoch, WELCOME; a second connection replaces the first
 *   welcome, compare (agent)            | 4: equal or ahead, shorter, inconsistent, the exchange lost its disk
 *   FENCED (broker), EPOCH(f) (agent)   | 4: "a frame with another epoch … has no effect"
 *   number_act, submit (agent)          | 5, 03-message 2 (number, previous); 05-ledger 2 (own)
 *   submitted, consume (broker)         | 5: id, then number, then the answer; 6: refused consumes its number
 *   send_answer (broker), answered      | 7: admitted, refused; the same answer always
 *   deliver, redeliver (broker)         | 8: credit; again after HELLO and whenever nothing moved
 *   delivered, commit_mail (agent)      | 8: number = last + 1; commits, only then states *stored*
 *   say_stored_again (agent)            | 8: the same statements again, oldest first
 *   acknowledged (broker)               | 8: first = acknowledged + 1, last <= mailbox head, size does not fall
 *   tell_senders, polled, fed, poll     | 9: the feed; the outbox entry is open until *stored* of every recipient is proved
 *   resend, retry, all_retry            | 11: retries never stop
 *   wipe_, restore_ledger, start_twin   | 4: a lost disk, an older one, a second machine with the same key
 *
 * Each step is one transaction, as in both cores: it reads a frame, commits, releases what it sends. Both the agent's and the
 * exchange's can die before the COMMIT (nothing has happened) or after it (nothing was sent). Before faults stop everything
 * else happens whenever it likes: connecting, sending again, polling. After that (-DLIVE) nothing is lost, doubled or killed,
 * and retry times pass only while nothing is under way: they double until they are longer than the way there and back.
 * So rest needs no fairness between the processes; `rest_fair` proves it as LTL too, without counting retry times.
 *
 * Left out: papers, register stream, heartbeats, judgement (an act is admitted or refused at will), the 256 of a frame,
 * Merkle roots (a ledger is its size and its line: roots agree up to where lines part), bodies, signatures.
 *
 * The exchange sees a HELLO of a connection once and in the order in which connections were made; LATE_HELLO lifts that. The
 * present connection then implies the present epoch, so the epoch of SUBMIT and STORED matters only under LATE_HELLO. */
#include "mutants.pml"

/* ---- bounds: frames under way, acts, deaths, connections, epochs ---- */
#ifndef SENDERS
#define SENDERS 1
#endif
#ifndef RECIPIENTS
#define RECIPIENTS 1 /* each gets every admitted act */
#endif
#define AGENCIES (SENDERS + RECIPIENTS)
#ifdef TWIN
#define MACHINES (AGENCIES + 1)
#else
#define MACHINES AGENCIES
#endif
#ifndef K
#define K 2 /* acts handed in, at most 3 */
#endif
#ifndef CREDIT
#define CREDIT 2
#endif
#ifndef FLIGHT
#define FLIGHT 2 /* frames under way */
#endif
#ifndef HELLOS
#define HELLOS 2 /* of one agency, while faults last */
#endif
#ifndef STEADY
#define STEADY 0 /* 1: only the victim connects anew */
#endif
#ifndef EPOCHS
#define EPOCHS 4 /* while faults last */
#endif
#ifndef CRASHES
#define CRASHES 1 /* of agents */
#endif
#ifndef EXCHANGE_CRASHES
#define EXCHANGE_CRASHES 1
#endif
#ifndef RETRIES
#define RETRIES 8 /* retry times from the end of faults to rest */
#endif

/* ---- what else may happen ----
 * LIVE: faults stop. LTL: as a formula. FIRST_HELLO: nobody has met. SMALLER_CREDIT: an agent comes back with a credit of 1.
 * AGENT_LOST, AGENT_OLD, TWIN: the disk of machine VICTIM is lost, restored, copied. EXCHANGE_LOST: the exchange's is lost. */
#ifndef VICTIM
#define VICTIM 0
#endif
#ifndef REFUSALS
#define REFUSALS 0
#endif
#ifndef LATE_HELLO
#define LATE_HELLO 0 /* a HELLO of a replaced connection is taken (broker/core does so, contrary to 4), and taken twice */
#endif
#ifndef ACK_WITHIN_SENT
#define ACK_WITHIN_SENT 0 /* a statement is taken only for what was sent on this connection (broker/core does so, contrary to 8) */
#endif
#ifndef OUTLIVING
#define OUTLIVING 0 /* frames to the exchange outlive its process */
#endif
#ifndef CONSEQUENCES
#define CONSEQUENCES 0 /* not the breach of the epoch counts, but what comes of it */
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
#define TELL(who, frame) \
    printf("step %d %d %d %d %d %d %d\n", who, how, KIND(frame), WHO(frame), CONN(frame), EPOCH(frame), (frame) >> 12)
#define THE_EXCHANGE 8
#define JUST_SENT 9

/* How a step ends. */
#define GOES_ON     0
#define DIES_BEFORE 1 /* its COMMIT */
#define DIES_AFTER  2

bool calm;  /* faults have stopped */
bool rest;  /* and everything is settled */
byte ticks; /* retry times since */
byte how;
byte crashes_left = CRASHES, exchange_crashes_left = EXCHANGE_CRASHES;
bool disaster;

/* Of one step only: the frame read, whether it will come a second time, the judgement; the rest are scratch. */
hidden int f;
hidden byte leave, verdict;
hidden byte i, j, k, m, each, act, acts, number, found;

/* A named property: the name is what the verifier prints when it does not hold. */
#define CLAIM(name, condition) name = (condition); assert(name)

#include "network.pml"
#include "agent.pml"
#include "broker.pml"
#include "claims.pml"
#include "faults.pml"

/* ---- the processes ---- */

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
    :: d_step { !calm && !disaster && backup.store != 0 ->
           disaster = true; restore_ledger(VICTIM); claim_nothing_answered_is_lost(); release() }
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
        /* the HELLO of the connection that stands, a second time */
        put(FRAME(HELLO, VICTIM, 1, 0) | WITH(0, 1) | WITH(6, 1) | WITH(10, 1) | WITH(12, CREDIT) | WITH(14, VICTIM));
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
