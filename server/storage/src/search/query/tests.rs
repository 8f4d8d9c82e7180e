use super::*;

fn read(text: &str) -> SearchQuery {
    text.parse().unwrap_or_else(|error| panic!("{text}: {error}"))
}

#[track_caller]
fn check_error(text: &str, position: usize, length: usize, hint: &str) {
    let error = text.parse::<SearchQuery>().unwrap_err();
    assert_eq!((error.position, error.length), (position, length), "{text}: {error}");
    assert!(error.message.contains(hint), "{text}: {error}");
}

#[test]
fn queries_are_read_as_they_are_meant() {
    for (text, written) in [
        ("", ""),
        ("  ", ""),
        ("Dog", "dog"),
        ("dog cat OR bird", "(dog cat) OR bird"),
        ("dog AND (cat bird)", "dog cat bird"),
        ("a OR (b OR c)", "a OR b OR c"),
        ("(dog OR cat) bird", "(dog OR cat) bird"),
        ("dog NOT cat -bird", "dog -cat -bird"),
        ("NOT (a OR b)", "-(a OR b)"),
        ("NOT NOT a", "a"),
        ("a ---------------b", "a -b"),
        ("black-and-white", "\"black and white\""),
        ("\"A red, CAR\"", "\"a red car\""),
        ("“red car”", "\"red car\""),
        ("walk*", "walk*"),
        ("florence:dog NOT human:dog", "florence:dog -human:dog"),
        ("florence:\"a dog\" human:(a OR -b)", "florence:\"a dog\" human:(a OR -b)"),
        ("human:(dog status:approved)", "human:(dog status:approved)"),
        ("\"status\":dog \"florence\":cat", "\"status\":dog florence:cat"),
        ("name:IMG_12.jpg name:(a bc*)", "name:\"img 12 jpg\" name:(a bc*)"),
        ("has:human missing:\"florence-2.base\"", "has:\"human\" missing:\"florence-2.base\""),
        ("status:Approved is:empty", "status:approved is:empty"),
        ("task:<DETAILED_CAPTION> task:od", "task:\"detailed_caption\" task:\"od\""),
        ("words:>10 width:>=1024 height:=5", "words:>10 width:>=1024 height:5"),
        ("confidence:<0.50 megapixels:1..2.5", "confidence:<0.5 megapixels:1..2.5"),
        ("added:>2026-01-01 updated:2026", "added:>2026-01-01 updated:2026"),
        ("or and not", "or and not"),
    ] {
        let query = read(text);
        assert_eq!(query.to_string(), written, "{text}");
        assert_eq!(read(written).to_string(), written, "what is written reads as the same");
    }
}

#[test]
fn errors_point_at_the_character() {
    check_error("dog (cat", 4, 1, "never closed");
    check_error("dog) cat", 3, 1, "closes none");
    check_error("dog OR", 6, 1, "missing");
    check_error("OR dog", 0, 2, "between");
    check_error("()", 1, 1, "nothing");
    check_error("größe \"car", 6, 1, "never closed");
    check_error("dog & cat", 4, 1, "no letter");
    check_error("dog - cat", 4, 1, "no letter");
    check_error("wa*lk", 2, 1, "end of a word");
    check_error("w*", 0, 2, "at least 2");
    check_error("status:approvedd", 7, 9, "Did you mean approved?");
    check_error("is:nothing", 3, 7, "empty, captioned");
    check_error("words:many", 6, 4, "whole number");
    check_error("words:1.5", 6, 3, "whole number");
    check_error("width:-5", 0, 6, "a number of pixels");
    check_error("added:yesterday", 6, 9, "2026-01-31");
    check_error("added:2026-02-30", 6, 10, "2026-01-31");
    check_error("florence:", 0, 9, "After this colon");
    check_error("florence:-dog", 9, 1, "before the field");
    check_error("florence:(words:3)", 10, 6, "Another field");
    check_error("name:(status:draft)", 6, 7, "Another field");
    check_error("task:a!b", 5, 3, "letters");
    check_error(&"x ".repeat(101), 200, 1, "at most 100");
    check_error(&"x".repeat(1001), 1000, 1, "at most 1000");
    check_error(&format!("{}a{}", "(".repeat(30), ")".repeat(30)), 20, 1, "20 deep");
    check_error(&format!("{}a", "-".repeat(30)), 20, 1, "20 deep");
}

#[test]
fn words_that_must_not_be_there_rank_nothing() {
    for (text, has_words) in
        [("dog", true), ("-dog", false), ("is:empty name:a", true), ("has:a -(b c)", false), ("", false)]
    {
        assert_eq!(read(text).has_words(), has_words, "{text}");
    }
    assert_eq!(read("a OR b").and(read("is:empty")).to_string(), "(a OR b) is:empty");
    assert_eq!(read("").and(read("a")).to_string(), "a");
}

/// Whatever somebody types is either read, and then written so that it reads as the same, or refused at a place within.
#[test]
fn what_is_too_much_written_out_is_refused_when_it_is_typed() {
    let long = ["Wumegapixels:ab"; 52].join(" OR ");
    let deep = format!("{}a b OR c{}", "-(x OR ".repeat(10), ")".repeat(10));
    for text in [long, deep] {
        assert!(text.chars().count() <= 1000, "{text}");
        let error = text.parse::<SearchQuery>().expect_err("it can't be kept");
        assert!(error.message.contains("Leave something out"), "{error}");
    }
}

#[test]
fn anything_may_be_typed() {
    const PARTS: [&str; 32] = [
        "dog",
        "cat",
        " ",
        " ",
        " ",
        "(",
        ")",
        "\"",
        "OR",
        "NOT",
        "AND",
        "-",
        ":",
        "*",
        "name:",
        "status:",
        "approved",
        "has:",
        "words:>",
        "10",
        "..",
        "added:",
        "2026-01",
        "is:empty",
        "florence:",
        "\"status\":",
        "é",
        "猫",
        "“",
        "\u{0}",
        "<",
        "🦀",
    ];
    let mut state = 7_u64;
    let mut random = move |below: usize| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as usize % below
    };
    let (mut read, mut refused) = (0, 0);
    for _ in 0..20_000 {
        let text: String = (0..random(14)).map(|_| PARTS[random(PARTS.len())]).collect();
        match text.parse::<SearchQuery>() {
            Ok(query) => {
                let written = query.to_string();
                let again =
                    written.parse::<SearchQuery>().unwrap_or_else(|error| panic!("{text} → {written}: {error}"));
                assert_eq!(again.to_string(), written, "{text}");
                read += 1;
            }
            Err(error) => {
                assert!(error.length > 0 && error.position <= text.chars().count(), "{text}: {error}");
                refused += 1;
            }
        }
    }
    assert!(read > 1000 && refused > 1000, "{read} were read, {refused} refused");
}
