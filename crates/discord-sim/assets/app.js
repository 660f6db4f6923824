// The page of the local Discord: channels, messages, slash commands, buttons, selects and forms, as one of several people.
//
// A person sees: who they are (and can become somebody else), the channels with their threads, the messages, a box
// where "/" lists the commands, the demo's clock with its buttons, and what to try.
//
// The server keeps all truth; this page draws it and follows its event stream. The selected person and place are kept in
// the address (#as=…&channel=…&message=…), so that two tabs can be two people and a link can be passed on.
// All text of people becomes text nodes, never HTML.

// ---------------------------------------------------------------------------------------------------------------------
// Names of the platform's numbers
// ---------------------------------------------------------------------------------------------------------------------

const ChannelType = { text: 0, dm: 1, category: 4, newsThread: 10, thread: 11, privateThread: 12, forum: 15 };
const CommandType = { slash: 1, message: 3 };
const OptionType = {
  subcommand: 1, group: 2, string: 3, integer: 4, boolean: 5, user: 6, channel: 7, role: 8, mentionable: 9, number: 10,
};
const ComponentType = {
  row: 1, button: 2, stringSelect: 3, textInput: 4, userSelect: 5, roleSelect: 6, mentionableSelect: 7, channelSelect: 8,
  section: 9, text: 10, separator: 14, container: 17, label: 18,
};
const BUTTON_STYLES = { 1: 'primary', 2: 'secondary', 3: 'success', 4: 'danger' };
const LINK_BUTTON = 5;
const MessageType = { threadCreated: 18, threadStarter: 21 };
const MessageFlag = { ephemeral: 1 << 6, loading: 1 << 7 };
const PARAGRAPH_INPUT = 2;
const MESSAGE_LIMIT = 2000;

const AUTOCOMPLETE_DELAY_MS = 150;
/** Messages of one author within this time are drawn as one group. */
const GROUP_MS = 7 * 60_000;
/** The platform gives a bot 3 s; a form that comes later than this was opened by another tab. */
const FORM_WAIT_MS = 10_000;
/** So long what was sent is kept, to be given back if the app does not answer. */
const FAILURE_WAIT_MS = 60_000;
/** So long a tab listens that nobody looks at. */
const UNSEEN_MS = 10_000;
/** The answer to a request and the event of its failure come by two ways: the one may overtake the other. */
const OVERTAKING_MS = 300;

const isThread = (channel) =>
  [ChannelType.thread, ChannelType.newsThread, ChannelType.privateThread].includes(channel.type);

// ---------------------------------------------------------------------------------------------------------------------
// What the page knows
// ---------------------------------------------------------------------------------------------------------------------

const app = {
  /** The person whose eyes we look through. */
  me: null,
  people: new Map(),
  guild: { id: '', name: '', roles: [] },
  channels: new Map(),
  commands: [],
  host: { title: '', buttons: [], tips: [] },
  bot: null,
  /** How far the demo's clock is ahead of this machine's. */
  clockAhead: 0,
};

/** The channel that is open. */
const view = {
  channel: null,
  messages: [],
  nodes: new Map(),
  /** Grows with each opening, so that an answer which comes too late is dropped. */
  opening: 0,
  /** Live events that arrive while the list is loading, applied after it. */
  held: null,
  firstUnread: null,
};

const $ = (id) => document.getElementById(id);
const ui = {
  sidebar: $('sidebar'), channels: $('channels'), person: $('person-button'), top: $('top'), title: $('channel-title'),
  topic: $('channel-topic'), banner: $('banner'), log: $('log'), jump: $('jump'), tips: $('tips'), tipsList: $('tips-list'),
  shade: $('shade'), form: $('form'), toasts: $('toasts'),
  composer: $('composer'), input: $('composer-input'), send: $('send'), error: $('composer-error'),
  command: $('command'), commandName: $('command-name'), commandDescription: $('command-description'),
  fields: $('command-fields'), more: $('command-more'),
  completion: $('completion'), completionList: $('completion-list'), completionTitle: $('completion-title'),
  completionStatus: $('completion-status'),
};

// ---------------------------------------------------------------------------------------------------------------------
// Small helpers
// ---------------------------------------------------------------------------------------------------------------------

/** Makes an element. Keys that begin with "on" are listeners; absent children are left out. */
function h(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [key, value] of Object.entries(attributes)) {
    if (value === undefined || value === null || value === false) continue;
    if (key.startsWith('on')) node.addEventListener(key.slice(2), value);
    else node.setAttribute(key, value === true ? '' : String(value));
  }
  node.append(...children.flat().filter((child) => child !== undefined && child !== null && child !== false));
  return node;
}

const hiddenText = (text) => h('span', { class: 'hidden' }, text);
const plural = (count, one) => `${count} ${one}${count === 1 ? '' : 's'}`;

/** Ids are decimal numbers too large for a JavaScript number: compared by length, then digit by digit. */
function compareIds(a, b) {
  const [left, right] = [String(a ?? ''), String(b ?? '')];
  if (left.length !== right.length) return left.length - right.length;
  return left < right ? -1 : left > right ? 1 : 0;
}

/** This browser's memory. It can be refused (private windows), and the page works without it. */
const memory = {
  read(key, fallback) {
    try {
      return JSON.parse(localStorage.getItem(`local-discord.${key}`)) ?? fallback;
    } catch {
      return fallback;
    }
  },
  write(key, value) {
    try {
      localStorage.setItem(`local-discord.${key}`, JSON.stringify(value));
    } catch {
      // Nothing to do: marks and panel state are then forgotten with the tab.
    }
  },
};

const narrow = matchMedia('(max-width: 760px)');
const roomForTips = matchMedia('(min-width: 1120px)');

function toast(text, kind = 'info') {
  const node = h('p', { class: `toast ${kind}`, dir: 'auto', role: kind === 'error' ? 'alert' : undefined }, text);
  ui.toasts.append(node);
  setTimeout(() => node.remove(), kind === 'error' ? 9000 : 6000);
}

// ---------------------------------------------------------------------------------------------------------------------
// The server
// ---------------------------------------------------------------------------------------------------------------------

async function request(path, init) {
  let response;
  try {
    response = await fetch(`/sim/api/${path}`, init);
  } catch {
    throw new Error('The local Discord does not answer. Is it still running?');
  }
  const body = await response.json().catch(() => ({}));
  if (!response.ok) throw new Error(body.error || `The local Discord refused this (${response.status}).`);
  return body;
}

const get = (path, query) => request(`${path}?${new URLSearchParams(query)}`);

const post = (path, body) => request(path, {
  method: 'POST',
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify({ as: app.me, ...body }),
});

/**
 * What this tab asked of the app: so that only this tab shows the form that comes, and a failure says so here.
 * By the interaction's id: what to do with the words of a failure.
 */
const asked = new Map();
let lastAskedAt = -Infinity;

async function ask(path, body, onFailure = showNotice) {
  lastAskedAt = performance.now();
  const { interaction } = await post(path, { channel: view.channel, ...body });
  if (!interaction) return;
  asked.set(interaction, onFailure);
  setTimeout(() => asked.delete(interaction), FAILURE_WAIT_MS);
}

// ---------------------------------------------------------------------------------------------------------------------
// Addresses inside the page
// ---------------------------------------------------------------------------------------------------------------------

function placeHref(channel, message) {
  const query = new URLSearchParams({ as: app.me ?? '', channel });
  if (message) query.set('message', message);
  return `#${query}`;
}

function readAddress() {
  const query = new URLSearchParams(location.hash.slice(1));
  return { as: query.get('as'), channel: query.get('channel'), message: query.get('message') };
}

function goTo(channel, message) {
  const href = placeHref(channel, message);
  if (location.hash === href) followAddress();
  else location.hash = href;
}

/** A link of the real Discord that means a place in this one. */
function placeOfLink(url) {
  const match = /^https?:\/\/(?:\w+\.)?discord(?:app)?\.com\/channels\/(@me|\d+)\/(\d+)(?:\/(\d+))?\/?$/.exec(url);
  if (!match || (match[1] !== '@me' && match[1] !== app.guild.id)) return null;
  return { channel: match[2], message: match[3] };
}

// ---------------------------------------------------------------------------------------------------------------------
// Time: always the demo's clock, in the reader's zone
// ---------------------------------------------------------------------------------------------------------------------

const hostNow = () => Date.now() + app.clockAhead;

const formats = {
  t: { hour: '2-digit', minute: '2-digit' },
  T: { hour: '2-digit', minute: '2-digit', second: '2-digit' },
  d: { day: '2-digit', month: '2-digit', year: 'numeric' },
  D: { day: 'numeric', month: 'long', year: 'numeric' },
  f: { day: 'numeric', month: 'long', year: 'numeric', hour: '2-digit', minute: '2-digit' },
  F: { weekday: 'long', day: 'numeric', month: 'long', year: 'numeric', hour: '2-digit', minute: '2-digit' },
  clock: { weekday: 'short', day: 'numeric', month: 'short', hour: '2-digit', minute: '2-digit' },
};
const formatters = Object.fromEntries(
  Object.entries(formats).map(([name, options]) => [name, new Intl.DateTimeFormat('en-GB', options)]),
);
const relativeFormat = new Intl.RelativeTimeFormat('en-GB', { numeric: 'always' });

function relative(ms) {
  const seconds = (ms - hostNow()) / 1000;
  const size = Math.abs(seconds);
  const steps = [['second', 1, 60], ['minute', 60, 60], ['hour', 3600, 24], ['day', 86_400, 30], ['month', 2_629_800, 12]];
  for (const [unit, length, limit] of steps) {
    if (Math.round(size / length) < limit) return relativeFormat.format(Math.round(seconds / length), unit);
  }
  return relativeFormat.format(Math.round(seconds / 31_557_600), 'year');
}

function timeText(ms, style) {
  return style === 'R' ? relative(ms) : formatters[style].format(ms);
}

/** The head of a message: "Today at 10:20". */
function messageTimeText(ms) {
  const day = new Date(ms).toDateString();
  const clock = formatters.t.format(ms);
  if (day === new Date(hostNow()).toDateString()) return `Today at ${clock}`;
  if (day === new Date(hostNow() - 86_400_000).toDateString()) return `Yesterday at ${clock}`;
  return `${formatters.d.format(ms)} ${clock}`;
}

function timeNode(ms, style) {
  const known = Number.isFinite(ms) && Math.abs(ms) <= 8.64e15;
  if (!known) return document.createTextNode('an unknown time');
  const node = h('time', { datetime: new Date(ms).toISOString(), title: formatters.F.format(ms), 'data-style': style });
  node.textContent = style === 'message' ? messageTimeText(ms) : timeText(ms, style);
  return node;
}

/** Rewrites what depends on "now"; texts that did not change are left alone, so that nothing is announced. */
function refreshTimes() {
  for (const node of document.querySelectorAll('time[data-style="R"], time[data-style="message"]')) {
    const ms = Date.parse(node.getAttribute('datetime'));
    const text = node.dataset.style === 'R' ? relative(ms) : messageTimeText(ms);
    if (node.textContent !== text) node.textContent = text;
  }
  drawClock();
}

// ---------------------------------------------------------------------------------------------------------------------
// People and names
// ---------------------------------------------------------------------------------------------------------------------

const nameOf = (person) => person?.display_name || person?.global_name || person?.name || person?.username || 'Somebody';
const personName = (id) => nameOf(app.people.get(id));
const authorName = (user) => nameOf(app.people.get(user?.id) ?? user);

function cssColour(colour) {
  if (typeof colour === 'number') return `#${colour.toString(16).padStart(6, '0').slice(-6)}`;
  return /^#[0-9a-f]{6}$/i.test(colour ?? '') ? colour : '#5b6472';
}

/** Black or white, whichever is readable on the colour. */
function inkOn(colour) {
  const channel = (at) => {
    const value = parseInt(colour.slice(at, at + 2), 16) / 255;
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  };
  const light = 0.2126 * channel(1) + 0.7152 * channel(3) + 0.0722 * channel(5);
  return light > 0.18 ? '#000000' : '#ffffff';
}

function avatar(user) {
  const person = app.people.get(user?.id) ?? user;
  const colour = cssColour(person?.color);
  const node = h('span', { class: 'avatar', 'aria-hidden': 'true' }, [...nameOf(person)][0]?.toUpperCase() ?? '?');
  node.style.setProperty('background', colour);
  node.style.setProperty('color', inkOn(colour));
  return node;
}

/** One role of every guild is called "@everyone", with its sign. */
const roleName = (role) => `@${(role?.name ?? 'unknown role').replace(/^@/, '')}`;

function channelName(channel) {
  if (channel.type !== ChannelType.dm) return channel.name || 'unnamed';
  return channel.name || app.bot?.name || 'Direct messages';
}

const channelMark = (channel) => {
  if (channel.type === ChannelType.dm) return '@';
  if (channel.type === ChannelType.forum) return '▤';
  return isThread(channel) ? '↳' : '#';
};

// ---------------------------------------------------------------------------------------------------------------------
// Discord's markdown, as nodes
// ---------------------------------------------------------------------------------------------------------------------

const MAX_NESTING = 8;

