// Runs once for each drawn part of a page: hands clicks on [data-do] to the server as events of that name.
const EVENTS = [
  'ask', 'again', 'rate', 'source', 'person', 'fresh',
  'replace', 'retry', 'sure', 'delete', 'cancel', 'open', 'edit', 'undo',
];
const calm = matchMedia('(prefers-reduced-motion: reduce)').matches;
const glide = calm ? 'auto' : 'smooth';

function copy(button) {
  const text = button.dataset.text;
  const done = () => {
    const said = button.parentElement.querySelector('.fd-said');
    if (said) said.textContent = button.dataset.done;
  };
  if (navigator.clipboard) { navigator.clipboard.writeText(text).then(done, () => {}); return; }
  const area = Object.assign(document.createElement('textarea'), { value: text });
  document.body.append(area);
  area.select();
  if (document.execCommand('copy')) done();
  area.remove();
}

function close() {
  props.value = '';
  document.querySelector('[data-opened]')?.focus({ preventScroll: true });
}

element.addEventListener('click', (event) => {
  const button = event.target.closest('[data-do]');
  if (!button || !element.contains(button)) return;
  const what = button.dataset.do;
  if (what === 'copy') return copy(button);
  if (what === 'close') return close();
  document.querySelectorAll('[data-opened]').forEach((one) => one.removeAttribute('data-opened'));
  button.dataset.opened = '';
  if (EVENTS.includes(what)) trigger(what, { ...button.dataset });
});

element.addEventListener('keydown', (event) => {
  if (event.key !== 'Escape' || !element.querySelector('.fd-panel')) return;
  event.preventDefault();
  close();
});

// Says aloud what a person of the company has written, and tells the page that this one is embedded in.
function announce(bubbles) {
  const id = 'fd-aloud';
  const aloud = document.getElementById(id)
    || Object.assign(document.createElement('div'), { id, className: 'fd-hidden', ariaLive: 'polite' });
  document.querySelector('#fd-chat').append(aloud);
  aloud.textContent = [...bubbles].at(-1).innerText;
  if (window.parent !== window) window.parent.postMessage({ frontdesk: 'news' }, '*');
}

// Follows the conversation: to its newest question, with the whole answer below where that fits.
let shown = { '.fd-question': 0, '.fd-answer': 0, '.fd-ticket': 0, '.fd-person': 0, '.fd-mark': 0 };
let isFirst = true;
function follow() {
  const now = Object.fromEntries(Object.keys(shown).map((what) => [what, element.querySelectorAll(what).length]));
  const isAtEnd = ['.fd-ticket', '.fd-person', '.fd-mark'].some((what) => now[what] > shown[what]);
  if (now['.fd-person'] > shown['.fd-person'] && !isFirst) announce(element.querySelectorAll('.fd-person'));
  isFirst = isFirst && !element.querySelector('.fd-thread');
  const isNew = Object.keys(now).some((what) => now[what] > shown[what]);
  shown = now;
  const last = [...document.querySelectorAll('.fd-question')].at(-1);
  if (!(last || isAtEnd) || !(isNew || element.querySelector(':scope > :is(.fd-status, .fd-growing, .fd-failure)'))) return;
  requestAnimationFrame(() => {
    const end = document.documentElement.scrollHeight - innerHeight;
    const start = last ? last.getBoundingClientRect().top + scrollY - 16 : end;
    scrollTo({ top: isAtEnd ? end : Math.min(end, start), behavior: glide });
  });
}

function settle() {
  const panel = element.querySelector('.fd-panel');
  if (panel) {
    panel.querySelector('[data-do=close]').focus({ preventScroll: true });
    const passage = panel.querySelector('.fd-passage');
    const quote = panel.querySelector('#fd-quote');
    if (quote) passage.scrollTop = Math.max(0, quote.offsetTop - passage.clientHeight / 3);
  }
  const top = element.querySelector('.fd-top');
  if (top) {
    document.documentElement.lang = top.dataset.lang;
    const chosen = document.querySelector('#fd-documents input');
    if (chosen && top.dataset.all) chosen.placeholder = top.dataset.all;
  }
  follow();
}
watch('value', settle);
settle();
