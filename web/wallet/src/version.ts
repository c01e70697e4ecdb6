// The page's version, for people: the hash in this script's own name, which changes with everything the script leads to.
export const version = /-([\w-]{8})\.js$/.exec(new URL(import.meta.url).pathname)?.[1] ?? "0";
