//! How found documents reach a collector: in blocks, without those that are deleted.

use tantivy::{DocId, SegmentReader, collector::SegmentCollector, columnar::Column, query::Weight};

/// Passes what a query finds in a segment to `collector`, in blocks where no scores are wanted.
///
/// tantivy's own way gives up blocks in a segment with deleted documents, which every changed picture leaves behind.
pub(super) fn collect_living<C: SegmentCollector>(
    collector: &mut C,
    weight: &dyn Weight,
    reader: &SegmentReader,
    with_scores: bool,
) -> tantivy::Result<()> {
    let alive = reader.alive_bitset();
    if with_scores {
        return weight.for_each(reader, &mut |doc, score| {
            if alive.is_none_or(|alive| alive.is_alive(doc)) {
                collector.collect(doc, score);
            }
        });
    }
    let Some(alive) = alive else {
        return weight.for_each_no_score(reader, &mut |docs| collector.collect_block(docs));
    };
    let mut living: Vec<DocId> = Vec::new();
    weight.for_each_no_score(reader, &mut |docs| {
        living.clear();
        living.extend(docs.iter().copied().filter(|doc| alive.is_alive(*doc)));
        collector.collect_block(&living);
    })
}

/// A column of numbers; one without values where no document of the segment has any.
pub(super) fn numbers(reader: &SegmentReader, name: &str) -> tantivy::Result<Column<u64>> {
    let column = reader.fast_fields().column_opt(name)?;
    Ok(column.unwrap_or_else(|| Column::build_empty_column(reader.max_doc())))
}
