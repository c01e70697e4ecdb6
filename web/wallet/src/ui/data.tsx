// What others wrote, on the screen: as text, isolated from the words around it, and never so long that it hides them.
import { useWords } from "../context.ts";
import { shown } from "../shown.ts";

const lengthAtOnce = 600;

export function Data({ text }: { text: string }) {
  const { t } = useWords();
  const safe = shown(text);
  if (safe.trim() === "") return <span class="soft">{t.common.noValue}</span>;
  if (safe.length <= lengthAtOnce) return <bdi class="data">{safe}</bdi>;
  return (
    <span class="long">
      <bdi class="data">{safe.slice(0, lengthAtOnce).replace(/[\ud800-\udbff]$/, "")}…</bdi>
      <details>
        <summary>{t.common.showAll(safe.length)}</summary>
        <bdi class="data">{safe}</bdi>
      </details>
    </span>
  );
}

const lengthInLabels = 160;

export function cut(text: string, length: number): string {
  const safe = shown(text);
  return safe.length <= length ? safe : `${safe.slice(0, length).replace(/[\ud800-\udbff]$/, "")}…`;
}
// The same where nothing may be opened: on what is pressed. The whole stands elsewhere.
export function Short({ text }: { text: string }) {
  return <bdi class="data">{cut(text, lengthInLabels)}</bdi>;
}

export interface Row {
  label: string;
  value: preact.ComponentChildren;
  // Of the label: written by others.
  foreign?: boolean;
  // Under the value, in small.
  note?: string | null;
}

export function Rows({ rows, strong = false }: { rows: Row[]; strong?: boolean }) {
  return (
    <dl class={strong ? "rows strong" : "rows"}>
      {rows.map(({ label, value, foreign, note }, index) => (
        <div key={index}>
          <dt>{foreign ? <Data text={label} /> : label}</dt>
          <dd>
            {typeof value === "string" ? <Data text={value} /> : value}
            {note && (
              <small>
                <Data text={note} />
              </small>
            )}
          </dd>
        </div>
      ))}
    </dl>
  );
}
