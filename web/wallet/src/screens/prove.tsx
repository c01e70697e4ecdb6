import { useState } from "preact/hooks";
import { useApp, useWords } from "../context.ts";
import { dayWritten } from "../days.ts";
import type { Case, ChipReview, PhotoName, Photos, Steps } from "../wallet.ts";
import { Data } from "../ui/data.tsx";
import { Button, Line, Note, Page, WorkState } from "../ui/parts.tsx";
import { TextList } from "../ui/text_list.tsx";
import { useWork } from "../ui/use_step.ts";
import { Appeal } from "./appeal.tsx";
import { ChipFiles, type Evidence } from "./chip_files.tsx";
import { PhotosAgain, TakePhotos } from "./photos.tsx";
import { Review } from "./review.tsx";

const bothPhotos: PhotoName[] = ["photo.document", "photo.selfie"];

type Stage =
  | { name: "choose" }
  | { name: "explain" }
  | { name: "photos"; opened: Steps["begin_proofing"]["answer"] }
  | { name: "files"; opened: Steps["begin_proofing"]["answer"]; photos: Photos }
  | { name: "review"; opened: Steps["begin_proofing"]["answer"]; photos: Photos; evidence: Evidence; review: ChipReview }
  | { name: "photos-again"; case: Case }
  | { name: "appeal"; case: Case }
  | { name: "case"; case: Case }
  | { name: "nothing" };

export function Prove() {
  const { wallet } = useApp();
  const { t } = useWords();
  const work = useWork();
  const [stage, setStage] = useState<Stage>({ name: "choose" });

  // Nothing handed in yet is an answer here, not an error.
  const askCase = async (): Promise<Stage> => {
    try {
      return { name: "case", case: await wallet.step("case") };
    } catch (error) {
      if ((error as { code?: string }).code === "wallet_no_offer") return { name: "nothing" };
      throw error;
    }
  };
  const status = () => void work.run(t.prove.statusBusy, askCase, setStage);
  const begin = () =>
    void work.run(t.prove.beginBusy, () => wallet.step("begin_proofing"), (opened) => setStage({ name: "photos", opened }));
  const show = (now: Case) => setStage({ name: "case", case: now });

  switch (stage.name) {
    case "explain":
      return <Explain work={work} onBack={() => setStage({ name: "choose" })} onBegin={begin} />;
    case "photos":
      return <TakePhotos names={bothPhotos} needed={false} onBack={() => setStage({ name: "choose" })} onDone={(photos) => setStage({ ...stage, name: "files", photos })} />;
    case "files":
      return <ChipFiles opened={stage.opened} onBack={() => setStage({ ...stage, name: "photos" })} onRead={(evidence, review) => setStage({ ...stage, name: "review", evidence, review })} />;
    case "review":
      return <Review {...stage} onPhotos={(photos) => setStage({ ...stage, photos })} onAgain={() => setStage({ ...stage, name: "files" })} onDone={show} />;
    case "photos-again":
      return <PhotosAgain case={stage.case} onBack={() => show(stage.case)} onDone={show} />;
    case "appeal":
      return <Appeal case={stage.case} onBack={() => show(stage.case)} onDone={show} />;
    case "case":
      return (
        <CaseState
          case={stage.case}
          work={work}
          onRefresh={status}
          onAgain={() => setStage({ name: "explain" })}
          onPhotos={() => setStage({ name: "photos-again", case: stage.case })}
          onAppeal={() => setStage({ name: "appeal", case: stage.case })}
          onBack={() => setStage({ name: "choose" })}
        />
      );
    default:
      return (
        <Page title={t.prove.title} topic="prove" lead={t.prove.lead}>
          {stage.name === "nothing" && <Note kind="plain"><p>{t.prove.none}</p></Note>}
          <WorkState work={work} />
          <h2>{t.prove.choose}</h2>
          <Line id="method-chip" icon="passport" title={t.prove.chip} text={t.prove.chipText} onClick={() => setStage({ name: "explain" })} />
          <p class="soft">{t.prove.onlyMethod}</p>
          <Button id="case-status" busy={work.busy} onClick={status}>
            {t.prove.status}
          </Button>
        </Page>
      );
  }
}

