// One photo: with the camera and a frame over it, or from a file; looked at before it is used.
import { useEffect, useRef, useState } from "preact/hooks";
import { useApp, useWords } from "../context.ts";
import { cameraTrouble, openCamera, type CameraTrouble } from "../photo/camera.ts";
import { hintOf, redraw, takePicture } from "../photo/picture.ts";
import type { Hint } from "../photo/quality.ts";
import type { PhotoName } from "../wallet.ts";
import { Button, FileInput, Labelled, Note, Page, WorkState } from "../ui/parts.tsx";
import { TextList } from "../ui/text_list.tsx";
import { useWork } from "../ui/use_step.ts";

const hintMilliseconds = 700;

interface Props {
  name: PhotoName;
  // "1 of 2".
  progress: string;
  // Leaves this photo out; where it is asked for there is no such way.
  onSkip?: () => void;
  onUse: (photo: Blob) => void;
  onBack: () => void;
}

export function Photo({ name, progress, onSkip, onUse, onBack }: Props) {
  const { t } = useWords();
  const work = useWork();
  const [taken, setTaken] = useState<Blob | null>(null);
  const words = t.photo[name];
  const take = (picture: () => Promise<Blob>) => void work.run(t.photo.busy, picture, setTaken);
  return (
    <Page title={words.title} topic="prove" lead={progress} onBack={onBack}>
      {taken === null ? (
        <Finder name={name} busy={work.busy} onShutter={(video) => take(() => takePicture(video))} onFile={(file) => take(() => redraw(file))} />
      ) : (
        <Taken photo={taken} alt={words.alt} onUse={() => onUse(taken)} onAgain={() => setTaken(null)} />
      )}
      <WorkState work={work} />
      <p class="soft">{t.photo.private}</p>
      {onSkip && taken === null && (
        <>
          <Button id="photo-skip" busy={work.busy} onClick={onSkip}>
            {t.photo.skip}
          </Button>
          <p class="soft">{t.photo.skipText}</p>
        </>
      )}
    </Page>
  );
}

function Finder({ name, busy, onShutter, onFile }: { name: PhotoName; busy: boolean; onShutter: (video: HTMLVideoElement) => void; onFile: (file: File) => void }) {
  const { t } = useWords();
  const video = useRef<HTMLVideoElement>(null);
  const facing = name === "photo.selfie" ? "user" : "environment";
  const camera = useCamera(video, facing);
  const hint = useHint(video, camera.state === "on");
  const words = t.photo[name];
  const on = camera.state === "on";
  return (
    <>
      <TextList of={words.hints} />
      <div class={`finder photo ${facing}`} hidden={!on && camera.state !== "starting"}>
        <video ref={video} id="photo-video" muted playsInline aria-label={words.preview} />
      </div>
      <p role="status" id="photo-hint" class="photo-hint" data-hint={hint ?? undefined}>
        {camera.state === "starting" ? t.photo.starting : on && hint !== null ? t.photo.measured[hint] : ""}
      </p>
      {camera.trouble !== null && (
        <Note kind="warn">
          <p role="alert" id="camera-trouble">
            {t.photo[camera.trouble]}
          </p>
        </Note>
      )}
      <div class="actions">
        {on ? (
          <>
            <Button id="photo-shutter" kind="main" icon="camera" busy={busy} onClick={() => onShutter(video.current!)}>
              {t.photo.shutter}
            </Button>
            <Button id="photo-stop" busy={busy} onClick={camera.stop}>
              {t.photo.stop}
            </Button>
          </>
        ) : (
          <Button id="photo-camera" kind="main" icon="camera" busy={busy || camera.state === "starting"} onClick={() => void camera.start()}>
            {t.photo.camera}
          </Button>
        )}
      </div>
      <Labelled id="photo-file" label={t.photo.file} help={t.photo.fileHelp} error={null}>
        <FileInput words={t.prove.chooseFile}>
          <input
            id="photo-file"
            data-photo={name}
            type="file"
            accept="image/jpeg"
            capture={facing}
            aria-describedby="photo-file-help"
            onChange={({ currentTarget }) => {
              const file = currentTarget.files?.[0];
              currentTarget.value = ""; // the same file may be chosen again
              if (file) onFile(file);
            }}
          />
        </FileInput>
      </Labelled>
    </>
  );
}

function Taken({ photo, alt, onUse, onAgain }: { photo: Blob; alt: string; onUse: () => void; onAgain: () => void }) {
  const { announce } = useApp();
  const { t } = useWords();
  const [address, setAddress] = useState<string | null>(null);
  useEffect(() => {
    const made = URL.createObjectURL(photo);
    setAddress(made);
    announce(t.photo.taken);
    return () => URL.revokeObjectURL(made);
  }, [photo]);
  return (
    <>
      <p>{t.photo.look}</p>
      {address !== null && <img id="photo-taken" class="photo-taken" src={address} alt={alt} />}
      <div class="actions">
        <Button id="photo-use" kind="main" icon="check" onClick={onUse}>
          {t.photo.use}
        </Button>
        <Button id="photo-again" onClick={onAgain}>
          {t.photo.again}
        </Button>
      </div>
    </>
  );
}

// Off when the screen goes, by whatever way: leaving, locking, taking the picture.
function useCamera(video: { current: HTMLVideoElement | null }, facing: "user" | "environment") {
  const [state, setState] = useState<"off" | "starting" | "on">("off");
  const [trouble, setTrouble] = useState<CameraTrouble | null>(null);
  const close = useRef<() => void>(() => {});
  const here = useRef(true);
  useEffect(() => {
    here.current = true;
    return () => {
      here.current = false;
      close.current();
    };
  }, []);
  const start = async () => {
    setState("starting");
    setTrouble(null);
    try {
      const end = await openCamera(video.current!, { facingMode: facing, width: { ideal: 1920 }, height: { ideal: 1080 } });
      if (!here.current) return end();
      close.current = end;
      setState("on");
    } catch (error) {
      setState("off");
      setTrouble(cameraTrouble(error));
    }
  };
  const stop = () => {
    close.current();
    setState("off");
  };
  return { state, trouble, start, stop };
}

// What the picture of this moment lacks, looked at now and then.
function useHint(video: { current: HTMLVideoElement | null }, on: boolean): Hint | null {
  const [hint, setHint] = useState<Hint | null>(null);
  useEffect(() => {
    if (!on) return setHint(null);
    const timer = setInterval(() => {
      if (video.current !== null && video.current.videoWidth > 0) setHint(hintOf(video.current));
    }, hintMilliseconds);
    return () => clearInterval(timer);
  }, [on]);
  return hint;
}
