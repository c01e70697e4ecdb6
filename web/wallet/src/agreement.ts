// What the person agreed to, out of a receipt that the core has checked and kept: to be read, nothing is decided by it.
import type { Receipt, Text } from "./wallet.ts";

export interface Agreed {
  purpose: Text;
  retention: { days: number; text: Text };
  cautions: Text | null; // a reader's registration has none
}

// Null of an erasure, of a reader that said nothing, and of anything else.
export function agreementOf({ kind, text }: Receipt): Agreed | null {
  try {
    if (kind === "consent") return agreed(JSON.parse(JSON.parse(payloadOf(text)).consent));
    return kind === "nearby" ? agreed(JSON.parse(text).reader) : null;
  } catch {
    return null;
  }
}

function agreed({ purpose, retention, cautions }: { [member: string]: unknown }): Agreed | null {
  const { days, text } = (retention ?? {}) as { [member: string]: unknown };
  if (!isText(purpose) || typeof days !== "number" || !isText(text)) return null;
  return { purpose, retention: { days, text }, cautions: isText(cautions) ? cautions : null };
}

function isText(value: unknown): value is Text {
  const { ja, en } = (value ?? {}) as { [member: string]: unknown };
  return typeof ja === "string" && typeof en === "string";
}

// Of a JWS in compact form.
function payloadOf(jws: string): string {
  const characters = atob(jws.split(".")[1]!.replaceAll("-", "+").replaceAll("_", "/"));
  return new TextDecoder().decode(Uint8Array.from(characters, (one) => one.charCodeAt(0)));
}
