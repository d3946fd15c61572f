/* Weakenings. -DMUTANT=M_NAME switches one on; each must break a claim (tests/model/run says which). */
#ifndef MUTANT
#define MUTANT 0
#endif
#define WEAK(x) (MUTANT == M_##x)

#define M_ANSWER_BEFORE_COMMIT 1  /* the exchange answers, then commits */
#define M_ACK_BEFORE_COMMIT    2  /* the recipient states *stored*, then commits */
#define M_DELETE_ON_SEND       3  /* the sender forgets an act once it is sent */
#define M_DELETE_ON_ANSWER     4  /* … once it is answered, stored or not */
#define M_NO_DEDUP             5  /* the exchange looks at neither id nor number */
#define M_NO_ID_DEDUP          6  /* … at the number only */
#define M_DEDUP_WINDOW         7  /* ids are forgotten after a while */
#define M_NUMBER_AHEAD         8  /* a number ahead is taken instead of `expect` */
#define M_OUT_OF_ORDER         9  /* the recipient takes a delivery ahead of its turn */
#define M_NO_MAIL_DEDUP       10  /* … takes again what it has */
#define M_NO_RESEND           11  /* submissions are not sent again after HELLO or a retry time */
#define M_NO_REDELIVERY       12  /* deliveries are not sent again after a retry time */
#define M_NO_RESTATE          13  /* stored statements are not said again */
#define M_NO_EPOCH_SUBMIT     14  /* the epoch of SUBMIT is not looked at */
#define M_NO_EPOCH_ANSWER     15
#define M_NO_EPOCH_DELIVER    16
#define M_NO_EPOCH_STORED     17
#define M_ACK_OFF_BY_ONE      18  /* a statement up to n acknowledges n + 1 */
#define M_ACK_GAP             19  /* a statement that begins later than acknowledged + 1 is taken */
#define M_REFUSAL_IS_FREE     20  /* a refused submission does not consume its number */
#define M_SHORTER_SENDS       21  /* an agent does not look whether its ledger is shorter */
#define M_EPOCH_KEPT          22  /* no HELLO raises the epoch */
#define M_LOSS_UNSEEN         23  /* an agent does not look whether the exchange lost its disk */
#define M_NO_SUPERSEDING      24  /* a second connection does not replace the first */
#define M_DIGEST_UNSEEN       25  /* own digests are not compared */
#define M_NO_CREDIT           26  /* credit is not looked at */
#define M_PROOF_ON_SENDING    27  /* the feed tells *delivered* when a delivery is sent, not when it is stored */
#define M_ANY_WELCOME         28  /* a WELCOME meant for an earlier connection is taken */
