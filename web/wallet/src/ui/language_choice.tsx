// Japanese or English, each by its own name.
import { useApp, useWords } from "../context.ts";
import { Choice } from "./choice.tsx";

export function LanguageChoice({ legend }: { legend: string }) {
  const { language, setLanguage } = useApp();
  const { t } = useWords();
  const { ja, en } = t.settings.languages;
  return <Choice id="language" legend={legend} value={language} options={[["ja", ja], ["en", en]]} languages onChange={setLanguage} />;
}
