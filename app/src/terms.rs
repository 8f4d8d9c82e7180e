//! A search's query as the filters that it is made of, so that each can be added and taken away by itself.
//!
//! Only what stands at the top of a query, side by side, is a term; the server alone understands what the terms mean.

/// The terms of a query that all have to hold. A query that needs only one of several (`OR`) is one term.
pub(crate) fn split(query: &str) -> Vec<String> {
    let words = words(query);
    if words.iter().any(|word| word == "OR") {
        return vec![query.trim().to_owned()];
    }
    let mut terms: Vec<String> = Vec::new();
    let mut negates = false;
    for word in words.into_iter().filter(|word| word != "AND") {
        let is_not = word == "NOT";
        if let Some(not) = terms.last_mut().filter(|_| negates) {
            not.push(' ');
            not.push_str(&word);
        } else {
            terms.push(word);
        }
        negates = is_not;
    }
    terms
}

/// Whether a query has this term.
pub(crate) fn has(query: &str, term: &str) -> bool {
    !term.is_empty() && split(term).iter().all(|part| split(query).contains(part))
}

/// The query without this term, where it has it, and with it, where it does not.
pub(crate) fn toggle(query: &str, term: &str) -> String {
    if has(query, term) { without(query, term) } else { with(query, term) }
}

/// The query without this term.
pub(crate) fn without(query: &str, term: &str) -> String {
    let gone = split(term);
    split(query).into_iter().filter(|other| !gone.contains(other)).collect::<Vec<_>>().join(" ")
}

/// The query with one more term.
pub(crate) fn with(query: &str, term: &str) -> String {
    let query = query.trim();
    if query.is_empty() {
        return term.to_owned();
    }
    let is_alternative = words(query).iter().any(|word| word == "OR");
    if is_alternative { format!("({query}) {term}") } else { format!("{query} {term}") }
}

/// What stands between spaces, apart from those in quotes and parentheses.
fn words(query: &str) -> Vec<String> {
    let mut words = Vec::new();
    let (mut word, mut depth, mut is_quoted) = (String::new(), 0_u32, false);
    for letter in query.chars() {
        match letter {
            '"' | '“' | '”' | '„' | '«' | '»' => is_quoted = !is_quoted,
            '(' if !is_quoted => depth += 1,
            ')' if !is_quoted => depth = depth.saturating_sub(1),
            _ => {}
        }
        if letter.is_whitespace() && depth == 0 && !is_quoted {
            words.extend(Some(std::mem::take(&mut word)).filter(|word| !word.is_empty()));
        } else {
            word.push(letter);
        }
    }
    words.extend(Some(word).filter(|word| !word.is_empty()));
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn terms_stand_side_by_side() {
        assert_eq!(split(" dog  status:approved "), ["dog", "status:approved"]);
        assert_eq!(split("dog AND \"a red car\" NOT human:(a b)"), ["dog", "\"a red car\"", "NOT human:(a b)"]);
        assert_eq!(split("dog OR cat"), ["dog OR cat"]);
        assert_eq!(split("NOT NOT a b"), ["NOT NOT a", "b"]);
        assert_eq!(split("\"never closed b"), ["\"never closed b"]);
        assert!(split("  ").is_empty());
    }

    #[test]
    fn terms_come_and_go() {
        assert_eq!(toggle("", "is:empty"), "is:empty");
        assert_eq!(toggle("dog", "is:empty"), "dog is:empty");
        assert_eq!(toggle("dog is:empty cat", "is:empty"), "dog cat");
        assert_eq!(toggle("dog OR cat", "is:empty"), "(dog OR cat) is:empty");
        let twice = "megapixels:>=1 megapixels:<2";
        assert_eq!(toggle(&toggle("dog", twice), twice), "dog");
        assert!(!has("dog", "") && has("a (dog OR cat)", "(dog OR cat)"));
    }
}
