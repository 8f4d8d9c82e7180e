//! What the index holds of a picture: one document with everything that its sources say.
//!
//! One document and not one per caption, so that a query decides picture by picture: `florence:dog NOT human:dog` asks two
//! captions of one picture. Words stand in one field, each with the dataset or the source before it (see
//! [`super::words::scope_key`]), and so do marks; a search in one dataset reads nothing of another.

use tantivy::{
    Index, TantivyDocument,
    schema::{BytesOptions, FAST, Field, IndexRecordOption, Schema, TextFieldIndexing, TextOptions},
};
use uuid::Uuid;

use super::{
    facts::{Facts, Shape, profile},
    query::Is,
    rows::ImageRow,
    words::{ScopedTokenizer, scope_key},
};
use crate::captions::Status;

/// Counts changes of what documents hold. An index of another version is built anew.
pub(super) const SCHEMA_VERSION: u32 = 3;

/// The name of [`ScopedTokenizer`] in the index.
const TOKENIZER: &str = "scoped";

/// Names of the columns.
pub(super) const ID_HIGH: &str = "id_high";
pub(super) const ID_LOW: &str = "id_low";
pub(super) const NAME_KEY: &str = "name_key";
pub(super) const ADDED: &str = "added";
pub(super) const UPDATED: &str = "updated";
pub(super) const WORDS: &str = "words";
pub(super) const WIDTH: &str = "width";
pub(super) const HEIGHT: &str = "height";
pub(super) const PIXELS: &str = "pixels";
pub(super) const CONFIDENCE: &str = "confidence";
pub(super) const DISAGREEMENT: &str = "disagreement";
pub(super) const BOX_DISAGREEMENT: &str = "box_disagreement";
pub(super) const SHAPE: &str = "shape";
pub(super) const PROFILE: &str = "profile";

/// The index's fields.
#[derive(Debug, Clone, Copy)]
pub(super) struct Fields {
    /// The picture's id, 16 bytes.
    pub(super) id: Field,
    /// What its captions say: after the dataset all of them, after a source that one.
    pub(super) text: Field,
    /// Its file's name, after the dataset.
    pub(super) name: Field,
    /// What holds of it: see [`Mark`].
    pub(super) marks: Field,
    id_high: Field,
    id_low: Field,
    name_key: Field,
    pub(super) added: Field,
    pub(super) updated: Field,
    pub(super) words: Field,
    pub(super) width: Field,
    pub(super) height: Field,
    pub(super) pixels: Field,
    pub(super) confidence: Field,
    pub(super) disagreement: Field,
    pub(super) box_disagreement: Field,
    shape: Field,
    profile: Field,
}

/// What holds of a picture: a term of the field of marks.
#[derive(Debug, Clone, Copy)]
pub(super) enum Mark {
    /// It is in this dataset, or has a caption of this source.
    Of(Uuid),
    /// Some caption of this dataset, or the one of this source, is in this state.
    Status(Uuid, Status),
    Is(Uuid, Is),
}

impl Mark {
    pub(super) fn term(self) -> String {
        match self {
            Self::Of(scope) => scope_key(scope),
            Self::Status(scope, status) => format!("{}:{status}", scope_key(scope)),
            Self::Is(dataset, is) => format!("{}:{is}", scope_key(dataset)),
        }
    }
}

impl Fields {
    /// The fields, and the schema that they belong to.
    pub(super) fn new() -> (Self, Schema) {
        let mut schema = Schema::builder();
        let scoped = TextFieldIndexing::default()
            .set_tokenizer(TOKENIZER)
            .set_index_option(IndexRecordOption::WithFreqsAndPositions);
        let scoped = TextOptions::default().set_indexing_options(scoped);
        let raw = TextFieldIndexing::default()
            .set_tokenizer("raw")
            .set_fieldnorms(false)
            .set_index_option(IndexRecordOption::Basic);
        let fields = Self {
            id: schema.add_bytes_field("id", BytesOptions::default().set_indexed()),
            text: schema.add_text_field("text", scoped.clone()),
            name: schema.add_text_field("name", scoped),
            marks: schema.add_text_field("marks", TextOptions::default().set_indexing_options(raw)),
            id_high: schema.add_u64_field(ID_HIGH, FAST),
            id_low: schema.add_u64_field(ID_LOW, FAST),
            name_key: schema.add_text_field(NAME_KEY, TextOptions::default().set_fast("raw")),
            added: schema.add_u64_field(ADDED, FAST),
            updated: schema.add_u64_field(UPDATED, FAST),
            words: schema.add_u64_field(WORDS, FAST),
            width: schema.add_u64_field(WIDTH, FAST),
            height: schema.add_u64_field(HEIGHT, FAST),
            pixels: schema.add_u64_field(PIXELS, FAST),
            confidence: schema.add_u64_field(CONFIDENCE, FAST),
            disagreement: schema.add_u64_field(DISAGREEMENT, FAST),
            box_disagreement: schema.add_u64_field(BOX_DISAGREEMENT, FAST),
            shape: schema.add_u64_field(SHAPE, FAST),
            profile: schema.add_bytes_field(PROFILE, BytesOptions::default().set_fast()),
        };
        (fields, schema.build())
    }

    /// The document of a picture.
    pub(super) fn document(&self, image: &ImageRow) -> TantivyDocument {
        let mut document = TantivyDocument::default();
        let (dataset, id) = (scope_key(image.dataset_id), image.id.as_u128());
        document.add_bytes(self.id, image.id.as_bytes());
        document.add_u64(self.id_high, (id >> 64) as u64);
        document.add_u64(self.id_low, id as u64);
        document.add_text(self.name, format!("{dataset}{}", image.file_name));
        document.add_text(self.name_key, &image.file_name);
        for caption in &image.captions {
            document.add_text(self.text, format!("{dataset}{}", caption.text));
            document.add_text(self.text, format!("{}{}", scope_key(caption.source_id), caption.text));
        }
        let facts = Facts::of(image);
        for mark in facts.marks(image) {
            document.add_text(self.marks, mark.term());
        }
        let (width, height) = (u64::from(image.width.unsigned_abs()), u64::from(image.height.unsigned_abs()));
        document.add_u64(self.added, facts.added);
        document.add_u64(self.updated, facts.updated);
        document.add_u64(self.words, facts.words);
        document.add_u64(self.width, width);
        document.add_u64(self.height, height);
        document.add_u64(self.pixels, width * height);
        if let Some(confidence) = facts.confidence {
            document.add_u64(self.confidence, confidence.0);
        }
        if let Some(disagreement) = facts.disagreement {
            document.add_u64(self.disagreement, disagreement.0);
        }
        if let Some(disagreement) = facts.box_disagreement {
            document.add_u64(self.box_disagreement, disagreement.0);
        }
        document.add_u64(self.shape, Shape::of(image, &facts).packed());
        document.add_bytes(self.profile, &profile(image));
        document
    }
}

/// Makes the index's own way of splitting texts known to it.
pub(super) fn register_tokenizer(index: &Index) {
    index.tokenizers().register(TOKENIZER, ScopedTokenizer::default());
}
