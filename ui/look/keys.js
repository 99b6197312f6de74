// Runs once for the review's card: keys press the buttons while it is in sight and nothing is typed.
const KEYS = {
  '1': '#fd-right', '2': '#fd-wrong', '3': '#fd-unwanted', f: '#fd-make-entry',
  ArrowLeft: '#fd-review-back', ArrowRight: '#fd-review-skip',
};

document.addEventListener('keydown', (event) => {
  const typing = event.target.closest?.('input, textarea, select, [contenteditable]');
  const isOurs = element.isConnected && element.offsetParent !== null;
  if (!isOurs || event.ctrlKey || event.metaKey || event.altKey) return;
  const note = document.querySelector('#fd-review-note textarea');
  if (typing) {
    if (event.key === 'Escape' && typing === note) note.blur();
    return;
  }
  // Tabs have arrow keys of their own.
  if (event.key.startsWith('Arrow') && event.target.closest?.('[role=tab]')) return;
  if (event.key === 'n' && note?.offsetParent) {
    event.preventDefault();
    note.focus();
    return;
  }
  const button = KEYS[event.key] && document.querySelector(KEYS[event.key]);
  if (!button || button.disabled || button.offsetParent === null) return;
  event.preventDefault();
  button.click();
});
