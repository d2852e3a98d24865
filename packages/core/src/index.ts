/** Run records, their order and comparison, and how they read. Pure: no DOM, no I/O. */
export * from './protocol';
export {
  errorBody,
  isErrorCode,
  type ErrorCode,
  type ErrorFields
} from './errors/fill';
export { bestPoint, type BestPoint } from './curves/best';
export { gapsOf, type Span } from './curves/gaps';
export {
  chartGroups,
  type ChartGroup,
  type ChartMember
} from './curves/groups';
export { aligned, lineOf, type Axis, type Line } from './curves/points';
export { smoothed } from './curves/smooth';
export { formatBytes } from './format/bytes';
export { stoppedAt } from './format/stopped';
export { formatDuration, formatElapsed } from './format/durations';
export {
  columnDecimals,
  decimalsOf,
  formatCount,
  formatDelta,
  formatNumber,
  formatValue
} from './format/numbers';
export {
  pathText,
  shortRunId,
  shortSnapshotId,
  shortenPath,
  splitPath
} from './format/paths';
export {
  dayKey,
  formatDateTime,
  formatFull,
  momentOf,
  timeOf,
  type Moment,
  type Zone
} from './format/times';
export { parseCsv, type Table } from './media/csv';
export { shelvesOf, type Shelf } from './media/shelves';
export {
  bestSoFar,
  compareToBest,
  metricOf,
  previousBest
} from './metrics/best';
export { inReadingOrder, listMetric, metricsToChoose } from './metrics/choice';
export { compare, type Comparison } from './metrics/compare';
export {
  withoutRule,
  withRule,
  withRuleAt,
  withRuleMoved,
  wouldAdd,
  type Keeping
} from './policy/edit';
export { parseSize, readableSize, writeSize } from './policy/size';
export { isPin, PINNED } from './storage/pinned';
export { sortedStorage, type StorageColumn } from './storage/order';
export {
  directionOf,
  isCost,
  type Direction,
  type Directions
} from './metrics/direction';
export { BLOCK_SIZE } from './runs/block';
export { BlockError } from './runs/columns';
export { groupByDay, type DayGroup, type KnownDays } from './runs/days';
export {
  compareParameters,
  type ComparedParameter,
  type ParameterDifference
} from './runs/difference';
export { RunList, type RunGroup } from './runs/list';
export type { Candidate } from './runs/page';
export { RunRows, type ListRow } from './runs/rows';
export { RunStore } from './runs/store';
export {
  runGlyph,
  runTitle,
  snapshotLack,
  sourceName,
  type RunGlyph
} from './runs/title';
export { finite } from './runs/values';
export {
  decodeText,
  hexRows,
  imageType,
  looksLikeText,
  type HexRow
} from './versions/bytes';
export { cellText, isNumeric, timestampText } from './versions/cells';
export { diffLines, type DiffLine } from './versions/difference';
export { kindOfBytes, kindOfName, type PreviewKind } from './versions/kind';
export {
  readNotebook,
  type NotebookCell,
  type NotebookOutput
} from './versions/notebook';
