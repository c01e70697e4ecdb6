// When cards are renewed while the wallet shows them: at once, by the plan's time, with the person where they are needed.
import assert from "node:assert/strict";
import { test } from "node:test";
import { RenewalTimer } from "../src/renewal_timer.ts";

const minute = 60_000;
const at = (ms) => ({ ms, ja: "", en: "" });

// A wallet whose plan the test writes, with the clock, the timer and the network in its hands.
function world(due, { refuse = () => false, online = true } = {}) {
  const made = {
    due,
    online,
    now: 1000 * minute,
    renewed: [],
    looked: 0,
    states: [],
    timer: null,
    wallet: {
      async step(name, args) {
        if (name === "renewals") {
          made.looked += 1;
          const next = made.due.filter((one) => !one.by_hand).map((one) => Math.max(one.at.ms, made.now));
          return { due: structuredClone(made.due), next: next.length > 0 ? at(Math.min(...next)) : null };
        }
        assert.equal(name, "renew");
        const one = made.due.find((each) => each.card.id === args.id);
        if (refuse(args.id)) {
          Object.assign(one, { failures: one.failures + 1, failure: "http_connect_failed", at: at(made.now + 5 * minute) });
          throw { code: "http_connect_failed" };
        }
        made.renewed.push(args.id);
        made.due = made.due.filter((each) => each !== one);
        return { card: one.card };
      },
    },
  };
  made.timer = new RenewalTimer({
    wallet: made.wallet,
    tell: (state) => made.states.push(state),
    online: () => made.online,
    now: () => made.now,
    later: (run, milliseconds) => {
      made.later = { run, milliseconds };
      return () => (made.later = null);
    },
  });
  return made;
}
const due = (id, change = {}) => ({ card: { id }, asks_person: false, at: at(0), failures: 0, failure: null, by_hand: false, ...change });
const last = (made) => made.states.at(-1);

test("what needs nobody is renewed when the cards come, one after the other, and said", async () => {
  const made = world([due("a"), due("b")]);
  await made.timer.look();
  assert.deepEqual(made.renewed, ["a", "b"]);
  assert.deepEqual(made.states.filter(({ running }) => running).map(({ running: { due: one, which, of } }) => [one.card.id, which, of]).slice(0, 1), [["a", 1, 2]]);
  assert.equal(last(made).renewed, 2);
  assert.equal(last(made).running, null);
  assert.equal(made.later, null); // nothing left
});

test("what asks for the passkey waits for a press, and then goes", async () => {
  const made = world([due("a", { asks_person: true }), due("b", { asks_person: true, at: at(5000 * minute) })]);
  await made.timer.look();
  assert.deepEqual(made.renewed, []);
  assert.deepEqual(last(made).asking.map(({ card }) => card.id), ["a"]);
  assert.equal(made.later.milliseconds, minute); // no busy loop
  await made.timer.renewAsked();
  assert.deepEqual(made.renewed, ["a"]);
  assert.deepEqual(last(made).asking, []);
});

test("what failed is shown with its next try, which the timer makes", async () => {
  let away = true;
  const made = world([due("a")], { refuse: () => away });
  await made.timer.look();
  assert.deepEqual(last(made).failed.map(({ due: one, again }) => [one.failure, again.ms]), [["http_connect_failed", made.now + 5 * minute]]);
  assert.equal(last(made).renewed, 0);
  assert.equal(made.later.milliseconds, 5 * minute);
  away = false;
  await made.timer.look(); // too early: not its turn
  assert.deepEqual(made.renewed, []);
  made.now += 5 * minute;
  await made.later.run();
  await new Promise(setImmediate);
  assert.deepEqual(made.renewed, ["a"]);
  assert.deepEqual(last(made).failed, []);
});

test("who was asked and did not manage may try again at once, and no timer tries for them", async () => {
  let away = true;
  const made = world([due("a", { asks_person: true })], { refuse: () => away });
  await made.timer.look();
  await made.timer.renewAsked();
  assert.deepEqual(last(made).failed.map(({ due: one, again }) => [one.failure, again]), [["http_connect_failed", null]]);
  assert.deepEqual(last(made).asking.map(({ card }) => card.id), ["a"]);
  made.now += 5 * minute;
  await made.later.run();
  await new Promise(setImmediate);
  assert.deepEqual(made.renewed, []);
  away = false;
  await made.timer.renewAsked();
  assert.deepEqual(made.renewed, ["a"]);
  assert.deepEqual([last(made).failed, last(made).asking, last(made).over], [[], [], []]);
});

test("what its issuer never renews again is said, although the plan knows it no more", async () => {
  const made = world([due("a", { asks_person: true }), due("b", { asks_person: true })]);
  const step = made.wallet.step;
  made.wallet.step = async (name, args) => {
    if (name !== "renew" || args.id !== "a") return step(name, args);
    made.due = made.due.filter(({ card }) => card.id !== "a");
    throw { code: "wallet_not_renewable" };
  };
  await made.timer.look();
  await made.timer.renewAsked();
  assert.deepEqual(last(made).over.map(({ due: one, error }) => [one.card.id, error.code]), [["a", "wallet_not_renewable"]]);
  assert.deepEqual([made.renewed, last(made).failed, last(made).asking], [["b"], [], []]);
});

test("why a server refused is kept beside the plan's code, until it is renewed", async () => {
  let away = true;
  const made = world([due("a", { asks_person: true, failures: 1, failure: "http_timeout" })], { refuse: () => away });
  const step = made.wallet.step;
  made.wallet.step = (name, args) => step(name, args).catch(() => { throw { code: "wallet_server_refused", where: "account_revoked", detail: "" }; });
  await made.timer.look();
  assert.deepEqual(last(made).failed.map(({ error }) => error), [{ code: "http_timeout", where: "", detail: "" }]);
  await made.timer.renewAsked();
  assert.deepEqual(last(made).failed.map(({ error }) => error.where), ["account_revoked"]);
  away = false;
  await made.timer.renewAsked();
  assert.deepEqual(last(made).failed, []);
});

test("what failed too often is the person's, and no timer waits for it", async () => {
  const made = world([due("a", { by_hand: true, failures: 11, failure: "http_connect_failed" }), due("b", { asks_person: true, by_hand: true, failures: 11, failure: "http_connect_failed" })]);
  await made.timer.look();
  assert.deepEqual(made.renewed, []);
  assert.deepEqual(last(made).failed.map(({ again }) => again), [null, null]);
  assert.deepEqual(last(made).asking, []);
  assert.equal(made.later, undefined);
});

test("without a connection nothing is tried, and nothing counts as failed", async () => {
  const made = world([due("a")], { online: false });
  await made.timer.look();
  assert.deepEqual(made.renewed, []);
  assert.deepEqual(last(made).failed, []);
  made.online = true;
  await made.timer.look();
  assert.deepEqual(made.renewed, ["a"]);
});

test("a screen that goes begins no other renewal, and two looks at once are one", async () => {
  const made = world([due("a"), due("b")]);
  const step = made.wallet.step;
  made.wallet.step = async (name, args) => {
    if (name === "renew") made.timer.stop();
    return step(name, args);
  };
  await Promise.all([made.timer.look(), made.timer.look()]);
  assert.deepEqual(made.renewed, ["a"]);
  assert.equal(made.later, null);
  const told = made.states.length;
  await made.timer.look();
  assert.equal(made.states.length, told);
});

test("a wallet that was locked meanwhile says nothing of it", async () => {
  const made = world([due("a")]);
  made.wallet.step = async () => Promise.reject({ code: "wallet_locked" });
  await made.timer.look();
  assert.equal(last(made).running, null);
});
