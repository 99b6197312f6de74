async (kept, proof) => {
  // Who the visitor is, as the company's site says. Only a page of these origins is believed: anybody else
  // could sign a visitor in as somebody else.
  const sites = __SITES__;
  const marks = new URLSearchParams(location.hash.slice(1));
  const token = marks.get('customer_token');
  if (token !== null) history.replaceState(history.state, '', location.pathname + location.search);
  const from = document.referrer ? new URL(document.referrer).origin : '';
  if (token) {
    if (sites.includes(from)) return [kept, token];
    console.info('frontdesk: a customer_token was left aside, for the page before is not of an allowed origin');
    return [kept, ''];
  }
  if (window.parent === window || !marks.has('widget')) return [kept, ''];
  document.addEventListener('keydown', (event) => {
    const isOurs = event.key === 'Escape' && !event.defaultPrevented;
    if (isOurs) window.parent.postMessage({ frontdesk: 'close' }, '*');
  });
  const told = await new Promise((resolve) => {
    const hear = (event) => {
      const isKnown = event.source === window.parent && sites.includes(event.origin);
      if (!isKnown || event.data?.frontdesk !== 'customer') return;
      removeEventListener('message', hear);
      resolve(typeof event.data.token === 'string' && event.data.token ? event.data.token : 'nobody');
    };
    addEventListener('message', hear);
    window.parent.postMessage({ frontdesk: 'ready' }, '*');
    setTimeout(() => { removeEventListener('message', hear); resolve(''); }, 8000);
  });
  return [kept, told];
}
