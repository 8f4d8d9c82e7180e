//! Files and folders that were dropped.

use super::files::listed;
use wasm_bindgen::JsCast;
use wasm_bindgen_futures::JsFuture;
use web_sys::js_sys::{Array, Promise};
use web_sys::{DataTransfer, File, FileSystemDirectoryEntry, FileSystemEntry, FileSystemFileEntry};

/// What was dropped: files and folders, or files alone where the browser can't tell.
pub(crate) struct Dropped {
    entries: Vec<FileSystemEntry>,
    files: Vec<File>,
}

/// What was dropped. It can be asked for only while the drop is being handled.
pub(crate) fn dropped(transfer: &DataTransfer) -> Dropped {
    let items = transfer.items();
    let entries = (0..items.length()).filter_map(|place| items.get(place)?.webkit_get_as_entry().ok().flatten());
    Dropped { entries: entries.collect(), files: listed(transfer.files()) }
}

/// All files in it, with the folders that they lie in.
pub(crate) async fn files(dropped: Dropped) -> Vec<(String, File)> {
    let Dropped { entries, files } = dropped;
    if entries.is_empty() {
        return files.into_iter().map(|file| (file.name(), file)).collect();
    }
    let (mut open, mut files) = (entries, Vec::new());
    open.reverse();
    while let Some(entry) = open.pop() {
        // Not by its class: browsers have none of this name to compare with.
        if entry.is_directory() {
            let mut inside = read_folder(entry.unchecked_ref()).await;
            inside.reverse();
            open.extend(inside);
        } else if let Some(file) = read_file(entry.unchecked_ref()).await {
            let path = entry.full_path();
            files.push((path.trim_start_matches('/').to_owned(), file));
        }
    }
    files
}

/// A folder's entries, which come in parts.
async fn read_folder(folder: &FileSystemDirectoryEntry) -> Vec<FileSystemEntry> {
    let (reader, mut all) = (folder.create_reader(), Vec::new());
    loop {
        let part = Promise::new(&mut |resolve, reject| {
            let _ = reader.read_entries_with_callback_and_callback(&resolve, &reject);
        });
        let part = JsFuture::from(part).await.ok().and_then(|part| part.dyn_into::<Array>().ok());
        let part: Vec<FileSystemEntry> = part.iter().flat_map(Array::iter).map(JsCast::unchecked_into).collect();
        if part.is_empty() {
            return all;
        }
        all.extend(part);
    }
}

async fn read_file(entry: &FileSystemFileEntry) -> Option<File> {
    let file = Promise::new(&mut |resolve, reject| entry.file_with_callback_and_callback(&resolve, &reject));
    JsFuture::from(file).await.ok()?.dyn_into().ok()
}
