//! Modules and who imports them, for people and for Graphviz.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::io::{self, Write};

use crate::model::ForeignText;

use super::module_graph::{GraphModule, ModuleGraph, PlatformModules};

/// Writes why each module of `graph` is there.
///
/// # Errors
/// Those of the writer.
pub fn write_reasons(to: &mut dyn Write, graph: &ModuleGraph) -> io::Result<()> {
    for platform in &graph.platforms {
        for module in &platform.modules {
            writeln!(
                to,
                "{} ({})",
                shown(&module.name()),
                platform.platforms.join(", ")
            )?;
            write_asked(to, module.required_at.as_deref())?;
            for (depth, package) in module.chain.iter().enumerate() {
                let arrow = if depth == 0 { "  " } else { "→ " };
                writeln!(to, "  {arrow}{}", shown(package))?;
            }
            if !module.importers.is_empty() {
                let importers: Vec<String> = module.importers.iter().map(|it| shown(it)).collect();
                writeln!(to, "  modules that import it: {}", importers.join(", "))?;
            }
        }
    }
    for module in &graph.not_compiled {
        writeln!(
            to,
            "{}",
            shown(&format!("{}@{}", module.path, module.version))
        )?;
        write_asked(to, module.required_at.as_deref())?;
        writeln!(
            to,
            "  no program is compiled from it; whether a test needs it: go mod why -m {}",
            shown(&module.path)
        )?;
    }
    Ok(())
}

fn write_asked(to: &mut dyn Write, place: Option<&str>) -> io::Result<()> {
    match place {
        Some(place) => writeln!(to, "  asked for at {}", shown(place)),
        None => Ok(()),
    }
}

/// Writes each program's modules as a tree. What a module imports is shown once, where it is nearest to
/// the program; elsewhere it is marked as seen.
///
/// # Errors
/// Those of the writer.
pub fn write_tree(to: &mut dyn Write, graph: &ModuleGraph) -> io::Result<()> {
    for platform in &graph.platforms {
        writeln!(
            to,
            "{}: {}",
            platform.platforms.join(", "),
            shown(&platform.programs.join(", "))
        )?;
        let edges = Edges::of(platform);
        for root in platform.modules.iter().filter(|module| module.is_root()) {
            writeln!(to, "{}", shown(&root.name()))?;
            edges.write_below(to, &root.path, "")?;
        }
    }
    if !graph.not_compiled.is_empty() {
        writeln!(to, "asked for by go.mod, and in no program:")?;
        for module in &graph.not_compiled {
            writeln!(
                to,
                "  {}",
                shown(&format!("{}@{}", module.path, module.version))
            )?;
        }
    }
    Ok(())
}

/// Who imports whom.
struct Edges<'a> {
    modules: BTreeMap<&'a str, &'a GraphModule>,
    imports: BTreeMap<&'a str, BTreeSet<&'a str>>,
    /// Below whom each module is shown with all that it imports.
    parents: BTreeMap<&'a str, &'a str>,
}

impl<'a> Edges<'a> {
    fn of(platform: &'a PlatformModules) -> Self {
        let mut imports: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
        for module in &platform.modules {
            for importer in &module.importers {
                imports.entry(importer).or_default().insert(&module.path);
            }
        }
        let roots = platform.modules.iter().filter(|module| module.is_root());
        let mut waiting: VecDeque<&str> = roots.map(|root| root.path.as_str()).collect();
        let mut seen: BTreeSet<&str> = waiting.iter().copied().collect();
        let mut parents = BTreeMap::new();
        while let Some(path) = waiting.pop_front() {
            for import in imports.get(path).into_iter().flatten() {
                if seen.insert(import) {
                    parents.insert(*import, path);
                    waiting.push_back(import);
                }
            }
        }
        Self {
            modules: platform
                .modules
                .iter()
                .map(|it| (it.path.as_str(), it))
                .collect(),
            imports,
            parents,
        }
    }

    fn write_below(&self, to: &mut dyn Write, path: &str, bars: &str) -> io::Result<()> {
        let below = self.imports.get(path).into_iter().flatten();
        let mut below = below.filter_map(|path| self.modules.get(path)).peekable();
        while let Some(module) = below.next() {
            let (branch, bar) = match below.peek() {
                Some(_) => ("├─ ", "│  "),
                None => ("└─ ", "   "),
            };
            let is_here = self.parents.get(module.path.as_str()) == Some(&path);
            let is_seen = !is_here && self.imports.contains_key(module.path.as_str());
            let seen = if is_seen { " (seen)" } else { "" };
            writeln!(to, "{bars}{branch}{}{seen}", shown(&module.name()))?;
            if is_here {
                self.write_below(to, &module.path, &format!("{bars}{bar}"))?;
            }
        }
        Ok(())
    }
}

