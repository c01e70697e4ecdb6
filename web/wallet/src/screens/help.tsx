import { useState } from "preact/hooks";
import { useApp, useWords, type Topic } from "../context.ts";
import { textsOf } from "../text/language.ts";
import { Field, Line, Page } from "../ui/parts.tsx";

// Every screen and every error, in words; `topic` stands open. `code`: of the error that led here.
export function Help({ topic, code }: { topic?: Topic; code?: string }) {
  const { wallet, language, navigation } = useApp();
  const { t, help } = useWords();
  const [search, setSearch] = useState("");
  const wanted = search.trim().toLowerCase();
  const errors = Object.entries(textsOf(language).errors).filter(([code, text]) =>
    [code, text.title, text.cause, text.remedy].some((part) => part.toLowerCase().includes(wanted)),
  );
  return (
    <Page title={t.help.title}>
      {wallet.state() === "open" && <Line id="inquiries" icon="help" title={t.inquiry.title} text={t.inquiry.short} onClick={() => navigation.go({ name: "inquiries", code })} />}
      <h2>{t.help.topics}</h2>
      {(Object.keys(help) as Topic[]).map((name) => (
        <details class="panel" key={name} id={`topic-${name}`} open={name === topic}>
          <summary>{help[name].title}</summary>
          <p>{help[name].text}</p>
        </details>
      ))}
      <h2>{t.help.errors}</h2>
      <Field id="search" label={t.help.search} value={search} onInput={setSearch} />
      <p class="soft" role="status">
        {errors.length === 0 ? t.help.none : t.help.found(errors.length)}
      </p>
      {errors.map(([code, text]) => (
        <details class="panel" key={code}>
          <summary>{text.title}</summary>
          <dl>
            <dt>{t.errors.cause}</dt>
            <dd>{text.cause}</dd>
            <dt>{t.errors.remedy}</dt>
            <dd>{text.remedy}</dd>
            <dt>{t.errors.code}</dt>
            <dd>
              <code>{code}</code>
            </dd>
          </dl>
        </details>
      ))}
    </Page>
  );
}
