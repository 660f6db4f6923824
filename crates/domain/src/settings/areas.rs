//! What suggestions are about: the workspace's own list.

use crate::policy::{Area, Policy};
use crate::rejection::{Field, Rejection};

/// An area's name may have this many characters: it has to fit into a list to choose from.
pub const AREA_NAME: usize = 40;
/// A workspace may have this many areas: what a list to choose from holds.
pub const AREAS: usize = 25;

/// One more area, at the end of the list. Areas are kept in small letters.
///
/// # Errors
/// When the name is empty, too long or taken, or the list is full.
pub fn add_area(policy: &Policy, typed: &str) -> Result<Policy, Rejection> {
    let area = Area(super::one_line(Field::Area, typed, AREA_NAME)?.to_lowercase());
    if policy.areas.contains(&area) {
        return Err(Rejection::AreaExists(area.0));
    }
    if policy.areas.len() >= AREAS {
        return Err(Rejection::TooManyAreas { limit: AREAS });
    }
    let mut policy = policy.clone();
    policy.areas.push(area);
    Ok(policy)
}

/// An area is no longer offered. Ideas that have it keep it.
///
/// # Errors
/// When there is no such area, it is the last one, or a route is about it.
pub fn remove_area(policy: &Policy, typed: &str) -> Result<Policy, Rejection> {
    let word = typed.trim().to_lowercase();
    let Some(area) = policy.areas.iter().find(|a| a.0.to_lowercase() == word) else {
        let takes = policy.areas.iter().map(|a| a.0.clone()).collect();
        return Err(Rejection::NotOneOf { field: Field::Area, typed: typed.trim().to_owned(), takes });
    };
    if policy.areas.len() == 1 {
        return Err(Rejection::LastArea);
    }
    if let Some(at) = policy.routes.iter().position(|r| r.area.as_ref() == Some(area)) {
        return Err(Rejection::AreaInRoute { area: area.0.clone(), route: at + 1 });
    }
    let mut next = policy.clone();
    next.areas.retain(|a| a != area);
    Ok(next)
}
