// The demonstration shop's page: asks in one of three ways and shows what was confirmed. The session's secret lies in a
// cookie that this script cannot read.
const japanese = document.documentElement.lang === "ja";
const say = (ja, en) => (japanese ? ja : en);
const byId = (id) => document.getElementById(id);

const states = {
  waiting: () => say("回答を待っています…", "Waiting for the answer…"),
  locked: () => say("番号を間違えた回数が上限に達しました。最初からやり直してください。", "The number was wrong too often. Please start again."),
  refused: () => say("提供は中止されました。お店には何も伝わっていません。", "Sharing was stopped. The shop learned nothing."),
  expired: () => say("時間が過ぎました。最初からやり直してください。", "The time has passed. Please start again."),
};

function tell(text) {
  byId("status").textContent = text;
}

function show(id) {
  for (const one of ["choices", "same", "cross", "result"]) byId(one).hidden = one !== id;
  byId("again").hidden = id === "choices";
}

class Refusal extends Error {
  constructor({ title, detail, code }) {
    super(`${title} ${detail} (${code})`);
    this.code = code;
  }
}

async function send(method, path, body) {
  const answer = await fetch(`/demo/verifier/${path}`, {
    method,
    headers: body ? { "Content-Type": "application/json", "Accept-Language": document.documentElement.lang } : { "Accept-Language": document.documentElement.lang },
    body: body ? JSON.stringify(body) : undefined,
  });
  const content = await answer.json();
  if (!answer.ok) throw new Refusal(content);
  return content;
}

function add(list, name, value) {
  const term = document.createElement("dt");
  const detail = document.createElement("dd");
  term.textContent = name;
  detail.textContent = value;
  list.append(term, detail);
}

const channels = {
  same_device: () => say("この端末のブラウザーに戻って", "came back to this browser"),
  cross_device_code: () => say("別の端末で番号を入力して (確かさは低め)", "a number typed on another device (less certain)"),
  dc_api: () => say("ブラウザーの機能で", "through the browser"),
};

function showResult(result) {
  const [card] = result.claims.identity;
  const list = byId("claims");
  list.replaceChildren();
  add(list, say("名", "Given name"), card.given_name);
  add(list, say("20歳以上", "Aged 20 or over"), card.age_equal_or_over["20"] ? say("はい", "Yes") : say("いいえ", "No"));
  add(list, say("方法", "Shared by"), channels[result.presentation_channel]());
  add(list, say("確認日時", "Confirmed at"), result.verified_at);
  tell("");
  show("result");
  byId("result-title").focus();
}

async function take(body) {
  showResult(await send("POST", "result", body));
}

// Ends with the answer, or with the state that means there will be none.
async function waitForAnswer() {
  for (;;) {
    const { state } = await send("GET", "state");
    if (state === "answered") return take({});
    tell(states[state] ? states[state]() : state);
    if (state !== "waiting") return undefined;
    await new Promise((done) => setTimeout(done, 1500));
  }
}

// A web wallet reads the link behind the "#" of its address, which no server sees; other wallets are called by the link.
function walletAddress(link) {
  const { wallet } = document.documentElement.dataset;
  return wallet ? `${wallet}#link=${encodeURIComponent(link)}` : link;
}

async function askSame() {
  const request = await send("POST", "requests", { mode: "same_device" });
  byId("wallet-link").href = walletAddress(request.wallet_link);
  show("same");
  byId("wallet-link").focus();
  tell(states.waiting());
}

async function askCross() {
  const request = await send("POST", "requests", { mode: "cross_device" });
  byId("qr").src = `/demo/verifier/qr/${request.request_id}`;
  byId("qr").alt = say("ウォレットで読み取るQRコード", "QR code to scan with the wallet");
  byId("code").textContent = request.pairing_code;
  show("cross");
  tell(states.waiting());
  await waitForAnswer();
}

async function askBrowser() {
  const request = await send("POST", "requests", { mode: "dc_api" });
  tell(states.waiting());
  const credential = await navigator.credentials.get({ mediation: "required", digital: { requests: request.dc_api_requests } });
  await send("POST", "answer", { data: credential.data });
  await take({});
}

function explain(error) {
  // Who comes back after stopping reads the same as who waits here meanwhile.
  if (error instanceof Refusal) return error.code === "request_refused_by_holder" ? states.refused() : error.message;
  if (error instanceof DOMException) {
    return say("提供は中止されたか、使えるウォレットがありませんでした。別の方法もお試しください。", "Sharing was stopped, or no wallet was there. You can try another way.");
  }
  return say("通信できませんでした。接続を確かめて、もう一度お試しください。", "The shop could not be reached. Check the connection and try again.");
}

function run(deed) {
  return async () => {
    try {
      await deed();
    } catch (error) {
      byId("again").hidden = false;
      tell(explain(error));
    }
  };
}

// A page that wallets know by another address cannot be asked through the browser, which tells them where it stands.
function offerWays() {
  const { knownAs } = document.documentElement.dataset;
  const hasBrowserApi = "DigitalCredential" in window && typeof navigator.credentials?.get === "function";
  byId("ask-browser").hidden = !hasBrowserApi || knownAs !== "";
  byId("no-browser-api").hidden = hasBrowserApi || knownAs !== "";
  byId("known-as").hidden = knownAs === "";
  byId("known-as-address").textContent = knownAs;
}

// What visitors asked the shop to delete, each with a button that says so.
function showDeletions(requests) {
  byId("deletions").hidden = requests.length === 0;
  byId("deletion-list").replaceChildren(
    ...requests.map(({ deletion_id, shared_at }) => {
      const item = document.createElement("li");
      const button = document.createElement("button");
      button.type = "button";
      button.textContent = say(`削除しました (${shared_at} の分)`, `It is deleted (of ${shared_at})`);
      button.addEventListener("click", run(async () => {
        await send("POST", "deletions", { deletion_id });
        await loadDeletions();
        tell(say("削除したことを伝えました。", "The person is told that it is deleted."));
      }));
      item.append(button);
      return item;
    }),
  );
}

async function loadDeletions() {
  showDeletions((await send("GET", "deletions")).deletion_requests);
}

function start() {
  offerWays();
  run(loadDeletions)();
  byId("ask-browser").addEventListener("click", run(askBrowser));
  byId("ask-same").addEventListener("click", run(askSame));
  byId("ask-cross").addEventListener("click", run(askCross));
  byId("again").addEventListener("click", () => location.assign(`/demo/verifier/${document.documentElement.lang}`));
  const came = new URLSearchParams(location.hash.slice(1)).get("response_code");
  if (came === null) return;
  history.replaceState(null, "", location.pathname);  // the code is for us, not for the history
  show("nothing yet");
  run(() => take({ response_code: came }))();
}

start();
