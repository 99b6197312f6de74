"use strict";
// The shell of the page: it shows the state that the server holds, and sends what its user does.
const $ = (id) => document.getElementById(id);
const seen = {}, drafts = {};
let state = null, team = "", user = localStorage.getItem("sim-user") || "ana", channel = "", thread = "", tab = "messages", panel = "", modalKey = "", homeKey = "", wanted = "";

document.documentElement.dataset.theme = localStorage.getItem("sim-theme") || (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light");

async function send(act, said) {
  if (said.user && state) said = { ...said, user: state.me };
  const answer = await fetch("page/act", { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify({ act, ...said }) });
  const body = await answer.json();
  if (body.error) { toast(body.error); return null; }
  return body.done ?? true;
}

function toast(words) {
  $("toast").textContent = words; $("toast").hidden = false;
  clearTimeout(toast.timer); toast.timer = setTimeout(() => { $("toast").hidden = true; }, 5000);
}

let isLoading = false, isStale = false;
async function load() {
  if (isLoading) { isStale = true; return; }
  isLoading = true;
  try {
    do {
      isStale = false;
      const answer = await fetch(`page/state?${new URLSearchParams({ user, team })}`);
      if (!answer.ok) { user = "ana"; isStale = true; continue; }
      state = await answer.json();
      draw();
    } while (isStale);
  } catch { toast("The simulator does not answer."); } finally { isLoading = false; }
}

const here = () => state.channels.find((one) => one.id === channel) || state.channels[0];
const isDirect = () => here().kind === "im";
const names = () => Object.fromEntries([...state.users.map((one) => [one.id, one.name]), ...state.channels.map((one) => [one.id, one.name])]);
const latest = (one) => one.messages.length ? one.messages[one.messages.length - 1].ts : "0";

function draw() {
  if (!state.channels.some((one) => one.id === channel)) channel = (state.channels.find((one) => one.kind === "im") || state.channels[0]).id;
  drawSide(); drawHead(); drawMessages(); drawThread(); drawHome(); drawModal(); drawFoots(); drawPanel();
}

function drawSide() {
  $("team").textContent = state.team.name;
  $("teams").hidden = state.teams.length < 2;
  put($("teams"), state.teams.map((one) => `<option value="${one.id}">${escape(one.name)}</option>`).join("")); $("teams").value = state.team.id;
  document.title = `${isDirect() ? "Frontdesk" : "#" + here().name} · simulated Slack`;
  const people = state.users.filter((one) => !one.bot).map((one) => `<option value="${one.name}"${one.id === state.me ? " selected" : ""}>${escape(one.real_name)}${one.guest ? " (guest)" : ""}</option>`).join("");
  put($("user"), people); $("user").value = user;
  seen[user + channel] = latest(here());
  const item = (one) => {
    const isNew = one.id !== channel && latest(one) > (seen[user + one.id] || "0") && one.messages.some((each) => each.ts > (seen[user + one.id] || "0") && each.user !== state.me);
    return `<li><button type="button" data-channel="${one.id}"${one.id === channel ? ' aria-current="page"' : ""}>${one.kind === "im" ? `${ICON.bell} Frontdesk` : `# ${escape(one.name)}`}${isNew ? '<span class="dot" title="unread"></span>' : ""}</button></li>`;
  };
  put($("channels"), state.channels.filter((one) => one.kind !== "im").map(item).join(""));
  put($("apps"), state.channels.filter((one) => one.kind === "im").map(item).join(""));
  const armed = state.faults.length + state.event_faults.length + (state.limits ? 1 : 0);
  $("armed").hidden = !armed; $("armed").textContent = ` ${armed}`;
}

function put(node, html) { if (node.dataset.html !== html) { node.dataset.html = html; node.innerHTML = html; } }

function drawHead() {
  $("title").textContent = isDirect() ? "Frontdesk" : `# ${here().name}`;
  $("tabs").hidden = !isDirect();
  for (const one of $("tabs").children) one.setAttribute("aria-selected", one.dataset.tab === tab);
  const isHome = isDirect() && tab === "home";
  $("home").hidden = !isHome; $("list").hidden = isHome; $("foot").hidden = isHome;
  const last = state.deliveries[state.deliveries.length - 1];
  const isDown = last && !(last.status >= 200 && last.status < 300) && !state.event_faults.length;
  $("trouble").hidden = !isDown;
  if (isDown) $("trouble").textContent = last.status ? `The desk answered the last event with ${last.status}.` : `The desk at ${state.desk} did not answer (${last.reason}). Is it running?`;
}

function message(one, place) {
  const who = state.users.find((each) => each.id === one.user) || { real_name: "?", name: "?" };
  const time = new Date(parseFloat(one.ts) * 1000).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });
  const context = { names: names(), users: state.users };
  const isOwn = one.user === state.me;
  const body = one.blocks && one.blocks.length ? one.blocks.map((part) => block(part, one.ts, context)).join("") : one.text ? `<div class="words">${mrkdwn(one.text, context.names)}</div>` : "";
  const files = (one.files || []).map((file) => `<a class="file" href="page/file/${file.user_team}/${file.id}" download="${escape(file.name)}">${ICON.clip} ${escape(file.title)} <span class="soft">${Math.ceil(file.size / 1024)} kB</span></a>`).join("");
  const reactions = (one.reactions || []).map((each) => `<span class="tag">${escape(emoji(each.name))} ${each.count}</span>`).join("");
  const replies = place === "list" && !isDirect() && one.reply_count ? `<button type="button" class="replies" data-thread="${one.ts}">${one.reply_count} ${one.reply_count === 1 ? "reply" : "replies"} · view thread</button>` : "";
  const tools = one.is_ephemeral ? "" : `<div class="tools">${place === "list" ? `<button type="button" data-thread="${one.thread_ts || one.ts}" aria-label="Reply in thread" title="Reply in thread">${ICON.talk}</button>` : ""}${isOwn ? `<button type="button" data-edit="${one.ts}" aria-label="Edit" title="Edit">${ICON.pen}</button><button type="button" data-remove="${one.ts}" aria-label="Delete" title="Delete">${ICON.bin}</button>` : ""}</div>`;
  const isNested = place === "list" && isDirect() && one.thread_ts && one.thread_ts !== one.ts;
  return `<article class="message${one.is_ephemeral ? " only" : ""}${isNested ? " nested" : ""}${one.streaming_state === "in_progress" ? " growing" : ""}" data-ts="${one.ts}">
    <span class="face ${one.bot_id ? "bot" : ""}" aria-hidden="true">${one.bot_id ? ICON.bell : escape(who.real_name[0])}</span><div class="body">
    ${one.is_ephemeral ? `<p class="soft">${ICON.eye} Only visible to you</p>` : ""}<p class="by"><b>${escape(who.real_name)}</b>${one.bot_id ? '<span class="tag">app</span>' : ""}<time>${time}</time>${one.edited ? '<span class="soft">(edited)</span>' : ""}</p>
    ${body}${files}${reactions}${replies}</div>${tools}</article>`;
}

