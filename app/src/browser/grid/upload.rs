//! Adding pictures: files and whole folders, each file in a request of its own, a few at a time.

use std::cell::{Cell, RefCell};
use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

use leptos::ev;
use leptos::prelude::*;
use leptos::task::spawn_local;
use web_sys::js_sys::Reflect;
use web_sys::{DataTransfer, File, HtmlInputElement, XmlHttpRequest};

use super::super::files::listed;
use super::super::toast::{toast, toast_with_undo};
use super::super::{dropped, element, sending};
use super::bulk;
use crate::error;
use crate::pages::grid::state::{GridState, Upload, UploadPhase};
use crate::types::{ListedImage, Problem, Role, Sort};

/// The id of the field for folders.
pub(crate) const FOLDER_ID: &str = "upload-folder";

/// Requests at once.
const AT_ONCE: usize = 3;

thread_local! {
    /// The files that wait, by their upload's number.
    static WAITING: RefCell<VecDeque<(u32, File, String)>> = const { RefCell::new(VecDeque::new()) };
    /// The requests that run.
    static RUNNING: RefCell<HashMap<u32, XmlHttpRequest>> = RefCell::new(HashMap::new());
    /// Ids of the pictures that have been added since files were under way.
    static ADDED: RefCell<Vec<String>> = const { RefCell::new(Vec::new()) };
    /// How many chosen files were no pictures.
    static LEFT_OUT: Cell<usize> = const { Cell::new(0) };
    /// Numbers the files.
    static NUMBER: Cell<u32> = const { Cell::new(0) };
}

/// What the server says of one file.
#[derive(serde::Deserialize)]
struct Added {
    image: Option<ListedImage>,
    /// Whether the dataset had it before.
    #[serde(default)]
    already_there: bool,
    error: Option<Problem>,
}

/// What the server says of all files of a request.
#[derive(serde::Deserialize)]
struct Answer {
    results: Vec<Added>,
}

/// Takes what is dropped anywhere on the page, from who may add pictures.
pub(super) fn attach(grid: GridState) {
    if !grid.may(Role::Owner) {
        return;
    }
    window_event_listener(ev::dragover, move |event| {
        if holds_files(event.data_transfer().as_ref()) {
            event.prevent_default();
            grid.is_dragging.set(true);
        }
    });
    window_event_listener(ev::dragleave, move |event| {
        // Without a related target the pointer has left the window, not just passed from one element to the next.
        if event.related_target().is_none() {
            grid.is_dragging.set(false);
        }
    });
    window_event_listener(ev::drop, move |event| {
        grid.is_dragging.set(false);
        if let Some(transfer) = event.data_transfer().filter(|transfer| holds_files(Some(transfer))) {
            event.prevent_default();
            // The entries must be taken before anything is waited for.
            let dropped = dropped::dropped(&transfer);
            spawn_local(async move { take(grid, dropped::files(dropped).await) });
        }
    });
}

/// Takes the files that were chosen, and empties the input for the next ones.
pub(crate) fn take_chosen(grid: GridState, input: &HtmlInputElement) {
    let files = listed(input.files());
    input.set_value("");
    take(grid, files.into_iter().map(|file| (path_of(&file), file)).collect());
}

/// Has somebody choose a folder.
pub(crate) fn choose_folder() {
    if let Some(input) = element::<HtmlInputElement>(FOLDER_ID) {
        input.click();
    }
}

/// A chosen file's name, with the folders that it was chosen with.
fn path_of(file: &File) -> String {
    let path = Reflect::get(file, &"webkitRelativePath".into()).ok().and_then(|path| path.as_string());
    path.filter(|path| !path.is_empty()).unwrap_or_else(|| file.name())
}

/// Cancels what is under way, and takes the list away.
pub(crate) fn dismiss(grid: GridState) {
    WAITING.with_borrow_mut(VecDeque::clear);
    for (_, request) in RUNNING.take() {
        let _ = request.abort();
    }
    offer_undo(grid);
    grid.uploads.set(Vec::new());
}

