/* The bits of the flag words in a compiled procedure. Only the model's decoder and the compiler's encoder.
 * Spec: spec/07-procedure.md, section 5. */
#ifndef XJ_MODEL_FLAGS_H
#define XJ_MODEL_FLAGS_H

enum {
    XJ_ACT_INTERNAL = 1 << 0,
    XJ_ACT_OPENS_CASE = 1 << 1,
    XJ_ACT_JOINS = 1 << 2,
    XJ_ACT_AGAIN = 1 << 3,
    XJ_ACT_LATE_ONLY = 1 << 4,
    XJ_ACT_REASONS = 1 << 5,
    XJ_ACT_PARTY_REQUIRED = 1 << 6,
    XJ_ACT_TRANSFERS = 1 << 7,
    XJ_ACT_RECEIVES = 1 << 8,
    XJ_ACT_ACCEPTS = 1 << 9,
    XJ_ACT_COPY_TRANSFEROR = 1 << 10,
    XJ_ACT_FLAGS_ALL = (1 << 11) - 1
};

enum {
    XJ_OPENS_TRANSFEROR = 1 << 0,
    XJ_OPENS_SELF = 1 << 1,
    XJ_OPENS_FLAGS_ALL = (1 << 2) - 1
};

enum {
    XJ_DUTY_STOP_SELF = 1 << 0,
    XJ_DUTY_LINK_CASE = 1 << 1,
    XJ_DUTY_ARISES_DONE = 1 << 2,
    XJ_DUTY_MAY = 1 << 3,
    XJ_DUTY_DISABLED = 1 << 4,
    XJ_DUTY_INSIDE = 1 << 5,
    XJ_DUTY_FLAGS_ALL = (1 << 6) - 1
};

enum {
    XJ_RULE_TELL_SELF = 1 << 0,
    XJ_RULE_FLAGS_ALL = (1 << 1) - 1
};

enum {
    XJ_STATISTIC_PRINCIPAL = 1 << 0,
    XJ_STATISTIC_FLAGS_ALL = (1 << 1) - 1
};

enum {
    XJ_WHEN_BACKDATED = 1 << 0,
    XJ_WHEN_PRINCIPAL = 1 << 1,
    XJ_WHEN_FLAGS_ALL = (1 << 2) - 1
};

#endif
