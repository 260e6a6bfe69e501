//! Which of several values counts.

use super::tree::{Entry, Node, Value};

/// Everything that was said, before it is typed.
pub(super) struct Layers<'a> {
    /// The file.
    pub(super) file: &'a Node,
    /// What the environment says of every image.
    pub(super) environment: &'a Node,
    /// `--set`, in the shape of the file.
    pub(super) sets: &'a Node,
    /// What the other flags say of every image.
    pub(super) flags: &'a Node,
}

impl Layers<'_> {
    /// Returns a file that says all of it, in which nothing is left to defaults and every image
    /// is whole.
    pub(super) fn merged(&self) -> Node {
        let mut file = over(self.file, self.sets);
        let Value::Table(tables) = &mut file.value else {
            return file;
        };
        let images = tables
            .get_mut("images")
            .map(|images| &mut images.node.value);
        if let Some(Value::Table(images)) = images {
            for (name, entry) in images {
                entry.node = self.image(Some(name));
            }
        }
        let defaults = Entry {
            key_place: self.file.place_of("defaults"),
            node: self.image(None),
        };
        tables.insert("defaults".to_owned(), defaults);
        file
    }

    /// Returns the image `name`, or one that no table names: flag over environment over image
    /// over defaults. What a flag says of the defaults goes for every image, because a flag is
    /// over all that the file says.
    fn image(&self, name: Option<&str>) -> Node {
        let layers = [
            self.file.get("defaults"),
            named(self.file, name),
            Some(self.environment),
            self.sets.get("defaults"),
            named(self.sets, name),
            Some(self.flags),
        ];
        let nothing = Node::table(self.file.place.clone(), []);
        layers
            .into_iter()
            .flatten()
            .fold(nothing, |lower, upper| over(&lower, upper))
    }
}

fn named<'a>(file: &'a Node, name: Option<&str>) -> Option<&'a Node> {
    file.get("images")?.get(name?)
}

/// Returns `upper` where it says something, else `lower`. Tables are joined key by key; all else
/// is replaced as a whole.
pub(super) fn over(lower: &Node, upper: &Node) -> Node {
    let (Value::Table(below), Value::Table(above)) = (&lower.value, &upper.value) else {
        return upper.clone();
    };
    let mut table = below.clone();
    for (key, entry) in above {
        let node = match below.get(key) {
            Some(covered) => over(&covered.node, &entry.node),
            None => entry.node.clone(),
        };
        let key_place = entry.key_place.clone();
        table.insert(key.clone(), Entry { key_place, node });
    }
    Node {
        place: upper.place.clone(),
        value: Value::Table(table),
    }
}
