// One case as a reviewer sees it: pictures side by side, what was checked, what is claimed and where it comes from.
import { checkWord, claimWord, detailWord, methodWord, outcomeWord, say, sourceWord, timeWord } from "./words.js";

export function make(name, content, attributes = {}) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  element.append(...[content].flat());
  return element;
}

function bytesOf(base64url) {
  return Uint8Array.from(atob(base64url.replaceAll("-", "+").replaceAll("_", "/")), (one) => one.charCodeAt(0));
}

// Pictures of the case on screen; let go of with it.
let shownPictures = [];
function addressOf(bytes, type) {
  const address = URL.createObjectURL(new Blob([bytes], { type }));
  shownPictures.push(address);
  return address;
}
export function forgetPictures() {
  shownPictures.forEach((address) => URL.revokeObjectURL(address));
  shownPictures = [];
}

function figure(id, caption, type, image) {
  const bytes = bytesOf(image);
  const picture = make("img", [], { id, alt: caption });
  const whole = make("figure", [make("figcaption", caption), picture]);
  picture.addEventListener("error", () => {
    picture.replaceWith(make("p", say(`このブラウザーでは表示できない形式です (${type}、${bytes.length} バイト)。`, `This browser cannot show its format (${type}, ${bytes.length} bytes).`), { id, class: "soft" }));
  });
  picture.src = addressOf(bytes, type);
  return whole;
}

function pictures(view) {
  const photos = view.photos ?? {};
  const all = [];
  if (view.portrait) all.push(figure("chip-portrait", say("チップの顔写真", "Portrait in the chip"), view.portrait.media_type, view.portrait.image));
  if (photos["photo.document"]) all.push(figure("photo-document", say("書類の写真", "Photo of the document"), "image/jpeg", photos["photo.document"]));
  if (photos["photo.selfie"]) all.push(figure("photo-selfie", say("本人が撮った顔", "Photo of the face"), "image/jpeg", photos["photo.selfie"]));
  if (all.length > 0) return make("div", all, { class: "pictures" });
  return make("p", say("見比べる写真はありません。", "There are no pictures to compare."));
}

function table(id, columns, rows) {
  const head = make("thead", make("tr", columns.map((column) => make("th", column, { scope: "col" }))));
  const body = make("tbody", rows.map(([first, ...rest]) => make("tr", [make("th", first, { scope: "row" }), ...rest])));
  return make("table", [head, body], { "aria-labelledby": id });
}

function findings(view) {
  const rows = (view.findings ?? []).map(({ check, outcome, detail }) => {
    const cell = make("td", make("span", outcomeWord(outcome), { class: outcome }));
    const words = detailWord(detail);
    if (words) cell.append(make("div", words, { class: "soft" }));
    else if (detail) cell.append(make("div", detail, { class: "soft", lang: "en-GB" }));  // the server's own sentence
    return [checkWord(check), cell];
  });
  return table("findings-title", [say("確認した項目", "Check"), say("結果", "Outcome")], rows);
}

function claims(view) {
  const rows = Object.entries(view.claims ?? {}).map(([name, { value, source }]) => [
    claimWord(name), make("td", String(value)), make("td", sourceWord(source))]);
  return table("claims-title", [say("項目", "Entry"), say("内容", "Value"), say("出どころ", "Source")], rows);
}

function appeal(view) {
  if (!view.appeal) return [];
  return [make("h2", say("異議申し立て", "Appeal")),
    make("p", say(`${timeWord(view.appeal.at)} に、却下への異議が申し立てられました。`, `The person appealed against the rejection on ${timeWord(view.appeal.at)}.`)),
    make("blockquote", view.appeal.text ?? "", { id: "appeal-text" })];
}

export function caseContent(view) {
  return [
    make("p", say(`受付番号 ${view.case_id} · ${methodWord(view.method)} · 提出 ${timeWord(view.submitted_at ?? view.created_at)} · 承認 ${view.approvals} / 2`,
      `Case ${view.case_id} · ${methodWord(view.method)} · handed in ${timeWord(view.submitted_at ?? view.created_at)} · approvals ${view.approvals} of 2`), { class: "soft" }),
    ...appeal(view),
    make("h2", say("写真を見比べる", "Compare the pictures")), pictures(view),
    make("h2", say("確認の結果", "What was checked"), { id: "findings-title" }), findings(view),
    make("h2", say("読み取った内容", "What the document says"), { id: "claims-title" }), claims(view),
  ];
}
