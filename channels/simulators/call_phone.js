"use strict";
const el = (id) => document.getElementById(id);
const KEYS = "123456789*0#";
const NO_MICROPHONE = { NotAllowedError: "The microphone was refused: type what you say, or allow it and call again.",
  NotFoundError: "There is no microphone here: type what you say." };
const seen = { state: null, socket: null, sound: null, stream: null, phase: "idle", began: 0, by: "", sid: "",
  connected: [], said: [], armed: new Set(), heard: 0, spoken: 0 };

function make(name, more = {}, ...children) {
  const node = Object.assign(document.createElement(name), more);
  node.append(...children);
  return node;
}

function notice(words) {
  el("notice").textContent = words;
  el("notice").hidden = !words;
  clearTimeout(notice.timer);
  notice.timer = setTimeout(() => { el("notice").hidden = true; }, 8000);
}

function tell(message) {
  if (seen.socket && seen.socket.readyState === WebSocket.OPEN) seen.socket.send(JSON.stringify(message));
}

// What is said, oldest first: typed words, what the desk understood and answered, the carrier, texts.
function withLinks(words) {
  return words.split(/(https?:\/\/[^\s<>"]+)/).map((piece, place) => (place % 2
    ? make("a", { href: piece, target: "_blank", rel: "noopener noreferrer", textContent: piece }) : piece));
}

function spoken(line) {
  if (line.heard === undefined || line.heard === null || line.heard.trim() === line.text.trim()) {
    return withLinks(line.text);
  }
  const heard = line.heard.trim();
  const rest = line.text.trim().startsWith(heard) ? line.text.trim().slice(heard.length) : line.text;
  return [heard, make("s", { className: "cut", textContent: rest, title: "not heard" })];
}

function drawThread() {
  const thread = el("thread");
  const isAtEnd = thread.scrollHeight - thread.scrollTop - thread.clientHeight < 80;
  thread.replaceChildren(...seen.said.map((line) => make("li",
    { className: `${line.who === "caller" ? "mine" : "theirs"} ${line.kind || ""}` },
    make("div", { className: "bubble" }, ...spoken(line)),
    make("div", { className: "how", textContent: line.how || "" }))));
  el("empty").hidden = seen.said.length > 0;
  el("empty-first").textContent = seen.phase === "idle" ? "Call the desk." : "Listen: the desk greets you.";
  if (isAtEnd) thread.scrollTop = thread.scrollHeight;
}

function caption(line) {
  const known = line.id && seen.said.find((each) => each.id === line.id);
  if (known) Object.assign(known, line);
  else if (line.text) seen.said.push(line);
  drawThread();
}

function understood(event) {
  caption({ id: `${event.id}?`, who: "caller", text: event.asked, how: "as the desk heard it" });
  caption({ id: event.id, who: "desk", text: event.answer, how: "answer" });
}

function transcript(lines) {
  if (!lines.length) return;
  const how = (line) => (line.kind === "keys" ? "keys" : line.who === "caller" ? "as the desk heard it" : "desk");
  // Each talk counts its seconds anew; a call that broke and was connected again has several.
  let talk = 0;
  const kept = lines.map((line, place) => {
    if (place && line.at_s < lines[place - 1].at_s) talk += 1;
    return { ...line, at_s: line.at_s + (seen.connected[talk] ?? 0), how: how(line) };
  });
  const heard = new Set(kept.filter((line) => line.who === "caller").map((line) => line.text));
  const own = seen.said.filter((line) => line.kind === "text" || (line.how === "typed" && !heard.has(line.text)));
  seen.said = [...own, ...kept].sort((one, other) => one.at_s - other.at_s);
  drawThread();
}

function log(event) {
  const line = make("li", { className: event.kind === "fault" ? "trouble" : "" },
    make("span", { className: "at", textContent: `${event.at_s.toFixed(2)} ` }), `${event.who} ${event.what}`);
  line.dataset.kind = event.kind;
  line.hidden = event.kind === "mark" && !el("marks").checked;
  const isAtEnd = el("log").scrollHeight - el("log").scrollTop - el("log").clientHeight < 60;
  el("log").append(line);
  if (isAtEnd) el("log").scrollTop = el("log").scrollHeight;
}

function moment(event) {
  log(event);
  const how = { texts: "text message", says: event.who === "carrier" ? "the carrier's voice" : "desk", speaks: "typed" };
  if (event.words && how[event.kind]) {
    caption({ who: event.who, text: event.words, how: how[event.kind], at_s: event.at_s,
      kind: event.kind === "texts" ? "text" : "" });
  }
  if (event.kind === "clear" && seen.sound) seen.sound.port.postMessage({ clear: true });
  if (event.kind === "stream" || event.kind === "relay") {
    seen.by = event.kind;
    seen.connected.push(event.at_s);
    if (seen.by === "relay") silence("This call carries words, not sound: type what you say.");
    drawPhase();
  }
  if (event.what === "in-progress") { seen.phase = "talking"; seen.began = Date.now(); drawPhase(); }
}

function ended(event) {
  seen.phase = "idle";
  seen.by = "";
  seen.sid = event.sid;
  el("wav").href = `simulator/calls/${event.sid}.wav`;
  el("wav").hidden = event.status !== "completed";
  if (event.trouble) notice(event.trouble);
  hush();
  drawPhase();
}

const EVENTS = { moment, ended, exchange: understood, transcript: (event) => transcript(event.lines),
  refused: (event) => notice(event.why) };

function receive({ data }) {
  if (typeof data === "string") {
    const event = JSON.parse(data);
    EVENTS[event.event](event);
    return;
  }
  if (new Uint8Array(data).some((code) => code !== 0xff)) seen.heard += data.byteLength;
  document.body.dataset.heard = seen.heard;
  if (seen.sound) seen.sound.port.postMessage({ sound: data }, [data]);
}

// Sound: a worklet of the browser's own; without it, or without a microphone, the rest goes on.
async function listen() {
  try {
    const context = new AudioContext({ latencyHint: "interactive" });
    seen.context = context;
    await context.audioWorklet.addModule("sound.js");
    const node = new AudioWorkletNode(context, "telephone", { outputChannelCount: [1] });
    node.connect(context.destination);
    node.port.onmessage = ({ data }) => {
      el("level").value = data.peak;
      if (seen.socket && seen.socket.readyState === WebSocket.OPEN && seen.by !== "relay") {
        seen.socket.send(data.frame);
        seen.spoken += data.frame.length;
        document.body.dataset.spoken = seen.spoken;
      }
    };
    seen.sound = node;
    await speak(context, node);
  } catch (error) {
    el("heard-from").textContent = `This browser plays no sound here (${error.message}): read along, and type what you say.`;
  }
}

async function speak(context, node) {
  if (!navigator.mediaDevices) {
    el("heard-from").textContent = "The browser gives no microphone to this address: open the page as 127.0.0.1, or type.";
    return;
  }
  if (seen.by !== "relay") el("heard-from").textContent = "Allow the microphone, or type what you say.";
  try {
    const stream = await navigator.mediaDevices.getUserMedia({ audio: { echoCancellation: true,
      noiseSuppression: true, autoGainControl: true } });
    if (context.state === "closed" || seen.by === "relay") {
      stream.getTracks().forEach((track) => track.stop());
      return;
    }
    seen.stream = stream;
    context.createMediaStreamSource(stream).connect(node);
    el("mute").disabled = false;
    el("heard-from").textContent = "The microphone is on.";
  } catch (error) {
    if (seen.by === "relay") return;
    el("heard-from").textContent = NO_MICROPHONE[error.name] || `No microphone (${error.message}): type what you say.`;
  }
}

function silence(words) {
  if (seen.stream) seen.stream.getTracks().forEach((track) => track.stop());
  if (words) el("heard-from").textContent = words;
  seen.stream = null;
  el("mute").disabled = true;
  el("mute").setAttribute("aria-pressed", "false");
  el("level").value = 0;
}

function hush() {
  silence(seen.stream ? "The microphone is off." : "");
  if (seen.context && seen.context.state !== "closed") seen.context.close();
  Object.assign(seen, { sound: null, context: null });
}

function dial() {
  if (seen.phase !== "idle") return;
  if (seen.socket) seen.socket.close();
  Object.assign(seen, { phase: "ringing", said: [], by: "", connected: [], heard: 0, spoken: 0 });
  el("log").replaceChildren();
  el("wav").hidden = true;
  el("connection").textContent = "";
  const socket = new WebSocket(`${location.protocol === "https:" ? "wss" : "ws"}://${location.host}/simulator/call`);
  seen.socket = socket;
  socket.binaryType = "arraybuffer";
  socket.onopen = () => {
    socket.send(JSON.stringify({ do: "dial", from: el("phone").value.trim(), to: el("number").value.trim(),
      language: el("language").value, faults: [...seen.armed] }));
    seen.armed.clear();
    drawFault();
  };
  socket.onmessage = (message) => { if (seen.socket === socket) receive(message); };
  socket.onclose = () => {
    if (seen.socket !== socket || seen.phase === "idle") return;
    seen.phase = "idle";
    el("connection").textContent = "The simulator does not answer. Is it still running?";
    hush();
    drawPhase();
  };
  listen();
  drawThread();
  drawPhase();
}

function hangUp() {
  tell({ do: "hang_up" });
  el("hang").disabled = true;
}

function drawPhase() {
  const isIdle = seen.phase === "idle";
  const carried = { stream: "by sound", relay: "by words: type what you say" }[seen.by];
  el("state").textContent = { idle: "Not in a call", ringing: "Ringing…",
    talking: `In a call${carried ? ` ${carried}` : ""}` }[seen.phase];
  if (seen.phase !== "talking") el("clock").textContent = "";
  const hadFocus = [el("dial"), el("hang")].includes(document.activeElement);
  el("dial").hidden = !isIdle;
  el("hang").hidden = isIdle;
  el("hang").disabled = false;
  if (hadFocus) (isIdle ? el("dial") : el("hang")).focus();
  for (const part of [el("phone"), el("number")]) part.disabled = !isIdle;
  el("say").disabled = isIdle;
  document.body.dataset.phase = seen.phase;
  drawFault();
}

// Keys: by buttons, and by the keyboard where nothing is being typed.
function press(key) {
  const button = el("keypad").querySelector(`[data-key="${key}"]`);
  button.classList.add("down");
  setTimeout(() => button.classList.remove("down"), 150);
  if (seen.phase === "talking") tell({ do: "press", what: key });
  else notice("Keys are heard in a call.");
}

el("keypad").replaceChildren(...[...KEYS].map((key) => {
  const button = make("button", { type: "button", textContent: key });
  button.dataset.key = key;
  button.addEventListener("click", () => press(key));
  return button;
}));
document.addEventListener("keydown", (event) => {
  const isTyping = ["INPUT", "TEXTAREA", "SELECT"].includes(event.target.tagName);
  if (isTyping || event.ctrlKey || event.metaKey || event.altKey || event.repeat) return;
  if (event.key.length === 1 && KEYS.includes(event.key)) { event.preventDefault(); press(event.key); }
  if (event.key === "Escape" && seen.phase !== "idle") hangUp();
});

function drawFault() {
  const fault = seen.state && seen.state.faults.find((each) => each.name === el("fault").value);
  if (!fault) return;
  el("does").textContent = `${fault.does[0].toUpperCase()}${fault.does.slice(1)}.`;
  const isIdle = seen.phase !== "talking";
  const canHappen = seen.by === "relay" ? fault.relay : fault.name !== "media_before_start";
  el("suffer").disabled = isIdle ? !fault.before : !canHappen;
  el("armed").textContent = seen.armed.size ? `With the next call: ${[...seen.armed].join(", ")}`
    : isIdle && !fault.before ? "This one happens in a call." : "";
}

el("suffer").addEventListener("click", () => {
  if (seen.phase === "talking") tell({ do: "fault", what: el("fault").value });
  else seen.armed.add(el("fault").value);
  drawFault();
});
el("fault").addEventListener("change", drawFault);
el("dial").addEventListener("click", dial);
el("hang").addEventListener("click", hangUp);
el("mute").addEventListener("click", () => {
  const isMuted = el("mute").getAttribute("aria-pressed") !== "true";
  el("mute").setAttribute("aria-pressed", String(isMuted));
  if (seen.sound) seen.sound.port.postMessage({ mute: isMuted });
  if (isMuted) el("level").value = 0;
  el("heard-from").textContent = isMuted ? "You are muted." : "The microphone is on.";
});

function showKeys(isShown) {
  el("keypad").hidden = !isShown;
  el("keys").setAttribute("aria-expanded", String(isShown));
}
el("keys").addEventListener("click", () => showKeys(el("keypad").hidden));
el("composer").addEventListener("submit", (event) => {
  event.preventDefault();
  const words = el("words").value.trim();
  if (!words || seen.phase === "idle") return;
  tell({ do: "say", what: words });
  el("words").value = "";
});
el("marks").addEventListener("change", () => {
  for (const line of el("log").querySelectorAll("[data-kind=mark]")) line.hidden = !el("marks").checked;
});
el("more").addEventListener("click", () => {
  const isShown = document.body.classList.toggle("shows-side");
  el("more").setAttribute("aria-expanded", String(isShown));
  el("more").textContent = isShown ? "Back to the call" : "Faults and timeline";
});

async function begin() {
  seen.state = await (await fetch("simulator/state")).json();
  el("phone").value = seen.state.phone;
  el("number").value = seen.state.number;
  el("language").value = seen.state.language;
  el("count").textContent = seen.state.voice_trouble
    ? `A tone stands for what you type: ${seen.state.voice_trouble}.` : "What you type is spoken for you.";
  el("fault").replaceChildren(...seen.state.faults.map((each) => new Option(each.name.replaceAll("_", " "), each.name)));
  drawPhase();
}
showKeys(matchMedia("(min-height: 50rem)").matches);
setInterval(() => {
  const length = Math.floor((Date.now() - seen.began) / 1000);
  const clock = `${Math.floor(length / 60)}:${String(length % 60).padStart(2, "0")}`;
  el("clock").textContent = seen.phase === "talking" ? clock : "";
}, 1000);
begin().catch(() => { el("connection").textContent = "The simulator does not answer. Is it still running?"; });
