/** Owns how views get their words: the host's translation, English by itself. */
import React, { createContext, useContext } from 'react';

/**
 * What JupyterLab's `TranslationBundle` offers, as much as views use. `%1`, `%2` … stand for the
 * arguments; in `_n` the number itself is `%1`.
 */
export interface Trans {
  __(text: string, ...args: (string | number)[]): string;
  _n(
    one: string,
    many: string,
    n: number,
    ...args: (string | number)[]
  ): string;
}

const fill = (text: string, args: readonly (string | number)[]): string =>
  text.replace(/%(\d+)/g, (whole, n: string) =>
    String(args[Number(n) - 1] ?? whole)
  );

export const ENGLISH: Trans = {
  __: (text, ...args) => fill(text, args),
  _n: (one, many, n, ...args) => fill(n === 1 ? one : many, [n, ...args])
};

const Context = createContext<Trans>(ENGLISH);

export const TransProvider = Context.Provider;

export const useTrans = (): Trans => useContext(Context);

/** Gives `trans` to what is inside; English where there is none. */
export function WithTrans(props: {
  readonly trans?: Trans;
  readonly children: React.ReactNode;
}): JSX.Element {
  return (
    <Context.Provider value={props.trans ?? ENGLISH}>
      {props.children}
    </Context.Provider>
  );
}
