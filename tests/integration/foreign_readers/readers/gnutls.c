/* What GnuTLS finds in files, by the functions that certtool reads them with: requests,
 * certificates, messages, public and private keys, PEM and DER; and from each later boundary on,
 * as a program reads that looks for the next object itself.
 *
 * Paths and lines as in openssl.c. */
#define _GNU_SOURCE
#include <gnutls/abstract.h>
#include <gnutls/gnutls.h>
#include <gnutls/pkcs7.h>
#include <gnutls/x509.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MOST 64

static long number;

static void found(const char *kind, const char *how, gnutls_datum_t der)
{
    printf("%ld\t%s\t%s\t", number, kind, how);
    for (unsigned at = 0; at < der.size; at++)
        printf("%02x", der.data[at]);
    putchar('\n');
}

static void request(const gnutls_datum_t *file, gnutls_x509_crt_fmt_t form)
{
    gnutls_x509_crq_t it;
    gnutls_datum_t der;
    gnutls_x509_crq_init(&it);
    if (gnutls_x509_crq_import(it, file, form) == 0 &&
        gnutls_x509_crq_export2(it, GNUTLS_X509_FMT_DER, &der) == 0) {
        found("request", "gnutls_x509_crq_import", der);
        gnutls_free(der.data);
    }
    gnutls_x509_crq_deinit(it);
}

static void certificates(const gnutls_datum_t *file, gnutls_x509_crt_fmt_t form)
{
    gnutls_x509_crt_t *all;
    unsigned count;
    gnutls_datum_t der;
    if (gnutls_x509_crt_list_import2(&all, &count, file, form, 0) < 0)
        return;
    for (unsigned at = 0; at < count; at++) {
        if (gnutls_x509_crt_export2(all[at], GNUTLS_X509_FMT_DER, &der) == 0) {
            found("certificate", "gnutls_x509_crt_list_import2", der);
            gnutls_free(der.data);
        }
        gnutls_x509_crt_deinit(all[at]);
    }
    gnutls_free(all);
}

static void public_key(const gnutls_datum_t *file, gnutls_x509_crt_fmt_t form)
{
    gnutls_pubkey_t it;
    gnutls_datum_t der;
    gnutls_pubkey_init(&it);
    if (gnutls_pubkey_import(it, file, form) == 0 &&
        gnutls_pubkey_export2(it, GNUTLS_X509_FMT_DER, &der) == 0) {
        found("public-key", "gnutls_pubkey_import", der);
        gnutls_free(der.data);
    }
    gnutls_pubkey_deinit(it);
}

static void private_key(const gnutls_datum_t *file, gnutls_x509_crt_fmt_t form)
{
    gnutls_x509_privkey_t it;
    gnutls_x509_privkey_init(&it);
    if (gnutls_x509_privkey_import2(it, file, form, NULL, 0) == 0)
        printf("%ld\tprivate-key\tgnutls_x509_privkey_import2\t-\n", number);
    gnutls_x509_privkey_deinit(it);
}

static void message(const gnutls_datum_t *file, gnutls_x509_crt_fmt_t form)
{
    gnutls_pkcs7_t it;
    gnutls_datum_t der;
    gnutls_pkcs7_init(&it);
    if (gnutls_pkcs7_import(it, file, form) == 0) {
        for (int at = 0; at < MOST && gnutls_pkcs7_get_crt_raw2(it, at, &der) == 0; at++) {
            found("certificate", "gnutls_pkcs7_get_crt_raw2", der);
            gnutls_free(der.data);
        }
    }
    gnutls_pkcs7_deinit(it);
}

static void all(gnutls_datum_t *file, gnutls_x509_crt_fmt_t form)
{
    request(file, form);
    certificates(file, form);
    public_key(file, form);
    private_key(file, form);
    message(file, form);
}

static void read_file(const char *path)
{
    static const char boundary[] = "-----BEGIN ";
    gnutls_datum_t file;
    if (gnutls_load_file(path, &file) < 0) {
        fprintf(stderr, "%s cannot be read\n", path);
        exit(1);
    }
    gnutls_datum_t rest = file;
    all(&rest, GNUTLS_X509_FMT_DER);
    for (int at = 0; at < MOST; at++) {
        all(&rest, GNUTLS_X509_FMT_PEM);
        unsigned char *next = rest.size == 0 ? NULL
            : memmem(rest.data + 1, rest.size - 1, boundary, sizeof boundary - 1);
        if (next == NULL)
            break;
        rest.size -= next - rest.data;
        rest.data = next;
    }
    gnutls_free(file.data);
}

int main(void)
{
    char path[4096];
    for (; fgets(path, sizeof path, stdin) != NULL; number++) {
        path[strcspn(path, "\n")] = 0;
        read_file(path);
    }
    printf("done\t%ld\n", number);
    return 0;
}
