"use strict";
const el = (id) => document.getElementById(id);
const QUICK = ["STOP", "START", "HELP", "MORE", "1", "2"];
const TICKS = { queued: "Sending", accepted: "Sending", sending: "Sending", sent: "✓ Sent", received: "✓ Sent",
  delivered: "✓✓ Delivered", read: "✓✓ Read", undelivered: "Not delivered", failed: "Failed" };
const FIRST = "+15005550177";
const seen = { phones: JSON.parse(localStorage.getItem("phones") || `["${FIRST}"]`), state: null, files: [],
  drawn: "" };

const channel = () => document.querySelector("[name=channel]:checked").value;
const addressed = (number) => (channel() === "sms" ? number : `${channel()}:${number}`);

function make(name, more = {}, ...children) {
  const node = Object.assign(document.createElement(name), more);
  node.append(...children);
  return node;
}

function notice(words) {
  el("notice").textContent = words;
  el("notice").hidden = !words;
  clearTimeout(notice.timer);
  notice.timer = setTimeout(() => { el("notice").hidden = true; }, 6000);
}

async function ask(path, body) {
  const answer = await fetch(path, body === undefined ? {} : { method: "POST", body: JSON.stringify(body),
    headers: { "Content-Type": "application/json" } });
  const said = await answer.json();
  if (!answer.ok) throw new Error(said.error || `The simulator answered ${answer.status}.`);
  return said;
}

function drawPhones() {
  const chosen = el("phone").value || seen.phones[0];
  const bare = (address) => address.split(":").pop();
  for (const text of seen.state ? seen.state.texts : []) {
    const phone = bare(text.is_mine ? text.from : text.to);
    if (!seen.phones.includes(phone)) seen.phones.push(phone);
  }
  if (el("phone").options.length !== seen.phones.length) {
    el("phone").replaceChildren(...seen.phones.map((each) => new Option(each, each)));
    el("phone").value = chosen;
  }
}

function withLinks(words) {
  return words.split(/(https?:\/\/[^\s<>"]+)/).map((piece, place) => (place % 2
    ? make("a", { href: piece, target: "_blank", rel: "noopener noreferrer", textContent: piece }) : piece));
}

function bubble(text) {
  const media = text.media.map((each) => (each.is_image
    ? make("img", { src: each.url, alt: "Attached picture" })
    : make("a", { href: each.url, target: "_blank", rel: "noopener noreferrer", textContent: `📎 ${each.content_type}` })));
  const at = new Date(text.at * 1000).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });
  const error = text.error ? ` · error ${text.error}` : "";
  const parts = `${text.parts} part${text.parts > 1 ? "s" : ""}`;
  const meta = make("div", { className: text.error ? "meta trouble" : "meta",
    textContent: `${at} · ${parts} · ${TICKS[text.status] || text.status}${error}` });
  const line = make("li", { className: [text.is_mine ? "mine" : "theirs",
    text.error ? "lost" : text.has_arrived ? "" : "pending"].join(" ") },
    make("div", { className: "bubble" }, ...media, ...withLinks(text.body)), meta);
  line.dataset.sid = text.sid;
  return line;
}

function drawThread() {
  const phone = addressed(el("phone").value);
  const number = addressed(el("number").value);
  const texts = seen.state.texts.filter((text) => (text.is_mine
    ? text.from === phone && text.to === number : text.to === phone && text.from === number));
  const drawn = JSON.stringify([phone, number, texts]);
  if (drawn === seen.drawn) return;
  seen.drawn = drawn;
  const thread = el("thread");
  const isAtEnd = thread.scrollHeight - thread.scrollTop - thread.clientHeight < 80;
  thread.replaceChildren(...texts.map(bubble));
  el("empty").hidden = texts.length > 0;
  if (isAtEnd) thread.scrollTop = thread.scrollHeight;
}

function drawFaults() {
  if (!el("faults").childElementCount) {
    const groups = new Map(seen.state.faults.map((fault) => [fault.part, make("div", {}, make("h3", { textContent: fault.part }))]));
    for (const fault of seen.state.faults) {
      const box = make("input", { type: "checkbox", value: fault.name });
      box.addEventListener("change", () => ask("simulator/faults", { name: fault.name, times: box.checked ? null : 0 })
        .catch((error) => notice(error.message)));
      const words = fault.does[0].toUpperCase() + fault.does.slice(1);
      groups.get(fault.part).append(make("label", {}, box, make("span", { textContent: words })));
    }
    el("faults").replaceChildren(...groups.values());
  }
  for (const box of el("faults").querySelectorAll("input")) {
    box.checked = seen.state.faults.find((fault) => fault.name === box.value).left !== 0;
  }
}

