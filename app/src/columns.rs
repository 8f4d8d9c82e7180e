//! The columns of a table, by its beginning.

use serde_json::{Map, Value};

/// The names of the columns of a CSV, TSV or JSON lines file that begins like this; none of a file of another name.
pub(crate) fn columns(name: &str, head: &str) -> Vec<String> {
    let Some((_, ending)) = name.rsplit_once('.') else { return Vec::new() };
    let line = head.trim_start_matches('\u{feff}').lines().next().unwrap_or_default();
    let columns = match ending.to_ascii_lowercase().as_str() {
        "csv" => cells(line, ','),
        "tsv" => cells(line, '\t'),
        "jsonl" | "ndjson" => serde_json::from_str::<Map<String, Value>>(line)
            .map(|row| row.keys().cloned().collect())
            .unwrap_or_default(),
        _ => Vec::new(),
    };
    columns.into_iter().filter(|column| !column.is_empty()).collect()
}

/// The cells of a row. A comma in quotes divides none.
fn cells(line: &str, comma: char) -> Vec<String> {
    let (mut cells, mut cell, mut is_quoted) = (Vec::new(), String::new(), false);
    for letter in line.chars() {
        match letter {
            '"' => is_quoted = !is_quoted,
            letter if letter == comma && !is_quoted => cells.push(std::mem::take(&mut cell)),
            letter => cell.push(letter),
        }
    }
    cells.push(cell);
    cells.into_iter().map(|cell| cell.trim().to_owned()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_those_of_the_first_line() {
        assert_eq!(columns("a.CSV", "\u{feff}img,\"a, b\" ,\r\n1,2,3"), ["img", "a, b"]);
        assert_eq!(columns("a.tsv", "img\tprompt\n"), ["img", "prompt"]);
        assert_eq!(columns("a.b.jsonl", "{\"image\": 1, \"text\": [2]}\n{}"), ["image", "text"]);
        assert!(columns("a.jsonl", "{\"image\": ").is_empty() && columns("a.zip", "a,b").is_empty());
        assert!(columns("csv", "a,b").is_empty());
    }
}
