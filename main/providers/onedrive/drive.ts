import type { Capacity } from '../provider.ts'
import type { DriveAddress } from './account.ts'
import { senseless } from './errors.ts'
import type { GraphClient } from './graph-client.ts'
import { onedriveFailureTexts } from './onedrive-failure-texts.ts'

/** A drive as Graph tells of it. From here on it is spoken to by its id: another sign-in cannot slip in another drive. */
export interface Drive {
  readonly id: string
  /** Personal drives differ in what they tell; libraries rewrite Office files. */
  readonly kind: 'personal' | 'business' | 'documentLibrary'
  /** How much fits and how much is taken, as far as the drive tells. */
  readonly capacity: Capacity
}

/** Asks for the drive. Kinds nobody has heard of are treated as libraries, which promise the least. */
export async function readDrive(
  graph: GraphClient,
  address: DriveAddress,
  { signal, about }: { readonly signal: AbortSignal; readonly about: string },
): Promise<Drive> {
  const path = address.kind === 'me' ? '/me/drive' : `/drives/${encodeURIComponent(address.driveId)}`
  const json = await graph.call({ name: 'GetDrive', method: 'GET', path, signal, about })
  const { id, driveType, quota } = (typeof json === 'object' && json !== null ? json : {}) as Record<string, unknown>
  if (typeof id !== 'string' || id === '') throw senseless(about, onedriveFailureTexts.nonsense.notADrive)
  return {
    id,
    kind: driveType === 'personal' || driveType === 'business' ? driveType : 'documentLibrary',
    capacity: capacityOf(quota),
  }
}

/** Libraries may leave any of it out, and so may drives without a limit. */
function capacityOf(quota: unknown): Capacity {
  const { total, used, remaining } = (typeof quota === 'object' && quota !== null ? quota : {}) as Record<
    string,
    unknown
  >
  return {
    ...(isAmount(total) && total > 0 ? { totalBytes: total } : {}),
    ...(isAmount(used) ? { usedBytes: Math.max(0, used) } : {}),
    ...(isAmount(remaining) ? { freeBytes: Math.max(0, remaining) } : {}),
  }
}

function isAmount(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value)
}