function draw() {
  if (!seen.state) return;
  document.body.dataset.channel = channel();
  if (!el("number").options.length) {
    el("number").replaceChildren(...seen.state.numbers.map((each) => new Option(each, each)));
    el("number").disabled = seen.state.numbers.length < 2;
  }
  drawPhones();
  drawThread();
  drawFaults();
  const lines = seen.state.events.map((each) => make("li",
    { className: each.is_trouble ? "trouble" : "", textContent: each.words }));
  el("log").replaceChildren(...(lines.length ? lines
    : [make("li", { textContent: "Nothing yet: calls of the API and webhooks appear here." })]));
}

let asking = false;
let again = false;
async function refresh() {
  if (asking) { again = true; return; }
  asking = true;
  try {
    do { again = false; seen.state = await ask("simulator/state"); draw(); } while (again);
    el("connection").textContent = "";
  } catch {
    el("connection").textContent = "The simulator does not answer. Is it still running?";
  } finally { asking = false; }
}

function listen() {
  const events = new EventSource("simulator/events");
  events.onmessage = refresh;
  events.onerror = () => { el("connection").textContent = "The simulator does not answer. Is it still running?"; };
}

async function weigh() {
  const text = el("body").value;
  if (!text) { el("count").textContent = ""; return; }
  const counted = await ask("simulator/segments", { text }).catch(() => null);
  if (counted && text === el("body").value) {
    el("count").textContent = `${counted.units} ${counted.encoding === "GSM-7" ? "septets" : "units"} · `
      + `${counted.encoding} · ${counted.parts} part${counted.parts > 1 ? "s" : ""}`;
  }
}

function drawFiles() {
  el("files").replaceChildren(...seen.files.map((file) => {
    const button = make("button", { type: "button", textContent: `${file.name} ✕`, title: "Remove" });
    button.addEventListener("click", () => { seen.files = seen.files.filter((each) => each !== file); drawFiles(); });
    return make("li", {}, button);
  }));
}

const encoded = (file) => new Promise((done, failed) => {
  const reader = new FileReader();
  reader.onload = () => done({ content_type: file.type || "application/octet-stream",
    base64: reader.result.slice(reader.result.indexOf(",") + 1) });
  reader.onerror = () => failed(new Error(`${file.name} can't be read.`));
  reader.readAsDataURL(file);
});

async function send(body, files = []) {
  if (!body.trim() && !files.length) return;
  try {
    const media = await Promise.all(files.map(encoded));
    el("thread").scrollTop = el("thread").scrollHeight;
    await ask("simulator/texts", { from: el("phone").value, to: el("number").value, body, channel: channel(), media });
  } catch (error) { notice(error.message || "The text was not sent."); }
}

async function submit() {
  const body = el("body").value;
  const files = seen.files;
  el("body").value = "";
  seen.files = [];
  drawFiles();
  weigh();
  grow();
  el("body").focus();
  await send(body, files);
}

function grow() {
  el("body").style.height = "auto";
  el("body").style.height = `${el("body").scrollHeight + 2}px`;
}

el("composer").addEventListener("submit", (event) => { event.preventDefault(); submit(); });
el("body").addEventListener("keydown", (event) => {
  if (event.key === "Enter" && !event.shiftKey && !event.isComposing) { event.preventDefault(); submit(); }
});
el("body").addEventListener("input", () => { grow(); weigh(); });
window.addEventListener("resize", grow);
el("file").addEventListener("change", () => {
  seen.files.push(...el("file").files);
  el("file").value = "";
  drawFiles();
});
el("phone").addEventListener("change", draw);
el("number").addEventListener("change", draw);
el("channels").addEventListener("change", draw);
el("add").addEventListener("click", () => {
  const last = Math.max(...seen.phones.map((each) => Number(each.slice(1))));
  seen.phones.push(`+${last + 1}`);
  localStorage.setItem("phones", JSON.stringify(seen.phones));
  drawPhones();
  el("phone").value = seen.phones.at(-1);
  draw();
  el("body").focus();
});
el("more").addEventListener("click", () => {
  const isShown = document.body.classList.toggle("shows-side");
  el("more").setAttribute("aria-expanded", String(isShown));
  el("more").textContent = isShown ? "Back to the phone" : "Faults and log";
});
el("quick").replaceChildren(...QUICK.map((words) => {
  const button = make("button", { type: "button", textContent: words });
  button.addEventListener("click", () => send(words));
  return button;
}));
drawPhones();
refresh();
listen();
