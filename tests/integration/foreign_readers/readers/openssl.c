/* What OpenSSL finds in files, in every way that programs read with it: the first object and all
 * of them, PEM and DER, through a file and, where that differs, through memory. Its store reads by
 * these same functions.
 *
 * Reads paths from stdin, one a line; writes lines of: number of the path from 0, kind, function,
 * DER in hexadecimal ("-" for a private key); at last "done" and the count of paths. */
/* RSAPublicKey has no successor that reads no more than that. */
#define OPENSSL_SUPPRESS_DEPRECATED
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/pkcs7.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Far more than one file of the test holds. */
#define MOST 64

static long number;

static void found(const char *kind, const char *how, const unsigned char *der, int length)
{
    if (length <= 0)
        return;
    printf("%ld\t%s\t%s\t", number, kind, how);
    for (int at = 0; at < length; at++)
        printf("%02x", der[at]);
    putchar('\n');
}

#define FOUND(kind, how, i2d, object)                 \
    do {                                              \
        unsigned char *der = NULL;                    \
        int length = (i2d)((object), &der);           \
        found((kind), (how), der, length);            \
        OPENSSL_free(der);                            \
    } while (0)

static void request(X509_REQ *it, const char *how)
{
    if (it != NULL)
        FOUND("request", how, i2d_X509_REQ, it);
    X509_REQ_free(it);
}

static void certificate(X509 *it, const char *how)
{
    if (it != NULL)
        FOUND("certificate", how, i2d_X509, it);
    X509_free(it);
}

static void public_key(EVP_PKEY *it, const char *how)
{
    if (it != NULL)
        FOUND("public-key", how, i2d_PUBKEY, it);
    EVP_PKEY_free(it);
}

static void private_key(EVP_PKEY *it, const char *how)
{
    if (it != NULL)
        printf("%ld\tprivate-key\t%s\t-\n", number, how);
    EVP_PKEY_free(it);
}

static void rsa_public_key(RSA *rsa, const char *how)
{
    EVP_PKEY *it = EVP_PKEY_new();
    if (rsa != NULL && EVP_PKEY_assign_RSA(it, rsa))
        return public_key(it, how);
    EVP_PKEY_free(it);
}

static void message(PKCS7 *it, const char *how)
{
    if (it != NULL && PKCS7_type_is_signed(it) && it->d.sign != NULL) {
        STACK_OF(X509) *all = it->d.sign->cert;
        for (int at = 0; at < sk_X509_num(all); at++)
            FOUND("certificate", how, i2d_X509, sk_X509_value(all, at));
    }
    PKCS7_free(it);
}

static int no_password(char *buffer, int size, int writing, void *context)
{
    (void)buffer, (void)size, (void)writing, (void)context;
    return 0;
}

/* Reads on after what could not be read, as a loop over a bundle does. */
#define ALL(bio, take, read, how)                                    \
    do {                                                             \
        (void)BIO_seek(bio, 0);                                      \
        for (int at = 0; at < MOST && !BIO_eof(bio); at++)           \
            take(read(bio, NULL, no_password, NULL), how);           \
    } while (0)

static void pem(BIO *bio)
{
    ALL(bio, request, PEM_read_bio_X509_REQ, "PEM_read_bio_X509_REQ");
    ALL(bio, certificate, PEM_read_bio_X509, "PEM_read_bio_X509");
    ALL(bio, certificate, PEM_read_bio_X509_AUX, "PEM_read_bio_X509_AUX");
    ALL(bio, public_key, PEM_read_bio_PUBKEY, "PEM_read_bio_PUBKEY");
    ALL(bio, rsa_public_key, PEM_read_bio_RSAPublicKey, "PEM_read_bio_RSAPublicKey");
    ALL(bio, private_key, PEM_read_bio_PrivateKey, "PEM_read_bio_PrivateKey");
    ALL(bio, message, PEM_read_bio_PKCS7, "PEM_read_bio_PKCS7");
    (void)BIO_seek(bio, 0);
    STACK_OF(X509_INFO) *all = PEM_X509_INFO_read_bio(bio, NULL, no_password, NULL);
    for (int at = 0; at < sk_X509_INFO_num(all); at++) {
        X509 *it = sk_X509_INFO_value(all, at)->x509;
        if (it != NULL)
            FOUND("certificate", "PEM_X509_INFO_read_bio", i2d_X509, it);
    }
    sk_X509_INFO_pop_free(all, X509_INFO_free);
}

static void der(const unsigned char *bytes, long length)
{
    const unsigned char *at;
    request(d2i_X509_REQ(NULL, (at = bytes, &at), length), "d2i_X509_REQ");
    certificate(d2i_X509(NULL, (at = bytes, &at), length), "d2i_X509");
    public_key(d2i_PUBKEY(NULL, (at = bytes, &at), length), "d2i_PUBKEY");
    rsa_public_key(d2i_RSAPublicKey(NULL, (at = bytes, &at), length), "d2i_RSAPublicKey");
    private_key(d2i_AutoPrivateKey(NULL, (at = bytes, &at), length), "d2i_AutoPrivateKey");
    message(d2i_PKCS7(NULL, (at = bytes, &at), length), "d2i_PKCS7");
}

static void read_file(const char *path)
{
    BIO *file = BIO_new_file(path, "rb");
    if (file == NULL) {
        fprintf(stderr, "%s cannot be read\n", path);
        exit(1);
    }
    pem(file);
    (void)BIO_seek(file, 0);
    BIO *memory = BIO_new(BIO_s_mem());
    unsigned char piece[4096];
    for (int count; (count = BIO_read(file, piece, sizeof piece)) > 0;)
        BIO_write(memory, piece, count);
    char *bytes;
    long length = BIO_get_mem_data(memory, &bytes);
    BIO *fixed = BIO_new_mem_buf(bytes, (int)length);
    /* A line of a file ends for C at an octet of 0. */
    if (memchr(bytes, 0, (size_t)length) != NULL)
        pem(fixed);
    der((const unsigned char *)bytes, length);
    BIO_free(fixed);
    BIO_free(memory);
    BIO_free(file);
    ERR_clear_error();
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
