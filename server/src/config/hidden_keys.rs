//! Keys on the command line stand in the list of processes for everybody to read. They are moved out of it.

use std::{env, ffi::OsString};

/// The flags that hold keys, and the variables that hold them out of sight.
const FLAGS: [(&str, &str); 6] = [
    ("api-key", "API_KEY"),
    ("admin-key", "ADMIN_API_KEY"),
    ("database-url", "DATABASE_URL"),
    ("key", "VASARI_KEY"),
    ("s3-secret-access-key", "AWS_SECRET_ACCESS_KEY"),
    ("s3-session-token", "AWS_SESSION_TOKEN"),
];

/// The commands that take such flags.
const COMMANDS: [&str; 12] = [
    "serve",
    "config",
    "migrate",
    "user",
    "key",
    "backup",
    "restore",
    "dataset",
    "import",
    "export",
    "jobs",
    "caption-dataset",
];

/// Says which flags were moved, and in which process: what it starts inherits the variable.
const MOVED: &str = "VASARI_MOVED_KEYS";

/// A command line without keys, and the variables that they went to.
#[derive(Debug, PartialEq, Eq)]
struct Moved {
    arguments: Vec<OsString>,
    variables: Vec<(&'static str, OsString)>,
    flags: Vec<&'static str>,
}

/// Starts the program over in this very process, with the keys of its command line in the environment. Returns where
/// there is nothing to move. `arguments` are those of the process, its flags spelled with dashes.
pub(crate) fn move_keys(arguments: &[OsString]) {
    // Without this, a key that could not be moved would start the program over for ever.
    if FLAGS.iter().any(|(flag, _)| was_moved(flag)) {
        return;
    }
    #[cfg(unix)]
    if let Some(moved) = take_keys(arguments) {
        let error = start_over(&moved);
        eprintln!("vasari: the key on the command line stays visible in the list of processes: {error}");
    }
    #[cfg(not(unix))]
    drop(take_keys(arguments));
}

/// Whether the flag stood on the command line before [`move_keys`] started the program over.
pub(super) fn was_moved(flag: &str) -> bool {
    let Ok(moved) = env::var(MOVED) else { return false };
    let Some((process, flags)) = moved.split_once(':') else { return false };
    process.parse() == Ok(std::process::id()) && flags.split(',').any(|moved| moved == flag)
}

/// Returns only when it fails.
#[cfg(unix)]
fn start_over(moved: &Moved) -> std::io::Error {
    use std::os::unix::process::CommandExt;

    let program = match env::current_exe() {
        Ok(program) => program,
        Err(error) => return error,
    };
    let [name, arguments @ ..] = &*moved.arguments else { return std::io::ErrorKind::InvalidInput.into() };
    let mut command = std::process::Command::new(program);
    command.arg0(name).args(arguments).envs(moved.variables.iter().map(|(name, value)| (name, value)));
    command.env(MOVED, format!("{}:{}", std::process::id(), moved.flags.join(","))).exec()
}

/// The keys taken out of the command line of a command that takes some; several keys are joined by commas. None where
/// there is no key, or one is missing, which the parser will say.
fn take_keys(arguments: &[OsString]) -> Option<Moved> {
    let takes_keys = arguments.get(1).is_some_and(|command| COMMANDS.iter().any(|name| command == name));
    let mut moved = Moved { arguments: vec![], variables: vec![], flags: vec![] };
    let mut rest = arguments.iter();
    while let Some(argument) = rest.next().filter(|_| takes_keys) {
        if argument == "--" {
            moved.arguments.push(argument.clone());
            break;
        }
        let text = argument.to_string_lossy();
        let named = text.strip_prefix("--").map(|flag| flag.split_once('=').map_or(flag, |(name, _)| name));
        let Some((flag, variable)) = FLAGS.into_iter().find(|(flag, _)| named == Some(flag)) else {
            moved.arguments.push(argument.clone());
            continue;
        };
        let key = match text.split_once('=') {
            // A key that is not Unicode could stand in no header; the parser will say so of what is left of it.
            Some((_, key)) => key.into(),
            None => rest.next().filter(|key| !key.as_encoded_bytes().starts_with(b"-"))?.clone(),
        };
        match moved.variables.iter_mut().find(|(name, _)| *name == variable) {
            Some((_, keys)) => keys.push(format!(",{}", key.to_string_lossy())),
            None => moved.variables.push((variable, key)),
        }
        moved.flags.push(flag);
    }
    moved.arguments.extend(rest.cloned());
    (!moved.flags.is_empty()).then_some(moved)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn take(line: &str) -> Option<(String, Vec<String>)> {
        let arguments: Vec<OsString> = line.split(' ').map(OsString::from).collect();
        let moved = take_keys(&arguments)?;
        let variables = moved.variables.iter().map(|(name, value)| format!("{name}={}", value.to_string_lossy()));
        Some((moved.arguments.join(" ".as_ref()).into_string().unwrap(), variables.collect()))
    }

    #[test]
    fn keys_go_from_the_command_line_into_variables() {
        let moved = take("vasari serve --api-key one --port 1 --api-key=two,three --admin-key four --debug").unwrap();
        assert_eq!(moved.0, "vasari serve --port 1 --debug");
        assert_eq!(moved.1, ["API_KEY=one,two,three", "ADMIN_API_KEY=four"]);
        let moved = take("vasari config check --api-key=").unwrap();
        assert_eq!((moved.0.as_str(), moved.1), ("vasari config check", vec!["API_KEY=".to_owned()]));
    }

    #[test]
    fn other_command_lines_stay_as_they_are() {
        for line in [
            "vasari serve --port 1",
            "vasari serve -- --api-key one",
            "vasari serve --api-key",
            "vasari serve --api-key --port 1",
            "vasari caption a.png --text --api-key one",
            "vasari",
        ] {
            assert_eq!(take(line), None, "{line}");
        }
    }
}
