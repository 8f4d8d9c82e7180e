//! The certificate: read at the start, and again whenever it was renewed.

use std::{
    fs,
    path::{Path, PathBuf},
    sync::Arc,
    time::{Duration, SystemTime},
};

use arc_swap::ArcSwap;
use rustls::{
    ServerConfig,
    crypto::ring,
    pki_types::{CertificateDer, PrivateKeyDer, pem, pem::PemObject},
};
use tokio_rustls::TlsAcceptor;

/// A certificate with its key, in the state that its files have.
pub(crate) struct Tls {
    certificate: PathBuf,
    key: PathBuf,
    current: ArcSwap<ServerConfig>,
}

/// Why a certificate can't be used.
#[derive(Debug, thiserror::Error)]
pub(crate) enum TlsError {
    #[error("{flag} {} can't be read: {problem}", path.display())]
    Unreadable { flag: &'static str, path: PathBuf, problem: String },
    #[error("--ssl-cert {} holds no certificate; it must be a PEM file with a section BEGIN CERTIFICATE", .0.display())]
    NoCertificate(PathBuf),
    #[error(
        "--ssl-key {} holds no private key; it must be a PEM file with a section BEGIN PRIVATE KEY, without a password",
        .0.display()
    )]
    NoKey(PathBuf),
    #[error(
        "--ssl-key {} is not the key of --ssl-cert {}; give the two that were made together",
        key.display(), certificate.display()
    )]
    Mismatch { certificate: PathBuf, key: PathBuf },
    #[error("--ssl-cert and --ssl-key can't be used: {0}")]
    Unusable(rustls::Error),
}

/// When and how long a file was written, of both files; `None` for one that isn't there.
type Stamp = [Option<(SystemTime, u64)>; 2];

impl Tls {
    /// Reads the certificate with those that vouch for it, and its key.
    pub(crate) fn load(certificate: &Path, key: &Path) -> Result<Self, TlsError> {
        let current = ArcSwap::from_pointee(read(certificate, key)?);
        Ok(Self { certificate: certificate.into(), key: key.into(), current })
    }

    /// What encrypts the next connection.
    pub(super) fn acceptor(&self) -> TlsAcceptor {
        TlsAcceptor::from(self.current.load_full())
    }

    /// Looks at the files every now and then, forever, and takes what is new. A certificate that can't be used leaves
    /// the old one in place and a warning in the log.
    pub(crate) async fn watch(self: Arc<Self>, every: Duration) {
        let mut taken = self.stamp();
        let mut is_broken = false;
        loop {
            tokio::time::sleep(every).await;
            let tls = Arc::clone(&self);
            let look = move || {
                let found = tls.stamp();
                // The stamps come first: what is written while the files are read is seen the next time.
                let outcome = (found != taken || is_broken).then(|| read(&tls.certificate, &tls.key));
                (found, outcome)
            };
            let Ok((found, Some(outcome))) = tokio::task::spawn_blocking(look).await else { continue };
            match outcome {
                Ok(config) => {
                    self.current.store(Arc::new(config));
                    is_broken = false;
                    tracing::info!("the renewed certificate is in use");
                }
                Err(error) => {
                    is_broken = true;
                    if found != taken {
                        tracing::warn!(%error, "the renewed certificate can't be used; the old one stays");
                    }
                }
            }
            taken = found;
        }
    }

    fn stamp(&self) -> Stamp {
        [&self.certificate, &self.key].map(|path| {
            let metadata = fs::metadata(path).ok()?;
            Some((metadata.modified().ok()?, metadata.len()))
        })
    }
}

fn read(certificate: &Path, key: &Path) -> Result<ServerConfig, TlsError> {
    let unreadable = |flag, path: &Path, error: pem::Error| {
        let problem = if let pem::Error::Io(error) = error { error.to_string() } else { "it is no PEM file".into() };
        TlsError::Unreadable { flag, path: path.into(), problem }
    };
    let chain = CertificateDer::pem_file_iter(certificate).and_then(Iterator::collect::<Result<Vec<_>, _>>);
    let chain = chain.map_err(|error| unreadable("--ssl-cert", certificate, error))?;
    if chain.is_empty() {
        return Err(TlsError::NoCertificate(certificate.into()));
    }
    let private = PrivateKeyDer::from_pem_file(key).map_err(|error| match error {
        pem::Error::NoItemsFound => TlsError::NoKey(key.into()),
        error => unreadable("--ssl-key", key, error),
    })?;
    let builder = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()));
    let builder = builder.with_safe_default_protocol_versions().map_err(TlsError::Unusable)?;
    let config = builder.with_no_client_auth().with_single_cert(chain, private);
    let mut config = config.map_err(|error| match error {
        rustls::Error::InconsistentKeys(_) => TlsError::Mismatch { certificate: certificate.into(), key: key.into() },
        error => TlsError::Unusable(error),
    })?;
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(config)
}

#[cfg(test)]
mod tests {
    use tempfile::TempDir;

    use super::*;

    /// A folder with `a.pem`, `a.key`, `b.pem` and `b.key`.
    fn certificates() -> TempDir {
        let folder = tempfile::tempdir().unwrap();
        for name in ["a", "b"] {
            let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
            fs::write(folder.path().join(format!("{name}.pem")), made.cert.pem()).unwrap();
            fs::write(folder.path().join(format!("{name}.key")), made.signing_key.serialize_pem()).unwrap();
        }
        folder
    }

    fn complaint(folder: &TempDir, certificate: &str, key: &str) -> String {
        let read = read(&folder.path().join(certificate), &folder.path().join(key));
        read.map(|_| "none").unwrap_err().to_string()
    }

    #[test]
    fn what_is_wrong_with_a_certificate_is_said() {
        let folder = certificates();
        assert!(read(&folder.path().join("a.pem"), &folder.path().join("a.key")).is_ok());
        assert!(complaint(&folder, "a.pem", "b.key").contains("is not the key of"));
        assert!(complaint(&folder, "a.key", "a.key").contains("holds no certificate"));
        assert!(complaint(&folder, "a.pem", "a.pem").contains("holds no private key"));
        assert!(complaint(&folder, "c.pem", "a.key").contains("--ssl-cert"));
        assert!(complaint(&folder, "a.pem", "c.key").contains("--ssl-key"));
    }

    #[tokio::test]
    async fn broken_renewal_leaves_the_old_certificate_and_a_good_one_replaces_it() {
        let folder = certificates();
        let path = |name: &str| folder.path().join(name);
        let tls = Arc::new(Tls::load(&path("a.pem"), &path("a.key")).unwrap());
        let first = tls.current.load_full();
        let watch = tokio::spawn(Arc::clone(&tls).watch(Duration::from_millis(10)));
        fs::write(path("a.pem"), "broken").unwrap();
        tokio::time::sleep(Duration::from_millis(100)).await;
        assert!(Arc::ptr_eq(&tls.current.load_full(), &first));
        fs::copy(path("b.pem"), path("a.pem")).unwrap();
        fs::copy(path("b.key"), path("a.key")).unwrap();
        let replaced = async {
            while Arc::ptr_eq(&tls.current.load_full(), &first) {
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        };
        tokio::time::timeout(Duration::from_secs(20), replaced).await.unwrap();
        watch.abort();
    }
}
