/** Owns the icons under the names by which JupyterLab, themes and settings know them. */
import { IconSet, type IconName } from '@dotscience/views';
import { LabIcon } from '@jupyterlab/ui-components';

const icon = (name: IconName): LabIcon =>
  new LabIcon({ name: `dotscience:${name}`, svgstr: IconSet[name] });

export const markIcon = icon('mark');
/** The mark while a run is live and the panel closed. */
export const markLiveIcon = icon('mark-live');
export const cameraIcon = icon('camera');
export const copyIcon = icon('copy');
export const notebookIcon = icon('notebook');
export const restoreIcon = icon('restore');
export const runIcon = icon('run');
export const runningIcon = icon('running');
export const lookIcon = icon('look');
export const eyeIcon = icon('eye');
export const storageIcon = icon('storage');
export const shieldIcon = icon('shield');
export const againIcon = icon('again');
export const branchIcon = icon('branch');
export const downloadIcon = icon('download');
export const versionsIcon = icon('clock');