function link(url, ...label) {
  const place = placeOfLink(url);
  if (place) return placeLink(place, label);
  return h('a', { href: url, target: '_blank', rel: 'noopener noreferrer', title: label.length ? url : undefined },
    label.length ? label : url);
}

function placeLink({ channel, message }, label = []) {
  const known = app.channels.get(channel);
  const text = `${known ? channelMark(known) : '#'} ${known ? channelName(known) : 'a place'}${message ? ' › message' : ''}`;
  return h('a', { href: placeHref(channel, message), class: label.length ? undefined : 'mention', 'data-place': channel },
    label.length ? label : text);
}

function channelMention(id) {
  const channel = app.channels.get(id);
  if (!channel) return h('span', { class: 'mention' }, '# unknown');
  return h('a', { href: placeHref(id), class: 'mention', 'data-place': id }, `${channelMark(channel)} ${channelName(channel)}`);
}

function personMention(id, context) {
  const person = app.people.get(id);
  const text = `@${person ? nameOf(person) : 'unknown'}`;
  const button = context.tips && person && becomeButton(nameOf(person), context);
  if (button) return button;
  return h('span', { class: id === app.me ? 'mention me' : 'mention', title: person?.about || undefined }, text);
}

/** In a tip, the name of a person is a way to become them. */
function becomeButton(name, context) {
  const person = context.tips && [...app.people.values()].find((one) => !one.bot && nameOf(one) === name);
  if (!person) return null;
  return h('button', { type: 'button', class: 'try', 'data-be': person.id, title: `Become ${name}`, onclick: () => become(person.id) }, name);
}

function roleMention(id) {
  const role = app.guild.roles?.find((one) => one.id === id);
  return h('span', { class: 'mention' }, roleName(role));
}

function commandButton(text) {
  return h('button', { type: 'button', class: 'try', 'data-command': text, title: 'Type this for me', onclick: () => typeCommand(text) }, text);
}

function spoiler(children) {
  const inner = h('span', { 'aria-hidden': 'true' }, children);
  const node = h('span', { class: 'spoiler', role: 'button', tabindex: '0', 'aria-label': 'Spoiler: press to reveal' }, inner);
  const reveal = (event) => {
    if (event.type === 'keydown' && event.key !== 'Enter' && event.key !== ' ') return;
    event.preventDefault();
    node.replaceWith(h('span', { class: 'spoiler shown' }, [...inner.childNodes]));
  };
  node.addEventListener('click', reveal);
  node.addEventListener('keydown', reveal);
  return node;
}

/**
 * The inline rules, tried in this order at each place. All are sticky, and their alternatives begin with different
 * characters, so that hostile text costs at most the square of its (limited) length.
 */
