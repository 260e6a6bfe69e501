//! Sizes as people read about them.

use std::io::{self, Write};

use super::columns::{Columns, share, signed};
use super::counted;
use super::size::{SizeDocument, SizedSubject};
use crate::model::{ByteSize, ForeignText};
use crate::size::{
    Change, ImageGrowth, ImageSize, ModuleKind, ModuleSize, ProgramGrowth, ProgramSize,
};

/// How many rows of each table are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rows(pub usize);

/// Writes what the bytes of one subject are, or of two what grew from the first to the second.
///
/// Whatever programs and images say passes [`ForeignText`].
///
/// # Errors
/// Those of the writer.
pub fn write_size(to: &mut dyn Write, document: &SizeDocument, rows: Rows) -> io::Result<()> {
    match document.subjects.as_slice() {
        [one] => write_subject(to, one, rows),
        subjects => {
            for (subject, letter) in subjects.iter().zip(["A", "B"]) {
                writeln!(to, "{letter}  {}", ForeignText::new(&subject.name))?;
            }
            if let Some(growth) = &document.program_growth {
                write_program_growth(to, growth, rows)?;
            }
            for growth in &document.image_growth {
                write_image_growth(to, growth, rows)?;
            }
            Ok(())
        }
    }
}

fn write_subject(to: &mut dyn Write, subject: &SizedSubject, rows: Rows) -> io::Result<()> {
    if let Some(program) = &subject.program {
        write_program(to, &subject.name, program, rows)?;
    }
    for (number, image) in subject.images.iter().enumerate() {
        if number > 0 {
            writeln!(to)?;
        }
        write_image(to, &subject.name, image, rows)?;
    }
    Ok(())
}

fn write_image(to: &mut dyn Write, name: &str, image: &ImageSize, rows: Rows) -> io::Result<()> {
    let layers = counted(image.layers.len() as u64, "layer", "layers");
    writeln!(
        to,
        "{}, {}: {} in {layers}, {} of files",
        ForeignText::new(name),
        image.platform,
        ByteSize(image.size_bytes),
        ByteSize(image.file_bytes),
    )?;
    for note in &image.notes {
        writeln!(to, "{}", ForeignText::new(note))?;
    }
    let mut table = Columns::new("LAYER", &["SIZE", "SHARE", "FILES"], rows.0);
    for layer in &image.layers {
        let by = layer.created_by.as_deref().unwrap_or_default();
        let name = format!("{} {}", layer.number, by);
        let size = layer.size_bytes;
        let cells = vec![
            ByteSize(size).to_string(),
            share(size, image.size_bytes),
            layer.files.to_string(),
        ];
        table.row(name.trim_end(), size, cells);
    }
    table.write_to(to)?;
    let mut table = Columns::new("FILE", &["SIZE", "SHARE", "LAYER"], rows.0);
    for file in &image.files {
        let size = file.size_bytes;
        let cells = vec![
            ByteSize(size).to_string(),
            share(size, image.file_bytes),
            file.layer.to_string(),
        ];
        table.row(&file.path, size, cells);
    }
    table.more(image.more_files, image.more_file_bytes);
    table.write_to(to)?;
    for found in &image.programs {
        writeln!(to)?;
        write_program(to, &found.path, &found.program, rows)?;
    }
    Ok(())
}

fn write_program(
    to: &mut dyn Write,
    name: &str,
    program: &ProgramSize,
    rows: Rows,
) -> io::Result<()> {
    let of_go = match (&program.go_version, &program.package) {
        (Some(version), Some(package)) => format!(", {package} by {version}"),
        (Some(version), None) => format!(", {version}"),
        _ => String::new(),
    };
    let head = format!(
        "{name}: {}, {} {}{of_go}",
        ByteSize(program.size_bytes),
        program.format,
        program.architecture
    );
    writeln!(to, "{}", ForeignText::new(&head))?;
    writeln!(to, "{}", stripping(program))?;
    let unknown = program.not_attributed_bytes;
    writeln!(
        to,
        "not attributed: {}, {}",
        ByteSize(unknown),
        share(unknown, program.size_bytes)
    )?;
    for note in &program.notes {
        writeln!(to, "{}", ForeignText::new(note))?;
    }
    write_sections(to, program, rows)?;
    write_modules(to, program, rows)?;
    write_packages(to, program, rows)?;
    write_symbols(to, program, rows)
}

/// Tells whether a program is stripped, and what that would save.
fn stripping(program: &ProgramSize) -> String {
    let stripping = program.stripping;
    if stripping.saves_bytes == 0 {
        return "stripped: it has neither symbols nor debug information".to_owned();
    }
    format!(
        "not stripped: -ldflags '-s -w' would save {}, {} (debug information {}, symbols {})",
        ByteSize(stripping.saves_bytes),
        share(stripping.saves_bytes, program.size_bytes),
        ByteSize(stripping.debug_bytes),
        ByteSize(stripping.symbol_table_bytes),
    )
}

