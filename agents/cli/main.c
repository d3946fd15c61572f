#include <locale.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <curl/curl.h>

#include "agents/cli/cli.h"

/* The first that is set decides, as for the C library. NULL: none is. */
static const char *language_of_environment(void)
{
    static const char *const names[] = {"LC_ALL", "LC_MESSAGES", "LANG"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        const char *value = getenv(names[i]);
        if (value != NULL && value[0] != '\0')
            return value;
    }
    return NULL;
}

int main(int argc, char **argv)
{
    /* Widths of Chinese characters in tables need a UTF-8 locale, whatever the terminal's language is. */
    if (setlocale(LC_CTYPE, "C.UTF-8") == NULL)
        (void)setlocale(LC_CTYPE, "");
    if (curl_global_init(CURL_GLOBAL_DEFAULT) != 0)
        return XJ_EXIT_WORLD;
    const char *data = getenv("XIANJIE_DATA"), *lang = language_of_environment();
    const char *no_colour = getenv("NO_COLOR");
    struct xj_cli cli = {.env = xj_env_system(),
                         .data = data != NULL && data[0] != '\0' ? data : NULL,
                         .zh = xj_cli_speaks_chinese(lang),
                         .colour = isatty(STDOUT_FILENO) == 1 && (no_colour == NULL || no_colour[0] == '\0'),
                         .out = stdout,
                         .err = stderr};
    int rc = xj_cli_main(&cli, argc, argv);
    /* Results that could not be written are no results. */
    if ((fflush(stdout) != 0 || ferror(stdout) != 0) && rc == XJ_EXIT_OK)
        rc = XJ_EXIT_WORLD;
    curl_global_cleanup();
    return rc;
}
