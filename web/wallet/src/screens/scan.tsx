import { useEffect, useRef, useState } from "preact/hooks";
import { useApp, useWords } from "../context.ts";
import { destination } from "../link.ts";
import { cameraTrouble, type CameraTrouble } from "../photo/camera.ts";
import { Button, Field, Note, Page } from "../ui/parts.tsx";

type CameraState = "off" | "starting" | "on" | CameraTrouble;

export function Scan() {
  const { wallet, navigation, announce } = useApp();
  const { t } = useWords();
  const [link, setLink] = useState("");
  const [wrong, setWrong] = useState<string | null>(null);
  const [camera, setCamera] = useState<CameraState>("off");
  const [other, setOther] = useState(false);
  const video = useRef<HTMLVideoElement>(null);
  const stop = useRef<() => void>(() => {});
  const here = useRef(true);
  useEffect(() => () => {
    here.current = false;
    stop.current();
  }, []);

  const open = (text: string, otherwise: () => void) => {
    const found = destination(text);
    // Only a device without a wallet reads another one's link, and it reads nothing else.
    const fits = found !== null && (found.name === "move_new") === (wallet.state() === "none");
    if (!fits) otherwise();
    else {
      stop.current();
      navigation.replace(found);
    }
  };
  const start = async () => {
    setCamera("starting");
    setOther(false);
    const { scan } = await import("../qr/camera.ts");
    try {
      const end = await scan(video.current!, (text) => open(text, () => setOther(true)));
      if (here.current) {
        stop.current = end;
        setCamera("on");
        announce(t.scan.looking);
      } else {
        end();
      }
    } catch (error) {
      setCamera(cameraTrouble(error));
    }
  };
  const end = () => {
    stop.current();
    setCamera("off");
  };
  const submit = () => open(link, () => setWrong(t.scan.notALink));
  const trouble = camera === "denied" || camera === "noCamera" || camera === "failed" ? camera : null;

  return (
    <Page title={t.scan.title} topic="scan" lead={t.scan.lead}>
      <div class="finder" hidden={camera !== "on" && camera !== "starting"}>
        <video ref={video} muted playsInline aria-label={t.scan.preview} />
      </div>
      {camera === "starting" && <p class="progress">{t.scan.starting}</p>}
      {camera === "on" && <p>{t.scan.looking}</p>}
      {other && <Note kind="warn"><p role="alert">{t.scan.otherCode}</p></Note>}
      {trouble !== null && <Note kind="warn"><p role="alert" id="camera-trouble">{t.scan[trouble]}</p></Note>}
      {camera === "on" || camera === "starting" ? (
        <Button id="camera-stop" busy={camera === "starting"} onClick={end}>
          {t.scan.stop}
        </Button>
      ) : (
        <Button id="camera" kind="main" icon="scan" onClick={() => void start()}>
          {t.scan.camera}
        </Button>
      )}
      <p class="soft">{t.scan.private}</p>
      <Field id="link" label={t.scan.link} help={t.scan.linkHelp} mode="link" value={link} error={wrong} onInput={setLink} onEnter={submit} />
      <Button id="open-link" onClick={submit}>
        {t.scan.go}
      </Button>
    </Page>
  );
}
