// Whether the server's log of operations goes on from what this wallet saw of it last. Asked when the wallet shows its
// cards, at most every five minutes; without a connection nothing is said.
import { useEffect, useState } from "preact/hooks";
import type { Wallet } from "./wallet.ts";

const everyMilliseconds = 5 * 60_000;
let looked: { wallet: Wallet; at: number; code: string | null } | null = null;

async function look(wallet: Wallet): Promise<string | null> {
  if (looked?.wallet === wallet && Date.now() - looked.at < everyMilliseconds) return looked.code;
  const answer = await wallet.step("server_log");
  looked = { wallet, at: Date.now(), code: answer.state === "broken" ? answer.code : null };
  return looked.code;
}

// The code of what is wrong with it; null: nothing, or not known yet. `ready`: the screen has what it came for.
export function useServerLog(wallet: Wallet, ready: boolean): string | null {
  const [code, setCode] = useState<string | null>(null);
  useEffect(() => {
    if (ready) look(wallet).then(setCode, () => {}); // no connection, or locked again
  }, [ready]);
  return code;
}
