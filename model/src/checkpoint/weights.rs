//! The weights of a checkpoint, whatever files they are spread over.

use std::{
    collections::HashMap,
    fs::File,
    io::Read,
    path::{Path, PathBuf},
};

use super::{
    CheckpointError,
    layout::{Layout, disk_names, strip_wrappers},
    pytorch::PytorchFile,
    safetensors::SafetensorsFile,
};

/// The files that hold weights, in the order in which they are looked for.
pub(super) const WEIGHT_FILES: [&str; 4] =
    ["model.safetensors", "model.safetensors.index.json", "pytorch_model.bin", "pytorch_model.bin.index.json"];

/// A tensor as a file lists it.
pub(super) struct StoredTensor {
    pub(super) name: String,
    pub(super) shape: Vec<usize>,
}

/// All tensors of a checkpoint, found by their native names.
#[derive(Debug)]
pub(super) struct Weights {
    /// The file to name when a tensor is in none of them.
    main_file: PathBuf,
    files: Vec<(PathBuf, WeightFile)>,
    /// By name on disk, wrapper prefixes stripped.
    tensors: HashMap<String, Place>,
    layout: Layout,
}

#[derive(Debug)]
enum WeightFile {
    Safetensors(SafetensorsFile),
    Pytorch(PytorchFile),
}

/// Where a tensor lies.
#[derive(Debug)]
struct Place {
    file: usize,
    /// Its full name there.
    name: String,
    shape: Vec<usize>,
}

impl Weights {
    /// Opens the weights in `folder`.
    pub(super) fn open(folder: &Path) -> Result<Self, CheckpointError> {
        let Some(main_file) = WEIGHT_FILES.iter().map(|name| folder.join(name)).find(|file| file.exists()) else {
            let wanted = format!("weights: one of {}", WEIGHT_FILES.join(", "));
            return Err(CheckpointError::MissingFile { folder: folder.into(), wanted });
        };
        let paths = weight_paths(&main_file)?;
        let mut weights = Self { main_file, files: Vec::new(), tensors: HashMap::new(), layout: Layout::Native };
        for path in paths {
            weights.add(path)?;
        }
        weights.layout = Layout::detect(weights.tensors.keys().map(String::as_str));
        Ok(weights)
    }

    /// Every file with tensors in it.
    pub(super) fn paths(&self) -> impl Iterator<Item = &Path> {
        self.files.iter().map(|(path, _)| path.as_path())
    }

    pub(super) fn layout(&self) -> Layout {
        self.layout
    }

    /// The shape of a tensor in its native orientation.
    pub(super) fn shape_of(&self, native: &str) -> Option<Vec<usize>> {
        let (place, transposed) = self.find(native)?;
        let mut shape = place.shape.clone();
        if transposed {
            shape.reverse();
        }
        Some(shape)
    }

    /// The numbers of a tensor in its native orientation.
    pub(super) fn read(&self, native: &str, wanted: &[usize]) -> Result<Vec<f32>, CheckpointError> {
        self.read_optional(native, wanted)?.ok_or_else(|| {
            let disk = self.layout.disk_name(native);
            CheckpointError::MissingTensor {
                file: self.main_file.clone(),
                wanted: on_disk(wanted, disk.transposed),
                name: disk.name,
            }
        })
    }

    /// [`read`](Self::read) of a tensor that may be absent.
    pub(super) fn read_optional(&self, native: &str, wanted: &[usize]) -> Result<Option<Vec<f32>>, CheckpointError> {
        let Some((place, transposed)) = self.find(native) else { return Ok(None) };
        let (path, file) = &self.files[place.file];
        let wanted_on_disk = on_disk(wanted, transposed);
        // Exports of the mlx library keep convolution kernels as [out, height, width, in].
        let channels_last = match *wanted {
            [out, channels, height, width] if place.shape != wanted => place.shape == [out, height, width, channels],
            _ => false,
        };
        if place.shape != wanted_on_disk && !channels_last {
            return Err(CheckpointError::Shape {
                file: path.clone(),
                name: place.name.clone(),
                found: place.shape.clone(),
                wanted: wanted_on_disk,
            });
        }
        let values = match file {
            WeightFile::Safetensors(file) => file.read(&place.name)?,
            WeightFile::Pytorch(file) => file.read(&place.name)?,
        };
        Ok(Some(if transposed {
            swap_axes(&values, 1, place.shape[0], place.shape[1])
        } else if channels_last {
            swap_axes(&values, place.shape[0], place.shape[1] * place.shape[2], place.shape[3])
        } else {
            values
        }))
    }

