// Stops a wallet by its revocation code, from any device: neither a wallet nor a passkey is needed, so the page itself asks
// the server.
import type { WalletError } from "./wallet.ts";

const member = (value: unknown, name: string): string => {
  const found = typeof value === "object" && value !== null ? (value as Record<string, unknown>)[name] : undefined;
  return typeof found === "string" ? found : "";
};

// When it was stopped, in milliseconds. Throws a WalletError.
export async function stopWallet(code: string, request: typeof fetch = fetch): Promise<number> {
  const answer = await request("/api/v1/revocations", {
    method: "POST",
    credentials: "omit",
    cache: "no-store",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ revocation_code: code }),
  }).catch((error: unknown) => {
    throw { code: "http_connect_failed", where: "revocations", detail: String(error) } satisfies WalletError;
  });
  const said: unknown = await answer.json().catch(() => null);
  const at = Date.parse(member(said, "revoked_at"));
  if (answer.ok && !Number.isNaN(at)) return at;
  const refusal = answer.ok ? "" : member(said, "code");
  throw (refusal === ""
    ? { code: "http_status_unexpected", where: String(answer.status), detail: "" }
    : { code: "wallet_server_refused", where: refusal, detail: member(said, "detail") }) satisfies WalletError;
}
