// Links that bring a card or ask for data, and the address that leads back to a website.

export type Destination = { name: "add" | "consent" | "move_new"; link: string };

const lengthMax = 16384;
const destinations: Record<string, Destination["name"]> = {
  "openid-credential-offer:": "add",
  "haip-vci:": "add",
  "openid4vp:": "consent",
  "haip-vp:": "consent",
  "mibun-move:": "move_new",
};
// A URL parser would silently drop or encode these; a link that has them was not made by a program.
const notInLinks = /[\s\u0000-\u001f\u007f-\u009f]/;

// Where a pasted, scanned or handed over text leads; null: it is no link for a wallet.
export function destination(text: string): Destination | null {
  const link = text.trim();
  if (link.length > lengthMax || notInLinks.test(link)) return null;
  const scheme = /^([a-z][a-z0-9+.-]*:)\/\//i.exec(link)?.[1]?.toLowerCase();
  if (scheme === undefined) return null;
  if (scheme === "https:" || scheme === "http:") return insidePageAddress(link);
  const name = destinations[scheme];
  return name ? { name, link } : null;
}

// Where a lost wallet is stopped: in this page, on whatever device opens it.
const stopHash = "#stop";
export const stopPage = (): string => new URL(stopHash, document.baseURI).href;
export const isStopPage = (hash: string): boolean => hash === stopHash;

// A QR code may carry the address of a wallet's page with the link behind "#link=".
function insidePageAddress(address: string): Destination | null {
  const hash = address.indexOf("#");
  const inner = hash < 0 ? null : deepLink(address.slice(hash));
  return inner === null || /^https?:/i.test(inner) ? null : destination(inner);
}

// The link in "#link=<percent-encoded>", as it stands in this page's own address.
export function deepLink(hash: string): string | null {
  const encoded = /^#link=([^&]*)/.exec(hash)?.[1];
  if (encoded === undefined) return null;
  try {
    return decodeURIComponent(encoded);
  } catch {
    return null;
  }
}

// The address to go back to after sharing, or to visit; null: not one that this page sends anybody to.
export function webAddress(address: string | null, demo: boolean): string | null {
  if (address === null || address.length > lengthMax || notInLinks.test(address)) return null;
  let url: URL;
  try {
    url = new URL(address);
  } catch {
    return null;
  }
  if (url.username !== "" || url.password !== "") return null;
  if (url.protocol === "https:") return url.href;
  const local = url.hostname === "localhost" || url.hostname.endsWith(".localhost");
  return demo && url.protocol === "http:" && local ? url.href : null;
}

// An address of the wallet's server by way of this page's own origin, where the same server listens: in the demonstration no
// browser trusts the certificate of the other one.
export function byWayOfPage(address: string | null, server: string, page: string): string | null {
  if (address === null) return null;
  const { origin, pathname, search, hash } = new URL(address);
  return origin === server ? `${page}${pathname}${search}${hash}` : address;
}
