//! What goes out in a format comes in again, and what is wrong with a record is told by its number.

use std::{collections::BTreeSet, fmt::Write as _, fs, path::Path, sync::Arc};

use serde_json::json;
use tempfile::TempDir;
use vasari_storage::formats::{
    CaptionRow, ColumnMapping, ExportWriter, Format, FormatError, Picture, WriteError, read, safe_name,
};

/// Texts that some format or other could trip over.
const NASTY: [&str; 20] = [
    "a red car",
    "",
    " spaces around ",
    "two\nlines",
    "windows\r\nlines",
    "a \"quoted\" word, with commas; semicolons",
    "=HYPERLINK(\"http://evil\",\"x\")",
    "+1+1",
    "-2",
    "@SUM(A1)",
    "\tTab",
    "'apostrophe",
    "'=looks escaped",
    "''",
    "größe 日本語 🦊 \u{202e}right to left",
    "null",
    "{\"json\": [1, 2]}",
    "back\\slash \\n \\u0000",
    "\u{0}control\u{1}\u{7f}",
    "NaN",
];

/// Names as they come from outside, good and hostile.
const NAMES: [&str; 12] = [
    "a.jpg",
    "A.JPG",
    "a.png",
    "sub/größe 1.webp",
    "=cmd.png",
    "../../etc/passwd.png",
    "/absolute/b.jpg",
    "C:\\Users\\me\\c.jpeg",
    "nul\0.gif",
    "line\nbreak.png",
    "dots.in.name.jpg",
    "metadata.jsonl.png",
];

fn picture(number: usize) -> Picture {
    let mut bytes = Vec::new();
    let image = image::RgbImage::from_pixel(3 + number as u32, 2, image::Rgb([number as u8, 0, 0]));
    image.write_to(&mut std::io::Cursor::new(&mut bytes), image::ImageFormat::Png).unwrap();
    Picture::Bytes(Arc::from(bytes))
}

/// Several captions a picture, with every field there and not there.
fn nasty_rows() -> Vec<CaptionRow> {
    let mut rows = Vec::new();
    for (number, name) in NAMES.iter().enumerate() {
        let picture = picture(number);
        for caption in 0..3 + number % 3 {
            let turn = number * 7 + caption;
            let text =
                |offset: usize| (turn % 3 != offset % 3).then(|| NASTY[(turn + offset) % NASTY.len()].to_owned());
            // An empty name of a source is none in some formats; an empty caption is one in all.
            let named = |offset| text(offset).filter(|text| !text.is_empty());
            rows.push(CaptionRow {
                file_name: (*name).to_owned(),
                caption: (caption > 0 || number % 2 == 0).then(|| NASTY[turn % NASTY.len()].to_owned()),
                source: Some(format!("source {caption}")),
                task: named(1),
                confidence: (turn % 2 == 0).then_some(turn as f32 / 97.0),
                status: named(2),
                regions: (turn % 4 == 0).then(|| json!([{"label": "a, \"b\"\n", "box": [0.5, 1, 2, 3.25]}])),
                width: Some(3 + number as u32),
                height: Some(2),
                picture: picture.clone(),
            });
        }
    }
    rows
}

/// The rows under the names that they have after an export, which are safe and differ.
fn exported(rows: &[CaptionRow]) -> Vec<CaptionRow> {
    let mut rows = rows.to_vec();
    for row in &mut rows {
        row.file_name = match row.file_name.as_str() {
            "A.JPG" => "A-2.JPG".to_owned(),
            name => safe_name(name).unwrap(),
        };
    }
    rows
}

fn write(path: &Path, format: Format, rows: &[CaptionRow]) {
    let mut writer = ExportWriter::create(path, format).unwrap();
    for row in rows {
        writer.write(row).unwrap();
    }
    writer.finish().unwrap();
}

fn read_all(path: &Path, format: Format) -> Vec<CaptionRow> {
    read(path, format, &ColumnMapping::default()).unwrap().map(|row| row.unwrap()).collect()
}

/// Pictures as their bytes, wherever they are.
fn with_bytes(mut rows: Vec<CaptionRow>) -> Vec<CaptionRow> {
    for row in &mut rows {
        if let Some(bytes) = row.picture.read().unwrap() {
            let bytes = Arc::from(bytes.into_owned());
            row.picture = Picture::Bytes(bytes);
        }
    }
    rows
}

