/**
 * Owns reading the data of a run card (docs/formats/run-block.md). It comes from a notebook that
 * anybody may have written, so nothing in it is trusted to have its type.
 */
import type { CardRun, CardValue, RunCardData } from '@dotscience/views';

export const RUN_CARD_TYPE = 'application/vnd.dotscience.run.v1+json';

const FORMAT = 1;

/** Null where this is no card of a format we know. */
export function readCard(data: unknown): RunCardData | null {
  if (
    !isObject(data) ||
    data['format'] !== FORMAT ||
    !Array.isArray(data['runs'])
  ) {
    return null;
  }
  const runs = data['runs']
    .filter(isObject)
    .map(readRun)
    .filter(run => run !== null);
  const total = data['total'];
  return {
    runs,
    total:
      typeof total === 'number' && total > runs.length ? total : runs.length
  };
}

function readRun(run: Fields): CardRun | null {
  const id = textOf(run['id']);
  return id === null
    ? null
    : {
        id,
        description: textOf(run['description']),
        error: textOf(run['error']),
        started: textOf(run['started']),
        ended: textOf(run['ended']),
        parameters: pairs(run['parameters']),
        metrics: pairs(run['metrics']),
        labels: pairs(run['labels']),
        inputs: texts(run['inputs']),
        outputs: texts(run['outputs'])
      };
}

type Fields = Readonly<Record<string, unknown>>;

const isObject = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null;

const textOf = (value: unknown): string | null =>
  typeof value === 'string' ? value : null;

const isText = (value: unknown): value is string => typeof value === 'string';

const texts = (value: unknown): string[] =>
  Array.isArray(value) ? value.filter(isText) : [];

const pairs = (value: unknown): CardValue[] =>
  Array.isArray(value) ? value.filter(isPair) : [];

const isPair = (value: unknown): value is CardValue =>
  Array.isArray(value) && value.length === 2 && value.every(isText);
