/** Owns the words of a moment: `14:02`, `Yesterday 17:46`, `20 Nov 16:31`. */
import { momentOf } from '@dotscience/core';

import { useClock } from '../host/clock';
import { useTrans } from '../host/trans';

/** Gives the text of an RFC 3339 time; '' where there is none. */
export function useMoment(): (iso: string | null) => string {
  const trans = useTrans();
  const { now, zone } = useClock();
  return iso => {
    const moment = iso === null ? null : momentOf(iso, now(), zone);
    if (!moment) {
      return '';
    }
    switch (moment.day) {
      case 'today':
        return moment.time;
      case 'yesterday':
        return trans.__('Yesterday %1', moment.time);
      case 'other':
        return `${moment.date} ${moment.time}`;
    }
  };
}
