// A person whose passkey lives in Chromium's virtual authenticator: registers, and hands in a passport, by the requests
// that a page of the wallet would send.
import { createPrivateKey, sign } from "node:crypto";
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";

// `options`: more of DevTools' VirtualAuthenticatorOptions.
export async function addAuthenticator(page, options = {}) {
  await page.send("WebAuthn.enable");
  const { authenticatorId } = await page.send("WebAuthn.addVirtualAuthenticator", {
    options: { protocol: "ctap2", transport: "internal", hasResidentKey: true, hasUserVerification: true, isUserVerified: true, automaticPresenceSimulation: true, ...options },
  });
  // As if the person turned away from the sensor, and back.
  const verifies = (isUserVerified) => page.send("WebAuthn.setUserVerified", { authenticatorId, isUserVerified });
  // As if nobody touched it, and again somebody did.
  const touches = (enabled) => page.send("WebAuthn.setAutomaticPresenceSimulation", { authenticatorId, enabled });
  const passkeys = async () => (await page.send("WebAuthn.getCredentials", { authenticatorId })).credentials;
  return { verifies, touches, passkeys };
}

// What runs in the page. `account(method, target, body)`: a request with an assertion of its own over exactly it.
const inPage = `
  const toText = (buffer) => btoa(String.fromCharCode(...new Uint8Array(buffer))).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
  const toBytes = (text) => Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (c) => c.charCodeAt(0));
  const send = async (method, target, type, body, headers = {}) => {
    const answer = await fetch(target, { method, headers: { "Content-Type": type, ...headers }, body });
    if (!answer.ok) throw new Error(target + " " + await answer.text());
    return answer.status === 204 ? {} : answer.json();
  };
  const json = "application/json";
  const account = async (method, target, type, bytes) => {
    const digest = toText(await crypto.subtle.digest("SHA-256", bytes));
    const begun = await send("POST", "/api/v1/assertions", json, JSON.stringify({ method, target, body_sha256: digest }));
    const { challenge, rpId } = begun.public_key;
    const { rawId, response } = await navigator.credentials.get({ publicKey: { challenge: toBytes(challenge), rpId, userVerification: "required" } });
    const assertion = JSON.stringify({ assertion_id: begun.assertion_id, id: toText(rawId), clientDataJSON: toText(response.clientDataJSON),
      authenticatorData: toText(response.authenticatorData), signature: toText(response.signature) });
    return send(method, target, type, bytes, { "Mibun-Assertion": toText(new TextEncoder().encode(assertion)) });
  };`;
const run = (page, body) => page.evaluate(`(async () => { ${inPage} ${body} })()`);

export const register = (page) => run(page, `
  const { registration_id, terms_version, public_key: options } = await send("POST", "/api/v1/registrations", json, "{}");
  const credential = await navigator.credentials.create({ publicKey: {
    ...options, challenge: toBytes(options.challenge), user: { ...options.user, id: toBytes(options.user.id) } } });
  return send("POST", "/api/v1/registrations/" + registration_id, json, JSON.stringify({ terms_version, credential: credential.toJSON() }));`);

// The simulated chip of \`passport\` (a folder of the demonstration); returns the case's id.
export async function prove(page, passport) {
  const utf8 = "new TextEncoder().encode";
  const cases = "/api/v1/proofing/cases";
  const opened = await run(page, `return account("POST", "${cases}", json, ${utf8}('{"method":"emrtd"}'));`);
  for (const name of readdirSync(passport).filter((file) => file.startsWith("EF."))) {
    const content = readFileSync(join(passport, name)).toString("base64url");
    await run(page, `return account("PUT", "${cases}/${opened.case_id}/files/${name}", "application/octet-stream", toBytes("${content}"));`);
  }
  const key = createPrivateKey({ key: readFileSync(join(passport, "chip.key")), format: "der", type: "pkcs8" });
  const signature = sign("sha256", Buffer.from(opened.active_authentication_challenge, "base64url"), { key, dsaEncoding: "ieee-p1363" });
  const submission = JSON.stringify({ active_authentication_signature: signature.toString("base64url") });
  await run(page, `return account("POST", "${cases}/${opened.case_id}/submission", json, ${utf8}('${submission}'));`);
  return opened.case_id;
}