fn write_sections(to: &mut dyn Write, program: &ProgramSize, rows: Rows) -> io::Result<()> {
    let mut table = Columns::new("SECTION", &["SIZE", "SHARE", "NOT ATTRIBUTED"], rows.0);
    for section in &program.sections {
        let size = section.size_bytes;
        let unknown = ByteSize(section.not_attributed_bytes).to_string();
        table.row(
            &section.name,
            size,
            vec![
                ByteSize(size).to_string(),
                share(size, program.size_bytes),
                unknown,
            ],
        );
    }
    table.write_to(to)
}

fn write_modules(to: &mut dyn Write, program: &ProgramSize, rows: Rows) -> io::Result<()> {
    let columns = ["SIZE", "SHARE", "CODE", "TABLES", "TYPES", "DATA"];
    let mut table = Columns::new("MODULE", &columns, rows.0);
    for module in &program.modules {
        let mut cells = sized(module.size_bytes, program.size_bytes);
        if !matches!(module.kind, ModuleKind::Purpose | ModuleKind::NotAttributed) {
            cells.extend(parts(&module.parts));
        }
        table.row(&module_name(module), module.size_bytes, cells);
    }
    table.write_to(to)
}

/// Shows a module with its version; what is no module stands in brackets.
fn module_name(module: &ModuleSize) -> String {
    match (module.kind, &module.version) {
        (ModuleKind::Purpose | ModuleKind::NotAttributed | ModuleKind::Unknown, _) => {
            format!("({})", module.name)
        }
        (_, Some(version)) => format!("{} {version}", module.name),
        (_, None) => module.name.clone(),
    }
}

fn write_packages(to: &mut dyn Write, program: &ProgramSize, rows: Rows) -> io::Result<()> {
    let columns = ["SIZE", "SHARE", "CODE", "TABLES", "TYPES", "DATA"];
    let mut table = Columns::new("PACKAGE", &columns, rows.0);
    for package in &program.packages {
        let mut cells = sized(package.size_bytes, program.size_bytes);
        cells.extend(parts(&package.parts));
        table.row(&package.name, package.size_bytes, cells);
    }
    table.write_to(to)
}

fn write_symbols(to: &mut dyn Write, program: &ProgramSize, rows: Rows) -> io::Result<()> {
    let mut table = Columns::new("SYMBOL", &["SIZE", "SECTION"], rows.0);
    for symbol in &program.symbols {
        let cells = vec![
            ByteSize(symbol.size_bytes).to_string(),
            symbol.section.clone(),
        ];
        table.row(&symbol.name, symbol.size_bytes, cells);
    }
    table.without_rest().write_to(to)
}

fn sized(size: u64, whole: u64) -> Vec<String> {
    vec![ByteSize(size).to_string(), share(size, whole)]
}

fn parts(parts: &crate::size::Parts) -> [String; 4] {
    [
        parts.code_bytes,
        parts.table_bytes,
        parts.type_bytes,
        parts.data_bytes,
    ]
    .map(|bytes| ByteSize(bytes).to_string())
}

fn write_image_growth(to: &mut dyn Write, growth: &ImageGrowth, rows: Rows) -> io::Result<()> {
    write_whole(to, &growth.whole)?;
    write_changes(to, "LAYER", &growth.layers, rows)?;
    write_changes(to, "FILE", &growth.files, rows)?;
    for program in &growth.programs {
        write_program_growth(to, program, rows)?;
    }
    Ok(())
}

fn write_program_growth(to: &mut dyn Write, growth: &ProgramGrowth, rows: Rows) -> io::Result<()> {
    write_whole(to, &growth.whole)?;
    write_changes(to, "SECTION", &growth.sections, rows)?;
    write_changes(to, "MODULE", &growth.modules, rows)?;
    write_changes(to, "PACKAGE", &growth.packages, rows)
}

fn write_whole(to: &mut dyn Write, whole: &Change) -> io::Result<()> {
    let (a, b) = (ByteSize(whole.a_bytes), ByteSize(whole.b_bytes));
    let change = signed(whole.change_bytes);
    let name = ForeignText::new(&whole.name);
    writeln!(to, "\n{name}: {a} in A, {b} in B, {change}")
}

fn write_changes(to: &mut dyn Write, what: &str, changes: &[Change], rows: Rows) -> io::Result<()> {
    if changes.is_empty() {
        return Ok(());
    }
    let mut table = Columns::new(what, &["CHANGE", "A", "B"], rows.0);
    for change in changes {
        let cells = vec![
            signed(change.change_bytes),
            ByteSize(change.a_bytes).to_string(),
            ByteSize(change.b_bytes).to_string(),
        ];
        table.change(&change.name, change.change_bytes, cells);
    }
    table.write_to(to)
}
