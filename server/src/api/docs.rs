//! What the OpenAPI document says of the captioning paths beyond what the handlers' types say: bodies made of the table
//! of fields, and how each of them fails.

use std::{borrow::Cow, collections::BTreeMap};

use serde_json::json;
use utoipa::{
    IntoResponses, PartialSchema, ToSchema,
    openapi::{
        ArrayBuilder, ContentBuilder, Header, KnownFormat, ObjectBuilder, OneOfBuilder, Ref, RefOr, Response,
        ResponseBuilder, Schema, SchemaFormat, Type, schema::SchemaType,
    },
};

use super::{
    ask::MAX_IMAGES,
    fields::{FIELDS, FieldKind},
};

/// What the header does.
pub(crate) const IDEMPOTENCY_KEY: &str = "1 to 255 printable ASCII characters that name the request. Sent again within \
    24 hours with the same key, it gets the same answer with `Idempotency-Replayed: true`, and nothing is captioned \
    again.";

/// The form of `POST /caption`.
pub(crate) enum CaptionFormBody {}
/// The JSON of `POST /caption`.
pub(crate) enum CaptionJson {}
/// The form of `POST /batch_caption`.
pub(crate) enum BatchForm {}
/// The JSON of `POST /batch_caption`.
pub(crate) enum BatchJson {}
/// The form of `POST /api/v1/datasets/{dataset}/images`.
pub(crate) enum UploadFormBody {}
/// A file, or a range of one.
pub(crate) enum FileBytes {}
/// An RFC 9457 problem document; [`vasari_app::types::Problem`] is the same in Rust.
pub(crate) enum ProblemDocument {}
/// One of the events that a stream is made of.
pub(crate) enum ServerSentEvent {}
/// How captioning paths fail.
pub(crate) enum CaptionErrors {}
/// How paths fail that only tell something.
pub(crate) enum LookupErrors {}
/// How paths of people and their accounts fail.
pub(crate) enum AccountErrors {}

macro_rules! schema {
    ($($name:ident => $make:expr;)*) => {$(
        impl PartialSchema for $name {
            fn schema() -> RefOr<Schema> {
                $make
            }
        }
        impl ToSchema for $name {
            fn name() -> Cow<'static, str> {
                Cow::Borrowed(stringify!($name))
            }
        }
    )*};
}

schema! {
    CaptionFormBody => fields(true, false)
        .property("image", file("The picture: JPEG, PNG, GIF or WebP."))
        .property("image_url", text("Instead of the file: where the picture lies, on a host that the server allows."))
        .into();
    CaptionJson => picture(fields(false, false)).into();
    BatchForm => fields(true, true)
        .property("images", ArrayBuilder::new().items(file("A picture.")).min_items(Some(1)).max_items(Some(MAX_IMAGES)))
        .required("images")
        .into();
    BatchJson => fields(false, true)
        .property("images", ArrayBuilder::new()
            .items(RefOr::T(Schema::OneOf(OneOfBuilder::new()
                .item(text("The picture as base64, or as a `data:` URL."))
                .item(picture(ObjectBuilder::new()))
                .build())))
            .min_items(Some(1))
            .max_items(Some(MAX_IMAGES)))
        .required("images")
        .into();
    UploadFormBody => ObjectBuilder::new()
        .property("images", ArrayBuilder::new().items(file("A picture.")).max_items(Some(MAX_IMAGES)))
        .property("archive", file("A zip or tar archive of pictures, which are added under their paths in it."))
        .into();
    FileBytes => file("The bytes, as they are.").into();
    ServerSentEvent => ObjectBuilder::new()
        .property("event", text("What it is; the description of the path says which there are."))
        .property("data", text("JSON, or `[DONE]` at the end of a stream for programs written for OpenAI's API."))
        .required("data")
        .into();
    ProblemDocument => problem().into();
}

/// A picture's size in pixels.
pub(crate) fn image_size() -> Schema {
    let side = || ObjectBuilder::new().schema_type(Type::Integer).minimum(Some(0));
    ObjectBuilder::new()
        .property("width", side())
        .property("height", side())
        .required("width")
        .required("height")
        .into()
}

