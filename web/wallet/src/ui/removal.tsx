// A card is taken off this device: a button, one question, and home says that it is done.
import { useState } from "preact/hooks";
import { useApp, useWords } from "../context.ts";
import type { Screen } from "../navigation.ts";
import { Button, Confirm } from "./parts.tsx";
import type { Work } from "./use_step.ts";

type Done = Extract<Screen, { name: "home" }>["said"];

// `go`: what the button says, and `yes` the one that does it; `done`: what home says afterwards.
export function Removal({ card, work, id, kind, go, title, text, yes, done }: { card: string; work: Work; id: string; kind?: "quiet"; go: string; title: string; text: string; yes: string; done: Done }) {
  const { wallet, navigation } = useApp();
  const { t } = useWords();
  const [asking, setAsking] = useState(false);
  const remove = () => {
    setAsking(false);
    void work.run(t.card.removeBusy, () => wallet.step("remove_card", { id: card }), () => navigation.start({ name: "home", said: done }));
  };
  return (
    <>
      <Button id={id} kind={kind} busy={work.busy} onClick={() => setAsking(true)}>
        {go}
      </Button>
      {asking && <Confirm title={title} text={text} yes={yes} no={t.common.cancel} busy={work.busy} onYes={remove} onNo={() => setAsking(false)} />}
    </>
  );
}
