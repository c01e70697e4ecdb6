// One thing at a time: runs what a button asks for, says what is going on when it takes a while, keeps what went wrong.
import { useEffect, useRef, useState } from "preact/hooks";
import { useApp } from "../context.ts";
import { walletError, type WalletError } from "../wallet.ts";

const silentMilliseconds = 1000;

export interface Work {
  busy: boolean;
  // What is going on, in words, once it has taken more than a second.
  progress: string | null;
  error: WalletError | null;
  clear(): void;
  // Does nothing while something runs. What fails is kept as `error`; what ends after the screen is gone is dropped.
  run<Result>(progress: string, work: () => Promise<Result>, then?: (result: Result) => void): Promise<void>;
}

export function useWork(): Work {
  const { announce } = useApp();
  const [busy, setBusy] = useState(false);
  const [progress, setProgress] = useState<string | null>(null);
  const [error, setError] = useState<WalletError | null>(null);
  const running = useRef(false);
  const here = useRef(true);
  useEffect(() => {
    here.current = true;
    return () => void (here.current = false);
  }, []);

  async function run<Result>(words: string, work: () => Promise<Result>, then?: (result: Result) => void) {
    if (running.current) return;
    running.current = true;
    setBusy(true);
    setError(null);
    const timer = setTimeout(() => {
      setProgress(words);
      announce(words);
    }, silentMilliseconds);
    let finish: () => void = () => {};
    try {
      const result = await work();
      finish = () => then?.(result);
    } catch (thrown) {
      const failure = walletError(thrown);
      finish = () => setError(failure);
    }
    clearTimeout(timer);
    running.current = false;
    if (!here.current) return;
    setBusy(false);
    setProgress(null);
    finish();
  }
  return { busy, progress, error, clear: () => setError(null), run };
}
