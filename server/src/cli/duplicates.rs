//! `vasari duplicates`.

use std::process::ExitCode;

use anyhow::{Context, bail};
use clap::{Args, ValueEnum};
use serde_json::{Value, json};
use url::form_urlencoded::Serializer;
use vasari_storage::{Database, Reader, duplicates::DuplicateKind, jobs::ImageSelection};

use super::{
    remote::{PlaceArgs, Remote},
    selection::{SelectionArgs, find_images},
    transfer::find_dataset,
};
use crate::{
    api::v1::duplicates::{captions_of, described},
    duplicates::{DuplicateSearch, GroupOrder, farthest, find, usual_distance},
};

/// Groups that are asked for at a time.
const PAGE: usize = 200;

/// Lists pictures of a dataset that are there nearly twice.
///
/// By how they look, by perceptual hashes of 64 bits; or pictures that look different and of which a source says nearly the
/// same. No two of a group are farther apart than --distance. Groups that somebody has dismissed are left out; they are
/// looked at, dismissed and given one caption in the gallery.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    vasari duplicates birds\n  \
    vasari duplicates birds --distance 0 --order closest      the same pictures only\n  \
    vasari duplicates birds --by caption --captions florence --distance 20\n  \
    vasari duplicates birds --query 'missing:anna' --json     one group a line\n  \
    vasari duplicates birds --server https://vasari.example.org --key vas_…")]
pub(super) struct DuplicatesCommand {
    /// The dataset's name.
    #[arg(value_name = "DATASET")]
    dataset: String,
    /// What is compared: how the pictures look, or what a source says of them.
    #[arg(long, value_enum, default_value_t = By::Image)]
    by: By,
    /// How far two of a group may be apart: bits of 64, 0 to 16 (8 where nothing is said); or per cent of the words, 0 to 30
    /// (10).
    #[arg(long, value_name = "NUMBER")]
    distance: Option<u32>,
    /// Whose captions are shown, and compared by `caption`: a source. The one that has said most where nobody is named.
    #[arg(long, value_name = "SOURCE")]
    captions: Option<String>,
    /// Which groups come first.
    #[arg(long, value_enum, default_value_t = Order::Largest)]
    order: Order,
    #[command(flatten)]
    selection: SelectionArgs,
    #[command(flatten)]
    pub(super) place: PlaceArgs,
}

/// What is compared.
#[derive(Debug, Clone, Copy, ValueEnum)]
enum By {
    /// How pictures look.
    Image,
    /// What a source says of them.
    Caption,
}

/// Which groups come first.
#[derive(Debug, Clone, Copy, ValueEnum)]
enum Order {
    /// Those of the most pictures.
    Largest,
    /// Those whose pictures are closest.
    Closest,
}

impl DuplicatesCommand {
    pub(super) fn run(self) -> anyhow::Result<ExitCode> {
        let most = farthest(self.kind());
        if self.distance.is_some_and(|distance| distance > most) {
            bail!("--distance: by what is compared here it must be 0 to {most}");
        }
        let groups = match Remote::new(&self.place.remote)? {
            Some(remote) => self.ask(&remote)?,
            None => self.place.local.with_database(async |database| self.find(database).await)?,
        };
        for (number, group) in groups.iter().enumerate() {
            if self.place.local.json {
                println!("{group}");
            } else {
                self.print(number, group);
            }
        }
        if groups.is_empty() && !self.place.local.json {
            println!("Nothing is there nearly twice.");
        }
        Ok(ExitCode::SUCCESS)
    }

    /// The groups, as a server tells them.
    fn ask(&self, remote: &Remote) -> anyhow::Result<Vec<Value>> {
        let ImageSelection { query, source, missing, status, .. } = self.selection.clone().into();
        let mut asked = Serializer::new(String::new());
        asked.append_pair("by", self.by.name()).append_pair("order", self.order.name());
        asked.append_pair("limit", &PAGE.to_string());
        let told = [
            ("distance", self.distance.map(|distance| distance.to_string())),
            ("captions", self.captions.clone()),
            ("q", query),
            ("source", source),
            ("missing", missing),
            ("status", status.map(|status| status.to_string())),
        ];
        for (name, value) in told {
            if let Some(value) = value {
                asked.append_pair(name, &value);
            }
        }
        let (asked, mut groups, mut cursor) = (asked.finish(), Vec::new(), String::new());
        loop {
            let page = remote.get(&format!("datasets/{}/duplicates?{asked}{cursor}", self.dataset))?;
            groups.extend(page["items"].as_array().cloned().unwrap_or_default());
            let Some(next) = page["next_cursor"].as_str() else { return Ok(groups) };
            cursor = format!("&cursor={next}");
        }
    }

    /// The groups of the database at hand, as a server would tell them.
    async fn find(&self, database: &Database) -> anyhow::Result<Vec<Value>> {
        let (reader, kind) = (Reader::operator(), self.kind());
        let dataset = find_dataset(database, &self.dataset).await?;
        let selection = ImageSelection::from(self.selection.clone());
        let among = find_images(&self.place.local, database, &self.dataset, &selection).await?;
        let captions = captions_of(database, &reader, &dataset, self.captions.clone()).await;
        let captions = captions.map_err(|problem| anyhow::anyhow!("{}", problem.detail()))?;
        let search = DuplicateSearch {
            kind,
            distance: self.distance.unwrap_or(usual_distance(kind)),
            source: captions.clone(),
            filter: selection.filter(),
            among,
            order: self.order.into(),
        };
        let found = find(database, &reader, &self.dataset, search).await?.context("the dataset has gone meanwhile")?;
        if found.unhashed > 0 {
            eprintln!("{} pictures can't be compared yet: a server makes their hashes when it runs.", found.unhashed);
        }
        if !found.is_complete {
            eprintln!("These are too many to compare at once: the first {} were.", found.compared);
        }
        let mut groups = Vec::with_capacity(found.groups.len());
        for page in found.groups.chunks(PAGE) {
            let told = described(database, &reader, page, captions.as_deref()).await;
            let told = told.map_err(|problem| anyhow::anyhow!("{}", problem.detail()))?;
            groups.extend(told.into_iter().map(|group| json!(group)));
        }
        Ok(groups)
    }

    /// A group for people: a line of its own, and one for each picture.
    fn print(&self, number: usize, group: &Value) {
        let images = group["images"].as_array().cloned().unwrap_or_default();
        let unit = match self.by {
            By::Image => "of 64 bits",
            By::Caption => "% of the words",
        };
        if number > 0 {
            println!();
        }
        println!("{} images, up to {} {unit} apart", images.len(), group["spread"]);
        for image in images {
            let name = image["file_name"].as_str().unwrap_or_default();
            match image["caption"]["text"].as_str() {
                Some(text) => println!("  {name}  {}", text.split_whitespace().collect::<Vec<_>>().join(" ")),
                None => println!("  {name}"),
            }
        }
    }

    fn kind(&self) -> DuplicateKind {
        match self.by {
            By::Image => DuplicateKind::Image,
            By::Caption => DuplicateKind::Caption,
        }
    }
}

impl By {
    fn name(self) -> &'static str {
        match self {
            Self::Image => "image",
            Self::Caption => "caption",
        }
    }
}

impl Order {
    fn name(self) -> &'static str {
        match self {
            Self::Largest => "largest",
            Self::Closest => "closest",
        }
    }
}

impl From<Order> for GroupOrder {
    fn from(order: Order) -> Self {
        match order {
            Order::Largest => Self::Largest,
            Order::Closest => Self::Closest,
        }
    }
}
