/** Owns the words for a machine, a container and the use of them. */
import {
  formatBytes,
  formatCount,
  formatDuration,
  formatNumber,
  type Container,
  type Machine,
  type MeterSummary
} from '@dotscience/core';

import type { Trans } from '../../host/trans';

/** For instance `gpu-box-2, 16 cores, 64 GB`. */
export function machineText(
  host: string | null,
  machine: Machine | null,
  trans: Trans
): string | null {
  const { cores = null, memory_bytes = null } = machine ?? {};
  return (
    [
      host,
      cores === null
        ? null
        : trans._n('%2 core', '%2 cores', cores, formatCount(cores)),
      memory_bytes === null ? null : formatBytes(memory_bytes)
    ]
      .filter(text => text !== null)
      .join(', ') || null
  );
}

export function gpuText(machine: Machine | null, trans: Trans): string | null {
  if (!machine) {
    return null;
  }
  const { gpus, driver, cuda } = machine;
  if (gpus.length === 0) {
    return trans.__('none');
  }
  const counts = new Map<string, number>();
  gpus.forEach(({ name, memory_bytes }) => {
    const text =
      memory_bytes === null ? name : `${name}, ${formatBytes(memory_bytes)}`;
    counts.set(text, (counts.get(text) ?? 0) + 1);
  });
  return [
    ...[...counts].map(([text, n]) => (n > 1 ? `${n} × ${text}` : text)),
    driver === null ? null : trans.__('driver %1', driver),
    cuda === null ? null : trans.__('CUDA %1', cuda)
  ]
    .filter(text => text !== null)
    .join('; ');
}

export function containerText(container: Container | null): string | null {
  if (!container) {
    return null;
  }
  const { kind, image, digest } = container;
  return [image ?? kind, digest].filter(Boolean).join('@');
}

export function meterRows(
  meter: MeterSummary | null,
  trans: Trans
): readonly (readonly [string, string | null])[] {
  if (!meter) {
    return [];
  }
  const { cpu_s, cpu_percent, peak_rss_bytes } = meter;
  const { gpu_percent, gpu_memory_bytes } = meter;
  return [
    [
      trans.__('Peak memory'),
      peak_rss_bytes === null ? null : formatBytes(peak_rss_bytes)
    ],
    [
      trans.__('Processor'),
      [
        cpu_s === null ? null : formatDuration(cpu_s),
        cpu_percent === null
          ? null
          : trans.__('%1 % of one core', formatNumber(cpu_percent, 0))
      ]
        .filter(text => text !== null)
        .join(', ') || null
    ],
    [
      trans.__('GPU use'),
      [
        gpu_percent === null ? null : `${formatNumber(gpu_percent, 0)} %`,
        gpu_memory_bytes === null ? null : formatBytes(gpu_memory_bytes)
      ]
        .filter(text => text !== null)
        .join(', ') || null
    ]
  ];
}
