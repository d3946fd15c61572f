#include "schema/base/err.h"

const char *xj_err_name(enum xj_err err)
{
    switch (err) {
    case XJ_OK: return "ok";
    case XJ_ENOMEM: return "out of memory";
    case XJ_EIO: return "input/output failed";
    case XJ_EFULL: return "disk full";
    case XJ_ECORRUPT: return "corrupt";
    case XJ_EMALFORMED: return "malformed";
    case XJ_ELIMIT: return "over a limit";
    case XJ_ENOTFOUND: return "not found";
    case XJ_EEXISTS: return "exists already";
    case XJ_ESIGNATURE: return "does not verify";
    case XJ_ESTATE: return "not possible in this state";
    case XJ_ERANGE: return "out of range";
    case XJ_ENET: return "network failed";
    case XJ_ECONFIG: return "configuration wrong";
    case XJ_EDENIED: return "denied";
    }
    return "unknown error";
}

bool xj_err_is_world(enum xj_err err)
{
    return err == XJ_ENOMEM || err == XJ_EIO || err == XJ_EFULL || err == XJ_ECORRUPT;
}
