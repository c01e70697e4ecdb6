// Notifications of this browser: whether it can show them, and its subscription at its push service.
import type { Language } from "./text/language.ts";
import type { Steps, Wallet } from "./wallet.ts";

export type PushState = "unsupported" | "denied" | "off" | "on";
type Subscription = Steps["subscribe_push"]["args"];

const supported = () => "serviceWorker" in navigator && "PushManager" in globalThis && "Notification" in globalThis;

async function current(): Promise<PushSubscription | null> {
  const registration = await navigator.serviceWorker.getRegistration();
  return (await registration?.pushManager.getSubscription()) ?? null;
}

export async function pushState(): Promise<PushState> {
  if (!supported()) return "unsupported";
  if (Notification.permission === "denied") return "denied";
  return Notification.permission === "granted" && (await current()) !== null ? "on" : "off";
}

// Only when the person pressed the button: browsers ask once.
export async function askPermission(): Promise<boolean> {
  return supported() && (await Notification.requestPermission()) === "granted";
}

const base64url = (bytes: ArrayBuffer) =>
  btoa(String.fromCharCode(...new Uint8Array(bytes))).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");

// `key`: the server's, base64url. Throws where the browser cannot reach a push service.
export async function subscribe(key: string): Promise<Subscription> {
  const registration = await navigator.serviceWorker.ready;
  await (await registration.pushManager.getSubscription())?.unsubscribe(); // it may be of another key
  const made = await registration.pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: key });
  const [p256dh, auth] = [made.getKey("p256dh"), made.getKey("auth")];
  if (p256dh === null || auth === null) throw new Error("the subscription has no keys");
  return { endpoint: made.endpoint, p256dh: base64url(p256dh), auth: base64url(auth), key };
}

// The server's keys have successors, and a subscription is bound to the key that it was made with: this browser follows.
// Until it asks for the new one it goes on with the old; when the server does not take the new one, notifications are off,
// which the person can see. For when they have just shown that they are here: the server wants that for a subscription.
export async function followKey(wallet: Wallet): Promise<void> {
  if ((await pushState()) !== "on") return;
  const of = (await current())?.options.applicationServerKey;
  if (of === null || of === undefined) return; // this browser does not say
  const { key } = await wallet.step("push_key");
  if (base64url(of) === key) return;
  try {
    await wallet.step("subscribe_push", await subscribe(key));
  } catch (error) {
    await unsubscribe();
    throw error;
  }
}

export async function unsubscribe(): Promise<void> {
  if (supported()) await (await current())?.unsubscribe();
}

// The service worker knows nothing of the page's storage; it is told the language, where it may show anything at all.
export async function tellLanguage(language: Language): Promise<void> {
  if (!supported() || Notification.permission !== "granted") return;
  const kept = await caches.open("mibun-language");
  await kept.put("language", new Response(language));
}
