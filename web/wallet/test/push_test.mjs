// A browser that is subscribed with a key of before, and what it does when the server has another.
import assert from "node:assert/strict";
import { test } from "node:test";
import { followKey } from "../src/push.ts";

const bytes = (text) => new TextEncoder().encode(text).buffer;
const base64url = (text) => Buffer.from(text).toString("base64url");

// A browser with a subscription made with `key` (null: none), at a server whose newest key is `newest`.
function world({ key, newest, permission = "granted", refuse = false }) {
  const made = { subscription: null, steps: [] };
  const subscriptionOf = (of, endpoint) => ({
    endpoint,
    options: { applicationServerKey: of },
    getKey: (name) => bytes(name),
    unsubscribe: async () => ((made.subscription = null), true),
  });
  if (key !== null) made.subscription = subscriptionOf(key, "https://push.example/old");
  const registration = {
    pushManager: {
      getSubscription: async () => made.subscription,
      subscribe: async ({ applicationServerKey }) => {
        assert.equal(made.subscription, null); // a browser refuses another key while there is one
        return (made.subscription = subscriptionOf(Buffer.from(applicationServerKey, "base64url"), "https://push.example/new"));
      },
    },
  };
  const serviceWorker = { getRegistration: async () => registration, ready: Promise.resolve(registration) };
  Object.defineProperty(globalThis, "navigator", { value: { serviceWorker }, configurable: true });
  globalThis.PushManager = class {};
  globalThis.Notification = { permission };
  made.wallet = {
    async step(name, args) {
      made.steps.push(args === undefined ? name : [name, args]);
      if (name === "push_key") return { key: base64url(newest) };
      if (refuse) throw { code: "assertion_missing" };
      return {};
    },
  };
  return made;
}

test("another key of the server: the browser subscribes again with it, and says which it is", async () => {
  const made = world({ key: bytes("one"), newest: "two" });
  await followKey(made.wallet);
  const wanted = { endpoint: "https://push.example/new", p256dh: base64url("p256dh"), auth: base64url("auth"), key: base64url("two") };
  assert.deepEqual(made.steps, ["push_key", ["subscribe_push", wanted]]);
  assert.equal(made.subscription.endpoint, "https://push.example/new");
});

test("the same key, no subscription, no permission, or a browser that does not say: nothing is done", async () => {
  for (const [why, at, steps] of [
    ["the same key", { key: bytes("one"), newest: "one" }, ["push_key"]],
    ["no subscription", { key: null, newest: "two" }, []],
    ["taken back", { key: bytes("one"), newest: "two", permission: "denied" }, []],
    ["not said", { key: undefined, newest: "two" }, []],
  ]) {
    const made = world(at);
    const before = made.subscription;
    await followKey(made.wallet);
    assert.deepEqual(made.steps, steps, why);
    assert.equal(made.subscription, before, why);
  }
});

test("a server that does not take it leaves notifications off, as the person will see", async () => {
  const made = world({ key: bytes("one"), newest: "two", refuse: true });
  await assert.rejects(followKey(made.wallet), { code: "assertion_missing" });
  assert.equal(made.subscription, null);
});
