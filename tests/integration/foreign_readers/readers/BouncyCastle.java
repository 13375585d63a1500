import java.io.BufferedReader;
import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyFactory;
import java.security.Provider;
import java.security.Security;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.security.spec.PKCS8EncodedKeySpec;
import java.security.spec.X509EncodedKeySpec;
import java.util.HexFormat;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.bouncycastle.asn1.ASN1InputStream;
import org.bouncycastle.asn1.cms.ContentInfo;
import org.bouncycastle.asn1.pkcs.PrivateKeyInfo;
import org.bouncycastle.asn1.x509.SubjectPublicKeyInfo;
import org.bouncycastle.cert.X509CertificateHolder;
import org.bouncycastle.cms.CMSSignedData;
import org.bouncycastle.jce.provider.BouncyCastleProvider;
import org.bouncycastle.openssl.PEMEncryptedKeyPair;
import org.bouncycastle.openssl.PEMKeyPair;
import org.bouncycastle.openssl.PEMParser;
import org.bouncycastle.openssl.X509TrustedCertificateBlock;
import org.bouncycastle.pkcs.PKCS10CertificationRequest;
import org.bouncycastle.pkcs.PKCS8EncryptedPrivateKeyInfo;

/**
 * What Java finds in files: Bouncy Castle's PEM parser, its and the JDK's certificate factories, its
 * requests and both's key factories.
 *
 * Paths and lines as in openssl.c.
 */
final class BouncyCastle {
    /** Far more than one file of the test holds. */
    private static final int MOST = 64;

    private static final Provider OURS = new BouncyCastleProvider();

    private final Set<String> lines = new LinkedHashSet<>();

    interface Attempt {
        void run() throws Exception;
    }

    public static void main(String[] arguments) throws Exception {
        PrintStream out = new PrintStream(System.out, false, StandardCharsets.US_ASCII);
        BufferedReader paths = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        int count = 0;
        for (String path; (path = paths.readLine()) != null; count++) {
            BouncyCastle file = new BouncyCastle();
            file.read(Files.readAllBytes(Path.of(path)));
            for (String line : file.lines) {
                out.println(count + "\t" + line);
            }
        }
        out.println("done\t" + count);
        out.flush();
    }

    private void found(String kind, String how, byte[] der) {
        lines.add(kind + "\t" + how + "\t" + (der == null ? "-" : HexFormat.of().formatHex(der)));
    }

    private boolean attempt(Attempt attempt) {
        try {
            attempt.run();
            return true;
        } catch (Exception | StackOverflowError error) {
            return false;
        }
    }

    private void read(byte[] bytes) {
        for (Charset charset : List.of(StandardCharsets.UTF_8, StandardCharsets.ISO_8859_1)) {
            pem(bytes, charset);
        }
        for (Provider provider : List.of(Security.getProvider("SUN"), OURS)) {
            attempt(() -> certificates(bytes, CertificateFactory.getInstance("X.509", provider)));
        }
        attempt(() -> found("request", "PKCS10CertificationRequest", new PKCS10CertificationRequest(bytes).getEncoded()));
        attempt(() -> first(bytes));
        if (bytes.length > 0 && bytes[0] == 0x30) {
            keys(bytes);
        }
    }

    /** Reads on after what could not be read, as a loop over a bundle does. */
    private void pem(byte[] bytes, Charset charset) {
        PEMParser parser = new PEMParser(new InputStreamReader(new ByteArrayInputStream(bytes), charset));
        boolean[] more = {true};
        for (int at = 0; at < MOST && more[0]; at++) {
            attempt(() -> {
                Object object = parser.readObject();
                more[0] = object != null;
                pemObject(object);
            });
        }
    }

    private void pemObject(Object object) throws Exception {
        String how = "PEMParser";
        if (object instanceof PKCS10CertificationRequest request) {
            found("request", how, request.getEncoded());
        } else if (object instanceof X509CertificateHolder certificate) {
            found("certificate", how, certificate.getEncoded());
        } else if (object instanceof X509TrustedCertificateBlock block) {
            found("certificate", how, block.getCertificateHolder().getEncoded());
        } else if (object instanceof SubjectPublicKeyInfo key) {
            found("public-key", how, key.getEncoded());
        } else if (object instanceof ContentInfo message) {
            for (X509CertificateHolder certificate : new CMSSignedData(message).getCertificates().getMatches(null)) {
                found("certificate", how, certificate.getEncoded());
            }
        } else if (object instanceof PEMKeyPair
                || object instanceof PEMEncryptedKeyPair
                || object instanceof PrivateKeyInfo
                || object instanceof PKCS8EncryptedPrivateKeyInfo) {
            found("private-key", how, null);
        }
    }

    private void certificates(byte[] bytes, CertificateFactory factory) throws Exception {
        String by = factory.getProvider().getName();
        attempt(() -> {
            for (Certificate certificate : factory.generateCertificates(new ByteArrayInputStream(bytes))) {
                found("certificate", by + " generateCertificates", certificate.getEncoded());
            }
        });
        InputStream rest = new ByteArrayInputStream(bytes);
        for (int at = 0; at < MOST && rest.available() > 0; at++) {
            attempt(() -> {
                Certificate certificate = factory.generateCertificate(rest);
                if (certificate != null) {
                    found("certificate", by + " generateCertificate", certificate.getEncoded());
                }
            });
        }
    }

    /** The first value of a file, whatever follows it. */
    private void first(byte[] bytes) throws Exception {
        Object value = new ASN1InputStream(bytes).readObject();
        String how = "ASN1InputStream";
        attempt(() -> found("request", how,
                new PKCS10CertificationRequest(
                        org.bouncycastle.asn1.pkcs.CertificationRequest.getInstance(value)).getEncoded()));
        attempt(() -> found("certificate", how,
                new X509CertificateHolder(org.bouncycastle.asn1.x509.Certificate.getInstance(value)).getEncoded()));
        attempt(() -> {
            SubjectPublicKeyInfo key = SubjectPublicKeyInfo.getInstance(value);
            KeyFactory.getInstance(key.getAlgorithm().getAlgorithm().getId(), OURS);
            found("public-key", how, key.getEncoded());
        });
        attempt(() -> {
            PrivateKeyInfo key = PrivateKeyInfo.getInstance(value);
            KeyFactory.getInstance(key.getPrivateKeyAlgorithm().getAlgorithm().getId(), OURS);
            found("private-key", how, null);
        });
    }

    private void keys(byte[] bytes) {
        for (String algorithm : List.of("RSA", "EC", "Ed25519")) {
            attempt(() -> keys(bytes, KeyFactory.getInstance(algorithm)));
            attempt(() -> keys(bytes, KeyFactory.getInstance(algorithm, OURS)));
        }
    }

    private void keys(byte[] bytes, KeyFactory factory) {
        String how = factory.getProvider().getName() + " KeyFactory";
        attempt(() -> found("public-key", how, factory.generatePublic(new X509EncodedKeySpec(bytes)).getEncoded()));
        attempt(() -> {
            factory.generatePrivate(new PKCS8EncodedKeySpec(bytes));
            found("private-key", how, null);
        });
    }
}