// Draw a list of keyed pieces; a piece that did not change keeps its node, and the end stays in sight.
function drawList(node, pieces) {
  const isAtEnd = node.scrollHeight - node.scrollTop - node.clientHeight < 90;
  const old = new Map([...node.children].map((one) => [one.dataset.key, one]));
  let at = null;
  for (const [key, html] of pieces) {
    let one = old.get(key);
    if (!one || one.source !== html) {
      const shell = document.createElement("div"); shell.dataset.key = key; shell.source = html; shell.innerHTML = html;
      if (one) one.replaceWith(shell);
      one = shell;
    }
    old.delete(key);
    const next = at ? at.nextSibling : node.firstChild;
    if (next !== one) node.insertBefore(one, next);
    at = one;
  }
  for (const one of old.values()) one.remove();
  if (isAtEnd) node.scrollTop = node.scrollHeight;
}

function status(ts) {
  return state.statuses.filter((one) => one.channel === channel && (!ts || one.thread_ts === ts)).map((one) => [`s${one.thread_ts}`, `<p class="thinking" role="status"><span class="pulse" aria-hidden="true"></span>Frontdesk ${escape(one.status)}</p>`]);
}

function drawMessages() {
  const all = here().messages, roots = all.filter((one) => isDirect() || !one.thread_ts || one.thread_ts === one.ts || one.is_ephemeral || one.subtype === "thread_broadcast");
  // In direct messages an answer stands below its question.
  const order = isDirect() ? [...roots].sort((a, b) => (a.thread_ts || a.ts).localeCompare(b.thread_ts || b.ts) || a.ts.localeCompare(b.ts)) : roots;
  const empty = isDirect() ? state.team.installed ? "<h2>Frontdesk</h2><p>Write to the desk as a customer or colleague would.</p>" : "<h2>Frontdesk</h2><p>The app is not installed in this team. Open the desk’s install page to add it.</p>" : here().has_bot ? `<h2># ${escape(here().name)}</h2><p>Nothing here yet. Mention <b>@frontdesk</b> to ask it something.</p>` : `<h2># ${escape(here().name)}</h2><p>The app is not in this channel, so it hears nothing here.</p><button type="button" class="act primary" data-invite>Add Frontdesk</button>`;
  const pieces = order.map((one) => [one.ts, message(one, "list")]);
  drawList($("list"), pieces.length ? [...pieces, ...status("").filter(([key]) => isDirect() || key !== `s${thread}`)] : [["empty", `<div class="empty">${empty}</div>`]]);
  if (wanted && !isDirect() && (status(wanted).length || all.some((one) => one.thread_ts === wanted && one.ts !== wanted))) { thread = wanted; wanted = ""; }
}

