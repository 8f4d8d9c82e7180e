//! The page that lists every setting, written from their definitions.

use std::fmt::Write;

use super::settings::{Kind, Section, Setting, sections};

const INTRODUCTION: &str = "\
# Configuration

<!-- Written by `cargo run -p vasari -- config docs > docs/CONFIGURATION.md`. Change the definitions in
server/src/config/ instead. -->

Each setting is a flag, an environment variable and a key of a TOML file. A flag wins over its variable, that over the
file, and that over the default. Flags may be spelled with dashes or underscores.

The file is named by `--config FILE` or `VASARI_CONFIG`. It has a table for each section below; paths in it are
relative to where Vasari is started.

```toml
[server]
port = 8001

[model]
model_path = \"microsoft/Florence-2-base\"
batch_size = 8

[limits]
trusted_proxy = [\"127.0.0.1\", \"10.0.0.0/8\"]
```

`vasari config check` takes the same flags as `vasari serve`, says what is wrong, or prints what was resolved and where
each value is from; keys stay hidden. What it prints can be used as the file. `vasari caption` reads the sections
`[model]`, `[generation]` and `[data]` of the same file.

Keys are best given by their variable or by `--api-key-file`. A key on the command line is moved out of the list of
processes as the first thing that Vasari does, but a shell remembers it.
";

/// The page in Markdown.
pub(crate) fn page() -> String {
    let mut text = INTRODUCTION.to_owned();
    for section in sections() {
        describe_section(&mut text, &section).expect("text can be appended to text. This is a bug.");
    }
    text
}

fn describe_section(text: &mut String, section: &Section) -> std::fmt::Result {
    writeln!(text, "\n## `[{}]`\n\n{}\n", section.name, section.summary())?;
    writeln!(text, "| flag | variable | key | default | meaning |\n|---|---|---|---|---|")?;
    for setting in section.settings() {
        let default = setting.default().map(|default| format!("`{default}`")).unwrap_or_default();
        let [flag, variable, key] = [flag(setting), setting.variable(), setting.key()];
        writeln!(text, "| `{flag}` | `{variable}` | `{key}` | {default} | {} |", meaning(setting))?;
    }
    Ok(())
}

fn flag(setting: Setting) -> String {
    if setting.kind() == Kind::Switch {
        return format!("--{}", setting.flag());
    }
    format!("--{} {}", setting.flag(), setting.value_name())
}

fn meaning(setting: Setting) -> String {
    let choices = setting.choices();
    let choices = if choices.is_empty() || setting.kind() == Kind::Switch {
        String::new()
    } else {
        format!(" One of `{}`.", choices.join("`, `"))
    };
    let meaning = setting.meaning();
    format!("{}{choices}", meaning.split_whitespace().collect::<Vec<_>>().join(" ")).replace('|', "\\|")
}

#[cfg(test)]
mod tests {
    #[test]
    fn committed_page_is_up_to_date() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/CONFIGURATION.md");
        let committed = std::fs::read_to_string(path).unwrap_or_default();
        assert!(
            committed == super::page(),
            "docs/CONFIGURATION.md is stale; renew it: cargo run -p vasari -- config docs > docs/CONFIGURATION.md"
        );
    }
}
