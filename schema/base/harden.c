#include "schema/base/harden.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <sched.h>
#include <seccomp.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define SANITIZED 1
#endif
#endif
#ifndef SANITIZED
#define SANITIZED 0
#endif

static enum xj_err denied(struct xj_buf *text, const char *what)
{
    const int why = errno;
    xj_buf_addf(text, "系统不允许 %s：%s / the system refuses %s: %s", what, strerror(why), what, strerror(why));
    return XJ_EDENIED;
}

/* ---- limits ---- */

static enum xj_err limit_files(uint64_t wanted, struct xj_buf *text)
{
    struct rlimit files;
    if (getrlimit(RLIMIT_NOFILE, &files) != 0)
        return denied(text, "getrlimit");
    files.rlim_cur = files.rlim_max < wanted ? files.rlim_max : wanted;
    if (setrlimit(RLIMIT_NOFILE, &files) != 0)
        return denied(text, "RLIMIT_NOFILE");
    if (files.rlim_cur < wanted)
        xj_buf_addf(text, "只能打开 %llu 个文件，建议 %llu / only %llu open files allowed; %llu are recommended\n",
                    (unsigned long long)files.rlim_cur, (unsigned long long)wanted, (unsigned long long)files.rlim_cur,
                    (unsigned long long)wanted);
    return XJ_OK;
}

static enum xj_err limit(int which, uint64_t value, const char *name, struct xj_buf *text)
{
    struct rlimit now, set = {value, value};
    if (getrlimit((__rlimit_resource_t)which, &now) != 0)
        return denied(text, "getrlimit");
    if (now.rlim_max < set.rlim_max)
        set.rlim_cur = set.rlim_max = now.rlim_max; /* somebody was stricter */
    return setrlimit((__rlimit_resource_t)which, &set) == 0 ? XJ_OK : denied(text, name);
}

/* ---- the user ---- */

static enum xj_err become(const char *name, struct xj_buf *text)
{
    errno = 0;
    const struct passwd *user = getpwnam(name);
    if (user == NULL) {
        xj_buf_addf(text, "没有用户 %s / there is no user %s", name, name);
        return XJ_ECONFIG;
    }
    if (user->pw_uid == geteuid())
        return XJ_OK;
    if (geteuid() != 0) {
        xj_buf_addf(text, "不是 root，不能改为用户 %s / not started as root: cannot become user %s", name, name);
        return XJ_ECONFIG;
    }
    if (initgroups(user->pw_name, user->pw_gid) != 0 || setresgid(user->pw_gid, user->pw_gid, user->pw_gid) != 0 ||
        setresuid(user->pw_uid, user->pw_uid, user->pw_uid) != 0)
        return denied(text, "setresuid");
    if (setresuid(0, 0, 0) == 0) { /* it must not be undone */
        errno = EPERM;
        return denied(text, "setresuid");
    }
    return XJ_OK;
}

/* ---- system calls ---- */

/* A list of what is refused, not of what is allowed: the latter is as long as five libraries make it and changes with each of their
 * updates, and a call that is missing from it stops an exchange. These are the calls by which a process that was taken over starts
 * another program, looks into other processes, changes file systems, namespaces, clock or kernel, or reaches the parts of the
 * kernel that are attacked most; nothing that is linked here makes them. */
