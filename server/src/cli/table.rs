//! Tables on a terminal.

/// Prints rows below their heads: the first column from its left edge, numbers from their right one.
pub(super) fn print_table(heads: &[&str], rows: impl IntoIterator<Item = Vec<String>>) {
    for line in lines(heads, rows) {
        println!("{line}");
    }
}

fn lines(heads: &[&str], rows: impl IntoIterator<Item = Vec<String>>) -> Vec<String> {
    let heads = heads.iter().map(|head| (*head).to_owned()).collect();
    let rows: Vec<Vec<String>> = [heads].into_iter().chain(rows).collect();
    let width = |column: usize| rows.iter().filter_map(|row| row.get(column)).map(|cell| cell.chars().count()).max();
    let line = |row: &Vec<String>| {
        let cells = row.iter().enumerate().map(|(column, cell)| {
            let width = width(column).unwrap_or(0);
            if column == 0 { format!("{cell:<width$}") } else { format!("{cell:>width$}") }
        });
        cells.collect::<Vec<_>>().join("  ").trim_end().to_owned()
    };
    rows.iter().map(line).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_stand_below_their_heads() {
        let rows = [vec!["näher".to_owned(), "7".to_owned()], vec!["a".to_owned(), "1,000".to_owned()]];
        assert_eq!(lines(&["SOURCE", "N"], rows), ["SOURCE      N", "näher       7", "a       1,000"]);
    }
}