fn without_pictures(rows: &[CaptionRow]) -> Vec<CaptionRow> {
    rows.iter().map(|row| CaptionRow { picture: Picture::Absent, ..row.clone() }).collect()
}

fn folder() -> TempDir {
    tempfile::tempdir().unwrap()
}

/// Reads a file of this text and gives the captions and what was wrong.
fn read_text(name: &str, text: &[u8]) -> (Vec<String>, Vec<String>) {
    let folder = folder();
    let path = folder.path().join(name);
    fs::write(&path, text).unwrap();
    let (mut captions, mut errors) = (Vec::new(), Vec::new());
    for row in read(&path, Format::detect(&path).unwrap(), &ColumnMapping::default()).unwrap() {
        match row {
            Ok(row) => captions.push(row.caption.unwrap_or_default()),
            Err(error) => errors.push(error.to_string()),
        }
    }
    (captions, errors)
}

#[test]
fn formats_without_pictures_give_back_what_they_were_given() {
    let rows = nasty_rows();
    for format in [Format::Jsonl, Format::Csv, Format::Coco] {
        let folder = folder();
        let path = folder.path().join("export").with_extension(format.extension().unwrap());
        write(&path, format, &rows);
        assert_eq!(Format::detect(&path), Some(format));
        assert_eq!(read_all(&path, format), without_pictures(&exported(&rows)), "{format:?}");
    }
}

#[test]
fn formats_with_pictures_give_back_what_they_were_given() {
    let rows = nasty_rows();
    for format in [Format::ImageFolder, Format::Parquet, Format::WebDataset] {
        let folder = folder();
        let path = folder.path().join("export").with_extension(format.extension().unwrap_or_default());
        write(&path, format, &rows);
        assert_eq!(Format::detect(&path), Some(format));
        assert_eq!(with_bytes(read_all(&path, format)), exported(&rows), "{format:?}");
    }
}

#[test]
fn every_format_leads_to_every_other() {
    let rows = nasty_rows();
    let formats = [Format::ImageFolder, Format::Parquet, Format::WebDataset];
    for (from, to) in formats.into_iter().flat_map(|from| formats.map(|to| (from, to))) {
        let folder = folder();
        write(&folder.path().join("from"), from, &rows);
        write(&folder.path().join("to"), to, &read_all(&folder.path().join("from"), from));
        assert_eq!(with_bytes(read_all(&folder.path().join("to"), to)), exported(&rows), "{from:?} to {to:?}");
    }
}

#[test]
fn sidecars_hold_one_caption_and_say_so() {
    for caption in NASTY {
        let folder = folder();
        let path = folder.path().join("set");
        let row = CaptionRow {
            file_name: "a.png".to_owned(),
            caption: Some(caption.to_owned()),
            picture: picture(1),
            ..CaptionRow::default()
        };
        let mut writer = ExportWriter::create(&path, Format::Sidecars).unwrap();
        writer.write(&row).unwrap();
        assert!(matches!(writer.write(&row), Err(WriteError::Row(problem)) if problem.contains("a .txt holds one")));
        // Its own .txt, not that of the other picture.
        let other = CaptionRow { file_name: "a.jpg".to_owned(), caption: None, ..row.clone() };
        writer.write(&other).unwrap();
        writer.finish().unwrap();
        assert_eq!(Format::detect(&path), Some(Format::Sidecars));
        let other = CaptionRow { file_name: "a-2.jpg".to_owned(), ..other };
        assert_eq!(with_bytes(read_all(&path, Format::Sidecars)), [other, row]);
    }
}

#[test]
fn plain_folder_holds_each_picture_once() {
    let folder = folder();
    let path = folder.path().join("set");
    write(&path, Format::Folder, &nasty_rows());
    assert_eq!(Format::detect(&path), Some(Format::Folder));
    let read = read_all(&path, Format::Folder);
    let names: BTreeSet<_> = read.iter().map(|row| row.file_name.clone()).collect();
    assert_eq!(names, exported(&nasty_rows()).into_iter().map(|row| row.file_name).collect());
    assert_eq!(read.len(), NAMES.len());
}

