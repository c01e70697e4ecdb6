// The person's answer. Approving takes the passkey of the account: an assertion with user verification over exactly
// this answer to exactly this request, as every request to the account does.
"use strict";
(() => {
  const question = document.getElementById("question");
  if (!question) return;
  const approve = document.getElementById("approve");
  const refuse = document.getElementById("refuse");
  const back = document.getElementById("back");
  const status = document.getElementById("status");
  const address = "/api/v1/authorizations/" + question.dataset.authorization;
  const body = "{}";

  const toBase64url = (buffer) =>
    btoa(String.fromCharCode(...new Uint8Array(buffer))).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
  const fromBase64url = (text) =>
    Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (c) => c.charCodeAt(0));
  const utf8 = (text) => new TextEncoder().encode(text);

  const say = (text, bad) => {
    status.textContent = text;
    status.className = bad ? "bad" : "";
  };

  // Throws the server's own sentences, which are in the person's language: what happened, what to do.
  const post = async (target, body, headers) => {
    const response = await fetch(target, {
      method: "POST",
      headers: { "Content-Type": "application/json", ...headers },
      body,
      credentials: "omit",
      redirect: "error",
    });
    const answer = await response.json();
    if (!response.ok) throw new Error(answer.title ? `${answer.title} ${answer.detail}` : question.dataset.failed);
    return answer;
  };

  const assertionFor = async (target) => {
    const digest = await crypto.subtle.digest("SHA-256", utf8(body));
    const begun = await post("/api/v1/assertions",
      JSON.stringify({ method: "POST", target, body_sha256: toBase64url(digest) }), {});
    const options = begun.public_key;
    const credential = await navigator.credentials.get({
      publicKey: {
        challenge: fromBase64url(options.challenge),
        rpId: options.rpId,
        timeout: options.timeout,
        userVerification: "required",
      },
    });
    const header = {
      assertion_id: begun.assertion_id,
      id: toBase64url(credential.rawId),
      clientDataJSON: toBase64url(credential.response.clientDataJSON),
      authenticatorData: toBase64url(credential.response.authenticatorData),
      signature: toBase64url(credential.response.signature),
    };
    return toBase64url(utf8(JSON.stringify(header)));
  };

  // The address may be one that opens an app and leaves this page where it is.
  const leave = (redirect, text) => {
    say(text, false);
    approve.hidden = refuse.hidden = true;
    back.href = redirect;
    back.hidden = false;
    back.focus();
    location.assign(redirect);
  };

  const answer = async (button, target, signed) => {
    approve.disabled = refuse.disabled = true;
    say(question.dataset.working, false);
    try {
      const headers = signed ? { "Mibun-Assertion": await assertionFor(target) } : {};
      const answered = await post(target, body, headers);
      leave(answered.redirect_to, signed ? question.dataset.done : question.dataset.stopped);
    } catch (problem) {
      const cancelled = problem.name === "NotAllowedError";
      say(cancelled ? question.dataset.cancelled : problem.message, true);
      approve.disabled = refuse.disabled = false;
      button.focus();  // a disabled button lost it
    }
  };

  approve.addEventListener("click", () => answer(approve, address + "/approval", true));
  refuse.addEventListener("click", () => answer(refuse, address + "/refusal", false));
  // A page that has just come up under the finger is not an answer.
  setTimeout(() => { approve.disabled = false; }, 500);
})();
