// When an open wallet locks itself, with a clock that is turned by hand.
//   node --test auto_lock.test.mjs
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { watch } from '../../web/core/auto_lock.mjs';

const MINUTE = 60_000;
const times = { idle: 5 * MINUTE, hidden: MINUTE };

// `turn(ms)`: time passes, timers run. `sleep(ms)`: time passes and no timer runs, as in a computer that is asleep.
const start = (t, visibilityState = 'visible') => {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const page = Object.assign(new EventTarget(), { visibilityState });
  const locks = [];
  let clock = 1_000_000;
  const stop = watch({ page, times, lock: (reason) => locks.push(reason), now: () => clock });
  return {
    locks,
    stop,
    turn: (ms) => {
      clock += ms;
      t.mock.timers.tick(ms);
    },
    sleep: (ms) => void (clock += ms),
    touch: (name = 'keydown') => page.dispatchEvent(new Event(name)),
    show: (state) => {
      page.visibilityState = state;
      page.dispatchEvent(new Event('visibilitychange'));
    },
  };
};

test('after five minutes without input, once', (t) => {
  const { turn, locks } = start(t);
  turn(5 * MINUTE - 1);
  assert.deepEqual(locks, []);
  turn(1);
  assert.deepEqual(locks, ['idle']);
  turn(60 * MINUTE);
  assert.deepEqual(locks, ['idle']);
});

for (const name of ['pointerdown', 'pointermove', 'keydown', 'input', 'wheel', 'touchstart'])
  test(`${name} starts the five minutes anew`, (t) => {
    const { turn, touch, locks } = start(t);
    turn(4 * MINUTE);
    touch(name);
    turn(4 * MINUTE);
    assert.deepEqual(locks, []);
    turn(MINUTE);
    assert.deepEqual(locks, ['idle']);
  });

test('after a minute out of sight, whatever was touched before', (t) => {
  const { turn, touch, show, locks } = start(t);
  touch();
  show('hidden');
  turn(MINUTE - 1);
  assert.deepEqual(locks, []);
  turn(1);
  assert.deepEqual(locks, ['hidden']);
});

test('seen again in time, the minute is over', (t) => {
  const { turn, show, locks } = start(t);
  show('hidden');
  turn(MINUTE - 1);
  show('visible');
  turn(2 * MINUTE);
  assert.deepEqual(locks, []);
});

test('hidden from the start', (t) => {
  const { turn, locks } = start(t, 'hidden');
  turn(MINUTE);
  assert.deepEqual(locks, ['hidden']);
});

test('a computer that slept: the first touch locks and does not count as one', (t) => {
  const { sleep, touch, locks } = start(t);
  sleep(8 * 60 * MINUTE);
  touch();
  assert.deepEqual(locks, ['idle']);
});

test('a page that was frozen out of sight locks when it is seen again', (t) => {
  const { sleep, show, locks } = start(t);
  show('hidden');
  sleep(MINUTE);
  show('visible');
  assert.deepEqual(locks, ['hidden']);
});

test('a watch that was ended locks nothing', (t) => {
  const { stop, turn, touch, show, locks } = start(t);
  stop();
  touch();
  show('hidden');
  turn(60 * MINUTE);
  assert.deepEqual(locks, []);
});