function drawThread() {
  const found = thread ? here().messages.filter((one) => one.ts === thread || one.thread_ts === thread) : [];
  $("thread").hidden = !found.length || (isDirect() && tab === "home");
  if (found.length) drawList($("replies"), [...found.map((one) => [one.ts, message(one, "thread")]), ...status(thread)]);
}

function drawHome() {
  const view = state.home, key = `${user}${view ? view.hash : ""}`;
  if (key === homeKey) return;
  homeKey = key;
  $("home").innerHTML = view ? view.blocks.map((part) => block(part, "home", { names: names(), users: state.users })).join("") : '<div class="empty"><h2>Nothing here yet</h2><p>The app has not published a home tab for you.</p></div>';
}

function drawModal() {
  const view = state.view, key = view ? `${user}${view.id}${view.hash}${JSON.stringify(view.errors || {})}` : "";
  if (key === modalKey) return;
  const typed = view && modalKey.startsWith(user + view.id + view.hash) ? values() : {};
  modalKey = key;
  if (!view) { $("modal").close(); return; }
  const context = { names: names(), users: state.users, errors: view.errors };
  $("modal").innerHTML = `<form id="form" novalidate><header class="bar"><h2 id="modaltitle">${textOf(view.title, {})}</h2><button type="button" data-close aria-label="Close">✕</button></header>
    <div class="scroll">${view.blocks.map((part) => block(part, "modal", context)).join("")}</div><footer class="actions"><button type="button" class="act" data-close>${view.close ? textOf(view.close, {}) : "Close"}</button>${view.submit ? `<button class="act primary">${textOf(view.submit, {})}</button>` : ""}</footer></form>`;
  for (const [name, value] of Object.entries(typed)) for (const field of $("form").elements) if (field.name === name) { if (field.type === "radio" || field.type === "checkbox") field.checked = [].concat(value).includes(field.value); else field.value = value; }
  if (!$("modal").open) $("modal").showModal();
}

function values() {
  const out = {};
  for (const field of $("form") ? $("form").elements : []) {
    if (!field.name) continue;
    if (field.type === "checkbox") { if (field.checked) (out[field.name] ||= []).push(field.value); }
    else if (field.type === "radio") { if (field.checked) out[field.name] = field.value; }
    else if (field.value) out[field.name] = field.value;
  }
  return out;
}