    /// The tensor's place, and whether it is stored turned.
    fn find(&self, native: &str) -> Option<(&Place, bool)> {
        disk_names(native, self.layout)
            .into_iter()
            .find_map(|disk| self.tensors.get(&disk.name).map(|place| (place, disk.transposed)))
    }

    fn add(&mut self, path: PathBuf) -> Result<(), CheckpointError> {
        check_is_no_pointer(&path)?;
        let (file, listed): (_, Vec<StoredTensor>) = if path.extension().is_some_and(|extension| extension == "bin") {
            let file = PytorchFile::open(&path)?;
            let listed = file.tensors().collect();
            (WeightFile::Pytorch(file), listed)
        } else {
            let file = SafetensorsFile::open(&path)?;
            let listed = file.tensors().collect();
            (WeightFile::Safetensors(file), listed)
        };
        let number = self.files.len();
        for StoredTensor { name, shape } in listed {
            let key = strip_wrappers(&name).to_owned();
            self.tensors.insert(key, Place { file: number, name, shape });
        }
        self.files.push((path, file));
        Ok(())
    }
}

/// The files with tensors: the file itself or, when it is an index, those that it lists.
fn weight_paths(main_file: &Path) -> Result<Vec<PathBuf>, CheckpointError> {
    if !is_index(main_file) {
        return Ok(vec![main_file.into()]);
    }
    let folder = main_file.parent().unwrap_or(Path::new(""));
    shard_names(main_file)?
        .into_iter()
        .map(|name| {
            let path = folder.join(&name);
            let missing = || CheckpointError::MissingFile {
                folder: folder.into(),
                wanted: format!("{name}, which {} lists", main_file.display()),
            };
            if path.exists() { Ok(path) } else { Err(missing()) }
        })
        .collect()
}

/// Whether one of [`WEIGHT_FILES`] lists shards rather than holding tensors.
pub(super) fn is_index(file: impl AsRef<Path>) -> bool {
    file.as_ref().extension().is_some_and(|extension| extension == "json")
}

/// The names that an index of shards lists, sorted, each once.
pub(super) fn shard_names(index: &Path) -> Result<Vec<String>, CheckpointError> {
    check_is_no_pointer(index)?;
    let bytes = std::fs::read(index).map_err(|source| CheckpointError::Read { file: index.into(), source })?;
    let damaged = |reason: &str| CheckpointError::Damaged { file: index.into(), reason: reason.into() };
    let json: serde_json::Value =
        serde_json::from_slice(&bytes).map_err(|error| damaged(&format!("it is not JSON ({error})")))?;
    let map = json.get("weight_map").and_then(serde_json::Value::as_object);
    let map = map.ok_or_else(|| damaged("it has no object weight_map"))?;
    let mut names: Vec<String> = Vec::new();
    for name in map.values() {
        let name = name.as_str().ok_or_else(|| damaged("its weight_map holds something else than file names"))?;
        // A name from a file must not lead out of the checkpoint's folder.
        if Path::new(name).components().any(|part| !matches!(part, std::path::Component::Normal(_))) {
            return Err(damaged(&format!("its weight_map names {name:?}, which is no plain file name")));
        }
        names.push(name.to_owned());
    }
    if names.is_empty() {
        return Err(damaged("its weight_map is empty"));
    }
    names.sort_unstable();
    names.dedup();
    Ok(names)
}

/// Refuses the note that Git LFS leaves in place of a file it hasn't downloaded.
pub(super) fn check_is_no_pointer(path: &Path) -> Result<(), CheckpointError> {
    const POINTER: &[u8] = b"version https://git-lfs";
    let mut start = [0; POINTER.len()];
    let read = File::open(path).and_then(|mut file| file.read(&mut start));
    match read {
        Ok(_) if start == POINTER => Err(CheckpointError::LfsPointer { file: path.into() }),
        Ok(_) => Ok(()),
        Err(source) => Err(CheckpointError::Read { file: path.into(), source }),
    }
}

/// The shape a native shape has on disk.
fn on_disk(native: &[usize], transposed: bool) -> Vec<usize> {
    if transposed { native.iter().rev().copied().collect() } else { native.to_vec() }
}

/// `[outer, rows, columns]` to `[outer, columns, rows]`.
fn swap_axes(values: &[f32], outer: usize, rows: usize, columns: usize) -> Vec<f32> {
    let mut swapped = Vec::with_capacity(values.len());
    for block in 0..outer {
        let block = &values[block * rows * columns..(block + 1) * rows * columns];
        for column in 0..columns {
            swapped.extend((0..rows).map(|row| block[row * columns + column]));
        }
    }
    swapped
}
