// What vite.config.mjs puts in: the core's wallet (or, for the tests of the screens, the example) and where its module lies.
declare module "virtual:core" {
  import type { Wallet } from "./wallet.ts";
  export const module: { plain: string; asyncify: string };
  export function openWallet(options: { module: typeof module; server: string }): Promise<Wallet>;
}
