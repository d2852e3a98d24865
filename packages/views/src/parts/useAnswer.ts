/** Follows a promise: what it gave, or that it failed. */
import { useEffect, useState } from 'react';

export type Answer<T> =
  | { readonly kind: 'waiting' }
  | { readonly kind: 'failed'; readonly text: string }
  | { readonly kind: 'here'; readonly value: T };

/** Asks once for each `key`; what comes after another was asked for is dropped. */
export function useAnswer<T>(key: string, ask: () => Promise<T>): Answer<T> {
  const [answer, setAnswer] = useState<Answer<T>>({ kind: 'waiting' });
  useEffect(() => {
    let wanted = true;
    setAnswer({ kind: 'waiting' });
    ask().then(
      value => wanted && setAnswer({ kind: 'here', value }),
      (reason: unknown) =>
        wanted &&
        setAnswer({
          kind: 'failed',
          text: reason instanceof Error ? reason.message : String(reason)
        })
    );
    return () => {
      wanted = false;
    };
    // `ask` is made anew with every drawing.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [key]);
  return answer;
}
