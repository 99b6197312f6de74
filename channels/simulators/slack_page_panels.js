"use strict";
// The two panels beside the messages: what went over the wire, and what is to go wrong next.
const METHODS = ["*", "chat.postMessage", "chat.startStream", "chat.appendStream", "chat.stopStream", "chat.update", "chat.postEphemeral", "views.open", "views.publish", "users.info"];
const KINDS = [["rate_limit", "429, Retry-After 2 s"], ["status", "HTTP 500"], ["stall", "stall for 3 s"], ["drop", "connection breaks, nothing done"], ["lose_answer", "done, but the answer is lost"], ["error:invalid_auth", "invalid_auth"], ["error:token_revoked", "token_revoked"], ["error:msg_too_long", "msg_too_long"]];
const EVENTS = [["duplicate", "comes twice"], ["retry", "comes again as a retry"], ["reorder", "overtaken by the next"], ["forged", "wrong signature"], ["stale", "signed 301 s ago"], ["oversized", "4 MB of text"], ["emoji", "full of emoji"]];
const choices = (pairs) => pairs.map(([value, words]) => `<option value="${escape(value)}">${escape(words)}</option>`).join("");

function panelHtml(kind, state) {
  const head = (words) => `<header class="bar"><h2>${words}</h2><button type="button" data-panel="" aria-label="Close">✕</button></header>`;
  return kind === "activity" ? head("Activity") + activity(state) : head("Faults") + faults(state);
}

function activity(state) {
  const sent = [...state.deliveries].reverse(), calls = [];
  for (const one of state.calls) {
    const last = calls[0];
    if (last && last.method === one.method && last.error === one.error) last.times += 1; else calls.unshift({ ...one, times: 1 });
  }
  const went = (one) => `<li class="${one.status >= 200 && one.status < 300 ? "good" : "bad"}"><code>${escape(one.kind)}</code>${one.retry ? ` <span class="tag">retry ${one.retry}</span>` : ""}<span>${one.status || escape(one.reason)} · ${Math.round(one.seconds * 1000)} ms</span></li>`;
  const called = (one) => `<li class="${one.error ? "bad" : "good"}"><code>${escape(one.method)}</code>${one.times > 1 ? ` <span class="tag">${one.times}×</span>` : ""}<span>${escape(one.error || "ok")}</span></li>`;
  return `<div class="scroll"><p class="soft">${state.socket ? "The desk listens on a socket." : `Events go to <code>${escape(state.desk || "nowhere")}</code>.`}</p>
    <h3>Sent to the desk</h3><ul class="log">${sent.map(went).join("") || '<li class="soft">Nothing yet: write a message.</li>'}</ul>
    <h3>Calls of the desk</h3><ul class="log">${calls.map(called).join("") || '<li class="soft">None yet.</li>'}</ul></div>`;
}

function faults(state) {
  const armed = [...state.faults.map((one) => `${one.kind === "error" ? one.error : one.kind} · ${one.method} · ${one.times}×`), ...(state.limits ? ["Slack’s rates hold"] : []), ...state.event_faults.map((one) => `event: ${one}`)];
  return `<div class="scroll"><p class="soft">Make Slack misbehave and watch what the desk does.</p>
    <h3>The next calls of the desk</h3>
    <form data-form="fault"><label>Method <select name="method">${choices(METHODS.map((one) => [one, one === "*" ? "any method" : one]))}</select></label>
      <label>What <select name="kind">${choices(KINDS)}</select></label><label>Times <input name="times" type="number" min="1" max="99" value="1"></label><button class="act">Arm</button></form>
    <h3>The next events</h3>
    <form data-form="event_fault"><label>What <select name="kind">${choices(EVENTS)}</select></label><label>Times <input name="times" type="number" min="1" max="99" value="1"></label><button class="act">Arm</button></form>
    <h3>Streams</h3>
    <form data-form="streams"><label>Expire after seconds <input name="seconds" type="number" min="1" value="${state.stream.seconds}"></label><label>or appends (0: any) <input name="appends" type="number" min="0" value="${state.stream.appends}"></label><button class="act">Set</button></form>
    <h3>Rates</h3><button type="button" class="act" data-limits>Hold the desk to Slack’s rates</button>
    <h3>Armed</h3><ul class="log">${armed.map((one) => `<li class="bad"><code>${escape(one)}</code></li>`).join("") || '<li class="soft">Slack is in good health.</li>'}</ul>
    <button type="button" class="act" data-clear>Clear all</button></div>`;
}

function faultOf(form) {
  const said = Object.fromEntries(new FormData(form));
  const times = Number(said.times || 1);
  if (form.dataset.form === "event_fault") return { act: "event_fault", kind: said.kind, times };
  if (form.dataset.form === "streams") return { act: "streams", seconds: Number(said.seconds), appends: Number(said.appends) };
  const [kind, error] = said.kind.split(":");
  const more = { rate_limit: { retry_after: 2 }, status: { status: 500 }, stall: { seconds: 3 }, error: { error } }[kind] || {};
  return { act: "fault", kind, method: said.method, times, ...more };
}
