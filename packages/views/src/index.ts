/** React views for JupyterLab and the hub. They take data and callbacks and know neither host. */
export { BranchField } from './bringing/BranchField';
export type { Act, ActCallbacks, ActState } from './bringing/props';
export { broughtTitle, failedTitle, goingTitle } from './bringing/words';
export { LiveRunCard, type LiveRunCardProps } from './card/LiveRunCard';
export { RunCard } from './card/RunCard';
export type {
  CardRun,
  CardValue,
  RunCardData,
  RunCardProps
} from './card/props';
export { hiddenText } from './hidden/text';
export { HOST_CLOCK, type Clock } from './host/clock';
export { ENGLISH, type Trans } from './host/trans';
export { IconSet } from './icons/set';
export type { IconName } from './icons/shapes';
export { FIRST_RUN_EXAMPLE } from './panel/example';
export { WorkspacePanel } from './panel/WorkspacePanel';
export type {
  PanelPhase,
  WantedCurve,
  WorkspacePanelCallbacks,
  WorkspacePanelModel,
  WorkspacePanelProps
} from './panel/props';
export type { PolicyEditorCallbacks } from './policy/props';
export {
  amountText,
  becauseText,
  canBeRuled,
  keepingText,
  stateText
} from './policy/text';
export type { RerunCallbacks, RerunModel } from './rerun/props';
export { verdictText } from './rerun/words';
export { RunPage } from './runpage/RunPage';
export {
  NO_PARTS,
  type Curves,
  type CurvesQuery,
  type LogLines,
  type Part,
  type RunParts
} from './runpage/parts';
export type {
  ClaimAs,
  RunPageCallbacks,
  RunPageModel,
  RunPageProps
} from './runpage/props';
export {
  statusText,
  type StatusText,
  type StatusTextModel
} from './status/text';
export type {
  StorageCallbacks,
  StorageModel,
  StorageViewProps
} from './storage/props';
export { StorageView } from './storage/StorageView';
export { Versions } from './versions/Versions';
export type {
  ReadBytes,
  VersionsCallbacks,
  VersionsModel,
  VersionsProps
} from './versions/props';
