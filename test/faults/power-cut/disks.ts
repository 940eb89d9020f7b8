import { spawnSync } from 'node:child_process'
import { it } from 'vitest'
import { DISK_KINDS, whyNoDisk, type DiskKind } from '../../fixtures/loop-disk.ts'
import { notRun } from '../../fixtures/rough-place.ts'

/** Chooses the moments; what they hit depends on the pace of the machine, too. */
export const SEED = Number(process.env['TIDEKEEP_SEED'] ?? 20_261_121)

/** How many times more cuts there are than in `npm test`. */
const FACTOR = Number(process.env['TIDEKEEP_POWER_CUTS'] ?? 1)

const CUTS_BY_KIND: Readonly<Record<string, number>> = {
  [DISK_KINDS.ext4.name]: 2,
  [DISK_KINDS['ext4 noauto_da_alloc,commit=1'].name]: 1,
  [DISK_KINDS.xfs.name]: 1,
  [DISK_KINDS.btrfs.name]: 1,
}

/** True where more is asked for than in `npm test`. */
export function isLong(): boolean {
  return FACTOR > 1
}

/** Cuts of each scenario on a disk of this kind. */
export function cutsOf(kind: DiskKind): number {
  return (CUTS_BY_KIND[kind.name] ?? 1) * FACTOR
}

/** In `npm test` a scenario is cut on ext4 and on one other kind; with more cuts, on all of them. */
export function sampleOf(index: number): readonly DiskKind[] {
  const { ext4, ...others } = DISK_KINDS
  const rest = Object.values(others)
  return [ext4, ...(FACTOR > 1 ? rest : [rest[index % rest.length]!])]
}

/** One test for each kind; where it cannot be mounted, the test says so, and fails where real components are demanded. */
export function forEachDisk(
  kinds: readonly DiskKind[],
  sentence: string,
  test: (kind: DiskKind) => Promise<void>,
): void {
  for (const kind of kinds) {
    it(
      `${sentence}, on ${kind.name}`,
      async () => {
        const reason = whyNoDisk(kind) ?? whyNoTrace()
        if (reason === undefined) await test(kind)
        else notRun(`${sentence}, on ${kind.name}: ${reason}`)
      },
      300_000 * FACTOR,
    )
  }
}

function whyNoTrace(): string | undefined {
  return spawnSync('strace', ['-V']).status === 0 ? undefined : 'strace is not there (apt-get install strace)'
}