/// Writes the modules in the language of Graphviz, a graph for each set of platforms.
///
/// # Errors
/// Those of the writer.
pub fn write_dot(to: &mut dyn Write, graph: &ModuleGraph) -> io::Result<()> {
    for platform in &graph.platforms {
        writeln!(to, "digraph {} {{", quoted(&platform.platforms.join(", ")))?;
        writeln!(
            to,
            "  rankdir=LR;\n  node [shape=box, fontname=\"sans-serif\"];"
        )?;
        for module in &platform.modules {
            let style = if module.is_root() { ", style=bold" } else { "" };
            let (path, name) = (quoted(&module.path), quoted(&module.name()));
            writeln!(to, "  {path} [label={name}{style}];")?;
        }
        for module in &platform.modules {
            for importer in &module.importers {
                writeln!(to, "  {} -> {};", quoted(importer), quoted(&module.path))?;
            }
        }
        writeln!(to, "}}")?;
    }
    Ok(())
}

/// Writes a name of Graphviz: in quotes, backslashes and quotes escaped.
fn quoted(text: &str) -> String {
    format!(
        "\"{}\"",
        shown(text).replace('\\', r"\\").replace('"', "\\\"")
    )
}

fn shown(text: &str) -> String {
    ForeignText::new(text).to_string().replace('\n', " ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn module(path: &str, chain: &[&str], importers: &[&str]) -> GraphModule {
        GraphModule {
            path: path.to_owned(),
            version: (chain.len() > 1).then(|| "v1.0.0".to_owned()),
            replacement: None,
            required_at: None,
            chain: chain.iter().map(|it| (*it).to_owned()).collect(),
            importers: importers.iter().map(|it| (*it).to_owned()).collect(),
        }
    }

    /// An app that imports a and b; a imports c, which imports a; b imports c too.
    fn graph() -> ModuleGraph {
        ModuleGraph {
            form: 1,
            platforms: vec![PlatformModules {
                platforms: vec!["linux/amd64".to_owned()],
                programs: vec!["app".to_owned()],
                modules: vec![
                    module("a", &["app", "a"], &["app", "c"]),
                    module("app", &["app"], &[]),
                    module("b", &["app", "b"], &["app"]),
                    module("c", &["app", "a", "c/deep"], &["a", "b"]),
                ],
            }],
            not_compiled: Vec::new(),
        }
    }

    fn text(
        write: fn(&mut dyn Write, &ModuleGraph) -> io::Result<()>,
        graph: &ModuleGraph,
    ) -> String {
        let mut bytes = Vec::new();
        write(&mut bytes, graph).unwrap();
        String::from_utf8(bytes).unwrap()
    }

    #[test]
    fn what_comes_again_and_what_goes_round_is_marked_as_seen() {
        assert_eq!(
            text(write_tree, &graph()),
            "\
linux/amd64: app
app
├─ a@v1.0.0
│  └─ c@v1.0.0
│     └─ a@v1.0.0 (seen)
└─ b@v1.0.0
   └─ c@v1.0.0 (seen)
"
        );
    }

    #[test]
    fn graphviz_gets_each_module_and_each_import_once() {
        let dot = text(write_dot, &graph());
        assert!(dot.starts_with("digraph \"linux/amd64\" {\n"), "{dot}");
        for line in [
            "  \"app\" [label=\"app\", style=bold];",
            "  \"c\" [label=\"c@v1.0.0\"];",
            "  \"b\" -> \"c\";",
            "  \"c\" -> \"a\";",
        ] {
            assert_eq!(
                dot.lines().filter(|it| *it == line).count(),
                1,
                "{line}\n{dot}"
            );
        }
        assert_eq!(quoted("a\"b\\c"), r#""a\"b\\c""#);
    }

    #[test]
    fn a_package_names_the_module_that_it_is_of() {
        let about = graph().about("c/deep/deeper").unwrap();
        assert_eq!(about.paths().collect::<Vec<_>>(), ["c"]);
        assert_eq!(graph().about("cc"), None);
        assert_eq!(
            text(write_reasons, &about),
            "c@v1.0.0 (linux/amd64)\n    app\n  → a\n  → c/deep\n  modules that import it: a, b\n"
        );
    }
}
