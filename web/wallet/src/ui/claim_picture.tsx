// A picture on a card. The core says what its bytes are; one that the browser cannot draw is told in words.
import { useEffect, useState } from "preact/hooks";
import { useWords } from "../context.ts";
import { fromBase64url } from "../files.ts";
import type { ClaimPicture as Content } from "../wallet.ts";
import { cut, Data } from "./data.tsx";

const labelLength = 80;

export function ClaimPicture({ picture, label, words }: { picture: Content; label: string; words: string }) {
  const { t } = useWords();
  const [address, setAddress] = useState<string | null>(null);
  const [broken, setBroken] = useState(false);
  useEffect(() => {
    const made = URL.createObjectURL(new Blob([fromBase64url(picture.image)], { type: picture.media_type }));
    setAddress(made);
    setBroken(false);
    return () => URL.revokeObjectURL(made);
  }, [picture.image, picture.media_type]);
  if (broken) return <Data text={words} />;
  return address === null ? null : <img class="portrait" src={address} alt={t.card.picture(cut(label, labelLength))} onError={() => setBroken(true)} />;
}
