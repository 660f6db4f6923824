//! The same look at debriefs: what was said to be recorded is there once, every item stands in the thread once, and each panel
//! shows the newest state.

use std::collections::BTreeMap;

use discord_sim::{Id, Message};
use kaizen_chat::view::debrief as view;
use kaizen_domain::debrief::{DebriefNumber, Fact, react};
use kaizen_workflow::debriefs::{DebriefRef, DebriefShown, DebriefStep, Debriefs};
use kaizen_workflow::ports::{Queries, Workspace};

use super::{Checker, Report};
use crate::load::Deed;

impl Checker<'_> {
    pub(super) async fn debriefs(&self, workspace: &Workspace, report: &mut Report) {
        let numbers = self.db.debrief_numbers(workspace.id).await.expect("the database answers");
        let mut histories: BTreeMap<u32, Vec<DebriefStep>> = BTreeMap::new();
        for number in numbers {
            let which = DebriefRef::Number(number);
            let stored = self.db.load_debrief(workspace.id, which).await.expect("the database answers");
            let steps = self.db.debrief_history(workspace.id, number).await.expect("the database answers");
            report.items += 1;
            report.steps += steps.len();
            let Some(item) = stored else {
                report.problems.push(format!("{number} has no row"));
                continue;
            };
            let named = react::named(&item.debrief, &[]);
            let people = self.db.people(workspace.id, &named).await.expect("the database answers");
            let policy = std::sync::Arc::clone(&workspace.policy);
            let shown =
                DebriefShown { guild: workspace.guild, workspace: workspace.id, policy, item, people };
            report.closed += usize::from(!shown.item.debrief.is_started());
            report.promised += shown.item.debrief.actions.len();
            self.panel(&shown, report);
            self.posts(&shown, &steps, report);
            histories.insert(number.0, steps);
        }
        self.looked_back(&histories, report);
    }

    fn panel(&self, shown: &DebriefShown, report: &mut Report) {
        let number = shown.item.number;
        let mark = number.to_string();
        let panels: Vec<Message> = self.sim.read(|world| {
            let is = |m: &&&Message| {
                m.ephemeral_for.is_none()
                    && m.kind == 0
                    && m.embeds.iter().any(|e| e["footer"]["text"] == mark.as_str())
            };
            world.all_messages().iter().filter(is).map(|m| (*m).clone()).collect()
        });
        let [panel] = panels.as_slice() else {
            report.problems.push(format!("{number} has {} panels", panels.len()));
            return;
        };
        let there = shown.item.place.map(|p| (p.channel.0, p.message.0, p.thread.map(|t| t.0)));
        if there != Some((panel.channel_id, panel.id, panel.thread)) {
            report.problems.push(format!("the panel of {number} stands elsewhere than the database says"));
        }
        let face = view::panel(shown).cards.remove(0);
        let wanted: Vec<(&str, &str)> =
            face.fields.iter().map(|f| (f.name.as_str(), f.value.as_str())).collect();
        let embed = panel.embeds.first().cloned().unwrap_or_default();
        let text = |value: &serde_json::Value| value.as_str().unwrap_or_default().to_owned();
        let fields: Vec<(String, String)> = embed["fields"]
            .as_array()
            .into_iter()
            .flatten()
            .map(|f| (text(&f["name"]), text(&f["value"])))
            .collect();
        if !fields.iter().map(|(n, v)| (n.as_str(), v.as_str())).eq(wanted.iter().copied()) {
            report
                .problems
                .push(format!("the panel of {number} shows an old state: {fields:?} instead of {wanted:?}"));
        }
    }

    /// Every item stands in the thread, once.
    fn posts(&self, shown: &DebriefShown, steps: &[DebriefStep], report: &mut Report) {
        let number = shown.item.number;
        let thread: Option<Id> = shown.item.place.and_then(|p| p.thread).map(|t| t.0);
        let posted = |s: &&DebriefStep| {
            matches!(s.event.fact, Fact::ItemAdded { .. } | Fact::ActionAdded { .. } | Fact::Closed { .. })
        };
        for step in steps.iter().filter(posted) {
            let mark = view::mark(number, step.seq);
            let times = self.sim.read(|world| {
                let ends = |m: &&&Message| {
                    let last = m.content.trim_end().lines().next_back().unwrap_or_default();
                    last.trim_start_matches("-#").trim() == mark
                };
                let here =
                    world.all_messages().iter().filter(|m| Some(m.channel_id) == thread).filter(ends).count();
                let anywhere = world.all_messages().iter().filter(ends).count();
                (here, anywhere)
            });
            report.told += times.0;
            if times != (1, 1) {
                report
                    .problems
                    .push(format!("{mark} stands {} times in its thread, {} in all", times.0, times.1));
            }
        }
    }

    fn looked_back(&self, histories: &BTreeMap<u32, Vec<DebriefStep>>, report: &mut Report) {
        for said in self.said.all() {
            let found: Vec<u32> = histories
                .iter()
                .flat_map(|(number, steps)| steps.iter().map(move |s| (*number, &s.event.fact)))
                .filter(|(number, fact)| match (&said.deed, fact) {
                    (Deed::LookBack { work }, Fact::Started { work: text, .. }) => {
                        text.written() == Some(work)
                    }
                    (Deed::Say { debrief, text: words }, Fact::ItemAdded { text, .. }) => {
                        debrief == number && text.written() == Some(words)
                    }
                    (Deed::Promise { debrief, text: words }, Fact::ActionAdded { text, .. }) => {
                        debrief == number && text.written() == Some(words)
                    }
                    _ => false,
                })
                .map(|(number, _)| number)
                .collect();
            // Two may close it at the same moment: who was second is told so, and it is closed once.
            if let Deed::Close { debrief } = said.deed {
                let steps = histories.get(&debrief).into_iter().flatten();
                let closed = steps.filter(|s| matches!(s.event.fact, Fact::Closed { .. })).count();
                if closed > 1 || (closed == 0 && said.confirmed.is_some()) {
                    report.problems.push(format!("D-{debrief} was closed {closed} times"));
                }
            }
            if !matches!(said.deed, Deed::LookBack { .. } | Deed::Say { .. } | Deed::Promise { .. }) {
                continue;
            }
            let fine = match said.confirmed {
                Some(number) => found == [number],
                None => found.len() <= 1,
            };
            if !fine {
                report.problems.push(format!(
                    "{:?}, confirmed as {:?}, is in the history of {:?}",
                    said.deed,
                    said.confirmed.map(DebriefNumber),
                    found
                ));
            }
        }
    }
}
