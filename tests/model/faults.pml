/* What goes wrong, and the end of it. */

hidden ledger blank;
#ifdef AGENT_OLD
ledger backup;
#endif

inline copy_ledger(to, from)
{
    to.store = from.store; to.line = from.line; to.size = from.size; to.peer = from.peer;
    to.epoch = from.epoch; to.own = from.own; to.mailbox = from.mailbox; to.ends = from.ends; to.feed = from.feed;
    to.forgotten = from.forgotten;
    for (i : 1 .. K) {
        to.act[i] = from.act[i]; to.answer[i] = from.answer[i]; to.proved[i] = from.proved[i];
        to.mail[i] = from.mail[i]; to.ended[i] = from.ended[i]
    }
}

inline another_line(n)
{
    L[n].line = 2;
    fork_size = L[n].size;
    hit[VICTIM] = true;
    printf("DISASTER at M%d\n", n)
}

/* A fresh disk: nothing but the keys. */
inline wipe_ledger(n)
{
    copy_ledger(L[n], blank);
    L[n].store = 2;
    another_line(n);
    deaf[VICTIM] = true;
    reboot(n)
}

inline restore_ledger(n)
{
    copy_ledger(L[n], backup);
    another_line(n);
    deaf[VICTIM] = true;
    reboot(n)
}

inline start_twin(n)
{
    copy_ledger(L[n], L[VICTIM]);
    M[n].credit = CREDIT;
    another_line(n)
}

inline wipe_exchange()
{
    for (k : 0 .. AGENCIES - 1) {
        account[k].store = 0; account[k].epoch = 0; account[k].line = 0; account[k].size = 0; account[k].own = 0;
        account[k].last = 0; account[k].acked = 0; account[k].head = 0; account[k].feed = 0;
        for (i : 1 .. K) { account[k].mail[i] = 0 }
        for (i : 1 .. FEEDS) { account[k].by[i] = 0; account[k].acts[i] = 0 }
    }
    for (i : 1 .. K) { verdict_on[i] = 0 }
    exchange_store = 2;
    exchange_lost = true;
    printf("DISASTER at the exchange\n");
    exchange_reboots()
}

/* Everybody's retry time has passed while nothing was under way: it doubles until it is longer than any way there and back. */
inline all_retry()
{
    for (each : 0 .. MACHINES - 1) {
        if
        :: L[each].store != 0 -> retry(each)
        :: else -> skip
        fi
    }
    redeliver();
    flush()
}
