//! What suggestions are about: the workspace's own list.

use crate::policy::{Area, Policy};
use crate::rejection::{Field, Rejection};

/// An area's name may have this many characters: it has to fit into a list to choose from.
pub const AREA_NAME: usize = 40;
/// A workspace may have this many areas: what a list to choose from holds.
pub const AREAS: usize = 25;

/// One more area, at the end of the list. Areas are kept in small letters. `urgent` says whether people are reminded of it at any
/// hour; with it, an area that is there already is marked so, or no longer.
///
/// # Errors
/// When the name is empty, too long or taken (and nothing is said of its urgency), or the list is full.
pub fn add_area(policy: &Policy, typed: &str, urgent: Option<bool>) -> Result<Policy, Rejection> {
    let area = Area(super::one_line(Field::Area, typed, AREA_NAME)?.to_lowercase());
    let mut policy = policy.clone();
    match (policy.areas.contains(&area), urgent) {
        (true, None) => return Err(Rejection::AreaExists(area.0)),
        (true, Some(_)) => {}
        (false, _) if policy.areas.len() >= AREAS => return Err(Rejection::TooManyAreas { limit: AREAS }),
        (false, _) => policy.areas.push(area.clone()),
    }
    policy.urgent.retain(|a| *a != area);
    if urgent == Some(true) {
        policy.urgent.push(area);
    }
    Ok(policy)
}

/// An area is no longer offered, nor urgent. Ideas that have it keep it.
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
    next.urgent.retain(|a| a != area);
    Ok(next)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::suggestion::tests::policy;

    #[test]
    fn expect_what_is_urgent_to_be_said_and_taken_back() {
        let safety = || Area("safety".into());
        let policy = add_area(&policy(), "Safety", Some(true)).unwrap();
        assert_eq!((policy.urgent.clone(), policy.areas.len()), (vec![safety()], Area::DEFAULTS.len()));
        assert_eq!(add_area(&policy, "safety", Some(true)).unwrap(), policy, "once");
        assert_eq!(add_area(&policy, "safety", None), Err(Rejection::AreaExists("safety".into())));
        assert_eq!(add_area(&policy, "safety", Some(false)).unwrap().urgent, []);
        let night = add_area(&policy, "Night shift", Some(true)).unwrap();
        assert_eq!(night.urgent, [safety(), Area("night shift".into())]);
        assert_eq!(remove_area(&night, "night shift").unwrap(), policy, "what is gone is not urgent either");
    }
}
