// The photos as they will be handed in, each with a way to take it again.
import { useEffect, useState } from "preact/hooks";
import { useWords } from "../context.ts";
import { fromBase64url } from "../files.ts";
import type { PhotoName, Photos } from "../wallet.ts";
import { Button } from "../ui/parts.tsx";

// JPEG, in base64url. One that the browser cannot draw says so.
export function Picture({ id, image, alt, class: look }: { id: string; image: string; alt: string; class: string }) {
  const { t } = useWords();
  const [address, setAddress] = useState<string | null>(null);
  const [broken, setBroken] = useState(false);
  useEffect(() => {
    const made = URL.createObjectURL(new Blob([fromBase64url(image)], { type: "image/jpeg" }));
    setAddress(made);
    setBroken(false);
    return () => URL.revokeObjectURL(made);
  }, [image]);
  if (broken) return <p class="soft">{t.prove.pictureUnseen(alt)}</p>;
  return address === null ? null : <img id={id} class={look} src={address} alt={alt} onError={() => setBroken(true)} />;
}

export function PhotosToSend({ photos, onAgain }: { photos: Photos; onAgain: (name: PhotoName) => void }) {
  const { t } = useWords();
  const names = Object.keys(photos) as PhotoName[];
  if (names.length === 0) return <p id="photo-list">{t.photo.noneAdded}</p>;
  return (
    <ul class="plain-list" id="photo-list">
      {names.map((name) => (
        <li key={name} class="panel">
          <Picture id={`sends-${name}`} class="photo-taken" image={photos[name]!} alt={t.photo[name].alt} />
          <Button id={`again-${name}`} icon="camera" onClick={() => onAgain(name)}>
            {t.photo.takeAgain(t.photo[name].short)}
          </Button>
        </li>
      ))}
    </ul>
  );
}
