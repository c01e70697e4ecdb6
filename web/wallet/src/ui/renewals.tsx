// What is going on with renewing, above the cards; nothing where there is nothing to say.
import { useEffect, useRef, useState } from "preact/hooks";
import { useApp, useWords } from "../context.ts";
import { noRenewals, RenewalTimer } from "../renewal_timer.ts";
import { shown } from "../shown.ts";
import { Data } from "./data.tsx";
import { Button, Note } from "./parts.tsx";

// `ready`: the cards are there. `onRenewed`: they are to be read again.
export function Renewals({ ready, onRenewed }: { ready: boolean; onRenewed: () => void }) {
  const { wallet, online, announce } = useApp();
  const { t, say, when, error } = useWords();
  const [state, setState] = useState(noRenewals);
  const timer = useRef<RenewalTimer | null>(null);

  useEffect(() => {
    if (!ready) return;
    timer.current = new RenewalTimer({ wallet, tell: setState });
    void timer.current.look();
    return () => timer.current?.stop();
  }, [ready]);
  useEffect(() => {
    if (online) void timer.current?.look();
  }, [online]);
  const running = state.running;
  const progress = running && t.renewals.running(shown(say(running.due.card.name)), running.which, running.of);
  useEffect(() => {
    if (progress) announce(progress);
  }, [progress]);
  useEffect(() => {
    if (state.renewed === 0) return;
    announce(t.renewals.done(state.renewed));
    onRenewed();
  }, [state.renewed]);

  return (
    <>
      {progress && (
        <p class="progress" id="renewing">
          <span class="dots" aria-hidden="true" />
          {progress}
        </p>
      )}
      {state.renewed > 0 && !running && <Note kind="good"><p>{t.renewals.done(state.renewed)}</p></Note>}
      {state.asking.length > 0 && !running && (
        <Note kind="plain" title={t.renewals.asking(state.asking.length)}>
          <p>{t.renewals.askingText}</p>
          <Button id="renew-due" kind="main" onClick={() => void timer.current?.renewAsked()}>
            {t.renewals.go}
          </Button>
        </Note>
      )}
      {!running && state.failed.map(({ due, again }) => (
        <Note key={due.card.id} kind="plain" title={t.renewals.failed}>
          <p><Data text={say(due.card.name)} /></p>
          <p>{due.failure === null ? "" : error(due.failure).cause} {t.renewals.stays}</p>
          <p class="soft">{again === null ? t.renewals.byHand : t.renewals.again(when(again))}</p>
        </Note>
      ))}
    </>
  );
}
