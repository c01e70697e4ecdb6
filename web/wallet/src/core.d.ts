// What vite.config.mjs puts in: the core's wallet (or, for the tests of the screens, the example) and where its module lies.
declare module "virtual:core" {
  import type { Wallet } from "./wallet.ts";
  type Form = { first: string; rest: string };
  export const module: { plain: Form; asyncify: Form };
  export function openWallet(options: { module: typeof module; server: string }): Promise<Wallet>;
}