#[test]
fn exports_stay_in_their_folder_and_leave_nothing_when_they_break_off() {
    for format in Format::ALL {
        let folder = folder();
        let path = folder.path().join("export");
        let mut writer = ExportWriter::create(&path, format).unwrap();
        writer.write(&nasty_rows()[20]).unwrap();
        assert!(!path.exists());
        drop(writer);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0, "{format:?}");
        let mut writer = ExportWriter::create(&path, format).unwrap();
        for row in nasty_rows() {
            assert!(!matches!(writer.write(&row), Err(WriteError::Io(_))), "{format:?}");
        }
        writer.finish().unwrap();
        let names: Vec<_> = fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        assert_eq!(names, ["export"], "{format:?}");
        assert!(matches!(ExportWriter::create(&path, format), Err(FormatError::Exists(_))));
    }
}

#[test]
fn names_in_an_archive_are_safe() {
    let folder = folder();
    let path = folder.path().join("set.tar");
    write(&path, Format::WebDataset, &nasty_rows());
    let mut archive = tar::Archive::new(fs::File::open(&path).unwrap());
    let mut names = BTreeSet::new();
    for entry in archive.entries().unwrap() {
        let name = entry.unwrap().path().unwrap().to_str().unwrap().to_owned();
        assert!(name.chars().all(|character| character.is_ascii_alphanumeric() || character == '.'), "{name}");
        assert!(names.insert(name));
    }
    assert_eq!(names.len(), NAMES.len() * 3);
}

#[test]
fn spreadsheet_finds_no_formula() {
    let folder = folder();
    let path = folder.path().join("captions.csv");
    write(&path, Format::Csv, &nasty_rows());
    let mut table = csv::Reader::from_path(&path).unwrap();
    for cell in table.records().flat_map(|record| record.unwrap().iter().map(str::to_owned).collect::<Vec<_>>()) {
        assert!(!cell.starts_with(['=', '+', '-', '@', '\t', '\r', '\n']), "{cell:?}");
    }
}

#[test]
fn lines_that_are_wrong_are_told_by_number_and_the_others_kept() {
    let mut text = b"\xef\xbb\xbf{\"image\": \"a.jpg\", \"caption\": \"one\"}\r\n\nnot json\n\xff\xfe\n".to_vec();
    text.extend_from_slice(
        b"{\"caption\": \"no picture\"}\n{\"image\": \"a.jpg\", \"caption\": \"x\", \"confidence\": 93}\n",
    );
    text.extend(vec![b'x'; (1 << 20) + 10]);
    text.extend_from_slice(b"\n{\"file_name\": \"b.jpg\", \"text\": \"two\"}");
    let (captions, errors) = read_text("captions.jsonl", &text);
    assert_eq!(captions, ["one", "two"]);
    let starts = [
        "line 3: the line is not a JSON object",
        "line 4: the line is not UTF-8",
        "line 5: the picture's name is missing",
        "line 6: the confidence is 93, but it must be between 0 and 1",
        "line 7: the line is longer than",
    ];
    assert_eq!(errors.len(), starts.len(), "{errors:?}");
    for (error, start) in errors.iter().zip(starts) {
        assert!(error.starts_with(start), "{error}");
    }
}

#[test]
fn cells_that_are_wrong_are_told_by_line() {
    let text =
        b"image;caption;confidence\na.jpg;\"two\nlines\";0.5\nb.jpg;x\nc.jpg;\xff;1\nd.jpg;y;high\ne.jpg;good;\n";
    let (captions, errors) = read_text("captions.csv", text);
    assert_eq!(captions, ["two\nlines", "good"]);
    assert_eq!(
        errors,
        [
            "line 4: there are 2 cells, but the header names 3 columns; is a quote missing?",
            "line 5: the cell of \"caption\" is not UTF-8",
            "line 6: the confidence is no number; it must be one between 0 and 1",
        ]
    );
}

