//! Merges and their undoing, as the engine puts them together.

use chrono::TimeDelta;
use proptest::prelude::*;

use super::super::protocol::{Command, MergeTarget};
use super::super::stage::{Stage, StageName, Suggestion};
use super::super::tests::{CLEO, INES, Life, MARA, NOOR, OTTO, SAM, member};
use super::*;
use crate::Actor;

/// Some ideas, K-1 and so on, each a day younger than the one before; K-1 is sam's, K-2 ines's, and so on in turn.
struct Board(Vec<Life>);

const AUTHORS: [MemberId; 3] = [SAM, INES, OTTO];

impl Board {
    fn new(ideas: u32) -> Board {
        let idea = |n: u32| Life::by(AUTHORS[n as usize % AUTHORS.len()], TimeDelta::days(i64::from(n)));
        let mut board = Board((0..ideas).map(idea).collect());
        board.at(TimeDelta::days(i64::from(ideas)));
        board
    }

    fn at(&mut self, later: TimeDelta) {
        for life in &mut self.0 {
            life.now = super::super::tests::monday() + later;
        }
    }

    fn of(&mut self, number: u32) -> &mut Life {
        &mut self.0[number as usize - 1]
    }

    fn state(&self, number: u32) -> &Suggestion {
        &self.0[number as usize - 1].state
    }

    fn presses(&mut self, who: MemberId, number: u32, command: &Command) {
        // Refused for one's own idea, and in closed stages.
        let _ = self.of(number).try_to(&member(who), command);
    }

    fn merge(&mut self, number: u32, into: u32) {
        let (from, to) = (self.state(number).clone(), self.state(into).clone());
        let target = MergeTarget {
            number: Number(into),
            itself: number == into,
            takes_more: to.is_open() || to.stage.name() == StageName::Verified,
            circle: matches!(to.stage, Stage::Merged { into, .. } if into == Number(number)),
            goes_on_in: None,
            submitted_at: to.submitted_at,
        };
        self.of(number).does(CLEO, &Command::Merge { into: target });
        let mut supporters = vec![from.author];
        supporters.extend(from.supporters);
        let absorb = Command::Absorb {
            from: Number(number),
            supporters,
            followers: from.followers,
            submitted_at: from.submitted_at,
        };
        self.of(into).try_to(&Actor::System, &absorb).unwrap();
    }

    fn undo(&mut self, number: u32) {
        let Stage::Merged { into, .. } = self.state(number).stage else { panic!("K-{number} is not merged") };
        let reopen = Command::Reopen { reason: "Not the same after all".into(), came_back_from: None };
        self.of(number).does(CLEO, &reopen);
        let mut target = into.0;
        let mut separation = separation(&self.of(target).events, Number(number)).unwrap();
        loop {
            self.of(target).try_to(&Actor::System, &Command::Separate(separation.clone())).unwrap();
            let Stage::Merged { into, .. } = self.state(target).stage else { return };
            separation = further(&self.of(into.0).events, Number(target), &separation).unwrap();
            target = into.0;
        }
    }

    /// Who is interested in an idea, in any order, and its day.
    fn interest(&self, number: u32) -> (BTreeSet<MemberId>, BTreeSet<MemberId>, Instant, Vec<Number>) {
        let s = self.state(number);
        let set = |members: &[MemberId]| members.iter().copied().collect();
        (set(&s.supporters), set(&s.followers), s.submitted_at, s.absorbed.clone())
    }

    fn replays(&self) {
        for life in &self.0 {
            assert_eq!(super::super::replay(&life.events).as_ref(), Some(&life.state));
        }
    }
}

#[test]
fn expect_those_who_came_to_leave_and_all_others_to_stay() {
    let mut board = Board::new(2);
    board.presses(MARA, 1, &Command::Support);
    board.presses(NOOR, 1, &Command::Support);
    board.presses(NOOR, 2, &Command::Support);
    board.presses(CLEO, 2, &Command::Support);
    board.presses(CLEO, 2, &Command::Follow);
    let before = board.interest(1);
    board.merge(2, 1);
    assert_eq!(board.interest(1).0, [MARA, NOOR, CLEO, INES].into());
    board.undo(2);
    assert_eq!(board.interest(1), before);
    board.replays();
}

#[test]
fn expect_who_presses_themselves_afterwards_to_stay() {
    let mut board = Board::new(2);
    board.presses(CLEO, 2, &Command::Support);
    board.merge(2, 1);
    // Once takes it back, twice gives it anew: now it is their own.
    board.presses(CLEO, 1, &Command::Support);
    board.presses(CLEO, 1, &Command::Support);
    board.presses(INES, 1, &Command::Follow);
    board.undo(2);
    assert_eq!(board.interest(1).0, [CLEO].into());
    assert_eq!(board.interest(1).1, [INES].into());
}

