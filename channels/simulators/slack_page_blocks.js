"use strict";
// Slack's text and Block Kit as HTML. Every word is escaped before it becomes part of the page.
const escape = (text) => String(text ?? "").replace(/[&<>"']/g, (one) => `&#${one.charCodeAt(0)};`);
const plain = (text) => String(text ?? "").replace(/&lt;/g, "<").replace(/&gt;/g, ">").replace(/&amp;/g, "&");
const EMOJI = { "+1": "👍", thumbsup: "👍", "-1": "👎", thumbsdown: "👎", eyes: "👀", tada: "🎉", wave: "👋", memo: "📝",
  warning: "⚠️", white_check_mark: "✅", hourglass: "⌛", hourglass_flowing_sand: "⏳", lock: "🔒", page_facing_up: "📄",
  speech_balloon: "💬", raising_hand: "🙋", bulb: "💡", link: "🔗", x: "❌", robot_face: "🤖", information_source: "ℹ️" };
const drawn = (paths) => `<svg viewBox="0 0 24 24" width="18" height="18" fill="none" stroke="currentColor" stroke-width="1.8" stroke-linecap="round" stroke-linejoin="round" aria-hidden="true">${paths}</svg>`;
const THUMB = '<path d="M7 11v9H4v-9zM7 11l4-8c1.700 0 2.500 1 2.300 2.600L12.800 9H19c1.200 0 2 1 1.800 2.200l-1.200 7c-.2 1-1 1.800-2 1.800H7"/>';
const ICON = { bell: drawn('<path d="M4 18h16M6 18a6 7 0 0 1 12 0M12 11V8M10 7h4"/>'), up: drawn(THUMB), down: drawn(`<g transform="rotate(180 12 12)">${THUMB}</g>`),
  clip: drawn('<path d="M20 11l-8.500 8.500a5 5 0 0 1-7-7L13 4a3.300 3.300 0 0 1 4.700 4.700l-8.200 8.200a1.600 1.600 0 0 1-2.400-2.300L15 7"/>'), talk: drawn('<path d="M4 5h16v11H10l-4 4v-4H4z"/>'),
  pen: drawn('<path d="M4 20l1-4L16 5l3 3L8 19zM14 7l3 3"/>'), bin: drawn('<path d="M5 7h14M9 7V4h6v3M7 7l1 13h8l1-13"/>'), eye: drawn('<path d="M2 12s4-6 10-6 10 6 10 6-4 6-10 6S2 12 2 12z"/><circle cx="12" cy="12" r="2.500"/>'), send: drawn('<path d="M4 12l16-8-6 16-3-7z"/>') };
const emoji = (name) => EMOJI[name] || `:${name}:`;

function link(url, words) {
  return /^(https?:|mailto:)/i.test(url) ? `<a href="${escape(url)}" target="_blank" rel="noreferrer noopener">${escape(words || url)}</a>` : escape(words || url);
}

function token(inner, names) {
  const [head, words] = inner.split("|");
  if (head[0] === "@") return `<span class="mention">@${escape(names[head.slice(1)] || words || head.slice(1))}</span>`;
  if (head[0] === "#") return `<span class="mention">#${escape(words || names[head.slice(1)] || head.slice(1))}</span>`;
  if (head[0] === "!") return `<span class="mention">@${escape(words || head.slice(1).split("^")[0])}</span>`;
  return link(head, words && plain(words));
}

// Words with marks around them; `held` keeps finished HTML out of the way of the marks.
function marked(text, rules, held) {
  const keep = (html) => `\uE000${held.push(html) - 1}\uE001`;
  let out = text.replace(/```\n?([\s\S]*?)```/g, (_, code) => keep(`<pre><code>${escape(code)}</code></pre>`));
  out = out.replace(/`([^`\n]+)`/g, (_, code) => keep(`<code>${escape(code)}</code>`));
  if (rules === "markdown") {
    out = out.replace(/\[([^\]\n]+)\]\(([^)\s]+)\)/g, (_, words, url) => keep(link(url, words)));
    out = out.replace(/(?<![\w"(=])https?:\/\/[^\s<>)]+/g, (url) => keep(link(url)));
  }
  out = escape(out);
  out = rules === "markdown"
    ? out.replace(/(\*\*|__)(?=\S)([\s\S]+?)(?<=\S)\1/g, "<b>$2</b>").replace(/(?<![\w*])[*_](?=\S)([^*_\n]+?)(?<=\S)[*_](?![\w*])/g, "<i>$1</i>").replace(/~~(.+?)~~/g, "<s>$1</s>")
    : out.replace(/(?<![\w*])\*(?=\S)([^*\n]+?)(?<=\S)\*(?![\w*])/g, "<b>$1</b>").replace(/(?<![\w_])_(?=\S)([^_\n]+?)(?<=\S)_(?![\w_])/g, "<i>$1</i>").replace(/(?<![\w~])~(?=\S)([^~\n]+?)~(?!\w)/g, "<s>$1</s>");
  return out.replace(/:([a-z0-9_+-]+):/g, (all, name) => EMOJI[name] || all);
}

// Lines as paragraphs, lists, quotes and headings.
function lines(html, rules) {
  const out = [];
  let open = "";
  const turn = (kind) => { if (open !== kind) { if (open) out.push(`</${open}>`); if (kind) out.push(`<${kind}>`); open = kind; } };
  for (const line of html.split("\n")) {
    const bullet = /^\s*(?:[-*•])\s+(.*)$/.exec(line), number = /^\s*\d+[.)]\s+(.*)$/.exec(line);
    const quote = /^&#62;\s?(.*)$/.exec(line), heading = rules === "markdown" && /^#{1,6}\s+(.*)$/.exec(line);
    if (bullet) { turn("ul"); out.push(`<li>${bullet[1]}</li>`); }
    else if (number && rules === "markdown") { turn("ol"); out.push(`<li>${number[1]}</li>`); }
    else if (quote) { turn("blockquote"); out.push(`<div>${quote[1]}</div>`); }
    else if (heading) { turn(""); out.push(`<h4>${heading[1]}</h4>`); }
    else { turn(""); out.push(line.trim() ? `<div>${line}</div>` : '<div class="gap"></div>'); }
  }
  turn("");
  return out.join("");
}

const restore = (html, held) => html.replace(/\uE000(\d+)\uE001/g, (_, at) => held[at]);

function mrkdwn(text, names) {
  const held = [];
  const kept = String(text ?? "").replace(/<([^<>]+)>/g, (_, inner) => `\uE000${held.push(token(inner, names)) - 1}\uE001`);
  return restore(lines(marked(plain(kept), "mrkdwn", held), "mrkdwn"), held);
}

function markdown(text) {
  const held = [];
  return restore(lines(marked(String(text ?? ""), "markdown", held), "markdown"), held);
}

const textOf = (text, names) => !text ? "" : text.type === "plain_text" ? escape(text.text).replace(/:([a-z0-9_+-]+):/g, (all, name) => EMOJI[name] || all) : mrkdwn(text.text, names);

function rich(element, names) {
  const inside = () => (element.elements || []).map((one) => rich(one, names)).join("");
  const style = element.style && typeof element.style === "object" ? element.style : {};
  const styled = (html) => { let out = html; if (style.code) out = `<code>${out}</code>`; if (style.bold) out = `<b>${out}</b>`; if (style.italic) out = `<i>${out}</i>`; if (style.strike) out = `<s>${out}</s>`; return out; };
  switch (element.type) {
    case "text": return styled(escape(element.text).replace(/\n/g, "<br>"));
    case "link": return styled(link(element.url, element.text));
    case "user": return `<span class="mention">@${escape(names[element.user_id] || element.user_id)}</span>`;
    case "channel": return `<span class="mention">#${escape(names[element.channel_id] || element.channel_id)}</span>`;
    case "emoji": return escape(emoji(element.name));
    case "rich_text_list": { const tag = element.style === "ordered" ? "ol" : "ul"; return `<${tag}>${(element.elements || []).map((one) => `<li>${rich(one, names)}</li>`).join("")}</${tag}>`; }
    case "rich_text_quote": return `<blockquote>${inside()}</blockquote>`;
    case "rich_text_preformatted": return `<pre><code>${inside()}</code></pre>`;
    default: return `<div>${inside()}</div>`;
  }
}