function drawFoots() {
  foot($("foot"), "words", isDirect() ? "Message Frontdesk" : `Message #${here().name}`, "");
  if (thread) foot($("replyfoot"), "reply", "Reply…", thread);
  const prompts = isDirect() ? state.prompts.filter((one) => one.channel === channel).pop() : null;
  const box = $("foot").querySelector(".prompts");
  const isFresh = prompts && !(here().messages.filter((one) => one.user === state.me).length > 3);
  put(box, !here().has_bot && here().messages.length ? '<p class="soft">The app is not in this channel.</p><button type="button" class="act" data-invite>Add Frontdesk</button>' : isFresh ? `${prompts.title ? `<p class="soft">${escape(prompts.title)}</p>` : ""}${prompts.prompts.map((one) => `<button type="button" class="act" data-prompt="${escape(one.message)}" data-in="${escape(prompts.thread_ts)}">${escape(one.title)}</button>`).join("")}` : "");
}

function foot(node, id, placeholder, ts) {
  if (!node.firstChild) {
    node.innerHTML = `<div class="prompts"></div><form class="composer" data-for="${id}"><div class="chips"></div><textarea id="${id}" rows="1" autocomplete="off"></textarea>
      <div class="row"><button type="button" data-file aria-label="Attach a file" title="Attach a file">${ICON.clip}</button><button type="button" data-at aria-label="Mention Frontdesk" title="Mention Frontdesk">@</button><button type="button" data-slash aria-label="Slash command" title="Slash command">/</button><span class="hint soft">Enter sends · Shift+Enter: new line</span><button class="act primary" aria-label="Send">${ICON.send}</button></div><input type="file" hidden></form>`;
  }
  const box = $(id), key = `${user}${channel}${ts}`;
  box.placeholder = placeholder; box.setAttribute("aria-label", placeholder);
  if (box.dataset.key !== key) { if (box.dataset.key) drafts[box.dataset.key] = box.value; box.dataset.key = key; box.value = drafts[key] || ""; grow(box); }
}

function grow(box) { box.style.height = "auto"; box.style.height = `${Math.min(box.scrollHeight, 180)}px`; }

function drawPanel() {
  $("panel").hidden = !panel;
  if (panel && !($("panel").contains(document.activeElement) && /INPUT|SELECT/.test(document.activeElement.tagName) && $("panel").dataset.kind === panel)) { put($("panel"), panelHtml(panel, state)); $("panel").dataset.kind = panel; }
}

async function post(form) {
  const box = form.querySelector("textarea"), picked = form.querySelector("input[type=file]"), text = box.value.trim();
  const ts = form.dataset.for === "reply" ? thread : "";
  if (!text && !picked.files.length) return;
  box.value = ""; drafts[box.dataset.key] = ""; grow(box);
  const place = { user: state.me, channel };
  if (picked.files.length) {
    const file = picked.files[0];
    const asked = new URLSearchParams({ ...place, name: file.name, text, thread_ts: ts });
    const answer = await fetch(`page/upload?${asked}`, { method: "POST", headers: { "Content-Type": "application/x-simulated-upload" }, body: file });
    if (!answer.ok) toast((await answer.json()).error);
    picked.value = ""; form.querySelector(".chips").textContent = "";
  } else if (text.startsWith("/")) {
    const [command, ...rest] = text.split(" ");
    await send("command", { ...place, command, text: rest.join(" ") });
  } else {
    const posted = await send("say", { ...place, text, ...(ts ? { thread_ts: ts } : {}) });
    if (posted && !ts && !isDirect()) wanted = posted;
    if (!posted) { box.value = text; grow(box); }
  }
  const list = ts ? $("replies") : $("list");
  list.scrollTop = list.scrollHeight;
}

function go(id) {
  channel = id; thread = ""; wanted = ""; tab = "messages"; openSide(false); draw();
  $("list").scrollTop = $("list").scrollHeight;
  if (isDirect()) send("home", { user, tab });
  if (matchMedia("(min-width: 701px)").matches) $("words").focus();
}

function openSide(isOpen) { $("side").classList.toggle("open", isOpen); $("menu").setAttribute("aria-expanded", isOpen); }

