// What is going on with renewing, above the cards; nothing where there is nothing to say.
import { useEffect, useRef, useState } from "preact/hooks";
import { useApp, useWords } from "../context.ts";
import { noRenewals, RenewalTimer } from "../renewal_timer.ts";
import { shown } from "../shown.ts";
import type { Card, WalletError } from "../wallet.ts";
import { Data } from "./data.tsx";
import { Button, Note, toldCode } from "./parts.tsx";

// `ready`: the cards are there. `onRenewed`: they are to be read again.
export function Renewals({ ready, onRenewed }: { ready: boolean; onRenewed: () => void }) {
  const { wallet, online, announce } = useApp();
  const { t, say, when } = useWords();
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
  const troubles = state.failed.length + state.over.length;
  useEffect(() => {
    if (progress) announce(progress);
    else if (troubles > 0) announce(t.renewals.failed);
  }, [progress, troubles]);
  useEffect(() => {
    if (state.renewed === 0) return;
    announce(t.renewals.done(state.renewed));
    onRenewed();
  }, [state.renewed]);
  // The pressed button may be gone by the end; who came by the keyboard is then at the top of the screen, not nowhere.
  const pressed = useRef(false);
  useEffect(() => {
    if (running !== null || !pressed.current) return;
    pressed.current = false;
    if (document.activeElement === document.body) document.querySelector<HTMLElement>("h1")?.focus();
  }, [running]);
  const press = () => {
    pressed.current = true;
    void timer.current?.renewAsked();
  };

  return (
    <>
      {progress && (
        <p class="progress" id="renewing">
          <span class="dots" aria-hidden="true" />
          {progress}
        </p>
      )}
      {state.renewed > 0 && !running && <Note kind="good"><p>{t.renewals.done(state.renewed)}</p></Note>}
      {!running && state.failed.map(({ due, again, error }) => (
        <Note key={due.card.id} kind="warn" title={t.renewals.failed}>
          <Why card={due.card} error={error} stays={t.renewals.stays} />
          {again !== null && <p class="soft">{t.renewals.again(when(again))}</p>}
          {due.by_hand && <p class="soft">{t.renewals.byHand}</p>}
        </Note>
      ))}
      {!running && state.over.map(({ due, error }) => (
        <Note key={due.card.id} kind="warn" title={t.renewals.over}>
          <Why card={due.card} error={error} stays={t.renewals.overStays} />
        </Note>
      ))}
      {state.asking.length > 0 && (
        <Note kind="plain" title={t.renewals.asking(state.asking.length)}>
          <p>{t.renewals.askingText}</p>
          {online ? (
            <Button id="renew-due" kind="main" busy={running !== null} onClick={press}>
              {t.renewals.go}
            </Button>
          ) : (
            <p class="soft" id="renew-online">{t.renewals.online}</p>
          )}
        </Note>
      )}
    </>
  );
}

function Why({ card, error, stays }: { card: Card; error: WalletError; stays: string }) {
  const words = useWords();
  const { cause, remedy } = words.error(toldCode(error, words));
  return (
    <>
      <p><Data text={words.say(card.name)} /></p>
      <p>{cause} {stays}</p>
      <p>{remedy}</p>
    </>
  );
}
