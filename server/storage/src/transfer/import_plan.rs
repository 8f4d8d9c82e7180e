//! What rows change about a dataset: found out before anything is written, and all that a dry run does.

use std::collections::{HashMap, HashSet};

use uuid::Uuid;

use super::{
    import::{CheckedRow, FailedRow, ImportCounts, Importer, ReadPictures},
    import_writes::{KeptCaption, NewRow, Writes},
    rows::Said,
    sources::{Assigned, KnownSource},
};
use crate::StorageError;

/// What a batch of rows comes to.
struct Plan<'a> {
    importer: &'a Importer,
    /// Pictures of the dataset by name.
    known: &'a HashMap<String, Uuid>,
    read: &'a ReadPictures,
    /// What is said already, by picture and source.
    captions: HashMap<(Uuid, Uuid), KeptCaption>,
    new_images: HashSet<&'a str>,
    new_sources: HashMap<&'a str, Uuid>,
    counts: ImportCounts,
    writes: Writes,
}

impl Importer {
    /// What the rows change, and the counts once that is done. Rows that can't be taken in join those that `failed` before.
    pub(super) async fn plan(
        &mut self,
        rows: &[CheckedRow],
        known: &HashMap<String, Uuid>,
        read: &ReadPictures,
        failed: &mut Vec<FailedRow>,
    ) -> Result<(Writes, ImportCounts), StorageError> {
        let captions = self.find_captions(rows, known).await?;
        let mut plan = Plan {
            importer: self,
            known,
            read,
            captions,
            new_images: HashSet::new(),
            new_sources: HashMap::new(),
            counts: self.counts,
            writes: Writes::new(&self.target),
        };
        plan.counts.rows += (rows.len() + failed.len()) as i64;
        for row in rows {
            if let Err(error) = plan.add(row) {
                failed.push(FailedRow { position: row.position, label: row.row.file_name.clone(), error });
            }
        }
        let Plan { new_sources, mut counts, mut writes, .. } = plan;
        let new_sources: Vec<_> = new_sources.into_iter().map(|(slug, id)| (slug.to_owned(), id)).collect();
        for (slug, id) in new_sources {
            if self.target.is_dry_run && !self.dry_sources.insert(slug.clone()) {
                continue;
            }
            counts.sources_added += 1;
            let task = self.sources.planned(&slug).and_then(|planned| planned.task.clone());
            writes.sources.push(KnownSource { id, slug, kind: "import".into(), task });
        }
        counts.failed += failed.len() as i64;
        failed.sort_unstable_by_key(|row| row.position);
        Ok((writes, counts))
    }

    /// The captions that the rows could be about, by picture and source.
    async fn find_captions(
        &self,
        rows: &[CheckedRow],
        known: &HashMap<String, Uuid>,
    ) -> Result<HashMap<(Uuid, Uuid), KeptCaption>, StorageError> {
        let (mut images, mut sources) = (HashSet::new(), HashSet::new());
        for CheckedRow { row, caption, .. } in rows {
            if let (Some(image), Some((_, assigned))) = (known.get(&row.file_name), caption) {
                images.insert(*image);
                sources.extend(self.sources.get(&assigned.slug).map(|source| source.id));
                sources.extend(assigned.person);
            }
        }
        let (images, sources): (Vec<_>, Vec<_>) = (images.into_iter().collect(), sources.into_iter().collect());
        self.database.captions_of(&images, &sources).await
    }
}

impl<'a> Plan<'a> {
    /// Adds a row.
    ///
    /// # Errors
    ///
    /// A sentence about why it can't be taken in.
    fn add(&mut self, CheckedRow { row, caption, .. }: &'a CheckedRow) -> Result<(), String> {
        let image = self.image(&row.file_name)?;
        match caption {
            Some((said, assigned)) => self.add_caption(image, said, assigned),
            None => Ok(()),
        }
    }

    /// The row's picture: one of the dataset, or one that it gets.
    fn image(&mut self, name: &'a str) -> Result<Uuid, String> {
        let would_be_there = self.importer.dry_images.contains(name);
        match (self.known.get(name), self.read.get(name)) {
            (Some(id), _) => Ok(*id),
            (None, Some(Ok(new))) => {
                if self.new_images.insert(name) && !would_be_there {
                    self.counts.images_added += 1;
                    self.writes.added_images.push(new.clone());
                }
                Ok(new.id)
            }
            // No picture has this id, and so no caption.
            (None, _) if would_be_there => Ok(Uuid::nil()),
            (None, Some(Err(problem))) => Err(format!("the picture can't be taken in: {problem}")),
            (None, None) => Err("the dataset has no picture of this name, and there is none in the file".to_owned()),
        }
    }

    fn add_caption(&mut self, image: Uuid, said: &Said, assigned: &'a Assigned) -> Result<(), String> {
        let own = |source: Uuid| self.captions.get(&(image, source));
        let persons = assigned.person.and_then(own);
        if persons.is_some_and(|caption| said.clone().change(&caption.kept).is_none()) {
            self.counts.captions_unchanged += 1;
            return Ok(());
        }
        let source = self.importer.sources.get(&assigned.slug);
        if source.is_some_and(|source| source.kind == "person") {
            return Err(format!("somebody is called {} since the import began; import it again", assigned.slug));
        }
        if let Some(caption) = source.and_then(|source| own(source.id)) {
            match said.clone().change(&caption.kept) {
                None => self.counts.captions_unchanged += 1,
                Some(kept) if caption.is_edited && kept.text != caption.kept.text => self.counts.captions_kept += 1,
                Some(kept) => {
                    self.counts.captions_changed += 1;
                    self.writes.changed.push((caption.id, caption.version, kept));
                }
            }
            return Ok(());
        }
        let new_source = || *self.new_sources.entry(&assigned.slug).or_insert_with(Uuid::now_v7);
        let source = source.map_or_else(new_source, |source| source.id);
        self.counts.captions_added += 1;
        self.writes.added.push(NewRow { image, source, kept: said.clone().new_caption() });
        Ok(())
    }
}
