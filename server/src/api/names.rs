//! What names in bodies and answers may be, for the document. The types that they are read into belong to the storage, which
//! knows nothing of it.

use std::borrow::Cow;

use utoipa::{
    PartialSchema, ToSchema,
    openapi::{ObjectBuilder, RefOr, Schema, Type},
};

macro_rules! names {
    ($(#[doc = $about:literal] $type:ident: $($name:literal)|+;)*) => {$(
        #[doc = $about]
        pub(crate) enum $type {}

        impl PartialSchema for $type {
            fn schema() -> RefOr<Schema> {
                ObjectBuilder::new()
                    .schema_type(Type::String)
                    .description(Some($about.trim()))
                    .enum_values(Some([$($name),+]))
                    .into()
            }
        }

        impl ToSchema for $type {
            fn name() -> Cow<'static, str> {
                Cow::Borrowed(stringify!($type))
            }
        }
    )*};
}

names! {
    /// What two captions are alike in.
    DuplicateKindName: "image" | "caption";
    /// How a file has captions and pictures.
    FormatName: "jsonl" | "imagefolder" | "csv" | "parquet" | "coco" | "sidecars" | "webdataset" | "folder";
    /// How a job is.
    JobStateName: "waiting" | "running" | "succeeded" | "failed" | "cancelled";
    /// Which of two captions somebody prefers.
    OutcomeName: "left" | "right" | "tie" | "both_bad" | "skipped";
    /// What somebody may do in a dataset.
    RoleName: "viewer" | "annotator" | "reviewer" | "owner";
    /// What a source is.
    SourceKindName: "model" | "person" | "import";
    /// How far the review of a caption is.
    StatusName: "draft" | "submitted" | "approved" | "rejected";
    /// Who sees a dataset: its members, or everybody.
    VisibilityName: "private" | "public";
}

#[cfg(test)]
mod tests {
    use serde::{Serialize, de::DeserializeOwned};
    use serde_json::{Value, json};
    use vasari_storage::{
        captions::Status,
        comparisons::Outcome,
        datasets::{Role, Visibility},
        duplicates::DuplicateKind,
        formats::Format,
        jobs::JobState,
        sources::SourceKind,
    };

    use super::*;

    /// Each name is read as one of the type, and written as it was.
    fn check<N: PartialSchema, T: Serialize + DeserializeOwned>() {
        let schema = json!(N::schema());
        let names = schema["enum"].as_array().expect("it lists names");
        let read = names.iter().map(|name| serde_json::from_value::<T>(name.clone()).expect("it is a name"));
        assert_eq!(read.map(|value| json!(value)).collect::<Vec<Value>>(), *names);
    }

    #[test]
    fn names_are_those_of_the_storage() {
        check::<DuplicateKindName, DuplicateKind>();
        check::<FormatName, Format>();
        check::<JobStateName, JobState>();
        check::<OutcomeName, Outcome>();
        check::<RoleName, Role>();
        check::<SourceKindName, SourceKind>();
        check::<StatusName, Status>();
        check::<VisibilityName, Visibility>();
    }
}
