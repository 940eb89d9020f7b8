import { randomBytes } from 'node:crypto'
import { planUpload } from '../../../main/delta/plan-upload.ts'
import type { Run, UploadPlan } from '../../../main/delta/upload-plan.ts'
import type { AssemblyLimits } from '../../../main/providers/provider.ts'

/** A file with stretches of it overwritten, and the plan to send only those. */
export interface EditedFile {
  readonly bytes: Buffer
  readonly editedBytes: number
  readonly plan: UploadPlan
}

/** Overwrites `length` bytes from each place on, and plans on a slow line. */
export function edit(
  base: Buffer,
  { places, length, limits }: { places: readonly number[]; length: number; limits: AssemblyLimits | undefined },
): EditedFile {
  const bytes = Buffer.from(base)
  const runs: Run[] = []
  let at = 0
  for (const place of places) {
    randomBytes(length).copy(bytes, place)
    runs.push({ start: at, length: place - at, oldStart: at }, { start: place, length, oldStart: undefined })
    at = place + length
  }
  runs.push({ start: at, length: bytes.length - at, oldStart: at })
  const situation = { sizeBytes: bytes.length, runs, limits, oldSizeBytes: base.length, bytesPerSecond: 10 }
  return { bytes, editedBytes: places.length * length, plan: planUpload(situation) }
}
