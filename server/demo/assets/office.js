// The demonstration's review office: who sits here, which cases wait, one case, a decision. The session lies in a cookie
// that this script cannot read.
import { caseContent, forgetPictures, make } from "./case.js";
import { decisionWord, methodWord, outcomeOf, reasonsOf, reasonWord, refusalOf, say, timeWord } from "./words.js";

const byId = (id) => document.getElementById(id);
const kPollMilliseconds = 3000;

let reviewers = [];
let reviewer = null;
let view = null;  // the case on screen
let listed = "";  // what the list shows, to leave it alone while nothing changes
let timer;
let troubled = false;  // the line of status tells of trouble with the list

class Refusal extends Error {
  constructor(status, { code, title, detail }) {
    super(`${title} ${detail}`);
    Object.assign(this, { status, code });
  }
}

async function ask(method, path, body) {
  const headers = { "Mibun-Own-Page": "1", "Accept-Language": document.documentElement.lang };
  if (body) headers["Content-Type"] = "application/json";
  const answer = await fetch(path, { method, headers, body: body && JSON.stringify(body) });
  const content = await answer.json();
  if (!answer.ok) throw new Refusal(answer.status, content);
  return content;
}

function tell(text) {
  if (byId("status").textContent !== text) byId("status").textContent = text;
}

function show(id) {
  for (const one of ["who", "queue", "case", "confirm", "done"]) byId(one).hidden = one !== id;
  byId("seat").hidden = reviewer === null;
  byId("seat-name").textContent = reviewer === null ? "" : say(`${reviewer.name} として審査中`, `Reviewing as ${reviewer.name}`);
  tell("");
  byId(`${id}-title`).focus();
  if (id !== "queue") clearTimeout(timer);
  if (id === "who" || id === "queue") closeCase();
}

function closeCase() {
  view = null;
  forgetPictures();
  byId("case-content").replaceChildren();
}

// ---- who sits here ----

async function become(one) {
  await ask("POST", "/api/office/session", { reviewer_id: one.id });
  reviewer = one;
}

function seatButton(one, id, text, then) {
  const button = make("button", text, { type: "button", id });
  button.addEventListener("click", run(async () => { await become(one); await then(); }));
  return button;
}

function showSeats() {
  byId("reviewers").replaceChildren(...reviewers.map((one) => seatButton(one, `be-${one.id}`, one.name, showQueue)));
  show("who");
}

async function leaveSeat() {
  await ask("POST", "/api/office/session/end", {});
  reviewer = null;
  showSeats();
}

// ---- which cases wait ----

function entry(one, place) {
  const since = timeWord(one.submitted_at ?? one.created_at);
  const open = make("button", say("案件を開く", "Open the case"), { type: "button", id: `case-${place}`, "data-case": one.case_id, "aria-describedby": `about-${place}` });
  open.addEventListener("click", run(() => openCase(one.case_id)));
  const about = make("div", [
    make("p", [...(one.appeal ? [make("span", say("異議申し立て", "Appeal"), { class: "mark" })] : []), say(`${since} から待っています`, `Waiting since ${since}`)]),
    make("p", say(`${methodWord(one.method)} · 承認 ${one.approvals} / 2 · ${one.case_id}`, `${methodWord(one.method)} · approvals ${one.approvals} of 2 · ${one.case_id}`), { class: "soft" }),
  ], { id: `about-${place}` });
  return make("li", [about, open]);
}

function list(cases) {
  const now = JSON.stringify(cases);
  if (now === listed) return;
  const first = listed === "";
  listed = now;
  const focused = document.activeElement?.dataset?.case;
  byId("cases").replaceChildren(...cases.map(entry));
  byId("cases").hidden = cases.length === 0;
  byId("no-cases").hidden = cases.length > 0;
  if (focused) (document.querySelector(`[data-case="${CSS.escape(focused)}"]`) ?? byId("queue-title")).focus();
  if (!first) tell(say(`一覧が更新されました。待っている案件: ${cases.length} 件`, `The list has changed. Cases waiting: ${cases.length}`));
}

// While the list is on screen it is asked for again and again; out of sight it rests.
async function poll() {
  clearTimeout(timer);
  if (byId("queue").hidden || document.hidden) return;
  const { cases } = await ask("GET", "/api/v1/staff/cases");
  if (byId("queue").hidden) return;
  if (troubled) tell("");
  troubled = false;
  list(cases);
  clearTimeout(timer);
  timer = setTimeout(run(poll), kPollMilliseconds);
}

