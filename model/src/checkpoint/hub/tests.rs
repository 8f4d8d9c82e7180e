use std::{cell::Cell, collections::BTreeMap, fs, path::Path, sync::PoisonError};

use self::server::Hub;
use super::*;
use crate::checkpoint::{
    Checkpoint, CheckpointError, ModelSource,
    fake::{Tensors, counting, safetensors_bytes, settings_folder},
};

mod server;

/// The files of a small checkpoint, with one that nobody needs.
fn files() -> BTreeMap<String, Vec<u8>> {
    let folder = settings_folder();
    let mut files: BTreeMap<_, _> = fs::read_dir(folder.path())
        .unwrap()
        .map(|entry| entry.unwrap())
        .map(|entry| (entry.file_name().into_string().unwrap(), fs::read(entry.path()).unwrap()))
        .collect();
    files.insert("model.safetensors".into(), safetensors_bytes(&Tensors::from([counting("a", &[100_000])])));
    files.insert("pytorch_model.bin".into(), b"not needed".into());
    files
}

fn options(hub: &Hub, cache: &Path) -> HubOptions {
    HubOptions { endpoint: hub.address(), token: Some("hf_test".into()), cache_dir: cache.into(), offline: false }
}

fn open(options: &HubOptions, progress: &dyn Fn(Progress<'_>)) -> Result<Checkpoint, CheckpointError> {
    Checkpoint::open_with(&ModelSource::parse("owner/tiny").unwrap(), options, progress)
}

#[test]
fn what_is_needed_is_downloaded_once_and_then_works_offline() {
    let hub = Hub::start(files());
    let cache = tempfile::tempdir().unwrap();
    let mut options = options(&hub, cache.path());

    let (last_done, last_total) = (Cell::new(0), Cell::new(0));
    let checkpoint = open(&options, &|progress| {
        if let Progress::Download { file: "model.safetensors", done, total } = progress {
            assert!(done >= last_done.replace(done) || last_total.get() == 0);
            last_total.set(total);
        }
    });
    let checkpoint = checkpoint.unwrap();
    assert_eq!((checkpoint.name.as_str(), checkpoint.revision.as_str()), ("owner/tiny", server::COMMIT));
    assert_eq!(checkpoint.tensor("a", &[100_000]).unwrap()[99_999..], [99_999.0]);
    assert_eq!(last_total.get(), files()["model.safetensors"].len() as u64);
    assert_eq!(last_done.get(), last_total.get());
    assert!(hub.requests().iter().all(|request| request.token.as_deref() == Some("Bearer hf_test")));
    assert!(!hub.requests().iter().any(|request| request.path.contains("pytorch_model.bin")));

    let downloads = hub.downloads();
    assert_eq!(open(&options, &|_| {}).unwrap().revision, server::COMMIT);
    assert_eq!(hub.downloads(), downloads, "the second time everything is there");

    let requests = hub.requests().len();
    options.offline = true;
    assert_eq!(open(&options, &|_| panic!("nothing to download")).unwrap().revision, server::COMMIT);
    assert_eq!(hub.requests().len(), requests, "offline means no request at all");
    let pinned = ModelSource::Hub { id: "owner/tiny".into(), revision: server::COMMIT.into() };
    assert_eq!(Checkpoint::open_with(&pinned, &options, &|_| {}).unwrap().revision, server::COMMIT);

    options.offline = false;
    hub.stop();
    let reason = Cell::new(None);
    let checkpoint = open(&options, &|progress| {
        if let Progress::UsingCache { reason: why } = progress {
            reason.set(Some(why.to_owned()));
        }
    });
    assert_eq!(checkpoint.unwrap().revision, server::COMMIT);
    assert!(reason.take().is_some_and(|reason| !reason.is_empty()));
}

#[test]
fn an_interrupted_download_goes_on_where_it_stopped() {
    let hub = Hub::start(files());
    let cache = tempfile::tempdir().unwrap();
    let options = options(&hub, cache.path());

    // Each answer breaks off after 100,000 of 400,000 bytes, so that all attempts are used up.
    hub.break_off_after(Some(100_000));
    let message = open(&options, &|_| {}).unwrap_err().to_string();
    assert!(message.contains("owner/tiny can't be downloaded") && message.contains("run again"), "{message}");
    assert!(options.cached_files() < files().len());

    hub.break_off_after(None);
    let first_done = Cell::new(None);
    let checkpoint = open(&options, &|progress| {
        if let Progress::Download { file: "model.safetensors", done, .. } = progress
            && done > 0
            && first_done.get().is_none()
        {
            first_done.set(Some(done));
        }
    });
    assert_eq!(checkpoint.unwrap().tensor("a", &[100_000]).unwrap()[77_777..77_778], [77_777.0]);
    assert_eq!(first_done.get(), Some(300_000), "three attempts had brought 300,000 bytes");
}

#[test]
fn a_server_without_ranges_cannot_spoil_the_cache() {
    let hub = Hub::start(files());
    let cache = tempfile::tempdir().unwrap();
    let options = options(&hub, cache.path());
    hub.break_off_after(Some(100_000));
    assert!(open(&options, &|_| {}).is_err());
    hub.break_off_after(None);
    hub.ignore_ranges(true);
    let message = open(&options, &|_| {}).unwrap_err().to_string();
    assert!(message.contains("model.safetensors came with"), "{message}");
    hub.ignore_ranges(false);
    assert_eq!(open(&options, &|_| {}).unwrap().tensor("a", &[100_000]).unwrap()[..2], [0.0, 1.0]);
}

#[test]
fn shards_are_downloaded_with_their_index() {
    let mut files = files();
    files.remove("model.safetensors");
    files.remove("pytorch_model.bin");
    files.insert("one.safetensors".into(), safetensors_bytes(&Tensors::from([counting("a", &[3])])));
    files.insert("two.safetensors".into(), safetensors_bytes(&Tensors::from([counting("b", &[4])])));
    let index = serde_json::json!({ "weight_map": { "a": "one.safetensors", "b": "two.safetensors" } });
    files.insert("model.safetensors.index.json".into(), index.to_string().into_bytes());
    let hub = Hub::start(files);
    let cache = tempfile::tempdir().unwrap();
    let checkpoint = open(&options(&hub, cache.path()), &|_| {}).unwrap();
    assert_eq!(checkpoint.tensor("b", &[4]).unwrap(), [0.0, 1.0, 2.0, 3.0]);
}

#[test]
fn what_is_wrong_is_said() {
    let hub = Hub::start(files());
    let cache = tempfile::tempdir().unwrap();
    let mut options = options(&hub, cache.path());
    let unknown = ModelSource::parse("owner/unknown@v9").unwrap();
    let message = Checkpoint::open_with(&unknown, &options, &|_| {}).unwrap_err().to_string();
    assert!(message.contains("no model owner/unknown with the revision v9"), "{message}");
    assert!(message.contains("HF_TOKEN"), "{message}");

    hub.remove_file("tokenizer.json");
    let message = open(&options, &|_| {}).unwrap_err().to_string();
    assert!(message.contains("owner/tiny on http") && message.ends_with("has no tokenizer.json"), "{message}");

    options.offline = true;
    let message = open(&options, &|_| {}).unwrap_err().to_string();
    assert!(message.contains("no complete copy of owner/tiny") && message.contains("HF_HUB_OFFLINE"), "{message}");

    options.offline = false;
    hub.stop();
    let message = open(&options, &|_| {}).unwrap_err().to_string();
    assert!(message.contains("can't be downloaded from http://127.0.0.1"), "{message}");
    assert!(message.contains("give a folder"), "{message}");
}

impl HubOptions {
    /// How many files of the checkpoint the cache shows.
    fn cached_files(&self) -> usize {
        let folder = self.cache_dir.join("models--owner--tiny/snapshots").join(server::COMMIT);
        fs::read_dir(folder).map_or(0, Iterator::count)
    }
}