document.addEventListener("click", async (event) => {
  const at = event.target.closest("button, [data-do]");
  if (!at) return;
  const data = at.dataset;
  if (data.do === "click") {
    if (data.confirm && !window.confirm(data.confirm)) return;
    if (data.url && /^https?:/.test(data.url)) window.open(data.url, "_blank", "noopener");
    at.classList.add("pressed");
    await send("click", { user, ts: data.place, action_id: data.action, value: data.value ?? null });
  } else if (data.channel) go(data.channel);
  else if (data.tab) { tab = data.tab; send("home", { user, tab }); draw(); }
  else if ("panel" in data) { panel = panel === data.panel ? "" : data.panel; openSide(false); draw(); }
  else if (data.thread) { thread = data.thread; draw(); $("reply").focus(); }
  else if (data.prompt) await send("say", { user, channel, text: data.prompt, ...(data.in ? { thread_ts: data.in } : {}) });
  else if ("invite" in data) await send("invite", { user, channel });
  else if ("limits" in data) await send("limits", {});
  else if ("clear" in data) await send("clear", {});
  else if (data.remove) await send("remove", { user, channel, ts: data.remove });
  else if (data.edit) { const old = here().messages.find((one) => one.ts === data.edit); const text = window.prompt("Edit your message", plain(old.text)); if (text) await send("edit", { user, channel, ts: data.edit, text }); }
  else if ("close" in data) await send("close", { user });
  else if ("file" in data) at.closest("form").querySelector("input[type=file]").click();
  else if ("at" in data || "slash" in data) { const box = at.closest("form").querySelector("textarea"); box.value = "at" in data ? `${box.value}@frontdesk ` : `${state.commands[0]} ${box.value}`; box.focus(); }
  else if (at.id === "leave") { thread = ""; draw(); $("words").focus(); }
  else if (at.id === "menu") openSide(!$("side").classList.contains("open"));
  else if (at.id === "theme") { const root = document.documentElement; root.dataset.theme = root.dataset.theme === "dark" ? "light" : "dark"; localStorage.setItem("sim-theme", root.dataset.theme); }
});

document.addEventListener("change", async (event) => {
  const at = event.target;
  if (at.id === "teams") { team = at.value; channel = ""; thread = ""; homeKey = ""; await load(); }
  else if (at.id === "user") { user = at.value; localStorage.setItem("sim-user", user); channel = ""; thread = ""; homeKey = ""; await load(); if (isDirect()) send("home", { user, tab }); }
  else if (at.type === "file") at.closest("form").querySelector(".chips").textContent = at.files.length ? `With ${at.files[0].name}` : "";
  else if (at.dataset.do === "choose" && at.dataset.place !== "modal" && at.value) await send("choose", { user, ts: at.dataset.place, action_id: at.dataset.action, value: at.value });
});

document.addEventListener("submit", async (event) => {
  event.preventDefault();
  const form = event.target;
  if (form.id === "form") await send("submit", { user, values: values() });
  else if (form.dataset.form) { const said = faultOf(form); document.activeElement.blur(); await send(said.act, said); load(); }
  else await post(form);
});

document.addEventListener("input", (event) => { if (event.target.closest(".composer")) grow(event.target); });
$("modal").addEventListener("cancel", (event) => { event.preventDefault(); send("close", { user }); });

document.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && !event.shiftKey && !event.isComposing && event.target.closest?.(".composer textarea")) { event.preventDefault(); post(event.target.closest("form")); }
  else if (event.key === "Escape" && !$("modal").open) { if (panel) panel = ""; else thread = ""; openSide(false); if (state) draw(); }
  else if (event.altKey && (event.key === "ArrowDown" || event.key === "ArrowUp")) {
    event.preventDefault();
    const all = [...document.querySelectorAll("[data-channel]")].map((one) => one.dataset.channel);
    go(all[(all.indexOf(channel) + (event.key === "ArrowDown" ? 1 : all.length - 1)) % all.length]);
  }
});

load().then(() => {
  if (isDirect()) send("home", { user, tab });
  new EventSource("page/changes").onmessage = load;
});
