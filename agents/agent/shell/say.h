/* One line to stderr as systemd's journal likes it, and the word to systemd that the agent is ready. Programs only, any
 * thread. Spec: none; sd_notify(3) for the datagram. Never a party's name, never a body. */
#ifndef XJ_SAY_H
#define XJ_SAY_H

enum xj_say_level { XJ_SAY_CRITICAL = 2, XJ_SAY_ERROR = 3, XJ_SAY_WARNING = 4, XJ_SAY_NOTE = 5, XJ_SAY_INFO = 6 };

/* Control characters in the text become spaces: a peer's words cannot forge a line. Cut at 1 KiB. */
void xj_say(enum xj_say_level level, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* "READY=1", "STOPPING=1" …; nothing when NOTIFY_SOCKET is not set. */
void xj_say_systemd(const char *state);

#endif
