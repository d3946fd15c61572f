/* One line to the operator's log: standard error with the priority prefix that journald reads ("<4>"). Programs only,
 * libraries never; no names of parties, no secrets. Any thread. */
#ifndef XJ_SAY_H
#define XJ_SAY_H

enum xj_say_level { XJ_SAY_ERROR = 3, XJ_SAY_WARNING = 4, XJ_SAY_NOTICE = 5, XJ_SAY_INFO = 6 };

/* The prefix is left out when standard error is a terminal. */
void xj_say(enum xj_say_level level, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* Tells the service manager (sd_notify protocol) when NOTIFY_SOCKET is set: "READY=1", "STOPPING=1". */
void xj_say_state(const char *state);

#endif
