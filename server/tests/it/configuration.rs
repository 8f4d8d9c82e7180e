//! Flags, environment and TOML file together, and the commands that describe them.

use std::{fs, process::Output};

use crate::program::{Server, run_vasari, sample, text, vasari};

/// What `vasari` answers with these variables and this TOML file, named by the variable.
fn run_with(arguments: &[&str], variables: &[(&str, &str)], file: &str) -> Output {
    let data = tempfile::tempdir().expect("a temporary folder can be made");
    let path = data.path().join("vasari.toml");
    fs::write(&path, file).expect("the file can be written");
    let mut command = vasari(arguments, data.path());
    command.env("VASARI_CONFIG", &path).envs(variables.iter().copied());
    command.output().expect("the program starts")
}

#[track_caller]
fn succeeded(output: &Output) -> String {
    assert!(output.status.success(), "{}", text(&output.stderr));
    text(&output.stdout)
}

#[track_caller]
fn expect_lines(report: &str, lines: &[&str]) {
    for expected in lines {
        assert!(report.lines().any(|line| line == *expected), "{expected:?} is missing:\n{report}");
    }
}

#[test]
fn flag_wins_over_environment_over_file_over_default() {
    let file = "[server]\nport = 1\ntimeout = 1\nqueue_size = 1\nallow_origin = ['https://a.org']\n\
                [log]\ndebug = true\nlog_format = 'json'\n[model]\nbatch_size = 2\n[generation]\nnum_beams = 2\n";
    let variables = [("VASARI_PORT", "2"), ("VASARI_TIMEOUT", "2"), ("VASARI_BATCH_SIZE", "4")];
    let flags = ["config", "check", "--port", "3", "--debug=false", "--batch_size=8"];
    let report = succeeded(&run_with(&flags, &variables, file));
    expect_lines(
        &report,
        &[
            "[server]",
            "port = 3  # flag --port",
            "timeout = 2  # environment VASARI_TIMEOUT",
            "queue_size = 1  # file",
            "allow_origin = [\"https://a.org\"]  # file",
            "max_connections = 1024  # default",
            "debug = false  # flag --debug",
            "log_format = \"json\"  # file",
            "batch_size = 8  # flag --batch-size",
            "num_beams = 2  # file",
            "rate_limit = \"600/min\"  # default",
            "# ssl_cert is not set",
        ],
    );
}

#[test]
fn report_is_a_file_that_says_the_same() {
    let flags =
        ["config", "check", "--timeout", "2.5", "--trusted-proxy", "10.0.0.0/8,::1", "--max-request-size", "1GB"];
    let report = succeeded(&run_with(&flags, &[("VASARI_HOST", "a\"b")], ""));
    let again = succeeded(&run_with(&["config", "check"], &[], &report));
    let values = |report: &str| -> Vec<String> {
        // Each run has a folder of its own.
        let lines = report.lines().filter(|line| !line.starts_with('#') && !line.starts_with("data_dir"));
        lines.map(|line| line.rsplit_once("  # ").map_or(line, |(value, _)| value).to_owned()).collect()
    };
    assert_eq!(values(&report), values(&again));
    expect_lines(&again, &["timeout = 2.5  # file", "trusted_proxy = [\"10.0.0.0/8\", \"::1\"]  # file"]);
}

#[test]
fn mistakes_are_sentences_and_end_with_status_1() {
    for (arguments, file, hints) in [
        (&[][..], "[server]\nprot = 1", &["vasari.toml, line 2: ", "did you mean port?"][..]),
        (&[], "[sevrer]", &["line 1: ", "did you mean server?", "image_urls"]),
        (&[], "[server]\nport = 'eighty'", &["line 2: [server] port is of type string"]),
        (&[], "[model]\n\nbatch_size = 1000", &["line 3: [model] ", "'1000' for '--batch-size", "1..=256"]),
        (&[], "[server", &["no valid TOML"]),
        (&[], "[model]\nrevision = 'main'", &["--revision is given without --model-path"]),
        (&["--port", "many"], "", &["'many' for '--port"]),
        (&["--ssl-cert", "/dev/null"], "", &["--ssl-cert is given without --ssl-key"]),
        (&["--ssl-cert", "/no", "--ssl-key", "/no"], "", &["--ssl-cert /no can't be read"]),
        (&["--log-level", "inof"], "", &["--log-level \"inof\" is neither"]),
        (&["--api-key", "two words"], "", &["key 1 of --api-key (or API_KEY) holds a space"]),
        (&["--admin-key", ""], "", &["key 1 of --admin-key (or ADMIN_API_KEY) is empty"]),
        (&["--api-key-file", "/no/keys"], "", &["--api-key-file /no/keys can't be read"]),
        (&["--config", "/no/file.toml"], "", &["--config /no/file.toml can't be read"]),
        (&["--allow-image-host", "https://a.org"], "", &["write it as images.example.org"]),
        (&["--rate-limit", "often"], "", &["600/min"]),
    ] {
        let output = run_with(&[&["config", "check"], arguments].concat(), &[], file);
        let errors = text(&output.stderr);
        assert_eq!(output.status.code(), Some(1), "{arguments:?} {file}: {errors}");
        assert!(hints.iter().all(|hint| errors.contains(hint)), "{arguments:?} {file}: {errors}");
        assert_eq!(text(&output.stdout), "", "{arguments:?} {file}");
        assert!(!errors.contains("two words"), "{errors}");
    }
    // The server itself says so before it loads a model.
    let errors = text(&run_with(&["serve"], &[], "[server]\nprot = 1").stderr);
    assert!(errors.contains("did you mean port?"), "{errors}");
}

