import { useEffect, useState } from "preact/hooks";
import { useApp, useWords } from "../context.ts";
import { agreementOf, type Agreed } from "../agreement.ts";
import { dayOf } from "../days.ts";
import { exported } from "../exported.ts";
import { save } from "../files.ts";
import { fits, kindOf, type Standing, type Wanted } from "../history_filter.ts";
import type { History, HistoryEvent } from "../wallet.ts";
import { Agreement } from "../ui/agreement.tsx";
import { ClaimNames } from "../ui/claims.tsx";
import { DeletionOf } from "./deletion.tsx";
import { ReportLine } from "./report.tsx";
import { Data, Rows } from "../ui/data.tsx";
import { EventLine } from "../ui/event_line.tsx";
import { Button, ErrorNote, Field, Line, Note, Page, WorkState } from "../ui/parts.tsx";
import { Choice } from "../ui/choice.tsx";
import { useWork } from "../ui/use_step.ts";

export function Activity() {
  const { wallet, navigation } = useApp();
  const { t, error } = useWords();
  const work = useWork();
  const [kept, setKept] = useState<History | null>(null);
  const [wanted, setWanted] = useState<Wanted>({ kind: "all", standing: "all", days: null, words: "" });
  const load = (askServer: boolean) =>
    void work.run(askServer ? t.history.askBusy : t.history.loading, () => wallet.step("history", { ask_server: askServer }), setKept);
  useEffect(() => load(false), []);

  const events = kept?.events.filter((event) => fits(event, wanted, Date.now())) ?? [];
  return (
    <Page title={t.history.title} topic="history" lead={t.history.lead}>
      <Filter wanted={wanted} onChange={setWanted} />
      <WorkState work={work} />
      {kept !== null && (
        <>
          <p class="soft" id="completeness">
            {kept.complete ? t.history.complete : t.history.incomplete}
            {kept.why && ` ${t.history.why(kept.why)} ${error(kept.why).remedy}`}
          </p>
          {kept.why === "wallet_moved" && <ErrorNote error={{ code: kept.why, where: "", detail: "" }} />}
          {events.length === 0 && <p class="empty">{kept.events.length === 0 ? t.history.empty : t.history.emptyFilter}</p>}
          {events.length < kept.events.length && <p class="soft" role="status" id="how-many">{t.history.some(events.length, kept.events.length)}</p>}
          <Days events={events} />
          <div class="actions">
            {!kept.complete && (
              <Button id="ask-server" icon="key" busy={work.busy} onClick={() => load(true)}>
                {t.history.askServer}
              </Button>
            )}
            <Button id="export" onClick={() => save(t.history.fileName, exported(kept), "application/json")}>
              {t.history.export}
            </Button>
          </div>
          <Line id="receipts" icon="receipt" title={t.history.receipts} onClick={() => navigation.go({ name: "receipts" })} />
        </>
      )}
    </Page>
  );
}

const namesOf = <Name extends string>(texts: Record<Name, string>) => Object.entries(texts) as [Name, string][];
const periods = ["all", "30", "365"] as const; // days

// The kind at once; by whom, how it ended and when for those who look for something.
function Filter({ wanted, onChange }: { wanted: Wanted; onChange: (wanted: Wanted) => void }) {
  const { t } = useWords();
  const change = (part: Partial<Wanted>) => onChange({ ...wanted, ...part });
  const period = periods.find((one) => one === String(wanted.days)) ?? "all";
  return (
    <>
      <Choice id="filter" legend={t.history.filter} value={wanted.kind} options={namesOf(t.history.filters)} onChange={(kind) => change({ kind })} />
      <details class="panel" id="look-for">
        <summary>{t.history.lookFor}</summary>
        <Field id="words" label={t.history.words} value={wanted.words} onInput={(words) => change({ words })} />
        <Choice id="standing" legend={t.history.standing} value={wanted.standing} options={namesOf<"all" | Standing>(t.history.standings)} onChange={(standing) => change({ standing })} />
        <Choice id="period" legend={t.history.period} value={period} options={periods.map((one) => [one, t.history.periods[one]])} onChange={(one) => change({ days: one === "all" ? null : Number(one) })} />
      </details>
    </>
  );
}

// Newest first, under the day they happened on.
function Days({ events }: { events: HistoryEvent[] }) {
  const { language } = useApp();
  const days: [string, HistoryEvent[]][] = [];
  for (const event of events) {
    const day = dayOf(event.at.ms, language);
    if (days.at(-1)?.[0] !== day) days.push([day, []]);
    days.at(-1)![1].push(event);
  }
  return (
    <>
      {days.map(([day, those]) => (
        <section key={day}>
          <h2 class="day">{day}</h2>
          <ul class="plain-list">
            {those.map((event) => (
              <li key={event.id}>
                <EventLine event={event} />
              </li>
            ))}
          </ul>
        </section>
      ))}
    </>
  );
}

export function Event({ event }: { event: HistoryEvent }) {
  const { navigation } = useApp();
  const { t, say, when } = useWords();
  const rows = [
    { label: t.history.at, value: when(event.at) },
    ...(say(event.organization) !== "" ? [{ label: t.history.organisation, value: say(event.organization) }] : []),
    ...(event.outcome_label ? [{ label: t.history.outcome, value: say(event.outcome_label) }] : []),
    ...event.details.map(({ label, value }) => ({ label: say(label), value, foreign: true })),
  ];
  return (
    <Page title={t.history.detailTitle} topic={event.deletion ? "deletion" : "history"}>
      <h2>
        <Data text={say(event.label)} />
      </h2>
      <Rows rows={rows} />
      {event.claims.length > 0 && (
        <Note kind="plain" title={event.kind === "shared" || event.kind === "uncertain" ? t.history.claims : t.history.claimsRefused}>
          <ClaimNames names={event.claims} />
        </Note>
      )}
      {event.receipt !== null && <AgreedThere receipt={event.receipt} />}
      {event.receipt !== null && (
        <Line id="event-receipt" icon="receipt" title={t.history.receipt} onClick={() => navigation.go({ name: "receipts" })} />
      )}
      <DeletionOf event={event} />
      {kindOf(event.kind) === "sharing" && say(event.organization) !== "" && <ReportLine event={event.id} organization={event.organization} />}
    </Page>
  );
}

// What was agreed to then, out of the receipt with this name. Without it the rest of the record stands all the same.
function AgreedThere({ receipt }: { receipt: string }) {
  const { wallet } = useApp();
  const { t } = useWords();
  const [agreed, setAgreed] = useState<Agreed | null>(null);
  const look = async () => {
    const found = (await wallet.step("receipts")).receipts.find(({ name }) => name === receipt);
    setAgreed(found === undefined ? null : agreementOf(found));
  };
  useEffect(() => void look().catch(() => {}), [receipt]);
  if (agreed === null) return null;
  return (
    <section id="agreed">
      <h2>{t.history.agreed}</h2>
      <Agreement of={agreed} />
    </section>
  );
}