/// What was found, and where: `box`, `quad` or `polygons`, in pixels.
pub(crate) fn regions() -> Schema {
    let numbers = || ArrayBuilder::new().items(ObjectBuilder::new().schema_type(Type::Number));
    let region = ObjectBuilder::new()
        .property("label", text("What it is; empty where the task only proposes regions."))
        .property("box", numbers().description(Some("Left, top, right, bottom.")).min_items(Some(4)).max_items(Some(4)))
        .property(
            "quad",
            numbers().description(Some("Four corners as x, y pairs.")).min_items(Some(8)).max_items(Some(8)),
        )
        .property("polygons", ArrayBuilder::new().items(numbers()).description(Some("Outlines, each as x, y pairs.")))
        .property("confidence", ObjectBuilder::new().schema_type(Type::Number).minimum(Some(0)).maximum(Some(1)))
        .required("label");
    ArrayBuilder::new().items(region).into()
}

/// What was said in a message: a text, or parts.
pub(crate) fn chat_content() -> Schema {
    let url = ObjectBuilder::new().property("url", text("A `data:` URL, or an address on an allowed host."));
    let part = ObjectBuilder::new()
        .property("type", text("What the part is.").enum_values(Some(["text", "image_url"])))
        .property("text", text("Words."))
        .property("image_url", url.required("url"))
        .required("type");
    OneOfBuilder::new().item(text("Words.")).item(ArrayBuilder::new().items(part)).into()
}

/// The fields of the table, as a form or as JSON has them.
fn fields(is_form: bool, of_batches: bool) -> ObjectBuilder {
    let fields = FIELDS.iter().filter(|field| field.is_of(of_batches));
    fields.fold(ObjectBuilder::new(), |object, field| {
        let nullable = |kind: Type| {
            // A form has no null; what is left open there is empty or left out.
            if is_form { SchemaType::Type(kind) } else { SchemaType::Array(vec![kind, Type::Null]) }
        };
        let property = ObjectBuilder::new().description(Some(field.description));
        let schema: RefOr<Schema> = match field.kind {
            FieldKind::Text => property.schema_type(nullable(Type::String)).into(),
            FieldKind::Switch => property.schema_type(nullable(Type::Boolean)).into(),
            FieldKind::Whole(range) => {
                let property = property.schema_type(nullable(Type::Integer)).minimum(Some(range.min as f64));
                let property =
                    if range.max > u64::from(u32::MAX) { property } else { property.maximum(Some(range.max as f64)) };
                property.into()
            }
            FieldKind::Positive(range) => {
                let property = property.schema_type(nullable(Type::Number)).exclusive_minimum(Some(0));
                property.maximum(Some(f64::from(range.max))).into()
            }
            FieldKind::Box if is_form => property.schema_type(Type::String).examples([json!("10,20,110,90")]).into(),
            FieldKind::Box => ArrayBuilder::new()
                .schema_type(nullable(Type::Array))
                .description(Some(field.description))
                .items(ObjectBuilder::new().schema_type(Type::Number))
                .min_items(Some(4))
                .max_items(Some(4))
                .into(),
        };
        object.property(field.name, schema)
    })
}

/// A picture in JSON.
fn picture(object: ObjectBuilder) -> ObjectBuilder {
    let nullable = |description: &str| {
        let kinds = SchemaType::Array(vec![Type::String, Type::Null]);
        ObjectBuilder::new().schema_type(kinds).description(Some(description))
    };
    object
        .property("image", nullable("The picture as base64 (JPEG, PNG, GIF or WebP), or as a `data:` URL."))
        .property("image_url", nullable("Instead: where the picture lies, on a host that the server allows."))
        .property("filename", nullable("What to call it in the answer of a batch."))
}

fn file(description: &str) -> ObjectBuilder {
    text(description).format(Some(SchemaFormat::KnownFormat(KnownFormat::Binary)))
}

fn text(description: &str) -> ObjectBuilder {
    ObjectBuilder::new().schema_type(Type::String).description(Some(description))
}

fn count(description: &str) -> ObjectBuilder {
    ObjectBuilder::new().schema_type(Type::Integer).minimum(Some(0)).description(Some(description))
}

fn anything(description: &str) -> ObjectBuilder {
    ObjectBuilder::new().schema_type(SchemaType::AnyValue).description(Some(description))
}

