import { describe, expect, it } from 'vitest'
import { DEFAULT_SETTINGS } from '../../common/settings.ts'
import { protectionText } from '../../main/cli/commands/status.ts'
import { safeUpToNow } from '../../main/engine/protection-rows.ts'
import type { PipelineState } from '../../main/engine/pipeline-ports.ts'
import type { Store } from '../../main/state/store.ts'
import { VirtualClock } from '../fakes/virtual-clock.ts'

const clock = new VirtualClock()
const LOOKED = clock.now() - 60_000

/** A folder at rest that was looked at a minute ago. */
function safeUpTo({ waiting = 0, conflicts = 0, problems = 0 }): number | undefined {
  const store = {
    queue: { counts: () => ({ queued: 0, running: 0, waiting, held: 0, dead: 0, refused: 0, skipped: 0, bytes: 0 }) },
    conflicts: { count: () => conflicts },
    folders: { problemCount: () => problems },
  } as unknown as Store
  const state = {
    lookedAtMs: LOOKED,
    reconciled: true,
    phase: 'idle',
    paused: false,
    coverage: { kind: 'periodic' },
  } as unknown as PipelineState
  return safeUpToNow({ settings: { id: 'f1' }, state }, { store, settings: DEFAULT_SETTINGS, clock })
}

describe('until when a folder is safe', () => {
  it('goes on while a conflict is open, and stands still for what waits, fails or cannot be read', () => {
    expect(safeUpTo({})).toBe(LOOKED)
    expect(safeUpTo({ conflicts: 3 })).toBe(LOOKED)
    expect(safeUpTo({ waiting: 1 })).toBeUndefined()
    expect(safeUpTo({ conflicts: 1, problems: 1 })).toBeUndefined()
  })

  it('is said together with the files that wait for a decision', () => {
    const safeUpToMs = new Date(2026, 10, 21, 14, 3).getTime()
    const text = (conflicts: number): string => protectionText({ safeUpToMs, conflicts })
    expect(text(0)).toBe('safe up to 2026-11-21 14:03; not proven restorable yet')
    expect(text(1)).toBe('safe up to 2026-11-21 14:03; 1 file waits for your decision; not proven restorable yet')
    expect(text(2)).toContain('; 2 files wait for your decision;')
  })
})
