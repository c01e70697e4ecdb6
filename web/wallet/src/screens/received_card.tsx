// A card that has come: exactly what it says, and whether it stays.
import { useApp, useWords } from "../context.ts";
import type { Card, Claim } from "../wallet.ts";
import { CardFace } from "../ui/card_face.tsx";
import { Claims } from "../ui/claims.tsx";
import { Button, Page, WorkState } from "../ui/parts.tsx";
import { Removal } from "../ui/removal.tsx";
import { useWork } from "../ui/use_step.ts";

export function ReceivedCard({ card, claims }: { card: Card; claims: Claim[] }) {
  const { navigation } = useApp();
  const { t } = useWords();
  const work = useWork();
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
        <Removal
          card={card.id}
          work={work}
          id="keep-not"
          go={t.add.keepNot}
          title={t.add.keepNotTitle}
          text={t.add.keepNotText}
          yes={t.add.keepNot}
          done="notKept"
        />
      </div>
    </Page>
  );
}