static const int refused[] = {
    SCMP_SYS(execve), SCMP_SYS(execveat),                                                           /* another program */
    SCMP_SYS(ptrace), SCMP_SYS(process_vm_readv), SCMP_SYS(process_vm_writev), SCMP_SYS(kcmp),
    SCMP_SYS(pidfd_getfd),                                                                          /* other processes */
    SCMP_SYS(mount), SCMP_SYS(umount2), SCMP_SYS(pivot_root), SCMP_SYS(chroot), SCMP_SYS(move_mount), SCMP_SYS(open_tree),
    SCMP_SYS(fsopen), SCMP_SYS(fsconfig), SCMP_SYS(fsmount), SCMP_SYS(fspick), SCMP_SYS(quotactl),  /* file systems */
    SCMP_SYS(unshare), SCMP_SYS(setns),                                                             /* namespaces */
    SCMP_SYS(init_module), SCMP_SYS(finit_module), SCMP_SYS(delete_module), SCMP_SYS(kexec_load), SCMP_SYS(kexec_file_load),
    SCMP_SYS(reboot), SCMP_SYS(swapon), SCMP_SYS(swapoff), SCMP_SYS(acct), SCMP_SYS(iopl), SCMP_SYS(ioperm),
    SCMP_SYS(personality), SCMP_SYS(sethostname), SCMP_SYS(setdomainname),                          /* the machine */
    SCMP_SYS(settimeofday), SCMP_SYS(clock_settime), SCMP_SYS(clock_adjtime), SCMP_SYS(adjtimex),   /* its clock */
    SCMP_SYS(bpf), SCMP_SYS(perf_event_open), SCMP_SYS(userfaultfd), SCMP_SYS(io_uring_setup), SCMP_SYS(io_uring_enter),
    SCMP_SYS(io_uring_register), SCMP_SYS(keyctl), SCMP_SYS(add_key), SCMP_SYS(request_key),        /* much attacked */
};

/* Namespaces can be had by clone, too, which threads need without these flags. clone3 hides its flags in memory: the C library
 * goes back to clone when it is not there. */
static int refuse_namespaces(scmp_filter_ctx ctx)
{
    static const scmp_datum_t flags[] = {CLONE_NEWUSER, CLONE_NEWNS, CLONE_NEWPID, CLONE_NEWNET, CLONE_NEWIPC, CLONE_NEWUTS, CLONE_NEWCGROUP};
    int rc = seccomp_rule_add(ctx, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(clone3), 0);
    for (size_t i = 0; rc == 0 && i < sizeof flags / sizeof flags[0]; i++)
        rc = seccomp_rule_add(ctx, SCMP_ACT_ERRNO(EPERM), SCMP_SYS(clone), 1, SCMP_A0(SCMP_CMP_MASKED_EQ, flags[i], flags[i]));
    return rc;
}

static enum xj_err filter(struct xj_buf *text)
{
    scmp_filter_ctx ctx = seccomp_init(SCMP_ACT_ALLOW);
    int rc = ctx == NULL ? -ENOMEM : 0;
    for (size_t i = 0; rc == 0 && i < sizeof refused / sizeof refused[0]; i++)
        rc = seccomp_rule_add(ctx, SCMP_ACT_ERRNO(EPERM), refused[i], 0);
    if (rc == 0)
        rc = refuse_namespaces(ctx);
    if (rc == 0)
        rc = seccomp_load(ctx); /* with no_new_privs, which it sets */
    seccomp_release(ctx);
    errno = -rc;
    return rc == 0 ? XJ_OK : denied(text, "seccomp");
}

enum xj_err xj_harden(const struct xj_harden *h, struct xj_buf *ret_text)
{
    (void)umask(S_IRWXG | S_IRWXO);
    enum xj_err err = limit(RLIMIT_CORE, 0, "RLIMIT_CORE", ret_text);
    if (err == XJ_OK && h->files > 0)
        err = limit_files(h->files, ret_text);
    if (err == XJ_OK && h->user != NULL && h->user[0] != '\0')
        err = become(h->user, ret_text);
    else if (err == XJ_OK && geteuid() == 0)
        xj_buf_add_str(ret_text, "以 root 身份运行；建议在配置中写明 user / running as root: name a user in the configuration\n");
    if (err == XJ_OK && (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0 || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0))
        err = denied(ret_text, "prctl");
    if (err == XJ_OK && h->memory_bytes > 0 && !SANITIZED)
        err = limit(RLIMIT_DATA, h->memory_bytes, "RLIMIT_DATA", ret_text);
    if (err == XJ_OK && !SANITIZED)
        err = filter(ret_text);
    return err;
}
