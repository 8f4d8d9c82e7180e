//! How the hub is reached, and where its files are kept.

use std::path::PathBuf;

/// How the Hugging Face hub is reached, and where its files are kept.
#[derive(Clone, PartialEq, Eq)]
pub struct HubOptions {
    /// The hub's address, without a slash at its end.
    pub endpoint: String,
    /// Sent to the hub, for private and gated models.
    pub token: Option<String>,
    /// The cache, in the layout that all clients of the hub share.
    pub cache_dir: PathBuf,
    /// Use the cache only.
    pub offline: bool,
}

impl HubOptions {
    /// Reads the variables that every client of the hub knows:
    ///
    /// - `HF_ENDPOINT`: a mirror's address instead of `https://huggingface.co`;
    /// - `HF_HUB_CACHE`: the cache, else `HF_HOME/hub`, else `huggingface/hub` in `XDG_CACHE_HOME` or `~/.cache`;
    /// - `HF_TOKEN`: the token, else the contents of the file `HF_TOKEN_PATH`, else of `HF_HOME/token`;
    /// - `HF_HUB_OFFLINE`: 1, true, yes or on to use the cache only.
    pub fn from_env() -> Self {
        Self::from_variables(&|name| std::env::var(name).ok())
    }

    fn from_variables(variable: &dyn Fn(&str) -> Option<String>) -> Self {
        let given = |name: &str| variable(name).filter(|value| !value.is_empty());
        let home = given("HF_HOME").map_or_else(
            || {
                let cache = given("XDG_CACHE_HOME").map(PathBuf::from);
                let cache = cache.or_else(|| std::env::home_dir().map(|home| home.join(".cache")));
                cache.unwrap_or_default().join("huggingface")
            },
            PathBuf::from,
        );
        let token_file = given("HF_TOKEN_PATH").map_or_else(|| home.join("token"), PathBuf::from);
        let token = given("HF_TOKEN").or_else(|| std::fs::read_to_string(token_file).ok());
        let endpoint = given("HF_ENDPOINT").unwrap_or_else(|| "https://huggingface.co".into());
        Self {
            endpoint: endpoint.trim_end_matches('/').into(),
            token: token.map(|token| token.trim().to_owned()).filter(|token| !token.is_empty()),
            cache_dir: given("HF_HUB_CACHE").map_or_else(|| home.join("hub"), PathBuf::from),
            offline: given("HF_HUB_OFFLINE")
                .is_some_and(|value| ["1", "true", "yes", "on"].contains(&value.to_lowercase().as_str())),
        }
    }
}

impl std::fmt::Debug for HubOptions {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("HubOptions")
            .field("endpoint", &self.endpoint)
            .field("token", &self.token.as_ref().map(|_| "hidden"))
            .field("cache_dir", &self.cache_dir)
            .field("offline", &self.offline)
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn options(variables: &[(&str, &str)]) -> HubOptions {
        HubOptions::from_variables(&|name| {
            variables.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned())
        })
    }

    #[test]
    fn variables_say_where_and_how() {
        let given = options(&[
            ("HF_ENDPOINT", "http://mirror.example/"),
            ("HF_TOKEN", " hf_secret\n"),
            ("HF_HUB_CACHE", "/cache"),
            ("HF_HOME", "/elsewhere"),
            ("HF_HUB_OFFLINE", "TRUE"),
        ]);
        assert_eq!(given.endpoint, "http://mirror.example");
        assert_eq!(given.token.as_deref(), Some("hf_secret"));
        assert_eq!(given.cache_dir, PathBuf::from("/cache"));
        assert!(given.offline);
        assert!(!format!("{given:?}").contains("hf_secret"));
    }

    #[test]
    fn the_home_holds_cache_and_token() {
        let home = tempfile::tempdir().unwrap();
        std::fs::write(home.path().join("token"), "hf_from_file\n").unwrap();
        let given = options(&[("HF_HOME", home.path().to_str().unwrap()), ("HF_HUB_OFFLINE", "0")]);
        assert_eq!(given.endpoint, "https://huggingface.co");
        assert_eq!(given.token.as_deref(), Some("hf_from_file"));
        assert_eq!(given.cache_dir, home.path().join("hub"));
        assert!(!given.offline);

        let cache = home.path().to_str().unwrap();
        let given = options(&[("XDG_CACHE_HOME", cache)]);
        assert_eq!((given.cache_dir, given.token), (home.path().join("huggingface/hub"), None));
    }
}
