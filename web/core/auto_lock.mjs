// When a wallet that was left open locks itself: nobody has touched it for a while, or nobody has looked at it.

const INPUT = ['pointerdown', 'pointermove', 'keydown', 'input', 'wheel', 'touchstart'];
const CAPTURE = { capture: true, passive: true };

/**
 * Timers stop while a computer sleeps, so what counts is the clock, looked at before any input is taken for a sign of life.
 * `page`: the document. `times`: {idle, hidden} in milliseconds. `lock(reason)` is called once.
 * @returns {() => void} ends the watch
 */
export const watch = ({ page, times, lock, now = Date.now }) => {
  let timer;
  let touched = now();
  let hiddenSince = page.visibilityState === 'hidden' ? now() : null;

  const due = () => [
    ['idle', touched + times.idle],
    ['hidden', hiddenSince === null ? Infinity : hiddenSince + times.hidden],
  ].sort(([, a], [, b]) => a - b)[0];

  const stop = () => {
    clearTimeout(timer);
    for (const name of INPUT) page.removeEventListener(name, onInput, CAPTURE);
    page.removeEventListener('visibilitychange', onVisibility);
  };
  // true: it is over.
  const check = () => {
    clearTimeout(timer);
    const [reason, at] = due();
    if (now() >= at) {
      stop();
      lock(reason);
      return true;
    }
    timer = setTimeout(check, at - now());
    return false;
  };
  function onInput() {
    if (check()) return;
    touched = now();
    check();
  }
  function onVisibility() {
    if (check()) return;
    hiddenSince = page.visibilityState === 'hidden' ? now() : null;
    check();
  }
  for (const name of INPUT) page.addEventListener(name, onInput, CAPTURE);
  page.addEventListener('visibilitychange', onVisibility);
  check();
  return stop;
};
