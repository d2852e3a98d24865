/** Shows what is inside only after a while: what loads at once must not flicker. */
import React, { useEffect, useState } from 'react';

const DELAY_MS = 150;

export function Delayed(props: {
  readonly children: React.ReactNode;
  readonly afterMs?: number;
}): JSX.Element | null {
  const { afterMs = DELAY_MS } = props;
  const [over, setOver] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setOver(true), afterMs);
    return () => clearTimeout(timer);
  }, [afterMs]);
  return over ? <>{props.children}</> : null;
}
