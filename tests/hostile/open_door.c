/* Stands between the exchange and libzmq, and makes its door fail open as XJ_OPEN_DOOR says: an option is not set (-lost), or is
 * not set and said to be (-lie), or the ZAP handler is not there. For unknown_client.py. */
#include <dlfcn.h>
#include <stdlib.h>
#include <string.h>
#include <zmq.h>

#define ENFORCE_DOMAIN 93

static int is(const char *way)
{
    const char *e = getenv("XJ_OPEN_DOOR");
    return e && strcmp(e, way) == 0;
}

static int lost(int option)
{
    return (option == ZMQ_ZAP_DOMAIN && (is("domain-lost") || is("domain-lie"))) ||
           (option == ENFORCE_DOMAIN && (is("enforce-lost"))) ||
           (option == ZMQ_CURVE_SERVER && (is("curve-lost") || is("curve-lie")));
}

int zmq_setsockopt(void *s, int option, const void *value, size_t n)
{
    int (*real)(void *, int, const void *, size_t) = dlsym(RTLD_NEXT, "zmq_setsockopt");
    return lost(option) ? 0 : real(s, option, value, n);
}

int zmq_getsockopt(void *s, int option, void *value, size_t *n)
{
    int (*real)(void *, int, void *, size_t *) = dlsym(RTLD_NEXT, "zmq_getsockopt");
    if (!lost(option) || is("domain-lost") || is("enforce-lost") || is("curve-lost")) return real(s, option, value, n);
    if (option == ZMQ_ZAP_DOMAIN) {
        memcpy(value, "xianjie", 8);
        *n = 8;
    } else {
        const int one = 1;
        memcpy(value, &one, sizeof one);
    }
    return 0;
}

int zmq_bind(void *s, const char *endpoint)
{
    int (*real)(void *, const char *) = dlsym(RTLD_NEXT, "zmq_bind");
    return is("no-handler") && strstr(endpoint, "zap") ? 0 : real(s, endpoint);
}
