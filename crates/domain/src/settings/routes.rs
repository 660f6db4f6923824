//! Routes: who takes what, the first match first.

use crate::policy::{Policy, Route};
use crate::rejection::Rejection;

/// A workspace may have this many routes: they are read from the top by people, too.
pub const ROUTES: usize = 50;

/// One more route, at this place from 1 (none, or further than there are: at the end).
///
/// # Errors
/// When it names neither area nor team, a route about just the same is there, or there are too many.
pub fn add_route(policy: &Policy, route: Route, place: Option<usize>) -> Result<Policy, Rejection> {
    if route.area.is_none() && route.team.is_none() {
        return Err(Rejection::RouteAboutNothing);
    }
    let same = |r: &Route| r.area == route.area && r.team == route.team;
    if let Some(at) = policy.routes.iter().position(same) {
        return Err(Rejection::RouteExists { route: at + 1 });
    }
    if policy.routes.len() >= ROUTES {
        return Err(Rejection::TooManyRoutes { limit: ROUTES });
    }
    let mut policy = policy.clone();
    let end = policy.routes.len();
    policy.routes.insert(place.map_or(end, |p| p.saturating_sub(1)).min(end), route);
    Ok(policy)
}

/// The workspace without the route at this place, from 1.
///
/// # Errors
/// When there is none.
pub fn remove_route(policy: &Policy, place: usize) -> Result<Policy, Rejection> {
    if place == 0 || place > policy.routes.len() {
        return Err(Rejection::NoSuchRoute { route: place, last: policy.routes.len() });
    }
    let mut policy = policy.clone();
    policy.routes.remove(place - 1);
    Ok(policy)
}

/// The route (its place from 1) that is asked before the one at `at` (from 0) and takes all that it would: it is never
/// reached.
pub fn reached_before(routes: &[Route], at: usize) -> Option<usize> {
    let covers = |wide: &Route, narrow: &Route| {
        (wide.area.is_none() || wide.area == narrow.area) && (wide.team.is_none() || wide.team == narrow.team)
    };
    let this = routes.get(at)?;
    routes[..at].iter().position(|before| covers(before, this)).map(|before| before + 1)
}
