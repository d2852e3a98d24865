/** One of a few values, chosen from a list that looks like a button. */
import React from 'react';

export function Choice<K extends string>(props: {
  readonly label: string;
  readonly value: K;
  readonly options: readonly (readonly [key: K, text: string])[];
  choose(key: K): void;
}): JSX.Element {
  const { label, value, options, choose } = props;
  return (
    <select
      className="ds-Choice"
      aria-label={label}
      title={label}
      value={value}
      onChange={event => choose(event.target.value as K)}
    >
      {options.map(([key, text]) => (
        <option key={key} value={key}>
          {text}
        </option>
      ))}
    </select>
  );
}
