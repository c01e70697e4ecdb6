// What vite.config.mjs puts in: the core's wallet (or, for the tests of the screens, the example) and where its module lies.
declare module "virtual:core" {
  import type { Wallet } from "./wallet.ts";
  export const module: string;
  export function openWallet(options: { module: string; server: string }): Promise<Wallet>;
}
