// The photos of an identity check, one after the other; and those that a reviewer asked for again.
import { useState } from "preact/hooks";
import { useApp, useWords } from "../context.ts";
import { fileToBase64url } from "../files.ts";
import type { Case, PhotoName, Photos } from "../wallet.ts";
import { Button, Page, WorkState } from "../ui/parts.tsx";
import { useWork } from "../ui/use_step.ts";
import { Photo } from "./photo.tsx";
import { PhotosToSend } from "./photos_to_send.tsx";

interface Props {
  names: PhotoName[];
  needed: boolean;
  onDone: (photos: Photos) => void;
  onBack: () => void;
}

export function TakePhotos({ names, needed, onDone, onBack }: Props) {
  const { t } = useWords();
  const [at, setAt] = useState(0);
  const [photos, setPhotos] = useState<Photos>({});
  const name = names[at]!;
  const next = (more: Photos) => {
    const all = { ...photos, ...more };
    setPhotos(all);
    if (at + 1 < names.length) setAt(at + 1);
    else onDone(all);
  };
  return (
    <Photo
      key={name}
      name={name}
      progress={t.photo.progress(at + 1, names.length)}
      onSkip={needed ? undefined : () => next({})}
      onUse={(photo) => void fileToBase64url(photo).then((text) => next({ [name]: text }))}
      onBack={() => (at > 0 ? setAt(at - 1) : onBack())}
    />
  );
}

// One of them once more; the others stay.
export function TakeAgain({ name, onTaken, onBack }: { name: PhotoName; onTaken: (photo: string) => void; onBack: () => void }) {
  const { t } = useWords();
  return <Photo name={name} progress={t.photo.onceMore} onUse={(photo) => void fileToBase64url(photo).then(onTaken)} onBack={onBack} />;
}

export function PhotosAgain({ case: now, onDone, onBack }: { case: Case; onDone: (now: Case) => void; onBack: () => void }) {
  const { wallet } = useApp();
  const { t } = useWords();
  const work = useWork();
  const [photos, setPhotos] = useState<Photos | null>(null);
  const [retaking, setRetaking] = useState<PhotoName | null>(null);
  if (photos === null) return <TakePhotos names={now.photos_needed} needed onDone={setPhotos} onBack={onBack} />;
  if (retaking !== null) {
    const taken = (photo: string) => {
      setPhotos({ ...photos, [retaking]: photo });
      setRetaking(null);
    };
    return <TakeAgain name={retaking} onBack={() => setRetaking(null)} onTaken={taken} />;
  }
  const send = () =>
    void work.run(t.photo.sendBusy, () => wallet.step("resubmit_photos", { case_id: now.case_id, photos }), (after) =>
      onDone({ ...now, ...after, reason: null, photos_needed: [] }));
  return (
    <Page title={t.photo.sendTitle} topic="prove" lead={t.photo.sendLead} onBack={() => setPhotos(null)}>
      <PhotosToSend photos={photos} onAgain={setRetaking} />
      <p class="soft">{t.common.asksPasskey}</p>
      <WorkState work={work} />
      <div class="actions">
        <Button id="photos-send" kind="main" busy={work.busy} onClick={send}>
          {t.photo.send}
        </Button>
      </div>
    </Page>
  );
}