#[test]
fn expect_two_who_brought_the_same_person_to_count_both() {
    let mut board = Board::new(3);
    board.presses(MARA, 2, &Command::Support);
    board.presses(MARA, 3, &Command::Support);
    board.merge(2, 1);
    board.merge(3, 1);
    board.undo(2);
    assert_eq!(board.interest(1).0, [MARA, OTTO].into());
    board.undo(3);
    assert!(board.interest(1).0.is_empty());
}

#[test]
fn expect_the_earlier_day_to_come_and_go_with_its_idea() {
    let mut board = Board::new(3);
    let own = [1, 2, 3].map(|n| board.state(n).submitted_at);
    board.merge(1, 2);
    board.merge(2, 3);
    assert_eq!(board.state(3).submitted_at, own[0]);
    board.undo(1);
    assert_eq!((board.state(2).submitted_at, board.state(3).submitted_at), (own[1], own[1]));
    board.undo(2);
    assert_eq!(board.state(3).submitted_at, own[2]);
    board.replays();
}

#[test]
fn expect_a_day_that_came_by_way_of_another_to_be_forgotten() {
    let mut board = Board::new(4);
    let second = board.state(2).submitted_at;
    board.merge(1, 2);
    board.merge(2, 3);
    board.merge(4, 3);
    board.undo(1);
    board.undo(4);
    assert_eq!(board.state(3).submitted_at, second);
    board.replays();
}

#[test]
fn expect_a_chain_to_let_go_of_those_who_came_by_it() {
    let mut board = Board::new(3);
    board.presses(MARA, 1, &Command::Support);
    board.presses(NOOR, 1, &Command::Follow);
    board.presses(CLEO, 2, &Command::Support);
    board.merge(1, 2);
    board.merge(2, 3);
    assert_eq!(board.interest(3).0, [SAM, MARA, CLEO, INES].into());
    board.undo(1);
    assert_eq!(board.interest(2).0, [CLEO].into());
    assert_eq!(board.interest(3).0, [CLEO, INES].into());
    assert!(board.interest(3).1.is_empty());
    assert_eq!(board.interest(3).3, [Number(2)]);
    board.replays();
}

#[test]
fn expect_nothing_to_undo_where_nothing_was_merged() {
    let board = Board::new(2);
    assert_eq!(separation(&board.0[0].events, Number(2)), None);
    assert_eq!(separation(&[], Number(2)), None);
}

const PEOPLE: [MemberId; 6] = [SAM, MARA, NOOR, CLEO, OTTO, INES];

fn any_press() -> impl Strategy<Value = (MemberId, u32, bool)> {
    (0..PEOPLE.len(), 1..=3_u32, any::<bool>())
        .prop_map(|(who, number, support)| (PEOPLE[who], number, support))
}

fn press_all(board: &mut Board, presses: &[(MemberId, u32, bool)]) {
    for (who, number, support) in presses {
        board.presses(*who, *number, if *support { &Command::Support } else { &Command::Follow });
    }
}

proptest! {
    #[test]
    fn expect_undoing_to_give_back_what_was(
        before in proptest::collection::vec(any_press(), 0..25),
        chain in any::<bool>(),
        last_first in any::<bool>(),
    ) {
        let mut board = Board::new(3);
        press_all(&mut board, &before);
        let interests = [1, 2, 3].map(|n| board.interest(n));
        // A chain, undone in either order; or two into one.
        if chain {
            board.merge(1, 2);
            board.merge(2, 3);
        } else {
            board.merge(1, 3);
            board.merge(2, 3);
        }
        for number in if last_first { [2, 1] } else { [1, 2] } {
            board.undo(number);
        }
        prop_assert_eq!([1, 2, 3].map(|n| board.interest(n)), interests);
        board.replays();
    }

    #[test]
    fn expect_presses_in_between_to_stay_and_nobody_to_be_lost(
        before in proptest::collection::vec(any_press(), 0..15),
        after in proptest::collection::vec(any_press(), 0..15),
    ) {
        // Presses on K-2 are left out while it is merged.
        let mut board = Board::new(2);
        let first: Vec<_> = before.iter().filter(|(_, n, _)| *n < 3).copied().collect();
        press_all(&mut board, &first);
        let untouched = board.interest(2);
        board.merge(2, 1);
        let own: Vec<_> = after.iter().filter(|(_, n, _)| *n == 1).copied().collect();
        press_all(&mut board, &own);
        let now = board.interest(1);
        board.undo(2);
        let left = board.interest(1);
        // Nobody comes by undoing; whoever pressed meanwhile is where they put themselves.
        prop_assert!(left.0.is_subset(&now.0) && left.1.is_subset(&now.1));
        for (who, _, support) in &own {
            let (now, left) = if *support { (&now.0, &left.0) } else { (&now.1, &left.1) };
            prop_assert_eq!(now.contains(who), left.contains(who));
        }
        prop_assert_eq!(board.interest(2), untouched);
        board.replays();
    }
}