#[test]
fn coco_as_others_write_it_is_read() {
    let document = json!({
        "info": {"year": 2017}, "licenses": [{"id": 1}],
        "images": [
            {"id": 9, "file_name": "a.jpg", "width": 640, "height": 480, "coco_url": "http://…"},
            {"id": 10, "file_name": "alone.jpg"},
            "no image",
        ],
        "annotations": [
            {"id": 1, "image_id": 9, "caption": "one"},
            {"id": 2, "image_id": 99, "caption": "lost"},
            {"id": 3, "image_id": 9},
            {"id": 4, "image_id": 9, "caption": "two"},
        ],
    });
    let (captions, errors) = read_text("captions_val2017.json", document.to_string().as_bytes());
    assert_eq!(captions, ["one", "two", ""]);
    assert!(errors[0].starts_with("image 3: an image is an object"), "{errors:?}");
    assert_eq!(errors[1], "annotation 2: its \"image_id\" is 99, and no image has that id");
    assert!(errors[2].starts_with("annotation 3: the caption is missing"), "{errors:?}");
}

#[test]
fn archive_as_others_write_it_is_read() {
    let mut archive = tar::Builder::new(Vec::new());
    let mut add = |name: &str, bytes: &[u8]| {
        let mut header = tar::Header::new_gnu();
        header.set_size(bytes.len() as u64);
        archive.append_data(&mut header, name, bytes).unwrap();
    };
    let long = "long/".repeat(40);
    add("a.jpg", b"picture");
    add("a.txt", b"from text\n");
    add(&format!("{long}b.png"), b"picture");
    add(&format!("{long}b.json"), br#"{"caption": "from json", "source": "m"}"#);
    add("c.json", b"broken");
    add("d.txt", b"\xff");
    add("e.cls", b"1");
    add("f.txt", b"last");
    let (captions, errors) = read_text("set.tar", &archive.into_inner().unwrap());
    assert_eq!(captions, ["from text", "from json", "last"]);
    assert!(errors[0].starts_with("sample 3: \"c\": its .json is no object"), "{errors:?}");
    assert_eq!(errors[1], "sample 4: \"d\": its .txt is not UTF-8");
}

#[test]
fn damaged_files_end_with_a_sentence() {
    let rows = nasty_rows();
    for format in [Format::Parquet, Format::WebDataset, Format::Csv, Format::Jsonl, Format::Coco] {
        let folder = folder();
        let path = folder.path().join("export");
        write(&path, format, &rows);
        let whole = fs::read(&path).unwrap();
        for (turn, cut) in (1..40).map(|part| whole.len() * part / 40).enumerate() {
            let mut damaged = whole.clone();
            if turn % 2 == 0 {
                damaged.truncate(cut);
            } else {
                damaged[cut] ^= 0x5a;
            }
            fs::write(&path, &damaged).unwrap();
            // It ends, without a panic; an error reads as one.
            match read(&path, format, &ColumnMapping::default()) {
                Ok(rows) => assert!(rows.filter_map(Result::err).all(|error| error.number > 0)),
                Err(error) => assert!(error.to_string().contains(&path.display().to_string()), "{error}"),
            }
        }
    }
}

#[test]
fn pictures_beside_a_file_are_found_and_those_outside_are_not() {
    let folder = folder();
    fs::write(folder.path().join("secret.png"), "secret").unwrap();
    let set = folder.path().join("set");
    fs::create_dir(&set).unwrap();
    fs::write(set.join("a.png"), "picture").unwrap();
    let mut text = String::new();
    for name in ["a.png", "../secret.png", "gone.png"] {
        writeln!(text, "{}", json!({"image": name, "caption": "x"})).unwrap();
    }
    fs::write(set.join("captions.jsonl"), text).unwrap();
    assert_eq!(Format::detect(&set), Some(Format::Jsonl));
    let rows = read_all(&set, Format::Jsonl);
    assert_eq!(rows[0].picture.read().unwrap().as_deref(), Some(&b"picture"[..]));
    assert_eq!([&rows[1].picture, &rows[2].picture], [&Picture::Absent, &Picture::Absent]);
    // What has no picture can't go where pictures are kept.
    let mut writer = ExportWriter::create(&folder.path().join("out"), Format::ImageFolder).unwrap();
    assert!(matches!(writer.write(&rows[2]), Err(WriteError::Row(problem)) if problem.contains("\"gone.png\"")));
}
