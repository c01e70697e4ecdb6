// What the companion read from a passport's chip, chosen as files and read on this device; nothing is handed in here.
import { useState } from "preact/hooks";
import { useApp, useWords } from "../context.ts";
import { chipFileName, fileToBase64url } from "../files.ts";
import type { Dictionary } from "../text/language.ts";
import type { ChipReview, Steps } from "../wallet.ts";
import { Data } from "../ui/data.tsx";
import { Button, CopyButton, described, FileInput, Labelled, Note, Page, WorkState } from "../ui/parts.tsx";
import { useWork } from "../ui/use_step.ts";
import { shown } from "../shown.ts";

const bytesMax = 1024 * 1024;
const needed = ["EF.SOD", "EF.DG1"];

export type Evidence = { files: Record<string, string>; signature: string };
interface Props {
  opened: Steps["begin_proofing"]["answer"];
  onBack: () => void;
  onRead: (evidence: Evidence, review: ChipReview) => void;
}

export function ChipFiles({ opened, onBack, onRead }: Props) {
  const { wallet, place } = useApp();
  const { t } = useWords();
  const work = useWork();
  const [files, setFiles] = useState<File[]>([]);
  const [signature, setSignature] = useState<File | null>(null);
  const [missed, setMissed] = useState(false);

  const wrongFiles = complaint(files, t.prove) ?? (missed && !needed.every((name) => files.some((file) => chipFileName(file.name) === name)) ? t.prove.needFiles : null);
  const wrongSignature = signature ? sizeComplaint(signature, t.prove) : missed ? t.prove.needFiles : null;
  const complete = complaint(files, t.prove) === null && needed.every((name) => files.some((file) => chipFileName(file.name) === name)) && signature !== null && sizeComplaint(signature, t.prove) === null;

  const look = async (evidence: Evidence) => ({ evidence, review: await wallet.step("review_chip", { files: evidence.files }) });
  const show = ({ evidence, review }: Awaited<ReturnType<typeof look>>) => onRead(evidence, review);
  const readFiles = () => {
    setMissed(true);
    if (complete) void work.run(t.prove.readBusy, async () => look(await read(files, signature!)), show);
  };
  const useSample = () => void work.run(t.prove.sampleBusy, async () => look(await samplePassport(opened.challenge, t.prove.sampleFailed)), show);

  return (
    <Page title={t.prove.filesTitle} topic="prove" onBack={onBack}>
      <section class="panel">
        <h2 id="challenge-label">{t.prove.challenge}</h2>
        <p class="code small" id="challenge">
          <Data text={opened.challenge} />
        </p>
        <p class="soft">{t.prove.challengeHelp}</p>
        <CopyButton id="copy-challenge" text={opened.challenge} />
      </section>
      {place.demo && (
        <Note kind="plain">
          <p>{t.prove.sampleText}</p>
          <Button id="sample-passport" icon="passport" busy={work.busy} onClick={useSample}>
            {t.prove.sample}
          </Button>
        </Note>
      )}
      <Picker id="chip-files" multiple label={t.prove.files} help={t.prove.filesHelp} chosen={files} error={wrongFiles} onChoose={setFiles} />
      <Picker id="chip-signature" label={t.prove.signature} chosen={signature ? [signature] : []} error={wrongSignature} onChoose={([file]) => setSignature(file ?? null)} />
      <WorkState work={work} />
      <div class="actions">
        <Button id="read-chip" kind="main" busy={work.busy} onClick={readFiles}>
          {t.prove.toReview}
        </Button>
      </div>
    </Page>
  );
}

function sizeComplaint(file: File, t: Dictionary["prove"]): string | null {
  if (file.size === 0) return t.emptyFile(shown(file.name));
  return file.size > bytesMax ? t.tooLarge(shown(file.name)) : null;
}
function complaint(files: File[], t: Dictionary["prove"]): string | null {
  const seen = new Set<string>();
  for (const file of files) {
    const name = chipFileName(file.name);
    if (name === null) return t.badName(shown(file.name));
    if (seen.has(name)) return t.twice(name);
    seen.add(name);
    const wrong = sizeComplaint(file, t);
    if (wrong !== null) return wrong;
  }
  return null;
}

async function read(files: File[], signature: File): Promise<Evidence> {
  const entries = await Promise.all(files.map(async (file) => [chipFileName(file.name)!, await readOne(file)] as const));
  return { files: Object.fromEntries(entries), signature: await readOne(signature) };
}
// A browser does not read a file that was written anew, moved or deleted since it was chosen.
function readOne(file: File): Promise<string> {
  return fileToBase64url(file).catch((error: unknown) => {
    throw { code: "emrtd_file_missing", where: file.name, detail: String(error) };
  });
}

// Only in the demonstration: a chip that answers at once.
async function samplePassport(challenge: string, failed: string): Promise<Evidence> {
  const response = await fetch("/demo/passport", {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ challenge }),
  }).catch(() => null);
  if (response === null) throw { code: "http_connect_failed", where: "/demo/passport", detail: failed };
  if (!response.ok) throw { code: "http_status_unexpected", where: "/demo/passport", detail: `${failed} (${response.status})` };
  const { files, signature } = (await response.json()) as Evidence;
  return { files, signature };
}

interface PickerProps {
  id: string;
  label: string;
  help?: string;
  multiple?: boolean;
  chosen: File[];
  error: string | null;
  onChoose: (files: File[]) => void;
}
function Picker({ id, label, help, multiple = false, chosen, error, onChoose }: PickerProps) {
  const { t } = useWords();
  return (
    <Labelled {...{ id, label, help, error }}>
      <FileInput words={t.prove.chooseFile} chosen={chosen.length > 0 ? chosen.map(({ name }) => shown(name)).join(", ") : t.prove.noneChosen}>
        <input
          id={id}
          type="file"
          multiple={multiple}
          {...described(id, help, error)}
          onChange={(event) => onChoose([...(event.currentTarget.files ?? [])])}
        />
      </FileInput>
    </Labelled>
  );
}
