/** How curves are looked at: smoothing, the axis, the part of it by typed numbers. */
import React, { useEffect, useState } from 'react';

import { useTrans } from '../../host/trans';
import { Button } from '../../parts/Button';
import { Choice } from '../../parts/Choice';
import type { CurvesView } from './useCurves';

const WEIGHTS = ['0', '0.3', '0.6', '0.9', '0.97'] as const;

export function Controls({ view }: { readonly view: CurvesView }): JSX.Element {
  const trans = useTrans();
  return (
    <>
      <Choice
        label={trans.__('Smoothing')}
        value={String(view.smoothing)}
        options={WEIGHTS.map(weight => [
          weight,
          weight === '0'
            ? trans.__('No smoothing')
            : trans.__('Smoothing %1', weight)
        ])}
        choose={weight => view.setSmoothing(Number(weight))}
      />
      <Choice
        label={trans.__('Axis')}
        value={view.axis}
        options={[
          ['step', trans.__('By step')],
          ['time', trans.__('By time')]
        ]}
        choose={view.setAxis}
      />
    </>
  );
}

/** From and to: what a drag does, typed. */
export function Range({ view }: { readonly view: CurvesView }): JSX.Element {
  const trans = useTrans();
  const { range, setRange, axis } = view;
  const [from, setFrom] = useState('');
  const [to, setTo] = useState('');
  useEffect(() => {
    setFrom(range ? written(range[0]) : '');
    setTo(range ? written(range[1]) : '');
  }, [range]);
  const zoom = (event: React.FormEvent): void => {
    event.preventDefault();
    const wanted = [numberOr(from, 0), numberOr(to, Infinity)] as const;
    setRange(wanted[0] < wanted[1] ? wanted : null);
  };
  const unit = axis === 'step' ? trans.__('step') : trans.__('second');
  return (
    <form className="ds-CurveRange" onSubmit={zoom}>
      <label>
        {trans.__('From %1', unit)}
        <input
          className="ds-Input"
          inputMode="decimal"
          value={from}
          onChange={event => setFrom(event.target.value)}
        />
      </label>
      <label>
        {trans.__('to')}
        <input
          className="ds-Input"
          inputMode="decimal"
          value={to}
          onChange={event => setTo(event.target.value)}
        />
      </label>
      <button type="submit" className="ds-Button ds-Button-line">
        {trans.__('Zoom')}
      </button>
      {range && (
        <Button look="link" onClick={() => setRange(null)}>
          {trans.__('Show all')}
        </Button>
      )}
    </form>
  );
}

const written = (x: number): string =>
  Number.isFinite(x) ? String(Math.round(x * 100) / 100) : '';

function numberOr(text: string, other: number): number {
  const number = Number(text);
  return text.trim() === '' || !Number.isFinite(number) ? other : number;
}
