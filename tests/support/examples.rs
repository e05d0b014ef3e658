//! The examples in the documents.

use std::fs;
use std::path::Path;

/// Returns the examples of the language's reference that are whole files: YAML that begins with the
/// version, below the file's name if it has one. Each comes with its name, or that of its line.
pub(crate) fn examples() -> Vec<(String, String)> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/scenarios.md");
    let text = fs::read_to_string(path).unwrap();
    let mut examples = Vec::new();
    let mut lines = (1..).zip(text.lines());
    while let Some((number, line)) = lines.next() {
        if line != "```yaml" {
            continue;
        }
        let block: Vec<&str> =
            lines.by_ref().map(|(_, line)| line).take_while(|line| *line != "```").collect();
        let name = block.first().and_then(|line| line.strip_prefix("# "));
        let name = name.map_or_else(|| format!("line{number}.yaml"), str::to_owned);
        if block.contains(&"chatsim: 1") {
            examples.push((name, block.join("\n") + "\n"));
        }
    }
    examples
}
