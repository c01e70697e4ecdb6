// One of a few: radio buttons that look like a row of tabs.
interface ChoiceProps<Value extends string> {
  id: string;
  legend: string;
  value: Value;
  options: [Value, string][];
  languages?: boolean;
  onChange: (value: Value) => void;
}

export function Choice<Value extends string>({ id, legend, value, options, languages = false, onChange }: ChoiceProps<Value>) {
  return (
    <fieldset class="choice">
      <legend>{legend}</legend>
      <div class="choice-row">
        {options.map(([name, label]) => (
          <label key={name} for={`${id}-${name}`} lang={languages ? name : undefined}>
            <input type="radio" id={`${id}-${name}`} name={id} value={name} checked={name === value} onChange={() => onChange(name)} />
            <span>{label}</span>
          </label>
        ))}
      </div>
    </fieldset>
  );
}
