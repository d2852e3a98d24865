/** The packages of an environment, folded, with a search; those not from an index say where from. */
import { formatCount, shortSnapshotId, type Origin } from '@dotscience/core';
import React, { useState } from 'react';

import { useTrans, type Trans } from '../../host/trans';
import { Button } from '../../parts/Button';
import { Facts } from '../../parts/Facts';
import { Section } from '../../parts/Section';

export function Packages(props: {
  readonly packages: Readonly<Record<string, string>>;
  readonly origins: Readonly<Record<string, Origin>>;
  readonly conda: readonly string[] | null;
}): JSX.Element | null {
  const { origins, conda } = props;
  const trans = useTrans();
  const [shown, setShown] = useState(false);
  const [wanted, setWanted] = useState('');
  const all = Object.entries(props.packages).sort(([a], [b]) =>
    a < b ? -1 : 1
  );
  if (all.length === 0) {
    return null;
  }
  const found = all.filter(([name]) =>
    name.toLowerCase().includes(wanted.toLowerCase())
  );
  const special = all.filter(([name]) => Object.hasOwn(origins, name));
  const rows = (shown ? found : special).map(
    ([name, version]) =>
      [
        name,
        withOrigin(
          version,
          Object.hasOwn(origins, name) ? origins[name] : null,
          trans
        )
      ] as const
  );
  return (
    <Section
      className="ds-PackageList"
      icon="package"
      title={trans.__('Packages')}
      count={formatCount(all.length)}
      tools={
        <Button look="link" onClick={() => setShown(!shown)}>
          {shown
            ? trans.__('Hide packages')
            : trans._n(
                '%2 package',
                '%2 packages',
                all.length,
                formatCount(all.length)
              )}
        </Button>
      }
    >
      {shown && (
        <div className="ds-Section-bar">
          <input
            type="search"
            className="ds-Input"
            aria-label={trans.__('Search packages')}
            placeholder={trans.__('Search packages')}
            value={wanted}
            onChange={event => setWanted(event.target.value)}
          />
          <span className="ds-meta" role="status">
            {wanted && trans.__('%1 found', formatCount(found.length))}
          </span>
        </div>
      )}
      {!shown && special.length === 0 && (
        <p className="ds-Section-none">
          {trans.__('All from a package index')}
        </p>
      )}
      <div
        className="ds-Packages"
        role="region"
        aria-label={trans.__('List of packages')}
        tabIndex={shown ? 0 : undefined}
      >
        <Facts rows={rows} />
        {shown && conda !== null && conda.length > 0 && (
          <Facts rows={[[trans.__('conda'), conda.join(', ')]]} />
        )}
      </div>
    </Section>
  );
}

function withOrigin(
  version: string,
  origin: Origin | null,
  trans: Trans
): React.ReactNode {
  if (!origin) {
    return version;
  }
  const { kind, url, commit, dirty } = origin;
  const from = [
    kind,
    url,
    commit && shortSnapshotId(commit),
    dirty ? trans.__('with uncommitted changes') : null
  ];
  return `${version} · ${from.filter(Boolean).join(' ')}`;
}
