import { useMemo } from "preact/hooks";
import { encode } from "../qr/encode.ts";

const quietZone = 4;

// For another device's camera; black on white in both themes, as cameras want it. Nothing when the text is too long.
export function QrCode({ text, label }: { text: string; label: string }) {
  const rows = useMemo(() => encode(text), [text]);
  if (rows === null) return null;
  const size = rows.length + 2 * quietZone;
  const path = rows.flatMap((row, y) => row.flatMap((dark, x) => (dark ? [`M${x + quietZone} ${y + quietZone}h1v1h-1z`] : []))).join("");
  return (
    <svg class="qr" role="img" aria-label={label} viewBox={`0 0 ${size} ${size}`} shape-rendering="crispEdges">
      <rect width={size} height={size} fill="#ffffff" />
      <path d={path} fill="#000000" />
    </svg>
  );
}