#[test]
fn caption_reads_what_it_knows_of_the_file() {
    let picture = sample("scene-01.png");
    let picture = picture.to_str().expect("the path is text");
    let file = "[server]\nport = 1\n[model]\nmodel_path = './no/such/folder'\n";
    let errors = text(&run_with(&["caption", picture], &[], file).stderr);
    assert!(errors.contains("no/such/folder"), "{errors}");
    let errors = text(&run_with(&["caption", picture], &[], "[server]\nport = -1\n").stderr);
    assert!(errors.contains("line 2: [server]"), "{errors}");
}

#[test]
fn secrets_are_counted_and_not_shown() {
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    let keys = folder.path().join("keys");
    fs::write(&keys, "# for the camera\nhunter5\n\n hunter6 \n").expect("the file can be written");
    let keys = keys.to_str().expect("the path is text");
    let check = ["config", "check"];
    for (arguments, variables, file, line) in [
        (
            &["--api-key", "hunter2"][..],
            &[("API_KEY", "hunter1")][..],
            "",
            "# api_key has 1 secret value  # flag --api-key",
        ),
        (&["--api_key=hunter1,hunter2"], &[], "", "# api_key has 2 secret values  # flag --api-key"),
        (&[], &[("API_KEY", "hunter1")], "", "# api_key has 1 secret value  # environment API_KEY"),
        (&[], &[], "[auth]\nadmin_key = ['hunter1', 'hunter2']", "# admin_key has 2 secret values  # file"),
        (&["--api-key-file", keys], &[], "", "# api_key is not set"),
    ] {
        let output = run_with(&[&check, arguments].concat(), variables, file);
        expect_lines(&succeeded(&output), &[line]);
        let printed = text(&output.stdout) + &text(&output.stderr);
        assert!(!printed.contains("hunter"), "{printed}");
    }
    // The help shows neither the variables' values nor the file's.
    let help = run_with(&["serve", "--help"], &[("API_KEY", "hunter1")], "[auth]\nadmin_key = 'hunter2'");
    assert!(!succeeded(&help).contains("hunter"), "{}", text(&help.stdout));
}

#[cfg(target_os = "linux")]
#[test]
fn keys_leave_the_list_of_processes() {
    let server = Server::start(&["--api-key", "hunter2", "--admin_key=hunter3", "--workers", "1"]);
    let line = fs::read(format!("/proc/{}/cmdline", server.id())).expect("the process is there");
    let line = text(&line).replace('\0', " ");
    assert!(line.contains("serve --host 127.0.0.1") && line.contains("--workers 1"), "{line}");
    assert!(!line.contains("hunter") && !line.contains("key"), "{line}");
    let variables = fs::read(format!("/proc/{}/environ", server.id())).expect("the process is there");
    let variables = text(&variables).replace('\0', "\n");
    expect_lines(&variables, &["API_KEY=hunter2", "ADMIN_API_KEY=hunter3"]);
}

#[test]
fn shells_learn_commands_and_flags() {
    for (shell, sign) in [
        ("bash", "complete -F"),
        ("zsh", "#compdef vasari"),
        ("fish", "complete -c vasari"),
        ("powershell", "Register-ArgumentCompleter"),
        ("elvish", "edit:completion"),
    ] {
        let script = succeeded(&run_vasari(&["completions", shell]));
        assert!(script.contains(sign) && script.contains("model-path"), "{shell}: {script}");
    }
    let output = run_vasari(&["completions", "tcsh"]);
    assert!(text(&output.stderr).contains("bash"), "{}", text(&output.stderr));
}

#[test]
fn manual_has_a_page_for_each_command() {
    let page = succeeded(&run_vasari(&["man"]));
    assert!(page.contains(".TH vasari 1") && page.contains("serve"), "{page}");
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    let target = folder.path().join("man1");
    succeeded(&run_vasari(&["man", "--output", target.to_str().expect("the path is text")]));
    for (name, content) in
        [("vasari", "SUBCOMMANDS"), ("vasari-serve", "model\\-path"), ("vasari-config-check", "api\\-key\\-file")]
    {
        let page = fs::read_to_string(target.join(format!("{name}.1"))).expect("the page was written");
        assert!(page.contains(content), "{name}: {page}");
    }
}
