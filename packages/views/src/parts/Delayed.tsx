/** Shows what is inside only after a while: what loads at once must not flicker. */
import React, { useEffect, useState } from 'react';

const DELAY_MS = 150;

export function Delayed(props: {
  readonly children: React.ReactNode;
}): JSX.Element | null {
  const [over, setOver] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setOver(true), DELAY_MS);
    return () => clearTimeout(timer);
  }, []);
  return over ? <>{props.children}</> : null;
}
