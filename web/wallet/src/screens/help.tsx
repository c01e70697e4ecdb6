import { useEffect, useRef, useState } from "preact/hooks";
import { useApp, useWords, type HelpWanted, type Topic } from "../context.ts";
import { textsOf, type ErrorText } from "../text/language.ts";
import { Button, Field, Line, Page } from "../ui/parts.tsx";

// Every screen and every error, in words.
export function Help() {
  const { t } = useWords();
  return (
    <Page title={t.help.title} topic={null}>
      <AskLine />
      <Everything />
    </Page>
  );
}

// What is wanted, and everything else for who asks for more.
export function HelpWith({ wanted }: { wanted: HelpWanted }) {
  const { t, help, error } = useWords();
  const [all, setAll] = useState(false);
  const code = "code" in wanted ? wanted.code : undefined;
  return (
    <>
      {"topic" in wanted ? (
        <section id="help-text" data-topic={wanted.topic}>
          <h3>{help[wanted.topic].title}</h3>
          <p>{help[wanted.topic].text}</p>
        </section>
      ) : (
        <section id="help-text" data-code={wanted.code}>
          <h3>{error(wanted.code).title}</h3>
          <Explanation code={wanted.code} text={error(wanted.code)} />
        </section>
      )}
      <AskLine code={code} />
      {all ? <Everything comesLater /> : <Button id="help-everything" onClick={() => setAll(true)}>{t.help.everything}</Button>}
    </>
  );
}

// `code`: of the error that the person may want to ask about.
function AskLine({ code }: { code?: string }) {
  const { whole, navigation } = useApp();
  const { t } = useWords();
  if (!whole) return null;
  return <Line id="inquiries" icon="help" title={t.inquiry.title} text={t.inquiry.short} onClick={() => navigation.go({ name: "inquiries", code })} />;
}

// `comesLater`: onto a screen that stands already; then the focus goes along.
function Everything({ comesLater = false }: { comesLater?: boolean }) {
  const { language } = useApp();
  const { t, help } = useWords();
  const heading = useRef<HTMLHeadingElement>(null);
  const [search, setSearch] = useState("");
  useEffect(() => {
    if (comesLater) heading.current?.focus();
  }, []);
  const wanted = search.trim().toLowerCase();
  const errors = Object.entries(textsOf(language).errors).filter(([code, text]) =>
    [code, text.title, text.cause, text.remedy].some((part) => part.toLowerCase().includes(wanted)),
  );
  return (
    <>
      <h2 ref={heading} id="help-topics" tabIndex={-1}>{t.help.topics}</h2>
      {(Object.keys(help) as Topic[]).map((name) => (
        <details class="panel" key={name} id={`topic-${name}`}>
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
          <Explanation code={code} text={text} />
        </details>
      ))}
    </>
  );
}

function Explanation({ code, text }: { code: string; text: ErrorText }) {
  const { t } = useWords();
  return (
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
  );
}
