// Asks again and again while the screen is there and in sight, never twice at once.
import { useEffect, useRef } from "preact/hooks";

const everyMilliseconds = 3000;

export function usePoll(active: boolean, ask: () => Promise<void>): void {
  const latest = useRef(ask);
  latest.current = ask;
  useEffect(() => {
    if (!active) return;
    let here = true;
    let timer: ReturnType<typeof setTimeout>;
    const turn = async () => {
      if (document.visibilityState === "visible") await latest.current();
      if (here) timer = setTimeout(() => void turn(), everyMilliseconds);
    };
    void turn();
    return () => {
      here = false;
      clearTimeout(timer);
    };
  }, [active]);
}