function Explain({ work, onBack, onBegin }: { work: ReturnType<typeof useWork>; onBack: () => void; onBegin: () => void }) {
  const { t } = useWords();
  const lists: [string, Record<string, string>][] = [
    [t.prove.readTitle, t.prove.read],
    [t.prove.keptTitle, t.prove.kept],
  ];
  return (
    <Page title={t.prove.explainTitle} topic="prove" onBack={onBack}>
      {lists.map(([title, lines]) => (
        <section class="panel" key={title}>
          <h2>{title}</h2>
          <TextList of={lines} />
        </section>
      ))}
      <p class="soft">{t.common.asksPasskey}</p>
      <WorkState work={work} />
      <div class="actions">
        <Button id="begin-proofing" kind="main" busy={work.busy} onClick={onBegin}>
          {t.prove.begin}
        </Button>
      </div>
    </Page>
  );
}

interface CaseProps {
  case: Case;
  work: ReturnType<typeof useWork>;
  onRefresh: () => void;
  onAgain: () => void;
  onPhotos: () => void;
  onAppeal: () => void;
  onBack: () => void;
}
const kinds = { open: "plain", in_review: "plain", more_needed: "warn", approved: "good", rejected: "bad", expired: "warn" } as const;

function CaseState({ case: now, work, onRefresh, onAgain, onPhotos, onAppeal, onBack }: CaseProps) {
  const { wallet, navigation } = useApp();
  const { t, say } = useWords();
  const offer = useWork();
  const receive = () =>
    void offer.run(t.prove.receiveBusy, () => wallet.step("offer"), ({ link, tx_code }) => navigation.replace({ name: "add", link, code: tx_code }));
  const busy = work.busy || offer.busy;
  return (
    <Page title={t.prove.stateTitle} topic="prove" onBack={onBack}>
      <Note kind={kinds[now.state]} title={say(now.label)}>
        <p id="case-state" data-state={now.state}>
          {now.state === "in_review" && now.appealed ? t.prove.appealed : t.prove[now.state]}
        </p>
        <Reason case={now} />
      </Note>
      <p class="soft">
        {t.prove.caseId}: <Data text={now.case_id} />
      </p>
      <Findings case={now} />
      <WorkState work={work} />
      <WorkState work={offer} />
      <div class="actions">
        {now.state === "approved" && (
          <Button id="receive" kind="main" icon="card" busy={busy} onClick={receive}>
            {t.prove.receive}
          </Button>
        )}
        {now.state === "more_needed" && (
          <Button id="photos-again" kind="main" icon="camera" busy={busy} onClick={onPhotos}>
            {t.prove.photosAgain}
          </Button>
        )}
        {now.appeal_until !== null && (
          <Button id="appeal" busy={busy} onClick={onAppeal}>
            {t.prove.appeal}
          </Button>
        )}
        {(now.state === "open" || now.state === "in_review") && (
          <Button id="refresh-case" kind="main" busy={busy} onClick={onRefresh}>
            {t.prove.refresh}
          </Button>
        )}
        {(now.state === "open" || now.state === "rejected" || now.state === "expired") && (
          <Button id="apply-again" busy={busy} onClick={onAgain}>
            {t.prove.again}
          </Button>
        )}
      </div>
    </Page>
  );
}

// Why, what now, and until when.
function Reason({ case: now }: { case: Case }) {
  const { t, say, when } = useWords();
  return (
    <>
      {now.reason && (
        <p id="case-reason">
          <strong>
            {t.prove.reason}: <Data text={say(now.reason)} />
          </strong>
        </p>
      )}
      {now.state === "more_needed" && <p id="photos-needed">{t.prove.photosNeeded(now.photos_needed.map((name) => t.photo[name].short).join(", "))}</p>}
      {now.state === "rejected" && <p>{t.prove.rejectedRemedy}</p>}
      {now.appeal_until && <p id="appeal-until">{t.prove.appealUntil(when(now.appeal_until))}</p>}
      {now.state === "rejected" && now.appealed && <p>{t.prove.appealEnded}</p>}
    </>
  );
}

function Findings({ case: now }: { case: Case }) {
  const { language } = useApp();
  const { t, say } = useWords();
  if (now.findings.length === 0) return null;
  return (
    <section>
      <h2>{t.prove.findings}</h2>
      <ul class="findings">
        {now.findings.map((finding, index) => (
          <li key={index} class={finding.result}>
            <span>
              <Data text={say(finding.check)} />
            </span>
            <strong>
              <Data text={say(finding.outcome)} />
            </strong>
            {finding.result === "failed" && finding.detail !== "" && (
              <span class="soft">
                <Data text={dayWritten(finding.detail, language)} />
              </span>
            )}
          </li>
        ))}
      </ul>
    </section>
  );
}
