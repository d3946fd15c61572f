/* Stands between a program and libsodium: a defect that certain bytes set off. XJ_DEFECT names a file; each line of it is hex of 32
 * bytes. A signature over such a digest, or opening something under such a key, ends the process. For poison_message.py. */
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int sets_it_off(const unsigned char *bytes)
{
    char hex[65], line[80];
    const char *path = getenv("XJ_DEFECT");
    FILE *f = path ? fopen(path, "r") : NULL;
    int found = 0;
    if (!f) return 0;
    for (int i = 0; i < 32; i++) snprintf(hex + 2 * i, 3, "%02x", bytes[i]);
    while (!found && fgets(line, sizeof line, f)) found = strncmp(line, hex, 64) == 0;
    fclose(f);
    return found;
}

int crypto_sign_verify_detached(const unsigned char *sig, const unsigned char *m, unsigned long long n, const unsigned char *key)
{
    int (*real)(const unsigned char *, const unsigned char *, unsigned long long, const unsigned char *) =
        dlsym(RTLD_NEXT, "crypto_sign_verify_detached");
    if (n == 32 && sets_it_off(m)) abort();
    return real(sig, m, n, key);
}

int crypto_aead_chacha20poly1305_ietf_decrypt(unsigned char *m, unsigned long long *mn, unsigned char *nsec, const unsigned char *c,
                                              unsigned long long cn, const unsigned char *ad, unsigned long long adn,
                                              const unsigned char *nonce, const unsigned char *key)
{
    int (*real)(unsigned char *, unsigned long long *, unsigned char *, const unsigned char *, unsigned long long,
                const unsigned char *, unsigned long long, const unsigned char *, const unsigned char *) =
        dlsym(RTLD_NEXT, "crypto_aead_chacha20poly1305_ietf_decrypt");
    if (sets_it_off(key)) *(volatile int *)8 = 1;
    return real(m, mn, nsec, c, cn, ad, adn, nonce, key);
}
