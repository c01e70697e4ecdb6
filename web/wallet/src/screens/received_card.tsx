// A card that has come: exactly what it says, and whether it stays.
import { useState } from "preact/hooks";
import { useApp, useWords } from "../context.ts";
import type { Card, Claim } from "../wallet.ts";
import { CardFace, Claims } from "../ui/card_face.tsx";
import { Button, Confirm, Page, WorkState } from "../ui/parts.tsx";
import { useWork } from "../ui/use_step.ts";

export function ReceivedCard({ card, claims }: { card: Card; claims: Claim[] }) {
  const { wallet, navigation, announce } = useApp();
  const { t } = useWords();
  const work = useWork();
  const [asking, setAsking] = useState(false);
  const remove = () =>
    void work.run(t.card.removeBusy, () => wallet.step("remove_card", { id: card.id }), () => {
      announce(t.add.notKept);
      navigation.start({ name: "home" });
    });
  return (
    <Page title={t.add.doneTitle} topic="added" lead={t.add.doneText} onBack={() => navigation.start({ name: "home" })}>
      <CardFace card={card} id="face" />
      <Claims claims={claims} />
      <WorkState work={work} />
      <div class="actions">
        <Button id="done-home" kind="main" busy={work.busy} onClick={() => navigation.start({ name: "home" })}>
          {t.add.keep}
        </Button>
        <Button id="done-card" busy={work.busy} onClick={() => navigation.start({ name: "home" }, { name: "card", id: card.id })}>
          {t.add.doneOpen}
        </Button>
        <Button id="keep-not" busy={work.busy} onClick={() => setAsking(true)}>
          {t.add.keepNot}
        </Button>
      </div>
      {asking && (
        <Confirm
          title={t.add.keepNotTitle}
          text={t.add.keepNotText}
          yes={t.add.keepNot}
          no={t.common.cancel}
          busy={work.busy}
          onYes={() => {
            setAsking(false);
            remove();
          }}
          onNo={() => setAsking(false)}
        />
      )}
    </Page>
  );
}