const optionsOf = (element) => element.options || (element.option_groups || []).flatMap((group) => group.options);

// A thing to click or to choose from; `place` is the message's ts, `home` or `modal`.
function element(one, place, names, block, users) {
  const at = `data-place="${escape(place)}" data-action="${escape(one.action_id)}"`;
  const button = (kind, words, value, more = "") => `<button type="button" class="${kind}" ${at} data-do="click"${value === undefined ? "" : ` data-value="${escape(value)}"`}${more}>${words}</button>`;
  if (one.type === "button") {
    const kind = one.style === "primary" ? "act primary" : one.style === "danger" ? "act danger" : "act";
    const more = (one.url ? ` data-url="${escape(one.url)}"` : "") + (one.confirm ? ` data-confirm="${escape(one.confirm.text?.text)}"` : "") + (one.accessibility_label ? ` aria-label="${escape(one.accessibility_label)}"` : "");
    return button(kind, textOf(one.text, names), one.value, more);
  }
  if (one.type === "feedback_buttons") return [["positive", ICON.up], ["negative", ICON.down]].map(([end, sign]) => {
    const words = one[`${end}_button`];
    return button("icon", sign, words.value ?? end, ` title="${escape(words.text?.text)}" aria-label="${escape(words.accessibility_label || words.text?.text)}"`);
  }).join("");
  if (one.type === "icon_button") return button("icon", one.icon === "trash" ? ICON.bin : escape(one.icon), one.value, ` aria-label="${escape(one.text?.text)}"`);
  if (one.type === "overflow" || /select$/.test(one.type)) {
    const options = one.type === "users_select" ? users.map((user) => ({ value: user.id, text: { text: user.real_name } })) : optionsOf(one);
    const first = one.initial_option?.value ?? one.initial_user ?? "";
    return `<select ${at} data-do="choose" name="${escape(one.action_id)}" aria-label="${escape(one.placeholder?.text || "Choose")}"><option value="">${escape(one.placeholder?.text || (one.type === "overflow" ? "⋯" : "Choose…"))}</option>${options.map((option) => `<option value="${escape(option.value)}"${option.value === first ? " selected" : ""}>${escape(option.text.text)}</option>`).join("")}</select>`;
  }
  if (one.type === "radio_buttons" || one.type === "checkboxes") {
    const kind = one.type === "checkboxes" ? "checkbox" : "radio", first = [one.initial_option, ...(one.initial_options || [])].filter(Boolean).map((option) => option.value);
    return `<div class="options" role="group">${optionsOf(one).map((option) => `<label><input type="${kind}" ${at} data-do="choose" name="${escape(one.action_id)}" value="${escape(option.value)}"${first.includes(option.value) ? " checked" : ""}> ${textOf(option.text, names)}</label>`).join("")}</div>`;
  }
  if (one.type === "image") return `<span class="image">${escape(one.alt_text)}</span>`;
  const value = escape(one.initial_value ?? one.initial_date ?? "");
  const shared = `name="${escape(one.action_id)}" placeholder="${escape(one.placeholder?.text)}" maxlength="${one.max_length || 3000}" id="f-${escape(block)}"`;
  return one.multiline ? `<textarea rows="5" ${shared}>${value}</textarea>` : `<input type="${one.type === "datepicker" ? "date" : one.type === "number_input" ? "number" : "text"}" value="${value}" ${shared}>`;
}

