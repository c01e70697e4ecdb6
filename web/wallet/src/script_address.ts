// The page's one Trusted Types policy: only these two scripts of our own may be started as workers, under no other address.
import scanWorker from "./qr/worker.ts?worker&url";

const own: readonly string[] = ["sw.js", scanWorker];

interface Policy {
  createScriptURL(address: string): string;
}
interface PolicyFactory {
  createPolicy(name: string, rules: Policy): Policy;
}
const rules: Policy = {
  createScriptURL(address) {
    if (!own.includes(address)) throw new TypeError("not a script of this page");
    return address;
  },
};
// Absent where a browser has no Trusted Types; the rule above holds there all the same.
const factory = (globalThis as { trustedTypes?: PolicyFactory }).trustedTypes;
const policy = factory ? factory.createPolicy("sw", rules) : rules;

export const serviceWorkerAddress = (): string => policy.createScriptURL("sw.js");
export const scanWorkerAddress = (): string => policy.createScriptURL(scanWorker);