const INLINE_RULES = [
  [/\\([^\sA-Za-z0-9])/y, (m) => m[1]],
  [/(`+)([\s\S]*?[^`])\1(?!`)/y, (m, context) => inlineCode(m[2], context)],
  [/<t:(-?\d{1,13})(?::([tTdDfFR]))?>/y, (m) => timeNode(Number(m[1]) * 1000, m[2] ?? 'f')],
  [/<@!?(\d{1,20})>/y, (m, context) => personMention(m[1], context)],
  [/<@&(\d{1,20})>/y, (m) => roleMention(m[1])],
  [/<#(\d{1,20})>/y, (m) => channelMention(m[1])],
  [/<\/([^:<>\n]{1,100}):(\d{1,20})>/y, (m) => commandButton(`/${m[1]}`)],
  [/<a?:(\w{2,32}):\d{1,20}>/y, (m) => `:${m[1]}:`],
  [/<(https?:\/\/[^\s<>]+)>/y, (m) => link(m[1])],
  [/\[((?:\\.|[^[\]\\]|\[[^[\]]*\])+)\]\(<?(https?:\/\/[^\s<>()]+(?:\([^\s()]*\)[^\s<>()]*)*)>?(?: "[^"\n]*")?\)/y,
    (m, context) => link(m[2], inline(m[1], { ...context, inLink: true }))],
  [/https?:\/\/[^\s<>]*[^\s<>.,:;"'\])!?*_~|]/y, (m, context) => (context.inLink ? m[0] : link(m[0]))],
  [/\*\*([\s\S]+?)\*\*(?!\*)/y, (m, context) => becomeButton(m[1], context) ?? h('strong', {}, inline(m[1], context))],
  [/__([\s\S]+?)__(?!_)/y, (m, context) => h('u', {}, inline(m[1], context))],
  [/\*(?=\S)((?:\*\*|[^*])+?)\*(?!\*)/y, (m, context) => h('em', {}, inline(m[1], context))],
  [/_([^_]+?)_(?!\w)/y, (m, context) => h('em', {}, inline(m[1], context))],
  [/~~([\s\S]+?)~~(?!~)/y, (m, context) => h('s', {}, inline(m[1], context))],
  [/\|\|([\s\S]+?)\|\|/y, (m, context) => spoiler(inline(m[1], context))],
  [/@(?:everyone|here)\b/y, (m) => h('span', { class: 'mention' }, m[0])],
];
const PLAIN_RUN = /[^\\`<[*_~|h@]+/y;

function inlineCode(text, context) {
  if (context.tips && text.startsWith('/')) return commandButton(text);
  return h('code', { dir: 'auto' }, text.replace(/^ (.*) $/s, '$1'));
}

/** Inline markdown as a list of nodes and strings. */
function inline(text, context = {}) {
  const depth = (context.depth ?? 0) + 1;
  if (depth > MAX_NESTING) return [text];
  const inner = { ...context, depth };
  const out = [];
  let plain = '';
  let at = 0;
  while (at < text.length) {
    PLAIN_RUN.lastIndex = at;
    const run = PLAIN_RUN.exec(text);
    if (run) {
      plain += run[0];
      at += run[0].length;
      continue;
    }
    const found = matchInline(text, at);
    if (!found) {
      plain += text[at];
      at += 1;
      continue;
    }
    const made = found.make(found.match, inner);
    if (typeof made === 'string') {
      plain += made;
    } else {
      out.push(plain, made);
      plain = '';
    }
    at += found.match[0].length;
  }
  out.push(plain);
  return out.filter((part) => part !== '');
}

function matchInline(text, at) {
  // snake_case and user_names are no emphasis.
  const inWord = text[at] === '_' && text[at + 1] !== '_' && at > 0 && /\w/.test(text[at - 1]);
  if (inWord) return null;
  for (const [pattern, make] of INLINE_RULES) {
    pattern.lastIndex = at;
    const match = pattern.exec(text);
    if (match) return { match, make };
  }
  return null;
}

const LIST_LINE = /^( *)(?:([-*])|(\d{1,9})\.) +(\S.*)$/;
const BLOCK_START = /^(?:>>> |> |>$|#{1,3} +\S|-# +\S)/;

/** A whole text: code blocks first, then block by block. */
function markdown(text, context = {}) {
  const out = document.createDocumentFragment();
  const fence = /```(?:([\w+#.-]*)\n)?([\s\S]*?)```/g;
  let at = 0;
  for (const match of text.matchAll(fence)) {
    out.append(...blocks(text.slice(at, match.index), context));
    out.append(h('pre', { tabindex: '0', dir: 'auto' }, h('code', {}, match[2].replace(/\n$/, ''))));
    at = match.index + match[0].length;
  }
  out.append(...blocks(text.slice(at), context));
  return out;
}

function blocks(text, context) {
  const lines = text.replace(/\r\n?/g, '\n').split('\n');
  const out = [];
  let paragraph = [];
  const flush = () => {
    const joined = paragraph.join('\n').replace(/^\n+|\n+$/g, '');
    if (joined) out.push(h('div', { class: 'p', dir: 'auto' }, inline(joined, context)));
    paragraph = [];
  };
  let at = 0;
  while (at < lines.length) {
    const line = lines[at];
    if (!BLOCK_START.test(line) && !LIST_LINE.test(line)) {
      paragraph.push(line);
      at += 1;
      continue;
    }
    flush();
    const [node, next] = block(lines, at, context);
    out.push(node);
    at = next;
  }
  flush();
  return out;
}

/** One block that begins on line `at`; returns it and the line after it. */
function block(lines, at, context) {
  const line = lines[at];
  if (line.startsWith('>>> ')) {
    const rest = [line.slice(4), ...lines.slice(at + 1)].join('\n');
    return [quote(rest, context), lines.length];
  }
  if (line.startsWith('>')) {
    let end = at;
    while (end < lines.length && /^>(?: |$)/.test(lines[end])) end += 1;
    return [quote(lines.slice(at, end).map((one) => one.slice(2)).join('\n'), context), end];
  }
  const heading = /^(#{1,3}) +(.+)$/.exec(line);
  if (heading) return [h(`h${heading[1].length + 1}`, { dir: 'auto' }, inline(heading[2], context)), at + 1];
  const small = /^-# +(.+)$/.exec(line);
  if (small) return [h('div', { class: 'p small', dir: 'auto' }, inline(small[1], context)), at + 1];
  const rows = [];
  let taken = 0;
  for (let end = at; end < lines.length; end += 1) {
    const row = LIST_LINE.exec(lines[end]);
    if (!row && rows.length && /^ {2,}\S/.test(lines[end])) {
      rows.at(-1)[4] += `\n${lines[end].trim()}`; // an indented line goes on with its entry
      taken += 1;
      continue;
    }
    // Bullets after numbers on the same level are another list.
    if (!row || (rows.length && row[1].length <= rows[0][1].length && Boolean(row[2]) !== Boolean(rows[0][2]))) break;
    rows.push(row);
    taken += 1;
  }
  return [list(rows, context), at + taken];
}

function quote(text, context) {
  const depth = (context.depth ?? 0) + 1;
  return h('blockquote', { dir: 'auto' }, depth > MAX_NESTING ? text : blocks(text, { ...context, depth }));
}

/** List lines, nested by their indentation. */
function list(rows, context) {
  const start = (row) => (row[2] ? h('ul') : h('ol', { start: row[3] }));
  const root = start(rows[0]);
  const open = [{ indent: rows[0][1].length, node: root }];
  for (const row of rows) {
    const indent = row[1].length;
    while (open.length > 1 && indent < open.at(-1).indent) open.pop();
    const last = open.at(-1).node.lastElementChild;
    if (indent > open.at(-1).indent + 1 && last && open.length < MAX_NESTING) {
      const nested = start(row);
      last.append(nested);
      open.push({ indent, node: nested });
    }
    open.at(-1).node.append(h('li', { dir: 'auto' }, inline(row[4], context)));
  }
  return root;
}

// ---------------------------------------------------------------------------------------------------------------------
// A message
// ---------------------------------------------------------------------------------------------------------------------

const isEphemeral = (message) => message.ephemeral || Boolean((message.flags ?? 0) & MessageFlag.ephemeral);
const isThinking = (message) => message.thinking || Boolean((message.flags ?? 0) & MessageFlag.loading);
const sentAt = (message) => Date.parse(message.timestamp) || 0;

function startsGroup(message, before) {
  if (!before || message.interaction || before.type === MessageType.threadStarter || message.referenced_message) return true;
  return before.author?.id !== message.author?.id
    || isEphemeral(before) !== isEphemeral(message)
    || sentAt(message) - sentAt(before) > GROUP_MS;
}

/** One row of the log: the day's line if a day begins, the "new" line, and the message. */
function messageRow(message, before) {
  const newDay = !before || new Date(sentAt(before)).toDateString() !== new Date(sentAt(message)).toDateString();
  return h('div', { class: 'row' },
    newDay && h('p', { class: 'day' }, formatters.D.format(sentAt(message))),
    view.firstUnread === message.id && h('p', { class: 'new-line' }, 'New'),
    messageNode(message, newDay || view.firstUnread === message.id || startsGroup(message, before)));
}

function messageNode(message, full) {
  const ephemeral = isEphemeral(message);
  const pinged = message.pinged?.includes(app.me);
  const classes = ['message', full ? 'full' : 'follow', ephemeral && 'ephemeral', pinged && 'pinged'];
  const node = h('article', {
    class: classes.filter(Boolean).join(' '),
    tabindex: '-1',
    'data-message-id': message.id,
    'data-author': message.author?.id,
    'data-ephemeral': ephemeral ? 'true' : undefined,
    'data-thinking': isThinking(message) ? 'true' : undefined,
    'aria-label': `${authorName(message.author)}, ${messageTimeText(sentAt(message))}`,
  });
  if (message.interaction) node.append(usedLine(message.interaction));
  if (message.referenced_message && message.type !== MessageType.threadStarter) node.append(replyLine(message.referenced_message));
  node.append(full ? messageHead(message) : h('span', { class: 'side-time' }, sideTime(message)));
  node.append(messageBody(message.type === MessageType.threadStarter ? message.referenced_message ?? message : message));
  if (message.thread) node.append(threadLink(message.thread));
  if (ephemeral) node.append(ephemeralLine(message));
  node.append(h('button', {
    type: 'button', class: 'more', tabindex: '-1', 'aria-haspopup': 'menu', 'data-action': 'message-menu',
    onclick: (event) => openMessageMenu(event.currentTarget, message),
  }, h('span', { 'aria-hidden': 'true' }, '⋯'), hiddenText(`What to do with this message of ${authorName(message.author)}`)));
  return node;
}

function sideTime(message) {
  return timeNode(sentAt(message), 't');
}

function messageHead(message) {
  return h('div', { class: 'head' },
    avatar(message.author),
    h('bdi', { class: 'author' }, authorName(message.author)),
    message.author?.bot && h('span', { class: 'app-tag' }, 'APP'),
    timeNode(sentAt(message), 'message'));
}

/** Who used which command, above the reply. A reply to a button has no command, and no line. */
function usedLine({ user, text: typed, name: command }) {
  const text = typed || (command && `/${command}`);
  if (!text) return '';
  const name = typeof user === 'string' ? personName(user) : authorName(user);
  return h('p', { class: 'used', 'data-interaction': text },
    h('span', { 'aria-hidden': 'true' }, '╭ '), h('bdi', {}, name), ' used ', h('bdi', { class: 'used-command' }, text));
}

function replyLine(original) {
  const words = (original.content ?? '').slice(0, 80);
  return h('p', { class: 'used' }, h('span', { 'aria-hidden': 'true' }, '╭ '), 'in answer to ', h('bdi', {}, authorName(original.author)),
    words && ': ', h('bdi', {}, words));
}

function messageBody(message) {
  const body = h('div', { class: 'body' });
  if (isThinking(message)) {
    body.append(h('p', { class: 'thinking' }, h('span', { class: 'dots', 'aria-hidden': 'true' }, h('i'), h('i'), h('i')),
      ` ${authorName(message.author)} is thinking…`));
  }
  if (message.type === MessageType.threadCreated) {
    const place = { channel: message.thread?.id ?? message.message_reference?.channel_id ?? '' };
    body.append(h('p', { class: 'quiet' }, 'started a thread: ', placeLink(place, [message.content || 'thread'])));
  } else if (message.content) {
    const content = h('div', { class: 'content', dir: 'auto' }, markdown(message.content));
    if (message.edited_timestamp) content.append(h('span', { class: 'edited', title: formatters.F.format(Date.parse(message.edited_timestamp)) }, '(edited)'));
    body.append(content);
  }
  for (const embed of message.embeds ?? []) body.append(embedNode(embed, message));
  for (const file of message.attachments ?? []) body.append(attachmentNode(file));
  for (const component of message.components ?? []) body.append(componentNode(component, message));
  return body;
}

/** Pictures are shown only when this server serves them: the page loads nothing from elsewhere. */
function localPicture(url, message) {
  const attached = /^attachment:\/\/(.+)$/.exec(url ?? '');
  const real = attached ? message.attachments?.find((file) => file.filename === attached[1])?.url : url;
  try {
    return real && new URL(real, location.href).origin === location.origin ? real : null;
  } catch {
    return null;
  }
}

function attachmentNode(file) {
  const url = localPicture(file.url, {});
  if (url && file.content_type?.startsWith('image/')) {
    return h('img', { class: 'picture', src: url, alt: file.description ?? file.filename ?? 'Picture' });
  }
  const name = file.filename ?? 'file';
  return h('p', { class: 'file' }, url ? h('a', { href: url, download: name }, name) : name);
}

function embedNode(embed, message) {
  const node = h('section', { class: 'embed', 'data-embed': '', 'aria-label': embed.title || 'Card' });
  if (embed.color) node.style.setProperty('--bar', cssColour(embed.color));
  const maybeLink = (url, nodes) => (/^https?:\/\//.test(url ?? '') ? link(url, nodes) : nodes);
  if (embed.author?.name) node.append(h('p', { class: 'embed-author', dir: 'auto' }, maybeLink(embed.author.url, [embed.author.name])));
  if (embed.title) node.append(h('p', { class: 'embed-title', dir: 'auto' }, maybeLink(embed.url, inline(embed.title))));
  if (embed.description) node.append(h('div', { class: 'embed-text', dir: 'auto' }, markdown(embed.description)));
  if (embed.fields?.length) {
    node.append(h('dl', { class: 'fields' }, embed.fields.map((field) => h('div', { class: field.inline ? 'field inline' : 'field' },
      h('dt', { dir: 'auto' }, inline(field.name ?? '')), h('dd', { dir: 'auto' }, markdown(field.value ?? ''))))));
  }
  const picture = localPicture(embed.image?.url, message);
  if (picture) node.append(h('img', { class: 'picture', src: picture, alt: embed.image.description ?? embed.title ?? 'Picture' }));
  if (embed.footer?.text || embed.timestamp) {
    node.append(h('p', { class: 'embed-foot', dir: 'auto' }, embed.footer?.text ?? '',
      embed.footer?.text && embed.timestamp ? ' · ' : '', embed.timestamp && timeNode(Date.parse(embed.timestamp), 'f')));
  }
  return node;
}

function threadLink(thread) {
  const count = thread.message_count ?? 0;
  return h('a', { class: 'thread-link', href: placeHref(thread.id), 'data-thread': thread.id },
    h('span', { 'aria-hidden': 'true' }, '↳ '), h('bdi', {}, thread.name || 'Thread'), h('span', { class: 'quiet' }, ` · ${plural(count, 'message')}`));
}

function ephemeralLine(message) {
  return h('p', { class: 'only-you' }, 'Only you can see this · ',
    h('button', { type: 'button', class: 'text-button', 'data-action': 'dismiss', onclick: () => dismiss(message) }, 'Dismiss'));
}

async function dismiss(message) {
  try {
    await post('dismiss', { channel: view.channel, message: message.id });
    removeMessage(message.id);
    ui.input.focus();
  } catch (error) {
    toast(error.message, 'error');
  }
}

// --- Buttons and selects under a message ---

function componentNode(component, message) {
  switch (component.type) {
    case ComponentType.row:
      return h('div', { class: 'buttons' }, (component.components ?? []).map((one) => componentNode(one, message)));
    case ComponentType.button:
      return buttonNode(component, message);
    case ComponentType.stringSelect:
    case ComponentType.userSelect:
    case ComponentType.roleSelect:
    case ComponentType.mentionableSelect:
    case ComponentType.channelSelect:
      return selectNode(component, message);
    case ComponentType.text:
      return h('div', { class: 'content', dir: 'auto' }, markdown(component.content ?? ''));
    case ComponentType.separator:
      return h('hr');
    case ComponentType.section:
    case ComponentType.container:
      return h('div', { class: component.type === ComponentType.container ? 'embed' : 'section' },
        [...(component.components ?? []), component.accessory].filter(Boolean).map((one) => componentNode(one, message)));
    default:
      return h('p', { class: 'quiet' }, 'This part cannot be shown in the local Discord.');
  }
}

const emojiText = (emoji) => (emoji?.name ? (emoji.id ? `:${emoji.name}: ` : `${emoji.name} `) : '');

function buttonNode(button, message) {
  const label = `${emojiText(button.emoji)}${button.label ?? ''}`.trim() || 'Button';
  if (button.style === LINK_BUTTON) {
    const node = /^https?:\/\//.test(button.url ?? '') ? link(button.url, label) : h('span', {}, label);
    node.className = 'button link';
    return node;
  }
  return h('button', {
    type: 'button', class: `button ${BUTTON_STYLES[button.style] ?? 'secondary'}`, disabled: button.disabled,
    'data-custom-id': button.custom_id,
    onclick: (event) => press(event.currentTarget, message, button.custom_id),
  }, label);
}

async function press(node, message, customId, values) {
  // aria-disabled, not disabled: the focus stays where the person is.
  if (node.getAttribute('aria-busy') === 'true') return;
  node.setAttribute('aria-busy', 'true');
  try {
    await ask('component', { channel: message.channel_id ?? view.channel, message: message.id, custom_id: customId, ...(values && { values }) });
  } catch (error) {
    showNotice(error.message);
  } finally {
    node.removeAttribute('aria-busy');
  }
}

function selectItems(select) {
  const people = () => [...app.people.values()].map((person) => ({
    value: person.id, label: nameOf(person), description: person.about, icon: avatar(person),
  }));
  const roles = () => (app.guild.roles ?? []).map((role) => ({ value: role.id, label: roleName(role) }));
  const channels = () => [...app.channels.values()].filter((one) => one.type !== ChannelType.dm)
    .filter((one) => !select.channel_types?.length || select.channel_types.includes(one.type))
    .map((one) => ({ value: one.id, label: `${channelMark(one)} ${channelName(one)}` }));
  switch (select.type) {
    case ComponentType.userSelect: return people();
    case ComponentType.roleSelect: return roles();
    case ComponentType.mentionableSelect: return [...people(), ...roles()];
    case ComponentType.channelSelect: return channels();
    default:
      return (select.options ?? []).map((option) => ({
        value: option.value, label: `${emojiText(option.emoji)}${option.label}`, description: option.description,
      }));
  }
}

function selectNode(select, message) {
  const chosen = select.type === ComponentType.stringSelect
    ? (select.options ?? []).filter((option) => option.default).map((option) => option.value)
    : (select.default_values ?? []).map((one) => one.id);
  const items = selectItems(select);
  const shown = items.filter((item) => chosen.includes(item.value)).map((item) => item.label).join(', ');
  const label = select.placeholder || 'Choose';
  return h('button', {
    type: 'button', class: 'select', disabled: select.disabled, 'data-custom-id': select.custom_id,
    'aria-haspopup': 'listbox', 'aria-expanded': 'false', 'aria-label': shown ? `${label}: ${shown}` : label,
    onclick: (event) => {
      const node = event.currentTarget;
      openChooser(node, {
        label, items, selected: chosen, filter: items.length > 7 || select.type !== ComponentType.stringSelect,
        min: select.min_values ?? 1, max: select.max_values ?? 1,
        onDone: (values) => press(node, message, select.custom_id, values),
      });
    },
  }, h('span', { dir: 'auto', class: shown ? '' : 'quiet' }, shown || label), h('span', { 'aria-hidden': 'true' }, '▾'));
}

// --- The menu of a message ---

function openMessageMenu(anchor, message) {
  const channel = message.channel_id ?? view.channel;
  const entries = app.commands.filter((command) => command.type === CommandType.message).map((command) => ({
    label: command.name,
    detail: app.bot?.name ?? 'App',
    run: () => runMessageCommand(message, command.name),
  }));
  if (isEphemeral(message)) {
    entries.length = 0; // Private answers cannot be acted upon, as on the real platform.
    entries.push({ label: 'Dismiss', run: () => dismiss(message) });
  } else {
    entries.push({ label: 'Copy link to this message', run: () => copyLink(channel, message.id) });
  }
  openMenu(anchor, `Message of ${authorName(message.author)}`, entries);
}

async function runMessageCommand(message, command) {
  try {
    await ask('message_command', { message: message.id, command });
  } catch (error) {
    showNotice(error.message);
  }
}

async function copyLink(channel, message) {
  const url = new URL(placeHref(channel, message), location.href).href;
  try {
    await navigator.clipboard.writeText(url);
    toast('Link copied.');
  } catch {
    goTo(channel, message);
    toast('The link is in the address bar.');
  }
}

// ---------------------------------------------------------------------------------------------------------------------
// Popups: menus and choosers
// ---------------------------------------------------------------------------------------------------------------------

let closePopup = () => {};

/** Shows `node` beside `anchor`. Closes on Escape, a press elsewhere, or a change of size; the focus goes back. */
function openPopup(anchor, node) {
  closePopup(false);
  const popup = h('div', { class: 'popup' }, node);
  document.body.append(popup);
  placePopup(popup, anchor);
  anchor.setAttribute('aria-expanded', 'true');
  const outside = (event) => {
    if (!popup.contains(event.target) && !anchor.contains(event.target)) closePopup(false);
  };
  const away = () => {
    // A phone's keyboard changes the size while one types in the filter: that is no reason to close.
    if (!popup.contains(document.activeElement)) closePopup(false);
    else placePopup(popup, anchor);
  };
  document.addEventListener('pointerdown', outside, true);
  window.addEventListener('resize', away);
  closePopup = (refocus = true) => {
    document.removeEventListener('pointerdown', outside, true);
    window.removeEventListener('resize', away);
    popup.remove();
    anchor.setAttribute('aria-expanded', 'false');
    closePopup = () => {};
    if (refocus && anchor.isConnected) anchor.focus();
  };
}

function placePopup(popup, anchor) {
  const box = anchor.getBoundingClientRect();
  const width = Math.min(Math.max(box.width, 240), innerWidth - 16, 420);
  popup.style.setProperty('width', `${width}px`);
  popup.style.setProperty('left', `${Math.max(8, Math.min(box.left, innerWidth - width - 8))}px`);
  const below = innerHeight - box.bottom - 12;
  const above = box.top - 12;
  const useBelow = below >= Math.min(popup.scrollHeight, 280) || below >= above;
  popup.style.setProperty('max-height', `${Math.max(120, Math.min(useBelow ? below : above, 560))}px`);
  popup.style.setProperty(useBelow ? 'top' : 'bottom', `${useBelow ? box.bottom + 4 : innerHeight - box.top + 4}px`);
  popup.style.removeProperty(useBelow ? 'bottom' : 'top');
}

function openMenu(anchor, label, entries) {
  const items = entries.map((entry) => h('button', {
    type: 'button', role: 'menuitem', tabindex: '-1', 'data-menu': entry.label,
    onclick: () => {
      closePopup();
      entry.run();
    },
  }, h('span', { dir: 'auto' }, entry.label), entry.detail && h('span', { class: 'quiet' }, entry.detail)));
  const menu = h('div', { role: 'menu', 'aria-label': label }, items);
  menu.addEventListener('keydown', (event) => {
    const at = items.indexOf(document.activeElement);
    const to = { ArrowDown: at + 1, ArrowUp: at - 1 + items.length, Home: 0, End: items.length - 1 }[event.key];
    if (to !== undefined) {
      event.preventDefault();
      items[to % items.length].focus();
    } else if (event.key === 'Escape' || event.key === 'Tab') {
      event.preventDefault();
      event.stopPropagation();
      closePopup();
    }
  });
  openPopup(anchor, menu);
  items[0]?.focus();
}

/**
 * A list to choose from, of one or several. `items` are {value, label, description, icon}; `onDone` gets the values.
 * One: Enter, Space or a press chooses. Several: they toggle, and "Done" (or Enter in the filter) sends.
 */
function openChooser(anchor, { label, items, selected = [], filter = false, min = 1, max = 1, onDone }) {
  const several = max > 1 || min === 0;
  const chosen = new Set(selected);
  let shown = items;
  let active = Math.max(0, items.findIndex((item) => chosen.has(item.value)));
  const list = h('ul', { role: 'listbox', id: 'chooser-list', 'aria-label': label, 'aria-multiselectable': several || undefined, tabindex: filter ? '-1' : '0' });
  const search = filter && h('input', {
    type: 'text', role: 'combobox', 'aria-expanded': 'true', 'aria-controls': 'chooser-list', 'aria-autocomplete': 'list',
    'aria-label': `Search: ${label}`, placeholder: 'Search', dir: 'auto', id: 'chooser-search',
  });
  const done = several && h('button', { type: 'button', class: 'button primary', onclick: () => finish() }, 'Done');
  const keyTarget = search || list;

  const finish = () => {
    if (chosen.size < min) return toast(`Choose at least ${min}.`, 'error');
    closePopup();
    onDone([...chosen]);
  };
  const choose = (item) => {
    if (!item) return;
    if (!several) {
      chosen.clear();
      chosen.add(item.value);
      finish();
      return;
    }
    if (chosen.has(item.value)) chosen.delete(item.value);
    else if (chosen.size < max) chosen.add(item.value);
    else toast(`At most ${max} can be chosen.`, 'error');
    draw();
  };
  const draw = () => {
    list.replaceChildren(...shown.map((item, at) => h('li', {
      role: 'option', id: `chooser-${at}`, 'data-value': item.value, 'aria-selected': String(chosen.has(item.value)),
      class: at === active ? 'active' : undefined, onclick: () => choose(item),
    }, item.icon?.cloneNode(true), h('span', { class: 'two-lines' }, h('span', { dir: 'auto' }, item.label),
      item.description && h('span', { class: 'quiet', dir: 'auto' }, item.description)),
    several && chosen.has(item.value) && h('span', { 'aria-hidden': 'true' }, '✓'))));
    if (!shown.length) list.append(h('li', { class: 'quiet none' }, 'Nothing found'));
    if (shown.length) keyTarget.setAttribute('aria-activedescendant', `chooser-${active}`);
    else keyTarget.removeAttribute('aria-activedescendant');
    list.children[active]?.scrollIntoView({ block: 'nearest' });
  };
  search && search.addEventListener('input', () => {
    const wanted = search.value.trim().toLowerCase();
    shown = items.filter((item) => `${item.label} ${item.description ?? ''}`.toLowerCase().includes(wanted));
    active = 0;
    draw();
  });
  keyTarget.addEventListener('keydown', (event) => {
    const last = shown.length - 1;
    const to = { ArrowDown: Math.min(active + 1, last), ArrowUp: Math.max(active - 1, 0), Home: 0, End: last }[event.key];
    if (to !== undefined && !(search && (event.key === 'Home' || event.key === 'End'))) {
      event.preventDefault();
      active = to;
      draw();
    } else if (event.key === 'Enter' || (event.key === ' ' && !search)) {
      event.preventDefault();
      choose(shown[active]);
    } else if (!search && event.key.length === 1 && !event.ctrlKey && !event.metaKey) {
      // Without a search box a letter goes to the next entry that begins with it.
      const letter = event.key.toLowerCase();
      const order = [...shown.keys()].map((at) => (active + 1 + at) % shown.length);
      active = order.find((at) => shown[at].label.toLowerCase().startsWith(letter)) ?? active;
      draw();
    }
  });
  const box = h('div', { class: 'chooser', role: 'presentation' }, search, list, done && h('div', { class: 'chooser-done' }, done));
  box.addEventListener('keydown', (event) => {
    if (event.key === 'Escape' || (event.key === 'Tab' && !several)) {
      event.preventDefault();
      event.stopPropagation();
      closePopup();
    }
  });
  draw();
  openPopup(anchor, box);
  keyTarget.focus();
  draw();
}

// ---------------------------------------------------------------------------------------------------------------------
// What was read, and who was mentioned (kept in this browser, per person)
// ---------------------------------------------------------------------------------------------------------------------

/** On the first visit everything in the open channels counts as read: a newcomer begins without marks. */
function rememberBaseline() {
  const seen = memory.read('seen', {});
  if (seen[app.guild.id]) return;
  const baseline = {};
  for (const channel of app.channels.values()) {
    if (channel.type !== ChannelType.dm && channel.last_message_id) baseline[channel.id] = channel.last_message_id;
  }
  memory.write('seen', { [app.guild.id]: { everybody: baseline } });
}

function seenId(channelId) {
  const seen = memory.read('seen', {})[app.guild.id] ?? {};
  return seen[app.me]?.[channelId] ?? seen.everybody?.[channelId] ?? null;
}

function isUnread(channel) {
  if (!channel.last_message_id || channel.type === ChannelType.forum || channel.type === ChannelType.category) return false;
  return compareIds(channel.last_message_id, seenId(channel.id)) > 0;
}

function markRead() {
  const channel = app.channels.get(view.channel);
  if (!channel || document.visibilityState !== 'visible') return;
  const newest = [channel.last_message_id, view.messages.at(-1)?.id].sort(compareIds).at(-1);
  if (newest && compareIds(newest, seenId(channel.id)) > 0) {
    const seen = memory.read('seen', {});
    const guild = (seen[app.guild.id] ??= {});
    (guild[app.me] ??= {})[channel.id] = newest;
    memory.write('seen', seen);
  }
  const pings = memory.read('pings', {});
  const mine = Object.entries(pings[app.me] ?? {});
  const left = mine.filter(([, where]) => where !== channel.id);
  if (left.length !== mine.length) {
    pings[app.me] = Object.fromEntries(left);
    memory.write('pings', pings);
  }
}

/** Mentions are kept by message, so that two tabs which see the same one count it once. */
function rememberPings(message) {
  if (!message.pinged?.length || isEphemeral(message)) return;
  const pings = memory.read('pings', {});
  for (const person of message.pinged) {
    const open = person === app.me && message.channel_id === view.channel && document.visibilityState === 'visible';
    if (!open && app.people.has(person)) (pings[person] ??= {})[message.id] = message.channel_id;
  }
  memory.write('pings', pings);
}

const pingsOf = (person) => Object.values(memory.read('pings', {})[person] ?? {});

// ---------------------------------------------------------------------------------------------------------------------
// The list of channels
// ---------------------------------------------------------------------------------------------------------------------

const THREADS_SHOWN = 8;

function drawChannels() {
  const all = [...app.channels.values()];
  const pings = pingsOf(app.me);
  const open = ui.channels.contains(document.activeElement) ? document.activeElement.dataset.channel : null;
  const unfolded = new Set([...ui.channels.querySelectorAll('details[open]')].map((one) => one.dataset.parent));

  const row = (channel) => {
    const unread = isUnread(channel) && channel.id !== view.channel;
    const count = pings.filter((where) => where === channel.id).length;
    return h('li', {},
      h('a', {
        href: placeHref(channel.id), class: `channel${unread || count ? ' unread' : ''}${isThread(channel) ? ' thread' : ''}`,
        'data-channel': channel.id, 'data-channel-type': channel.type, 'data-unread': unread || count ? 'true' : undefined,
        'aria-current': channel.id === view.channel ? 'page' : undefined,
      },
      h('span', { class: 'mark', 'aria-hidden': 'true' }, channelMark(channel)),
      h('span', { class: 'name', dir: 'auto' }, channelName(channel)),
      (unread || count > 0) && hiddenText(count ? `, ${plural(count, 'mention')}` : ', unread'),
      count > 0 && h('span', { class: 'badge', 'aria-hidden': 'true' }, count)),
      threadsOf(channel));
  };
  const threadsOf = (channel) => {
    const threads = all.filter((one) => isThread(one) && one.parent_id === channel.id)
      .sort((a, b) => compareIds(b.id, a.id));
    const current = (one) => one.id === view.channel || isUnread(one);
    const active = threads.filter((one) => !one.archived);
    const shown = active.filter((one, at) => at < THREADS_SHOWN || current(one)).concat(threads.filter((one) => one.archived && current(one)));
    const rest = threads.filter((one) => !shown.includes(one));
    if (!threads.length) return null;
    return [
      h('ul', { 'aria-label': `Threads of ${channelName(channel)}` }, shown.map(row)),
      rest.length > 0 && h('details', { 'data-parent': channel.id, open: unfolded.has(channel.id) },
        h('summary', {}, plural(rest.length, 'older thread')), h('ul', {}, rest.map(row))),
    ];
  };
  const top = all.filter((one) => !isThread(one) && ![ChannelType.dm, ChannelType.category].includes(one.type));
  const categories = all.filter((one) => one.type === ChannelType.category);
  const loose = top.filter((one) => !categories.some((category) => category.id === one.parent_id));
  const direct = all.filter((one) => one.type === ChannelType.dm);
  ui.channels.replaceChildren(...[
    h('ul', {}, loose.map(row)),
    ...categories.map((category) => [h('h2', {}, category.name), h('ul', {}, top.filter((one) => one.parent_id === category.id).map(row))]),
    direct.length > 0 && h('h2', {}, 'Direct messages'),
    direct.length > 0 && h('ul', {}, direct.map(row)),
  ].flat().filter(Boolean));
  if (open) ui.channels.querySelector(`[data-channel="${CSS.escape(open)}"]`)?.focus();
  const waiting = all.filter((one) => isUnread(one) && one.id !== view.channel).length;
  const here = app.channels.get(view.channel);
  document.title = `${waiting ? `(${waiting}) ` : ''}${here ? `${channelName(here)} · ` : ''}${personName(app.me)} · Local Discord`;
}

/** Alt+↑ and Alt+↓ walk through the list. */
function stepChannel(step) {
  const links = [...ui.channels.querySelectorAll('a[data-channel]')].filter((one) => one.offsetParent || narrow.matches);
  const at = links.findIndex((one) => one.dataset.channel === view.channel);
  const next = links[(at + step + links.length) % links.length];
  if (next) goTo(next.dataset.channel);
}

// ---------------------------------------------------------------------------------------------------------------------
// The log of the open channel
// ---------------------------------------------------------------------------------------------------------------------

async function openChannel(channelId, { message = null, keepPlace = false } = {}) {
  const opening = (view.opening += 1);
  const channel = app.channels.get(channelId);
  const moved = view.channel !== channelId;
  if (moved) stashDraft();
  view.channel = channelId;
  view.held = [];
  if (moved) takeDraft();
  drawHeading(channel);
  let list;
  try {
    list = await get('messages', { as: app.me, channel: channelId });
  } catch (error) {
    if (opening === view.opening) {
      view.held = null;
      view.messages = [];
      drawLog();
      showNotice(error.message);
    }
    return;
  }
  if (opening !== view.opening) return;
  const wasAtEnd = atEnd();
  const since = seenId(channelId);
  const own = (one) => one.author?.id === app.me || isEphemeral(one);
  if (moved) view.firstUnread = since ? list.find((one) => compareIds(one.id, since) > 0 && !own(one))?.id ?? null : null;
  view.messages = list;
  const held = view.held;
  view.held = null;
  const scroll = ui.log.scrollTop;
  drawLog();
  for (const apply of held) apply();
  if (message) showMessage(message);
  else if (keepPlace && !wasAtEnd) ui.log.scrollTop = scroll;
  else scrollToEnd();
  markRead();
  drawChannels();
}

function drawHeading(channel) {
  const parent = channel && app.channels.get(channel.parent_id);
  const inForum = parent?.type === ChannelType.forum || (channel && isThread(channel));
  ui.title.replaceChildren(
    h('span', { class: 'mark', 'aria-hidden': 'true' }, channel ? channelMark(channel) : ''),
    h('bdi', {}, channel ? channelName(channel) : 'No channel'));
  ui.topic.replaceChildren(...(inForum && parent
    ? ['in ', h('a', { href: placeHref(parent.id) }, `${channelMark(parent)} ${channelName(parent)}`)]
    : inline(channel?.topic ?? '')));
  const closed = channel?.locked ? ' · locked' : channel?.archived ? ' · archived: a message opens it again' : '';
  if (closed) ui.topic.append(closed);
  const isForum = channel?.type === ChannelType.forum;
  ui.composer.classList.toggle('off', !channel || isForum);
  ui.input.placeholder = channel ? `Message ${channel.type === ChannelType.dm ? '' : '#'}${channelName(channel)}, or type /` : '';
  ui.log.setAttribute('aria-label', channel ? `Messages in ${channelName(channel)}` : 'Messages');
}

function drawLog() {
  ui.log.setAttribute('aria-busy', 'true'); // A whole channel is not read aloud, only what comes new.
  view.nodes.clear();
  const channel = app.channels.get(view.channel);
  const rows = [];
  if (channel?.type === ChannelType.forum) {
    rows.push(forumPosts(channel));
  } else {
    rows.push(h('p', { class: 'start' }, `This is where ${channel ? `${channelMark(channel)} ${channelName(channel)}` : 'the channel'} begins.`,
      !view.messages.length && ' Nothing has been written yet.'));
    view.messages.forEach((message, at) => {
      const row = messageRow(message, view.messages[at - 1]);
      view.nodes.set(message.id, row);
      rows.push(row);
    });
  }
  ui.log.replaceChildren(...rows);
  ui.log.removeAttribute('aria-busy');
}

function forumPosts(channel) {
  const posts = [...app.channels.values()].filter((one) => one.parent_id === channel.id)
    .sort((a, b) => compareIds(b.last_message_id ?? b.id, a.last_message_id ?? a.id));
  if (!posts.length) return h('p', { class: 'start' }, 'No posts yet.');
  return h('ul', { class: 'posts' }, posts.map((post) => h('li', {},
    h('a', { href: placeHref(post.id), 'data-thread': post.id }, h('span', { dir: 'auto' }, channelName(post)),
      h('span', { class: 'quiet' }, `${plural(post.message_count ?? 0, 'message')}${post.archived ? ' · archived' : ''}`)))));
}

/** Whether the reader is at the end, so that a growing message box or a late picture does not push the end away. */
let following = true;

const atEnd = () => ui.log.scrollHeight - ui.log.scrollTop - ui.log.clientHeight < 80;

function scrollToEnd() {
  following = true;
  ui.log.scrollTop = ui.log.scrollHeight;
  ui.jump.hidden = true;
}

function showMessage(id) {
  const row = view.nodes.get(id);
  const node = row?.querySelector('.message');
  if (!node) {
    scrollToEnd();
    toast('That message is not here any more.');
    return;
  }
  following = false;
  node.scrollIntoView({ block: 'center' });
  node.classList.add('shown');
  setTimeout(() => node.classList.remove('shown'), 2500);
  node.focus({ preventScroll: true });
}

/** Draws one message again (and what follows it, whose grouping may change), keeping the focus where it was. */
function redraw(at) {
  for (const index of [at, at + 1]) {
    const message = view.messages[index];
    if (!message) continue;
    const old = view.nodes.get(message.id);
    const row = messageRow(message, view.messages[index - 1]);
    view.nodes.set(message.id, row);
    if (!old) {
      const before = view.nodes.get(view.messages[index - 1]?.id);
      if (before) before.after(row);
      else ui.log.querySelector('.start')?.after(row);
      continue;
    }
    if (index === at + 1 && old.firstChild?.className === row.firstChild?.className) {
      view.nodes.set(message.id, old);
      continue;
    }
    const focus = old.contains(document.activeElement) ? document.activeElement : null;
    old.replaceWith(row);
    if (focus) refocus(row, focus);
  }
}

function refocus(row, old) {
  const key = ['data-custom-id', 'data-action', 'data-thread'].find((name) => old.hasAttribute(name));
  const same = key && row.querySelector(`[${key}="${CSS.escape(old.getAttribute(key))}"]`);
  (same && !same.disabled ? same : row.querySelector('.message')).focus({ preventScroll: true });
}

function putMessage(message) {
  const stay = atEnd();
  const at = view.messages.findIndex((one) => compareIds(one.id, message.id) >= 0);
  if (at >= 0 && view.messages[at].id === message.id) {
    view.messages[at] = { ...view.messages[at], ...message };
    redraw(at);
  } else if (at >= 0) {
    view.messages.splice(at, 0, message);
    redraw(at);
  } else {
    view.messages.push(message);
    redraw(view.messages.length - 1);
  }
  const mine = message.author?.id === app.me || isEphemeral(message);
  if (stay || (mine && at < 0)) scrollToEnd();
  else if (at < 0) ui.jump.hidden = false;
}

function removeMessage(id) {
  const at = view.messages.findIndex((one) => one.id === id);
  if (at < 0) return;
  const row = view.nodes.get(id);
  const focused = row?.contains(document.activeElement);
  view.messages.splice(at, 1);
  row?.remove();
  view.nodes.delete(id);
  redraw(at);
  if (focused) ui.log.focus({ preventScroll: true });
}

/** Something that went wrong, said where one looks, with the way on. Not a message: it is gone with the next opening. */
function showNotice(text, giveBack = null) {
  const notice = h('div', { class: 'notice', role: 'alert', 'data-notice': '' }, h('p', { dir: 'auto' }, text));
  const close = () => {
    notice.remove();
    ui.input.focus();
  };
  notice.append(h('p', {},
    giveBack && h('button', { type: 'button', class: 'button secondary', 'data-action': 'give-back', onclick: () => {
      close();
      giveBack();
    } }, 'Give back what I typed'),
    h('button', { type: 'button', class: 'text-button', onclick: close }, 'Dismiss')));
  ui.log.append(notice);
  scrollToEnd();
}

/**
 * A card at the top of its thread belongs to the channel above, and so does the private answer to its buttons: whoever
 * pressed in the thread is told where it is.
 */
function tellOfAnswerAbove(message) {
  const above = message.channel_id;
  const mine = isEphemeral(message) && performance.now() - lastAskedAt < FAILURE_WAIT_MS;
  if (!mine || above === view.channel || app.channels.get(view.channel)?.parent_id !== above) return;
  ui.log.querySelector('[data-answer-above]')?.remove();
  const channel = app.channels.get(above);
  ui.log.append(h('div', { class: 'notice calm', role: 'status', 'data-answer-above': message.id },
    h('p', { dir: 'auto' }, `${authorName(message.author)} answered where this card stands. `,
      placeLink({ channel: above, message: message.id }, [`See the answer in ${channelMark(channel)} ${channelName(channel)}`]))));
  scrollToEnd();
}

/** ↑ ↓ Home End walk through the messages; Enter or the menu key on one opens its menu. */
function logKey(event) {
  const nodes = [...ui.log.querySelectorAll('.message')];
  const at = nodes.indexOf(document.activeElement);
  if (event.target !== ui.log && at < 0) return;
  const from = at < 0 ? nodes.length : at;
  const to = { ArrowUp: from - 1, ArrowDown: at < 0 ? nodes.length - 1 : at + 1, Home: 0, End: nodes.length - 1 }[event.key];
  if (to !== undefined && !event.altKey && !event.ctrlKey && !event.metaKey) {
    event.preventDefault();
    nodes[Math.max(0, Math.min(to, nodes.length - 1))]?.focus();
  } else if (at >= 0 && (event.key === 'Enter' || event.key === 'ContextMenu' || (event.key === 'F10' && event.shiftKey))) {
    event.preventDefault();
    nodes[at].querySelector('[data-action="message-menu"]').click();
  }
}

// ---------------------------------------------------------------------------------------------------------------------
// Completion: the list above the message box
// ---------------------------------------------------------------------------------------------------------------------

/** `owner` is the input that the list belongs to; `active` is -1 when Enter must not choose. */
const completion = { owner: null, items: [], active: -1 };

/** `items` are {label, description, icon, pick}. */
function showCompletion(owner, title, items, active) {
  Object.assign(completion, { owner, items, active: Math.min(active, items.length - 1) });
  ui.completionTitle.textContent = title;
  ui.completionList.replaceChildren(...items.map((item, at) => h('li', {
    role: 'option', id: `completion-${at}`, 'data-completion': item.label,
    // Not on click: the focus must stay in the input.
    onpointerdown: (event) => event.preventDefault(),
    onclick: () => item.pick(),
  }, item.icon?.cloneNode(true), h('span', { class: 'two-lines' }, h('span', { class: 'choice', dir: 'auto' }, item.label),
    item.description && h('span', { class: 'quiet', dir: 'auto' }, item.description)))));
  ui.completion.hidden = false;
  ui.completionStatus.textContent = items.length ? plural(items.length, 'suggestion') : title;
  setExpanded(owner, items.length > 0);
  markActive();
}

/** The message box is a text box of several lines, for which "expanded" has no meaning. */
function setExpanded(owner, expanded) {
  if (owner.getAttribute('role') === 'combobox') owner.setAttribute('aria-expanded', String(expanded));
}

function markActive() {
  [...ui.completionList.children].forEach((node, at) => node.setAttribute('aria-selected', String(at === completion.active)));
  if (completion.active >= 0) {
    completion.owner.setAttribute('aria-activedescendant', `completion-${completion.active}`);
    ui.completionList.children[completion.active]?.scrollIntoView({ block: 'nearest' });
  } else {
    completion.owner?.removeAttribute('aria-activedescendant');
    ui.completionList.scrollTop = 0;
  }
}

function hideCompletion() {
  if (!completion.owner) return;
  setExpanded(completion.owner, false);
  completion.owner.removeAttribute('aria-activedescendant');
  Object.assign(completion, { owner: null, items: [], active: -1 });
  ui.completion.hidden = true;
  ui.completionList.replaceChildren();
  ui.completionStatus.textContent = '';
}

/** Keys of the list. True when the key was for it. */
function completionKey(event) {
  const { owner, items, active } = completion;
  if (owner !== event.target || event.isComposing) return false;
  const last = items.length - 1;
  if (event.key === 'Escape') hideCompletion();
  else if (event.key === 'ArrowDown' && items.length) completion.active = active >= last ? 0 : active + 1;
  else if (event.key === 'ArrowUp' && items.length) completion.active = active <= 0 ? last : active - 1;
  else if ((event.key === 'Enter' || (event.key === 'Tab' && !event.shiftKey)) && active >= 0) items[active].pick(event.key);
  else return false;
  event.preventDefault();
  event.stopPropagation();
  if (completion.owner && event.key.startsWith('Arrow')) markActive();
  return true;
}

// ---------------------------------------------------------------------------------------------------------------------
// The message box: plain text, or a command with its options
// ---------------------------------------------------------------------------------------------------------------------

const composer = {
  /** The command that is being filled in: {label, command, sub, description, options}. */
  leaf: null,
  /** Its fields that are shown, in order. */
  fields: [],
  escapeArmed: false,
  /** What was typed and not sent, by person and channel. */
  drafts: new Map(),
};

/** Every command that can be sent: `/suggest`, and each subcommand as its own. */
function leaves() {
  const out = [];
  for (const command of app.commands) {
    if ((command.type ?? CommandType.slash) !== CommandType.slash) continue;
    const walk = (node, path) => {
      const parts = (node.options ?? []).filter((one) => one.type === OptionType.subcommand || one.type === OptionType.group);
      if (parts.length) {
        parts.forEach((part) => walk(part, [...path, part.name]));
        return;
      }
      out.push({
        label: `/${[command.name, ...path].join(' ')}`,
        command: command.name,
        sub: path.length ? path.join(' ') : undefined,
        description: node.description ?? '',
        options: [...(node.options ?? [])].sort((a, b) => Boolean(b.required) - Boolean(a.required)),
      });
    };
    walk(command, []);
  }
  return out;
}

/** Best first: beginning with what was typed, then a word that begins so, then anywhere, then in the description. */
function matchingLeaves(typed) {
  const wanted = typed.toLowerCase().replace(/\s+/g, ' ').trimEnd();
  const rank = (leaf) => {
    if (leaf.label.startsWith(wanted)) return 0;
    const words = wanted.slice(1);
    if (leaf.label.slice(1).split(/[ -]/).some((word) => word.startsWith(words))) return 1;
    if (leaf.label.includes(words)) return 2;
    return leaf.description.toLowerCase().includes(words) ? 3 : 4;
  };
  return leaves().map((leaf) => ({ leaf, rank: rank(leaf) })).filter((one) => one.rank < 4)
    .sort((a, b) => a.rank - b.rank).map((one) => one.leaf);
}

/** The command that a text begins with, if the command's name is complete, and what follows it. */
function splitCommand(text) {
  const leaf = leaves().filter((one) => text === one.label || text.startsWith(`${one.label} `))
    .sort((a, b) => b.label.length - a.label.length)[0];
  return leaf ? { leaf, rest: text.slice(leaf.label.length).trim() } : null;
}

/** `reason:we tried it due:2 weeks` as options; words before the first name belong to the first option. */
function parseOptions(leaf, text) {
  const values = new Map();
  const names = leaf.options.map((option) => option.name);
  let name = names[0];
  for (const word of text.split(/(?<=\s)/)) {
    const begin = /^([\w-]+):/.exec(word);
    if (begin && names.includes(begin[1])) {
      name = begin[1];
      values.set(name, word.slice(begin[0].length));
    } else if (name !== undefined) {
      values.set(name, (values.get(name) ?? '') + word);
    }
  }
  return new Map([...values].map(([key, value]) => [key, value.trim()]).filter(([, value]) => value));
}

function onInput() {
  showError('');
  autosize(ui.input);
  const text = ui.input.value;
  if (!text.startsWith('/') || text.includes('\n')) {
    hideCompletion();
    return;
  }
  const whole = splitCommand(text);
  if (whole && text.length > whole.leaf.label.length) {
    enterCommand(whole.leaf, parseOptions(whole.leaf, whole.rest));
    return;
  }
  const found = matchingLeaves(text);
  const title = found.length ? 'Commands' : app.commands.length ? 'No such command' : 'No commands yet: the app has not registered any';
  showCompletion(ui.input, title, found.map((leaf) => ({
    label: leaf.label, description: leaf.description, pick: () => enterCommand(leaf),
  })), 0);
}

function autosize(node) {
  if (node.tagName !== 'TEXTAREA') return;
  node.style.setProperty('height', 'auto');
  node.style.setProperty('height', `${Math.min(node.scrollHeight + 2, 180)}px`);
}

function showError(text) {
  ui.error.textContent = text;
  ui.error.hidden = !text;
}

/** Types a command for somebody who pressed a tip or a command in a text. */
function typeCommand(text) {
  closePanels();
  if (ui.composer.classList.contains('off')) {
    toast('Open a channel or a post first.');
    return;
  }
  leaveCommand();
  const whole = splitCommand(text.trim());
  if (whole) {
    enterCommand(whole.leaf, parseOptions(whole.leaf, whole.rest));
    return;
  }
  ui.input.value = text;
  ui.input.focus();
  onInput();
}

// --- A command and its fields ---

function enterCommand(leaf, values = new Map(), { focus = true } = {}) {
  hideCompletion();
  showError('');
  composer.leaf = leaf;
  composer.fields = [];
  ui.input.value = '';
  ui.input.hidden = true;
  ui.command.hidden = false;
  ui.command.dataset.command = leaf.label;
  ui.commandName.textContent = leaf.label;
  ui.commandDescription.textContent = leaf.description;
  ui.fields.replaceChildren();
  const begin = leaf.options.filter((option) => option.required || values.has(option.name));
  // With nothing required, the first option is the likeliest; left empty it is not sent.
  if (!begin.length && leaf.options.length) begin.push(leaf.options[0]);
  for (const option of begin) addField(option, values.get(option.name));
  drawMore();
  if (!focus) return;
  const first = composer.fields.find((field) => !field.input.value) ?? composer.fields.at(-1);
  (first?.input ?? ui.send).focus();
}

/** Back to plain text; `keep` leaves the command's name in the box. */
function leaveCommand(keep = false) {
  if (!composer.leaf) return;
  const label = composer.leaf.label;
  hideCompletion();
  composer.leaf = null;
  composer.fields = [];
  composer.escapeArmed = false;
  ui.command.hidden = true;
  ui.fields.replaceChildren();
  ui.input.hidden = false;
  ui.input.value = keep ? label : '';
  showError('');
  autosize(ui.input);
}

function drawMore() {
  const shown = composer.fields.map((field) => field.option.name);
  const rest = composer.leaf.options.filter((option) => !shown.includes(option.name));
  ui.more.replaceChildren(...rest.map((option) => h('button', {
    type: 'button', class: 'chip', 'data-add-option': option.name, title: option.description,
    onclick: () => {
      addField(option).input.focus();
      drawMore();
    },
  }, `+ ${option.name}`)));
  ui.more.hidden = !rest.length;
}

function addField(option, value) {
  const id = `option-${option.name}`;
  const fixed = fixedItems(option);
  const free = !fixed && !option.autocomplete;
  const field = { option, fixed, bound: null, timer: null, asked: 0 };
  field.input = h(free && option.type === OptionType.string ? 'textarea' : 'input', {
    id, dir: 'auto', autocomplete: 'off', rows: free && option.type === OptionType.string ? '1' : undefined,
    required: option.required, 'aria-describedby': `${id}-hint ${id}-error`,
    inputmode: option.type === OptionType.integer && free ? 'numeric' : undefined,
    ...(!free && { role: 'combobox', 'aria-autocomplete': 'list', 'aria-expanded': 'false', 'aria-controls': 'completion-list' }),
  });
  field.error = h('p', { id: `${id}-error`, class: 'field-error', hidden: true });
  field.node = h('div', { class: 'option', 'data-option': option.name },
    h('label', { for: id }, option.name, option.required ? h('span', { class: 'needed' }, ' needed') : ''),
    field.input,
    !option.required && h('button', { type: 'button', class: 'icon-button', 'aria-label': `Remove ${option.name}`, onclick: () => removeField(field) },
      h('span', { 'aria-hidden': 'true' }, '×')),
    h('p', { id: `${id}-hint`, class: 'quiet hint' }, option.description ?? ''),
    field.error);
  field.input.addEventListener('input', () => {
    field.bound = null;
    composer.escapeArmed = false;
    // An option of the platform is one line: what is pasted with several becomes one.
    if (/[\r\n]/.test(field.input.value)) field.input.value = field.input.value.replace(/\s*[\r\n]+\s*/g, ' ');
    setFieldError(field, '');
    if (!field.input.value.trim()) field.input.value = ''; // the space after `name:`
    if (jumpToNamed(field)) return;
    autosize(field.input);
    suggest(field);
  });
  field.input.addEventListener('focus', () => suggest(field));
  field.input.addEventListener('click', () => completion.owner !== field.input && suggest(field));
  field.input.addEventListener('blur', () => {
    clearTimeout(field.timer);
    if (completion.owner === field.input) hideCompletion();
  });
  field.input.addEventListener('keydown', (event) => fieldKey(field, event));
  composer.fields.push(field);
  ui.fields.append(field.node);
  if (value) setField(field, value);
  autosize(field.input);
  return field;
}

/** `value` is a text, or {value, label} of something that was chosen. */
function setField(field, value) {
  field.bound = typeof value === 'string' ? null : value;
  field.input.value = typeof value === 'string' ? value : value.label;
}

/** Who types `reason: we tried it due:` goes on in the field of that name, as in the real client. */
function jumpToNamed(field) {
  const match = /(^|\s)([\w-]+):$/.exec(field.input.value);
  const option = match && composer.leaf.options.find((one) => one.name === match[2]);
  if (!option) return false;
  const shown = composer.fields.find((one) => one.option === option);
  const before = field.input.value.slice(0, match.index);
  if (shown === field ? before.trim() : shown?.input.value) return false; // a word of the text, not a name
  field.input.value = before;
  autosize(field.input);
  const next = shown ?? addField(option);
  drawMore();
  next.input.focus();
  return true;
}

function removeField(field) {
  const at = composer.fields.indexOf(field);
  composer.fields.splice(at, 1);
  field.node.remove();
  drawMore();
  (composer.fields[Math.max(0, at - 1)]?.input ?? ui.send).focus();
}

/** What can be chosen without asking the app; null for free text. */
function fixedItems(option) {
  if (option.choices?.length) return option.choices.map((choice) => ({ value: choice.value, label: choice.name }));
  const as = (type) => selectItems({ type, channel_types: option.channel_types });
  switch (option.type) {
    case OptionType.boolean: return [{ value: true, label: 'True', description: 'yes' }, { value: false, label: 'False', description: 'no' }];
    case OptionType.user: return as(ComponentType.userSelect);
    case OptionType.role: return as(ComponentType.roleSelect);
    case OptionType.mentionable: return as(ComponentType.mentionableSelect);
    case OptionType.channel: return as(ComponentType.channelSelect);
    default: return null;
  }
}

function suggest(field) {
  const typed = field.bound ? '' : field.input.value.trim().toLowerCase().replace(/^[@#]/, '');
  if (field.fixed) {
    const found = field.fixed.filter((item) => `${item.label} ${item.description ?? ''}`.toLowerCase().includes(typed));
    const startsFirst = (item) => (item.label.toLowerCase().replace(/^[@#↳▤] ?/, '').startsWith(typed) ? 0 : 1);
    if (typed) found.sort((a, b) => startsFirst(a) - startsFirst(b));
    const sure = typed || (field.option.required && !field.bound);
    offer(field, found.length ? field.option.name : 'Nothing fits', found, sure ? 0 : -1);
  } else if (field.option.autocomplete) {
    askChoices(field);
  }
}

function offer(field, title, items, active) {
  showCompletion(field.input, title, items.map((item) => ({
    ...item,
    pick: (key) => {
      setField(field, { value: item.value, label: item.label });
      setFieldError(field, '');
      hideCompletion();
      const next = composer.fields[composer.fields.indexOf(field) + 1];
      if (next && (key === 'Tab' || !next.input.value)) next.input.focus();
    },
  })), active);
}

/** Asks the app for choices, a moment after the last key; an old list is never chosen from by Enter. */
function askChoices(field) {
  clearTimeout(field.timer);
  if (completion.owner === field.input) {
    completion.active = -1;
    markActive();
  }
  const asked = (field.asked += 1);
  const typed = field.bound ? field.bound.value : field.input.value;
  field.timer = setTimeout(async () => {
    const leaf = composer.leaf;
    if (!leaf) return;
    const options = Object.fromEntries(composer.fields.filter((one) => one.input.value)
      .map((one) => [one.option.name, one.bound ? one.bound.value : one.input.value]));
    options[field.option.name] = String(typed ?? '');
    let answer;
    try {
      answer = await post('autocomplete', { channel: view.channel, command: leaf.command, sub: leaf.sub, focused: field.option.name, text: options[field.option.name], options });
    } catch (error) {
      answer = { error: error.message };
    }
    if (asked !== field.asked || document.activeElement !== field.input) return;
    if (answer.error) {
      showCompletion(field.input, 'No suggestions now. You can type it.', [], -1);
      return;
    }
    const items = (answer.choices ?? []).map((choice) => ({ value: choice.value, label: choice.name }));
    offer(field, items.length ? field.option.name : 'No suggestions', items, String(typed ?? '').trim() && !field.bound ? 0 : -1);
  }, AUTOCOMPLETE_DELAY_MS);
}

function fieldKey(field, event) {
  if (completionKey(event) || event.isComposing) return;
  if (event.key === 'Enter') {
    event.preventDefault();
    sendCommand();
  } else if (event.key === 'Backspace' && !field.input.value) {
    event.preventDefault();
    if (!field.option.required && composer.fields.length > 1) {
      removeField(field);
    } else if (composer.fields.every((one) => !one.input.value)) {
      leaveCommand(true);
      ui.input.focus();
      onInput();
    }
  }
}

/** Escape leaves the command; with something typed, it asks for a second Escape. */
function commandEscape(event) {
  if (event.key !== 'Escape' || !composer.leaf || event.defaultPrevented) return;
  event.preventDefault();
  if (composer.fields.some((field) => field.input.value) && !composer.escapeArmed) {
    composer.escapeArmed = true;
    showError('Press Escape once more to discard this command.');
    return;
  }
  leaveCommand();
  ui.input.focus();
}

function setFieldError(field, text) {
  field.error.textContent = text;
  field.error.hidden = !text;
  if (text) field.input.setAttribute('aria-invalid', 'true');
  else field.input.removeAttribute('aria-invalid');
}

/** The value of a field as the platform wants it: {value}, {skip} or {error}. */
function readField({ option, fixed, bound, input }) {
  const text = input.value.trim();
  if (!text) return option.required ? { error: 'This is needed.' } : { skip: true };
  if (bound) return { value: bound.value };
  if (fixed) {
    const same = (word) => String(word ?? '').toLowerCase().replace(/^[@#↳▤] ?/, '') === text.toLowerCase().replace(/^[@#] ?/, '');
    const match = fixed.find((item) => same(item.label) || same(item.value) || same(item.description === 'yes' || item.description === 'no' ? item.description : null)
      || same(app.people.get(item.value)?.name));
    return match ? { value: match.value } : { error: 'Choose one from the list.' };
  }
  if (option.type === OptionType.integer || option.type === OptionType.number) {
    const whole = option.type === OptionType.integer;
    if (!(whole ? /^[+-]?\d{1,16}$/ : /^[+-]?\d*\.?\d+$/).test(text)) return { error: whole ? 'A whole number is needed.' : 'A number is needed.' };
    const value = Number(text);
    if (option.min_value !== undefined && value < option.min_value) return { error: `At least ${option.min_value}.` };
    if (option.max_value !== undefined && value > option.max_value) return { error: `At most ${option.max_value}.` };
    return { value };
  }
  const length = [...text].length;
  if (option.min_length && length < option.min_length) return { error: `At least ${plural(option.min_length, 'character')}, this is ${length}.` };
  if (option.max_length && length > option.max_length) return { error: `At most ${plural(option.max_length, 'character')}, this is ${length}.` };
  return { value: text };
}

async function sendCommand() {
  const leaf = composer.leaf;
  if (!leaf) return;
  hideCompletion();
  const options = {};
  let wrong = null;
  for (const field of composer.fields) {
    const read = readField(field);
    setFieldError(field, read.error ?? '');
    if (read.error) wrong ??= field;
    else if (!read.skip) options[field.option.name] = read.value;
  }
  if (wrong) {
    wrong.input.focus();
    hideCompletion();
    return;
  }
  const draft = currentDraft();
  const typed = draft.values.size > 0;
  leaveCommand();
  ui.input.focus();
  await sending(draft, () => ask('command', { command: leaf.command, sub: leaf.sub, options },
    (text) => showNotice(text, typed ? () => useDraft(draft) : null)));
}

async function sendText() {
  const text = ui.input.value.trim();
  if (!text) return;
  if (text.startsWith('/')) {
    const whole = splitCommand(text);
    if (whole) enterCommand(whole.leaf, parseOptions(whole.leaf, whole.rest));
    else showError(`There is no command ${text.split(/\s/)[0]}. Type / to see them all.`);
    return;
  }
  const length = [...text].length;
  if (length > MESSAGE_LIMIT) {
    showError(`A message has at most ${MESSAGE_LIMIT} characters; this one has ${length}.`);
    return;
  }
  const draft = currentDraft();
  ui.input.value = '';
  autosize(ui.input);
  await sending(draft, () => post('message', { channel: view.channel, text }));
}

/** The box is free again at once; what could not be sent comes back into it, or waits beside it if it is in use. */
async function sending(draft, work) {
  const place = draftKey();
  showError('');
  try {
    await work();
  } catch (error) {
    const free = draftKey() === place && !composer.leaf && !ui.input.value && !ui.form.open;
    if (free) {
      useDraft(draft);
      hideCompletion();
      showError(error.message);
    } else {
      showNotice(error.message, () => useDraft(draft));
    }
  }
}

function composerKey(event) {
  if (completionKey(event) || event.isComposing) return;
  if (event.key === 'Enter' && !event.shiftKey) {
    event.preventDefault();
    sendText();
  }
}

// --- What was typed and not sent ---

const draftKey = () => `${app.me}:${view.channel}`;

function currentDraft() {
  return {
    text: ui.input.value,
    label: composer.leaf?.label,
    values: new Map(composer.fields.filter((field) => field.input.value).map((field) => [field.option.name, field.bound ?? field.input.value])),
  };
}

function stashDraft() {
  if (!view.channel) return;
  const draft = currentDraft();
  if (draft.text || draft.label) composer.drafts.set(draftKey(), draft);
  else composer.drafts.delete(draftKey());
}

function takeDraft() {
  useDraft(composer.drafts.get(draftKey()) ?? { text: '', values: new Map() }, { focus: false });
}

function useDraft(draft, { focus = true } = {}) {
  leaveCommand();
  hideCompletion();
  showError('');
  const leaf = draft.label && leaves().find((one) => one.label === draft.label);
  if (leaf) {
    enterCommand(leaf, draft.values, { focus });
    return;
  }
  ui.input.value = draft.text;
  autosize(ui.input);
  if (focus) ui.input.focus();
}

// ---------------------------------------------------------------------------------------------------------------------
// Forms (the platform's modals)
// ---------------------------------------------------------------------------------------------------------------------

const form = {
  /** The form that is open: {modal, inputs, problem, foot, sure, submit, busy}. */
  open: null,
};

/** The text inputs of a form, in order, whether they come in rows or with labels of their own. */
function formParts(components = []) {
  return components.flatMap((component) => {
    if (component.type === ComponentType.label) {
      return [{ ...component.component, label: component.label, description: component.description }];
    }
    return component.type === ComponentType.row ? component.components ?? [] : [component];
  });
}

function openForm(modal, { values = {}, error = '' } = {}) {
  closePopup(false);
  hideCompletion();
  const inputs = [];
  const parts = formParts(modal.components).map((part) => {
    if (part.type === ComponentType.text) return h('div', { class: 'content', dir: 'auto' }, markdown(part.content ?? ''));
    if (part.type !== ComponentType.textInput) return h('p', { class: 'quiet' }, 'This field cannot be shown in the local Discord.');
    const made = formInput(part, values[part.custom_id]);
    inputs.push(made);
    return made.node;
  });
  const problem = h('p', { class: 'form-error', role: 'alert', hidden: !error, dir: 'auto' }, error);
  const submit = h('button', { type: 'submit', class: 'button primary', id: 'form-submit' }, 'Submit');
  const foot = h('div', { class: 'form-foot' },
    h('button', { type: 'button', class: 'button secondary', id: 'form-cancel', onclick: leaveForm }, 'Cancel'), submit);
  const sure = h('div', { class: 'form-foot', role: 'alertdialog', 'aria-labelledby': 'form-sure', id: 'form-confirm', hidden: true },
    h('p', { id: 'form-sure' }, 'Discard what you typed?'),
    h('button', { type: 'button', class: 'button secondary', id: 'form-keep', onclick: keepWriting }, 'Keep writing'),
    h('button', { type: 'button', class: 'button danger', id: 'form-discard', onclick: discardForm }, 'Discard'));
  const body = h('form', { novalidate: true, onsubmit: (event) => {
    event.preventDefault();
    submitForm();
  } },
  h('div', { class: 'form-head' }, h('h2', { id: 'form-title', dir: 'auto' }, modal.title || 'Form'),
    h('button', { type: 'button', class: 'icon-button', 'aria-label': 'Close the form', onclick: leaveForm }, h('span', { 'aria-hidden': 'true' }, '×'))),
  h('div', { class: 'form-parts' }, parts), problem, foot, sure);
  form.open = { modal, inputs, problem, foot, sure, submit, busy: false };
  ui.form.dataset.customId = modal.custom_id ?? '';
  ui.form.replaceChildren(body);
  if (!ui.form.open) ui.form.showModal();
  inputs.forEach((input) => autosize(input.input));
  (inputs.find((input) => !input.input.value) ?? inputs[0])?.input.focus();
}

function formInput(part, value) {
  const id = `form-${part.custom_id}`;
  const long = part.style === PARAGRAPH_INPUT;
  const needed = part.required !== false; // the platform's default
  const input = h(long ? 'textarea' : 'input', {
    id, name: part.custom_id, 'data-custom-id': part.custom_id, dir: 'auto', type: long ? undefined : 'text', rows: long ? '4' : undefined,
    placeholder: part.placeholder, maxlength: part.max_length, minlength: part.min_length, required: needed, autocomplete: 'off',
    'aria-describedby': `${id}-hint ${id}-error`,
  });
  const initial = part.value ?? '';
  input.value = value ?? initial;
  const count = h('span', { class: 'count', 'aria-hidden': 'true' });
  const error = h('p', { id: `${id}-error`, class: 'field-error', hidden: true });
  const made = { part, input, initial, needed, error };
  const update = () => {
    const left = part.max_length ? part.max_length - input.value.length : Infinity;
    count.textContent = left <= Math.max(50, part.max_length * 0.1) ? `${left} left` : '';
  };
  input.addEventListener('input', () => {
    error.hidden = true;
    input.removeAttribute('aria-invalid');
    update();
  });
  update();
  made.node = h('div', { class: 'form-part' },
    h('label', { for: id, dir: 'auto' }, part.label ?? part.custom_id, needed && h('span', { class: 'needed' }, ' needed')),
    h('p', { id: `${id}-hint`, class: 'quiet hint', dir: 'auto' }, part.description ?? ''), input, count, error);
  return made;
}

function checkFormInput({ part, input, needed, error }) {
  const length = input.value.trim().length;
  let text = '';
  if (!length && needed) text = 'This is needed.';
  else if (length && part.min_length && length < part.min_length) text = `At least ${plural(part.min_length, 'character')}, this is ${length}.`;
  else if (part.max_length && input.value.length > part.max_length) text = `At most ${plural(part.max_length, 'character')}.`;
  error.textContent = text;
  error.hidden = !text;
  if (text) input.setAttribute('aria-invalid', 'true');
  return !text;
}

async function submitForm() {
  const open = form.open;
  if (!open || open.busy) return;
  const wrong = open.inputs.filter((input) => !checkFormInput(input));
  if (wrong.length) {
    wrong[0].input.focus();
    return;
  }
  const values = Object.fromEntries(open.inputs.map(({ part, input }) => [part.custom_id, input.value]));
  open.busy = true;
  open.problem.hidden = true;
  open.submit.setAttribute('aria-busy', 'true');
  try {
    await ask('modal', { modal: open.modal.id, values }, (text) => formFailed(open.modal, values, text));
    if (form.open === open) closeForm();
  } catch (error) {
    if (form.open === open) {
      open.problem.textContent = error.message;
      open.problem.hidden = false;
    }
  } finally {
    open.busy = false;
    open.submit.removeAttribute('aria-busy');
  }
}

/** The app did not answer a form: what was typed comes back, at once if nothing else is being typed. */
function formFailed(modal, values, text) {
  const reopen = () => openForm(modal, { values, error: text });
  if (form.open) showNotice(text, reopen);
  else reopen();
}

function leaveForm() {
  const open = form.open;
  const typed = open?.inputs.some(({ input, initial }) => input.value !== initial);
  if (!typed) {
    discardForm();
    return;
  }
  open.foot.hidden = true;
  open.sure.hidden = false;
  open.sure.querySelector('#form-keep').focus();
}

function keepWriting() {
  form.open.sure.hidden = true;
  form.open.foot.hidden = false;
  form.open.inputs[0]?.input.focus();
}

function discardForm() {
  const { modal } = form.open;
  closeForm();
  post('close_modal', { modal: modal.id }).catch(() => {
    // The server forgets a form by itself when the next one opens.
  });
}

function closeForm() {
  form.open = null;
  ui.form.close();
  ui.form.replaceChildren();
  // The dialog gave the focus back already, but with its own field gone Chromium is left without a caret, and keys
  // would go nowhere: a fresh focus sets one.
  document.activeElement?.blur();
  ui.input.focus();
}

/** Escape asks before it throws away what was typed; on that question it means "keep writing". */
function formEscape(event) {
  if (event.type === 'keydown' && event.key !== 'Escape') return;
  event.preventDefault();
  event.stopPropagation();
  if (!form.open) return;
  if (form.open.sure.hidden) leaveForm();
  else keepWriting();
}

// ---------------------------------------------------------------------------------------------------------------------
// The host: clock, its buttons, what to try; and who one is
// ---------------------------------------------------------------------------------------------------------------------

function drawClock() {
  const text = formatters.clock.format(hostNow());
  const node = $('host-clock');
  if (node.textContent === text) return;
  node.textContent = text;
  node.setAttribute('datetime', new Date(hostNow()).toISOString());
  node.title = `${formatters.F.format(hostNow())}: the demo’s clock. Every time on this page follows it.`;
}

function takeHost(host) {
  app.host = { ...app.host, ...host };
  const now = Date.parse(host?.now ?? '');
  if (Number.isFinite(now)) app.clockAhead = now - Date.now();
  drawHost();
  refreshTimes();
}

function drawHost() {
  $('host-title').textContent = app.host.title ?? '';
  const buttons = JSON.stringify(app.host.buttons ?? []);
  const box = $('host-buttons');
  if (box.dataset.drawn !== buttons) {
    box.dataset.drawn = buttons;
    box.replaceChildren(...(app.host.buttons ?? []).map((button) => h('button', {
      type: 'button', class: 'quiet-button', 'data-host-button': button.id, onclick: (event) => pressHost(event.currentTarget, button),
    }, button.label)));
  }
  const tips = JSON.stringify([app.host.tips ?? [], app.me]);
  if (ui.tipsList.dataset.drawn !== tips) {
    ui.tipsList.dataset.drawn = tips;
    ui.tipsList.replaceChildren(...(app.host.tips ?? []).map((tip) => h('div', { class: 'tip', dir: 'auto' }, markdown(tip, { tips: true }))));
  }
  const none = !(app.host.tips ?? []).length;
  $('tips-button').hidden = none;
  if (none) setTips(false, { remember: false });
}

async function pressHost(node, button) {
  if (node.getAttribute('aria-busy') === 'true') return;
  node.setAttribute('aria-busy', 'true');
  try {
    const answer = await post(`host/${encodeURIComponent(button.id)}`, {});
    if (answer.text) toast(answer.text);
  } catch (error) {
    toast(error.message, 'error');
  } finally {
    node.removeAttribute('aria-busy');
  }
}

function drawPerson() {
  const me = app.people.get(app.me);
  ui.person.replaceChildren(avatar(me), h('span', { class: 'two-lines' },
    h('span', {}, 'You are ', h('strong', { dir: 'auto' }, nameOf(me))),
    h('span', { class: 'quiet', dir: 'auto' }, me?.about ?? '')),
  h('span', { 'aria-hidden': 'true' }, '▾'), hiddenText(', become somebody else'));
  ui.person.dataset.me = app.me;
}

function choosePerson() {
  const people = [...app.people.values()].filter((person) => !person.bot);
  openChooser(ui.person, {
    label: 'Become',
    items: people.map((person) => {
      const waiting = person.id === app.me ? 0 : pingsOf(person.id).length;
      return { value: person.id, label: nameOf(person), description: [person.about, waiting && plural(waiting, 'new mention')].filter(Boolean).join(' · '), icon: avatar(person) };
    }),
    selected: [app.me],
    onDone: ([id]) => become(id),
  });
}

function become(id) {
  closePanels();
  if (id === app.me) return;
  const query = new URLSearchParams({ as: id });
  if (view.channel) query.set('channel', view.channel);
  location.hash = `#${query}`;
}

function drawBanner() {
  const words = stream.lost ? 'Connection lost. Trying again…'
    : app.bot && app.bot.online === false ? `${app.bot.name ?? 'The app'} is not connected: commands will not be answered.` : '';
  if (ui.banner.textContent !== words) ui.banner.textContent = words;
  ui.banner.hidden = !words;
}

// --- Drawers: the side bar on a phone, the tips where there is no room for them ---

function setDrawer(open) {
  document.body.classList.toggle('drawer-open', open);
  $('menu-button').setAttribute('aria-expanded', String(open));
  drawShade();
  if (open) ui.person.focus();
}

function setTips(open, { remember = true } = {}) {
  document.body.classList.toggle('tips-open', open);
  $('tips-button').setAttribute('aria-expanded', String(open));
  if (remember && roomForTips.matches) memory.write('tips', open);
  drawShade();
}

function drawShade() {
  const covers = (document.body.classList.contains('drawer-open') && narrow.matches)
    || (document.body.classList.contains('tips-open') && !roomForTips.matches);
  ui.shade.hidden = !covers;
}

/** Closes what lies over the messages; a tips panel that has its own room stays. */
function closePanels() {
  if (document.body.classList.contains('drawer-open')) setDrawer(false);
  if (!roomForTips.matches) setTips(false, { remember: false });
}

// ---------------------------------------------------------------------------------------------------------------------
// Live: the event stream
// ---------------------------------------------------------------------------------------------------------------------

const stream = { source: null, lost: false, retry: null, unseen: null, wait: 1000, queue: null };

function connect() {
  stream.source?.close();
  clearTimeout(stream.retry);
  const source = new EventSource(`/sim/api/events?${new URLSearchParams({ as: app.me })}`);
  stream.source = source;
  source.addEventListener('open', () => {
    if (source !== stream.source) return;
    stream.lost = false;
    stream.wait = 1000;
    drawBanner();
    synchronise();
  });
  source.addEventListener('error', () => {
    if (source !== stream.source) return;
    stream.lost = true;
    drawBanner();
    // The browser tries again by itself, unless the server refused outright.
    if (source.readyState === EventSource.CLOSED) {
      stream.retry = setTimeout(connect, stream.wait);
      stream.wait = Math.min(stream.wait * 2, 10_000);
    }
  });
  for (const [name, handle] of Object.entries(handlers)) {
    source.addEventListener(name, (event) => {
      if (source !== stream.source) return;
      let data;
      try {
        data = JSON.parse(event.data);
      } catch {
        return; // A half-sent event: the next synchronising brings what it said.
      }
      if (stream.queue) stream.queue.push(() => handle(data));
      else handle(data);
    });
  }
  seenOrNot(); // Also a tab that was opened behind another one.
}

/**
 * A browser has six connections to one address, for all its tabs together, and each page that listens holds one. So a page
 * that is left lets go of it at once, and a tab that nobody looks at after a while; whoever comes back to it reads everything
 * again.
 */
function letGo() {
  clearTimeout(stream.unseen);
  clearTimeout(stream.retry);
  stream.source?.close();
  stream.source = null;
}

function seenOrNot() {
  clearTimeout(stream.unseen);
  if (document.hidden) stream.unseen = setTimeout(letGo, UNSEEN_MS);
  else if (!stream.source && app.me) connect();
}

/**
 * Reads everything again, after each (re)connection. Events that arrive meanwhile wait, so that an older answer cannot
 * overwrite a newer event.
 */
async function synchronise() {
  const queue = (stream.queue = []);
  try {
    const state = await get('state', { as: app.me });
    takeState(state);
    // A form that came while the connection was lost.
    if (state.modals?.length && !form.open) handlers.modal(state.modals.at(-1));
    await openChannel(app.channels.has(view.channel) ? view.channel : homeChannel(), { keepPlace: true });
  } catch (error) {
    toast(error.message, 'error');
  } finally {
    if (stream.queue === queue) {
      stream.queue = null;
      for (const apply of queue) apply();
    }
  }
}

/** A change to the open channel's messages waits while they are loading. */
function inOpenChannel(channelId, apply) {
  if (channelId !== view.channel) return;
  if (view.held) view.held.push(apply);
  else apply();
}

const handlers = {
  message(message) {
    rememberPings(message);
    const channel = app.channels.get(message.channel_id);
    if (!channel) {
      refreshState();
    } else if (!isEphemeral(message) && compareIds(message.id, channel.last_message_id) > 0) {
      channel.last_message_id = message.id;
    }
    inOpenChannel(message.channel_id, () => putMessage(message));
    if (channel) tellOfAnswerAbove(message);
    markRead();
    drawChannels();
  },
  message_update(message) {
    inOpenChannel(message.channel_id, () => {
      // An edit of something that this person never saw (or dismissed) is no new message.
      if (view.nodes.has(message.id)) putMessage(message);
    });
  },
  message_delete({ id, channel_id: channelId }) {
    inOpenChannel(channelId ?? view.channel, () => removeMessage(id));
  },
  channel(channel) {
    if (channel.deleted) app.channels.delete(channel.id);
    else app.channels.set(channel.id, { ...app.channels.get(channel.id), ...channel });
    if (channel.id === view.channel) {
      if (channel.deleted) goTo(homeChannel());
      else drawHeading(app.channels.get(channel.id));
    }
    if (app.channels.get(view.channel)?.type === ChannelType.forum && channel.parent_id === view.channel) drawLog();
    // The link under a card shows how much was said in its thread.
    const at = view.messages.findIndex((message) => message.thread?.id === channel.id);
    if (at >= 0 && channel.message_count !== undefined && view.messages[at].thread.message_count !== channel.message_count) {
      view.messages[at].thread = { ...view.messages[at].thread, name: channel.name, message_count: channel.message_count };
      redraw(at);
    }
    drawChannels();
  },
  commands(commands) {
    app.commands = Array.isArray(commands) ? commands : commands.commands ?? [];
  },
  modal(modal) {
    if (performance.now() - lastAskedAt < FORM_WAIT_MS) openForm(modal);
  },
  interaction_failed({ id, text }) {
    const tell = () => {
      const onFailure = asked.get(id); // none: another tab of this person asked
      asked.delete(id);
      onFailure?.(text || 'The application did not respond');
    };
    if (asked.has(id)) tell();
    else setTimeout(tell, OVERTAKING_MS);
  },
  host: takeHost,
  bot(bot) {
    app.bot = { ...app.bot, ...bot };
    drawBanner();
  },
};

let refreshing = null;
/** Something came for a channel that we do not know yet. Several at once are one question. */
function refreshState() {
  clearTimeout(refreshing);
  refreshing = setTimeout(async () => {
    try {
      takeState(await get('state', { as: app.me }));
    } catch {
      // The next event or reconnection asks again.
    }
  }, 100);
}

function takeState(state) {
  app.me = typeof state.me === 'object' && state.me ? state.me.id : state.me;
  app.people = new Map((state.people ?? []).map((person) => [person.id, person]));
  app.guild = { roles: [], ...state.guild };
  app.channels = new Map((state.channels ?? []).map((channel) => [channel.id, channel]));
  app.commands = state.commands ?? [];
  app.bot = state.bot ?? null;
  $('guild-name').textContent = app.guild.name || 'Local Discord';
  rememberBaseline();
  takeHost(state.host ?? {});
  drawPerson();
  drawChannels();
  drawBanner();
}

/** Where one begins: the first text channel. */
function homeChannel() {
  const all = [...app.channels.values()];
  return (all.find((one) => one.type === ChannelType.text) ?? all[0])?.id ?? null;
}

// ---------------------------------------------------------------------------------------------------------------------
// Start, and following the address
// ---------------------------------------------------------------------------------------------------------------------

async function followAddress() {
  const address = readAddress();
  closePopup(false);
  if (address.as && address.as !== app.me) {
    await switchTo(address);
    return;
  }
  closePanels();
  let channel = address.channel ?? homeChannel();
  if (!app.channels.has(channel)) {
    toast(`${personName(app.me)} cannot see that place.`);
    channel = app.channels.has(view.channel) ? view.channel : homeChannel();
    history.replaceState(null, '', placeHref(channel));
  }
  if (channel) await openChannel(channel, { message: address.message });
}

/** Becomes the person of an address, and opens its place if they can see it. */
async function switchTo({ as, channel, message }) {
  stashDraft();
  let state;
  try {
    state = await get('state', as ? { as } : {});
  } catch (error) {
    if (!app.me) throw error;
    toast(error.message, 'error');
    history.replaceState(null, '', placeHref(view.channel));
    return;
  }
  view.channel = null;
  leaveCommand();
  takeState(state);
  // Direct messages are one's own: the next person lands at home instead, without a word about it.
  const place = app.channels.has(channel) ? channel : homeChannel();
  history.replaceState(null, '', placeHref(place, place === channel ? message : null));
  if (place) await openChannel(place, { message: place === channel ? message : null });
  connect();
}

async function start() {
  const address = readAddress();
  try {
    await switchTo(address);
  } catch {
    // A person of an older demo, or a server that is still starting.
    try {
      await switchTo({ ...address, as: null });
    } catch (error) {
      ui.banner.textContent = `${error.message} Trying again…`;
      ui.banner.hidden = false;
      setTimeout(start, 1500);
      return;
    }
  }
  if (!narrow.matches) ui.input.focus();
}

function globalKey(event) {
  if (event.defaultPrevented || ui.form.open) return;
  if (event.altKey && (event.key === 'ArrowUp' || event.key === 'ArrowDown')) {
    event.preventDefault();
    stepChannel(event.key === 'ArrowUp' ? -1 : 1);
  } else if (event.key === 'Escape') {
    const back = document.body.classList.contains('drawer-open') ? $('menu-button') : $('tips-button');
    if (!ui.shade.hidden) {
      closePanels();
      back.focus();
    }
  } else if (event.key === '/' && !event.ctrlKey && !event.metaKey && !event.target.closest('input, textarea, [role="listbox"]')) {
    event.preventDefault();
    if (composer.leaf) return composer.fields[0]?.input.focus();
    ui.input.focus();
    if (!ui.input.value) ui.input.value = '/';
    onInput();
  }
}

/** Only the message one is at has its menu button in the tab order: a long log is not a hundred stops. */
function oneMenuStop(event) {
  for (const button of ui.log.querySelectorAll('.more[tabindex="0"]')) button.tabIndex = -1;
  const more = event.target.closest?.('.message')?.querySelector('.more');
  if (more) more.tabIndex = 0;
}

ui.input.addEventListener('input', onInput);
ui.input.addEventListener('keydown', composerKey);
ui.input.addEventListener('blur', () => completion.owner === ui.input && hideCompletion());
ui.input.addEventListener('focus', () => ui.input.value.startsWith('/') && onInput());
ui.composer.addEventListener('submit', (event) => {
  event.preventDefault();
  if (composer.leaf) sendCommand();
  else sendText();
});
ui.composer.addEventListener('keydown', commandEscape);
$('command-leave').addEventListener('click', () => {
  leaveCommand();
  ui.input.focus();
});
$('skip').addEventListener('click', (event) => {
  event.preventDefault();
  (composer.fields[0]?.input ?? ui.input).focus();
});
ui.form.addEventListener('keydown', formEscape);
ui.form.addEventListener('cancel', formEscape);
ui.log.addEventListener('keydown', logKey);
ui.log.addEventListener('focusin', oneMenuStop);
let logHeight = 0;
ui.log.addEventListener('scroll', () => {
  // A change of the log's height scrolls it too; that is not the reader going elsewhere.
  if (ui.log.clientHeight !== logHeight) return;
  following = atEnd();
  if (following) ui.jump.hidden = true;
}, { passive: true });
new ResizeObserver(() => {
  logHeight = ui.log.clientHeight;
  if (following) scrollToEnd();
}).observe(ui.log);
ui.jump.addEventListener('click', () => {
  scrollToEnd();
  ui.log.focus({ preventScroll: true });
});
ui.person.addEventListener('click', choosePerson);
$('menu-button').addEventListener('click', () => setDrawer(!document.body.classList.contains('drawer-open')));
$('tips-button').addEventListener('click', () => {
  const open = !document.body.classList.contains('tips-open');
  setTips(open);
  if (open) $('tips-close').focus();
});
$('tips-close').addEventListener('click', () => {
  setTips(false);
  $('tips-button').focus();
});
ui.shade.addEventListener('click', closePanels);
narrow.addEventListener('change', closePanels);
roomForTips.addEventListener('change', () => setTips(roomForTips.matches && memory.read('tips', true), { remember: false }));
// A link to the place where one already is changes no address: it is followed all the same.
document.addEventListener('click', (event) => {
  const anchor = event.target.closest?.('a[href^="#as="]');
  if (anchor && anchor.getAttribute('href') === location.hash && !event.ctrlKey && !event.metaKey) followAddress();
});
document.addEventListener('keydown', globalKey);
document.addEventListener('visibilitychange', seenOrNot);
window.addEventListener('pagehide', letGo);
window.addEventListener('pageshow', seenOrNot);
document.addEventListener('visibilitychange', () => {
  if (document.visibilityState !== 'visible' || !app.me) return;
  markRead();
  drawChannels();
});
window.addEventListener('storage', () => app.me && drawChannels());
window.addEventListener('hashchange', followAddress);
setInterval(refreshTimes, 5000);

setTips(roomForTips.matches && memory.read('tips', true), { remember: false });
start();
