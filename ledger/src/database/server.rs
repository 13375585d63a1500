//! How the server of a ledger is reached. A connection that leaves the machine is encrypted, and the
//! server is who it should be, unless the caller says otherwise.

use std::fs::File;
use std::io::{self, ErrorKind, Read};
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use percent_encoding::percent_decode_str;
use postgres::config::{Host, SslMode};
use postgres::{Client, Config, NoTls};
use rustls::crypto::aws_lc_rs;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{ClientConfig, RootCertStore};
use tokio_postgres_rustls::MakeRustlsConnect;

use crate::error::{FileStep, LedgerError, UrlError};

/// The largest file of certificates of authorities.
const MAX_AUTHORITY_BYTES: u64 = 1 << 20;

/// Connects to `url`, in the form of libpq.
pub(super) fn connect(url: &str) -> Result<Client, LedgerError> {
    let Target { mut config, authority } = Target::read(url)?;
    let connected = match authority {
        Some(file) => {
            if config.get_ssl_mode() == SslMode::Disable {
                return Err(UrlError::AuthorityUnused.into());
            }
            let tls = MakeRustlsConnect::new(client(&file)?);
            config.ssl_mode(SslMode::Require).connect(tls)
        }
        None if config.get_ssl_mode() == SslMode::Disable || stays_here(&config) => {
            config.connect(NoTls)
        }
        None => return Err(UrlError::Unencrypted.into()),
    };
    connected.map_err(|error| LedgerError::Unreachable(words(&error)))
}

/// What a URL says.
struct Target {
    config: Config,
    /// The certificates of the authorities that may vouch for the server.
    authority: Option<PathBuf>,
}

impl Target {
    /// Reads the parameters of libpq that are about verification here, and leaves the others to the
    /// crate: `sslrootcert`, and `sslmode=verify-full`, which is what is done wherever there is TLS.
    fn read(url: &str) -> Result<Self, UrlError> {
        let (address, query) = url.split_once('?').unwrap_or((url, ""));
        let (mut authority, mut is_demanded) = (None, false);
        let mut others = Vec::new();
        for parameter in query.split('&').filter(|parameter| !parameter.is_empty()) {
            let (name, value) = parameter.split_once('=').unwrap_or((parameter, ""));
            match name {
                "sslrootcert" if authority.is_some() || value.is_empty() => {
                    return Err(UrlError::AuthorityUnnamed);
                }
                "sslrootcert" => {
                    let value = percent_decode_str(value).decode_utf8();
                    let file = value.map_err(|error| UrlError::Form(error.to_string()))?;
                    authority = Some(PathBuf::from(file.into_owned()));
                }
                "sslmode" if value == "verify-full" => is_demanded = true,
                _ => others.push(parameter),
            }
        }
        if is_demanded && authority.is_none() {
            return Err(UrlError::AuthorityMissing);
        }
        let url = if others.is_empty() {
            address.to_owned()
        } else {
            format!("{address}?{}", others.join("&"))
        };
        let config = url.parse().map_err(|error| UrlError::Form(words(&error)))?;
        Ok(Self { config, authority })
    }
}

/// Whether no host of `config` is another machine.
fn stays_here(config: &Config) -> bool {
    let is_here = |host: &Host| match host {
        Host::Tcp(name) => {
            name == "localhost" || name.parse::<IpAddr>().is_ok_and(|it| it.is_loopback())
        }
        #[cfg(unix)]
        Host::Unix(_) => true,
    };
    config.get_hosts().iter().all(is_here) && config.get_hostaddrs().iter().all(IpAddr::is_loopback)
}

/// TLS 1.2 or 1.3 to a server whose certificate leads to one in `file` and is for its host.
fn client(file: &Path) -> Result<ClientConfig, LedgerError> {
    let unusable = |said: Option<String>| LedgerError::Authority { path: file.to_owned(), said };
    let pem = read(file).map_err(|error| LedgerError::Io {
        step: FileStep::ReadAuthority,
        path: file.to_owned(),
        error,
    })?;
    let mut authorities = RootCertStore::empty();
    for certificate in CertificateDer::pem_slice_iter(&pem) {
        let certificate = certificate.map_err(|error| unusable(Some(error.to_string())))?;
        authorities.add(certificate).map_err(|error| unusable(Some(error.to_string())))?;
    }
    if authorities.is_empty() {
        return Err(unusable(None));
    }
    let provider = Arc::new(aws_lc_rs::default_provider());
    let versions = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| unusable(Some(error.to_string())))?;
    Ok(versions.with_root_certificates(authorities).with_no_client_auth())
}

/// A whole file, which is none that could keep us waiting.
fn read(file: &Path) -> io::Result<Vec<u8>> {
    let metadata = std::fs::metadata(file)?;
    if !metadata.is_file() {
        let is_folder = metadata.is_dir();
        return Err(if is_folder { ErrorKind::IsADirectory } else { ErrorKind::Unsupported }.into());
    }
    if metadata.len() > MAX_AUTHORITY_BYTES {
        return Err(ErrorKind::FileTooLarge.into());
    }
    let mut bytes = Vec::new();
    File::open(file)?.take(MAX_AUTHORITY_BYTES).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// What the server said, not only that it said something; and why there is no connection to it.
pub(super) fn words(error: &postgres::Error) -> String {
    if let Some(said) = error.as_db_error() {
        return said.message().to_owned();
    }
    let mut words = error.to_string();
    let mut source = std::error::Error::source(error);
    while let Some(cause) = source {
        let cause_words = cause.to_string();
        if !words.contains(&cause_words) {
            words = format!("{words}: {cause_words}");
        }
        source = cause.source();
    }
    words
}
