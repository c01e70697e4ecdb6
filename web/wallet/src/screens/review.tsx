// "Are your details correct?": what was read, and the photos as they will be handed in, before the person agrees to hand them in.
import { useState } from "preact/hooks";
import { useApp, useWords } from "../context.ts";
import type { Case, ChipReview, PhotoName, Photos, Steps } from "../wallet.ts";
import { Rows } from "../ui/data.tsx";
import { Button, Note, Page, Tick, WorkState } from "../ui/parts.tsx";
import { TextList } from "../ui/text_list.tsx";
import { useWork } from "../ui/use_step.ts";
import type { Evidence } from "./chip_files.tsx";
import { TakeAgain } from "./photos.tsx";
import { Picture, PhotosToSend } from "./photos_to_send.tsx";

interface Props {
  opened: Steps["begin_proofing"]["answer"];
  evidence: Evidence;
  review: ChipReview;
  photos: Photos;
  onPhotos: (photos: Photos) => void;
  // To the chip's files once more.
  onAgain: () => void;
  onDone: (now: Case) => void;
}

export function Review({ opened, evidence, review, photos, onPhotos, onAgain, onDone }: Props) {
  const { wallet } = useApp();
  const { t, say } = useWords();
  const work = useWork();
  const [agreed, setAgreed] = useState(false);
  const [unagreed, setUnagreed] = useState(false);
  const [retaking, setRetaking] = useState<PhotoName | null>(null);

  if (retaking !== null) {
    return (
      <TakeAgain
        name={retaking}
        onBack={() => setRetaking(null)}
        onTaken={(photo) => {
          onPhotos({ ...photos, [retaking]: photo });
          setRetaking(null);
        }}
      />
    );
  }
  // Nothing is handed in before the person has agreed to what becomes of it.
  const submit = () => {
    setUnagreed(!agreed);
    if (!agreed) return document.getElementById("agree-proofing")?.focus();
    const all = { case_id: opened.case_id, ...evidence, ...(Object.keys(photos).length > 0 && { photos }) };
    void work.run(t.prove.submitBusy, () => wallet.step("submit_proofing", all), onDone);
  };
  return (
    <Page title={t.prove.reviewTitle} topic="prove" lead={t.prove.reviewLead} onBack={onAgain}>
      {review.expired && <Note kind="warn" title={t.prove.reviewExpired}><p>{t.prove.reviewExpiredText}</p></Note>}
      <section id="chip-review">
        <h2>{t.prove.reviewChip}</h2>
        <Rows strong rows={review.rows.map(({ label, value }) => ({ label: say(label), value: say(value), foreign: true }))} />
        <Portrait portrait={review.portrait} />
        <p class="soft">{t.prove.reviewLetters}</p>
      </section>
      <section>
        <h2>{t.prove.reviewPhotos}</h2>
        <PhotosToSend photos={photos} onAgain={setRetaking} />
      </section>
      <WrongReview onAgain={onAgain} />
      <Tick id="agree-proofing" label={t.prove.agree} checked={agreed} error={unagreed && !agreed ? t.prove.mustAgree : null} onChange={setAgreed} />
      <p class="soft">{t.common.asksPasskey}</p>
      <WorkState work={work} />
      <div class="actions">
        <Button id="submit-proofing" kind="main" busy={work.busy} onClick={submit}>
          {t.prove.submit}
        </Button>
      </div>
    </Page>
  );
}

function Portrait({ portrait }: { portrait: ChipReview["portrait"] }) {
  const { t } = useWords();
  if (portrait === null) return <p class="soft" id="portrait-none">{t.prove.portraitNone}</p>;
  if (portrait.media_type !== "image/jpeg") return <p class="soft" id="portrait-unseen">{t.prove.portraitUnseen}</p>;
  return <Picture id="portrait" class="portrait" image={portrait.image} alt={t.prove.portrait} />;
}

function WrongReview({ onAgain }: { onAgain: () => void }) {
  const { navigation } = useApp();
  const { t } = useWords();
  return (
    <details class="panel" id="review-wrong">
      <summary>{t.prove.reviewWrong}</summary>
      <p>{t.prove.reviewWrongText}</p>
      <TextList of={t.prove.reviewWrongSteps} />
      <Button id="read-again" onClick={onAgain}>
        {t.prove.readAgain}
      </Button>
      <Button id="review-ask" onClick={() => navigation.go({ name: "inquiry" })}>
        {t.prove.reviewAsk}
      </Button>
    </details>
  );
}