fn problem() -> ObjectBuilder {
    ObjectBuilder::new()
        .description(Some("What went wrong (RFC 9457)."))
        .property("type", text("A stable name of the kind of problem, such as `/problems/missing-image`."))
        .property("title", text("What happened, in a few words."))
        .property("status", ObjectBuilder::new().schema_type(Type::Integer).description(Some("The HTTP status.")))
        .property("detail", text("What is wrong here and what would be right."))
        .property("request_id", text("What to quote when asking for help."))
        .property("position", count("Where a query is wrong: the first wrong character, counted from 0."))
        .property("length", count("How many characters of the query are wrong."))
        .property("current", anything("What is there now, where a change contradicts it: a caption with its version."))
        .property("sent", anything("What was sent that contradicts it."))
        .required("type")
        .required("title")
        .required("status")
}

const LOOKUP: [(&str, &str); 6] = [
    ("400", "The request can't be read"),
    ("401", "A key is missing or not valid"),
    ("421", "The host is not one of this server"),
    ("429", "Too many requests came from the caller; see `Retry-After`"),
    ("500", "A fault on the server's side"),
    ("503", "The model is being loaded, or the server is shutting down; see `Retry-After`"),
];

const CAPTION: [(&str, &str); 15] = [
    ("400", "A field is missing, repeated, of another type or out of its range; the detail names it"),
    ("401", "A key is missing or not valid"),
    ("403", "The caller may not write captions in the dataset, or the key lacks the scope"),
    ("404", "There is nothing of this name"),
    ("405", "The path is there for another method; see `Allow`"),
    ("408", "The request's body didn't arrive in time"),
    (
        "409",
        "The first request with this `Idempotency-Key` is still being answered, or the dataset has another picture of the name",
    ),
    ("413", "The request is larger than the server reads, or has too many files"),
    ("415", "The body is neither a form nor JSON, or a file is no picture of a known format"),
    ("421", "The host is not one of this server"),
    ("422", "A picture is damaged or too large, a URL may not be fetched, or the model can't do what was asked"),
    ("429", "Too many requests came from the caller; see `Retry-After`"),
    ("500", "A fault on the server's side"),
    ("501", "A dataset was named, and the server was started without a database"),
    ("504", "The caption wasn't ready in time"),
];

const ACCOUNT: [(&str, &str); 13] = [
    ("400", "The body, a field or a parameter can't be read or is out of its range; the detail names it"),
    ("401", "Nobody is signed in, or what was shown holds no longer"),
    ("403", "The caller may not do this, or the key lacks the scope"),
    ("404", "There is nothing of this id that the caller may know of"),
    ("408", "The request's body didn't arrive in time"),
    ("409", "The change contradicts what is there"),
    ("410", "The link was used, has expired, or never was"),
    ("413", "The request is larger than the server reads"),
    ("415", "The body is no JSON"),
    ("421", "The host is not one of this server"),
    ("429", "Too many requests came from the caller; see `Retry-After`"),
    ("500", "A fault on the server's side"),
    ("501", "The server was started without a database"),
];

fn responses(all: &[(&str, &str)]) -> BTreeMap<String, RefOr<Response>> {
    let answer = |(status, description): &(&str, &str)| {
        let schema = Ref::from_schema_name(ProblemDocument::name());
        let content = ContentBuilder::new().schema(Some(schema)).build();
        let response = ResponseBuilder::new().description(*description).content("application/problem+json", content);
        let response = if matches!(*status, "409" | "429" | "503") {
            let seconds = ObjectBuilder::new().schema_type(Type::Integer).minimum(Some(1));
            response.header("Retry-After", Header::new(seconds))
        } else {
            response
        };
        ((*status).to_owned(), RefOr::T(response.build()))
    };
    all.iter().map(answer).collect()
}

impl IntoResponses for CaptionErrors {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        let full = ("503", "The queue is full, the model is being loaded, or the server stops; see `Retry-After`");
        responses(&[&CAPTION[..], &[full]].concat())
    }
}

impl IntoResponses for AccountErrors {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        let away = ("503", "The database is away, or the server is shutting down; see `Retry-After`");
        responses(&[&ACCOUNT[..], &[away]].concat())
    }
}

impl IntoResponses for LookupErrors {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        responses(&LOOKUP)
    }
}
