// A text that others wrote, as it is put on the screen: always a text node, and nothing in it steers the text around it.

// Controls, line and paragraph separators, everything that turns the direction of writing, invisible fillers and tags.
// Joiners (U+200C, U+200D) stay: scripts and emoji need them.
const steering =
  // eslint-disable-next-line no-control-regex
  /[\u0000-\u001f\u007f-\u009f\u00ad\u061c\u115f\u1160\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\u3164\ufeff\uffa0\ufff9-\ufffb\u{e0000}-\u{e007f}]/gu;
const loneSurrogate = /\p{Surrogate}/gu;
// More than this many marks on one letter only serve to draw over the lines around it.
const marks = /(\p{Mark}{8})\p{Mark}+/gu;

export function shown(text: string): string {
  return text.replace(/\r\n|[\n\t]/g, " ").replace(steering, "\ufffd").replace(loneSurrogate, "\ufffd").replace(marks, "$1\ufffd");
}
