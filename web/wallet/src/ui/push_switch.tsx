import { useEffect, useState } from "preact/hooks";
import { useApp, useWords } from "../context.ts";
import { askPermission, pushState, subscribe, tellLanguage, unsubscribe, type PushState } from "../push.ts";
import { Button, Note, WorkState } from "./parts.tsx";
import { useWork } from "./use_step.ts";

// Notifications of this device, on and off. The browser is asked only after the person pressed the button.
export function PushSwitch() {
  const { wallet, language, announce } = useApp();
  const { t } = useWords();
  const work = useWork();
  const [state, setState] = useState<PushState | null>(null);
  const [unreachable, setUnreachable] = useState(false);
  useEffect(() => void pushState().then(setState, () => setState("unsupported")), []);

  const turn = async (): Promise<PushState> => {
    setUnreachable(false);
    if (!(await askPermission())) return pushState();
    const { key } = await wallet.step("push_key");
    const subscription = await subscribe(key).catch(() => null);
    if (subscription === null) {
      setUnreachable(true);
      return "off";
    }
    try {
      await wallet.step("subscribe_push", subscription);
    } catch (error) {
      await unsubscribe();
      throw error;
    }
    await tellLanguage(language);
    return "on";
  };
  const turnOff = async (): Promise<PushState> => {
    await wallet.step("unsubscribe_push");
    await unsubscribe();
    return "off";
  };
  const settle = (now: PushState) => {
    setState(now);
    announce(t.push.states[now]);
  };
  return (
    <section>
      <h2>{t.push.title}</h2>
      <p>{t.push.learns}</p>
      {state !== null && <p id="push-state" data-state={state}>{t.push.states[state]}</p>}
      {unreachable && <Note kind="warn" title={t.push.unreachable}><p>{t.push.stillHere}</p></Note>}
      <WorkState work={work} />
      {state === "off" && (
        <Button id="push-on" icon="bell" busy={work.busy} onClick={() => void work.run(t.push.busy, turn, settle)}>
          {t.push.on}
        </Button>
      )}
      {state === "on" && (
        <Button id="push-off" busy={work.busy} onClick={() => void work.run(t.push.busy, turnOff, settle)}>
          {t.push.off}
        </Button>
      )}
    </section>
  );
}