fn take(grid: GridState, files: Vec<(String, File)>) {
    let all = files.len();
    // A folder has other files too; what was chosen by itself is sent, and the server says what is wrong with it.
    let is_wanted = |(name, file): &(String, File)| !name.contains('/') || file.type_().starts_with("image/");
    let files: Vec<_> = files.into_iter().filter(is_wanted).collect();
    if files.len() < all {
        LEFT_OUT.set(LEFT_OUT.get() + all - files.len());
        toast(&left_out(LEFT_OUT.get()));
    }
    let added: Vec<Upload> = files
        .into_iter()
        .map(|(name, file)| {
            let number = NUMBER.get() + 1;
            NUMBER.set(number);
            let limit = grid.max_request_bytes as f64;
            let phase = if limit > 0.0 && file.size() > limit {
                UploadPhase::Failed(Box::new(error::too_large(file.size(), limit)))
            } else {
                WAITING.with_borrow_mut(|waiting| waiting.push_back((number, file, name.clone())));
                UploadPhase::Waiting
            };
            Upload { number, name, phase }
        })
        .collect();
    grid.uploads.update(|uploads| uploads.extend(added));
    start(grid);
}

fn start(grid: GridState) {
    while RUNNING.with_borrow(HashMap::len) < AT_ONCE {
        let Some((number, file, name)) = WAITING.with_borrow_mut(VecDeque::pop_front) else { return };
        let Ok(request) = XmlHttpRequest::new() else { return };
        RUNNING.with_borrow_mut(|running| running.insert(number, request.clone()));
        set_phase(grid, number, UploadPhase::Sending(0.0));
        spawn_local(async move {
            let path = format!("/api/v1/datasets/{}/images", grid.slug());
            let progress = move |share| set_phase(grid, number, UploadPhase::Sending(share));
            let answer = sending::send(&request, &path, ("images", &file, &name), progress).await;
            // What was cancelled is on no list any more.
            if RUNNING.with_borrow_mut(|running| running.remove(&number)).is_some() {
                set_phase(grid, number, settle(grid, answer));
                start(grid);
                offer_undo(grid);
            }
        });
    }
}

fn settle(grid: GridState, (status, body): (u16, String)) -> UploadPhase {
    if status == 0 {
        return UploadPhase::Failed(Box::new(error::unreachable()));
    }
    let answer = serde_json::from_str::<Answer>(&body).ok().and_then(|answer| answer.results.into_iter().next());
    match answer {
        Some(Added { image: Some(image), already_there, .. }) => {
            if !already_there {
                ADDED.with_borrow_mut(|added| added.push(image.id.clone()));
                show(grid, image);
            }
            UploadPhase::Done
        }
        Some(Added { error: Some(problem), .. }) => UploadPhase::Failed(Box::new(problem)),
        _ => UploadPhase::Failed(Box::new(error::from_answer(status, &body))),
    }
}

fn left_out(number: usize) -> String {
    plural!(number, "{n} file left out: no picture", "{n} files left out: no pictures")
}

/// Offers to take back what was added, once nothing is under way any more.
fn offer_undo(grid: GridState) {
    if RUNNING.with_borrow(HashMap::is_empty) {
        let added = ADDED.take();
        let left = LEFT_OUT.take();
        if !added.is_empty() {
            let words = plural!(added.len(), "{n} picture added", "{n} pictures added");
            // The word on what was left out would be gone otherwise before it is read.
            let words = if left > 0 { format!("{words} · {}", left_out(left)) } else { words };
            toast_with_undo(&words, move || bulk::remove(grid, added));
        }
    }
}

/// Shows a new picture where it belongs: at the end of the list in the order of adding.
fn show(grid: GridState, image: ListedImage) {
    bulk::count(grid, 1);
    let is_at_end = grid.listing.with_untracked(|listing| {
        !listing.is_filtered() && matches!(listing.sort, Sort::Usual | Sort::Added) && listing.page_size == 0
    });
    if is_at_end && grid.images.with_untracked(|images| images.next.is_none()) {
        grid.images.update(|images| images.items.push(Arc::new(image)));
    }
}

fn set_phase(grid: GridState, number: u32, phase: UploadPhase) {
    grid.uploads.update(|uploads| {
        if let Some(upload) = uploads.iter_mut().find(|upload| upload.number == number) {
            upload.phase = phase;
        }
    });
}

/// Whether files are being dragged.
pub(crate) fn holds_files(transfer: Option<&DataTransfer>) -> bool {
    transfer.is_some_and(|transfer| transfer.types().includes(&"Files".into(), 0))
}
