//! Whole replies of one idea's life, and of another's that is declined, appealed and accepted: what people read.

use insta::assert_snapshot;
use kaizen_domain::suggestion::Command;
use kaizen_domain::suggestion::protocol::{
    AcceptAs, BenefitKind, BenefitTyped, DeclineClass, DirectReason, Effect, Loop, ReferTo, Submission,
    TrialPlan, Word, Works,
};
use kaizen_domain::suggestion::stage::SourceMessage;
use kaizen_domain::{ChannelId, MessageId, Number};

use super::personas::{CLEO, MARA, NOOR, OTTO, SAM, Story, at, submission, user, visible};
use super::{answer, card, item, notice, rejection};

fn labels() -> Story {
    Story::begin(&submission("The supply room has no labels: new people search for minutes"))
}

fn finding() -> Command {
    Command::AddFinding { text: "I timed it on three shifts.\nTen minutes each.".into() }
}

fn accept() -> Command {
    Command::Accept {
        how: AcceptAs::AsSuggested,
        rationale: "It saves everybody time.".into(),
        implementer: Some(OTTO),
        due: Some(at("2026-12-14T17:00:00Z")),
        changes: Loop::Practice,
        norm: None,
        trial: TrialPlan::default(),
    }
}

/// The post of the latest step, as the thread shows it.
fn post(story: &Story, mention: Option<kaizen_domain::MemberId>) -> String {
    let (seq, event) = story.last();
    visible(&notice::post(&story.shown, seq, event, mention.map(user), None))
}

fn direct(story: &Story, reason: DirectReason) -> String {
    let (seq, event) = story.last();
    visible(&notice::direct(&story.shown, seq, event, reason))
}

