//! The vendor folder: whether Go takes modules from it.

use super::{Area, Finding};
use crate::facts::Vendoring;

/// Says of a vendor folder that Go passes it over, or that a build ends by it; nothing where there is none, or all
/// is well.
pub fn judge_vendoring(vendoring: &Vendoring) -> Option<Finding> {
    const SUBJECT: &str = "vendor folder";
    match vendoring {
        Vendoring::None => None,
        Vendoring::PassedOver(reason) => Some(
            Finding::warning(Area::Modules, SUBJECT, "Go takes nothing from it").because(reason),
        ),
        Vendoring::Used { .. } => {
            let error = vendoring.check().err()?;
            Some(Finding::of_error(Area::Modules, SUBJECT, &error))
        }
    }
}
