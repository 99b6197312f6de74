// A button that opens the support desk on another site's page. Needs nothing, keeps nothing, and styles nothing
// outside of itself. See docs/doors/web.md of the desk for its attributes.
(() => {
  const WORDS = __WORDS__;
  const tag = document.currentScript;
  const desk = new URL(tag.src).origin;
  const language = (tag.dataset.language || document.documentElement.lang || navigator.language || 'en').slice(0, 2);
  const words = WORDS[language.toLowerCase()] || WORDS.en;
  const label = tag.dataset.label || words.open;

  const host = document.createElement('div');
  const root = host.attachShadow({ mode: 'open' });
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(`
    :host { all: initial; }
    * { box-sizing: border-box; font: 600 15px/1.2 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif; }
    button { cursor: pointer; border: 0; color: #fff; background: var(--desk, #1f6d5b); }
    button:focus-visible { outline: 3px solid #fff; outline-offset: -4px; box-shadow: 0 0 0 3px var(--desk, #1f6d5b); }
    .open { position: fixed; z-index: 2147483000; right: 20px; bottom: 20px; min-height: 52px; padding: 0 22px;
      border-radius: 26px; box-shadow: 0 6px 24px #0004; }
    .news::after { content: ""; position: absolute; top: 2px; right: 6px; width: 14px; height: 14px;
      border: 2px solid #fff; border-radius: 50%; background: #c0392b; }
    .panel { position: fixed; z-index: 2147483001; right: 20px; bottom: 20px; width: 420px; height: min(720px, calc(100dvh - 40px));
      display: flex; flex-direction: column; overflow: hidden; border-radius: 16px; background: #fff; box-shadow: 0 12px 48px #0006; }
    .panel[hidden], .open[hidden] { display: none; }
    .bar { display: flex; justify-content: space-between; align-items: center; padding-left: 18px; color: #fff; background: var(--desk, #1f6d5b); }
    .bar button { min-width: 48px; min-height: 48px; padding: 0 16px; }
    iframe { flex: 1; width: 100%; border: 0; }
    @media (max-width: 640px) { .panel { inset: 0; width: auto; height: auto; border-radius: 0; } }
    @media print { .open, .panel { display: none; } }`);
  root.adoptedStyleSheets = [sheet];
  if (CSS.supports('color', tag.dataset.color || '')) host.style.setProperty('--desk', tag.dataset.color);

  const make = (name, attributes, ...inside) => {
    const made = Object.assign(document.createElement(name), attributes);
    made.append(...inside);
    return made;
  };
  const opener = make('button', { type: 'button', className: 'open', ariaHasPopup: 'dialog', ariaExpanded: 'false' }, label);
  const closer = make('button', { type: 'button' }, words.close);
  const panel = make('div', { className: 'panel', role: 'dialog', ariaLabel: label, hidden: true },
    make('div', { className: 'bar' }, make('span', {}, label), closer));
  root.append(opener, panel);

  let frame = null;
  let proof = null;

  // The site's own answer to who is signed in: text, or nothing where nobody is.
  async function customer() {
    if (!tag.dataset.tokenUrl) return tag.dataset.token || '';
    try {
      const answer = await fetch(tag.dataset.tokenUrl, { credentials: 'same-origin', cache: 'no-store' });
      return answer.ok ? (await answer.text()).trim() : '';
    } catch { return ''; }
  }

  function open() {
    if (!frame) {
      proof = customer();
      frame = make('iframe', { title: label, src: `${desk}/#widget`, allow: 'clipboard-write', referrerPolicy: 'strict-origin' });
      panel.append(frame);
    }
    panel.hidden = false;
    opener.hidden = true;
    opener.ariaExpanded = 'true';
    opener.classList.remove('news');
    closer.focus();
  }

  function close() {
    panel.hidden = true;
    opener.hidden = false;
    opener.ariaExpanded = 'false';
    opener.focus();
  }

  opener.addEventListener('click', open);
  closer.addEventListener('click', close);
  root.addEventListener('keydown', (event) => { if (event.key === 'Escape' && !panel.hidden) close(); });
  addEventListener('message', async (event) => {
    if (!frame || event.source !== frame.contentWindow || event.origin !== desk) return;
    const says = event.data?.frontdesk;
    if (says === 'ready') frame.contentWindow.postMessage({ frontdesk: 'customer', token: await proof }, desk);
    if (says === 'close' && !panel.hidden) close();
    if (says === 'news' && panel.hidden) opener.classList.add('news');
  });
  const begin = () => document.body.append(host);
  if (document.body) begin(); else addEventListener('DOMContentLoaded', begin);
})();
