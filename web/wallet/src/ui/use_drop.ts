// An open question is dropped when its screen goes, by whatever way: nothing is sent, and the core waits for nobody.
import { useEffect, useRef } from "preact/hooks";
import { useApp } from "../context.ts";

// Set `current` while a question is open.
export function useDrop(): { current: boolean } {
  const { wallet } = useApp();
  const open = useRef(false);
  useEffect(
    () => () => {
      // Locked in the meantime: then there is no question any more.
      if (open.current && wallet.state() === "open") wallet.step("drop").catch(() => {});
    },
    [],
  );
  return open;
}
