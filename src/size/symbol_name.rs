//! The package in the name of a symbol.

/// Returns the import path of the package that a symbol of Go's belongs to; `None` where its name
/// holds none, as those of assembly, C and the linker.
///
/// `type:.eq.`, `go:itab.` and their like belong to the package of the type they are for, an
/// instance of a generic function to that of the function, whatever it is instantiated with.
pub(super) fn package_of(symbol: &str) -> Option<String> {
    if let Some(of_type) = symbol.strip_prefix("type:") {
        return package_of_type(of_type);
    }
    let Some(made) = symbol.strip_prefix("go:") else {
        return package_at_start(symbol).map(unescaped);
    };
    let is_for_type = ["itab.", "(", "struct "]
        .iter()
        .any(|start| made.starts_with(start));
    is_for_type.then(|| package_of_type(made))?
}

/// Returns the package of the first type with a name in `text`, which is that of a type.
fn package_of_type(text: &str) -> Option<String> {
    let text = [".eq.", ".hash.", "itab."]
        .iter()
        .find_map(|prefix| text.strip_prefix(prefix))
        .unwrap_or(text);
    let words = text.split(|c: char| " []{}(),;*=\"".contains(c));
    let mut named = words.filter_map(|word| {
        let word = word.strip_prefix("go.shape.").unwrap_or(word);
        package_at_start(word)
    });
    named.next().map(unescaped)
}

/// Returns what stands before the first dot behind the last slash of a path.
fn package_at_start(symbol: &str) -> Option<&str> {
    let end = symbol.find(['[', '(', '{', ' ']).unwrap_or(symbol.len());
    let path = &symbol[..end];
    let last = path.rfind('/').map_or(0, |slash| slash + 1);
    let dot = path[last..].find('.')?;
    let package = &path[..last + dot];
    let is_path = dot > 0 && !package.starts_with(['.', '$', '%', '/']);
    is_path.then_some(package)
}

/// Undoes what the compiler does to dots and other characters in the last element of a path.
fn unescaped(path: &str) -> String {
    percent_encoding::percent_decode_str(path)
        .decode_utf8_lossy()
        .into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_symbol_belongs_to_the_package_that_it_names() {
        for (symbol, package) in [
            ("main.main", "main"),
            ("net/http.(*Server).Serve.func1", "net/http"),
            ("gopkg.in/yaml%2ev3.(*parser).peek", "gopkg.in/yaml.v3"),
            ("github.com/a/b/v2.init", "github.com/a/b/v2"),
            ("slices.SortFunc[go.shape.[]github.com/a/b.T]", "slices"),
            ("github.com/a/b.Map[github.com/c/d.K].Get", "github.com/a/b"),
            ("slices..dict.reverseRangeOrdered[int]", "slices"),
            (
                "vendor/golang.org/x/net/idna.idnaValues",
                "vendor/golang.org/x/net/idna",
            ),
            ("type:.eq.internal/abi.RegArgs", "internal/abi"),
            ("type:.eq.[8]internal/cpu.option", "internal/cpu"),
            (
                "type:.eq.go.shape.struct { a int; internal/sync.b *sync.T }",
                "internal/sync",
            ),
            ("go:itab.*github.com/a/b.T,io.Reader", "github.com/a/b"),
        ] {
            assert_eq!(package_of(symbol).as_deref(), Some(package), "{symbol}");
        }
        for symbol in [
            "memeqbody",
            "_rt0_amd64_linux",
            "$f64.3ff0000000000000",
            "go:buildid",
            "go:string.*",
            "go:func.*",
            "type:*",
            "type:.eq.struct { Size uint32; Frees uint64 }",
            "",
            ".",
            "/.x",
        ] {
            assert_eq!(package_of(symbol), None, "{symbol}");
        }
    }
}