const TASKS = { pending: "○", in_progress: "◐", complete: "✓", error: "✕" };

function block(one, place, context) {
  const { names, users, errors = {} } = context;
  const make = (part) => element(part, place, names, one.block_id, users);
  switch (one.type) {
    case "section": return `<div class="section"><div>${textOf(one.text, names)}${one.fields ? `<div class="fields">${one.fields.map((field) => `<div>${textOf(field, names)}</div>`).join("")}</div>` : ""}</div>${one.accessory ? make(one.accessory) : ""}</div>`;
    case "header": return `<h3>${textOf(one.text, names)}</h3>`;
    case "divider": return "<hr>";
    case "context": return `<div class="context">${one.elements.map((part) => part.type === "image" ? make(part) : `<span>${textOf(part, names)}</span>`).join("")}</div>`;
    case "markdown": return `<div class="words">${markdown(one.text)}</div>`;
    case "rich_text": return `<div class="words">${one.elements.map((part) => rich(part, names)).join("")}</div>`;
    case "actions": case "context_actions": return `<div class="${one.type === "actions" ? "actions" : "actions small"}">${one.elements.map(make).join("")}</div>`;
    case "input": return `<div class="field"><label for="f-${escape(one.block_id)}">${textOf(one.label, names)}${one.optional ? ' <span class="soft">(optional)</span>' : ""}</label>${make(one.element)}${one.hint ? `<p class="soft">${textOf(one.hint, names)}</p>` : ""}${errors[one.block_id] ? `<p class="wrong" role="alert">${escape(errors[one.block_id])}</p>` : ""}</div>`;
    case "task_card": return `<div class="task ${escape(one.status)}"><span aria-hidden="true">${TASKS[one.status] || "○"}</span> ${escape(one.title)}</div>`;
    case "plan": return `<div class="context"><b>${escape(one.title)}</b></div>`;
    case "image": return `<div class="image">${escape(one.alt_text)}</div>`;
    default: return `<div class="context">[${escape(one.type)}]</div>`;
  }
}