#[test]
fn expect_a_new_idea_to_be_confirmed_shown_and_posted() {
    let mut other = Story::begin(&submission("Label the drawers in the supply room"));
    other.shown.item.number = Number(7);
    let mut story = labels();
    story.shown.item.card = None;
    let confirmed = answer::submitted(&story.done(), ChannelId(2009), "The supply room has no labels");
    let later = confirmed.later.clone().unwrap();
    assert_eq!(answer::with_similar(&confirmed, &later, &[]), None);
    let confirmed = answer::with_similar(&confirmed, &later, &[other.alike()]).unwrap();
    assert_eq!(confirmed.later.as_ref().and_then(|l| l.card.as_deref()), Some("<#2001>"));
    assert_snapshot!(visible(&confirmed), @r"
    Thank you. Your idea is recorded as **K-12**. You find it in <#2001>.
    @mara (manages ‹Ward 3›) has it now. Next: @mara acknowledges it within 2 working days, by <t:1795600800:f> (<t:1795600800:R>).
    You are told of every step. You can change it with `/idea edit`, or take it back with `/idea withdraw`.
    It may be close to these; if it is the same, merging counts your voice there:
    - [K-7](https://discord.com/channels/1000/3012) ‹Label the drawers in the supply room›
    [Merge into K-7 | k1:merge:12:7]
    ");
    let story = labels();
    assert_eq!(
        card::thread_name(&story.shown),
        "K-12 The supply room has no labels: new people search for minutes"
    );
    assert_snapshot!(visible(&card::card(&story.shown)), @r"
    === K-12 · Submitted ===
    The supply room has no labels: new people search for minutes
    [Author] @sam
    [Stage] Submitted: it waits for a first answer
    [Area] ‹equipment›
    [Responsible] @mara (manages ‹Ward 3›)
    [Due] an acknowledgement from @mara, by <t:1795600800:f> (<t:1795600800:R>)
    [Supporters] none yet
    (K-12)
    [Acknowledge | k1:acknowledge:12:0] [Add finding | k1:finding:12:0] [Ask author | k1:ask:12:0] [Refer | k1:refer:12:0]
    [Me too | k1:support:12:0] [Follow | k1:follow:12:0]
    ");
    assert_snapshot!(post(&story, Some(MARA)), @r"
    @sam suggests:
    > The supply room has no labels: new people search for minutes
    Next: @mara acknowledges it by <t:1795600800:f> (<t:1795600800:R>).
    -# K-12 · 1
    pings: @mara
    ");
}

#[test]
fn expect_every_step_to_the_outcome_to_say_who_what_why_and_what_next() {
    let mut story = labels();
    assert_snapshot!(visible(&answer::done(&story.act(MARA, &Command::Acknowledge), user(MARA))), @r"
    Recorded: [K-12](https://discord.com/channels/1000/3012) is acknowledged, and its author knows.
    Next: @mara decides by <t:1796641200:f> (<t:1796641200:R>).
    You can decide at once, or look into it first: `/idea accept`, `/idea finding`, `/idea ask`.
    ");
    assert_snapshot!(direct(&story, DirectReason::Author), @r"
    News of your idea [K-12](https://discord.com/channels/1000/3012): ‹The supply room has no labels: new people search for minutes›
    @mara has seen it and takes it seriously.
    Next: @mara decides by <t:1796641200:f> (<t:1796641200:R>).
    Thank you for it. You will hear what is decided, and why.
    -# K-12 · 2
    ");
    story.act(MARA, &Command::Ask { question: "Which room do you mean?".into() });
    assert_snapshot!(post(&story, None), @r"
    @mara asks the author:
    > Which room do you mean?
    Next: @sam answers by <t:1796040000:f> (<t:1796040000:R>). Until then the decision waits. @sam: `/idea answer` in this thread.
    -# K-12 · 3
    ");
    assert_snapshot!(direct(&story, DirectReason::Owes), @r"
    Somebody needs your answer on [K-12](https://discord.com/channels/1000/3012): ‹The supply room has no labels: new people search for minutes›
    @mara asks the author:
    > Which room do you mean?
    Next: @sam answers by <t:1796040000:f> (<t:1796040000:R>). Until then the decision waits.
    You can answer in its thread, with `/idea answer` or the button **Answer** on the card. If the time runs out it is not closed; it goes on without your answer.
    -# K-12 · 3
    ");
    assert_snapshot!(visible(&card::card(&story.shown)), @r"
    === K-12 · Awaiting information ===
    The supply room has no labels: new people search for minutes
    [Author] @sam
    [Stage] Awaiting information: a question is with the author
    [Area] ‹equipment›
    [Responsible] @mara (manages ‹Ward 3›)
    [Due] an answer to a question from @sam, by <t:1796040000:f> (<t:1796040000:R>)
    [Supporters] none yet
    [Question to the author] @mara asks:
    Which room do you mean?
    (K-12)
    [Answer | k1:answer:12:3]
    [Me too | k1:support:12:3] [Follow | k1:follow:12:3]
    ");
    story.act(SAM, &Command::Answer { text: "The one beside the lift.".into() });
    assert_snapshot!(post(&story, Some(MARA)), @r"
    @sam answers:
    > The one beside the lift.
    Next: @mara decides by <t:1796644800:f> (<t:1796644800:R>).
    -# K-12 · 4
    pings: @mara
    ");
    assert_snapshot!(visible(&answer::done(&story.act(MARA, &finding()), user(MARA))), @r"
    Recorded: your finding on [K-12](https://discord.com/channels/1000/3012). It is in the thread.
    Next: @mara decides by <t:1796644800:f> (<t:1796644800:R>).
    When you are ready: `/idea accept`, `/idea decline` or `/idea defer`, or the button **Decide** on the card.
    ");
    assert_snapshot!(visible(&answer::decide(&story.shown)), @"
    What do you decide on [K-12](https://discord.com/channels/1000/3012)? ‹The supply room has no labels: new people search for minutes›
    A short form opens; the author reads your reason.
    [Accept | k1:accept:12:2] [Trial | k1:trial:12:2] [Decline | k1:decline:12:2] [Defer | k1:defer:12:2]
    ");
    assert_snapshot!(visible(&answer::done(&story.act(MARA, &accept()), user(MARA))), @r"
    Recorded: [K-12](https://discord.com/channels/1000/3012) is accepted. @otto carries it out, and its author is told why.
    Next: @otto carries it out by <t:1797267600:f> (<t:1797267600:R>).
    Once it is done: `/idea implemented`. If the plan changes: `/idea replan`.
    ");
    assert_snapshot!(post(&story, Some(OTTO)), @r"
    @mara accepted it as suggested. It changes how we work.
    **Why**:
    > It saves everybody time.
    Next: @otto carries it out by <t:1797267600:f> (<t:1797267600:R>).
    -# K-12 · 6
    pings: @otto
    ");
    assert_snapshot!(direct(&story, DirectReason::Following), @r"
    News of an idea that you support or follow, [K-12](https://discord.com/channels/1000/3012): ‹The supply room has no labels: new people search for minutes›
    @mara accepted it as suggested. It changes how we work.
    **Why**:
    > It saves everybody time.
    Next: @otto carries it out by <t:1797267600:f> (<t:1797267600:R>).
    `/idea follow` in its thread ends these messages.
    -# K-12 · 6
    ");
    story.act(OTTO, &Command::RecordImplementation { what_changed: "Every shelf has a label.".into() });
    assert_snapshot!(post(&story, None), @r"
    @otto carried it out.
    **What changed**:
    > Every shelf has a label.
    Does it work? Whoever works with it can say so on the card, or with `/idea feedback`.
    Next: on <t:1798041600:f> (<t:1798041600:R>) those who work with it are asked whether it helps; then @mara records the outcome.
    -# K-12 · 7
    ");
    story.act(SAM, &Command::GiveFeedback { works: Works::Yes, note: None });
    assert_eq!(post(&story, None), "");
    assert_snapshot!(visible(&answer::outcome(&story.shown)), @r#"
    What came of [K-12](https://discord.com/channels/1000/3012)? ‹The supply room has no labels: new people search for minutes›
    "Does it work?" 1 answer. What was said is shown from 3 answers on, so that nobody's can be told apart.
    A short form opens. An honest *did not work* is as useful as a *worked*.
    [Worked | k1:outcome-worked:12:5] [Partly | k1:outcome-partly:12:5] [Did not work | k1:outcome-did-not-work:12:5] [Cannot tell | k1:outcome-cannot-tell:12:5]
    "#);
    let benefit = BenefitTyped {
        kind: BenefitKind::Time,
        before: Some("10".into()),
        after: Some("2".into()),
        unit: Some("minutes a shift".into()),
    };
    let note = "Timed again on three shifts.".into();
    story.act(MARA, &Command::RecordOutcome { effect: Effect::Worked, note, benefits: vec![benefit] });
    assert_snapshot!(direct(&story, DirectReason::Author), @r#"
    News of your idea [K-12](https://discord.com/channels/1000/3012): ‹The supply room has no labels: new people search for minutes›
    @mara recorded the outcome: it worked.
    **What was measured**:
    > Timed again on three shifts.
    Benefits: time from ‹10› to ‹2› ‹minutes a shift›.
    "Does it work?" 1 answer. What was said is shown from 3 answers on, so that nobody's can be told apart.
    Thank you. The next idea is welcome: `/suggest`.
    -# K-12 · 9
    "#);
    assert_snapshot!(visible(&card::card(&story.shown)), @r#"
    === K-12 · Verified ===
    The supply room has no labels: new people search for minutes
    [Author] @sam
    [Stage] Verified: it was done, and its effect was checked
    [Area] ‹equipment›
    [Supporters] none yet
    [Decision] Accepted as suggested; it changes how we work (@mara)
    It saves everybody time.
    [Outcome] Worked (@mara)
    Timed again on three shifts.
    "Does it work?" 1 answer. What was said is shown from 3 answers on, so that nobody's can be told apart
    Benefits: time from ‹10› to ‹2› ‹minutes a shift›.
    (K-12)
    "#);
}

#[test]
fn expect_a_refusal_to_be_appealed_and_decided_by_the_next_level() {
    let mut story = labels();
    story.act(MARA, &Command::Acknowledge);
    let rationale = "We are moving to the new building in January.".to_owned();
    let decline = Command::Decline { class: DeclineClass::NotFeasible, rationale };
    let wrong_stage = story.refused(MARA, &decline);
    assert_snapshot!(visible(&rejection::message(&wrong_stage, Some(&story.shown))), @r"
    [K-12](https://discord.com/channels/1000/3012) is **Acknowledged** (it has been seen; a decision comes next), so nobody can decline it now. What can be done:
    - @mara (the responsible person): add a finding `/idea finding`, ask the author `/idea ask`, accept it `/idea accept`, defer it `/idea defer`, refer it `/idea refer`, assign it to somebody else `/idea assign`, merge it `/idea merge`
    - @sam (the author): edit it `/idea edit`, withdraw it `/idea withdraw`
    - everybody: support it `/idea support`
    ");
    story.act(MARA, &finding());
    assert_snapshot!(visible(&answer::done(&story.act(MARA, &decline), user(MARA))), @"Recorded: [K-12](https://discord.com/channels/1000/3012) is declined. Its author reads your reason, and can appeal until <t:1796648400:f> (<t:1796648400:R>).");
    assert_snapshot!(direct(&story, DirectReason::Author), @r"
    News of your idea [K-12](https://discord.com/channels/1000/3012): ‹The supply room has no labels: new people search for minutes›
    @mara decided against it: not feasible.
    **Why**:
    > We are moving to the new building in January.
    Thank you for the idea all the same. If you see it differently, you can appeal within 14 days, until <t:1796648400:f> (<t:1796648400:R>), with `/idea appeal` in its thread. Somebody else decides then.
    -# K-12 · 4
    ");
    assert_snapshot!(visible(&card::card(&story.shown)), @r"
    === K-12 · Declined ===
    The supply room has no labels: new people search for minutes
    [Author] @sam
    [Stage] Declined: it will not be done; the reason is below
    [Area] ‹equipment›
    [Supporters] none yet
    [Decision] Declined: not feasible (@mara)
    We are moving to the new building in January.
    (K-12)
    [Appeal | k1:appeal:12:7] [Follow | k1:follow:12:7]
    ");
    let appeal = Command::Appeal { reason: "The move was put off until summer.".into() };
    let not_allowed = story.refused(OTTO, &appeal);
    assert_snapshot!(visible(&rejection::message(&not_allowed, Some(&story.shown))), @"To appeal is for @sam (the author). You can follow it with `/idea follow`.");
    story.act(SAM, &appeal);
    assert_snapshot!(post(&story, Some(NOOR)), @r"
    @sam appeals. @noor looks at it with fresh eyes, and decides.
    **Why**:
    > The move was put off until summer.
    Next: @noor acknowledges it by <t:1795615200:f> (<t:1795615200:R>).
    -# K-12 · 5
    pings: @noor
    ");
    assert_snapshot!(direct(&story, DirectReason::DecidedBefore), @r"
    A second look at what you decided on [K-12](https://discord.com/channels/1000/3012): ‹The supply room has no labels: new people search for minutes›
    @sam appeals. @noor looks at it with fresh eyes, and decides.
    **Why**:
    > The move was put off until summer.
    Next: @noor acknowledges it by <t:1795615200:f> (<t:1795615200:R>).
    Everybody who suggests may ask for a second look once; it says nothing against you. What you found and wrote stays in the thread, and helps. You need not do anything, and you will hear how it ends.
    -# K-12 · 5
    ");
    // What comes first is said when it is tried.
    let too_early = rejection::rejection(&story.refused(NOOR, &accept()), Some(&story.shown));
    assert!(too_early.contains("/idea acknowledge"), "{too_early}");
    let themself = story.refused(MARA, &Command::Acknowledge);
    assert_snapshot!(rejection::rejection(&themself, Some(&story.shown)), @"Whoever declined an idea does not decide on its appeal; somebody else looks at it with fresh eyes.");
    story.act(NOOR, &Command::Acknowledge);
    story.act(NOOR, &accept());
    assert_snapshot!(post(&story, Some(OTTO)), @r"
    @noor accepted it as suggested after a second look; the first decision is **overturned**. It changes how we work.
    **Why**:
    > It saves everybody time.
    Next: @otto carries it out by <t:1797267600:f> (<t:1797267600:R>).
    -# K-12 · 7
    pings: @otto
    ");
    assert_snapshot!(direct(&story, DirectReason::DecidedBefore), @r"
    A second look at what you decided on [K-12](https://discord.com/channels/1000/3012): ‹The supply room has no labels: new people search for minutes›
    @noor accepted it as suggested after a second look; the first decision is **overturned**. It changes how we work.
    **Why**:
    > It saves everybody time.
    Next: @otto carries it out by <t:1797267600:f> (<t:1797267600:R>).
    What you found was there for the second look, and helped. Thank you for looking into it first.
    -# K-12 · 7
    ");
    let stale = story.refused(NOOR, &Command::Acknowledge);
    let typed = [("reason", "I would like to have it sooner.".to_owned())];
    assert_snapshot!(visible(&answer::stale(&story.shown, &stale, &typed)), @"
    The card has moved on: already accepted by @noor, <t:1795449600:f>.
    [K-12](https://discord.com/channels/1000/3012) is **Accepted** (it is going to be done), so nobody can acknowledge it now. What can be done:
    - @noor (the responsible person): assign it to somebody else `/idea assign`, change its plan `/idea replan`, merge it `/idea merge`
    - @otto (whoever carries it out): record what changed `/idea implemented`
    - everybody: support it `/idea support`
    This is what you typed, so that it is not lost:
    **reason**:
    > I would like to have it sooner.
    ");
}

#[test]
fn expect_late_answers_to_go_up_without_blame() {
    let mut story = labels();
    story.until("2026-11-25T10:00:00Z");
    assert_snapshot!(post(&story, None), @r"
    @noor has been asked to help with an acknowledgement.
    -# K-12 · 3
    ");
    let entry = |step| kaizen_workflow::outbox::ReminderEntry {
        number: Number(12),
        owed_by: MARA,
        kind: kaizen_domain::RequirementKind::Acknowledgement,
        step,
        about: Word::Due,
        action: None,
    };
    use kaizen_domain::ledger::LadderStep::{Halfway, Late};
    let mut second = labels();
    second.shown.item.number = Number(15);
    let later = kaizen_workflow::outbox::ReminderEntry { number: Number(15), ..entry(Halfway) };
    let bundle = [(entry(Late), story.shown.clone()), (later, second.shown)];
    assert_snapshot!(visible(&notice::reminders(NOOR, &bundle[..1], &[], 8)), @r"
    **Your help is asked for**
    [K-12](https://discord.com/channels/1000/3012) ‹The supply room has no labels: new people search for minutes›: an acknowledgement from @mara, due <t:1795600800:f> (<t:1795600800:R>). A word with them may be enough; if no answer comes, it becomes yours.
    `/my` shows everything that is yours.
    -# K-12 · ref. 8
    ");
    assert_snapshot!(visible(&notice::reminders(MARA, &bundle, &[], 7)), @r"
    **Waiting longer than promised**
    [K-12](https://discord.com/channels/1000/3012) ‹The supply room has no labels: new people search for minutes›: an acknowledgement from you, due <t:1795600800:f> (<t:1795600800:R>). @noor knows of it, and can help.
    **Coming up**
    [K-15](https://discord.com/channels/1000/3012) ‹The supply room has no labels: new people search for minutes›: an acknowledgement from you, due <t:1795600800:f> (<t:1795600800:R>).
    A short answer is better than a late one. `/my` shows everything that is yours; `/idea assign` hands on what you cannot take.
    -# K-12 · K-15 · ref. 7
    ");
    story.until("2026-11-27T10:00:00Z");
    assert_snapshot!(post(&story, Some(NOOR)), @r"
    @noor has taken it over, so that an acknowledgement comes.
    Next: @noor gives an acknowledgement; it was due on <t:1795600800:f> (<t:1795600800:R>).
    -# K-12 · 4
    pings: @noor
    ");
    let told = direct(&story, DirectReason::Author);
    assert!(told.contains("it was due on") && !told.contains("acknowledges it by"), "{told}");
    let because = kaizen_domain::suggestion::protocol::Because::Unanswered;
    let word = |about| kaizen_workflow::outbox::ReminderEntry {
        owed_by: NOOR,
        about,
        ..entry(kaizen_domain::ledger::LadderStep::None)
    };
    let came = [(word(Word::Came { from: MARA, because }), story.shown.clone())];
    assert_snapshot!(visible(&notice::reminders(NOOR, &came, &[], 9)), @r"
    **Yours now**
    [K-12](https://discord.com/channels/1000/3012) ‹The supply room has no labels: new people search for minutes›: It has waited longer than promised. What is owed: an acknowledgement. It was due on <t:1795600800:f>, so please answer by <t:1796119200:f> (<t:1796119200:R>). In its thread: `/idea acknowledge`, `/idea finding` or `/idea ask`.
    A short answer is better than a late one. `/my` shows everything that is yours; `/idea assign` hands on what you cannot take.
    -# K-12 · ref. 9
    ");
    let went = [(word(Word::Went { from: MARA, to: NOOR, because }), story.shown.clone())];
    assert_snapshot!(visible(&notice::reminders(MARA, &went, &[], 10)), @r"
    **With somebody else now**
    [K-12](https://discord.com/channels/1000/3012) ‹The supply room has no labels: new people search for minutes›: @noor has it now. It has waited longer than promised. You need not do anything more; what you know of it is welcome in its thread.
    `/my` shows everything that is yours.
    -# K-12 · ref. 10
    ");
}

#[test]
fn expect_other_ways_to_end_or_go_on() {
    let mut story = labels();
    story.act(MARA, &Command::Refer { to: ReferTo::NextLevel, reason: "The budget is not mine.".into() });
    assert_snapshot!(post(&story, Some(NOOR)), @r"
    @mara referred it to @noor, because it is theirs to decide.
    **Why**:
    > The budget is not mine.
    Next: @noor acknowledges it by <t:1795604400:f> (<t:1795604400:R>).
    -# K-12 · 2
    pings: @noor
    ");
    story.act(NOOR, &finding());
    let until = at("2027-02-01T10:00:00Z");
    story.act(NOOR, &Command::Defer { rationale: "After the inspection.".into(), until });
    assert_snapshot!(direct(&story, DirectReason::Author), @r"
    News of your idea [K-12](https://discord.com/channels/1000/3012): ‹The supply room has no labels: new people search for minutes›
    @noor deferred it until <t:1801476000:D>.
    **Why**:
    > After the inspection.
    Next: it is taken up again on <t:1801476000:f> (<t:1801476000:R>); a new finding brings it back earlier.
    It is not forgotten: you will hear when it is taken up again.
    -# K-12 · 4
    ");
    story.until("2027-02-01T10:00:00Z");
    assert_snapshot!(post(&story, Some(NOOR)), @r"
    It was deferred until today, and is taken up again.
    Next: @noor decides by <t:1802080800:f> (<t:1802080800:R>).
    -# K-12 · 5
    pings: @noor
    ");
    let second = story
        .refused(NOOR, &Command::Defer { rationale: "Later.".into(), until: at("2027-06-01T10:00:00Z") });
    assert_snapshot!(visible(&rejection::message(&second, Some(&story.shown))), @"[K-12](https://discord.com/channels/1000/3012) has been deferred once already; a second time is for @cleo to decide. `/idea refer` hands it to them, or decide now.");
    story.act(CLEO, &Command::Assign { to: MARA, reason: "The budget is hers since January.".into() });
    assert_snapshot!(post(&story, Some(MARA)), @r"
    @cleo assigned it to @mara.
    **Why**:
    > The budget is hers since January.
    Next: @mara decides by <t:1802080800:f> (<t:1802080800:R>).
    -# K-12 · 6
    pings: @mara
    ");
    story.act(SAM, &Command::Withdraw { reason: None });
    assert_snapshot!(post(&story, Some(MARA)), @r"
    @sam withdrew the idea.
    It is closed. A new idea is welcome at any time: `/suggest`.
    @mara, this is for you to know.
    -# K-12 · 7
    pings: @mara
    ");
    assert_snapshot!(visible(&item::show(&story.shown, &story.steps, chrono::TimeDelta::zero(), &[])), @r"
    [K-12](https://discord.com/channels/1000/3012)
    It is closed; nobody owes anything.
    **Latest steps** (`/idea history` shows all)
    <t:1795428000:f> · @sam suggested it.
    <t:1795431600:f> · @mara referred it to @noor: ‹The budget is not mine.›
    <t:1795435200:f> · @noor added a finding: ‹I timed it on three shifts. Ten minutes each.›
    <t:1795438800:f> · @noor deferred it until <t:1801476000:D>: ‹After the inspection.›
    <t:1801476000:f> · It was taken up again.
    <t:1801479600:f> · @cleo assigned it to @mara: ‹The budget is hers since January.›
    <t:1801483200:f> · @sam withdrew it.
    === K-12 · Withdrawn ===
    The supply room has no labels: new people search for minutes
    [Author] @sam
    [Stage] Withdrawn: its author took it back
    [Area] ‹equipment›
    [Supporters] none yet
    [Decision] Deferred until <t:1801476000:D> (@noor)
    After the inspection.
    (K-12)
    ");
}

#[test]
fn expect_the_source_linked_and_what_is_mended_already_told_so() {
    let source = SourceMessage { channel: ChannelId(2009), message: MessageId(77), own: false };
    let mut story =
        Story::begin(&Submission { source: Some(source), done: true, ..submission("Hooks for the aprons") });
    assert_snapshot!(post(&story, None), @r"
    @sam suggests:
    > Hooks for the aprons
    It has been mended already by those who suggest it.
    It came from [somebody else's message](https://discord.com/channels/1000/2009/77) in <#2009>.
    Next: @mara acknowledges it by <t:1795600800:f> (<t:1795600800:R>).
    -# K-12 · 1
    ");
    story.act(MARA, &Command::Acknowledge);
    assert!(direct(&story, DirectReason::Author).contains("You will hear whether it helps."));
}

#[test]
fn expect_an_open_card_to_show_an_earlier_decision_as_such() {
    let mut story = labels();
    story.act(MARA, &Command::Acknowledge);
    story.act(MARA, &finding());
    let rationale = "We are moving to the new building in January.".to_owned();
    story.act(MARA, &Command::Decline { class: DeclineClass::NotFeasible, rationale });
    assert!(visible(&card::card(&story.shown)).contains("[Decision] Declined"));
    story.act(SAM, &Command::Appeal { reason: "The move was put off until summer.".into() });
    let open = visible(&card::card(&story.shown));
    assert!(open.contains("[Earlier decision] Declined") && !open.contains("[Decision]"), "{open}");
}

/// A bundle that was sent: only what it says of the idea that lost words goes, in whatever order they lose them.
#[test]
fn expect_one_entry_of_a_bundle_to_go_and_the_others_to_stay() {
    let entry = |number| kaizen_workflow::outbox::ReminderEntry {
        number: Number(number),
        owed_by: MARA,
        kind: kaizen_domain::RequirementKind::Acknowledgement,
        step: kaizen_domain::ledger::LadderStep::Halfway,
        about: Word::Due,
        action: None,
    };
    let numbered = |number, idea: &str, card: bool| {
        let mut story = Story::begin(&submission(idea));
        story.shown.item.number = Number(number);
        if !card {
            story.shown.item.card = None;
        }
        (entry(number), story.shown)
    };
    let lines = [
        numbered(1, "Leo cannot reach the bell", true),
        numbered(12, "[K-1](https://x.test) is not mine", true),
        numbered(3, "Ann waits (too long)", false),
    ];
    let sent = notice::reminders(MARA, &lines, &[], 7).text;
    let without =
        |sent: &str, number: u32| notice::without(sent, &Number(number).to_string()).map(|m| m.text);
    let first = without(&sent, 1).unwrap();
    assert!(
        !first.contains("Leo") && first.contains("is not mine") && first.contains("Ann waits"),
        "{first}"
    );
    assert_eq!(first.lines().count(), sent.lines().count());
    let second = without(&without(&first, 3).unwrap(), 12).unwrap();
    assert_eq!(second, without(&without(&without(&sent, 12).unwrap(), 1).unwrap(), 3).unwrap());
    assert_snapshot!(second, @r"
    **Coming up**
    [K-1](https://discord.com/channels/1000/3012): what stood here was cleared, because words were taken out of it.
    [K-12](https://discord.com/channels/1000/3012): what stood here was cleared, because words were taken out of it.
    **K-3**: what stood here was cleared, because words were taken out of it.
    A short answer is better than a late one. `/my` shows everything that is yours; `/idea assign` hands on what you cannot take.
    -# K-1 · K-3 · K-12 · ref. 7
    ");
    assert_eq!(without(&sent, 2), None, "then everything goes");
}

#[test]
fn expect_a_message_to_ask_only_for_what_its_reader_can_do() {
    use kaizen_domain::suggestion::protocol::Because;
    let mut story = labels();
    let mut policy = (*story.shown.policy).clone();
    let mara = kaizen_domain::ActingMember { id: MARA, roles: vec![], admin: false };
    policy =
        kaizen_domain::absence::begin(&policy, &mara, (MARA, NOOR), at("2026-12-01T09:00:00Z"), story.now)
            .unwrap();
    story.shown.policy = std::sync::Arc::new(policy);
    story.settle();
    let entry = |about| kaizen_workflow::outbox::ReminderEntry {
        number: Number(12),
        owed_by: NOOR,
        kind: kaizen_domain::RequirementKind::Acknowledgement,
        step: kaizen_domain::ledger::LadderStep::None,
        about,
        action: None,
    };
    let say = |to, about| visible(&notice::reminders(to, &[(entry(about), story.shown.clone())], &[], 7));
    let because = Because::Away;
    assert_snapshot!(say(MARA, Word::Went { from: MARA, to: NOOR, because }), @r"
    **With somebody else now**
    [K-12](https://discord.com/channels/1000/3012) ‹The supply room has no labels: new people search for minutes›: @noor has it now. You are away until <t:1796115600:f> (<t:1796115600:R>); it comes back to you then.
    `/my` shows everything that is yours.
    -# K-12 · ref. 7
    ");
    assert_snapshot!(say(NOOR, Word::Came { from: MARA, because }), @r"
    **Yours now**
    [K-12](https://discord.com/channels/1000/3012) ‹The supply room has no labels: new people search for minutes›: @mara is away until <t:1796115600:f> (<t:1796115600:R>). What is owed: an acknowledgement, due <t:1795600800:f> (<t:1795600800:R>). In its thread: `/idea acknowledge`, `/idea finding` or `/idea ask`.
    A short answer is better than a late one. `/my` shows everything that is yours; `/idea assign` hands on what you cannot take.
    -# K-12 · ref. 7
    ");
    let gone = say(CLEO, Word::Went { from: MARA, to: NOOR, because: Because::Left });
    assert!(gone.contains("@mara is no longer here.") && !gone.contains("assign"), "{gone}");
    // Whoever carries it out cannot assign it, and can change the plan.
    let mut carried = labels();
    carried.act(MARA, &Command::Acknowledge);
    carried.act(MARA, &accept());
    let due = kaizen_workflow::outbox::ReminderEntry {
        owed_by: OTTO,
        kind: kaizen_domain::RequirementKind::Implementation,
        ..entry(Word::Due)
    };
    let told = visible(&notice::reminders(OTTO, &[(due, carried.shown.clone())], &[], 7));
    assert!(told.contains("`/idea replan`") && !told.contains("assign"), "{told}");
}
