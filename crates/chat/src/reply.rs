//! What a person sees. Texts are markdown in which everything that a person typed has been escaped
//! ([`crate::view::markup`]); lengths are cut to what a platform takes by the platform's crate, never silently here.

use kaizen_domain::{GuildId, Instant, Number, RoleId, UserId, WorkspaceId};
pub use kaizen_workflow::export::File;

/// The answer to a request.
#[derive(Debug, Clone)]
pub enum Reply {
    /// A new message.
    Message(Message),
    /// The private message that the pressed button is on becomes this one.
    Update(Message),
    /// A form opens. It must be the very first answer.
    Form(Form),
    /// What an option could be completed to.
    Choices(Vec<Choice>),
}

/// A message.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Message {
    /// The text.
    pub text: String,
    /// Cards under it.
    pub cards: Vec<Card>,
    /// Rows of buttons, or one list a row.
    pub rows: Vec<Vec<Control>>,
    /// Do others see it? Answers to commands are private unless the point is that others see them.
    pub public: bool,
    /// The people whom it pings; nobody else is pinged, whatever the text says.
    pub mentions: Vec<UserId>,
    /// The roles that it pings.
    pub mention_roles: Vec<RoleId>,
    /// Files to be taken, in a private answer only.
    pub files: Vec<File>,
    /// What comes into it after it was given.
    pub later: Option<Later>,
}

/// What comes into the answer to a new idea after it was given, so that nobody waits for it: best effort.
#[derive(Debug, Clone, PartialEq)]
pub struct Later {
    /// Where.
    pub workspace: WorkspaceId,
    /// The community.
    pub guild: GuildId,
    /// Which item.
    pub number: Number,
    /// The piece of the text that the link to the card takes the place of, once that is posted; none if the link is there.
    pub card: Option<String>,
    /// The words that other ideas may say as well; those are offered for a merge.
    pub alike: String,
}

/// A card: the state of an item at a glance.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Card {
    /// Its title.
    pub title: String,
    /// What it is about.
    pub body: String,
    /// Named values.
    pub fields: Vec<CardField>,
    /// A small line at the end: also the findable mark of a post.
    pub footer: String,
    /// Its colour, as 0xRRGGBB; never the only carrier of a meaning.
    pub colour: u32,
    /// When the state is from.
    pub at: Option<Instant>,
}

/// A named value on a card.
#[derive(Debug, Clone, PartialEq)]
pub struct CardField {
    /// Its name.
    pub name: String,
    /// The value.
    pub value: String,
    /// Beside others, where there is room.
    pub short: bool,
}

/// Something to press or choose from.
#[derive(Debug, Clone, PartialEq)]
pub enum Control {
    /// A button.
    Button {
        /// Comes back when it is pressed; at most 100 characters.
        id: String,
        /// What it says; at most 80 characters.
        label: String,
        /// How it looks.
        style: Style,
    },
    /// A button that opens an address.
    Link {
        /// What it says.
        label: String,
        /// Where it leads.
        url: String,
    },
    /// A list to choose one from.
    Select {
        /// Comes back with the choice.
        id: String,
        /// What it says while nothing is chosen.
        placeholder: String,
        /// At most 25.
        options: Vec<Choice>,
    },
    /// A list of people to choose from.
    People {
        /// Comes back with the choice.
        id: String,
        /// What it says while nobody is chosen.
        placeholder: String,
    },
    /// A list of channels to choose from.
    Channels {
        /// Comes back with the choice.
        id: String,
        /// What it says while none is chosen.
        placeholder: String,
    },
}

/// How a button looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Style {
    /// The next step.
    Primary,
    /// One of several.
    Quiet,
    /// A good end.
    Good,
    /// Something that cannot easily be undone.
    Careful,
}

/// One of several values.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choice {
    /// What people see.
    pub label: String,
    /// What comes back.
    pub value: String,
}

/// A form with up to five fields.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Form {
    /// Comes back with what was filled in; at most 100 characters.
    pub id: String,
    /// At most 45 characters.
    pub title: String,
    /// Up to five.
    pub fields: Vec<FormField>,
}

/// A field of a form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FormField {
    /// Its id.
    pub id: String,
    /// What it asks; at most 45 characters.
    pub label: String,
    /// A hint inside the empty field; at most 100 characters.
    pub hint: String,
    /// What stands in it at first.
    pub value: String,
    /// Must it be filled?
    pub required: bool,
    /// More than one line?
    pub long: bool,
    /// The least characters.
    pub min: u16,
    /// The most characters.
    pub max: u16,
}
