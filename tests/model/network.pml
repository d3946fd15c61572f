/* The network: one set of frames under way, at most FLIGHT of them (FLIGHT bounds the model). A frame can be lost, be read
 * twice, overtake any other, outlive its connection and the process that sent it. What the transport of 04-exchange 1 does
 * promise is kept: the exchange knows the connection of what it reads; WELCOME and NOTICE reach only the connection they are
 * for; with the process of the exchange dies what was under way to it.
 *
 * A frame is a number: kind, agency, connection, epoch, then the fields of its kind. Connections of an agency are numbered
 * in the order of their HELLOs; HELLO said again begins a new number, because TCP keeps what was sent before it before it. */

#define HELLO   1 /* store, own number, mailbox, size, line, credit, machine */
#define SUBMIT  2 /* act */
#define STORED  3 /* first, last, size, line */
#define POLL    4 /* FEED_GET (from number), and HEARTBEAT */
#define WELCOME 5 /* exchange's store, own number, own digest, acknowledged, mailbox head, feed head, size, line */
#define ANSWER  6 /* act, verdict */
#define DELIVER 7 /* mailbox number, act */
#define FEED    8 /* feed number, recipient, acts */
#define NOTICE  9 /* code, number */

/* notices (04-exchange 3) */
#define SAY_HELLO 1 /* hello, epoch */
#define REPLACED  2 /* superseded */
#define EXPECT    3
#define CONFLICT  4

#define ADMITTED 1
#define REFUSED  2

#define FRAME(kind, who, conn, epoch) ((kind) | ((who) << 4) | ((conn) << 6) | ((epoch) << 9))
#define WITH(at, value) ((value) << (12 + (at)))
#define KIND(f)  ((f) & 15)
#define WHO(f)   (((f) >> 4) & 3)
#define CONN(f)  (((f) >> 6) & 7)
#define EPOCH(f) (((f) >> 9) & 7)
#define FIELD(f, at, bits) (((f) >> (12 + (at))) & ((1 << (bits)) - 1))
#define UPWARD(f) (KIND(f) >= HELLO && KIND(f) <= POLL)

#define HELLO_STORE(f)   FIELD(f, 0, 2)
#define HELLO_OWN(f)     FIELD(f, 2, 2)
#define HELLO_MAILBOX(f) FIELD(f, 4, 2)
#define HELLO_SIZE(f)    FIELD(f, 6, 4)
#define HELLO_LINE(f)    FIELD(f, 10, 2)
#define HELLO_CREDIT(f)  FIELD(f, 12, 2)
#define HELLO_MACHINE(f) FIELD(f, 14, 2)
#define WELCOME_STORE(f) FIELD(f, 0, 2)
#define WELCOME_OWN(f)   FIELD(f, 2, 2)
#define WELCOME_LAST(f)  FIELD(f, 4, 2)
#define WELCOME_ACKED(f) FIELD(f, 6, 2)
#define WELCOME_HEAD(f)  FIELD(f, 8, 2)
#define WELCOME_FEED(f)  FIELD(f, 10, 3)
#define WELCOME_SIZE(f)  FIELD(f, 13, 4)
#define WELCOME_LINE(f)  FIELD(f, 17, 2)

#define CAP 8  /* room once faults have stopped */
#define OUT 12 /* frames of one step */
int net[CAP]; /* ascending, zeroes last */

#define NET_EMPTY (net[0] == 0)

/* What a step wants sent: released after its COMMIT, all of it together; a process that dies before that sends nothing. */
hidden int out[OUT];
hidden byte outs;
hidden byte closed_by, closed; /* a connection that the step closed: 0 none */

inline send(frame)
{
    assert(outs < OUT);
    out[outs] = (frame);
    outs++
}

inline take_out(frame)
{
    j = 0;
    do
    :: j < CAP && net[j] != (frame) -> j++
    :: else -> break
    od;
    do
    :: j < CAP - 1 -> net[j] = net[j + 1]; j++
    :: j == CAP - 1 -> net[j] = 0; j++
    :: else -> break
    od
}

/* Nobody listens on a closed connection any more; with the exchange's process all connections are closed at its end. */
#define TO_CLOSED(x) ((KIND(x) == WELCOME && !WEAK(ANY_WELCOME) || KIND(x) == NOTICE) && WHO(x) == closed_by && CONN(x) == closed)
#define UNHEARD(x) (exchange_died && UPWARD(x) || !exchange_died && TO_CLOSED(x))
inline take_out_unheard(exchange_died)
{
    i = 0;
    m = 0;
    do
    :: i < CAP && !UNHEARD(net[i]) -> net[m] = net[i]; m++; i++
    :: i < CAP && UNHEARD(net[i]) -> i++
    :: else -> break
    od;
    do
    :: m < CAP -> net[m] = 0; m++
    :: else -> break
    od
}

/* A frame that is under way already is not under way twice; one for which there is no room is lost. */
inline put(frame)
{
    j = 0;
    do
    :: j < CAP && net[j] != 0 && net[j] < (frame) -> j++
    :: else -> break
    od;
    if
    :: net[(calm -> CAP : FLIGHT) - 1] != 0 || net[j] == (frame) -> skip
    :: else ->
        m = CAP - 1;
        do
        :: m > j -> net[m] = net[m - 1]; m--
        :: else -> break
        od;
        net[j] = (frame);
        TELL(JUST_SENT, frame)
    fi
}

/* The end of every step. */
inline release()
{
    if
    :: closed != 0 -> take_out_unheard(false)
    :: else -> skip
    fi;
    i = 0;
    do
    :: i < outs && how == GOES_ON -> put(out[i]); out[i] = 0; i++
    :: i < outs && how != GOES_ON -> out[i] = 0; i++
    :: else -> break
    od;
    outs = 0;
    closed = 0;
    how = GOES_ON
}

/* Some frame for which `mine` holds, into f; blocks when there is none. */
#define PICK(at, mine) :: net[at] != 0 && mine(net[at]) -> f = net[at]
#define ANY(mine) \
    if \
    PICK(0, mine) PICK(1, mine) PICK(2, mine) PICK(3, mine) PICK(4, mine) PICK(5, mine) PICK(6, mine) PICK(7, mine) \
    fi
