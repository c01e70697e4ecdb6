// Files out of and into the page, and base64url.

// Hands the person a file; nothing leaves the device.
export function save(name: string, text: string, type = "text/plain"): void {
  const address = URL.createObjectURL(new Blob([text], { type: `${type};charset=utf-8` }));
  const link = document.createElement("a");
  link.href = address;
  link.download = name;
  link.click();
  URL.revokeObjectURL(address);
}

export function toBase64url(bytes: Uint8Array): string {
  const characters = Array.from(bytes, (byte) => String.fromCharCode(byte)).join("");
  return btoa(characters).replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");
}
export async function fileToBase64url(file: Blob): Promise<string> {
  return toBase64url(new Uint8Array(await file.arrayBuffer()));
}

export function fromBase64url(text: string): Uint8Array<ArrayBuffer> {
  const characters = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
  return Uint8Array.from(characters, (character) => character.charCodeAt(0));
}

// The elementary files of a passport's chip, whatever ending the companion gave them: "ef.dg1.bin" is EF.DG1.
const chipFile = /^EF[._-]?(COM|SOD|DG(?:1|2|14|15))(?:\.[A-Za-z0-9]{1,4})?$/i;
export function chipFileName(name: string): string | null {
  const found = chipFile.exec(name);
  return found ? `EF.${found[1]!.toUpperCase()}` : null;
}
