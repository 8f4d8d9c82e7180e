//! What browsers and programs call themselves, in plain words.

use crate::words::translate;

/// Browsers by the word that tells them apart. Most claim to be several: the one that claims the most comes first.
const BROWSERS: [(&str, &str); 8] = [
    ("Edg/", "Edge"),
    ("OPR/", "Opera"),
    ("SamsungBrowser/", "Samsung Internet"),
    ("Firefox/", "Firefox"),
    ("FxiOS/", "Firefox"),
    ("CriOS/", "Chrome"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
];

/// Systems by the word that tells them apart. Android says that it is Linux, and an iPhone that it is like a Mac.
const SYSTEMS: [(&str, &str); 7] = [
    ("Android", "Android"),
    ("iPhone", message!("an iPhone")),
    ("iPad", message!("an iPad")),
    ("CrOS", "ChromeOS"),
    ("Windows", "Windows"),
    ("Mac OS X", message!("a Mac")),
    ("Linux", "Linux"),
];

/// The longest name of a program that is shown.
const PROGRAM_LETTERS: usize = 40;

/// "Firefox on Linux" for what a browser calls itself, "curl" for `curl/8.5.0`.
pub(crate) fn device(user_agent: &str) -> String {
    let known =
        |list: &[(&str, &'static str)]| list.iter().find(|(word, _)| user_agent.contains(word)).map(|(_, name)| *name);
    match (known(&BROWSERS), known(&SYSTEMS)) {
        (Some(browser), Some(system)) => t!("{browser} on {system}", browser = browser, system = translate(system)),
        (Some(browser), None) => browser.to_owned(),
        (None, system) => {
            let program = user_agent.split(['/', ' ', '(']).next().unwrap_or_default();
            let program: String = program.chars().take(PROGRAM_LETTERS).collect();
            match (program.as_str(), system) {
                ("" | "Mozilla", Some(system)) => t!("A browser on {system}", system = translate(system)),
                ("" | "Mozilla", None) => t!("A program that doesn't say what it is").into(),
                (program, _) => program.to_owned(),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn browsers_and_programs_are_known_by_what_they_say() {
        let chrome =
            "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Safari/537.36";
        for (user_agent, words) in [
            (chrome, "Chrome on Linux"),
            (&format!("{chrome} Edg/141.0"), "Edge on Linux"),
            ("Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:145.0) Gecko/20100101 Firefox/145.0", "Firefox on Windows"),
            (
                "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) \
                 Version/18.1 Mobile/15E148 Safari/604.1",
                "Safari on an iPhone",
            ),
            (
                "Mozilla/5.0 (Linux; Android 15) AppleWebKit/537.36 Chrome/141.0 Mobile Safari/537.36",
                "Chrome on Android",
            ),
            ("Mozilla/5.0 (Windows NT 10.0) Something/1", "A browser on Windows"),
            ("curl/8.5.0", "curl"),
            ("python-requests/2.32 CPython/3.12 Linux/6.8", "python-requests"),
            ("<b>bold</b>", "<b>bold<"),
            ("", "A program that doesn't say what it is"),
        ] {
            assert_eq!(device(user_agent), words, "{user_agent}");
        }
    }
}