async function showQueue() {
  listed = "";
  show("queue");
  await poll();
}

// ---- one case ----

async function openCase(id) {
  const shown = await ask("GET", `/api/v1/staff/cases/${id}`);
  closeCase();
  view = shown;
  byId("case-content").replaceChildren(...caseContent(view));
  offerDecisions();
  show("case");
}

// Asking again is offered where the service tells of photos.
function offerDecisions() {
  const offered = Object.keys(reasonsOf).filter((one) => one !== "ask_again" || "photos" in view);
  byId("decisions").replaceChildren(...offered.map((one) => {
    const choice = make("input", [], { type: "radio", name: "decision", id: `decide-${one}`, value: one, required: "" });
    choice.addEventListener("change", () => offerReasons(one));
    return make("label", [choice, decisionWord(one)]);
  }));
  offerReasons(undefined);
}

function offerReasons(decision) {
  const reasons = reasonsOf[decision] ?? [];
  byId("reason").replaceChildren(...reasons.map((one) => make("option", reasonWord(one), { value: one })));
  byId("reason").disabled = reasons.length === 0;
}

const chosen = () => document.querySelector("input[name=decision]:checked")?.value;

function confirm() {
  byId("confirm-title").textContent = say(`「${decisionWord(chosen())}」でよいですか`, `${decisionWord(chosen())}: are you sure?`);
  byId("confirm-text").textContent = say(`受付番号 ${view.case_id} · 理由: ${reasonWord(byId("reason").value)}`, `Case ${view.case_id} · reason: ${reasonWord(byId("reason").value)}`);
  byId("confirm-yes").textContent = decisionWord(chosen());
  show("confirm");
}

async function decide() {
  const { case_id } = view;
  const body = { decision: chosen(), reason_code: byId("reason").value };
  try {
    const { state } = await ask("POST", `/api/v1/staff/cases/${case_id}/decisions`, body);
    showDone(outcomeOf(state), state, state === "in_review" ? case_id : undefined);
  } catch (error) {
    if (!(error instanceof Refusal) || error.status === 401) throw error;
    showDone(refusalOf(error), error.code, error.code === "case_same_reviewer" ? case_id : undefined);
  }
}

// `for_others`: the case that somebody else should look at now.
function showDone({ title, text }, outcome, for_others) {
  closeCase();
  byId("done-title").textContent = title;
  byId("done-text").textContent = text;
  byId("done").dataset.outcome = outcome;
  const others = for_others === undefined ? [] : reviewers.filter((one) => one.id !== reviewer.id);
  byId("done-others").replaceChildren(...others.map((one) =>
    seatButton(one, `as-${one.id}`, say(`${one.name} に交代して、この案件を開く`, `Switch to ${one.name} and open this case`), () => openCase(for_others))));
  show("done");
}

// ---- what can go wrong anywhere ----

function explain(error) {
  if (error instanceof Refusal && error.status === 401) {
    reviewer = null;
    showSeats();
    tell(say("席の時間が過ぎました。もう一度、審査担当者を選んでください。", "Your time at the desk is over. Choose a reviewer again."));
    return;
  }
  const { title, text } = refusalOf(error);
  tell(`${title}${say("。", ". ")}${text}`);
  troubled = !byId("queue").hidden;
  if (troubled) timer = setTimeout(run(poll), kPollMilliseconds);
}

function run(deed) {
  return async (event) => {
    event?.preventDefault?.();
    try {
      await deed();
    } catch (error) {
      explain(error);
    }
  };
}

async function start() {
  byId("switch").addEventListener("click", run(leaveSeat));
  byId("leave-case").addEventListener("click", run(showQueue));
  byId("decision").addEventListener("submit", run(confirm));
  byId("confirm-yes").addEventListener("click", run(decide));
  byId("confirm-no").addEventListener("click", () => show("case"));
  byId("back-to-queue").addEventListener("click", run(showQueue));
  document.addEventListener("visibilitychange", run(poll));
  ({ reviewers, reviewer } = await ask("GET", "/api/office/session"));
  if (reviewer === null) showSeats();
  else await showQueue();
}

run(start)();
